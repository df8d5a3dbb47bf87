//! What a component sees of a request, as Spin shows it.

use std::net::SocketAddr;

use http::uri::{Authority, Scheme};
use http::{HeaderName, HeaderValue, Request, Uri, header};

use super::routes::Match;

/// Gives the request the scheme and authority it was sent to.
///
/// # Errors
/// When there is no valid `Host`, or it contradicts the request line.
pub(super) fn complete_uri<B>(request: &mut Request<B>) -> Result<(), String> {
    let mut parts = request.uri().clone().into_parts();
    let host = match request.headers().get(header::HOST) {
        Some(host) => {
            let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
            Some(host.ok_or("The Host header is not a valid authority.")?)
        }
        None => None,
    };
    let authority = match (host, parts.authority.take()) {
        (None, None) => return Err("The request has no Host header.".into()),
        (Some(host), Some(line)) if host != line => {
            return Err("The Host header does not match the request line.".into());
        }
        (Some(authority), _) | (None, Some(authority)) => authority,
    };
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    *request.uri_mut() = Uri::from_parts(parts).map_err(|_| "The request's target is not a path.")?;
    Ok(())
}

/// Adds the `spin-…` headers, which replace what a client may have sent under their names.
pub(super) fn add_headers<B>(request: &mut Request<B>, matched: &Match, client: SocketAddr) {
    // Only of use between the client and this server.
    request.headers_mut().remove(header::CONNECTION);
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut headers = vec![
        ("spin-path-info".to_owned(), matched.rest.clone()),
        ("spin-full-url".to_owned(), format!("http://{host}{path}")),
        ("spin-matched-route".to_owned(), matched.clean.clone()),
        ("spin-base-path".to_owned(), "/".to_owned()),
        ("spin-raw-component-route".to_owned(), matched.raw.clone()),
        ("spin-component-route".to_owned(), matched.prefix.clone()),
        ("spin-client-addr".to_owned(), client.to_string()),
    ];
    headers.extend(
        matched
            .named
            .iter()
            .map(|(name, value)| (format!("spin-path-match-{}", name.to_ascii_lowercase()), value.clone())),
    );
    for (name, value) in headers {
        // A route may hold what a header cannot; such a header is left out.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            request.headers_mut().insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Match, add_headers, complete_uri};
    use http::Request;

    #[test]
    fn the_authority_comes_from_host_or_request_line() {
        let complete = |uri: &str, host: Option<&str>| {
            let mut builder = Request::get(uri);
            if let Some(host) = host {
                builder = builder.header("host", host);
            }
            let mut request = builder.body(()).unwrap();
            complete_uri(&mut request).map(|()| request.uri().to_string())
        };
        assert_eq!(complete("/a?b=c", Some("x:1")).unwrap(), "http://x:1/a?b=c");
        assert_eq!(complete("http://x:1/a", None).unwrap(), "http://x:1/a");
        assert!(complete("/a", None).is_err());
        assert!(complete("http://x:1/a", Some("y:1")).is_err());
        assert!(complete("/a", Some("a b")).is_err());
    }

    #[test]
    fn a_client_cannot_forge_the_headers_of_the_host() {
        let mut request = Request::get("http://x/foo/bar?q=1")
            .header("host", "x")
            .header("spin-client-addr", "1.2.3.4:5")
            .header("connection", "close")
            .body(())
            .unwrap();
        let matched = Match {
            trigger: 0,
            raw: "/foo/...".into(),
            prefix: "/foo".into(),
            clean: "/foo/...".into(),
            rest: "/bar".into(),
            named: vec![],
        };
        add_headers(&mut request, &matched, "127.0.0.1:9".parse().unwrap());
        let value = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(value("spin-client-addr"), "127.0.0.1:9");
        assert_eq!(value("spin-path-info"), "/bar");
        assert_eq!(value("spin-full-url"), "http://x/foo/bar?q=1");
        assert_eq!(value("spin-component-route"), "/foo");
        assert!(!request.headers().contains_key("connection"));
    }
}
