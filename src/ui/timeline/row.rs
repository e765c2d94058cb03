//! One row as an element: its name in the tree, its duration, and in words what the canvas draws. What changes while it stands (its place,
//! selected, under the pointer, dimmed) is `lines`'.

use web_sys::Element;

use super::row_text::{group_words, name_cell, time_words};
use crate::base::format::{counted, duration_parts};
use crate::layout::rows::missing_parent;
use crate::layout::{Row, RowKind};
use crate::model::outline::flag;
use crate::state::view::Shown;
use crate::ui::icon::made as icon;
use crate::ui::made::{Maker, Write};
use crate::ui::parts::slot_class;

/// The row at a position. `sought` is the plain text that is marked in it.
pub fn row_element(maker: &Maker, shown: &Shown, at: usize, row: Row, sought: &str) -> Option<Element> {
    if row.is_head() {
        return head_row(maker, shown, at, row);
    }
    let outline = &shown.outline;
    let span = row.span();
    let group = shown.rows.group(span).filter(|_| row.kind() == RowKind::Group);
    let id = outline.id(span).to_string();
    let expanded = row.has_children().then(|| row.expanded().to_string());
    let class = format!("row {}", slot_class(outline.slot(span)));
    let element = maker
        .html("div", &class)?
        .class("cp", !outline.critical_of(span).is_empty())
        .class("failed", outline.has(span, flag::ERROR))
        .attr("role", "row")
        .attr("id", &if group.is_some() { format!("row-g{}", span.0) } else { format!("row-{}", span.0) })
        .attr(if group.is_some() { "data-group" } else { "data-span" }, &id)
        .attr("aria-level", &(row.depth() + 1).to_string())
        .attr("aria-rowindex", &(at + 1).to_string())
        .attr_if("aria-expanded", expanded.as_deref())
        .attr("aria-selected", "false");

    let guides = maker.html("span", "guides")?.style("--d", &row.depth().to_string());
    let tree = maker.html("div", "tree")?.attr("role", "gridcell").child(Some(guides)).child(caret(maker, row));
    let tree = name_cell(maker, tree, shown, row, sought)?;

    let ((figure, unit), words) = match group {
        Some(group) => (duration_parts(group.sum_ns), Some(group_words(group))),
        None => (outline.duration_cell(span), outline.timing(span).words().map(str::to_owned)),
    };
    let sum = group.and_then(|_| Some(maker.html("span", "dim")?.text("Σ ")));
    let duration = maker
        .html("div", "dur num")?
        .attr("role", "gridcell")
        .attr_if("title", words.as_deref())
        .child(sum)
        .text(&figure)
        .child(Some(maker.html("u", "")?.text(unit)));

    let words = maker.html("span", "vh")?.text(&time_words(outline, span));
    let bars = maker.html("div", "bars")?.attr("role", "gridcell").child(Some(words));
    Some(element.child(Some(tree)).child(Some(duration)).child(Some(bars)))
}

/// What opens and closes a row, or the room it would take.
fn caret(maker: &Maker, row: Row) -> Option<Element> {
    if !row.has_children() {
        return maker.html("span", "caret");
    }
    let name = if row.expanded() { "Collapse (Alt: all below)" } else { "Expand (Alt: all below)" };
    // The rows are one stop of Tab, and arrows open them; a group is opened by nothing else.
    let tab = if row.kind() == RowKind::Group { "0" } else { "-1" };
    let button = maker.html("button", "caret")?.attr("tabindex", tab).attr("aria-label", name).attr("title", name);
    Some(button.child(icon::caret(maker, row.expanded())))
}

/// The head over orphans of one missing parent, or over spans in a cycle.
fn head_row(maker: &Maker, shown: &Shown, at: usize, row: Row) -> Option<Element> {
    let orphans = row.kind() == RowKind::Orphans;
    let what = match orphans {
        true => counted(u64::from(row.count()), "orphan span", "orphan spans"),
        false => counted(u64::from(row.count()), "span in a cycle", "spans in cycles"),
    };
    let below = match row.below() {
        0 => String::new(),
        below => format!("; {} below", counted(u64::from(below), "span", "spans")),
    };
    let why = if orphans {
        "The caller was not recorded, not sampled, has not arrived yet, or was cut by a size limit."
    } else {
        "These spans are their own ancestors. The cycle is cut above the earliest one."
    };
    let more = maker.html("span", "dim cut")?;
    let more = match missing_parent(&shown.outline, row.span()).filter(|_| orphans) {
        Some(parent) => {
            let parent = maker.html("span", "mono")?.text(&parent.to_string());
            more.text("parent ").child(Some(parent)).text(" is not in this trace").text(&below)
        }
        None => more.text("cut at the earliest span").text(&below),
    };
    let cell = maker
        .html("div", "row-flex")?
        .attr("role", "gridcell")
        .child(icon::icon(maker, "warning"))
        .child(Some(maker.html("b", "strong")?.text(&what)))
        .child(Some(more))
        .child(Some(maker.html("span", "vh")?.text(why)));
    let head = maker.html("div", "grouphead")?.attr("role", "row").attr("aria-rowindex", &(at + 1).to_string());
    Some(head.attr("title", why).child(Some(cell)))
}
