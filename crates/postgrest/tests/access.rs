//! Keys, users' tokens, schemas, and what the database lets them do.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use emulators::supabase;
use postgrest::{OnConflict, Predicate};
use serde_json::json;
use support::{ANNA, JWT_SECRET, Project, all, document, filter, row};
use upstream::ErrorKind;

#[tokio::test(flavor = "multi_thread")]
async fn row_level_security_decides_for_users_with_either_generation_of_keys() {
    let project = Project::start().await;
    let rows = format!(
        "insert into relationship_members (relationship_id, user_id) values ('mine', '{ANNA}');
         insert into conflicts (relationship_id, id) values ('mine', 'c'), ('theirs', 'c')"
    );
    project.sql(&rows);
    let token = supabase::user_token(JWT_SECRET, ANNA, 60);
    let expired = supabase::user_token(JWT_SECRET, ANNA, -600);
    let call = project.call();
    for key in [&project.keys.secret, &project.keys.service_role] {
        let store = project.store(key, "");
        let page = store.session(&call, None).unwrap().select("conflicts", &all()).await.unwrap();
        assert_eq!(page.rows.len(), 2);
    }
    for key in [&project.keys.publishable, &project.keys.anon, &project.keys.secret] {
        let store = project.store(key, "");
        let user = store.session(&call, Some(&token)).unwrap();
        let page = user.select("conflicts", &all()).await.unwrap();
        assert!(page.rows.len() == 1 && page.rows[0].contains("mine"), "{page:?}");
        let new = row(json!({ "relationship_id": "mine", "id": "new" }));
        let names = ["relationship_id".to_owned(), "id".to_owned()];
        let error = user.upsert("conflicts", &[new], &names, OnConflict::Merge).await.unwrap_err();
        assert_eq!((error.kind, error.extra("provider-code")), (ErrorKind::Denied, Some("42501")));
        let one = [filter("id", Predicate::Eq(json!("c")))];
        assert_eq!(user.delete("conflicts", &one).await.unwrap_err().kind, ErrorKind::Denied);
        let late = store.session(&call, Some(&expired)).unwrap();
        let error = late.select("conflicts", &all()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Denied);
        assert!(!format!("{error:?}").contains(&expired));
    }
    let store = project.store(&project.keys.publishable, "");
    let error = store.session(&call, None).unwrap().select("conflicts", &all()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.extra("variable")),
        (ErrorKind::Misconfigured, Some("supabase_service_key"))
    );
    let store = project.store("sb_secret_of_another_project", "");
    let error = store.session(&call, None).unwrap().select("conflicts", &all()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.extra("variable")),
        (ErrorKind::Misconfigured, Some("supabase_service_key"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_grant_or_table_says_what_to_run() {
    let project = Project::start().await;
    project.sql("revoke all on documents from service_role");
    let error = project.select("documents", &all()).await.unwrap_err();
    assert_eq!((error.kind, error.extra("provider-code")), (ErrorKind::Misconfigured, Some("42501")));
    assert!(error.message.contains("db/migrations"), "{error}");
    project.sql("drop table documents");
    let error = project.upsert(&[document("a", json!({}))], OnConflict::Merge).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Misconfigured);
    assert!(error.message.contains("documents") && error.message.contains("db/migrations"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_or_of_another_project_is_the_callers_to_mend() {
    let project = Project::start().await;
    let (store, call) = (project.secret_store(), project.call());
    for token in ["", "a\nb"] {
        assert!(store.session(&call, Some(token)).is_err_and(|error| error.kind == ErrorKind::Denied));
    }
    for token in [
        "not-a-token".to_owned(),
        supabase::user_token("another-secret-of-thirty-two-bytes-or-more", ANNA, 60),
    ] {
        let session = store.session(&call, Some(&token)).unwrap();
        let error = session.select("documents", &all()).await.unwrap_err();
        assert_eq!((error.kind, error.extra("tries")), (ErrorKind::Denied, Some("1")), "{error}");
        assert!(!format!("{error:?}").contains(&token));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_names_the_schema_that_is_set() {
    let project = Project::start().await;
    let (store, call) = (project.store(&project.keys.secret, "public"), project.call());
    let session = store.session(&call, None).unwrap();
    let key = ["id".to_owned()];
    let rows = [document("a", json!({}))];
    assert_eq!(session.upsert("documents", &rows, &key, OnConflict::Merge).await.unwrap(), 1);
    assert_eq!(session.select("documents", &all()).await.unwrap().rows.len(), 1);

    let store = project.store(&project.keys.secret, "private");
    let session = store.session(&call, None).unwrap();
    let one = [filter("id", Predicate::Eq(json!("a")))];
    let errors = [
        session.select("documents", &all()).await.unwrap_err(),
        session.upsert("documents", &rows, &key, OnConflict::Merge).await.unwrap_err(),
        session.update("documents", &row(json!({ "path": "p" })), &one).await.unwrap_err(),
        session.delete("documents", &one).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(
            (error.kind, error.extra("variable")),
            (ErrorKind::Misconfigured, Some("supabase_schema")),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_either_generation_go_where_they_belong() {
    let project = Project::start().await;
    let call = project.call();
    let token = supabase::user_token(JWT_SECRET, ANNA, 60);
    for (key, token, has_bearer) in [
        (&project.keys.secret, None, false),
        (&project.keys.publishable, Some(&*token), true),
        (&project.keys.service_role, None, true),
        (&project.keys.service_role, Some(&*token), true),
    ] {
        let store = project.store(key, "");
        store.session(&call, token).unwrap().select("documents", &all()).await.unwrap();
        let calls = project.gateway.calls().all();
        let sent = calls.last().unwrap();
        assert_eq!(sent.header("authorization").is_some(), has_bearer);
        assert!(sent.header("apikey").is_some() && !sent.query.contains("apikey"));
        assert_eq!((sent.header("user-agent"), sent.header("accept-profile")), (Some("serene"), None));
    }
}
