//! The lexer against queries that a Tempo answered or documents, and against what it would refuse.

use super::*;
use crate::query::words::{FUNCTIONS, INTRINSICS, KINDS, STATUSES};

/// Valid queries, each with where it is from: recorded from a Tempo that answered it, or Tempo's documentation.
fn corpus() -> Vec<(&'static str, &'static str)> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/traceql/valid.tsv"));
    text.lines().map(|line| line.split_once('\t').unwrap_or_else(|| panic!("no source: {line}"))).collect()
}

fn kinds(query: &str) -> Vec<Kind> {
    lex(query).tokens.into_iter().map(|token| token.kind).collect()
}

fn texts(query: &str) -> Vec<&str> {
    lex(query).tokens.into_iter().map(|token| &query[token.range]).collect()
}

#[test]
fn valid_queries_have_no_slip_and_no_unknown_word() {
    let corpus = corpus();
    assert!(corpus.len() >= 150, "{}", corpus.len());
    for (source, query) in corpus {
        let lexed = lex(query);
        assert_eq!(lexed.slip, None, "{source}: {query}");
        let unknown: Vec<&str> = lexed
            .tokens
            .iter()
            .filter(|token| token.kind == Kind::Unknown)
            .map(|token| &query[token.range.clone()])
            .collect();
        assert_eq!(unknown, [""; 0], "{source}: {query}");
    }
}

#[test]
fn the_corpus_has_every_operator_intrinsic_function_and_constant() {
    let all: Vec<&str> = corpus().into_iter().flat_map(|(_, query)| texts(query)).collect();
    let operators = OPERATORS.into_iter().filter(|sign| !["&", ":", ";"].contains(sign));
    let intrinsics = INTRINSICS.iter().flat_map(|known| [known.name, known.short]).filter(|name| !name.is_empty());
    // Not valid on their own in any Tempo so far: reserved words.
    let intrinsics = intrinsics.filter(|name| !["parent", "childCount"].contains(name));
    let functions = FUNCTIONS.iter().map(|known| known.name);
    for word in operators
        .chain(intrinsics)
        .chain(functions)
        .chain(STATUSES)
        .chain(KINDS)
        .chain(["true", "nil", "minInt", "maxInt"])
    {
        assert!(all.contains(&word), "{word}");
    }
}

#[test]
fn tokens_and_the_white_space_between_are_the_whole_text() {
    for (_, query) in corpus() {
        let mut at = 0;
        for token in lex(query).tokens {
            assert!(query[at..token.range.start].trim().is_empty(), "{query}");
            at = token.range.end;
        }
        assert!(query[at..].trim().is_empty());
    }
}

#[test]
fn names_reach_as_far_as_in_tempo() {
    assert_eq!(texts("{ span.http.status-code>=500 }"), ["{", "span.", "http.status-code", ">=", "500", "}"]);
    assert_eq!(texts(r#"{span."a b".c="x"}"#), ["{", "span.", r#""a b".c"#, "=", r#""x""#, "}"]);
    assert_eq!(texts("{.a=.5}"), ["{", ".", "a", "=", ".5", "}"]);
    assert_eq!(texts("{ parent.span.a = 1 }"), ["{", "parent.", "span.", "a", "=", "1", "}"]);
    assert_eq!(
        kinds("1h30m 1.5s 250ms 5 1e3 -2"),
        [Kind::Duration, Kind::Duration, Kind::Duration, Kind::Number, Kind::Number, Kind::Operator, Kind::Number]
    );
}

#[test]
fn slips_say_where_and_what() {
    let cases = [
        ("{ status = error", "{", "This { is never closed: it needs a }"),
        ("{ } }", "}", "Nothing was opened that this } closes"),
        ("{ (status = error }", "}", "Nothing was opened that this } closes"),
        (r#"{ name = "a }"#, r#""a }"#, "This text has no end: it needs a \""),
        ("{ span. = 1 }", "span.", "An attribute's name is missing here"),
        ("{ .a = 5x }", "5x", "This is neither a number nor a duration such as 250ms"),
        ("{ .a = 10.0.0.1 }", "10.0.0.1", "This is neither a number nor a duration such as 250ms"),
        ("{ .a = 1 } # no", "#", "TraceQL has no “#”"),
        ("{ } /* never", "/* never", "This comment has no end: it needs a */"),
    ];
    for (query, place, words) in cases {
        let slip = lex(query).slip;
        assert_eq!(
            slip.map(|slip| (query[slip.range].to_owned(), slip.words)),
            Some((place.to_owned(), words.to_owned())),
            "{query}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn any_text_has_tokens_that_lie_in_it(query in r#"[ -~ü🙂"`{}()|&.\n]{0,60}"#) {
        let mut at = 0;
        for token in lex(&query).tokens {
            proptest::prop_assert!(at <= token.range.start && token.range.start < token.range.end && token.range.end <= query.len());
            proptest::prop_assert!(query.get(token.range.clone()).is_some());
            at = token.range.end;
        }
    }
}
