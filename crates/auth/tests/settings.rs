//! What an operator may set, and which requests are this machine's.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use auth::loopback::{NotLocal, check};
use auth::{Mode, NewApiKey, Scope, Settings};
use http::Request;

fn read(pairs: &[(&str, &str)]) -> Result<Settings, (&'static str, String)> {
    let get =
        |name: &str| pairs.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
    Settings::from_variables(get).map_err(|error| (error.variable, error.to_string()))
}

const URL: (&str, &str) = ("supabase_url", "https://abcdefgh.supabase.co");

#[test]
fn without_variables_there_is_no_authentication() {
    for pairs in [&[][..], &[("auth_mode", "")], &[("auth_mode", "none")], &[("auth_mode", " none ")]] {
        assert_eq!(read(pairs).unwrap().mode, Mode::None);
    }
}

#[test]
fn each_mode_has_what_it_needs_or_says_what_is_missing() {
    let entry = NewApiKey::new("backend", Scope::Write, &[1; 32]).unwrap().entry;
    let keys = ("api_keys", entry.as_str());
    let settings = read(&[("auth_mode", "api-key"), keys]).unwrap();
    assert_eq!((settings.mode, settings.api_keys.is_empty()), (Mode::ApiKey, false));

    let settings = read(&[("auth_mode", "supabase"), URL, keys]).unwrap();
    let supabase = settings.supabase.unwrap();
    assert!(!settings.api_keys.is_empty() && supabase.secret.is_none());
    assert_eq!(supabase.jwks_url, "https://abcdefgh.supabase.co/auth/v1/.well-known/jwks.json");
    assert_eq!(supabase.rules.issuer, "https://abcdefgh.supabase.co/auth/v1");

    let issuer = ("supabase_jwt_issuer", "https://auth.example.com/auth/v1");
    let secret = ("supabase_jwt_secret", "a-secret-of-thirty-two-bytes-or-more");
    let settings =
        read(&[("auth_mode", "supabase"), ("supabase_url", "http://127.0.0.1:54321/"), issuer, secret])
            .unwrap();
    let supabase = settings.supabase.unwrap();
    assert_eq!((supabase.rules.issuer.as_str(), supabase.secret.is_some()), (issuer.1, true));
    assert!(!format!("{supabase:?}").contains(secret.1));

    let mode = |mode| ("auth_mode", mode);
    for (pairs, variable) in [
        (vec![mode("off")], "auth_mode"),
        (vec![mode("None")], "auth_mode"),
        (vec![mode("jwt"), URL], "auth_mode"),
        (vec![mode("api-key")], "api_keys"),
        (vec![mode("api-key"), ("api_keys", " , ")], "api_keys"),
        (vec![mode("api-key"), ("api_keys", "backend:write:secret")], "api_keys"),
        (vec![mode("supabase"), URL, ("api_keys", "nonsense")], "api_keys"),
        (vec![mode("supabase")], "supabase_url"),
        (vec![mode("supabase"), ("supabase_url", "abcdefgh.supabase.co")], "supabase_url"),
        (vec![mode("supabase"), ("supabase_url", "ftp://abcdefgh.supabase.co")], "supabase_url"),
        (vec![mode("supabase"), ("supabase_url", "https://user@abcdefgh.supabase.co")], "supabase_url"),
        (vec![mode("supabase"), ("supabase_url", "https://abcdefgh.supabase.co/rest/v1")], "supabase_url"),
        (vec![mode("supabase"), URL, ("supabase_jwt_secret", "tiny")], "supabase_jwt_secret"),
    ] {
        let (named, message) = read(&pairs).map(drop).unwrap_err();
        assert_eq!(named, variable, "{pairs:?}");
        assert!(
            message.contains(variable) && !message.contains("tiny") && !message.contains("nonsense"),
            "{message}"
        );
    }
}

/// A request to the target with these headers.
fn local(target: &str, headers: &[(&str, &str)]) -> Result<(), NotLocal> {
    let mut request = Request::get(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    check(&request.body(()).unwrap().into_parts().0)
}

const CLIENT: (&str, &str) = ("spin-client-addr", "127.0.0.1:50000");
const HOST: (&str, &str) = ("host", "127.0.0.1:3000");

#[test]
fn a_request_of_this_machine_says_so_by_every_sign() {
    for host in [
        "localhost",
        "localhost:3000",
        "LocalHost",
        "serene.localhost:3000",
        "127.0.0.1",
        "127.9.9.9:1",
        "[::1]:3000",
        "[::ffff:127.0.0.1]",
    ] {
        assert_eq!(local("/", &[CLIENT, ("host", host)]), Ok(()), "{host}");
        assert_eq!(local(&format!("http://{host}/"), &[CLIENT]), Ok(()), "{host}");
    }
    for client in ["127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
        assert_eq!(local("/", &[("spin-client-addr", client), HOST]), Ok(()), "{client}");
    }
    assert_eq!(local("/", &[CLIENT, HOST, ("origin", "http://localhost:5173")]), Ok(()));
}

#[test]
fn one_sign_of_another_machine_is_enough() {
    assert_eq!(local("/", &[HOST]), Err(NotLocal::Client), "no word of the client");
    for client in ["10.0.0.7:1", "0.0.0.0:0", "[::]:0", "[fe80::1]:1", "127.0.0.1", "localhost:1", "", "unix"]
    {
        assert_eq!(local("/", &[("spin-client-addr", client), HOST]), Err(NotLocal::Client), "{client}");
    }
    // Spin puts its own header behind one that the client made up.
    let forged = [CLIENT, ("spin-client-addr", "203.0.113.9:1"), HOST];
    assert_eq!(local("/", &forged), Err(NotLocal::Client));

    for host in [
        "serene.example.com",
        "0.0.0.0:3000",
        "10.0.0.7",
        "127.0.0.1.nip.io",
        "localhost.example.com",
        "notlocalhost",
        "[::]",
        "[::ffff:10.0.0.7]",
    ] {
        assert_eq!(local("/", &[CLIENT, ("host", host)]), Err(NotLocal::Host), "{host}");
        assert_eq!(local(&format!("http://{host}/"), &[CLIENT, HOST]), Err(NotLocal::Host), "{host}");
    }
    assert_eq!(local("/", &[CLIENT]), Err(NotLocal::Host), "no word of the host");
    assert_eq!(local("/", &[CLIENT, HOST, ("host", "serene.example.com")]), Err(NotLocal::Host));

    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "localhost"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "for=127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("via", "1.1 proxy"),
    ] {
        assert_eq!(local("/", &[CLIENT, HOST, (name, value)]), Err(NotLocal::Proxy), "{name}");
    }
    for origin in ["https://attacker.example", "null", "", "https://localhost.attacker.example", "file://"] {
        assert_eq!(local("/", &[CLIENT, HOST, ("origin", origin)]), Err(NotLocal::Origin), "{origin}");
    }
    for (site, expected) in [
        ("cross-site", Err(NotLocal::Origin)),
        ("same-origin", Ok(())),
        ("same-site", Ok(())),
        ("none", Ok(())),
    ] {
        assert_eq!(local("/", &[CLIENT, HOST, ("sec-fetch-site", site)]), expected, "{site}");
    }
}
