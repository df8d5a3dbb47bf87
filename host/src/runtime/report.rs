//! What was used, counted while serving.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use http::HeaderMap;
use serde::Serialize;

/// The most names of `Server-Timing` that are counted; further ones are left out.
const MAX_TIMINGS: usize = 64;
/// The longest such name, in bytes; a longer one is left out.
const MAX_TIMING_NAME: usize = 64;

/// Counters that instances and the server write to.
#[derive(Debug, Default)]
pub struct Tally {
    peak_memory: AtomicU64,
    instances: AtomicU64,
    requests: AtomicU64,
    failures: AtomicU64,
    timings: Mutex<BTreeMap<String, Timing>>,
}

/// What the counters said at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The most bytes the linear memories of one instance had together.
    pub peak_linear_memory_bytes: u64,
    /// How many instances were made.
    pub instances: u64,
    /// How many requests were given to a component.
    pub requests: u64,
    /// How many of them got no response from the component: traps, timeouts, instances that could not be made.
    pub failures: u64,
    /// How long stages took, by their names in the `Server-Timing` of the responses. The host cannot tell this
    /// by itself: within a composition one component calls another without it.
    pub timings: BTreeMap<String, Timing>,
}

/// How long a stage took, as the component that calls it says. A stage that works on while a response's body is
/// sent does so after its component has spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timing {
    /// In how many responses it is named.
    pub requests: u64,
    /// Milliseconds in all of them together.
    pub total_ms: f64,
    /// Milliseconds in the one that took longest.
    pub longest_ms: f64,
}

impl Timing {
    fn add(&mut self, ms: f64) {
        self.requests += 1;
        self.total_ms += ms;
        self.longest_ms = self.longest_ms.max(ms);
    }
}

/// The names and milliseconds of `Server-Timing` (W3C Server Timing). What is not of the form is skipped.
fn timings(headers: &HeaderMap) -> impl Iterator<Item = (&str, f64)> {
    let values = headers.get_all("server-timing").iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty() && name.len() <= MAX_TIMING_NAME)?;
        let ms: f64 = parts.find_map(|part| part.strip_prefix("dur="))?.trim_matches('"').parse().ok()?;
        (ms.is_finite() && ms >= 0.0).then_some((name, ms))
    })
}

impl Tally {
    pub(super) fn saw_memory(&self, bytes: usize) {
        self.peak_memory.fetch_max(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn saw_instance(&self) {
        self.instances.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn saw_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn saw_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn saw_timings(&self, headers: &HeaderMap) {
        let mut known = self.timings.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, ms) in timings(headers) {
            if let Some(timing) = known.get_mut(name) {
                timing.add(ms);
            } else if known.len() < MAX_TIMINGS {
                known.entry(name.to_owned()).or_default().add(ms);
            }
        }
    }

    /// What was counted so far.
    #[must_use]
    pub fn report(&self) -> Report {
        Report {
            peak_linear_memory_bytes: self.peak_memory.load(Ordering::Relaxed),
            instances: self.instances.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            timings: self.timings.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName};

    use super::{MAX_TIMINGS, Tally, Timing};

    fn headers(values: &[&str]) -> HeaderMap {
        let name = || HeaderName::from_static("server-timing");
        values.iter().map(|value| (name(), value.parse().unwrap())).collect()
    }

    #[test]
    fn figures_of_one_name_add_up() {
        let tally = Tally::default();
        tally.saw_timings(&headers(&["embedder;dur=2.5, chunker;desc=\"a\";dur=\"1\"", "embedder;dur=0.5"]));
        tally.saw_timings(&headers(&["embedder;dur=4"]));
        let timings = tally.report().timings;
        assert_eq!(timings["embedder"], Timing { requests: 3, total_ms: 7.0, longest_ms: 4.0 });
        assert_eq!(timings["chunker"], Timing { requests: 1, total_ms: 1.0, longest_ms: 1.0 });
    }

    #[test]
    fn what_is_no_figure_is_skipped_and_names_are_bounded() {
        let tally = Tally::default();
        tally.saw_timings(&headers(&["", "cache;desc=hit", ";dur=1", "a;dur=x", "b;dur=NaN", "c;dur=-1"]));
        assert!(tally.report().timings.is_empty());
        tally.saw_timings(&headers(&[&format!("{};dur=1", "n".repeat(100))]));
        for n in 0..100 {
            tally.saw_timings(&headers(&[&format!("n{n};dur=1")]));
        }
        assert_eq!(tally.report().timings.len(), MAX_TIMINGS);
    }
}
