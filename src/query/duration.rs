//! Durations as TraceQL writes them: `1h30m`, `1.5s`, `250ms`. Those of Go (`time.ParseDuration`) and of Prometheus (`d`, `w`, `y`).

/// A unit and its nanoseconds, the largest first.
const UNITS: [(&str, u64); 11] = [
    ("y", 365 * 86_400_000_000_000),
    ("w", 7 * 86_400_000_000_000),
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("ms", 1_000_000),
    ("m", 60_000_000_000),
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    // The Greek letter, which some keyboards have for it.
    ("μs", 1_000),
    ("s", 1_000_000_000),
];

/// Nanoseconds; `None` when it is no duration, or longer than 2^63 ns, which is what Go holds.
pub fn read_ns(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut sum = 0f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let count: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, ns) = UNITS.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        rest = &rest[unit.len()..];
        sum += count * ns as f64;
    }
    (sum < i64::MAX as f64).then_some(sum.round() as u64)
}

/// The shortest text that means the same: whole numbers of the largest unit that has no remainder.
pub fn write(ns: u64) -> String {
    let whole =
        [("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)];
    match whole.into_iter().find(|(_, unit)| ns >= *unit && ns.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", ns / unit),
        None => format!("{ns}ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_go_and_of_prometheus_are_read() {
        let cases = [
            ("250ms", 250_000_000),
            ("1.5s", 1_500_000_000),
            ("1h30m", 5_400_000_000_000),
            ("3us", 3_000),
            ("3µs", 3_000),
            ("7ns", 7),
            ("1d", 86_400_000_000_000),
            ("2w", 1_209_600_000_000_000),
            (".5s", 500_000_000),
        ];
        for (text, ns) in cases {
            assert_eq!(read_ns(text), Some(ns), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_none() {
        for text in ["", "5", "s", "5 s", "1.2.3s", "5x", "-5s", "300y"] {
            assert_eq!(read_ns(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_as_itself() {
        for (ns, text) in [
            (0, "0ns"),
            (1, "1ns"),
            (1_000, "1us"),
            (250_000_000, "250ms"),
            (1_500_000_000, "1500ms"),
            (60_000_000_000, "1m"),
            (3_600_000_000_000, "1h"),
        ] {
            assert_eq!(write(ns), text);
            assert_eq!(read_ns(text), Some(ns));
        }
    }
}
