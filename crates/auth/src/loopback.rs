//! Whether a request comes from this machine.
//!
//! A component sees requests, not connections. What it has is the address of the connection's other end, which the host writes into `spin-client-addr`, and
//! what the client says of itself. Each sign must be one of this machine:
//!
//! - the client's address. Spin adds its header **beside** one that a client sent under the same name, so every value counts, and none at all
//!   counts as another machine;
//! - the host that the request names, so that a name on the internet that resolves to 127.0.0.1 (DNS rebinding) is of no use;
//! - no header that a proxy adds, since its own address says nothing of its client's;
//! - the page that sends it, when a browser says: by `Origin`, or, where a page only embeds, by `Sec-Fetch-Site` (Fetch Metadata). Pages of other sites
//!   cannot send any.
//!
//! A proxy on this machine that adds no header of its own and names this machine as the host cannot be told from a local client.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use http::header::{FORWARDED, HOST, ORIGIN, VIA};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Uri};

const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("spin-client-addr");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const X_FORWARDED: &str = "x-forwarded-";
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// The first sign that a request is not from this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotLocal {
    /// The other end of the connection.
    Client,
    /// The host that the request names.
    Host,
    /// A header that proxies add.
    Proxy,
    /// The page that sends it.
    Origin,
}

impl fmt::Display for NotLocal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "this request comes from another",
            Self::Host => "this request names another host than localhost or 127.0.0.1",
            Self::Proxy => "this request comes through a proxy",
            Self::Origin => "this request comes from a page of another site",
        })
    }
}

/// Whether every sign says that the request comes from this machine.
///
/// # Errors
/// The first that does not.
pub fn check(request: &Parts) -> Result<(), NotLocal> {
    let headers = &request.headers;
    if !all(headers, &CLIENT_ADDRESS, is_local_address).unwrap_or(false) {
        return Err(NotLocal::Client);
    }
    let named = request.uri.authority().map(|authority| is_local_host(authority.host()));
    let said = all(headers, &HOST, |host| {
        host.parse::<Authority>().is_ok_and(|authority| is_local_host(authority.host()))
    });
    if [named, said].contains(&Some(false)) || (named, said) == (None, None) {
        return Err(NotLocal::Host);
    }
    let by_proxy = |name: &HeaderName| {
        [FORWARDED, VIA, X_REAL_IP].contains(name) || name.as_str().starts_with(X_FORWARDED)
    };
    if headers.keys().any(by_proxy) {
        return Err(NotLocal::Proxy);
    }
    let is_local_page =
        |origin: &str| origin.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(is_local_host));
    let is_of_this_site = |site: &str| site != "cross-site";
    if all(headers, &ORIGIN, is_local_page) == Some(false)
        || all(headers, &SEC_FETCH_SITE, is_of_this_site) == Some(false)
    {
        return Err(NotLocal::Origin);
    }
    Ok(())
}

/// Whether every value of a header satisfies `test`; `None` when there is no value.
fn all(headers: &HeaderMap, name: &HeaderName, test: impl Fn(&str) -> bool) -> Option<bool> {
    let results = headers.get_all(name).into_iter().map(|value| value.to_str().is_ok_and(&test));
    results.reduce(|a, b| a && b)
}

fn is_local_address(address: &str) -> bool {
    address.parse::<SocketAddr>().is_ok_and(|address| is_loopback(address.ip()))
}

/// IPv4 addresses in the form of IPv6, too: what a socket shows that takes both.
fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// `localhost` and the names below it are of this machine everywhere (RFC 6761, section 6.3).
fn is_local_host(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match address.parse::<IpAddr>() {
        Ok(ip) => is_loopback(ip),
        Err(_) => {
            let name = host.to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}
