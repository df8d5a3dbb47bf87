//! Forms, as they should be and as they should not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::executor::block_on;
use futures::{StreamExt, stream};
use layout::Partner;
use pipeline::{ByteStream, Error, collect};
use proptest::prelude::*;
use upload_form::{MAX_AROUND_BYTES, MAX_FIELD_BYTES, read};

const TYPE: &str = "multipart/form-data; boundary=b";
const END: &[u8] = b"--b--\r\n";

fn part(disposition: &str, value: &[u8]) -> Vec<u8> {
    let head = format!("--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
    [head.as_bytes(), value, b"\r\n"].concat()
}

fn file(bytes: &[u8]) -> Vec<u8> {
    part("name=\"file\"; filename=\"a.pdf\"", bytes)
}

/// A body in pieces, and how many of them were asked for.
fn body(bytes: &[u8], piece: usize) -> (ByteStream, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let pieces: Vec<_> = bytes.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let counted = stream::iter(pieces).inspect(move |_| _ = count.fetch_add(1, Ordering::Relaxed));
    (Box::pin(counted), asked)
}

/// What a form holds: its file, the file's name and the partner.
type Held = (Vec<u8>, Option<String>, Option<Partner>);

fn all(form: &[u8], piece: usize) -> Result<Held, Error> {
    block_on(async {
        let upload = read(TYPE, body(form, piece).0).await?;
        Ok((collect(upload.body, u64::MAX, "The file").await?, upload.filename, upload.partner))
    })
}

#[test]
fn a_file_is_handed_on_with_its_name_and_partner() {
    let form = [part("name=\"partner_id\"", b"partner_b"), file(b"%PDF-"), END.to_vec()].concat();
    let (bytes, filename, partner) = all(&form, 7).unwrap();
    assert_eq!(
        (bytes.as_slice(), filename.as_deref(), partner),
        (&b"%PDF-"[..], Some("a.pdf"), Some(Partner::B))
    );
}

#[test]
fn every_other_form_says_what_is_wrong_with_it() {
    let file = file(b"%PDF-");
    let long_name = format!("name=\"{}\"", "n".repeat(1000));
    let cases: [(Vec<u8>, &str, &str); 9] = [
        (b"".to_vec(), "invalid", "broken"),
        (END.to_vec(), "invalid", "no file"),
        (file.clone(), "invalid", "broken"),
        ([&file[..], &file, END].concat(), "invalid", "after its file"),
        ([&part("name=\"colour\"", b"red")[..], &file, END].concat(), "invalid", "'colour' before"),
        ([&part("name=\"partner_id\"", b"c")[..], &file, END].concat(), "invalid", "partner"),
        ([&part(&long_name, b"x")[..], &file, END].concat(), "invalid", "before its file"),
        (
            [&part("name=\"partner_id\"", &vec![b'a'; MAX_FIELD_BYTES as usize + 1])[..], &file, END]
                .concat(),
            "too-large",
            "partner_id",
        ),
        (
            b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n".to_vec(),
            "invalid",
            "without a name",
        ),
    ];
    for (form, code, says) in cases {
        let error = all(&form, 100).unwrap_err();
        assert!(error.code() == code && error.message.contains(says), "{says}: {error}");
        assert!(error.message.len() < 300, "{error}");
    }
    for content_type in ["multipart/form-data", "text/plain", "multipart/form-data; boundary="] {
        let error = block_on(read(content_type, body(b"", 1).0)).err().unwrap();
        assert_eq!(error.code(), "invalid", "{content_type}");
    }
}

/// What is around the file is kept until it is understood, so that without a bound it could fill the memory.
#[test]
fn what_never_becomes_a_file_is_not_read_to_its_end() {
    let endless = vec![b'x'; 4 << 20];
    let header = [b"--b\r\nX: ", &endless[..]].concat();
    for form in [&endless[..], &header] {
        let piece = 4096;
        let (body, asked) = body(form, piece);
        let error = block_on(read(TYPE, body)).err().unwrap();
        assert_eq!(error.code(), "too-large", "{error}");
        let most = MAX_AROUND_BYTES as usize / piece + 1;
        assert!(asked.load(Ordering::Relaxed) <= most, "{asked:?} pieces were read");
    }
    // After the file the same holds.
    let form = [&file(b"%PDF-")[..], b"--b\r\nX: ", &endless].concat();
    assert_eq!(all(&form, 4096).unwrap_err().code(), "too-large");
}

#[test]
fn a_large_file_is_handed_on_before_it_has_all_come() {
    let form = [file(&vec![b'x'; 4 << 20]), END.to_vec()].concat();
    let (body, asked) = body(&form, 4096);
    block_on(async {
        let mut upload = read(TYPE, body).await.unwrap();
        upload.body.next().await.unwrap().unwrap();
        assert!(asked.load(Ordering::Relaxed) <= 3, "{asked:?} pieces were read for the first one");
        assert!(collect(upload.body, u64::MAX, "The file").await.is_ok());
    });
}

#[test]
fn an_error_of_the_body_is_the_forms_own() {
    let broken = stream::iter([Ok(Bytes::from(file(b"%PDF-"))), Err(Error::too_large("The body", 1, None))]);
    let error = block_on(async {
        let upload = read(TYPE, Box::pin(broken)).await.unwrap();
        collect(upload.body, u64::MAX, "The file").await.unwrap_err()
    });
    assert_eq!((error.code(), error.message.contains("The body")), ("too-large", true), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_arrive_as_they_are_however_they_are_cut(
        bytes in proptest::collection::vec(prop_oneof![Just(b'-'), Just(b'b'), Just(b'\r'), Just(b'\n'), any::<u8>()], 0..300),
        piece in 1_usize..40,
    ) {
        // Of its boundary a form holds only what stands for it.
        prop_assume!(!bytes.windows(5).any(|window| window == b"\r\n--b") && !bytes.starts_with(b"--b"));
        let form = [file(&bytes), END.to_vec()].concat();
        let (read, ..) = all(&form, piece).unwrap();
        prop_assert_eq!(read, bytes);
    }
}
