//! Links that say which trace they want without naming it: the questions of `source::landing` are put one after the other, and what they lead to is opened
//! with a word on why it is that one.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backend::{NoAnswer, ask, unread};
use super::figures::now_s;
use crate::model::Remarks;
use crate::source::fetch::AbortOnDrop;
use crate::source::landing::{Came, Hunt, Next};
use crate::source::metrics;
use crate::source::search::Found;
use crate::source::tempo::{Request, Tempo};
use crate::source::unfilled;
use crate::state::app::{App, Failed};
use crate::state::open::How;

/// What the loading screen says before the query.
const LOOKING: &str = "Looking for";

impl App {
    /// What the address wants when it names neither a trace nor a file: one that is to be found, a search, or where one begins.
    pub fn land(self) {
        let url = self.url.get_untracked();
        let landing = url.landing();
        if landing.is_empty() && url.open.is_none() {
            return self.show_start();
        }
        // A dashboard's variable that was not filled in names no service.
        let named = [("service", &url.service), ("operation", &url.operation)];
        let unfilled = named.iter().find_map(|(name, value)| unfilled::problem(name, value.as_deref()?));
        if let Some(sentence) = unfilled {
            return self.fail(Failed::Other { title: "The link names no service".to_owned(), sentence });
        }
        if !untrack(|| self.has_source()) {
            return self.fail(Failed::Other {
                title: "No source is configured".to_owned(),
                sentence: format!(
                    "The link asks for {}, and there is no Tempo to ask. A config.json beside this page names one, or ?tempo= in the address does.",
                    landing.query()
                ),
            });
        }
        match url.open {
            None => self.show_search(landing.query()),
            Some(open) => self.hunt(landing, open.wanted()),
        }
    }

    /// The search page with a query that is run at once.
    fn show_search(self, query: String) {
        self.url.update(|url| {
            url.forget_landing();
            url.q = Some(query);
        });
        self.show_explore();
        self.note_address(false);
    }

    fn hunt(self, landing: crate::source::landing::Landing, wanted: crate::source::landing::Wanted) {
        let range = self.range_of_address();
        let bounds = match range.bounds(js_sys::Date::now() as i64) {
            Ok(bounds) => bounds,
            Err(sentence) => {
                return self.fail(Failed::Other { title: "This link cannot be opened".to_owned(), sentence });
            }
        };
        let Some(tempo) = self.explored() else { return self.fail(Failed::Request(self.no_source())) };
        let Some(abort) = AbortOnDrop::new() else { return };
        self.begin(&landing.query(), LOOKING);
        let signal = abort.signal();
        self.held.update_value(|held| held.request = Some(abort));
        let mut hunt = Hunt::new(landing, wanted, bounds);
        spawn_local(async move {
            let mut next = hunt.first();
            loop {
                let (request, is_search) = match &next {
                    // Nothing is counted yet: what is the slowest is found by searches alone.
                    Next::Quantile(_) if metrics::too_young(bounds, now_s()).is_some() => {
                        next = hunt.next(Came::Quantile(None));
                        continue;
                    }
                    Next::Quantile(query) => (tempo.metrics_instant(query, bounds, now_s()), false),
                    Next::Search(search) => {
                        self.loading.update(|loading| {
                            if let Some(loading) = loading {
                                loading.what.clone_from(&search.query);
                            }
                        });
                        (tempo.search(search), true)
                    }
                    Next::Open { trace, why } => return self.open_hunted(trace.to_string(), why.clone()),
                    Next::Nothing { query } => {
                        self.loading.set(None);
                        return self.show_search(query.clone());
                    }
                };
                let came = match answer(&tempo, &request, &signal, is_search).await {
                    Ok(came) => came,
                    Err(NoAnswer::Aborted) => return,
                    Err(NoAnswer::Failed(failure) | NoAnswer::Refused(failure)) => {
                        return self.fail(Failed::Request(*failure));
                    }
                };
                next = hunt.next(came);
            }
        });
    }

    fn open_hunted(self, trace: String, why: String) {
        self.url.update(crate::state::url::UrlState::forget_landing);
        self.open_from_source(trace, How { why: Some(why), ..How::default() });
    }
}

/// Metrics may be missing: then the search begins without them. A search that is refused is the hunt's to deal with.
async fn answer(
    tempo: &Tempo,
    request: &Request,
    signal: &web_sys::AbortSignal,
    is_search: bool,
) -> Result<Came, NoAnswer> {
    let body = match ask(&tempo.backend, request, signal, &|_| {}).await {
        Ok(body) => body,
        Err(NoAnswer::Failed(_) | NoAnswer::Refused(_)) if !is_search => return Ok(Came::Quantile(None)),
        Err(NoAnswer::Refused(_)) if request.url.contains("most_recent") => return Ok(Came::Refused),
        Err(other) => return Err(other),
    };
    if is_search {
        return Found::read(&body)
            .map(Came::Found)
            .map_err(|words| NoAnswer::Failed(Box::new(unread(&tempo.backend, words))));
    }
    let series = metrics::read(&body, &mut Remarks::default()).unwrap_or_default();
    Ok(Came::Quantile(series.iter().find(|series| series.label("p") == Some("0.99")).and_then(|series| series.mean())))
}
