//! The shape of a database statement: what is left of it when everything that varies between two runs is taken out. Two statements of
//! one shape are the same query with other values. Not a parser of SQL: it knows blanks, comments, literals, placeholders and
//! lists, which all dialects share.
//!
//! ```text
//! SELECT a FROM t  WHERE id IN (1, 2, $3) -- x     SELECT a FROM t WHERE id IN (?)
//! INSERT INTO t(a) VALUES ('x', 1), ('y', 2)       INSERT INTO t(a) VALUES (?)
//! ```

use rustc_hash::FxHashMap;

use crate::base::{Strings, Sym};

/// By how many characters statements that were cut are compared.
const COMPARED_OF_CUT: usize = 200;
/// How much of a statement is looked at.
const MAX_READ: usize = 16_384;

/// The shapes of a trace's statements, each read once.
#[derive(Default)]
pub struct Shapes {
    known: FxHashMap<Sym, Sym>,
}

impl Shapes {
    /// The shape, interned into `strings`.
    pub fn of(&mut self, statement: Sym, text: &str, cut: bool, strings: &mut Strings) -> Sym {
        *self.known.entry(statement).or_insert_with(|| {
            let mut shape = shape(text);
            if cut && let Some((end, _)) = shape.char_indices().nth(COMPARED_OF_CUT) {
                shape.truncate(end);
            }
            strings.intern(&shape)
        })
    }
}

/// Whether an SDK cut the statement: it says so, or it has the length at which others were cut.
pub fn is_cut(statement: &str, cut_len: Option<usize>) -> bool {
    let end = statement.trim_end();
    end.ends_with("...") || end.ends_with('…') || cut_len.is_some_and(|len| statement.chars().count() == len)
}

/// The shape of a statement.
pub fn shape(statement: &str) -> String {
    let mut out = Shape { text: String::with_capacity(statement.len().min(MAX_READ)) };
    let mut rest = statement;
    while let Some(first) = rest.chars().next() {
        if statement.len() - rest.len() > MAX_READ {
            break;
        }
        let len = if let Some(comment) = rest.strip_prefix("--") {
            out.blank();
            2 + comment.find('\n').unwrap_or(comment.len())
        } else if let Some(comment) = rest.strip_prefix("/*") {
            out.blank();
            2 + comment.find("*/").map_or(comment.len(), |at| at + 2)
        } else if rest.starts_with("::") {
            out.word("::");
            2
        } else if first == '\'' {
            out.value();
            literal_len(rest)
        } else if matches!(first, '"' | '`') {
            // A quoted identifier, or a text of MySQL: kept, since a table's name must not vanish.
            let len = rest.get(1..).and_then(|after| after.find(first)).map_or(rest.len(), |at| at + 2);
            out.word(rest.get(..len).unwrap_or_default());
            len
        } else if first.is_whitespace() {
            out.blank();
            first.len_utf8()
        } else if is_placeholder(rest) || first.is_ascii_digit() {
            out.value();
            first.len_utf8() + word_len(&rest[first.len_utf8()..])
        } else if is_word(first) {
            let len = word_len(rest);
            out.word(rest.get(..len).unwrap_or_default());
            len
        } else {
            out.sign(first);
            first.len_utf8()
        };
        rest = rest.get(len..).unwrap_or_default();
    }
    out.finish()
}

/// `$1`, `?`, `:id`, `@p`, `%s`; a `::cast` is none.
pub fn is_placeholder(rest: &str) -> bool {
    let mut chars = rest.chars();
    let (first, second) = (chars.next(), chars.next());
    match first {
        Some('?') => true,
        Some('$') => second.is_some_and(|c| c.is_ascii_digit()),
        Some(':' | '@') => second.is_some_and(|c| c.is_alphanumeric()),
        Some('%') => second == Some('s'),
        _ => false,
    }
}

/// Length of a literal in single quotes; two quotes in it are one, and one that is not closed goes to the end.
pub fn literal_len(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if *byte == b'\\' {
            at += 1;
        } else if *byte == b'\'' {
            if bytes.get(at) != Some(&b'\'') {
                return at;
            }
            at += 1;
        }
    }
    rest.len()
}

pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '#')
}

pub fn word_len(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

struct Shape {
    text: String,
}

impl Shape {
    fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with([' ', '(']) {
            self.text.push(' ');
        }
    }

    fn word(&mut self, word: &str) {
        self.text.push_str(word);
    }

    /// A value: the second of a list is dropped with its comma.
    fn value(&mut self) {
        let before = self.text.trim_end().len();
        if self.text[..before].ends_with("(?,") {
            self.text.truncate(before - 1);
        } else if self.text[..before].ends_with(['+', '-'])
            && self.text[..before - 1].trim_end().ends_with(['(', ',', '='])
        {
            // A sign belongs to its number.
            self.text.truncate(before - 1);
            self.value();
        } else {
            self.text.push('?');
        }
    }

    fn sign(&mut self, sign: char) {
        let before = self.text.trim_end().len();
        match sign {
            ')' | ',' => self.text.truncate(before),
            _ => {}
        }
        self.text.push(sign);
        // `(?), (?)` is `(?)`.
        if sign == ')'
            && let Some(rest) = self.text.strip_suffix("(?)")
            && let Some(rest) = rest.trim_end().strip_suffix(',')
            && rest.ends_with("(?)")
        {
            let len = rest.len();
            self.text.truncate(len);
        }
    }

    fn finish(mut self) -> String {
        let end = self.text.trim_end_matches([' ', ';']).len();
        self.text.truncate(end);
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_taken_out() {
        for (statement, expected) in [
            ("SELECT a FROM t WHERE id = $1", "SELECT a FROM t WHERE id = ?"),
            ("SELECT a\n\tFROM t  WHERE id = 17;", "SELECT a FROM t WHERE id = ?"),
            ("SELECT a FROM t WHERE n = 'it''s' AND b = 'x\\'y'", "SELECT a FROM t WHERE n = ? AND b = ?"),
            ("SELECT a FROM t WHERE id IN (1, 2,3 , $4)", "SELECT a FROM t WHERE id IN (?)"),
            ("INSERT INTO t(a,b) VALUES ('x', 1), ('y', 2)", "INSERT INTO t(a,b) VALUES (?)"),
            ("INSERT INTO t(a,b) VALUES($1,$2)", "INSERT INTO t(a,b) VALUES(?)"),
            (
                "SELECT a::text, b1 FROM t2 WHERE c = :id AND d = @p1",
                "SELECT a::text, b1 FROM t2 WHERE c = ? AND d = ?",
            ),
            ("/* app */ SELECT 1.5e3, -2 -- why", "SELECT ?, ?"),
            ("SELECT \"Order 1\" FROM `t 2` WHERE x = %s", "SELECT \"Order 1\" FROM `t 2` WHERE x = ?"),
        ] {
            assert_eq!(shape(statement), expected, "{statement}");
        }
    }

    #[test]
    fn a_statement_that_breaks_off_has_a_shape() {
        for (statement, expected) in
            [("SELECT 'ab", "SELECT ?"), ("SELECT /* x", "SELECT"), ("IN (1, 2", "IN (?"), ("\"a", "\"a"), ("", "")]
        {
            assert_eq!(shape(statement), expected, "{statement}");
        }
    }

    #[test]
    fn a_cut_statement_says_so_or_is_as_long_as_others() {
        assert!(is_cut("SELECT a...", None) && is_cut("SELECT a… ", None) && is_cut("abcd", Some(4)));
        assert!(!is_cut("SELECT a", None) && !is_cut("abc", Some(4)));
    }

    #[test]
    fn a_megabyte_is_read_in_part() {
        assert!(shape(&"a".repeat(1_000_000)).len() <= 1_000_000);
        assert!(shape(&"x = 1 AND ".repeat(100_000)).len() < 2 * MAX_READ);
    }
}
