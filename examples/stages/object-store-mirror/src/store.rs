//! The two stores, called alike.

use crate::bindings::serene::object_store::object_store as primary;
use crate::bindings::serene::types::files::Body;
use crate::bindings::serene::types::types::{Context, Error, Fault};
use crate::bindings::serene_examples::object_store_mirror::replica;

pub(crate) use primary::{
    ByteRange, GetOptions, Object, ObjectInfo, ObjectPage, ObjectStoreInfo, PutOptions, SignedMethod,
    SignedUrl, WriteCondition,
};

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// The one that is read, and whose word is the mirror's.
    Primary,
    /// The one that is read where the primary is not there.
    Replica,
}

macro_rules! calls {
    ($($function:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {
        impl Store {
            $(pub(crate) async fn $function(self, ctx: Context, $($argument: $type),*) -> Result<$answer, Error> {
                match self {
                    Self::Primary => primary::$function(ctx, $($argument),*).await,
                    Self::Replica => replica::$function(ctx, $($argument),*).await,
                }
            })+
        }
    };
}

calls! {
    describe() -> ObjectStoreInfo;
    put(key: String, body: Body, options: PutOptions) -> ObjectInfo;
    get(key: String, options: GetOptions) -> Object;
    head(key: String) -> ObjectInfo;
    delete(key: String) -> ();
    list(prefix: String, cursor: Option<String>, limit: u32) -> ObjectPage;
    presign(method: SignedMethod, key: String, seconds: u32) -> SignedUrl;
    redeem(method: SignedMethod, url: String) -> String;
}

impl Store {
    /// The error with the store in it that raised it.
    pub(crate) fn names(self, mut error: Error) -> Error {
        let (name, spoken) = match self {
            Self::Primary => ("primary", "The primary store"),
            Self::Replica => ("replica", "The replica"),
        };
        let fault = fault_of(&mut error);
        fault.message = format!("{spoken}: {}", fault.message);
        fault.extras.push(("store".to_owned(), name.to_owned()));
        error
    }
}

fn fault_of(error: &mut Error) -> &mut Fault {
    match error {
        Error::Invalid(fault)
        | Error::NotFound(fault)
        | Error::Conflict(fault)
        | Error::Denied(fault)
        | Error::TooLarge(fault)
        | Error::TimedOut(fault)
        | Error::Misconfigured(fault)
        | Error::Failed(fault) => fault,
        Error::RateLimited(passing) | Error::Unavailable(passing) => &mut passing.fault,
        Error::Other(open) => &mut open.fault,
    }
}

/// Whether the same call may succeed at another time or in another place.
pub(crate) fn is_passing(error: &Error) -> bool {
    match error {
        Error::RateLimited(_) | Error::Unavailable(_) | Error::TimedOut(_) | Error::Failed(_) => true,
        Error::Other(open) => open.retryable,
        _ => false,
    }
}

/// A fault of the mirror's own.
pub(crate) fn fault(message: &str, extras: &[(&str, &str)]) -> Fault {
    let extras = extras.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Fault { message: message.to_owned(), provider_status: None, extras }
}
