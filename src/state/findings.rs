//! What is wrong with the trace: what the worker found, which kinds the reader has turned off, which findings are unfolded and stepped
//! through.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use leptos::prelude::*;

use super::app::App;
use super::ask::Answered;
use crate::analysis::findings::{FindingKind, FindingLine, Severity};
use crate::model::outline::Column;
use crate::model::{Outline, SpanIdx};
use crate::source::config::ConfigNote;
use crate::worker::protocol::{Ask, Tell};

/// All findings of a trace, the dearest first.
pub struct Found {
    /// The trace they are of.
    pub outline: Arc<Outline>,
    lines: Vec<FindingLine>,
    /// The spans of all, one finding after another.
    spans: Vec<u32>,
}

/// One finding with its spans, in the order in which one steps through them.
#[derive(Clone, Copy)]
pub struct FoundOne<'f> {
    pub line: &'f FindingLine,
    pub spans: &'f [u32],
}

impl Found {
    pub fn iter(&self) -> impl Iterator<Item = FoundOne<'_>> {
        let mut from = 0;
        self.lines.iter().map(move |line| {
            let to = from + line.span_count as usize;
            let spans = self.spans.get(from..to).unwrap_or_default();
            from = to;
            FoundOne { line, spans }
        })
    }

    pub fn named(&self, id: &str) -> Option<FoundOne<'_>> {
        self.iter().find(|one| one.line.id == id)
    }
}

#[derive(Clone, Copy)]
pub struct FindingsView {
    pub found: RwSignal<Option<Arc<Found>>>,
    /// Findings that the reader has unfolded or folded against what is usual, by id.
    pub turned: RwSignal<HashSet<String>>,
    /// The finding that is stepped through, and the place of the span that is shown.
    pub step: RwSignal<Option<(String, usize)>>,
    /// Whether the list of rules is unfolded.
    pub rules: RwSignal<bool>,
    /// The note on findings whose part is unusual beside other traces, by id.
    pub unusual: RwSignal<HashMap<String, String>>,
    answered: Answered,
}

impl FindingsView {
    pub fn new() -> Self {
        FindingsView {
            found: RwSignal::new(None),
            turned: RwSignal::new(HashSet::new()),
            step: RwSignal::new(None),
            rules: RwSignal::new(false),
            unusual: RwSignal::new(HashMap::new()),
            answered: Answered::new(),
        }
    }

    /// As a trace is first seen.
    pub fn reset(self) {
        self.found.set(None);
        self.turned.set(HashSet::new());
        self.step.set(None);
        self.unusual.set(HashMap::new());
        self.answered.forget();
    }

    /// Whether a finding is unfolded: what is to be mended is unless it was folded, what is worth knowing is not unless it was
    /// unfolded. Tracked.
    pub fn is_open(self, line: &FindingLine) -> bool {
        (line.severity != Severity::Info) != self.turned.with(|turned| turned.contains(&line.id))
    }

    pub fn turn(self, id: &str) {
        self.turned.update(|turned| {
            if !turned.remove(id) {
                turned.insert(id.to_owned());
            }
        });
    }
}

impl Default for FindingsView {
    fn default() -> Self {
        Self::new()
    }
}

/// Kinds by their names, as storage and `config.json` have them; names of no kind are left out.
pub fn kinds_of(names: &[String]) -> Vec<FindingKind> {
    names.iter().filter_map(|name| FindingKind::named(name)).collect()
}

/// What of `defaults.findings_off` names no kind.
pub fn unknown_kinds(names: &[String]) -> Option<ConfigNote> {
    let unknown: Vec<&str> =
        names.iter().filter(|name| FindingKind::named(name).is_none()).map(String::as_str).collect();
    (!unknown.is_empty()).then(|| ConfigNote {
        path: "defaults.findings_off".to_owned(),
        message: format!("No kind of finding is called “{}”; docs/findings.md lists them.", unknown.join("”, “")),
    })
}

impl App {
    /// Keeps the findings at the trace that is open. Call once, in what shows a trace.
    pub fn follow_findings(self) {
        self.follow(
            self.findings.answered,
            || Ask::Findings { id: 0 },
            move |outline, answer| {
                if let (Tell::Findings { findings, .. }, Some(Column::U32(spans))) =
                    (answer.tell, answer.columns.into_iter().next())
                {
                    self.findings.found.set(Some(Arc::new(Found { outline, lines: findings, spans })));
                }
            },
        );
    }

    /// How many findings of kinds that are not turned off: those to be mended, and those worth knowing. `None` until they are there.
    /// Tracked.
    pub fn finding_counts(self) -> Option<(u64, u64)> {
        let off = self.prefs.findings_off.get();
        self.findings.found.with(|found| {
            let told = found.as_ref()?.iter().filter(|one| !off.contains(&one.line.kind));
            let (info, mend): (Vec<_>, Vec<_>) = told.partition(|one| one.line.severity == Severity::Info);
            Some((mend.len() as u64, info.len() as u64))
        })
    }

    pub fn turn_rule(self, kind: FindingKind, on: bool) {
        self.prefs.findings_off.update(|off| {
            off.retain(|other| *other != kind);
            if !on {
                off.push(kind);
                off.sort_unstable();
            }
        });
    }

    /// Marks the spans of a finding in every view; of the one that is marked, ends that.
    pub fn mark_finding(self, id: &str) {
        let text = format!("finding:{id}");
        let is_marked = self.view.find.with_untracked(|find| *find == text);
        self.find_for(if is_marked { "" } else { &text });
    }

    /// Selects the next or previous span of a finding, from the first on, around the ends.
    pub fn step_finding(self, id: &str, by: i64) {
        let Some(found) = self.findings.found.get_untracked() else { return };
        let Some(one) = found.named(id).filter(|one| !one.spans.is_empty()) else { return };
        let len = one.spans.len() as i64;
        let at = match self.findings.step.get_untracked() {
            Some((stepped, at)) if stepped == id => (at as i64 + by).rem_euclid(len),
            _ if by < 0 => len - 1,
            _ => 0,
        };
        self.findings.step.set(Some((id.to_owned(), at as usize)));
        let text = format!("finding:{id}");
        if self.view.find.with_untracked(|find| *find != text) {
            self.find_for(&text);
        }
        if let Some(span) = one.spans.get(at as usize) {
            self.select_id(found.outline.id(SpanIdx(*span)));
        }
    }

    /// Goes to a finding in its view, unfolded.
    pub fn show_finding(self, id: &str) {
        let folded = self.findings.found.with_untracked(|found| {
            let one = found.as_ref().and_then(|found| found.named(id));
            one.is_some_and(|one| !untrack(|| self.findings.is_open(one.line)))
        });
        if folded {
            self.findings.turn(id);
        }
        self.show_tab(super::url::View::Findings);
        let place = format!("#finding-{}", id.replace('.', "-"));
        request_animation_frame(move || super::act::focus_element(&place));
    }
}
