//! A query run over a trace, in slices, so that the worker can answer other questions between and drop a query that is
//! superseded.
//!
//! Free text is looked for in the table of texts first, and then a span asks for bits ([`super::texts`]). What a shape of
//! attributes says of all spans that have it is asked once a shape, what a resource or a scope says once each.

use super::free_text::TextTest;
use super::grammar::{Field, Matching, Order, Query, Test};
use crate::analysis::Derived;
use crate::analysis::findings::{self, Finding};
use crate::base::{Strings, Sym};
use crate::model::{AttrRange, Held, SpanIdx, Trace, Value};

/// A search under way.
pub struct Search<'t> {
    trace: &'t Trace,
    derived: &'t Derived,
    alternatives: Vec<Vec<(bool, Compiled)>>,
    /// All texts have been looked at by the tests that want it.
    is_prepared: bool,
    next: u32,
}

/// Spans that [`Query::run`] takes at a time.
const RUN_STEP: usize = 65_536;

impl Query {
    /// Positions of all matching spans, ascending. Without findings: a term that names one matches none.
    pub fn run(&self, trace: &Trace, derived: &Derived) -> Vec<u32> {
        let mut search = Search::new(self, trace, derived, &[]);
        let mut found = Vec::new();
        while let Some(more) = search.step(RUN_STEP) {
            found.extend(more);
        }
        found
    }
}

impl<'t> Search<'t> {
    /// `found` is asked only by a query that [`Query::asks_for_findings`].
    pub fn new(query: &Query, trace: &'t Trace, derived: &'t Derived, found: &[Finding]) -> Self {
        let compile = |test: &Test| Compiled::of(test, trace, derived, found);
        let alternatives = query
            .alternatives
            .iter()
            .map(|terms| terms.iter().map(|term| (term.negated, compile(&term.test))).collect())
            .collect();
        Search { trace, derived, alternatives, is_prepared: false, next: 0 }
    }

    /// Looks at the next `max_spans` spans, or, before the first of them, at a mebibyte of texts: the matching ones,
    /// ascending; `None` when all have been seen.
    pub fn step(&mut self, max_spans: usize) -> Option<Vec<u32>> {
        let len = self.trace.len() as u32;
        if !self.is_prepared {
            let trace = self.trace;
            let mut tests = self.alternatives.iter_mut().flatten();
            if tests.any(|(_, test)| test.prepare(trace)) {
                return Some(Vec::new());
            }
            self.is_prepared = true;
        }
        if self.next >= len {
            return None;
        }
        let end = len.min(self.next.saturating_add(max_spans.max(1) as u32));
        let (trace, derived, alternatives) = (self.trace, self.derived, &mut self.alternatives);
        let found = (self.next..end)
            .filter(|at| {
                alternatives.iter_mut().any(|terms| {
                    terms.iter_mut().all(|(negated, test)| test.holds(trace, derived, SpanIdx(*at)) != *negated)
                })
            })
            .collect();
        self.next = end;
        Some(found)
    }
}

/// A test bound to one trace's symbols.
enum Compiled {
    Text(Box<TextTest>),
    Error,
    Service(Vec<bool>),
    Operation(Matching, Verdicts),
    Name(Matching, Verdicts),
    Kind(Matching),
    Status(Matching),
    Duration(Order, u64),
    SelfTime(Order, u64),
    /// The key is known; `None` never matches.
    Attribute(Option<Box<AttributeTest>>),
    /// Positions, ascending.
    Finding(Vec<u32>),
}

impl Compiled {
    fn of(test: &Test, trace: &Trace, derived: &Derived, found: &[Finding]) -> Self {
        let strings = &trace.set.strings;
        let attribute = |key: &str, expected: Expected| {
            let key = strings.find(key)?;
            let places = vec![Place::NotAsked; trace.set.attrs.shapes()];
            Some(Box::new(AttributeTest {
                said: Said { key, expected, places, texts: Verdicts::new(strings.len()) },
                resources: Verdicts::new(trace.set.resources.len()),
                scopes: Verdicts::new(trace.set.scopes.len()),
            }))
        };
        match test {
            Test::Text(needle) => Compiled::Text(Box::new(TextTest::new(needle.clone(), trace, derived))),
            Test::Error => Compiled::Error,
            Test::Finding(wanted) => Compiled::Finding(findings::spans_named(found, wanted).unwrap_or_default()),
            Test::Field(Field::Service, matching) => {
                Compiled::Service(trace.services.iter().map(|name| matching.holds(strings.get(*name))).collect())
            }
            Test::Field(Field::Operation, matching) => {
                Compiled::Operation(matching.clone(), Verdicts::new(derived.labels.strings.len()))
            }
            Test::Field(Field::Name, matching) => Compiled::Name(matching.clone(), Verdicts::new(strings.len())),
            Test::Field(Field::Kind, matching) => Compiled::Kind(matching.clone()),
            Test::Field(Field::Status, matching) => Compiled::Status(matching.clone()),
            Test::Duration(order, ns) => Compiled::Duration(*order, *ns),
            Test::SelfTime(order, ns) => Compiled::SelfTime(*order, *ns),
            Test::Attribute(key, matching) => Compiled::Attribute(attribute(key, Expected::Text(matching.clone()))),
            Test::Number(key, order, number) => Compiled::Attribute(attribute(key, Expected::Number(*order, *number))),
        }
    }

    /// What must be done before any span is asked, in steps; false when nothing is left of it.
    fn prepare(&mut self, trace: &Trace) -> bool {
        match self {
            Compiled::Text(test) => test.prepare(trace),
            _ => false,
        }
    }

    fn holds(&mut self, trace: &Trace, derived: &Derived, span: SpanIdx) -> bool {
        match self {
            Compiled::Text(test) => test.holds(trace, derived, span),
            Compiled::Error => trace.is_error(span),
            Compiled::Finding(spans) => spans.binary_search(&span.0).is_ok(),
            Compiled::Service(matches) => matches.get(trace.service(span) as usize).copied().unwrap_or_default(),
            Compiled::Operation(matching, verdicts) => {
                let label = derived.labels.label[span.index()];
                verdicts.of(label.index(), || matching.holds(derived.labels.strings.get(label)))
            }
            Compiled::Name(matching, verdicts) => {
                let name = trace.set.name[trace.row(span)];
                verdicts.of(name.index(), || matching.holds(trace.set.strings.get(name)))
            }
            Compiled::Kind(matching) => matching.holds(trace.kind(span).name()),
            Compiled::Status(matching) => matching.holds(trace.status(span).name()),
            Compiled::Duration(order, ns) => trace.timing(span).is_known() && order.holds(trace.duration_of(span), *ns),
            Compiled::SelfTime(order, ns) => order.holds(derived.self_ns[span.index()], *ns),
            Compiled::Attribute(None) => false,
            Compiled::Attribute(Some(test)) => test.holds(trace, span),
        }
    }
}

/// What is known of each text, resource or scope: not asked yet, no, yes.
pub(super) struct Verdicts(Vec<u8>);

impl Verdicts {
    pub fn new(len: usize) -> Self {
        Verdicts(vec![0; len])
    }

    pub fn of(&mut self, index: usize, judge: impl FnOnce() -> bool) -> bool {
        match self.0.get(index) {
            Some(0) => {
                let verdict = judge();
                self.0[index] = 1 + u8::from(verdict);
                verdict
            }
            Some(verdict) => *verdict == 2,
            None => judge(),
        }
    }
}

/// `key=value` and its kin, wherever a span can carry an attribute.
struct AttributeTest {
    said: Said,
    resources: Verdicts,
    scopes: Verdicts,
}

impl AttributeTest {
    fn holds(&mut self, trace: &Trace, span: SpanIdx) -> bool {
        let AttributeTest { said, resources, scopes } = self;
        let row = trace.row(span);
        let (resource, scope) = (trace.set.resource.at(row) as usize, trace.set.scope.at(row) as usize);
        said.in_range(trace, trace.attrs(span))
            || scopes.of(scope, || said.in_range(trace, trace.scope(span).attrs))
            || resources.of(resource, || said.in_range(trace, trace.resource(span).attrs))
            || trace.events(span).iter().any(|event| said.in_range(trace, event.attrs))
            || trace.links(span).iter().any(|link| said.in_range(trace, link.attrs))
    }
}

/// What is expected of a key, with what is known of each shape and text.
struct Said {
    key: Sym,
    expected: Expected,
    places: Vec<Place>,
    texts: Verdicts,
}

/// Where in a shape the key stands.
#[derive(Clone, Copy)]
enum Place {
    NotAsked,
    Nowhere,
    At(u32),
    /// More than once.
    Several,
}

impl Place {
    fn of(keys: &[Sym], key: Sym) -> Place {
        let mut places = (0u32..).zip(keys).filter(|(_, known)| **known == key).map(|(at, _)| at);
        match (places.next(), places.next()) {
            (None, _) => Place::Nowhere,
            (Some(at), None) => Place::At(at),
            _ => Place::Several,
        }
    }
}

impl Said {
    fn in_range(&mut self, trace: &Trace, range: AttrRange) -> bool {
        let (attrs, strings) = (&trace.set.attrs, &trace.set.strings);
        let shape = range.shape.index();
        if let Some(Place::NotAsked) = self.places.get(shape) {
            self.places[shape] = Place::of(attrs.keys_of(range.shape), self.key);
        }
        match self.places.get(shape) {
            Some(Place::Nowhere) => false,
            Some(Place::At(at)) => {
                attrs.nth(strings, range, *at).is_some_and(|held| self.expected.holds(strings, held, &mut self.texts))
            }
            _ => attrs
                .scan(strings, range)
                .any(|(key, held)| key == self.key && self.expected.holds(strings, held, &mut self.texts)),
        }
    }
}

enum Expected {
    Text(Matching),
    Number(Order, f64),
}

impl Expected {
    fn holds(&self, strings: &Strings, held: Held<'_>, texts: &mut Verdicts) -> bool {
        match (self, held) {
            // An attribute that is there exists, also with an empty value.
            (Expected::Text(Matching::Exists), _) => true,
            (Expected::Text(matching), Held::Text(text)) => {
                texts.of(text.index(), || matching.holds(strings.get(text)))
            }
            (Expected::Text(matching), Held::Other(value)) => matching.holds(&value.to_text()),
            (Expected::Number(order, number), Held::Text(text)) => texts
                .of(text.index(), || strings.get(text).parse::<f64>().is_ok_and(|value| order.holds(value, *number))),
            (Expected::Number(order, number), Held::Other(value)) => match value {
                Value::Int(value) => order.holds(value as f64, *number),
                Value::Double(value) => order.holds(value, *number),
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};
    use crate::model::{AnyValue, Kind};
    use std::borrow::Cow;

    fn sample() -> Trace {
        trace(&[
            Draft::new(0xabcdef01, 0, 0, 200_000_000).service("gateway").name("POST").kind(Kind::Server),
            Draft::new(2, 0xabcdef01, 0, 90_000_000)
                .service("order-service")
                .name("pg.query")
                .kind(Kind::Client)
                .attr("db.system", "postgresql")
                .attr("db.statement", "SELECT * FROM Parcels"),
            Draft::new(3, 2, 0, 10_000_000)
                .name("retry")
                .error("Card declined")
                .value("retry.attempt", AnyValue::Int(503))
                .value("ok", AnyValue::Bool(false))
                .value("raw", AnyValue::Bytes(Cow::Borrowed(&[0xde, 0xad])))
                .event("exception", &[("exception.type", "RangeError")]),
        ])
    }

    fn found(query: &str) -> Vec<u32> {
        let trace = sample();
        Query::parse(query).run(&trace, &Derived::of(&trace))
    }

    #[test]
    fn free_text_is_found_wherever_a_span_says_it() {
        for (query, spans) in [
            ("GATEWAY", vec![0]),
            ("pg.query", vec![1]),
            ("\"select parcels\"", vec![1]),
            ("db.sys", vec![1]),
            ("declined", vec![2]),
            ("rangeerr", vec![2]),
            ("exception", vec![2]),
            ("03", vec![2]),
            ("false", vec![2]),
            ("dead", vec![2]),
            ("abcdef01", vec![]),
            ("00000000abcdef01", vec![0]),
            ("node-7", vec![0, 1, 2]),
            ("host.name", vec![]),
            ("nowhere", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(found(query), spans, "{query}");
        }
    }

    #[test]
    fn fields_attributes_and_times_are_compared() {
        for (query, spans) in [
            ("service:order", vec![1]),
            ("service=order", vec![]),
            ("kind:client", vec![1]),
            ("status:error", vec![2]),
            ("error", vec![2]),
            ("-error", vec![0, 1]),
            ("name=post", vec![0]),
            ("operation:PARCELS", vec![1]),
            ("operation=\"select parcels\"", vec![1]),
            ("operation=select", vec![]),
            ("-operation=", vec![]),
            ("retry.attempt=503", vec![2]),
            ("retry.attempt>502.5", vec![2]),
            ("retry.attempt>503", vec![]),
            ("retry.attempt=", vec![2]),
            ("db.statement~parcels", vec![1]),
            ("host.name=NODE-7", vec![0, 1, 2]),
            ("exception.type=RangeError", vec![2]),
            ("no.such.key=", vec![]),
            ("duration>=90ms", vec![0, 1]),
            ("self>100ms", vec![0]),
            ("kind:client duration>1s OR error", vec![2]),
        ] {
            assert_eq!(found(query), spans, "{query}");
        }
    }

    #[test]
    fn slices_add_up_to_the_whole() {
        let trace = sample();
        let derived = Derived::of(&trace);
        let mut search = Search::new(&Query::parse("-nothing"), &trace, &derived, &[]);
        let steps: Vec<Vec<u32>> = core::iter::from_fn(|| search.step(2)).collect();
        assert_eq!(steps, [vec![], vec![0, 1], vec![2]], "the texts, then the spans");
    }
}
