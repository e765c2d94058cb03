//! Tests of the JSON reader: tokens, paths, offsets, refills, damage.

use super::*;
use crate::decode::Counted;
use crate::decode::json_testing::Drip;

/// Reads `bytes`, which come at most `step` at a time.
fn with<T>(bytes: &[u8], step: usize, read: impl FnOnce(&mut Reader<'_, '_>) -> T) -> T {
    let mut watch = |_| {};
    let (source, taken) = Counted::new(Drip { bytes, step });
    let mut input = Input::new(Box::new(source), taken, &mut watch);
    read(&mut Reader::new(&mut input, Format::OtlpJson))
}

fn text_of(json: &[u8]) -> String {
    let whole = with(json, usize::MAX, |reader| reader.string().map(str::to_owned).map_err(|_| reader.take_error()));
    let dripped = with(json, 1, |reader| reader.string().map(str::to_owned).map_err(|_| reader.take_error()));
    assert_eq!(whole, dripped, "the same from a source of single bytes");
    whole.expect("a string")
}

fn error_of(json: &str, read: impl Fn(&mut Reader<'_, '_>) -> Step<()>) -> DecodeError {
    with(json.as_bytes(), 1, |reader| match read(reader).and_then(|()| reader.end()) {
        Ok(()) => panic!("{json} was read without an error"),
        Err(Stop) => reader.take_error(),
    })
}

fn faults(reader: &mut Reader<'_, '_>) -> Vec<String> {
    reader.faults.drain(..).map(|fault| fault.message).collect()
}

#[test]
fn escapes_become_their_characters() {
    assert_eq!(text_of(br#""plain""#), "plain");
    assert_eq!(text_of(br#"   """#), "");
    assert_eq!(text_of(br#""a\"b\\c\/d\b\f\n\r\t""#), "a\"b\\c/d\u{8}\u{c}\n\r\t");
    assert_eq!(text_of(br#""\u003cimg\u003E \u00e9\u0000""#), "<img> é\0");
    assert_eq!(text_of("\"Zażółć 日本語 🚚\"".as_bytes()), "Zażółć 日本語 🚚");
    assert_eq!(text_of(br#""\n""#), "\n");
}

#[test]
fn surrogates_join_and_lone_ones_become_u_fffd() {
    assert_eq!(text_of(br#""\ud83d\ude9a!""#), "🚚!");
    assert_eq!(text_of(br#""\ud83d""#), "\u{fffd}");
    assert_eq!(text_of(br#""\ude9a.""#), "\u{fffd}.");
    assert_eq!(text_of(br#""\ud83d\ud83d\ude9a""#), "\u{fffd}🚚");
    assert_eq!(text_of(br#""\ud83dA234567890""#), "\u{fffd}A234567890");
    assert_eq!(text_of(br#""\ud83d\n""#), "\u{fffd}\n");
}

#[test]
fn text_that_is_not_utf_8_is_mended_and_reported_with_its_field() {
    with(b"{\"name\": \"a\xffb\", \"\xc3\": \"\\n\xf0\x9f\"}", 2, |reader| {
        assert!(reader.begin_object().expect("an object"));
        assert_eq!(reader.next_key().expect("a key"), Some("name"));
        assert_eq!(reader.string().expect("text"), "a\u{fffd}b");
        assert_eq!(reader.next_key().expect("a key"), Some("\u{fffd}"));
        assert_eq!(reader.string().expect("text"), "\n\u{fffd}");
        assert_eq!(reader.next_key().expect("the end"), None);
        assert!(reader.end().is_ok());
        let kinds: Vec<WarningKind> = reader.faults.iter().map(|fault| fault.kind).collect();
        assert_eq!(kinds, [WarningKind::InvalidUtf8; 3]);
        assert!(faults(reader)[0].starts_with("name: not UTF-8"));
    });
}

#[test]
fn control_characters_in_text_are_kept_but_a_newline_ends_the_line() {
    assert_eq!(text_of(b"\"a\tb\x01c\""), "a\tb\u{1}c");
    let error = error_of("\"ab\ncd\"", |reader| reader.string().map(|_| ()));
    assert_eq!((error.offset, error.truncated), (3, false));
    assert_eq!(error.problem, "the line ends inside a string");
    let escaped = error_of("\"a\\tb\ncd\"", |reader| reader.string().map(|_| ()));
    assert_eq!(escaped.offset, 5);
}

#[test]
fn unknown_escapes_are_errors_that_show_them() {
    let error = error_of(r#""ab\x41 and so on""#, |reader| reader.string().map(|_| ()));
    assert_eq!((error.offset, error.problem.as_str()), (3, r"expected an escape, found `\x41 a`"));
    let error = error_of(r#""\u12G4""#, |reader| reader.string().map(|_| ()));
    assert_eq!(error.problem, r"expected an escape, found `\u12G4`");
}

#[test]
fn a_string_of_megabytes_survives_refills() {
    let text = "0123456789abcdé".repeat(200_000);
    let json = format!("[\"{text}\", \"\\u0041{text}\", \"end\"]");
    for step in [1000, 65_537, usize::MAX] {
        with(json.as_bytes(), step, |reader| {
            assert!(reader.begin_array().expect("an array"));
            assert!(reader.next_element().expect("an element"));
            assert!(reader.string().expect("text") == text);
            assert!(reader.next_element().expect("an element"));
            assert!(reader.string().expect("text").strip_prefix('A') == Some(&text));
            assert!(reader.next_element().expect("an element"));
            assert_eq!(reader.string().expect("text"), "end");
            assert!(!reader.next_element().expect("the end"));
            assert!(reader.end().is_ok());
        });
    }
}

#[test]
fn numbers_read_from_any_spelling_and_others_are_faults() {
    let json = br#"[18446744073709551615, "18446744073709551615", 1.5e9, "0", null, -1, "x", true, {"a": [1]}, 1.5]"#;
    with(json, 1, |reader| {
        assert!(reader.begin_array().expect("an array"));
        let mut numbers = Vec::new();
        while reader.next_element().expect("an element") {
            numbers.push(reader.unsigned().expect("a value"));
        }
        assert_eq!(numbers, [u64::MAX, u64::MAX, 1_500_000_000, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(
            faults(reader),
            [
                "[5]: expected a number from 0 to 18446744073709551615, found `-1`",
                "[6]: expected a whole number, found `x`",
                "[7]: expected a whole number, found `true`",
                "[8]: expected a plain value, found an object",
                "[9]: expected a whole number, found `1.5`",
            ]
        );
    });
}

#[test]
fn doubles_know_infinities_and_nan() {
    let json = br#"["NaN", NaN, "Infinity", "-Infinity", -Infinity, 1e308, -0, "0.1"]"#;
    with(json, 1, |reader| {
        assert!(reader.begin_array().expect("an array"));
        let mut numbers = Vec::new();
        while reader.next_element().expect("an element") {
            let read = reader.scalar().expect("a value").double();
            numbers.push(format!("{:?}", read.expect("a number")));
        }
        assert_eq!(numbers, ["NaN", "NaN", "inf", "-inf", "-inf", "1e308", "-0.0", "0.1"]);
    });
}

#[test]
fn values_are_skipped_whatever_they_hold() {
    let json = br#"{"skip": {"a": [1, "]}\"", {"b": null}, true, -1.5e3], "c": "\\"}, "after": 7}"#;
    for step in [1, 3, usize::MAX] {
        with(json, step, |reader| {
            assert!(reader.begin_object().expect("an object"));
            assert_eq!(reader.next_key().expect("a key"), Some("skip"));
            reader.skip_value().expect("skipped");
            assert_eq!(reader.next_key().expect("a key"), Some("after"));
            assert_eq!(reader.unsigned().expect("a number"), 7);
            assert_eq!(reader.next_key().expect("the end"), None);
        });
    }
}

#[test]
fn nesting_of_a_hundred_thousand_is_skipped_without_recursion() {
    let depth = 100_000;
    let json = format!("{}{}", "[{\"a\":".repeat(depth), "1}]".to_owned() + &"}]".repeat(depth - 1));
    with(json.as_bytes(), usize::MAX, |reader| {
        reader.skip_value().expect("skipped");
        assert!(reader.end().is_ok());
    });
    let error = error_of(&"[".repeat(depth), |reader| reader.skip_value());
    assert!(error.truncated);
}

#[test]
fn brackets_without_end_are_refused_before_memory_is() {
    let json = "[".repeat(1_000_001);
    with(json.as_bytes(), usize::MAX, |reader| {
        assert!(reader.skip_value().is_err());
        assert_eq!(reader.take_error().problem, "values nest more than a million deep");
    });
}

/// Reads `{"a": [{"b": number}, …]}`.
fn read_nested(reader: &mut Reader<'_, '_>) -> Step<()> {
    if !reader.begin_object()? {
        return Ok(());
    }
    while reader.next_key()?.is_some() {
        if reader.begin_array()? {
            while reader.next_element()? {
                if reader.begin_object()? {
                    while reader.next_key()?.is_some() {
                        reader.unsigned()?;
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn an_error_names_offset_path_and_what_stands_there() {
    let error = error_of(r#"{"a": [{"b": 1}, {"b": 2, "c": x}]}"#, read_nested);
    assert_eq!((error.offset, error.field.as_str(), error.truncated), (31, "a[1].c", false));
    assert_eq!(error.problem, "expected a value, found `x`");
    assert_eq!(error.before, br#"{"a": [{"b": 1}, {"b": 2, "c": "#);
    assert_eq!(error.at, b"x}]}");
    let error = error_of(r#"{"a": [{"b": 1} {"b": 2}]}"#, read_nested);
    assert_eq!((error.offset, error.field.as_str()), (16, "a[0]"));
    assert_eq!(error.problem, "expected a comma or `]`, found an object");
    let error = error_of(r#"{"a" 1}"#, read_nested);
    assert_eq!(error.problem, "expected a colon after the field's name, found the number `1`");
    let error = error_of(r#"{a: 1}"#, read_nested);
    assert_eq!(error.problem, "JSON keys need double quotes: `a` at byte 1");
    let error = error_of(r#"{'a': 1}"#, read_nested);
    assert_eq!(error.problem, "JSON keys need double quotes: `'a'` at byte 1");
    let error = error_of(r#"{7}"#, read_nested);
    assert_eq!(error.problem, "expected a field's name in quotes, found the number `7`");
    let error = error_of(r#"{"a": []} tail"#, read_nested);
    assert_eq!((error.offset, error.problem.as_str()), (10, "expected the end of the file, found `tail`"));
}

#[test]
fn an_end_that_comes_too_early_is_told_wherever_it_comes() {
    let json = r#"{"a": [{"b": "12\u0033"}, {"b": tr"#;
    for cut in 0..=json.len() {
        let error = error_of(&json[..cut], |reader| match reader.next_document()? {
            Some(_) => read_nested(reader),
            None => Err(reader.empty()),
        });
        assert!(error.truncated, "cut at {cut}: {error:?}");
        assert_eq!(error.offset, cut as u64);
    }
    assert_eq!(error_of(&json[..16], read_nested).problem, "the file ends inside a string");
    assert_eq!(error_of(&json[..16], read_nested).field, "a[0].b");
    assert_eq!(error_of(&json[..25], read_nested).problem, "the file ends inside an array");
}

#[test]
fn a_value_of_another_shape_is_skipped_and_told() {
    with(br#"{"a": {"x": [1]}, "b": null, "c": "text"}"#, 1, |reader| {
        assert!(reader.begin_object().expect("an object"));
        while reader.next_key().expect("a key").is_some() {
            assert!(!reader.begin_array().expect("a value"));
        }
        assert_eq!(
            faults(reader),
            ["a: expected an array, found an object", "c: expected an array, found the string `text`"]
        );
    });
}

#[test]
fn a_byte_order_mark_is_stepped_over() {
    with(b"\xef\xbb\xbf {}", 1, |reader| {
        assert_eq!(reader.next_document().expect("a document"), Some(b'{'));
    });
}

#[test]
fn a_source_that_fails_is_told_as_such() {
    struct Failing(u8);
    impl std::io::Read for Failing {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            if self.0 > 0 {
                return Err(std::io::Error::other("checksum mismatch"));
            }
            self.0 += 1;
            into[..2].copy_from_slice(b"{}");
            Ok(2)
        }
    }
    let mut watch = |_| {};
    let (source, taken) = Counted::new(Failing(0));
    let mut input = Input::new(Box::new(source), taken, &mut watch);
    let mut reader = Reader::new(&mut input, Format::OtlpJson);
    reader.skip_value().expect("a whole value");
    assert!(reader.end().is_err());
    let error = reader.take_error();
    assert_eq!((error.problem.as_str(), error.truncated), ("the input broke off: checksum mismatch", true));
}
