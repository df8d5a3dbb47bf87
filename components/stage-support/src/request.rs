use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::LocalBoxStream;
use http::header::CONTENT_LENGTH;
use http::uri::Scheme as UriScheme;
use http::{HeaderValue, Method, Request};
use spin_sdk::wasip3::http::types::{self, ErrorCode, Fields, Scheme, Trailers};
use spin_sdk::wasip3::{wit_future, wit_stream};
use upstream::{Error, RequestBody, TransportFault};
use wit_bindgen::{FutureWriter, StreamWriter};

/// Bytes handed to the host at once.
const WRITE_BYTES: usize = 64 * 1024;

/// Where a request's body leaves the error that ended it.
#[derive(Clone, Default)]
pub(crate) struct Failure(Rc<RefCell<Option<Error>>>);

impl Failure {
    pub(crate) fn take(&self) -> Option<Error> {
        self.0.borrow_mut().take()
    }
}

/// A request that is ready to go.
pub(crate) struct Outgoing {
    request: types::Request,
    sender: Option<Sender>,
}

impl Outgoing {
    pub(crate) fn new(request: Request<RequestBody>) -> Result<Self, TransportFault> {
        let (mut head, body) = request.into_parts();
        // Without a length the host would send chunks, which S3 and others refuse.
        if body.length() > 0 || !matches!(head.method, Method::GET | Method::HEAD) {
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.length()));
        }
        let headers =
            head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
        let headers =
            Fields::from_list(&headers.collect::<Vec<_>>()).map_err(|_| TransportFault::BadRequest)?;
        let (bytes, contents) = wit_stream::new::<u8>();
        let (verdict, trailers) = wit_future::new::<Result<Option<Trailers>, ErrorCode>>(|| {
            Err(ErrorCode::InternalError(Some("the body was given up".to_owned())))
        });
        let has_body = body.length() > 0;
        let (request, _) = types::Request::new(headers, has_body.then_some(contents), trailers, None);
        let refused = |()| TransportFault::BadRequest;
        request.set_method(&method(&head.method)).map_err(refused)?;
        request.set_scheme(head.uri.scheme().map(scheme).as_ref()).map_err(refused)?;
        request.set_authority(head.uri.authority().map(http::uri::Authority::as_str)).map_err(refused)?;
        let path = head.uri.path_and_query().map(http::uri::PathAndQuery::as_str);
        request.set_path_with_query(path).map_err(refused)?;
        Ok(Self { request, sender: Some(Sender { bytes, verdict, body }) })
    }

    /// Starts sending the body; it goes on while the request is under way.
    pub(crate) fn start(mut self) -> (types::Request, Failure) {
        let failure = Failure::default();
        if let Some(sender) = self.sender.take() {
            wit_bindgen::spawn(sender.run(failure.clone()));
        }
        (self.request, failure)
    }
}

struct Sender {
    bytes: StreamWriter<u8>,
    verdict: FutureWriter<Result<Option<Trailers>, ErrorCode>>,
    body: RequestBody,
}

impl Sender {
    async fn run(self, failure: Failure) {
        let Self { mut bytes, verdict, body } = self;
        let sent = match body {
            RequestBody::Bytes(body) => write(&mut bytes, &body).await.then_some(()).ok_or(None),
            RequestBody::Stream { bytes: body, .. } => write_stream(&mut bytes, body).await,
        };
        drop(bytes);
        let outcome = match sent {
            Ok(()) => Ok(None),
            // The host has left: nobody asks for the outcome.
            Err(None) => return,
            Err(Some(error)) => {
                *failure.0.borrow_mut() = Some(error);
                Err(ErrorCode::InternalError(Some("the body ended in an error".to_owned())))
            }
        };
        // A host that has left needs no outcome.
        let _ = verdict.write(outcome).await;
    }
}

/// Hands bytes to the host; `false` when it takes no more.
async fn write(sink: &mut StreamWriter<u8>, bytes: &Bytes) -> bool {
    for piece in bytes.chunks(WRITE_BYTES) {
        if !sink.write_all(piece.to_vec()).await.is_empty() {
            return false;
        }
    }
    true
}

async fn write_stream(
    sink: &mut StreamWriter<u8>,
    mut body: LocalBoxStream<'static, Result<Bytes, Error>>,
) -> Result<(), Option<Error>> {
    while let Some(bytes) = body.next().await {
        if !write(sink, &bytes.map_err(Some)?).await {
            return Err(None);
        }
    }
    Ok(())
}

fn method(method: &Method) -> types::Method {
    match *method {
        Method::GET => types::Method::Get,
        Method::HEAD => types::Method::Head,
        Method::POST => types::Method::Post,
        Method::PUT => types::Method::Put,
        Method::DELETE => types::Method::Delete,
        Method::PATCH => types::Method::Patch,
        _ => types::Method::Other(method.as_str().to_owned()),
    }
}

fn scheme(scheme: &UriScheme) -> Scheme {
    if *scheme == UriScheme::HTTPS {
        Scheme::Https
    } else if *scheme == UriScheme::HTTP {
        Scheme::Http
    } else {
        Scheme::Other(scheme.as_str().to_owned())
    }
}
