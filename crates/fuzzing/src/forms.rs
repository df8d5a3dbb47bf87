use bytes::Bytes;
use futures::executor::block_on;
use futures::stream;
use pipeline::{ByteStream, collect};

/// How a form is cut into pieces must not change what it holds only below what is kept in memory around a file.
const MAX_BYTES: usize = 32 * 1024;

/// A form with the boundary `b`. The first byte says in which pieces it comes.
pub fn forms(data: &[u8]) {
    let Some((piece, form)) = super::choose(data).filter(|(_, form)| form.len() <= MAX_BYTES) else { return };
    let whole = held(form, usize::MAX);
    assert_eq!(held(form, usize::from(piece).max(1)), whole, "cut into pieces of {piece}");
    if let Some((file, filename)) = &whole {
        assert!(memchr::memmem::find(form, file).is_some(), "the file is not what was sent");
        assert!(memchr::memmem::find(file, b"\r\n--b").is_none(), "the file goes on after its end");
        assert!(filename.as_ref().is_none_or(|name| name.len() <= form.len()));
    }
    // The same bytes as the header that says where the parts end.
    let content_type = String::from_utf8_lossy(form);
    let _ = block_on(upload_form::read(&content_type, body(b"--b--", 2)));
}

/// A form's file and its name; `None` for what is no whole form.
fn held(form: &[u8], piece: usize) -> Option<(Vec<u8>, Option<String>)> {
    block_on(async {
        let upload = upload_form::read("multipart/form-data; boundary=b", body(form, piece)).await.ok()?;
        let file = collect(upload.body, MAX_BYTES as u64, "The file").await.ok()?;
        Some((file, upload.filename))
    })
}

fn body(bytes: &[u8], piece: usize) -> ByteStream {
    let pieces: Vec<_> = bytes.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(stream::iter(pieces))
}
