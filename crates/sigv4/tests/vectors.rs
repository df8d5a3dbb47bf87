//! The examples of the S3 API reference ("Signature calculations for the Authorization header", "… for streaming uploads", "… query parameters").
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use sigv4::{Credentials, Payload, SignError, Signer, finish_unsigned, unsigned_chunk};

/// 2013-05-24T00:00:00Z
const TIME: u64 = 1_369_353_600;

fn signer() -> Signer {
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    Signer::s3(Credentials::new("AKIAIOSFODNN7EXAMPLE", secret, None), "us-east-1")
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let pair = |(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
    pairs.iter().copied().map(pair).collect()
}

fn signature(method: &Method, uri: &'static str, mut headers: HeaderMap, payload: Payload<'_>) -> String {
    signer().sign(method, &Uri::from_static(uri), &mut headers, payload, TIME).unwrap();
    let authorization = headers["authorization"].to_str().unwrap();
    authorization.rsplit_once("Signature=").unwrap().1.to_owned()
}

#[test]
fn header_signatures_are_those_of_the_reference() {
    let get = |uri, pairs: &[_]| signature(&Method::GET, uri, headers(pairs), Payload::Empty);
    assert_eq!(
        get("https://examplebucket.s3.amazonaws.com/test.txt", &[("range", "bytes=0-9")]),
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );
    assert_eq!(
        get("https://examplebucket.s3.amazonaws.com/?lifecycle", &[]),
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    );
    assert_eq!(
        get("https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J", &[]),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    );
    let put =
        headers(&[("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")]);
    let uri = "https://examplebucket.s3.amazonaws.com/test%24file.text";
    assert_eq!(
        signature(&Method::PUT, uri, put, Payload::Bytes(b"Welcome to Amazon S3.")),
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    );
}

#[test]
fn what_proxies_and_transports_change_is_not_signed_and_all_else_is() {
    const URI: &str = "https://examplebucket.s3.amazonaws.com/test.txt";
    let of =
        |pairs: &[(&'static str, &'static str)]| signature(&Method::PUT, URI, headers(pairs), Payload::Empty);
    let presigned = |pairs: &[(&'static str, &'static str)]| {
        signer().presign(&Method::PUT, &Uri::from_static(URI), &headers(pairs), 60, TIME).unwrap()
    };
    for name in [
        "baggage",
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "traceparent",
        "tracestate",
        "upgrade",
        "user-agent",
        "x-amzn-trace-id",
        // Replaced by the signature itself, and by the address.
        "authorization",
        "host",
    ] {
        assert_eq!(of(&[(name, "a value")]), of(&[]), "{name}");
        assert_eq!(presigned(&[(name, "a value")]), presigned(&[]), "{name}");
    }
    for name in
        ["content-type", "content-md5", "range", "if-match", "x-amz-meta-a", "x-amz-acl", "x-anything"]
    {
        assert_ne!(of(&[(name, "a value")]), of(&[]), "{name}");
        let url = presigned(&[(name, "a value")]);
        assert!(url.split("X-Amz-SignedHeaders=").nth(1).unwrap().contains(name), "{name}");
    }
}

#[test]
fn a_presigned_url_is_that_of_the_reference() {
    let uri = Uri::from_static("https://examplebucket.s3.amazonaws.com/test.txt");
    let url = signer().presign(&Method::GET, &uri, &HeaderMap::new(), 86_400, TIME).unwrap();
    assert_eq!(
        url,
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
}

#[test]
fn a_presigned_url_lives_between_a_second_and_a_week() {
    let uri = Uri::from_static("https://examplebucket.s3.amazonaws.com/test.txt");
    let presign = |seconds| signer().presign(&Method::GET, &uri, &HeaderMap::new(), seconds, TIME);
    assert!(presign(1).is_ok() && presign(604_800).is_ok());
    assert_eq!(presign(0), Err(SignError::Expires(0)));
    assert_eq!(presign(604_801), Err(SignError::Expires(604_801)));
}

#[test]
fn signed_chunks_are_those_of_the_reference() {
    let mut put = headers(&[
        ("content-encoding", "aws-chunked"),
        ("content-length", "66824"),
        ("x-amz-decoded-content-length", "66560"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
    ]);
    let uri = Uri::from_static("https://s3.amazonaws.com/examplebucket/chunkObject.txt");
    let mut chunks =
        signer().sign_chunked(&Method::PUT, &uri, &mut put, Payload::SignedChunks, TIME).unwrap();
    let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    assert!(put["authorization"].to_str().unwrap().ends_with(seed));
    let first = chunks.chunk(&[b'a'; 65_536]);
    assert!(
        first.starts_with("10000;chunk-signature=ad80c730") && first.ends_with("5a288648\r\n"),
        "{first}"
    );
    let second = chunks.chunk(&[b'a'; 1024]);
    assert!(
        second.starts_with("400;chunk-signature=0055627c") && second.ends_with("503ef5497\r\n"),
        "{second}"
    );
    let last = chunks.finish();
    assert!(last.starts_with("0;chunk-signature=b6c6ea8a") && last.ends_with("279d449df9\r\n\r\n"), "{last}");
    assert_eq!(66_824, 66_560 + first.len() + second.len() + last.len() + 2 * "\r\n".len());
}

#[test]
fn a_signed_trailer_is_that_of_the_reference() {
    let mut put = headers(&[
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("x-amz-trailer", "x-amz-checksum-crc32c"),
    ]);
    let uri = Uri::from_static("https://s3.amazonaws.com/examplebucket/chunkObject.txt");
    let payload = Payload::SignedChunksWithTrailer;
    let mut chunks = signer().sign_chunked(&Method::PUT, &uri, &mut put, payload, TIME).unwrap();
    let seed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
    assert!(put["authorization"].to_str().unwrap().ends_with(seed));
    chunks.chunk(&[b'a'; 65_536]);
    chunks.chunk(&[b'a'; 1024]);
    assert_eq!(
        chunks.finish_with_trailer(&[("x-amz-checksum-crc32c", "sOO8/Q==")]),
        "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n\
         x-amz-checksum-crc32c:sOO8/Q==\r\n\
         x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
    );
}

#[test]
fn an_unsigned_trailer_follows_plain_chunks() {
    let mut put = headers(&[
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "26"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ]);
    let uri = Uri::from_static("https://examplebucket.s3.amazonaws.com/a");
    signer().sign(&Method::PUT, &uri, &mut put, Payload::UnsignedChunksWithTrailer, TIME).unwrap();
    assert_eq!(put["x-amz-content-sha256"], "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    let covered = "SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-trailer,";
    assert!(put["authorization"].to_str().unwrap().contains(covered));
    assert_eq!(unsigned_chunk(26), "1a\r\n");
    assert_eq!(
        finish_unsigned(&[("x-amz-checksum-crc32", "TL0nUA==")]),
        "0\r\nx-amz-checksum-crc32:TL0nUA==\r\n\r\n"
    );
}

#[test]
fn no_secret_is_shown() {
    let credentials = Credentials::new("AKID", "very-secret", Some("very-private".to_owned()));
    let text = format!("{:?}", Signer::s3(credentials, "us-east-1"));
    assert!(text.contains("AKID") && !text.contains("very-"), "{text}");
}
