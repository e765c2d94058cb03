//! What is handed over: every fixture trace through redaction and back. Figures stay; what was said is said again; with no rule on nothing
//! differs at all.

use spanloom::analysis::Derived;
use spanloom::analysis::findings::{Seen, findings, restored};
use spanloom::analysis::redact::{Rule, Rules};
use spanloom::analysis::report;
use spanloom::decode::Format;
use spanloom::model::Trace;
use spanloom::worker::protocol::Arrangement;
use spanloom::worker::seal::{Sealed, seal};

use super::{Json, file_trace, first_trace, fixture_files, read_back, whole_report};

/// The report of what was handed over, as whoever got it sees it.
fn report_there(sealed: Sealed, what: &str) -> Json {
    let mut trace = first_trace(read_back(&sealed.otlp, Format::OtlpProtobuf, what));
    assert_eq!(sealed.said.trace_id, trace.id.to_string(), "{what}");
    trace.warnings = sealed.said.warnings;
    let found = restored(&trace, sealed.said.findings);
    serde_json::to_value(report(&trace, &Derived::of(&trace)).with_findings(&trace, &found, &[])).unwrap()
}

fn sealed(trace: &Trace, rules: &Rules) -> Sealed {
    let found = findings(trace, &Derived::of(trace), Seen::default());
    seal(trace, &found, &Arrangement::default(), rules, &[])
}

#[test]
fn without_a_rule_the_report_is_the_same_of_every_recording() {
    for path in fixture_files() {
        let (trace, what) = (file_trace(&path), path.display().to_string());
        assert_eq!(report_there(sealed(&trace, &Rules::none()), &what), whole_report(&trace), "{what}");
    }
}

#[test]
fn with_every_rule_the_report_is_the_same_since_none_of_it_quotes_what_is_taken_out_of_the_recordings() {
    let mut redacted = 0;
    for path in fixture_files() {
        let (trace, what) = (file_trace(&path), path.display().to_string());
        let sealed = sealed(&trace, &Rules::default());
        redacted += usize::from(sealed.redaction.places() > 0);
        assert_eq!(report_there(sealed, &what), whole_report(&trace), "{what}");
    }
    assert!(redacted > 40, "only {redacted} recordings hold anything to take out");
}

#[test]
fn what_was_taken_out_of_the_recordings_is_nowhere_in_what_is_handed_over() {
    let mut values = 0;
    for path in fixture_files() {
        let trace = file_trace(&path);
        let sealed = sealed(&trace, &Rules::default());
        let said = serde_json::to_string(&sealed.said).unwrap();
        for taken in &sealed.redaction.taken {
            // Literals that are words stay words elsewhere.
            let sought = taken.examples.iter().filter(|(was, is)| was.len() >= 8 && is != "?");
            for (was, _) in sought.filter(|_| taken.rule != Rule::Literal) {
                values += 1;
                let found = memchr::memmem::find(&sealed.otlp, was.as_bytes());
                assert!(found.is_none() && !said.contains(was), "{}: {was}", path.display());
            }
        }
    }
    assert!(values > 30, "only {values} values were taken out of the recordings");
}
