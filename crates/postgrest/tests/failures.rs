//! What fails between here and the database: how often it is tried, and what the caller gets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use emulators::{Answer, Effect, Fault, RetryAfter, supabase};
use postgrest::{OnConflict, Predicate, RowPage};
use serde_json::{Value as Json, json};
use support::{ANNA, JWT_SECRET, Project, all, document, filter, row};
use upstream::{Error, ErrorKind};
use upstream_hyper::Native;

fn answer(status: u16, body: Json) -> Effect {
    let retry_after = Some(RetryAfter::Milliseconds(1));
    Effect::Answer(Answer { status, body, retry_after, ..Answer::default() })
}

/// As PostgREST answers, with what a careless client would repeat.
fn refusal(status: u16, code: &str) -> Effect {
    answer(status, json!({ "code": code, "message": "row (hush)", "details": "hush", "hint": null }))
}

impl Project {
    /// Plays a failure on the next calls.
    fn play(&self, effect: Effect, times: u32) {
        self.gateway.faults().clear();
        self.gateway.faults().add(Fault::new(effect).times(times));
    }

    async fn read(&self, effect: Effect, times: u32) -> (Result<RowPage, Error>, usize) {
        self.play(effect, times);
        let before = self.gateway.calls().all().len();
        let result = self.select("documents", &all()).await;
        if let Err(error) = &result {
            let shown = format!("{error:?}");
            assert!(!shown.contains(&self.keys.secret) && !shown.contains("hush"), "{shown}");
        }
        (result, self.gateway.calls().all().len() - before)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_up_to_three_times() {
    let project = Project::start().await;
    for effect in [
        answer(503, Json::Null),
        answer(520, json!("<html><title>520: Web server is returning an unknown error</title></html>")),
        refusal(503, "PGRST000"),
        refusal(503, "PGRST001"),
        refusal(503, "PGRST002"),
        refusal(503, "08006"),
        refusal(503, "53300"),
        refusal(500, "53400"),
        refusal(503, "57P01"),
        refusal(500, "40001"),
        refusal(500, "40P01"),
        refusal(504, "PGRST003"),
    ] {
        let (result, tries) = project.read(effect.clone(), 1).await;
        assert!(result.is_ok() && tries == 2, "{effect:?}: {result:?} after {tries}");
        let (result, tries) = project.read(effect.clone(), 9).await;
        let error = result.unwrap_err();
        assert_eq!(
            (error.kind, error.extra("tries"), tries),
            (ErrorKind::Unavailable, Some("3"), 3),
            "{effect:?}"
        );
    }
    for effect in [Effect::Reset, Effect::Truncate, Effect::LoseAnswer] {
        let (result, tries) = project.read(effect.clone(), 1).await;
        assert!(result.is_ok() && tries == 2, "{effect:?}: {result:?} after {tries}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_pass_is_tried_once_and_says_whose_it_is() {
    use ErrorKind as Kind;
    let project = Project::start().await;
    for (status, code, kind, variable) in [
        (500, "57014", Kind::TimedOut, None),
        (404, "42P01", Kind::Misconfigured, None),
        (404, "PGRST205", Kind::Misconfigured, None),
        (400, "42703", Kind::Misconfigured, None),
        (404, "42883", Kind::Misconfigured, None),
        (400, "42P10", Kind::Misconfigured, None),
        (403, "42501", Kind::Misconfigured, Some("supabase_service_key")),
        (401, "PGRST301", Kind::Misconfigured, Some("supabase_service_key")),
        (401, "PGRST303", Kind::Misconfigured, Some("supabase_service_key")),
        (401, "22023", Kind::Misconfigured, Some("supabase_service_key")),
        (406, "PGRST106", Kind::Misconfigured, Some("supabase_schema")),
        (404, "PGRST125", Kind::Misconfigured, Some("supabase_url")),
        (409, "23505", Kind::Conflict, None),
        (409, "23503", Kind::Conflict, None),
        (500, "21000", Kind::Invalid, None),
        (400, "22P02", Kind::Invalid, None),
        (400, "22023", Kind::Invalid, None),
        (400, "23502", Kind::Invalid, None),
        (400, "23514", Kind::Invalid, None),
        (405, "25006", Kind::Unavailable, None),
        (403, "28000", Kind::Denied, None),
        (403, "0L000", Kind::Denied, None),
        (403, "0P000", Kind::Denied, None),
        (400, "PGRST100", Kind::Failed, None),
        (400, "PGRST102", Kind::Failed, None),
        (416, "PGRST103", Kind::Failed, None),
        (406, "PGRST116", Kind::Failed, None),
        (300, "PGRST201", Kind::Failed, None),
        (300, "PGRST203", Kind::Failed, None),
        (400, "PGRST204", Kind::Misconfigured, None),
        (500, "54001", Kind::Failed, None),
        (500, "55P03", Kind::Failed, None),
        (500, "58030", Kind::Failed, None),
        (500, "XX000", Kind::Failed, None),
        // Raised by SQL, with a status of its choice.
        (402, "PT402", Kind::Failed, None),
        (429, "PT429", Kind::RateLimited, None),
    ] {
        let (result, tries) = project.read(refusal(status, code), 1).await;
        let error = result.unwrap_err();
        assert_eq!((error.kind, tries, error.status), (kind, 1, Some(status)), "{code}: {error}");
        assert_eq!((error.extra("variable"), error.extra("provider-code")), (variable, Some(code)), "{code}");
    }
    // Gateways on the way do not answer as PostgREST does.
    let gateway = json!({ "message": "Invalid API key", "hint": "hush" });
    let page = json!("<html>hush</html>");
    for (status, body, kind, variable) in [
        (401, gateway, Kind::Misconfigured, Some("supabase_service_key")),
        (301, page.clone(), Kind::Misconfigured, Some("supabase_url")),
        (404, page.clone(), Kind::Misconfigured, Some("supabase_url")),
        (540, page.clone(), Kind::Misconfigured, Some("supabase_url")),
        (403, page.clone(), Kind::Denied, None),
        (408, Json::Null, Kind::TimedOut, None),
        (413, page.clone(), Kind::TooLarge, None),
        (414, json!("URI too long"), Kind::TooLarge, None),
        (431, page.clone(), Kind::TooLarge, None),
        (429, Json::Null, Kind::RateLimited, None),
        (500, json!({ "code": 7 }), Kind::Failed, None),
        (502, page.clone(), Kind::Unavailable, None),
        (521, page.clone(), Kind::Unavailable, None),
        (522, page.clone(), Kind::Unavailable, None),
        (523, page.clone(), Kind::Unavailable, None),
        (524, page.clone(), Kind::TimedOut, None),
        (200, page, Kind::Failed, None),
    ] {
        let (result, tries) = project.read(answer(status, body), 1).await;
        let error = result.unwrap_err();
        assert_eq!((error.kind, tries, error.status), (kind, 1, Some(status)), "{status}: {error}");
        assert_eq!(error.extra("variable"), variable, "{status}");
    }
    let (result, tries) = project.read(Effect::Garbage, 1).await;
    assert_eq!((result.unwrap_err().kind, tries), (Kind::Failed, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_users_the_token_is_at_fault_not_the_key() {
    let project = Project::start().await;
    let (store, call) = (project.secret_store(), project.call());
    let token = supabase::user_token(JWT_SECRET, ANNA, 60);
    let session = store.session(&call, Some(&token)).unwrap();
    for (status, code) in
        [(401, "PGRST301"), (401, "PGRST302"), (401, "PGRST303"), (401, "22023"), (403, "42501")]
    {
        project.play(refusal(status, code), 1);
        let error = session.select("documents", &all()).await.unwrap_err();
        assert_eq!(
            (error.kind, error.extra("variable"), error.extra("tries")),
            (ErrorKind::Denied, None, Some("1")),
            "{code}"
        );
        assert!(!format!("{error:?}").contains(&token));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_calls_share_the_repeats_that_a_project_that_is_down_is_worth() {
    let project = Project::start().await;
    let store = project.secret_store();
    let before = project.gateway.calls().all().len();
    project.play(answer(503, Json::Null), 100);
    for n in 0..20 {
        let (call, token) = (project.call(), supabase::user_token(JWT_SECRET, ANNA, 60 + n));
        let session = store.session(&call, Some(&token)).unwrap();
        assert_eq!(session.select("documents", &all()).await.unwrap_err().kind, ErrorKind::Unavailable);
    }
    assert_eq!(project.gateway.calls().all().len() - before, 20 + 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_are_repeated_only_where_a_repeat_is_harmless() {
    let project = Project::start().await;
    let (store, call) = (project.secret_store(), project.call());
    let session = store.session(&call, None).unwrap();
    let tries = |error: Error| {
        assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
        error.extra("tries").map(ToOwned::to_owned)
    };
    let a = [document("a", json!({}))];
    for effect in [
        Effect::LoseAnswer,
        answer(503, Json::Null),
        refusal(503, "PGRST000"),
        refusal(503, "PGRST002"),
        refusal(504, "PGRST003"),
    ] {
        project.play(effect.clone(), 1);
        assert_eq!(project.upsert(&a, OnConflict::Merge).await.unwrap(), 1);
        project.play(effect.clone(), 1);
        let error = project.upsert(&[document("b", json!({}))], OnConflict::Fail).await.unwrap_err();
        assert_eq!(tries(error).as_deref(), Some("1"), "{effect:?}");

        let expected = [filter("id", Predicate::Eq(json!("a"))), filter("attempt", Predicate::IsNull)];
        project.play(effect.clone(), 1);
        let error =
            session.update("documents", &row(json!({ "attempt": "1" })), &expected).await.unwrap_err();
        assert_eq!(tries(error).as_deref(), Some("1"), "a repeat would find its own work");
        project.play(effect.clone(), 1);
        let changes = row(json!({ "path": "p", "attempt": null }));
        assert_eq!(session.update("documents", &changes, &expected[..1]).await.unwrap(), 1, "{effect:?}");

        project.play(effect.clone(), 1);
        session
            .delete("documents", &[filter("id", Predicate::OneOf(vec![json!("a"), json!("b")]))])
            .await
            .unwrap();
        assert_eq!(project.select("documents", &all()).await.unwrap().rows.len(), 0, "{effect:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wait_that_is_asked_for_is_kept_or_told() {
    let project = Project::start().await;
    let wait = |seconds| {
        Effect::Answer(Answer {
            status: 503,
            retry_after: Some(RetryAfter::Seconds(seconds)),
            ..Answer::default()
        })
    };
    let (result, tries) = project.read(wait(3), 1).await;
    assert!(result.is_ok() && tries == 2);
    // Longer than the call has: the caller is told.
    project.play(wait(3600), 1);
    let platform = Native::at_pace(20);
    let call = upstream::Call::starting_now(&platform, Duration::from_secs(60), None);
    let store = project.secret_store();
    let error = store.session(&call, None).unwrap().select("documents", &all()).await.unwrap_err();
    assert_eq!((error.kind, error.extra("tries")), (ErrorKind::Unavailable, Some("1")));
    assert_eq!(error.retry_after, Some(Duration::from_secs(3600)));
}
