//! Against an independent signer, over random requests: methods, paths, queries, headers, regions and times.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use proptest::collection::vec;
use proptest::prelude::*;
use sigv4::{Credentials, Payload, Rules, Signer, encode_path, encode_query};

const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

#[derive(Clone, Debug)]
struct Sample {
    method: Method,
    uri: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    region: String,
    token: Option<String>,
    time: u64,
}

fn samples() -> impl Strategy<Value = Sample> {
    let method = prop_oneof![
        Just(Method::GET),
        Just(Method::PUT),
        Just(Method::HEAD),
        Just(Method::DELETE),
        Just(Method::POST)
    ];
    // Keys of any characters, dot segments and double slashes among them.
    let key = prop_oneof![any::<String>(), "[a-z/.]{0,20}", "([a-z]/|/|\\.\\./|\\./| |%|\\+|é){0,12}"];
    let query = vec(("[a-zA-Z0-9 é=&+%/-]{1,8}", "[a-zA-Z0-9 é=&+%/~-]{0,8}"), 0..5);
    let header = ("x-amz-meta-[a-z0-9-]{1,10}", "[!-~]{1,8}( {1,3}[!-~]{1,8}){0,3}");
    (
        method,
        key,
        query,
        vec(header, 0..6),
        vec(any::<u8>(), 0..64),
        "[a-z]{2}-[a-z]{4,9}-[1-9]",
        proptest::option::of("[A-Za-z0-9/+=]{16,64}"),
        0_u64..4_102_444_800,
    )
        .prop_map(|(method, key, query, headers, body, region, token, time)| {
            let query = encode_query(query);
            let mark = if query.is_empty() { "" } else { "?" };
            let uri = format!("https://bucket.s3.amazonaws.com/{}{mark}{query}", encode_path(&key));
            Sample { method, uri, headers, body, region, token, time }
        })
}

const fn service(rules: Rules) -> &'static str {
    match rules {
        Rules::S3 => "s3",
        Rules::General { .. } => "execute-api",
    }
}

impl Sample {
    fn signer(&self, rules: Rules) -> Signer {
        Signer::new(Credentials::new(KEY, SECRET, self.token.clone()), &self.region, service(rules), rules)
    }

    fn header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            map.append(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        map
    }

    /// The other signer's headers or query parameters.
    fn theirs(&self, rules: Rules, location: SignatureLocation) -> (Vec<(String, String)>, String) {
        let mut settings = SigningSettings::default();
        (settings.percent_encoding_mode, settings.payload_checksum_kind) = match rules {
            Rules::S3 => (PercentEncodingMode::Single, PayloadChecksumKind::XAmzSha256),
            Rules::General { .. } => (PercentEncodingMode::Double, PayloadChecksumKind::NoHeader),
        };
        settings.uri_path_normalization_mode = match rules {
            Rules::General { normalise: true } => UriPathNormalizationMode::Enabled,
            _ => UriPathNormalizationMode::Disabled,
        };
        settings.signature_location = location;
        settings.expires_in = Some(Duration::from_secs(900));
        let identity = AwsCredentials::new(KEY, SECRET, self.token.clone(), None, "test").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service(rules))
            .time(UNIX_EPOCH + Duration::from_secs(self.time))
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let body = match location {
            SignatureLocation::Headers => SignableBody::Bytes(&self.body),
            SignatureLocation::QueryParams => SignableBody::UnsignedPayload,
            _ => unreachable!("the two above are all that is asked for"),
        };
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let request = SignableRequest::new(self.method.as_str(), &self.uri, headers, body).unwrap();
        let (instructions, signature) = sign(request, &parameters).unwrap().into_parts();
        let (headers, query) = instructions.into_parts();
        let mut pairs: Vec<_> =
            headers.iter().map(|header| (header.name().to_owned(), header.value().to_owned())).collect();
        pairs.extend(query.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned())));
        (pairs, signature)
    }
}

fn rules() -> impl Strategy<Value = Rules> {
    prop_oneof![2 => Just(Rules::S3), 1 => any::<bool>().prop_map(|normalise| Rules::General { normalise })]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn header_signatures_are_those_of_another_signer(sample in samples(), rules in rules()) {
        let uri: Uri = sample.uri.parse().unwrap();
        let mut headers = sample.header_map();
        let signer = sample.signer(rules);
        signer.sign(&sample.method, &uri, &mut headers, Payload::Bytes(&sample.body), sample.time).unwrap();
        let (theirs, _) = sample.theirs(rules, SignatureLocation::Headers);
        prop_assert!(theirs.iter().any(|(name, _)| name == "authorization"));
        for (name, value) in theirs {
            prop_assert_eq!(headers[name.as_str()].to_str().unwrap(), value);
        }
    }

    #[test]
    fn presigned_urls_are_those_of_another_signer(sample in samples()) {
        let uri: Uri = sample.uri.parse().unwrap();
        let url = sample.signer(Rules::S3).presign(&sample.method, &uri, &sample.header_map(), 900, sample.time).unwrap();
        let (theirs, signature) = sample.theirs(Rules::S3, SignatureLocation::QueryParams);
        let (_, ours) = url.rsplit_once("X-Amz-Signature=").unwrap();
        prop_assert_eq!(ours, signature);
        let parsed = url::Url::parse(&url).unwrap();
        for (name, value) in theirs {
            let ours: Vec<_> = parsed.query_pairs().filter(|(n, _)| *n == name).map(|(_, v)| v.into_owned()).collect();
            prop_assert_eq!(ours, [value]);
        }
    }

    #[test]
    fn nothing_that_can_be_a_uri_makes_it_panic(text in "\\PC{0,60}", time in any::<u64>()) {
        let Ok(uri) = format!("http://h/{text}").parse::<Uri>() else { return Ok(()) };
        let signer = Signer::s3(Credentials::new(KEY, SECRET, None), "r");
        signer.sign(&Method::GET, &uri, &mut HeaderMap::new(), Payload::Unsigned, time).unwrap();
        signer.presign(&Method::GET, &uri, &HeaderMap::new(), 1, time).unwrap();
    }
}
