//! What the backend counts of a whole range, for the rows of a connector board: calls, failures and durations, by whatever tells rows apart.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backend::{NoAnswer, answers_of, unread};
use super::figures::{Figures, Over, Subject};
use super::pending::Asking;
use crate::analysis::connectors::GroupBy;
use crate::model::Remarks;
use crate::query::metrics::{Population, scope_of};
use crate::query::promql::label_of;
use crate::query::write;
use crate::source::failure::Failure;
use crate::source::tempo::Bounds;
use crate::state::across::{Part, RangeFigures};
use crate::state::app::{App, Screen};
use crate::state::react::effect;

/// The fields that tell rows apart in figures of the range. None where no field says what a row says: an operation is the page's own word, and what is
/// grouped by service, kind or status alone counts calls, which a backend cannot tell from other spans.
fn fields_of(by: &GroupBy) -> Vec<String> {
    match by {
        GroupBy::ServiceOperation => ["resource.service.name", "name", "kind"].map(str::to_owned).into(),
        // Wherever it stands: the sample looks at spans and resources alike.
        GroupBy::Attribute(key) => vec![write::attribute("", key)],
        _ => Vec::new(),
    }
}

impl App {
    /// Keeps figures at what the board shows: its grouping, range and source of figures. Call once, in the view that shows them.
    pub fn follow_range_figures(self) {
        let across = self.across;
        effect(move || {
            let bounds = across.bounds.get();
            let asked = (across.by.get(), bounds, self.explore.span_metrics.get());
            let is_seen = across.part.get() == Part::Connectors && self.screen.get() == Screen::Explore;
            let Some(bounds) = bounds.filter(|_| is_seen) else { return };
            if across.ranged_for.with_value(|known| known.as_ref() != Some(&asked)) {
                across.ranged_for.set_value(Some(asked));
                untrack(|| self.ask_range_figures(bounds));
            }
        });
    }

    fn ask_range_figures(self, bounds: Bounds) {
        let across = self.across;
        let by = across.by.get_untracked();
        let fields = fields_of(&GroupBy::parse(&by));
        across.range.clear();
        let Some(asking) = across.range.begin().filter(|_| !fields.is_empty()) else { return across.range.clear() };
        let not_asked = |what: String| Failure { title: "Not asked".to_owned(), what, ..Failure::default() };
        let (figures, note) = match self.figures(bounds) {
            Ok(found) => found,
            Err(what) => return asking.end(Err(not_asked(what))),
        };
        let instead = self.figures_instead(&figures);
        let query = across.query.get_untracked().unwrap_or_else(|| "{ }".to_owned());
        spawn_local(async move {
            let wanted = Wanted { query: &query, fields: &fields, bounds, by: &by };
            let mut outcome = wanted.ask(&figures, &asking).await;
            if let (Err(NoAnswer::Failed(_) | NoAnswer::Refused(_)), Some(instead)) = (&outcome, &instead)
                && wanted.unknown_to(instead).is_none()
            {
                outcome = wanted.ask(instead, &asking).await;
            }
            asking.end(match outcome {
                Ok(found) => Ok(RangeFigures { notes: note.into_iter().chain(found.notes).collect(), ..found }),
                Err(NoAnswer::Aborted) => return,
                Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => Err(*failure),
            });
        });
    }
}

struct Wanted<'a> {
    query: &'a str,
    fields: &'a [String],
    bounds: Bounds,
    /// What rows are grouped by, as the address writes it.
    by: &'a str,
}

impl Wanted<'_> {
    /// A field that these figures do not tell apart.
    fn unknown_to(&self, figures: &Figures) -> Option<&String> {
        self.fields.iter().find(|field| figures.is_span_metrics() && label_of(field).is_none())
    }

    async fn ask(&self, figures: &Figures, asking: &Asking<RangeFigures>) -> Result<RangeFigures, NoAnswer> {
        let failed = |failure: Failure| NoAnswer::Failed(Box::new(failure));
        if let Some(unknown) = self.unknown_to(figures) {
            let what = format!("Span metrics have no label for `{unknown}`.");
            return Err(failed(Failure { title: "Not asked".to_owned(), what, ..Failure::default() }));
        }
        let mut scope = scope_of(self.query);
        let matchers = figures.matchers(&mut scope);
        let fields: Vec<&str> = self.fields.iter().map(String::as_str).collect();
        let with_status: Vec<&str> = fields.iter().copied().chain(["status"]).collect();
        let subject =
            |by| Subject { population: Population::All, conditions: &scope.conditions, matchers: &matchers, by };
        let over = Over::Whole(self.bounds);
        let requests = [
            figures.rate(&subject(&with_status), false, over),
            figures.quantiles(&subject(&fields), &["0.5", "0.95", "0.99"], over),
        ];
        let bodies = answers_of(figures.backend(), &requests, &asking.signal, &|words| asking.wait(words)).await?;
        let mut remarks = Remarks::default();
        let mut series = |at: usize| {
            let body = bodies.get(at).map(Vec::as_slice).unwrap_or_default();
            figures.read(body, over, &mut remarks).map_err(|words| failed(unread(figures.backend(), words)))
        };
        let counted = figures.counted(self.bounds);
        let mut notes: Vec<String> = figures.newest_missing(self.bounds).map(str::to_owned).into_iter().collect();
        if !scope.left_out.is_empty() {
            notes.push(format!("of all spans, whether {} or not", scope.left_out.join(", ")));
        }
        if scope.is_simplified {
            notes.push("of the search’s first spanset alone".to_owned());
        }
        let (rates, quantiles) = (series(0)?, series(1)?);
        notes.extend(remarks.words());
        Ok(RangeFigures {
            rates,
            quantiles,
            seconds: counted.seconds() as f64,
            from: if figures.is_span_metrics() { "span metrics" } else { "TraceQL" },
            notes,
            by: self.by.to_owned(),
            bounds: self.bounds,
        })
    }
}
