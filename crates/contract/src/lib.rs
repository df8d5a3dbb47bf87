//! The packages of `wit/`, read as one contract.

mod reference;

use std::path::Path;

use anyhow::{Context, Result};
pub use wit_parser::{PackageId, Resolve};

/// Folders of `wit/`, each after those it uses: the order in which the reference tells of them.
pub const PACKAGES: [&str; 11] = [
    "types",
    "object-store",
    "record-store",
    "vector-index",
    "extractor",
    "transformer",
    "chunker",
    "embedder",
    "generator",
    "reranker",
    "gateway",
];

/// The packages, resolved together.
pub struct Contract {
    /// What the parser knows of them.
    pub resolve: Resolve,
    /// One for each of [`PACKAGES`], in that order.
    pub packages: Vec<PackageId>,
}

impl Contract {
    /// Reads every package of the folder `wit`.
    ///
    /// # Errors
    /// When a folder is missing or is not valid WIT; the error shows where.
    pub fn read(wit: &Path) -> Result<Self> {
        let mut resolve = Resolve::default();
        let mut packages = Vec::new();
        for folder in PACKAGES {
            let path = wit.join(folder);
            let pushed = resolve.push_path(&path);
            let (package, _) = pushed.with_context(|| format!("{} is not a package", path.display()))?;
            packages.push(package);
        }
        Ok(Self { resolve, packages })
    }

    /// The whole contract as one page of Markdown.
    #[must_use]
    pub fn reference(&self) -> String {
        reference::page(&self.resolve, &self.packages)
    }
}
