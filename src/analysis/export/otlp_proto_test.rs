//! The bytes, read by a reader of its own: fields by number, as opentelemetry-proto numbers them.

use std::borrow::Cow;

use super::*;
use crate::analysis::sample::{Draft, trace};
use crate::model::{AnyValue, Kind};

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// `1{5:"work"}` and the like. A field of bytes is a message where `messages` says so by its path, else text or hex.
fn shown(mut bytes: &[u8], path: &str) -> String {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let head = varint(&mut bytes);
        let (field, wire) = (head >> 3, head & 7);
        let length = match wire {
            0 => {
                out.push(format!("{field}={}", varint(&mut bytes)));
                continue;
            }
            1 => 8,
            5 => 4,
            _ => varint(&mut bytes) as usize,
        };
        let (body, rest) = bytes.split_at(length);
        bytes = rest;
        let path = format!("{path}{field}/");
        out.push(match (wire, core::str::from_utf8(body)) {
            (1 | 5, _) => {
                let number = body.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
                format!("{field}=#{number}")
            }
            _ if is_message(&path) => format!("{field}{{{}}}", shown(body, &path)),
            (_, Ok(text)) if !text.contains('\0') => format!("{field}:{text}"),
            _ => format!("{field}:0x{}", body.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        });
    }
    out.join(" ")
}

/// Of the messages of `TracesData`: all that is not a scalar there.
fn is_message(path: &str) -> bool {
    let span = "1/2/2/";
    let attributes = ["1/1/1/", "1/2/1/3/", &format!("{span}9/"), &format!("{span}11/3/"), &format!("{span}13/4/")];
    if ["1/", "1/1/", "1/2/", "1/2/1/", span].contains(&path)
        || [11, 13, 15].iter().any(|n| path == format!("{span}{n}/"))
    {
        return true;
    }
    let Some(rest) = attributes.iter().find_map(|attribute| path.strip_prefix(attribute)) else { return false };
    // A key and a value; a value holds arrays of values (5/1) and maps of attributes (6/1).
    let mut rest = rest.replace("2/5/1/", "2/").replace("5/1/", "");
    while rest.contains("2/6/1/") {
        rest = rest.replace("2/6/1/", "").replace("2/5/1/", "2/");
    }
    ["", "2/", "2/5/", "2/6/"].contains(&rest.as_str())
}

#[test]
fn every_field_stands_under_its_number() {
    let trace = trace(&[Draft::new(1, 9, 0, 100)
        .kind(Kind::Server)
        .trace_state("a=b")
        .flags(0x101)
        .error("no")
        .event("retry", &[("n", "1")])
        .link(5)
        .attr("s", "x")
        .value("e", AnyValue::Empty)
        .value("f", AnyValue::Bool(false))
        .value("i", AnyValue::Int(-1))
        .value("d", AnyValue::Double(1.0))
        .value("b", AnyValue::Bytes(Cow::Borrowed(&[0, 255])))
        .value("a", AnyValue::Array(vec![AnyValue::Int(0), AnyValue::str("")]))
        .value("m", AnyValue::Kvlist(vec![(Cow::Borrowed("k"), AnyValue::Array(vec![AnyValue::str("v")]))]))]);
    let expected = concat!(
        "1{1{1{1:service.name 2{1:shop}} 1{1:host.name 2{1:node-7}}} 2{1{} 2{",
        "1:0x00000000000000000000000000000007 2:0x0000000000000001 3:a=b 4:0x0000000000000009 5:work 6=2 ",
        "7=#1767225600000000000 8=#1767225600000000100 9{1:s 2{1:x}} 9{1:e 2{}} 9{1:f 2{2=0}} 9{1:i 2{3=18446744073709551615}} ",
        "9{1:d 2{4=#4607182418800017408}} 9{1:b 2{7:0x00ff}} 9{1:a 2{5{1{3=0} 1{1:}}}} 9{1:m 2{6{1{1:k 2{5{1{1:v}}}}}}} ",
        "11{1=#1767225600000000001 2:retry 3{1:n 2{1:1}}} ",
        "13{1:0x00000000000000000000000000000007 2:0x0000000000000005} ",
        "15{2:no 3=2} 16=#257}}}"
    );
    assert_eq!(shown(&otlp_proto(&trace), ""), expected);
}

#[test]
fn an_id_of_zeros_and_an_unset_status_are_left_out() {
    let trace = trace(&[Draft::new(0, 0, 0, 100).service("").host("")]);
    let expected = "1{1{} 2{1{} 2{1:0x00000000000000000000000000000007 5:work 6=1 7=#1767225600000000000 8=#1767225600000000100}}}";
    assert_eq!(shown(&otlp_proto(&trace), ""), expected);
}

/// Notes what goes through, and puts something else in its place.
#[derive(Default)]
struct Censor {
    seen: Vec<String>,
}

impl Pass for Censor {
    fn text<'t>(&mut self, which: Text, text: &'t str) -> Cow<'t, str> {
        if !text.is_empty() {
            self.seen.push(format!("{which:?} {text}"));
        }
        Cow::Owned(text.to_uppercase())
    }

    fn key<'t>(&mut self, _owner: Owner, key: &'t str) -> Cow<'t, str> {
        Cow::Owned(key.to_uppercase())
    }

    fn value<'t>(&mut self, at: At<'_>, value: Value<'t>) -> Passed<'t> {
        self.seen.push(format!("{:?} {} {} {}", at.owner, at.attribute, at.key, value.to_text()));
        match value {
            Value::Array(_) | Value::Kvlist(_) => Passed::Kept,
            _ => Passed::Text(Cow::Borrowed("…")),
        }
    }
}

#[test]
fn every_text_and_value_goes_through_the_pass() {
    let map =
        AnyValue::Kvlist(vec![(Cow::Borrowed("token"), AnyValue::Array(vec![AnyValue::str("t"), AnyValue::Int(7)]))]);
    let trace = trace(&[Draft::new(1, 0, 0, 100)
        .host("")
        .trace_state("a=b")
        .error("no")
        .event("retry", &[("n", "1")])
        .value("m", map)]);
    let mut censor = Censor::default();
    let written = otlp_proto_through(&trace, &mut censor as &mut dyn Pass);
    let expected = concat!(
        "1{1{1{1:SERVICE.NAME 2{1:…}}} 2{1{} 2{1:0x00000000000000000000000000000007 2:0x0000000000000001 3:A=B 5:WORK 6=1 ",
        "7=#1767225600000000000 8=#1767225600000000100 9{1:M 2{6{1{1:TOKEN 2{5{1{1:…} 1{1:…}}}}}}} ",
        "11{1=#1767225600000000001 2:RETRY 3{1:N 2{1:…}}} 15{2:NO 3=2}}}}"
    );
    assert_eq!(shown(&written, ""), expected);
    assert_eq!(
        censor.seen,
        [
            "Resource service.name service.name shop",
            "TraceState a=b",
            "SpanName work",
            "Span m m {\"token\":[\"t\",7]}",
            "Span m token [\"t\",7]",
            "Span m token t",
            "Span m token 7",
            "EventName retry",
            "Event n n 1",
            "StatusMessage no",
        ]
    );
}
