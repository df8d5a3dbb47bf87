//! Signing one request: this crate beside `aws-sigv4` and `rusty-s3`, in turns in one run, so that the ratio holds on a noisy machine.
//! Each has its credentials and settings ready, takes the address as text and the hash of the body as known. Only this crate keeps the day's key, so
//! it is shown with and without; `aws-sigv4` returns what to add to a request, the others add it. `rusty-s3` only presigns, and
//! reads the clock.
//!
//! `cargo bench -p sigv4`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program that prints a table")]

use std::hint::black_box;
use std::time::{Duration, Instant, UNIX_EPOCH};

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningParams, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http::{HeaderMap, HeaderValue, Method, Uri};
use rusty_s3::actions::{GetObject, S3Action as _};
use sigv4::{Credentials, EMPTY_SHA256, Payload, Signer};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const URI: &str = "https://examplebucket.s3.us-east-1.amazonaws.com/profiles/r-1842/handbook-2026.pdf";
const TIME: u64 = 1_369_353_600;
const ROUNDS: usize = 200;
const CALLS: u32 = 500;

type Contender<'a> = (&'static str, Box<dyn FnMut() + 'a>);

fn ours() -> Signer {
    Signer::s3(Credentials::new(KEY, SECRET, None), "us-east-1")
}

fn sign_by(signer: &Signer) {
    let uri: Uri = URI.parse().unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("range", HeaderValue::from_static("bytes=0-65535"));
    signer.sign(&Method::GET, &uri, &mut headers, Payload::Empty, TIME).unwrap();
    black_box(headers);
}

fn presign_by(signer: &Signer) {
    let uri: Uri = URI.parse().unwrap();
    black_box(signer.presign(&Method::GET, &uri, &HeaderMap::new(), 900, TIME).unwrap());
}

fn aws_settings(location: SignatureLocation) -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.signature_location = location;
    settings.expires_in = Some(Duration::from_secs(900));
    settings
}

fn aws_sign(parameters: &SigningParams<'_>, headers: &[(&str, &str)], body: SignableBody<'_>) {
    let request = SignableRequest::new("GET", URI, headers.iter().copied(), body).unwrap();
    black_box(sign(request, parameters).unwrap());
}

/// Medians of rounds taken in turns, and their ratio to the first.
fn compare(title: &str, mut contenders: Vec<Contender<'_>>) {
    let mut times = vec![Vec::with_capacity(ROUNDS); contenders.len()];
    for _ in 0..ROUNDS {
        for ((_, work), times) in contenders.iter_mut().zip(&mut times) {
            let start = Instant::now();
            (0..CALLS).for_each(|_| work());
            times.push(start.elapsed() / CALLS);
        }
    }
    println!("{title}");
    let mut first = None;
    for ((name, _), mut times) in contenders.iter().zip(times) {
        times.sort_unstable();
        let median = times[ROUNDS / 2].as_secs_f64() * 1e6;
        let base = *first.get_or_insert(median);
        println!("  {name:<40} {median:>6.2} µs  {:>5.2} x", median / base);
    }
}

fn main() {
    let signer = ours();
    let identity = AwsCredentials::new(KEY, SECRET, None, None, "bench").into();
    let [in_headers, in_query] =
        [SignatureLocation::Headers, SignatureLocation::QueryParams].map(|location| -> SigningParams<'_> {
            v4::SigningParams::builder()
                .identity(&identity)
                .region("us-east-1")
                .name("s3")
                .time(UNIX_EPOCH + Duration::from_secs(TIME))
                .settings(aws_settings(location))
                .build()
                .unwrap()
                .into()
        });
    compare(
        "a GET with its signature in the headers",
        vec![
            ("sigv4", Box::new(|| sign_by(&signer))),
            ("sigv4, first of the day (key derived)", Box::new(|| sign_by(&ours()))),
            (
                "aws-sigv4",
                Box::new(|| {
                    let body = SignableBody::Precomputed(EMPTY_SHA256.to_owned());
                    aws_sign(&in_headers, &[("range", "bytes=0-65535")], body);
                }),
            ),
        ],
    );
    let bucket = rusty_s3::Bucket::new(
        "https://s3.us-east-1.amazonaws.com".parse().unwrap(),
        rusty_s3::UrlStyle::VirtualHost,
        "examplebucket",
        "us-east-1",
    )
    .unwrap();
    let credentials = rusty_s3::Credentials::new(KEY, SECRET);
    compare(
        "a presigned GET",
        vec![
            ("sigv4", Box::new(|| presign_by(&signer))),
            ("sigv4, first of the day (key derived)", Box::new(|| presign_by(&ours()))),
            ("aws-sigv4", Box::new(|| aws_sign(&in_query, &[], SignableBody::UnsignedPayload))),
            (
                "rusty-s3",
                Box::new(|| {
                    let action =
                        GetObject::new(&bucket, Some(&credentials), "profiles/r-1842/handbook-2026.pdf");
                    black_box(action.sign(Duration::from_secs(900)));
                }),
            ),
        ],
    );
}
