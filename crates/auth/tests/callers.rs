//! API keys, bearer credentials, decisions, memberships.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use auth::{
    ApiKey, ApiKeyError, ApiKeys, Caller, Decision, MAX_API_KEYS, MAX_MEMBERSHIPS, MAX_TOKEN_BYTES,
    Memberships, NewApiKey, Refusal, Scope, User, UserId, bearer, decide,
};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue};
use http_api::problem::Problem;
use http_api::routes::{Access, Permission};
use layout::RelationshipId;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use support::ANNA;

fn new_key(name: &str, scope: Scope, seed: u8) -> NewApiKey {
    NewApiKey::new(name, scope, &[seed; 32]).unwrap()
}

#[test]
fn a_new_key_is_found_by_its_entry_beside_others() {
    let made: Vec<_> = (0..3).zip(Scope::ALL).map(|(seed, scope)| new_key("backend", scope, seed)).collect();
    let entries: Vec<_> = made.iter().map(|key| key.entry.as_str()).collect();
    for separator in [",", " ", "\n", ", "] {
        let keys: ApiKeys = entries.join(separator).parse().unwrap();
        for (key, scope) in made.iter().zip(Scope::ALL) {
            let found = keys.find(&key.key).unwrap();
            assert_eq!((found.name.as_str(), found.scope), ("backend", scope));
        }
        assert!(keys.find(&new_key("backend", Scope::Read, 9).key).is_none());
    }
    assert!(made[0].key.starts_with("serene_") && made[0].key.len() == 50, "{}", made[0].key);
    assert!(!made[0].entry.contains(&made[0].key), "the entry does not show the key");
}

#[test]
fn the_hash_itself_or_the_entry_opens_nothing_and_no_word_can_be_a_key() {
    let made = new_key("backend", Scope::Admin, 1);
    let keys: ApiKeys = made.entry.parse().unwrap();
    let hash = made.entry.rsplit(':').next().unwrap();
    for tried in [
        hash,
        &made.entry,
        "",
        "serene_",
        &made.key[..49],
        &format!("{}A", made.key),
        &made.key.to_uppercase(),
    ] {
        assert!(keys.find(tried).is_none(), "{tried}");
    }
    let word = "correct horse battery staple";
    let keys: ApiKeys = format!("weak:admin:{}", hex::encode(Sha256::digest(word))).parse().unwrap();
    assert!(keys.find(word).is_none(), "the hash of a password does not make it a key");
}

#[test]
fn an_entry_that_cannot_be_read_is_an_error_that_does_not_repeat_it() {
    let hash = "0".repeat(64);
    for (entry, error) in [
        ("backend".to_owned(), ApiKeyError::Form),
        (format!("backend:{hash}"), ApiKeyError::Form),
        (format!("backend:read:write:{hash}"), ApiKeyError::Form),
        (format!(":read:{hash}"), ApiKeyError::Name),
        (format!("Backend:read:{hash}"), ApiKeyError::Name),
        (format!("{}:read:{hash}", "n".repeat(65)), ApiKeyError::Name),
        (format!("backend:Read:{hash}"), ApiKeyError::Scope),
        (format!("backend::{hash}"), ApiKeyError::Scope),
        (format!("backend:owner:{hash}"), ApiKeyError::Scope),
        (format!("backend:read:{}", &hash[1..]), ApiKeyError::Hash),
        (format!("backend:read:{}", "A".repeat(64)), ApiKeyError::Hash),
        (format!("backend:read:{}", "g".repeat(64)), ApiKeyError::Hash),
        (format!("a:read:{hash},b:admin:{hash}"), ApiKeyError::Twice),
    ] {
        assert_eq!(entry.parse::<ApiKeys>(), Err(error), "{entry}");
        assert!(!error.to_string().contains(&hash));
    }
    let entry = |n: usize| format!("k:read:{n:064x}");
    let list = |count: usize| (0..count).map(entry).collect::<Vec<_>>().join(",");
    assert!(list(MAX_API_KEYS).parse::<ApiKeys>().is_ok());
    assert_eq!(list(MAX_API_KEYS + 1).parse::<ApiKeys>(), Err(ApiKeyError::TooMany));
    assert!(" \n, ".parse::<ApiKeys>().unwrap().is_empty());
}

proptest! {
    #[test]
    fn a_key_is_found_at_every_place_and_nothing_else_is(count in 1..20_u8, which in any::<prop::sample::Index>(), other in "[A-Za-z0-9_-]{0,80}") {
        let made: Vec<_> = (0..count).map(|seed| new_key("k", Scope::Read, seed)).collect();
        let keys: ApiKeys = made.iter().map(|key| key.entry.clone()).collect::<Vec<_>>().join(",").parse().unwrap();
        let key = &made[which.index(made.len())];
        prop_assert_eq!(keys.find(&key.key), Some(&key.entry.parse::<ApiKey>().unwrap()));
        prop_assert_eq!(keys.find(&other), None);
    }
}

fn headers(values: &[&str]) -> HeaderMap {
    values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_str(value).unwrap())).collect()
}

#[test]
fn credentials_are_one_bearer_token_in_the_header() {
    assert_eq!(bearer(&headers(&[])), Ok(None));
    for value in ["Bearer abc.def-_~+/=", "bearer abc.def-_~+/=", "BEARER  abc.def-_~+/= "] {
        assert_eq!(bearer(&headers(&[value])), Ok(Some("abc.def-_~+/=")), "{value}");
    }
    let long = format!("Bearer {}", "x".repeat(MAX_TOKEN_BYTES));
    for values in [
        vec!["Basic YTpi"],
        vec!["Bearer"],
        vec!["Bearer "],
        vec![""],
        vec!["abc"],
        vec!["Bearer a b"],
        vec!["Bearer a,b"],
        vec!["Bearer \"a\""],
        vec!["Bearer a", "Bearer a"],
        vec![&long],
    ] {
        assert!(matches!(bearer(&headers(&values)), Err(Refusal::Invalid(_))), "{values:?}");
    }
}

fn service(scope: Scope) -> Caller {
    Caller::Service(new_key("backend", scope, 1).entry.parse().unwrap())
}

fn user(id: &str) -> User {
    User { id: id.parse().unwrap(), token: "secret-token".to_owned() }
}

#[test]
fn each_caller_may_do_what_the_table_says() {
    let r: RelationshipId = "r".parse().unwrap();
    let anna = user(ANNA);
    let accesses = [
        Access::Anyone,
        Access::SignedUrl,
        Access::Relationship(&r, Permission::Read),
        Access::Relationship(&r, Permission::Write),
        Access::File(Permission::Read),
        Access::File(Permission::Write),
        Access::Operator,
    ];
    let scope = Refusal::Scope;
    let allow = Ok(Decision::Allow);
    let member = Ok(Decision::IfMember(&anna, &r));
    let none = Err(Refusal::NoCredentials);
    let (write, admin) = (Err(scope(Scope::Write)), Err(scope(Scope::Admin)));
    let user = Caller::User(anna.clone());
    for (caller, expected) in [
        (Caller::Local, [allow; 7]),
        (Caller::Anonymous, [allow, allow, none, none, none, none, none]),
        (service(Scope::Read), [allow, allow, allow, write, allow, write, admin]),
        (service(Scope::Write), [allow, allow, allow, allow, allow, allow, admin]),
        (service(Scope::Admin), [allow; 7]),
        (user, [allow, allow, member, member, allow, allow, admin]),
    ] {
        for (access, expected) in accesses.iter().zip(expected) {
            assert_eq!(decide(&caller, access), expected, "{caller:?} {access:?}");
        }
    }
}

#[test]
fn a_refusal_is_a_problem_with_the_challenge_of_rfc_6750() {
    for (refusal, status, challenge) in [
        (Refusal::NoCredentials, 401, Some("Bearer realm=\"serene\"")),
        (Refusal::Invalid("It has expired."), 401, Some("Bearer realm=\"serene\", error=\"invalid_token\"")),
        (
            Refusal::Scope(Scope::Write),
            403,
            Some("Bearer realm=\"serene\", error=\"insufficient_scope\", scope=\"write\""),
        ),
        (Refusal::NotMember, 403, None),
        (Refusal::NotLocal(auth::loopback::NotLocal::Host), 403, None),
    ] {
        let response = Problem::from(refusal).into_response();
        assert_eq!(response.status().as_u16(), status, "{refusal:?}");
        let sent = response.headers().get(WWW_AUTHENTICATE).map(|value| value.to_str().unwrap());
        assert_eq!(sent, challenge, "{refusal:?}");
    }
}

#[test]
fn a_membership_is_remembered_for_half_a_minute_and_a_refusal_for_five_seconds() {
    let (anna, r): (UserId, RelationshipId) = (ANNA.parse().unwrap(), "r".parse().unwrap());
    let at = Duration::from_secs;
    let mut known = Memberships::default();
    assert_eq!(known.get(&anna, &r, at(100)), None);
    known.put(&anna, &r, true, at(100));
    assert_eq!(known.get(&anna, &r, at(129)), Some(true));
    assert_eq!(known.get(&anna, &r, at(130)), None);
    known.put(&anna, &r, false, at(130));
    assert_eq!(known.get(&anna, &r, at(134)), Some(false));
    assert_eq!(known.get(&anna, &r, at(135)), None);
}

proptest! {
    #[test]
    fn an_answer_is_for_its_own_user_and_relationship_alone(
        steps in prop::collection::vec((0..20_u8, 0..20_u8, any::<bool>(), 0..40_u64), 1..200),
    ) {
        let id = |n: u8| format!("00000000-0000-4000-8000-0000000000{n:02x}").parse::<UserId>().unwrap();
        let relationship = |n: u8| format!("r{n}").parse::<RelationshipId>().unwrap();
        let mut known = Memberships::default();
        let mut truth = std::collections::HashMap::new();
        let mut now = 0;
        for (u, r, is_member, pause) in steps {
            now += pause;
            let expected = truth.get(&(u, r)).and_then(|(member, at)| {
                (now < at + if *member { 30 } else { 5 }).then_some(*member)
            });
            prop_assert_eq!(known.get(&id(u), &relationship(r), Duration::from_secs(now)), expected);
            known.put(&id(u), &relationship(r), is_member, Duration::from_secs(now));
            truth.insert((u, r), (is_member, now));
        }
    }
}

#[test]
fn memberships_do_not_pile_up() {
    let r: RelationshipId = "r".parse().unwrap();
    let id = |n: usize| format!("00000000-0000-4000-8000-{n:012x}").parse::<UserId>().unwrap();
    let now = Duration::from_secs(1);
    let mut known = Memberships::default();
    for n in 0..MAX_MEMBERSHIPS * 3 {
        known.put(&id(n), &r, true, now);
    }
    let kept = (0..MAX_MEMBERSHIPS * 3).filter(|n| known.get(&id(*n), &r, now).is_some()).count();
    assert_eq!(kept, MAX_MEMBERSHIPS);
    assert_eq!(known.get(&id(MAX_MEMBERSHIPS * 3 - 1), &r, now), Some(true), "the newest is among them");
}

#[test]
fn a_caller_is_known_by_what_outlives_its_credentials_and_no_two_are_the_same() {
    let service = |name: &str, seed: u8| {
        let key = new_key(name, Scope::Write, seed);
        Caller::Service(key.entry.parse::<ApiKey>().unwrap())
    };
    let user =
        |id: &str, token: &str| Caller::User(User { id: id.parse().unwrap(), token: token.to_owned() });
    assert_eq!(service("backend", 1).identity(), service("backend", 2).identity());
    assert_eq!(user(ANNA, "one").identity(), user(ANNA, "two").identity());
    let callers =
        [Caller::Local, Caller::Anonymous, service("local", 1), service("backend", 1), user(ANNA, "t")];
    let identities: std::collections::BTreeSet<_> = callers.iter().map(Caller::identity).collect();
    assert_eq!(identities.len(), callers.len());
    assert!(!identities.iter().any(|identity| identity.contains('\n')));
}
