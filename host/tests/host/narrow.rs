//! A stage that declares what it needs is held to that, though Spin grants it whole keys.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serene::compose::{ImportKind, compose};
use serene::manifest::App as Read;
use tokio::net::TcpListener;

use super::support::{App, get};

const BOTH: &str = "[\"variables\", \"allowed_outbound_hosts\"]";
const VARIABLES: &str =
    "[component.app.variables]\nown_key = \"mine\"\nown_model = \"small\"\nother_key = \"theirs\"\n";
const TABLE: &str = "[component.app.tool.serene.stages.guest_stage]";

/// An application whose stage inherits both keys and declares this.
fn declaring(hosts: &str, declaration: &str) -> App {
    let component = format!("allowed_outbound_hosts = [{hosts}]");
    App::with_stage(BOTH, &component, &format!("{VARIABLES}{TABLE}\n{declaration}\n"))
}

/// A server that reads every request whole and answers it with `204 No Content`, until the test ends.
async fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = service_fn(|request: Request<Incoming>| async {
        request.into_body().collect().await?;
        let no_content = Response::builder().status(204).body(Empty::<Bytes>::new());
        Ok::<_, hyper::Error>(no_content.unwrap())
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    port
}

fn names(answer: &str, words: &[&str]) {
    for word in words {
        assert!(answer.contains(word), "{word:?} is not in: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_reads_the_variables_it_declares_and_is_told_where_to_declare_others() {
    let running = declaring("", "variables = [\"own_*\"]").start().await;
    assert_eq!(get(&running, "/stage/variable?own_key").await, "Ok(\"mine\")");
    assert_eq!(get(&running, "/stage/variable?own_model").await, "Ok(\"small\")");
    let refused = get(&running, "/stage/variable?other_key").await;
    assert!(refused.starts_with("Err(Error::Undefined("), "{refused}");
    names(&refused, &["`guest_stage`", "`other_key`", TABLE]);
    assert!(!refused.contains("theirs"), "{refused}");
    // The component itself is not narrowed.
    assert_eq!(get(&running, "/variable?other_key").await, "Ok(\"theirs\")");
    // What no declaration can give is said as to anybody.
    let unknown = get(&running, "/stage/variable?own_nothing").await;
    assert!(unknown.starts_with("Err(Error::Undefined(") && !unknown.contains(TABLE), "{unknown}");
    assert!(get(&running, "/stage/variable?Not-A-Name").await.starts_with("Err(Error::InvalidName("));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_calls_the_hosts_it_declares_and_is_told_where_to_declare_others() {
    let (own, other) = (server().await, server().await);
    let app = declaring(
        &format!("\"http://127.0.0.1:{own}\", \"http://127.0.0.1:{other}\", \"http://self\""),
        "allowed_outbound_hosts = [\"{{ own_host }}\", \"http://localhost:1\"]",
    );
    let manifest = std::fs::read_to_string(app.manifest()).unwrap();
    let variable = format!("[variables]\nown_host = {{ default = \"http://127.0.0.1:{own}\" }}\n");
    app.write("spin.toml", &format!("{manifest}{variable}"));
    let running = app.start().await;
    for question in ["fetch", "fetch-0.2", "post"] {
        let path = |port| format!("/{question}?http://127.0.0.1:{port}/path?key=secret");
        let allowed = get(&running, &format!("/stage{}", path(own))).await;
        assert!(allowed.starts_with("204"), "{question}: {allowed}");
        let refused = get(&running, &format!("/stage{}", path(other))).await;
        let origin = format!("http://127.0.0.1:{other} is not permitted");
        names(&refused, &["InternalError", "`guest_stage`", &origin, TABLE]);
        assert!(!refused.contains("secret"), "{refused}");
        let component = get(&running, &path(other)).await;
        assert!(component.starts_with("204"), "{question}: {component}");
    }
    names(&get(&running, "/stage/fetch?http://self.alt/calls").await, &["http://self.alt is not permitted"]);
    // The component must allow it, too.
    assert_eq!(get(&running, "/stage/fetch?http://localhost:1/").await, "ErrorCode::HttpRequestDenied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_is_complete_and_touches_only_variables_and_hosts() {
    let app = App::with_stage(
        "true",
        "sqlite_databases = [\"default\"]\nallowed_outbound_hosts = [\"*://*:*\"]",
        &format!("{VARIABLES}{TABLE}\n"),
    );
    let running = app.start().await;
    names(&get(&running, "/stage/variable?own_key").await, &["Undefined", TABLE]);
    names(&get(&running, "/stage/fetch?http://localhost:1/").await, &["http://localhost:1", TABLE]);
    assert_eq!(get(&running, "/stage/sqlite?default").await, "Ok([7])");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_declares_nothing_keeps_whole_keys() {
    let others =
        "[component.app.tool.serene.stages.another]\n[component.app.tool.another]\nanything = true\n";
    let running = App::with_stage(BOTH, "", &format!("{VARIABLES}{others}")).start().await;
    assert_eq!(get(&running, "/stage/variable?other_key").await, "Ok(\"theirs\")");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_whole_key_does_not_leave_a_body_unread() {
    let running = App::with_stage("", "", "").start().await;
    names(&get(&running, "/stage/post?http://localhost:1/").await, &["is not permitted"]);
}

#[test]
fn what_a_stage_has_whole_or_in_part_is_known_before_it_runs_and_the_whole_is_noticed() {
    let kinds = |app: &App| {
        let composition = compose(&Read::read(&app.manifest(), None).unwrap(), "app").unwrap();
        let imports = composition.imports.iter().filter(|import| import.stage == "test:stage");
        let is = |import: &serene::compose::Import| match import.kind {
            ImportKind::Granted => "whole",
            ImportKind::Narrowed(_) => "part",
            ImportKind::Refused(_) => "nothing",
            ImportKind::TypesOnly => "types",
        };
        let wanted = ["spin:variables/", "wasi:http/client@", "wasi:http/outgoing-handler@", "spin:sqlite/"];
        let kind =
            |wanted: &&str| is(imports.clone().find(|import| import.name.starts_with(wanted)).unwrap());
        (wanted.each_ref().map(kind), composition.notices)
    };
    let (declared, notices) = kinds(&declaring("", "variables = [\"own_key\"]"));
    assert_eq!((declared, notices), (["part", "part", "part", "nothing"], vec![]));
    let (whole, notices) = kinds(&App::with_stage(BOTH, "", VARIABLES));
    assert_eq!(whole, ["whole", "whole", "whole", "nothing"]);
    let [notice] = &notices[..] else { panic!("{notices:?}") };
    names(notice, &["`test:stage`", "guest_stage.wasm", TABLE, "as on Spin"]);
    let (nothing, notices) = kinds(&App::with_stage("[\"sqlite_databases\"]", "", VARIABLES));
    assert_eq!((nothing, notices), (["nothing", "nothing", "nothing", "whole"], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_that_can_only_be_a_mistake_is_an_error() {
    let refused = |inherit: &str, declaration: &str| {
        App::with_stage(inherit, "", &format!("{VARIABLES}{TABLE}\n{declaration}\n"))
    };
    for (inherit, declaration, words) in [
        (BOTH, "variables = [\"own_kye\"]", &["`own_kye`", "[component.app.variables]"][..]),
        (BOTH, "variable = [\"own_key\"]", &["`variable`", "`variables`", "`allowed_outbound_hosts`"]),
        (BOTH, "allowed_outbound_hosts = [\"example.com\"]", &["example.com", "scheme://host:port"]),
        (BOTH, "allowed_outbound_hosts = [\"{{ nowhere }}\"]", &["nowhere"]),
        ("", "variables = [\"own_key\"]", &["\"variables\"", "`test:stage`", "inherit_configuration"]),
        ("[\"variables\"]", "allowed_outbound_hosts = [\"*://*:*\"]", &["\"allowed_outbound_hosts\""]),
    ] {
        let error = refused(inherit, declaration).start_error().await;
        names(&error, words);
        if !declaration.starts_with("variable =") {
            names(&error, &[TABLE]);
        }
    }
}
