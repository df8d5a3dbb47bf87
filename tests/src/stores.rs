//! What the local stores hold, seen from outside: in their database.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// What a store may hold although nothing is stored: its bookkeeping.
const BOOKKEEPING: [&str; 4] =
    ["serene_schema", "serene_signing_key", "serene_object_leftovers", "serene_object_chunks"];
/// Bytes of files that nothing names and no sweep will remove.
const STRAY_CHUNKS: &str = "SELECT count(*) FROM serene_object_chunks WHERE version NOT IN
    (SELECT version FROM serene_objects UNION SELECT version FROM serene_object_leftovers)";

/// Holds the database below `state` to hold nothing: no object, no row, no vector, no stray bytes.
///
/// # Panics
/// When it does, saying what; `after` says what had been tried.
pub fn assert_nothing_is_left(state: &Path, after: &str) {
    let path = state.join("sqlite_db.db");
    if !path.exists() {
        return;
    }
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("it opens");
    database.busy_timeout(Duration::from_secs(5)).expect("it waits");
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).expect(sql);
    let mut tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").expect("a list");
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).expect("a list");
    for table in tables.map(|table| table.expect("a name")) {
        let is_kept = BOOKKEEPING.contains(&table.as_str()) || table.starts_with("sqlite_");
        assert!(is_kept || count(&format!("SELECT count(*) FROM {table}")) == 0, "{after}: rows in {table}");
        if table == "serene_object_chunks" {
            assert_eq!(count(STRAY_CHUNKS), 0, "{after}: stray bytes");
        }
    }
}
