//! The words of a row: service where it changes, icon, label, whom it calls, and what is folded or hidden in it.

use web_sys::Element;

use crate::base::format::{count, counted, duration};
use crate::layout::rows::Group;
use crate::layout::{Row, RowKind};
use crate::model::outline::{Icon as Kind, flag};
use crate::model::{Kind as SpanKind, Outline, SpanIdx, Timing};
use crate::state::view::Shown;
use crate::ui::icon::made as icon;
use crate::ui::made::{Maker, Write};
use crate::ui::parts::service_words;

/// The icon of what a span is.
fn icon_of(outline: &Outline, span: SpanIdx) -> &'static str {
    match outline.icon(span) {
        Kind::Internal => "internal",
        Kind::HttpServer | Kind::Server => "http-server",
        Kind::HttpClient | Kind::Client => "http-client",
        Kind::Rpc => "rpc",
        Kind::Database => "database",
        Kind::Messaging if outline.kind(span) == SpanKind::Consumer => "messaging-in",
        Kind::Messaging => "messaging",
    }
}

/// A service is named where it changes from parent to child, and at the top.
fn names_service(outline: &Outline, span: SpanIdx) -> bool {
    match outline.parent(span) {
        Some(parent) => outline.service[parent.index()] != outline.service[span.index()],
        None => true,
    }
}

/// Writes the name of a row into its cell of the tree.
pub fn name_cell(maker: &Maker, cell: Element, shown: &Shown, row: Row, sought: &str) -> Option<Element> {
    let (outline, span) = (&shown.outline, row.span());
    let is_group = row.kind() == RowKind::Group;
    let label = match outline.label(span) {
        "" => "(no name)",
        label => label,
    };
    // A label that already says whom it calls is not said twice.
    let peer = outline.peer(span).filter(|_| !is_group).filter(|peer| !label.contains(*peer));
    let kid = |class: &str, title: Option<String>, text: String| {
        Some(maker.html("span", class)?.attr_if("title", title.as_deref()).text(&text))
    };
    let marked_in = |class: &str, text: &str| marked(maker, maker.html("span", class)?, text, sought);

    let mut cell = cell.child(maker.html("span", "sw")).child(icon::icon(maker, icon_of(outline, span)));
    if row.folded() > 0 {
        let folded = counted(u64::from(row.folded()), "pass-through span folded", "pass-through spans folded");
        cell = cell.child(kid("kid thin", Some(folded), format!("+{}", row.folded())));
    }
    if is_group {
        cell = cell.child(kid("kid", None, format!("{} ×", count(u64::from(row.count())))));
    }
    let mut name =
        maker.html("span", "nm cut")?.attr("title", &format!("{} {}", outline.service_name(span), outline.name(span)));
    if names_service(outline, span) {
        name = name.child(marked_in("svc", &service_words(outline.service_name(span))));
    }
    name = name.child(marked_in(if outline.icon(span) == Kind::Internal { "quiet" } else { "" }, label));
    if let Some(peer) = peer {
        let arrow = maker.html("span", "arrow")?.attr("aria-hidden", "true").text("→ ");
        let sub = maker.html("span", "sub")?.child(kid("vh", None, "calls ".to_owned())).child(Some(arrow));
        name = name.child(marked(maker, sub, peer, sought));
    }
    cell = cell.child(Some(name));
    if outline.has(span, flag::ERROR) && !is_group {
        cell = cell.child(icon::error_mark(maker));
    }
    if outline.has(span, flag::SKEWED) {
        let why = "Starts before its caller: their clocks disagree".to_owned();
        cell = cell.child(kid("tag warn", Some(why), "clock?".to_owned()));
    }
    if let Some(words) = outline.timing(span).words().filter(|_| !is_group) {
        let why = match outline.timing(span) {
            Timing::NoStart => "No start was recorded: placed at the start of its parent, without length",
            _ => "No end was recorded: drawn without length",
        };
        cell = cell.child(kid("tag warn", Some(why.to_owned()), words.to_owned()));
    }
    if row.below() > 0 {
        let class = if row.error_inside() { "kid err" } else { "kid" };
        cell = cell.child(kid(class, Some(hidden_words(&row)), count(u64::from(row.below()))));
    }
    Some(cell)
}

fn hidden_words(row: &Row) -> String {
    let words = counted(u64::from(row.below()), "hidden span", "hidden spans");
    if row.error_inside() { format!("{words}, with an error") } else { words }
}

/// What of a search is marked in names, lowercase: plain words. A term such as `duration>1ms` names no text.
pub fn plain_words(find: &str) -> String {
    let sought = find.trim().to_lowercase();
    let is_plain = !sought.contains([':', '=', '<', '>', '"']) && sought != "error";
    if is_plain { sought } else { String::new() }
}

/// Text behind what is in an element, with what is sought in it marked.
fn marked(maker: &Maker, element: Element, text: &str, sought: &str) -> Option<Element> {
    let lower = text.to_lowercase();
    // Lowercasing may change lengths; then the places do not fit, and nothing is marked.
    let found = (!sought.is_empty() && lower.len() == text.len()).then(|| lower.find(sought)).flatten();
    let parts = found.and_then(|from| {
        let to = from + sought.len();
        Some((text.get(..from)?, text.get(from..to)?, text.get(to..)?))
    });
    Some(match parts {
        Some((before, found, after)) => {
            element.text(before).child(Some(maker.html("span", "mk")?.text(found))).text(after)
        }
        None => element.text(text),
    })
}

/// What the bar shows, for those who do not see it.
pub fn time_words(outline: &Outline, span: SpanIdx) -> String {
    let mut words = match outline.timing(span) {
        Timing::NoStart => "start unknown".to_owned(),
        _ => format!("starts at {}", duration(outline.start_ns[span.index()])),
    };
    match outline.timing(span) {
        Timing::Known => words.push_str(&format!(", own time {}", duration(outline.self_ns[span.index()]))),
        _ => words.push_str(", duration unknown"),
    }
    if let Some(ns) = outline.critical_ns(span) {
        words.push_str(&format!(", {} on the critical path", duration(ns)));
    }
    if outline.has(span, flag::ERROR) {
        words.push_str(", failed");
    }
    let events = outline.events_of(span).len();
    if events > 0 {
        words.push_str(&format!(", {}", counted(events as u64, "event", "events")));
    }
    words
}

pub fn group_words(group: &Group) -> String {
    format!(
        "{} like spans, {} in all, the longest {}",
        count(u64::from(group.count)),
        duration(group.sum_ns),
        duration(group.max_ns)
    )
}
