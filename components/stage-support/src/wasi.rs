use std::time::Duration;

use http::{Request, Response};
use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};
use spin_sdk::wasip3::http::client;
use spin_sdk::wasip3::http::types::ErrorCode;
use spin_sdk::wasip3::random::random;
use upstream::{Platform, RequestBody, TransportError, TransportFault};

use crate::Answer;
use crate::request::Outgoing;

/// The host: `wasi:http`, its clocks, its random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wasi;

impl Platform for Wasi {
    type Body = Answer;

    async fn send(&self, request: Request<RequestBody>) -> Result<Response<Answer>, TransportError> {
        let outgoing = Outgoing::new(request)?;
        let (request, failure) = outgoing.start();
        match client::send(request).await {
            Ok(response) => Answer::open(response),
            Err(code) => Err(TransportError { fault: fault(&code), body: failure.take() }),
        }
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    fn unix_time(&self) -> Duration {
        let now = system_clock::now();
        Duration::new(u64::try_from(now.seconds).unwrap_or(0), now.nanoseconds)
    }

    async fn sleep(&self, duration: Duration) {
        monotonic_clock::wait_for(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)).await;
    }

    fn random(&self) -> u64 {
        random::get_random_u64()
    }
}

/// What an error code of `wasi:http` means for the call.
pub(crate) fn fault(code: &ErrorCode) -> TransportFault {
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => TransportFault::NotPermitted,
        // Where a component may make no calls at all, Spin and our host say so in words.
        ErrorCode::InternalError(Some(text)) if text.contains("not permitted") => {
            TransportFault::NotPermitted
        }
        ErrorCode::DnsTimeout | ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => {
            TransportFault::NoSuchHost
        }
        ErrorCode::ConnectionRefused
        | ErrorCode::DestinationUnavailable
        | ErrorCode::DestinationIpUnroutable => TransportFault::Refused,
        ErrorCode::TlsProtocolError | ErrorCode::TlsCertificateError | ErrorCode::TlsAlertReceived(_) => {
            TransportFault::Tls
        }
        ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => TransportFault::TimedOut,
        ErrorCode::HttpResponseHeaderSectionSize(_)
        | ErrorCode::HttpResponseHeaderSize(_)
        | ErrorCode::HttpResponseTransferCoding(_)
        | ErrorCode::HttpResponseContentCoding(_) => TransportFault::NotHttp,
        ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestUriTooLong
        | ErrorCode::HttpRequestLengthRequired
        | ErrorCode::HttpRequestHeaderSectionSize(_)
        | ErrorCode::HttpRequestHeaderSize(_) => TransportFault::BadRequest,
        // Also `HttpProtocolError`: what hosts on hyper say of a connection that was reset.
        _ => TransportFault::Broken,
    }
}
