use http::Method;
use http_api::routes::{Access, match_route};
use layout::{Bucket, DocumentRef, Kind, Location, PathContext, RelationshipId, Source};

/// A stored path, and the same text as a request's path: what they lead to lies in the layout, and nowhere else.
pub fn paths(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let bucket = Bucket::default();
    for kind in [None].into_iter().chain(Kind::ALL.map(Some)) {
        for storage_bucket in [None, Some("files")] {
            let context = PathContext { bucket: &bucket, kind, storage_bucket };
            if let Ok(location) = Location::read(&text, &context) {
                check(&location, &bucket);
            }
        }
    }
    for method in [Method::GET, Method::PUT, Method::POST, Method::DELETE] {
        let Ok(found) = match_route(&method, &text) else { continue };
        if let Access::Relationship(relationship, _) = found.operation.access() {
            check_id(relationship.as_str());
        }
    }
}

fn check(location: &Location, bucket: &Bucket) {
    if let Some(document) = &location.document {
        let key = document.key();
        let parts: Vec<&str> = key.as_str().split('/').collect();
        let [_, relationship, name] = parts.as_slice() else { panic!("{key:?} has no three parts") };
        assert_eq!(*relationship, document.relationship().as_str());
        check_id(relationship);
        check_id(name);
        assert_eq!(DocumentRef::parse_key(key.as_str()).as_ref(), Ok(document));
        // What we write is read as what it was.
        let context = PathContext { bucket, kind: None, storage_bucket: None };
        let again = Location::read(&document.stored_path(bucket), &context).expect("a path of our own");
        assert_eq!(again.document.as_ref(), Some(document));
    }
    match &location.source {
        Source::ObjectStore { key } => {
            assert_eq!(
                location.document.as_ref().map(DocumentRef::key).as_ref(),
                Some(key),
                "a key of no document"
            );
        }
        Source::SupabaseStorage { bucket, candidates } => {
            assert!(!bucket.is_empty() && !bucket.contains('/'), "{bucket:?}");
            assert!(!candidates.is_empty());
            for candidate in candidates {
                assert!(!candidate.chars().any(char::is_control), "{candidate:?}");
                assert!(!candidate.split('/').any(|part| matches!(part, "." | "..")), "{candidate:?}");
            }
        }
    }
}

/// A segment that stands for itself wherever it is written.
fn check_id(id: &str) {
    assert!(id.parse::<RelationshipId>().is_ok() || id.len() > layout::MAX_ID_BYTES, "{id:?} is no id");
    assert!(!id.contains(['/', '\\', '%']) && !id.contains(".."), "{id:?}");
}
