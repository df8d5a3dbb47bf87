//! A dependency gets what it inherits and nothing else, with the answers Spin gives.

use super::support::{App, get};

const COMPONENT: &str = "sqlite_databases = [\"default\"]\nkey_value_stores = [\"default\"]\n\
                         allowed_outbound_hosts = [\"*://*:*\"]\nenvironment = { COLOUR = \"blue\" }\n\
                         files = [{ source = \"files\", destination = \"/\" }]";
const TABLES: &str = "[component.app.variables]\nname = \"value\"\n";

async fn answers(inherit: &str) -> [String; 6] {
    let app = App::with_stage(inherit, COMPONENT, TABLES);
    std::fs::create_dir(app.dir.path().join("files")).unwrap();
    app.write("files/note.txt", "hello");
    let running = app.start().await;
    let url = running.url();
    let mut answers = Vec::new();
    for question in [
        "variable?name".to_owned(),
        "sqlite?default".to_owned(),
        "key-value?default".to_owned(),
        format!("fetch?{url}/.well-known/spin/health"),
        "environment".to_owned(),
        "files?/note.txt".to_owned(),
    ] {
        answers.push(get(&running, &format!("/stage/{question}")).await);
    }
    answers.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_inherited_is_nothing() {
    for inherit in ["", "false", "[]"] {
        let [variable, sqlite, key_value, fetch, environment, files] = answers(inherit).await;
        assert_eq!(variable, "Err(Error::Undefined(\"name\"))");
        assert_eq!(sqlite, "Err(Error::AccessDenied)");
        assert_eq!(key_value, "Err(Error::AccessDenied)");
        assert!(fetch.contains("InternalError") && fetch.contains("wasi:http/client"), "{fetch}");
        assert!(fetch.contains("is not permitted"), "{fetch}");
        assert_eq!(environment, "[]");
        assert!(files.starts_with("Err("), "{files}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn true_inherits_everything() {
    let [variable, sqlite, key_value, fetch, environment, files] = answers("true").await;
    assert_eq!(variable, "Ok(\"value\")");
    assert_eq!(sqlite, "Ok([7])");
    assert!(key_value.starts_with("Ok("), "{key_value}");
    assert_eq!(fetch, "200 OK OK");
    assert_eq!(environment, "[(\"COLOUR\", \"blue\")]");
    assert_eq!(files, "Ok(\"hello\")");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_inherits_what_it_names() {
    let [variable, sqlite, key_value, fetch, environment, files] =
        answers("[\"sqlite_databases\", \"allowed_outbound_hosts\"]").await;
    assert_eq!(variable, "Err(Error::Undefined(\"name\"))");
    assert_eq!(sqlite, "Ok([7])");
    assert_eq!(key_value, "Err(Error::AccessDenied)");
    assert_eq!(fetch, "200 OK OK");
    assert_eq!(environment, "[]");
    assert!(files.starts_with("Err("), "{files}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusing_a_dependency_takes_nothing_from_the_component() {
    let app = App::with_stage("", "sqlite_databases = [\"default\"]", TABLES);
    let running = app.start().await;
    assert_eq!(get(&running, "/variable?name").await, "Ok(\"value\")");
    assert_eq!(get(&running, "/sqlite?default").await, "Ok([7])");
    assert_eq!(get(&running, "/stage/sqlite?default").await, "Err(Error::AccessDenied)");
}
