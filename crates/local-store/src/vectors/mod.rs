//! Vectors, and the nearest of them by exact comparison with all that the filters leave.

mod check;
mod delete;
mod list;
mod query;
mod similarity;
mod tables;
mod top;
mod upsert;

use std::cell::Cell;

pub use delete::Selection;
pub use list::IdPage;
pub use query::{Match, Nearest};

use crate::database::{Columns, Database, rows};
use crate::schema::ensure;
use crate::{Error, ErrorKind, Result};

/// Vectors of one `upsert`.
pub const MAX_VECTORS: u32 = 1000;
/// Bytes of JSON of one vector's metadata.
pub const MAX_METADATA_BYTES: u32 = 40_960;
/// Numbers of a vector.
pub const MAX_DIMENSIONS: u32 = 20_000;

/// A vector to store.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector {
    /// 1 to 512 visible ASCII characters; unique in its namespace.
    pub id: String,
    /// Finite, not all zero.
    pub values: Vec<f32>,
    /// A flat JSON object of strings, numbers, booleans and arrays of strings.
    pub metadata: String,
}

/// What an index holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// `None` while it is empty.
    pub dimensions: Option<u32>,
    /// Namespaces and how many vectors each holds.
    pub namespaces: Vec<(String, u64)>,
}

/// A vector index in a SQLite database.
pub struct VectorIndex<D> {
    db: D,
    ready: Cell<bool>,
}

impl<D: Database> VectorIndex<D> {
    /// An index.
    pub fn new(db: D) -> Self {
        Self { db, ready: Cell::new(false) }
    }

    async fn ready(&self) -> Result<()> {
        ensure(&self.db, &self.ready, tables::schema).await
    }

    /// What the index holds.
    ///
    /// # Errors
    /// The database's own.
    pub async fn describe(&self) -> Result<Info> {
        self.ready().await?;
        let sql = "SELECT namespace, count(*) FROM serene_vectors GROUP BY namespace ORDER BY namespace";
        let namespaces = rows(&self.db, sql, Vec::new()).await?.into_iter().map(|row| {
            let mut row = Columns::new(row);
            Ok((row.text()?, row.unsigned()?))
        });
        let namespaces = namespaces.collect::<Result<_>>()?;
        Ok(Info { dimensions: self.dimensions().await?, namespaces })
    }

    /// All vectors have as many numbers as any one of them.
    async fn dimensions(&self) -> Result<Option<u32>> {
        let sql = "SELECT length(vector) / 4 FROM serene_vectors LIMIT 1";
        let row = rows(&self.db, sql, Vec::new()).await?.pop();
        let dimensions = row.map(|row| Columns::new(row).unsigned()).transpose()?;
        Ok(dimensions.and_then(|n| u32::try_from(n).ok()))
    }
}

fn other_dimensions(index: u32, given: usize) -> Error {
    let message = format!(
        "The index holds vectors of {index} dimensions; these have {given}. Another embedder needs an index of its own: empty this one, or use the \
         embedder that filled it."
    );
    Error::new(ErrorKind::Misconfigured, message).with("expected", index).with("actual", given)
}
