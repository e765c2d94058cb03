//! A unix time as a person writes it, in UTC. Other zones are the browser's business.
//!
//! Days become a date by Howard Hinnant's `civil_from_days` (chrono-compatible low-level date algorithms).

/// ISO 8601 with milliseconds, `2026-11-22T12:17:10.234Z`. Every u64 of nanoseconds has one (the last is in 2554).
pub fn iso8601_ms(unix_nano: u64) -> String {
    let ms = unix_nano / 1_000_000;
    let (days, ms_of_day) = (ms / 86_400_000, ms % 86_400_000);
    let (year, month, day) = civil_from_days(days);
    let (s, ms) = (ms_of_day / 1000, ms_of_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{ms:03}Z", s / 3600, s / 60 % 60, s % 60)
}

/// Year, month and day of the `days`-th day after 1970-01-01. Years are counted from March, so that the leap day is the
/// last of its year, in eras of 400 years.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let from_march_of_0 = days + 719_468;
    let (era, day_of_era) = (from_march_of_0 / 146_097, from_march_of_0 % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_at_the_edges_of_years_and_leap_days() {
        assert_eq!(iso8601_ms(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso8601_ms(951_782_400_000_000_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(iso8601_ms(951_868_799_999_999_999), "2000-02-29T23:59:59.999Z");
        assert_eq!(iso8601_ms(1_767_225_599_000_000_000), "2025-12-31T23:59:59.000Z");
        assert_eq!(iso8601_ms(4_107_542_400_000_000_000), "2100-03-01T00:00:00.000Z");
        assert_eq!(iso8601_ms(u64::MAX), "2554-07-21T23:34:33.709Z");
    }
}
