//! Running a composed component on wasmtime: the engine, what an instance may use, and which instance takes a
//! request.

mod activity;
mod busy;
mod ending;
mod engine;
mod handler;
mod limits;
mod linker;
mod loaded;
mod output;
mod report;
mod state;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use wasmtime::ToWasmtimeResult as _;
use wasmtime_wasi_http::handler::ProxyHandler;

pub use ending::{Cause, Culprit};
pub use engine::Engine;
pub use handler::{Failure, Handler, RequestSlot};
pub use loaded::Loaded;
pub use report::{Report, Tally, Timing};
pub use state::State;

use crate::compose::Composition;
use crate::spin::Grants;

/// Bounds on what one instance and one request may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest a request may go without anything of it or of its response passing: while the response has
    /// not begun, and while an instance works on afterwards.
    pub request_timeout: Duration,
    /// The longest an instance may compute without a pause.
    pub busy_timeout: Duration,
    /// The most bytes an instance's linear memories may have together.
    pub max_memory: usize,
    /// How many requests an instance answers before it is dropped.
    pub max_instance_reuse_count: usize,
    /// How many requests an instance works on at once.
    pub max_instance_concurrent_reuse_count: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // More than a request of Serene takes by default, so that what its gateway says of a stage that
            // takes too long is what is heard.
            request_timeout: Duration::from_secs(330),
            // What the shipped stages do between two pauses takes a fraction of it, on a slow machine as well.
            busy_timeout: Duration::from_secs(60),
            max_memory: 512 * 1024 * 1024,
            max_instance_reuse_count: 128,
            max_instance_concurrent_reuse_count: 16,
        }
    }
}

/// Compiles a composition, or takes it from the cache, and makes it ready to answer.
///
/// # Errors
/// When the component is not valid, when an import does not fit what the host offers, or when it exports no
/// HTTP handler.
pub fn prepare(
    engine: &Engine,
    composition: &Composition,
    grants: Grants,
    limits: Limits,
    tally: Arc<Tally>,
) -> Result<Handler> {
    let loaded = Loaded::new(engine, composition, grants, limits, tally)?;
    let pre = handler::proxy(loaded.pre().clone()).to_wasmtime_result().map_err(anyhow::Error::from)?;
    Ok(Handler::new(ProxyHandler::new(handler::Instances::new(pre, engine, loaded))))
}
