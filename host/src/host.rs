//! An application from its manifest to a server that answers.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::compose;
use crate::manifest::App;
use crate::runtime::{self, Engine, Handler, Limits, Report, Tally};
use crate::serve::{self, Site, Target};
use crate::spin::{Clients, Grants, Stores};
use crate::variables::{Values, Variables};

/// What to run and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The manifest file.
    pub manifest: PathBuf,
    /// The build profile; the default one when `None`.
    pub profile: Option<String>,
    /// Where to listen; port 0 takes any free port.
    pub listen: SocketAddr,
    /// The file of variables; `.env` beside the manifest, when there is one, if `None`.
    pub env_file: Option<PathBuf>,
    /// Where databases and compiled code are kept; `.serene` beside the manifest if `None`.
    pub state_dir: Option<PathBuf>,
    /// Bounds for instances and requests.
    pub limits: Limits,
    /// The longest to wait for requests under way when stopping.
    pub drain: Duration,
    /// Values of the application's variables that go before the environment, by their names in the manifest.
    pub variables: BTreeMap<String, String>,
    /// Drop what components write to their output.
    pub quiet: bool,
}

impl Options {
    /// The defaults for a manifest: listen on 127.0.0.1:3000, keep state beside the manifest.
    #[must_use]
    pub fn new(manifest: impl Into<PathBuf>) -> Self {
        Self {
            manifest: manifest.into(),
            profile: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            env_file: None,
            state_dir: None,
            limits: Limits::default(),
            drain: Duration::from_secs(30),
            variables: BTreeMap::new(),
            quiet: false,
        }
    }

    /// The values of the application's variables: those given here, else the environment's, else the env file's, else the default, as Spin has them.
    ///
    /// # Errors
    /// When a required variable has no value, or the env file cannot be read.
    pub fn variables(&self, app: &App) -> Result<Variables> {
        Variables::resolve(&app.manifest, &self.values(app)?)
    }

    fn values(&self, app: &App) -> Result<Values> {
        let default = app.dir.join(".env");
        let values = match &self.env_file {
            Some(file) => Values::read(Some(file)),
            None => Values::read(default.is_file().then_some(&default)),
        };
        Ok(self.variables.iter().fold(values?, |values, (name, value)| values.with(name, value)))
    }
}

/// Starts applications.
pub struct Host;

impl Host {
    /// Composes, compiles and serves the application. Components must have been built before.
    ///
    /// # Errors
    /// When anything the application needs is missing or wrong; the error says what and what to do.
    pub async fn start(options: Options) -> Result<Running> {
        let app = App::read(&options.manifest, options.profile.as_deref())?;
        let variables = Arc::new(options.variables(&app)?);
        check_address(&variables, options.listen)?;
        let state_dir = options.state_dir.clone().unwrap_or_else(|| app.dir.join(".serene"));
        std::fs::create_dir_all(&state_dir)
            .with_context(|| format!("cannot make the folder {}", state_dir.display()))?;
        let engine = Engine::new(&state_dir.join("cache"))?;
        let clients = Clients::default();
        let stores = Arc::new(Stores::new(state_dir.join("sqlite_key_value.db")));
        let tally = Arc::new(Tally::default());
        let prepare = |component: &str| -> Result<Handler> {
            let composition = compose::compose(&app, component)?;
            if !options.quiet {
                composition.notices.iter().for_each(|notice| eprintln!("[{component}] {notice}"));
            }
            let mut grants = Grants::of(&app, component, &variables, &stores, &clients, &state_dir)?;
            grants.quiet = options.quiet;
            runtime::prepare(&engine, &composition, grants, options.limits, tally.clone())
                .with_context(|| format!("cannot run the component `{component}`"))
        };
        let site = Arc::new(site(&app, prepare)?);
        let listener = serve::bind(options.listen).await?;
        let address = listener.local_addr().context("cannot read the address listened on")?;
        clients.set_own_address(address);
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            let stopped = async {
                // Stopping by dropping the handle is stopping too.
                let _ = stopped.await;
            };
            serve::serve(listener, site, stopped, options.drain).await;
        });
        Ok(Running { address, stop, server, tally, _engine: engine })
    }
}

/// Without authentication an application is for this machine only. The gateway refuses requests from others; here the address is refused, so
/// that this shows at once.
fn check_address(variables: &Variables, listen: SocketAddr) -> Result<()> {
    const MODE: &str = "auth_mode";
    let Some(mode) = variables.value(MODE) else { return Ok(()) };
    if mode.parse::<auth::Mode>()? == auth::Mode::None && !listen.ip().is_loopback() {
        anyhow::bail!(
            "{MODE} is none, so anyone who reaches {listen} could read and delete everything. Listen on 127.0.0.1, or set \
             SPIN_VARIABLE_AUTH_MODE to api-key or supabase: see docs/authentication.md"
        );
    }
    Ok(())
}

fn site(app: &App, prepare: impl Fn(&str) -> Result<Handler>) -> Result<Site> {
    let triggers = &app.manifest.triggers.http;
    anyhow::ensure!(!triggers.is_empty(), "{} has no [[trigger.http]]: nothing to serve", app.path.display());
    let mut prepared: BTreeMap<&str, Handler> = BTreeMap::new();
    let mut targets = Vec::new();
    for trigger in triggers {
        let target = match (&trigger.component, &trigger.static_response) {
            (Some(component), _) => {
                if !prepared.contains_key(component.as_str()) {
                    prepared.insert(component, prepare(component)?);
                }
                Target::Component(prepared[component.as_str()].clone())
            }
            (None, Some(fixed)) => Target::Fixed(fixed.clone()),
            (None, None) => anyhow::bail!("an HTTP trigger has neither a component nor a static_response"),
        };
        targets.push(target);
    }
    Site::new(triggers, targets)
}

/// An application that is being served. It stops when dropped, without waiting for requests under way.
pub struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
    tally: Arc<Tally>,
    _engine: Engine,
}

impl Running {
    /// The address listened on, with the real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://ADDRESS`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was used so far.
    #[must_use]
    pub fn report(&self) -> Report {
        self.tally.report()
    }

    /// Takes no more requests, finishes those under way within the limit of the options, and says what was
    /// used.
    pub async fn stop(self) -> Report {
        // The server may have ended already; then there is nobody to tell.
        let _ = self.stop.send(());
        let _ = self.server.await;
        self.tally.report()
    }
}
