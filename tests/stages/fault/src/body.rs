//! Bodies held whole, as no stage should.

use wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamResult, StreamWriter};

use crate::files::Body;
use crate::types::Error;

/// Bytes asked for at once.
const READ_BYTES: usize = 64 * 1024;

/// How a body says that it ended.
type Outcome = Result<(), Error>;

/// All bytes of a body, and how it says that it ended.
pub async fn held(body: Body) -> (Vec<u8>, Outcome) {
    let Body { mut bytes, outcome } = body;
    let mut all = Vec::new();
    loop {
        let (result, read) = bytes.read(Vec::with_capacity(READ_BYTES)).await;
        let is_over = read.is_empty() && !matches!(result, StreamResult::Complete(_));
        all.extend(read);
        if is_over {
            return (all, outcome.await);
        }
    }
}

/// A body of these bytes that ends well, over a stream and a future of the stage's own bindings.
pub fn sent(
    all: Vec<u8>,
    (mut sender, bytes): (StreamWriter<u8>, StreamReader<u8>),
    (verdict, outcome): (FutureWriter<Outcome>, FutureReader<Outcome>),
) -> Body {
    wit_bindgen::spawn(async move {
        let unread = sender.write_all(all).await;
        drop(sender);
        if unread.is_empty() {
            // A receiver that has left needs no outcome.
            let _ = verdict.write(Ok(())).await;
        }
    });
    Body { bytes, outcome }
}
