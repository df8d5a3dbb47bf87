use std::rc::Rc;

use s3::{Client, Config};
use simulated::{Reply, World, shown};

const SECRET: &str = "5ecret/of+the-fuzz-test";
const STATUSES: [u16; 8] = [200, 206, 301, 307, 400, 403, 404, 503];

/// An answer of S3: the first byte chooses its status, the rest is its XML. Whatever it says, requests go to the bucket's own host in some region, their number
/// is bounded, and no error shows the key.
pub fn xml(data: &[u8]) {
    let Some((choice, body)) = super::choose(data) else { return };
    let status = STATUSES[usize::from(choice) % STATUSES.len()];
    let body = body.to_vec();
    let text = String::from_utf8_lossy(&body).into_owned();
    // Redirects and regions are also said in headers.
    let hint: String = text.chars().filter(char::is_ascii_graphic).take(60).collect();
    let world = World::new(move |_| {
        let headers = vec![
            ("content-type", "application/xml".to_owned()),
            ("location", hint.clone()),
            ("x-amz-bucket-region", hint.clone()),
        ];
        Reply::Answer(status, headers, body.clone())
    });
    let client = Client::new(Rc::clone(&world), config());
    if let Ok(page) = world.run(client.list(&world.call(60), "profiles/", None, 10)) {
        assert_eq!(status / 100, 2, "a refusal was taken for a page");
        assert!(page.next.is_none_or(|next| !next.is_empty()));
    }
    for result in [
        world.run(client.delete(&world.call(60), "profiles/r/p.pdf")),
        world.run(client.head(&world.call(60), "profiles/r/p.pdf")).map(|_| ()),
    ] {
        if let Err(error) = result {
            assert!(!shown(&error).contains(SECRET), "{error}");
        }
    }
    let sent = world.sent.borrow();
    assert!(sent.len() <= 40, "{} requests", sent.len());
    for request in sent.iter() {
        let uri: http::Uri = request.uri.parse().expect("a URI");
        let region = uri.host().and_then(|host| host.strip_prefix("bucket.s3."));
        let region = region
            .and_then(|host| host.strip_suffix(".amazonaws.com").or(host.strip_suffix(".amazonaws.com.cn")));
        assert!(region.is_some_and(|region| !region.contains('.')), "{} was asked", request.uri);
        assert_eq!((uri.scheme_str(), uri.port()), (Some("https"), None), "{}", request.uri);
    }
}

fn config() -> Config {
    Config::from_variables(|name| {
        let value = match name {
            "aws_access_key_id" => "AKIASERENETEST",
            "aws_secret_access_key" => SECRET,
            "aws_region" => "eu-central-1",
            "s3_bucket_name" => "bucket",
            _ => return None,
        };
        Some(value.to_owned())
    })
    .expect("a configuration")
}
