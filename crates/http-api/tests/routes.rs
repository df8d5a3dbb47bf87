//! Every route is found, and nothing else is.

#![allow(clippy::unwrap_used, reason = "a test may panic, and so may its helpers")]

use std::collections::HashSet;

use http::Method;
use http_api::routes::{Access, Matched, Operation, Permission, ROUTES, RouteError, match_route};
use proptest::prelude::*;

const R: &str = "/v1/relationships/r1";
const DOCUMENT: &str = "c449b983-210f-8181-b920-cf7dc9cd134e";

fn route(method: &str, path: &str) -> Result<Matched, RouteError> {
    match_route(&method.parse().unwrap(), path)
}

fn operation(method: &str, path: &str) -> Operation {
    route(method, path).unwrap_or_else(|error| panic!("{method} {path}: {error}")).operation
}

#[test]
fn the_api_has_exactly_these_routes() {
    let expected = [
        ("POST", format!("{R}/profiles"), "uploadProfile"),
        ("PUT", format!("{R}/profiles/p1"), "putProfile"),
        ("POST", format!("{R}/handbooks"), "uploadHandbook"),
        ("PUT", format!("{R}/handbooks/p1"), "putHandbook"),
        ("PUT", format!("{R}/conflicts/c1/transcript"), "putTranscript"),
        ("GET", format!("{R}/conflicts/c1/transcript"), "getTranscript"),
        ("DELETE", format!("{R}/conflicts/c1/transcript"), "deleteTranscript"),
        ("POST", format!("{R}/conflicts/c1/analysis"), "generateAnalysis"),
        ("GET", format!("{R}/conflicts/c1/analysis"), "getAnalysis"),
        ("DELETE", format!("{R}/conflicts/c1/analysis"), "deleteAnalysis"),
        ("POST", format!("{R}/conflicts/c1/repair-plans/partner_a"), "generateRepairPlan"),
        ("GET", format!("{R}/conflicts/c1/repair-plans/partner_a"), "getRepairPlan"),
        ("DELETE", format!("{R}/conflicts/c1/repair-plans/partner_a"), "deleteRepairPlan"),
        ("GET", format!("{R}/documents"), "listDocuments"),
        ("GET", format!("{R}/documents/{DOCUMENT}"), "getDocument"),
        ("DELETE", format!("{R}/documents/{DOCUMENT}"), "deleteDocument"),
        ("POST", format!("{R}/documents/{DOCUMENT}/resume"), "resumeDocument"),
        ("POST", format!("{R}/search"), "search"),
        ("GET", "/v1/files".to_owned(), "getFile"),
        ("PUT", "/v1/files".to_owned(), "putFile"),
        ("DELETE", "/v1/files".to_owned(), "deleteFile"),
        ("POST", "/v1/files/url".to_owned(), "signFileUrl"),
        ("GET", "/v1/presigned/profiles/r1/p1.pdf".to_owned(), "getPresigned"),
        ("PUT", "/v1/presigned/profiles/r1/p1.pdf".to_owned(), "putPresigned"),
        ("POST", "/v1/reconcile".to_owned(), "reconcile"),
        ("POST", "/v1/migrations/storage-paths".to_owned(), "migrateStoragePaths"),
        ("GET", "/healthz".to_owned(), "health"),
        ("GET", "/readyz".to_owned(), "ready"),
        ("GET", "/v1/doctor".to_owned(), "doctor"),
        ("GET", "/openapi.json".to_owned(), "openApi"),
        ("GET", "/schemas/analysis.json".to_owned(), "schema"),
    ];
    assert_eq!(expected.len(), ROUTES.len());
    for (method, path, id) in expected {
        let matched = route(method, &path).unwrap();
        assert_eq!((matched.route.operation_id, matched.route.method.as_str()), (id, method), "{path}");
        // `uploadProfile` builds `UploadProfile`.
        let case = format!("{:?}", matched.operation);
        let case = case.split([' ', '{']).next().unwrap();
        assert!(case.eq_ignore_ascii_case(id), "{id} builds {case}");
        // What is under a relationship says so, so that one check of membership covers it.
        let relationship = matched.operation.relationship().map(|id| id.as_str());
        assert_eq!(relationship, path.starts_with(R).then_some("r1"), "{path}");
    }
}

#[test]
fn what_changes_documents_asks_for_permission_to_write() {
    for route in ROUTES.iter().filter(|route| !route.path.starts_with("/v1/presigned/")) {
        let path = route.path.replace("{document_id}", DOCUMENT).replace("{partner_id}", "partner_a");
        let access = match_route(&route.method, &path.replace(['{', '}'], "")).unwrap().operation;
        let permission = match access.access() {
            Access::Relationship(_, permission) | Access::File(permission) => Some(permission),
            _ => None,
        };
        let reads = route.method == Method::GET || ["search", "signFileUrl"].contains(&route.operation_id);
        let (wrong, right) =
            if reads { (Permission::Write, Permission::Read) } else { (Permission::Read, Permission::Write) };
        assert_ne!(permission, Some(wrong), "{}", route.operation_id);
        if route.method == Method::PUT || route.method == Method::DELETE {
            assert_eq!(permission, Some(right), "{}", route.operation_id);
        }
    }
}

#[test]
fn ids_paths_and_methods_are_unique() {
    let ids: HashSet<_> = ROUTES.iter().map(|route| route.operation_id).collect();
    let places: HashSet<_> = ROUTES.iter().map(|route| (route.method.as_str(), route.path)).collect();
    assert_eq!((ids.len(), places.len()), (ROUTES.len(), ROUTES.len()));
    assert!(ROUTES.iter().all(|route| !route.summary.is_empty()));
}

#[test]
fn templates_are_openapis() {
    let presigned = ROUTES.iter().find(|route| route.operation_id == "getPresigned").unwrap();
    assert_eq!(presigned.openapi_path(), "/v1/presigned/{key}");
    for route in &ROUTES {
        let path = route.openapi_path();
        assert!(path.starts_with('/') && !path.contains('*'), "{path}");
    }
}

#[test]
fn parameters_arrive_typed_and_decoded_once() {
    let Operation::GetRepairPlan { relationship, conflict, partner } =
        operation("GET", "/v1/relationships/r%2D1/conflicts/c%5f1/repair-plans/partner%5Fb")
    else {
        panic!("another operation");
    };
    assert_eq!((relationship.as_str(), conflict.as_str(), partner.as_str()), ("r-1", "c_1", "partner_b"));
    assert_eq!(operation("GET", "/schemas/a%2520b"), Operation::Schema { name: "a%20b".into() });
    let key = "profiles/r/p.pdf".to_owned();
    assert_eq!(operation("PUT", "/v1/presigned/profiles/r%2Fp.pdf"), Operation::PutPresigned { key });
}

#[test]
fn head_is_answered_wherever_get_is() {
    for route in ROUTES.iter().filter(|route| route.method == Method::GET) {
        let path = route.path.replace("{document_id}", DOCUMENT).replace("{partner_id}", "partner_a");
        let path = path.replace(['{', '}', '*'], "");
        let matched = match_route(&Method::HEAD, &path).unwrap();
        assert!(matched.head && matched.route.operation_id == route.operation_id, "{path}");
        assert!(!match_route(&Method::GET, &path).unwrap().head);
    }
}

#[test]
fn another_method_is_told_which_are_allowed() {
    let allow = |method, path: &str| match route(method, path) {
        Err(RouteError::MethodNotAllowed { allow }) => allow,
        other => panic!("{method} {path}: {other:?}"),
    };
    assert_eq!(allow("POST", "/v1/files"), "GET, HEAD, PUT, DELETE");
    assert_eq!(allow("PATCH", &format!("{R}/conflicts/c/transcript")), "PUT, GET, HEAD, DELETE");
    assert_eq!(allow("HEAD", &format!("{R}/search")), "POST");
    assert_eq!(allow("BREW", "/healthz"), "GET, HEAD");
    assert_eq!(
        allow("GET", "/v1/relationships/../profiles"),
        "POST",
        "the method is looked at before the ids"
    );
}

#[test]
fn unknown_paths_are_not_found() {
    for path in [
        "",
        "/",
        "*",
        "healthz",
        "/healthz/",
        "//healthz",
        "/HEALTHZ",
        "/health%7A",
        "/v1",
        "/v1/files/",
        "/v1/files/url/x",
        "/v1/presigned",
        "/v1/presigned/",
        "/v1/relationships//profiles",
        "/v1/relationships/r/profiles/p/x",
        "/v1/relationships/r/conflicts/c",
        "/v1/relationships/r/conflicts//transcript",
        "/v2/files",
        "/schemas/",
        "/schemas/a/b",
    ] {
        assert_eq!(route("GET", path).unwrap_err(), RouteError::NotFound, "{path}");
    }
}

#[test]
fn bad_ids_are_refused_by_name_with_the_rule() {
    let bad = |path: &str| match route("GET", path) {
        Err(RouteError::BadParameter { name, problem }) => (name, problem),
        other => panic!("{path}: {other:?}"),
    };
    let (name, problem) = bad("/v1/relationships/%2e%2e/documents");
    assert_eq!(name, "relationship_id");
    assert!(
        problem.starts_with("the relationship id has a '.' out of place at byte 0; it is 1 to 128"),
        "{problem}"
    );
    assert_eq!(bad("/v1/relationships/a%2Fb/documents").0, "relationship_id");
    assert_eq!(bad("/v1/relationships/r/conflicts/%00/analysis").0, "conflict_id");
    assert_eq!(bad("/v1/relationships/r/conflicts/c/repair-plans/partner_c").0, "partner_id");
    assert_eq!(bad("/v1/relationships/r/documents/1").0, "document_id");
    assert_eq!(bad("/schemas/%ff"), ("name", "name is not UTF-8 in the path".to_owned()));
}

proptest! {
    #[test]
    fn no_path_panics_and_no_parameter_leaves_its_segment(
        method in proptest::sample::select(vec!["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"]),
        path in prop_oneof![
            any::<String>(),
            "/v1/relationships/[a-z.%/0-9]{0,8}/(profiles|documents|search|conflicts/[a-z.%/0-9]{0,8}/(transcript|analysis))(/[a-z.%0-9]{0,4})?",
            "/(schemas|v1/presigned)/[ -~]{0,12}",
        ],
    ) {
        if let Ok(matched) = route(method, &path)
            && let Some(relationship) = matched.operation.relationship()
        {
            prop_assert!(!relationship.as_str().contains(['/', '%']));
        }
    }
}
