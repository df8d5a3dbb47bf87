//! `[[trigger.http]]`

use std::collections::BTreeMap;

use serde::Deserialize;

/// What answers the requests of one route.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTrigger {
    /// A name for the trigger.
    #[serde(default)]
    pub id: String,
    /// The component that answers.
    pub component: Option<String>,
    /// A fixed answer instead of a component.
    pub static_response: Option<StaticResponse>,
    /// Which paths.
    pub route: Route,
    /// How the component is called; only `http` is supported here.
    pub executor: Option<Executor>,
    /// Middleware and other helpers of Spin; not supported here.
    #[serde(default)]
    pub(super) dependencies: BTreeMap<String, toml::Value>,
    /// Further components of a trigger; not supported here.
    #[serde(default)]
    pub(super) components: BTreeMap<String, toml::Value>,
}

/// Which paths a trigger answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a route such as \"/v1/...\" or { private = true }")]
pub enum Route {
    /// `/exact`, `/below/...`, `/users/:id`
    Public(String),
    /// Reachable only from inside Spin: never here.
    Private {
        /// Always `true`.
        private: bool,
    },
}

/// `executor = { type = "http" }`
#[derive(Clone, Debug, Deserialize)]
pub struct Executor {
    /// `http`, or its old name `spin`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// An answer that needs no component.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticResponse {
    /// The status, 200 when not given.
    pub status_code: Option<u16>,
    /// The headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Option<String>,
}
