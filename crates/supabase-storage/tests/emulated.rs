//! Over real connections, against the emulator of Supabase Storage, which refuses what Storage refuses.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::rc::Rc;
use std::time::Duration;

use emulators::supabase::{self as emulator, storage::Bucket};
use emulators::{Effect, Fault, Server};
use http::Request;
use supabase::Project;
use supabase_storage::Storage;
use upstream::{Call, Error, ErrorKind, Platform, RequestBody};
use upstream_hyper::Native;

/// Waits are long and tests are not.
const PACE: u32 = 50;
const LIMIT: u64 = 16 << 20;
const NAME: &str = "old//docs/what?, +50$.pdf";

struct World {
    server: Server,
    keys: emulator::Keys,
    platform: Rc<Native>,
}

impl World {
    async fn new() -> Self {
        let mut options =
            emulator::Options::new("http://127.0.0.1:1", "emulated-secret-of-thirty-two-bytes-or-more");
        options.buckets = vec![Bucket { name: "private".to_owned(), public: false }];
        let keys = options.keys();
        let server = emulator::start(options).await.unwrap();
        Self { server, keys, platform: Rc::new(Native::at_pace(PACE)) }
    }

    fn storage(&self, key: &str) -> Storage<Native> {
        let project = Project::from_variables(|name| match name {
            "supabase_url" => Some(self.server.url().to_owned()),
            "supabase_service_key" => Some(key.to_owned()),
            _ => None,
        });
        Storage::new(Rc::clone(&self.platform), project.unwrap())
    }

    fn call(&self) -> Call {
        Call::starting_now(&*self.platform, Duration::from_secs(3000), None)
    }

    async fn keep(&self, encoded: &str, bytes: Vec<u8>) {
        let url = format!("{}/storage/v1/object/private/{encoded}", self.server.url());
        let request = Request::post(url).header("apikey", &self.keys.secret);
        let request = request.header("content-type", "application/pdf").body(RequestBody::from(bytes));
        assert_eq!(self.platform.send(request.unwrap()).await.unwrap().status(), 200);
    }

    async fn read(&self, key: &str, name: &str) -> Result<Vec<u8>, Error> {
        let mut object = self.storage(key).open(&self.call(), "private", name, LIMIT).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = object.body.chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
        assert_eq!(object.size, Some(bytes.len() as u64));
        Ok(bytes)
    }
}

#[tokio::test]
async fn an_object_of_any_name_is_read_with_keys_of_both_generations() {
    let world = World::new().await;
    let bytes: Vec<u8> = (0..3 << 20).map(|n: u32| (n % 251) as u8).collect();
    world.keep("old//docs/what%3F%2C%20%2B50%24.pdf", bytes.clone()).await;
    for key in [&world.keys.secret, &world.keys.service_role] {
        assert_eq!(world.storage(key).size(&world.call(), "private", NAME).await, Ok(Some(3 << 20)));
        assert!(world.read(key, NAME).await.unwrap() == bytes);
        assert_eq!(world.read(key, "old/docs/other.pdf").await.unwrap_err().kind, ErrorKind::NotFound);
        let none = world.storage(key).size(&world.call(), "none", NAME).await.unwrap_err();
        assert_eq!((none.kind, none.extra("provider-code")), (ErrorKind::NotFound, Some("NoSuchBucket")));
    }
    let error = world.read("sb_secret_of_another_project", NAME).await.unwrap_err();
    assert_eq!(
        (error.kind, error.extra("variable")),
        (ErrorKind::Misconfigured, Some("supabase_service_key"))
    );
    let error = world.read(&world.keys.publishable, NAME).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound, "what a key may not see is not there");
}

#[tokio::test]
async fn a_broken_answer_is_an_error_and_never_a_shorter_object() {
    let world = World::new().await;
    world.keep("x", vec![7; 300_000]).await;
    let cases = [
        (Effect::Truncate, 1, Err(ErrorKind::Unavailable)),
        (Effect::StallBody, 1, Err(ErrorKind::TimedOut)),
        // Before the answer's head, a try may follow.
        (Effect::Reset, 2, Ok(())),
        (Effect::status(503), 2, Ok(())),
    ];
    for (effect, tries, expected) in cases {
        world.server.calls().clear();
        world.server.faults().add(Fault::new(effect.clone()).on("/storage/v1/object/authenticated"));
        let result = world.read(&world.keys.secret, "x").await.map(drop).map_err(|error| error.kind);
        assert_eq!((result, world.server.calls().all().len()), (expected, tries), "{effect:?}");
    }
}
