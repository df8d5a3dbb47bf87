//! The functions of the interface.

use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use super::super::bindings::spin::sqlite::sqlite::{
    Error, Host, HostConnection, HostConnectionWithStore, QueryResult, RowResult, Value,
};
use super::super::stream::Items;
use super::super::{MAX_OPEN, Spin};
use super::Connection;
use crate::runtime::State;

type Columns = Vec<String>;
type Outcome = FutureReader<Result<(), Error>>;

impl Host for &mut State {}

impl State {
    fn open_database(&mut self, label: &str) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let Some(file) = self.grants.databases.get(label) else { return Ok(Err(Error::AccessDenied)) };
        if self.open_connections >= MAX_OPEN {
            return Ok(Err(Error::Io("too many connections opened".into())));
        }
        self.open_connections += 1;
        Ok(Ok(self.table.push(Connection::new(file.clone()))?))
    }
}

impl HostConnection for &mut State {
    async fn open(&mut self, label: String) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        self.open_database(&label)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<Result<QueryResult, Error>> {
        let connection = self.table.get(&connection)?.clone();
        Ok(connection.query(statement, parameters).await)
    }

    async fn last_insert_rowid(&mut self, connection: Resource<Connection>) -> wasmtime::Result<i64> {
        let connection = self.table.get(&connection)?.clone();
        Ok(connection.last_insert_rowid().await?)
    }

    async fn changes(&mut self, connection: Resource<Connection>) -> wasmtime::Result<u64> {
        let connection = self.table.get(&connection)?.clone();
        Ok(connection.changes().await?)
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        self.open_connections -= 1;
        Ok(())
    }
}

fn connection_of<T>(
    accessor: &Accessor<T, Spin>,
    connection: &Resource<Connection>,
) -> wasmtime::Result<Connection> {
    accessor.with(|mut access| Ok(access.get().table.get(connection)?.clone()))
}

impl<T: Send> HostConnectionWithStore<T> for Spin {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        label: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        accessor.with(|mut access| access.get().open_database(&label))
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<Result<(Columns, StreamReader<RowResult>, Outcome), Error>> {
        let connection = connection_of(accessor, &connection)?;
        let result = match connection.stream(statement, parameters).await {
            Ok(result) => result,
            Err(error) => return Ok(Err(error)),
        };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, Items(result.rows))?;
            let outcome = FutureReader::new(&mut access, result.outcome)?;
            Ok(Ok((result.columns, rows, outcome)))
        })
    }

    async fn last_insert_rowid_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        let connection = connection_of(accessor, &connection)?;
        Ok(connection.last_insert_rowid().await?)
    }

    async fn changes_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<u64> {
        let connection = connection_of(accessor, &connection)?;
        Ok(connection.changes().await?)
    }
}
