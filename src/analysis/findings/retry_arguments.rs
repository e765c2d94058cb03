//! With what a span was called, as far as its attributes say: the next row of an import repeats nothing, though it is of the same
//! operation. What tells how it went, or which attempt it was, is no argument.

use rustc_hash::FxHashMap;

use crate::analysis::statement_shape::{is_placeholder, shape};
use crate::base::{Sym, sort};
use crate::model::{Held, SpanIdx, Trace, Value};

/// Words of keys that tell of the outcome, of the attempt, or of the connection.
const NO_ARGUMENT: [&str; 30] = [
    "attempt",
    "attempts",
    "retry",
    "retries",
    "resend",
    "status",
    "error",
    "exception",
    "response",
    "result",
    "outcome",
    "duration",
    "elapsed",
    "latency",
    "wait",
    "time",
    "timestamp",
    "ms",
    "net",
    "network",
    "flavor",
    "thread",
    "peer",
    "port",
    "otel",
    "uncompressed",
    "cached",
    "hit",
    "warning",
    "grpc",
];

/// Keys that differ from one attempt to the next, whatever their words.
const NO_ARGUMENT_KEYS: [&str; 5] =
    ["messaging.message.id", "messaging.message_id", "aws.request_id", "aws.requestId", "http.request_id"];

/// Numbers for arguments, equal for equal ones.
pub struct Arguments<'t> {
    trace: &'t Trace,
    is_argument: FxHashMap<Sym, bool>,
    known: FxHashMap<Vec<(Sym, u8, u64)>, u32>,
}

impl<'t> Arguments<'t> {
    pub fn new(trace: &'t Trace) -> Self {
        Arguments { trace, is_argument: FxHashMap::default(), known: FxHashMap::default() }
    }

    /// Texts and whole numbers; lists and measured values are left out.
    pub fn of(&mut self, span: SpanIdx) -> u32 {
        let set = &self.trace.set;
        let mut said = Vec::new();
        for (key, held) in set.attrs.scan(&set.strings, self.trace.attrs(span)) {
            let value = match held {
                Held::Text(text) => (0, u64::from(text.0)),
                Held::Other(Value::Int(number)) => (1, number as u64),
                Held::Other(_) => continue,
            };
            if *self.is_argument.entry(key).or_insert_with(|| is_argument(set.strings.get(key))) {
                said.push((key, value.0, value.1));
            }
        }
        sort::plain(&mut said);
        let next = self.known.len() as u32;
        *self.known.entry(said).or_insert(next)
    }
}

impl Arguments<'_> {
    /// Whether a span may have arguments that its attributes do not show: it says none at all, or a statement with placeholders.
    pub fn may_hide(&mut self, span: SpanIdx) -> bool {
        let set = &self.trace.set;
        let (mut says_any, mut has_placeholder) = (false, false);
        for (key, held) in set.attrs.scan(&set.strings, self.trace.attrs(span)) {
            let key_text = set.strings.get(key);
            let Held::Text(text) = held else { continue };
            if matches!(key_text, "db.query.text" | "db.statement") {
                has_placeholder |= placeholders(set.strings.get(text));
            }
            says_any |= *self.is_argument.entry(key).or_insert_with(|| is_argument(key_text));
        }
        has_placeholder || !says_any && self.of(span) == self.of_nothing()
    }

    fn of_nothing(&mut self) -> u32 {
        let next = self.known.len() as u32;
        *self.known.entry(Vec::new()).or_insert(next)
    }
}

/// Whether values stand elsewhere than in the statement.
fn placeholders(statement: &str) -> bool {
    let literal_free = shape(statement);
    literal_free.contains('?') && statement.char_indices().any(|(at, _)| is_placeholder(&statement[at..]))
}

fn is_argument(key: &str) -> bool {
    let mut words = key.split(['.', '_', '-']);
    !NO_ARGUMENT_KEYS.contains(&key)
        && !words.any(|word| NO_ARGUMENT.iter().any(|other| word.eq_ignore_ascii_case(other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};
    use crate::model::AnyValue;

    fn numbers(drafts: &[Draft]) -> Vec<u32> {
        let trace = trace(drafts);
        let mut arguments = Arguments::new(&trace);
        trace.spans().map(|span| arguments.of(span)).collect()
    }

    fn reserve(id: u64, sku: &'static str) -> Draft {
        Draft::new(id, 0, id, id + 1).attr("order.sku", sku)
    }

    #[test]
    fn arguments_hide_behind_placeholders_and_where_nothing_is_said() {
        let trace = trace(&[
            Draft::new(1, 0, 1, 2),
            Draft::new(2, 0, 2, 3).attr("retry.attempt", "1"),
            Draft::new(3, 0, 3, 4).attr("db.query.text", "INSERT INTO t VALUES ($1)"),
            Draft::new(4, 0, 4, 5).attr("db.query.text", "INSERT INTO t VALUES (1)"),
            reserve(5, "a"),
            Draft::new(6, 0, 6, 7).value("import.row", AnyValue::Int(1)),
        ]);
        let mut arguments = Arguments::new(&trace);
        let hidden: Vec<bool> = trace.spans().map(|span| arguments.may_hide(span)).collect();
        assert_eq!(hidden, [true, true, true, false, false, false]);
    }

    #[test]
    fn what_was_asked_for_tells_calls_apart_in_whatever_order_it_stands() {
        let both = |id| Draft::new(id, 0, id, id + 1);
        let of = numbers(&[
            reserve(1, "a").attr("x", "1"),
            reserve(2, "b"),
            both(3).attr("x", "1").attr("order.sku", "a"),
            both(4).value("order.sku", AnyValue::Int(1)),
        ]);
        assert_eq!(of, [0, 1, 0, 2]);
    }

    #[test]
    fn how_it_went_does_not() {
        let of = numbers(&[
            reserve(1, "a").value("retry.attempt", AnyValue::Int(1)).attr("error.type", "503"),
            reserve(2, "a")
                .value("retry.attempt", AnyValue::Int(2))
                .value("http.response.status_code", AnyValue::Int(200)),
            reserve(3, "a").attr("net.peer.ip", "::1").value("took", AnyValue::Double(1.5)),
        ]);
        assert_eq!(of, [0, 0, 0]);
    }
}
