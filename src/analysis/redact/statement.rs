//! Literals of a database statement: where its texts and numbers stand. Not a parser: it knows quotes, comments, placeholders and words, which
//! all dialects share; in doubt it takes a text for a literal, since what is left of a statement is to be seen by strangers.

use core::ops::Range;

use crate::analysis::statement_shape::{is_placeholder, literal_len};

/// A literal. `text` is what is between the quotes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Literal {
    pub place: Range<usize>,
    pub text: Range<usize>,
}

/// Every literal of a statement, in order.
pub fn literals(statement: &str) -> Vec<Literal> {
    match statement.trim_start().starts_with(['{', '[']) {
        true => in_json(statement),
        false if is_command(statement) => arguments(statement),
        false => in_sql(statement),
    }
}

/// `SET session:1 abc`, as key-value stores have it: no blank is followed by a keyword of SQL, and nothing is bracketed or compared.
fn is_command(statement: &str) -> bool {
    const COMMANDS: [&str; 36] = [
        "GET", "SET", "SETEX", "SETNX", "GETEX", "GETSET", "GETDEL", "MGET", "MSET", "DEL", "EXISTS", "EXPIRE", "TTL",
        "INCR", "INCRBY", "DECR", "HGET", "HSET", "HGETALL", "HMGET", "HMSET", "HDEL", "LPUSH", "RPUSH", "LPOP",
        "RPOP", "LRANGE", "SADD", "SREM", "SMEMBERS", "ZADD", "ZRANGE", "PUBLISH", "AUTH", "EVAL", "EVALSHA",
    ];
    let mut words = statement.split_ascii_whitespace();
    let first = words.next().unwrap_or_default();
    // `SET name = …` and `SET LOCAL …` are SQL's.
    let is_sql = words.next().is_none_or(|next| {
        ["local", "session", "transaction", "global"].iter().any(|word| next.eq_ignore_ascii_case(word))
    }) || words.next().is_some_and(|sign| sign == "=" || sign.eq_ignore_ascii_case("to"));
    COMMANDS.iter().any(|command| first.eq_ignore_ascii_case(command)) && !is_sql
}

fn arguments(statement: &str) -> Vec<Literal> {
    let start = |word: &str| word.as_ptr().addr() - statement.as_ptr().addr();
    let words = statement.split_ascii_whitespace().skip(1).filter(|word| !is_placeholder(word));
    words
        .map(|word| Literal {
            place: start(word)..start(word) + word.len(),
            text: start(word)..start(word) + word.len(),
        })
        .collect()
}

/// Every text that is no name of a member, and every number.
fn in_json(statement: &str) -> Vec<Literal> {
    let bytes = statement.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let len = match byte {
            b'"' => {
                let end = quoted_end(bytes, at, b'"');
                let is_name = bytes
                    .get(end..)
                    .is_some_and(|rest| rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':'));
                if !is_name {
                    found.push(Literal { place: at..end, text: inside(at, end, bytes, b'"') });
                }
                end - at
            }
            b'0'..=b'9' | b'-' => {
                let len = bytes.get(at..).map_or(1, |rest| {
                    rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count()
                });
                found.push(Literal { place: at..at + len, text: at..at + len });
                len
            }
            _ => 1,
        };
        at += len.max(1);
    }
    found
}

fn in_sql(statement: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut at = 0;
    // The last sign or word before this place: after `=` a text in double quotes is a literal, after `FROM` a name.
    let mut before = ' ';
    while let Some(rest) = statement.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        let len = step(statement, at, rest, first, before, &mut found);
        if !first.is_whitespace() {
            before = first;
        }
        at += len.max(first.len_utf8());
    }
    found
}

/// Reads what begins here; gives its length.
fn step(statement: &str, at: usize, rest: &str, first: char, before: char, found: &mut Vec<Literal>) -> usize {
    let bytes = statement.as_bytes();
    let mut literal = |len: usize, text: Range<usize>| {
        found.push(Literal { place: at..at + len, text });
        len
    };
    match first {
        '\'' => {
            let len = literal_len(rest);
            literal(len, inside(at, at + len, bytes, b'\''))
        }
        '"' | '`' => {
            let end = quoted_end(bytes, at, first as u8);
            let text = inside(at, end, bytes, first as u8);
            let name = statement.get(text.clone()).unwrap_or_default();
            let is_name = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | ' '))
                && !name.starts_with(|c: char| c.is_ascii_digit());
            let is_followed = bytes.get(end) == Some(&b'.');
            if first == '"' && !is_followed && before != '.' && (!is_name || matches!(before, '=' | '<' | '>')) {
                return literal(end - at, text);
            }
            end - at
        }
        '$' if dollar_quoted_len(rest).is_some() => {
            let len = dollar_quoted_len(rest).unwrap_or(1);
            literal(len, at..at + len)
        }
        '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
        '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
        ':' if rest.starts_with("::") => 2,
        _ if is_placeholder(rest) => first.len_utf8() + word_len(rest.get(first.len_utf8()..).unwrap_or_default()),
        _ if first.is_ascii_digit() => {
            let len = word_len(rest);
            literal(len, at..at + len)
        }
        _ if is_word(first) => word_len(rest),
        _ => first.len_utf8(),
    }
}

/// `$$text$$` and `$tag$text$tag$` of PostgreSQL.
fn dollar_quoted_len(rest: &str) -> Option<usize> {
    let tag = rest.get(1..)?.find('$').filter(|end| *end <= 32)? + 2;
    let name = rest.get(1..tag - 1)?;
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_') || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mark = rest.get(..tag)?;
    Some(rest.get(tag..)?.find(mark).map_or(rest.len(), |end| tag + end + tag))
}

/// Where a text in quotes ends, behind the closing one; a backslash or a second quote keeps it open.
fn quoted_end(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from + 1;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'\\' => at += 1,
            _ if *byte == quote && bytes.get(at) == Some(&quote) => at += 1,
            _ if *byte == quote => return at,
            _ => {}
        }
    }
    // A backslash at the very end keeps nothing open.
    at.min(bytes.len())
}

fn inside(from: usize, end: usize, bytes: &[u8], quote: u8) -> Range<usize> {
    let closed = end > from + 1 && bytes.get(end - 1) == Some(&quote);
    from + 1..(end - usize::from(closed)).max(from + 1)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '#')
}

fn word_len(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(statement: &str) -> Vec<&str> {
        literals(statement).into_iter().map(|literal| &statement[literal.text]).collect()
    }

    #[test]
    fn texts_and_numbers_of_every_dialect_are_found() {
        for (statement, expected) in [
            ("SELECT a FROM t WHERE id = 17 AND n = 'it''s'", vec!["17", "it''s"]),
            ("SELECT a1 FROM t2 WHERE x = $1 AND y = ? AND z = :name", vec![]),
            ("INSERT INTO t VALUES ('x', -1.5e3, E'a\\'b', N'é')", vec!["x", "1.5e3", "a\\'b", "é"]),
            ("SELECT \"Order 1\".\"n\" FROM \"public\".\"t\" WHERE \"n\" = \"Anna\"", vec!["Anna"]),
            ("SELECT * FROM t WHERE mail = \"a@b.de\" OR x IN (\"a-b\", 3)", vec!["a@b.de", "a-b", "3"]),
            ("SELECT $$it's$$, $f$ $$ $f$", vec!["$$it's$$", "$f$ $$ $f$"]),
            ("SELECT /* 'no' */ 1 -- 'no'\n, 2", vec!["1", "2"]),
            ("SELECT now()::text, 'x'::uuid", vec!["x"]),
            ("SELECT 'open", vec!["open"]),
            ("GET session:4711", vec!["session:4711"]),
            ("set user:1 anna EX 60", vec!["user:1", "anna", "EX", "60"]),
            ("SET search_path TO 'x'", vec!["x"]),
            ("SET @a = 5", vec!["5"]),
            ("{\"find\": \"orders\", \"filter\": {\"mail\": \"a\\\"b\", \"n\": -3}}", vec!["orders", "a\\\"b", "-3"]),
            ("", vec![]),
        ] {
            assert_eq!(found(statement), expected, "{statement}");
        }
    }

    #[test]
    fn every_cut_of_a_statement_is_read_within_its_bounds() {
        let statement = "SELECT 'é\\' || \"a b\" || $q$ü$q$ || {\"a\": \"b\\\"\"} /* ü */ -- é\n'x";
        for end in (0..=statement.len()).filter(|end| statement.is_char_boundary(*end)) {
            for from in (0..end).filter(|from| statement.is_char_boundary(*from)) {
                let cut = &statement[from..end];
                for literal in literals(cut) {
                    assert!(
                        cut.get(literal.place.clone()).is_some() && cut.get(literal.text.clone()).is_some(),
                        "{cut}: {literal:?}"
                    );
                }
            }
        }
    }
}
