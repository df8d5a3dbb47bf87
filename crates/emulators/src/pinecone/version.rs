//! `X-Pinecone-Api-Version`.

use crate::server::Request;

/// A version of the API, by its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(&'static str);

const VERSIONS: [&str; 7] = ["2024-07", "2024-10", "2025-01", "2025-04", "2025-10", "2026-04", "2026-07"];

impl Version {
    /// The first with `GET /namespaces`.
    pub(super) const NAMESPACES: Self = Self("2025-04");
    /// The first with `POST /namespaces`, `/vectors/fetch_by_metadata` and updates by filter.
    pub(super) const BY_METADATA: Self = Self("2025-10");
    /// The first where an index has a schema and a deployment.
    pub(super) const SCHEMA: Self = Self("2026-07");

    /// The version asked for; the oldest one where none is named.
    ///
    /// # Errors
    /// A version that does not exist.
    pub(super) fn of(request: &Request) -> Result<Self, String> {
        let name = request.header("x-pinecone-api-version").unwrap_or(VERSIONS[0]).trim();
        VERSIONS
            .into_iter()
            .find(|version| *version == name)
            .map(Self)
            .ok_or_else(|| format!("Invalid API version {name:?}; supported are {}", VERSIONS.join(", ")))
    }
}
