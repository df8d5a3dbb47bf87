//! Storing rows: all of a call in one statement.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::database::{Database, count};
use crate::{Error, Result, Value};

use super::tables::{Column, Table};
use super::values::to_column;
use super::{MAX_CALL_BYTES, MAX_ROWS, RecordStore, Row};

/// What happens to a row whose key is stored already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// The members given replace the stored ones.
    Merge,
    /// The stored row stays.
    Keep,
    /// The call fails and stores nothing.
    Fail,
}

impl<D: Database> RecordStore<D> {
    /// Stores rows, all with the same members, and returns how many were inserted or changed.
    ///
    /// # Errors
    /// `invalid` for what does not fit the table, `too-large`, `conflict` with [`OnConflict::Fail`]; and the database's own.
    pub async fn upsert(
        &self,
        table: &str,
        rows: &[Row],
        key: &[String],
        conflict: OnConflict,
    ) -> Result<u32> {
        let table = Table::named(table)?;
        check_key(table, key)?;
        if rows.len() > MAX_ROWS as usize {
            return Err(Error::too_large("Rows of one call", MAX_ROWS.into(), rows.len() as u64));
        }
        let Some(first) = rows.first() else { return Ok(0) };
        let columns = first.keys().map(|name| table.column(name)).collect::<Result<Vec<_>>>()?;
        for name in table.key {
            if !first.contains_key(*name) {
                let message =
                    format!("A row of the table {} lacks {name}, which is part of its key.", table.name);
                return Err(Error::invalid(message).with("table", table.name).with("column", name));
            }
        }
        let json = rows_as_json(table, &columns, rows)?;
        self.ready().await?;
        count(&self.db, &statement(table, &columns, conflict), vec![json.into()]).await
    }
}

fn check_key(table: &Table, key: &[String]) -> Result<()> {
    let given: BTreeSet<&str> = key.iter().map(String::as_str).collect();
    if given == table.key.iter().copied().collect() && given.len() == key.len() {
        return Ok(());
    }
    let message = format!("The rows of the table {} are identified by {}.", table.name, table.key.join(", "));
    Err(Error::invalid(message).with("table", table.name))
}

/// The rows as one parameter: arrays of values in the order of the columns.
fn rows_as_json(table: &Table, columns: &[&Column], rows: &[Row]) -> Result<String> {
    let mut keys = BTreeSet::new();
    let mut json = String::from("[");
    for row in rows {
        if row.len() != columns.len() || !columns.iter().all(|column| row.contains_key(column.name)) {
            return Err(Error::invalid("The rows of one call have different members."));
        }
        let mut values = Vec::with_capacity(columns.len());
        for column in columns {
            values.push(match to_column(table, column, &row[column.name])? {
                Value::Integer(n) => n.into(),
                Value::Text(text) => Json::String(text),
                _ => Json::Null,
            });
        }
        let key: Vec<String> = table.key.iter().map(|name| row[*name].to_string()).collect();
        if !keys.insert(key) {
            return Err(Error::invalid("Two rows of one call have the same key.").with("table", table.name));
        }
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(&Json::Array(values).to_string());
        if json.len() > MAX_CALL_BYTES {
            return Err(Error::too_large(
                "Bytes of JSON of one call",
                MAX_CALL_BYTES as u64,
                json.len() as u64,
            ));
        }
    }
    json.push(']');
    Ok(json)
}

fn statement(table: &Table, columns: &[&Column], conflict: OnConflict) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    // JSON columns travel as strings that hold JSON, so that every value comes out as the text or integer it went in as.
    let values: Vec<String> = (0..columns.len()).map(|n| format!("json_extract(value, '$[{n}]')")).collect();
    let mut sql = format!(
        "INSERT INTO {} ({}) SELECT {} FROM json_each(?1) WHERE 1",
        table.name,
        names.join(", "),
        values.join(", ")
    );
    let key = table.key.join(", ");
    match conflict {
        OnConflict::Fail => {}
        OnConflict::Keep => sql.push_str(&format!(" ON CONFLICT ({key}) DO NOTHING")),
        OnConflict::Merge => {
            let mut sets: Vec<&str> =
                names.iter().copied().filter(|name| !table.key.contains(name)).collect();
            if sets.is_empty() {
                // Nothing to change, but the row counts as written.
                sets.push(table.key[0]);
            }
            let sets: Vec<String> = sets.iter().map(|name| format!("{name} = excluded.{name}")).collect();
            sql.push_str(&format!(" ON CONFLICT ({key}) DO UPDATE SET {}", sets.join(", ")));
        }
    }
    sql.push_str(" RETURNING 1");
    sql
}
