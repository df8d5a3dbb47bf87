use anyhow::{Context, Result};
use tokio::signal;

/// Ctrl-C, and SIGTERM where there is one.
pub(super) struct Terminate {
    #[cfg(unix)]
    signals: [signal::unix::Signal; 2],
}

impl Terminate {
    #[cfg(unix)]
    pub(super) fn new() -> Result<Self> {
        use signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self { signals: [listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?] })
    }

    #[cfg(unix)]
    pub(super) async fn wait(&mut self) {
        let [interrupt, terminate] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    pub(super) fn new() -> Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    pub(super) async fn wait(&mut self) {
        // Without a way to hear Ctrl-C the system ends the program, which is stopping too.
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
