//! What an operator sets, what is said when it is missing or wrong, and what requests carry.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use http::Method;
use supabase::Project;
use upstream::{Error, ErrorKind};

const LEGACY: &str = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl";

fn project(url: &str, key: &str) -> Result<Project, Error> {
    Project::from_variables(|name| match name {
        "supabase_url" => Some(url.to_owned()),
        "supabase_service_key" => Some(key.to_owned()),
        _ => None,
    })
}

#[test]
fn each_variable_missing_or_wrong_is_named_and_no_key_is_shown() {
    let (url, key) = ("https://abcdefgh.supabase.co", "sb_secret_0123456789");
    let wrong = [
        (project("", key), "supabase_url"),
        (project("abcdefgh", key), "supabase_url"),
        (project("https://user:pass@abcdefgh.supabase.co", key), "supabase_url"),
        (project(url, " "), "supabase_service_key"),
        (project(url, "sk-of-somebody-else"), "supabase_service_key"),
        (project(url, "sb_secret_a\u{1}b"), "supabase_service_key"),
    ];
    for (project, variable) in wrong {
        let error = project.unwrap_err();
        assert_eq!((error.kind, error.extra("variable")), (ErrorKind::Misconfigured, Some(variable)));
        assert!(error.message.starts_with(variable) && !error.message.contains("sk-of"), "{error}");
    }
    assert!(!format!("{:?}", project(url, key).unwrap()).contains(key));
    assert!(!format!("{:?}", project(url, LEGACY).unwrap()).contains(LEGACY));
}

#[test]
fn an_address_may_end_in_a_slash_or_in_a_services_path() {
    let plain = project("https://abcdefgh.supabase.co", "sb_secret_0123456789").unwrap();
    for end in ["/", "/rest/v1/", "/storage/v1"] {
        let url = format!("https://abcdefgh.supabase.co{end}");
        assert_eq!(project(&url, "sb_secret_0123456789").unwrap(), plain);
    }
}

#[test]
fn a_key_of_the_new_kind_is_no_bearer_and_a_legacy_key_is_one_unless_a_user_asks() {
    let url = "https://abcdefgh.supabase.co";
    let bearer_of = |key: &str, user: Option<&str>| {
        let user = user.map(|token| supabase::bearer(token).unwrap());
        let project = project(url, key).unwrap();
        let request = project.request(&Method::GET, "/rest/v1/t?a=b", user.as_ref()).body(()).unwrap();
        assert_eq!(request.uri().to_string(), "https://abcdefgh.supabase.co/rest/v1/t?a=b");
        assert_eq!(request.headers()["apikey"], key);
        assert!(!request.headers()["user-agent"].to_str().unwrap().contains("Mozilla"));
        let header = request.headers().get("authorization")?;
        assert!(header.is_sensitive());
        Some(header.to_str().unwrap().to_owned())
    };
    assert_eq!(bearer_of("sb_secret_0123456789", None), None);
    assert_eq!(bearer_of(LEGACY, None), Some(format!("Bearer {LEGACY}")));
    for key in ["sb_secret_0123456789", LEGACY] {
        assert_eq!(bearer_of(key, Some("a.b.c")), Some("Bearer a.b.c".to_owned()));
    }
}
