use s3::ObjectBody;
use stage_support::Wasi;
use stage_support::files::Body;
use stage_support::types::{Error, Fault};

use crate::bindings::{wit_future, wit_stream};

/// Sends an object's bytes while its receiver reads them.
pub(crate) fn outgoing(mut object: ObjectBody<Wasi>) -> Body {
    let (mut sender, bytes) = wit_stream::new::<u8>();
    let (verdict, outcome) = wit_future::new::<Result<(), Error>>(|| {
        Err(Error::Failed(Fault {
            message: "The store ended before the object's last byte. Read it again.".to_owned(),
            provider_status: None,
            extras: Vec::new(),
        }))
    });
    wit_bindgen::spawn(async move {
        let result = loop {
            match object.chunk().await {
                Ok(Some(bytes)) => {
                    if !sender.write_all(bytes.into()).await.is_empty() {
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
