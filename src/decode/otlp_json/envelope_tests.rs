//! Tests of what is around OTLP/JSON, and of its parts alone.

use crate::decode::Format;
use crate::decode::json_testing::*;
use crate::model::SpanSet;

fn span(number: u32) -> String {
    format!(
        r#"{{"name":"s{number}","traceId":"{number:032x}","spanId":"{number:016x}","startTimeUnixNano":"{number}"}}"#
    )
}

fn scope(number: u32) -> String {
    format!(r#"{{"scope":{{"name":"lib"}},"spans":[{}]}}"#, span(number))
}

/// ResourceSpans whose service is `a1` for number 1.
fn resource(number: u32) -> String {
    format!(
        r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"a{number}"}}}}]}},"scopeSpans":[{}]}}"#,
        scope(number)
    )
}

fn data(number: u32) -> String {
    format!(r#"{{"resourceSpans":[{}]}}"#, resource(number))
}

fn ids(set: &SpanSet) -> Vec<u64> {
    set.span_id.iter().map(|id| id.0).collect()
}

fn services(set: &SpanSet) -> Vec<&str> {
    set.resource.iter().map(|index| set.service_of_resource(index)).collect()
}

#[test]
fn whatever_is_around_it_the_spans_keep_their_resources() {
    let (one, two) = (data(1), data(2));
    let (first, second) = (resource(1), resource(2));
    for json in [
        format!("[{one},{two}]"),
        format!("[[{one}],[{two}]]"),
        format!("[\n[\n{one},\n{two}\n]\n]"),
        format!("{{\"data\":[\n{one},\n{two}\n]}}"),
        format!("{{\"result\":{one}}}\n{{\"result\":{two}}}"),
        format!("{{\"result\":{one}}}{{\"result\":{two}}}"),
        format!("[{{\"result\":{one}}}, {{\"result\":{two}}}]"),
        format!(
            "{{\"meta\":{{\"a\":[1,{{}}]}},\"logs\":[{{\"message\":\"x\"}}],\"traces\":{{\"resourceSpans\":[{first},{second}]}}}}"
        ),
        format!("{{\"data\":{{\"batches\":[{first},{second}],\"extra\":null}}}}"),
        format!("{{\"a\":{{\"b\":\n{one}}},\"c\":\n{two}}}"),
        format!("{first}\n{second}\n"),
        format!("[{first},\n{second}]"),
        format!("{{\"trace\":{{\"resourceSpans\":[\n{first},\n{second}\n]}},\"status\":\"COMPLETE\"}}"),
    ] {
        for step in [1, usize::MAX] {
            let came = read_from(Drip { bytes: json.as_bytes(), step }, otlp);
            assert_eq!(came.error, None, "{json}");
            assert_eq!((ids(&came.set), services(&came.set)), (vec![1, 2], vec!["a1", "a2"]), "{json}");
            assert_eq!((came.partial, came.set.defects.len()), (None, 0), "{json}");
        }
    }
}

#[test]
fn scopes_and_spans_alone_are_read() {
    for json in [
        format!("{}\n{}", scope(1), scope(2)),
        format!("[{},{}]", scope(1), scope(2)),
        format!("{}\n{}", span(1), span(2)),
        format!("[{},{}]", span(1), span(2)),
        format!("{{\"trace\":{{\"spans\":[{},{}]}}}}", span(1), span(2)),
    ] {
        let set = whole(json.as_bytes(), otlp);
        assert_eq!((ids(&set), services(&set)), (vec![1, 2], vec!["", ""]), "{json}");
    }
    let set = whole(scope(1).as_bytes(), otlp);
    assert_eq!(set.strings.get(set.scopes[set.scope.at(0) as usize].name), "lib");
}

#[test]
fn an_error_behind_a_stream_is_why_the_trace_is_partial() {
    for (end, reason) in [
        (r#"{"error":{"grpcCode":4,"httpCode":504,"message":"deadline\n exceeded"}}"#, "deadline exceeded"),
        (r#"{"error":"broke"}"#, "broke"),
        (r#"{"errors":[{"code":1},{"msg":"lost a shard"}]}"#, "lost a shard"),
        (r#"{"code":14,"message":"unavailable","details":[]}"#, "unavailable"),
    ] {
        let json = format!("{{\"result\":{}}}\n{end}\n", data(1));
        let came = read(json.as_bytes(), otlp);
        assert_eq!((came.error, ids(&came.set), came.partial.as_deref()), (None, vec![1], Some(reason)), "{end}");
    }
    let json = format!("{{\"error\":null,\"message\":\"fine\",\"data\":{}}}", data(1));
    assert_eq!(read(json.as_bytes(), otlp).partial, None);
}

#[test]
fn a_line_that_was_cut_costs_itself_however_the_lines_begin() {
    let stream = |number| format!("{{\"result\":{}}}", data(number));
    let makers: [(&dyn Fn(u32) -> String, usize); 3] = [(&stream, 30), (&resource, 60), (&data, 20)];
    for (line, from) in makers {
        let (one, two, three) = (line(1), line(2), line(3));
        for len in from..two.len() {
            let json = format!("{one}\n{}\n{three}\n", &two[..len]);
            let came = read(json.as_bytes(), otlp);
            let kept: Vec<u64> = ids(&came.set).into_iter().filter(|id| *id != 2).collect();
            assert_eq!(kept, [1, 3], "{}", &two[..len]);
            let error = came.error.expect("an error");
            assert!((one.len() + 1..=one.len() + len + 2).contains(&(error.offset as usize)), "{error:?}");
        }
    }
}

#[test]
fn a_list_of_documents_that_is_cut_keeps_its_complete_spans() {
    let json = format!("[\n {},\n {},\n {}\n]", data(1), data(2), data(3));
    survives_truncation("a list of documents", json.as_bytes(), otlp, Format::OtlpJson);
    survives_bit_flips("a list of documents", json.as_bytes(), otlp);
    let broken = format!("[\n{},\n{}\n{},\n{}\n]", data(1), "{\"resourceSpans\":[}", data(2), data(3));
    let came = read(broken.as_bytes(), otlp);
    assert_eq!(ids(&came.set), [1, 2, 3]);
    assert!(came.error.is_some());
}

#[test]
fn something_else_than_a_list_of_resources_is_named_and_the_rest_is_read() {
    for (value, found) in [("{}", "an object"), ("\"none\"", "the string `none`"), ("7", "the number `7`")] {
        let json = format!("{{\"resourceSpans\":{value}}}");
        let error = read(json.as_bytes(), otlp).error.expect("an error");
        assert_eq!(error.field, "resourceSpans", "{json}");
        assert_eq!(error.problem, format!("expected an array of resources with their spans, found {found}"));
        assert_eq!(error.offset, 17);
        let came = read(format!("{json}\n{}", data(2)).as_bytes(), otlp);
        assert_eq!((ids(&came.set), came.error.is_some()), (vec![2], true), "{json}");
    }
    // One resource that is not in a list is read all the same.
    let json = format!("{{\"resourceSpans\":{}}}", resource(1));
    let came = read(json.as_bytes(), otlp);
    assert_eq!((services(&came.set), came.error.is_some()), (vec!["a1"], true));
}

#[test]
fn records_of_a_resource_alone_are_counted_beside_its_spans() {
    let json = [
        resource(1).as_str(),
        r#"{"resource":{},"scopeLogs":[{"logRecords":[{},{}]}]}"#,
        r#"{"resource":{},"scopeMetrics":[{"metrics":[{"name":"a"}]}],"schemaUrl":"s"}"#,
    ]
    .join("\n");
    let came = read(json.as_bytes(), otlp);
    assert_eq!((came.error, ids(&came.set), came.skipped_logs, came.skipped_metrics), (None, vec![1], 2, 1));
}

#[test]
fn nesting_is_followed_to_a_bound_and_what_stands_before_may_be_large() {
    let around = |depth: usize| format!("{}{}{}", "{\"a\":".repeat(depth), data(1), "}".repeat(depth));
    assert_eq!(whole(around(4).as_bytes(), otlp).len(), 1);
    assert_eq!(whole(around(100_000).as_bytes(), otlp).len(), 0);
    let json = format!("{{\"logs\":[{}{{}}],\"traces\":{}}}", "{\"message\":\"x\"},".repeat(20_000), data(1));
    assert_eq!(whole(json.as_bytes(), otlp).len(), 1);
}
