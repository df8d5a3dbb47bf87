//! The wasmtime engine, its cache of compiled code and the clock that interrupts busy guests.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyhow::{Context, Result};
use wasmtime::{Cache, CacheConfig, Config};

/// How often a busy guest lets others run, and is checked against its time limit.
pub(super) const EPOCH: Duration = Duration::from_millis(10);

/// An engine whose epoch advances as long as it lives.
pub struct Engine {
    engine: wasmtime::Engine,
    stopped: Arc<AtomicBool>,
    /// Dropped with the engine, which ends the clock.
    _clock: mpsc::Sender<()>,
}

impl Engine {
    /// An engine that keeps compiled code in `cache_dir`.
    ///
    /// # Errors
    /// When the folder cannot be made or the machine cannot run the engine.
    pub fn new(cache_dir: &Path) -> Result<Self> {
        let mut config = Config::new();
        config.wasm_component_model(true).wasm_component_model_async(true).epoch_interruption(true);
        let mut cache = CacheConfig::new();
        let dir = std::path::absolute(cache_dir).context("cannot resolve the cache folder")?;
        cache.with_directory(dir);
        let cache = Cache::new(cache)
            .map_err(anyhow::Error::from)
            .with_context(|| format!("cannot use {} as cache of compiled code", cache_dir.display()))?;
        config.cache(Some(cache));
        let engine = wasmtime::Engine::new(&config)
            .map_err(anyhow::Error::from)
            .context("the WebAssembly engine does not start")?;
        let (clock, stopped) = mpsc::channel();
        let ticked = engine.clone();
        std::thread::Builder::new()
            .name("epoch".into())
            .spawn(move || {
                while stopped.recv_timeout(EPOCH) == Err(mpsc::RecvTimeoutError::Timeout) {
                    ticked.increment_epoch();
                }
            })
            .context("cannot start the epoch clock")?;
        Ok(Self { engine, stopped: Arc::default(), _clock: clock })
    }

    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.engine
    }

    /// Set when the engine is dropped: instances that end from then on end because the application stopped.
    pub(super) fn stopped(&self) -> Arc<AtomicBool> {
        self.stopped.clone()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}
