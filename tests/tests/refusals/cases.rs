//! Every bad input that is tried in one request, and what it must get.

use serde_json::json;
use serene_tests::documents;

/// One bad input.
pub struct Case {
    /// What it is, for the table in `docs/bad-input.md`.
    pub what: &'static str,
    /// The method, and the path and query: `r` is a relationship with nothing in it.
    pub method: &'static str,
    pub path: String,
    pub content_type: &'static str,
    pub body: Vec<u8>,
    /// The status and the last segment of the problem's type.
    pub status: u16,
    pub problem: &'static str,
    /// The problem's `reason`, where it has one.
    pub reason: &'static str,
}

const PDF: &str = "application/pdf";
const JSON: &str = "application/json";
const FORM: &str = "multipart/form-data; boundary=b";
const V1: &str = "/v1/relationships/r";

impl Case {
    fn new(what: &'static str, method: &'static str, path: impl Into<String>) -> Self {
        let (content_type, body, reason) = ("", Vec::new(), "");
        Self { what, method, path: path.into(), content_type, body, status: 400, problem: "invalid", reason }
    }

    fn sends(self, content_type: &'static str, body: impl AsRef<[u8]>) -> Self {
        Self { content_type, body: body.as_ref().to_vec(), ..self }
    }

    fn gets(self, status: u16, problem: &'static str) -> Self {
        Self { status, problem, ..self }
    }

    fn because(self, reason: &'static str) -> Self {
        Self { reason, ..self }
    }
}

/// All of them.
pub fn all() -> Vec<Case> {
    [documents_sent(), forms(), transcripts(), ids(), paths(), requests()].into_iter().flatten().collect()
}

fn upload(what: &'static str) -> Case {
    Case::new(what, "POST", format!("{V1}/handbooks"))
}

fn documents_sent() -> Vec<Case> {
    let page = documents::pdf("q 600 0 0 800 0 0 cm /Im0 Do Q", false);
    vec![
        upload("text where a PDF belongs").sends("text/plain", "x").gets(415, "unsupported-media-type"),
        upload("no Content-Type").sends("", "%PDF-").gets(415, "unsupported-media-type"),
        upload("HTML under the name of a PDF").sends(PDF, "<html></html>").because("not-a-document"),
        upload("nothing").sends(PDF, "").because("not-a-document"),
        upload("a PDF that ends after its first line")
            .sends(PDF, "%PDF-1.7 and then nothing")
            .because("broken"),
        upload("a PDF with a password").sends(PDF, documents::pdf("BT (x) Tj ET", true)).because("encrypted"),
        upload("a scanned PDF, without a word").sends(PDF, page).because("no-text"),
        Case::new("a partner who is none", "POST", format!("{V1}/profiles?partner_id=c")).sends(PDF, "%PDF-"),
        Case::new("a parameter that does not exist", "POST", format!("{V1}/handbooks?file=x"))
            .sends(PDF, "%PDF-"),
        Case::new("a parameter twice", "POST", format!("{V1}/handbooks?filename=a&filename=b"))
            .sends(PDF, "%PDF-"),
    ]
}

fn forms() -> Vec<Case> {
    let form = |what| Case::new(what, "POST", format!("{V1}/profiles"));
    let part = |disposition: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{value}\r\n")
    };
    let file = part("name=\"file\"; filename=\"x.pdf\"", "%PDF-1.4 cut");
    vec![
        form("a form that is cut off in its file").sends(FORM, &file).because("broken-form"),
        form("a form without a file").sends(FORM, "--b--\r\n"),
        form("a form without a boundary").sends("multipart/form-data", "--b--\r\n"),
        form("a form with another field before its file").sends(FORM, part("name=\"colour\"", "red") + &file),
        form("a form with another file after its file").sends(FORM, format!("{file}{file}--b--\r\n")),
        form("a form with a field of 2 KiB")
            .sends(FORM, part("name=\"partner_id\"", &"x".repeat(2048)) + &file)
            .gets(413, "too-large"),
    ]
}

fn transcripts() -> Vec<Case> {
    let put = |what| Case::new(what, "PUT", format!("{V1}/conflicts/c/transcript"));
    vec![
        put("JSON that breaks off").sends(JSON, "{").because("not-json"),
        put("JSON of another shape").sends(JSON, r#"{"segments": 7}"#).because("schema"),
        put("a speaker with a line break")
            .sends(JSON, r#"{"segments":[{"speaker":"a\nb","text":"x"}]}"#)
            .because("schema"),
        put("an invalid escape, half a surrogate pair")
            .sends(JSON, r#"{"segments":[{"speaker":"a","text":"\ud800"}]}"#)
            .because("not-json"),
        put("bytes that are no UTF-8")
            .sends(JSON, b"{\"segments\":[{\"speaker\":\"a\",\"text\":\"\xff\"}]}")
            .because("not-json"),
        put("arrays in arrays, a million deep").sends(JSON, "[".repeat(1 << 20)).because("not-json"),
        put("an array of four million numbers")
            .sends(JSON, format!("[{}0]", "0,".repeat(4 << 20)))
            .because("not-json"),
        put("a million turns")
            .sends(JSON, format!("{{\"segments\":[{}0]}}", "0,".repeat(1 << 20)))
            .because("not-json"),
        put("a transcript said to be a PDF").sends(PDF, "{}").gets(415, "unsupported-media-type"),
        Case::new("an analysis of no transcript", "POST", format!("{V1}/conflicts/c/analysis"))
            .gets(404, "not-found"),
        Case::new("a plan for nobody", "POST", format!("{V1}/conflicts/c/repair-plans/partner_c")),
    ]
}

fn ids() -> Vec<Case> {
    let list = |what, id: &str| Case::new(what, "GET", format!("/v1/relationships/{id}/documents"));
    vec![
        list("an id with an encoded slash", "..%2Fx"),
        list("an id with a backslash", "a%5Cb"),
        list("an id with a zero byte", "%00"),
        list("an id with a line break", "a%0Ab"),
        list("an id that is no UTF-8", "%FF"),
        list("an id of 129 characters", &"a".repeat(129)),
        Case::new("a document's id that is none", "GET", format!("{V1}/documents/1")),
        Case::new(
            "a document that does not exist",
            "GET",
            format!("{V1}/documents/c449b983-210f-8181-b920-cf7dc9cd134e"),
        )
        .gets(404, "not-found"),
    ]
}

fn paths() -> Vec<Case> {
    let get = |what, path: &str| Case::new(what, "GET", format!("/v1/files?path={path}"));
    let elsewhere = "s3%3A%2F%2Fother%2Fprofiles%2Fr%2Fp.pdf";
    let sign = |what, body: serde_json::Value| {
        Case::new(what, "POST", "/v1/files/url").sends(JSON, body.to_string())
    };
    vec![
        get("a path out of the bucket", "..%2F..%2Fetc%2Fpasswd"),
        get("a path out of its relationship", "transcripts/..%2Fother/c.json"),
        get("a path of another bucket", elsewhere),
        get("a path with another scheme", "file%3A%2F%2F%2Fetc%2Fpasswd"),
        get("a path of 9,000 bytes", &"a".repeat(9000)),
        Case::new("a file put into another bucket", "PUT", format!("/v1/files?path={elsewhere}"))
            .sends(PDF, "x"),
        Case::new("a file deleted in another bucket", "DELETE", format!("/v1/files?path={elsewhere}")),
        sign("a URL signed for another bucket", json!({ "path": "s3://other/profiles/r/p.pdf" })),
        sign("a URL signed to delete", json!({ "path": "profiles/r/p.pdf", "method": "DELETE" })),
        sign("a URL signed for a week", json!({ "path": "profiles/r/p.pdf", "expires_in": 604_800 })),
        Case::new("a signed URL without its signature", "GET", "/v1/presigned/profiles%2Fr%2Fp.pdf")
            .gets(403, "denied"),
        Case::new(
            "a signed URL with a made-up signature",
            "GET",
            "/v1/presigned/profiles%2Fr%2Fp.pdf?expires=4102444800&signature=00",
        )
        .gets(403, "denied"),
        Case::new("a parameter with a mistyped name", "GET", "/v1/files?pth=x"),
    ]
}

fn requests() -> Vec<Case> {
    let search = |what, body: &str| Case::new(what, "POST", format!("{V1}/search")).sends(JSON, body);
    vec![
        Case::new("a route that does not exist", "GET", "/nothing/here").gets(404, "not-found"),
        Case::new("a schema that does not exist", "GET", "/schemas/nothing").gets(404, "not-found"),
        Case::new("a method that a route does not take", "PATCH", format!("{V1}/conflicts/c/transcript"))
            .sends(JSON, "{}")
            .gets(405, "method-not-allowed"),
        search("an empty question", r#"{"query": "  "}"#),
        search("a question of 9 KiB", &json!({ "query": "x".repeat(9 << 10) }).to_string())
            .gets(413, "too-large"),
        search("a member that does not exist, such as a tenant", r#"{"query": "x", "tenant": "other"}"#),
        search("more passages than are given", r#"{"query": "x", "limit": 5000}"#),
        search("a number that is too large for its type", r#"{"query": "x", "limit": 1e99}"#),
        search("a kind that is not searched", r#"{"query": "x", "kinds": ["repair_plan"]}"#),
        search("objects in objects, a hundred thousand deep", &r#"{"query":"#.repeat(100_000)),
        Case::new("a cursor that is none", "GET", format!("{V1}/documents?cursor=nonsense")),
        Case::new("a page of none", "GET", format!("{V1}/documents?limit=0")),
        Case::new("a cursor that is none, to reconcile", "POST", "/v1/reconcile")
            .sends(JSON, r#"{"cursor": "bm8"}"#),
    ]
}
