//! Where a page ends and the next begins: the values of the order's columns and of the key.

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::filter::Params;
use crate::{Error, Result, Value, cursor};

use super::select::Query;
use super::tables::{Column, Table};
use super::values::{to_column, to_json};

/// One page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowPage {
    /// JSON objects.
    pub rows: Vec<String>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<String>,
}

/// The values of the last row of a page.
pub(super) type Position = Vec<Value>;

/// The total order of a query's rows.
pub(super) struct Keyset {
    table: &'static Table,
    /// The order's columns and the rest of the key; true for descending.
    columns: Vec<(&'static Column, bool)>,
    /// Binds a cursor to its table, filters and order.
    digest: String,
}

impl Keyset {
    pub(super) fn new(table: &'static Table, query: &Query) -> Result<Self> {
        let mut columns: Vec<(&Column, bool)> = Vec::new();
        let key = table.key.iter().map(|name| (*name, false));
        for (name, descending) in query.order.iter().map(|o| (o.column.as_str(), o.descending)).chain(key) {
            let column = table.column(name)?;
            if !column.column_type.is_ordered() {
                let message = format!("Rows cannot be put in order by {}, which holds JSON.", column.name);
                return Err(Error::invalid(message).with("column", column.name));
            }
            // Rows equal in a column stay equal in it, whatever a second mention says.
            if !columns.iter().any(|(known, _)| known.name == column.name) {
                columns.push((column, descending));
            }
        }
        // Columns behind a whole key decide nothing.
        let is_key = |name: &str| table.key.contains(&name);
        let mut missing = table.key.len();
        columns.retain(|(column, _)| {
            let decides = missing > 0;
            missing -= usize::from(decides && is_key(column.name));
            decides
        });
        let order: Vec<(&str, bool)> =
            columns.iter().map(|(column, descending)| (column.name, *descending)).collect();
        let bound = format!("{}\n{:?}\n{:?}", table.name, query.filters, order);
        let digest = hex::encode(&Sha256::digest(bound)[..8]);
        Ok(Self { table, columns, digest })
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().map(|(column, _)| *column)
    }

    pub(super) fn order_by(&self) -> String {
        let terms = self.columns.iter().map(|(column, descending)| {
            let direction = if *descending { " DESC" } else { "" };
            let nulls = if column.nullable { " NULLS LAST" } else { "" };
            format!("{}{direction}{nulls}", column.name)
        });
        terms.collect::<Vec<_>>().join(", ")
    }

    /// The rows after a position: those that come later in one column and are equal in all before it.
    pub(super) fn after(&self, position: Position, params: &mut Params) -> String {
        let mut equal: Vec<String> = Vec::new();
        let mut any = Vec::new();
        for ((column, descending), value) in self.columns.iter().zip(position) {
            let name = column.name;
            let is_null = value == Value::Null;
            let p = params.add(value);
            if !is_null {
                let later = format!("{name} {} {p}", if *descending { "<" } else { ">" });
                let later = if column.nullable { format!("({later} OR {name} IS NULL)") } else { later };
                any.push(equal.iter().cloned().chain([later]).collect::<Vec<_>>().join(" AND "));
            }
            equal.push(format!("{name} IS {p}"));
        }
        any.join(" OR ")
    }

    pub(super) fn encode(&self, position: Position) -> String {
        let values =
            self.columns().zip(position).map(|(column, value)| to_json(column, value).unwrap_or_default());
        cursor::encode(json!([self.digest, values.collect::<Vec<_>>()]).to_string().as_bytes())
    }

    pub(super) fn decode(&self, text: &str) -> Result<Position> {
        let (digest, values): (String, Vec<Json>) =
            serde_json::from_slice(&cursor::decode(text)?).map_err(|_| cursor::wrong())?;
        if digest != self.digest || values.len() != self.columns.len() {
            return Err(cursor::wrong());
        }
        let read = |(column, value)| to_column(self.table, column, value).map_err(|_| cursor::wrong());
        self.columns().zip(&values).map(read).collect()
    }
}
