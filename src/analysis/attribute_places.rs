//! Where a span can carry an attribute and what it says there: one lookup for find, which takes a span that says it at
//! any place, and for grouping, which needs one value a span. Not the reading of well-known keys: that is `semconv`.

use rustc_hash::FxHashMap;

use crate::base::{Strings, Sym};
use crate::model::{AttrRange, Held, SpanIdx, Trace, Value};

/// Whose attributes they are. Scopes and resources are shared by many spans and named by their index in the set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Owner {
    Span,
    Scope(u32),
    Resource(u32),
    Event,
    Link,
}

/// Every place, the most telling first: what the span is, then what it is part of, then what happened in it.
pub(super) fn places(trace: &Trace, span: SpanIdx) -> impl Iterator<Item = (Owner, AttrRange)> + '_ {
    let row = trace.row(span);
    let of_span = [
        (Owner::Span, trace.attrs(span)),
        (Owner::Scope(trace.set.scope.at(row)), trace.scope(span).attrs),
        (Owner::Resource(trace.set.resource.at(row)), trace.resource(span).attrs),
    ];
    let events = trace.events(span).iter().map(|event| (Owner::Event, event.attrs));
    let links = trace.links(span).iter().map(|link| (Owner::Link, link.attrs));
    of_span.into_iter().chain(events).chain(links)
}

/// Puts into `into` all that a span says of `key`: first the value it is grouped by, which is the first place's, and of
/// a key repeated there the last (OpenTelemetry's SDKs let the last write win); then whatever it says besides.
pub(super) fn said_of(trace: &Trace, span: SpanIdx, key: Sym, values: &mut Values<'_>, into: &mut Vec<u32>) {
    into.clear();
    for (_, range) in places(trace, span) {
        let before = into.len();
        let held = trace.set.attrs.scan(&trace.set.strings, range).filter(|(known, _)| *known == key);
        into.extend(held.map(|(_, held)| values.id(held)));
        if let Some(here) = into.get_mut(before..) {
            here.reverse();
        }
    }
}

/// Values as numbers, by what a person reads: the number 1 and the text `1` are one value, as they are to find.
pub(super) struct Values<'t> {
    strings: &'t Strings,
    /// What is no text of the trace already, numbered after `strings`.
    written: Strings,
    /// Numbers and flags by type and bits, so that each is written out once and not once a span.
    scalars: FxHashMap<(u8, u64), u32>,
}

impl<'t> Values<'t> {
    pub fn new(strings: &'t Strings) -> Self {
        Values { strings, written: Strings::default(), scalars: FxHashMap::default() }
    }

    pub fn id(&mut self, held: Held<'_>) -> u32 {
        let value = match held {
            Held::Text(text) => return text.0,
            Held::Other(value) => value,
        };
        let scalar = match value {
            Value::Bool(flag) => (0, u64::from(flag)),
            Value::Int(number) => (1, number as u64),
            Value::Double(number) => (2, number.to_bits()),
            other => return self.id_of_text(&other.to_text()),
        };
        if let Some(known) = self.scalars.get(&scalar) {
            return *known;
        }
        let id = self.id_of_text(&value.to_text());
        self.scalars.insert(scalar, id);
        id
    }

    fn id_of_text(&mut self, text: &str) -> u32 {
        let first_written = self.strings.len() as u32;
        let Values { strings, written, .. } = self;
        strings.find(text).map_or_else(|| first_written.saturating_add(written.intern(text).0), |known| known.0)
    }

    /// Empty for a number that [`Values::id`] did not give.
    pub fn text(&self, id: u32) -> &str {
        match id.checked_sub(self.strings.len() as u32) {
            Some(written) => self.written.get(Sym(written)),
            None => self.strings.get(Sym(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};
    use crate::model::AnyValue;

    fn said(key: &str, draft: Draft) -> Vec<String> {
        let trace = trace(&[draft]);
        let mut values = Values::new(&trace.set.strings);
        let mut said = Vec::new();
        said_of(&trace, SpanIdx(0), trace.set.strings.find(key).unwrap(), &mut values, &mut said);
        said.iter().map(|id| values.text(*id).to_owned()).collect()
    }

    #[test]
    fn the_span_speaks_before_its_resource_and_its_events() {
        let draft = Draft::new(1, 0, 0, 100).attr("host.name", "old").event("e", &[("host.name", "event")]);
        assert_eq!(said("host.name", draft.clone()), ["old", "node-7", "event"]);
        assert_eq!(said("host.name", draft.attr("host.name", "new")), ["new", "old", "node-7", "event"]);
    }

    #[test]
    fn a_number_and_its_text_are_one_value() {
        let draft = || Draft::new(1, 0, 0, 100);
        assert_eq!(said("k", draft().value("k", AnyValue::Int(7)).attr("other", "7")), ["7"]);
        let all = draft()
            .value("k", AnyValue::Int(7))
            .value("k", AnyValue::Double(7.0))
            .attr("k", "7")
            .value("k", AnyValue::Array(vec![AnyValue::Bool(true)]));
        let trace = trace(&[all]);
        let mut values = Values::new(&trace.set.strings);
        let mut said = Vec::new();
        said_of(&trace, SpanIdx(0), trace.set.strings.find("k").unwrap(), &mut values, &mut said);
        assert_eq!(values.text(said[0]), "[true]");
        assert!(said[1] == said[2] && said[2] == said[3] && said[0] != said[1]);
    }
}
