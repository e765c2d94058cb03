//! What is true of a generated trace, counted while it is made.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::platform::NEEDLE;
use crate::span::{Span, Value};

#[derive(Default)]
pub struct Facts {
    pub trace_id: u128,
    pub spans: u64,
    pub errors: u64,
    pub attributes: u64,
    pub events: u64,
    pub links: u64,
    pub max_depth: u32,
    /// Spans whose `order.id` is [`NEEDLE`].
    pub needles: u64,
    /// Spans and failed spans by service.
    pub services: BTreeMap<String, [u64; 2]>,
}

impl Facts {
    pub fn count(&mut self, span: &Span, service: &str, depth: u32) {
        let failed = u64::from(span.failed.is_some());
        self.spans += 1;
        self.errors += failed;
        self.attributes += span.attributes.len() as u64;
        self.events += span.events.len() as u64;
        self.links += u64::from(span.link.is_some());
        self.max_depth = self.max_depth.max(depth);
        let is_needle = |(_, value): &(&str, Value)| matches!(value, Value::Text(text) if text == NEEDLE);
        self.needles += u64::from(span.attributes.iter().any(is_needle));
        let counts = self.services.entry(service.to_owned()).or_default();
        counts[0] += 1;
        counts[1] += failed;
    }

    pub fn to_json(&self) -> String {
        let mut services = String::new();
        for (name, [spans, errors]) in &self.services {
            let comma = if services.is_empty() { "" } else { ",\n    " };
            // Writing to a string cannot fail.
            let _ = write!(services, "{comma}{{\"name\": \"{name}\", \"spans\": {spans}, \"error_spans\": {errors}}}");
        }
        format!(
            "{{\n  \"trace_id\": \"{:032x}\",\n  \"span_count\": {},\n  \"service_count\": {},\n  \"error_span_count\": {},\n  \
             \"root_count\": 1,\n  \"max_depth\": {},\n  \"attribute_count\": {},\n  \"event_count\": {},\n  \"link_count\": {},\n  \
             \"needle\": {{\"key\": \"order.id\", \"value\": \"{NEEDLE}\", \"spans\": {}}},\n  \"services\": [{services}]\n}}\n",
            self.trace_id,
            self.spans,
            self.services.len(),
            self.errors,
            self.max_depth,
            self.attributes,
            self.events,
            self.links,
            self.needles,
        )
    }
}
