//! The conditions of a query that can be told one by one: `{ status = error && resource.service.name = "a" }` has two. They
//! stand as chips below the editor, and each can be taken away.
//!
//! Only what is joined by `&&` is told apart: a part with `||`, or in parentheses, means something together and stays one piece of
//! text that no chip speaks of.

use core::ops::Range;

use super::token::{Kind, Token, lex};

/// `field operator value`, as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// Of the whole condition, in bytes of the query.
    pub range: Range<usize>,
    /// Which `{…}` of the query it is in, from 0.
    pub spanset: usize,
    pub field: String,
    pub operator: String,
    /// Its tokens as text: `"GET"`, `500ms`, `error`.
    pub value: String,
}

/// One `{…}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spanset {
    /// Between the braces, in bytes.
    pub inner: Range<usize>,
    /// Whether all that is in it are conditions joined by `&&`.
    pub is_plain: bool,
    pub has_or: bool,
}

/// What of a query can be told apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parts {
    pub spansets: Vec<Spanset>,
    pub conditions: Vec<Condition>,
    /// What stands between, before and after the spansets, trimmed; `spansets.len() + 1` of them.
    pub between: Vec<String>,
}

/// Reads a query. One that lacks a closing brace has no spanset there.
pub fn parts(query: &str) -> Parts {
    let tokens: Vec<Token> = lex(query).meaningful().cloned().collect();
    let mut parts = Parts::default();
    let (mut at, mut outside) = (0, 0);
    while at < tokens.len() {
        if !is_sign(query, &tokens[at], "{") {
            at += 1;
            continue;
        }
        let Some(len) = tokens[at..].iter().position(|token| is_sign(query, token, "}")) else { break };
        let inner = &tokens[at + 1..at + len];
        parts.between.push(query[outside..tokens[at].range.start].trim().to_owned());
        parts.add(query, inner, tokens[at].range.end..tokens[at + len].range.start);
        outside = tokens[at + len].range.end;
        at += len + 1;
    }
    parts.between.push(query[outside..].trim().to_owned());
    parts
}

impl Parts {
    fn add(&mut self, query: &str, tokens: &[Token], inner: Range<usize>) {
        let spanset = self.spansets.len();
        let (mut depth, mut has_or) = (0, false);
        let mut pieces: Vec<Vec<&Token>> = vec![Vec::new()];
        for token in tokens {
            match &query[token.range.clone()] {
                "(" => depth += 1,
                ")" => depth -= 1,
                "||" if depth == 0 => has_or = true,
                "&&" if depth == 0 => {
                    pieces.push(Vec::new());
                    continue;
                }
                _ => {}
            }
            if let Some(piece) = pieces.last_mut() {
                piece.push(token);
            }
        }
        let read: Vec<Option<Condition>> = pieces.iter().map(|piece| condition(query, spanset, piece)).collect();
        let is_plain = tokens.is_empty() || (!has_or && read.iter().all(Option::is_some));
        self.spansets.push(Spanset { inner, is_plain, has_or });
        if !has_or {
            self.conditions.extend(read.into_iter().flatten());
        }
    }
}

fn is_sign(query: &str, token: &Token, sign: &str) -> bool {
    token.kind == Kind::Brace && &query[token.range.clone()] == sign
}

const COMPARISONS: [&str; 8] = ["=", "!=", ">", ">=", "<", "<=", "=~", "!~"];

fn condition(query: &str, spanset: usize, tokens: &[&Token]) -> Option<Condition> {
    let text = |token: &Token| &query[token.range.clone()];
    let field_len = match tokens.iter().map(|token| token.kind).collect::<Vec<_>>().as_slice() {
        [Kind::Intrinsic, ..] => 1,
        [Kind::Scope, Kind::Attribute, ..] => 2,
        [Kind::Scope, Kind::Scope, Kind::Attribute, ..] => 3,
        _ => return None,
    };
    let (field, rest) = tokens.split_at(field_len);
    let (operator, value) = rest.split_first()?;
    let is_value = match value {
        [one] => matches!(one.kind, Kind::Text | Kind::Number | Kind::Duration | Kind::Constant),
        [sign, one] => text(sign) == "-" && matches!(one.kind, Kind::Number | Kind::Duration),
        _ => false,
    };
    if !is_value || !COMPARISONS.contains(&text(operator)) {
        return None;
    }
    let whole = |tokens: &[&Token]| Some(tokens.first()?.range.start..tokens.last()?.range.end);
    Some(Condition {
        range: whole(tokens)?,
        spanset,
        field: query[whole(field)?].to_owned(),
        operator: text(operator).to_owned(),
        value: query[whole(value)?].to_owned(),
    })
}

/// The query without a condition, and without the `&&` that joined it.
pub fn without(query: &str, condition: &Condition) -> String {
    let (before, after) = (&query[..condition.range.start], &query[condition.range.end..]);
    if let Some(after) = after.trim_start().strip_prefix("&&") {
        return format!("{before}{}", after.trim_start());
    }
    if let Some(before) = before.trim_end().strip_suffix("&&") {
        return format!("{}{after}", before.trim_end());
    }
    format!("{} {}", before.trim_end(), after.trim_start())
}

/// The query with one condition more, in its last spanset: the one whose spans it returns. A text without a spanset gets one before it.
pub fn with(query: &str, condition: &str) -> String {
    let parts = parts(query);
    let Some(spanset) = parts.spansets.last() else {
        let rest = query.trim();
        return if rest.is_empty() { format!("{{ {condition} }}") } else { format!("{{ {condition} }} {rest}") };
    };
    let (before, after) = (&query[..spanset.inner.start], &query[spanset.inner.end..]);
    let inner = query[spanset.inner.clone()].trim();
    match (inner.is_empty(), spanset.has_or) {
        (true, _) => format!("{before} {condition} {after}"),
        (false, true) => format!("{before} ({inner}) && {condition} {after}"),
        (false, false) => format!("{before} {inner} && {condition} {after}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(query: &str) -> Vec<String> {
        let one = |c: &Condition| format!("{} {} {}", c.field, c.operator, c.value);
        parts(query).conditions.iter().map(one).collect()
    }

    #[test]
    fn conditions_joined_by_and_are_told_apart() {
        assert_eq!(
            told(
                r#"{ span:status = error && resource.service.name = "a && b" && span.n > -1 && duration >= 1.5s } | count() > 2"#
            ),
            ["span:status = error", r#"resource.service.name = "a && b""#, "span.n > -1", "duration >= 1.5s"]
        );
        assert_eq!(told(r#"{name="x"} >> {.a=~`b.*`}"#), [r#"name = "x""#, ".a =~ `b.*`"]);
        assert_eq!(
            told(r#"{ parent.span.a = nil && span."with space" = true }"#),
            ["parent.span.a = nil", r#"span."with space" = true"#]
        );
    }

    #[test]
    fn what_means_something_together_is_no_condition() {
        for query in [
            "{ status = error || kind = server }",
            "{ (status = error) }",
            "{ .a }",
            "{ 1 = .a }",
            "{ .a + 1 = 2 }",
            "{}",
            "{ status = error",
            "",
        ] {
            assert_eq!(told(query), [""; 0], "{query}");
        }
        assert_eq!(told("{ .a = 1 && (.b = 1 || .c = 1) }"), [".a = 1"]);
    }

    #[test]
    fn taking_a_condition_away_takes_its_and_along() {
        let query = r#"{ status = error && name = "x" && .c = 1 } >> { .d = 1 }"#;
        let after: Vec<String> = parts(query).conditions.iter().map(|condition| without(query, condition)).collect();
        assert_eq!(
            after,
            [
                r#"{ name = "x" && .c = 1 } >> { .d = 1 }"#,
                r#"{ status = error && .c = 1 } >> { .d = 1 }"#,
                r#"{ status = error && name = "x" } >> { .d = 1 }"#,
                r#"{ status = error && name = "x" && .c = 1 } >> { }"#,
            ]
        );
    }

    #[test]
    fn a_condition_more_stands_in_the_spanset_that_is_returned() {
        let cases = [
            ("", "{ .n = 1 }"),
            ("{}", "{ .n = 1 }"),
            ("{ .a = 1 } >> { .b = 2 } | count() > 1", "{ .a = 1 } >> { .b = 2 && .n = 1 } | count() > 1"),
            ("{ .a = 1 || .b = 2 }", "{ (.a = 1 || .b = 2) && .n = 1 }"),
            ("| count() > 2", "{ .n = 1 } | count() > 2"),
        ];
        for (query, want) in cases {
            assert_eq!(with(query, ".n = 1"), want, "{query}");
        }
    }

    #[test]
    fn taking_away_what_was_added_gives_the_query_back() {
        for query in ["{ }", "{ .a = 1 }", r#"{ status = error && name = "x" } | select(.b)"#] {
            let more = with(query, ".n = 1");
            let added = parts(&more).conditions.pop().map(|condition| without(&more, &condition));
            assert_eq!(added.as_deref(), Some(query));
        }
    }
}
