//! Three lines that get a trace file out of the usual places.

use leptos::prelude::*;

use crate::ui::failure::Snippet;

const WAYS: [(&str, &str); 3] = [
    ("From Tempo", "curl -H 'Accept: application/protobuf' http://tempo:3200/api/v2/traces/TRACE_ID -o trace.pb"),
    ("From Jaeger", "curl http://jaeger:16686/api/traces/TRACE_ID -o trace.json"),
    ("From the Collector", "exporters: { file: { path: /tmp/traces.jsonl } }   # and add it to the traces pipeline"),
];

#[component]
pub fn HowTo() -> impl IntoView {
    view! {
        <details class="howto">
            <summary>"How to get a trace file"</summary>
            {WAYS.map(|(name, text)| view! { <Snippet name=name.to_owned() text=text.to_owned()/> }).collect_view()}
        </details>
    }
}
