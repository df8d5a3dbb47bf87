use std::time::Duration;

use super::token::UNKNOWN_KEY;
use super::{Algorithm, Key, KeySet};
use crate::Refusal;

/// From this age on, keys are fetched again before they are used.
const REFRESH: Duration = Duration::from_secs(5 * 60);
/// Keys of this age are not used: the project may have revoked them. Supabase's edge keeps them as long itself.
const MAX_AGE: Duration = Duration::from_secs(10 * 60);
/// The least time between two fetches; it doubles with each that brings nothing.
const MIN_PAUSE: Duration = Duration::from_secs(5);
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// A project's published keys as they were fetched last, and when to fetch them again: when they are old, and when a token names one that is not
/// there. Whoever sends such tokens causes a fetch a minute, at most. Times are since some moment in the past and never go back.
#[derive(Debug, Default)]
pub struct KeyCache {
    keys: Option<(KeySet, Duration)>,
    /// No fetch before that.
    next_fetch: Duration,
    /// Fetches in a row that brought nothing.
    fruitless: u32,
}

/// What is known of a key.
#[derive(Debug)]
pub enum Lookup<'c> {
    /// The key.
    Key(&'c Key),
    /// Fetch the keys, say so by [`KeyCache::fetched`] or [`KeyCache::failed`], and look again.
    Fetch,
    /// There is none: [`Refusal::Invalid`].
    Refused(Refusal),
    /// It cannot be told, as the keys could not be fetched. Try again after this time.
    Unavailable(Duration),
}

impl KeyCache {
    /// Looks a key up `now`.
    #[must_use]
    pub fn find(&self, kid: &str, algorithm: Algorithm, now: Duration) -> Lookup<'_> {
        let may_fetch = now >= self.next_fetch;
        let usable = self.keys.as_ref().filter(|(_, fetched)| now < *fetched + MAX_AGE);
        let Some((keys, fetched)) = usable else {
            return if may_fetch { Lookup::Fetch } else { Lookup::Unavailable(self.next_fetch - now) };
        };
        match keys.find(kid, algorithm) {
            Some(key) if now < *fetched + REFRESH || !may_fetch => Lookup::Key(key),
            None if !may_fetch => Lookup::Refused(UNKNOWN_KEY),
            _ => Lookup::Fetch,
        }
    }

    /// Takes what was fetched `now` to look for `kid`.
    pub fn fetched(&mut self, keys: KeySet, kid: &str, algorithm: Algorithm, now: Duration) {
        self.fruitless =
            if keys.find(kid, algorithm).is_some() { 0 } else { self.fruitless.saturating_add(1) };
        self.keys = Some((keys, now));
        self.pause(now);
    }

    /// Notes that fetching failed `now`.
    pub fn failed(&mut self, now: Duration) {
        self.fruitless = self.fruitless.saturating_add(1);
        self.pause(now);
    }

    fn pause(&mut self, now: Duration) {
        let doubled = MIN_PAUSE.saturating_mul(2_u32.saturating_pow(self.fruitless.saturating_sub(1)));
        self.next_fetch = now + doubled.min(MAX_PAUSE);
    }
}
