//! Finding out about the index: where it is, how many dimensions it has, and whether its scores are what the contract says.

use std::net::Ipv4Addr;

use bytes::Bytes;
use http::{Method, StatusCode, Uri};
use serde::Deserialize;
use upstream::{Call, Error, ErrorKind, Platform, Received, Verdict};

use crate::VectorIndex;
use crate::client::{Ask, json};
use crate::config::{CONTROL_URL, INDEX_HOST, INDEX_NAME, Place, origin};
use crate::refusal::Refusal;
use crate::stats::Stats;

/// What is known of an index.
#[derive(Debug)]
pub(crate) struct Index {
    /// Scheme and authority.
    pub(crate) origin: String,
    /// `None` where Pinecone does not say.
    pub(crate) dimension: Option<u32>,
}

/// The control plane's description.
#[derive(Deserialize)]
struct Model {
    host: Option<String>,
    dimension: Option<u32>,
    metric: Option<String>,
    vector_type: Option<String>,
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    ready: bool,
    #[serde(default)]
    state: String,
}

impl Index {
    /// Holds vectors to the index's size.
    pub(crate) fn check_dimensions(&self, given: usize) -> Result<(), Error> {
        let Some(expected) = self.dimension.filter(|n| *n as usize != given) else { return Ok(()) };
        let message = format!(
            "The index takes vectors of {expected} dimensions; these have {given}. Use an index of {given} dimensions, or an embedder that makes {expected}."
        );
        Err(Error::new(ErrorKind::Misconfigured, message)
            .with("expected", expected.to_string())
            .with("actual", given.to_string()))
    }
}

impl<P: Platform> VectorIndex<P> {
    /// Looks the index up.
    pub(crate) async fn find(&self, call: &Call) -> Result<Index, Error> {
        let variable = self.config().place_variable();
        match &self.config().place {
            Place::Host(origin) => {
                let mut index = Index { origin: origin.clone(), dimension: None };
                let stats = self.stats(call, &index).await?;
                check_kind(stats.metric.as_deref(), stats.vector_type.as_deref(), variable)?;
                index.dimension = stats.dimension;
                Ok(index)
            }
            Place::Name { name, control_url } => {
                let model = self.model(call, name, control_url).await?;
                check_kind(model.metric.as_deref(), model.vector_type.as_deref(), variable)?;
                let origin = model.host.as_deref().and_then(|host| beside(host, control_url));
                let origin = origin.ok_or_else(|| {
                    let message = format!(
                        "What {CONTROL_URL} gives as the host of the index {name} is none, or lies elsewhere than itself, where the key must not go. Set {INDEX_HOST} to the index's host if it is right."
                    );
                    Error::failed(message)
                })?;
                Ok(Index { origin, dimension: model.dimension })
            }
        }
    }

    async fn model(&self, call: &Call, name: &str, control_url: &str) -> Result<Model, Error> {
        let ask = Ask {
            method: Method::GET,
            url: format!("{control_url}/indexes/{name}"),
            body: Bytes::new(),
            variable: CONTROL_URL,
        };
        let judge = |answer: Received| match answer.status {
            StatusCode::OK => match json::<Model>(&answer) {
                Ok(model) => when_ready(model, name),
                Err(error) => Verdict::Fail(error.with_status(answer.status)),
            },
            StatusCode::NOT_FOUND => Refusal::read(&answer, &[]).verdict(INDEX_NAME),
            _ => Refusal::read(&answer, &[]).verdict(CONTROL_URL),
        };
        self.ask_control(call, &ask, judge).await
    }

    /// What the index holds, by its own account.
    pub(crate) async fn stats(&self, call: &Call, index: &Index) -> Result<Stats, Error> {
        let body = Bytes::from_static(b"{}");
        let stats = self.post(call, index, "/describe_index_stats", body, json).await?;
        stats.ok_or_else(|| self.gone())
    }

    /// Pinecone knows no index where it was.
    pub(crate) fn gone(&self) -> Error {
        self.forget();
        let variable = self.config().place_variable();
        let message = format!(
            "Pinecone finds no index here any more. Set {variable} to an index of the key's project."
        );
        Error::misconfigured(variable, message)
    }
}

/// The origin of an index whose host a control plane gives, when it is one that the key may be sent to: the answer must not steer requests to another network.
/// So it is reached by the same scheme, and its host is the control plane's own or a name under the same parent (`…pinecone.io`).
fn beside(host: &str, control_url: &str) -> Option<String> {
    let control: Uri = control_url.parse().ok()?;
    let (scheme, control) = (control.scheme_str()?, control.host()?.to_ascii_lowercase());
    let origin = origin(host, scheme)?;
    let uri: Uri = origin.parse().ok()?;
    let name = uri.host()?.to_ascii_lowercase();
    let is_address = control.starts_with('[') || control.parse::<Ipv4Addr>().is_ok();
    // Of a parent such as `io`, anyone has names.
    let parent = control
        .split_once('.')
        .map(|(_, parent)| parent)
        .filter(|parent| !is_address && parent.contains('.'));
    let is_under = parent.is_some_and(|parent| {
        name.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
    });
    (uri.scheme_str() == Some(scheme) && (name == control || is_under)).then_some(origin)
}

fn when_ready(model: Model, name: &str) -> Verdict<Model> {
    let state = model.status.state.as_str();
    if matches!(state, "InitializationFailed" | "Terminating" | "Disabled") {
        let message = format!(
            "The index {name} is in the state {state}. Set {INDEX_NAME} to an index that works, or mend this one in Pinecone's console."
        );
        return Verdict::Fail(Error::misconfigured(INDEX_NAME, message));
    }
    let starting = !model.status.ready && state.starts_with("Initializing");
    if starting || model.host.as_deref().is_none_or(str::is_empty) {
        let message = format!("The index {name} is still being made. Try again in a minute.");
        return Verdict::Retry(Error::new(ErrorKind::Unavailable, message));
    }
    Verdict::Done(model)
}

/// Whether the index keeps dense vectors and scores them as the contract says.
fn check_kind(metric: Option<&str>, vector_type: Option<&str>, variable: &str) -> Result<(), Error> {
    let wrong = |what: String| {
        let message =
            format!("The index {what}. Set {variable} to an index of dense vectors with the metric cosine.");
        Err(Error::misconfigured(variable, message))
    };
    match (metric, vector_type) {
        (_, Some(other)) if other != "dense" => wrong(format!("keeps {other} vectors")),
        // Vectors go out with length 1, which makes the dot product the cosine.
        (None | Some("cosine" | "dotproduct"), _) => Ok(()),
        (Some(other), _) => {
            wrong(format!("compares vectors by the metric {other}, whose scores are not cosines"))
        }
    }
}
