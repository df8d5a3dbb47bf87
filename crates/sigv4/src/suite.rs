//! The AWS Signature Version 4 test suite, as it comes with the crate `aws-sigv4`. Its requests hold what no [`http::Uri`] takes, such as a space,
//! so it is run below the public API.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use serde_json::Value;

use crate::canonical::{self, SignedHeaders};
use crate::encode::encode_query;
use crate::key::hex_sha256;
use crate::time::Stamp;
use crate::{Credentials, EMPTY_SHA256, Payload, Rules, Signer};

/// 2015-08-30T12:36:00Z, the time of every case.
const TIME: u64 = 1_440_938_160;

/// The suite's folder, wherever cargo keeps the sources of dependencies.
fn suite() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let metadata = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "aws-sigv4").unwrap();
    let manifest = Path::new(package["manifest_path"].as_str().unwrap());
    manifest.with_file_name("aws-signing-test-suite").join("v4")
}

struct Case {
    signer: Signer,
    method: Method,
    path: String,
    query: String,
    host: String,
    headers: HeaderMap,
    payload: String,
    omit_token: bool,
    sign_body: bool,
    expires: u64,
}

impl Case {
    fn read(folder: &Path) -> Self {
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let context: Value = serde_json::from_str(&text("context.json")).unwrap();
        let of = |name: &str| context[name].as_str().unwrap().to_owned();
        let credentials = &context["credentials"];
        let credentials = Credentials::new(
            credentials["access_key_id"].as_str().unwrap(),
            credentials["secret_access_key"].as_str().unwrap(),
            credentials["token"].as_str().map(ToOwned::to_owned),
        );
        let normalise = context["normalize"].as_bool().unwrap();
        // The signed request shows the target as it was before any encoding.
        let signed = text("header-signed-request.txt");
        let target = signed.lines().next().unwrap();
        let (method, target) = target.split_once(' ').unwrap();
        let target = target.strip_suffix(" HTTP/1.1").unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = text("request.txt");
        let (head, body) = request.split_once("\n\n").unwrap_or((request.trim_end_matches('\n'), ""));
        let mut headers = HeaderMap::new();
        let mut host = String::new();
        // A line that begins with a space goes on with the value above it.
        for line in head.replace("\n ", " ").lines().skip(1) {
            let (name, value) = line.split_once(':').unwrap();
            if name.eq_ignore_ascii_case("host") {
                host = value.to_owned();
            } else {
                headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
            }
        }
        Self {
            signer: Signer::new(credentials, of("region"), of("service"), Rules::General { normalise }),
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query: query.to_owned(),
            host,
            headers,
            payload: hex_sha256(body.as_bytes(), &mut [0; 64]).to_owned(),
            omit_token: context["omit_session_token"].as_bool().unwrap_or(false),
            sign_body: context["sign_body"].as_bool().unwrap(),
            expires: context["expiration_in_seconds"].as_u64().unwrap(),
        }
    }

    /// The token, when it is to be signed.
    fn token(&self) -> Option<&str> {
        self.signer.credentials().session_token().filter(|_| !self.omit_token)
    }

    /// The canonical request and its signature.
    fn sign(&self, headers: &HeaderMap, query: &str) -> (String, String) {
        let stamp = Stamp::new(TIME);
        let signed = SignedHeaders::new(headers, &self.host);
        let names = signed.names();
        let rules = self.signer.rules();
        let request =
            canonical::request(rules, &self.method, &self.path, query, &signed, &names, &self.payload);
        let signature = self.signer.signature(&self.signer.key(&stamp), &stamp, &request);
        (String::from_utf8(request).unwrap(), signature.as_str().to_owned())
    }

    fn in_headers(&self) -> (String, String) {
        let mut headers = self.headers.clone();
        headers.insert("x-amz-date", HeaderValue::from_static("20150830T123600Z"));
        if self.sign_body {
            headers.insert("x-amz-content-sha256", self.payload.parse().unwrap());
        }
        if let Some(token) = self.token() {
            headers.insert("x-amz-security-token", token.parse().unwrap());
        }
        self.sign(&headers, &self.query)
    }

    fn in_query(&self) -> (String, String) {
        let stamp = Stamp::new(TIME);
        let credentials = self.signer.credentials();
        let names = SignedHeaders::new(&self.headers, &self.host).names();
        let mut added = vec![
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("X-Amz-Credential", format!("{}/{}", credentials.access_key_id(), self.signer.scope(&stamp))),
            ("X-Amz-Date", stamp.as_str().to_owned()),
            ("X-Amz-Expires", self.expires.to_string()),
            ("X-Amz-SignedHeaders", names),
        ];
        added.extend(self.token().map(|token| ("X-Amz-Security-Token", token.to_owned())));
        self.sign(&self.headers, &format!("{}&{}", self.query, encode_query(added)))
    }
}

#[test]
fn every_case_of_the_suite_has_its_canonical_request_and_signature() {
    let mut cases = 0;
    for folder in std::fs::read_dir(suite()).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.join("context.json").is_file() {
            continue;
        }
        cases += 1;
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let expected = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap().trim_end().to_owned();
        let case = Case::read(&folder);
        let (request, signature) = case.in_headers();
        assert_eq!(request, expected("header-canonical-request.txt"), "{name}");
        assert_eq!(signature, expected("header-signature.txt"), "{name}");
        let (request, signature) = case.in_query();
        assert_eq!(request, expected("query-canonical-request.txt"), "{name}");
        assert_eq!(signature, expected("query-signature.txt"), "{name}");
    }
    assert_eq!(cases, 38, "the suite is not the one this was written for");
}

/// Two cases come without a context: key, region, service and time are read off their signed requests, the secrets are `aws-sigv4`'s for tests.
#[test]
fn the_cases_without_a_context_have_theirs_too() {
    for (name, key, secret, region, service, time) in [
        ("double-encode-path", "ANOTREAL", "notrealrnrELgWzOk3IfjzDKtFBhDby", "us-east-1", "service", TIME),
        (
            "double-url-encode",
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "us-east-2",
            "lambda",
            1_620_747_645,
        ),
    ] {
        let folder = suite().join(name);
        let text = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap().trim_end().to_owned();
        let request = text("request.txt");
        let target = request.split(' ').nth(1).unwrap();
        let host = request.lines().find_map(|line| line.strip_prefix("Host:")).unwrap();
        let uri: Uri = format!("https://{host}{target}").parse().unwrap();
        let rules = Rules::General { normalise: true };

        // The canonical requests of both are of one time, whatever that of the signature.
        let dated = HeaderMap::from_iter([(
            HeaderName::from_static("x-amz-date"),
            HeaderValue::from_static("20210511T154045Z"),
        )]);
        let signed = SignedHeaders::new(&dated, host);
        let names = signed.names();
        let canonical =
            canonical::request(rules, &Method::POST, uri.path(), "", &signed, &names, EMPTY_SHA256);
        assert_eq!(String::from_utf8(canonical).unwrap(), text("header-canonical-request.txt"), "{name}");

        let mut headers = HeaderMap::new();
        Signer::new(Credentials::new(key, secret, None), region, service, rules)
            .sign(&Method::POST, &uri, &mut headers, Payload::Empty, time)
            .unwrap();
        let expected = text("header-signed-request.txt");
        let (_, expected) = expected.rsplit_once("Signature=").unwrap();
        assert!(headers["authorization"].to_str().unwrap().ends_with(&expected[..64]), "{name}");
    }
}
