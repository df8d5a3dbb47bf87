//! What an operator can set: Spin variables of the component `gateway`.

use auth::SettingError;
use http_api::origin;
use http_api::problem::{Problem, ProblemKind};
use layout::Bucket;
use pipeline::Settings;
use spin_sdk::variables;
use stage_support::Variables;

/// The longest life of a signed URL in AWS, a week.
const MAX_URL_SECONDS: u32 = 604_800;

/// The settings of one request.
pub struct Config {
    /// How callers are told apart.
    pub auth: auth::Settings,
    /// Limits of the flows.
    pub settings: Settings,
    /// The origin under which clients reach Serene, without a slash at its end; `None`: what the request says.
    pub public_url: Option<String>,
    /// The largest file that `/v1/files` takes, in bytes.
    pub max_file_bytes: u64,
    /// The longest life of a signed URL that is given out, in seconds.
    pub max_signed_url_seconds: u32,
    /// How long one request may take, in milliseconds.
    pub request_timeout_ms: u64,
    /// How many requests a minute one caller may send to this instance.
    pub max_requests_per_minute: u32,
    /// How much work of one relationship this instance does at once.
    pub max_concurrent_work: u32,
}

impl Default for Config {
    /// What holds when no variable is set.
    fn default() -> Self {
        Self {
            auth: auth::Settings::default(),
            settings: Settings::new(Bucket::default()),
            public_url: None,
            max_file_bytes: 5 << 30,
            max_signed_url_seconds: 3600,
            request_timeout_ms: 300_000,
            max_requests_per_minute: 6000,
            max_concurrent_work: 8,
        }
    }
}

impl Config {
    /// Reads the variables.
    pub async fn load() -> Result<Self, Problem> {
        let (
            auth,
            bucket,
            storage_bucket,
            public_url,
            max_file,
            max_pdf,
            max_transcript,
            max_pages,
            max_passages,
            url_seconds,
            timeout,
            reconcile_after,
            key_keep,
            key_takeover,
            requests,
            work,
        ) = futures::join!(
            Variables::read(&auth::VARIABLES),
            get("s3_bucket_name"),
            get("supabase_storage_bucket"),
            get("public_url"),
            get("max_file_bytes"),
            get("max_pdf_bytes"),
            get("max_transcript_bytes"),
            get("max_pages"),
            get("max_passages"),
            get("max_signed_url_seconds"),
            get("request_timeout_seconds"),
            get("reconcile_after_seconds"),
            get("idempotency_keep_seconds"),
            get("idempotency_takeover_seconds"),
            get("max_requests_per_minute"),
            get("max_concurrent_work"),
        );
        let default = Self::default();
        let mut settings = default.settings;
        if let Some(name) = bucket {
            settings.bucket = name.parse::<Bucket>().map_err(|e| wrong("s3_bucket_name", &e.to_string()))?;
        }
        if let Some(name) = storage_bucket {
            let name = name.trim();
            if !layout::is_storage_bucket(name) {
                return Err(wrong(
                    "supabase_storage_bucket",
                    "it is no name of a bucket of Supabase Storage",
                ));
            }
            settings.storage_bucket = Some(name.to_owned());
        }
        settings.max_pdf_bytes = number("max_pdf_bytes", max_pdf, settings.max_pdf_bytes)?;
        settings.max_transcript_bytes =
            number("max_transcript_bytes", max_transcript, settings.max_transcript_bytes)?;
        settings.max_pages = count("max_pages", max_pages, settings.max_pages)?;
        settings.max_passages = count("max_passages", max_passages, settings.max_passages)?;
        let url_seconds =
            number("max_signed_url_seconds", url_seconds, default.max_signed_url_seconds.into())?;
        let max_signed_url_seconds = u32::try_from(url_seconds)
            .ok()
            .filter(|seconds| *seconds <= MAX_URL_SECONDS)
            .ok_or_else(|| wrong("max_signed_url_seconds", "no signed URL may live longer than 604800"))?;
        settings.url_seconds = settings.url_seconds.min(max_signed_url_seconds);
        let public_url = public_url.map(|url| origin::parse(&url)).transpose();
        let request_timeout_ms =
            number("request_timeout_seconds", timeout, default.request_timeout_ms / 1000)?
                .saturating_mul(1000);
        // Never less than a request may take: what is younger may belong to one that still runs.
        settings.reconcile_after_ms =
            number("reconcile_after_seconds", reconcile_after, settings.reconcile_after_ms / 1000)?
                .saturating_mul(1000)
                .max(request_timeout_ms);
        settings.key_keep_ms =
            number("idempotency_keep_seconds", key_keep, settings.key_keep_ms / 1000)?.saturating_mul(1000);
        // Never less than a request may take, as above.
        settings.key_takeover_ms =
            number("idempotency_takeover_seconds", key_takeover, settings.key_takeover_ms / 1000)?
                .saturating_mul(1000)
                .max(request_timeout_ms);
        Ok(Self {
            auth: auth::Settings::from_variables(|name| auth.get(name))
                .map_err(|SettingError { variable, reason }| wrong(variable, &reason))?,
            settings,
            public_url: public_url.map_err(|e| wrong("public_url", &e.to_string()))?,
            max_file_bytes: number("max_file_bytes", max_file, default.max_file_bytes)?,
            max_signed_url_seconds,
            request_timeout_ms,
            max_requests_per_minute: count(
                "max_requests_per_minute",
                requests,
                default.max_requests_per_minute,
            )?,
            max_concurrent_work: count("max_concurrent_work", work, default.max_concurrent_work)?,
        })
    }
}

/// A variable's value; `None` when it is not defined or empty.
async fn get(name: &str) -> Option<String> {
    variables::get(name).await.ok().filter(|value| !value.is_empty())
}

fn number(name: &str, value: Option<String>, default: u64) -> Result<u64, Problem> {
    match value {
        None => Ok(default),
        Some(value) => match value.parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(wrong(name, "it must be a whole number above 0")),
        },
    }
}

/// A number of things.
fn count<N: TryFrom<u64>>(name: &str, value: Option<String>, default: N) -> Result<N, Problem> {
    match value {
        None => Ok(default),
        value => {
            let number = number(name, value, 1)?;
            N::try_from(number).map_err(|_| wrong(name, "it is larger than anything that can be counted"))
        }
    }
}

fn wrong(name: &str, why: &str) -> Problem {
    let detail =
        format!("The variable {name} cannot be used: {why}. Set SPIN_VARIABLE_{}.", name.to_uppercase());
    Problem::new(ProblemKind::Misconfigured, detail).with_extension("variable", name)
}
