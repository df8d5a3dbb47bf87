//! `allowed_outbound_hosts`: where a component may send requests, by Spin's rules.

use std::net::IpAddr;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use ipnet::IpNet;
use url::{Host, Url};

use crate::variables::{Template, Variables};

/// The entries of one component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts {
    entries: Vec<Entry>,
}

/// `scheme://host:port`, each with its wildcard.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// `None` for any.
    scheme: Option<String>,
    host: HostRule,
    /// `None` for any.
    ports: Option<Range<u32>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostRule {
    /// `*`
    Any,
    /// `*.example.com`, kept as `.example.com`
    Subdomains(String),
    /// `self`: the application's own address
    OwnAddress,
    /// A name or an address.
    Exactly(Host),
    /// `10.0.0.0/8`
    Network(IpNet),
}

impl AllowedHosts {
    /// Parses entries, with variables in the places of their templates. An entry that is empty after that, or
    /// nothing but `http://` or `https://`, is skipped: that is how a host is made optional.
    ///
    /// # Errors
    /// When an entry is not valid.
    pub fn parse(entries: &[String], variables: &Variables) -> Result<Self> {
        let mut parsed = Vec::new();
        for text in entries {
            let template = Template::parse(text).with_context(|| format!("{text:?}"))?;
            let value = variables.render(&template).with_context(|| format!("{text:?}"))?;
            if !template.is_literal() && matches!(value.as_str(), "" | "http://" | "https://") {
                continue;
            }
            // A value may come from a secret variable, so the error shows the template.
            parsed.push(Entry::parse(&value).with_context(|| format!("{text:?}"))?);
        }
        Ok(Self { entries: parsed })
    }

    /// Whether a request to this absolute URL is allowed.
    #[must_use]
    pub fn allows(&self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        let Some(host) = url.host().map(|host| host.to_owned()) else { return false };
        // The URL's own parser reads hosts of schemes it does not know less strictly.
        let Ok(host) = Host::parse(&host.to_string()) else { return false };
        self.entries.iter().any(|entry| {
            entry.allows_scheme(url.scheme())
                && entry.host.allows(&host)
                && entry.allows_port(url.port().or_else(|| known_port(url.scheme())))
        })
    }

    /// Whether a request to the application itself is allowed.
    #[must_use]
    pub fn allows_own_address(&self) -> bool {
        self.entries.iter().any(|entry| {
            matches!(entry.host, HostRule::Any | HostRule::OwnAddress)
                && (entry.allows_scheme("http") || entry.allows_scheme("https"))
        })
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").context(
            "an entry has the form scheme://host:port, such as https://api.example.com or *://*:*",
        )?;
        let (host, port) = split_port(rest)?;
        ensure!(
            scheme == "*" || (!scheme.is_empty() && scheme.chars().all(char::is_alphabetic)),
            "the scheme {scheme:?} is neither `*` nor letters only"
        );
        Ok(Self { ports: parse_ports(port, scheme)?, host: HostRule::parse(host)?, scheme: named(scheme) })
    }

    fn allows_scheme(&self, scheme: &str) -> bool {
        self.scheme.as_deref().is_none_or(|allowed| allowed == scheme)
    }

    fn allows_port(&self, port: Option<u16>) -> bool {
        match &self.ports {
            None => true,
            Some(ports) => port.is_some_and(|port| ports.contains(&port.into())),
        }
    }
}

fn named(text: &str) -> Option<String> {
    (text != "*").then(|| text.to_owned())
}

/// Splits `host:port`; the port is empty when there is none. An IPv6 address may hold colons of its own.
fn split_port(rest: &str) -> Result<(&str, &str)> {
    let Some((host, port)) = rest.rsplit_once(':') else { return Ok((rest, "")) };
    if port.is_empty() {
        return Ok((host, ""));
    }
    if HostRule::parse(rest).is_ok() {
        return Ok((rest, ""));
    }
    match port.split_once('/') {
        None => Ok((host, port)),
        Some((port, "")) => Ok((host, port)),
        Some(_) => bail!("an entry has no path"),
    }
}

fn parse_ports(port: &str, scheme: &str) -> Result<Option<Range<u32>>> {
    let number = |text: &str| {
        text.parse::<u16>().map(u32::from).with_context(|| format!("the port {text:?} is not a number"))
    };
    Ok(match port {
        "" => {
            let port = known_port(scheme).with_context(|| {
                format!("the scheme {scheme:?} has no known port; add one, or `:*` for any")
            })?;
            Some(port.into()..u32::from(port) + 1)
        }
        "*" => None,
        _ => Some(match port.split_once("..") {
            Some((start, end)) => number(start)?..number(end)?,
            None => number(port)?..number(port)? + 1,
        }),
    })
}

fn known_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" => 80,
        "https" => 443,
        "postgres" => 5432,
        "mysql" => 3306,
        "redis" => 6379,
        "mqtt" => 1883,
        _ => return None,
    })
}

impl HostRule {
    fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        match text {
            "*" => return Ok(Self::Any),
            "self" | "self.alt" => return Ok(Self::OwnAddress),
            _ => {}
        }
        if let Ok(network) = text.parse::<IpNet>() {
            return Ok(Self::Network(network.trunc()));
        }
        let text = text.strip_suffix('/').unwrap_or(text);
        ensure!(!text.contains('/'), "an entry has no path");
        ensure!(!text.contains(['{', '}']), "an entry names one host, no list");
        let name = |text: &str| Host::parse(text).with_context(|| format!("{text:?} is not a host"));
        if let Some(domain) = text.strip_prefix("*.") {
            ensure!(!domain.contains('*'), "`*` stands only at the start of a host");
            let Host::Domain(domain) = name(domain)? else { bail!("`*.` must be followed by a domain") };
            return Ok(Self::Subdomains(format!(".{domain}")));
        }
        ensure!(!text.contains('*'), "`*` stands only for a whole host or as `*.` before a domain");
        Ok(Self::Exactly(name(text)?))
    }

    fn allows(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Subdomains(suffix), Host::Domain(domain)) => domain.ends_with(suffix.as_str()),
            (Self::Exactly(exactly), host) => exactly == host,
            (Self::Network(network), Host::Ipv4(address)) => network.contains(&IpAddr::V4(*address)),
            (Self::Network(network), Host::Ipv6(address)) => network.contains(&IpAddr::V6(*address)),
            // Requests to oneself have no host; see `allows_own_address`.
            (Self::OwnAddress | Self::Subdomains(_) | Self::Network(_), _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AllowedHosts;
    use crate::variables::Variables;

    fn hosts(entries: &[&str]) -> AllowedHosts {
        let entries = entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>();
        AllowedHosts::parse(&entries, &Variables::default()).unwrap()
    }

    #[track_caller]
    fn check(entry: &str, allowed: &[&str], denied: &[&str]) {
        let hosts = hosts(&[entry]);
        for url in allowed {
            assert!(hosts.allows(url), "{entry} should allow {url}");
        }
        for url in denied {
            assert!(!hosts.allows(url), "{entry} should deny {url}");
        }
    }

    #[test]
    fn a_name_allows_itself_on_the_schemes_port() {
        check(
            "https://example.com",
            &["https://example.com/a", "https://example.com:443/", "https://EXAMPLE.com/"],
            &[
                "http://example.com/",
                "https://example.com:8443/",
                "https://sub.example.com/",
                "https://example.org/",
            ],
        );
    }

    #[test]
    fn wildcards_stand_for_schemes_subdomains_and_ports() {
        check("*://*:*", &["http://a/", "https://b:99/", "redis://c:1/"], &["not a url"]);
        check(
            "https://*.example.com",
            &["https://a.example.com/", "https://a.b.example.com/"],
            &["https://example.com/", "https://badexample.com/", "http://a.example.com/"],
        );
        check("http://127.0.0.1:*", &["http://127.0.0.1:1/", "http://127.0.0.1/"], &["http://localhost:1/"]);
        check("*://example.com:8080", &["http://example.com:8080/"], &["http://example.com/"]);
    }

    #[test]
    fn port_ranges_leave_out_their_end() {
        check("http://a:1000..1002", &["http://a:1000", "http://a:1001"], &["http://a:1002", "http://a:999"]);
    }

    #[test]
    fn networks_allow_their_addresses() {
        check(
            "http://10.0.0.0/8:*",
            &["http://10.1.2.3:7/"],
            &["http://11.0.0.1:7/", "http://ten.example.com:7/"],
        );
        check("http://[::1]:8080", &["http://[::1]:8080/"], &["http://[::2]:8080/"]);
        check("http://[::1]", &["http://[::1]/"], &[]);
    }

    #[test]
    fn only_self_and_star_allow_the_own_address() {
        assert!(hosts(&["http://self"]).allows_own_address());
        assert!(hosts(&["*://*:*"]).allows_own_address());
        assert!(!hosts(&["http://example.com"]).allows_own_address());
        assert!(!hosts(&["http://self"]).allows("http://self/"));
        assert!(!hosts(&[]).allows_own_address());
    }

    #[test]
    fn what_is_not_an_entry_is_refused() {
        for entry in [
            "",
            "*",
            "example.com",
            "https://",
            "https://a/b",
            "https://a:80/b",
            "https://a*b",
            "https://*.*.com",
            "https://*.10.0.0.1",
            "ht tp://a",
            "*://a",
            "ftp://a",
            "http://a:x",
            "http://a:70000",
            "http://{a,b}",
        ] {
            assert!(AllowedHosts::parse(&[entry.to_owned()], &Variables::default()).is_err(), "{entry:?}");
        }
    }
}
