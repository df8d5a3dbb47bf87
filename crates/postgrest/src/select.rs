//! Reading rows.

use bytes::Bytes;
use http::Method;
use local_store::Filter;
use local_store::records::{Column, MAX_CALL_BYTES, Query, Row, RowPage, Table};
use serde_json::Value as Json;
use upstream::{Error, ErrorKind, Platform, Received};

use crate::client::{Ask, Session};
use crate::filter::conditions;
use crate::keyset::Keyset;
use crate::parts::{fits, parts};
use crate::{table, values};

/// Projects cut answers at 1,000 rows or what they set, which must not be less than this (docs/deploy.md): a shorter answer is taken for whole; a longer one that
/// could have been cut is followed by a look at what comes next.
const SHORTEST_CUT: usize = 100;

/// What a select is about, besides its filters.
struct Asked {
    table: &'static Table,
    wanted: Vec<&'static Column>,
    keyset: Keyset,
    limit: usize,
}

/// Rows as JSON with their positions.
#[derive(Default)]
struct Page {
    rows: Vec<(Vec<Json>, String)>,
    more: bool,
}

impl<P: Platform> Session<'_, P> {
    /// Reads a page of rows. A list of values that no address holds is asked for in several requests.
    ///
    /// # Errors
    /// `invalid` for an unknown table or column, a limit out of bounds, or a cursor of another query; `too-large` for more filters than an address
    /// holds, or for a list that is asked for in parts and finds more than one page; and Supabase's own.
    pub async fn select(&self, table: &str, query: &Query) -> Result<RowPage, Error> {
        let table = table::table(table)?;
        let limit = query.limit as usize;
        if !(1..=1000).contains(&limit) {
            return Err(Error::invalid("A page has 1 to 1,000 rows.")
                .with("limit", "1000")
                .with("actual", limit.to_string()));
        }
        let wanted = wanted(table, &query.columns)?;
        let keyset = Keyset::new(table, query)?;
        let conditions = conditions(table, &query.filters)?;
        let position = query.cursor.as_deref().map(|cursor| keyset.decode(cursor)).transpose()?;
        if conditions.is_none() {
            return Ok(RowPage { rows: Vec::new(), next: None });
        }
        let asked = Asked { table, wanted, keyset, limit };
        let parts = parts(table, &query.filters, limit);
        if position.is_none() && parts.len() > 1 {
            match self.together(&asked, &parts).await? {
                Some(page) => return Ok(page),
                None if fits(&query.filters) => {}
                None => {
                    return Err(Error::new(
                        ErrorKind::TooLarge,
                        "The filters compare with more values than an address holds, and the rows are more than one page. Ask for fewer values at once.",
                    ));
                }
            }
        }
        let page = self.page(&asked, &query.filters, position.as_deref()).await?;
        let last = page.rows.last().filter(|_| page.more);
        let next = last.map(|(position, _)| asked.keyset.encode(position));
        Ok(RowPage { rows: page.rows.into_iter().map(|(_, json)| json).collect(), next })
    }

    /// All rows of several questions, in order; `None` when they are more than one page: a cursor through parts would need the database's idea of order.
    async fn together(&self, asked: &Asked, parts: &[Vec<Filter>]) -> Result<Option<RowPage>, Error> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        for filters in parts {
            let page = self.page(asked, filters, None).await?;
            bytes += page.rows.iter().map(|(_, json)| json.len()).sum::<usize>();
            if page.more || bytes > MAX_CALL_BYTES {
                return Ok(None);
            }
            rows.extend(page.rows);
        }
        rows.sort_by(|(a, _), (b, _)| asked.keyset.compare(a, b));
        // A value in two forms, such as a time in two zones, may be in two parts.
        rows.dedup_by(|(a, _), (b, _)| a == b);
        if rows.len() > asked.limit {
            return Ok(None);
        }
        Ok(Some(RowPage { rows: rows.into_iter().map(|(_, json)| json).collect(), next: None }))
    }

    /// The rows after a position, and whether there are more.
    async fn page(&self, asked: &Asked, filters: &[Filter], after: Option<&[Json]>) -> Result<Page, Error> {
        let Asked { table, wanted, keyset, limit } = asked;
        let Some(conditions) = conditions(table, filters)? else { return Ok(Page::default()) };
        let mut columns = wanted.clone();
        for column in keyset.columns() {
            if !columns.iter().any(|known| known.name == column.name) {
                columns.push(column);
            }
        }
        let parameters = |columns: &[&Column], after: Option<&[Json]>, limit: usize| {
            let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
            let mut parameters = vec![("select", names.join(","))];
            parameters.extend(conditions.iter().cloned());
            parameters.extend(after.map(|after| ("or", keyset.after(after))));
            parameters.push(("order", keyset.order()));
            parameters.push(("limit", limit.to_string()));
            parameters
        };
        let rows = self.rows(table, &columns, parameters(&columns, after, limit + 1)).await?;
        let received = rows.len();
        let mut page = Page::default();
        let mut bytes = 0;
        for mut row in rows.into_iter().take(*limit) {
            if bytes >= MAX_CALL_BYTES {
                break;
            }
            let position = keyset.position(&row);
            row.retain(|name, _| wanted.iter().any(|column| column.name == name));
            let json = Json::Object(row).to_string();
            bytes += json.len();
            page.rows.push((position, json));
        }
        page.more = received > page.rows.len();
        if let Some((last, _)) = page.rows.last().filter(|_| !page.more && received >= SHORTEST_CUT) {
            let key: Vec<&Column> = keyset.columns().collect();
            let next = parameters(&key, Some(last), 1);
            page.more = !self.rows(table, &key, next).await?.is_empty();
        }
        Ok(page)
    }

    async fn rows(
        &self,
        table: &'static Table,
        columns: &[&'static Column],
        parameters: Vec<(&'static str, String)>,
    ) -> Result<Vec<Row>, Error> {
        let ask = Ask {
            method: Method::GET,
            table: table.name,
            parameters,
            body: Bytes::new(),
            prefer: "",
            repeatable: true,
        };
        self.ask(&ask, |answer| read(answer, columns)).await
    }
}

fn read(answer: &Received, columns: &[&Column]) -> Result<Vec<Row>, Error> {
    let rows: Vec<Row> = serde_json::from_slice(&answer.body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Error::failed(format!("Supabase's answer is not the rows expected at line {line}, column {column}."))
    })?;
    let read = |mut row: Row| {
        let column = |column: &&Column| {
            let value = row.remove(column.name).unwrap_or_default();
            (column.name.to_owned(), values::received(column, value))
        };
        columns.iter().map(column).collect()
    };
    Ok(rows.into_iter().map(read).collect())
}

fn wanted(table: &'static Table, names: &[String]) -> Result<Vec<&'static Column>, Error> {
    if names.is_empty() {
        return Ok(table.columns.iter().collect());
    }
    let mut columns: Vec<&Column> = Vec::with_capacity(names.len().min(table.columns.len()));
    for name in names {
        let column = table::column(table, name)?;
        if !columns.iter().any(|known| known.name == column.name) {
            columns.push(column);
        }
    }
    Ok(columns)
}
