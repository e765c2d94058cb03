//! Free text: whether a span says it anywhere. Keys of the resource are left out, since they are the same on every span:
//! `process` would match all by `process.pid`; their values count.

use core::fmt::Write;

use super::needle::Needle;
use super::search::Verdicts;
use crate::analysis::Derived;
use crate::base::Sym;
use crate::model::{AttrRange, Held, SpanIdx, Trace, Value};

pub(super) struct TextTest {
    judge: Judge,
    labels: Verdicts,
    resources: Verdicts,
    scopes: Verdicts,
}

impl TextTest {
    pub fn new(needle: Needle, trace: &Trace, derived: &Derived) -> Self {
        TextTest {
            labels: Verdicts::new(derived.labels.strings.len()),
            resources: Verdicts::new(trace.set.resources.len()),
            scopes: Verdicts::new(trace.set.scopes.len()),
            judge: Judge {
                id_prefix: needle.as_id_prefix(),
                numbers: NumberShape::of(needle.as_str()),
                figure: String::new(),
                texts: Verdicts::new(trace.set.strings.len()),
                needle,
            },
        }
    }

    pub fn holds(&mut self, trace: &Trace, derived: &Derived, span: SpanIdx) -> bool {
        let TextTest { judge, labels, resources, scopes } = self;
        let (set, row) = (&trace.set, trace.row(span));
        let label = derived.labels.label[span.index()];
        let service = trace.services.get(trace.service(span) as usize).copied().unwrap_or_default();
        judge.text(trace, set.name[row])
            || labels.of(label.index(), || judge.needle.is_in(derived.labels.strings.get(label)))
            || judge.text(trace, service)
            || judge.text(trace, set.status_message.at(row))
            || judge.span_id(trace.span_id(span).0)
            || judge.attributes(trace, trace.attrs(span), Keys::Count)
            || judge.events_or_links(trace, span)
            || resources.of(set.resource.at(row) as usize, || {
                judge.attributes(trace, trace.resource(span).attrs, Keys::AreLeftOut)
            })
            || scopes.of(set.scope.at(row) as usize, || {
                let scope = trace.scope(span);
                judge.text(trace, scope.name) || judge.attributes(trace, scope.attrs, Keys::Count)
            })
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Keys {
    Count,
    AreLeftOut,
}

/// The needle, with what is known of each text of the trace.
struct Judge {
    needle: Needle,
    /// Digits and value, when the needle may be the start of an id.
    id_prefix: Option<(u32, u128)>,
    numbers: NumberShape,
    /// A number as it is read, to be looked at once.
    figure: String,
    texts: Verdicts,
}

impl Judge {
    fn text(&mut self, trace: &Trace, text: Sym) -> bool {
        let Judge { needle, texts, .. } = self;
        texts.of(text.index(), || needle.is_in(trace.set.strings.get(text)))
    }

    fn attributes(&mut self, trace: &Trace, range: AttrRange, keys: Keys) -> bool {
        trace.set.attrs.scan(&trace.set.strings, range).any(|(key, held)| {
            keys == Keys::Count && self.text(trace, key)
                || match held {
                    Held::Text(text) => self.text(trace, text),
                    Held::Other(value) => self.numbers.allow(value) && self.other(value),
                }
        })
    }

    fn other(&mut self, value: Value<'_>) -> bool {
        self.figure.clear();
        // A String takes whatever is written.
        let written = match value {
            Value::Int(number) => write!(self.figure, "{number}"),
            Value::Double(number) if number.is_finite() => write!(self.figure, "{number}"),
            _ => return self.needle.is_in(&value.to_text()),
        };
        written.is_ok() && self.needle.is_in(&self.figure)
    }

    fn events_or_links(&mut self, trace: &Trace, span: SpanIdx) -> bool {
        trace
            .events(span)
            .iter()
            .any(|event| self.text(trace, event.name) || self.attributes(trace, event.attrs, Keys::Count))
            || trace.links(span).iter().any(|link| {
                self.trace_id(link.trace_id.0)
                    || self.span_id(link.span_id.0)
                    || self.attributes(trace, link.attrs, Keys::Count)
            })
    }

    fn span_id(&self, id: u64) -> bool {
        self.id_prefix.is_some_and(|(digits, value)| digits <= 16 && u128::from(id) >> (64 - 4 * digits) == value)
    }

    fn trace_id(&self, id: u128) -> bool {
        self.id_prefix.is_some_and(|(digits, value)| id >> (128 - 4 * digits) == value)
    }
}

/// Which values that are no text can contain the needle at all. Most needles are words, and then no number of a million
/// spans is written out.
struct NumberShape {
    int: bool,
    double: bool,
    bool: bool,
    bytes: bool,
}

impl NumberShape {
    fn of(needle: &str) -> Self {
        let all_of = |others: &[u8]| needle.bytes().all(|byte| byte.is_ascii_digit() || others.contains(&byte));
        NumberShape {
            int: all_of(b"-"),
            double: all_of(b"-.") || "nan".contains(needle) || "-infinity".contains(needle),
            bool: "true".contains(needle) || "false".contains(needle),
            bytes: needle.bytes().all(|byte| byte.is_ascii_hexdigit()),
        }
    }

    fn allow(&self, value: Value<'_>) -> bool {
        match value {
            Value::Empty => false,
            Value::Int(_) => self.int,
            Value::Double(_) => self.double,
            Value::Bool(_) => self.bool,
            Value::Bytes(_) => self.bytes,
            Value::Str(_) | Value::Array(_) | Value::Kvlist(_) => true,
        }
    }
}
