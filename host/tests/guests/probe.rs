//! What a component can be asked to do.

use std::sync::atomic::{AtomicU32, Ordering};

use http_body_util::BodyExt as _;
use spin_sdk::key_value::Store;
use spin_sdk::sqlite::{Connection, Value};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{Fields, OutgoingRequest, Scheme};

static CALLS: AtomicU32 = AtomicU32::new(0);

pub async fn ask(question: &str, argument: &str) -> String {
    match question {
        "variable" => format!("{:?}", spin_sdk::variables::get(argument).await),
        "sqlite" => format!("{:?}", sqlite(argument).await),
        "sqlite-rows" => format!("{:?}", rows(argument).await),
        "sqlite-statement" => format!("{:?}", statement(argument).await),
        "key-value" => format!("{:?}", key_value(argument).await),
        "fetch" => fetch(argument).await,
        "fetch-0.2" => fetch_0_2(argument),
        "post" => post(argument).await,
        "environment" => format!("{:?}", std::env::vars().collect::<Vec<_>>()),
        "files" => format!("{:?}", std::fs::read_to_string(argument).map_err(|e| e.kind())),
        "print" => {
            println!("{argument}");
            String::new()
        }
        "linger" => {
            println!("lingering");
            wasi_sleep(argument.parse().unwrap_or(0)).await;
            "waited".into()
        }
        "calls" => calls(),
        "trap" => panic!("asked to trap"),
        "spin" => spin(),
        "wait" => {
            wasi_sleep(argument.parse().unwrap_or(0)).await;
            "waited".into()
        }
        "allocate" => allocate(argument.parse().unwrap_or(0)),
        _ => format!("no such question: {question}"),
    }
}

async fn sqlite(label: &str) -> Result<Vec<i64>, spin_sdk::sqlite::Error> {
    let db = Connection::open(label).await?;
    db.execute("CREATE TABLE IF NOT EXISTS numbers (n INTEGER)", []).await?.result().await?;
    db.execute("INSERT INTO numbers VALUES (?)", [Value::Integer(7)]).await?.result().await?;
    let mut result = db.execute("SELECT n FROM numbers", []).await?;
    let mut numbers = Vec::new();
    while let Some(row) = result.next().await {
        numbers.push(row.get(0).unwrap_or_default());
    }
    result.result().await?;
    Ok(numbers)
}

/// Streams rows of 100,000 bytes each and counts them.
async fn rows(count: &str) -> Result<usize, spin_sdk::sqlite::Error> {
    let db = Connection::open("default").await?;
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         SELECT zeroblob(100000) FROM n"
    );
    let mut result = db.execute(sql, []).await?;
    let mut rows = 0;
    while result.next().await.is_some() {
        rows += 1;
    }
    result.result().await?;
    Ok(rows)
}

async fn statement(statement: &str) -> Result<(), spin_sdk::sqlite::Error> {
    let db = Connection::open("default").await?;
    db.execute(statement.replace('+', " "), []).await?.result().await
}

async fn key_value(label: &str) -> Result<(Option<Vec<u8>>, Vec<String>, bool), spin_sdk::key_value::Error> {
    let store = Store::open(label).await?;
    store.set("key", b"value").await?;
    let value = store.get("key").await?;
    let keys = store.get_keys().await.collect().await?;
    store.delete("key").await?;
    Ok((value, keys, store.exists("key").await?))
}

async fn fetch(url: &str) -> String {
    match spin_sdk::http::get(url).await {
        Err(error) => format!("{error:?}"),
        Ok(response) => {
            let status = response.status();
            match response.into_body().collect().await {
                Ok(body) => format!("{status} {}", String::from_utf8_lossy(&body.to_bytes())),
                Err(error) => format!("{status} then {error:?}"),
            }
        }
    }
}

/// Sends a body that no buffer between here and there holds.
async fn post(url: &str) -> String {
    match spin_sdk::http::post(url, vec![0; 8 * 1024 * 1024]).await {
        Err(error) => format!("{error:?}"),
        Ok(response) => response.status().to_string(),
    }
}

/// The same as [`fetch`], by `wasi:http` 0.2.
fn fetch_0_2(url: &str) -> String {
    let Some((authority, path)) = url.strip_prefix("http://").and_then(|url| url.split_once('/')) else {
        return format!("not http: {url}");
    };
    let request = OutgoingRequest::new(Fields::new());
    let set = request
        .set_scheme(Some(&Scheme::Http))
        .and_then(|()| request.set_authority(Some(authority)))
        .and_then(|()| request.set_path_with_query(Some(&format!("/{path}"))));
    if set.is_err() {
        return format!("no address: {url}");
    }
    let response = match outgoing_handler::handle(request, None) {
        Err(error) => return format!("{error:?}"),
        Ok(response) => response,
    };
    response.subscribe().block();
    match response.get() {
        Some(Ok(Ok(response))) => response.status().to_string(),
        Some(Ok(Err(error))) => format!("{error:?}"),
        other => format!("{other:?}"),
    }
}

/// How often this instance was asked.
fn calls() -> String {
    (CALLS.fetch_add(1, Ordering::Relaxed) + 1).to_string()
}

fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

async fn wasi_sleep(milliseconds: u64) {
    spin_sdk::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
}

fn allocate(mebibytes: usize) -> String {
    let memory = vec![1_u8; mebibytes * 1024 * 1024];
    std::hint::black_box(&memory).len().to_string()
}
