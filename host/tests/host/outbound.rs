//! Requests that components send.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::support::{App, get};

/// A server that answers one request with a redirect and everything it was sent.
fn redirecting_server() -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        stream
            .write_all(b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 4\r\n\r\nhere")
            .unwrap();
        String::from_utf8(head).unwrap()
    });
    (port, served)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_request_is_sent_and_its_redirect_is_not_followed() {
    let (port, served) = redirecting_server();
    let hosts = format!("allowed_outbound_hosts = [\"http://127.0.0.1:{port}\"]");
    let running = App::with_stage("", &hosts, "").start().await;
    let answer = get(&running, &format!("/fetch?http://127.0.0.1:{port}/path?q=1")).await;
    assert_eq!(answer, "302 Found here");
    let head = served.join().unwrap().to_ascii_lowercase();
    assert!(head.starts_with("get /path?q=1 http/1.1\r\n"), "{head}");
    assert_eq!(head.matches(&format!("\r\nhost: 127.0.0.1:{port}\r\n")).count(), 1, "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_another_host_port_or_scheme_is_denied() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let hosts =
        format!("allowed_outbound_hosts = [\"https://127.0.0.1:{port}\", \"http://localhost:{port}\"]");
    let running = App::with_stage("", &hosts, "").start().await;
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("https://localhost:{port}/"),
        "http://localhost/".into(),
    ] {
        assert_eq!(get(&running, &format!("/fetch?{url}")).await, "ErrorCode::HttpRequestDenied", "{url}");
    }
    assert!(listener.accept().is_err(), "a denied request was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_can_come_from_a_variable_and_be_left_empty() {
    let (port, _served) = redirecting_server();
    let component = "allowed_outbound_hosts = [\"{{ first }}\", \"https://{{ second }}\"]";
    let tables = format!(
        "[variables]\nfirst = {{ default = \"http://127.0.0.1:{port}\" }}\nsecond = {{ default = \"\" }}"
    );
    let running = App::with_stage("", component, &tables).start().await;
    assert_eq!(get(&running, &format!("/fetch?http://127.0.0.1:{port}/")).await, "302 Found here");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_can_ask_itself_when_self_is_allowed() {
    let allowed = App::with_stage("", "allowed_outbound_hosts = [\"http://self\"]", "").start().await;
    assert_eq!(get(&allowed, "/fetch?http://self.alt/calls").await, "200 OK 1");
    let denied = App::with_stage("", "", "").start().await;
    assert_eq!(get(&denied, "/fetch?http://self.alt/calls").await, "ErrorCode::HttpRequestDenied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_refuses_is_told_from_one_that_has_no_address() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let running = App::with_stage("", "allowed_outbound_hosts = [\"*://*:*\"]", "").start().await;
    assert_eq!(
        get(&running, &format!("/fetch?http://127.0.0.1:{closed}/")).await,
        "ErrorCode::ConnectionRefused"
    );
    assert!(get(&running, "/fetch?http://no-such-host.invalid/").await.starts_with("ErrorCode::DnsError"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_no_host_is_an_error_at_the_start() {
    let error = App::with_stage("", "allowed_outbound_hosts = [\"example.com\"]", "").start_error().await;
    for word in ["[component.app]", "example.com", "scheme://host:port"] {
        assert!(error.contains(word), "{word} is not in: {error}");
    }
}
