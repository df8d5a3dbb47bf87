//! Mistral.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emulators::{Server, mistral};
use serde_json::{Value, json};

use crate::common::{self, Answer, get, post, send};

struct Mistral {
    server: Server,
    key: String,
}

impl Mistral {
    async fn start() -> Self {
        let options = mistral::Options::default();
        let key = options.key.clone();
        Self { server: mistral::start(options).await.unwrap(), key }
    }

    async fn ocr(&self, body: Value) -> Answer {
        post(&format!("{}/v1/ocr", self.server.url()), &self.key, &body).await
    }

    async fn read(&self, url: &str) -> Answer {
        let document = json!({ "type": "document_url", "document_url": url });
        self.ocr(json!({ "model": "mistral-ocr-2512", "document": document })).await
    }
}

fn data_url(bytes: &[u8]) -> String {
    format!("data:application/pdf;base64,{}", STANDARD.encode(bytes))
}

fn message(answer: &Answer) -> String {
    answer.json()["message"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn pages_are_those_asked_for() {
    let mistral = Mistral::start().await;
    let url = data_url(&common::pdf(&["zero", "one", "two", "three"]));
    let cases = [
        (Value::Null, vec!["zero", "one", "two", "three"]),
        (json!([3, 1]), vec!["one", "three"]),
        (json!("0,2-3"), vec!["zero", "two", "three"]),
    ];
    for (pages, expected) in cases {
        let document = json!({ "type": "document_url", "document_url": url });
        let answer = mistral.ocr(json!({ "model": null, "document": document, "pages": pages })).await.json();
        let texts: Vec<_> = answer["pages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|page| page["markdown"].as_str().unwrap())
            .collect();
        assert_eq!(texts, expected);
        assert_eq!(answer["usage_info"]["pages_processed"], expected.len());
        assert_eq!(answer["model"], "mistral-ocr-4-1");
    }
}

#[tokio::test]
async fn a_presigned_url_is_fetched_as_it_stands_and_without_the_key() {
    let mistral = Mistral::start().await;
    let url = common::web(common::pdf(&["signed"]), "application/pdf").await;
    assert_eq!(mistral.read(&url).await.json()["pages"][0]["markdown"], "signed");
    for (url, says) in [
        (url.replace("right", "wrong"), "status 403"),
        ("http://127.0.0.1:1/document".to_owned(), "nothing answers"),
        ("http://example.org/document.pdf".to_owned(), "this machine only"),
        ("https://127.0.0.1/document.pdf".to_owned(), "TLS"),
        ("s3://bucket/document.pdf".to_owned(), "neither http nor https"),
    ] {
        let answer = mistral.read(&url).await;
        assert_eq!(answer.status, 400);
        assert!(message(&answer).contains(says), "{}", message(&answer));
    }
}

#[tokio::test]
async fn a_signed_url_opens_one_file_for_a_time_and_no_other() {
    let mistral = Mistral::start().await;
    let form = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nocr\r\n\
        --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
    let authorization = format!("Bearer {}", mistral.key);
    let headers =
        [("authorization", authorization.as_str()), ("content-type", "multipart/form-data; boundary=b")];
    let files = format!("{}/v1/files", mistral.server.url());
    let id = send("POST", &files, &headers, form).await.unwrap().json()["id"].as_str().unwrap().to_owned();
    let signed = get(&format!("{files}/{id}/url?expiry=168"), &mistral.key).await.json();
    let signed = signed["url"].as_str().unwrap();
    assert_eq!(send("GET", signed, &[], "").await.unwrap().bytes, "hello");
    assert_eq!(mistral.read(signed).await.json()["pages"][0]["markdown"], "hello");
    assert_eq!(send("GET", &signed.replace("se=", "se=9"), &[], "").await.unwrap().status, 403);
    assert_eq!(get(&format!("{files}/{id}/url?expiry=169"), &mistral.key).await.status, 422);
    assert_eq!(get(&format!("{files}/other/url"), &mistral.key).await.status, 404);

    let no_purpose = form.replace("\"purpose\"", "\"reason\"");
    assert_eq!(send("POST", &files, &headers, no_purpose).await.unwrap().status, 422);
    let no_name = form.replace("; filename=\"a.txt\"", "");
    assert_eq!(send("POST", &files, &headers, no_name).await.unwrap().status, 422);
}

#[tokio::test]
async fn every_field_is_checked_and_unknown_ones_are_refused() {
    let mistral = Mistral::start().await;
    let document = json!({ "type": "document_url", "document_url": data_url(&common::pdf(&["a"])) });
    let format = json!({ "type": "json_schema", "json_schema": { "schema": {} } });
    let cases = [
        (json!({ "document": document }), "model"),
        (json!({ "model": "mistral-ocr-2512" }), "document"),
        (json!({ "model": "m", "document": document, "language": "en" }), "language"),
        (json!({ "model": "m", "document": document, "pages": "1-" }), "pages"),
        (json!({ "model": "m", "document": document, "pages": [-1] }), "pages"),
        (json!({ "model": "m", "document": document, "include_blocks": 1 }), "include_blocks"),
        (json!({ "model": "m", "document": document, "image_limit": "1" }), "image_limit"),
        (json!({ "model": "m", "document": document, "table_format": "csv" }), "table_format"),
        (
            json!({ "model": "m", "document": document, "document_annotation_format": format }),
            "document_annotation_format",
        ),
        (
            json!({ "model": "m", "document": document, "document_annotation_prompt": "p" }),
            "document_annotation_prompt",
        ),
        (json!({ "model": "m", "document": { "type": "url" } }), "document"),
        (json!({ "model": "m", "document": { "type": "file", "file_id": "f", "name": "n" } }), "name"),
        (json!({ "model": "m", "document": { "type": "image_url" } }), "image_url"),
    ];
    for (body, place) in cases {
        let answer = mistral.ocr(body).await;
        assert_eq!(answer.status, 422, "{place}");
        let places = answer.json()["detail"][0]["loc"].clone();
        assert_eq!(places.as_array().unwrap().last().unwrap(), place);
    }
}

#[tokio::test]
async fn documents_that_cannot_be_read_are_refused_with_the_reason() {
    let mistral = Mistral::start().await;
    let model = json!({ "model": "mistral-ocr-2505", "document": { "type": "file", "file_id": "f" } });
    let answer = mistral.ocr(model).await;
    assert_eq!((answer.status, answer.json()["type"].as_str()), (400, Some("invalid_model")));
    let pages = vec!["a"; 1001];
    let cases = [
        (data_url(&common::pdf(&pages)), 400, "1001 pages"),
        (data_url(b"\0\x01\x02\xff"), 400, "cannot be read"),
        ("data:application/pdf;base64,!!!".to_owned(), 400, "base64"),
        ("data:application/pdf,plain".to_owned(), 400, "base64"),
        (format!("data:application/pdf;base64,{}", "A".repeat(50_000_004)), 413, "50 MB"),
    ];
    for (url, status, says) in cases {
        let answer = mistral.read(&url).await;
        assert_eq!(answer.status, status, "{says}");
        assert!(message(&answer).contains(says), "{}", message(&answer));
    }
    assert_eq!(mistral.read(&data_url(&common::pdf(&pages[1..]))).await.status, 200);
}

#[tokio::test]
async fn both_shapes_of_401_are_seen() {
    let mistral = Mistral::start().await;
    let url = format!("{}/v1/ocr", mistral.server.url());
    let none = send("POST", &url, &[], "").await.unwrap();
    assert_eq!((none.status, none.json()["detail"].as_str()), (401, Some("Unauthorized")));
    let wrong = post(&url, "wrong", &json!({})).await;
    assert_eq!((wrong.status, wrong.json()["message"].as_str()), (401, Some("Unauthorized")));
}

#[tokio::test]
async fn an_image_is_a_page_without_text_and_what_is_none_is_refused() {
    let mistral = Mistral::start().await;
    for (bytes, status) in [(b"\x89PNG\r\n\x1a\n".as_slice(), 200), (b"a text", 400)] {
        let url = format!("data:image/png;base64,{}", STANDARD.encode(bytes));
        for image_url in [json!(url), json!({ "url": url, "detail": "high" })] {
            let document = json!({ "type": "image_url", "image_url": image_url });
            let answer = mistral.ocr(json!({ "model": "mistral-ocr-2512", "document": document })).await;
            assert_eq!(answer.status, status);
            if status == 200 {
                assert_eq!(answer.json()["pages"][0]["markdown"], "");
            }
        }
    }
}
