//! The interfaces that a stage can export, as `wit/` has them.

use anyhow::{Context, Result};

/// The package that all of them use.
pub const TYPES_WIT: &str = include_str!("../../../wit/types/types.wit");

/// One interface that a stage can export.
#[derive(Debug, PartialEq, Eq)]
pub struct Contract {
    /// The interface, such as `object-store`. Its package is `serene:object-store`, its world `object-store-stage`.
    pub name: &'static str,
    /// Every function it has; all are `async func`.
    pub functions: &'static [&'static str],
    /// The text of its package.
    pub wit: &'static str,
}

macro_rules! contract {
    ($name:literal, $($function:literal)*) => {
        Contract {
            name: $name,
            functions: &[$($function),*],
            wit: include_str!(concat!("../../../wit/", $name, "/", $name, ".wit")),
        }
    };
}

/// Every interface that a stage can export, in the order of a document's way through them.
pub const CONTRACTS: [Contract; 9] = [
    contract!("object-store", "describe" "put" "get" "head" "delete" "list" "presign" "redeem"),
    contract!("record-store", "describe" "upsert" "select" "update" "delete"),
    contract!("vector-index", "describe" "upsert" "query" "delete" "list"),
    contract!("extractor", "describe" "extract"),
    contract!("transformer", "describe" "transform"),
    contract!("chunker", "describe" "chunk"),
    contract!("embedder", "describe" "embed"),
    contract!("generator", "describe" "generate"),
    contract!("reranker", "describe" "rerank"),
];

impl Contract {
    /// The contract of this name; `serene:` before it and a version after it may be left out.
    ///
    /// # Errors
    /// When there is none; the error lists those there are.
    pub fn named(name: &str) -> Result<&'static Self> {
        let bare = name.split('@').next().unwrap_or(name);
        let bare = bare.strip_prefix("serene:").unwrap_or(bare);
        let bare = bare.split('/').next().unwrap_or(bare);
        CONTRACTS.iter().find(|contract| contract.name == bare).with_context(|| {
            let names: Vec<_> = CONTRACTS.iter().map(|contract| contract.name).collect();
            format!("there is no interface `{name}` for a stage; there are: {}", names.join(", "))
        })
    }

    /// The WIT package, such as `serene:object-store`: the name of the stage in `spin.toml`.
    #[must_use]
    pub fn package(&self) -> String {
        format!("serene:{}", self.name)
    }

    /// The interface in its package, such as `serene:object-store/object-store`, without its version.
    #[must_use]
    pub fn interface(&self) -> String {
        format!("serene:{0}/{0}", self.name)
    }

    /// The interface with the version that this program knows, such as `serene:object-store/object-store@0.2.0`.
    #[must_use]
    pub fn versioned(&self) -> String {
        format!("{}@{}", self.interface(), self.version())
    }

    /// The version of the package.
    #[must_use]
    pub fn version(&self) -> &'static str {
        let line = self.wit.lines().find(|line| line.starts_with("package "));
        let version = line.and_then(|line| line.split_once('@')).map(|(_, version)| version);
        version.map_or("", |version| version.trim_end_matches(';'))
    }

    /// The world that exports it and nothing else, such as `object-store-stage`.
    #[must_use]
    pub fn world(&self) -> String {
        format!("{}-stage", self.name)
    }

    /// What a component that exports it is called, with its article: `an embedder`.
    #[must_use]
    pub fn noun(&self) -> String {
        let spoken = self.name.replace('-', " ");
        let article = if spoken.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        format!("{article} {spoken}")
    }
}

#[cfg(test)]
mod tests {
    use super::{CONTRACTS, Contract};

    #[test]
    fn the_functions_are_those_of_the_wit_and_all_are_async() {
        for contract in &CONTRACTS {
            let functions: Vec<_> = contract
                .wit
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .filter_map(|line| line.split_once("func(").map(|(before, _)| before.trim()))
                .map(|before| before.strip_suffix(": async").unwrap().trim_start_matches('%'))
                .collect();
            assert_eq!(functions, contract.functions, "{}", contract.name);
            assert!(contract.wit.contains(&format!("world {} {{", contract.world())));
            assert_eq!(contract.version(), "0.2.0");
        }
    }

    #[test]
    fn a_contract_is_found_by_each_of_its_names() {
        for name in ["embedder", "serene:embedder", "serene:embedder/embedder@0.2.0"] {
            assert_eq!(Contract::named(name).unwrap().name, "embedder");
        }
        let error = Contract::named("embeder").unwrap_err().to_string();
        assert!(error.contains("`embeder`") && error.contains("embedder, generator"), "{error}");
    }
}
