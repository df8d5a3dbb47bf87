//! The tables of the object store.

use crate::schema::Schema;
use crate::{Error, Result};

use super::GRACE_MS;

pub(super) fn schema() -> Schema {
    let statements = vec![
        // Keys are blobs: SQLite compares those byte by byte, which is the order listings promise.
        "CREATE TABLE IF NOT EXISTS serene_objects (
            key BLOB PRIMARY KEY,
            version TEXT NOT NULL UNIQUE,
            size INTEGER NOT NULL,
            chunk_bytes INTEGER NOT NULL,
            etag TEXT NOT NULL,
            content_type TEXT NOT NULL,
            modified_ms INTEGER NOT NULL,
            metadata TEXT NOT NULL
        ) WITHOUT ROWID"
            .to_owned(),
        // With row ids: rows this large would make a clustered tree deep.
        "CREATE TABLE IF NOT EXISTS serene_object_chunks (
            version TEXT NOT NULL,
            n INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            PRIMARY KEY (version, n)
        )"
        .to_owned(),
        "CREATE TABLE IF NOT EXISTS serene_object_leftovers (
            version TEXT PRIMARY KEY,
            due_ms INTEGER NOT NULL,
            sweeping INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID"
            .to_owned(),
        "CREATE INDEX IF NOT EXISTS serene_object_leftovers_due ON serene_object_leftovers (due_ms)".to_owned(),
        "CREATE TABLE IF NOT EXISTS serene_signing_key (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB NOT NULL)".to_owned(),
        "CREATE TRIGGER IF NOT EXISTS serene_objects_created AFTER INSERT ON serene_objects BEGIN
            DELETE FROM serene_object_leftovers WHERE version = NEW.version;
        END"
        .to_owned(),
        format!(
            "CREATE TRIGGER IF NOT EXISTS serene_objects_replaced AFTER UPDATE OF version ON serene_objects BEGIN
                DELETE FROM serene_object_leftovers WHERE version = NEW.version;
                INSERT INTO serene_object_leftovers (version, due_ms) VALUES (OLD.version, NEW.modified_ms + {GRACE_MS});
            END"
        ),
        "CREATE TRIGGER IF NOT EXISTS serene_objects_deleted AFTER INSERT ON serene_object_leftovers BEGIN
            DELETE FROM serene_objects WHERE version = NEW.version;
        END"
        .to_owned(),
    ];
    Schema { store: "objects", version: 1, statements }
}

pub(super) fn write_metadata(metadata: &[(String, String)]) -> String {
    serde_json::Value::from_iter(metadata.iter().map(|(name, value)| vec![name.as_str(), value.as_str()]))
        .to_string()
}

pub(super) fn read_metadata(text: &str) -> Result<Vec<(String, String)>> {
    serde_json::from_str(text)
        .map_err(|_| Error::failed("An object's metadata in the database cannot be read."))
}
