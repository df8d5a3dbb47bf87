//! Timestamps in one form, so that comparing the text compares the times.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// An RFC 3339 timestamp in UTC with six digits of a second, as precise as Postgres; `None` when it is not one, or outside the
/// years 0 to 9999.
pub(crate) fn normalise(text: &str) -> Option<String> {
    let t = OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC)?;
    if !(0..=9999).contains(&t.year()) {
        return None;
    }
    Some(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        t.year(),
        u8::from(t.month()),
        t.day(),
        t.hour(),
        t.minute(),
        t.second(),
        t.microsecond(),
    ))
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn every_offset_and_precision_becomes_one_form() {
        let same = ["2026-02-03T04:05:06Z", "2026-02-03T05:05:06+01:00", "2026-02-03T04:05:06.0000001Z"];
        for text in same {
            assert_eq!(normalise(text).as_deref(), Some("2026-02-03T04:05:06.000000Z"), "{text}");
        }
        assert_eq!(normalise("2026-02-03"), None);
        assert_eq!(normalise("0000-01-01T00:00:00+23:59"), None);
    }
}
