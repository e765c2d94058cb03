//! Recorded traces that come with the page: real ones, of an order platform.

use leptos::prelude::*;

use crate::base::format::count;
use crate::state::app::App;
use crate::state::open::How;

struct Sample {
    key: &'static str,
    title: &'static str,
    what: &'static str,
    spans: u64,
    file: &'static str,
}

const fn sample(key: &'static str, title: &'static str, what: &'static str, spans: u64, file: &'static str) -> Sample {
    Sample { key, title, what, spans, file }
}

const SAMPLES: [Sample; 7] = [
    sample("order-full", "Full order", "11 services, three queues, four carriers", 147, "samples/order-full.pb"),
    sample("slow-erp", "Slow ERP", "one connector takes 0.87 of 1.20 s", 118, "samples/slow-erp.pb"),
    sample("n-plus-1", "N+1", "1 + 40 sequential SELECTs", 103, "samples/n-plus-1.pb"),
    sample("orphans-missing-root", "Missing root", "the caller never exported", 165, "samples/orphans-missing-root.pb"),
    sample("lost-queue", "Lost queue", "context cut at a hop", 3, "samples/lost-queue.pb"),
    sample("clock-skew", "Clock skew", "one host 350 ms behind", 145, "samples/clock-skew.pb"),
    sample("import-5k", "Import", "a batch of 300 orders", 5110, "samples/import-5k.pb.gz"),
];

#[component]
pub fn Samples() -> impl IntoView {
    let app = App::get();
    let line = move |sample: &'static Sample| {
        let open = move |event: leptos::ev::MouseEvent| {
            // A new tab is the browser's to open.
            if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                event.prevent_default();
                app.forget_view();
                app.open_url(sample.file.to_owned(), How::default());
            }
        };
        view! {
            <tr>
                <td><a href=format!("?file={}", sample.file) data-sample=sample.key on:click=open>{sample.title}</a></td>
                <td class="mid">{sample.what}</td>
                <td class="num">{count(sample.spans)}</td>
            </tr>
        }
    };
    view! {
        <section class="home-samples" aria-label="Samples">
            <table class="t">
                <thead><tr><th scope="col">"Sample"</th><th scope="col">"What it shows"</th><th scope="col" class="num">"Spans"</th></tr></thead>
                <tbody>{SAMPLES.iter().map(line).collect_view()}</tbody>
            </table>
        </section>
    }
}
