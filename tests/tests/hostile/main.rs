//! Stages whose authors mean harm, in the real host: the caller is told which stage it was, and everybody else is served. docs/isolation.md
//! says what of it is so on Spin.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod endings;
mod garbage;
mod reach;
mod streams;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use serene_tests::stages::{manifest, other};
use serene_tests::{Answer, Server, request};
use tempfile::TempDir;
use toml_edit::{Array, value};

/// Given to the gateway, and to no stage.
const SECRET: &str = "a-secret-of-the-gateway-of-more-than-32-bytes";
/// What an instance may have, in MiB.
const MAX_MEMORY: u64 = 256;
/// How often somebody is told to try again before that is one time too many.
const PATIENCE: usize = 20;

/// Serene with a hostile stage in the place of the shipped one. What it does is named by the relationship that it works for; it serves every
/// other one well.
struct Hostile {
    server: Server,
    stage: &'static str,
    _state: TempDir,
}

impl Hostile {
    fn start(stage: &'static str, arguments: &[&str]) -> Self {
        Self::with(stage, arguments, 60, &[], "")
    }

    /// The same whose requests may take little time.
    fn in_a_hurry(stage: &'static str, arguments: &[&str]) -> Self {
        Self::with(stage, arguments, 2, &[], "")
    }

    /// The same whose stage inherits something, with these lines at the manifest's end.
    fn granted(stage: &'static str, arguments: &[&str], inherit: &[&str], lines: &str) -> Self {
        Self::with(stage, arguments, 60, inherit, lines)
    }

    fn with(stage: &'static str, arguments: &[&str], seconds: u32, inherit: &[&str], lines: &str) -> Self {
        let state = tempfile::tempdir().unwrap();
        let path = manifest(state.path(), |stages| {
            let line = &mut stages[&format!("serene:{stage}")];
            line["path"] = value(other(&format!("hostile-{stage}")).display().to_string());
            line["inherit_configuration"] = value(inherit.iter().copied().collect::<Array>());
        });
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}\n{lines}")).unwrap();
        let env_file = state.path().join("env");
        let variables = format!(
            "SPIN_VARIABLE_REQUEST_TIMEOUT_SECONDS={seconds}\nSPIN_VARIABLE_SUPABASE_JWT_SECRET={SECRET}\n\
             SPIN_VARIABLE_MAX_REQUESTS_PER_MINUTE=1000000\n"
        );
        std::fs::write(&env_file, variables).unwrap();
        let (from, env_file, memory) =
            (path.to_str().unwrap(), env_file.to_str().unwrap(), MAX_MEMORY.to_string());
        let limits = ["--busy-timeout", "1", "--request-timeout", "90", "--max-memory", &memory];
        let all = [&["--from", from, "--env-file", env_file][..], &limits, arguments].concat();
        Self { server: Server::start(state.path(), &all), stage, _state: state }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    /// A search, which passes the transformer, the embedder and the vector index.
    fn search(&self, relationship: &str, query: &str) -> Answer {
        let url = self.url(&format!("/v1/relationships/{relationship}/search"));
        request("POST", &url, JSON, json!({ "query": query }).to_string().as_bytes())
    }

    fn put_transcript(&self, relationship: &str, text: &str) -> Answer {
        let url = self.url(&format!("/v1/relationships/{relationship}/conflicts/c/transcript"));
        let body = json!({ "segments": [{ "speaker": "partner_a", "text": text }] });
        request("PUT", &url, JSON, body.to_string().as_bytes())
    }

    /// Does something for a hostile request while somebody else is served all the time, and after.
    fn beside_others<T>(&self, hostile: impl FnOnce() -> T) -> T {
        let is_over = AtomicBool::new(false);
        let done = std::thread::scope(|scope| {
            let others = scope.spawn(|| {
                let mut served = 0;
                while !is_over.load(Ordering::Relaxed) || served == 0 {
                    self.serve_another();
                    served += 1;
                }
            });
            // A panic is told at once, and not waited with.
            let done = catch_unwind(AssertUnwindSafe(hostile));
            is_over.store(true, Ordering::Relaxed);
            others.join().unwrap();
            done.unwrap_or_else(|panic| resume_unwind(panic))
        });
        assert_eq!(self.search("somebody-else", "What was said?").status, 200);
        done
    }

    /// Somebody else searches, and tries again when told that this can help.
    fn serve_another(&self) {
        for _ in 0..PATIENCE {
            let answer = self.search("somebody-else", "What was said?");
            if answer.status == 200 {
                return;
            }
            let problem = answer.json();
            assert_eq!(
                (&problem["stage"], &problem["retryable"]),
                (&json!(self.stage), &json!(true)),
                "{problem}"
            );
        }
        panic!("somebody else was turned away {PATIENCE} times");
    }

    /// The problem that an answer is: it names the stage, and gives no secret away.
    #[track_caller]
    fn problem(&self, answer: Answer, status: u16, retryable: bool) -> Value {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text());
        assert!(!answer.text().contains(SECRET), "{}", answer.text());
        assert!(answer.body.len() < 100_000, "a problem of {} bytes", answer.body.len());
        let problem = answer.expect(status);
        assert_eq!(
            (&problem["stage"], &problem["retryable"]),
            (&json!(self.stage), &json!(retryable)),
            "{problem}"
        );
        problem
    }

    /// Stops it; no instance had more memory than it may, and the log gives no secret away.
    fn stop(self) -> String {
        let log = self.server.log();
        assert!(!log.contains(SECRET), "{log}");
        let report = self.server.stop();
        let peak = report["peak_linear_memory_bytes"].as_u64().unwrap();
        assert!(peak <= MAX_MEMORY << 20, "{report}");
        log
    }
}

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const PDF: &[(&str, &str)] = &[("content-type", "application/pdf")];
