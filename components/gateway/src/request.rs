//! One request's way: route, settings, flow, response.

use std::collections::HashMap;

use auth::Caller;
use http::request::Parts;
use http_api::event_stream;
use http_api::idempotency::BodyHasher;
use http_api::problem::{Problem, ProblemKind};
use http_api::protection::protect;
use http_api::routes::{Access, Operation, Permission, match_route};
use http_api::server_timing::ServerTiming;
use http_api::trace_context::TraceParent;
use layout::RelationshipId;
use pipeline::stages::Call;
use pipeline::{ByteStream, Pipeline, Stage, collect};
use spin_sdk::http::{BoxBody, Request, Response};
use throttle::Place;

use crate::config::Config;
use crate::pipe::{self, Incoming, PassingBody};
use crate::stages::Composed;
use crate::{Wasi, access, events, idempotency, now_ms, random, respond};

/// The largest JSON body of a request that is no document.
const MAX_JSON_BYTES: u64 = 1 << 20;

/// What a route has to work with.
pub struct Exchange {
    /// The flows.
    pub flows: Pipeline<Composed, Wasi>,
    /// Who sends it.
    caller: Caller,
    /// What travels with every call.
    pub call: Call,
    /// The operator's settings.
    pub config: Config,
    /// The request without its body.
    pub parts: Parts,
    /// Whether only the headers are wanted.
    pub head: bool,
    /// What names that which a request with an idempotency key creates.
    pub seed: Option<u128>,
    body: Incoming,
    /// Taken by work until it has ended.
    place: Option<Place>,
}

/// The answer to a request; never fails, as every failure is an answer.
pub async fn serve(request: Request) -> Response<BoxBody> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let body = Incoming::new(body);
    let is_small = content_length(&parts).is_none_or(|length| length <= pipe::DRAINED);
    let answer = answer(parts, body.clone()).await;
    let mut answer = answer.unwrap_or_else(|problem| respond::problem(problem.with_instance(path)));
    protect(&mut answer);
    if is_small && !answer.status().is_success() {
        body.drain().await;
    }
    answer
}

async fn answer(parts: Parts, body: Incoming) -> Result<Response<BoxBody>, Problem> {
    let matched = match_route(&parts.method, parts.uri.path())?;
    let config = match Config::load().await {
        Err(problem) if matched.operation.needs_settings() => return Err(problem),
        config => config.unwrap_or_default(),
    };
    let traceparent = match TraceParent::from_headers(&parts.headers) {
        Some(caller) => caller.child(random()),
        None => TraceParent::root(random(), false),
    };
    let call = Call {
        traceparent: traceparent.to_header().to_str().ok().map(str::to_owned),
        deadline_ms: now_ms().saturating_add(config.request_timeout_ms),
        relationship: None,
        caller_token: None,
    };
    let access = matched.operation.access();
    let caller = access::authenticate(&config.auth, &parts, &access, &call).await?;
    access::check_rate(&caller, config.max_requests_per_minute)?;
    let flows = Pipeline::new(Composed::default(), Wasi, config.settings.clone());
    let mut exchange =
        Exchange { flows, caller, call, config, parts, head: matched.head, seed: None, body, place: None };
    match access {
        Access::Relationship(relationship, permission) => exchange.permit(relationship, permission).await?,
        access => exchange.authorise(&access).await?,
    }
    // Only who is let in takes a place.
    if let Some(relationship) = matched.operation.works_for() {
        exchange.place = Some(access::place(relationship, exchange.config.max_concurrent_work)?);
    }
    if matched.operation.reports_progress() && event_stream::is_wanted(&exchange.parts.headers) {
        return Ok(events::serve(matched.operation, exchange).await);
    }
    Ok(exchange.run(matched.operation).await)
}

fn content_length(parts: &Parts) -> Option<u64> {
    parts.headers.get("content-length")?.to_str().ok()?.parse().ok()
}

impl Exchange {
    /// Lets the caller go on with this permission in this relationship, and makes the calls theirs.
    pub async fn permit(
        &mut self,
        relationship: &RelationshipId,
        permission: Permission,
    ) -> Result<(), Problem> {
        self.authorise(&Access::Relationship(relationship, permission)).await?;
        self.call = access::call_for(&self.caller, relationship, permission, &self.call);
        Ok(())
    }

    async fn authorise(&self, access: &Access<'_>) -> Result<(), Problem> {
        access::authorise(&self.caller, access, self.flows.stages(), &self.call).await
    }

    /// Does what is asked for.
    pub async fn run(mut self, operation: Operation) -> Response<BoxBody> {
        let response = idempotency::serve(operation, &mut self).await;
        let mut response = response.unwrap_or_else(|problem| self.problem(problem));
        let mut timing = ServerTiming::default();
        for (stage, took) in self.flows.stages().timings() {
            timing.add(stage.as_str(), took);
        }
        if let Some(timing) = timing.to_header() {
            response.headers_mut().insert("server-timing", timing);
        }
        response
    }

    /// A problem with this request as the answer to it.
    pub fn problem(&self, problem: Problem) -> Response<BoxBody> {
        respond::problem(problem.with_instance(self.parts.uri.path()))
    }

    /// Who sends it.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The same exchange, whose flows tell `observer` of each stage that is done.
    #[must_use]
    pub fn observed(mut self, observer: impl Fn(Stage) + 'static) -> Self {
        self.flows = self.flows.observed(observer);
        self
    }

    /// What is unread of the request's body: no more than any route takes; each route holds its own to less.
    pub fn body(&self) -> ByteStream {
        self.body.stream(self.config.max_file_bytes)
    }

    /// Has the hash of the body taken from now on, as it is read.
    pub fn hash_body(&mut self, hasher: BodyHasher) -> PassingBody {
        let (body, passing) = self.body.hashed(hasher);
        self.body = body;
        passing
    }

    /// Reads what is left of a small body.
    pub async fn drain(&self) {
        self.body.drain().await;
    }

    /// A header's value, when it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body's media type without parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// The body's length, when the client says it.
    pub fn content_length(&self) -> Option<u64> {
        content_length(&self.parts)
    }

    /// The query's parameters; those not in `known`, and any given twice, are problems, so that a mistyped name is not passed over.
    pub fn query(&self, known: &[&str]) -> Result<HashMap<String, String>, Problem> {
        let mut parameters = HashMap::new();
        for (name, value) in
            url::form_urlencoded::parse(self.parts.uri.query().unwrap_or_default().as_bytes())
        {
            if !known.contains(&name.as_ref()) {
                let detail =
                    format!("The query has no parameter '{name}' here; it takes: {}.", known.join(", "));
                return Err(Problem::new(ProblemKind::Invalid, detail));
            }
            if parameters.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(Problem::new(
                    ProblemKind::Invalid,
                    format!("The query has '{name}' more than once."),
                ));
            }
        }
        Ok(parameters)
    }

    /// A JSON body; an empty one is the default where there is one.
    pub async fn json<T: serde::de::DeserializeOwned>(&mut self, default: Option<T>) -> Result<T, Problem> {
        let bytes = collect(self.body(), MAX_JSON_BYTES, "The JSON body").await.map_err(respond::error)?;
        match default {
            Some(default) if bytes.is_empty() => return Ok(default),
            _ => self.require_media_type(&["application/json"])?,
        }
        serde_json::from_slice(&bytes).map_err(|e| {
            Problem::new(
                ProblemKind::Invalid,
                format!("The body is not the JSON that this route takes: {e}."),
            )
        })
    }

    /// Refuses a body of another media type.
    pub fn require_media_type(&self, accepted: &[&str]) -> Result<(), Problem> {
        match self.media_type() {
            Some(media_type) if accepted.contains(&media_type.as_str()) => Ok(()),
            given => {
                let given = given.unwrap_or_else(|| "none".to_owned());
                let detail =
                    format!("The Content-Type is {given}; this route takes {}.", accepted.join(" or "));
                Err(Problem::new(ProblemKind::UnsupportedMediaType, detail))
            }
        }
    }

    /// The origin under which the client reaches Serene, without a slash at its end.
    pub fn origin(&self) -> String {
        if let Some(url) = &self.config.public_url {
            return url.clone();
        }
        let scheme = self.parts.uri.scheme_str().unwrap_or("http");
        let authority = self.parts.uri.authority().map(|a| a.as_str()).or_else(|| self.header("host"));
        format!("{scheme}://{}", authority.unwrap_or("localhost"))
    }
}
