//! The API's description is true to the routes.

use std::collections::BTreeSet;

use http::Method;
use http_api::OPENAPI;
use http_api::routes::{Access, Operation, ROUTES, Route, match_route};
use serde_json::{Value, json};

fn description() -> Value {
    serde_json::from_str(OPENAPI).expect("the description is JSON")
}

#[test]
fn the_description_has_exactly_the_routes_that_are_served() {
    let description = description();
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let text = |name: &str| operation[name].as_str().unwrap().to_owned();
            described.insert((method.to_uppercase(), path.clone(), text("operationId"), text("summary")));
        }
    }
    let served: BTreeSet<_> = ROUTES
        .iter()
        .map(|r| (r.method.to_string(), r.openapi_path(), r.operation_id.to_owned(), r.summary.to_owned()))
        .collect();
    assert_eq!(described, served);
}

#[test]
fn every_path_parameter_is_described_and_every_reference_leads_somewhere() {
    let description = description();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let described: BTreeSet<_> = parameters
                .iter()
                .filter_map(|p| p["$ref"].as_str()?.rsplit('/').next().map(str::to_owned))
                .filter(|name| description["components"]["parameters"][name]["in"] == "path")
                .collect();
            let named: BTreeSet<_> =
                path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap().to_owned()).collect();
            assert_eq!(described, named, "{method} {path}");
        }
    }
    let text = OPENAPI;
    for reference in text.split("\"$ref\": \"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let Some(pointer) = reference.strip_prefix('#') else {
            assert_eq!(reference, "/schemas/transcript", "the only description outside this file");
            continue;
        };
        assert!(description.pointer(pointer).is_some(), "{reference}");
    }
}

/// The operation that a route builds when its path has valid values.
fn sample(route: &Route) -> Operation {
    let values = [
        ("{relationship_id}", "r"),
        ("{conflict_id}", "c"),
        ("{pdf_id}", "p"),
        ("{partner_id}", "partner_a"),
        ("{document_id}", "c449b983-210f-8181-b920-cf7dc9cd134e"),
    ];
    let path = values.iter().fold(route.openapi_path(), |path, (name, value)| path.replace(name, value));
    match_route(&route.method, &path).expect("a sample of its own path").operation
}

#[test]
fn progress_is_described_where_it_is_reported_and_nowhere_else() {
    let description = description();
    for route in &ROUTES {
        let (path, method) = (route.openapi_path(), route.method.as_str().to_lowercase());
        let content = &description["paths"][&path][&method]["responses"]["200"]["content"];
        let reports = sample(route).reports_progress();
        assert_eq!(content.get("text/event-stream").is_some(), reports, "{method} {path}");
    }
}

#[test]
fn idempotency_keys_are_described_where_they_count_and_nowhere_else() {
    let description = description();
    for route in &ROUTES {
        let (path, method) = (route.openapi_path(), route.method.as_str().to_lowercase());
        let operation = &description["paths"][&path][&method];
        let reference = json!({ "$ref": "#/components/parameters/Idempotency-Key" });
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let counts = sample(route).keyed_in().is_some();
        assert_eq!(parameters.contains(&reference), counts, "{method} {path}");
        for (status, response) in [("409", "Conflict"), ("422", "IdempotencyKeyReused")] {
            let reference = json!({ "$ref": format!("#/components/responses/{response}") });
            let described = operation["responses"].get(status) == Some(&reference);
            assert_eq!(described, counts, "{method} {path}: {status}");
        }
        // Whatever changes something by POST is covered, but for what may be repeated at any time.
        let reads =
            ["search", "signFileUrl", "reconcile", "migrateStoragePaths"].contains(&route.operation_id);
        assert!(counts || route.method != Method::POST || reads, "{method} {path}");
    }
}

#[test]
fn credentials_are_described_as_needed_exactly_where_they_are() {
    let description = description();
    assert_eq!(description["security"], json!([{ "bearer": [] }]));
    assert_eq!(description["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    for route in &ROUTES {
        let (path, method) = (route.openapi_path(), route.method.as_str().to_lowercase());
        let own = description["paths"][&path][&method].get("security");
        let open = matches!(sample(route).access(), Access::Anyone | Access::SignedUrl);
        assert_eq!(own, open.then_some(&json!([])), "{method} {path}");
    }
}
