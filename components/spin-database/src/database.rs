//! Connections are kept between calls: opening one reads the file's schema anew. Each is used by one call at a time, since calls
//! interleave in an instance.

use std::cell::RefCell;
use std::ops::ControlFlow;

use local_store::database::{Database, LABEL, ON_OPEN, Row};
use local_store::{DatabaseError, Value};
use spin_sdk::sqlite::{Connection, Error, Value as SpinValue};

/// Idle connections kept: as many as Spin lets calls run at once in an instance.
const MAX_IDLE: usize = 16;

thread_local! {
    static IDLE: RefCell<Vec<Connection>> = const { RefCell::new(Vec::new()) };
}

/// The Spin database with the label [`LABEL`].
#[derive(Clone, Copy, Debug, Default)]
pub struct SpinDatabase;

impl Database for SpinDatabase {
    async fn run(
        &self,
        sql: &str,
        params: Vec<Value>,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), DatabaseError> {
        let idle = IDLE.with_borrow_mut(Vec::pop);
        let connection = match idle {
            Some(connection) => connection,
            None => open().await?,
        };
        // A connection whose call is dropped in here is closed, not kept: its statement may still be running.
        execute(&connection, sql, params, each).await?;
        IDLE.with_borrow_mut(|idle| {
            if idle.len() < MAX_IDLE {
                idle.push(connection);
            }
        });
        Ok(())
    }
}

async fn open() -> Result<Connection, DatabaseError> {
    let connection = Connection::open(LABEL).await.map_err(error)?;
    for pragma in ON_OPEN {
        // None of them changes what a statement means. Whatever is wrong with the database shows in the first real statement.
        let _ = execute(&connection, pragma, Vec::new(), &mut |_| ControlFlow::Continue(())).await;
    }
    Ok(connection)
}

/// Rows come as they are found. Errors of preparing and running the statement come at the end, in the result.
async fn execute(
    connection: &Connection,
    sql: &str,
    params: Vec<Value>,
    each: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<(), DatabaseError> {
    let mut query = connection.execute(sql, params.into_iter().map(to_spin)).await.map_err(error)?;
    while let Some(row) = query.next().await {
        if each(row.values.into_iter().map(from_spin).collect()).is_break() {
            // Ends the statement; its result would be that nobody read on.
            return Ok(());
        }
    }
    query.result().await.map_err(error)
}

fn to_spin(value: Value) -> SpinValue {
    match value {
        Value::Null => SpinValue::Null,
        Value::Integer(n) => SpinValue::Integer(n),
        Value::Real(x) => SpinValue::Real(x),
        Value::Text(text) => SpinValue::Text(text),
        Value::Blob(bytes) => SpinValue::Blob(bytes),
    }
}

fn from_spin(value: SpinValue) -> Value {
    match value {
        SpinValue::Null => Value::Null,
        SpinValue::Integer(n) => Value::Integer(n),
        SpinValue::Real(x) => Value::Real(x),
        SpinValue::Text(text) => Value::Text(text),
        SpinValue::Blob(bytes) => Value::Blob(bytes),
    }
}

fn error(error: Error) -> DatabaseError {
    match error {
        Error::NoSuchDatabase => DatabaseError::NoSuchDatabase,
        Error::AccessDenied => DatabaseError::AccessDenied,
        Error::DatabaseFull => DatabaseError::Full,
        Error::InvalidConnection => DatabaseError::Other("the connection is not valid".to_owned()),
        Error::Io(message) => DatabaseError::Other(message),
    }
}
