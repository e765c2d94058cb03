//! JSON numbers as exact integers: nanoseconds since 1970 do not fit an f64.

/// Digits beyond this many are not read; a u128 holds 38.
const MAX_DIGITS: u32 = 38;

/// This many digits fit a u64: the times of spans, on a short way.
const SHORT_DIGITS: usize = 19;

/// A decimal number times `10^shift`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Decimal {
    /// Cut towards zero.
    pub whole: i128,
    /// Whether nothing was cut.
    pub exact: bool,
}

/// Reads `-?digits(.digits)?(e±digits)?`; `None` for anything else, or past 38 digits.
pub(crate) fn decimal(text: &str, shift: i32) -> Option<Decimal> {
    let bytes = text.as_bytes();
    if shift == 0 && bytes.len() <= SHORT_DIGITS && bytes.iter().all(u8::is_ascii_digit) && !bytes.is_empty() {
        let value = bytes.iter().fold(0u64, |value, digit| value * 10 + u64::from(digit - b'0'));
        return Some(Decimal { whole: value.into(), exact: true });
    }
    let (negative, mut rest) = match bytes.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, bytes),
    };
    let mut digits = Digits::default();
    rest = digits.take(rest)?;
    let mut scale = shift;
    if let Some(fraction) = rest.strip_prefix(b".") {
        rest = digits.take(fraction)?;
        scale = scale.checked_sub(i32::try_from(fraction.len() - rest.len()).ok()?)?;
    }
    if digits.count == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or(rest.strip_prefix(b"E")) {
        let exponent: i32 = core::str::from_utf8(exponent).ok()?.parse().ok()?;
        scale = scale.checked_add(exponent)?;
        rest = &[];
    }
    if !rest.is_empty() {
        return None;
    }
    let (whole, exact) = scaled(digits.value, scale)?;
    let whole = i128::try_from(whole).ok()?;
    Some(Decimal { whole: if negative { -whole } else { whole }, exact })
}

#[derive(Default)]
struct Digits {
    value: u128,
    count: u32,
}

impl Digits {
    /// Takes the digits in front; gives what follows them.
    fn take<'t>(&mut self, bytes: &'t [u8]) -> Option<&'t [u8]> {
        let mut rest = bytes;
        while let [digit @ b'0'..=b'9', after @ ..] = rest {
            self.value = self.value.checked_mul(10)?.checked_add(u128::from(digit - b'0'))?;
            self.count += 1;
            rest = after;
        }
        Some(rest)
    }
}

/// `value * 10^scale`, cut, and whether nothing was cut.
fn scaled(value: u128, scale: i32) -> Option<(u128, bool)> {
    if value == 0 {
        return Some((0, true));
    }
    if scale >= 0 {
        return Some((value.checked_mul(10u128.checked_pow(scale.unsigned_abs())?)?, true));
    }
    if scale.unsigned_abs() > MAX_DIGITS {
        return Some((0, false));
    }
    let power = 10u128.pow(scale.unsigned_abs());
    Some((value / power, value.is_multiple_of(power)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Option<i128> {
        decimal(text, 0).filter(|read| read.exact).map(|read| read.whole)
    }

    #[test]
    fn every_spelling_of_an_integer_is_exact() {
        assert_eq!(whole("0"), Some(0));
        assert_eq!(whole("-0"), Some(0));
        assert_eq!(whole("18446744073709551615"), Some(u64::MAX.into()));
        assert_eq!(whole("-9223372036854775808"), Some(i64::MIN.into()));
        assert_eq!(whole("1.5e9"), Some(1_500_000_000));
        assert_eq!(whole("1.7953500910000001E18"), Some(1_795_350_091_000_000_100));
        assert_eq!(whole("1500e-2"), Some(15));
        assert_eq!(whole("3.000"), Some(3));
    }

    #[test]
    fn what_is_not_a_whole_number_is_told() {
        for text in
            ["", "-", ".", "e5", "abc", "1e", "1e99999999999", "0x10", "1 ", "--1", "1.2.3", "1e39", &"9".repeat(40)]
        {
            assert_eq!(whole(text), None, "{text}");
        }
        assert_eq!(decimal("1.5", 0), Some(Decimal { whole: 1, exact: false }));
        assert_eq!(decimal("-1.5", 0), Some(Decimal { whole: -1, exact: false }));
        assert_eq!(decimal("1e-400", 0), Some(Decimal { whole: 0, exact: false }));
    }

    #[test]
    fn microseconds_become_nanoseconds_with_their_fraction() {
        assert_eq!(decimal("1795349830234000.125", 3), Some(Decimal { whole: 1_795_349_830_234_000_125, exact: true }));
        assert_eq!(decimal("389", 3), Some(Decimal { whole: 389_000, exact: true }));
    }
}
