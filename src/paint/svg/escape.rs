//! Text and numbers as XML 1.0 takes them, inside elements and inside attributes alike.

/// Writes a text that may come from anywhere. Characters that no XML document may hold, however written, become U+FFFD; line breaks are
/// written as references, since readers turn bare ones into something else.
pub fn text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c if is_forbidden(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

/// Writes a text that is shown: of blanks side by side all but the first are such as programs do not join.
pub fn words(out: &mut String, words: &str) {
    match words.contains("  ") {
        true => text(out, &words.replace("  ", " \u{a0}")),
        false => text(out, words),
    }
}

/// Outside of `Char` in XML 1.0, section 2.2; lone surrogates are no `char` to begin with.
fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Writes a number of px with two digits behind the point at most; 0 for what is no number.
pub fn px(out: &mut String, px: f64) {
    let hundredths = if px.is_finite() { (px * 100.0).round() as i64 } else { 0 };
    if hundredths < 0 {
        out.push('-');
    }
    let hundredths = hundredths.unsigned_abs();
    out.push_str(&(hundredths / 100).to_string());
    let (tenth, hundredth) = (hundredths / 10 % 10, hundredths % 10);
    if tenth + hundredth > 0 {
        out.push('.');
        out.push(char::from(b'0' + tenth as u8));
        if hundredth > 0 {
            out.push(char::from(b'0' + hundredth as u8));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(from: &str) -> String {
        let mut out = String::new();
        text(&mut out, from);
        out
    }

    #[test]
    fn markup_in_a_name_stays_text() {
        assert_eq!(escaped("</script>"), "&lt;/script&gt;");
        assert_eq!(escaped("\"><img onerror='x'>"), "&quot;&gt;&lt;img onerror=&#39;x&#39;&gt;");
        assert_eq!(escaped("a & b &amp; c ]]>"), "a &amp; b &amp;amp; c ]]&gt;");
    }

    #[test]
    fn what_xml_forbids_is_replaced_and_all_else_kept() {
        assert_eq!(escaped("a\0b\u{1b}[31m\u{b}\u{fffe}\u{ffff}"), "a\u{fffd}b\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(escaped("a\tb\nc\rd"), "a&#9;b&#10;c&#13;d");
        let kept = "größe שלום \u{202e}abc 🦀 \u{7f} \u{e000} \u{fffd}";
        assert_eq!(escaped(kept), kept);
    }

    #[test]
    fn blanks_side_by_side_stay_apart() {
        let mut out = String::new();
        words(&mut out, "3.12 s  100 % <");
        assert_eq!(out, "3.12 s \u{a0}100 % &lt;");
    }

    #[test]
    fn numbers_are_short_and_always_numbers() {
        let written = |from: f64| {
            let mut out = String::new();
            px(&mut out, from);
            out
        };
        let short = [0.0, 1.0, 1.5, 1.234, 1.05, -0.5, -12.346, 1e6, 0.004].map(written);
        assert_eq!(short, ["0", "1", "1.5", "1.23", "1.05", "-0.5", "-12.35", "1000000", "0"]);
        assert_eq!([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(written), ["0", "0", "0"]);
    }
}
