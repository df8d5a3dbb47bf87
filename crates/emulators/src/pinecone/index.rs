//! An index: its shape and its namespaces.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;

use super::namespace::Namespace;

/// How near two vectors are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// The cosine of their angle.
    #[default]
    Cosine,
    /// The square of their distance; nearer is lower.
    Euclidean,
    /// Their dot product.
    DotProduct,
}

impl Metric {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Euclidean => "euclidean",
            Self::DotProduct => "dotproduct",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum VectorType {
    #[default]
    Dense,
    Sparse,
}

impl VectorType {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::Sparse => "sparse",
        }
    }
}

/// What vectors an index takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// 0 for a sparse index.
    pub(super) dimension: usize,
    pub(super) metric: Metric,
    pub(super) vector_type: VectorType,
    /// Whether a dense index was declared to take sparse values too; undeclared, its metric decides.
    pub(super) sparse_field: Option<bool>,
}

impl Shape {
    pub(super) fn takes_sparse(&self) -> bool {
        self.sparse_field.unwrap_or(self.metric == Metric::DotProduct)
    }
}

/// An index's data.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) shape: Shape,
    /// So many reads do not see a write.
    pub(super) lag: u32,
    namespaces: Mutex<Namespaces>,
}

/// Namespaces by name. One that was deleted keeps its entry in `gone`, for LSNs go on.
#[derive(Debug, Default)]
pub(super) struct Namespaces {
    pub(super) here: BTreeMap<String, Namespace>,
    gone: BTreeMap<String, Namespace>,
}

impl Namespaces {
    /// The namespace of this name, made where there is none.
    pub(super) fn entry(&mut self, name: &str) -> &mut Namespace {
        let revived = self.gone.remove(name).unwrap_or_default();
        self.here.entry(name.to_owned()).or_insert(revived)
    }

    /// The namespace for a read: one that is not here may still show records whose deletion is not seen yet.
    pub(super) fn reading(&mut self, name: &str) -> Option<&mut Namespace> {
        self.here.get_mut(name).or_else(|| self.gone.get_mut(name))
    }

    /// Takes a namespace away.
    pub(super) fn remove(&mut self, name: &str) {
        if let Some(namespace) = self.here.remove(name) {
            self.gone.insert(name.to_owned(), namespace);
        }
    }
}

impl Index {
    pub(super) fn new(shape: Shape, lag: u32) -> Self {
        Self { shape, lag, namespaces: Mutex::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Namespaces> {
        self.namespaces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
