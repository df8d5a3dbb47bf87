//! Each failure of Mistral's: what the caller gets, how often Mistral was tried, and that nothing secret is shown.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::rc::Rc;
use std::time::Duration;

use common::{
    KEY, Reply, Sent, URL, World, answer, by_url, calls, content, extract, mistral, page, pages, pdf, shown,
    shows_part_of,
};
use serde_json::{Value, json};
use upstream::{Error, ErrorKind, Platform, TransportFault};

fn large() -> mistral::Document {
    content(pdf(30_000_001), Some(30_000_001))
}

/// An extraction that Mistral answers with this.
fn answered(status: u16, body: &Value) -> (Error, Rc<World>) {
    let body = body.clone();
    let world = World::new(move |_| answer(status, &body));
    (extract(&world, by_url(URL)).unwrap_err(), world)
}

#[test]
fn no_part_of_the_key_is_shown_where_long_words_are_cut_off() {
    for before in 280..=310 {
        let words = format!("{} {KEY} is wrong", "x".repeat(before));
        for body in [json!({"message": words}).to_string(), words] {
            let world = World::new(move |_| answer(400, &body));
            let error = extract(&world, by_url(URL)).unwrap_err();
            assert!(!shows_part_of(&error, KEY), "after {before}: {error}");
        }
    }
}

#[test]
fn each_status_has_one_meaning_and_one_retry_rule() {
    use ErrorKind as Kind;
    let cases = [
        (302, Kind::Misconfigured, 1),
        (400, Kind::Invalid, 1),
        (401, Kind::Misconfigured, 1),
        (402, Kind::Denied, 1),
        (403, Kind::Denied, 1),
        (404, Kind::Misconfigured, 1),
        (408, Kind::TimedOut, 1),
        (413, Kind::TooLarge, 1),
        (418, Kind::Failed, 1),
        (422, Kind::Invalid, 1),
        (429, Kind::RateLimited, 3),
        (500, Kind::Failed, 3),
        (501, Kind::Unavailable, 1),
        (502, Kind::Unavailable, 3),
        (503, Kind::Unavailable, 3),
        (504, Kind::TimedOut, 3),
        (520, Kind::Unavailable, 1),
    ];
    let bodies = [
        json!({"object": "error", "message": format!("no {URL} for {KEY}"), "type": "bad", "param": URL, "code": "3310"}),
        json!({"detail": [{"loc": ["body", "document", "document_url"], "msg": "no", "type": "x", "input": URL, "ctx": {"url": URL}}]}),
        json!({"object": "error", "message": {"detail": [{"loc": ["body", "document"], "msg": "no", "input": URL}]}}),
        json!({"detail": "Unauthorized"}),
        json!({"message": "Unauthorized", "request_id": "r-1"}),
        json!(URL),
        json!([[URL]]),
    ];
    for (status, kind, tries) in cases {
        for body in &bodies {
            let (error, world) = answered(status, body);
            assert_eq!((error.kind, error.status), (kind, Some(status)), "{status} {body}: {error}");
            assert_eq!(world.tries(), tries, "{status} {body}");
            assert_eq!(error.extra("tries"), Some(tries.to_string().as_str()));
            for secret in [KEY, "bucket.example.com", "5ec2e7", "5EC2E7"] {
                assert!(!shown(&error).contains(secret), "{error:?}");
            }
        }
    }
}

#[test]
fn all_four_shapes_are_read() {
    let cases = [
        (
            400,
            json!({"object": "error", "message": "Bad PDF", "type": "invalid_file", "param": null, "code": "3310"}),
            "Bad PDF.",
            Some("3310"),
            None,
        ),
        (
            422,
            json!({"detail": [{"loc": ["body", "document", "type"], "msg": "Input should be 'file'", "type": "literal"}]}),
            "body.document.type: Input should be 'file'.",
            None,
            None,
        ),
        (401, json!({"detail": "Unauthorized"}), "Unauthorized.", None, None),
        (401, json!({"message": "Unauthorized", "request_id": "r-1"}), "Unauthorized.", None, Some("r-1")),
    ];
    for (status, body, words, code, id) in cases {
        let (error, _) = answered(status, &body);
        assert!(error.message.contains(&format!("It says: {words}")), "{error}");
        assert_eq!((error.extra("provider-code"), error.extra("request-id")), (code, id));
    }
    let world = World::new(|_| {
        Reply::Answer(502, vec![("content-type", "text/html".to_owned())], b"<html>proxy".to_vec())
    });
    let error = extract(&world, by_url(URL)).unwrap_err();
    assert_eq!(error.message, "Mistral cannot work now. Try again later.");
}

#[test]
fn a_refusal_says_whose_it_is_to_mend() {
    let message =
        |text: &str| json!({"object": "error", "message": text, "type": "invalid_request", "code": "1"});
    let misconfigured = [
        (
            400,
            json!({"object": "error", "message": "Invalid model: x", "type": "invalid_model", "code": "1500"}),
            "mistral_ocr_model",
        ),
        (422, json!({"detail": [{"loc": ["body", "model"], "msg": "no"}]}), "mistral_ocr_model"),
        (
            404,
            json!({"object": "error", "message": "Invalid model: x", "type": "invalid_model"}),
            "mistral_ocr_model",
        ),
        (404, json!({"detail": "Not Found"}), "mistral_base_url"),
        (401, json!({"detail": "Unauthorized"}), "mistral_api_key"),
        (400, message("File could not be fetched from url 'https://a/b?c'"), "mistral_prefers_url"),
    ];
    for (status, body, variable) in misconfigured {
        let (error, _) = answered(status, &body);
        assert_eq!(
            (error.kind, error.extra("variable")),
            (ErrorKind::Misconfigured, Some(variable)),
            "{error}"
        );
        assert!(error.message.contains(variable), "{error}");
    }
    let document = [
        (message("The document is encrypted"), ErrorKind::Invalid, Some("encrypted"), None),
        (message("Could not parse the PDF"), ErrorKind::Invalid, Some("broken"), None),
        (message("The document exceeds the limit of 1000 pages"), ErrorKind::TooLarge, None, Some("1000")),
        (message("File too large"), ErrorKind::TooLarge, None, Some("50000000")),
    ];
    for (body, kind, reason, limit) in document {
        let (error, _) = answered(400, &body);
        assert_eq!(
            (error.kind, error.extra("reason"), error.extra("limit")),
            (kind, reason, limit),
            "{error}"
        );
    }
    // A field that Mistral no longer knows is no fault of the document.
    let (error, _) = answered(
        422,
        &json!({"detail": [{"loc": ["body", "include_blocks"], "msg": "Extra inputs", "type": "extra_forbidden"}]}),
    );
    assert_eq!(error.kind, ErrorKind::Failed);
}

#[test]
fn what_passes_heals_where_the_document_is_still_at_hand() {
    let failing_once = || {
        let mut tries = 0;
        move |_: &Sent| {
            tries += 1;
            if tries == 1 { answer(503, "") } else { pages(&[page(0, "A")]) }
        }
    };
    for document in [by_url(URL), content(pdf(100), None), content(pdf(4_000_000), Some(4_000_000))] {
        let world = World::new(failing_once());
        extract(&world, document).unwrap();
        assert_eq!(world.tries(), 2);
    }
    // What has passed through is gone: the caller must send it again.
    let world = World::new(failing_once());
    let error = extract(&world, content(pdf(5_000_000), Some(5_000_000))).unwrap_err();
    assert_eq!((error.kind, world.tries()), (ErrorKind::Unavailable, 1));
}

#[test]
fn a_wait_that_mistral_asks_for_is_kept_or_passed_on() {
    for (header, value) in [("retry-after", "30"), ("retry-after-ms", "30000")] {
        let world = World::new(move |_| Reply::Answer(429, vec![(header, value.to_owned())], b"{}".to_vec()));
        let error = extract(&world, by_url(URL)).unwrap_err();
        assert_eq!((world.tries(), error.retry_after), (3, Some(Duration::from_secs(30))));
        assert!(world.monotonic() >= Duration::from_secs(60));
        let error = extract(&world, content(pdf(5_000_000), Some(5_000_000))).unwrap_err();
        assert_eq!((world.tries(), error.retry_after), (4, Some(Duration::from_secs(30))));
    }
}

#[test]
fn an_uploaded_document_is_deleted_when_reading_it_failed() {
    let world = World::new(|sent| {
        if sent.uri.ends_with("/ocr") { answer(400, json!({"message": "broken"})) } else { mistral(sent) }
    });
    let error = extract(&world, large()).unwrap_err();
    assert_eq!((error.kind, error.extra("file-kept")), (ErrorKind::Invalid, None));
    assert_eq!(calls(&world), ["POST /files", "POST /ocr", "DELETE /files/file-1"]);
}

#[test]
fn an_uploaded_document_is_deleted_when_reading_it_took_too_long() {
    let world = World::new(|sent| if sent.uri.ends_with("/ocr") { Reply::Silence } else { mistral(sent) });
    let call = world.call(60);
    let error = world.run(common::extractor(&world, &[]).extract(&call, large())).unwrap_err();
    assert_eq!(error.kind, ErrorKind::TimedOut);
    assert_eq!(calls(&world).last().unwrap(), "DELETE /files/file-1");
    assert!(world.monotonic() <= Duration::from_secs(60));
}

#[test]
fn an_upload_that_could_not_be_deleted_is_named() {
    for (ocr, found) in [(true, "ok"), (false, "error")] {
        let world = World::new(move |sent| match (sent.method.as_str(), ocr) {
            ("DELETE", _) => answer(403, json!({"detail": "no"})),
            ("POST", false) if sent.uri.ends_with("/ocr") => answer(400, json!({"detail": "no"})),
            _ => mistral(sent),
        });
        let extras = match extract(&world, large()) {
            Ok(extraction) => extraction.usage,
            Err(error) => error.extras,
        };
        assert!(extras.contains(&("file-kept".to_owned(), "file-1".to_owned())), "{found}");
    }
}

/// A document that is uploaded, and small enough to be sent again.
fn office() -> mistral::Document {
    let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    mistral::Document { media_type: docx.to_owned(), ..content(b"PK".to_vec(), Some(2)) }
}

#[test]
fn an_upload_whose_answer_is_lost_is_not_made_a_second_time() {
    for reply in [|| Reply::Fault(TransportFault::Broken), || Reply::Breaks(200, b"{\"id\"".to_vec())] {
        let world = World::new(move |_| reply());
        let error = extract(&world, office()).unwrap_err();
        assert_eq!((error.kind, calls(&world).join(" ").as_str()), (ErrorKind::Unavailable, "POST /files"));
    }
    let world = World::new(|_| Reply::Silence);
    let error = extract(&world, office()).unwrap_err();
    assert_eq!((error.kind, world.tries()), (ErrorKind::TimedOut, 1));
}

#[test]
fn each_status_of_an_upload_and_of_its_end_has_one_meaning_and_one_retry_rule() {
    use ErrorKind as Kind;
    for (status, kind, tries) in [
        (400, Kind::Failed, 1),
        (401, Kind::Misconfigured, 1),
        (403, Kind::Denied, 1),
        (404, Kind::Misconfigured, 1),
        (408, Kind::TimedOut, 1),
        (413, Kind::TooLarge, 1),
        (422, Kind::Failed, 1),
        (429, Kind::RateLimited, 3),
        (500, Kind::Failed, 3),
        (502, Kind::Unavailable, 3),
        (503, Kind::Unavailable, 3),
        (504, Kind::TimedOut, 3),
    ] {
        let refusal = json!({"message": format!("no, {KEY}")});
        let body = refusal.clone();
        let world = World::new(move |_| answer(status, &body));
        let error = extract(&world, office()).unwrap_err();
        assert_eq!((error.kind, error.status, world.tries()), (kind, Some(status), tries), "{error}");
        assert!(!shown(&error).contains(KEY), "{error}");

        // What was read is not lost because the upload stays; a file that is gone is no fault.
        let world =
            World::new(
                move |sent| {
                    if sent.method == "DELETE" { answer(status, &refusal) } else { mistral(sent) }
                },
            );
        let extraction = extract(&world, office()).unwrap();
        let deletes = calls(&world).iter().filter(|call| call.starts_with("DELETE")).count();
        assert_eq!(deletes, tries, "{status}");
        let kept = extraction.usage.contains(&("file-kept".to_owned(), "file-1".to_owned()));
        assert_eq!(kept, status != 404, "{status}");
    }
}

#[test]
fn a_file_that_is_gone_already_counts_as_deleted() {
    let world = World::new(|sent| {
        if sent.method == "DELETE" { answer(404, json!({"detail": "no"})) } else { mistral(sent) }
    });
    assert!(!extract(&world, large()).unwrap().usage.iter().any(|(name, _)| name == "file-kept"));
}

#[test]
fn a_refused_upload_is_not_the_document_s_fault() {
    let world = World::new(|_| answer(422, json!({"detail": [{"loc": ["body", "purpose"], "msg": "no"}]})));
    let error = extract(&world, large()).unwrap_err();
    assert_eq!((error.kind, world.tries()), (ErrorKind::Failed, 1));
}

#[test]
fn a_broken_connection_is_tried_again_and_one_that_is_not_allowed_is_not() {
    let cases = [
        (TransportFault::Broken, ErrorKind::Unavailable, 3),
        (TransportFault::Refused, ErrorKind::Unavailable, 3),
        (TransportFault::NotPermitted, ErrorKind::Misconfigured, 1),
    ];
    for (fault, kind, tries) in cases {
        let world = World::new(move |_| Reply::Fault(fault));
        let error = extract(&world, by_url(URL)).unwrap_err();
        assert_eq!((error.kind, world.tries()), (kind, tries), "{fault:?}");
    }
}

#[test]
fn a_sender_that_stops_ends_with_the_call_s_time() {
    let world = World::new(|_| unreachable!("nothing is sent"));
    let document = mistral::Document {
        media_type: common::PDF.to_owned(),
        size: None,
        source: mistral::Source::Content(Box::pin(futures_util::stream::pending())),
    };
    let error = extract(&world, document).unwrap_err();
    assert_eq!((error.kind, world.monotonic()), (ErrorKind::TimedOut, Duration::from_secs(600)));
}

#[test]
fn an_address_that_is_set_is_named_where_nothing_answers_there() {
    let set: &[(&str, &str)] = &[("mistral_base_url", "https://mistral.example/v1")];
    for (variables, named) in [(set, Some("mistral_base_url")), (&[], None)] {
        let world = World::new(|_| Reply::Fault(TransportFault::NoSuchHost));
        let extractor = common::extractor(&world, variables);
        for document in [by_url(URL), office()] {
            let error = world.run(extractor.extract(&world.call(60), document)).unwrap_err();
            assert_eq!((error.kind, error.extra("variable")), (ErrorKind::Unavailable, named), "{error}");
        }
    }
}
