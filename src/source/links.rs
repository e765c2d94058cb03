//! Links that lead out of a trace: templates of `config.json` filled with a trace's or a span's own values.
//!
//! `https://logs.example/?q=${trace.id}&from=${span.start_ms-300000}`. Every value is encoded as `encodeURIComponent`
//! does, so none can break out of its place in the address. A template that names a value which is not there yields no link.

use super::address;
use super::percent;
use super::when;
use crate::base::{SpanId, TraceId};

/// Logs of a span in Grafana Explore, five minutes around it: Loki, searched by the service's label and the trace id.
pub const LOKI_EXAMPLE: &str = "https://grafana.example/explore?schemaVersion=1&orgId=1&panes=%7B%22a%22:%7B\
%22datasource%22:%22loki%22,%22queries%22:%5B%7B%22refId%22:%22A%22,%22expr%22:\
%22%7Bservice_name%3D%5C%22${service}%5C%22%7D%20%7C%3D%20%5C%22${trace.id}%5C%22%22%7D%5D,\
%22range%22:%7B%22from%22:%22${span.start_ms-300000}%22,%22to%22:%22${span.end_ms+300000}%22%7D%7D%7D";

/// Documents of a trace in Kibana's Discover, by the Elastic Common Schema's `trace.id`.
pub const KIBANA_EXAMPLE: &str = "https://kibana.example/app/discover#/?_g=(time:(from:'${trace.start_iso-300000}',\
to:'${trace.end_iso+300000}'))&_a=(query:(language:kuery,query:'trace.id:%22${trace.id}%22'))";

/// A link template, understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Text(String),
    TraceId,
    SpanId,
    SpanName,
    Service,
    Time { of: Owner, end: bool, iso: bool, offset_ms: i64 },
    Resource(String),
    Attribute(String),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Owner {
    Trace,
    Span,
}

/// What a link is filled from. For a link of a whole trace, `span` is its root.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LinkFacts<'a> {
    pub trace_id: TraceId,
    pub trace_start_ns: u64,
    pub trace_end_ns: u64,
    pub span: Option<SpanFacts<'a>>,
}

/// The span that a link is about. Attributes are as text, the first of a name counts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SpanFacts<'a> {
    pub id: SpanId,
    pub name: &'a str,
    /// Empty when the span's resource names none.
    pub service: &'a str,
    pub start_ns: u64,
    pub end_ns: u64,
    pub resource: &'a [(String, String)],
    pub attributes: &'a [(String, String)],
}

/// The fields a template may name, as the README lists them.
pub const FIELDS: [(&str, &str); 12] = [
    ("${trace.id}", "32 hex digits"),
    ("${trace.start_ms}", "epoch milliseconds, rounded down; `-300000` or `+300000` before the brace moves it"),
    ("${trace.end_ms}", "the same for the end, rounded up"),
    ("${trace.start_iso}", "the start as `2026-11-22T12:17:10.250Z`; takes an offset in ms too"),
    ("${trace.end_iso}", "the same for the end"),
    ("${span.id}", "16 hex digits; in a link of a trace, everything of a span is the root's"),
    ("${span.start_ms}, ${span.end_ms}", "as for the trace"),
    ("${span.start_iso}, ${span.end_iso}", "as for the trace"),
    ("${span.name}", "the span's name"),
    ("${service}", "the span's service"),
    ("${resource[\"service.name\"]}", "an attribute of the resource"),
    ("${attr[\"http.route\"]}", "an attribute of the span"),
];

impl Template {
    /// The error is a sentence for whoever wrote the template.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let field = &rest[start + 2..];
            let end = closing_brace(field)
                .ok_or_else(|| format!("“${{{}” is not closed.", super::failure::shortened(field, 40)))?;
            if start > 0 {
                parts.push(Part::Text(rest[..start].to_owned()));
            }
            parts.push(part(&field[..end])?);
            rest = &field[end + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let start = match parts.first() {
            Some(Part::Text(text)) => text.as_str(),
            Some(_) => "x",
            None => return Err("The template is empty.".to_owned()),
        };
        if !address::is_fetchable(start) && !is_http_start(start) {
            return Err("A link leads to http, https or a relative address only.".to_owned());
        }
        Ok(Template { parts })
    }

    /// The link; `None` when a value is missing or empty, or when what came of it is no http(s) or relative address.
    pub fn fill(&self, facts: &LinkFacts) -> Option<String> {
        let mut link = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => link.push_str(text),
                field => {
                    link.push_str(&percent::encode_component(&field.value(facts).filter(|value| !value.is_empty())?))
                }
            }
        }
        address::is_fetchable(&link).then_some(link)
    }
}

impl Part {
    fn value(&self, facts: &LinkFacts) -> Option<String> {
        let span = facts.span;
        Some(match self {
            Part::Text(text) => text.clone(),
            Part::TraceId => facts.trace_id.to_string(),
            Part::SpanId => span?.id.to_string(),
            Part::SpanName => span?.name.to_owned(),
            Part::Service => span?.service.to_owned(),
            Part::Resource(key) => attribute(span?.resource, key)?,
            Part::Attribute(key) => attribute(span?.attributes, key)?,
            Part::Time { of, end, iso, offset_ms } => {
                let (start_ns, end_ns) = match of {
                    Owner::Trace => (facts.trace_start_ns, facts.trace_end_ns),
                    Owner::Span => (span?.start_ns, span?.end_ns),
                };
                let ms = if *end { end_ns.div_ceil(1_000_000) } else { start_ns / 1_000_000 };
                let ms = i64::try_from(ms).ok()?.saturating_add(*offset_ms).max(0);
                if *iso { when::rfc3339(ms) } else { ms.to_string() }
            }
        })
    }
}

fn attribute(attributes: &[(String, String)], key: &str) -> Option<String> {
    attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
}

/// `https://` alone, before a field that is the host.
fn is_http_start(text: &str) -> bool {
    text.eq_ignore_ascii_case("https://") || text.eq_ignore_ascii_case("http://")
}

/// Where the field ends: at the first brace outside quotes.
fn closing_brace(field: &str) -> Option<usize> {
    let mut quoted = false;
    field.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == '}' && !quoted).then_some(at)
    })
}

fn part(field: &str) -> Result<Part, String> {
    let unknown = || {
        format!(
            "“${{{}}}” is no field. There are trace.id, span.id, span.name, service, resource[\"…\"], attr[\"…\"], \
            and start_ms, end_ms, start_iso, end_iso of trace and span.",
            super::failure::shortened(field, 40)
        )
    };
    let field = field.trim();
    if let Some(key) = bracketed(field, "resource") {
        return Ok(Part::Resource(key.to_owned()));
    }
    if let Some(key) = bracketed(field, "attr") {
        return Ok(Part::Attribute(key.to_owned()));
    }
    Ok(match field {
        "trace.id" => Part::TraceId,
        "span.id" => Part::SpanId,
        "span.name" => Part::SpanName,
        "service" => Part::Service,
        _ => time(field).ok_or_else(unknown)?,
    })
}

/// `name["key"]`.
fn bracketed<'f>(field: &'f str, name: &str) -> Option<&'f str> {
    field
        .strip_prefix(name)?
        .strip_prefix("[\"")?
        .strip_suffix("\"]")
        .filter(|key| !key.is_empty() && !key.contains('"'))
}

/// `span.start_ms-300000`.
fn time(field: &str) -> Option<Part> {
    let (name, offset_ms) = match field.find(['+', '-']) {
        Some(at) => {
            let (name, offset) = field.split_at(at);
            let digits = offset.get(1..)?.trim();
            if digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let ms: i64 = digits.parse().ok()?;
            (name.trim(), if offset.starts_with('-') { -ms } else { ms })
        }
        None => (field, 0),
    };
    let (owner, what) = name.split_once('.')?;
    let of = match owner {
        "trace" => Owner::Trace,
        "span" => Owner::Span,
        _ => return None,
    };
    let (end, iso) = match what {
        "start_ms" => (false, false),
        "end_ms" => (true, false),
        "start_iso" => (false, true),
        "end_iso" => (true, true),
        _ => return None,
    };
    Some(Part::Time { of, end, iso, offset_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str) -> Option<String> {
        let resource = [("service.name".to_owned(), "order & pay".to_owned()), ("empty".to_owned(), String::new())];
        let attributes = [("http.route".to_owned(), "/orders/{id}?x=1#y".to_owned())];
        Template::parse(template).unwrap().fill(&LinkFacts {
            trace_id: TraceId(0xab),
            trace_start_ns: 1_795_349_830_250_999_999,
            trace_end_ns: 1_795_349_830_250_000_001,
            span: Some(SpanFacts {
                id: SpanId(7),
                name: "GET /o",
                service: "order",
                start_ns: 1_000_000_000_000_000_000,
                end_ns: 1_000_000_000_001_000_000,
                resource: &resource,
                attributes: &attributes,
            }),
        })
    }

    #[test]
    fn values_are_encoded_and_padded() {
        assert_eq!(
            fill(
                "/x?t=${trace.id}&s=${span.id}&n=${span.name}&a=${attr[\"http.route\"]}&r=${resource[\"service.name\"]}"
            )
            .unwrap(),
            "/x?t=000000000000000000000000000000ab&s=0000000000000007&n=GET%20%2Fo&a=%2Forders%2F%7Bid%7D%3Fx%3D1%23y&r=order%20%26%20pay"
        );
    }

    #[test]
    fn times_round_outwards_and_take_offsets() {
        assert_eq!(fill("?${trace.start_ms}-${trace.end_ms}").unwrap(), "?1795349830250-1795349830251");
        assert_eq!(fill("?${span.start_ms-300000}&${span.end_ms + 300000}").unwrap(), "?999999700000&1000000300001");
        assert_eq!(fill("?${span.start_ms-999999999999999}").unwrap(), "?0");
        assert_eq!(fill("?${trace.start_iso-250}").unwrap(), "?2026-11-22T12%3A17%3A10.000Z");
    }

    #[test]
    fn a_missing_or_empty_value_hides_the_link() {
        assert_eq!(fill("/x?${attr[\"nope\"]}"), None);
        assert_eq!(fill("/x?${resource[\"empty\"]}"), None);
        let facts = LinkFacts { trace_id: TraceId(1), trace_start_ns: 0, trace_end_ns: 0, span: None };
        assert_eq!(Template::parse("/x/${span.id}").unwrap().fill(&facts), None);
        assert!(Template::parse("/x/${trace.id}").unwrap().fill(&facts).is_some());
    }

    #[test]
    fn unknown_fields_and_open_braces_are_told() {
        for bad in [
            "/${trace.ID}",
            "/${span.start}",
            "/${attr[http.route]}",
            "/${resource[\"\"]}",
            "/${trace.id+1}",
            "/${}",
            "/${span.start_ms-x}",
            "/${span.start_ms-é}",
        ] {
            assert!(Template::parse(bad).unwrap_err().contains("is no field"), "{bad}");
        }
        assert!(Template::parse("/${trace.id").unwrap_err().contains("not closed"));
        assert!(Template::parse("").is_err());
    }

    #[test]
    fn links_lead_to_http_only() {
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:${trace.id}",
            "data:text/html,x",
            "java\nscript:x",
            "\tjavascript:x",
            "file:///x",
        ] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(fill("${service}:alert(1)"), None, "a value cannot become the scheme");
        assert_eq!(fill("https://${service}.example/").unwrap(), "https://order.example/");
    }

    #[test]
    fn braces_in_a_template_that_are_no_field_stay() {
        assert_eq!(fill("/x?panes={\"a\":\"$x\"}").unwrap(), "/x?panes={\"a\":\"$x\"}");
    }

    #[test]
    fn the_loki_example_is_whole_json_once_filled() {
        let link = fill(LOKI_EXAMPLE).unwrap();
        let (_, query) = link.split_once('?').unwrap();
        let (_, panes) = percent::pairs(query).find(|(name, _)| name == "panes").unwrap();
        let panes: serde_json::Value = serde_json::from_str(&panes).unwrap();
        let expr = "{service_name=\"order\"} |= \"000000000000000000000000000000ab\"";
        assert_eq!(panes["a"]["queries"][0]["expr"], expr);
        assert_eq!(panes["a"]["range"]["from"], "999999700000");
    }

    #[test]
    fn the_kibana_example_bounds_the_time() {
        let link = percent::decode(&fill(KIBANA_EXAMPLE).unwrap());
        assert!(link.contains("from:'2026-11-22T12:12:10.250Z'") && link.contains("trace.id:\"0000"), "{link}");
    }
}
