use std::rc::Rc;

use simulated::{Reply, World, shown};
use upstream::{Error, Secret};

/// A key of every provider.
const KEY: &str = "k3y-0123456789-secret";
const STATUSES: [u16; 8] = [200, 201, 302, 307, 401, 404, 429, 500];

/// What a provider answers: the first byte chooses the provider, the second the status, the rest is the body, the same to every request. Whatever it says,
/// requests go to that provider's own hosts over https, no redirect is followed, and no error shows the key.
pub fn answers(data: &[u8]) {
    let Some((provider, rest)) = super::choose(data) else { return };
    let Some((status, body)) = super::choose(rest) else { return };
    let status = STATUSES[usize::from(status) % STATUSES.len()];
    let body = body.to_vec();
    let location: String =
        String::from_utf8_lossy(&body).chars().filter(char::is_ascii_graphic).take(80).collect();
    let world = World::new(move |_| {
        let headers = vec![("content-type", "application/json".to_owned()), ("location", location.clone())];
        Reply::Answer(status, headers, body.clone())
    });
    let (domain, error) = match provider % 4 {
        0 => ("pinecone.io", pinecone(&world)),
        1 => ("api.voyageai.com", voyage(&world)),
        2 => ("openrouter.ai", openrouter(&world)),
        _ => ("api.mistral.ai", mistral(&world)),
    };
    if let Some(error) = error {
        assert!(!shown(&error).contains(KEY), "{error}");
        assert!(error.message.len() < 4096, "an error of {} bytes", error.message.len());
    }
    let sent = world.sent.borrow();
    assert!(!sent.is_empty() && sent.len() <= 20, "{} requests", sent.len());
    for request in sent.iter() {
        let uri: http::Uri = request.uri.parse().expect("a URI");
        let host = uri.host().unwrap_or_default();
        let is_its_own = host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        assert!(uri.scheme_str() == Some("https") && is_its_own, "{} was asked", request.uri);
    }
}

fn key_and(name: &str, others: &[(&str, &str)]) -> Option<String> {
    let other = others.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
    other.or_else(|| name.ends_with("_api_key").then(|| KEY.to_owned()))
}

fn pinecone(world: &Rc<World>) -> Option<Error> {
    let config = pinecone::Config::from_variables(|name| key_and(name, &[("pinecone_index_name", "serene")]));
    let index = pinecone::VectorIndex::new(Rc::clone(world), config.expect("a configuration"));
    let nearest = pinecone::Nearest { values: vec![0.0, 2.0], top_k: 10, filters: Vec::new() };
    world.run(index.query(&world.call(60), "profiles", &nearest)).err()
}

fn voyage(world: &Rc<World>) -> Option<Error> {
    let config = voyage::EmbedderConfig::from_variables(|name| key_and(name, &[]));
    let embedder = voyage::Embedder::new(Rc::clone(world), config.expect("a configuration"));
    let texts = ["one".to_owned(), "two".to_owned()];
    match world.run(embedder.embed(&world.call(60), &texts, voyage::Purpose::Document)) {
        Ok(embeddings) => {
            assert_eq!(embeddings.vectors.len(), texts.len(), "a vector for each text");
            None
        }
        Err(error) => Some(error),
    }
}

fn openrouter(world: &Rc<World>) -> Option<Error> {
    let config = openrouter::Config::from_variables(|name| key_and(name, &[])).expect("a configuration");
    let generator = openrouter::Generator::new(Rc::clone(world), config);
    let message = |role, content: &str| openrouter::Message { role, content: content.to_owned() };
    let request = openrouter::Request {
        messages: vec![
            message(openrouter::Role::System, "Summarise."),
            message(openrouter::Role::User, "A text."),
        ],
        schema_name: "summary".to_owned(),
        schema: r#"{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}"#.to_owned(),
        max_output_tokens: None,
    };
    match world.run(generator.generate(&world.call(60), &request)) {
        Ok(generation) => {
            let content: serde_json::Value = serde_json::from_str(&generation.content).expect("JSON");
            assert!(content.is_object(), "{content}");
            None
        }
        Err(error) => Some(error),
    }
}

fn mistral(world: &Rc<World>) -> Option<Error> {
    let config = mistral::Config::from_variables(|name| key_and(name, &[])).expect("a configuration");
    let extractor = mistral::Extractor::new(Rc::clone(world), config);
    let url = Secret::new("https://bucket.example.com/profiles/r/p.pdf?X-Amz-Signature=5ec2e7");
    let document = mistral::Document {
        media_type: "application/pdf".to_owned(),
        size: None,
        source: mistral::Source::Url(url),
    };
    match world.run(extractor.extract(&world.call(60), document)) {
        Ok(extraction) => {
            assert!(
                extraction.pages.iter().zip(0..).all(|(page, index)| page.index == index),
                "pages in order"
            );
            None
        }
        Err(error) => Some(error),
    }
}
