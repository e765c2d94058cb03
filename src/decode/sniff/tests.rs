//! Tests of what JSON is taken for, and of the words for what it is not.

use super::*;
use crate::decode::Counted;

/// What a file is taken for, or what it is refused as.
fn sniffed(text: &str) -> Result<Format, String> {
    let mut watch = |_| {};
    let (source, taken) = Counted::new(text.as_bytes());
    let mut input = Input::new(Box::new(source), taken, &mut watch);
    sniff(&mut input).map_err(|error| error.problem)
}

#[test]
fn each_format_is_known_by_its_shape() {
    for (text, expected) in [
        (r#"{"resourceSpans":[]}"#, Format::OtlpJson),
        (r#" {"batches":[{"resource":{}"#, Format::OtlpJson),
        (r#"{"batches":[]}"#, Format::OtlpJson),
        (r#"{"metrics":{},"trace":{}}"#, Format::OtlpJson),
        (r#"{"resourceLogs":[]}"#, Format::OtlpJson),
        (r#"[{"resourceSpans":[]}]"#, Format::OtlpJson),
        (r#"[[{"resourceSpans":[]}]]"#, Format::OtlpJson),
        (r#"{"result":{"resourceSpans":[]}}"#, Format::OtlpJson),
        (r#"{"data":{"batches":[{"scopeSpans":[]}]}}"#, Format::OtlpJson),
        (r#"{"meta":{"app":{"id":"1"}},"logs":[{"message":"a"}],"traces":{"resourceSpans":[]}}"#, Format::OtlpJson),
        (r#"{"a":1,"data":{"b":[],"trace":{"resource_spans":[]}}}"#, Format::OtlpJson),
        (r#"{"hits":{"hits":[{"_source":{"resourceSpans":[]}}]}}"#, Format::OtlpJson),
        (r#"{"resource":{"attributes":[{"key":"a","value":{"stringValue":"b"}}]},"scopeSpans":[]}"#, Format::OtlpJson),
        (r#"[{"instrumentationLibrarySpans":[],"resource":{}}]"#, Format::OtlpJson),
        (r#"{"scope":{},"spans":[{"traceId":"1","spanId":"2","startTimeUnixNano":"3"}]}"#, Format::OtlpJson),
        (r#"[{"name":"a","trace_id":"1","span_id":"2","end_time_unix_nano":3}]"#, Format::OtlpJson),
        ("{\"level\":\"info\"}\n{\"resourceSpans\":[]}", Format::OtlpJson),
        (r#"{"data":[{"traceID":"1","spans":["#, Format::JaegerJson),
        (r#"{"processes":{},"spans":[{}],"traceID":"1"}"#, Format::JaegerJson),
        (r#"[{"processes":{},"spans":[],"traceID":"1"}]"#, Format::JaegerJson),
        (r#"{"answer":{"data":[{"spans":[{"operationName":"a","spanID":"2"}]}]}}"#, Format::JaegerJson),
        (r#"[{"id":"2","tags":{"a":"b"},"traceId":"1"}]"#, Format::ZipkinJson),
        (r#"[[{"id":"2","traceId":"1"}]]"#, Format::ZipkinJson),
        (r#"{"id":"2","traceId":"1"}"#, Format::ZipkinJson),
        (r#"{"spans":[{"id":"2","traceId":"1","timestamp":5}]}"#, Format::ZipkinJson),
        (r#"[{"id":"2","traceId":"1","name":"cut o"#, Format::ZipkinJson),
    ] {
        assert_eq!(sniffed(text), Ok(expected), "{text}");
    }
}

#[test]
fn one_key_alone_makes_no_trace() {
    for text in [
        r#"{"status":"success","data":{"result":[]}}"#,
        r#"{"status":"success","data":["a"]}"#,
        r#"{"traces":[{"traceID":"1","spanSets":[{"spans":[{"spanID":"2","startTimeUnixNano":"3"}]}]}]}"#,
        r#"{"data":["orders"],"total":1}"#,
        r#"[{"operationName":"a","spanID":"2","traceID":"1"}]"#,
        r#"{"trace":"at main.js:5"}"#,
        r#"{"trace":{"root_id":"1"}}"#,
        r#"{"batches":[{"id":1}]}"#,
        r#"{"a":"{\"resourceSpans\":1}","b":{"batches":[]}}"#,
        r#"[{"tags":{"resourceSpans":"5"}}]"#,
        r#"{"stream":{"traceId":"1","spanId":"2"},"values":[]}"#,
        r#"{"status":400,"id":"7","traceId":"00-1"}"#,
        r#"{"data":[{"id":1,"name":"a","traceId":"2"}]}"#,
        "[]",
        "{}",
    ] {
        assert!(sniffed(text).is_err(), "{text}");
    }
    assert_eq!(sniffed(r#"{"a":"\\","resourceSpans":[]}"#), Ok(Format::OtlpJson));
}

/// The text of a refusal, before what was expected.
fn refusal(text: &str) -> String {
    let problem = sniffed(text).expect_err(text);
    problem.split("; expected a trace").next().unwrap_or_default().to_owned()
}

#[test]
fn foreign_traces_are_named_with_what_to_do() {
    for (text, name, way) in [
        (r#"[[{"trace_id":1,"span_id":2,"service":"a","start":3,"duration":4}]]"#, "Datadog", "Datadog receiver"),
        (
            r#"{"trace":{"spans":{"2":{"trace_id":"1","span_id":"2","meta":{},"start":3,"duration":4}}}}"#,
            "Datadog",
            "OTLP",
        ),
        (r#"{"data":[{"attributes":{"resource_name":"a","trace_id":"1","span_id":"2"}}]}"#, "Datadog", "OTLP"),
        (r#"{"Traces":[{"Id":"1-2-3","Segments":[]}]}"#, "X-Ray", "OTLP"),
        (r#"{"data":{"trace":{"spans":[{"segmentId":"1","endpointName":"a"}]}}}"#, "SkyWalking", "OTLP"),
        (r#"{"name":"a","context":{"trace_id":"0x1"},"start_time":"2026"}"#, "console exporter", "OTLP exporter"),
        (
            "{\n  resource: { attributes: {} },\n  instrumentationScope: { name: 'http' },\n  traceId: '1',\n  name: 'GET'\n}",
            "console exporter",
            "OTLP exporter",
        ),
        (
            "{\"metadata\":{}}\n{\"transaction\":{\"id\":\"1\",\"trace_id\":\"2\",\"timestamp\":3,\"span_count\":{}}}",
            "Elastic APM",
            "OTLP",
        ),
        (
            concat!(
                r#"{"metadata":{"process":{"pid":1},"system":{"hostname":"h"},"service":{"name":"a","agent":{"name":"nodejs","version":"4.0"}}}}"#,
                "\n",
                r#"{"transaction":{"trace_id":"1","id":"2","type":"request","name":"GET /","duration":32.5,"span_count":{"started":2}}}"#
            ),
            "Elastic APM",
            "OTLP",
        ),
        (r#"{"id":"1","traceId":"2","name":"a","type":"GENERATION","parentObservationId":"3"}"#, "Langfuse", "OTLP"),
        (r#"{"id":"1","name":"a","observations":[{"id":"3","traceId":"1","modelParameters":{}}]}"#, "Langfuse", "OTLP"),
        (r#"[{"name":"llm","context.trace_id":"1","context.span_id":"2"}]"#, "Phoenix", "OTLP"),
        (r#"{"name":"llm","context":{"trace_id":"1"},"span_kind":"LLM","start_time":"x"}"#, "Phoenix", "OTLP"),
        (r#"{"traceEvents":[{"ph":"X","ts":1,"pid":2}]}"#, "Perfetto", "Perfetto opens it"),
        (r#"[{"name":"a","ph":"X","ts":1,"pid":2,"tid":3}]"#, "Perfetto", "Perfetto opens it"),
        (
            r#"[{"schema":{"refId":"A","fields":[{"name":"traceID"}]},"data":{"values":[["1"]]}}]"#,
            "Grafana panel",
            "Download traces",
        ),
        (r#"{"state":"Done","series":[{"refId":"A","fields":[]}]}"#, "Grafana panel", "Download traces"),
        (r#"[{"traceId":"1","id":"2","name":"a","binaryAnnotations":[]}]"#, "Zipkin v1", "/api/v2/"),
        (
            r#"[{"traceId":"1","id":"2","annotations":[{"value":"sr","endpoint":{"serviceName":"a"}}]}]"#,
            "Zipkin v1",
            "v2",
        ),
    ] {
        let said = refusal(text);
        assert!(said.contains(name) && said.contains(way), "{text}: {said}");
    }
}

#[test]
fn an_answer_without_a_trace_is_quoted() {
    for (text, expected) in [
        (
            r#"{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":404,"msg":"trace not found"}]}"#,
            "this is an answer of Jaeger that holds no trace and says “trace not found”",
        ),
        (
            r#"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#,
            "this is an answer of Jaeger that holds no trace",
        ),
        (r#"{"data":[]}"#, "this is an answer of Jaeger that holds no trace"),
        (r#"{"error":"no \"such\"\ntrace"}"#, "this is an answer that holds no trace and says “no \"such\" trace”"),
        (
            r#"{"error":{"code":5,"message":"gone"},"message":"x"}"#,
            "this is an answer that holds no trace and says “gone”",
        ),
        (
            r#"{"code":5,"message":"trace not found"}"#,
            "this is an answer that holds no trace and says “trace not found”",
        ),
        (r#"{"errors":["first","second"]}"#, "this is an answer that holds no trace and says “first”"),
        (r#"{"level":"info","message":"started"}"#, "this is a JSON object with the keys `level`, `message`"),
    ] {
        assert_eq!(refusal(text), expected, "{text}");
    }
    let long = refusal(&format!(r#"{{"message":"{}"}}"#, "é".repeat(100_000)));
    assert!(long.ends_with("é…”") && long.chars().count() < 280, "{long}");
}

#[test]
fn names_without_double_quotes_are_quoted_with_their_place() {
    for (text, expected) in [
        ("{ resourceSpans: [] }", "JSON keys need double quotes: `resourceSpans` at byte 2"),
        ("{'resourceSpans': []}", "JSON keys need double quotes: `'resourceSpans'` at byte 1"),
        ("\u{feff}{\"a\":[1,{b : 2}]}", "JSON keys need double quotes: `b` at byte 12"),
    ] {
        assert_eq!(refusal(text), expected);
    }
    assert_eq!(refusal("{\"a\": true, \"b\": [null, -1]}"), "this is a JSON object with the keys `a`, `b`");
}

#[test]
fn text_around_otlp_is_named() {
    for text in [
        "2026-01-01 INFO exporter - {\"resource\":{},\"scopeSpans\":[]}\n",
        "[otel.javaagent 2026-01-01 10:00:00:000 +0000] [main] INFO Otlp - {\"resource\":{},\"scopeSpans\":[]}\n",
    ] {
        let said = refusal(text);
        assert!(said.starts_with("this is a log with OTLP/JSON in its lines"), "{said}");
    }
}

#[test]
fn no_nesting_is_too_deep_and_no_bracket_too_many() {
    assert!(sniffed(&("[".repeat(100_000) + "{\"id\":1,\"traceId\":2}")).is_err());
    assert!(sniffed("{}}}]]]").is_err());
    assert!(sniffed("{\"\\").is_err());
}

#[test]
fn a_look_ahead_tells_parts_from_what_they_are_wrapped_in() {
    for (text, expected) in [
        (r#"{"resource":{"attributes":[]},"scopeSpans":["#, Ahead::Is(Shape::ResourceSpans)),
        (r#"{"resource":{},"scopeLogs":["#, Ahead::Is(Shape::ResourceRecords)),
        (r#"{"spans":[{"traceId":"1","spanId":"2","startTimeUnixNano":1"#, Ahead::Is(Shape::ScopeSpans)),
        (r#"{"traceId":"1","id":"2"}"#, Ahead::Is(Shape::ZipkinSpan)),
        (r#"{"result":{"resourceSpans":["#, Ahead::Holds),
        (r#"{"a":1} {"resourceSpans":[]}"#, Ahead::Nothing),
        (r#"{"resource":{"attributes":["#, Ahead::Unknown),
    ] {
        assert_eq!(ahead(text.as_bytes()), expected, "{text}");
    }
}
