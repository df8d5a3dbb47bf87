//! One body on its way to two stores, at the speed of the slower one: what is held in memory is one piece.

use futures_util::future::join;
use wit_bindgen::{FutureWriter, StreamReader, StreamResult, StreamWriter};

use crate::bindings::serene::types::files::Body;
use crate::bindings::serene::types::types::Error;
use crate::bindings::{wit_future, wit_stream};
use crate::store::{Store, fault};

/// Bytes asked for at once.
const PIECE: usize = 64 * 1024;

/// The near end of a store's copy. What the store has read it may keep only once the verdict is good.
pub(crate) struct Copy {
    pub(crate) bytes: StreamWriter<u8>,
    pub(crate) verdict: FutureWriter<Result<(), Error>>,
}

/// A copy's two ends.
pub(crate) fn copy() -> (Copy, Body) {
    let (sender, bytes) = wit_stream::new::<u8>();
    let (verdict, outcome) = wit_future::new(|| Err(stopped()));
    (Copy { bytes: sender, verdict }, Body { bytes, outcome })
}

/// Why a copy ends that no sender ended.
pub(crate) fn stopped() -> Error {
    Error::Failed(fault("The other store gave up, so nothing is stored in this one.", &[]))
}

/// Why not all of a body came to both stores.
#[derive(Clone)]
pub(crate) enum Stopped {
    /// Its sender says so.
    BySender(Error),
    /// A store read no further; its own answer says why.
    By(Store),
}

/// Hands on every byte, and then says how the sender ended.
pub(crate) async fn send(
    body: Body,
    mut primary: StreamWriter<u8>,
    mut replica: StreamWriter<u8>,
) -> Result<(), Stopped> {
    let Body { mut bytes, outcome } = body;
    while let Some(piece) = next(&mut bytes).await {
        let (unread_by_primary, unread_by_replica) =
            join(primary.write_all(piece.clone()), replica.write_all(piece)).await;
        if !unread_by_primary.is_empty() {
            return Err(Stopped::By(Store::Primary));
        }
        if !unread_by_replica.is_empty() {
            return Err(Stopped::By(Store::Replica));
        }
    }
    // The end of the bytes alone says nothing: a sender that gave up ends them, too.
    outcome.await.map_err(Stopped::BySender)
}

async fn next(bytes: &mut StreamReader<u8>) -> Option<Vec<u8>> {
    loop {
        let (result, piece) = bytes.read(Vec::with_capacity(PIECE)).await;
        if !piece.is_empty() {
            return Some(piece);
        }
        if !matches!(result, StreamResult::Complete(_)) {
            return None;
        }
    }
}
