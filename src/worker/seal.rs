//! A trace as it is handed over: redacted, with what is said of it beside. Pure: the worker answers with it, tests call it.

use serde::{Deserialize, Serialize};

use super::protocol::Arrangement;
use crate::analysis::export::otlp_proto_through;
use crate::analysis::findings::{Finding, KeptFinding, kept};
use crate::analysis::redact::{Redaction, Redactor, Rules};
use crate::model::{Trace, Warning};

/// What was said of a trace when it was handed over. It is said again of the trace that was handed over: what is found in what is left of
/// it would be something else.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// Of which trace, and how it stood; of the others it says nothing.
    pub trace_id: String,
    pub arrangement: Arrangement,
    pub warnings: Vec<Warning>,
    pub findings: Vec<KeptFinding>,
}

/// What is handed over.
pub struct Sealed {
    /// OTLP protobuf: the trace, and those that stand beside it.
    pub otlp: Vec<u8>,
    pub said: Said,
    /// What stands beside the trace, in the order in which it was given.
    pub texts: Vec<String>,
    pub redaction: Redaction,
}

/// `texts` are the page's own: notes, names, what is looked for.
pub fn seal(trace: &Trace, findings: &[Finding], arrangement: &Arrangement, rules: &Rules, texts: &[String]) -> Sealed {
    let (mut warnings, mut findings, mut texts) = (trace.warnings.clone(), kept(trace, findings), texts.to_vec());
    let mut redactor = Redactor::learn(rules, |pass| {
        drop(otlp_proto_through(trace, pass));
        through(pass, &mut warnings.clone(), &mut findings.clone(), &mut texts.clone());
    });
    let otlp = otlp_proto_through(trace, &mut redactor);
    through(&mut redactor, &mut warnings, &mut findings, &mut texts);
    let said = Said { trace_id: trace.id.to_string(), arrangement: arrangement.clone(), warnings, findings };
    Sealed { otlp, said, texts, redaction: redactor.finish() }
}

/// All that is written beside the trace, through a redactor.
fn through(redactor: &mut Redactor<'_>, warnings: &mut [Warning], findings: &mut [KeptFinding], texts: &mut [String]) {
    for Warning { message, .. } in warnings {
        *message = redactor.loose(message, "warnings");
    }
    for KeptFinding { line, .. } in findings {
        for text in [&mut line.title, &mut line.fix].into_iter().chain(&mut line.evidence) {
            *text = redactor.loose(text, "findings");
        }
    }
    for text in texts {
        *text = redactor.loose(text, "notes and view");
    }
}
