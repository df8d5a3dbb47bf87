//! What every call shares: headers, tries, and who is asking.

use std::rc::Rc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request};
use supabase::{URL, bearer};
use upstream::{Call, Error, ErrorKind, Platform, Policy, Received, RequestBody, Secret, Upstream, Verdict};

use crate::config::Config;
use crate::refusal::Refusal;
use crate::{MAX_QUERY_BYTES, quote};

const ACCEPT_PROFILE: HeaderName = HeaderName::from_static("accept-profile");
const CONTENT_PROFILE: HeaderName = HeaderName::from_static("content-profile");
const PREFER: HeaderName = HeaderName::from_static("prefer");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

const POLICY: Policy =
    Policy { address_variable: Some(URL), max_answer_bytes: 32 * 1024 * 1024, ..Policy::new("Supabase") };

/// Rows in a Supabase project.
pub struct RecordStore<P> {
    config: Config,
    /// For calls made with the project's key; those of users hide their tokens, too.
    senders: Senders<P>,
}

/// Calls that may be sent again, and calls that may not.
struct Senders<P> {
    repeatable: Upstream<P>,
    once: Upstream<P>,
}

impl<P: Platform> Senders<P> {
    fn new(repeatable: Upstream<P>) -> Self {
        let once = repeatable.with_policy(Policy { retry_transport: false, ..POLICY });
        Self { repeatable, once }
    }
}

/// The store as one caller sees it, within one call's time.
pub struct Session<'a, P> {
    store: &'a RecordStore<P>,
    call: &'a Call,
    /// The senders and header of a user.
    user: Option<(Senders<P>, HeaderValue)>,
}

/// One request.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) table: &'static str,
    pub(crate) parameters: Vec<(&'a str, String)>,
    /// JSON; empty for none.
    pub(crate) body: Bytes,
    pub(crate) prefer: &'static str,
    /// Whether sending it twice does no more than sending it once.
    pub(crate) repeatable: bool,
}

impl<P: Platform> RecordStore<P> {
    /// A store that is reached over `platform`.
    pub fn new(platform: Rc<P>, config: Config) -> Self {
        let key = config.project.key().clone();
        let senders = Senders::new(Upstream::new(platform, POLICY, vec![key]));
        Self { config, senders }
    }

    /// What it was made with.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The store for one call. With a `caller_token` it shows and changes only what row-level security lets that user; without one, what the
    /// project's key may.
    ///
    /// # Errors
    /// `denied` for a token that cannot be one.
    pub fn session<'a>(
        &'a self,
        call: &'a Call,
        caller_token: Option<&str>,
    ) -> Result<Session<'a, P>, Error> {
        let user = caller_token.map(|token| {
            let token = Secret::new(token);
            let header = (!token.is_empty()).then(|| bearer(token.expose())).flatten().ok_or_else(|| {
                Error::new(ErrorKind::Denied, "The caller's token is no token. Sign in again.")
            })?;
            Ok((Senders::new(self.senders.repeatable.with_secret(token)), header))
        });
        Ok(Session { store: self, call, user: user.transpose()? })
    }
}

impl<P: Platform> Session<'_, P> {
    pub(crate) async fn ask<T>(
        &self,
        ask: &Ask<'_>,
        read: impl Fn(&Received) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let parameters = ask.parameters.iter().map(|(name, value)| (*name, value.as_str()));
        let query = quote::query(parameters);
        if query.len() > MAX_QUERY_BYTES {
            let what = "The filters and cursor, as sent in an address, in bytes,";
            return Err(Error::too_large(what, MAX_QUERY_BYTES as u64, query.len() as u64));
        }
        let target = format!("/rest/v1/{}{query}", ask.table);
        let senders = self.user.as_ref().map_or(&self.store.senders, |(senders, _)| senders);
        let sender = if ask.repeatable { &senders.repeatable } else { &senders.once };
        let judge = |answer: Received| {
            if answer.status.is_success() {
                return match read(&answer) {
                    Ok(value) => Verdict::Done(value),
                    Err(error) => Verdict::Fail(error.with_status(answer.status)),
                };
            }
            Refusal::read(&answer, ask.table, self.user.is_some()).verdict(ask.repeatable)
        };
        sender.send(self.call, |_| self.request(ask, &target), judge).await
    }

    fn request(&self, ask: &Ask<'_>, target: &str) -> Result<Request<RequestBody>, Error> {
        let config = &self.store.config;
        let user = self.user.as_ref().map(|(_, header)| header);
        let mut request = config.project.request(&ask.method, target, user).header(ACCEPT, JSON);
        if let Some(schema) = &config.schema {
            let name = if ask.method == Method::GET { ACCEPT_PROFILE } else { CONTENT_PROFILE };
            request = request.header(name, schema);
        }
        if !ask.prefer.is_empty() {
            request = request.header(PREFER, ask.prefer);
        }
        if !ask.body.is_empty() {
            request = request.header(CONTENT_TYPE, JSON);
        }
        request
            .body(ask.body.clone().into())
            .map_err(|error| Error::failed(format!("The request to Supabase could not be made: {error}.")))
    }
}
