//! What decoding costs of files that are made to be slow: at eight times the size, as many instructions a byte (run where there is a valgrind, as
//! `findings_linear` is), and as many bytes and blocks of memory (run always).
//!
//! Eight is a power of two, so that lists that double are as full at both sizes.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its own file fails")]

mod counting;
mod otlp_writer;

use std::alloc::System;
use std::hint::black_box;

use spanloom::decode::decode;
use spanloom::model::SpanSet;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const INPUT: &str = "SPANLOOM_LINEAR_INPUT";
const ITEMS: &str = "SPANLOOM_LINEAR_ITEMS";

/// Items, for memory: so that lists outgrow the buffers of a fixed size.
const SIZES: [usize; 2] = [2_048, 16_384];
/// Items, for instructions: valgrind takes a while.
const COUNTED_SIZES: [usize; 2] = [1_024, 8_192];
/// What a byte costs at the larger size may be this many percent of what it costs at the smaller.
const MOST_PERCENT: usize = 130;

/// A name, and how it is made of a number of items.
type Input = (&'static str, fn(usize) -> Vec<u8>);

const INPUTS: [Input; 18] = [
    ("OTLP/JSON spans", |items| otlp(&each(items, ",", |nth| span(nth, "")))),
    ("one id for all spans", |items| otlp(&each(items, ",", |_| span(7, "")))),
    ("a trace for every span", |items| {
        otlp(&each(items, ",", |nth| span(nth, "").replace("0af7651916cd43dd8448eb21", &format!("{nth:024x}"))))
    }),
    ("a key of its own for every attribute", |items| {
        let attributes =
            each(items, ",", |nth| format!(r#"{{"key":"key.{nth}","value":{{"stringValue":"value {nth}"}}}}"#));
        otlp(&span(1, &format!(r#","attributes":[{attributes}]"#)))
    }),
    ("one key for all attributes", |items| {
        let attributes = each(items, ",", |_| r#"{"key":"key","value":{"intValue":"1"}}"#.to_owned());
        otlp(&span(1, &format!(r#","attributes":[{attributes}]"#)))
    }),
    ("values in lists in lists", |items| {
        let deep = format!("{}{}", r#"{"arrayValue":{"values":["#.repeat(20), "]}}".repeat(20));
        otlp(&each(items / 16, ",", |nth| span(nth, &format!(r#","attributes":[{{"key":"a","value":{deep}}}]"#))))
    }),
    ("members that nobody knows", |items| {
        otlp(&each(items / 8, ",", |nth| {
            span(nth, &format!(r#","unknown":{}1{}"#, r#"{"a":["#.repeat(20), "]}".repeat(20)))
        }))
    }),
    ("one text of escapes", |items| {
        otlp(&span(1, &format!(r#","traceState":"{}""#, r#"\u00e9\n"#.repeat(items * 32))))
    }),
    ("surrogates without their other half", |items| {
        otlp(&span(1, &format!(r#","traceState":"{}""#, r"\ud800".repeat(items * 32))))
    }),
    ("a resource for every span", |items| {
        let batches = each(items, ",", |nth| {
            let spans = span(nth, "");
            format!(
                r#"{{"resource":{{"attributes":[{{"key":"service.instance.id","value":{{"stringValue":"{nth}"}}}}]}},"scopeSpans":[{{"spans":[{spans}]}}]}}"#
            )
        });
        format!(r#"{{"resourceSpans":[{batches}]}}"#).into_bytes()
    }),
    ("a line for every span", |items| {
        each(items, "\n", |nth| String::from_utf8(otlp(&span(nth, ""))).unwrap()).into_bytes()
    }),
    ("lines that are cut", |items| {
        each(items, "\n", |nth| format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}"#, span(nth, "")))
            .into_bytes()
    }),
    ("values of the wrong type", |items| {
        otlp(&each(items, ",", |nth| span(nth, r#","kind":{},"events":5,"attributes":"a""#)))
    }),
    ("OTLP protobuf spans", |items| {
        otlp_writer::traces(
            "s",
            &(0..items).map(|nth| otlp_writer::span(nth as u64 + 1, "operation", &[])).collect::<Vec<_>>(),
        )
    }),
    ("protobuf fields that nobody knows", |items| {
        let unknown = otlp_writer::bytes(1_000, "a").repeat(items * 32);
        otlp_writer::traces("s", &[otlp_writer::span(1, "operation", &[unknown])])
    }),
    ("Jaeger spans", |items| {
        jaeger(items, |nth| format!("p{}", nth % 4), |nth| format!(r#""p{nth}":{{"serviceName":"s{nth}"}}"#), 4)
    }),
    ("a Jaeger process for every span", |items| {
        jaeger(items, |nth| format!("p{nth}"), |nth| format!(r#""p{nth}":{{"serviceName":"s{nth}"}}"#), items)
    }),
    ("Zipkin spans of two halves", |items| {
        let spans = each(items, ",", |nth| {
            let kind = if nth % 2 == 0 { "CLIENT" } else { "SERVER" };
            format!(
                r#"{{"traceId":"0af7651916cd43dd8448eb211c80319c","id":"{:016x}","kind":"{kind}","name":"get","timestamp":1700000000000000,"duration":10,"localEndpoint":{{"serviceName":"s"}},"tags":{{"a":"{nth}"}}}}"#,
                nth / 2 + 1
            )
        });
        format!("[{spans}]").into_bytes()
    }),
];

fn each(items: usize, between: &str, make: impl Fn(usize) -> String) -> String {
    (0..items).map(make).collect::<Vec<_>>().join(between)
}

fn otlp(spans: &str) -> Vec<u8> {
    format!(r#"{{"resourceSpans":[{{"resource":{{}},"scopeSpans":[{{"scope":{{}},"spans":[{spans}]}}]}}]}}"#)
        .into_bytes()
}

fn span(nth: usize, more: &str) -> String {
    format!(
        r#"{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"{:016x}","name":"operation {}","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000000001000"{more}}}"#,
        nth + 1,
        nth % 50
    )
}

fn jaeger(
    items: usize,
    process_of: impl Fn(usize) -> String,
    process: impl Fn(usize) -> String,
    processes: usize,
) -> Vec<u8> {
    let spans = each(items, ",", |nth| {
        format!(
            r#"{{"traceID":"0af7651916cd43dd8448eb211c80319c","spanID":"{:016x}","operationName":"get","references":[],"startTime":1700000000000000,"duration":10,"tags":[],"logs":[],"processID":"{}"}}"#,
            nth + 1,
            process_of(nth)
        )
    });
    format!(
        r#"{{"data":[{{"traceID":"0af7651916cd43dd8448eb211c80319c","spans":[{spans}],"processes":{{{}}}}}]}}"#,
        each(processes, ",", process)
    )
    .into_bytes()
}

fn read(bytes: &[u8]) -> SpanSet {
    let mut set = SpanSet::new();
    black_box(decode(Box::new(bytes), &mut set, &mut |_| {}));
    set.join_parts(0);
    set
}

fn made(name: &str, items: usize) -> Vec<u8> {
    INPUTS.into_iter().find(|(known, _)| *known == name).unwrap().1(items)
}

/// What runs under valgrind.
#[test]
#[ignore = "is started under valgrind by the test below"]
fn work() {
    let items = std::env::var(ITEMS).ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let bytes = made(&std::env::var(INPUT).unwrap_or_else(|_| INPUTS[0].0.to_owned()), items);
    black_box(read(&bytes));
}

#[test]
#[ignore = "needs valgrind; scripts/test.sh runs it where there is one"]
fn a_file_that_is_made_to_be_slow_costs_as_many_instructions_a_byte_at_eight_times_the_size() {
    let mut costs = Vec::new();
    for (name, make) in INPUTS {
        let [few, many] = COUNTED_SIZES.map(|items| {
            // With what making the input takes, which is linear and little beside reading it.
            counting::instructions(&[(INPUT, name), (ITEMS, &items.to_string())]) as usize / make(items).len()
        });
        println!("{name}: {few} instructions a byte at {} items, {many} at {}", COUNTED_SIZES[0], COUNTED_SIZES[1]);
        costs.push((name, few, many));
    }
    for (name, few, many) in costs {
        assert!(many * 100 <= few * MOST_PERCENT, "{name}: {few}, {many}");
    }
}

/// One test: it counts what the whole program allocates, so nothing may run beside it.
#[test]
fn a_file_that_is_made_to_be_slow_allocates_as_much_a_byte_at_eight_times_the_size() {
    let allocated = |bytes: &[u8]| {
        let region = Region::new(ALLOCATOR);
        let set = read(bytes);
        let change = region.change();
        assert!(!set.is_empty(), "nothing is read");
        (change.bytes_allocated, change.allocations + change.reallocations)
    };
    for (name, make) in INPUTS {
        // Buffers of a fixed size are in every reading.
        let fixed = allocated(&make(16));
        let [few, many] = SIZES.map(|items| {
            let bytes = make(items);
            let (allocated, blocks) = allocated(&bytes);
            ((allocated - fixed.0) * 1_000 / bytes.len(), (blocks - fixed.1) * 1_000_000 / bytes.len())
        });
        println!(
            "{name}: a thousand bytes allocate {} and {}, a million bytes {} and {} blocks",
            few.0, many.0, few.1, many.1
        );
        assert!(many.0 * 100 <= few.0 * MOST_PERCENT, "{name}: {few:?}, {many:?}");
        // A few blocks more say nothing.
        assert!(many.1 * 100 <= few.1 * MOST_PERCENT + 10_000, "{name}: {few:?}, {many:?}");
    }
}
