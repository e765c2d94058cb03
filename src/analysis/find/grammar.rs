//! From typed text to a [`Query`]. Matching is in `search`; a line of a list of traces is matched here.

use serde::{Deserialize, Serialize};

use super::needle::Needle;
use crate::analysis::findings::FindingKind;
use crate::model::TraceSummary;

/// Something about a query that its reader should know. `at` is a byte offset in the query.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Note {
    pub at: u32,
    pub message: String,
}

/// Alternatives of terms that must all match. Without terms it matches nothing in a trace and everything in a list.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Query {
    pub(super) alternatives: Vec<Vec<Term>>,
    pub notes: Vec<Note>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Term {
    pub negated: bool,
    pub test: Test,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Test {
    Text(Needle),
    Error,
    Field(Field, Matching),
    Attribute(String, Matching),
    Duration(Order, u64),
    SelfTime(Order, u64),
    Number(String, Order, f64),
    /// The spans of a finding, `repeated_calls.1`, or of all of a kind.
    Finding(String),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Field {
    Service,
    /// What the row shows: `GET /orders/{id}`.
    Operation,
    Name,
    Kind,
    Status,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Matching {
    Exists,
    Equals(Needle),
    Contains(Needle),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Order::Less => left < right,
            Order::LessOrEqual => left <= right,
            Order::Greater => left > right,
            Order::GreaterOrEqual => left >= right,
        }
    }
}

impl Matching {
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Matching::Exists => !text.is_empty(),
            Matching::Equals(needle) => needle.is(text),
            Matching::Contains(needle) => needle.is_in(text),
        }
    }
}

impl Field {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "service" => Field::Service,
            "operation" => Field::Operation,
            "name" => Field::Name,
            "kind" => Field::Kind,
            "status" => Field::Status,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Field::Service => "service",
            Field::Operation => "operation",
            Field::Name => "name",
            Field::Kind => "kind",
            Field::Status => "status",
        }
    }
}

impl Query {
    /// Reads a query; never fails.
    pub fn parse(text: &str) -> Query {
        let mut query = Query::default();
        let mut together: Vec<Term> = Vec::new();
        let mut dangling = None;
        for word in words(text, &mut query.notes) {
            if word.quoted_from.is_none() && word.text == "OR" {
                if together.is_empty() {
                    query.note(word.at, "OR needs a term on both sides; this one is left out.");
                } else {
                    query.alternatives.push(core::mem::take(&mut together));
                    dangling = Some(word.at);
                }
                continue;
            }
            dangling = None;
            together.push(query.term(&word));
        }
        if let Some(at) = dangling {
            query.note(at, "OR needs a term on both sides; this one is left out.");
        }
        if !together.is_empty() {
            query.alternatives.push(together);
        }
        query
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.alternatives.is_empty()
    }

    /// Whether it names a finding: then what was found must be known to run it.
    pub fn asks_for_findings(&self) -> bool {
        self.alternatives.iter().flatten().any(|term| matches!(term.test, Test::Finding(_)))
    }

    /// Whether a trace in a list matches: text in root, services and id; `service`, `operation` and `name` (the
    /// root's, one and the same), `error`, `status:error`, `duration`. Terms about spans' insides match no trace.
    pub fn matches_summary(&self, line: &TraceSummary) -> bool {
        self.is_empty()
            || self.alternatives.iter().any(|terms| terms.iter().all(|term| term.test.holds_for(line) != term.negated))
    }

    fn note(&mut self, at: usize, message: impl Into<String>) {
        self.notes.push(Note { at: at as u32, message: message.into() });
    }

    fn term(&mut self, word: &Word) -> Term {
        let negated = word.quoted_from != Some(0) && word.text.len() > 1 && word.text.starts_with('-');
        let skip = usize::from(negated);
        let text = word.text.get(skip..).unwrap_or_default();
        // An operator inside quotes is text.
        let plain = word.quoted_from.map_or(text.len(), |from| from.saturating_sub(skip));
        let test = self.test(text, plain, word.at);
        Term { negated, test }
    }

    fn test(&mut self, text: &str, plain: usize, at: usize) -> Test {
        let as_text = || Test::Text(Needle::new(text));
        let Some(operator) = text.get(..plain).unwrap_or_default().find([':', '=', '~', '<', '>']) else {
            return if plain > 0 && text.eq_ignore_ascii_case("error") { Test::Error } else { as_text() };
        };
        let (key, rest) = text.split_at(operator);
        let value = rest.get(1..).unwrap_or_default();
        if key.is_empty() {
            return as_text();
        }
        match rest.as_bytes().first() {
            Some(b'<' | b'>') => self.comparison(key, rest, at).unwrap_or_else(as_text),
            Some(b':' | b'=') if key == "finding" && !value.is_empty() => self.finding(value, at),
            Some(b':') => match Field::named(key) {
                Some(field) if !value.is_empty() => Test::Field(field, Matching::Contains(Needle::new(value))),
                Some(_) => {
                    self.note(at, format!("“{text}” names nothing to look for; it is searched as text."));
                    as_text()
                }
                // `http://…`, `12:30`: a colon is common in text.
                None => as_text(),
            },
            Some(b'~') => keyed(key, Matching::Contains(Needle::new(value))),
            _ if value.is_empty() => keyed(key, Matching::Exists),
            _ => keyed(key, Matching::Equals(Needle::new(value))),
        }
    }

    /// `finding:repeated_calls.1`.
    fn finding(&mut self, value: &str, at: usize) -> Test {
        let wanted = value.to_ascii_lowercase();
        let kind = wanted.split_once('.').map_or(wanted.as_str(), |(kind, _)| kind);
        if FindingKind::named(kind).is_none() {
            self.note(at, format!("There is no kind of finding called “{kind}”; it matches nothing."));
        }
        Test::Finding(wanted)
    }

    /// `duration>100ms`, `self<=2s`, `retry.attempt>1`; `None`, with a note, when the right side is no such value.
    fn comparison(&mut self, key: &str, rest: &str, at: usize) -> Option<Test> {
        let (order, value) = match rest.as_bytes() {
            [b'<', b'=', ..] => (Order::LessOrEqual, rest.get(2..)?),
            [b'>', b'=', ..] => (Order::GreaterOrEqual, rest.get(2..)?),
            [b'<', ..] => (Order::Less, rest.get(1..)?),
            _ => (Order::Greater, rest.get(1..)?),
        };
        if key == "duration" || key == "self" {
            let Some(ns) = duration_ns(value) else {
                let message = format!("“{value}” is no duration such as 100ms or 1.5s; it is searched as text.");
                self.note(at, message);
                return None;
            };
            return Some(if key == "self" { Test::SelfTime(order, ns) } else { Test::Duration(order, ns) });
        }
        match value.parse::<f64>() {
            Ok(number) if number.is_finite() => Some(Test::Number(key.to_owned(), order, number)),
            _ => {
                self.note(at, format!("“{value}” is no number to compare {key} with; it is searched as text."));
                None
            }
        }
    }
}

fn keyed(key: &str, matching: Matching) -> Test {
    match Field::named(key) {
        Some(field) => Test::Field(field, matching),
        None => Test::Attribute(key.to_owned(), matching),
    }
}

impl Test {
    fn holds_for(&self, line: &TraceSummary) -> bool {
        let service = |matching: &Matching| line.services.iter().any(|mark| matching.holds(&mark.name));
        let root = |matching: &Matching| line.root.as_ref().is_some_and(|root| matching.holds(&root.operation));
        match self {
            Test::Text(needle) => {
                let contains = Matching::Contains(needle.clone());
                let id = needle.as_id_prefix().is_some() && line.trace_id.starts_with(needle.as_str())
                    || line.id_text.as_deref().is_some_and(|text| needle.is_in(text));
                service(&contains) || root(&contains) || id
            }
            Test::Error => line.error_spans > 0,
            Test::Field(Field::Service, matching) => service(matching),
            Test::Field(Field::Operation | Field::Name, matching) => root(matching),
            Test::Field(Field::Status, matching) => matching.holds("ERROR") && line.error_spans > 0,
            Test::Duration(order, ns) => order.holds(line.duration_ns, *ns),
            Test::Field(Field::Kind, _)
            | Test::Attribute(..)
            | Test::SelfTime(..)
            | Test::Number(..)
            | Test::Finding(_) => false,
        }
    }
}

/// `100ms`, `1.5s`, `0`: a figure and a unit; `None` for anything else.
fn duration_ns(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (figure, unit) = text.split_at(digits);
    let figure: f64 = figure.parse().ok()?;
    let unit_ns = match unit {
        "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" | "min" => 6e10,
        "" if figure == 0.0 => 1.0,
        _ => return None,
    };
    Some((figure * unit_ns).round() as u64)
}

/// A word of the query: blanks outside quotes part words, quotes themselves are taken off.
struct Word {
    at: usize,
    text: String,
    /// Where in `text` the first quoted part begins.
    quoted_from: Option<usize>,
}

fn words(text: &str, notes: &mut Vec<Note>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open: Option<Word> = None;
    let mut quote: Option<usize> = None;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() && quote.is_none() {
            words.extend(open.take());
            continue;
        }
        let word = open.get_or_insert(Word { at, text: String::new(), quoted_from: None });
        if c == '"' {
            quote = if quote.is_none() { Some(at) } else { None };
            word.quoted_from.get_or_insert(word.text.len());
        } else {
            word.text.push(c);
        }
    }
    if let Some(at) = quote {
        notes.push(Note { at: at as u32, message: "This quote is not closed; it is read to the end.".to_owned() });
    }
    words.extend(open);
    words.retain(|word| !word.text.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ServiceMark;
    use crate::model::summary::RootName;

    fn one(text: &str) -> Test {
        let query = Query::parse(text);
        assert_eq!(query.notes, [], "{text}");
        assert_eq!(query.alternatives.len(), 1, "{text}");
        query.alternatives[0][0].test.clone()
    }

    fn needle(text: &str) -> Needle {
        Needle::new(text)
    }

    #[test]
    fn every_form_of_a_term_is_read() {
        assert_eq!(one("Orders"), Test::Text(needle("orders")));
        assert_eq!(one("\"two words\""), Test::Text(needle("two words")));
        assert_eq!(one("\"a=b\""), Test::Text(needle("a=b")));
        assert_eq!(one("http://x/y?z"), Test::Text(needle("http://x/y?z")));
        assert_eq!(one("error"), Test::Error);
        assert_eq!(one("\"error\""), Test::Text(needle("error")));
        assert_eq!(one("service:order"), Test::Field(Field::Service, Matching::Contains(needle("order"))));
        assert_eq!(one("operation:get"), Test::Field(Field::Operation, Matching::Contains(needle("get"))));
        assert_eq!(one("operation=x"), Test::Field(Field::Operation, Matching::Equals(needle("x"))));
        assert_eq!(one("name=\"GET /x y\""), Test::Field(Field::Name, Matching::Equals(needle("get /x y"))));
        assert_eq!(one("http.route=/x=y"), Test::Attribute("http.route".to_owned(), Matching::Equals(needle("/x=y"))));
        assert_eq!(one("sku~41"), Test::Attribute("sku".to_owned(), Matching::Contains(needle("41"))));
        assert_eq!(one("retry.attempt="), Test::Attribute("retry.attempt".to_owned(), Matching::Exists));
        assert_eq!(one("duration>1.5ms"), Test::Duration(Order::Greater, 1_500_000));
        assert_eq!(one("duration<=2µs"), Test::Duration(Order::LessOrEqual, 2_000));
        assert_eq!(one("self>=1m"), Test::SelfTime(Order::GreaterOrEqual, 60_000_000_000));
        assert_eq!(one("finding:Repeated_calls.1"), Test::Finding("repeated_calls.1".to_owned()));
        assert_eq!(one("retry.attempt>1"), Test::Number("retry.attempt".to_owned(), Order::Greater, 1.0));
    }

    #[test]
    fn terms_are_anded_alternatives_ored_and_negated() {
        let query = Query::parse("a -b OR -\"c d\" -");
        let shape: Vec<Vec<(bool, Test)>> = query
            .alternatives
            .iter()
            .map(|terms| terms.iter().map(|term| (term.negated, term.test.clone())).collect())
            .collect();
        let text = |text: &str| Test::Text(needle(text));
        assert_eq!(shape, [vec![(false, text("a")), (true, text("b"))], vec![(true, text("c d")), (false, text("-"))]]);
    }

    #[test]
    fn what_cannot_be_read_is_text_and_says_where() {
        let noted = |text: &str| Query::parse(text).notes.iter().map(|note| note.at).collect::<Vec<_>>();
        assert_eq!(noted("x duration>abc"), [2]);
        assert_eq!(noted("duration>100"), [0]);
        assert_eq!(noted("a>b"), [0]);
        assert_eq!(noted("service:"), [0]);
        assert_eq!(noted("a \"open"), [2]);
        assert_eq!(noted("OR a OR"), [0, 5]);
        assert_eq!(noted("a finding:no_such_kind"), [2]);
        assert_eq!(Query::parse("duration>abc").alternatives[0][0].test, Test::Text(needle("duration>abc")));
        assert!(Query::parse(" \"\" ").is_empty());
    }

    #[test]
    fn the_same_grammar_filters_a_list_of_traces() {
        let line = TraceSummary {
            trace_id: "b52217d5b162a8772aa74c5d800d5837".to_owned(),
            root: Some(RootName { service: "web".to_owned(), operation: "POST /orders".to_owned() }),
            duration_ns: 5_000_000,
            error_spans: 1,
            services: vec![ServiceMark { name: "web".to_owned(), error: true }],
            ..TraceSummary::default()
        };
        for (query, matches) in [
            ("", true),
            ("orders error", true),
            ("-error", false),
            ("service=web duration>=5ms", true),
            ("service=we", false),
            ("operation:orders", true),
            ("operation=\"post /orders\"", true),
            ("operation=post", false),
            ("b52217d5", true),
            ("nothing OR status:error", true),
            ("kind:client", false),
        ] {
            assert_eq!(Query::parse(query).matches_summary(&line), matches, "{query}");
        }
    }
}
