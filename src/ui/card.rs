//! A card beside the pointer: what is under it, in figures. It never takes the pointer itself; on narrow screens it is a
//! sheet at the bottom.

use leptos::prelude::*;

use crate::base::format::{counted, duration, percent};
use crate::model::outline::flag;
use crate::model::{Outline, SpanIdx, Timing};
use crate::state::app::App;
use crate::ui::parts::{Swatch, service_words, slot_class};

/// As wide as the card is.
const WIDTH_PX: f64 = 340.0;
const AWAY_PX: f64 = 14.0;

/// Where the pointer is, from the window's corner.
pub type At = (f64, f64);

#[component]
pub fn Card(at: Signal<Option<At>>, children: ChildrenFn) -> impl IntoView {
    let window = || {
        let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64());
        let window = web_sys::window();
        let width = window.as_ref().and_then(|window| size(window.inner_width())).unwrap_or(1000.0);
        (width, window.and_then(|window| size(window.inner_height())).unwrap_or(800.0))
    };
    let left = move || {
        let (x, _) = at.get().unwrap_or_default();
        let right = x + AWAY_PX;
        let fits = right + WIDTH_PX < window().0;
        format!("{}px", if fits { right } else { (x - AWAY_PX - WIDTH_PX).max(4.0) })
    };
    // In the lower half the card stands above the pointer, so its height need not be known.
    let above = move || at.get().unwrap_or_default().1 > window().1 * 0.6;
    let top =
        move || if above() { "auto".to_owned() } else { format!("{}px", at.get().unwrap_or_default().1 + AWAY_PX) };
    let bottom = move || match above() {
        true => format!("{}px", window().1 - at.get().unwrap_or_default().1 + AWAY_PX),
        false => "auto".to_owned(),
    };
    view! {
        <Show when=move || at.get().is_some()>
            <div class="card" data-card role="tooltip" style:left=left style:top=top style:bottom=bottom>{children()}</div>
        </Show>
    }
}

/// A line of a card.
#[derive(Clone, PartialEq)]
pub struct Line {
    pub name: &'static str,
    pub figure: String,
    /// A share or other aside.
    pub aside: String,
    pub bad: bool,
}

pub fn line(name: &'static str, figure: impl Into<String>) -> Line {
    Line { name, figure: figure.into(), aside: String::new(), bad: false }
}

impl Line {
    pub fn beside(self, aside: impl Into<String>) -> Line {
        Line { aside: aside.into(), ..self }
    }

    pub fn bad(self) -> Line {
        Line { bad: true, ..self }
    }
}

/// Service, operation, figures, and what a click does.
#[component]
pub fn CardBody(
    colour: Option<u8>,
    service: String,
    operation: String,
    lines: Vec<Line>,
    hint: &'static str,
) -> impl IntoView {
    view! {
        <div class=format!("ttl {}", colour.map(slot_class).unwrap_or_default())>{colour.map(|of| view! { <Swatch of/> })}{service}</div>
        <div class="op">{operation}</div>
        <dl>
            {lines.into_iter().map(|line| view! {
                <dt>{line.name}</dt>
                <dd class:err=line.bad>{line.figure}{(!line.aside.is_empty()).then(|| view! { " "<span class="dim">{line.aside}</span> })}</dd>
            }).collect_view()}
        </dl>
        <div class="hint">{hint}</div>
    }
}

/// What a card says of a span.
pub fn span_lines(outline: &Outline, span: SpanIdx) -> Vec<Line> {
    let at = span.index();
    let own = outline.duration_of(span);
    let mut lines = match outline.timing(span) {
        Timing::Known => vec![
            line("Duration", duration(own)).beside(percent(own, outline.headline.duration_ns)),
            line("Self", duration(outline.self_ns[at])),
        ],
        _ => vec![line("Duration", "unknown")],
    };
    lines.push(line("Starts at", outline.start_words(span)));
    if let Some(critical) = outline.critical_ns(span) {
        lines.push(
            line("On critical path", duration(critical)).beside(percent(critical, outline.headline.critical_path_ns)),
        );
    }
    let below = outline.subtree_len(span) - 1;
    if below > 0 {
        lines.push(line("Below it", counted(u64::from(below), "span", "spans")));
    }
    if outline.has(span, flag::ERROR) {
        lines.push(line("Status", "error").bad());
    }
    lines
}

/// The card of a span.
#[component]
pub fn SpanCard(span: SpanIdx, #[prop(optional)] more: Vec<Line>, hint: &'static str) -> impl IntoView {
    let Some(outline) = App::get().outline.get_untracked().filter(|outline| span.index() < outline.len()) else {
        return ().into_any();
    };
    let mut lines = span_lines(&outline, span);
    lines.extend(more);
    view! {
        <CardBody colour=Some(outline.slot(span)) service=service_words(outline.service_name(span))
            operation=outline.label(span).to_owned() lines hint/>
    }
    .into_any()
}
