//! The servers start, answer, and end.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking, and prints")]

use std::mem::ManuallyDrop;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use peers::{Postgres, Postgrest, S3, SeaweedFs};

fn answers(url: &str) -> bool {
    TcpStream::connect(url.trim_start_matches("http://")).is_ok()
}

const BOTO: &str = r#"
import sys, boto3
from botocore.config import Config
s3 = boto3.client("s3", endpoint_url=sys.argv[1], aws_access_key_id="AKIDTEST", aws_secret_access_key="secret-of-the-test",
                  region_name="us-east-1", config=Config(s3={"addressing_style": "path"}))
if sys.argv[2] == "create":
    s3.create_bucket(Bucket="bucket")
s3.put_object(Bucket="bucket", Key="a/b", Body=b"hello")
assert s3.get_object(Bucket="bucket", Key="a/b")["Body"].read() == b"hello"
"#;

fn boto(url: &str, mode: &str) {
    let output = Command::new(peers::python().unwrap()).args(["-c", BOTO, url, mode]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn s3s_fs_serves_boto3_and_ends_with_its_value() {
    let server = S3::start(0, "AKIDTEST", "secret-of-the-test", &["bucket"]).await.unwrap();
    let url = server.url.clone();
    tokio::task::spawn_blocking(move || boto(&url, "")).await.unwrap();
}

#[test]
fn seaweedfs_serves_boto3_and_ends_with_its_value() {
    let server = SeaweedFs::start("AKIDTEST", "secret-of-the-test").unwrap();
    boto(&server.url, "create");
    let url = server.url.clone();
    drop(server);
    assert!(!answers(&url));
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let error = Postgrest::start("@/no/such/file").err().unwrap().to_string();
    assert!(error.contains("PostgREST does not start") && error.contains("/no/such/file"), "{error}");
}

#[test]
fn a_server_ends_with_the_process_that_started_it_however_that_dies() {
    const ROLE: &str = "PEERS_TEST_DIES";
    if std::env::var_os(ROLE).is_some() {
        println!("port {}", Postgres::start().map(|server| ManuallyDrop::new(server).port()).unwrap());
        std::process::abort();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "a_server_ends_with_the_process_that_started_it_however_that_dies"])
        .env(ROLE, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let port = text.split("port ").nth(1).and_then(|rest| rest.lines().next());
    let address = format!("127.0.0.1:{}", port.unwrap_or_else(|| panic!("{text}")));
    for _ in 0..300 {
        if !answers(&address) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("PostgreSQL outlives its starter");
}

#[test]
fn postgrest_serves_the_projects_tables_and_ends_with_its_value() {
    let server = Postgrest::start("a-secret-of-at-least-thirty-two-bytes").unwrap();
    assert!(answers(&server.url));
    let tables =
        server.postgres.execute("select count(*) from pg_tables where schemaname = 'public'").unwrap();
    assert_eq!(tables, "7");
    server.postgres.migrate().unwrap();
    let url = server.url.clone();
    drop(server);
    assert!(!answers(&url));
}
