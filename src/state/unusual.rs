//! Whether the largest part of a request is unusual: beside the other traces of its file, else of the sample of a search that was fetched,
//! else the source's last hour. What is compared is `analysis::unusual`'s.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::App;
use super::react::{effect, memo};
use crate::analysis::unusual::{Against, Others};
use crate::model::SpanIdx;
use crate::worker::protocol::{Ask, Tell};

impl App {
    /// Keeps what is said of a finding's span at what is known of its operation elsewhere. Call once, in what shows the finding.
    pub fn follow_unusual(self, id: String, span: SpanIdx) {
        let elsewhere: RwSignal<Option<Others>> = RwSignal::new(None);
        // What is asked of the source waits until nothing nearer is known.
        let is_asked = RwSignal::new(false);
        let of_span = memo(move |_| {
            self.outline.with(|outline| {
                let outline = outline.as_ref().filter(|outline| span.index() < outline.len())?;
                let operation = (outline.service_name(span).to_owned(), outline.name(span).to_owned());
                Some((operation, outline.duration_of(span)))
            })
        });
        let last_hour = self.follow_usual(move || {
            let is_needed = is_asked.get() && elsewhere.with(Option::is_none);
            of_span.get().map(|(operation, _)| operation).filter(|_| is_needed)
        });
        let unusual = self.findings.unusual;
        effect(move || {
            let others = elsewhere.get().or_else(|| Others::of_usual(last_hour.get().as_deref()?));
            let words = others.zip(of_span.get()).and_then(|(others, (_, ns))| others.words(ns));
            unusual.update(|unusual| {
                match words {
                    Some(words) => unusual.insert(id.clone(), words),
                    None => unusual.remove(&id),
                };
            });
        });
        spawn_local(async move {
            elsewhere.try_set(self.others_of(span).await);
            is_asked.try_set(true);
        });
    }

    /// Of the traces that are at hand: those of the file, else those of the sample.
    async fn others_of(self, span: SpanIdx) -> Option<Others> {
        let answer = self.ask(|id| Ask::Like { id, span: span.0 }).await?;
        let Tell::Like { like: Some(like), .. } = answer.tell else { return None };
        let wanted = like.clone();
        let answer = self.ask(|id| Ask::Others { id, like: wanted, against: Against::File }).await;
        if let Some(Tell::Others { others: Some(others), .. }) = answer.map(|answer| answer.tell) {
            return Some(others);
        }
        let sample = self.sample_of_trace()?;
        let answer = sample.answer(|id| Ask::Others { id, like, against: Against::Sample }).await?;
        match answer.tell {
            Tell::Others { others, .. } => others,
            _ => None,
        }
    }
}
