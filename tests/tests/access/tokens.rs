//! A project of Supabase whose users come to a Serene with local stores, and what they show.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use auth::{NewApiKey, Scope};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use emulators::supabase::{self, ISSUER, user_token};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use serene_tests::Server;

const SECRET: &str = "a-secret-of-thirty-two-bytes-or-more";
pub const ANNA: &str = "00000000-0000-4000-8000-00000000000a";
pub const BERT: &str = "00000000-0000-4000-8000-00000000000b";

/// Anna is in `mine`, Bert in `theirs`.
pub struct Project {
    pub server: Server,
    /// Where the public keys are published.
    pub supabase: emulators::Server,
    keys: [NewApiKey; 3],
    _state: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl Project {
    pub fn start() -> Self {
        let state = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        // Nothing listens on port 1: no rows are asked for there.
        let mut options = supabase::Options::new("http://127.0.0.1:1", SECRET);
        options.published_keys = vec![published(&signing_key(1), "current")];
        let secret_key = options.keys().secret;
        let supabase = runtime.block_on(supabase::start(options)).unwrap();
        let keys = [Scope::Read, Scope::Write, Scope::Admin]
            .map(|scope| NewApiKey::new("backend", scope, &[scope as u8 + 1; 32]).unwrap());
        let server = Server::start_with(
            state.path(),
            &[
                ("auth_mode", "supabase"),
                ("api_keys", &keys.each_ref().map(|key| key.entry.as_str()).join(",")),
                ("supabase_url", supabase.url()),
                ("supabase_service_key", &secret_key),
                ("supabase_jwt_secret", SECRET),
                ("supabase_jwt_issuer", ISSUER),
            ],
        );
        // Makes the tables.
        let _ = serene_tests::request("GET", &format!("{}/readyz", server.url()), &[], &[]).expect(200);
        for (relationship, user) in [("mine", ANNA), ("theirs", BERT)] {
            add_member(state.path(), relationship, user);
        }
        Self { server, supabase, keys, _state: state, _runtime: runtime }
    }

    /// The credentials of a service.
    pub fn service(&self, scope: Scope) -> String {
        bearer(&self.keys[scope as usize].key)
    }
}

fn add_member(state: &Path, relationship: &str, user: &str) {
    let database = rusqlite::Connection::open(state.join("sqlite_db.db")).unwrap();
    database.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let insert = "insert into relationship_members (relationship_id, user_id, created_at) values (?1, ?2, '2026-01-01T00:00:00Z')";
    assert_eq!(database.execute(insert, [relationship, user]).unwrap(), 1);
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// A user who signed in an hour's tenth ago, by the project's secret.
pub fn user(id: &str) -> String {
    bearer(&user_token(SECRET, id, 360))
}

/// The same user long after.
pub fn expired(id: &str) -> String {
    bearer(&user_token(SECRET, id, -600))
}

/// The same user, signed by somebody else.
pub fn forged(id: &str) -> String {
    bearer(&user_token("another-secret-of-thirty-two-bytes-or-more", id, 360))
}

/// The project's own keys.
pub fn project_keys() -> [String; 4] {
    let keys = supabase::Options::new("", SECRET).keys();
    [keys.secret, keys.publishable, keys.service_role, keys.anon].map(|key| bearer(&key))
}

fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

/// The public half as a JSON Web Key.
fn published(key: &SigningKey, kid: &str) -> Value {
    let point = key.verifying_key().to_encoded_point(false);
    let [x, y] = [point.x(), point.y()].map(|coordinate| URL_SAFE_NO_PAD.encode(coordinate.unwrap()));
    json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "alg": "ES256", "use": "sig" })
}

/// A user's token by the signing key that is published, or by another, under this id.
pub fn by_signing_key(id: &str, seed: u8, kid: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({
        "iss": ISSUER, "aud": "authenticated", "role": "authenticated", "sub": id, "iat": now, "exp": now + 360,
    });
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(json!({ "alg": "ES256", "typ": "JWT", "kid": kid })), part(claims));
    let signature: Signature = signing_key(seed).sign(message.as_bytes());
    bearer(&format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes())))
}
