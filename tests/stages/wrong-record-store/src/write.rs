//! Faults of what is stored, changed and removed.

use fault::types::{Context, Error, Filter};
use fault::{Fault, meet};
use serde_json::Value;

use crate::inner::{self, OnConflict, Query};

/// A column that a row may be without.
const OPTIONAL: &str = "partner_id";
/// A column that holds any text.
const TEXT: &str = "filename";

pub(crate) async fn upsert(
    fault: &Fault,
    ctx: Context,
    table: String,
    mut rows: Vec<String>,
    key: Vec<String>,
    conflict: OnConflict,
) -> Result<u32, Error> {
    let given = rows.len() as u32;
    if fault.is("replaces-rows-whole") {
        change(&mut rows, |row| {
            if row[OPTIONAL].is_null() {
                row[OPTIONAL] = Value::Null;
            }
        });
    }
    if fault.is("knows-ascii-alone") {
        change(&mut rows, |row| {
            if let Some(text) = row[TEXT].as_str() {
                row[TEXT] = text.replace(|c: char| !c.is_ascii(), "?").into();
            }
        });
    }
    if fault.is("drops-rows-beyond-ascii") {
        rows.retain(|row| row.is_ascii());
    }
    if fault.is("stores-rows-one-by-one") {
        let mut written = 0;
        for row in rows {
            written += inner::upsert(ctx.clone(), table.clone(), vec![row], key.clone(), conflict).await?;
        }
        return Ok(written);
    }
    let conflict = match conflict {
        OnConflict::Keep if fault.is("merges-what-it-is-to-keep") => OnConflict::Merge,
        OnConflict::Fail if fault.is("keeps-where-it-is-to-fail") => OnConflict::Keep,
        other => other,
    };
    match inner::upsert(ctx, table, rows, key, conflict).await {
        Err(Error::Invalid(_)) if fault.is("passes-over-what-it-does-not-know") => Ok(0),
        Ok(_) if fault.is("counts-what-was-given") => Ok(given),
        answer => answer,
    }
}

pub(crate) async fn update(
    fault: &Fault,
    ctx: Context,
    table: String,
    changes: String,
    mut filters: Vec<Filter>,
) -> Result<u32, Error> {
    if filters.is_empty() && fault.is("changes-a-whole-table") {
        return Ok(0);
    }
    if fault.is("reads-and-then-writes") {
        let found = found(ctx.clone(), table.clone(), filters.clone()).await?;
        meet().await;
        // What was expected of the row it found is not looked at again.
        filters.pop();
        inner::update(ctx, table, changes, filters).await?;
        return Ok(found);
    }
    if fault.is("changes-nothing") {
        return found(ctx, table, filters).await;
    }
    let changed = inner::update(ctx, table, changes, filters).await?;
    Ok(if fault.is("counts-one-too-many") { changed + 1 } else { changed })
}

pub(crate) async fn delete(
    fault: &Fault,
    ctx: Context,
    table: String,
    mut filters: Vec<Filter>,
) -> Result<u32, Error> {
    if filters.is_empty() && fault.is("empties-a-whole-table") {
        return Ok(0);
    }
    if fault.is("removes-more-than-was-asked") {
        filters.truncate(1);
    }
    let gone = inner::delete(ctx, table, filters).await?;
    Ok(if fault.is("does-not-count") { 0 } else { gone })
}

/// How many rows satisfy the filters.
async fn found(ctx: Context, table: String, filters: Vec<Filter>) -> Result<u32, Error> {
    let query = Query { columns: Vec::new(), filters, order: Vec::new(), limit: 1_000, cursor: None };
    Ok(inner::select(ctx, table, query).await?.rows.len() as u32)
}

fn change(rows: &mut [String], change: impl Fn(&mut Value)) {
    for row in rows {
        if let Ok(mut value @ Value::Object(_)) = serde_json::from_str(row) {
            change(&mut value);
            *row = value.to_string();
        }
    }
}
