//! What a file of evidence holds: one JSON object in an element of the page, version 1. The file is the page itself (`spanloom.html`) with
//! that element filled, so whoever has it has the viewer too; and whoever has not finds the trace in it as OTLP protobuf, in gzip, in
//! base64.
//!
//! Whatever stands in it is data: it is put into elements as text, never run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analysis::findings::FindingKind;
use crate::analysis::redact::{Redaction, Rule};
use crate::base::base64;
use crate::source::notes::{Note, tidy};
use crate::worker::seal::Said;

/// The version that is written, and the last one that is read.
const VERSION: u32 = 1;

/// What is written of how the trace is packed.
const PACKED_AS: &str = "OTLP protobuf (TracesData), gzip, base64";

/// A file of evidence.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The version of this shape.
    pub spanloom_evidence: u32,
    /// The version of Spanloom that wrote it.
    #[serde(default)]
    pub spanloom: String,
    #[serde(default)]
    pub saved_unix_ms: u64,
    /// Where the trace came from, in words.
    #[serde(default)]
    pub from: String,
    /// The view, as a query string.
    #[serde(default)]
    pub view: String,
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Kinds of findings that were turned off.
    #[serde(default)]
    pub findings_off: Vec<FindingKind>,
    /// Palette slots that were configured, by service.
    #[serde(default)]
    pub service_colors: BTreeMap<String, u8>,
    #[serde(default)]
    pub redacted: Vec<TakenOut>,
    /// What was said of the trace.
    #[serde(default)]
    pub said: Said,
    /// How the trace is packed, for those who look for it without Spanloom.
    #[serde(default)]
    pub trace_is: String,
    pub trace: String,
}

/// How much a rule took out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TakenOut {
    pub rule: Rule,
    pub values: u32,
    pub places: u64,
}

/// By rule; neither what was taken out nor where it stood.
pub fn taken_out(redaction: &Redaction) -> Vec<TakenOut> {
    redaction
        .taken
        .iter()
        .map(|taken| TakenOut { rule: taken.rule, values: taken.values, places: taken.places })
        .collect()
}

impl Evidence {
    /// Evidence of a trace packed in gzip.
    pub fn new(said: Said, packed: &[u8]) -> Self {
        let mut trace = String::new();
        base64::push(&mut trace, packed);
        let (saved_unix_ms, from, view, notes, findings_off, service_colors, redacted) = Default::default();
        Evidence {
            spanloom_evidence: VERSION,
            spanloom: env!("CARGO_PKG_VERSION").to_owned(),
            saved_unix_ms,
            from,
            view,
            notes,
            findings_off,
            service_colors,
            redacted,
            said,
            trace_is: PACKED_AS.to_owned(),
            trace,
        }
    }

    /// The error is a sentence for the reader.
    pub fn parse(text: &str) -> Result<Evidence, String> {
        #[derive(Deserialize)]
        struct Version {
            spanloom_evidence: u32,
        }
        // A whole trace is in it: it is read once, unless something is wrong.
        let read = serde_json::from_str::<Evidence>(text);
        let version = match &read {
            Ok(evidence) => evidence.spanloom_evidence,
            Err(_) => serde_json::from_str::<Version>(text).map_err(|error| damaged(&error))?.spanloom_evidence,
        };
        if version != VERSION {
            return Err(format!(
                "It holds evidence of version {version}, and this Spanloom reads version {VERSION}: it was put together by hand, or changed since it was saved."
            ));
        }
        let mut evidence = read.map_err(|error| damaged(&error))?;
        evidence.notes = tidy(evidence.notes);
        Ok(evidence)
    }

    /// The packed trace.
    pub fn packed(&self) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        match base64::decode(self.trace.as_bytes(), &mut bytes) {
            Some(()) if is_gzip(&bytes) => Ok(bytes),
            _ => Err("The trace in it is damaged: it is not gzip in base64. Ask for the file again.".to_owned()),
        }
    }

    /// As it stands in the page's element. No `<` is left, so nothing in it can end the element or begin another.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default().replace('<', "\\u003c")
    }
}

/// Whether bytes begin as gzip does (RFC 1952, 2.3.1). What follows has its own checksum.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

fn damaged(error: &serde_json::Error) -> String {
    format!(
        "Its data is damaged or cut off, in line {}, column {}. Ask for the file again.",
        error.line(),
        error.column()
    )
}

/// A page with its place for evidence filled: what stands before the text, and what behind. `None` when it has no such place.
pub fn around<'p>(page: &'p str, place: &str) -> Option<(&'p str, &'p str)> {
    const END: &str = "</script>";
    let at = page.find(place)? + place.len() - END.len();
    Some((page.get(..at)?, page.get(at..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKED: &[u8] = &[0x1f, 0x8b, 8, 0];

    fn evidence() -> Evidence {
        let mut evidence = Evidence::new(Said { trace_id: "0af7".to_owned(), ..Said::default() }, PACKED);
        evidence.view = "view=flame&find=a".to_owned();
        evidence.from = "</script><script>alert(1)</script><!--".to_owned();
        evidence.notes = vec![Note { span_id: None, text: "]]> <b>&amp;\u{2028}\0".to_owned(), written_unix_ms: 1 }];
        evidence
    }

    #[test]
    fn what_is_written_is_read_again_and_cannot_end_its_element() {
        let text = evidence().to_text();
        assert!(!text.contains('<'), "{text}");
        let read = Evidence::parse(&text).unwrap();
        assert_eq!(read, evidence());
        assert_eq!(read.packed().unwrap(), PACKED);
    }

    #[test]
    fn damaged_evidence_gives_a_sentence_at_every_cut() {
        let text = evidence().to_text();
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let why = Evidence::parse(&text[..end]).unwrap_err();
            assert!(why.ends_with('.') && why.contains("damaged"), "{why}");
        }
        for (text, expected) in [
            ("{\"spanloom_evidence\":2,\"trace\":\"\"}", "version 2"),
            ("{\"spanloom_evidence\":\"1\"}", "damaged"),
            ("[]", "damaged"),
            ("{\"spanloom_evidence\":1}", "damaged"),
        ] {
            let why = Evidence::parse(text).unwrap_err();
            assert!(why.contains(expected), "{text}: {why}");
        }
        let wrong = Evidence { trace: "%%%".to_owned(), ..evidence() };
        assert!(wrong.packed().unwrap_err().contains("not gzip"));
        assert!(Evidence { trace: String::new(), ..evidence() }.packed().is_err());
    }

    #[test]
    fn a_page_without_a_place_is_no_page_to_fill() {
        let place = "<script id=\"e\"></script>";
        assert_eq!(around("a<script id=\"e\"></script>b", place), Some(("a<script id=\"e\">", "</script>b")));
        assert_eq!(around("a<script></script>b", place), None);
    }
}
