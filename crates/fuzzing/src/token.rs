use auth::bearer;
use auth::jwt::{Algorithm, Key, KeySet, Rules, Unverified};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use sha2::Sha256;

const SECRET: &[u8] = b"a secret of thirty-two bytes or more";
const NOW: u64 = 1_800_000_000;

/// Credentials as they come, and a token that is signed well over whatever a header and claims say, with a line break between the two.
pub fn token(data: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(data) {
        let headers: HeaderMap = [(AUTHORIZATION, value)].into_iter().collect();
        if let Ok(Some(credentials)) = bearer(&headers) {
            check(credentials);
        }
    }
    check(&String::from_utf8_lossy(data));
    if let Ok(keys) = KeySet::read(data) {
        // What a project publishes is never a secret.
        assert!(keys.find("k", Algorithm::Hs256).is_none());
    }
    if let Some(at) = memchr::memchr(b'\n', data) {
        check(&sign(&data[..at], &data[at + 1..]));
    }
}

fn rules() -> Rules {
    Rules { issuer: "https://abcdefgh.supabase.co/auth/v1".to_owned() }
}

/// Whoever is let in showed a token with our signature and the claims of a signed-in user.
fn check(text: &str) {
    let Ok(token) = Unverified::read(text) else { return };
    let Ok(user) = token.verify(&Key::hs256(SECRET), &rules(), NOW) else { return };
    let parts: Vec<&str> = text.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { panic!("a token of {} parts", parts.len()) };
    let expected = sign_text(&format!("{header}.{claims}"));
    assert_eq!(*signature, expected, "a token with another signature was let in");
    let read = |part: &str| -> Value {
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let (header, claims) = (read(header), read(claims));
    assert_eq!(header["alg"], "HS256");
    assert_eq!(header.get("crit"), None);
    assert_eq!(
        (&claims["iss"], &claims["role"]),
        (&Value::from(rules().issuer), &Value::from("authenticated"))
    );
    let audience = &claims["aud"];
    assert!(
        audience == "authenticated"
            || audience.as_array().is_some_and(|all| all.contains(&"authenticated".into()))
    );
    assert!(claims["exp"].as_f64().is_some_and(|exp| exp > NOW as f64 - 31.0), "{}", claims["exp"]);
    assert!(claims["sub"].as_str().is_some_and(|sub| sub.eq_ignore_ascii_case(user.id.as_str())));
    assert_eq!(user.id.as_str().len(), 36);
    assert!(!format!("{user:?}").contains(signature), "a user's Debug shows the token");
}

fn sign(header: &[u8], claims: &[u8]) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = sign_text(&text);
    format!("{text}.{signature}")
}

fn sign_text(text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).expect("any length is a key's");
    mac.update(text.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}
