//! How durations, counts, shares and bytes are written, everywhere the same. Pure text, no locale, no browser.
//!
//! Durations keep three significant digits, as the eye compares them: `516 µs`, `44.6 ms`, `3.12 s`, `2 min 05 s`.
//! Figure and unit come apart ([`duration_parts`]) since the unit is drawn quieter than the figure.

const S: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * S;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A duration in ns as (figure, unit).
pub fn duration_parts(ns: u64) -> (String, &'static str) {
    const US: u64 = 1_000;
    const MS: u64 = 1_000_000;
    match ns {
        0 => ("0".to_owned(), "ns"),
        1..US => (ns.to_string(), "ns"),
        _ if rounds_below(ns, US) => (three_digits(ns, US), "µs"),
        _ if rounds_below(ns, MS) => (three_digits(ns, MS), "ms"),
        _ if ns < 60 * S - S / 20 => (three_digits(ns, S), "s"),
        _ => {
            let s = ns / S + u64::from(ns % S >= S / 2);
            match s {
                0..3600 => (format!("{} min {:02}", s / 60, s % 60), "s"),
                3600..86_400 => (format!("{} h {:02}", s / 3600, s % 3600 / 60), "min"),
                _ => (format!("{} d {:02}", s / 86_400, s % 86_400 / 3600), "h"),
            }
        }
    }
}

/// A duration in ns as one text, `44.6 ms`.
pub fn duration(ns: u64) -> String {
    let (figure, unit) = duration_parts(ns);
    format!("{figure} {unit}")
}

/// Whether `ns` written in `unit` stays below 1000 of it after rounding to three digits.
fn rounds_below(ns: u64, unit: u64) -> bool {
    ns < 1000 * unit - unit / 2
}

/// `ns / unit` with three significant digits, rounded half up; `ns` is at least one `unit` after rounding.
fn three_digits(ns: u64, unit: u64) -> String {
    let hundredths = (u128::from(ns) * 100 + u128::from(unit) / 2) / u128::from(unit);
    if hundredths < 1000 {
        return format!("{}.{:02}", hundredths / 100, hundredths % 100);
    }
    let tenths = (u128::from(ns) * 10 + u128::from(unit) / 2) / u128::from(unit);
    if tenths < 1000 {
        return format!("{}.{}", tenths / 10, tenths % 10);
    }
    let whole = (u128::from(ns) + u128::from(unit) / 2) / u128::from(unit);
    whole.to_string()
}

/// A time on the ruler: as many decimals as the distance between ticks needs, the unit of the tick distance.
/// `tick_ns` is the distance between two labelled ticks. From a minute on it reads in days, hours and minutes as durations
/// do, down to the unit of the tick distance: `3 d 04 h`, `2 h 30 min`, `59 min 59.5 s`.
pub fn tick(at_ns: u64, tick_ns: u64) -> String {
    if at_ns == 0 {
        return "0".to_owned();
    }
    let (unit_ns, unit) = match at_ns.max(tick_ns) {
        0..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..S => (1_000_000, "ms"),
        S..MINUTE => (S, "s"),
        _ => return long_tick(at_ns, tick_ns),
    };
    format!("{} {unit}", with_decimals(at_ns, unit_ns, tick_ns, 0))
}

/// A time from a minute on. What the distance of ticks has no digit for is dropped, as in durations.
fn long_tick(at_ns: u64, tick_ns: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(DAY, "d"), (HOUR, "h"), (MINUTE, "min")];
    let mut text = String::new();
    let mut rest = at_ns;
    for (unit_ns, unit) in UNITS {
        let figure = rest / unit_ns;
        rest %= unit_ns;
        let is_last = tick_ns >= unit_ns;
        match text.is_empty() {
            true if figure == 0 && !is_last => continue,
            true => text = format!("{} {unit}", count(figure)),
            false => text.push_str(&format!(" {figure:02} {unit}")),
        }
        if is_last {
            return text;
        }
    }
    format!("{text} {} s", with_decimals(rest, S, tick_ns, 2))
}

/// `at_ns` in a unit with the decimals that `tick_ns` needs and at least `digits` before them.
fn with_decimals(at_ns: u64, unit_ns: u64, tick_ns: u64, digits: usize) -> String {
    let mut decimals = 0;
    let mut step = unit_ns;
    while step > tick_ns.max(1) && decimals < 9 {
        decimals += 1;
        step /= 10;
    }
    let whole = format!("{:0>digits$}", count(at_ns / unit_ns));
    if decimals == 0 {
        return whole;
    }
    let fraction = at_ns % unit_ns / (unit_ns / 10u64.pow(decimals)).max(1);
    format!("{whole}.{fraction:0width$}", width = decimals as usize)
}

/// A count with thousands commas: `5,110`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun, `1 span`, `5,110 spans`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// With a capital at its start, as a sentence begins.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `part` of `whole` as percent with one decimal below 10: `4.6 %`, `62 %`; `0 %` of nothing.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".to_owned();
    }
    // Each rounded from the share itself: rounding what is rounded already turns 18.48 into 19.
    let rounded = |parts: u128| (u128::from(part) * parts + u128::from(whole) / 2) / u128::from(whole);
    match rounded(1000) {
        0 if part > 0 => "<0.1 %".to_owned(),
        tenths @ 0..100 if tenths % 10 != 0 => format!("{}.{} %", tenths / 10, tenths % 10),
        _ => format!("{} %", rounded(100)),
    }
}

/// A rate a second to three digits, without its unit: `51.9`, `0.054`, `<0.001`.
pub fn rate(per_second: f64) -> String {
    match per_second {
        // From what rounds to the next digit.
        rate if rate >= 99.95 => format!("{rate:.0}"),
        rate if rate >= 9.995 => format!("{rate:.1}"),
        rate if rate >= 0.1 => format!("{rate:.2}"),
        rate if rate >= 0.001 => format!("{rate:.3}"),
        rate if rate > 0.0 => "<0.001".to_owned(),
        _ => "0".to_owned(),
    }
}

/// A rate with its unit: `6.47/s`.
pub fn per_second(rate_per_second: f64) -> String {
    format!("{}/s", rate(rate_per_second))
}

/// Bytes in decimal units, as browsers and disks count: `812 B`, `45.3 kB`, `2.9 MB`, `1.25 GB`; rounded half up, and never
/// 1000 of a unit.
pub fn bytes(n: u64) -> String {
    let tenths = |unit: u64| (u128::from(n) * 10 + u128::from(unit) / 2) / u128::from(unit);
    match n {
        0..1_000 => format!("{n} B"),
        1_000..999_950 => format!("{}.{} kB", tenths(1_000) / 10, tenths(1_000) % 10),
        999_950..999_950_000 => format!("{}.{} MB", tenths(1_000_000) / 10, tenths(1_000_000) % 10),
        _ => {
            let hundredths = (u128::from(n) + 5_000_000) / 10_000_000;
            format!("{}.{:02} GB", hundredths / 100, hundredths % 100)
        }
    }
}

/// A service's name as it is shown.
pub fn service_words(name: &str) -> String {
    if name.is_empty() { "(no service name)".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_three_digits_and_never_read_1000_of_a_unit() {
        let written: Vec<String> =
            [0, 7, 999, 1_000, 516_237, 999_499, 999_500, 4_520_000, 44_587_000, 999_600_000, 3_115_419_136]
                .map(duration)
                .to_vec();
        assert_eq!(
            written,
            [
                "0 ns", "7 ns", "999 ns", "1.00 µs", "516 µs", "999 µs", "1.00 ms", "4.52 ms", "44.6 ms", "1.00 s",
                "3.12 s"
            ]
        );
    }

    #[test]
    fn long_durations_read_in_minutes_hours_days() {
        assert_eq!(duration(59_940_000_000), "59.9 s");
        assert_eq!(duration(59_960_000_000), "1 min 00 s");
        assert_eq!(duration(125_000_000_000), "2 min 05 s");
        assert_eq!(duration(3_600_000_000_000), "1 h 00 min");
        assert_eq!(duration(u64::MAX), "213503 d 23 h");
    }

    #[test]
    fn ticks_share_their_decimals() {
        assert_eq!(tick(500_000_000, 500_000_000), "500 ms");
        assert_eq!(tick(1_500_000_000, 500_000_000), "1.5 s");
        assert_eq!(tick(2_000_000_000, 500_000_000), "2.0 s");
        assert_eq!(tick(1_234_500_000, 100_000), "1.2345 s");
        assert_eq!(tick(0, 5), "0");
    }

    #[test]
    fn ticks_from_a_minute_on_read_in_days_hours_and_minutes() {
        assert_eq!(tick(30 * S, 30 * S), "30 s");
        assert_eq!(tick(90 * S, 30 * S), "1 min 30 s");
        assert_eq!(tick(MINUTE, 30 * S), "1 min 00 s");
        assert_eq!(tick(45 * MINUTE, 15 * MINUTE), "45 min");
        assert_eq!(tick(150 * MINUTE, 30 * MINUTE), "2 h 30 min");
        assert_eq!(tick(6 * HOUR, 6 * HOUR), "6 h");
        assert_eq!(tick(3 * DAY + 4 * HOUR, 2 * HOUR), "3 d 04 h");
        assert_eq!(tick(3 * DAY, DAY), "3 d");
        assert_eq!(tick(1_000 * DAY, 200 * DAY), "1,000 d");
        assert_eq!(tick(DAY + 1, 1), "1 d 00 h 00 min 00.000000001 s");
        assert_eq!(tick(HOUR - S / 2, S / 2), "59 min 59.5 s");
    }

    #[test]
    fn bytes_and_rates_round_to_the_next_unit() {
        let written = [999, 1_999, 45_340, 999_949, 999_950, 999_949_999, 999_950_000, 999_960_000, 1_995_000_000];
        assert_eq!(
            written.map(bytes),
            ["999 B", "2.0 kB", "45.3 kB", "999.9 kB", "1.0 MB", "999.9 MB", "1.00 GB", "1.00 GB", "2.00 GB"]
        );
        assert_eq!([99.96, 99.94, 9.996, 9.99].map(rate), ["100", "99.9", "10.0", "9.99"]);
    }

    #[test]
    fn durations_at_the_edge_of_a_unit_read_in_the_next() {
        let written = [999_960_000, 9_996_000, 99_960_000, 59_949_999_999, 59_950_000_000, 3_599_500_000_000];
        assert_eq!(written.map(duration), ["1.00 s", "10.0 ms", "100 ms", "59.9 s", "1 min 00 s", "1 h 00 min"]);
    }

    #[test]
    fn counts_shares_and_bytes() {
        assert_eq!(count(5110), "5,110");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "span", "spans"), "1 span");
        assert_eq!(percent(46, 1000), "4.6 %");
        assert_eq!(percent(1, 100_000), "<0.1 %");
        assert_eq!(percent(620, 1000), "62 %");
        assert_eq!((percent(1_848, 10_000), percent(2_746, 10_000)), ("18 %".to_owned(), "27 %".to_owned()));
        assert_eq!((percent(997, 10_000), percent(496, 10_000)), ("10 %".to_owned(), "5 %".to_owned()));
        assert_eq!(bytes(2_949_120), "2.9 MB");
    }
}
