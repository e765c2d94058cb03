//! Notes that a reader pins to spans: what one is, and those of all traces as one JSON text for the browser's local storage.
//!
//! Reading forgives whatever an older version, another tab or a person left there. Storing it is the page's; what a saved file holds of
//! them is `state::evidence`'s.

use serde::{Deserialize, Serialize};

/// Traces whose notes are kept; those noted on last stay.
const MOST_TRACES: usize = 50;
/// Characters of a note.
pub const MOST_OF_NOTE: usize = 4_000;
/// Notes of a trace.
pub const MOST_NOTES: usize = 500;

/// A note.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Note {
    /// Hex; `None` of the trace as a whole.
    #[serde(default)]
    pub span_id: Option<String>,
    pub text: String,
    #[serde(default)]
    pub written_unix_ms: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct OfTrace {
    trace_id: String,
    notes: Vec<Note>,
}

fn parse(text: &str) -> Vec<OfTrace> {
    let items: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect()
}

/// Notes of a trace, as they are stored.
pub fn of_trace(stored: &str, trace_id: &str) -> Vec<Note> {
    parse(stored).into_iter().find(|one| one.trace_id == trace_id).map(|one| tidy(one.notes)).unwrap_or_default()
}

/// What is to be stored once a trace has these notes.
pub fn with(stored: &str, trace_id: &str, notes: &[Note]) -> String {
    let mut all = parse(stored);
    all.retain(|one| one.trace_id != trace_id);
    if !notes.is_empty() {
        all.insert(0, OfTrace { trace_id: trace_id.to_owned(), notes: notes.to_vec() });
    }
    all.truncate(MOST_TRACES);
    serde_json::to_string(&all).unwrap_or_else(|_| "[]".to_owned())
}

/// Notes as they may be shown, whoever wrote them: none empty, none endless.
pub fn tidy(mut notes: Vec<Note>) -> Vec<Note> {
    for note in &mut notes {
        if let Some((end, _)) = note.text.char_indices().nth(MOST_OF_NOTE) {
            note.text.truncate(end);
        }
    }
    notes.retain(|note| !note.text.trim().is_empty());
    notes.truncate(MOST_NOTES);
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str) -> Note {
        Note { span_id: Some("00000000000000a1".to_owned()), text: text.to_owned(), written_unix_ms: 5 }
    }

    #[test]
    fn notes_are_kept_by_trace_the_newest_first() {
        let stored = with("", "a", &[note("one")]);
        let stored = with(&stored, "b", &[note("two"), note("three")]);
        assert_eq!(of_trace(&stored, "a"), [note("one")]);
        assert_eq!(of_trace(&stored, "b"), [note("two"), note("three")]);
        assert_eq!(of_trace(&stored, "c"), []);
        assert_eq!(of_trace(&with(&stored, "b", &[]), "b"), []);
        let many = (0..60).fold(String::new(), |stored, at| with(&stored, &format!("t{at}"), &[note("x")]));
        assert_eq!((of_trace(&many, "t9").len(), of_trace(&many, "t10").len()), (0, 1));
    }

    #[test]
    fn whatever_is_stored_is_read_without_fuss() {
        for text in [
            "",
            "{",
            "[1, null]",
            "{\"a\":1}",
            "[{\"trace_id\":\"a\",\"notes\":5}]",
            "[{\"trace_id\":\"a\",\"notes\":[{\"text\":\" \"}]}]",
        ] {
            assert_eq!(of_trace(text, "a"), [], "{text}");
        }
        let long = with("", "a", &[note(&"é".repeat(9_000))]);
        assert_eq!(of_trace(&long, "a")[0].text.chars().count(), MOST_OF_NOTE);
    }
}
