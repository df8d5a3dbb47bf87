//! Tokens signed with HS256.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// Who issues the tokens of users.
pub const ISSUER: &str = "https://emulated.supabase.co/auth/v1";

/// A token of these claims.
pub(super) fn sign(secret: &str, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(claims));
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return text };
    mac.update(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// The claims of a token that was signed so and has not expired, else what is wrong with it.
pub(super) fn verify(secret: &str, token: &str) -> Result<Value, &'static str> {
    let part =
        |text: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok() };
    let (text, signature) = token.rsplit_once('.').ok_or("Invalid Compact JWS")?;
    let (header, claims) = text.split_once('.').ok_or("Invalid Compact JWS")?;
    if part(header).is_none_or(|header| header["alg"] != "HS256") {
        return Err("\"alg\" (Algorithm) Header Parameter value not allowed");
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "Invalid Compact JWS")?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| "signature verification failed")?;
    mac.update(text.as_bytes());
    mac.verify_slice(&signature).map_err(|_| "signature verification failed")?;
    let claims = part(claims).ok_or("Invalid JWT")?;
    match claims["exp"].as_u64() {
        Some(end) if now() >= end => Err("\"exp\" claim timestamp check failed"),
        _ => Ok(claims),
    }
}

/// A token of a role, from a time on, for so many seconds.
pub(super) fn of_role(secret: &str, role: &str, from: u64, seconds: u64) -> String {
    sign(secret, &json!({ "iss": "supabase", "role": role, "iat": from, "exp": from + seconds }))
}

/// The access token that Supabase Auth gives a user who has signed in: `user` is a UUID. A negative time makes one that has expired.
#[must_use]
pub fn user_token(secret: &str, user: &str, seconds: i64) -> String {
    let now = now();
    let claims = json!({
        "iss": ISSUER,
        "aud": "authenticated",
        "role": "authenticated",
        "sub": user,
        "iat": now.saturating_add_signed(seconds.min(0)),
        "exp": now.saturating_add_signed(seconds),
        "aal": "aal1",
        "is_anonymous": false,
    });
    sign(secret, &claims)
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
