//! Tokens and keys as an issuer makes them, and as an attacker does. The asymmetric keys are those of RFC 7515, appendices A.2 and A.3.

#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part; a test fails by panicking")]

use auth::jwt::{Key, KeySet, Rules};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use p256::ecdsa::signature::Signer as _;
use rsa::pkcs1v15;
use rsa::signature::SignatureEncoding as _;
use serde_json::{Value, json};
use sha2::Sha256;

pub const NOW: u64 = 1_800_000_000;
pub const SECRET: &[u8] = b"a-secret-of-thirty-two-bytes-or-more";
pub const ISSUER: &str = "https://abcdefgh.supabase.co/auth/v1";
pub const ANNA: &str = "00000000-0000-4000-8000-00000000000a";

pub const EC_D: &str = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";
pub const EC_X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
pub const EC_Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
pub const RSA_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const RSA_D: &str = "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ";

pub fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// What signs a token.
pub enum Signer<'k> {
    Hs256(&'k [u8]),
    /// The private scalar.
    Es256(&'k [u8]),
    Rs256,
    /// Nothing at all: the third part is empty.
    Nobody,
}

impl Signer<'_> {
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Hs256(secret) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
                mac.update(message);
                mac.finalize().into_bytes().to_vec()
            }
            Self::Es256(scalar) => {
                let key = p256::ecdsa::SigningKey::from_slice(scalar).unwrap();
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Self::Rs256 => {
                let number = |text: &str| rsa::BigUint::from_bytes_be(&decoded(text));
                let exponent = rsa::BigUint::from(65_537_u32);
                let key =
                    rsa::RsaPrivateKey::from_components(number(RSA_N), exponent, number(RSA_D), Vec::new());
                pkcs1v15::SigningKey::<Sha256>::new(key.unwrap()).sign(message).to_vec()
            }
            Self::Nobody => Vec::new(),
        }
    }
}

/// A token of this header and these claims.
pub fn token(header: &Value, claims: &Value, signer: &Signer<'_>) -> String {
    signed(&header.to_string(), &claims.to_string(), signer)
}

/// The same of texts, which need not be JSON.
pub fn signed(header: &str, claims: &str, signer: &Signer<'_>) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(signer.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// What Supabase puts into the token of a signed-in user.
pub fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "authenticated", "role": "authenticated", "sub": ANNA,
        "iat": NOW - 60, "exp": NOW + 3600, "aal": "aal1", "is_anonymous": false,
    })
}

/// The claims with some changed; null removes one.
pub fn claims_with(changes: Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

pub fn hs256(claims: &Value) -> String {
    token(&json!({ "alg": "HS256", "typ": "JWT" }), claims, &Signer::Hs256(SECRET))
}

pub fn rules() -> Rules {
    Rules { issuer: ISSUER.to_owned() }
}

pub fn secret() -> Key {
    Key::hs256(SECRET)
}

pub fn ec_jwk(kid: &str) -> Value {
    json!({ "kty": "EC", "crv": "P-256", "x": EC_X, "y": EC_Y, "kid": kid, "alg": "ES256", "use": "sig", "key_ops": ["verify"] })
}

pub fn rsa_jwk(kid: &str) -> Value {
    json!({ "kty": "RSA", "n": RSA_N, "e": "AQAB", "kid": kid, "alg": "RS256", "use": "sig" })
}

pub fn key_set(keys: &[Value]) -> KeySet {
    KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}
