//! Reading rows.

use bytes::Bytes;
use http::Method;
use local_store::records::{Column, MAX_CALL_BYTES, Query, Row, RowPage, Table};
use upstream::{Error, Platform, Received};

use crate::client::{Ask, Session};
use crate::filter::conditions;
use crate::keyset::Keyset;
use crate::{table, values};

/// Projects cut answers at 1,000 rows or what they set. An answer of fewer rows than this is taken for whole; a longer one that could have been cut
/// is followed by a look at what comes next.
const SHORTEST_CUT: usize = 100;

impl<P: Platform> Session<'_, P> {
    /// Reads a page of rows.
    ///
    /// # Errors
    /// `invalid` for an unknown table or column, a limit out of bounds, or a cursor of another query; `too-large` for more filters than an address
    /// holds; and Supabase's own.
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
        let Some(conditions) = conditions else { return Ok(RowPage { rows: Vec::new(), next: None }) };
        let mut columns = wanted.clone();
        for column in keyset.columns() {
            if !columns.iter().any(|known| known.name == column.name) {
                columns.push(column);
            }
        }
        let parameters = |columns: &[&Column], after: Option<String>, limit: usize| {
            let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
            let mut parameters = vec![("select", names.join(","))];
            parameters.extend(conditions.iter().cloned());
            parameters.extend(after.map(|after| ("or", after)));
            parameters.push(("order", keyset.order()));
            parameters.push(("limit", limit.to_string()));
            parameters
        };
        let after = position.map(|position| keyset.after(&position));
        let rows = self.rows(table, &columns, parameters(&columns, after, limit + 1)).await?;
        let received = rows.len();
        let mut page = Vec::with_capacity(received.min(limit));
        let (mut bytes, mut last) = (0, None);
        for mut row in rows.into_iter().take(limit) {
            if bytes >= MAX_CALL_BYTES {
                break;
            }
            last = Some(keyset.position(&row));
            row.retain(|name, _| wanted.iter().any(|column| column.name == name));
            let json = serde_json::Value::Object(row).to_string();
            bytes += json.len();
            page.push(json);
        }
        let mut more = received > page.len();
        if let Some(last) = last.as_ref().filter(|_| !more && received >= SHORTEST_CUT) {
            let key: Vec<&Column> = keyset.columns().collect();
            let next = parameters(&key, Some(keyset.after(last)), 1);
            more = !self.rows(table, &key, next).await?.is_empty();
        }
        Ok(RowPage { rows: page, next: last.filter(|_| more).map(|last| keyset.encode(&last)) })
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
