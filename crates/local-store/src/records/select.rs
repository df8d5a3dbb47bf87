//! Reading rows.

use std::ops::ControlFlow;

use crate::database::Database;
use crate::filter::{Filter, Params, conditions};
use crate::{Error, Result, Value};

use super::page::{Keyset, Position, RowPage};
use super::tables::{Column, Table};
use super::values::to_json;
use super::{MAX_CALL_BYTES, RecordStore, Row};

/// A column to order by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its name.
    pub column: String,
    /// From the greatest down. Nulls are last in either direction.
    pub descending: bool,
}

/// Which rows to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The columns wanted; empty for all.
    pub columns: Vec<String>,
    /// All must hold.
    pub filters: Vec<Filter>,
    /// Equal rows come in the order of the table's key.
    pub order: Vec<Order>,
    /// Rows a page: 1 to 1,000. A page of very large rows may hold fewer and still not be the last.
    pub limit: u32,
    /// From the page before.
    pub cursor: Option<String>,
}

impl<D: Database> RecordStore<D> {
    /// Reads a page of rows.
    ///
    /// # Errors
    /// `invalid` for an unknown table or column, a limit out of bounds, or a cursor of another query; and the database's own.
    pub async fn select(&self, table: &str, query: &Query) -> Result<RowPage> {
        let table = Table::named(table)?;
        let limit = query.limit;
        if !(1..=1000).contains(&limit) {
            return Err(Error::invalid("A page has 1 to 1,000 rows.")
                .with("limit", 1000)
                .with("actual", limit));
        }
        let wanted = wanted(table, &query.columns)?;
        let keyset = Keyset::new(table, query)?;
        let mut params = Params::default();
        let mut conditions = conditions(&query.filters, |field| table.operand(field), &mut params)?;
        if let Some(cursor) = &query.cursor {
            let position = keyset.decode(cursor)?;
            conditions = format!("({conditions}) AND ({})", keyset.after(position, &mut params));
        }
        let names: Vec<&str> =
            wanted.iter().copied().chain(keyset.columns()).map(|column| column.name).collect();
        let one_more = params.add(limit + 1);
        let sql = format!(
            "SELECT {} FROM {} WHERE {conditions} ORDER BY {} LIMIT {one_more}",
            names.join(", "),
            table.name,
            keyset.order_by(),
        );
        self.ready().await?;
        let mut page =
            Page { wanted, limit: limit as usize, rows: Vec::new(), bytes: 0, last: None, more: false };
        let mut outcome = Ok(());
        self.db
            .run(&sql, params.into_vec(), &mut |row| match page.add(row) {
                Ok(flow) => flow,
                Err(error) => {
                    outcome = Err(error);
                    ControlFlow::Break(())
                }
            })
            .await?;
        outcome?;
        let next = page.last.filter(|_| page.more).map(|position| keyset.encode(position));
        Ok(RowPage { rows: page.rows, next })
    }
}

fn wanted(table: &Table, names: &[String]) -> Result<Vec<&'static Column>> {
    if names.is_empty() {
        return Ok(table.columns.iter().collect());
    }
    let mut columns: Vec<&Column> = Vec::with_capacity(names.len().min(table.columns.len()));
    for name in names {
        let column = table.column(name)?;
        // Named twice is wanted once; this bounds the statement, too.
        if !columns.iter().any(|known| known.name == column.name) {
            columns.push(column);
        }
    }
    Ok(columns)
}

/// A page being filled.
struct Page {
    wanted: Vec<&'static Column>,
    limit: usize,
    rows: Vec<String>,
    bytes: usize,
    last: Option<Position>,
    more: bool,
}

impl Page {
    fn add(&mut self, mut values: Vec<Value>) -> Result<ControlFlow<()>> {
        if self.rows.len() == self.limit || self.bytes >= MAX_CALL_BYTES {
            self.more = true;
            return Ok(ControlFlow::Break(()));
        }
        let position = values.split_off(self.wanted.len().min(values.len()));
        let mut row = Row::new();
        for (column, value) in self.wanted.iter().zip(values) {
            row.insert(column.name.to_owned(), to_json(column, value)?);
        }
        let json = serde_json::Value::Object(row).to_string();
        self.bytes += json.len();
        self.rows.push(json);
        self.last = Some(position);
        Ok(ControlFlow::Continue(()))
    }
}
