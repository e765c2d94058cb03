//! The generator of `examples/generate`: the same trace in every format, the same bytes every time, and true to what it says
//! of itself. The benchmark stands on it.

#![allow(clippy::unwrap_used, reason = "a test that cannot read what it wrote fails")]

#[path = "../examples/generate/facts.rs"]
mod facts;
#[path = "../examples/generate/jaeger.rs"]
mod jaeger;
#[path = "../examples/generate/otlp_json.rs"]
mod otlp_json;
#[path = "../examples/generate/otlp_proto.rs"]
mod otlp_proto;
#[path = "../examples/generate/platform.rs"]
mod platform;
#[path = "../examples/generate/random.rs"]
mod random;
#[path = "../examples/generate/span.rs"]
mod span;
#[path = "../examples/generate/tree.rs"]
mod tree;

use std::io::{self, Write};
use std::sync::Arc;

use serde_json::Value;
use spanloom::analysis::{Derived, report::report};
use spanloom::decode::{Format, decode, decode_watched};
use spanloom::model::{SpanSet, Trace};
use tree::Tree;

type Writer = fn(Tree, &mut dyn Write) -> io::Result<facts::Facts>;

const SPANS: u32 = 3_000;
const WRITERS: [(Format, Writer); 4] = [
    (Format::OtlpProtobuf, otlp_proto::write),
    (Format::OtlpJson, otlp_json::write),
    (Format::OtlpJsonLines, otlp_json::write_lines),
    (Format::JaegerJson, jaeger::write),
];

fn written(seed: u64, write: Writer) -> (Vec<u8>, Value) {
    let mut bytes = Vec::new();
    let facts = write(Tree::new(seed, SPANS, None), &mut bytes).unwrap();
    (bytes, serde_json::from_str(&facts.to_json()).unwrap())
}

fn trace_of(bytes: &[u8], format: Format) -> Trace {
    let mut set = SpanSet::new();
    let outcome = decode(Box::new(bytes), &mut set, &mut |_| ());
    assert_eq!((outcome.format, &outcome.error), (Some(format), &None));
    assert!(set.defects.is_empty(), "{:?}", set.defects.first());
    assert_eq!(set.trace_ids.len(), 1);
    let id = set.trace_ids[0];
    Trace::build(&Arc::new(set), id).unwrap()
}

#[test]
fn every_format_carries_the_trace_that_the_facts_tell() {
    let mut before: Option<Value> = None;
    for (format, write) in WRITERS {
        let (bytes, facts) = written(1, write);
        let trace = trace_of(&bytes, format);
        let mut report = serde_json::to_value(report(&trace, &Derived::of(&trace))).unwrap();
        for key in ["trace_id", "span_count", "service_count", "error_span_count", "root_count", "max_depth"] {
            assert_eq!(report[key], facts[key], "{format:?}: {key}");
        }
        let counts = |services: &Value| -> Vec<[String; 3]> {
            let line = |service: &Value| ["name", "spans", "error_spans"].map(|key| service[key].to_string());
            services.as_array().unwrap().iter().map(line).collect()
        };
        assert_eq!(counts(&report["services"]), counts(&facts["services"]), "{format:?}");
        let attributes: usize = trace.spans().map(|span| trace.attrs(span).len as usize).sum();
        let events: usize = trace.spans().map(|span| trace.events(span).len()).sum();
        if format == Format::JaegerJson {
            // Microseconds: durations, self times and with them the order of what touches may differ.
            continue;
        }
        assert_eq!((attributes as u64, events as u64), {
            let count = |key: &str| facts[key].as_u64().unwrap();
            (count("attribute_count"), count("event_count"))
        });
        report["warnings"].take();
        assert_eq!(*before.get_or_insert(report.clone()), report, "{format:?}");
    }
}

#[test]
fn the_same_arguments_give_the_same_bytes_and_another_seed_gives_others() {
    for (_, write) in WRITERS {
        assert!(written(7, write).0 == written(7, write).0);
        assert!(written(7, write).0 != written(8, write).0);
    }
}

#[test]
fn the_trace_is_shaped_as_a_platform_is() {
    let (bytes, facts) = written(1, otlp_proto::write);
    let depth = facts["max_depth"].as_u64().unwrap();
    assert!((5..=40).contains(&depth), "{depth}");
    let (spans, errors) = (facts["span_count"].as_u64().unwrap(), facts["error_span_count"].as_u64().unwrap());
    assert_eq!(spans, u64::from(SPANS));
    assert!((5..=20).contains(&(errors * 1000 / spans)), "{errors}");
    assert!((8..=14).contains(&(facts["attribute_count"].as_u64().unwrap() / spans)));
    assert!(facts["link_count"].as_u64().unwrap() > 0 && facts["event_count"].as_u64().unwrap() > spans / 20);
    let trace = trace_of(&bytes, Format::OtlpProtobuf);
    let widest = trace.spans().map(|span| trace.children(span).count()).max().unwrap();
    assert!(widest >= 12, "{widest}");
    let late = trace.spans().filter(|span| trace.parent(*span).is_some_and(|p| trace.end_ns(*span) > trace.end_ns(p)));
    assert!(late.count() > 0, "nothing outlives its caller");
}

#[test]
fn a_refusal_ends_the_reading_and_keeps_what_was_complete() {
    for (format, write) in WRITERS {
        let mut bytes = Vec::new();
        write(Tree::new(1, 9_000, None), &mut bytes).unwrap();
        let mut set = SpanSet::new();
        let mut looks = 0;
        let mut on_rows = |set: &SpanSet| {
            looks += 1;
            assert_eq!(set.len(), 4_096 * looks);
            if looks == 2 { Err("there is no room for more".to_owned()) } else { Ok(()) }
        };
        let outcome = decode_watched(Box::new(bytes.as_slice()), &mut set, &mut |_| (), &mut on_rows);
        let error = outcome.error.unwrap();
        assert_eq!((looks, set.len(), error.truncated), (2, 8_192, false), "{format:?}");
        assert_eq!(error.problem, "there is no room for more", "{format:?}");
        assert!(error.offset > 0 && (error.offset as usize) < bytes.len());
        assert!(set.resource.iter().all(|resource| (resource as usize) < set.resources.len()));
    }
}
