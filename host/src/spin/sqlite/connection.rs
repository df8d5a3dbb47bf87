//! A connection and the statements run on it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Row, params_from_iter};
use tokio::sync::{mpsc, oneshot};

use super::super::MAX_BUFFERED_BYTES;
use super::super::bindings::spin::sqlite::sqlite::{Error, QueryResult, RowResult, Value};
use super::super::stream::IN_FLIGHT;

/// A connection to one database, opened when first used.
#[derive(Clone)]
pub struct Connection {
    file: Arc<PathBuf>,
    opened: Arc<OnceLock<Mutex<rusqlite::Connection>>>,
}

/// A statement's result on the move.
pub(super) struct Rows {
    pub columns: Vec<String>,
    pub rows: mpsc::Receiver<RowResult>,
    pub outcome: oneshot::Receiver<Result<(), Error>>,
}

impl Connection {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file: Arc::new(file), opened: Arc::default() }
    }

    fn lock(&self) -> Result<MutexGuard<'_, rusqlite::Connection>, Error> {
        if self.opened.get().is_none() {
            // Two first statements at once may both open the file; one connection is kept.
            let _ = self.opened.set(Mutex::new(open(&self.file).map_err(io)?));
        }
        let opened = self.opened.get().ok_or(Error::InvalidConnection)?;
        Ok(opened.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs a statement and collects its rows.
    pub(super) async fn query(
        &self,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<QueryResult, Error> {
        let this = self.clone();
        blocking(move || this.query_blocking(&statement, parameters)).await
    }

    fn query_blocking(&self, statement: &str, parameters: Vec<Value>) -> Result<QueryResult, Error> {
        let connection = self.lock()?;
        let mut prepared = connection.prepare_cached(statement).map_err(io)?;
        let columns = prepared.column_names().map(str::to_owned).collect::<Vec<_>>();
        let mut found = prepared.query(params_from_iter(parameters.into_iter().map(to_sql))).map_err(io)?;
        let mut size = size_of::<QueryResult>();
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(io)? {
            let row = read(row, columns.len())?;
            size = size.saturating_add(memory(&row));
            check_size(size)?;
            rows.push(row);
        }
        Ok(QueryResult { columns, rows })
    }

    /// Runs a statement on a thread of its own and hands out its rows as they are read.
    pub(super) async fn stream(&self, statement: String, parameters: Vec<Value>) -> Result<Rows, Error> {
        let this = self.clone();
        if self.opened.get().is_none() {
            // A file that cannot be opened fails the call itself, not the rows.
            let this = self.clone();
            blocking(move || this.lock().map(drop)).await?;
        }
        let (columns_to, columns) = oneshot::channel();
        let (rows_to, rows) = mpsc::channel(IN_FLIGHT);
        let (outcome_to, outcome) = oneshot::channel();
        tokio::task::spawn_blocking(move || {
            let result = this.stream_blocking(&statement, parameters, columns_to, &rows_to);
            drop(rows_to);
            // The guest may have dropped the future; then nobody asks how it ended.
            let _ = outcome_to.send(result);
        });
        // A statement that cannot be prepared has no columns; how it ended says why, as on Spin.
        let columns = columns.await.unwrap_or_default();
        Ok(Rows { columns, rows, outcome })
    }

    fn stream_blocking(
        &self,
        statement: &str,
        parameters: Vec<Value>,
        columns_to: oneshot::Sender<Vec<String>>,
        rows_to: &mpsc::Sender<RowResult>,
    ) -> Result<(), Error> {
        let connection = self.lock()?;
        let mut prepared = connection.prepare_cached(statement).map_err(io)?;
        let columns = prepared.column_names().map(str::to_owned).collect::<Vec<_>>();
        let width = columns.len();
        columns_to.send(columns).map_err(|_| Error::Io("the query was abandoned".into()))?;
        let mut found = prepared.query(params_from_iter(parameters.into_iter().map(to_sql))).map_err(io)?;
        while let Some(row) = found.next().map_err(io)? {
            let row = read(row, width)?;
            check_size(memory(&row))?;
            rows_to.blocking_send(row).map_err(|_| Error::Io("the rows were abandoned".into()))?;
        }
        Ok(())
    }

    /// How many rows the last statement changed.
    pub(super) async fn changes(&self) -> Result<u64, Error> {
        let this = self.clone();
        blocking(move || Ok(this.lock()?.changes())).await
    }

    /// The id of the last inserted row.
    pub(super) async fn last_insert_rowid(&self) -> Result<i64, Error> {
        let this = self.clone();
        blocking(move || Ok(this.lock()?.last_insert_rowid())).await
    }
}

fn open(file: &PathBuf) -> rusqlite::Result<rusqlite::Connection> {
    let mut connection = rusqlite::Connection::open(file)?;
    connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
        // A file outside its databases is nothing a component may reach; temporary and in-memory databases
        // are its own.
        AuthAction::Attach { filename } if !matches!(filename, "" | ":memory:") => Authorization::Deny,
        _ => Authorization::Allow,
    }))?;
    Ok(connection)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Io(e.to_string()))?
}

fn io(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}

fn check_size(size: usize) -> Result<(), Error> {
    if size > MAX_BUFFERED_BYTES {
        return Err(Error::Io(format!("query result exceeds limit of {MAX_BUFFERED_BYTES} bytes")));
    }
    Ok(())
}

fn memory(row: &RowResult) -> usize {
    let content = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Blob(blob) => blob.len(),
        Value::Integer(_) | Value::Real(_) | Value::Null => 0,
    };
    row.values.iter().map(|value| size_of::<Value>() + content(value)).sum()
}

fn read(row: &Row<'_>, width: usize) -> Result<RowResult, Error> {
    let values = (0..width)
        .map(|column| {
            Ok(match row.get_ref(column).map_err(io)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(integer) => Value::Integer(integer),
                ValueRef::Real(real) => Value::Real(real),
                ValueRef::Text(text) => Value::Text(
                    std::str::from_utf8(text)
                        .map_err(|_| Error::Io(format!("column {column} holds text that is not UTF-8")))?
                        .to_owned(),
                ),
                ValueRef::Blob(blob) => Value::Blob(blob.to_vec()),
            })
        })
        .collect::<Result<_, Error>>()?;
    Ok(RowResult { values })
}

fn to_sql(value: Value) -> SqlValue {
    match value {
        Value::Null => SqlValue::Null,
        Value::Integer(integer) => SqlValue::Integer(integer),
        Value::Real(real) => SqlValue::Real(real),
        Value::Text(text) => SqlValue::Text(text),
        Value::Blob(blob) => SqlValue::Blob(blob),
    }
}
