//! Findings as a picture: the cards as they are folded now.

use leptos::prelude::*;

use super::Making;
use super::heading::heading;
use crate::analysis::findings::{FindingLine, Severity};
use crate::base::format::{count, counted, duration, percent, service_words};
use crate::model::{Outline, SpanIdx};
use crate::paint::svg::Picture;
use crate::paint::svg::cards::{Card, NamedSpan, Weight, picture as drawn};
use crate::state::app::App;
use crate::ui::findings::{LISTED, confidence_words, in_sight, is_in_scope, summary_words, told, total_words};

pub fn picture(making: &Making) -> Option<Picture> {
    let app = making.app;
    let outline = app.outline.get_untracked()?;
    let all = untrack(|| told(app))?;
    let shown: Vec<&FindingLine> = all.iter().filter(|line| making.is_whole() || in_sight(&line.id)).collect();
    let cards: Vec<Card> = shown.iter().map(|line| card(app, &outline, line)).collect();
    let summary = untrack(|| summary_words(app));
    let part = match making.is_whole() {
        true => String::new(),
        false => format!(", {} of {} in sight", count(cards.len() as u64), count(all.len() as u64)),
    };
    let heading = heading(making, &outline, format!("Findings: {summary}{part}"));
    Some(drawn(&cards, &summary, &heading, &making.palette, &making.widths))
}

fn card(app: App, outline: &Outline, line: &FindingLine) -> Card {
    let is_open = untrack(|| app.findings.is_open(line));
    let words = line.kind.words();
    let spans = counted(u64::from(line.span_count), "span", "spans");
    let whole_ns = outline.headline.critical_path_ns;
    let cost = match (line.cost_ns, line.total_ns) {
        (0, 0) => String::new(),
        (0, total) => format!("{} in total", duration(total)),
        (cost, _) => format!("{}  {}", duration(cost), percent(cost, whole_ns)),
    };
    let unusual = app.findings.unusual.with_untracked(|unusual| unusual.get(&line.id).cloned());
    let unusual = unusual.map(|words| format!(" · {words}")).unwrap_or_default();
    let folded = Card {
        id: line.id.clone(),
        weight: match line.severity {
            Severity::Error => Weight::Error,
            Severity::Warning => Weight::Warning,
            Severity::Info => Weight::Info,
        },
        title: line.title.clone(),
        about: format!("{} · {spans} · {}{unusual}", words.title, confidence_words(line.confidence)),
        cost,
        share: (line.cost_ns > 0).then(|| line.cost_ns as f64 / whole_ns.max(1) as f64),
        evidence: Vec::new(),
        more: Vec::new(),
        spans: Vec::new(),
        left_out: String::new(),
    };
    if !is_open {
        return folded;
    }
    let (spans, left_out) = spans_of(app, outline, line);
    Card {
        evidence: line.evidence.iter().cloned().chain(total_words(line)).collect(),
        more: vec![("Usually mended by", line.fix.clone()), ("Rule", words.rule.to_owned())],
        spans,
        left_out,
        ..folded
    }
}

/// The first spans of a finding, as the page lists them, and how many more there are.
fn spans_of(app: App, outline: &Outline, line: &FindingLine) -> (Vec<NamedSpan>, String) {
    let spans: Vec<SpanIdx> = app.findings.found.with_untracked(|found| {
        let one = found.as_ref().and_then(|found| found.named(&line.id));
        let spans = one.map(|one| one.spans).unwrap_or_default().iter().map(|span| SpanIdx(*span));
        untrack(|| spans.filter(|span| span.index() < outline.len() && is_in_scope(app, outline, *span)).collect())
    });
    let named = |span: &SpanIdx| NamedSpan {
        slot: outline.slot(*span),
        service: service_words(outline.service_name(*span)),
        label: outline.label(*span).to_owned(),
        duration: outline.duration_words(*span),
    };
    let more = spans.len().saturating_sub(LISTED) as u64;
    let left_out = if more > 0 { format!("and {} more", count(more)) } else { String::new() };
    (spans.iter().take(LISTED).map(named).collect(), left_out)
}
