//! Literals of a database statement: where its texts and numbers stand. Not a parser: it knows quotes, comments, placeholders and words, which
//! all dialects share; in doubt it takes a text for a literal, since what is left of a statement is to be seen by strangers.

use core::ops::Range;

use crate::analysis::statement_shape::{is_placeholder, is_word, literal_len, word_len};

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

/// `SET session:1 abc`, as key-value stores have it.
fn is_command(statement: &str) -> bool {
    const COMMANDS: [&str; 67] = [
        "GET",
        "SET",
        "SETEX",
        "PSETEX",
        "SETNX",
        "GETEX",
        "GETSET",
        "GETDEL",
        "MGET",
        "MSET",
        "APPEND",
        "DEL",
        "UNLINK",
        "EXISTS",
        "EXPIRE",
        "TTL",
        "INCR",
        "INCRBY",
        "DECR",
        "DECRBY",
        "HGET",
        "HSET",
        "HSETNX",
        "HGETALL",
        "HMGET",
        "HMSET",
        "HDEL",
        "HEXISTS",
        "LPUSH",
        "RPUSH",
        "LPOP",
        "RPOP",
        "BLPOP",
        "BRPOP",
        "LRANGE",
        "LREM",
        "SADD",
        "SREM",
        "SMEMBERS",
        "SISMEMBER",
        "ZADD",
        "ZREM",
        "ZRANGE",
        "ZSCORE",
        "XADD",
        "XREAD",
        "XACK",
        "PUBLISH",
        "SUBSCRIBE",
        "AUTH",
        "HELLO",
        "CONFIG",
        "CLIENT",
        "SCAN",
        "KEYS",
        "EVAL",
        "EVALSHA",
        "MULTI",
        "EXEC",
        "WATCH",
        "PFADD",
        "ZINCRBY",
        "HINCRBY",
        "LINSERT",
        "SETRANGE",
        "GEOADD",
        "JSON.SET",
    ];
    let mut words = statement.split_ascii_whitespace();
    let first = words.next().unwrap_or_default();
    let is_command = COMMANDS.iter().any(|command| first.eq_ignore_ascii_case(command));
    let next: Vec<&str> = words.take(4).collect();
    let is = |nth: usize, known: &str| next.get(nth).is_some_and(|word| word.eq_ignore_ascii_case(known));
    let equals = |nth: usize| next.get(nth).is_some_and(|word| word.starts_with('='));
    // `SET name = …`, `SET LOCAL name TO …`, `SET TRANSACTION …` and `EXEC name @a = …` are SQL's.
    let is_sql = match first.to_ascii_uppercase().as_str() {
        "SET" => {
            next.first().is_some_and(|word| word.contains('='))
                || (1..=2).any(|nth| equals(nth) || is(nth, "to"))
                || (0..=2).any(|nth| is(nth, "transaction") || is(nth, "characteristics"))
        }
        "EXEC" => next.iter().any(|word| word.contains('=')),
        _ => false,
    };
    is_command && !is_sql
}

fn arguments(statement: &str) -> Vec<Literal> {
    let start = |word: &str| word.as_ptr().addr() - statement.as_ptr().addr();
    let words = statement.split_ascii_whitespace().skip(1).filter(|word| !is_bare_placeholder(word));
    words
        .map(|word| Literal {
            place: start(word)..start(word) + word.len(),
            text: start(word)..start(word) + word.len(),
        })
        .collect()
}

/// `?`, `$1`, `%s`, `:name`, and nothing more: what only begins so may be a password.
fn is_bare_placeholder(word: &str) -> bool {
    let is_name = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    matches!(word, "?" | "%s")
        || word.strip_prefix('$').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
        || word.strip_prefix(':').is_some_and(is_name)
}

/// Every text that is no name of a member, and every number.
fn in_json(statement: &str) -> Vec<Literal> {
    let bytes = statement.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let len = match byte {
            quote @ (b'"' | b'\'') => {
                let end = quoted_end(bytes, at, *quote);
                let is_name = bytes
                    .get(end..)
                    .is_some_and(|rest| rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':'));
                if !is_name {
                    found.push(Literal { place: at..end, text: inside(at, end, bytes, *quote) });
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

/// What has been read of a statement, as far as it says what a text in double quotes is.
struct Sql<'s> {
    statement: &'s str,
    /// Names stand in backticks, so double quotes hold texts.
    has_backticks: bool,
    /// The last sign that is no blank.
    before: char,
    word: &'s str,
    /// Values of rows have begun.
    values: bool,
    found: Vec<Literal>,
}

fn in_sql(statement: &str) -> Vec<Literal> {
    let has_backticks = statement.contains('`');
    let mut sql = Sql { statement, has_backticks, before: ' ', word: "", values: false, found: Vec::new() };
    let mut at = 0;
    while let Some(rest) = statement.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        let len = sql.step(at, rest, first);
        if !first.is_whitespace() {
            sql.before = first;
        }
        at += len.max(first.len_utf8());
    }
    sql.found
}

impl Sql<'_> {
    /// Reads what begins here; gives its length.
    fn step(&mut self, at: usize, rest: &str, first: char) -> usize {
        let bytes = self.statement.as_bytes();
        match first {
            '\'' => {
                let len = self.single_quoted(rest);
                self.literal(at, len, inside(at, at + len, bytes, b'\''))
            }
            '"' | '`' => {
                let end = quoted_end(bytes, at, first as u8);
                let text = inside(at, end, bytes, first as u8);
                match first == '"' && self.is_text(text.clone(), end) {
                    true => self.literal(at, end - at, text),
                    false => end - at,
                }
            }
            '$' if dollar_quoted_len(rest).is_some() => {
                let len = dollar_quoted_len(rest).unwrap_or(1);
                self.literal(at, len, at..at + len)
            }
            '-' if rest.starts_with("--") => self.comment(at, rest.find('\n').unwrap_or(rest.len()), 2, 0),
            '/' if rest.starts_with("/*") => {
                let end = rest.find("*/");
                self.comment(at, end.map_or(rest.len(), |end| end + 2), 2, if end.is_some() { 2 } else { 0 })
            }
            ':' if rest.starts_with("::") => 2,
            _ if is_placeholder(rest) && !is_number_behind(rest) => {
                first.len_utf8() + word_len(rest.get(first.len_utf8()..).unwrap_or_default())
            }
            _ if first.is_ascii_digit() => {
                let len = word_len(rest);
                self.literal(at, len, at..at + len)
            }
            _ if is_word(first) => {
                let len = word_len(rest);
                self.word = self.statement.get(at..at + len).unwrap_or_default();
                let is = |known: &str| self.word.eq_ignore_ascii_case(known);
                self.values = (self.values || is("VALUES")) && !(is("SELECT") || is("RETURNING") || is("ON"));
                len
            }
            _ => first.len_utf8(),
        }
    }

    fn literal(&mut self, at: usize, len: usize, text: Range<usize>) -> usize {
        self.found.push(Literal { place: at..at + len, text });
        len
    }

    /// A backslash escapes the quote behind it in some dialects and in others does not. Where that makes a difference all up to the
    /// end is one literal, but for `E'…'`, which says that it does.
    fn single_quoted(&self, rest: &str) -> usize {
        let escaped = literal_len(rest);
        let says_so = matches!(self.before, 'E' | 'e') && self.word.eq_ignore_ascii_case("E");
        let plain = quoted_end_plain(rest.as_bytes());
        if escaped == plain || says_so { escaped } else { rest.len() }
    }

    /// Whether what stands in double quotes is a text and no name.
    fn is_text(&self, text: Range<usize>, end: usize) -> bool {
        let name = self.statement.get(text).unwrap_or_default();
        let is_name = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | ' '))
            && !name.starts_with(|c: char| c.is_ascii_digit());
        let next = self.statement.get(end..).unwrap_or_default().trim_start();
        if next.starts_with('.') || next.starts_with(':') && !next.starts_with("::") || self.before == '.' {
            return false;
        }
        let compares = ["LIKE", "ILIKE", "RLIKE", "REGEXP", "IN", "LIMIT", "BETWEEN", "THEN", "ELSE", "AGAINST"]
            .iter()
            .any(|word| self.word.eq_ignore_ascii_case(word));
        let is_after_word = self.before.is_alphanumeric() || matches!(self.before, '(' | ',');
        !is_name
            || self.has_backticks
            || self.values
            || matches!(self.before, '=' | '<' | '>' | ':')
            || compares && is_after_word
    }

    /// A hint of the optimiser is kept; of what is written for people, and by programs, nothing is known.
    fn comment(&mut self, at: usize, len: usize, opens: usize, closes: usize) -> usize {
        let inner = at + opens..(at + len).saturating_sub(closes).max(at + opens);
        let text = self.statement.get(inner.clone()).unwrap_or_default();
        let may_tell = text.chars().any(|c| c.is_ascii_digit() || matches!(c, '\'' | '"' | '=' | '@'));
        if may_tell && !text.starts_with('+') {
            self.found.push(Literal { place: inner.clone(), text: inner });
        }
        len
    }
}

/// `:123456` of a map is a number; `$1` and `:1` are placeholders.
fn is_number_behind(rest: &str) -> bool {
    const DIGITS: usize = 3;
    let word = rest.get(1..).map_or("", |word| word.get(..word_len(word)).unwrap_or_default());
    let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    match rest.as_bytes().first() {
        Some(b'$') => !is_number,
        Some(b':' | b'@') => is_number && word.len() > DIGITS,
        _ => false,
    }
}

/// Where a text in single quotes ends if a backslash is a letter like others.
fn quoted_end_plain(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if *byte == b'\'' {
            if bytes.get(at) != Some(&b'\'') {
                return at;
            }
            at += 1;
        }
    }
    bytes.len()
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
            ("SELECT /* why */ 1 -- so\n, 2", vec!["1", "2"]),
            ("SELECT /*user='Anna',id='4711'*/ 1", vec!["user='Anna',id='4711'", "1"]),
            ("SELECT /*+ INDEX(t2) */ a", vec![]),
            ("x LIKE '%x%' ESCAPE '\\' AND owner = 'Anna Meier'", vec!["%x%", "\\' AND owner = 'Anna Meier"]),
            ("INSERT INTO \"t\" (\"a\", \"b\") VALUES (\"Anna\", \"Meier\")", vec!["Anna", "Meier"]),
            ("SELECT `a` FROM t WHERE n IN (\"Anna\") OR m LIKE \"M\"", vec!["Anna", "M"]),
            ("find {\"name\":\"Anna\", \"n\": 3}", vec!["Anna", "3"]),
            ("{'name': 'Anna'}", vec!["Anna"]),
            ("MATCH (n:User {ssn:123456789}) RETURN n", vec!["123456789"]),
            ("AUTH $1mplePassw0rd", vec!["$1mplePassw0rd"]),
            ("AUTH ? :name %s $2", vec![]),
            ("SET session hunter2secret", vec!["session", "hunter2secret"]),
            ("HELLO 3 AUTH default hunter2", vec!["3", "AUTH", "default", "hunter2"]),
            ("SELECT now()::text, 'x'::uuid", vec!["x"]),
            ("SELECT 'open", vec!["open"]),
            ("GET session:4711", vec!["session:4711"]),
            ("set user:1 anna EX 60", vec!["user:1", "anna", "EX", "60"]),
            ("SET search_path TO 'x'", vec!["x"]),
            ("SET @a = 5", vec!["5"]),
            ("SET session:4711 dGhpc2lzc2VjcmV0==", vec!["session:4711", "dGhpc2lzc2VjcmV0=="]),
            ("HSET u:1 q a=b hunter2x", vec!["u:1", "q", "a=b", "hunter2x"]),
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
