//! Storing, changing and removing rows.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Method;
use local_store::Filter;
use local_store::records::{MAX_CALL_BYTES, MAX_ROWS, OnConflict, Row, Table};
use upstream::{Error, Platform, Received};

use crate::client::{Ask, Session};
use crate::filter::conditions;
use crate::{table, values};

/// No rows come back, only how many there were.
const COUNT: &str = "return=minimal,count=exact";

impl<P: Platform> Session<'_, P> {
    /// Stores rows, all with the same members, and returns how many were inserted or changed.
    ///
    /// # Errors
    /// `invalid` for what does not fit the table, `too-large`, `conflict` with [`OnConflict::Fail`]; and Supabase's own.
    pub async fn upsert(
        &self,
        table: &str,
        rows: &[Row],
        key: &[String],
        conflict: OnConflict,
    ) -> Result<u32, Error> {
        let table = table::table(table)?;
        check_key(table, key)?;
        if rows.len() > MAX_ROWS as usize {
            return Err(Error::too_large("Rows of one call", MAX_ROWS.into(), rows.len() as u64));
        }
        let Some(first) = rows.first() else { return Ok(0) };
        check_rows(table, first, rows)?;
        let mut parameters = vec![("columns", names(first))];
        let prefer = match conflict {
            OnConflict::Merge => "resolution=merge-duplicates,return=minimal,count=exact",
            OnConflict::Keep => "resolution=ignore-duplicates,return=minimal,count=exact",
            OnConflict::Fail => COUNT,
        };
        let repeatable = conflict != OnConflict::Fail;
        if repeatable {
            parameters.push(("on_conflict", table.key.join(",")));
        }
        let body = serde_json::to_vec(rows).map_err(unwritable)?;
        if body.len() > MAX_CALL_BYTES {
            return Err(Error::too_large(
                "Bytes of JSON of one call",
                MAX_CALL_BYTES as u64,
                body.len() as u64,
            ));
        }
        let body = body.into();
        let ask = Ask { method: Method::POST, table: table.name, parameters, body, prefer, repeatable };
        self.ask(&ask, counted).await
    }

    /// Sets members in every row that satisfies all filters, and returns how many that were. Sent again after a lost answer only where the
    /// filters do not depend on what it changes: else the second try would find its own work and say 0.
    ///
    /// # Errors
    /// `invalid` without a filter or a change, or for what does not fit the table; `conflict` when a changed key is taken; and Supabase's own.
    pub async fn update(&self, table: &str, changes: &Row, filters: &[Filter]) -> Result<u32, Error> {
        let table = table::table(table)?;
        check_filtered(filters)?;
        if changes.is_empty() {
            return Err(Error::invalid("The changes name no column."));
        }
        for (name, value) in changes {
            values::check(table, table::column(table, name)?, value)?;
        }
        let Some(mut parameters) = conditions(table, filters)? else { return Ok(0) };
        parameters.push(("columns", names(changes)));
        let body = serde_json::to_vec(changes).map_err(unwritable)?.into();
        let repeatable = filters.iter().all(|filter| !changes.contains_key(&filter.field));
        let ask =
            Ask { method: Method::PATCH, table: table.name, parameters, body, prefer: COUNT, repeatable };
        self.ask(&ask, counted).await
    }

    /// Removes every row that satisfies all filters and returns how many that were.
    ///
    /// # Errors
    /// `invalid` without a filter or for an unknown table or column; and Supabase's own.
    pub async fn delete(&self, table: &str, filters: &[Filter]) -> Result<u32, Error> {
        let table = table::table(table)?;
        check_filtered(filters)?;
        let Some(parameters) = conditions(table, filters)? else { return Ok(0) };
        let ask = Ask {
            method: Method::DELETE,
            table: table.name,
            parameters,
            body: Bytes::new(),
            prefer: COUNT,
            repeatable: true,
        };
        self.ask(&ask, counted).await
    }
}

fn check_key(table: &Table, key: &[String]) -> Result<(), Error> {
    let given: BTreeSet<&str> = key.iter().map(String::as_str).collect();
    if given == table.key.iter().copied().collect() && given.len() == key.len() {
        return Ok(());
    }
    let message = format!("The rows of the table {} are identified by {}.", table.name, table.key.join(", "));
    Err(Error::invalid(message).with("table", table.name))
}

fn check_rows(table: &'static Table, first: &Row, rows: &[Row]) -> Result<(), Error> {
    if let Some(name) = table.key.iter().find(|name| !first.contains_key(**name)) {
        let message = format!("A row of the table {} lacks {name}, which is part of its key.", table.name);
        return Err(Error::invalid(message).with("table", table.name).with("column", *name));
    }
    let mut keys = BTreeSet::new();
    for row in rows {
        if row.len() != first.len() || !row.keys().all(|name| first.contains_key(name)) {
            return Err(Error::invalid("The rows of one call have different members."));
        }
        for (name, value) in row {
            values::check(table, table::column(table, name)?, value)?;
        }
        let key: Vec<String> = table.key.iter().map(|name| row[*name].to_string()).collect();
        // Postgres would refuse the whole call for it with a status that says server error.
        if !keys.insert(key) {
            return Err(Error::invalid("Two rows of one call have the same key.").with("table", table.name));
        }
    }
    Ok(())
}

fn check_filtered(filters: &[Filter]) -> Result<(), Error> {
    if filters.is_empty() {
        return Err(Error::invalid(
            "Without a filter this would concern the whole table. Name what to change or remove.",
        ));
    }
    Ok(())
}

/// The columns that a call sets; without them PostgREST would read every row twice to find out.
fn names(row: &Row) -> String {
    row.keys().map(String::as_str).collect::<Vec<_>>().join(",")
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::failed(format!("The rows cannot be written as JSON: {error}."))
}

/// How many rows a write concerned: what follows the slash of `Content-Range`.
fn counted(answer: &Received) -> Result<u32, Error> {
    let total = answer.header("content-range").and_then(|range| range.split_once('/'));
    total.and_then(|(_, total)| total.parse().ok()).ok_or_else(|| {
        Error::failed("Supabase did not say how many rows it wrote. What answered may not be PostgREST.")
    })
}
