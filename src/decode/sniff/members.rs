//! What an object is by its members: their names together with the kinds of their values, never one name alone.
//!
//! Names are those that the formats define; how far a scan got decides how many members are known.

/// What an object, or the value it is wrapped around, was recognised as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// `{"resourceSpans": […]}` of OTLP; also Tempo's `batches`, and documents of logs or metrics.
    OtlpData,
    /// `{"resource": {…}, "scopeSpans": […]}`
    ResourceSpans,
    /// `{"resource": {…}, "scopeLogs": […]}`, the same with `scopeMetrics`.
    ResourceRecords,
    /// `{"scope": {…}, "spans": […]}`
    ScopeSpans,
    OtlpSpan,
    JaegerTrace,
    JaegerSpan,
    ZipkinSpan,
    ZipkinV1Span,
    Foreign(Foreign),
}

/// Traces that are not read here, known well enough to name them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Foreign {
    Datadog,
    XRay,
    SkyWalking,
    /// What an SDK's console exporter prints.
    Console,
    ElasticApm,
    Langfuse,
    Phoenix,
    ChromeEvents,
}

/// Which of the known members an object has, a bit each.
pub type Members = u64;

pub const OTHER: Members = 1;
pub const RESOURCE_SPANS: Members = 1 << 1;
pub const BATCHES: Members = 1 << 2;
pub const RESOURCE_RECORDS: Members = 1 << 3;
pub const SCOPE_SPANS: Members = 1 << 4;
pub const SCOPE_RECORDS: Members = 1 << 5;
pub const RESOURCE: Members = 1 << 6;
pub const SPANS: Members = 1 << 7;
pub const TRACE: Members = 1 << 8;
/// What Tempo answers beside `trace`.
pub const BESIDE_TRACE: Members = 1 << 9;
const TRACE_ID: Members = 1 << 10;
const SPAN_ID: Members = 1 << 11;
const NANO: Members = 1 << 12;
const JAEGER_TRACE_ID: Members = 1 << 13;
const JAEGER_SPAN_ID: Members = 1 << 14;
const OPERATION: Members = 1 << 15;
const PROCESSES: Members = 1 << 16;
const ID: Members = 1 << 17;
/// Members of Zipkin's spans that other formats have too.
const ZIPKIN_PLAIN: Members = 1 << 18;
/// Members that only Zipkin's spans have, beside `traceId` and `id`.
const ZIPKIN_OWN: Members = 1 << 19;
pub const ANNOTATIONS: Members = 1 << 20;
pub const ZIPKIN_V1: Members = 1 << 21;
pub const ENDPOINT: Members = 1 << 22;
const START: Members = 1 << 23;
const DURATION: Members = 1 << 24;
const DATADOG_OWN: Members = 1 << 25;
const DATADOG_API: Members = 1 << 26;
const XRAY: Members = 1 << 27;
const SKYWALKING: Members = 1 << 28;
const SEGMENT_ID: Members = 1 << 29;
const CONTEXT: Members = 1 << 30;
const START_TIME: Members = 1 << 31;
const GO_CONTEXT: Members = 1 << 32;
pub const ERROR: Members = 1 << 33;
pub const DATA: Members = 1 << 34;
const METRICS: Members = 1 << 35;
/// Members that only transactions and spans of Elastic APM have.
const ELASTIC_OWN: Members = 1 << 36;
const LANGFUSE_OWN: Members = 1 << 37;
/// A column of Phoenix's table of spans.
const PHOENIX_COLUMN: Members = 1 << 38;
const SPAN_KIND: Members = 1 << 39;
/// Phase, time and process of an event.
const CHROME_PHASE: Members = 1 << 40;
const CHROME_TIME: Members = 1 << 41;
const CHROME_PROCESS: Members = 1 << 42;

/// The bit of a name.
pub fn named(name: &[u8]) -> Members {
    match name {
        b"resourceSpans" | b"resource_spans" => RESOURCE_SPANS,
        b"batches" => BATCHES,
        b"resourceLogs" | b"resource_logs" | b"resourceMetrics" | b"resource_metrics" => RESOURCE_RECORDS,
        b"scopeSpans" | b"scope_spans" | b"instrumentationLibrarySpans" | b"instrumentation_library_spans" => {
            SCOPE_SPANS
        }
        b"scopeLogs" | b"scope_logs" | b"scopeMetrics" | b"scope_metrics" => SCOPE_RECORDS,
        b"resource" => RESOURCE,
        b"spans" => SPANS,
        b"trace" => TRACE,
        b"metrics" => METRICS,
        b"status" | b"message" => BESIDE_TRACE,
        b"traceId" | b"trace_id" => TRACE_ID,
        b"spanId" | b"span_id" => SPAN_ID,
        b"startTimeUnixNano" | b"start_time_unix_nano" | b"endTimeUnixNano" | b"end_time_unix_nano" => NANO,
        b"traceID" => JAEGER_TRACE_ID,
        b"spanID" => JAEGER_SPAN_ID,
        b"operationName" => OPERATION,
        b"processes" => PROCESSES,
        b"id" => ID,
        b"name" | b"kind" | b"tags" | b"shared" | b"debug" | b"parentId" => ZIPKIN_PLAIN,
        b"timestamp" | b"localEndpoint" | b"remoteEndpoint" => ZIPKIN_OWN,
        b"annotations" => ANNOTATIONS,
        b"binaryAnnotations" => ZIPKIN_V1,
        b"endpoint" => ENDPOINT,
        b"start" => START,
        b"duration" => DURATION,
        b"service" | b"meta" => DATADOG_OWN,
        b"resource_name" | b"start_timestamp" => DATADOG_API,
        b"Segments" | b"subsegments" => XRAY,
        b"endpointName" | b"serviceCode" => SKYWALKING,
        b"segmentId" => SEGMENT_ID,
        b"context" => CONTEXT,
        b"start_time" | b"StartTime" => START_TIME,
        b"SpanContext" => GO_CONTEXT,
        b"error" | b"errors" => ERROR,
        b"data" => DATA,
        b"transaction_id" | b"span_count" => ELASTIC_OWN,
        b"parentObservationId" | b"observations" | b"modelParameters" => LANGFUSE_OWN,
        b"context.trace_id" | b"context.span_id" => PHOENIX_COLUMN,
        b"span_kind" => SPAN_KIND,
        b"ph" => CHROME_PHASE,
        b"ts" => CHROME_TIME,
        b"pid" => CHROME_PROCESS,
        _ => OTHER,
    }
}

/// What of a member counts when its value begins with this byte. At the top a list by its name alone does, so that what
/// stands there instead can be named.
pub fn counted(member: Members, first: u8, is_top: bool) -> Members {
    let fits = match member {
        RESOURCE_SPANS | RESOURCE_RECORDS => is_top || matches!(first, b'[' | b'{' | b'n'),
        BATCHES | SCOPE_SPANS | SCOPE_RECORDS | SPANS | ANNOTATIONS | ZIPKIN_V1 | XRAY => first == b'[',
        RESOURCE | TRACE | PROCESSES | ENDPOINT | CONTEXT | GO_CONTEXT => first == b'{',
        _ => true,
    };
    if fits { member } else { OTHER }
}

/// What an object is, as soon as its members say so.
pub fn shape(members: Members) -> Option<Shape> {
    let has = |all: Members| members & all == all;
    if members & (RESOURCE_SPANS | RESOURCE_RECORDS) != 0 {
        return Some(Shape::OtlpData);
    }
    if has(SCOPE_SPANS) {
        return Some(Shape::ResourceSpans);
    }
    if has(SCOPE_RECORDS | RESOURCE) {
        return Some(Shape::ResourceRecords);
    }
    if has(TRACE_ID | SPAN_ID | NANO) {
        return Some(Shape::OtlpSpan);
    }
    if has(JAEGER_TRACE_ID | SPANS) || has(JAEGER_TRACE_ID | PROCESSES) {
        return Some(Shape::JaegerTrace);
    }
    if has(JAEGER_SPAN_ID | OPERATION) {
        return Some(Shape::JaegerSpan);
    }
    foreign(members).map(Shape::Foreign)
}

fn foreign(members: Members) -> Option<Foreign> {
    let has = |all: Members| members & all == all;
    let own = members & (DATADOG_OWN | METRICS) != 0;
    if has(TRACE_ID | SPAN_ID | DATADOG_API) || (own && has(TRACE_ID | SPAN_ID | START | DURATION)) {
        Some(Foreign::Datadog)
    } else if has(XRAY) {
        Some(Foreign::XRay)
    } else if has(SEGMENT_ID | SKYWALKING) {
        Some(Foreign::SkyWalking)
    } else if has(TRACE_ID | ID | ELASTIC_OWN) {
        Some(Foreign::ElasticApm)
    } else if has(TRACE_ID | ID | LANGFUSE_OWN) {
        Some(Foreign::Langfuse)
    } else if has(PHOENIX_COLUMN) || has(CONTEXT | SPAN_KIND) {
        Some(Foreign::Phoenix)
    } else if has(CHROME_PHASE | CHROME_TIME | CHROME_PROCESS) {
        Some(Foreign::ChromeEvents)
    } else if has(CONTEXT | START_TIME) || has(GO_CONTEXT | START_TIME) {
        Some(Foreign::Console)
    } else {
        None
    }
}

/// What a whole object is when no single member decides: `is_nested` when it stands in an object of another kind, where
/// its members must be Zipkin's own.
pub fn zipkin(members: Members, is_nested: bool) -> Option<Shape> {
    let ids = TRACE_ID | ID;
    if members & ids != ids {
        return None;
    }
    if members & ZIPKIN_V1 != 0 {
        return Some(Shape::ZipkinV1Span);
    }
    let plain = ZIPKIN_PLAIN | ANNOTATIONS | DURATION;
    let known = members & (ZIPKIN_OWN | plain) != 0 || members == ids;
    let own = members & ZIPKIN_OWN != 0;
    (own || (known && !is_nested)).then_some(Shape::ZipkinSpan)
}

/// Tempo's answer about nothing: `{"trace": {}, "metrics": {…}}`, `{"batches": []}`.
pub fn is_empty_answer(members: Members) -> bool {
    let payload = TRACE | BATCHES;
    members & payload != 0 && members & !(payload | BESIDE_TRACE | METRICS) == 0
}
