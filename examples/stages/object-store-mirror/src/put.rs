//! A write to both stores.
//!
//! Both read the bytes at once, and neither keeps them before it is told to. The replica is told first, and the primary when the replica has
//! them: the primary's write is the one that counts. Until it is done a reader finds what was there before, as the contract wants it
//! after an error, and the same put may be made again under the same condition.

use std::time::Instant;

use futures_util::future::join;

use crate::bindings::serene::types::files::Body;
use crate::bindings::serene::types::types::{Context, Error};
use crate::copies::{Stopped, copy, send, stopped};
use crate::read::later;
use crate::store::{GetOptions, ObjectInfo, PutOptions, Store, WriteCondition, fault};

pub(crate) async fn put(
    ctx: Context,
    key: String,
    body: Body,
    options: PutOptions,
) -> Result<ObjectInfo, Error> {
    let began = Instant::now();
    look(&ctx, &key, &options.condition).await?;
    let (to_primary, primary_body) = copy();
    let (to_replica, replica_body) = copy();
    // Validators are each store's own: the primary alone can compare them.
    let unconditional = PutOptions { condition: WriteCondition::Always, ..options.clone() };
    let in_replica = Store::Replica.put(later(&ctx, began), key.clone(), replica_body, unconditional);
    let in_primary = Store::Primary.put(later(&ctx, began), key.clone(), primary_body, options);

    let sending = async {
        let sent = send(body, to_primary.bytes, to_replica.bytes).await;
        // A store that has left hears nothing.
        let _ = to_replica.verdict.write(verdict(&sent)).await;
        sent
    };
    let committing = async {
        let (sent, in_replica) = join(sending, in_replica).await;
        let verdict = match &in_replica {
            Ok(_) => verdict(&sent),
            Err(_) => Err(stopped()),
        };
        let _ = to_primary.verdict.write(verdict).await;
        (sent, in_replica)
    };
    let ((sent, in_replica), in_primary) = join(committing, in_primary).await;

    // Of several errors, the one that the others come from.
    match (sent, in_replica, in_primary) {
        (Err(Stopped::BySender(error)), _, _) => Err(error),
        (Err(Stopped::By(Store::Primary)), _, Err(error)) => Err(Store::Primary.names(error)),
        (_, Err(error), _) => Err(Store::Replica.names(error)),
        (_, Ok(_), Err(error)) => {
            restore(later(&ctx, began), key).await;
            Err(Store::Primary.names(error))
        }
        (Ok(()), Ok(_), Ok(info)) => Ok(info),
        (Err(Stopped::By(store)), Ok(_), Ok(_)) => {
            Err(store.names(Error::Failed(fault("It did not read the file to its end.", &[]))))
        }
    }
}

fn verdict(sent: &Result<(), Stopped>) -> Result<(), Error> {
    match sent {
        Ok(()) => Ok(()),
        Err(Stopped::BySender(error)) => Err(error.clone()),
        Err(Stopped::By(_)) => Err(stopped()),
    }
}

/// Refuses a write whose condition does not hold now, before anything moves. Whether it still holds in the end, the primary says.
async fn look(ctx: &Context, key: &str, condition: &WriteCondition) -> Result<(), Error> {
    if matches!(condition, WriteCondition::Always) {
        return Ok(());
    }
    let found = match Store::Primary.head(ctx.clone(), key.to_owned()).await {
        Ok(info) => Some(info.etag),
        Err(Error::NotFound(_)) => None,
        Err(error) => return Err(Store::Primary.names(error)),
    };
    match (condition, found) {
        (WriteCondition::Absent, Some(_)) => {
            Err(Error::Conflict(fault("There is an object under this key already.", &[])))
        }
        (WriteCondition::Matches(etag), found) if found.as_ref() != Some(etag) => Err(Error::Conflict(
            fault("The key does not hold the object that this write replaces. Read it again.", &[]),
        )),
        _ => Ok(()),
    }
}

/// Gives the replica what the primary holds, after the primary refused what the replica has taken. Where that fails, too, the next put or
/// delete of the key brings them together.
async fn restore(ctx: Context, key: String) {
    let whole = GetOptions { range: None, if_match: None };
    let _ = match Store::Primary.get(ctx.clone(), key.clone(), whole).await {
        Ok(object) => {
            let options = PutOptions {
                content_type: object.info.content_type,
                size: Some(object.info.size),
                condition: WriteCondition::Always,
                metadata: object.info.metadata,
            };
            Store::Replica.put(ctx, key, object.body, options).await.map(drop)
        }
        Err(Error::NotFound(_)) => Store::Replica.delete(ctx, key).await,
        Err(error) => Err(error),
    };
}
