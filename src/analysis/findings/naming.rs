//! How evidence names spans, so that one can find them again: `“GET /orders” (SERVER, api-gateway on node-2, span 00…17)`; and the
//! order in which findings list them. Not here: how a row is labelled (`analysis::label`).

use core::cmp::Ordering;

use super::{Ground, quote};
use crate::base::{format, sort};
use crate::model::{SpanIdx, Trace, Value};

/// How many spans, hosts or messages evidence shows before it says how many more there are.
pub const SHOWN: usize = 5;

/// By start; ties by id, and where ids repeat by what else tells spans apart, so that no arrival decides.
pub fn sort_by_start(trace: &Trace, spans: &mut [SpanIdx]) {
    sort::by(spans, |a, b| by_start(trace, *a, *b));
}

pub fn by_start(trace: &Trace, a: SpanIdx, b: SpanIdx) -> Ordering {
    let key = |span| (trace.start_ns(span), trace.span_id(span), trace.end_ns(span), trace.name(span), span);
    key(a).cmp(&key(b))
}

/// `“GET /orders” (SERVER, api-gateway on node-2, span 00…17)`.
pub fn span(ground: &Ground<'_>, span: SpanIdx) -> String {
    let trace = ground.trace;
    let (name, kind, id) = (quote::quoted(trace.name(span)), trace.kind(span).name(), trace.span_id(span));
    format!("{name} ({kind}, {}, span {id})", place(ground.service(span), host_name(ground, span)))
}

/// `api-gateway on node-2`; the service alone when the host is not known.
pub fn place(service: &str, host: &str) -> String {
    if host.is_empty() { service.to_owned() } else { format!("{service} on {host}") }
}

/// `host.name` of a span's resource; empty when it is missing or no text.
pub fn host_name<'t>(ground: &Ground<'t>, span: SpanIdx) -> &'t str {
    let set = &ground.trace.set;
    let Some(key) = set.strings.find("host.name") else { return "" };
    match set.attrs.last(&set.strings, ground.trace.resource(span).attrs, key) {
        Some(Value::Str(host)) => host,
        _ => "",
    }
}

/// A sentence for each of the first few spans, and one that counts the rest.
pub fn sentences(spans: &[SpanIdx], mut of: impl FnMut(SpanIdx) -> String) -> Vec<String> {
    let mut sentences: Vec<String> = spans.iter().take(SHOWN).map(|span| of(*span)).collect();
    if let Some(more) = spans.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        sentences.push(format!("The same holds for {}.", format::counted(more as u64, "more span", "more spans")));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Derived;
    use crate::analysis::findings::Seen;
    use crate::analysis::sample::{Draft, trace};
    use crate::model::Kind;

    #[test]
    fn a_span_is_named_by_what_finds_it_again() {
        let trace = trace(&[
            Draft::new(0x17, 0, 0, 9).service("api").name("GET /").kind(Kind::Server).host("node-2"),
            Draft::new(0x18, 0x17, 1, 2).service("").host(""),
        ]);
        let derived = Derived::of(&trace);
        let ground = Ground::new(&trace, &derived, Seen::default());
        let named: Vec<String> = trace.spans().map(|at| span(&ground, at)).collect();
        assert_eq!(
            named,
            [
                "“GET /” (SERVER, api on node-2, span 0000000000000017)",
                "“work” (INTERNAL, a service without a name, span 0000000000000018)"
            ]
        );
    }

    #[test]
    fn spans_of_one_id_and_start_stand_alike_in_any_order() {
        let drafts = [Draft::new(0, 0, 5, 9).name("b"), Draft::new(0, 0, 5, 9).name("a"), Draft::new(1, 0, 5, 9)];
        let names = |drafts: &[Draft]| {
            let trace = trace(drafts);
            let mut spans: Vec<SpanIdx> = trace.spans().collect();
            sort_by_start(&trace, &mut spans);
            spans.into_iter().map(|span| trace.name(span).to_owned()).collect::<Vec<_>>()
        };
        let [a, b, c] = drafts.clone();
        assert_eq!(names(&drafts), ["a", "b", "work"]);
        assert_eq!(names(&[c, b, a]), ["a", "b", "work"]);
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        let spans: Vec<SpanIdx> = (0..7).map(SpanIdx).collect();
        let said = |spans: &[SpanIdx]| sentences(spans, |span| span.0.to_string());
        assert_eq!(said(&spans[..5]), ["0", "1", "2", "3", "4"]);
        assert_eq!(said(&spans)[5..], ["The same holds for 2 more spans."]);
    }
}
