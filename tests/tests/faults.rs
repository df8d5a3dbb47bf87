//! A provider that fails, as a client of the HTTP API meets it: what it gets, how often the provider was asked, and that no secret is shown.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use serde_json::{Value, json};
use serene_tests::{Answer, Emulated, Server, documents, request, try_request};

const PDF: &[(&str, &str)] = &[("content-type", "application/pdf")];
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

fn start(state: &tempfile::TempDir, emulated: &Emulated) -> Server {
    let env_file = emulated.env_file().to_str().unwrap();
    Server::start(state.path(), &["--profile", "cloud", "--env-file", env_file])
}

fn list(v1: &str) -> Answer {
    request("GET", &format!("{v1}/documents"), &[], &[])
}

/// Among one kind, so that the index is asked once.
fn search(v1: &str) -> Answer {
    let query = br#"{"query": "How long is a pause?", "kinds": ["handbook"]}"#;
    request("POST", &format!("{v1}/search"), JSON, query)
}

fn upload(v1: &str) -> Answer {
    let page = documents::pdf("BT /F 12 Tf 72 720 Td (A page about pauses.) Tj ET", false);
    request("POST", &format!("{v1}/handbooks"), PDF, &page)
}

fn analyse(v1: &str) -> Answer {
    request("POST", &format!("{v1}/conflicts/c/analysis"), &[], &[])
}

/// One that is there is not made again.
fn analyse_another(v1: &str) -> Answer {
    request("POST", &format!("{v1}/conflicts/d/analysis"), &[], &[])
}

/// A file stored beforehand. S3 is asked with HEAD first, whose answers have no body.
fn read(v1: &str) -> Answer {
    request("GET", &v1.replace("/relationships/r", "/files?path=handbooks/r/pauses.pdf"), &[], &[])
}

/// Stores what the requests read.
fn prepare(v1: &str) {
    let transcript = br#"{"segments": [{"speaker": "partner_a", "text": "You never do the dishes."}]}"#;
    for conflict in ["c", "d"] {
        let _ =
            request("PUT", &format!("{v1}/conflicts/{conflict}/transcript"), JSON, transcript).expect(201);
    }
    let file = v1.replace("/relationships/r", "/files?path=handbooks/r/pauses.pdf");
    let _ = request("PUT", &file, &[], b"A page about pauses.").expect(201);
}

/// What fails, who says so, and how.
struct Case {
    /// The variable that holds the provider's address.
    service: &'static str,
    path: &'static str,
    /// Needs the provider.
    ask: fn(&str) -> Answer,
    stage: &'static str,
    /// Status and body of the provider's answer.
    answer: (u16, Value),
    /// Status of ours, and the slug of its problem.
    problem: (u16, &'static str),
    variable: Option<&'static str>,
    /// How often the provider is asked.
    tries: usize,
}

impl Case {
    /// What the client got, where it is not what is promised.
    fn difference(&self, answer: &Answer, tries: usize) -> Option<String> {
        let body = answer.json();
        // A file that is safe is no problem of the request's: what failed stands in its document.
        let (fault, kind) = match answer.status {
            202 => (&body["last_error"], body["last_error"]["code"].as_str()),
            _ => (&body, body["type"].as_str().and_then(|kind| kind.strip_prefix("/problems/"))),
        };
        let got = json!({
            "status": answer.status, "tries": tries, "stage": fault["stage"], "kind": kind, "retryable": fault["retryable"],
            "provider_status": fault["provider_status"], "variable": fault["variable"],
        });
        let (status, kind) = self.problem;
        let is_problem = status != 202;
        let promised = json!({
            "status": status, "tries": self.tries, "stage": self.stage, "kind": kind, "retryable": self.tries > 1,
            "provider_status": is_problem.then_some(self.answer.0), "variable": self.variable.filter(|_| is_problem),
        });
        (got != promised).then(|| format!("{}: {got} instead of {promised}: {body}", self.path))
    }
}

fn retryable() -> [Case; 6] {
    [
        Case {
            service: "s3_endpoint_url",
            path: "/serene-relationship-mediator/handbooks",
            ask: read,
            stage: "object-store",
            answer: (503, Value::Null),
            problem: (503, "unavailable"),
            variable: None,
            tries: 4,
        },
        Case {
            service: "supabase_url",
            path: "/rest/v1/documents",
            ask: list,
            stage: "record-store",
            answer: (
                503,
                json!({ "code": "PGRST002", "message": "Could not query the database for the schema cache. Retrying." }),
            ),
            problem: (503, "unavailable"),
            variable: None,
            tries: 3,
        },
        Case {
            service: "voyage_base_url",
            path: "/v1/embeddings",
            ask: search,
            stage: "embedder",
            answer: (429, json!({ "detail": "You have exceeded your rate limit." })),
            problem: (429, "rate-limited"),
            variable: None,
            tries: 3,
        },
        Case {
            service: "pinecone_control_url",
            path: "/query",
            ask: search,
            stage: "vector-index",
            answer: (
                503,
                json!({ "code": 14, "message": "The service is currently unavailable.", "details": [] }),
            ),
            problem: (503, "unavailable"),
            variable: None,
            tries: 4,
        },
        Case {
            service: "openrouter_base_url",
            path: "/api/v1/chat/completions",
            ask: analyse,
            stage: "generator",
            answer: (502, json!({ "error": { "code": 502, "message": "Provider returned error" } })),
            problem: (503, "unavailable"),
            variable: None,
            tries: 3,
        },
        Case {
            service: "mistral_base_url",
            path: "/v1/ocr",
            ask: upload,
            stage: "extractor",
            answer: (
                500,
                json!({ "object": "error", "message": "Service error", "type": "internal_server_error" }),
            ),
            problem: (202, "failed"),
            variable: None,
            tries: 3,
        },
    ]
}

fn lasting() -> [Case; 6] {
    [
        Case {
            service: "s3_endpoint_url",
            path: "/serene-relationship-mediator/handbooks",
            ask: read,
            stage: "object-store",
            answer: (403, Value::Null),
            problem: (403, "denied"),
            variable: None,
            tries: 1,
        },
        Case {
            service: "supabase_url",
            path: "/rest/v1/documents",
            ask: list,
            stage: "record-store",
            answer: (
                404,
                json!({ "code": "PGRST205", "message": "Could not find the table 'public.documents' in the schema cache" }),
            ),
            problem: (500, "misconfigured"),
            variable: None,
            tries: 1,
        },
        Case {
            service: "voyage_base_url",
            path: "/v1/embeddings",
            ask: search,
            stage: "embedder",
            answer: (401, json!({ "detail": "Provided API key is invalid." })),
            problem: (500, "misconfigured"),
            variable: Some("voyage_api_key"),
            tries: 1,
        },
        Case {
            service: "pinecone_control_url",
            path: "/query",
            ask: search,
            stage: "vector-index",
            answer: (403, json!({ "code": 7, "message": "Forbidden", "details": [] })),
            problem: (403, "denied"),
            variable: Some("pinecone_api_key"),
            tries: 1,
        },
        Case {
            service: "openrouter_base_url",
            path: "/api/v1/chat/completions",
            ask: analyse_another,
            stage: "generator",
            answer: (401, json!({ "error": { "code": 401, "message": "No auth credentials found" } })),
            problem: (500, "misconfigured"),
            variable: Some("openrouter_api_key"),
            tries: 1,
        },
        Case {
            service: "mistral_base_url",
            path: "/v1/ocr",
            ask: upload,
            stage: "extractor",
            answer: (401, json!({ "detail": "Unauthorized" })),
            problem: (202, "misconfigured"),
            variable: Some("mistral_api_key"),
            tries: 1,
        },
    ]
}

#[test]
fn a_failing_provider_is_named_tried_as_often_as_its_fault_allows_and_no_secret_is_shown() {
    let emulated = Emulated::start();
    let state = tempfile::tempdir().unwrap();
    let server = start(&state, &emulated);
    let v1 = format!("{}/v1/relationships/r", server.url());
    prepare(&v1);
    let (mut shown, mut wrong) = (String::new(), Vec::new());
    for case in retryable().into_iter().chain(lasting()) {
        let service = emulated.service(case.service);
        service.heal();
        let (provider_status, body) = &case.answer;
        let answer = json!({ "status": provider_status, "body": body });
        service.fail(&json!({ "path": case.path, "times": 50, "effect": { "answer": answer } }));
        let answer = (case.ask)(&v1);
        let tries = service.calls(case.path).len();
        service.heal();

        shown += &answer.text();
        wrong.extend(case.difference(&answer, tries));
        let again = (case.ask)(&v1);
        if !(200..300).contains(&again.status) || again.status == 202 {
            wrong.push(format!("{}: not once the provider works: {}", case.path, again.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    shown += &server.log();
    for secret in emulated.secrets() {
        assert!(!shown.contains(&secret), "a secret is shown");
    }
}

#[test]
fn a_fault_that_passes_is_not_seen_by_the_client() {
    let emulated = Emulated::start();
    let state = tempfile::tempdir().unwrap();
    let server = start(&state, &emulated);
    let v1 = format!("{}/v1/relationships/r", server.url());
    prepare(&v1);
    for case in retryable() {
        let service = emulated.service(case.service);
        service.heal();
        let (status, body) = &case.answer;
        service
            .fail(&json!({ "path": case.path, "effect": { "answer": { "status": status, "body": body } } }));
        let answer = (case.ask)(&v1);
        assert!([200, 201].contains(&answer.status), "{}: {}", case.path, answer.text());
        assert!(service.calls(case.path).len() >= 2, "{}", case.path);
    }
}

#[test]
fn a_file_that_is_damaged_on_its_way_never_arrives_as_if_it_were_whole() {
    let emulated = Emulated::start();
    let state = tempfile::tempdir().unwrap();
    let server = start(&state, &emulated);
    let v1 = format!("{}/v1/relationships/r", server.url());
    prepare(&v1);
    let file = v1.replace("/relationships/r", "/files?path=handbooks/r/pauses.pdf");
    let s3 = emulated.service("s3_endpoint_url");
    for effect in ["garbage", "truncate"] {
        s3.fail(&json!({ "path": "/serene-relationship-mediator/handbooks", "method": "GET", "times": 50, "effect": effect }));
        let answer = try_request("GET", &file, &[], &[]);
        let whole = answer.filter(|answer| answer.status == 200).map(|answer| answer.text());
        assert_eq!(whole, None, "{effect}");
        s3.heal();
    }
    assert_eq!(read(&v1).text(), "A page about pauses.");
}

#[test]
fn a_document_whose_passages_failed_is_kept_and_resume_finishes_it() {
    let emulated = Emulated::start();
    let state = tempfile::tempdir().unwrap();
    let server = start(&state, &emulated);
    let voyage = emulated.service("voyage_base_url");
    voyage.fail(&json!({ "path": "/v1/embeddings", "times": 50, "effect": { "answer": { "status": 503 } } }));
    let stored = upload(&format!("{}/v1/relationships/r", server.url())).expect(202);
    assert_eq!(
        (&stored["status"], &stored["last_error"]["stage"]),
        (&json!("failed"), &json!("embedder")),
        "{stored:#}"
    );
    voyage.heal();
    let resume = format!("{}{}", server.url(), stored["links"]["resume"].as_str().unwrap());
    assert_eq!(request("POST", &resume, &[], &[]).expect(200)["status"], "indexed");
}

#[test]
fn an_instance_is_ready_without_the_vector_index_and_not_without_the_record_store() {
    let emulated = Emulated::start();
    let state = tempfile::tempdir().unwrap();
    let server = start(&state, &emulated);
    let ready = || request("GET", &format!("{}/readyz", server.url()), &[], &[]);
    let down = |path: &str| json!({ "path": path, "times": 50, "effect": { "answer": { "status": 503 } } });
    assert_eq!(ready().expect(200)["stages"]["vector-index"]["name"], "vector-index-pinecone");

    let pinecone = emulated.service("pinecone_control_url");
    for effect in [json!({ "answer": { "status": 503 } }), json!("stall")] {
        pinecone.fail(&json!({ "path": "", "times": 50, "effect": effect }));
        let failing = ready().expect(200);
        assert!(failing["stages"]["vector-index"]["failing"].is_string(), "{failing:#}");
        assert_eq!(failing["stages"]["record-store"]["name"], "record-store-supabase");
        pinecone.heal();
    }
    // What an operator has to mend is another matter.
    pinecone.fail(&json!({ "path": "", "times": 50, "effect": { "answer": { "status": 401 } } }));
    assert_eq!(ready().expect(500)["variable"], "pinecone_api_key");
    pinecone.heal();

    let supabase = emulated.service("supabase_url");
    supabase.fail(&down("/rest/v1/"));
    assert_eq!(ready().expect(503)["stage"], "record-store");
}
