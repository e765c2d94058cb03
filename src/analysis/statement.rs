//! The short name of a database statement: its first keyword and the table it is about, `SELECT orders`. Not a parser
//! of SQL: it reads words, skips comments and brackets, and never shows a literal.

/// How far into a statement the table is looked for.
const MAX_READ: usize = 4096;

/// Keywords that start a statement of which the table follows another word, or at once (`""`).
const BEFORE_TABLE: &[(&str, &[&str])] = &[
    ("SELECT", &["FROM"]),
    ("INSERT", &["INTO"]),
    ("REPLACE", &["INTO"]),
    ("MERGE", &["INTO"]),
    ("DELETE", &["FROM"]),
    ("UPDATE", &[""]),
    ("TRUNCATE", &["TABLE", ""]),
    ("CREATE", &["TABLE", "VIEW"]),
    ("ALTER", &["TABLE", "VIEW"]),
    ("DROP", &["TABLE", "VIEW"]),
    ("COPY", &[""]),
    ("CALL", &[""]),
    ("EXEC", &[""]),
    ("EXECUTE", &[""]),
];

/// Keywords that stand alone.
const ALONE: &[&str] = &[
    "BEGIN",
    "START",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "SET",
    "SHOW",
    "LOCK",
    "UNLOCK",
    "ANALYZE",
    "VACUUM",
    "EXPLAIN",
    "USE",
    "PRAGMA",
    "LISTEN",
    "NOTIFY",
    "FETCH",
    "DECLARE",
    "GRANT",
    "REVOKE",
    "PREPARE",
    "DEALLOCATE",
    "DISCARD",
    "REINDEX",
    "REFRESH",
    "COMMENT",
    "DESCRIBE",
];

/// Words between keyword and table that are not the table.
const NOISE: &[&str] = &["ONLY", "IF", "NOT", "EXISTS", "IGNORE", "LOW_PRIORITY", "DELAYED", "LATERAL", "TABLE"];

/// `SELECT orders`, `COMMIT`; `None` when it does not begin as SQL does.
pub fn sql_name(statement: &str) -> Option<String> {
    let mut words = Words { rest: head(statement), depth: 0 };
    let mut keyword = words.next()?.to_ascii_uppercase();
    if keyword == "WITH" {
        // The statement proper is the first keyword outside brackets.
        let outer = words.find_map(|(word, depth)| {
            let word = word.to_ascii_uppercase();
            (depth == 0 && BEFORE_TABLE.iter().any(|(known, _)| *known == word)).then_some(word)
        });
        keyword = outer?;
    }
    if ALONE.contains(&keyword.as_str()) {
        return Some(keyword);
    }
    let (_, befores) = BEFORE_TABLE.iter().find(|(known, _)| *known == keyword)?;
    Some(match table(&mut words, befores) {
        Some(table) => format!("{keyword} {table}"),
        None => keyword,
    })
}

/// The command of a key-value store, `GET`: the first word, since what follows may hold keys and passwords.
pub fn command_name(statement: &str) -> Option<String> {
    let word = statement.split_ascii_whitespace().next()?;
    let plain = word.len() <= 24 && word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    plain.then(|| word.to_ascii_uppercase())
}

fn table(words: &mut Words<'_>, befores: &[&str]) -> Option<String> {
    let at_once = befores.contains(&"");
    let mut expected = at_once;
    while let Some((word, _)) = words.next_with_depth() {
        let upper = word.to_ascii_uppercase();
        if befores.contains(&upper.as_str()) {
            // `FROM (SELECT … FROM orders)`: the next FROM names the table.
            expected = !words.rest.trim_start().starts_with('(');
        } else if expected && !NOISE.contains(&upper.as_str()) {
            return unquoted(word);
        }
    }
    None
}

/// `"public"."orders"` as `public.orders`; `None` when it is no identifier.
fn unquoted(word: &str) -> Option<String> {
    let name: String = word.chars().filter(|c| !matches!(c, '"' | '`' | '[' | ']')).collect();
    let plain = name.chars().next().is_some_and(|first| first.is_alphabetic() || matches!(first, '_' | '#' | '@'));
    plain.then(|| name.chars().take(80).collect())
}

fn head(statement: &str) -> &str {
    let mut end = statement.len().min(MAX_READ);
    while !statement.is_char_boundary(end) {
        end -= 1;
    }
    statement.get(..end).unwrap_or_default()
}

/// The words of a statement: runs of letters, digits, `_ . $ # @` and quoted identifiers. Comments and literals are
/// stepped over, brackets counted.
struct Words<'s> {
    rest: &'s str,
    depth: i32,
}

impl<'s> Words<'s> {
    fn next(&mut self) -> Option<&'s str> {
        self.next_with_depth().map(|(word, _)| word)
    }

    fn find_map<T>(&mut self, mut test: impl FnMut((&'s str, i32)) -> Option<T>) -> Option<T> {
        while let Some(word) = self.next_with_depth() {
            if let Some(found) = test(word) {
                return Some(found);
            }
        }
        None
    }

    fn next_with_depth(&mut self) -> Option<(&'s str, i32)> {
        loop {
            let rest = self.rest;
            let first = rest.chars().next()?;
            if let Some(comment) = rest.strip_prefix("--") {
                self.rest = comment.split_once('\n').map_or("", |(_, after)| after);
            } else if let Some(comment) = rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/").map_or("", |(_, after)| after);
            } else if let Some(literal) = rest.strip_prefix('\'') {
                self.rest = literal.split_once('\'').map_or("", |(_, after)| after);
            } else if is_word(first) {
                let (word, after) = rest.split_at(word_len(rest));
                self.rest = after;
                return Some((word, self.depth));
            } else {
                match first {
                    '(' => self.depth += 1,
                    ')' => self.depth -= 1,
                    _ => {}
                }
                self.rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '#' | '@' | '"' | '`' | '[' | ']')
}

/// Length of the word at the start of `text`; blanks inside quotes belong to it.
fn word_len(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '`') => quote = Some(c),
            None if !is_word(c) => return at,
            None => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_named_by_keyword_and_table() {
        for (statement, name) in [
            ("SELECT id, source FROM orders WHERE id = $1", "SELECT orders"),
            ("INSERT INTO orders(source,total) VALUES($1,$2) RETURNING id", "INSERT orders"),
            ("update only stock SET qty = qty - 1", "UPDATE stock"),
            ("/* app */ delete from \"public\".\"orders\" x", "DELETE public.orders"),
            ("-- note\nSELECT 1", "SELECT"),
            ("(SELECT * FROM [dbo].[Orders])", "SELECT dbo.Orders"),
            ("SELECT * FROM (SELECT * FROM parcels) p", "SELECT parcels"),
            ("WITH t AS (SELECT * FROM a) UPDATE b SET x = 1", "UPDATE b"),
            ("CREATE TABLE IF NOT EXISTS logs (id int)", "CREATE logs"),
            ("TRUNCATE TABLE logs", "TRUNCATE logs"),
            ("BEGIN", "BEGIN"),
            ("start transaction", "START"),
        ] {
            assert_eq!(sql_name(statement).as_deref(), Some(name), "{statement}");
        }
    }

    #[test]
    fn what_is_not_sql_has_no_name_and_literals_are_never_shown() {
        assert_eq!(sql_name("{\"find\": \"orders\"}"), None);
        assert_eq!(sql_name(""), None);
        assert_eq!(sql_name("UPDATE 'secret from x' "), Some("UPDATE".to_owned()));
        assert_eq!(command_name("get session:none").as_deref(), Some("GET"));
        assert_eq!(command_name("AUTH hunter2").as_deref(), Some("AUTH"));
        assert_eq!(command_name("12:34 x"), None);
    }
}
