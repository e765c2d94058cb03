//! Points in time as links write them: epoch milliseconds, RFC 3339, or Grafana's `now-1h`. Also the way back to text.
//!
//! All in UTC: `now/d` is the UTC day, since a link must mean the same to every reader. No clock is read here; the
//! caller says what "now" is.

/// A point in time as it was written, so that a link keeps `now-1h` rather than the hour it meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct When {
    text: String,
    kind: Kind,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Kind {
    AtMs(i64),
    Now(Vec<Step>),
}

/// One step of Grafana's date math after `now`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Move(i64, Unit),
    /// To the start of the unit for `from`, to its last millisecond for `to`.
    Round(Unit),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Unit {
    Ms(i64),
    Week,
    Months(i64),
}

/// Which end of a range a point is: it decides where `now/d` rounds to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    From,
    To,
}

const DAY_MS: i64 = 86_400_000;
/// Year 9999 and back as far: past this, date arithmetic means nothing and could overflow.
const LIMIT_MS: i64 = 253_402_300_799_999;

impl When {
    /// Epoch milliseconds, RFC 3339 (the zone may be missing and is UTC then; a date alone is its midnight), or `now`
    /// with Grafana's steps. A number of other length is read by its digits: up to 11 are seconds, 15 to 17
    /// microseconds (Jaeger), 18 and 19 nanoseconds (Tempo). The error is a clause for the reader.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let kind = if let Some(steps) = text.strip_prefix("now") {
            parse_steps(steps).map(Kind::Now)
        } else if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            epoch_ms(text).map(Kind::AtMs)
        } else {
            parse_rfc3339(text).map(Kind::AtMs)
        };
        match kind {
            Some(kind) => Ok(When { text: text.to_owned(), kind }),
            None => Err(format!(
                "“{}” is no time: use epoch milliseconds, 2026-11-22T12:17:10Z or now-1h",
                crate::source::failure::shortened(text, 60)
            )),
        }
    }

    /// `now`.
    pub fn now() -> Self {
        When { text: "now".to_owned(), kind: Kind::Now(Vec::new()) }
    }

    /// `now-3h`.
    pub fn hours_ago(hours: u32) -> Self {
        let step = Step::Move(-i64::from(hours), Unit::Ms(3_600_000));
        When { text: format!("now-{hours}h"), kind: Kind::Now(vec![step]) }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// In ms since the epoch, given what is now.
    pub fn unix_ms(&self, now_ms: i64, end: End) -> i64 {
        match &self.kind {
            Kind::AtMs(at) => *at,
            Kind::Now(steps) => {
                let now = now_ms.clamp(-LIMIT_MS, LIMIT_MS);
                steps.iter().fold(now, |at, step| step.apply(at, end).clamp(-LIMIT_MS, LIMIT_MS))
            }
        }
    }

    /// In whole seconds since the epoch, as Tempo takes them: down for `From`, up for `To`, never before 1970.
    pub fn unix_s(&self, now_ms: i64, end: End) -> u64 {
        let ms = self.unix_ms(now_ms, end);
        let s = match end {
            End::From => ms.div_euclid(1000),
            End::To => ms.div_euclid(1000) + i64::from(ms.rem_euclid(1000) > 0),
        };
        u64::try_from(s).unwrap_or(0)
    }
}

impl Step {
    fn apply(self, at_ms: i64, end: End) -> i64 {
        match self {
            Step::Move(n, Unit::Ms(ms)) => at_ms.saturating_add(n.saturating_mul(ms)),
            Step::Move(n, Unit::Week) => at_ms.saturating_add(n.saturating_mul(7 * DAY_MS)),
            Step::Move(n, Unit::Months(months)) => add_months(at_ms, n.saturating_mul(months)),
            Step::Round(unit) => {
                let start = unit.start_of(at_ms);
                match end {
                    End::From => start,
                    End::To => Step::Move(1, unit).apply(start, end) - 1,
                }
            }
        }
    }
}

impl Unit {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "ms" => Unit::Ms(1),
            "s" => Unit::Ms(1_000),
            "m" => Unit::Ms(60_000),
            "h" => Unit::Ms(3_600_000),
            "d" => Unit::Ms(DAY_MS),
            "w" => Unit::Week,
            "M" => Unit::Months(1),
            "Q" => Unit::Months(3),
            "y" => Unit::Months(12),
            _ => return None,
        })
    }

    fn start_of(self, at_ms: i64) -> i64 {
        match self {
            Unit::Ms(ms) => at_ms.div_euclid(ms) * ms,
            // The epoch was a Thursday; weeks start on Monday (ISO 8601).
            Unit::Week => (at_ms + 3 * DAY_MS).div_euclid(7 * DAY_MS) * 7 * DAY_MS - 3 * DAY_MS,
            Unit::Months(months) => {
                let (year, month, _) = date_of(at_ms.div_euclid(DAY_MS));
                let first = (month - 1).div_euclid(months) * months + 1;
                days_from_date(year, first, 1) * DAY_MS
            }
        }
    }
}

/// `-1h/d+30m` after `now`. A count may be missing (`now-h` is one hour), as in Grafana.
fn parse_steps(mut text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while let Some(sign) = text.chars().next() {
        text = &text[sign.len_utf8()..];
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, rest) = text.split_at(digits);
        let (unit, rest) = rest.split_at(rest.bytes().take_while(u8::is_ascii_alphabetic).count());
        let unit = Unit::of(unit)?;
        let count = if count.is_empty() { 1 } else { count.parse::<i64>().ok().filter(|n| *n < LIMIT_MS)? };
        steps.push(match sign {
            '+' | ' ' => Step::Move(count, unit),
            '-' => Step::Move(-count, unit),
            '/' if digits == 0 => Step::Round(unit),
            _ => return None,
        });
        if steps.len() > 8 {
            return None;
        }
        text = rest;
    }
    Some(steps)
}

fn epoch_ms(digits: &str) -> Option<i64> {
    let number: i64 = digits.parse().ok()?;
    Some(match digits.len() {
        0..=11 => number.checked_mul(1_000)?,
        12..=14 => number,
        15..=17 => number / 1_000,
        _ => number / 1_000_000,
    })
}

fn parse_rfc3339(text: &str) -> Option<i64> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let mut fields = date.split('-').map(number);
    let (year, month, day) = (fields.next()??, fields.next()??, fields.next()??);
    if fields.next().is_some() || date.len() != 10 || !(1..=12).contains(&month) {
        return None;
    }
    let days = days_from_date(year, month, day);
    if date_of(days) != (year, month, day) {
        return None;
    }
    Some(days * DAY_MS + if time.is_empty() { 0 } else { time_and_zone_ms(time)? })
}

/// `12:17[:10[.250]][Z|+02:00]` as ms after UTC midnight. A space stands for a `+` that a query string swallowed.
fn time_and_zone_ms(text: &str) -> Option<i64> {
    let (time, zone_ms) = match text.find(['Z', 'z', '+', '-', ' ']) {
        Some(at) => (&text[..at], zone_ms(&text[at..])?),
        None => (text, 0),
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut fields = time.split(':').map(number);
    let (hour, minute, second) = (fields.next()??, fields.next()??, fields.next().unwrap_or(Some(0))?);
    if fields.next().is_some() || hour > 23 || minute > 59 || second > 60 || fraction.len() > 18 {
        return None;
    }
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let ms = fraction.bytes().chain(*b"000").take(3).fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0'));
    Some(((hour * 60 + minute) * 60 + second) * 1000 + ms - zone_ms)
}

fn zone_ms(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes) * 60_000)
}

fn number(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// A point in time as RFC 3339 in UTC with milliseconds, `2026-11-22T12:17:10.250Z`.
pub fn rfc3339(unix_ms: i64) -> String {
    let at = unix_ms.clamp(-LIMIT_MS, LIMIT_MS);
    let (year, month, day) = date_of(at.div_euclid(DAY_MS));
    let ms = at.rem_euclid(DAY_MS);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1_000)
}

/// The same day and time some months on; a day that the month has not becomes its last.
fn add_months(at_ms: i64, months: i64) -> i64 {
    let (year, month, day) = date_of(at_ms.div_euclid(DAY_MS));
    let total = (year * 12 + month - 1).saturating_add(months).clamp(-119_988, 119_988);
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
    let next = if month == 12 { days_from_date(year + 1, 1, 1) } else { days_from_date(year, month + 1, 1) };
    let days = (days_from_date(year, month, 1) + day - 1).min(next - 1);
    days * DAY_MS + at_ms.rem_euclid(DAY_MS)
}

/// Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `days_from_civil`).
fn days_from_date(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The way back (`civil_from_days`): year, month 1 to 12, day 1 to 31.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-11-22T12:17:10.250Z, a Sunday.
    const NOW_MS: i64 = 1_795_349_830_250;

    fn from(text: &str) -> String {
        rfc3339(When::parse(text).unwrap().unix_ms(NOW_MS, End::From))
    }

    fn to(text: &str) -> String {
        rfc3339(When::parse(text).unwrap().unix_ms(NOW_MS, End::To))
    }

    #[test]
    fn now_moves_by_grafanas_units() {
        assert_eq!(from("now"), "2026-11-22T12:17:10.250Z");
        assert_eq!(from("now-15m"), "2026-11-22T12:02:10.250Z");
        assert_eq!(from("now-h"), "2026-11-22T11:17:10.250Z");
        assert_eq!(from("now-2d+30s"), "2026-11-20T12:17:40.250Z");
        assert_eq!(from("now-9M"), "2026-02-22T12:17:10.250Z");
        assert_eq!(from("now-1y"), "2025-11-22T12:17:10.250Z");
    }

    #[test]
    fn rounding_goes_down_for_from_and_to_the_last_millisecond_for_to() {
        assert_eq!(from("now/d"), "2026-11-22T00:00:00.000Z");
        assert_eq!(to("now/d"), "2026-11-22T23:59:59.999Z");
        assert_eq!(from("now/w"), "2026-11-16T00:00:00.000Z");
        assert_eq!(from("now-1M/M"), "2026-10-01T00:00:00.000Z");
        assert_eq!(to("now/Q"), "2026-12-31T23:59:59.999Z");
        assert_eq!(from("now/y"), "2026-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_month_that_lacks_the_day_takes_its_last() {
        let late = When::parse("now-1M").unwrap();
        let march_31 = When::parse("2024-03-31T01:00:00Z").unwrap().unix_ms(0, End::From);
        assert_eq!(rfc3339(late.unix_ms(march_31, End::From)), "2024-02-29T01:00:00.000Z");
    }

    #[test]
    fn rfc3339_is_read_with_zone_fraction_or_neither() {
        assert_eq!(from("2026-11-22T14:17:10.25+02:00"), "2026-11-22T12:17:10.250Z");
        assert_eq!(from("2026-11-22T14:17:10 02:00"), "2026-11-22T12:17:10.000Z");
        assert_eq!(from("2026-11-22T12:17:10.123456789Z"), "2026-11-22T12:17:10.123Z");
        assert_eq!(from("2026-11-22 12:17"), "2026-11-22T12:17:00.000Z");
        assert_eq!(from("2026-11-22"), "2026-11-22T00:00:00.000Z");
    }

    #[test]
    fn numbers_are_milliseconds_unless_their_length_says_otherwise() {
        for text in ["1795349830250", "1795349830250000", "1795349830250000000"] {
            assert_eq!(from(text), "2026-11-22T12:17:10.250Z", "{text}");
        }
        assert_eq!(from("1795349830"), "2026-11-22T12:17:10.000Z");
    }

    #[test]
    fn seconds_round_outwards() {
        let at = When::parse("1795349830250").unwrap();
        assert_eq!((at.unix_s(0, End::From), at.unix_s(0, End::To)), (1_795_349_830, 1_795_349_831));
        assert_eq!(When::parse("now-99y").unwrap().unix_s(NOW_MS, End::From), 0);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for bad in [
            "",
            "yesterday",
            "now-",
            "now-1x",
            "now*2h",
            "2026-13-01",
            "2026-02-30",
            "2026-11-22T25:00:00Z",
            "nowhere",
            "99999999999999999999999",
            "2026-11-22T12:00:00.é",
            "2026-11-22T12:00:00.a😀",
            "2026-11-22T12:00:00+2",
            "-5",
            "now/5d",
            "1e9",
        ] {
            assert!(When::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn huge_steps_stay_in_the_calendar() {
        for text in ["now-253402300799998y", "now+253402300799998w/y", "now-99999d/Q-99999y/M"] {
            let at = When::parse(text).unwrap();
            assert!(at.unix_ms(i64::MAX, End::To).abs() <= LIMIT_MS, "{text}");
        }
    }

    proptest! {
        #[test]
        fn written_times_come_back(ms in -62_000_000_000_000i64..LIMIT_MS) {
            prop_assert_eq!(When::parse(&rfc3339(ms)).unwrap().unix_ms(0, End::From), ms);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}", number in "(now)?[-+/0-9TZ:. dhmyMQw]{0,30}") {
            for text in [text, number] {
                if let Ok(when) = When::parse(&text) {
                    prop_assert!(when.unix_ms(NOW_MS, End::To).abs() < i64::MAX);
                }
            }
        }
    }
}
