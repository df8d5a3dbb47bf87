//! SQLite databases and key-value stores.

use super::support::{App, get};

#[tokio::test(flavor = "multi_thread")]
async fn a_granted_database_keeps_its_rows_across_restarts() {
    let app = App::with_stage("", "sqlite_databases = [\"default\"]", "");
    let running = app.start().await;
    assert_eq!(get(&running, "/sqlite?default").await, "Ok([7])");
    running.stop().await;
    let running = app.start().await;
    assert_eq!(get(&running, "/sqlite?default").await, "Ok([7, 7])");
    assert!(app.dir.path().join("state/sqlite_db.db").is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_granted_is_denied() {
    let app = App::with_stage("", "", "");
    let running = app.start().await;
    for label in ["default", "other", "../other"] {
        assert_eq!(get(&running, &format!("/sqlite?{label}")).await, "Err(Error::AccessDenied)");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_fails_with_what_sqlite_says_and_files_cannot_be_attached() {
    let app = App::with_stage("", "sqlite_databases = [\"default\"]", "");
    let running = app.start().await;
    let broken = get(&running, "/sqlite-statement?SELEC+1").await;
    assert!(broken.starts_with("Err(Error::Io(") && broken.contains("syntax error"), "{broken}");
    let attached = get(&running, "/sqlite-statement?ATTACH+'stolen.db'+AS+stolen").await;
    assert!(attached.contains("not authorized"), "{attached}");
    assert_eq!(get(&running, "/sqlite-statement?ATTACH+':memory:'+AS+own").await, "Ok(())");
    assert!(!std::path::Path::new("stolen.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_stream_without_being_collected() {
    let app = App::with_stage("", "sqlite_databases = [\"default\"]", "");
    let running = app.start().await;
    assert_eq!(get(&running, "/sqlite-rows?1000").await, "Ok(1000)");
    let peak = running.report().peak_linear_memory_bytes;
    assert!(peak < 32 * 1024 * 1024, "100 MB of rows took {peak} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_value_store_is_used_when_granted() {
    let app = App::with_stage("", "key_value_stores = [\"default\"]", "");
    let running = app.start().await;
    let answer = get(&running, "/key-value?default").await;
    assert_eq!(answer, "Ok((Some([118, 97, 108, 117, 101]), [\"key\"], false))");
    assert_eq!(get(&running, "/key-value?other").await, "Err(Error::AccessDenied)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_that_nobody_defines_is_an_error_as_on_spin() {
    for key in ["sqlite_databases", "key_value_stores"] {
        for label in ["defualt", "../up"] {
            let error = App::with_stage("", &format!("{key} = [{label:?}]"), "").start_error().await;
            for word in ["[component.app]", key, label, "\"default\"", "runtime-config"] {
                assert!(error.contains(word), "{word} is not in: {error}");
            }
        }
    }
}
