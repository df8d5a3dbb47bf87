//! A real PostgREST on a real PostgreSQL with the migrations, behind the emulated gateway.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test file uses its part, and may fail"
)]

use std::rc::Rc;
use std::time::Duration;

use emulators::{Server, supabase};
use peers::Postgrest;
use postgrest::{Config, Filter, OnConflict, Predicate, Query, RecordStore, Row, RowPage};
use serde_json::{Value as Json, json};
use upstream::{Call, Error};
use upstream_hyper::Native;

pub const JWT_SECRET: &str = "emulated-secret-of-thirty-two-bytes-or-more";
pub const ANNA: &str = "00000000-0000-4000-8000-00000000000a";

pub struct Project {
    pub gateway: Server,
    pub keys: supabase::Keys,
    pub postgrest: Postgrest,
    platform: Rc<Native>,
}

impl Project {
    pub async fn start() -> Self {
        let postgrest = tokio::task::spawn_blocking(|| Postgrest::start(JWT_SECRET).unwrap()).await.unwrap();
        let options = supabase::Options::new(&postgrest.url, JWT_SECRET);
        let keys = options.keys();
        let gateway = supabase::start(options).await.unwrap();
        // Waits are long and tests are not.
        Self { gateway, keys, postgrest, platform: Rc::new(Native::at_pace(20)) }
    }

    pub fn sql(&self, sql: &str) {
        self.postgrest.postgres.execute(sql).unwrap();
    }

    pub fn store(&self, key: &str, schema: &str) -> RecordStore<Native> {
        let config = Config::from_variables(|name| match name {
            "supabase_url" => Some(self.gateway.url().to_owned()),
            "supabase_service_key" => Some(key.to_owned()),
            "supabase_schema" => Some(schema.to_owned()),
            _ => None,
        });
        RecordStore::new(Rc::clone(&self.platform), config.unwrap())
    }

    pub fn secret_store(&self) -> RecordStore<Native> {
        self.store(&self.keys.secret, "")
    }

    pub fn call(&self) -> Call {
        Call::starting_now(&*self.platform, Duration::from_secs(1200), None)
    }

    pub async fn select(&self, table: &str, query: &Query) -> Result<RowPage, Error> {
        self.secret_store().session(&self.call(), None)?.select(table, query).await
    }

    pub async fn upsert(&self, rows: &[Row], conflict: OnConflict) -> Result<u32, Error> {
        let key = ["id".to_owned()];
        self.secret_store().session(&self.call(), None)?.upsert("documents", rows, &key, conflict).await
    }

    /// The documents that a query finds, from page to page, and how many each page has.
    pub async fn documents(&self, mut query: Query) -> (Vec<Json>, Vec<usize>) {
        let (mut rows, mut pages) = (Vec::new(), Vec::new());
        let (store, call) = (self.secret_store(), self.call());
        let session = store.session(&call, None).unwrap();
        loop {
            let page = session.select("documents", &query).await.unwrap();
            assert!(page.rows.len() <= query.limit as usize);
            pages.push(page.rows.len());
            rows.extend(page.rows.iter().map(|row| serde_json::from_str::<Json>(row).unwrap()));
            query.cursor = page.next;
            if query.cursor.is_none() {
                return (rows, pages);
            }
        }
    }
}

pub fn row(value: Json) -> Row {
    let Json::Object(row) = value else { panic!("{value} is no row") };
    row
}

/// A document's row with everything that it must have, and more.
pub fn document(id: &str, more: Json) -> Row {
    let mut document =
        row(json!({ "id": id, "relationship_id": "r", "kind": "profile", "key": "k", "status": "stored" }));
    document.extend(row(more));
    document
}

pub fn filter(field: &str, predicate: Predicate) -> Filter {
    Filter { field: field.to_owned(), predicate }
}

pub fn all() -> Query {
    Query { columns: Vec::new(), filters: Vec::new(), order: Vec::new(), limit: 1000, cursor: None }
}
