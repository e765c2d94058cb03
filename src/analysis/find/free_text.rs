//! Free text: whether a span says it anywhere. Keys of the resource are left out, since they are the same on every span:
//! `process` would match all by `process.pid`; their values count.

use core::fmt::Write;

use super::needle::Needle;
use super::search::Verdicts;
use super::texts::Texts;
use crate::analysis::Derived;
use crate::base::Sym;
use crate::model::{AttrRange, Shape, SpanIdx, Trace, Value, ValueType};

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
                texts: Texts::new(&trace.set.strings),
                shapes: vec![Look::NotAsked; trace.set.attrs.shapes()],
                needle,
            },
        }
    }

    /// Looks through more of the trace's texts; false when all have been seen. [`TextTest::holds`] comes after.
    pub fn prepare(&mut self, trace: &Trace) -> bool {
        self.judge.texts.step(&trace.set.strings, &self.judge.needle)
    }

    pub fn holds(&mut self, trace: &Trace, derived: &Derived, span: SpanIdx) -> bool {
        let TextTest { judge, labels, resources, scopes } = self;
        let (set, row) = (&trace.set, trace.row(span));
        let label = derived.labels.label[span.index()];
        let service = trace.services.get(trace.service(span) as usize).copied().unwrap_or_default();
        judge.texts.hold(set.name[row])
            || labels.of(label.index(), || judge.needle.is_in(derived.labels.strings.get(label)))
            || judge.texts.hold(service)
            || judge.texts.hold(set.status_message.at(row))
            || judge.span_id(trace.span_id(span).0)
            || judge.attributes(trace, trace.attrs(span))
            || judge.events_or_links(trace, span)
            || resources.of(set.resource.at(row) as usize, || judge.values(trace, trace.resource(span).attrs))
            || scopes.of(set.scope.at(row) as usize, || {
                let scope = trace.scope(span);
                judge.texts.hold(scope.name) || judge.attributes(trace, scope.attrs)
            })
    }
}

/// What a shape alone says of the spans that have it.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    NotAsked,
    /// A key holds the needle.
    Holds,
    /// No key does, and no value can.
    HoldsNot,
    /// Its texts can.
    AtTexts,
    /// Also numbers, flags, bytes or lists can.
    AtValues,
}

/// The needle, with what is known of each text and each shape of the trace.
struct Judge {
    needle: Needle,
    /// Digits and value, when the needle may be the start of an id.
    id_prefix: Option<(u32, u128)>,
    numbers: NumberShape,
    /// A number as it is read, to be looked at once.
    figure: String,
    texts: Texts,
    shapes: Vec<Look>,
}

impl Judge {
    fn attributes(&mut self, trace: &Trace, range: AttrRange) -> bool {
        match self.look(trace, range.shape) {
            Look::Holds => true,
            Look::HoldsNot => false,
            Look::AtTexts => self.may_hold(trace, range) && self.values(trace, range),
            Look::AtValues | Look::NotAsked => self.values(trace, range),
        }
    }

    #[inline]
    fn look(&mut self, trace: &Trace, shape: Shape) -> Look {
        match self.shapes.get(shape.index()) {
            Some(Look::NotAsked) => {
                let look = self.first_look(trace, shape);
                self.shapes[shape.index()] = look;
                look
            }
            Some(known) => *known,
            None => self.first_look(trace, shape),
        }
    }

    fn first_look(&self, trace: &Trace, shape: Shape) -> Look {
        let attrs = &trace.set.attrs;
        if attrs.keys_of(shape).iter().any(|key| self.texts.hold(*key)) {
            Look::Holds
        } else if attrs.types_of(shape).any(|of| of != ValueType::Str && self.numbers.allow(of)) {
            Look::AtValues
        } else if self.texts.any() && attrs.types_of(shape).any(|of| of == ValueType::Str) {
            Look::AtTexts
        } else {
            Look::HoldsNot
        }
    }

    /// False when no text of these values holds the needle. A number with the bits of such a text lets it be true, so that
    /// types need not be asked for most spans.
    #[inline]
    fn may_hold(&self, trace: &Trace, range: AttrRange) -> bool {
        let [front, back] = trace.set.attrs.bits_of(range);
        let holds = |bits: &u32| self.texts.hold(Sym(*bits));
        front.iter().any(holds) || back.iter().any(holds)
    }

    /// Whether a value does; keys are not asked.
    fn values(&mut self, trace: &Trace, range: AttrRange) -> bool {
        let (attrs, strings) = (&trace.set.attrs, &trace.set.strings);
        let [front, back] = attrs.bits_of(range);
        let values = attrs.types_of(range.shape).zip(front.iter().chain(back));
        (0..).zip(values).any(|(at, (of, bits))| match of {
            ValueType::Str => self.texts.hold(Sym(*bits)),
            other => {
                self.numbers.allow(other)
                    && attrs.nth(strings, range, at).is_some_and(|held| self.other(held.value(strings)))
            }
        })
    }

    fn other(&mut self, value: Value<'_>) -> bool {
        self.figure.clear();
        // A String takes whatever is written.
        let written = match value {
            Value::Int(number) => write!(self.figure, "{number}"),
            _ => return self.needle.is_in(&value.to_text()),
        };
        written.is_ok() && self.needle.is_in(&self.figure)
    }

    fn events_or_links(&mut self, trace: &Trace, span: SpanIdx) -> bool {
        trace.events(span).iter().any(|event| self.texts.hold(event.name) || self.attributes(trace, event.attrs))
            || trace.links(span).iter().any(|link| {
                self.trace_id(link.trace_id.0) || self.span_id(link.span_id.0) || self.attributes(trace, link.attrs)
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
            double: all_of(b"-.e+") || "nan".contains(needle) || "-infinity".contains(needle),
            bool: "true".contains(needle) || "false".contains(needle),
            bytes: needle.bytes().all(|byte| byte.is_ascii_hexdigit()),
        }
    }

    #[inline]
    fn allow(&self, of: ValueType) -> bool {
        match of {
            ValueType::Empty => false,
            ValueType::Int => self.int,
            ValueType::Double => self.double,
            ValueType::Bool => self.bool,
            ValueType::Bytes => self.bytes,
            ValueType::Str | ValueType::Array | ValueType::Kvlist => true,
        }
    }
}
