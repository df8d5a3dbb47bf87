//! Which published keys are used, and when they are fetched again.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use auth::Refusal;
use auth::jwt::{Algorithm, KeyCache, KeySet, Lookup, MAX_KEY_SET_BYTES};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{ec_jwk, key_set, rsa_jwk};

fn with(mut jwk: Value, changes: Value) -> Value {
    jwk.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    jwk
}

#[test]
fn a_set_holds_the_keys_that_can_verify_and_leaves_out_the_rest() {
    let short = support::decoded(support::RSA_N)[..128].to_vec();
    let short = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, short);
    let set = key_set(&[
        json!("no key"),
        json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "oct", "alg": "HS256" }),
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "okp" }),
        json!({ "kty": "future", "kid": "future" }),
        with(ec_jwk("p384"), json!({ "crv": "P-384" })),
        with(ec_jwk("named-otherwise"), json!({ "alg": "ES384" })),
        with(ec_jwk("for-hmac"), json!({ "alg": "HS256" })),
        with(ec_jwk("enc"), json!({ "use": "enc" })),
        with(ec_jwk("signs-only"), json!({ "key_ops": ["sign"] })),
        with(rsa_jwk("short"), json!({ "n": short })),
        with(rsa_jwk("bad"), json!({ "n": "!" })),
        with(rsa_jwk(""), json!({})),
        with(rsa_jwk("x"), json!({ "kid": null })),
        ec_jwk("ec"),
        json!({ "kty": "EC", "crv": "P-256", "x": support::EC_X, "y": support::EC_Y, "kid": "bare" }),
        rsa_jwk("rsa"),
        // An id is one key's: the first that had it.
        rsa_jwk("ec"),
    ]);
    let all = [Algorithm::Hs256, Algorithm::Es256, Algorithm::Rs256];
    let found = |kid: &str| {
        all.into_iter().filter(|algorithm| set.find(kid, *algorithm).is_some()).collect::<Vec<_>>()
    };
    assert_eq!(found("ec"), [Algorithm::Es256]);
    assert_eq!(found("bare"), [Algorithm::Es256]);
    assert_eq!(found("rsa"), [Algorithm::Rs256]);
    for kid in [
        "oct",
        "okp",
        "future",
        "p384",
        "named-otherwise",
        "for-hmac",
        "enc",
        "signs-only",
        "short",
        "bad",
        "",
        "x",
    ] {
        assert_eq!(found(kid), [], "{kid}");
    }
}

#[test]
fn what_is_no_set_or_too_large_a_one_is_refused() {
    for text in ["", "{}", "[]", "<html>", "{\"keys\":{}}", "{\"keys\":7}"] {
        assert!(KeySet::read(text.as_bytes()).is_err(), "{text}");
    }
    assert!(KeySet::read(b"{\"keys\":[]}").is_ok(), "a project that signs with a secret publishes none");
    let many = json!({ "keys": (0..33).map(|n| ec_jwk(&n.to_string())).collect::<Vec<_>>() });
    assert!(KeySet::read(many.to_string().as_bytes()).is_err());
    let large = json!({ "keys": [], "pad": "x".repeat(MAX_KEY_SET_BYTES) });
    assert!(KeySet::read(large.to_string().as_bytes()).is_err());
}

const ES: Algorithm = Algorithm::Es256;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What a look-up says, in a word.
fn find(cache: &KeyCache, kid: &str, now: u64) -> &'static str {
    match cache.find(kid, ES, seconds(now)) {
        Lookup::Key(_) => "key",
        Lookup::Fetch => "fetch",
        Lookup::Refused(Refusal::Invalid(_)) => "refused",
        Lookup::Refused(_) => "refused otherwise",
        Lookup::Unavailable(_) => "unavailable",
    }
}

fn fetched(cache: &mut KeyCache, published: &[&str], kid: &str, now: u64) {
    let keys: Vec<_> = published.iter().map(|kid| ec_jwk(kid)).collect();
    cache.fetched(key_set(&keys), kid, ES, seconds(now));
}

#[test]
fn keys_are_fetched_when_there_are_none_and_again_before_they_are_ten_minutes_old() {
    let mut cache = KeyCache::default();
    assert_eq!(find(&cache, "a", 1000), "fetch");
    fetched(&mut cache, &["a"], "a", 1000);
    assert_eq!(find(&cache, "a", 1000), "key");
    assert_eq!(find(&cache, "a", 1299), "key");
    assert_eq!(find(&cache, "a", 1300), "fetch");
    fetched(&mut cache, &["a"], "a", 1300);
    assert_eq!(find(&cache, "a", 1599), "key");
}

#[test]
fn keys_outlive_an_outage_for_five_minutes_and_no_longer() {
    let mut cache = KeyCache::default();
    fetched(&mut cache, &["a"], "a", 0);
    assert_eq!(find(&cache, "a", 300), "fetch");
    cache.failed(seconds(300));
    assert_eq!(find(&cache, "a", 300), "key");
    assert_eq!(find(&cache, "a", 305), "fetch", "it is tried again");
    cache.failed(seconds(595));
    assert_eq!(find(&cache, "a", 599), "key");
    assert_eq!(find(&cache, "a", 600), "unavailable", "a key that may be revoked is not used");
    assert!(matches!(cache.find("a", ES, seconds(600)), Lookup::Unavailable(wait) if wait == seconds(5)));
    assert_eq!(find(&cache, "a", 605), "fetch");
}

#[test]
fn a_new_key_is_found_by_fetching_again_and_a_revoked_one_is_gone() {
    let mut cache = KeyCache::default();
    fetched(&mut cache, &["old"], "old", 0);
    assert_eq!(find(&cache, "new", 4), "refused", "not more often than every five seconds");
    assert_eq!(find(&cache, "new", 5), "fetch");
    fetched(&mut cache, &["new"], "new", 5);
    assert_eq!(find(&cache, "new", 5), "key");
    assert_eq!(find(&cache, "old", 5), "refused");
    assert!(cache.find("new", Algorithm::Rs256, seconds(5)).is_refused());
}

trait IsRefused {
    fn is_refused(&self) -> bool;
}

impl IsRefused for Lookup<'_> {
    fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

#[test]
fn made_up_key_ids_cause_a_fetch_a_minute_and_honest_ones_reset_that() {
    let mut cache = KeyCache::default();
    fetched(&mut cache, &["a"], "a", 0);
    let mut fetches = Vec::new();
    for now in 0..290 {
        if find(&cache, &format!("made-up-{now}"), now) == "fetch" {
            fetches.push(now);
            fetched(&mut cache, &["a"], &format!("made-up-{now}"), now);
        }
        assert_eq!(find(&cache, "a", now), "key", "honest callers are served meanwhile");
    }
    assert_eq!(fetches, [5, 10, 20, 40, 80, 140, 200, 260]);
    assert_eq!(find(&cache, "b", 320), "fetch", "a rotation is seen within a minute");
    fetched(&mut cache, &["a", "b"], "b", 320);
    assert_eq!(find(&cache, "c", 325), "fetch");
}

proptest! {
    #[test]
    fn whatever_happens_no_key_is_used_that_was_not_published_in_the_last_ten_minutes(
        steps in prop::collection::vec((0..200_u64, 0..4_u8, 0..3_usize), 1..60),
    ) {
        let kids = ["a", "b", "c"];
        let mut cache = KeyCache::default();
        let (mut now, mut last): (u64, Option<(u64, usize)>) = (0, None);
        for (pause, what, which) in steps {
            now += pause;
            match what {
                0 => { fetched(&mut cache, &[kids[which]], kids[which], now); last = Some((now, which)); }
                1 => cache.failed(seconds(now)),
                _ => {
                    let published = last.is_some_and(|(at, kid)| kid == which && now < at + 600);
                    match find(&cache, kids[which], now) {
                        "key" => prop_assert!(published),
                        "refused" => prop_assert!(!published),
                        "unavailable" => prop_assert!(last.is_none_or(|(at, _)| now >= at + 600)),
                        word => prop_assert_eq!(word, "fetch"),
                    }
                }
            }
        }
    }
}
