//! `spin:key-value`: named stores in one SQLite file of the state folder, in Spin's own layout.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::{mpsc, oneshot};
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use super::bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore};
use super::stream::{IN_FLIGHT, Items};
use super::{MAX_BUFFERED_BYTES, MAX_OPEN, Spin};
use crate::runtime::State;

const CREATE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (store TEXT NOT NULL, key TEXT NOT NULL, \
                      value BLOB NOT NULL, PRIMARY KEY (store, key))";

/// Every key-value store of the application, opened when first used.
pub struct Stores {
    file: PathBuf,
    opened: OnceLock<Mutex<Connection>>,
}

impl Stores {
    /// The stores kept in `file`.
    #[must_use]
    pub fn new(file: PathBuf) -> Self {
        Self { file, opened: OnceLock::new() }
    }

    fn lock(&self) -> Result<MutexGuard<'_, Connection>, Error> {
        if self.opened.get().is_none() {
            let connection = Connection::open(&self.file).map_err(other)?;
            connection.execute(CREATE, []).map_err(other)?;
            // Two first uses at once may both open the file; one connection is kept.
            let _ = self.opened.set(Mutex::new(connection));
        }
        let opened = self.opened.get().ok_or(Error::NoSuchStore)?;
        Ok(opened.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One open store.
#[derive(Clone)]
pub struct Store {
    label: Arc<str>,
    stores: Arc<Stores>,
}

impl Store {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let value: Option<Vec<u8>> = self
            .stores
            .lock()?
            .prepare_cached("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")
            .and_then(|mut select| select.query_row(params![&*self.label, key], |row| row.get(0)).optional())
            .map_err(other)?;
        match value {
            Some(value) if value.len() > MAX_BUFFERED_BYTES => Err(too_large()),
            value => Ok(value),
        }
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        self.stores
            .lock()?
            .prepare_cached(
                "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (store, key) DO UPDATE SET value = ?3",
            )
            .and_then(|mut insert| insert.execute(params![&*self.label, key, value]))
            .map(drop)
            .map_err(other)
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        self.stores
            .lock()?
            .prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")
            .and_then(|mut delete| delete.execute(params![&*self.label, key]))
            .map(drop)
            .map_err(other)
    }

    fn exists(&self, key: &str) -> Result<bool, Error> {
        self.stores
            .lock()?
            .prepare_cached("SELECT 1 FROM spin_key_value WHERE store = ?1 AND key = ?2")
            .and_then(|mut select| select.exists(params![&*self.label, key]))
            .map_err(other)
    }

    fn send_keys(&self, keys: &mpsc::Sender<String>) -> Result<(), Error> {
        let connection = self.stores.lock()?;
        let mut select =
            connection.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1").map_err(other)?;
        let mut rows = select.query(params![&*self.label]).map_err(other)?;
        while let Some(row) = rows.next().map_err(other)? {
            let key: String = row.get(0).map_err(other)?;
            if key.len() > MAX_BUFFERED_BYTES {
                return Err(too_large());
            }
            keys.blocking_send(key).map_err(|_| Error::Other("the keys were abandoned".into()))?;
        }
        Ok(())
    }
}

fn other(error: rusqlite::Error) -> Error {
    Error::Other(error.to_string())
}

fn too_large() -> Error {
    Error::Other(format!("query result exceeds limit of {MAX_BUFFERED_BYTES} bytes"))
}

impl Host for &mut State {}

impl HostStore for &mut State {
    async fn drop(&mut self, store: Resource<Store>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        self.open_stores -= 1;
        Ok(())
    }
}

/// Runs `work` with the store, off the threads that serve.
async fn with_store<T, R: Send + 'static>(
    accessor: &Accessor<T, Spin>,
    store: &Resource<Store>,
    work: impl FnOnce(&Store) -> Result<R, Error> + Send + 'static,
) -> wasmtime::Result<Result<R, Error>> {
    let store = accessor.with(|mut access| access.get().table.get(store).cloned())?;
    Ok(tokio::task::spawn_blocking(move || work(&store)).await?)
}

impl<T: Send> HostStoreWithStore<T> for Spin {
    async fn open(
        accessor: &Accessor<T, Self>,
        label: String,
    ) -> wasmtime::Result<Result<Resource<Store>, Error>> {
        accessor.with(|mut access| {
            let state = access.get();
            if !state.grants.store_labels.contains(&label) {
                return Ok(Err(Error::AccessDenied));
            }
            if state.open_stores >= MAX_OPEN {
                return Ok(Err(Error::StoreTableFull));
            }
            let store = Store { label: label.into(), stores: state.grants.stores.clone() };
            state.open_stores += 1;
            Ok(Ok(state.table.push(store)?))
        })
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        with_store(accessor, &store, move |store| store.get(&key)).await
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        with_store(accessor, &store, move |store| store.set(&key, &value)).await
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        with_store(accessor, &store, move |store| store.delete(&key)).await
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<bool, Error>> {
        with_store(accessor, &store, move |store| store.exists(&key)).await
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let (keys_to, keys) = mpsc::channel(IN_FLIGHT);
        let (outcome_to, outcome) = oneshot::channel();
        let store = accessor.with(|mut access| access.get().table.get(&store).cloned())?;
        tokio::task::spawn_blocking(move || {
            let result = store.send_keys(&keys_to);
            drop(keys_to);
            // The guest may have dropped the future; then nobody asks how it ended.
            let _ = outcome_to.send(result);
        });
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, Items(keys))?;
            let outcome = FutureReader::new(&mut access, outcome)?;
            Ok((keys, outcome))
        })
    }
}
