//! What an operator may give as the origin under which clients reach Serene.

use http_api::origin::{NoOrigin, parse};

#[test]
fn origins_are_taken_without_the_slash_at_their_end() {
    for origin in
        ["https://serene.example.com", "http://localhost:3000", "http://127.0.0.1:8080", "https://[::1]:8443"]
    {
        assert_eq!(parse(origin).as_deref(), Ok(origin));
        assert_eq!(parse(&format!("{origin}/")).as_deref(), Ok(origin));
    }
}

#[test]
fn what_is_no_origin_is_refused() {
    for text in [
        "",
        "serene.example.com",
        "serene.example.com:443",
        "/serene",
        "ftp://serene.example.com",
        "https://",
        "https:///",
        "https://:443",
        "https://serene.example.com:port",
        "https://serene.example.com:99999",
        "https://serene.example.com//",
        "https://serene.example.com/serene",
        "https://serene.example.com?x=1",
        "https://serene.example.com/#x",
        "https://serene.example.com#x",
        "https://user@serene.example.com",
        "https://serene.example.com ",
        "https://{{ host }}",
    ] {
        assert_eq!(parse(text), Err(NoOrigin), "{text}");
    }
}
