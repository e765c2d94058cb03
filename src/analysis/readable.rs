//! Long values made readable: SQL broken into clauses, JSON indented, stack traces split into own and library frames.
//!
//! Not a parser of any of them: text goes in, the same text comes out with line breaks and roles for its pieces. What is
//! not recognised stays as it is.

/// What a piece of text is, for its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Plain,
    Keyword,
    String,
    Number,
    Operator,
    /// A frame of a library or runtime, quieter than one's own.
    Library,
}

/// One line: pieces with their roles.
pub type Line = Vec<(Role, String)>;

/// Longer texts are shown plainly: colouring a megabyte would stall the page.
pub const MAX_COLOURED: usize = 20_000;

/// Clauses that begin a line.
const CLAUSES: [&str; 18] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "INSERT",
    "VALUES",
    "UPDATE",
    "SET",
    "DELETE",
    "RETURNING",
    "UNION",
    "JOIN",
    "LEFT",
    "INNER",
];

/// Further words that are set as keywords.
const WORDS: [&str; 30] = [
    "AND", "OR", "NOT", "NULL", "IN", "IS", "AS", "ON", "BY", "INTO", "ASC", "DESC", "LIKE", "BETWEEN", "EXISTS",
    "CASE", "WHEN", "THEN", "ELSE", "END", "DISTINCT", "WITH", "BEGIN", "COMMIT", "ROLLBACK", "OUTER", "RIGHT",
    "CROSS", "ALL", "FOR",
];

/// SQL, a clause a line. `LEFT JOIN` and `INSERT … VALUES` stay together as people write them.
pub fn sql(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = vec![Vec::new()];
    let mut rest = text.trim();
    let mut depth = 0usize;
    let mut last_word = String::new();
    while let Some(first) = rest.chars().next() {
        let len = token_len(rest, first);
        let (token, after) = rest.split_at(len);
        rest = after;
        let upper = token.to_ascii_uppercase();
        let role = role_of(first, &upper);
        let begins = depth == 0
            && CLAUSES.contains(&upper.as_str())
            && !(upper == "JOIN" && matches!(last_word.as_str(), "LEFT" | "INNER" | "RIGHT" | "OUTER" | "CROSS"))
            && !(upper == "FROM" && last_word == "DELETE");
        match first {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_space = first.is_whitespace();
        let line_is_empty = lines.last().is_none_or(Vec::is_empty);
        if begins && !line_is_empty {
            trim_end(&mut lines);
            lines.push(Vec::new());
        }
        if let Some(line) = lines.last_mut() {
            match is_space {
                true if line.is_empty() => {}
                true => line.push((Role::Plain, " ".to_owned())),
                false => line.push((role, token.to_owned())),
            }
        }
        if role == Role::Keyword {
            last_word = upper;
        } else if !is_space {
            last_word.clear();
        }
    }
    lines
}

fn trim_end(lines: &mut [Line]) {
    if let Some(line) = lines.last_mut()
        && line.last().is_some_and(|(_, piece)| piece == " ")
    {
        line.pop();
    }
}

fn role_of(first: char, upper: &str) -> Role {
    match first {
        '\'' => Role::String,
        '$' | ':' | '?' if upper.len() > 1 || first == '?' => Role::Number,
        c if c.is_ascii_digit() => Role::Number,
        c if c.is_alphabetic() || c == '_' => {
            if CLAUSES.contains(&upper) || WORDS.contains(&upper) {
                Role::Keyword
            } else {
                Role::Plain
            }
        }
        '=' | '<' | '>' | '*' | '+' | '-' | '/' | ',' | '(' | ')' | ';' => Role::Operator,
        _ => Role::Plain,
    }
}

/// Bytes of the token that begins `text`.
fn token_len(text: &str, first: char) -> usize {
    let run = |keep: fn(char) -> bool| text.find(|c| !keep(c)).unwrap_or(text.len());
    match first {
        '\'' | '"' | '`' => quoted_len(text, first),
        c if c.is_whitespace() => run(char::is_whitespace),
        c if c.is_alphanumeric() || c == '_' => run(|c| c.is_alphanumeric() || matches!(c, '_' | '.')),
        '$' | ':' => 1 + text[1..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len() - 1),
        c => c.len_utf8(),
    }
}

/// A quoted piece up to its closing quote; a doubled quote stands for itself.
fn quoted_len(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return at + quote.len_utf8();
            }
        }
    }
    text.len()
}

/// JSON with an entry a line; `None` when the text is no JSON object or array.
pub fn json(text: &str) -> Option<Vec<Line>> {
    let trimmed = text.trim();
    if !(trimmed.starts_with('{') && trimmed.ends_with('}') || trimmed.starts_with('[') && trimmed.ends_with(']')) {
        return None;
    }
    let value: &serde_json::value::RawValue = serde_json::from_str(trimmed).ok()?;
    Some(indent(value.get()))
}

/// Indents valid JSON by its own tokens, so that numbers and the order of keys stay as they came.
fn indent(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = vec![Vec::new()];
    let mut depth = 0usize;
    let mut rest = text;
    let push = |lines: &mut Vec<Line>, role: Role, piece: &str| {
        if let Some(line) = lines.last_mut() {
            line.push((role, piece.to_owned()));
        }
    };
    let newline = |lines: &mut Vec<Line>, depth: usize| lines.push(vec![(Role::Plain, "  ".repeat(depth))]);
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '"' => json_string_len(rest),
            c if c.is_whitespace() => {
                rest = rest.trim_start();
                continue;
            }
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => rest.find(|c: char| c.is_whitespace() || ",]}".contains(c)).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(len);
        rest = after;
        match first {
            '{' | '[' => {
                push(&mut lines, Role::Operator, token);
                let closes = rest.trim_start().starts_with(['}', ']']);
                if !closes {
                    depth += 1;
                    newline(&mut lines, depth);
                }
            }
            '}' | ']' => {
                let opened =
                    lines.last().and_then(|line| line.last()).is_some_and(|(_, piece)| piece == "{" || piece == "[");
                if !opened {
                    depth = depth.saturating_sub(1);
                    newline(&mut lines, depth);
                }
                push(&mut lines, Role::Operator, token);
            }
            ',' => {
                push(&mut lines, Role::Operator, token);
                newline(&mut lines, depth);
            }
            ':' => push(&mut lines, Role::Operator, ": "),
            '"' => {
                let role = if rest.trim_start().starts_with(':') { Role::Keyword } else { Role::String };
                push(&mut lines, role, token);
            }
            _ => push(&mut lines, Role::Number, token),
        }
    }
    lines
}

fn json_string_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// Path parts by which frames of libraries and runtimes are known.
const LIBRARY: [&str; 12] = [
    "node_modules",
    "node:",
    "(internal/",
    "site-packages",
    "dist-packages",
    "java.",
    "javax.",
    "jdk.",
    "org.springframework.",
    "/usr/lib/",
    "runtime.",
    "System.",
];

/// A stack trace, a frame a line; the exception's own first line, if it repeats `message`, left out.
pub fn stack(text: &str, message: &str) -> Vec<Line> {
    text.lines()
        .enumerate()
        .filter(|(at, line)| !(*at == 0 && !message.is_empty() && line.contains(first_line(message))))
        .map(|(_, line)| line)
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let role = if LIBRARY.iter().any(|mark| line.contains(mark)) { Role::Library } else { Role::Plain };
            vec![(role, line.trim().to_owned())]
        })
        .collect()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.iter().map(|(_, piece)| piece.as_str()).collect()).collect()
    }

    #[test]
    fn sql_has_a_clause_a_line_and_loses_nothing_but_space() {
        let lines = sql("UPDATE stock SET qty = qty - 1  WHERE sku = $1 AND note = 'it''s FROM here'");
        assert_eq!(
            written(&lines),
            ["UPDATE stock", "SET qty = qty - 1", "WHERE sku = $1 AND note = 'it''s FROM here'"]
        );
        assert_eq!(lines[2][0], (Role::Keyword, "WHERE".to_owned()));
        assert!(lines[2].contains(&(Role::String, "'it''s FROM here'".to_owned())));
        assert!(lines[2].contains(&(Role::Number, "$1".to_owned())));
    }

    #[test]
    fn joins_stay_with_their_side_and_subqueries_stay_inside() {
        let lines = sql("select a from t left join u on t.x = u.x where id in (select id from v)");
        assert_eq!(
            written(&lines),
            ["select a", "from t", "left join u on t.x = u.x", "where id in (select id from v)"]
        );
    }

    #[test]
    fn an_unfinished_quote_ends_with_the_text() {
        assert_eq!(written(&sql("SELECT 'abc")), ["SELECT 'abc"]);
        assert_eq!(written(&sql("")), [""]);
    }

    #[test]
    fn json_is_indented_with_its_numbers_as_they_came() {
        let lines = json(r#"{"b":1.50,"a":[],"c":{"d":["x,y",null]}}"#).unwrap();
        assert_eq!(
            written(&lines),
            [
                "{",
                "  \"b\": 1.50,",
                "  \"a\": [],",
                "  \"c\": {",
                "    \"d\": [",
                "      \"x,y\",",
                "      null",
                "    ]",
                "  }",
                "}"
            ]
        );
        assert_eq!(json("{not json}"), None);
        assert_eq!(json("plain"), None);
    }

    #[test]
    fn stacks_leave_out_the_repeated_message_and_tell_libraries_apart() {
        let lines =
            stack("Error: no stock\n    at call (/srv/app/a.js:1:2)\n    at run (node:internal/x:9:5)", "no stock");
        assert_eq!(
            lines,
            [
                vec![(Role::Plain, "at call (/srv/app/a.js:1:2)".to_owned())],
                vec![(Role::Library, "at run (node:internal/x:9:5)".to_owned())],
            ]
        );
    }
}
