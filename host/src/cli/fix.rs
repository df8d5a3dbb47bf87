//! `serene doctor --fix`: what an operator sets up once.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use s3::{Client, Config, Versioning};
use serene::Options;
use serene::manifest::App;
use upstream::Call;
use upstream_hyper::Native;

/// The component whose variables the stages see.
const GATEWAY: &str = "gateway";
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes the bucket that is missing, and has it keep versions. Says on standard error what it did; what it may not do is a line there as well, for the
/// checkup that follows says what really stands in the way.
pub(super) async fn fix(app: &App, options: &Options) -> Result<()> {
    let variables = options.variables(app)?;
    match Config::from_variables(|name| variables.get(GATEWAY, name).ok()) {
        Ok(config) => {
            if let Err(error) = fix_bucket(config).await {
                eprintln!("{error:#}");
            }
        }
        Err(error) => eprintln!("No S3 can be asked, so nothing is made: {error}"),
    }
    Ok(())
}

async fn fix_bucket(config: Config) -> Result<()> {
    let bucket = config.bucket().to_owned();
    let client = Client::new(Rc::new(Native::new()), config);
    let call = || Call::starting_now(&Native::new(), PATIENCE, None);
    if client.bucket_exists(&call()).await.with_context(|| format!("Cannot ask for the bucket {bucket}"))? {
        eprintln!("The bucket {bucket} is there.");
    } else {
        client.create_bucket(&call()).await.with_context(|| format!("Cannot make the bucket {bucket}"))?;
        eprintln!("Made the bucket {bucket}.");
    }
    match client.versioning(&call()).await.context("Whether it keeps versions cannot be told")? {
        Versioning::Enabled => eprintln!("It keeps versions."),
        _ => {
            client.enable_versioning(&call()).await.context("It cannot be made to keep versions")?;
            eprintln!(
                "It keeps versions from now on. AWS advises to wait 15 minutes before the first writes."
            );
        }
    }
    Ok(())
}
