//! Which tokens are a user's, and which are not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use auth::jwt::{Algorithm, Key, Unverified};
use auth::{MAX_TOKEN_BYTES, Refusal, User};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{
    ANNA, EC_D, NOW, RSA_N, SECRET, Signer, claims, claims_with, decoded, ec_jwk, hs256, key_set, rsa_jwk,
    rules, secret, signed, token,
};

fn verify(token: &str, key: &Key) -> Result<User, Refusal> {
    Unverified::read(token)?.verify(key, &rules(), NOW)
}

/// Why a token is refused.
fn refused(token: &str, key: &Key) -> &'static str {
    match verify(token, key) {
        Err(Refusal::Invalid(reason)) => reason,
        other => panic!("{other:?}: {token}"),
    }
}

fn ec_key() -> Key {
    key_set(&[ec_jwk("e")]).find("e", Algorithm::Es256).unwrap().clone()
}

fn rsa_key() -> Key {
    key_set(&[rsa_jwk("r")]).find("r", Algorithm::Rs256).unwrap().clone()
}

fn es256(claims: &Value) -> String {
    token(&json!({ "alg": "ES256", "typ": "JWT", "kid": "e" }), claims, &Signer::Es256(&decoded(EC_D)))
}

fn rs256(claims: &Value) -> String {
    token(&json!({ "alg": "RS256", "typ": "JWT", "kid": "r" }), claims, &Signer::Rs256)
}

#[test]
fn a_token_of_each_algorithm_names_its_user() {
    for (token, key) in
        [(hs256(&claims()), secret()), (es256(&claims()), ec_key()), (rs256(&claims()), rsa_key())]
    {
        let user = verify(&token, &key).unwrap();
        assert_eq!((user.id.as_str(), user.token.as_str()), (ANNA, token.as_str()));
        assert!(!format!("{user:?}{key:?}").contains(&token), "no debug output shows a token");
    }
}

#[test]
fn signatures_of_the_standards_own_examples_are_right() {
    // RFC 7515, appendices A.1, A.2 and A.3: their claims are not Supabase's, and their signatures are looked at first.
    let payload =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let octets = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    for (head, signature, key) in [
        (
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            Key::hs256(&decoded(octets)),
        ),
        (
            "eyJhbGciOiJSUzI1NiJ9",
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
            rsa_key(),
        ),
        (
            "eyJhbGciOiJFUzI1NiJ9",
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            ec_key(),
        ),
    ] {
        assert!(
            refused(&format!("{head}.{payload}.{signature}"), &key).contains("lacks what Supabase"),
            "{head}"
        );
        let altered = payload.replace("qb2Ui", "qb2Uj");
        assert!(
            refused(&format!("{head}.{altered}.{signature}"), &key).contains("signature is wrong"),
            "{head}"
        );
    }
}

#[test]
fn the_algorithm_is_the_keys_and_never_the_tokens() {
    // The classic: a public key, which everyone has, taken for the secret of HS256.
    let header = json!({ "alg": "HS256", "typ": "JWT", "kid": "r" });
    let jwk = rsa_jwk("r").to_string();
    for public in [decoded(RSA_N), RSA_N.as_bytes().to_vec(), jwk.into_bytes(), decoded(support::EC_X)] {
        let forged = token(&header, &claims(), &Signer::Hs256(&public));
        for key in [rsa_key(), ec_key()] {
            assert!(refused(&forged, &key).contains("not accepted here"));
        }
        assert!(refused(&forged, &secret()).contains("signature is wrong"));
    }
    // Every key refuses every other algorithm, whoever signed.
    for (token, keys) in [
        (hs256(&claims()), [rsa_key(), ec_key()]),
        (es256(&claims()), [rsa_key(), secret()]),
        (rs256(&claims()), [ec_key(), secret()]),
    ] {
        for key in keys {
            assert!(refused(&token, &key).contains("not accepted here"));
        }
    }
    assert!(key_set(&[rsa_jwk("r")]).find("r", Algorithm::Hs256).is_none());
    assert!(key_set(&[rsa_jwk("r")]).find("r", Algorithm::Es256).is_none());
}

#[test]
fn a_token_signed_by_nobody_or_in_any_other_way_is_refused() {
    for alg in [
        "none", "None", "NONE", "nOnE", "", "HS384", "HS512", "ES384", "PS256", "RS512", "EdDSA", "hs256",
        "HS256 ",
    ] {
        for signer in [Signer::Nobody, Signer::Hs256(SECRET)] {
            let forged = token(&json!({ "alg": alg, "typ": "JWT" }), &claims(), &signer);
            for key in [secret(), ec_key(), rsa_key()] {
                assert!(verify(&forged, &key).is_err(), "{alg}");
            }
        }
    }
    for header in [
        "{}",
        "{\"typ\":\"JWT\"}",
        "{\"alg\":null}",
        "{\"alg\":[\"HS256\"]}",
        "{\"alg\":\"none\",\"alg\":\"HS256\"}",
    ] {
        assert!(
            verify(&signed(header, &claims().to_string(), &Signer::Hs256(SECRET)), &secret()).is_err(),
            "{header}"
        );
    }
    let honest = hs256(&claims());
    let (message, _) = honest.rsplit_once('.').unwrap();
    assert!(refused(&format!("{message}."), &secret()).contains("signature is wrong"));
}

#[test]
fn a_token_brings_no_key_of_its_own_and_needs_no_extension() {
    // What a header may say of keys is not looked at: the token is still checked with the key given, and is not that key's.
    let other = [7; 32];
    let own = [
        json!({ "alg": "HS256", "jwk": { "kty": "oct", "k": URL_SAFE_NO_PAD.encode(other) } }),
        json!({ "alg": "HS256", "jku": "https://attacker.example/jwks.json" }),
        json!({ "alg": "HS256", "x5u": "https://attacker.example/cert.pem" }),
        json!({ "alg": "HS256", "x5c": ["AAAA"] }),
    ];
    for header in own {
        assert!(
            refused(&token(&header, &claims(), &Signer::Hs256(&other)), &secret())
                .contains("signature is wrong"),
            "{header}"
        );
    }
    for crit in [json!(["exp"]), json!([]), json!(["b64"])] {
        let header = json!({ "alg": "HS256", "crit": crit, "b64": false });
        assert!(verify(&token(&header, &claims(), &Signer::Hs256(SECRET)), &secret()).is_err(), "{crit}");
    }
    for typ in ["JWE", "at+jwt", "dpop+jwt"] {
        assert!(
            verify(
                &token(&json!({ "alg": "HS256", "typ": typ }), &claims(), &Signer::Hs256(SECRET)),
                &secret()
            )
            .is_err()
        );
    }
}

#[test]
fn a_key_id_is_compared_and_nothing_else() {
    for kid in ["", &"k".repeat(257)] {
        let odd = token(&json!({ "alg": "ES256", "kid": kid }), &claims(), &Signer::Es256(&decoded(EC_D)));
        assert!(Unverified::read(&odd).is_err(), "{kid}");
    }
    let none = token(&json!({ "alg": "ES256" }), &claims(), &Signer::Es256(&decoded(EC_D)));
    assert!(Unverified::read(&none).unwrap().kid().is_err());
    for kid in ["../../dev/null", "e' or '1'='1", "e\0", "E", " e", "http://127.0.0.1/e", "e/../e"] {
        let odd = token(&json!({ "alg": "ES256", "kid": kid }), &claims(), &Signer::Es256(&decoded(EC_D)));
        let odd = Unverified::read(&odd).unwrap();
        assert!(key_set(&[ec_jwk("e")]).find(odd.kid().unwrap(), odd.algorithm()).is_none(), "{kid}");
    }
}

#[test]
fn times_are_kept_with_thirty_seconds_to_spare() {
    let at = |claims: Value| verify(&hs256(&claims), &secret());
    assert!(at(claims_with(json!({ "exp": NOW - 29 }))).is_ok());
    assert!(at(claims_with(json!({ "exp": NOW - 29, "nbf": NOW + 30, "iat": NOW + 30 }))).is_ok());
    for (changes, reason) in [
        (json!({ "exp": NOW - 30 }), "has expired"),
        (json!({ "exp": NOW - 3600 }), "has expired"),
        (json!({ "exp": 0 }), "has expired"),
        (json!({ "exp": -1 }), "lacks"),
        (json!({ "exp": -1e300 }), "lacks"),
        (json!({ "nbf": NOW + 31 }), "not valid yet"),
        (json!({ "iat": NOW + 31 }), "not valid yet"),
        (json!({ "nbf": 1e300 }), "not valid yet"),
    ] {
        assert!(refused(&hs256(&claims_with(changes.clone())), &secret()).contains(reason), "{changes}");
    }
    // A NumericDate may have a fraction.
    assert!(at(claims_with(json!({ "exp": NOW as f64 + 0.5 }))).is_ok());
    for exp in ["1e999", "\"1900000000\"", "null", "true", "NaN", "Infinity"] {
        let text = claims().to_string().replace(&(NOW + 3600).to_string(), exp);
        assert!(
            verify(&signed("{\"alg\":\"HS256\"}", &text, &Signer::Hs256(SECRET)), &secret()).is_err(),
            "{exp}"
        );
    }
}

#[test]
fn issuer_audience_role_and_subject_are_those_of_a_signed_in_user() {
    for (changes, reason) in [
        (json!({ "iss": "https://other.supabase.co/auth/v1" }), "another project"),
        (json!({ "iss": format!("{}/", support::ISSUER) }), "another project"),
        (json!({ "iss": support::ISSUER.to_uppercase() }), "another project"),
        (json!({ "iss": [support::ISSUER] }), "lacks"),
        (json!({ "iss": null }), "lacks"),
        (json!({ "aud": "anon" }), "another audience"),
        (json!({ "aud": ["a", "b"] }), "another audience"),
        (json!({ "aud": [] }), "another audience"),
        (json!({ "aud": "" }), "another audience"),
        (json!({ "aud": null }), "lacks"),
        (json!({ "role": "service_role" }), "not of a signed-in user"),
        (json!({ "role": "anon" }), "not of a signed-in user"),
        (json!({ "role": "" }), "not of a signed-in user"),
        (json!({ "role": null }), "lacks"),
        (json!({ "exp": null }), "lacks"),
        (json!({ "sub": null }), "lacks"),
        (json!({ "sub": "" }), "lacks"),
        (json!({ "sub": "anna" }), "lacks"),
        (json!({ "sub": format!("{ANNA}' or true --") }), "lacks"),
        (json!({ "sub": 7 }), "lacks"),
    ] {
        let said = refused(&hs256(&claims_with(changes.clone())), &secret());
        assert!(said.contains(reason), "{changes}: {said}");
    }
    let several = claims_with(json!({ "aud": ["elsewhere", "authenticated"] }));
    assert!(verify(&hs256(&several), &secret()).is_ok());
    let upper = claims_with(json!({ "sub": ANNA.to_uppercase() }));
    assert_eq!(verify(&hs256(&upper), &secret()).unwrap().id.as_str(), ANNA, "one user has one id");
    let twice = claims().to_string().replacen('{', "{\"role\":\"service_role\",", 1);
    assert!(verify(&signed("{\"alg\":\"HS256\"}", &twice, &Signer::Hs256(SECRET)), &secret()).is_err());
}

#[test]
fn the_projects_own_keys_are_no_users() {
    let legacy = json!({ "iss": "supabase", "ref": "abcdefgh", "role": "service_role", "iat": NOW - 60, "exp": NOW + 3600 });
    assert!(verify(&hs256(&legacy), &secret()).is_err());
    for key in ["sb_secret_0123456789abcdef0123456789abcdef", "sb_publishable_0123456789abcdef0123456789"] {
        assert!(Unverified::read(key).is_err());
    }
}

#[test]
fn a_huge_token_is_refused_before_it_is_read() {
    let padded = |bytes: usize| hs256(&claims_with(json!({ "pad": "x".repeat(bytes) })));
    assert!(verify(&padded(4000), &secret()).is_ok());
    let large = padded(MAX_TOKEN_BYTES);
    assert!(Unverified::read(&large).is_err());
    assert!(Unverified::read(&".".repeat(MAX_TOKEN_BYTES)).is_err());
    let deep = format!("{{\"alg\":\"HS256\",\"x\":{}{}}}", "[".repeat(2000), "]".repeat(2000));
    assert!(verify(&signed(&deep, &claims().to_string(), &Signer::Hs256(SECRET)), &secret()).is_err());
}

proptest! {
    #[test]
    fn no_text_panics_and_none_is_a_token(text in prop_oneof!["[A-Za-z0-9._-]{0,200}", "ey[A-Za-z0-9_-]{0,60}\\.ey[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}", any::<String>()]) {
        prop_assert!(verify(&text, &secret()).is_err());
    }

    #[test]
    fn no_header_and_no_claims_panic(header in any::<String>(), claims in any::<String>()) {
        prop_assert!(verify(&signed(&header, &claims, &Signer::Hs256(SECRET)), &secret()).is_err());
    }

    #[test]
    fn changing_any_character_of_a_token_breaks_it(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]", which in 0..3_usize) {
        let (good, key) = match which {
            0 => (hs256(&claims()), secret()),
            1 => (es256(&claims()), ec_key()),
            _ => (rs256(&claims()), rsa_key()),
        };
        let at = at.index(good.len());
        let mut bad = good.clone();
        bad.replace_range(at..=at, &to);
        prop_assume!(bad != good);
        prop_assert!(verify(&bad, &key).is_err());
    }
}
