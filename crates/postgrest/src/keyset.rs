//! Where a page ends and the next begins: the values of the order's columns and of the key.

use std::cmp::Ordering;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use local_store::records::{Column, ColumnType, Query, Row, Table};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use upstream::Error;

use crate::quote::quoted;
use crate::{table, values};

/// Longer than any cursor made of a limited row; bounds the work on a made-up one.
const MAX_CURSOR_BYTES: usize = 512 * 1024;

/// The total order of a query's rows.
pub(crate) struct Keyset {
    table: &'static Table,
    /// The order's columns and the rest of the key; true for descending.
    columns: Vec<(&'static Column, bool)>,
    /// Binds a cursor to its table, filters and order.
    digest: String,
}

impl Keyset {
    pub(crate) fn new(table: &'static Table, query: &Query) -> Result<Self, Error> {
        let mut columns: Vec<(&Column, bool)> = Vec::new();
        let mut missing = table.key.len();
        let key = table.key.iter().map(|name| (*name, false));
        for (name, descending) in query.order.iter().map(|o| (o.column.as_str(), o.descending)).chain(key) {
            let column = table::column(table, name)?;
            if matches!(column.column_type, ColumnType::Json) {
                let message = format!("Rows cannot be put in order by {}, which holds JSON.", column.name);
                return Err(Error::invalid(message).with("column", column.name));
            }
            // Columns behind a whole key, and second mentions, decide nothing.
            if missing > 0 && !columns.iter().any(|(known, _)| known.name == column.name) {
                missing -= usize::from(table.key.contains(&column.name));
                columns.push((column, descending));
            }
        }
        let order: Vec<_> = columns.iter().map(|(column, descending)| (column.name, *descending)).collect();
        let bound = format!("{}\n{:?}\n{order:?}", table.name, query.filters);
        let digest = hex::encode(&Sha256::digest(bound)[..8]);
        Ok(Self { table, columns, digest })
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().map(|(column, _)| *column)
    }

    /// The value of `order`.
    pub(crate) fn order(&self) -> String {
        let terms = self.columns.iter().map(|(column, descending)| {
            let direction = if *descending { "desc" } else { "asc" };
            let nulls = if column.nullable { ".nullslast" } else { "" };
            format!("{}.{direction}{nulls}", column.name)
        });
        terms.collect::<Vec<_>>().join(",")
    }

    /// The value of `or` for the rows after a position: those that come later in one column and are equal in all before it.
    pub(crate) fn after(&self, position: &[Json]) -> String {
        let mut equal: Vec<String> = Vec::new();
        let mut any = Vec::new();
        for ((column, descending), value) in self.columns.iter().zip(position) {
            let name = column.name;
            if value.is_null() {
                equal.push(format!("{name}.is.null"));
                continue;
            }
            let value = quoted(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            let later = format!("{name}.{}.{value}", if *descending { "lt" } else { "gt" });
            let later = if column.nullable { format!("or({later},{name}.is.null)") } else { later };
            let mut all = equal.clone();
            all.push(later);
            any.push(if all.len() == 1 { all.remove(0) } else { format!("and({})", all.join(",")) });
            equal.push(format!("{name}.eq.{value}"));
        }
        format!("({})", any.join(","))
    }

    /// Which of two positions comes first.
    pub(crate) fn compare(&self, a: &[Json], b: &[Json]) -> Ordering {
        let by_column = self.columns.iter().zip(a.iter().zip(b)).map(|((_, descending), (a, b))| {
            let order = match (a, b) {
                (Json::String(a), Json::String(b)) => a.cmp(b),
                (Json::Number(a), Json::Number(b)) => a.as_i64().cmp(&b.as_i64()),
                // Nulls are last in either direction.
                _ => return a.is_null().cmp(&b.is_null()),
            };
            if *descending { order.reverse() } else { order }
        });
        by_column.fold(Ordering::Equal, Ordering::then)
    }

    /// A row's position.
    pub(crate) fn position(&self, row: &Row) -> Vec<Json> {
        self.columns().map(|column| row.get(column.name).cloned().unwrap_or_default()).collect()
    }

    pub(crate) fn encode(&self, position: &[Json]) -> String {
        URL_SAFE_NO_PAD.encode(json!([self.digest, position]).to_string())
    }

    pub(crate) fn decode(&self, text: &str) -> Result<Vec<Json>, Error> {
        let wrong = || Error::invalid("The cursor does not belong to this listing. Start again without one.");
        if text.len() > MAX_CURSOR_BYTES {
            return Err(wrong());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        let (digest, position): (String, Vec<Json>) = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
        if digest != self.digest || position.len() != self.columns.len() {
            return Err(wrong());
        }
        for (column, value) in self.columns().zip(&position) {
            values::check(self.table, column, value).map_err(|_| wrong())?;
        }
        Ok(position)
    }
}
