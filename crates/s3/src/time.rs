//! Times as S3 writes them.

use std::time::{Duration, UNIX_EPOCH};

/// `Sun, 06 Nov 1994 08:49:37 GMT`, as headers write it.
pub(crate) fn http_date(text: &str) -> Option<Duration> {
    httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()
}

/// `2009-10-12T17:50:30.000Z`, as bodies write it: UTC, with or without a fraction.
pub(crate) fn iso_8601(text: &str) -> Option<Duration> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let [hour, minute, second] = numbers(time, ':')?;
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let mut millis = 0;
    for at in 0..3 {
        millis = millis * 10 + fraction.as_bytes().get(at).map_or(0, |digit| u64::from(digit - b'0'));
    }
    Some(Duration::from_secs(seconds) + Duration::from_millis(millis))
}

fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let mut parts = text.split(separator).map(|part| {
        let digits = part.bytes().all(|b| b.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    });
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

/// Of a date in the Gregorian calendar, from 1970 on. Counts years from March, so that a leap day ends one.
const fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    const DAYS_TO_1970: u64 = 719_468;
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - DAYS_TO_1970
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn body_times_are_read_to_the_millisecond() {
        let read = |text| iso_8601(text).map(|time| time.as_millis());
        assert_eq!(read("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(read("2000-02-29T00:00:00.5Z"), Some(951_782_400_500));
        assert_eq!(read("2013-05-24T00:00:00.123456Z"), Some(1_369_353_600_123));
        assert_eq!(read("2100-03-01T00:00:00.000Z"), Some(4_107_542_400_000));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "Z",
            "T",
            "2013-05-24",
            "2013-13-24T00:00:00Z",
            "2013-05-24T24:00:00Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(iso_8601(text), None, "{text}");
        }
        for text in ["2013-05-24T00:00:00.xZ", "2013-05-+4T00:00:00Z", "2013-05-24-01T00:00:00Z"] {
            assert_eq!(iso_8601(text), None, "{text}");
        }
    }
}
