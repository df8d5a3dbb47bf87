use std::collections::BTreeMap;

use pipeline::stages::{IdPage, Match, Nearest, Selection, Vector};
use pipeline::{Error, Result};
use serde_json::Value;

use super::filter::all_hold;

/// Vectors in namespaces.
#[derive(Default)]
pub struct Vectors {
    namespaces: BTreeMap<String, BTreeMap<String, Vector>>,
}

impl Vectors {
    /// What `vector-index.upsert` does.
    ///
    /// # Errors
    /// As in the contract.
    pub fn upsert(&mut self, namespace: &str, vectors: &[Vector]) -> Result<()> {
        for Vector { id, values, metadata } in vectors {
            let fits = (1..=512).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
            let scalar = |value: &Value| !value.is_null() && !value.is_object();
            if !fits || !metadata.values().all(scalar) || !values.iter().any(|number| *number != 0.0) {
                return Err(Error::invalid(format!("The vector {id} breaks a rule of the contract.")));
            }
        }
        let stored = self.namespaces.entry(namespace.to_owned()).or_default();
        stored.extend(vectors.iter().map(|vector| (vector.id.clone(), vector.clone())));
        Ok(())
    }

    /// What `vector-index.query` does, for vectors of length 1.
    ///
    /// # Errors
    /// As in the contract.
    pub fn query(&self, namespace: &str, nearest: &Nearest) -> Result<Vec<Match>> {
        if !(1..=1000).contains(&nearest.top_k) {
            return Err(Error::invalid(format!("A query finds 1 to 1,000 vectors, not {}.", nearest.top_k)));
        }
        let dot = |values: &[f32]| values.iter().zip(&nearest.values).map(|(a, b)| a * b).sum::<f32>();
        let found = self.of(namespace).filter(|vector| all_hold(&vector.metadata, &nearest.filters));
        let mut found: Vec<(f32, &Vector)> = found.map(|vector| (dot(&vector.values), vector)).collect();
        // Stable, and so by id where scores are equal.
        found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        found.truncate(nearest.top_k as usize);
        let found = found.into_iter().map(|(score, vector)| Match {
            id: vector.id.clone(),
            score,
            metadata: vector.metadata.clone(),
        });
        Ok(found.collect())
    }

    /// What `vector-index.delete` does.
    ///
    /// # Errors
    /// As in the contract.
    pub fn delete(&mut self, namespace: &str, selection: &Selection) -> Result<()> {
        let stored = self.namespaces.entry(namespace.to_owned()).or_default();
        match selection {
            Selection::Ids(ids) if (1..=1000).contains(&ids.len()) => {
                stored.retain(|id, _| !ids.contains(id));
            }
            Selection::Filters(filters) if !filters.is_empty() => {
                stored.retain(|_, vector| !all_hold(&vector.metadata, filters));
            }
            _ => return Err(Error::invalid("A delete names 1 to 1,000 ids or 1 or more filters.")),
        }
        Ok(())
    }

    /// What `vector-index.list` does.
    ///
    /// # Errors
    /// As in the contract.
    pub fn list(&self, namespace: &str, prefix: &str, cursor: Option<&str>, limit: u32) -> Result<IdPage> {
        let ids = self.of(namespace).map(|vector| vector.id.clone()).filter(|id| id.starts_with(prefix));
        let (ids, next) = super::page(ids, String::clone, cursor, limit)?;
        Ok(IdPage { ids, next })
    }

    /// How many vectors each namespace holds.
    #[must_use]
    pub fn counts(&self) -> Vec<(String, u64)> {
        self.namespaces.iter().map(|(name, vectors)| (name.clone(), vectors.len() as u64)).collect()
    }

    /// Every namespace and vector.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Vector)> {
        let namespaces = self.namespaces.iter();
        namespaces.flat_map(|(name, vectors)| vectors.values().map(move |vector| (name.as_str(), vector)))
    }

    fn of(&self, namespace: &str) -> impl Iterator<Item = &Vector> {
        self.namespaces.get(namespace).into_iter().flat_map(BTreeMap::values)
    }
}
