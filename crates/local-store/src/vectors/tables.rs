//! The table of the vector index.

use crate::schema::Schema;

/// Members of the metadata that filters commonly name: each has a column and an index.
pub(super) const INDEXED: [&str; 3] = ["relationship_id", "document_id", "revision"];

pub(super) fn schema() -> Schema {
    let columns = INDEXED.map(|name| {
        // Stored, and a string only where the member is one, so that an index compares exactly what the contract does.
        format!(
            "{name} TEXT GENERATED ALWAYS AS (CASE json_type(metadata, '$.{name}') WHEN 'text' \
             THEN json_extract(metadata, '$.{name}') WHEN 'array' THEN x'' END) STORED"
        )
    });
    let mut statements = vec![format!(
        // The vector comes last: whoever reads only what is before it does not touch its pages.
        "CREATE TABLE IF NOT EXISTS serene_vectors (
            namespace TEXT NOT NULL,
            id TEXT NOT NULL,
            metadata TEXT NOT NULL,
            {},
            vector BLOB NOT NULL,
            PRIMARY KEY (namespace, id)
        )",
        columns.join(", ")
    )];
    statements.extend(INDEXED.map(|name| {
        format!("CREATE INDEX IF NOT EXISTS serene_vectors_by_{name} ON serene_vectors (namespace, {name})")
    }));
    Schema { store: "vectors", version: 1, statements }
}
