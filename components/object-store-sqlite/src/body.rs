//! Bodies on their way in and out.

use std::rc::Rc;

use local_store::objects::{Reader, Source};
use wit_bindgen::{FutureReader, StreamReader, StreamResult};

use crate::Store;
use crate::bindings::exports::serene::object_store::object_store::{Body, Error};
use crate::bindings::{wit_future, wit_stream};

/// Bytes asked for at once.
const READ_BYTES: usize = 64 * 1024;

/// A body being received.
pub(crate) struct Incoming {
    bytes: StreamReader<u8>,
    outcome: Option<FutureReader<Result<(), Error>>>,
}

impl Incoming {
    pub(crate) fn new(body: Body) -> Self {
        Self { bytes: body.bytes, outcome: Some(body.outcome) }
    }
}

impl Source for Incoming {
    type Error = Error;

    async fn read(&mut self) -> Result<Option<Vec<u8>>, Error> {
        loop {
            let (result, bytes) = self.bytes.read(Vec::with_capacity(READ_BYTES)).await;
            if !bytes.is_empty() {
                return Ok(Some(bytes));
            }
            if !matches!(result, StreamResult::Complete(_)) {
                break;
            }
        }
        // The end of the bytes alone says nothing: a sender that gave up ends them, too.
        match self.outcome.take() {
            Some(outcome) => outcome.await.map(|()| None),
            None => Ok(None),
        }
    }
}

/// Sends an object's bytes while its receiver reads them.
pub(crate) fn outgoing(store: Rc<Store>, mut reader: Reader) -> Body {
    let (mut sender, bytes) = wit_stream::new::<u8>();
    let (verdict, outcome) = wit_future::new::<Result<(), Error>>(|| {
        Err(Error::Failed(spin_database::types::Fault {
            message: "The store ended before the object's last byte. Read it again.".to_owned(),
            provider_status: None,
            extras: Vec::new(),
        }))
    });
    wit_bindgen::spawn(async move {
        let result = loop {
            match store.read(&mut reader).await {
                Ok(Some(bytes)) => {
                    let unread = sender.write_all(bytes).await;
                    if !unread.is_empty() {
                        // The receiver has left; nobody asks for the outcome.
                        return;
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(Error::from(error)),
            }
        };
        drop(sender);
        // A receiver that has left needs no outcome.
        let _ = verdict.write(result).await;
    });
    Body { bytes, outcome }
}
