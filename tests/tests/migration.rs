//! Files come over from Supabase Storage: read before, copied though the process dies in the middle, read after, and the source is as it was.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

use std::collections::BTreeMap;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use serene_tests::{Answer, Emulated, Server, documents, request, serene, workspace};

const JSON: (&str, &str) = ("content-type", "application/json");
const BUCKET: &str = "serene-relationship-mediator";
/// The one at which the process dies: its copy is stored and is being read back.
const HALF_DONE: &str = "c5";

/// Conflicts of `r` by the form of their transcripts' paths, where `{}` is the project's address: id, path, bucket and key there.
const TRANSCRIPTS: [(&str, &str, &str, &str); 13] = [
    ("c1", "{}/storage/v1/object/public/docs//r/c1.json?t=1", "docs", "r/c1.json"),
    ("c2", "{}/storage/v1/object/sign/docs/r/c2.json?token=secret", "docs", "r/c2.json"),
    ("c3", "{}/storage/v1/object/authenticated/docs/r/c3.json", "docs", "r/c3.json"),
    ("c4", "{}/storage/v1/object/docs/a%20b/c4.json", "docs", "a b/c4.json"),
    ("c5", "/object/sign/docs/r/c5.json?token=secret", "docs", "r/c5.json"),
    ("c6", "docs/r/c6.json", "docs", "r/c6.json"),
    ("c7", "old/2024/c7.json", "docs", "old/2024/c7.json"),
    ("c8", "r/c8.json", "docs", "r/c8.json"),
    ("c9", "transcripts/r/c9.json", "docs", "transcripts/r/c9.json"),
    ("d1", "{}/storage/v1/render/image/public/docs/r/d1.json?width=1", "docs", "r/d1.json"),
    ("d2", "{}/storage/v1/object/info/public/docs/r/d2.json", "docs", "r/d2.json"),
    ("d3", "{}/storage/v1/object/upload/sign/docs/r/d3.json?token=secret", "docs", "r/d3.json"),
    ("d4", "{}/storage/v1/s3/other/r/d4.json", "other", "r/d4.json"),
];
const HANDBOOK: (&str, &str) = ("docs", "books/1.pdf");

/// The Supabase of an older program.
struct Project {
    url: String,
    key: String,
}

impl Project {
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let headers: Vec<_> =
            [("apikey", self.key.as_str())].into_iter().chain(headers.iter().copied()).collect();
        request(method, &format!("{}{path}", self.url), &headers, body)
    }

    fn insert(&self, table: &str, rows: &Value) {
        let answer = self.ask("POST", &format!("/rest/v1/{table}"), &[JSON], rows.to_string().as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.text());
    }

    /// Every path by its row's id.
    fn paths(&self) -> BTreeMap<String, String> {
        let mut paths = BTreeMap::new();
        for (table, column) in [("conflicts", "transcript_path"), ("profiles", "file_path")] {
            let rows = self.ask("GET", &format!("/rest/v1/{table}?select=id,{column}"), &[], &[]).expect(200);
            for row in rows.as_array().unwrap() {
                let text = |name: &str| row[name].as_str().unwrap().to_owned();
                paths.insert(text("id"), text(column));
            }
        }
        paths
    }

    fn file(&self, bucket: &str, key: &str) -> Answer {
        self.ask("GET", &format!("/storage/v1/object/{bucket}/{}", key.replace(' ', "%20")), &[], &[])
    }

    /// Keeps every file and its row, and returns the files by their rows' ids.
    fn fill(&self) -> BTreeMap<String, Vec<u8>> {
        for bucket in ["docs", "other"] {
            let body = json!({ "name": bucket, "public": false }).to_string();
            let _ = self.ask("POST", "/storage/v1/bucket", &[JSON], body.as_bytes()).expect(200);
        }
        let mut files = BTreeMap::new();
        let mut keep = |id: &str, bucket: &str, key: &str, bytes: Vec<u8>| {
            let path = format!("/storage/v1/object/{bucket}/{}", key.replace(' ', "%20"));
            let _ =
                self.ask("POST", &path, &[("content-type", "application/octet-stream")], &bytes).expect(200);
            files.insert(id.to_owned(), bytes);
        };
        for (turns, (id, path, bucket, key)) in (2..).zip(TRANSCRIPTS) {
            keep(id, bucket, key, documents::transcript(turns).to_string().into_bytes());
            let row = json!({
                "relationship_id": "r", "id": id, "transcript_path": path.replace("{}", &self.url),
                "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
            });
            self.insert("conflicts", &row);
        }
        let handbook = std::fs::read(workspace().join("examples/data/handbook.pdf")).unwrap();
        keep("h", HANDBOOK.0, HANDBOOK.1, handbook);
        let row = json!({
            "relationship_id": "r", "kind": "handbook", "id": "h", "filename": "ours.pdf", "updated_at": "2020-01-01T00:00:00Z",
            "file_path": format!("{}/storage/v1/object/public/{}/{}", self.url, HANDBOOK.0, HANDBOOK.1),
        });
        self.insert("profiles", &row);
        files
    }

    /// Whether Supabase Storage still has every file as it was.
    fn has(&self, files: &BTreeMap<String, Vec<u8>>) {
        let kept = TRANSCRIPTS.map(|(id, _, bucket, key)| (id, bucket, key));
        for (id, bucket, key) in kept.into_iter().chain([("h", HANDBOOK.0, HANDBOOK.1)]) {
            let answer = self.file(bucket, key);
            assert!(answer.status == 200 && answer.body == files[id], "{bucket}/{key}: {}", answer.status);
        }
    }
}

fn migrate(url: &str, more: &[&str]) -> Output {
    serene(&[&["migrate", "--url", url], more].concat())
}

fn text(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// Reads every document by its own route.
fn are_read(url: &str, files: &BTreeMap<String, Vec<u8>>) {
    for (id, bytes) in files {
        let path = match id.as_str() {
            "h" => "/v1/files?path=handbooks/r/h.pdf".to_owned(),
            id => format!("/v1/relationships/r/conflicts/{id}/transcript"),
        };
        let answer = request("GET", &format!("{url}{path}"), &[], &[]);
        assert!(answer.status == 200 && answer.body == *bytes, "{id}: {}: {}", answer.status, answer.text());
        let head = request("HEAD", &format!("{url}{path}"), &[], &[]);
        assert_eq!(
            (head.status, head.header("content-length")),
            (200, bytes.len().to_string().as_str()),
            "{id}"
        );
    }
    // By an old path, too, where that says whose file it is.
    for path in [
        "docs/r/c6.json",
        "r/c8.json",
        "https%3A%2F%2Fabc.supabase.co%2Fstorage%2Fv1%2Fobject%2Fpublic%2Fdocs%2Fr%2Fc1.json",
    ] {
        let answer = request("GET", &format!("{url}/v1/files?kind=transcript&path={path}"), &[], &[]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
}

/// Every page of a reconciliation.
fn reconcile(url: &str) -> Vec<Value> {
    let mut findings = Vec::new();
    let mut body = json!({});
    loop {
        let page =
            request("POST", &format!("{url}/v1/reconcile"), &[JSON], body.to_string().as_bytes()).expect(200);
        findings.extend(page["findings"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(cursor) => body["cursor"] = json!(cursor),
            None => return findings,
        }
    }
}

/// Lets a migration run until a copy is stored and being read back, and ends the process there.
fn die_in_the_middle(emulated: &Emulated, server: Server) {
    let s3 = emulated.service("s3_endpoint_url");
    let path = format!("/{BUCKET}/transcripts/r/{HALF_DONE}.json");
    s3.fail(&json!({ "path": path, "method": "GET", "effect": "stall" }));
    let url = server.url().to_owned();
    let client = std::thread::spawn(move || migrate(&url, &["--apply"]));
    let begun = Instant::now();
    while !s3.calls(&path).iter().any(|call| call["method"] == "GET") {
        assert!(begun.elapsed() < Duration::from_secs(60), "the copy is never read back");
        std::thread::sleep(Duration::from_millis(50));
    }
    server.kill();
    assert!(!client.join().unwrap().status.success(), "nobody answered the command");
    assert_eq!(s3.calls(&path).iter().filter(|call| call["method"] == "PUT").count(), 1);
    s3.heal();
}

#[test]
fn files_of_every_form_come_over_once_though_the_process_dies_and_the_source_stays() {
    let emulated = Emulated::start();
    let variables = emulated.variables();
    let project =
        Project { url: variables["supabase_url"].clone(), key: variables["supabase_service_key"].clone() };
    let env_file = emulated.env_file_with(&[("supabase_storage_bucket", "docs")]);
    let state = tempfile::tempdir().unwrap();
    let arguments = ["--profile", "cloud", "--env-file", env_file.to_str().unwrap()];
    let server = Server::start(state.path(), &arguments);
    let files = project.fill();
    let before = project.paths();
    assert_eq!(before.len(), files.len());

    // Before: read where they are, and left alone.
    are_read(server.url(), &files);
    let conflict = format!("{}/v1/relationships/r/conflicts/c1", server.url());
    let sign = format!("{}/v1/files/url", server.url());
    let path = br#"{"path": "transcripts/r/c1.json"}"#;
    for (refused, status) in [
        (request("POST", &format!("{conflict}/analysis"), &[], &[]), 404),
        (request("POST", &sign, &[JSON], path), 404),
        (request("DELETE", &format!("{conflict}/transcript"), &[], &[]), 409),
    ] {
        let problem = refused.expect(status);
        assert_eq!(problem["reason"], "not-migrated", "{problem:#}");
    }
    let found = reconcile(server.url());
    assert!(found.iter().all(|finding| finding["resolution"] == "left"), "{found:#?}");
    let dry = migrate(server.url(), &[]);
    assert_eq!(dry.status.code(), Some(1), "{}", text(&dry));
    assert!(text(&dry).contains("A dry run: 14 would be migrated, 14 of them copied"), "{}", text(&dry));
    assert!(!text(&dry).contains("secret"), "{}", text(&dry));
    let silent =
        request("POST", &format!("{}/v1/migrations/storage-paths", server.url()), &[], &[]).expect(200);
    assert_eq!((&silent["dry_run"], &silent["counts"]["copied"]), (&json!(true), &json!(14)), "{silent:#}");
    assert_eq!(project.paths(), before);
    let list = |server: &Server| {
        let list = format!("{}/v1/relationships/r/documents?limit=100", server.url());
        request("GET", &list, &[], &[]).expect(200)["documents"].as_array().unwrap().clone()
    };
    assert_eq!(list(&server), [] as [Value; 0]);

    die_in_the_middle(&emulated, server);
    assert_eq!(project.paths()[HALF_DONE], before[HALF_DONE], "a copy that was not verified is no file yet");
    project.has(&files);

    let server = Server::start(state.path(), &arguments);
    are_read(server.url(), &files);
    let done = migrate(server.url(), &["--apply"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let s3 = emulated.service("s3_endpoint_url");
    let again = s3.calls(&format!("/{BUCKET}/transcripts/r/{HALF_DONE}.json"));
    assert!(again.iter().all(|call| call["method"] != "PUT"), "what is there is compared, not written again");

    // After: every row names its own object, and nothing is left to do.
    for (id, path) in project.paths() {
        let key = if id == "h" { "handbooks/r/h.pdf".to_owned() } else { format!("transcripts/r/{id}.json") };
        assert_eq!(path, format!("s3://{BUCKET}/{key}"));
    }
    are_read(server.url(), &files);
    project.has(&files);
    let nothing = migrate(server.url(), &[]);
    assert_eq!(nothing.status.code(), Some(0), "{}", text(&nothing));
    assert!(text(&nothing).contains("There is nothing to migrate."), "{}", text(&nothing));
    let documents = list(&server);
    assert_eq!(documents.len(), files.len());
    for document in documents {
        assert_eq!(document["status"], "stored", "{document:#}");
        let resume = format!("{}{}", server.url(), document["links"]["resume"].as_str().unwrap());
        assert_eq!(request("POST", &resume, &[], &[]).expect(200)["status"], "indexed");
    }
}

#[test]
fn without_a_project_the_migration_says_what_to_set() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    let problem =
        request("POST", &format!("{}/v1/migrations/storage-paths", server.url()), &[], &[]).expect(500);
    assert_eq!(
        (&problem["type"], &problem["variable"]),
        (&json!("/problems/misconfigured"), &json!("supabase_url"))
    );
    let run = migrate(server.url(), &[]);
    assert_eq!(run.status.code(), Some(1), "{}", text(&run));
    assert!(text(&run).contains("supabase_url"), "{}", text(&run));
}
