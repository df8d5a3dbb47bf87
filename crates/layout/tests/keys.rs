//! Ids, kinds and keys, one by one.

#![allow(clippy::unwrap_used, reason = "a test may panic, and so may its helpers")]

use layout::{Bucket, ConflictId, DocumentId, DocumentRef, Kind, Partner, PdfId, RelationshipId};

fn document(key: &str) -> DocumentRef {
    DocumentRef::parse_key(key).unwrap()
}

#[test]
fn each_kind_has_the_products_key_row_namespace_and_media_type() {
    let expected = [
        ("transcript", "transcripts/r/c.json", "conflicts.transcript_path", Some("transcripts")),
        ("profile", "profiles/r/p.pdf", "profiles.file_path", Some("profiles")),
        ("handbook", "handbooks/r/p.pdf", "profiles.file_path", Some("profiles")),
        ("analysis", "analysis/r/c_analysis.json", "conflict_analysis.analysis_path", Some("analysis")),
        ("repair-plan", "repair_plans/r/c_repair_partner_b.json", "repair_plans.plan_path", None),
    ];
    for (kind, (name, key, column, namespace)) in Kind::ALL.into_iter().zip(expected) {
        assert_eq!(kind.as_str(), name);
        assert_eq!(kind.to_string().parse(), Ok(kind));
        assert_eq!(document(key).kind(), kind);
        assert_eq!(document(key).key().as_str(), key);
        assert_eq!(format!("{}.{}", kind.table(), kind.path_column()), column);
        assert_eq!(kind.namespace(), namespace);
        let media_type = if key.ends_with(".pdf") { "application/pdf" } else { "application/json" };
        assert_eq!(kind.content_type(), media_type);
    }
    assert!("repair_plan".parse::<Kind>().unwrap_err().to_string().contains("repair-plan"));
}

#[test]
fn a_document_tells_the_ids_it_is_made_of() {
    let plan = document("repair_plans/r1/c1_repair_partner_a.json");
    assert_eq!(plan.relationship().as_str(), "r1");
    assert_eq!(plan.conflict().map(ConflictId::as_str), Some("c1"));
    assert_eq!(plan.partner(), Some(Partner::A));
    assert_eq!(plan.pdf(), None);
    let profile = document("profiles/r1/p1.pdf");
    assert_eq!(profile.pdf().map(PdfId::as_str), Some("p1"));
    assert_eq!((profile.conflict(), profile.partner()), (None, None));
}

#[test]
fn the_suffix_is_matched_from_the_end_so_ids_may_hold_pieces_of_it() {
    let conflict = |key| document(key).conflict().unwrap().to_string();
    assert_eq!(conflict("analysis/r/c_analysis_analysis.json"), "c_analysis");
    assert_eq!(conflict("transcripts/r/c_analysis.json"), "c_analysis");
    assert_eq!(conflict("repair_plans/r/c_repair_partner_b_repair_partner_a.json"), "c_repair_partner_b");
    assert_eq!(conflict("transcripts/r/c.json.json"), "c.json");
}

#[test]
fn ids_that_climb_separate_or_hide_are_refused_with_the_reason() {
    let rule =
        "it is 1 to 128 ASCII letters, digits, '-', '_' and '.', each '.' single and between two others";
    let cases = [
        ("", "is empty"),
        ("..", "has a '.' out of place at byte 0"),
        (".hidden", "has a '.' out of place at byte 0"),
        ("a..b", "has a '.' out of place at byte 2"),
        ("a.", "has a '.' out of place at byte 1"),
        ("../x", "has a '.' out of place at byte 0"),
        ("a/b", "holds '/' at byte 1"),
        ("a\\b", "holds '\\\\' at byte 1"),
        ("a%2fb", "holds '%' at byte 1"),
        ("é", "holds 'é' at byte 0"),
        ("a\0", "holds '\\0' at byte 1"),
        ("a\n", "holds '\\n' at byte 1"),
    ];
    for (id, problem) in cases {
        let error = id.parse::<RelationshipId>().unwrap_err().to_string();
        assert_eq!(error, format!("the relationship id {problem}; {rule}"), "{id:?}");
    }
    let long = "x".repeat(129);
    assert!(long.parse::<ConflictId>().unwrap_err().to_string().starts_with("the conflict id has 129 bytes"));
    assert!(long[1..].parse::<ConflictId>().is_ok());
    assert!("".parse::<PdfId>().unwrap_err().to_string().starts_with("the pdf id is empty"));
    let partner = "partner_c".parse::<Partner>().unwrap_err().to_string();
    assert_eq!(partner, "the partner id is not one of the two there are; it is partner_a or partner_b");
}

#[test]
fn uuids_numbers_and_slugs_are_ids() {
    for id in
        ["7b0c2f3e-3f0f-4a7e-9b52-0d2f1c7e6a11", "42", "our-first_talk.v2", "-V1StGXR8_Z5jdHi6B-myT", "_"]
    {
        assert_eq!(id.parse::<ConflictId>().unwrap().as_str(), id);
    }
}

#[test]
fn what_is_almost_a_key_is_not_one() {
    for key in [
        "",
        "/",
        "transcripts",
        "transcripts/r",
        "transcripts/r/",
        "transcripts/r/.json",
        "transcripts//c.json",
        "/transcripts/r/c.json",
        "transcripts/r/c.json/",
        "transcripts/r/x/c.json",
        "transcripts/../c.json",
        "transcripts/r/..json",
        "transcripts/r/%2e%2e.json",
        "Transcripts/r/c.json",
        "transcripts/r/c.JSON",
        "transcripts/r/c.pdf",
        "profiles/r/p.json",
        "analysis/r/c.json",
        "analysis/r/_analysis.json",
        "repair_plans/r/c.json",
        "repair_plans/r/c_repair_partner_c.json",
        "repair_plans/r/_repair_partner_a.json",
        "repair-plans/r/c_repair_partner_a.json",
        "other/r/c.json",
        " transcripts/r/c.json",
    ] {
        assert!(DocumentRef::parse_key(key).is_err(), "{key:?}");
    }
}

#[test]
fn a_documents_id_is_a_version_8_uuid_that_never_changes() {
    // The first 16 bytes of sha256(key), with the version and variant bits of RFC 9562 set, worked out elsewhere.
    let id = document("transcripts/r/c.json").document_id();
    assert_eq!(
        (id.as_str(), id.to_string()),
        ("c449b983-210f-8181-b920-cf7dc9cd134e", id.as_str().to_owned())
    );
    assert_eq!("C449B983-210F-8181-B920-CF7DC9CD134E".parse(), Ok(id));
    for other in [
        "",
        "c449b983210f8181b920cf7dc9cd134e",
        "c449b983-210f-8181-b920-cf7dc9cd134g",
        "c449b983-210f-8181-b920_cf7dc9cd134e",
    ] {
        let error = other.parse::<DocumentId>().unwrap_err().to_string();
        assert_eq!(
            error,
            "the document id is not a UUID; its 36 characters are hexadecimal digits and four hyphens"
        );
    }
}

#[test]
fn buckets_are_checked_so_that_written_paths_read_back() {
    assert_eq!(Bucket::default().as_str(), "serene-relationship-mediator");
    for name in ["a", "my.old_Bucket-1", &"b".repeat(255)] {
        assert!(name.parse::<Bucket>().is_ok(), "{name}");
    }
    for name in ["", "a/b", ".a", "-a", "a b", "é", "key:secret@bucket", &"b".repeat(256)] {
        assert!(name.parse::<Bucket>().is_err(), "{name}");
    }
    assert_eq!(
        document("profiles/r/p.pdf").stored_path(&Bucket::default()),
        "s3://serene-relationship-mediator/profiles/r/p.pdf"
    );
}
