//! Guests, applications made of them, and a client to ask them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serene::{Host, Options, Running};
use tempfile::TempDir;

/// Where the guests are, built once.
pub fn guests() -> &'static Path {
    static GUESTS: OnceLock<PathBuf> = OnceLock::new();
    GUESTS.get_or_init(|| build("tests/guests", &[]))
}

/// The stage that the crate of this name in `tests/stages` of the checkout makes; they are built together, once.
pub fn stage(name: &str) -> PathBuf {
    static STAGES: OnceLock<PathBuf> = OnceLock::new();
    component(STAGES.get_or_init(|| build("../tests/stages", &[])), name)
}

/// The shipped stage of this name, one of those that the wrong stages spoil; they are built together, once.
pub fn shipped(name: &str) -> PathBuf {
    const SPOILT: [&str; 5] = [
        "extractor-pdf",
        "generator-local",
        "object-store-sqlite",
        "record-store-sqlite",
        "vector-index-sqlite",
    ];
    static SHIPPED: OnceLock<PathBuf> = OnceLock::new();
    component(SHIPPED.get_or_init(|| build("..", &SPOILT)), name)
}

fn component(folder: &Path, name: &str) -> PathBuf {
    let component = folder.join(format!("{}.wasm", name.replace('-', "_")));
    assert!(component.is_file(), "{} is missing", component.display());
    component
}

/// Builds a workspace of components, or these packages of one, and says where they are.
fn build(workspace: &str, packages: &[&str]) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join(workspace);
    // The versions of the checkout, so that compiled dependencies are shared with its components.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    if packages.is_empty() {
        std::fs::copy(lock, here.join("Cargo.lock")).unwrap();
    }
    let test = std::env::current_exe().unwrap();
    let target = test.ancestors().nth(3).unwrap();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--target", "wasm32-wasip2", "--profile", "component"])
        .args(packages.iter().flat_map(|package| ["--package", package]))
        .arg("--target-dir")
        .arg(target)
        .current_dir(&here)
        .status()
        .unwrap();
    assert!(status.success(), "{} cannot be built", here.display());
    target.join("wasm32-wasip2/component")
}

/// An application in a folder of its own.
pub struct App {
    pub dir: TempDir,
}

impl App {
    /// An application whose component `app` has these lines in its table and these tables after it. `STAGE`
    /// stands for the stage's file.
    pub fn new(component: &str, tables: &str) -> Self {
        let guests = guests();
        let stage = guests.join("guest_stage.wasm");
        let stage = stage.to_str().unwrap();
        Self::with_manifest(&format!(
            "spin_manifest_version = 2\n[application]\nname = \"test\"\n\
             [[trigger.http]]\nroute = \"/...\"\ncomponent = \"app\"\n\
             [component.app]\nsource = {:?}\n{}\n{}\n",
            guests.join("guest_app.wasm"),
            component.replace("STAGE", stage),
            tables.replace("STAGE", stage),
        ))
    }

    /// An application with a dependency on the stage that inherits what `inherit` says.
    pub fn with_stage(inherit: &str, component: &str, tables: &str) -> Self {
        let inherit =
            if inherit.is_empty() { String::new() } else { format!(", inherit_configuration = {inherit}") };
        let dependency =
            format!("[component.app.dependencies]\n\"test:stage\" = {{ path = \"STAGE\"{inherit} }}\n");
        Self::new(component, &format!("{dependency}{tables}"))
    }

    pub fn with_manifest(text: &str) -> Self {
        let app = Self { dir: TempDir::new().unwrap() };
        app.write("spin.toml", text);
        app
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).unwrap();
    }

    pub fn manifest(&self) -> PathBuf {
        self.dir.path().join("spin.toml")
    }

    /// Options with a cache of compiled code that all tests share.
    pub fn options(&self) -> Options {
        let state = self.dir.path().join("state");
        std::fs::create_dir_all(&state).unwrap();
        let cache = guests().join("host-test-cache");
        std::fs::create_dir_all(&cache).unwrap();
        if !state.join("cache").exists() {
            std::os::unix::fs::symlink(cache, state.join("cache")).unwrap();
        }
        Options {
            listen: ([127, 0, 0, 1], 0).into(),
            state_dir: Some(state),
            drain: Duration::from_secs(5),
            ..Options::new(self.manifest())
        }
    }

    pub async fn start(&self) -> Running {
        Host::start(self.options()).await.unwrap()
    }

    /// The error with which starting fails.
    pub async fn start_error(&self) -> String {
        match Host::start(self.options()).await {
            Ok(_) => panic!("it started"),
            Err(error) => format!("{error:#}"),
        }
    }
}

/// Sends a request and reads the whole response.
pub async fn send(method: Method, url: &str, body: impl Into<Bytes>) -> Response<String> {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::builder().method(method).uri(url).body(Full::new(body.into())).unwrap();
    let (parts, body) = client.request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Response::from_parts(parts, String::from_utf8(body.to_vec()).unwrap())
}

/// The body of a GET that succeeds.
pub async fn get(running: &Running, path: &str) -> String {
    let response = send(Method::GET, &format!("{}{path}", running.url()), "").await;
    assert_eq!(response.status(), StatusCode::OK, "{path}: {}", response.body());
    response.into_body()
}

/// The status and the problem of a GET that fails.
pub async fn problem(running: &Running, path: &str) -> (StatusCode, serde_json::Value) {
    let response = send(Method::GET, &format!("{}{path}", running.url()), "").await;
    assert_eq!(response.headers()["content-type"], "application/problem+json", "{}", response.body());
    (response.status(), serde_json::from_str(response.body()).unwrap())
}
