//! How documents reach Mistral, and what becomes of its pages.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{
    PDF, Reply, Sent, URL, World, answer, by_url, calls, content, extract, extractor, made, mistral, page,
    pages, pdf, pieces,
};
use mistral::{Document, Source};
use proptest::prelude::*;
use serde_json::json;
use upstream::{Error, ErrorKind};

/// The document in a `data:` URL.
fn inlined(sent: &Sent) -> Vec<u8> {
    let url = sent.json()["document"]["document_url"].as_str().unwrap().to_owned();
    STANDARD.decode(url.strip_prefix("data:application/pdf;base64,").unwrap()).unwrap()
}

/// The document in an upload, checked against its boundary.
fn uploaded(sent: &Sent, file_name: &str, media_type: &str) -> Vec<u8> {
    let content_type = sent.headers["content-type"].to_str().unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let start = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nocr\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\nContent-Type: {media_type}\r\n\r\n"
    );
    let end = format!("\r\n--{boundary}--\r\n");
    sent.body.strip_prefix(start.as_bytes()).unwrap().strip_suffix(end.as_bytes()).unwrap().to_vec()
}

#[test]
fn a_url_is_passed_on_and_every_field_is_one_that_mistral_knows() {
    let world = World::new(mistral);
    let extraction = extract(&world, by_url(URL)).unwrap();
    assert_eq!(extraction.pages[0].markdown, "Hello");
    assert_eq!(extraction.model, "mistral-ocr-2512");
    let usage = [("pages-processed", "1"), ("bytes", "12345")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(extraction.usage, usage);
    let sent = world.sent.borrow()[0].clone();
    assert_eq!(sent.headers["authorization"], "Bearer 0123456789-secret");
    let expected = json!({
        "model": "mistral-ocr-2512", "include_image_base64": false, "include_blocks": false,
        "document": {"type": "document_url", "document_url": URL},
    });
    assert_eq!(sent.json(), expected);
}

#[test]
fn pictures_are_asked_for_as_pictures() {
    let world = World::new(mistral);
    let picture = |source| Document { media_type: "Image/PNG; x=y".to_owned(), size: None, source };
    extract(&world, picture(Source::Url(upstream::Secret::new(URL)))).unwrap();
    extract(&world, picture(Source::Content(pieces(b"\x89PNG".to_vec())))).unwrap();
    let sent = world.sent.borrow();
    assert_eq!(sent[0].json()["document"], json!({"type": "image_url", "image_url": URL}));
    let inline = json!({"type": "image_url", "image_url": "data:image/png;base64,iVBORw=="});
    assert_eq!(sent[1].json()["document"], inline);
}

#[test]
fn a_document_arrives_whole_whatever_its_size_and_whether_it_is_known() {
    for bytes in [9, 10, 11, 100_000, 4 * 1024 * 1024, 4 * 1024 * 1024 + 1, 9_000_000] {
        for size in [Some(bytes as u64), None] {
            let world = World::new(mistral);
            extract(&world, content(pdf(bytes), size)).unwrap();
            assert_eq!(calls(&world), ["POST /ocr"]);
            assert!(inlined(&world.sent.borrow()[0]) == pdf(bytes), "{bytes} {size:?}");
        }
    }
}

#[test]
fn a_large_document_is_uploaded_read_and_deleted() {
    let world = World::new(mistral);
    let size = 30_000_001;
    let extraction = extract(&world, content(pdf(size), Some(size as u64))).unwrap();
    assert_eq!(extraction.pages.len(), 1);
    assert_eq!(calls(&world), ["POST /files", "POST /ocr", "DELETE /files/file-1"]);
    let sent = world.sent.borrow();
    assert!(uploaded(&sent[0], "document.pdf", PDF) == pdf(size));
    assert_eq!(sent[1].json()["document"], json!({"type": "file", "file_id": "file-1"}));
}

#[test]
fn an_office_document_is_uploaded_under_a_name_that_tells_its_type() {
    let world = World::new(mistral);
    let media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let source = Source::Content(pieces(b"PK\x03\x04".to_vec()));
    extract(&world, Document { media_type: media_type.to_owned(), size: None, source }).unwrap();
    assert_eq!(uploaded(&world.sent.borrow()[0], "document.docx", media_type), b"PK\x03\x04");
}

#[test]
fn a_document_passes_through_in_bounded_memory() {
    // In base64, four bytes carry three of the document's.
    for (size, quarters) in [(29_000_000, 3), (50_000_000, 4)] {
        let (stream, made) = made(size);
        let world = World::new(mistral);
        let taken = std::rc::Rc::clone(&world.taken);
        let watched = futures_util::StreamExt::inspect(stream, move |_| {
            // What was made and not yet taken is what is held.
            let held = made.get().saturating_sub(taken.get() / 4 * quarters);
            assert!(held <= 256 * 1024, "{held} bytes are held");
        });
        let source = Source::Content(Box::pin(watched));
        extract(&world, Document { media_type: PDF.to_owned(), size: Some(size), source }).unwrap();
    }
}

#[test]
fn pages_come_in_order_with_tables_and_without_pictures() {
    let world = World::new(|_| {
        let mut second = page(1, "![img-0.jpeg](img-0.jpeg)\n\nB\n[tbl-0.md](tbl-0.md)\n[see](https://x)");
        second["images"] = json!([{"id": "img-0.jpeg", "top_left_x": null, "image_base64": null}]);
        second["tables"] = json!([{"id": "tbl-0.md", "content": "| 1 |", "format": "markdown"}]);
        let mut third = page(2, "![img-1.jpeg](img-1.jpeg)");
        third["images"] = json!([{"id": "img-1.jpeg"}]);
        pages(&[third, page(0, "A"), second])
    });
    let pages = extract(&world, by_url(URL)).unwrap().pages;
    let pages: Vec<(u32, &str)> = pages.iter().map(|page| (page.index, page.markdown.as_str())).collect();
    assert_eq!(pages, [(0, "A"), (1, "B\n| 1 |\n[see](https://x)"), (2, "")]);
}

#[test]
fn a_document_without_a_word_is_said_to_have_none() {
    for answered in [vec![], vec![page(0, ""), page(1, " \n")]] {
        let world = World::new(move |_| pages(&answered));
        let error = extract(&world, by_url(URL)).unwrap_err();
        assert_eq!((error.kind, error.extra("reason")), (ErrorKind::Invalid, Some("no-text")));
    }
}

#[test]
fn what_breaks_a_rule_is_refused_before_anything_is_sent() {
    let typed = |media_type: &str| Document { media_type: media_type.to_owned(), ..by_url(URL) };
    let sized = |size| Document { size: Some(size), ..by_url(URL) };
    let cases = [
        (typed("video/mp4"), ErrorKind::Invalid, Some("unsupported-media-type")),
        (typed(""), ErrorKind::Invalid, Some("unsupported-media-type")),
        (content(b"PK not a PDF".to_vec(), None), ErrorKind::Invalid, Some("not-a-document")),
        (content(vec![], None), ErrorKind::Invalid, Some("not-a-document")),
        (content(vec![], Some(0)), ErrorKind::Invalid, Some("not-a-document")),
        (sized(50_000_001), ErrorKind::TooLarge, None),
        (content(pdf(10), Some(50_000_001)), ErrorKind::TooLarge, None),
        (content(pdf(17 * 1024 * 1024), None), ErrorKind::TooLarge, None),
        (by_url(&format!("https://x/{}", "a".repeat(9000))), ErrorKind::TooLarge, None),
        (by_url("no url"), ErrorKind::Invalid, None),
        (by_url("data:application/pdf;base64,AAAA"), ErrorKind::Invalid, None),
    ];
    for (document, kind, reason) in cases {
        let world = World::new(|_| unreachable!("nothing is sent"));
        let error = extract(&world, document).unwrap_err();
        assert_eq!((error.kind, error.extra("reason")), (kind, reason), "{error}");
        assert!(
            kind != ErrorKind::TooLarge || error.extra("limit").is_some() && error.extra("actual").is_some()
        );
    }
}

#[test]
fn a_url_that_mistral_cannot_reach_names_the_variable_to_set() {
    let hosts = [
        "127.0.0.1:9000",
        "[::1]",
        "10.0.0.1",
        "192.168.1.2",
        "[fd00::1]",
        "localhost",
        "s3.internal",
        "nas.local.",
    ];
    let urls = hosts.map(|host| format!("https://{host}/b/k?X-Amz-Signature=5ec2e7"));
    for url in urls.iter().map(String::as_str).chain(["http://s3.example.com/b/k?X-Amz-Signature=5ec2e7"]) {
        let world = World::new(|_| unreachable!("nothing is sent"));
        let error = extract(&world, by_url(url)).unwrap_err();
        assert_eq!(
            (error.kind, error.extra("variable")),
            (ErrorKind::Misconfigured, Some("mistral_prefers_url")),
            "{url}"
        );
        assert!(!common::shown(&error).contains("5ec2e7"));
    }
    // An emulator on the same machine reaches them.
    let world = World::new(|_| pages(&[page(0, "A")]));
    let emulated = extractor(&world, &[("mistral_base_url", "http://127.0.0.1:4000/v1")]);
    world.run(emulated.extract(&world.call(60), by_url("http://127.0.0.1:9000/b/k"))).unwrap();
}

#[test]
fn content_that_is_not_of_the_size_said_never_reaches_mistral_whole() {
    for (bytes, size) in
        [(100, 99), (100, 101), (5_000_000, 4_999_999), (5_000_000, 5_000_001), (31_000_000, 32_000_000)]
    {
        let world = World::new(|_| unreachable!("no request is whole"));
        let error = extract(&world, content(pdf(bytes), Some(size))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
        assert!(
            error.message.starts_with(&format!("The document's size was given as {size} bytes")),
            "{error}"
        );
    }
}

#[test]
fn a_sender_that_gives_up_is_not_billed_and_its_reason_comes_back() {
    // With everything sent but the word that it was everything.
    for bytes in [100, 5_000_000, 31_000_000] {
        let world = World::new(|_| unreachable!("no request is whole"));
        let failing = futures_util::stream::once(async { Err(Error::invalid("The upload was cancelled.")) });
        let source = Source::Content(Box::pin(futures_util::StreamExt::chain(pieces(pdf(bytes)), failing)));
        let document = Document { media_type: PDF.to_owned(), size: Some(bytes as u64), source };
        let error = extract(&world, document).unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Invalid, "The upload was cancelled."));
    }
}

#[test]
fn an_answer_that_is_not_the_document_s_pages_fails_and_is_not_billed_again() {
    let whole =
        json!({"pages": [page(0, "A")], "model": "m", "usage_info": {"pages_processed": 1}}).to_string();
    let bodies = [
        whole[..whole.len() / 2].to_owned(),
        "<html>".to_owned(),
        String::new(),
        json!({"pages": [page(0, "A")], "model": "m"}).to_string(),
        json!({"pages": [page(1, "A")], "model": "m", "usage_info": {"pages_processed": 1}}).to_string(),
        json!({"pages": [page(0, "A"), page(0, "B")], "model": "m", "usage_info": {"pages_processed": 2}})
            .to_string(),
        json!({"pages": [page(0, "A"), page(2, "C")], "model": "m", "usage_info": {"pages_processed": 2}})
            .to_string(),
        " ".repeat(33 * 1024 * 1024),
    ];
    for body in bodies {
        let start: String = body.chars().take(60).collect();
        let world = World::new(move |_| answer(200, &body));
        let error = extract(&world, by_url(URL)).unwrap_err();
        assert_eq!(
            (error.kind, error.status, world.tries()),
            (ErrorKind::Failed, Some(200), 1),
            "{start}: {error}"
        );
    }
}

#[test]
fn a_file_whose_name_is_no_id_is_not_asked_for() {
    for id in ["", "../ocr", "a b", "é"] {
        let world = World::new(move |sent| match sent.uri.ends_with("/files") {
            true => answer(200, json!({"id": id})),
            false => Reply::Answer(500, vec![], vec![]),
        });
        let error = extract(&world, content(pdf(30_000_001), Some(30_000_001))).unwrap_err();
        assert_eq!((error.kind, calls(&world).len()), (ErrorKind::Failed, 1));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_content_in_any_pieces_is_what_mistral_reads(
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..9), 1..20), held in any::<bool>(),
    ) {
        let mut all: Vec<Vec<u8>> = vec![b"%PDF-".to_vec()];
        all.extend(pieces);
        if !held {
            all.push(vec![0; 4 * 1024 * 1024]);
            all.push(vec![1]);
        }
        let whole: Vec<u8> = all.concat();
        let stream = futures_util::stream::iter(all.into_iter().map(|piece| Ok(piece.into())));
        let document = Document { media_type: PDF.to_owned(), size: Some(whole.len() as u64), source: Source::Content(Box::pin(stream)) };
        let world = World::new(mistral);
        extract(&world, document).unwrap();
        prop_assert!(inlined(&world.sent.borrow()[0]) == whole);
    }
}
