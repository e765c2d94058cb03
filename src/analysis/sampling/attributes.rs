//! Which attributes the loaded traces have, so that a policy can ask for any of them: each different value once for all traces, and of each
//! trace which it has. Ids and statements would make that endless; beyond some hundreds of thousands values are left out, and it is told of
//! which keys.
//!
//! A policy sees a trace's attributes as one heap: it looks at those of resources and spans alike (not of scopes, events and links), and one
//! match is enough. Of a repeated key, which OTLP forbids, the Collector reads the first value only; here each counts.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::{Strings, Sym};
use crate::model::{AttrRange, Held, Trace, Value};

/// Different values of one key in one trace.
const MOST_OF_TRACE: u32 = 64;
/// Different values of one key in all traces.
const MOST_OF_KEY: u32 = 10_000;
/// Different values of all keys.
const MOST: usize = 500_000;
/// A longer text is known to be there, and not what it says.
const MOST_BYTES: usize = 1024;

/// A value as the policies read it: what is no text reads as "", what is no whole number as 0 (a double, too), what is no boolean as false.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Known {
    Text(Sym),
    Int(i64),
    Bool(bool),
    Other,
}

impl Known {
    pub fn int(self) -> i64 {
        if let Known::Int(number) = self { number } else { 0 }
    }

    pub fn bool(self) -> bool {
        self == Known::Bool(true)
    }
}

#[derive(Default)]
pub struct Attributes {
    pairs: Vec<(Sym, Known)>,
    lookup: FxHashMap<(Sym, Known), u32>,
    /// Pairs of all traces, one trace after the other; `ends` has where each one's end.
    of_traces: Vec<u32>,
    ends: Vec<u32>,
    of_key: FxHashMap<Sym, u32>,
    /// In how many traces values of a key were left out.
    cut: BTreeMap<Sym, u32>,
}

impl Attributes {
    /// Adds those of the next trace, O(attributes).
    pub fn add(&mut self, strings: &mut Strings, trace: &Trace) {
        let mut met = Met::default();
        let mut resources = FxHashSet::default();
        for span in trace.spans() {
            if resources.insert(trace.set.resource.at(trace.row(span))) {
                met.add(trace, trace.resource(span).attrs);
            }
            met.add(trace, trace.attrs(span));
        }
        let mut cut: FxHashSet<Sym> = met.cut.iter().map(|key| strings.intern(trace.set.strings.get(*key))).collect();
        for (key, value) in met.in_order {
            let key = strings.intern(trace.set.strings.get(key));
            let value = match value {
                Known::Text(text) if trace.set.strings.get(text).len() > MOST_BYTES => {
                    cut.insert(key);
                    Known::Other
                }
                Known::Text(text) if self.has_room(key) => Known::Text(strings.intern(trace.set.strings.get(text))),
                Known::Text(text) => match strings.find(trace.set.strings.get(text)) {
                    Some(text) => Known::Text(text),
                    None => {
                        cut.insert(key);
                        continue;
                    }
                },
                other => other,
            };
            match self.lookup.get(&(key, value)) {
                Some(pair) => self.of_traces.push(*pair),
                None if self.has_room(key) => {
                    let pair = self.pairs.len() as u32;
                    self.pairs.push((key, value));
                    self.lookup.insert((key, value), pair);
                    self.of_traces.push(pair);
                    *self.of_key.entry(key).or_default() += 1;
                }
                None => {
                    cut.insert(key);
                }
            }
        }
        for key in cut {
            *self.cut.entry(key).or_default() += 1;
        }
        self.ends.push(self.of_traces.len() as u32);
    }

    fn has_room(&self, key: Sym) -> bool {
        self.pairs.len() < MOST && self.of_key.get(&key).copied().unwrap_or_default() < MOST_OF_KEY
    }

    /// Which traces have a value of this key that passes the test, in the order in which they were added.
    pub fn holds(&self, strings: &Strings, key: &str, test: &dyn Fn(Known) -> bool) -> Vec<bool> {
        let key = strings.find(key);
        let passes: Vec<bool> = self.pairs.iter().map(|(of, value)| Some(*of) == key && test(*value)).collect();
        let mut from = 0;
        let holds = |end: &u32| {
            let pairs = self.of_traces.get(from..*end as usize).unwrap_or_default();
            from = *end as usize;
            pairs.iter().any(|pair| passes.get(*pair as usize).copied().unwrap_or_default())
        };
        self.ends.iter().map(holds).collect()
    }

    /// In how many traces values of this key were left out.
    pub fn cut(&self, strings: &Strings, key: &str) -> u32 {
        strings.find(key).and_then(|key| self.cut.get(&key).copied()).unwrap_or_default()
    }

    /// The keys there are.
    pub fn keys(&self) -> impl Iterator<Item = Sym> + '_ {
        self.of_key.keys().copied()
    }
}

/// What was met in one trace, under its own symbols.
#[derive(Default)]
struct Met {
    known: FxHashSet<(Sym, Known)>,
    in_order: Vec<(Sym, Known)>,
    of_key: FxHashMap<Sym, u32>,
    cut: FxHashSet<Sym>,
}

impl Met {
    fn add(&mut self, trace: &Trace, range: AttrRange) {
        for (key, held) in trace.set.attrs.scan(&trace.set.strings, range) {
            let value = match held {
                Held::Text(text) => Known::Text(text),
                Held::Other(Value::Int(number)) => Known::Int(number),
                Held::Other(Value::Bool(flag)) => Known::Bool(flag),
                Held::Other(_) => Known::Other,
            };
            if self.known.contains(&(key, value)) {
                continue;
            }
            let count = self.of_key.entry(key).or_default();
            if *count == MOST_OF_TRACE {
                self.cut.insert(key);
                continue;
            }
            *count += 1;
            self.known.insert((key, value));
            self.in_order.push((key, value));
        }
    }
}
