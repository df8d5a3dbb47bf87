use std::cmp::Ordering;
use std::collections::BTreeMap;

use pipeline::stages::{Filter, OnConflict, Order, Row, RowPage, RowQuery};
use pipeline::{Error, Result};
use serde_json::{Value, json};

use super::filter::{all_hold, compare};

/// The tables of `db/` and their keys.
const TABLES: [(&str, &[&str]); 7] = [
    ("documents", &["id"]),
    ("conflicts", &["relationship_id", "id"]),
    ("profiles", &["relationship_id", "kind", "id"]),
    ("conflict_analysis", &["relationship_id", "conflict_id"]),
    ("repair_plans", &["relationship_id", "conflict_id", "partner_id"]),
    ("relationship_members", &["relationship_id", "user_id"]),
    ("idempotency_keys", &["id"]),
];

/// Rows in tables, each by the values of its table's key.
#[derive(Default)]
pub struct Records {
    tables: BTreeMap<&'static str, BTreeMap<Vec<String>, Row>>,
}

impl Records {
    /// What `record-store.upsert` does.
    ///
    /// # Errors
    /// As in the contract.
    pub fn upsert(&mut self, table: &str, rows: &[Row], key: &[&str], conflict: OnConflict) -> Result<u32> {
        let (name, columns) = table_of(table)?;
        if key != columns {
            return Err(Error::invalid(format!("{key:?} is no key of {table}.")));
        }
        let ids: Vec<Vec<String>> = rows
            .iter()
            .map(|row| columns.iter().map(|column| key_value(row, column)).collect::<Result<_>>())
            .collect::<Result<_>>()?;
        let stored = self.tables.entry(name).or_default();
        if conflict == OnConflict::Fail && ids.iter().any(|id| stored.contains_key(id)) {
            return Err(Error::conflict(format!("A row with that key is in {table} already.")));
        }
        let mut written = 0;
        for (id, row) in ids.into_iter().zip(rows) {
            if conflict == OnConflict::Keep && stored.contains_key(&id) {
                continue;
            }
            stored.entry(id).or_default().extend(row.clone());
            written += 1;
        }
        Ok(written)
    }

    /// What `record-store.select` does.
    ///
    /// # Errors
    /// As in the contract.
    pub fn select(&self, table: &str, query: &RowQuery) -> Result<RowPage> {
        if !(1..=1000).contains(&query.limit) {
            return Err(Error::invalid(format!("A page has 1 to 1,000 rows, not {}.", query.limit)));
        }
        let (name, columns) = table_of(table)?;
        let mut order = query.order.clone();
        order.extend(columns.iter().map(|column| Order { column: (*column).to_owned(), descending: false }));
        let mut rows: Vec<&Row> = self.rows(name).filter(|row| all_hold(row, &query.filters)).collect();
        rows.sort_by(|a, b| by(&order, a, b));
        if let Some(cursor) = &query.cursor {
            let last: Row = serde_json::from_str(cursor)
                .map_err(|_| Error::invalid(format!("That is no cursor of {table}.")))?;
            rows.retain(|row| by(&order, row, &last).is_gt());
        }
        let more = rows.len() > query.limit as usize;
        rows.truncate(query.limit as usize);
        let place = |row: &&Row| {
            let values = order.iter().map(|order| (order.column.clone(), json!(row.get(&order.column))));
            Value::Object(values.collect()).to_string()
        };
        let next = if more { rows.last().map(place) } else { None };
        let wanted = |name: &String| query.columns.is_empty() || query.columns.contains(name);
        let rows = rows.into_iter().map(|row| {
            row.iter()
                .filter(|(name, _)| wanted(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        });
        Ok(RowPage { rows: rows.collect(), next })
    }

    /// What `record-store.update` does.
    ///
    /// # Errors
    /// As in the contract.
    pub fn update(&mut self, table: &str, changes: &Row, filters: &[Filter]) -> Result<u32> {
        let (name, _) = some_filter(table, filters)?;
        let rows = self.tables.entry(name).or_default().values_mut().filter(|row| all_hold(row, filters));
        Ok(rows.map(|row| row.extend(changes.clone())).count() as u32)
    }

    /// What `record-store.delete` does.
    ///
    /// # Errors
    /// As in the contract.
    pub fn delete(&mut self, table: &str, filters: &[Filter]) -> Result<u32> {
        let (name, _) = some_filter(table, filters)?;
        let rows = self.tables.entry(name).or_default();
        let before = rows.len();
        rows.retain(|_, row| !all_hold(row, filters));
        Ok((before - rows.len()) as u32)
    }

    /// Every row of a table.
    pub fn rows(&self, table: &str) -> impl Iterator<Item = &Row> {
        self.tables.get(table).into_iter().flat_map(BTreeMap::values)
    }

    /// Whether no table holds a row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.values().all(BTreeMap::is_empty)
    }
}

fn table_of(name: &str) -> Result<(&'static str, &'static [&'static str])> {
    let table = TABLES.into_iter().find(|(table, _)| *table == name);
    table.ok_or_else(|| Error::invalid(format!("There is no table {name}.")))
}

fn some_filter(table: &str, filters: &[Filter]) -> Result<(&'static str, &'static [&'static str])> {
    if filters.is_empty() {
        return Err(Error::invalid(format!("No call changes all of {table}: give a filter.")));
    }
    table_of(table)
}

fn key_value(row: &Row, column: &str) -> Result<String> {
    let value = row.get(column).and_then(Value::as_str);
    value.map(str::to_owned).ok_or_else(|| Error::invalid(format!("A row lacks its key column {column}.")))
}

/// Nulls come last in either direction.
fn by(order: &[Order], a: &Row, b: &Row) -> Ordering {
    for Order { column, descending } in order {
        let (a, b) = (a.get(column).unwrap_or(&Value::Null), b.get(column).unwrap_or(&Value::Null));
        let ordering = match (a.is_null(), b.is_null()) {
            (false, false) => {
                let ordering = compare(a, b).unwrap_or(Ordering::Equal);
                if *descending { ordering.reverse() } else { ordering }
            }
            (a, b) => a.cmp(&b),
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}
