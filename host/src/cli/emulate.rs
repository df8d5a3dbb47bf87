//! `serene emulate`

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use emulators::pinecone::{Metric, NewIndex};
use emulators::{Emulators, Options, Server, proxy, supabase};
use peers::{Postgrest, S3};
use serene::build::Progress as _;

use super::progress::Terminal;
use super::signals::Terminate;

const BUCKET: &str = "serene-relationship-mediator";
const KEY_ID: &str = "AKIDEMULATED";
const SECRET_KEY: &str = "emulated-secret-access-key";
const JWT_SECRET: &str = "emulated-secret-of-thirty-two-bytes-or-more";
const INDEX: &str = "serene";
/// Of voyage-3, the embedder's default model.
const DIMENSIONS: usize = 1024;

/// Stands in for the services of the cloud profile on this machine, so that it can be tried offline.
///
/// Mistral, Voyage, OpenRouter and Pinecone are emulated, as strict as the real ones; S3 is s3s-fs behind a proxy, and Supabase a real PostgREST on a real
/// PostgreSQL and an emulated Storage behind an emulated gateway. PostgREST and PostgreSQL are installed once below target/peers (needs python3 with
/// venv). Everything is empty at the start and gone at the end.
///
/// Writes the variables of the cloud profile to a file; then, in another terminal: serene up --profile cloud --env-file .serene/emulate.env
#[derive(Args)]
pub(super) struct Emulate {
    /// Where to write the variables
    #[arg(long, value_name = "FILE", default_value = ".serene/emulate.env")]
    env_file: PathBuf,
}

/// Everything that runs.
struct Running {
    s3: Server,
    supabase: Server,
    models: Emulators,
    /// These end after what is in front of them.
    _behind: (S3, Postgrest),
}

impl Emulate {
    pub(super) fn run(self) -> Result<ExitCode> {
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        runtime.block_on(self.serve())?;
        Ok(ExitCode::SUCCESS)
    }

    async fn serve(self) -> Result<()> {
        let mut terminate = Terminate::new()?;
        let mut progress = Terminal::new(false);
        progress.step("start S3, PostgreSQL, PostgREST and the emulators (installing what is missing)");
        let running = tokio::select! {
            running = start() => running,
            () = terminate.wait() => anyhow::bail!("stopped before everything had started"),
        };
        match running {
            Ok(_) => progress.done(),
            Err(_) => progress.failed(""),
        }
        let running = running?;
        write(&self.env_file, &running.variables())?;
        announce(&running, &self.env_file)?;
        terminate.wait().await;
        // Variables of servers that are gone would only mislead.
        std::fs::remove_file(&self.env_file)
            .with_context(|| format!("cannot remove {}", self.env_file.display()))
    }
}

async fn start() -> Result<Running> {
    let postgrest = tokio::task::spawn_blocking(|| Postgrest::start(JWT_SECRET));
    let mut options = Options::default();
    options.pinecone.indexes =
        vec![NewIndex { name: INDEX.to_owned(), dimension: DIMENSIONS, metric: Metric::Cosine }];
    let (postgrest, models, s3) = tokio::try_join!(
        async { postgrest.await.context("starting PostgREST was interrupted")? },
        async { Emulators::start(options).await.context("cannot start the emulators") },
        S3::start(0, KEY_ID, SECRET_KEY, &[BUCKET]),
    )?;
    let supabase = supabase::start(supabase::Options::new(&postgrest.url, JWT_SECRET)).await;
    let supabase = supabase.context("cannot start Supabase's gateway")?;
    let proxy = proxy::start(proxy::Options::new(&s3.url)).await.context("cannot start the proxy of S3")?;
    Ok(Running { s3: proxy, supabase, models, _behind: (s3, postgrest) })
}

impl Running {
    /// The variables of the cloud profile, one a line.
    fn variables(&self) -> String {
        let Self { s3, supabase, models, .. } = self;
        let keys = Options::default();
        let secret = supabase::Options::new("", JWT_SECRET).keys().secret;
        let mistral = format!("{}/v1", models.mistral.url());
        let voyage = format!("{}/v1", models.voyage.url());
        let openrouter = format!("{}/api/v1", models.openrouter.url());
        let variables = [
            ("S3_BUCKET_NAME", BUCKET),
            ("AWS_ACCESS_KEY_ID", KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("S3_ENDPOINT_URL", s3.url()),
            ("SUPABASE_URL", supabase.url()),
            ("SUPABASE_SERVICE_KEY", &secret),
            ("SUPABASE_JWT_SECRET", JWT_SECRET),
            ("SUPABASE_JWT_ISSUER", supabase::ISSUER),
            ("PINECONE_API_KEY", &keys.pinecone.key),
            ("PINECONE_INDEX_NAME", INDEX),
            ("PINECONE_CONTROL_URL", models.pinecone.url()),
            ("MISTRAL_API_KEY", &keys.mistral.key),
            ("MISTRAL_BASE_URL", &mistral),
            ("VOYAGE_API_KEY", &keys.voyage.key),
            ("VOYAGE_BASE_URL", &voyage),
            ("OPENROUTER_API_KEY", &keys.openrouter.key),
            ("OPENROUTER_BASE_URL", &openrouter),
            ("EXTRA_OUTBOUND_HOST", "http://127.0.0.1:*"),
        ];
        let mut text = String::from("# Written by `serene emulate`; gone when it ends.\n");
        for (name, value) in variables {
            let _ = writeln!(text, "SPIN_VARIABLE_{name}={value}");
        }
        text
    }
}

fn write(file: &Path, variables: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    std::fs::write(file, variables).with_context(|| format!("cannot write {}", file.display()))
}

fn announce(running: &Running, file: &Path) -> Result<()> {
    let Running { s3, supabase, models, .. } = running;
    let mut out = std::io::stdout().lock();
    let text = format!(
        "Emulating; the variables are in {file}

  S3          {s3}
  Supabase    {supabase}
  Pinecone    {pinecone}
  Mistral     {mistral}
  Voyage      {voyage}
  OpenRouter  {openrouter}

In another terminal:
  serene up --profile cloud --env-file {file}

Let a service fail, and see what it was sent:
  curl {voyage}/_emulator/faults -d '{{\"path\": \"/v1/embeddings\", \"effect\": {{\"answer\": {{\"status\": 503}}}}}}'
  curl {voyage}/_emulator/calls

Ctrl-C stops.",
        file = file.display(),
        s3 = s3.url(),
        supabase = supabase.url(),
        pinecone = models.pinecone.url(),
        mistral = models.mistral.url(),
        voyage = models.voyage.url(),
        openrouter = models.openrouter.url(),
    );
    writeln!(out, "{text}").and_then(|()| out.flush()).context("cannot write to standard output")
}
