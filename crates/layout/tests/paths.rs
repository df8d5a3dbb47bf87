//! The stored forms, one by one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use layout::{Bucket, Form, Kind, Location, PathContext, PathError, Source};

const HOST: &str = "https://abc.supabase.co/storage/v1";

fn read_with(path: &str, kind: Option<Kind>, storage_bucket: Option<&str>) -> Result<Location, PathError> {
    Location::read(path, &PathContext { bucket: &Bucket::default(), kind, storage_bucket })
}

fn read(path: &str) -> Result<Location, PathError> {
    read_with(path, None, None)
}

/// The key of the document that a path means.
fn key(location: &Location) -> Option<String> {
    location.document.as_ref().map(|document| document.key().into())
}

fn in_storage(location: Result<Location, PathError>) -> (String, Vec<String>) {
    match location.map(|location| location.source) {
        Ok(Source::SupabaseStorage { bucket, candidates }) => (bucket, candidates),
        other => panic!("not in the old storage: {other:?}"),
    }
}

fn in_ours(location: Result<Location, PathError>) -> String {
    match location.map(|location| location.source) {
        Ok(Source::ObjectStore { key }) => key.into(),
        other => panic!("not in our bucket: {other:?}"),
    }
}

fn token(url: &str) -> String {
    let payload = format!(r#"{{"url":"{url}","scope":"download","iat":1,"exp":2}}"#);
    format!("eyJhbGciOiJIUzI1NiJ9.{}.sig", URL_SAFE_NO_PAD.encode(payload))
}

#[test]
fn a_path_of_our_bucket_and_a_bare_key_are_keys_of_ours() {
    for path in [
        "s3://serene-relationship-mediator/profiles/r/p.pdf",
        "S3://serene-relationship-mediator/profiles/r/p.pdf",
        "profiles/r/p.pdf",
        "/profiles/r/p.pdf",
    ] {
        assert_eq!(in_ours(read(path)), "profiles/r/p.pdf", "{path}");
    }
}

#[test]
fn another_bucket_is_refused_by_name_and_never_read_as_ours() {
    let error = read("s3://other/transcripts/r/c.json").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the path names the bucket 'other', but this program reads and writes 'serene-relationship-mediator'; copy the object over, or set the bucket to the one meant"
    );
    assert!(matches!(read("s3:///transcripts/r/c.json"), Err(PathError::Bucket(_))));
    assert!(matches!(read("s3://key:secret@b/transcripts/r/c.json"), Err(PathError::Bucket(_))));
}

#[test]
fn an_s3_path_is_taken_as_it_stands() {
    for key in
        ["profiles%2Fr%2Fp.pdf", "profiles/r/x%2Dy.pdf", "/profiles/r/p.pdf", "profiles/r/p.pdf?v=1", ""]
    {
        let path = format!("s3://serene-relationship-mediator/{key}");
        assert!(matches!(read(&path), Err(PathError::Key(_))), "{path}");
    }
}

#[test]
fn a_path_without_its_prefix_gets_the_one_of_the_rows_kind() {
    let legacy = |path, kind| in_ours(read_with(path, Some(kind), None));
    assert_eq!(legacy("r1/c1.json", Kind::Transcript), "transcripts/r1/c1.json");
    assert_eq!(legacy("r1/p1.pdf", Kind::Handbook), "handbooks/r1/p1.pdf");
    assert_eq!(legacy("r1/c1_analysis.json", Kind::Analysis), "analysis/r1/c1_analysis.json");
    assert!(read("r1/c1.json").is_err(), "without a row nothing says what it is");
    assert!(read_with("r1/c1.json", Some(Kind::Profile), None).is_err(), "no profile is JSON");
    let error = read_with("../c1.json", Some(Kind::Transcript), None).unwrap_err().to_string();
    assert!(error.starts_with("in the key, the relationship id has a '.' out of place"), "{error}");
}

#[test]
fn the_rows_kind_does_not_override_a_prefix() {
    let location = read_with("profiles/r/p.pdf", Some(Kind::Handbook), None);
    assert_eq!(in_ours(location), "profiles/r/p.pdf");
}

#[test]
fn every_storage_route_names_its_bucket_and_key() {
    for route in [
        "/object/public",
        "/object/sign",
        "/object/authenticated",
        "/object",
        "/object/info",
        "/object/info/public",
        "/object/info/authenticated",
        "/object/upload/sign",
        "/render/image/public",
        "/render/image/authenticated",
        "/render/image/sign",
        "/s3",
    ] {
        for base in [
            HOST,
            "https://abc.storage.supabase.co/storage/v1",
            "https://abc.supabase.in/storage/v1",
            "https://files.example.com/storage/v1",
            "https://example.com/behind/a/proxy/storage/v1",
            "http://localhost:54321/storage/v1",
            "HTTP://[::1]:54321/storage/v1",
            "/storage/v1",
        ] {
            let path = format!("{base}{route}/docs/profiles/r/p.pdf?width=100&t=2024-01-01#top");
            let location = read(&path);
            assert_eq!(key(location.as_ref().unwrap()).as_deref(), Some("profiles/r/p.pdf"), "{path}");
            assert_eq!(in_storage(location), ("docs".into(), vec!["profiles/r/p.pdf".into()]), "{path}");
        }
    }
}

#[test]
fn routes_are_read_without_a_base_as_the_sign_call_returns_them() {
    let relative = format!("/object/sign/docs/profiles/r/p.pdf?token={}", token("docs/profiles/r/p.pdf"));
    let image = "/render/image/sign/docs/profiles/r/p.pdf";
    for path in [&relative, image, "http://localhost:5000/object/public/docs/profiles/r/p.pdf"] {
        assert_eq!(in_storage(read(path)), ("docs".into(), vec!["profiles/r/p.pdf".into()]), "{path}");
    }
}

/// The answers of `@supabase/storage-js` 2.109.0 and of Python `storage3` 2.34.1 for keys with every character that matters.
#[test]
fn what_the_clients_gave_out_is_read() {
    let cases = [
        // storage-js encodes as encodeURI does, storage3 as a URL path.
        (format!("{HOST}/object/public/docs/r1/my%20file%20(1)+%C3%A9.pdf"), "r1/my file (1)+é.pdf"),
        (format!("{HOST}/object/public/docs/r1/p.pdf?download=a+b.pdf"), "r1/p.pdf"),
        (format!("{HOST}/object/public/docs/r1/a%23b.pdf"), "r1/a#b.pdf"),
        (format!("{HOST}/object/public/docs/r1/what%3F.pdf"), "r1/what?.pdf"),
        (format!("{HOST}/object/public/docs/r1/p.pdf?"), "r1/p.pdf"),
        // storage3 leaves '?' and '#' as they are in signed URLs: only the token knows.
        (
            format!("{HOST}/object/sign/docs/r1/what?.pdf?token={}", token("docs/r1/what?.pdf")),
            "r1/what?.pdf",
        ),
        (format!("{HOST}/object/sign/docs/r1/a#b.pdf?token={}", token("docs/r1/a#b.pdf")), "r1/a#b.pdf"),
        (
            format!(
                "{HOST}/object/sign/docs/r1/p.pdf?download=&token={}&cacheNonce=7",
                token("docs/r1/p.pdf")
            ),
            "r1/p.pdf",
        ),
    ];
    for (path, first) in cases {
        assert_eq!(in_storage(read(&path)).1[0], first, "{path}");
    }
}

#[test]
fn percent_signs_are_decoded_exactly_once_and_plus_is_a_plus() {
    let candidates = |path: &str| in_storage(read(&format!("{HOST}/object/public/docs/{path}"))).1;
    assert_eq!(candidates("x%2Dy%252Fz+w.pdf"), ["x-y%2Fz+w.pdf"]);
    assert_eq!(candidates("50%.pdf"), ["50%.pdf"]);
    assert_eq!(candidates("profiles%2Fr%2Fp.pdf"), ["profiles/r/p.pdf"]);
    assert_eq!(read(&format!("{HOST}/object/public/docs/%ff.pdf")), Err(PathError::Encoding));
}

#[test]
fn doubled_slashes_give_the_literal_key_first_and_the_collapsed_one_next() {
    let location = read(&format!("{HOST}/object/public/docs//profiles//r/p.pdf/"));
    assert_eq!(key(location.as_ref().unwrap()).as_deref(), Some("profiles/r/p.pdf"));
    assert_eq!(in_storage(location).1, ["/profiles//r/p.pdf/", "profiles/r/p.pdf"]);
    assert_eq!(read(&format!("{HOST}/object/public/docs///")), Err(PathError::NoObject));
}

#[test]
fn old_objects_are_the_documents_that_their_names_and_rows_say() {
    let document = |path: &str, kind| {
        read_with(&format!("{HOST}/object/public/{path}"), kind, None).map(|l| key(&l).unwrap_or_default())
    };
    assert_eq!(document("docs/handbooks/r/p.pdf", None).unwrap(), "handbooks/r/p.pdf");
    assert_eq!(document("docs/r/c.json", Some(Kind::Transcript)).unwrap(), "transcripts/r/c.json");
    assert_eq!(document("transcripts/r/c.json", None).unwrap(), "transcripts/r/c.json");
    assert_eq!(document("profiles/r/p.pdf", Some(Kind::Handbook)).unwrap(), "handbooks/r/p.pdf");
    assert_eq!(document("docs/avatars/me.png", None).unwrap(), "", "an object, but no document");
}

#[test]
fn bare_paths_are_read_with_the_columns_bucket_only() {
    let docs = |path| read_with(path, None, Some("docs"));
    assert_eq!(in_storage(docs("docs/profiles/r/p.pdf")), ("docs".into(), vec!["profiles/r/p.pdf".into()]));
    assert_eq!(key(&docs("docs/profiles/r/p.pdf").unwrap()).as_deref(), Some("profiles/r/p.pdf"));
    assert_eq!(in_storage(docs("avatars/a%20b.png")), ("docs".into(), vec!["avatars/a%20b.png".into()]));
    assert_eq!(in_storage(docs("/avatars//me.png")).1, ["avatars//me.png", "avatars/me.png"]);
    assert_eq!(in_ours(docs("profiles/r/p.pdf")), "profiles/r/p.pdf", "a key of ours comes first");
    for path in ["docs/profiles/r/p.pdf", "avatars/me.png", "/avatars/me.png", "", "/"] {
        assert!(matches!(read(path), Err(PathError::Key(_))), "{path}");
    }
    assert_eq!(docs(""), Err(PathError::NoObject));
}

#[test]
fn a_path_that_may_have_meant_supabase_storage_says_which_objects_it_may_have_meant() {
    let objects = |path: &str, kind, bucket: Option<&str>| {
        let location = read_with(path, kind, bucket).unwrap();
        let objects = location.storage_objects(bucket);
        (
            location.form,
            objects.into_iter().map(|(bucket, key)| format!("{bucket}|{key}")).collect::<Vec<_>>(),
        )
    };
    let transcript = Some(Kind::Transcript);
    let cases = [
        ("s3://serene-relationship-mediator/profiles/r/p.pdf", Some("docs"), Form::S3Path, vec![]),
        // `Key` of an upload's answer in a bucket named like the prefix, or the name in the bucket that everyone knew.
        (
            "transcripts/r/c.json",
            Some("docs"),
            Form::Key,
            vec!["docs|transcripts/r/c.json", "transcripts|r/c.json"],
        ),
        ("r/c.json", Some("docs"), Form::ShortKey, vec!["docs|r/c.json", "transcripts|r/c.json"]),
        ("r/c.json", Some("transcripts"), Form::ShortKey, vec!["transcripts|r/c.json"]),
        ("/r/c.json", None, Form::ShortKey, vec!["transcripts|r/c.json"]),
        ("docs/r//c.json", Some("docs"), Form::BucketPath, vec!["docs|r//c.json", "docs|r/c.json"]),
        ("old/r/c.json", Some("docs"), Form::BarePath, vec!["docs|old/r/c.json"]),
        ("/object/public/a/r//c.json", Some("docs"), Form::PublicUrl, vec!["a|r//c.json", "a|r/c.json"]),
    ];
    for (path, bucket, form, expected) in cases {
        let expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(objects(path, transcript, bucket), (form, expected), "{path}");
    }
}

#[test]
fn a_signed_urls_token_is_the_surest_name_but_no_way_to_another_object() {
    let signed = |path: &str, named: &str| read(&format!("{HOST}/object/sign/{path}?token={}", token(named)));
    assert_eq!(in_storage(signed("docs/a%2Cb.png", "docs/a%2Cb.png")).1, ["a%2Cb.png", "a,b.png"]);
    for (path, named) in [
        ("docs/profiles/mine/p.pdf", "docs/profiles/theirs/p.pdf"),
        ("docs/profiles/theirs/p.pdf", "docs/x.pdf"),
        ("docs/x.pdf", "docs/profiles/theirs/p.pdf"),
        ("docs/x.pdf", "other/x.pdf"),
    ] {
        assert_eq!(signed(path, named), Err(PathError::TokenMismatch), "{path} {named}");
    }
    for useless in
        ["", "a.b", "a.b.c", "a.bm9wZQ.c", "a.W10.c", "a.eyJ1cmwiOjF9.c", "a.eyJ1cmwiOiJ4In0.c", "a.e30.c.d"]
    {
        let path = format!("{HOST}/object/sign/docs/profiles/r/p.pdf?token={useless}");
        assert_eq!(in_storage(read(&path)).1, ["profiles/r/p.pdf"], "{useless}");
    }
}

#[test]
fn the_url_of_a_resumable_upload_is_no_path() {
    for path in ["/upload/resumable/dGVuYW50", "/upload/resumable/sign/dGVuYW50", "/upload/resumable"] {
        assert_eq!(read(&format!("{HOST}{path}")), Err(PathError::Upload));
        assert_eq!(read(path), Err(PathError::Upload));
    }
}

#[test]
fn urls_that_name_no_object_are_refused() {
    for path in [
        "https://example.com",
        "https://example.com?/object/public/docs/profiles/r/p.pdf",
        "https://example.com#/object/public/docs/profiles/r/p.pdf",
        "https://example.com/docs/profiles/r/p.pdf",
        "https://example.com/storage/v10/object/public/docs/profiles/r/p.pdf",
        "https://abc.supabase.co/storage/v1/bucket/docs",
        "https://abc.supabase.co/storage/v1/object/public/docs",
        "https://abc.supabase.co/storage/v1/object/public//profiles/r/p.pdf",
        "https://abc.supabase.co/storage/v1/object/PUBLIC",
        "https://abc.supabase.co/storage/v1/upload/resumablex/docs/p.pdf",
        "/object/list/docs/p.pdf",
        "/object/list-v2/docs/p.pdf",
        "/object/move/docs/p.pdf",
        "/object/copy/docs/p.pdf",
        "/object/upload/docs/p.pdf",
        "/object/public/docs",
    ] {
        assert_eq!(read(path), Err(PathError::NoObject), "{path}");
    }
    for path in ["gs://docs/profiles/r/p.pdf", "file:///etc/passwd", "s3a://b/profiles/r/p.pdf"] {
        assert_eq!(read(path), Err(PathError::Scheme), "{path}");
    }
    for path in ["://docs/profiles/r/p.pdf", "1x://docs/p.pdf", "a b://docs/p.pdf", "docs/x://p.pdf"] {
        assert!(matches!(read(path), Err(PathError::Key(_))), "no scheme, so a path: {path}");
    }
}

#[test]
fn names_that_climb_out_of_their_bucket_are_refused() {
    for name in [
        "docs/../x",
        "docs/%2e%2e/x",
        "docs/a/%2E/x",
        "docs/..%5Cx",
        "%2e%2e/x",
        "docs%2Fx/y",
        "docs/a%00b",
        "docs/a%0Ab",
    ] {
        let path = format!("{HOST}/object/public/{name}");
        assert_eq!(read(&path), Err(PathError::StorageName), "{path}");
    }
    assert_eq!(read_with("../x", None, Some("docs")), Err(PathError::StorageName));
    assert_eq!(read_with("x", None, Some("a/b")), Err(PathError::StorageName));
    let long = |bytes| read(&format!("{HOST}/object/public/docs/{}", "x".repeat(bytes)));
    assert!(long(1024).is_ok());
    assert_eq!(long(1025), Err(PathError::StorageName));
    assert_eq!(read(&format!("/object/public/{}/x", "b".repeat(101))), Err(PathError::StorageName));
}

#[test]
fn a_path_of_any_length_is_refused_before_it_is_read() {
    assert_eq!(read(&"x".repeat(8193)), Err(PathError::TooLong(8193)));
    assert!(matches!(read(&"x".repeat(8192)), Err(PathError::Key(_))));
}

#[test]
fn no_error_repeats_a_token() {
    let secret = token("other/secret-object");
    for path in [
        format!("{HOST}/object/sign/docs/x?token={secret}"),
        format!("/object/list/docs/x?token={secret}"),
        format!("docs/x?token={secret}"),
        format!("s3://x?token={secret}/profiles/r/p.pdf"),
        format!("x?token={secret}://"),
    ] {
        let error = read(&path).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&secret[..20]), "{error:?}");
    }
}
