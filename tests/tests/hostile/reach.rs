//! Stages that reach for what they were not granted.

use std::net::TcpListener;

use super::{Hostile, SECRET};

serene_tests::with_reused_and_with_fresh_instances! {
    without_a_grant_nothing_is_within_reach
    a_stage_that_declares_what_it_needs_gets_no_more_of_what_it_inherits
    a_database_that_is_granted_is_granted_whole
}

/// A listener that must stay alone.
struct Untouched(TcpListener);

impl Untouched {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn authority(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    #[track_caller]
    fn check(&self) {
        assert!(self.0.accept().is_err(), "somebody has called");
    }
}

/// What came of a deed, as the stage has seen it.
#[track_caller]
fn found(hostile: &Hostile, deed: &str, argument: &str) -> String {
    let answer = hostile.search(deed, argument);
    let problem = hostile.problem(answer, 502, true);
    problem["detail"].as_str().unwrap().to_owned()
}

fn without_a_grant_nothing_is_within_reach(arguments: &[&str]) {
    let (hostile, listener) = (Hostile::start("transformer", arguments), Untouched::new());
    let url = format!("http://{}/", listener.authority());
    for (deed, argument, outcome) in [
        ("reads-a-variable", "supabase_jwt_secret", "Err(Error::Undefined"),
        ("calls-a-host", &url, "\\\"wasi:http/client\\\" is not permitted"),
        ("opens-a-socket", &listener.authority(), "Err("),
        ("resolves-a-name", "localhost:80", "Err("),
        ("reads-a-file", "/etc/passwd", "Err("),
        ("reads-a-file", "spin.toml", "Err("),
        ("reads-the-environment", "-", "[] []"),
        ("opens-a-store", "-", "Err(Error::AccessDenied)"),
        ("opens-a-database", "serene_objects", "Err(Error::AccessDenied)"),
    ] {
        let found = found(&hostile, deed, argument);
        assert!(found.contains(outcome), "{deed} {argument}: {found}");
    }
    listener.check();
    hostile.stop();
}

fn a_stage_that_declares_what_it_needs_gets_no_more_of_what_it_inherits(arguments: &[&str]) {
    let listener = Untouched::new();
    let url = format!("http://{}/", listener.authority());
    let inherit = ["variables", "allowed_outbound_hosts"];
    let declared = "[component.gateway.tool.serene.stages.hostile_transformer]\nvariables = [\"public_url\"]\n\
                    allowed_outbound_hosts = [\"https://example.com\"]\n";
    let hostile = Hostile::granted("transformer", arguments, &inherit, declared);
    assert_eq!(found(&hostile, "reads-a-variable", "public_url"), "Ok(\"\")");
    let refused = found(&hostile, "reads-a-variable", "supabase_jwt_secret");
    assert!(refused.contains("does not declare the variable `supabase_jwt_secret`"), "{refused}");
    assert!(found(&hostile, "calls-a-host", &url).contains("Err("));
    listener.check();
    let log = hostile.stop();
    assert!(log.contains("the stage `hostile_transformer` does not declare"), "{log}");

    // What it declares nothing of it has whole, here as on Spin: a variable, but no host that the gateway may not call either.
    let hostile = Hostile::granted("transformer", arguments, &inherit, "");
    let url = hostile.url("/v1/relationships/reads-a-variable/search");
    let answer = serene_tests::request("POST", &url, super::JSON, br#"{"query": "supabase_jwt_secret"}"#);
    assert!(answer.expect(502)["detail"].as_str().unwrap().contains(SECRET));
    assert!(found(&hostile, "calls-a-host", &format!("http://{}/", listener.authority())).contains("Err("));
    listener.check();
}

fn a_database_that_is_granted_is_granted_whole(arguments: &[&str]) {
    let hostile = Hostile::granted("transformer", arguments, &["sqlite_databases"], "");
    let stored = hostile.put_transcript("somebody-else", "What nobody else should read.");
    assert!(matches!(stored.status, 200 | 201), "{}", stored.text());
    for table in ["serene_objects", "documents"] {
        assert_eq!(found(&hostile, "opens-a-database", table), "Ok(1)");
    }
    hostile.stop();
}
