//! Without authentication: this machine and nobody else. With keys alone. And the command that makes one.

use std::io::{Read, Write};
use std::net::TcpStream;

use serene_tests::{Server, request, serene};

/// The status of a request with these headers and no others.
fn status(server: &Server, path: &str, headers: &str) -> u16 {
    let mut connection = TcpStream::connect(server.authority()).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn without_authentication_only_this_machine_is_served() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path(), &[]);
    for path in ["/healthz", "/v1/relationships/r/documents"] {
        for headers in [
            "Host: localhost\r\n",
            "Host: 127.0.0.1:3000\r\n",
            "Host: [::1]\r\n",
            "Host: localhost\r\nSpin-Client-Addr: 203.0.113.9:1\r\n",
        ] {
            assert_eq!(status(&server, path, headers), 200, "{headers}");
        }
        for headers in [
            "Host: serene.example.com\r\n",
            "Host: 0.0.0.0\r\n",
            "Host: 127.0.0.1.nip.io\r\n",
            "Host: localhost\r\nX-Forwarded-For: 127.0.0.1\r\n",
            "Host: localhost\r\nForwarded: for=127.0.0.1\r\n",
            "Host: localhost\r\nVia: 1.1 proxy\r\n",
            "Host: localhost\r\nOrigin: https://attacker.example\r\n",
            "Host: localhost\r\nOrigin: null\r\n",
        ] {
            assert_eq!(status(&server, path, headers), 403, "{headers}");
        }
    }
    let url = format!("{}/v1/relationships/r/documents", server.url());
    let told = request("GET", &url, &[("x-forwarded-for", "203.0.113.9")], &[]).expect(403);
    assert_eq!(told["variable"], "auth_mode", "{told:#}");
}

#[test]
fn without_authentication_no_other_address_is_listened_on() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let output = serene(&["up", "--no-build", "--quiet", "--listen", address]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && output.stdout.is_empty());
        assert!(said.contains("auth_mode is none") && said.contains("SPIN_VARIABLE_AUTH_MODE"), "{said}");
    }
}

/// A key and its entry, as `serene api-key new` prints them.
fn new_key(arguments: &[&str]) -> (String, String) {
    let output = serene(&[&["api-key", "new"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    (line("key"), line("entry"))
}

#[test]
fn a_key_from_the_command_comes_in_by_its_entry_beside_the_one_it_replaces() {
    let (old, old_entry) = new_key(&["--name", "backend", "--scope", "read"]);
    let (new, new_entry) = new_key(&["--name", "backend"]);
    let (other, _) = new_key(&[]);
    let entries = format!("{old_entry},{new_entry}");
    let state = tempfile::tempdir().unwrap();
    let server = Server::start_with(state.path(), &[("auth_mode", "api-key"), ("api_keys", &entries)]);
    let with = |method: &str, path: &str, key: &str| {
        let authorization = format!("Bearer {key}");
        request(method, &format!("{}{path}", server.url()), &[("authorization", &authorization)], &[]).status
    };
    let (documents, analysis) = ("/v1/relationships/r/documents", "/v1/relationships/r/conflicts/c/analysis");
    assert_eq!([&old, &new, &other].map(|key| with("GET", documents, key)), [200, 200, 401]);
    assert_eq!([&old, &new, &other].map(|key| with("DELETE", analysis, key)), [403, 204, 401]);
    assert_eq!(status(&server, "/healthz", "Host: serene.example.com\r\n"), 200, "keys serve any host");
    assert_eq!(
        status(&server, documents, "Host: localhost\r\n"),
        401,
        "and are asked for on this machine, too"
    );
    for refused in [["--scope", "owner"], ["--name", "Back end"]] {
        assert!(!serene(&[&["api-key", "new"][..], &refused].concat()).status.success());
    }
}

#[test]
fn a_mode_that_lacks_what_it_needs_lets_nobody_in_and_says_what_to_set() {
    for (variables, variable) in [
        ([("auth_mode", "api-key"), ("api_keys", "")], "api_keys"),
        ([("auth_mode", "api-key"), ("api_keys", "backend:write:secret")], "api_keys"),
        ([("auth_mode", "supabase"), ("supabase_url", "")], "supabase_url"),
    ] {
        let state = tempfile::tempdir().unwrap();
        let server = Server::start_with(state.path(), &variables);
        let told =
            request("GET", &format!("{}/v1/relationships/r/documents", server.url()), &[], &[]).expect(500);
        assert_eq!(told["variable"], variable, "{told:#}");
    }
}
