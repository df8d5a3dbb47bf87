//! The table of remembered vectors, which every instance shares.

use std::collections::BTreeMap;

use spin_sdk::sqlite::{Connection, Error, Value};

use crate::key::Key;

/// The numbers of one text.
pub(crate) type Vector = Vec<f32>;

/// The most bytes that vectors take together; beyond them, those go that were not used for the longest time.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// A vector that was not used for this long goes: it may be of a document that is gone.
const MAX_AGE_SECONDS: i64 = 30 * 24 * 3600;
/// A use is noted when the last one noted is older than this: reading what is often read writes nothing.
const NOTED_EVERY_SECONDS: i64 = 3600;
/// The most parameters of one statement that name keys.
const KEYS_A_STATEMENT: usize = 500;

/// What a new connection runs. The times are SQLite's own seconds, so that no instance's clock matters. What is lost with a machine is
/// computed again: nothing waits for the disk.
const ON_OPEN: [&str; 3] = [
    "PRAGMA synchronous = NORMAL",
    "CREATE TABLE IF NOT EXISTS embedder_cache (key BLOB PRIMARY KEY, vector BLOB NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS embedder_cache_used ON embedder_cache (used)",
];

/// Those of the vectors that are remembered, and have this many numbers.
pub(crate) async fn recall(keys: &[Key], dimensions: u32) -> Result<BTreeMap<Key, Vector>, Error> {
    let connection = open().await?;
    let mut vectors = BTreeMap::new();
    for keys in keys.chunks(KEYS_A_STATEMENT) {
        let mut stale = Vec::new();
        let sql = format!(
            "SELECT key, vector, used < unixepoch() - {NOTED_EVERY_SECONDS} FROM embedder_cache WHERE key IN ({})",
            places(keys.len(), "?")
        );
        let found = connection.execute(sql, keys.iter().map(blob).collect::<Vec<_>>()).await?;
        for row in found.collect().await? {
            let [Value::Blob(key), Value::Blob(vector), Value::Integer(is_stale)] = &row.values[..] else {
                continue;
            };
            let (Ok(key), Some(vector)) = (Key::try_from(&key[..]), decoded(vector, dimensions)) else {
                continue;
            };
            if *is_stale != 0 {
                stale.push(blob(&key));
            }
            vectors.insert(key, vector);
        }
        if !stale.is_empty() {
            let sql = format!(
                "UPDATE embedder_cache SET used = unixepoch() WHERE key IN ({})",
                places(stale.len(), "?")
            );
            run(&connection, &sql, stale).await?;
        }
    }
    Ok(vectors)
}

/// Keeps vectors, and drops others when there are too many.
pub(crate) async fn remember(vectors: &BTreeMap<Key, Vector>, dimensions: u32) -> Result<(), Error> {
    let connection = open().await?;
    for vectors in vectors.iter().collect::<Vec<_>>().chunks(KEYS_A_STATEMENT) {
        // Two calls may have asked for the same text at once.
        let sql = format!(
            "INSERT INTO embedder_cache (key, vector, used) VALUES {} ON CONFLICT (key) DO UPDATE SET vector = excluded.vector, \
             used = excluded.used",
            places(vectors.len(), "(?, ?, unixepoch())")
        );
        let values =
            vectors.iter().flat_map(|(key, vector)| [blob(key), Value::Blob(encoded(vector))]).collect();
        run(&connection, &sql, values).await?;
    }
    let most = MAX_BYTES / (4 * u64::from(dimensions.max(1)));
    let drop = "DELETE FROM embedder_cache WHERE used < unixepoch() - ? OR key IN \
                (SELECT key FROM embedder_cache ORDER BY used DESC LIMIT -1 OFFSET ?)";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    run(&connection, drop, vec![Value::Integer(MAX_AGE_SECONDS), Value::Integer(most)]).await
}

async fn open() -> Result<Connection, Error> {
    let connection = Connection::open_default().await?;
    for statement in ON_OPEN {
        run(&connection, statement, Vec::new()).await?;
    }
    Ok(connection)
}

/// Runs a statement to its end.
async fn run(connection: &Connection, sql: &str, values: Vec<Value>) -> Result<(), Error> {
    connection.execute(sql, values).await?.collect().await?;
    Ok(())
}

fn places(count: usize, one: &str) -> String {
    vec![one; count].join(", ")
}

fn blob(key: &Key) -> Value {
    Value::Blob(key.to_vec())
}

fn encoded(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// `None` when it is no vector of this many numbers.
fn decoded(bytes: &[u8], dimensions: u32) -> Option<Vector> {
    let (numbers, rest) = bytes.as_chunks::<4>();
    let is_whole = rest.is_empty() && numbers.len() == dimensions as usize;
    is_whole.then(|| numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
}
