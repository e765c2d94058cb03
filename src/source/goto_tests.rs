//! The promises of the go-to box, each on text as people really paste it.

use proptest::prelude::*;

use super::*;

const HEX: &str = "b52217d5b162a8772aa74c5d800d5837";
const TRACE: TraceId = TraceId(0xb52217d5b162a8772aa74c5d800d5837);
const SPAN: SpanId = SpanId(0xf42523d431053168);
const OTHER: &str = "a16e7d8bd1542771aab509b5286eaea7";

#[track_caller]
fn trace(text: &str) -> (TraceId, Option<SpanId>) {
    match find(text) {
        Goto::Trace(found) => (found.trace_id, found.span_id),
        other => panic!("{text}: {other:?}"),
    }
}

#[track_caller]
fn nothing(text: &str) -> String {
    match find(text) {
        Goto::Nothing { why } => why,
        other => panic!("{text}: {other:?}"),
    }
}

#[track_caller]
fn several(text: &str) -> Vec<TraceId> {
    match find(text) {
        Goto::Several(found) => found.iter().map(|one| one.trace_id).collect(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn an_id_alone_is_read_in_every_length_and_case() {
    for text in [HEX, &HEX.to_uppercase(), &format!("  \"{HEX}\",\n"), &format!("0x{HEX}")] {
        assert_eq!(trace(text), (TRACE, None));
    }
    assert_eq!(trace("2aa74c5d800d5837").0, TraceId(0x2aa74c5d800d5837));
    assert_eq!(trace("5fba3d7a1c0e").0, TraceId(0x5fba3d7a1c0e));
    assert_eq!(trace("d0e1").0, TraceId(0xd0e1));
    assert_eq!(trace("b52217d5-b162-a877-2aa7-4c5d800d5837").0, TRACE);
}

#[test]
fn a_decimal_id_is_offered_both_ways() {
    assert_eq!(several("3073597164364978231"), [TraceId(3073597164364978231), TraceId(0x3073597164364978231)]);
}

#[test]
fn zero_ids_are_refused_with_the_reason() {
    let zero = "0".repeat(32);
    assert!(nothing(&zero[..18]).contains("all zeros"));
    for text in [
        zero.clone(),
        format!("00-{zero}-0000000000000000-00"),
        format!("trace_id={zero} span_id=0000000000000000"),
        format!("http://t:3200/api/traces/{zero}"),
        format!("request done {zero}"),
    ] {
        assert!(nothing(&text).contains("all zeros"), "{text}");
    }
}

#[test]
fn traceparents_give_trace_and_span() {
    let parent = format!("00-{HEX}-f42523d431053168-01");
    for text in [
        parent.clone(),
        format!("traceparent: {parent}"),
        format!("curl -H 'traceparent: {parent}' http://x/y"),
        format!("{{\"headers\":{{\"traceparent\":\"{parent}\"}}}}"),
    ] {
        assert_eq!(trace(&text), (TRACE, Some(SPAN)), "{text}");
    }
    assert_eq!(trace(&format!("01-{HEX}-f42523d431053168-01-later")), (TRACE, Some(SPAN)));
    nothing(&format!("ff-{HEX}-f42523d431053168-01"));
}

#[test]
fn b3_headers_give_trace_and_span() {
    assert_eq!(trace(&format!("b3: {HEX}-f42523d431053168-1")), (TRACE, Some(SPAN)));
    assert_eq!(
        trace("b3: 2aa74c5d800d5837-f42523d431053168-d-0000000000000001"),
        (TraceId(0x2aa74c5d800d5837), Some(SPAN))
    );
    assert_eq!(trace("2aa74c5d800d5837-f42523d431053168"), (TraceId(0x2aa74c5d800d5837), Some(SPAN)));
    assert_eq!(
        trace(&format!("X-B3-TraceId: {HEX}\nX-B3-SpanId: f42523d431053168\nX-B3-Sampled: 1")),
        (TRACE, Some(SPAN))
    );
    nothing("b3: 0");
}

#[test]
fn other_propagation_headers_are_read() {
    assert_eq!(trace(&format!("uber-trace-id: {HEX}:f42523d431053168:0:1")), (TRACE, Some(SPAN)));
    assert_eq!(trace("uber-trace-id: 5fba3d7a1c0e:f42523d431053168:0:1"), (TraceId(0x5fba3d7a1c0e), Some(SPAN)));
    assert_eq!(
        trace("X-Amzn-Trace-Id: Root=1-b52217d5-b162a8772aa74c5d800d5837;Parent=53995c3f42cd8ad8;Sampled=1").0,
        TRACE
    );
}

#[test]
fn links_of_the_known_viewers_lead_to_their_trace() {
    for link in [
        format!("http://tempo:3200/api/traces/{HEX}"),
        format!("http://tempo:3200/api/v2/traces/{HEX}?start=1&end=2"),
        format!("https://a.example/jaeger/ui/trace/{HEX}"),
        format!("https://a.example/zipkin/traces/{HEX}"),
        format!("https://a.example/x#/trace/{HEX}"),
        format!("/trace/{HEX}"),
        format!("https://g.example/a/grafana-exploretraces-app/explore?from=now-1h&traceId={HEX}&to=now"),
        format!("https://unknown.example/view/{HEX}/waterfall"),
        format!("https://unknown.example/view?state=%7B%22x%22%3A%22{HEX}%22%7D"),
    ] {
        assert_eq!(trace(&link), (TRACE, None), "{link}");
    }
    assert_eq!(trace(&format!("https://j.example/trace/{HEX}?uiFind=f42523d431053168")), (TRACE, Some(SPAN)));
    assert_eq!(trace("http://j.example/trace/5fba3d7a1c0e").0, TraceId(0x5fba3d7a1c0e));
    assert_eq!(several(&format!("https://j.example/trace/{HEX}...{OTHER}")).len(), 2);
}

#[test]
fn grafana_explore_links_old_and_new_lead_to_their_trace() {
    let encode = crate::source::percent::encode_component;
    let panes = format!(
        r#"{{"7x":{{"datasource":"tempo","queries":[{{"refId":"A","queryType":"traceql","query":"{HEX}"}}],
        "range":{{"from":"now-1h","to":"now"}},"panelsState":{{"trace":{{"spanId":"f42523d431053168"}}}}}}}}"#
    );
    let new = format!("https://g.example/explore?schemaVersion=1&panes={}&orgId=1", encode(&panes));
    assert_eq!(trace(&new), (TRACE, Some(SPAN)));
    let old = format!(r#"{{"datasource":"Tempo","queries":[{{"query":"{HEX}"}}],"range":{{"from":"1","to":"2"}}}}"#);
    assert_eq!(trace(&format!("https://g.example/explore?orgId=1&left={}", encode(&old))).0, TRACE);
    let oldest = format!(r#"["now-1h","now","Tempo",{{"query":"{HEX}"}}]"#);
    assert_eq!(trace(&format!("https://g.example/explore?left={}", encode(&oldest))).0, TRACE);
    let by_traceql = format!(r#"{{"a":{{"queries":[{{"query":"{{trace:id=\"{HEX}\"}}"}}]}}}}"#);
    assert_eq!(trace(&format!("https://g.example/explore?panes={}", encode(&by_traceql))).0, TRACE);
}

#[test]
fn explore_links_without_a_trace_say_what_they_hold() {
    let encode = crate::source::percent::encode_component;
    let search = encode(r#"{"a":{"queries":[{"query":"{ status = error }"}]}}"#);
    assert!(nothing(&format!("https://g.example/explore?panes={search}")).contains("{ status = error }"));
    assert!(nothing("https://g.example/explore?panes=%7B%22a").contains("cut"));
    let deep = encode(&format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)));
    nothing(&format!("https://g.example/explore?panes={deep}"));
}

#[test]
fn our_own_links_carry_span_source_and_file() {
    let Goto::Trace(found) =
        find(&format!("https://s.example/x/?source=prod&trace={HEX}&span=f42523d431053168&view=flame"))
    else {
        panic!("no trace")
    };
    assert_eq!((found.trace_id, found.span_id, found.source.as_deref()), (TRACE, Some(SPAN), Some("prod")));
    let file = |url: &str| Goto::File { url: url.to_owned(), trace_id: Some(TRACE), span_id: None };
    assert_eq!(
        find(&format!("https://s.example/x/index.html?file=a/b.json&trace={HEX}")),
        file("https://s.example/x/a/b.json")
    );
    assert_eq!(find(&format!("https://s.example/x/?file=/b.json&trace={HEX}")), file("https://s.example/b.json"));
    assert_eq!(find(&format!("?file=b.json&trace={HEX}")), file("b.json"));
    nothing("https://s.example/?file=javascript:alert(1)");
}

#[test]
fn parameters_that_only_share_a_name_are_not_misread() {
    assert_eq!(trace(&format!("https://a.example/view?left=10&traceId={HEX}")).0, TRACE);
    assert_eq!(trace(&format!("https://j.example/trace/{HEX}?uiFind=feed")), (TRACE, None));
    nothing("https://j.example/trace/0...0");
}

#[test]
fn addresses_of_trace_files_are_files() {
    for url in [
        "https://a.example/traces/order.json",
        "https://a.example/x.otlp.json.gz?sig=1",
        "samples/order.pb",
        "order.jsonl",
    ] {
        assert_eq!(find(url), Goto::File { url: url.to_owned(), trace_id: None, span_id: None });
    }
    nothing("file:///home/me/order.json");
    nothing("https://a.example/");
    assert_eq!(trace(&format!("https://a.example/api/traces/{HEX}.json/../{HEX}")).0, TRACE);
}

#[test]
fn log_lines_of_the_usual_libraries_give_their_ids() {
    let id = (TRACE, Some(SPAN));
    for line in [
        format!(
            r#"{{"level":"info","msg":"done","trace_id":"{HEX}","span_id":"f42523d431053168","request_id":"{OTHER}"}}"#
        ),
        format!("ts=2026-11-22T12:17:10Z level=error traceID={HEX} spanID=f42523d431053168 hash={OTHER} msg=\"x\""),
        format!(
            "2026-11-22 12:17 ERROR [orders,{OTHER}] [trace_id={HEX} span_id=f42523d431053168 \
            resource.service.name=x] - failed"
        ),
        format!(
            r#"{{"log":"{{\"otelTraceID\": \"{HEX}\", \"otelSpanID\": \"f42523d431053168\", \"md5\": \"{OTHER}\"}}\n"}}"#
        ),
        format!(r#"{{"trace":{{"id":"{HEX}"}},"span":{{"id":"f42523d431053168"}},"labels":{{"etag":"{OTHER}"}}}}"#),
        format!(r#"{{"trace.id":"{HEX}","span.id":"f42523d431053168","x":"{OTHER}"}}"#),
        format!("failed, trace id: {HEX}, span id: f42523d431053168. build {OTHER}"),
        format!("traceId: '{}', spanId: 'F42523D431053168', token: {OTHER}", HEX.to_uppercase()),
        format!("Ошибка trace_id={HEX} span_id=f42523d431053168 {OTHER}"),
    ] {
        assert_eq!(trace(&line), id, "{line}");
    }
}

#[test]
fn datadogs_decimal_ids_become_hex() {
    let decimal = TraceId(u128::from(3073597164364978231u64));
    for line in [
        "[dd.service=orders dd.trace_id=3073597164364978231 dd.span_id=17592186044416] done",
        r#"{"dd":{"trace_id":"3073597164364978231","service":"orders"}}"#,
        r#"{"dd.trace_id":3073597164364978231,"dd.span_id":17592186044416}"#,
    ] {
        assert_eq!(trace(line).0, decimal, "{line}");
    }
    assert_eq!(trace("dd.trace_id=1234567890123456 done").0, TraceId(1234567890123456));
    assert_eq!(trace(&format!("dd.trace_id={HEX} dd.span_id=1")).0, TRACE);
}

#[test]
fn a_64_bit_id_beside_its_128_bit_whole_is_one_trace() {
    let low = 0x2aa74c5d800d5837u64;
    assert_eq!(trace(&format!("otelTraceID={HEX} dd.trace_id={low} X-B3-TraceId=2aa74c5d800d5837")).0, TRACE);
}

#[test]
fn the_only_32_digit_word_is_taken_and_two_are_offered() {
    assert_eq!(trace(&format!("GET /orders 500 ({HEX}) 12ms")).0, TRACE);
    assert_eq!(trace(&format!("{HEX} and again {HEX}")).0, TRACE);
    assert_eq!(several(&format!("from {HEX} to {OTHER}")).len(), 2);
}

#[test]
fn a_link_inside_a_sentence_is_followed() {
    assert_eq!(trace("see <https://j.example/trace/5fba3d7a1c0e?uiFind=f42523d431053168>, please").1, Some(SPAN));
    assert_eq!(trace("see http://j.example/trace/5fba3d7a1c0e.").0, TraceId(0x5fba3d7a1c0e));
}

#[test]
fn a_parents_or_links_trace_yields_to_the_lines_own() {
    assert_eq!(trace(&format!("parent_trace_id={OTHER} trace_id={HEX}")).0, TRACE);
    assert_eq!(trace(&format!("linkedTraceId={HEX} etag={OTHER}")).0, TRACE);
}

#[test]
fn two_keyed_traces_are_offered_not_guessed() {
    assert_eq!(
        several(&format!("trace_id={HEX}\ntrace_id={OTHER}\n")),
        [TRACE, TraceId::from_hex(OTHER.as_bytes()).unwrap()]
    );
}

#[test]
fn several_span_ids_choose_none() {
    assert_eq!(trace(&format!("trace_id={HEX} span_id=f42523d431053168 span_id=0000000000000007")), (TRACE, None));
}

#[test]
fn words_that_only_look_like_ids_are_left_alone() {
    for text in [
        "trace_id=\"\" added=1 feed=beef",
        "trace_id= added=1",
        r#"{"trace_id":"","add":"x"}"#,
        r#"{"trace_id": "", "bad": 1}"#,
        "a stack trace bad decade",
        "span 16 of 20, trace added",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "request f47ac10b-58cc-4372-a567-0e02b2c3d479 done",
        "2aa74c5d800d5837 is no key's value",
        "trace_id=null span_id=undefined",
        "trace_id=$traceId",
        "",
        "\u{0}\u{1}",
    ] {
        nothing(text);
    }
}

#[test]
fn a_uuid_counts_under_a_trace_key() {
    assert_eq!(
        trace("trace_id=b52217d5-b162-a877-2aa7-4c5d800d5837 request f47ac10b-58cc-4372-a567-0e02b2c3d479").0,
        TRACE
    );
}

#[test]
fn megabyte_lines_take_linear_time() {
    let started = std::time::Instant::now();
    let n = 1_000_000;
    let end = format!(" trace_id={HEX}");
    for filler in
        ["a", "trace_id ", "trace_id=\"\" ", "http://a ", "é", "-", ": ", "{\"a\":", "00-", "b3 ", "%22", "\\"]
    {
        assert_eq!(trace(&(filler.repeat(n / filler.len()) + &end)).0, TRACE, "{filler}");
    }
    let many: String = (1..30_000u128).map(|n| format!("{:032x} ", n << 64)).collect();
    assert_eq!(several(&many).len(), MOST_CANDIDATES);
    let keyed: String = (1..20_000u128).map(|n| format!("trace_id={:032x} ", n << 64)).collect();
    assert_eq!(several(&keyed).len(), MOST_CANDIDATES);
    nothing(&("https://g.example/explore?panes=".to_owned() + &"%5B".repeat(n / 3)));
    // 15 MB in all: a debug build reads them in about a second, a quadratic scan would need hours.
    assert!(started.elapsed().as_secs() < 60);
}

proptest! {
    #[test]
    fn no_text_panics_or_yields_a_zero_id(text in "\\PC{0,200}", shaped in "[0-9a-f\\-:=\"{}trace_idspn/?&%. \
    \\\\]{0,120}") {
        for text in [text, shaped] {
            let found = match find(&text) {
                Goto::Trace(found) => vec![found],
                Goto::Several(found) => found,
                Goto::File { .. } | Goto::Nothing { .. } => Vec::new(),
            };
            prop_assert!(found.iter().all(|one| !one.trace_id.is_zero()));
        }
    }

    #[test]
    fn a_keyed_id_is_found_in_any_surroundings(before in "[^a-z0-9\"'=:]{0,40}", after in "[^a-z0-9]{0,40}") {
        let text = format!("{before} trace_id={HEX} {after}");
        prop_assert_eq!(trace(&text).0, TRACE);
    }
}
