//! The form beside the editor: the questions that are asked most, without TraceQL. It writes TraceQL, and reads back what it could have written;
//! any other query is the editor's alone.

use super::condition::{self, Condition};
use super::{duration, write};

/// One line of the form that is an attribute.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line {
    /// With its scope: `span.order.id`.
    pub field: String,
    pub operator: String,
    /// As TraceQL writes it, in quotes where it is text.
    pub value: String,
}

/// What the form holds; what is empty is not asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Form {
    pub service: String,
    pub operation: String,
    /// `error`, `ok`, `unset`.
    pub status: String,
    /// `server`, `client`, …
    pub kind: String,
    /// Durations of a span, `250ms`.
    pub min_duration: String,
    pub max_duration: String,
    pub lines: Vec<Line>,
    /// The service of the root span.
    pub root_service: String,
    /// A service that the spans above call, directly or not. The query then returns its spans.
    pub calls: String,
}

const SERVICE: &str = "resource.service.name";

impl Form {
    /// The query; `{ }` for an empty form.
    pub fn write(&self) -> String {
        let given = |field: &str, operator: &str, value: String| format!("{field} {operator} {value}");
        let text = |field: &str, value: &str| {
            if value.is_empty() { String::new() } else { given(field, "=", write::text(value)) }
        };
        let word = |field: &str, operator: &str, value: &str| match value.trim() {
            "" => String::new(),
            value => given(field, operator, value.to_owned()),
        };
        let mut all = vec![
            text("rootServiceName", &self.root_service),
            text(SERVICE, &self.service),
            text("name", &self.operation),
            word("status", "=", &self.status),
            word("kind", "=", &self.kind),
            word("duration", ">=", &self.min_duration),
            word("duration", "<=", &self.max_duration),
        ];
        let is_whole = |line: &&Line| !line.field.trim().is_empty() && !line.value.trim().is_empty();
        all.extend(
            self.lines.iter().filter(is_whole).map(|line| given(&line.field, &line.operator, line.value.clone())),
        );
        let first = write::spanset(&write::all(all));
        match self.calls.as_str() {
            "" => first,
            called => format!("{first} >> {}", write::spanset(&text(SERVICE, called))),
        }
    }

    /// The form of a query that it could have written, with short or scoped names alike; `None` for any other.
    pub fn read(query: &str) -> Option<Form> {
        let parts = condition::parts(query);
        let between: Vec<&str> = parts.between.iter().map(String::as_str).collect();
        if !parts.spansets.iter().all(|spanset| spanset.is_plain) {
            return None;
        }
        let mut form = Form::default();
        match between.as_slice() {
            [""] | ["", ""] => {}
            ["", ">>", ""] => {
                let [called] =
                    parts.conditions.iter().filter(|c| c.spanset == 1).collect::<Vec<_>>().try_into().ok()?;
                form.calls = text_of(called).filter(|_| called.field == SERVICE && called.operator == "=")?;
            }
            _ => return None,
        }
        for condition in parts.conditions.iter().filter(|condition| condition.spanset == 0) {
            form.take(condition)?;
        }
        Some(form)
    }

    fn take(&mut self, condition: &Condition) -> Option<()> {
        let Condition { field, operator, value, .. } = condition;
        let slot = match (field.as_str(), operator.as_str()) {
            ("rootServiceName" | "trace:rootService", "=") => &mut self.root_service,
            (SERVICE, "=") => &mut self.service,
            ("name" | "span:name", "=") => &mut self.operation,
            ("status" | "span:status", "=") => return take_word(&mut self.status, value),
            ("kind" | "span:kind", "=") => return take_word(&mut self.kind, value),
            ("duration" | "span:duration", ">=") => return take_word(&mut self.min_duration, value),
            ("duration" | "span:duration", "<=") => return take_word(&mut self.max_duration, value),
            _ => {
                self.lines.push(Line { field: field.clone(), operator: operator.clone(), value: value.clone() });
                return Some(());
            }
        };
        let text = text_of(condition)?;
        take_word(slot, &text)
    }
}

/// A place of the form takes one value; a query with two is not the form's.
fn take_word(slot: &mut String, value: &str) -> Option<()> {
    if !slot.is_empty() || value.is_empty() {
        return None;
    }
    value.clone_into(slot);
    Some(())
}

/// The text that a condition compares with, read back as [`write::text`] wrote it; of other escapes `None`.
pub fn text_of(condition: &Condition) -> Option<String> {
    unquoted(&condition.value)
}

/// A quoted text of TraceQL without its quotes.
pub fn unquoted(quoted: &str) -> Option<String> {
    if let Some(raw) = quoted.strip_prefix('`') {
        return raw.strip_suffix('`').map(str::to_owned);
    }
    // Go's escapes that JSON has too; `\a`, `\x41` and octal ones are left to Tempo.
    serde_json::from_str::<String>(quoted).ok()
}

/// Whether a duration of the form can be asked for; a clause for the reader otherwise.
pub fn duration_problem(text: &str) -> Option<String> {
    let is_empty = text.trim().is_empty();
    (!is_empty && duration::read_ns(text).is_none())
        .then(|| format!("“{text}” is no duration: write 250ms, 1.5s or 2m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Form {
        let owned = str::to_owned;
        Form {
            service: owned("order \"service\""),
            operation: owned("POST /orders"),
            status: owned("error"),
            kind: owned("server"),
            min_duration: owned("250ms"),
            max_duration: owned("2s"),
            lines: vec![Line { field: owned("span.order.id"), operator: owned("="), value: owned("\"A-1\"") }],
            root_service: owned("api-gateway"),
            calls: owned("erp-connector"),
        }
    }

    #[test]
    fn a_form_writes_traceql() {
        assert_eq!(Form::default().write(), "{ }");
        assert_eq!(
            full().write(),
            r#"{ rootServiceName = "api-gateway" && resource.service.name = "order \"service\"" && name = "POST /orders" && status = error && kind = server && duration >= 250ms && duration <= 2s && span.order.id = "A-1" } >> { resource.service.name = "erp-connector" }"#
        );
        let half = Form { lines: vec![Line { field: "span.x".to_owned(), ..Line::default() }], ..Form::default() };
        assert_eq!(half.write(), "{ }");
    }

    #[test]
    fn what_a_form_wrote_it_reads_back() {
        for form in [Form::default(), full(), Form { calls: String::new(), ..full() }] {
            assert_eq!(Form::read(&form.write()), Some(form));
        }
        assert_eq!(Form::read("{ span:status = error }").map(|form| form.status).as_deref(), Some("error"));
        assert_eq!(Form::read(""), Some(Form::default()));
    }

    #[test]
    fn any_other_query_is_the_editors() {
        for query in [
            "{ status = error } | count() > 1",
            "{ status = error || kind = server }",
            "{ .a }",
            "{ status = error && status = ok }",
            "{ } >> { status = error }",
            r#"{ } << { resource.service.name = "a" }"#,
            r#"{ name = "\x41" }"#,
            "{ } >> { } >> { }",
            "count() > 2",
        ] {
            assert_eq!(Form::read(query), None, "{query}");
        }
    }
}
