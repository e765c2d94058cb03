//! What is shown where the address names nothing to open: the source where one answers, else what works without. Pure.

use super::url::UrlState;
use crate::source::failure::{Answered, Asked, Failure, is_html, of_status};

/// What is known of whether a source answers.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Answers {
    #[default]
    Unasked,
    Asking,
    Yes,
    No(Box<Failure>),
}

/// The first page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FirstPage {
    /// Samples, files and ids; a line says what does not answer, or that it is being asked.
    Home,
    Explore,
    /// Home, until the source is known to answer.
    Ask,
}

impl UrlState {
    /// Whether it says what of a source is wanted: a search, a map, a sample, operations, the set-up. A range, a
    /// source or a look alone does not.
    pub fn asks_to_explore(&self) -> bool {
        self.q.is_some()
            || self.view.is_some()
            || self.operations.is_some()
            || self.exploring.setup
            || self.exploring.across.is_some()
    }
}

/// Which page comes first. An address that asks for more than the first page gets it whatever the source says.
pub fn first_page(has_source: bool, url: &UrlState, answers: &Answers) -> FirstPage {
    match answers {
        _ if !has_source => FirstPage::Home,
        _ if url.asks_to_explore() || url.embed => FirstPage::Explore,
        Answers::Yes => FirstPage::Explore,
        // "Try again" asks; going home does not.
        Answers::No(_) => FirstPage::Home,
        Answers::Unasked | Answers::Asking => FirstPage::Ask,
    }
}

/// What the answer to the first question means.
#[derive(Clone, PartialEq, Debug)]
pub enum Judged {
    Answers,
    /// Something answers, but not to this question: a proxy may pass on only what it knows. A question that cannot be
    /// done without decides.
    Unsure,
    Fails(Box<Failure>),
}

/// Whether a server can be asked for more. What only refuses this question (429, 400) is there.
pub fn judge(asked: &Asked, answered: Answered) -> Judged {
    let is_page = is_html(answered.body, answered.content_type);
    match answered.status {
        200..=299 if !is_page => Judged::Answers,
        404 | 405 => Judged::Unsure,
        200..=399 | 401 | 403 | 500.. => Judged::Fails(Box::new(of_status(asked, answered))),
        _ => Judged::Answers,
    }
}

/// Why there is no answer, as the end of a sentence; it quotes what the server answered.
pub fn why(failure: &Failure) -> String {
    let words = failure.unreached.clone().unwrap_or_else(|| {
        let title = failure.title.trim_end_matches('.');
        match &failure.server_text {
            Some(said) => format!("{title}: “{}”", crate::source::failure::shortened(said, 80)),
            None => title.to_owned(),
        }
    });
    words.trim_end_matches('.').to_owned()
}

/// The line on a source that does not answer.
pub fn line(name: &str, failure: &Failure) -> String {
    format!("Source {name} does not answer: {}. Files and samples work without it.", why(failure))
}

#[cfg(test)]
#[path = "first_tests.rs"]
mod tests;
