//! Every route by every caller. The rules are written down here a second time, by route: a new route has no rule until somebody has thought of one.

use std::collections::BTreeSet;

use auth::Scope;
use http_api::routes::ROUTES;
use serene_tests::{Answer, request};

use super::tokens::{ANNA, BERT, Project, by_signing_key, expired, forged, project_keys, user};

/// Who gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Anyone,
    Readers,
    Writers,
    Operators,
}
use Rule::{Anyone, Operators, Readers, Writers};

/// A route, and a request to it in the relationship `mine` that changes nothing; last, what who gets through is answered.
type Row = (
    &'static str,
    Rule,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    u16,
);

const PDF: &[(&str, &str)] = &[("content-type", "application/pdf")];
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const IF_THERE: &[(&str, &str)] = &[("if-match", "\"x\"")];
const NONE: &[(&str, &str)] = &[];
const DOCUMENT: &str = "c449b983-210f-8181-b920-cf7dc9cd134e";

macro_rules! mine {
    ($path:literal) => {
        concat!("/v1/relationships/mine/", $path)
    };
}

#[rustfmt::skip]
const MATRIX: &[Row] = &[
    ("uploadProfile",      Writers,   "POST",   mine!("profiles"), PDF, "no PDF", 400),
    ("putProfile",         Writers,   "PUT",    mine!("profiles/p"), PDF, "no PDF", 400),
    ("uploadHandbook",     Writers,   "POST",   mine!("handbooks"), PDF, "no PDF", 400),
    ("putHandbook",        Writers,   "PUT",    mine!("handbooks/p"), PDF, "no PDF", 400),
    ("putTranscript",      Writers,   "PUT",    mine!("conflicts/c/transcript"), JSON, "{", 400),
    ("getTranscript",      Readers,   "GET",    mine!("conflicts/c/transcript"), NONE, "", 404),
    ("deleteTranscript",   Writers,   "DELETE", mine!("conflicts/c/transcript"), NONE, "", 204),
    ("generateAnalysis",   Writers,   "POST",   mine!("conflicts/c/analysis"), NONE, "", 404),
    ("getAnalysis",        Readers,   "GET",    mine!("conflicts/c/analysis"), NONE, "", 404),
    ("deleteAnalysis",     Writers,   "DELETE", mine!("conflicts/c/analysis"), NONE, "", 204),
    ("generateRepairPlan", Writers,   "POST",   mine!("conflicts/c/repair-plans/partner_a"), NONE, "", 404),
    ("getRepairPlan",      Readers,   "GET",    mine!("conflicts/c/repair-plans/partner_a"), NONE, "", 404),
    ("deleteRepairPlan",   Writers,   "DELETE", mine!("conflicts/c/repair-plans/partner_a"), NONE, "", 204),
    ("listDocuments",      Readers,   "GET",    mine!("documents"), NONE, "", 200),
    ("getDocument",        Readers,   "GET",    mine!("documents/c449b983-210f-8181-b920-cf7dc9cd134e"), NONE, "", 404),
    ("deleteDocument",     Writers,   "DELETE", mine!("documents/c449b983-210f-8181-b920-cf7dc9cd134e"), NONE, "", 404),
    ("resumeDocument",     Writers,   "POST",   mine!("documents/c449b983-210f-8181-b920-cf7dc9cd134e/resume"), NONE, "", 404),
    ("search",             Readers,   "POST",   mine!("search"), JSON, "{\"query\": \"a pause\"}", 200),
    ("getFile",            Readers,   "GET",    "/v1/files?path=handbooks/mine/p.pdf", NONE, "", 404),
    ("putFile",            Writers,   "PUT",    "/v1/files?path=handbooks/mine/p.pdf", IF_THERE, "x", 412),
    ("deleteFile",         Writers,   "DELETE", "/v1/files?path=handbooks/mine/p.pdf", NONE, "", 204),
    ("signFileUrl",        Readers,   "POST",   "/v1/files/url", JSON, "{\"path\": \"handbooks/mine/p.pdf\"}", 200),
    ("getPresigned",       Anyone,    "GET",    "/v1/presigned/handbooks/mine/p.pdf", NONE, "", 403),
    ("putPresigned",       Anyone,    "PUT",    "/v1/presigned/handbooks/mine/p.pdf", NONE, "x", 403),
    ("health",             Anyone,    "GET",    "/healthz", NONE, "", 200),
    ("ready",              Anyone,    "GET",    "/readyz", NONE, "", 200),
    ("doctor",             Operators, "GET",    "/v1/doctor", NONE, "", 200),
    ("reconcile",          Operators, "POST",   "/v1/reconcile", JSON, "{\"dry_run\": true}", 200),
    ("migrateStoragePaths", Operators, "POST",  "/v1/migrations/storage-paths", JSON, "{\"dry_run\": true}", 200),
    ("openApi",            Anyone,    "GET",    "/openapi.json", NONE, "", 200),
    ("schema",             Anyone,    "GET",    "/schemas/transcript", NONE, "", 200),
];

/// What a caller gets who is not let through, by rule; `None`: let through.
type Column = fn(Rule) -> Option<u16>;

const NOBODY: Column = |rule| (rule != Anyone).then_some(401);
const READER: Column = |rule| matches!(rule, Writers | Operators).then_some(403);
const WRITER: Column = |rule| (rule == Operators).then_some(403);
const STRANGER: Column = |rule| (rule != Anyone).then_some(403);
const OPERATOR: Column = |_| None;

fn send(project: &Project, row: &Row, credentials: Option<&str>) -> Answer {
    let (_, _, method, path, headers, body, _) = row;
    let credentials = credentials.map(|value| ("authorization", value));
    let headers: Vec<_> = headers.iter().copied().chain(credentials).collect();
    request(method, &format!("{}{path}", project.server.url()), &headers, body.as_bytes())
}

#[test]
fn every_route_has_a_row() {
    let rows: BTreeSet<_> = MATRIX.iter().map(|row| row.0).collect();
    let routes: BTreeSet<_> = ROUTES.iter().map(|route| route.operation_id).collect();
    assert_eq!((rows, MATRIX.len()), (routes, ROUTES.len()));
    assert!(MATRIX.iter().filter(|row| row.3.contains("/documents/")).all(|row| row.3.contains(DOCUMENT)));
}

#[test]
fn every_caller_gets_through_where_the_rule_says_and_nowhere_else() {
    let project = Project::start();
    let [secret, publishable, service_role, anon] = project_keys();
    let callers: Vec<(&str, Option<String>, Column)> = vec![
        ("no token", None, NOBODY),
        ("no bearer", Some("Basic YW5uYTpzZWNyZXQ=".to_owned()), NOBODY),
        ("expired", Some(expired(ANNA)), NOBODY),
        ("wrong signature", Some(forged(ANNA)), NOBODY),
        ("an unknown API key", Some(format!("Bearer serene_{}", "A".repeat(43))), NOBODY),
        ("a signing key that is not published", Some(by_signing_key(ANNA, 2, "other")), NOBODY),
        ("a signing key under another's id", Some(by_signing_key(ANNA, 2, "current")), NOBODY),
        ("the project's secret key", Some(secret), NOBODY),
        ("the project's publishable key", Some(publishable), NOBODY),
        ("the project's service role", Some(service_role), NOBODY),
        ("the project's anon role", Some(anon), NOBODY),
        ("other tenant", Some(user(BERT)), STRANGER),
        ("other tenant by signing key", Some(by_signing_key(BERT, 1, "current")), STRANGER),
        ("read-only", Some(project.service(Scope::Read)), READER),
        ("a service that writes", Some(project.service(Scope::Write)), WRITER),
        ("member", Some(user(ANNA)), WRITER),
        ("member by signing key", Some(by_signing_key(ANNA, 1, "current")), WRITER),
        ("service", Some(project.service(Scope::Admin)), OPERATOR),
    ];
    let mut wrong = Vec::new();
    for (caller, credentials, column) in &callers {
        for row in MATRIX {
            let answer = send(&project, row, credentials.as_deref());
            let refused = column(row.1);
            if answer.status != refused.unwrap_or(row.6) {
                wrong.push(format!("{caller}: {} gave {}: {}", row.0, answer.status, answer.text()));
            }
            if refused.is_some() {
                assert_eq!(answer.header("content-type"), "application/problem+json", "{caller}: {}", row.0);
            }
            let challenge = answer.header("www-authenticate");
            assert_eq!(
                answer.status == 401,
                challenge.starts_with("Bearer realm=") && !challenge.contains("scope=")
            );
            let token = credentials.as_deref().and_then(|value| value.split(' ').nth(1));
            assert!(
                token.is_none_or(|token| !answer.text().contains(token)),
                "{caller}: {} shows a token",
                row.0
            );
        }
    }
    assert_eq!(wrong, [""; 0]);
    // A handful for all the requests by signing key: the keys are kept, and made-up ids cause no more.
    let fetches = project.supabase.calls().to("/auth/v1/.well-known/jwks.json").len();
    assert!((1..=30).contains(&fetches), "{fetches}");
}

#[test]
fn whoever_is_refused_learns_nothing_of_what_there_is() {
    let project = Project::start();
    let refusals = || -> Vec<_> {
        let callers = [None, Some(user(BERT)), Some(expired(ANNA))];
        let rows = MATRIX.iter().filter(|row| !matches!(row.1, Anyone | Operators));
        rows.flat_map(|row| callers.each_ref().map(|caller| send(&project, row, caller.as_deref()).text()))
            .collect()
    };
    let before = refusals();
    let admin = project.service(Scope::Admin);
    let headers = [("content-type", "application/json"), ("authorization", admin.as_str())];
    let transcript = serene_tests::documents::transcript(4).to_string();
    let conflict = format!("{}/v1/relationships/mine/conflicts/c", project.server.url());
    let _ = request("PUT", &format!("{conflict}/transcript"), &headers, transcript.as_bytes()).expect(201);
    let _ = request("POST", &format!("{conflict}/analysis"), &headers, &[]).expect(201);
    assert_eq!(refusals(), before);
}

#[test]
fn keys_that_cannot_be_fetched_are_no_reason_to_let_anyone_in_or_to_lock_others_out() {
    let project = Project::start();
    let down = emulators::Effect::Answer(emulators::Answer { status: 503, ..emulators::Answer::default() });
    let mut fault = emulators::Fault::new(down);
    fault.times = 1000;
    project.supabase.faults().add(fault);
    let row = MATRIX.iter().find(|row| row.0 == "listDocuments").unwrap();
    let answer = send(&project, row, Some(&by_signing_key(ANNA, 1, "current")));
    assert_eq!((answer.status, answer.json()["retryable"].as_bool()), (503, Some(true)), "{}", answer.text());
    for credentials in [user(ANNA), project.service(Scope::Read)] {
        assert_eq!(send(&project, row, Some(&credentials)).status, 200);
    }
}
