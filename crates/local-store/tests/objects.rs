//! What the object store promises.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeMap;

use local_store::objects::{
    BUCKET, ByteRange, CHUNK_BYTES, GRACE_MS, ObjectStore, PutOptions, Reader, SignedMethod, SignedUrl,
    UPLOAD_MS, WriteCondition,
};
use local_store::{Error, ErrorKind};
use native_sqlite::{Fake, Pieces, Sqlite, interleave, poll_times, wait};
use proptest::prelude::*;

type Store = ObjectStore<Sqlite, Fake>;

#[test]
fn the_bucket_is_the_one_that_paths_name_when_none_is_set() {
    assert_eq!(BUCKET, layout::DEFAULT_BUCKET);
}

fn store() -> (Sqlite, Fake, Store) {
    let (db, env) = (Sqlite::memory(), Fake::starting_at(0));
    (db.clone(), env.clone(), ObjectStore::new(db, env))
}

fn options(condition: WriteCondition) -> PutOptions {
    PutOptions {
        content_type: "application/pdf".to_owned(),
        size: None,
        condition,
        metadata: vec![("source".to_owned(), "test".to_owned())],
    }
}

fn always() -> PutOptions {
    options(WriteCondition::Always)
}

fn bytes(seed: u8, length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 % 251) as u8 ^ seed).collect()
}

fn read_all(store: &Store, mut reader: Reader) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    while let Some(bytes) = wait(store.read(&mut reader))? {
        assert!(bytes.len() <= CHUNK_BYTES);
        all.extend(bytes);
    }
    Ok(all)
}

fn content(store: &Store, key: &str) -> Option<Vec<u8>> {
    match wait(store.get(key, None, None)) {
        Ok(object) => Some(read_all(store, object.reader).unwrap()),
        Err(error) if error.kind == ErrorKind::NotFound => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn files_of_every_size_around_a_chunk_come_back() {
    let (_, _, store) = store();
    for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7] {
        let file = bytes(1, length);
        let exact = PutOptions { size: Some(length as u64), ..always() };
        let put = wait(store.put("a/b.pdf", Pieces::of(&file), &exact)).unwrap();
        assert_eq!(wait(store.head("a/b.pdf")).unwrap(), put);
        assert_eq!((put.size, put.metadata.len(), put.etag.len()), (length as u64, 1, 64));
        assert_eq!(content(&store, "a/b.pdf").unwrap(), file);
    }
}

#[test]
fn a_body_that_fails_or_has_another_length_changes_nothing() {
    let (db, env, store) = store();
    let file = bytes(1, CHUNK_BYTES + 9);
    wait(store.put("k", Pieces::of(b"before"), &always())).unwrap();
    let gone: Error = wait(store.head("none")).unwrap_err();
    let failing = Pieces::failing(&file, gone.clone());
    assert_eq!(wait(store.put("k", failing, &always())).unwrap_err(), gone);
    for size in [file.len() as u64 - 1, file.len() as u64 + 1] {
        let wrong = PutOptions { size: Some(size), ..always() };
        let error = wait(store.put("k", Pieces::of(&file), &wrong)).unwrap_err();
        assert_eq!(
            (error.kind, error.extra("expected")),
            (ErrorKind::Invalid, Some(size.to_string().as_str()))
        );
    }
    assert_eq!(content(&store, "k").unwrap(), b"before");
    env.pass(1);
    wait(store.sweep()).unwrap();
    assert_eq!(db.number("SELECT count(*) FROM serene_object_chunks"), 1, "what failed is swept at once");
}

#[test]
fn an_object_over_the_limit_is_too_large() {
    let (db, env) = (Sqlite::memory(), Fake::starting_at(0));
    let store = ObjectStore::new(db, env).with_max_object_bytes(10);
    let announced = PutOptions { size: Some(11), ..always() };
    for options in [announced, always()] {
        let error = wait(store.put("k", Pieces::of(&[0; 11]), &options)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooLarge);
        assert_eq!((error.extra("limit"), error.extra("actual")), (Some("10"), Some("11")));
    }
    wait(store.put("k", Pieces::of(&[0; 10]), &always())).unwrap();
}

#[test]
fn conditions_hold_at_the_moment_of_the_write() {
    let (_, _, store) = store();
    let first = wait(store.put("k", Pieces::of(b"1"), &options(WriteCondition::Absent))).unwrap();
    let again = wait(store.put("k", Pieces::of(b"2"), &options(WriteCondition::Absent))).unwrap_err();
    assert_eq!(again.kind, ErrorKind::Conflict);
    let matches = options(WriteCondition::Matches(first.etag));
    let second = wait(store.put("k", Pieces::of(b"2"), &matches)).unwrap();
    assert_eq!(wait(store.put("k", Pieces::of(b"3"), &matches)).unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(wait(store.get("k", None, Some("other"))).unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(wait(store.get("k", None, Some(&second.etag))).unwrap().length, 1);
    assert_eq!(content(&store, "k").unwrap(), b"2");
}

#[test]
fn of_racing_creators_on_two_connections_one_wins_and_its_bytes_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let stores: Vec<Store> = (0..2_u8)
        .map(|n| ObjectStore::new(Sqlite::file(&path), Fake::starting_at(u128::from(n) << 64)))
        .collect();
    let files = [bytes(1, CHUNK_BYTES + 1), bytes(2, CHUNK_BYTES + 1)];
    let absent = options(WriteCondition::Absent);
    let puts = stores
        .iter()
        .zip(&files)
        .map(|(store, file)| Box::pin(store.put("k", Pieces::of(file), &absent)) as _);
    let results = interleave(puts.collect());
    let won: Vec<bool> = results.iter().map(Result::is_ok).collect();
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    assert_eq!(content(&stores[0], "k").unwrap(), files[usize::from(won[1])]);
}

#[test]
fn a_write_dropped_anywhere_is_whole_or_nothing_and_is_swept() {
    let file = bytes(2, 2 * CHUNK_BYTES + 5);
    let mut polls = 0;
    loop {
        let (db, env, store) = store();
        wait(store.put("k", Pieces::of(b"before"), &always())).unwrap();
        let options = always();
        let done = poll_times(store.put("k", Pieces::of(&file), &options), polls);
        let now = content(&store, "k").unwrap();
        assert!(now == b"before" || now == file, "after {polls} polls");
        // A version without its row would never be swept.
        let lost = "SELECT count(*) FROM serene_object_chunks AS c WHERE NOT EXISTS (SELECT 1 FROM serene_objects AS o \
                    WHERE o.version = c.version) AND NOT EXISTS (SELECT 1 FROM serene_object_leftovers AS l WHERE l.version = c.version)";
        assert_eq!(db.number(lost), 0, "after {polls} polls");
        env.pass(UPLOAD_MS + GRACE_MS);
        wait(store.sweep()).unwrap();
        assert_eq!(db.number("SELECT count(*) FROM serene_object_leftovers"), 0, "after {polls} polls");
        assert_eq!(content(&store, "k").unwrap(), now, "after {polls} polls");
        if let Some(result) = done {
            result.unwrap();
            assert_eq!(now, file);
            break;
        }
        polls += 1;
    }
    assert!(polls > 20);
}

#[test]
fn an_upload_in_progress_is_not_swept_and_one_given_up_cannot_finish() {
    let (db, env, store) = store();
    let file = bytes(3, 3 * CHUNK_BYTES);
    let options = always();
    let mut put = Box::pin(store.put("k", Pieces::of(&file), &options));
    assert!(poll_times(put.as_mut(), 40).is_none());
    let chunks = db.number("SELECT count(*) FROM serene_object_chunks");
    assert!(chunks > 0);
    env.pass(UPLOAD_MS - 1);
    wait(store.sweep()).unwrap();
    assert_eq!(db.number("SELECT count(*) FROM serene_object_chunks"), chunks);
    env.pass(1);
    wait(store.sweep()).unwrap();
    assert_eq!(wait(put).unwrap_err().kind, ErrorKind::Failed);
    assert_eq!(content(&store, "k"), None);
    wait(store.sweep()).unwrap();
    assert_eq!(db.number("SELECT count(*) FROM serene_object_chunks"), 0);
}

#[test]
fn a_reader_gets_the_version_it_opened_or_a_clean_error() {
    let (_, env, store) = store();
    let (old, new) = (bytes(1, 2 * CHUNK_BYTES), bytes(2, 2 * CHUNK_BYTES));
    wait(store.put("k", Pieces::of(&old), &always())).unwrap();
    let mut early = wait(store.get("k", None, None)).unwrap().reader;
    let late = wait(store.get("k", None, None)).unwrap().reader;
    let first = wait(store.read(&mut early)).unwrap().unwrap();
    wait(store.put("k", Pieces::of(&new), &always())).unwrap();
    env.pass(GRACE_MS - 1);
    wait(store.delete("k")).unwrap();
    assert_eq!([first, read_all(&store, early).unwrap()].concat(), old);
    env.pass(GRACE_MS);
    wait(store.sweep()).unwrap();
    assert_eq!(read_all(&store, late).unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(content(&store, "k"), None);
    wait(store.delete("k")).unwrap();
}

#[test]
fn sweeping_goes_in_steps_and_comes_to_an_end() {
    let (db, env, store) = store();
    let file = bytes(1, 3 * CHUNK_BYTES);
    for _ in 0..30 {
        wait(store.put("k", Pieces::of(&file), &always())).unwrap();
    }
    env.pass(GRACE_MS);
    let count = || db.number("SELECT count(*) FROM serene_object_chunks");
    let before = count();
    wait(store.sweep()).unwrap();
    assert!((1..=64).contains(&(before - count())));
    for _ in 0..30 {
        wait(store.sweep()).unwrap();
    }
    assert_eq!(count(), 3);
    assert_eq!(content(&store, "k").unwrap(), file);
}

#[test]
fn what_breaks_a_rule_is_refused_before_anything_is_read() {
    let (_, _, store) = store();
    for key in [String::new(), "k".repeat(1025)] {
        assert_eq!(wait(store.head(&key)).unwrap_err().kind, ErrorKind::Invalid);
    }
    let wrong = [
        PutOptions { content_type: "pdf".to_owned(), ..always() },
        PutOptions { content_type: "text/plain\r\n".to_owned(), ..always() },
        PutOptions { metadata: vec![("Name".to_owned(), "x".to_owned())], ..always() },
        PutOptions { metadata: vec![("name".to_owned(), "a b".to_owned())], ..always() },
        PutOptions { metadata: vec![("name".to_owned(), "x".repeat(2045))], ..always() },
    ];
    for options in wrong {
        assert_eq!(wait(store.put("k", Pieces::of(b""), &options)).unwrap_err().kind, ErrorKind::Invalid);
    }
}

#[test]
fn a_signed_url_grants_its_method_on_its_key_until_it_expires() {
    let (_, env, store) = store();
    let key = "../profiles/ä b/%2F?x&y=1.pdf";
    let signed = wait(store.presign(SignedMethod::Get, key, 60)).unwrap();
    assert_eq!(signed.expires_ms, 1_060_000);
    assert!(signed.url.starts_with("/v1/presigned/..%2Fprofiles%2F%C3%A4%20b%2F"));
    env.pass(59_999);
    assert_eq!(wait(store.redeem(SignedMethod::Get, &signed.url)).unwrap(), key);
    let refused = |method, url: &str| wait(store.redeem(method, url)).unwrap_err();
    let denied = refused(SignedMethod::Put, &signed.url);
    assert_eq!(denied.kind, ErrorKind::Denied);
    let later = signed.url.replace("1060000", "1060001");
    let put = signed.url.replace("GET", "PUT");
    let other = signed.url.replace("profiles", "handbooks");
    for (method, url) in [(SignedMethod::Get, &later), (SignedMethod::Put, &put), (SignedMethod::Get, &other)]
    {
        assert_eq!(refused(method, url), denied);
    }
    for url in
        ["", "/v1/presigned/k", "/v1/presigned/k?method=GET&expires=x&signature=00", "/v1/presigned/%FF?"]
    {
        assert_eq!(refused(SignedMethod::Get, url), denied);
    }
    env.pass(1);
    assert_eq!(refused(SignedMethod::Get, &signed.url), denied);
    for seconds in [0, 604_801] {
        assert_eq!(
            wait(store.presign(SignedMethod::Get, "k", seconds)).err().unwrap().kind,
            ErrorKind::Invalid
        );
    }
}

#[test]
fn all_stores_on_a_file_honour_each_others_urls() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let stores = [0, 9].map(|seed| ObjectStore::new(Sqlite::file(&path), Fake::starting_at(seed)));
    let presign = stores.iter().map(|store| Box::pin(store.presign(SignedMethod::Put, "k", 60)) as _);
    let urls: Vec<Result<SignedUrl, Error>> = interleave(presign.collect());
    for url in urls {
        let Ok(url) = url else { panic!("not signed") };
        for store in &stores {
            assert_eq!(wait(store.redeem(SignedMethod::Put, &url.url)).unwrap(), "k");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_range_is_that_part_of_the_file(length in 0..2 * CHUNK_BYTES, a in 0..3 * CHUNK_BYTES as u64, b in 0..3 * CHUNK_BYTES as u64) {
        let (_, _, store) = store();
        let file = bytes(4, length);
        wait(store.put("k", Pieces::of(&file), &always())).unwrap();
        let cut = |from: u64, to: u64| file.get(from as usize..(to as usize).min(length)).unwrap_or_default();
        let cases = [
            (ByteRange::Between(a, b), if a <= b { cut(a, b + 1) } else { &[] }),
            (ByteRange::StartingAt(a), cut(a, length as u64)),
            (ByteRange::Last(a), cut((length as u64).saturating_sub(a), length as u64)),
            (ByteRange::Between(a, u64::MAX), cut(a, length as u64)),
        ];
        for (range, expected) in cases {
            match wait(store.get("k", Some(range), None)) {
                Ok(object) => {
                    prop_assert_eq!(object.length, expected.len() as u64);
                    prop_assert_eq!(read_all(&store, object.reader).unwrap(), expected);
                    prop_assert_eq!(cut(object.offset, object.offset + object.length), expected);
                }
                Err(error) => {
                    prop_assert!(expected.is_empty());
                    prop_assert_eq!(error.extra("reason"), Some("range-not-satisfiable"));
                    prop_assert_eq!(error.extra("size").unwrap(), length.to_string());
                }
            }
        }
    }

    #[test]
    fn pages_list_what_a_sorted_map_holds(
        keys in prop::collection::btree_set("[aB%_*/\u{0}\u{7f}\u{e9}\u{10ffff}]{1,4}", 0..24),
        prefix in "[aB%_*\u{e9}\u{10ffff}]{0,2}",
        limit in 1..5_u32,
    ) {
        let (_, _, store) = store();
        let model: BTreeMap<Vec<u8>, ()> = keys.iter().map(|key| (key.as_bytes().to_vec(), ())).collect();
        for key in &keys {
            wait(store.put(key, Pieces::of(b""), &always())).unwrap();
        }
        let expected: Vec<Vec<u8>> = model.into_keys().filter(|key| key.starts_with(prefix.as_bytes())).collect();
        let (mut listed, mut cursor) = (Vec::new(), None);
        loop {
            let page = wait(store.list(&prefix, cursor.as_deref(), limit)).unwrap();
            prop_assert!(page.objects.len() <= limit as usize);
            listed.extend(page.objects.into_iter().map(|object| object.key.into_bytes()));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        prop_assert_eq!(listed, expected);
    }
}
