//! The servers start, answer, and end.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::TcpStream;
use std::process::Command;

use peers::{Postgrest, S3, SeaweedFs};

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
fn postgrest_serves_the_projects_tables_and_ends_with_its_value() {
    let server = Postgrest::start("a-secret-of-at-least-thirty-two-bytes").unwrap();
    assert!(answers(&server.url));
    let tables =
        server.postgres.execute("select count(*) from pg_tables where schemaname = 'public'").unwrap();
    assert_eq!(tables, "6");
    server.postgres.migrate().unwrap();
    let url = server.url.clone();
    drop(server);
    assert!(!answers(&url));
}
