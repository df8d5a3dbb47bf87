//! What the index holds.

use std::collections::BTreeMap;

use serde::Deserialize;
use upstream::{Call, Error, Platform};

use crate::VectorIndex;

/// What Pinecone calls the namespace without a name.
const DEFAULT_NAMESPACE: &str = "__default__";

/// What an index holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Numbers in each vector; `None` where Pinecone does not say.
    pub dimensions: Option<u32>,
    /// Namespaces, in order, and how many vectors each holds. Lags behind.
    pub namespaces: Vec<(String, u64)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stats {
    #[serde(default)]
    pub(crate) namespaces: BTreeMap<String, Namespace>,
    pub(crate) dimension: Option<u32>,
    pub(crate) metric: Option<String>,
    pub(crate) vector_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Namespace {
    #[serde(default)]
    vector_count: u64,
}

impl<P: Platform> VectorIndex<P> {
    /// What the index holds. Not billed.
    ///
    /// # Errors
    /// How calls fail.
    pub async fn describe(&self, call: &Call) -> Result<Info, Error> {
        let index = self.index(call).await?;
        let stats = self.stats(call, &index).await?;
        let mut namespaces = BTreeMap::new();
        for (name, Namespace { vector_count }) in stats.namespaces {
            let name = if name == DEFAULT_NAMESPACE { String::new() } else { name };
            namespaces.insert(name, vector_count);
        }
        Ok(Info { dimensions: index.dimension, namespaces: namespaces.into_iter().collect() })
    }
}
