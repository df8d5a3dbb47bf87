//! What hyper's errors mean.

use std::error::Error as StdError;
use std::io::{Error as IoError, ErrorKind};

use upstream::TransportFault;

/// Why an exchange failed before its answer's head.
pub(crate) fn client_fault(error: &hyper_util::client::legacy::Error) -> TransportFault {
    if !error.is_connect() {
        return chain(error).find_map(|cause| cause.downcast_ref()).map_or(TransportFault::Broken, fault);
    }
    for cause in chain(error) {
        if cause.to_string().contains("dns error") {
            return TransportFault::NoSuchHost;
        }
        if let Some(io) = cause.downcast_ref::<IoError>() {
            match io.kind() {
                ErrorKind::ConnectionRefused => return TransportFault::Refused,
                ErrorKind::TimedOut => return TransportFault::TimedOut,
                _ if is_tls(io) => return TransportFault::Tls,
                _ => {}
            }
        }
    }
    TransportFault::Broken
}

/// Why an answer ended early.
pub(crate) fn fault(error: &hyper::Error) -> TransportFault {
    if error.is_parse() { TransportFault::NotHttp } else { TransportFault::Broken }
}

fn is_tls(error: &IoError) -> bool {
    let Some(inner) = error.get_ref() else { return false };
    inner.is::<rustls::Error>() || inner.downcast_ref::<IoError>().is_some_and(is_tls)
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| (*error).source())
}
