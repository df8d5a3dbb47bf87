//! The tables of `db/migrations`, for SQLite and for checking what callers name.

use crate::filter::Operand;
use crate::schema::Schema;
use crate::{Error, Result};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Text without U+0000, which Postgres cannot hold.
    Text,
    /// 32 bits.
    Int,
    /// 64 bits.
    BigInt,
    /// A point in time.
    Timestamp,
    /// Any JSON value.
    Json,
}

impl ColumnType {
    /// Whether rows can be put in order by it.
    pub(super) const fn is_ordered(self) -> bool {
        !matches!(self, Self::Json)
    }
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub column_type: ColumnType,
    /// Whether it may hold nothing.
    pub nullable: bool,
    /// SQL for its value when a new row gives none.
    pub default: Option<&'static str>,
    /// The only values allowed; empty for any.
    pub one_of: &'static [&'static str],
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
    /// Its key.
    pub key: &'static [&'static str],
    /// Further indexes.
    pub indexes: &'static [(&'static str, &'static [&'static str])],
}

const NOW: &str = "(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))";
const PARTNERS: &[&str] = &["partner_a", "partner_b"];

const fn required(name: &'static str, column_type: ColumnType) -> Column {
    Column { name, column_type, nullable: false, default: None, one_of: &[] }
}

const fn optional(name: &'static str, column_type: ColumnType) -> Column {
    Column { nullable: true, ..required(name, column_type) }
}

const fn with_default(name: &'static str, column_type: ColumnType, default: &'static str) -> Column {
    Column { default: Some(default), ..required(name, column_type) }
}

const fn among(column: Column, one_of: &'static [&'static str]) -> Column {
    Column { one_of, ..column }
}

/// How far a document has come.
const STATUSES: &[&str] = &["receiving", "stored", "indexed", "failed", "deleting"];
const RELATIONSHIP: Column = required("relationship_id", ColumnType::Text);
const CREATED: Column = with_default("created_at", ColumnType::Timestamp, NOW);
const UPDATED: Column = with_default("updated_at", ColumnType::Timestamp, NOW);

/// Every table.
pub const TABLES: [Table; 7] = [
    Table {
        name: "conflicts",
        columns: &[
            RELATIONSHIP,
            required("id", ColumnType::Text),
            optional("transcript_path", ColumnType::Text),
            CREATED,
            UPDATED,
        ],
        key: &["relationship_id", "id"],
        indexes: &[],
    },
    Table {
        name: "profiles",
        columns: &[
            RELATIONSHIP,
            required("id", ColumnType::Text),
            among(required("kind", ColumnType::Text), &["profile", "handbook"]),
            among(optional("partner_id", ColumnType::Text), PARTNERS),
            required("file_path", ColumnType::Text),
            optional("filename", ColumnType::Text),
            CREATED,
            UPDATED,
        ],
        key: &["relationship_id", "kind", "id"],
        indexes: &[],
    },
    Table {
        name: "conflict_analysis",
        columns: &[
            RELATIONSHIP,
            required("conflict_id", ColumnType::Text),
            required("analysis_path", ColumnType::Text),
            CREATED,
            UPDATED,
        ],
        key: &["relationship_id", "conflict_id"],
        indexes: &[],
    },
    Table {
        name: "repair_plans",
        columns: &[
            RELATIONSHIP,
            required("conflict_id", ColumnType::Text),
            among(required("partner_id", ColumnType::Text), PARTNERS),
            required("plan_path", ColumnType::Text),
            CREATED,
            UPDATED,
        ],
        key: &["relationship_id", "conflict_id", "partner_id"],
        indexes: &[],
    },
    Table {
        name: "relationship_members",
        columns: &[
            RELATIONSHIP,
            required("user_id", ColumnType::Text),
            optional("role", ColumnType::Text),
            CREATED,
        ],
        key: &["relationship_id", "user_id"],
        indexes: &[("relationship_members_by_user", &["user_id"])],
    },
    Table {
        name: "documents",
        columns: &[
            required("id", ColumnType::Text),
            RELATIONSHIP,
            required("kind", ColumnType::Text),
            optional("conflict_id", ColumnType::Text),
            optional("pdf_id", ColumnType::Text),
            optional("partner_id", ColumnType::Text),
            required("key", ColumnType::Text),
            optional("path", ColumnType::Text),
            among(required("status", ColumnType::Text), STATUSES),
            optional("failed_stage", ColumnType::Text),
            optional("sha256", ColumnType::Text),
            optional("size", ColumnType::BigInt),
            optional("content_type", ColumnType::Text),
            optional("filename", ColumnType::Text),
            optional("revision", ColumnType::Text),
            optional("attempt", ColumnType::Text),
            with_default("attempts", ColumnType::Int, "0"),
            with_default("stages", ColumnType::Json, "'[]'"),
            with_default("models", ColumnType::Json, "'{}'"),
            optional("last_error", ColumnType::Json),
            CREATED,
            UPDATED,
            optional("indexed_at", ColumnType::Timestamp),
        ],
        key: &["id"],
        indexes: &[
            ("documents_by_relationship", &["relationship_id", "created_at", "id"]),
            ("documents_by_status", &["status", "updated_at"]),
        ],
    },
    Table {
        name: "idempotency_keys",
        columns: &[
            required("id", ColumnType::Text),
            RELATIONSHIP,
            required("target_sha256", ColumnType::Text),
            required("seed", ColumnType::Text),
            optional("holder", ColumnType::Text),
            required("claimed_at", ColumnType::Timestamp),
            optional("body_sha256", ColumnType::Text),
            optional("body_size", ColumnType::BigInt),
            optional("status", ColumnType::Int),
            optional("headers", ColumnType::Json),
            optional("body", ColumnType::Text),
            required("expires_at", ColumnType::Timestamp),
        ],
        key: &["id"],
        indexes: &[("idempotency_keys_by_expiry", &["expires_at"])],
    },
];

impl Table {
    /// The table of this name.
    ///
    /// # Errors
    /// `invalid` when there is none.
    pub fn named(name: &str) -> Result<&'static Self> {
        static TABLES_BY_NAME: [Table; 7] = TABLES;
        TABLES_BY_NAME
            .iter()
            .find(|table| table.name == name)
            .ok_or_else(|| Error::invalid("There is no table of this name.").with("table", short(name)))
    }

    /// The column of this name.
    ///
    /// # Errors
    /// `invalid` when there is none.
    pub fn column(&self, name: &str) -> Result<&'static Column> {
        self.columns.iter().find(|column| column.name == name).ok_or_else(|| {
            Error::invalid(format!("The table {} has no column {:?}.", self.name, short(name)))
                .with("table", self.name)
                .with("column", short(name))
        })
    }

    /// Where a filter on a field finds its values.
    pub(super) fn operand(&self, field: &str) -> Result<Operand<'static>> {
        let column = self.column(field)?;
        Ok(match column.column_type {
            ColumnType::Text => Operand::Text(column.name),
            ColumnType::Timestamp => Operand::Timestamp(column.name),
            ColumnType::Int | ColumnType::BigInt => Operand::Integer(column.name),
            ColumnType::Json => Operand::Whole(column.name),
        })
    }

    fn create(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(Column::create).collect();
        let key = self.key.join(", ");
        format!(
            "CREATE TABLE IF NOT EXISTS {} ({}, PRIMARY KEY ({key})) WITHOUT ROWID",
            self.name,
            columns.join(", ")
        )
    }
}

impl Column {
    fn create(&self) -> String {
        let kind = match self.column_type {
            ColumnType::Text | ColumnType::Timestamp | ColumnType::Json => "TEXT",
            ColumnType::Int | ColumnType::BigInt => "INTEGER",
        };
        let mut sql = format!("{} {kind}", self.name);
        if !self.nullable {
            sql.push_str(" NOT NULL");
        }
        if let Some(default) = self.default {
            sql.push_str(&format!(" DEFAULT {default}"));
        }
        if !self.one_of.is_empty() {
            sql.push_str(&format!(" CHECK ({} IN ('{}'))", self.name, self.one_of.join("', '")));
        }
        sql
    }
}

pub(super) fn schema() -> Schema {
    let tables = TABLES.iter().map(Table::create);
    let indexes = TABLES.iter().flat_map(|table| {
        let create = |(name, columns): &(&str, &[&str])| {
            format!("CREATE INDEX IF NOT EXISTS {name} ON {} ({})", table.name, columns.join(", "))
        };
        table.indexes.iter().map(create)
    });
    Schema { store: "records", version: 2, statements: tables.chain(indexes).collect() }
}

/// A name from outside, cut for an error message.
fn short(name: &str) -> String {
    name.chars().take(63).collect()
}
