//! What holds for every id and every string.

#![allow(clippy::unwrap_used, reason = "a test may panic, and so may its helpers")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use layout::{Bucket, DocumentRef, Form, Kind, Location, Partner, PathContext, RelationshipId, Source};
use proptest::prelude::*;

/// Ids of the allowed characters, and ids made of the very pieces that keys are made of.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9_-]{1,20}(\\.[A-Za-z0-9_-]{1,10}){0,3}",
        "[a-z0-9](_analysis|_repair_|partner_a|_repair_partner_b|\\.json|\\.pdf|x){0,6}",
    ]
}

prop_compose! {
    fn document()(relationship in id(), name in id(), kind in 0..5_usize, partner in 0..2_usize) -> DocumentRef {
        let relationship = relationship.parse().unwrap();
        match Kind::ALL[kind] {
            Kind::Transcript => DocumentRef::Transcript { relationship, conflict: name.parse().unwrap() },
            Kind::Profile => DocumentRef::Profile { relationship, pdf: name.parse().unwrap() },
            Kind::Handbook => DocumentRef::Handbook { relationship, pdf: name.parse().unwrap() },
            Kind::Analysis => DocumentRef::Analysis { relationship, conflict: name.parse().unwrap() },
            Kind::RepairPlan => DocumentRef::RepairPlan {
                relationship,
                conflict: name.parse().unwrap(),
                partner: Partner::ALL[partner],
            },
        }
    }
}

fn bucket() -> impl Strategy<Value = Bucket> {
    "[A-Za-z0-9][A-Za-z0-9._-]{0,80}".prop_map(|name| name.parse().unwrap())
}

/// Strings made of what paths are made of, in any order.
fn near_paths() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "s3://serene-relationship-mediator/",
            "s3://",
            "https://x/storage/v1",
            "http://x",
            "/storage/v1",
            "/object",
            "/public",
            "/sign",
            "/info",
            "/authenticated",
            "/render/image",
            "/upload/resumable",
            "/s3",
            "/list",
            "/docs",
            "docs/",
            "transcripts",
            "profiles",
            "handbooks",
            "analysis",
            "repair_plans",
            "/",
            "//",
            "..",
            ".",
            "%2e",
            "%2F",
            "%25",
            "%",
            "%00",
            "%ff",
            "\\",
            "?",
            "#",
            "&",
            "token=",
            "a.eyJ1cmwiOiJkb2NzL3Byb2ZpbGVzL3IvcC5wZGYifQ.c",
            "r",
            "c",
            "r/c.json",
            "p.pdf",
            ".json",
            "_analysis.json",
            "_repair_",
            "partner_a",
            "\u{0}",
            "é",
            "+",
            " ",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,4}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// A form, then something that is a key or nearly one.
fn nearly_keys() -> impl Strategy<Value = String> {
    let pick = |choices: &'static [&'static str]| proptest::sample::select(choices);
    let head = pick(&[
        "",
        "/",
        "docs/",
        "docs//",
        "s3://serene-relationship-mediator/",
        "https://x/storage/v1/object/public/docs/",
        "https://x/storage/v1/object/docs//",
        "http://x/p/storage/v1/s3/profiles/",
        "/object/sign/docs/",
    ]);
    let folder = pick(&[
        "",
        "transcripts/",
        "profiles/",
        "handbooks/",
        "analysis/",
        "repair_plans/",
        "other/",
        "transcripts//",
        "../",
    ]);
    let relationship =
        pick(&["r", "mine", "theirs", "..", ".", "%2e%2e", "r%2Fc", "r/..", "", "r\\", "r%00"]);
    let name = pick(&["c", "c_analysis", "c_repair_partner_a", "..", "%2e", "", "c%2F..%2Fd", "c/d", "c%25"]);
    let suffix = pick(&[
        ".json",
        ".pdf",
        "_analysis.json",
        "_repair_partner_b.json",
        "_repair_partner_c.json",
        "",
        "/",
    ]);
    // Tokens that name `docs/profiles/theirs/p.pdf` and `docs/theirs/c.json`.
    let tail = pick(&[
        "",
        "?t=1",
        "?token=a.eyJ1cmwiOiJkb2NzL3Byb2ZpbGVzL3RoZWlycy9wLnBkZiJ9.c",
        "#?token=a.eyJ1cmwiOiJkb2NzL3RoZWlycy9jLmpzb24ifQ.c",
    ]);
    (head, folder, relationship, name, suffix, tail)
        .prop_map(|(h, f, r, n, s, t)| format!("{h}{f}{r}/{n}{s}{t}"))
}

fn kind() -> impl Strategy<Value = Option<Kind>> {
    prop::option::of(proptest::sample::select(Kind::ALL.to_vec()))
}

fn percent_encode_all(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

proptest! {
    #[test]
    fn every_written_path_and_key_reads_back_to_its_document(document in document(), bucket in bucket(), row in kind()) {
        let key = document.key();
        prop_assert_eq!(DocumentRef::parse_key(key.as_str()), Ok(document.clone()));
        for (form, path) in [
            (Form::S3Path, document.stored_path(&bucket)),
            (Form::Key, key.to_string()),
            (Form::Key, format!("/{key}")),
        ] {
            let context = PathContext { bucket: &bucket, kind: row, storage_bucket: None };
            let expected = Location {
                form,
                source: Source::ObjectStore { key: key.clone() },
                document: Some(document.clone()),
            };
            prop_assert_eq!(Location::read(&path, &context), Ok(expected), "{}", path);
        }
    }

    #[test]
    fn every_key_reads_back_without_its_prefix_when_the_kind_is_known(document in document()) {
        let key = document.key();
        let (_, legacy) = key.as_str().split_once('/').unwrap();
        let context = PathContext { bucket: &Bucket::default(), kind: Some(document.kind()), storage_bucket: None };
        prop_assert_eq!(Location::read(legacy, &context).map(|l| l.document), Ok(Some(document)));
    }

    #[test]
    fn every_old_form_of_a_key_reads_back_to_its_document(
        document in document(),
        (route, form) in proptest::sample::select(vec![
            ("public", Form::PublicUrl),
            ("sign", Form::SignedUrl),
            ("authenticated", Form::AuthenticatedUrl),
            ("info", Form::InfoUrl),
            ("info/public", Form::InfoUrl),
            ("upload/sign", Form::SignedUploadUrl),
        ]),
        encoded in any::<bool>(),
        row in kind(),
    ) {
        let key = document.key().to_string();
        let payload = URL_SAFE_NO_PAD.encode(format!(r#"{{"url":"docs/{key}"}}"#));
        let in_url = if encoded { percent_encode_all(&key) } else { key.clone() };
        let context = PathContext { bucket: &Bucket::default(), kind: row, storage_bucket: Some("docs") };
        for (form, path) in [
            (form, format!("https://abc.supabase.co/storage/v1/object/{route}/docs/{in_url}")),
            (form, format!("https://abc.supabase.co/storage/v1/object/{route}/docs/{in_url}?token=h.{payload}.s")),
            (form, format!("/object/{route}/docs/{in_url}?width=1")),
            (Form::ObjectUrl, format!("https://x.example/storage/v1/object/docs/{in_url}#f")),
            (Form::ImageUrl, format!("https://x.example/storage/v1/render/image/public/docs/{in_url}")),
            (Form::S3Url, format!("https://x.example/storage/v1/s3/docs/{in_url}")),
            (Form::BucketPath, format!("docs/{key}")),
        ] {
            let expected = Location {
                form,
                source: Source::SupabaseStorage { bucket: "docs".into(), candidates: vec![key.clone()] },
                document: Some(document.clone()),
            };
            prop_assert_eq!(Location::read(&path, &context), Ok(expected), "{}", path);
        }
    }

    #[test]
    fn two_documents_never_share_a_key_or_an_id(a in document(), b in document()) {
        prop_assert_eq!(a.key() == b.key(), a == b);
        prop_assert_eq!(a.document_id() == b.document_id(), a == b);
        prop_assert_eq!(a.document_id().as_str().parse(), Ok(a.document_id()));
    }

    #[test]
    fn kinds_that_share_ids_never_share_a_key(relationship in id(), name in id()) {
        let pdf = DocumentRef::Profile { relationship: relationship.parse().unwrap(), pdf: name.parse().unwrap() };
        let handbook = DocumentRef::Handbook { relationship: relationship.parse().unwrap(), pdf: name.parse().unwrap() };
        let transcript = DocumentRef::Transcript { relationship: relationship.parse().unwrap(), conflict: name.parse().unwrap() };
        let analysis = DocumentRef::Analysis { relationship: relationship.parse().unwrap(), conflict: name.parse().unwrap() };
        let mut keys = vec![pdf.key(), handbook.key(), transcript.key(), analysis.key()];
        for partner in Partner::ALL {
            let (relationship, conflict) = (relationship.parse().unwrap(), name.parse().unwrap());
            keys.push(DocumentRef::RepairPlan { relationship, conflict, partner }.key());
        }
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), 6);
    }

    #[test]
    fn no_string_makes_a_key_outside_its_relationships_prefix(
        path in prop_oneof![1 => any::<String>(), 2 => near_paths(), 4 => nearly_keys()],
        row in kind(),
        storage_bucket in proptest::sample::select(vec![None, Some("docs"), Some("profiles"), Some("")]),
    ) {
        let context = PathContext { bucket: &Bucket::default(), kind: row, storage_bucket };
        let Ok(location) = Location::read(&path, &context) else { return Ok(()) };
        if let Some(document) = &location.document {
            let key = document.key();
            let prefix = document.kind().key_prefix(document.relationship());
            let name = key.as_str().strip_prefix(&prefix);
            prop_assert!(name.is_some_and(|name| !name.is_empty() && !name.contains('/')), "{}", key);
            prop_assert!(!key.as_str().contains(".."), "{}", key);
            prop_assert_eq!(&DocumentRef::parse_key(key.as_str()), &Ok(document.clone()));
        }
        match location.source {
            Source::ObjectStore { key } => prop_assert_eq!(Some(key), location.document.map(|d| d.key())),
            Source::SupabaseStorage { bucket, candidates } => {
                prop_assert!(!bucket.is_empty() && !bucket.contains('/') && !candidates.is_empty());
                for candidate in candidates {
                    prop_assert!(!candidate.split(['/', '\\']).any(|s| s == "." || s == ".."), "{:?}", candidate);
                    // Whatever is tried for a document holds that document's relationship as a whole segment, or nothing does.
                    if let Some(document) = &location.document {
                        let relationship = document.relationship().as_str();
                        prop_assert!(candidate.split('/').any(|s| s == relationship), "{:?}", candidate);
                    }
                }
            }
        }
    }

    #[test]
    fn an_encoded_name_is_decoded_once_only(name in "[a-z%0-9/+ é]{1,30}") {
        prop_assume!(name.split('/').any(|s| !s.is_empty()));
        let path = format!("/object/public/docs/{}", percent_encode_all(&name));
        let context = PathContext { bucket: &Bucket::default(), kind: None, storage_bucket: None };
        match Location::read(&path, &context).map(|l| l.source) {
            Ok(Source::SupabaseStorage { candidates, .. }) => prop_assert_eq!(&candidates[0], &name),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_string_is_an_id_only_when_it_is_one_plain_segment(text in prop_oneof![any::<String>(), "[a-z._/%-]{0,8}"]) {
        let Ok(id) = text.parse::<RelationshipId>() else { return Ok(()) };
        prop_assert_eq!(id.as_str(), &text);
        prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)));
        prop_assert!(!text.starts_with('.') && !text.ends_with('.') && !text.contains(".."));
    }
}
