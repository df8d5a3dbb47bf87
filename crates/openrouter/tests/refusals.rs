//! Each failure of OpenRouter's: what the caller gets, how often it was tried, and that nothing secret is shown.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{
    CONTENT, KEY, Reply, TEXT, World, answer, completion, generate, generate_with, request, said, shown,
    shows_part_of,
};
use serde_json::{Value, json};
use upstream::{ErrorKind as Kind, Platform, TransportFault};

/// Status, what it means, and after how many tries.
const STATUSES: [(u16, Kind, usize); 20] = [
    (400, Kind::Invalid, 1),
    (401, Kind::Misconfigured, 1),
    (402, Kind::Denied, 1),
    (403, Kind::Denied, 1),
    (404, Kind::Misconfigured, 1),
    (302, Kind::Misconfigured, 1),
    (408, Kind::TimedOut, 3),
    (413, Kind::TooLarge, 1),
    (418, Kind::Failed, 1),
    (422, Kind::Invalid, 1),
    (429, Kind::RateLimited, 3),
    (500, Kind::Failed, 3),
    (501, Kind::Unavailable, 1),
    (502, Kind::Unavailable, 3),
    (503, Kind::Unavailable, 3),
    (504, Kind::TimedOut, 3),
    (520, Kind::Unavailable, 1),
    (524, Kind::TimedOut, 3),
    (529, Kind::Unavailable, 3),
    (530, Kind::Unavailable, 1),
];

fn refused(status: u16, body: &Value) -> (upstream::Error, usize) {
    let body = body.clone();
    let world = World::new(move |_| answer(status, &body));
    let error = generate(&world, 600).unwrap_err();
    assert!(!shown(&error).contains("0123456789") && !shown(&error).contains("listens"), "{error}");
    assert_eq!(error.extra("tries"), Some(world.tries().to_string().as_str()));
    (error, world.tries())
}

#[test]
fn no_part_of_the_key_is_shown_where_long_words_are_cut_off() {
    for before in 280..=310 {
        let words = format!("{} {KEY} is wrong", "x".repeat(before));
        for body in [json!({"error": {"message": words}}).to_string(), words] {
            let world = World::new(move |_| answer(400, &body));
            let error = generate(&world, 60).unwrap_err();
            assert!(!shows_part_of(&error, KEY), "after {before}: {error}");
        }
    }
}

#[test]
fn each_status_has_one_meaning_and_one_retry_rule() {
    for (status, kind, tries) in STATUSES {
        let bodies = [
            json!({"error": {"code": status, "message": "no"}}),
            json!({"error": {"code": status, "message": format!("The key {KEY} may not send '{TEXT}'")}}),
            json!({"error": {"code": status, "message": "Provider returned error", "metadata": {"raw": format!("bad: {TEXT}")}}}),
            json!({"error": format!("key {KEY}")}),
            json!({"message": 7}),
            Value::Null,
        ];
        for body in bodies {
            let (error, tried) = refused(status, &body);
            assert_eq!(
                (error.kind, error.status, tried),
                (kind, Some(status), tries),
                "{status} {body}: {error}"
            );
        }
    }
}

#[test]
fn an_error_inside_an_answer_of_status_200_means_what_it_says() {
    for (status, kind, tries) in STATUSES {
        let error = json!({"code": status, "message": "no"});
        let mut partial = completion(json!({"content": "{\"summary\": \"Th"}), "error");
        partial["choices"][0]["error"] = error.clone();
        for body in [json!({"error": error}), partial] {
            let (error, tried) = refused(200, &body);
            assert_eq!((error.kind, error.status, tried), (kind, Some(status), tries), "{body}: {error}");
        }
    }
    let (error, tries) = refused(200, &json!({"error": {"message": "no"}}));
    assert_eq!((error.kind, tries), (Kind::Failed, 3));
    let (error, tries) = refused(200, &completion(json!({"content": "{"}), "error"));
    assert_eq!((error.kind, tries), (Kind::Unavailable, 3));
}

#[test]
fn an_error_s_type_says_more_than_its_status() {
    let cases = [
        (400, "context_length_exceeded", Kind::TooLarge, None),
        (400, "token_limit_exceeded", Kind::TooLarge, None),
        (400, "string_too_long", Kind::TooLarge, None),
        (400, "max_tokens_exceeded", Kind::Misconfigured, Some(("variable", "openrouter_max_output_tokens"))),
        (400, "not_found", Kind::Misconfigured, Some(("variable", "openrouter_model"))),
        (400, "content_policy_violation", Kind::Failed, Some(("reason", "refused"))),
        (400, "refusal", Kind::Failed, Some(("reason", "refused"))),
        (403, "content_policy_violation", Kind::Failed, Some(("reason", "refused"))),
        (400, "invalid_request", Kind::Invalid, None),
    ];
    for (status, error_type, kind, extra) in cases {
        for error in [
            json!({"code": status, "message": "no", "metadata": {"error_type": error_type}}),
            json!({"message": "no", "error_type": error_type, "http_status": status}),
        ] {
            let (error, tries) = refused(status, &json!({"error": error}));
            assert_eq!((error.kind, tries), (kind, 1), "{error_type}");
            assert_eq!(error.extra("provider-code"), Some(error_type));
            if let Some((name, value)) = extra {
                assert_eq!(error.extra(name), Some(value), "{error_type}");
            }
        }
    }
    for message in ["This endpoint's maximum context length is 8192 tokens.", "x is not a valid model ID"] {
        let (error, _) = refused(400, &json!({"error": {"code": 400, "message": message}}));
        assert!(matches!(error.kind, Kind::TooLarge | Kind::Misconfigured), "{error}");
    }
}

#[test]
fn moderation_and_guardrails_are_refusals_and_never_repeat_what_was_flagged() {
    for metadata in [
        json!({"reasons": ["violence"], "flagged_input": "She said that he never listens", "provider_name": "x", "model_slug": "y"}),
        json!({"patterns": ["ssn"]}),
    ] {
        let (error, tries) =
            refused(403, &json!({"error": {"code": 403, "message": "flagged", "metadata": metadata}}));
        assert_eq!((error.kind, error.extra("reason"), tries), (Kind::Failed, Some("refused"), 1));
    }
}

#[test]
fn payment_is_waited_for_only_when_openrouter_says_how_long() {
    let budget = json!({"error": {"code": 402, "message": "in flight", "metadata": {"limit_source": "openrouter_in_flight_budget"}}});
    let mut tries = 0;
    let body = budget.clone();
    let world = World::new(move |_| {
        tries += 1;
        if tries > 1 {
            return said(CONTENT);
        }
        Reply::Answer(402, vec![("retry-after", "3".to_owned())], body.to_string().into_bytes())
    });
    generate(&world, 60).unwrap();
    assert!(world.tries() == 2 && world.monotonic() >= Duration::from_secs(3));
    let world = World::new(move |_| {
        Reply::Answer(402, vec![("retry-after", "300".to_owned())], budget.to_string().into_bytes())
    });
    let error = generate(&world, 60).unwrap_err();
    assert_eq!((error.kind, error.retry_after), (Kind::RateLimited, Some(Duration::from_secs(300))));

    let credits = json!({"error": {"code": 402, "message": "can only afford 10", "metadata": {"limit_source": "openrouter_credits"}}});
    let (error, tries) = refused(402, &credits);
    assert_eq!((error.kind, error.extra("reason"), tries), (Kind::Denied, Some("quota-exhausted"), 1));
    assert!(error.message.contains("openrouter_max_output_tokens"), "{error}");
}

#[test]
fn what_availability_says_is_obeyed() {
    let error = |status: u16, retryable: bool, after: Option<u64>| {
        json!({"error": {"message": "no", "error_type": "provider_unavailable", "http_status": status,
            "availability": {"code": "capacity_exhausted", "retryable": retryable, "retry_after": after},
            "metadata": {"previous_errors": []}}})
    };
    let (seen, tries) = refused(503, &error(503, true, Some(2)));
    assert_eq!((seen.kind, seen.retry_after, tries), (Kind::Unavailable, Some(Duration::from_secs(2)), 3));
    assert_eq!(seen.extra("provider-code"), Some("capacity_exhausted"));
    let (seen, tries) = refused(503, &error(503, false, None));
    assert_eq!((seen.kind, tries), (Kind::Unavailable, 1));
    let (seen, tries) = refused(404, &error(404, true, None));
    assert_eq!((seen.kind, tries), (Kind::Unavailable, 3));
    let (seen, tries) = refused(404, &error(404, false, None));
    assert_eq!(
        (seen.kind, seen.extra("variable"), tries),
        (Kind::Misconfigured, Some("openrouter_model"), 1)
    );
}

#[test]
fn refusals_name_the_variable_to_mend() {
    for (status, variable) in
        [(401, "openrouter_api_key"), (403, "openrouter_api_key"), (404, "openrouter_model")]
    {
        let (error, _) = refused(status, &json!({"error": {"code": status, "message": "no"}}));
        assert_eq!(error.extra("variable"), Some(variable));
    }
    let world =
        World::new(|_| Reply::Answer(404, vec![("content-type", "text/html".to_owned())], b"<h1>".to_vec()));
    let error = generate(&world, 60).unwrap_err();
    assert_eq!((error.kind, error.extra("variable")), (Kind::Misconfigured, Some("openrouter_base_url")));
}

#[test]
fn what_passes_heals() {
    for status in [408, 429, 500, 502, 503, 504, 524, 529] {
        let mut tries = 0;
        let world = World::new(move |_| {
            tries += 1;
            if tries < 3 { answer(status, "") } else { said(CONTENT) }
        });
        generate(&world, 60).unwrap();
        assert_eq!(world.tries(), 3, "{status}");
    }
}

#[test]
fn a_wait_that_openrouter_asks_for_is_kept_or_passed_on() {
    let busy = |_: &common::Sent| {
        let body = json!({"error": {"code": 429, "message": "slow down"}}).to_string();
        Reply::Answer(429, vec![("retry-after", "20".to_owned())], body.into_bytes())
    };
    let world = World::new(busy);
    let error = generate(&world, 600).unwrap_err();
    assert_eq!((world.tries(), error.retry_after), (3, Some(Duration::from_secs(20))));
    assert!(world.monotonic() >= Duration::from_secs(40));
    let world = World::new(busy);
    let error = generate(&world, 10).unwrap_err();
    assert_eq!((world.tries(), error.retry_after), (1, Some(Duration::from_secs(20))));
    assert_eq!(
        error.message,
        "OpenRouter, or the provider behind it, asks for fewer requests. It says: slow down. Wait, or raise the account's limits."
    );
}

#[test]
fn a_broken_connection_is_tried_again_and_one_that_is_not_allowed_is_not() {
    let cases = [
        (TransportFault::Broken, Kind::Unavailable, 3),
        (TransportFault::Refused, Kind::Unavailable, 3),
        (TransportFault::NotPermitted, Kind::Misconfigured, 1),
        (TransportFault::NotHttp, Kind::Failed, 1),
    ];
    for (fault, kind, tries) in cases {
        let world = World::new(move |_| Reply::Fault(fault));
        let error = generate(&world, 60).unwrap_err();
        assert_eq!((error.kind, world.tries()), (kind, tries), "{fault:?}");
    }
}

#[test]
fn silence_ends_with_the_call_s_time() {
    let world = World::new(|_| Reply::Silence);
    let error = generate(&world, 60).unwrap_err();
    assert_eq!((error.kind, world.tries()), (Kind::TimedOut, 1));
    assert_eq!(world.monotonic(), Duration::from_secs(60));
}

#[test]
fn an_address_that_is_set_is_named_where_nothing_answers_there() {
    let set: &[(&str, &str)] = &[("openrouter_base_url", "https://openrouter.example/v1")];
    for (variables, named) in [(set, Some("openrouter_base_url")), (&[], None)] {
        let world = World::new(|_| Reply::Fault(TransportFault::NoSuchHost));
        let error = generate_with(&world, variables, &request(), 60).unwrap_err();
        assert_eq!((error.kind, error.extra("variable")), (Kind::Unavailable, named), "{error}");
    }
}
