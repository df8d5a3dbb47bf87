//! The servers to test against, and boto3 beside them.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use peers::{S3, SeaweedFs};
use s3::Client;
use serde_json::{Value, json};

use super::{Fate, KEY_ID, SECRET, World, client};

static SEAWEEDFS: OnceLock<SeaweedFs> = OnceLock::new();
/// SeaweedFS sets much room aside for each bucket: its tests take turns in one.
static TURN: Mutex<()> = Mutex::new(());

/// A running server, and a bucket on it for one test.
pub struct Server {
    pub url: String,
    pub bucket: String,
    /// Whether it knows content types on a head, `NoSuchBucket`, and versions.
    pub is_complete: bool,
    _server: Option<S3>,
    _turn: Option<MutexGuard<'static, ()>>,
}

impl Server {
    pub async fn seaweedfs(_: &str) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let url = SEAWEEDFS.get_or_init(|| SeaweedFs::start(KEY_ID, SECRET).unwrap()).url.clone();
        let bucket = "bucket".to_owned();
        let server = Self { url, bucket, is_complete: true, _server: None, _turn: Some(turn) }.ready().await;
        let (world, client) = server.client(&[]);
        for object in client.list(&world.call(), "", None, 1000).await.unwrap().objects {
            client.delete(&world.call(), &object.key).await.unwrap();
        }
        server
    }

    pub async fn s3s_fs(test: &str) -> Self {
        let server = S3::start(0, KEY_ID, SECRET, &[]).await.unwrap();
        let url = server.url.clone();
        let server =
            Self { url, bucket: bucket(test), is_complete: false, _server: Some(server), _turn: None };
        server.ready().await
    }

    async fn ready(self) -> Self {
        let (world, client) = self.client(&[]);
        client.create_bucket(&world.call()).await.unwrap();
        self
    }

    pub fn client(&self, more: &[(&str, &str)]) -> (Rc<World>, Client<World>) {
        let world = World::new(|_| Fate::Pass);
        let client = self.client_in(&world, more);
        (world, client)
    }

    pub fn client_in(&self, world: &Rc<World>, more: &[(&str, &str)]) -> Client<World> {
        let variables = [more, &[("s3_bucket_name", self.bucket.as_str())]].concat();
        client(world, &self.url, &variables)
    }

    /// Has boto3 do these things in turn, in one process, and returns what each gave.
    pub fn boto3(&self, steps: &Value) -> Vec<Value> {
        let input = json!({
            "url": self.url, "key_id": KEY_ID, "secret": SECRET, "bucket": self.bucket, "steps": steps,
        });
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/boto.py");
        let mut child = Command::new(peers::python().unwrap())
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn bucket(test: &str) -> String {
    let name = test.replace('_', "-");
    name.chars().take(60).collect::<String>().trim_end_matches('-').to_owned()
}

/// Runs each test against each server.
#[macro_export]
macro_rules! on_each_server {
    ($($test:ident)*) => {
        mod seaweedfs {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
            async fn $test() {
                super::$test(&super::Server::seaweedfs(stringify!($test)).await).await;
            })*
        }
        mod s3s_fs {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
            async fn $test() {
                super::$test(&super::Server::s3s_fs(stringify!($test)).await).await;
            })*
        }
    };
}
