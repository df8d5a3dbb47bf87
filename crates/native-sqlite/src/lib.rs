//! SQLite as the stores see it in Spin: a connection a handle, one statement at a time.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::ops::ControlFlow;
use std::path::Path;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use local_store::database::{Database, ON_OPEN, Row};
use local_store::objects::Source;
use local_store::{DatabaseError, Environment, Error, Value};
use rusqlite::types::Value as SqliteValue;

/// A database in this process; its clones are the same one.
#[derive(Clone)]
pub struct Sqlite(Rc<rusqlite::Connection>, Rc<RefCell<Vec<String>>>);

impl Sqlite {
    /// A new one in memory.
    ///
    /// # Panics
    /// As everything here does, when SQLite fails.
    #[must_use]
    pub fn memory() -> Self {
        Self(Rc::new(rusqlite::Connection::open_in_memory().unwrap()), Rc::default())
    }

    /// The one in this file, which is made when it is not there.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        let connection = rusqlite::Connection::open(path).unwrap();
        for pragma in ON_OPEN {
            connection.execute_batch(&format!("{pragma};")).unwrap();
        }
        Self(Rc::new(connection), Rc::default())
    }

    /// What a query for one number finds.
    #[must_use]
    pub fn number(&self, sql: &str) -> i64 {
        self.0.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// The newest statement that holds this text.
    #[must_use]
    pub fn last_containing(&self, text: &str) -> String {
        self.1.borrow().iter().rfind(|sql| sql.contains(text)).cloned().unwrap()
    }

    /// SQLite's plan for a statement, a line a step.
    #[must_use]
    pub fn plan(&self, sql: &str) -> String {
        let mut statement = self.0.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = statement.raw_query().mapped(|row| row.get::<_, String>(3));
        steps.map(Result::unwrap).collect::<Vec<_>>().join("\n")
    }
}

impl Database for Sqlite {
    async fn run(
        &self,
        sql: &str,
        params: Vec<Value>,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), DatabaseError> {
        // A caller may be dropped before its statement and after it.
        pause().await;
        self.1.borrow_mut().push(sql.to_owned());
        let result = run(&self.0, sql, params, each).map_err(|e| DatabaseError::Other(e.to_string()));
        pause().await;
        result
    }
}

fn run(
    connection: &rusqlite::Connection,
    sql: &str,
    params: Vec<Value>,
    each: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns = statement.column_count();
    let params = params.into_iter().map(|value| match value {
        Value::Null => SqliteValue::Null,
        Value::Integer(n) => SqliteValue::Integer(n),
        Value::Real(x) => SqliteValue::Real(x),
        Value::Text(text) => SqliteValue::Text(text),
        Value::Blob(bytes) => SqliteValue::Blob(bytes),
    });
    let mut rows = statement.query(rusqlite::params_from_iter(params))?;
    while let Some(row) = rows.next()? {
        let value = |n| {
            Ok(match row.get::<_, SqliteValue>(n)? {
                SqliteValue::Null => Value::Null,
                SqliteValue::Integer(n) => Value::Integer(n),
                SqliteValue::Real(x) => Value::Real(x),
                SqliteValue::Text(text) => Value::Text(text),
                SqliteValue::Blob(bytes) => Value::Blob(bytes),
            })
        };
        let row = (0..columns).map(value).collect::<rusqlite::Result<Vec<_>>>()?;
        if each(row).is_break() {
            break;
        }
    }
    Ok(())
}

/// Waits for one poll.
pub async fn pause() {
    let mut waited = false;
    std::future::poll_fn(
        |_| {
            if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
        },
    )
    .await;
}

/// Polls a future to its end.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    poll_times(future, usize::MAX).unwrap()
}

/// Polls a future so many times and drops it; its output if it ended before.
pub fn poll_times<T>(future: impl Future<Output = T>, times: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..times).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

/// Polls several futures in turns, as calls of one instance.
pub fn interleave<T>(mut futures: Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> Vec<T> {
    let mut context = Context::from_waker(Waker::noop());
    let mut outputs: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    while outputs.iter().any(Option::is_none) {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let Poll::Ready(done) = future.as_mut().poll(&mut context)
            {
                *output = Some(done);
            }
        }
    }
    outputs.into_iter().flatten().collect()
}

/// A clock that tests set, and counted random numbers.
#[derive(Clone, Default)]
pub struct Fake {
    /// Milliseconds since 1970.
    pub now: Rc<Cell<u64>>,
    counter: Rc<Cell<u128>>,
}

impl Fake {
    /// One whose numbers go on from this.
    #[must_use]
    pub fn starting_at(counter: u128) -> Self {
        Self { now: Rc::new(Cell::new(1_000_000)), counter: Rc::new(Cell::new(counter)) }
    }

    /// Lets time pass.
    pub fn pass(&self, ms: u64) {
        self.now.set(self.now.get() + ms);
    }
}

impl Environment for Fake {
    fn now_ms(&self) -> u64 {
        self.now.get()
    }

    fn random(&self) -> [u8; 16] {
        self.counter.set(self.counter.get() + 1);
        self.counter.get().to_be_bytes()
    }
}

/// A body in pieces, which may end badly.
pub struct Pieces {
    pieces: RefCell<std::vec::IntoIter<Vec<u8>>>,
    end: Option<Error>,
}

impl Pieces {
    /// Bytes that come to their end.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let pieces: Vec<Vec<u8>> = bytes.chunks(100_000).map(<[u8]>::to_vec).collect();
        Self { pieces: RefCell::new(pieces.into_iter()), end: None }
    }

    /// Bytes and then an error.
    #[must_use]
    pub fn failing(bytes: &[u8], error: Error) -> Self {
        Self { end: Some(error), ..Self::of(bytes) }
    }
}

impl Source for Pieces {
    type Error = Error;

    async fn read(&mut self) -> Result<Option<Vec<u8>>, Error> {
        pause().await;
        match (self.pieces.get_mut().next(), self.end.take()) {
            (Some(piece), end) => {
                self.end = end;
                Ok(Some(piece))
            }
            (None, Some(error)) => Err(error),
            (None, None) => Ok(None),
        }
    }
}
