//! Over real connections, against the emulator of Mistral, which refuses what Mistral refuses and reads the text of PDFs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use emulators::server::RetryAfter;
use emulators::{Answer, Credential, Effect, Fault, Server, mistral as emulator};
use futures_util::stream;
use mistral::{Config, Document, Extraction, Extractor, Source};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use upstream::{Call, Error, ErrorKind, Secret};
use upstream_hyper::Native;

/// Waits are long and tests are not.
const PACE: u32 = 50;
const WORDS: &str = "She said that he never listens.";

struct World {
    server: Server,
    key: String,
    platform: Rc<Native>,
}

impl World {
    async fn new() -> Self {
        let options = emulator::Options::default();
        let key = options.key.clone();
        Self {
            server: emulator::start(options).await.unwrap(),
            key,
            platform: Rc::new(Native::at_pace(PACE)),
        }
    }

    async fn extract(&self, set: &[(&str, &str)], document: Document) -> Result<Extraction, Error> {
        let get = |name: &str| {
            let set = set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            set.or_else(|| match name {
                "mistral_api_key" => Some(self.key.clone()),
                "mistral_base_url" => Some(format!("{}/v1", self.server.url())),
                _ => None,
            })
        };
        let extractor = Extractor::new(Rc::clone(&self.platform), Config::from_variables(get).unwrap());
        let call = Call::starting_now(&*self.platform, Duration::from_secs(3000), None);
        extractor.extract(&call, document).await
    }

    /// What was called, such as `POST /v1/ocr`.
    fn calls(&self) -> Vec<String> {
        self.server.calls().all().iter().map(|call| format!("{} {}", call.method, call.path)).collect()
    }
}

/// A PDF with these words, one text a page, and this many bytes that no page uses.
fn pdf(pages: &[&str], padding: usize) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|page| format!("{} 0 R", 5 + 2 * page)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Count {} /Kids [{}] >>", pages.len(), kids.join(" ")),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        format!("<< /Length {padding} >>\nstream\n{}\nendstream", "x".repeat(padding)),
    ];
    for (page, words) in pages.iter().enumerate() {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {} 0 R /Resources << /Font << /F 3 0 R >> >> >>",
            6 + 2 * page
        ));
        let content = format!("BT /F 12 Tf 50 700 Td ({words}) Tj ET");
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut file = "%PDF-1.7\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let (start, size) = (file.len(), objects.len() + 1);
    file.push_str(&format!("{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    file.into_bytes()
}

fn content(bytes: Vec<u8>) -> Document {
    let size = Some(bytes.len() as u64);
    let bytes = Bytes::from(bytes);
    let pieces: Vec<_> = (0..bytes.len())
        .step_by(65_536)
        .map(|at| Ok(bytes.slice(at..bytes.len().min(at + 65_536))))
        .collect();
    Document {
        media_type: "application/pdf".to_owned(),
        size,
        source: Source::Content(Box::pin(stream::iter(pieces))),
    }
}

/// An object store that serves one file at a signed URL.
async fn stored(file: Vec<u8>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/bucket/a.pdf?X-Amz-Signature=5ec2e7", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let read = connection.read(&mut request).await.unwrap_or_default();
            let found = String::from_utf8_lossy(&request[..read]).contains("a.pdf?X-Amz-Signature=5ec2e7 ");
            let (status, body) =
                if found { ("200 OK", file.as_slice()) } else { ("403 Forbidden", &b"no"[..]) };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/pdf\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = connection.write_all(&[head.as_bytes(), body].concat()).await;
        }
    });
    url
}

fn by_url(url: &str) -> Document {
    Document { media_type: "application/pdf".to_owned(), size: None, source: Source::Url(Secret::new(url)) }
}

#[tokio::test]
async fn a_pdf_s_pages_are_read_in_order_whichever_way_it_goes() {
    let world = World::new().await;
    let pages = [WORDS, "", "Third page."];
    let url = stored(pdf(&pages, 0)).await;
    for document in [
        by_url(&url),
        content(pdf(&pages, 0)),
        content(pdf(&pages, 5_000_000)),
        content(pdf(&pages, 31_000_000)),
    ] {
        let extraction = world.extract(&[], document).await.unwrap();
        let read: Vec<(u32, &str)> =
            extraction.pages.iter().map(|page| (page.index, page.markdown.trim())).collect();
        assert_eq!(read, [(0, WORDS), (1, ""), (2, "Third page.")]);
        assert_eq!(extraction.model, "mistral-ocr-2512");
        assert!(
            extraction.usage.contains(&("pages-processed".to_owned(), "3".to_owned())),
            "{:?}",
            extraction.usage
        );
        assert!(!extraction.usage.iter().any(|(name, _)| name == "file-kept"));
    }
    let calls = world.calls();
    assert_eq!(calls[..4], ["POST /v1/ocr", "POST /v1/ocr", "POST /v1/ocr", "POST /v1/files"]);
    assert_eq!(calls[4], "POST /v1/ocr");
    assert!(calls[5].starts_with("DELETE /v1/files/") && calls.len() == 6, "{calls:?}");
    assert!(
        world
            .server
            .calls()
            .all()
            .iter()
            .all(|call| call.credential == Credential::Right && call.status == Some(200))
    );
}

#[tokio::test]
async fn a_url_that_leads_nowhere_is_an_operator_s_to_mend_and_is_not_shown() {
    let world = World::new().await;
    let url = stored(pdf(&[WORDS], 0)).await.replace("5ec2e7", "5ec2e8");
    let error = world.extract(&[], by_url(&url)).await.unwrap_err();
    assert_eq!(
        (error.kind, error.extra("variable")),
        (ErrorKind::Misconfigured, Some("mistral_prefers_url")),
        "{error}"
    );
    assert!(
        !format!("{error} {error:?}").contains("5ec2e8") && !error.message.contains("bucket"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_wrong_key_or_model_is_named() {
    let world = World::new().await;
    for (set, variable) in [
        (("mistral_api_key", "9999-another-key"), "mistral_api_key"),
        (("mistral_ocr_model", "mistral-ocr-9"), "mistral_ocr_model"),
    ] {
        let error = world.extract(&[set], content(pdf(&[WORDS], 0))).await.unwrap_err();
        assert_eq!(
            (error.kind, error.extra("variable")),
            (ErrorKind::Misconfigured, Some(variable)),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("9999"), "{error:?}");
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_blamed() {
    let world = World::new().await;
    let error = world.extract(&[], content(b"%PDF-1.7\nnothing else".to_vec())).await.unwrap_err();
    assert_eq!((error.kind, error.extra("reason")), (ErrorKind::Invalid, Some("broken")), "{error}");
}

#[tokio::test]
async fn a_document_over_a_limit_that_only_mistral_can_see_is_too_large() {
    let world = World::new().await;
    let error = world.extract(&[], content(pdf(&[WORDS; 1001], 0))).await.unwrap_err();
    assert_eq!((error.kind, error.extra("limit")), (ErrorKind::TooLarge, Some("1000")), "{error}");
    let url = stored(pdf(&[WORDS], 50_000_001)).await;
    let error = world.extract(&[], by_url(&url)).await.unwrap_err();
    assert_eq!((error.kind, error.extra("limit")), (ErrorKind::TooLarge, Some("50000000")), "{error}");
}

#[tokio::test]
async fn a_document_of_blank_pages_has_no_text() {
    let world = World::new().await;
    let error = world.extract(&[], content(pdf(&["", ""], 0))).await.unwrap_err();
    assert_eq!((error.kind, error.extra("reason")), (ErrorKind::Invalid, Some("no-text")), "{error}");
}

#[tokio::test]
async fn each_fault_heals_or_ends_after_the_tries_it_is_worth() {
    use ErrorKind as Kind;
    let answer = |status| Effect::status(status);
    // What Mistral does for how many requests, what comes of it, after how many tries.
    let cases = [
        (answer(429), 2, None, 3),
        (answer(500), 3, Some(Kind::Failed), 3),
        (answer(502), 2, None, 3),
        (answer(503), 3, Some(Kind::Unavailable), 3),
        (answer(504), 3, Some(Kind::TimedOut), 3),
        (answer(400), 1, Some(Kind::Invalid), 1),
        (answer(401), 1, Some(Kind::Misconfigured), 1),
        (answer(403), 1, Some(Kind::Denied), 1),
        (answer(404), 1, Some(Kind::Misconfigured), 1),
        (answer(413), 1, Some(Kind::TooLarge), 1),
        (answer(422), 1, Some(Kind::Invalid), 1),
        (Effect::Reset, 2, None, 3),
        (Effect::Reset, 3, Some(Kind::Unavailable), 3),
        (Effect::LoseAnswer, 1, None, 2),
        (Effect::Truncate, 1, None, 2),
        (Effect::Garbage, 1, Some(Kind::Failed), 1),
        (Effect::Stall, 1, None, 2),
        (Effect::StallBody, 1, None, 2),
    ];
    for (effect, times, outcome, tries) in cases {
        let world = World::new().await;
        world.server.faults().add(Fault::new(effect.clone()).times(times));
        let result = world.extract(&[], content(pdf(&[WORDS], 0))).await;
        assert_eq!(result.as_ref().err().map(|error| error.kind), outcome, "{effect:?}: {result:?}");
        assert_eq!(world.calls().len(), tries, "{effect:?}");
        assert!(!format!("{result:?}").contains(&world.key));
    }
}

#[tokio::test]
async fn what_passes_through_is_sent_once() {
    for effect in [Effect::status(503), Effect::Reset] {
        let world = World::new().await;
        world.server.faults().add(Fault::new(effect.clone()));
        let error = world.extract(&[], content(pdf(&[WORDS], 5_000_000))).await.unwrap_err();
        assert_eq!((error.kind, world.calls().len()), (ErrorKind::Unavailable, 1), "{effect:?}");
    }
}

#[tokio::test]
async fn an_upload_is_deleted_whatever_becomes_of_it() {
    let world = World::new().await;
    world.server.faults().add(Fault::new(Effect::status(400)).on("/v1/ocr"));
    world.server.faults().add(Fault::new(Effect::status(503)).method("DELETE"));
    let error = world.extract(&[], content(pdf(&[WORDS], 31_000_000))).await.unwrap_err();
    assert_eq!((error.kind, error.extra("file-kept")), (ErrorKind::Invalid, None));
    let calls = world.calls();
    assert_eq!((calls.len(), calls[2] == calls[3]), (4, true), "{calls:?}");
}

#[tokio::test]
async fn a_wait_longer_than_the_call_comes_back_to_the_caller() {
    let world = World::new().await;
    for wait in [RetryAfter::Seconds(4000), RetryAfter::Milliseconds(4_000_000)] {
        let answer = Answer { status: 429, retry_after: Some(wait), ..Answer::default() };
        world.server.faults().add(Fault::new(Effect::Answer(answer)));
        let error = world.extract(&[], content(pdf(&[WORDS], 0))).await.unwrap_err();
        assert_eq!(
            (error.kind, error.retry_after),
            (ErrorKind::RateLimited, Some(Duration::from_secs(4000)))
        );
    }
    assert_eq!(world.calls().len(), 2);
}
