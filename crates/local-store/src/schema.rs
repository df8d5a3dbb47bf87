//! Creating a store's tables, once.

use std::cell::Cell;

use crate::database::{Columns, Database, count, rows};
use crate::{Error, ErrorKind, Result};

/// A store's tables: each store has its own version, since the three share a file and are upgraded one by one.
pub(crate) struct Schema {
    pub(crate) store: &'static str,
    /// Raised with every change to the statements, which only ever add: a database of an older version is brought up to this one by running them.
    pub(crate) version: u64,
    /// Idempotent, so that two instances may run them at the same time and a killed one is finished by the next.
    pub(crate) statements: Vec<String>,
}

/// Makes sure that the tables exist. Asks the database once for each `ready`, so that later calls pay nothing.
pub(crate) async fn ensure(
    db: &impl Database,
    ready: &Cell<bool>,
    schema: impl FnOnce() -> Schema,
) -> Result<()> {
    if ready.get() {
        return Ok(());
    }
    let schema = schema();
    let table = "CREATE TABLE IF NOT EXISTS serene_schema (store TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID";
    count(db, table, Vec::new()).await?;
    let stored =
        rows(db, "SELECT version FROM serene_schema WHERE store = ?1", vec![schema.store.into()]).await?;
    let version = match stored.into_iter().next() {
        Some(row) => Columns::new(row).unsigned()?,
        None => 0,
    };
    if version > schema.version {
        let message = format!(
            "The database holds version {version} of the {} tables; this stage knows version {}. Use the stage that wrote them.",
            schema.store, schema.version,
        );
        return Err(Error::new(ErrorKind::Misconfigured, message).with("version", version));
    }
    if version < schema.version {
        for statement in &schema.statements {
            count(db, statement, Vec::new()).await?;
        }
        // Last: whoever finds the version finds every table.
        let done = "INSERT INTO serene_schema (store, version) VALUES (?1, ?2) \
            ON CONFLICT (store) DO UPDATE SET version = max(version, excluded.version)";
        count(db, done, vec![schema.store.into(), schema.version.into()]).await?;
    }
    ready.set(true);
    Ok(())
}
