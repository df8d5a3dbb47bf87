//! Reaching for what a stage may not have been granted.

use std::net::TcpStream;

use spin_sdk::key_value::Store;
use spin_sdk::sqlite::Connection;

/// What came of the deed; `None` when it reaches for nothing.
pub async fn reach(deed: &str, argument: &str) -> Option<String> {
    Some(match deed {
        "reads-a-variable" => format!("{:?}", spin_sdk::variables::get(argument).await),
        "calls-a-host" => match spin_sdk::http::get(argument).await {
            Ok(response) => format!("Ok({})", response.status()),
            Err(error) => format!("Err({error:?})"),
        },
        "opens-a-socket" => {
            format!("{:?}", TcpStream::connect(argument).map(drop).map_err(|e| e.to_string()))
        }
        "resolves-a-name" => {
            let found = std::net::ToSocketAddrs::to_socket_addrs(argument);
            format!("{:?}", found.map(Iterator::count).map_err(|e| e.to_string()))
        }
        "reads-a-file" => format!("{:?}", std::fs::read_to_string(argument).map_err(|e| e.to_string())),
        "reads-the-environment" => {
            format!("{:?} {:?}", std::env::vars().collect::<Vec<_>>(), std::env::args().collect::<Vec<_>>())
        }
        "opens-a-store" => format!("{:?}", Store::open("default").await.map(drop)),
        "opens-a-database" => format!("{:?}", count(argument).await),
        _ => return None,
    })
}

async fn count(table: &str) -> Result<i64, spin_sdk::sqlite::Error> {
    let database = Connection::open("default").await?;
    let mut rows = database.execute(format!("SELECT count(*) FROM {table}"), []).await?;
    let count = rows.next().await.and_then(|row| row.get(0)).unwrap_or_default();
    rows.result().await?;
    Ok(count)
}
