use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response};
use spin_sdk::wasip3::http::types::{self, ErrorCode, Trailers};
use spin_sdk::wasip3::wit_future;
use upstream::{ResponseBody, TransportError, TransportFault};
use wit_bindgen::{FutureReader, StreamReader, StreamResult};

use crate::wasi::fault;

/// Bytes asked for at once.
const READ_BYTES: usize = 64 * 1024;

/// A provider's answer on its way in.
pub struct Answer {
    bytes: StreamReader<u8>,
    end: Option<FutureReader<Result<Option<Trailers>, ErrorCode>>>,
}

impl Answer {
    pub(crate) fn open(response: types::Response) -> Result<Response<Self>, TransportError> {
        let mut head = Response::new(());
        *head.status_mut() =
            http::StatusCode::from_u16(response.get_status_code()).map_err(|_| TransportFault::NotHttp)?;
        for (name, value) in response.get_headers().copy_all() {
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(&value))
            {
                head.headers_mut().append(name, value);
            }
        }
        let (_, received) = wit_future::new(|| Ok(()));
        let (bytes, end) = types::Response::consume_body(response, received);
        Ok(head.map(|()| Self { bytes, end: Some(end) }))
    }
}

impl ResponseBody for Answer {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        loop {
            let (result, bytes) = self.bytes.read(Vec::with_capacity(READ_BYTES)).await;
            if !bytes.is_empty() {
                return Ok(Some(bytes.into()));
            }
            if !matches!(result, StreamResult::Complete(_)) {
                break;
            }
        }
        match self.end.take() {
            Some(end) => end.await.map(|_| None).map_err(|code| fault(&code).into()),
            None => Ok(None),
        }
    }
}
