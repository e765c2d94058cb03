//! OTLP protobuf as a whole: the recorded traces against what is true of them, and hand-made messages at the edges.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // The package denies them outside tests.

mod otlp_writer;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::PathBuf;

use otlp_writer::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use spanloom::base::{SpanId, TraceId};
use spanloom::decode::{Compression, Format, Outcome, decode};
use spanloom::model::{Kind, SpanSet, Status, Value, WarningKind};

fn fixture(path: &str) -> Vec<u8> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo")).join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(bytes: &[u8]) -> (SpanSet, Outcome) {
    let mut set = SpanSet::new();
    let outcome = decode(Box::new(bytes), &mut set, &mut |_| {});
    assert_eq!(outcome.spans as usize, set.len());
    (set, outcome)
}

/// Reads bytes that nothing is wrong with.
fn read_clean(bytes: &[u8]) -> (SpanSet, Outcome) {
    let (set, outcome) = read(bytes);
    assert_eq!(outcome.error, None);
    (set, outcome)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn attributes(set: &SpanSet, row: usize) -> Vec<(String, String)> {
    let pairs = set.attrs.iter(&set.strings, set.span_attrs.at(row));
    pairs.map(|(key, value)| (set.strings.get(key).to_owned(), value.to_text().into_owned())).collect()
}

/// Everything there is to a set, as text that can be compared.
fn rows(set: &SpanSet) -> Vec<String> {
    let owned = |range| {
        let pairs = set.attrs.iter(&set.strings, range);
        pairs.map(|(key, value)| format!("{}={value:?}", set.strings.get(key))).collect::<Vec<_>>()
    };
    let row = |row: usize| {
        let events = set.events[set.span_events.at(row).indexes()].iter();
        let events: Vec<_> =
            events.map(|e| (set.strings.get(e.name), e.time_unix_nano, owned(e.attrs), e.dropped_attributes)).collect();
        let links = set.links[set.span_links.at(row).indexes()].iter();
        let links: Vec<_> = links.map(|l| (l.trace_id, l.span_id, owned(l.attrs), l.flags)).collect();
        let resource = set.resources[set.resource.at(row) as usize];
        let scope = set.scopes[set.scope.at(row) as usize];
        format!(
            "{:?} {:?} {:?} {} {:?} {:?} {} {} {} {:?} {events:?} {links:?} {:?} {} {} {:?}",
            set.trace_ids[set.trace.at(row) as usize],
            set.span_id[row],
            set.parent_id[row],
            set.strings.get(set.name[row]),
            set.kind[row],
            set.status[row],
            set.strings.get(set.status_message.at(row)),
            set.start_unix_nano[row],
            set.end_unix_nano[row],
            owned(set.span_attrs.at(row)),
            owned(resource.attrs),
            set.strings.get(scope.name),
            set.strings.get(scope.version),
            set.dropped.get(&(row as u32)),
        )
    };
    (0..set.len()).map(row).collect()
}

/// Every `*.pb` and `*.pb.gz` of the recorded traces: trace, file, bytes.
fn recorded() -> Vec<(String, String, Vec<u8>)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo/traces");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        for file in ["v1.pb", "v2.pb", "v1.pb.gz", "v2.pb.gz"] {
            if let Ok(bytes) = std::fs::read(format!("{root}/{name}/{file}")) {
                found.push((name.clone(), file.to_owned(), bytes));
            }
        }
    }
    assert!(found.len() >= 20, "only {} recorded traces", found.len());
    found
}

#[test]
fn recorded_traces_hold_what_is_true_of_them() {
    let facts: serde_json::Value = serde_json::from_slice(&fixture("facts.json")).unwrap();
    for (name, file, bytes) in recorded() {
        let (set, outcome) = read_clean(&bytes);
        assert_eq!(outcome.format, Some(Format::OtlpProtobuf), "{name}/{file}");
        assert_eq!(outcome.compression, file.ends_with("gz").then_some(Compression::Gzip));
        assert_eq!((outcome.bytes, outcome.partial), (bytes.len() as u64, None));
        let truth = &facts[&name];
        let distinct_keys = |row: usize| -> usize {
            attributes(&set, row).into_iter().map(|(key, _)| key).collect::<BTreeSet<_>>().len()
        };
        let services: BTreeSet<&str> = set.resource.iter().map(|resource| set.service_of_resource(resource)).collect();
        for (figure, value) in [
            ("span_count", set.len()),
            ("event_count", set.span_events.iter().map(|range| range.len as usize).sum()),
            ("link_count", set.span_links.iter().map(|range| range.len as usize).sum()),
            ("attribute_count", (0..set.len()).map(distinct_keys).sum()),
            ("distinct_span_ids", set.span_id.iter().collect::<BTreeSet<_>>().len()),
            ("service_count", services.len()),
            ("error_span_count", set.status.iter().filter(|status| **status == Status::Error).count()),
            ("root_count", set.parent_id.iter().filter(|id| id.is_zero()).count()),
        ] {
            assert_eq!(Some(value as u64), truth[figure].as_u64(), "{figure} of {name}/{file}");
        }
        assert_eq!(set.trace_ids[0].to_string(), truth["trace_ids"][0].as_str().unwrap());
        let start = set.start_unix_nano.iter().min().unwrap();
        assert_eq!(start.to_string(), truth["start_unix_nano"].as_str().unwrap());
    }
}

#[test]
fn both_answers_of_tempo_give_the_same_rows() {
    for name in ["get-order", "synthetic-types", "linked-label", "synthetic-topology"] {
        let [v1, v2] = ["v1.pb", "v2.pb"].map(|file| rows(&read_clean(&fixture(&format!("traces/{name}/{file}"))).0));
        assert_eq!(v1, v2, "{name}");
    }
}

#[test]
fn a_partial_answer_says_so_in_tempos_words() {
    let (set, outcome) = read_clean(&fixture("limits/v2-partial.pb.gz"));
    let message = "Trace exceeds maximum size of 20000 bytes, a partial trace is returned";
    assert_eq!(outcome.partial.as_deref(), Some(message));
    assert!(!set.is_empty());
}

#[test]
fn an_answer_without_a_trace_is_read_and_empty() {
    let (_, outcome) = read_clean(&[0x0a, 0, 0x12, 0]);
    assert_eq!((outcome.format, outcome.spans), (Some(Format::OtlpProtobuf), 0));
}

#[test]
fn every_field_of_a_span_arrives() {
    let event = message(11, &[fixed64(1, 1_500), bytes(2, "exception"), attribute(3, "e", text("v")), number(4, 4)]);
    let link = message(
        13,
        &[
            bytes(1, [9; 16]),
            bytes(2, [8; 8]),
            bytes(3, "l=1"),
            attribute(4, "k", number(2, 1)),
            number(5, 5),
            fixed32(6, 257),
        ],
    );
    let fields = [
        bytes(3, "vendor=1"),
        bytes(4, 7u64.to_be_bytes()),
        attribute(9, "n", number(3, -5i64 as u64)),
        event,
        attribute(9, "d", fixed64(4, 1.5f64.to_bits())),
        link,
        attribute(9, "b", bytes(7, [0xde, 0xad])),
        number(10, 1),
        number(12, 2),
        number(14, 3),
        message(15, &[bytes(2, "boom"), number(3, 2)]),
        fixed32(16, 0x101),
    ];
    let (set, _) = read_clean(&traces("orders", &[span(1, "GET", &fields)]));
    let pairs = [("n", "-5"), ("d", "1.5"), ("b", "dead")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(attributes(&set, 0), pairs);
    assert_eq!((set.parent_id[0], set.flags.at(0)), (SpanId(7), 0x101));
    assert_eq!(set.strings.get(set.trace_state.at(0)), "vendor=1");
    assert_eq!((set.kind[0], set.status[0]), (Kind::Server, Status::Error));
    assert_eq!(set.strings.get(set.status_message.at(0)), "boom");
    assert_eq!(set.dropped[&0], [1, 2, 3]);
    let (event, link) = (set.events[0], set.links[0]);
    assert_eq!((event.time_unix_nano, event.attrs.len, event.dropped_attributes), (1_500, 1, 4));
    assert_eq!(
        (link.span_id, link.attrs.len, link.dropped_attributes, link.flags),
        (SpanId(0x808080808080808), 1, 5, 257)
    );
    assert!(set.defects.is_empty());
}

#[test]
fn a_resource_and_scope_behind_their_spans_still_belong_to_them() {
    let scope = message(1, &[bytes(1, "lib"), bytes(2, "1.0")]);
    let scope_spans = message(2, &[span(1, "a", &[]), bytes(3, "scope-url"), scope]);
    let (set, _) = read_clean(&message(1, &[scope_spans, bytes(3, "resource-url"), resource("late")]));
    let (resource, scope) = (set.resources[set.resource.at(0) as usize], set.scopes[set.scope.at(0) as usize]);
    assert_eq!(set.service_of_resource(set.resource.at(0)), "late");
    assert_eq!(set.strings.get(resource.schema_url), "resource-url");
    assert_eq!((set.strings.get(scope.name), set.strings.get(scope.schema_url)), ("lib", "scope-url"));
}

#[test]
fn a_resource_repeated_by_every_batch_is_kept_once() {
    let batch = message(1, &[resource("orders"), message(2, &[span(1, "a", &[])]), bytes(3, "url")]);
    let (set, _) = read_clean(&batch.repeat(50));
    assert!(set.resources.len() <= 2 && set.attrs.len() == 1, "{} lines", set.attrs.len());
    assert_eq!(set.service_of_resource(set.resource.at(49)), "orders");
    assert_eq!(set.resource.at(0), set.resource.at(49));
}

#[test]
fn instrumentation_library_spans_are_scope_spans() {
    let (set, _) = read_clean(&message(1, &[resource("old"), message(1000, &[span(1, "a", &[])])]));
    assert_eq!(set.service_of_resource(set.resource.at(0)), "old");
}

#[test]
fn unknown_fields_are_stepped_over_and_named() {
    let unknown = [number(90, 1), fixed64(91, 1), bytes(92, [0; 300]), fixed32(93, 1)].concat();
    let spans = message(2, &[unknown.clone(), span(1, "a", std::slice::from_ref(&unknown))]);
    let (set, _) = read_clean(&[message(1, &[resource("s"), unknown.clone(), spans]), unknown].concat());
    assert_eq!(set.len(), 1);
    let found: Vec<&str> = set.defects.iter().map(|defect| defect.message.as_str()).collect();
    let holders = ["Groups of a resource's spans", "Groups of a scope's spans", "Spans"];
    assert_eq!(found.len(), holders.len(), "{found:?}");
    for (message, holder) in found.iter().zip(holders) {
        assert!(
            message.starts_with(&format!("{holder} in this file have fields that OTLP does not define")),
            "{message}"
        );
        assert!(message.contains(": field 90 (1 "), "{message}");
        assert!(message.ends_with("), field 91 (1), field 92 (1), field 93 (1)."), "{message}");
    }
}

#[test]
fn a_damaged_span_is_skipped_and_the_others_stay() {
    let mut broken = span_fields(2, "broken");
    broken.push(vec![0x4a, 0x7f, 1]);
    let spans = [span(1, "a", &[attribute(9, "k", text("v"))]), message(2, &broken), span(3, "c", &[])];
    let (set, _) = read_clean(&traces("orders", &spans));
    assert_eq!(set.span_id, [SpanId(1), SpanId(3)]);
    assert_eq!(set.defects.len(), 1);
    let message = &set.defects[0].message;
    assert!(message.starts_with("resource_spans[0].scope_spans[0].spans[1]: "), "{message}");
}

#[test]
fn a_group_in_a_span_costs_that_span() {
    let (set, _) = read_clean(&traces("s", &[span(1, "a", &[vec![0xa3, 0x06, 0xa4, 0x06]]), span(2, "b", &[])]));
    assert_eq!((set.len(), set.defects.len()), (1, 1));
}

#[test]
fn unknown_kinds_and_codes_and_odd_ids_are_noted_and_left_at_their_defaults() {
    let fields = [number(6, 77), message(15, &[number(3, -1i64 as u64)]), bytes(4, [1; 9]), bytes(1, [5; 8])];
    let (set, _) = read_clean(&traces("s", &[span(1, "a", &fields)]));
    // Nine bytes are no id: one is derived from their hex digits (FNV-1a), and the digits are kept.
    assert_eq!((set.status[0], set.parent_id[0]), (Status::Unset, SpanId(0xdad2_09d8_c190_f69a)));
    assert_eq!(set.trace_ids, [TraceId(0x0505_0505_0505_0505)]);
    assert!(set.defects.iter().all(|defect| defect.kind == WarningKind::InvalidField && defect.row == Some(0)));
    assert_eq!(set.defects.len(), 3);
}

#[test]
fn text_that_is_not_utf8_is_repaired_and_noted() {
    let (set, _) =
        read_clean(&traces("s", &[span(1, "a", &[bytes(5, b"caf\xe9"), attribute(9, "k", bytes(1, [0xff]))])]));
    assert_eq!(set.strings.get(set.name[0]), "caf\u{fffd}");
    assert_eq!(set.defects.iter().filter(|defect| defect.kind == WarningKind::InvalidUtf8).count(), 2);
}

#[test]
fn the_extremes_of_numbers_survive() {
    let fields = [
        fixed64(7, 0),
        fixed64(8, u64::MAX),
        attribute(9, "min", number(3, i64::MIN as u64)),
        attribute(9, "nan", fixed64(4, f64::NAN.to_bits())),
        number(10, u64::MAX),
        bytes(2, u64::MAX.to_be_bytes()),
    ];
    let (set, _) = read_clean(&traces("s", &[span(1, "a", &fields)]));
    assert_eq!((set.start_unix_nano[0], set.end_unix_nano[0], set.span_id[0]), (0, u64::MAX, SpanId(u64::MAX)));
    assert_eq!(attributes(&set, 0)[0].1, i64::MIN.to_string());
    assert_eq!(set.dropped[&0][0], u32::MAX);
}

#[test]
fn a_megabyte_in_one_attribute_is_kept_whole() {
    let long = "x".repeat(1 << 20);
    let (set, _) = read_clean(&traces("s", &[span(1, "a", &[attribute(9, "k", text(&long))])]));
    assert_eq!(attributes(&set, 0)[0].1, long);
}

#[test]
fn nesting_without_end_is_cut_and_noted() {
    let mut value = number(3, 1);
    // Written inside out and reversed, so that 100,000 levels take no quadratic time.
    value.reverse();
    for _ in 0..100_000 {
        // AnyValue{array_value{values: …}}
        for tag in [0x0a, 0x2a] {
            let mut head = [vec![tag], varint(value.len() as u64)].concat();
            head.reverse();
            value.extend(head);
        }
    }
    value.reverse();
    let (set, _) = read_clean(&traces("s", &[span(1, "a", &[attribute(9, "deep", value)])]));
    assert_eq!(set.len(), 1);
    assert!(set.defects.iter().any(|defect| defect.message.contains("nested deeper")));
    let (_, mut value) = set.attrs.iter(&set.strings, set.span_attrs.at(0)).next().unwrap();
    let mut depth = 0;
    while let Value::Array(list) = value {
        value = list.iter().next().unwrap().1;
        depth += 1;
    }
    assert_eq!(depth, spanloom::model::attr::MAX_NESTING);
}

#[test]
fn log_records_and_metrics_are_counted_not_taken_for_spans() {
    let log = |fields: &[Vec<u8>]| message(2, fields);
    let logs = [
        log(&[fixed64(1, 5), number(2, 9), bytes(3, "INFO"), message(5, &[text("hello")])]),
        log(&[number(2, 9), message(5, &[text("no time")]), bytes(9, [1; 16]), bytes(10, [2; 8]), fixed64(11, 5)]),
    ];
    let point = message(1, &[fixed64(2, 1), fixed64(3, 2), fixed64(4, 3)]);
    let metrics = [
        message(2, &[bytes(1, "http.server.duration"), bytes(3, "ms"), message(9, &[point.clone(), number(2, 2)])]),
        message(2, &[bytes(1, "jvm.memory.used!"), bytes(2, "8 bytes."), message(5, std::slice::from_ref(&point))]),
        message(2, &[bytes(1, "calls"), message(7, &[point, number(2, 2), number(3, 1)])]),
    ];
    let file = [traces("s", &logs), traces("s", &metrics), traces("s", &[span(1, "a", &[])])].concat();
    let (set, outcome) = read_clean(&file);
    assert_eq!((set.len(), outcome.skipped_logs, outcome.skipped_metrics), (1, 2, 3));
    assert!(set.defects.is_empty(), "{:?}", set.defects);
    assert_eq!(set.events.len() + set.links.len(), 0);
}

#[test]
fn a_span_without_times_is_still_a_span() {
    let bare = message(2, &[bytes(1, 1u128.to_be_bytes()), bytes(2, 2u64.to_be_bytes()), bytes(5, "no times")]);
    let (set, _) = read_clean(&traces("s", &[bare]));
    assert_eq!(set.strings.get(set.name[0]), "no times");
}

#[test]
fn where_an_outer_message_breaks_is_told_and_what_came_before_is_kept() {
    let good = traces("s", &[span(1, "a", &[]), span(2, "b", &[])]);
    let mut bad = traces("t", &[span(3, "c", &[])]);
    let place = bad.len() - span(3, "c", &[]).len();
    bad[place] = 0x13;
    let (set, outcome) = read(&[good.clone(), bad].concat());
    let error = outcome.error.unwrap();
    assert_eq!((set.len(), error.offset), (2, (good.len() + place) as u64));
    assert_eq!((error.field.as_str(), error.truncated), ("resource_spans[1].scope_spans[0]", false));
    assert_eq!((error.format, error.at[0]), (Some(Format::OtlpProtobuf), 0x13));
    assert!(good.ends_with(&error.before[..1]) || !error.before.is_empty());
}

#[test]
fn spans_before_the_cut_keep_their_resource() {
    let file = traces("orders", &[span(1, "a", &[]), span(2, "b", &[])]);
    let (set, outcome) = read(&file[..file.len() - 3]);
    let error = outcome.error.unwrap();
    assert_eq!(
        (set.len(), error.truncated, error.field.as_str()),
        (1, true, "resource_spans[0].scope_spans[0].spans[1]")
    );
    assert_eq!(set.service_of_resource(set.resource.at(0)), "orders");
}

#[test]
fn length_prefixed_messages_are_read_one_by_one() {
    let logs = traces("s", &[message(2, &[fixed64(1, 5), number(2, 9), bytes(3, "INFO")])]);
    let messages =
        [vec![], traces("a", &[span(1, "a", &[])]), logs, traces("b", &[span(2, "b", &[]), span(3, "c", &[])])];
    let file = length_prefixed(&messages);
    for (file, compression) in [
        (file.clone(), None),
        (gzip(&file), Some(Compression::Gzip)),
        (zstd(&file), Some(Compression::Zstd)),
        (length_prefixed(&messages.map(|message| zstd(&message))), Some(Compression::Zstd)),
    ] {
        let (set, outcome) = read_clean(&file);
        assert_eq!((outcome.format, outcome.compression), (Some(Format::OtlpProtobufDelimited), compression));
        assert_eq!((set.len(), outcome.skipped_logs), (3, 1));
        assert_eq!(set.service_of_resource(set.resource.at(2)), "b");
    }
}

#[test]
fn a_recorded_trace_is_the_same_framed_and_zstd_compressed() {
    let plain = fixture("traces/order-full/v1.pb");
    let expected = rows(&read_clean(&plain).0);
    for file in
        [length_prefixed(std::slice::from_ref(&plain)), length_prefixed(&[zstd(&plain)]), zstd(&plain), gzip(&plain)]
    {
        assert_eq!(rows(&read_clean(&file).0), expected);
    }
}

#[test]
fn json_messages_that_are_framed_and_compressed_are_read() {
    let json = fixture("traces/get-order/conv.otlp.json");
    let expected = rows(&read_clean(&json).0);
    assert_eq!(expected.len(), 23);
    assert_eq!(rows(&read_clean(&length_prefixed(&[zstd(&json)])).0), expected);
    assert_eq!(rows(&read_clean(&length_prefixed(&[json])).0), expected);
}

#[test]
fn a_framed_file_that_is_cut_off_names_the_message() {
    let message = traces("a", &[span(1, "a", &[])]);
    let packed = zstd(&message);
    for (message, cut) in [(&message, 4), (&message, message.len() + 2), (&packed, 4), (&packed, packed.len() + 2)] {
        let file = length_prefixed(&[message.clone(), message.clone()]);
        let (set, outcome) = read(&file[..file.len() - cut]);
        let error = outcome.error.unwrap();
        assert!(error.truncated && error.field.starts_with("message[1]"), "{error:?}");
        assert_eq!((set.len(), error.format), (1, Some(Format::OtlpProtobufDelimited)));
    }
}

#[test]
fn a_hundred_thousand_small_messages_take_no_time() {
    let message = traces("a", &[span(1, "a", &[])]);
    let (set, _) = read_clean(&length_prefixed(&vec![message; 100_000]));
    assert_eq!((set.len(), set.resources.len(), set.attrs.len()), (100_000, 1, 1));
}

#[test]
fn garbage_behind_gzip_is_told_and_the_spans_are_kept() {
    let packed = [gzip(&traces("a", &[span(1, "a", &[])])), b"garbage".to_vec()].concat();
    let (set, outcome) = read(&packed);
    assert_eq!(set.len(), 1);
    assert!(outcome.error.unwrap().problem.contains("gzip data is damaged"));
}

#[test]
fn several_files_are_one_set_and_each_is_counted() {
    let mut set = SpanSet::new();
    for (service, id) in [("a", 1), ("b", 2)] {
        let file = traces(service, &[span(id, "x", &[])]);
        let outcome = decode(Box::new(file.as_slice()), &mut set, &mut |_| {});
        assert_eq!(outcome.spans, 1);
    }
    assert_eq!((set.len(), set.service_of_resource(set.resource.at(1))), (2, "b"));
}

#[test]
fn memory_does_not_grow_with_the_input_and_progress_is_told() {
    /// Gives one message over and over.
    struct Endless {
        message: Vec<u8>,
        at: usize,
        left: usize,
    }
    impl Read for Endless {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            if self.left == 0 {
                return Ok(0);
            }
            let count = (&self.message[self.at..]).read(into)?;
            self.at += count;
            if self.at == self.message.len() {
                (self.at, self.left) = (0, self.left - 1);
            }
            Ok(count)
        }
    }
    let message = traces("a", &[span(1, "a", &[attribute(9, "k", text(&"v".repeat(10_000)))])]);
    let size = message.len() as u64;
    let mut set = SpanSet::new();
    let mut last = (0, 0);
    let source = Endless { message, at: 0, left: 5_000 };
    let outcome = decode(Box::new(source), &mut set, &mut |progress| {
        assert!(progress.bytes_read >= last.0 && progress.spans >= last.1);
        last = (progress.bytes_read, progress.spans);
    });
    assert_eq!((outcome.spans, outcome.bytes), (5_000, 5_000 * size));
    assert!(last.1 >= 4_900, "{last:?}");
}
