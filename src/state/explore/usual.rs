//! Is this slow, or always like this? What is usual for a span's operation, asked of the source that the trace came from.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backend::ask;
use crate::analysis::usual::Usual;
use crate::model::Remarks;
use crate::query::metrics::usual as question;
use crate::source::fetch::{self, AbortOnDrop};
use crate::source::metrics;
use crate::source::tempo::{Bounds, Tempo};
use crate::state::app::{App, Origin};
use crate::state::react::{effect, memo};

/// How long a selection rests before anybody is asked.
const DEBOUNCE_MS: i32 = 300;
const AN_HOUR_S: u64 = 3_600;
/// After this an answer is asked for anew.
const HOLDS_MS: f64 = 300_000.0;

/// Service and operation.
pub type Operation = (String, String);
/// The same in a source.
type Key = (String, Operation);

/// What was answered, and when; `None` where nothing was counted, or the source has no metrics.
pub type Answers = HashMap<Key, (Option<Arc<Usual>>, f64)>;

impl App {
    /// Whether the trace that is shown came from a source that can be asked about it.
    pub fn is_from_source(self) -> bool {
        self.origin.with(|origin| matches!(origin, Some(Origin::Tempo { .. })))
    }

    pub(in crate::state) fn source_of_trace(self) -> Option<Tempo> {
        match self.origin.get_untracked()? {
            Origin::Tempo { source, ad_hoc, .. } => self.tempo(&source, ad_hoc),
            _ => None,
        }
    }

    /// Follows an operation with what is usual for it over the last hour: one question an operation, kept for some minutes; one that is left is aborted.
    pub fn follow_usual(
        self,
        operation: impl Fn() -> Option<Operation> + Send + Sync + 'static,
    ) -> RwSignal<Option<Arc<Usual>>> {
        let known: RwSignal<Option<Arc<Usual>>> = RwSignal::new(None);
        let held: StoredValue<Option<AbortOnDrop>, LocalStorage> = StoredValue::new_local(None);
        let operation = memo(move |_| operation());
        effect(move || {
            held.set_value(None);
            known.set(None);
            let (Some(operation), Some(tempo)) = (operation.get(), self.source_of_trace()) else { return };
            let key = (tempo.backend.probe_url(), operation.clone());
            let answers = self.explore.usual;
            let now_ms = js_sys::Date::now();
            let answered =
                answers.with_value(|answers| answers.get(&key).filter(|(_, at)| now_ms - at < HOLDS_MS).cloned());
            if let Some((usual, _)) = answered {
                known.set(usual);
                return;
            }
            let Some(abort) = AbortOnDrop::new() else { return };
            let signal = abort.signal();
            held.set_value(Some(abort));
            spawn_local(async move {
                fetch::pause(DEBOUNCE_MS).await;
                if signal.aborted() {
                    return;
                }
                let end_s = (now_ms / 1000.0) as u64;
                let bounds = Bounds { start_s: end_s.saturating_sub(AN_HOUR_S), end_s };
                let request = tempo.metrics_instant(&question(&operation.0, &operation.1), bounds, end_s);
                let body = ask(&tempo.backend, &request, &signal, &|_| {}).await;
                if signal.aborted() {
                    return;
                }
                // A source that has no answer has none for some minutes.
                let usual = metrics::read(&body.unwrap_or_default(), &mut Remarks::default())
                    .ok()
                    .and_then(|series| Usual::of(&series))
                    .map(Arc::new);
                answers.try_update_value(|answers| drop(answers.insert(key, (usual.clone(), now_ms))));
                known.try_set(usual);
            });
        });
        known
    }
}
