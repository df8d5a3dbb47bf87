use std::time::{Duration, UNIX_EPOCH};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// Milliseconds, from providers that are more exact than HTTP.
const RETRY_AFTER_MS: &str = "retry-after-ms";
/// The longest wait that is believed: a day.
const MAX: Duration = Duration::from_secs(86_400);

/// How long the provider asks to wait: `retry-after-ms`, else `Retry-After` in seconds (a fraction is read, too) or as an HTTP date (RFC 9110, 10.2.3). A date in the past is
/// no wait at all; what cannot be read counts as not said.
#[must_use]
pub fn retry_after(headers: &HeaderMap, unix_time: Duration) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let millis = text(RETRY_AFTER_MS).and_then(|text| seconds(text, 0.001));
    millis.or_else(|| {
        let text = text(RETRY_AFTER.as_str())?;
        seconds(text, 1.0).or_else(|| {
            let date = httpdate::parse_http_date(text).ok()?;
            let date = date.duration_since(UNIX_EPOCH).ok()?;
            Some(date.saturating_sub(unix_time).min(MAX))
        })
    })
}

fn seconds(text: &str, unit: f64) -> Option<Duration> {
    let number: f64 = text.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)?;
    Some(Duration::try_from_secs_f64(number * unit).unwrap_or(MAX).min(MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, value: &'static str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(name, http::HeaderValue::from_static(value));
        retry_after(&headers, Duration::from_secs(784_111_770))
    }

    #[test]
    fn every_form_is_read() {
        assert_eq!(read("retry-after", "7"), Some(Duration::from_secs(7)));
        assert_eq!(read("retry-after", "0.5"), Some(Duration::from_millis(500)));
        assert_eq!(read("retry-after-ms", "1500"), Some(Duration::from_millis(1500)));
        assert_eq!(read("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(7)));
        assert_eq!(read("retry-after", "Sat, 06 Nov 1993 08:49:37 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn nonsense_counts_as_not_said_and_ages_are_cut() {
        for nonsense in ["", "soon", "-1", "NaN", "inf"] {
            assert_eq!(read("retry-after", nonsense), None, "{nonsense}");
        }
        assert_eq!(read("retry-after", "1e300"), Some(MAX));
    }
}
