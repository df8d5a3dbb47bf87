/// A moment as signatures write it: `YYYYMMDDThhmmssZ`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp([u8; 16]);

const SECONDS_A_DAY: u64 = 86_400;
/// 9999-12-31T23:59:59Z: the format has four digits for a year.
const MAX: u64 = 253_402_300_799;

impl Stamp {
    /// Of seconds since 1970; a moment after the year 9999 is cut to its end.
    pub(crate) fn new(unix_seconds: u64) -> Self {
        let seconds = unix_seconds.min(MAX);
        let (year, month, day) = date(seconds / SECONDS_A_DAY);
        let time = seconds % SECONDS_A_DAY;
        let mut text = *b"00000000T000000Z";
        for (at, width, mut number) in [
            (0, 4, year),
            (4, 2, month),
            (6, 2, day),
            (9, 2, time / 3600),
            (11, 2, time / 60 % 60),
            (13, 2, time % 60),
        ] {
            for digit in text[at..at + width].iter_mut().rev() {
                *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
                number /= 10;
            }
        }
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        // Only ASCII digits and letters were written.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// `YYYYMMDD`
    pub(crate) fn date(&self) -> &str {
        &self.as_str()[..8]
    }
}

/// Year, month and day of a day since 1970-01-01, in the Gregorian calendar. Counts from 1 March of the year 0, so that leap days end
/// a year, in eras of 400 years, which all have the same days.
const fn date(days_since_1970: u64) -> (u64, u64, u64) {
    const DAYS_TO_1970: u64 = 719_468;
    const DAYS_AN_ERA: u64 = 146_097;
    let days = days_since_1970 + DAYS_TO_1970;
    let (era, day_of_era) = (days / DAYS_AN_ERA, days % DAYS_AN_ERA);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use super::Stamp;

    #[test]
    fn moments_are_written_in_the_gregorian_calendar() {
        for (seconds, text) in [
            (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (1_369_353_600, "20130524T000000Z"),
            (4_107_542_399, "21000228T235959Z"),
            (4_107_542_400, "21000301T000000Z"),
            (u64::MAX, "99991231T235959Z"),
        ] {
            assert_eq!(Stamp::new(seconds).as_str(), text);
        }
    }
}
