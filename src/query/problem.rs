//! Where in a query the mistake is that a Tempo speaks of.
//!
//! ```text
//!  invalid TraceQL query: parse error at line 1, col 14: syntax error: unexpected $end
//! ```
//! Lines and columns count from 1, columns in characters (Go's `text/scanner`). Mistakes of meaning (`binary operations must operate on the
//! same type: status = …`) come without a place.

use core::ops::Range;

use super::token::lex;

/// What a Tempo said of a query, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// In bytes of the query; the token that begins there, or nothing at the query's end.
    pub range: Option<Range<usize>>,
    /// Without the words about the place.
    pub words: String,
}

/// Reads an error text. Whatever it is, its words stay.
pub fn said(error: &str, query: &str) -> Said {
    let words = error.trim();
    let words = words.strip_prefix("invalid TraceQL query: ").unwrap_or(words);
    let Some((line, column, rest)) = words.strip_prefix("parse error at line ").and_then(line_and_column) else {
        return Said { range: None, words: words.strip_prefix("parse error : ").unwrap_or(words).to_owned() };
    };
    Said { range: range_at(query, line, column), words: plain(rest) }
}

/// `syntax error: unexpected $end` in words.
fn plain(words: &str) -> String {
    let words = words.strip_prefix("syntax error: ").unwrap_or(words);
    words.replace("$end", "end of the query").replace("IDENTIFIER", "word")
}

fn line_and_column(text: &str) -> Option<(usize, usize, &str)> {
    let (line, rest) = text.split_once(", col ")?;
    let (column, words) = rest.split_once(": ")?;
    Some((line.parse().ok()?, column.parse().ok()?, words))
}

fn range_at(query: &str, line: usize, column: usize) -> Option<Range<usize>> {
    let line_start = match line.checked_sub(1)? {
        0 => 0,
        n => query.match_indices('\n').nth(n - 1)?.0 + 1,
    };
    let of_line = query.get(line_start..)?.split('\n').next()?;
    let chars = column.checked_sub(1)?;
    let at = line_start + of_line.char_indices().nth(chars).map_or(of_line.len(), |(at, _)| at);
    let token = lex(query).tokens.into_iter().find(|token| token.range.contains(&at));
    Some(token.map_or(at..at, |token| token.range))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo/errors/");

    fn recorded(file: &str) -> String {
        std::fs::read_to_string(format!("{FOLDER}{file}")).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    #[test]
    fn places_that_tempo_names_are_found_in_the_query() {
        let cases = [
            ("search-parse.txt", "{ span.foo = ", Some(""), "unexpected end of the query"),
            ("search-unknown-ident.txt", "{ foo = 1 }", Some("foo"), "unknown identifier: foo"),
            ("metrics-parse.txt", "{} | rat()", Some("rat"), "unexpected word"),
            (
                "search-parse-2.txt",
                r#"{ status = "error" }"#,
                None,
                "binary operations must operate on the same type: status = `error`",
            ),
            ("metrics-no-q.txt", "", None, "syntax error: unexpected $end"),
        ];
        for (file, query, place, words) in cases {
            let said = said(&recorded(file), query);
            assert_eq!((said.range.map(|range| &query[range]), said.words.as_str()), (place, words), "{file}");
        }
    }

    #[test]
    fn columns_are_characters_of_their_line() {
        let query = "{ name = \"ü\" }\n  | rat()";
        let said = said("parse error at line 2, col 5: syntax error: unexpected IDENTIFIER", query);
        assert_eq!(said.range.map(|range| &query[range]), Some("rat"));
    }

    #[test]
    fn places_that_are_not_there_are_none() {
        for error in [
            "parse error at line 9, col 1: x",
            "parse error at line 0, col 0: x",
            "parse error at line a, col b: x",
            "",
        ] {
            assert_eq!(said(error, "{ }").range, None, "{error}");
        }
        assert_eq!(said("parse error at line 1, col 900: x", "{ }").range, Some(3..3));
    }
}
