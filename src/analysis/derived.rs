//! What is computed once a trace and asked many times. The worker keeps it beside the trace; 24 bytes a span and the
//! labels' texts.

use super::critical_path::{CriticalPath, critical_path};
use super::label::{Labels, labels};
use super::resolution::StartResolution;
use super::self_time::self_times;
use super::service_graph::service_graph;
use crate::model::{ServiceGraph, Trace};

pub struct Derived {
    /// Self time in ns of every span, in depth-first order.
    pub self_ns: Vec<u64>,
    pub resolution: StartResolution,
    /// `None` without a root.
    pub critical_path: Option<CriticalPath>,
    pub graph: ServiceGraph,
    pub labels: Labels,
}

impl Derived {
    pub fn of(trace: &Trace) -> Self {
        let resolution = StartResolution::of(trace);
        Derived {
            self_ns: self_times(trace),
            critical_path: critical_path(trace, &resolution),
            resolution,
            graph: service_graph(trace),
            labels: labels(trace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::find::Query;
    use crate::analysis::sample::{Draft, trace};
    use crate::analysis::{details, errors, export, markdown, outline};
    use crate::model::{Kind, SpanIdx};

    /// Asks everything; gives the outline's length.
    fn ask_everything(drafts: &[Draft]) -> usize {
        let trace = trace(drafts);
        let derived = Derived::of(&trace);
        let last = SpanIdx(trace.len() as u32 - 1);
        assert!(errors::first_error(&trace).is_some());
        assert_eq!(markdown::summary(&trace, &derived, "").lines().count(), 5);
        assert_eq!(details::details(&trace, &derived, last).label, "work");
        assert_eq!(Query::parse("work -error OR duration<0").run(&trace, &derived).len(), 0);
        assert!(export::otlp_json(&trace).ends_with(b"}]}]}]}"));
        assert!(export::otlp_proto(&trace).len() > 30 * trace.len());
        assert!(export::jaeger_json(&trace).ends_with(b"}}}]}"));
        let spans: Vec<u32> = (0..trace.len() as u32).collect();
        assert!(export::spans_csv(&trace, &derived, &spans, Some(&spans)).ends_with(b",{},true\r\n"));
        outline(&trace, &derived).len()
    }

    fn draft(id: u64, parent: u64) -> Draft {
        Draft::new(id, parent, id, 1_000_000 - id).error("").kind(Kind::Client).service(if id.is_multiple_of(2) {
            "a"
        } else {
            "b"
        })
    }

    #[test]
    fn a_chain_100000_deep_answers_every_question() {
        let drafts: Vec<Draft> = (1..=100_000).map(|id| draft(id, id - 1)).collect();
        assert_eq!(ask_everything(&drafts), 100_000);
    }

    #[test]
    fn siblings_by_the_hundred_thousand_answer_every_question() {
        let drafts: Vec<Draft> = (1..=100_000).map(|id| draft(id, u64::from(id > 1))).collect();
        assert_eq!(ask_everything(&drafts), 100_000);
    }

    #[test]
    fn cycles_by_the_ten_thousand_answer_every_question() {
        let drafts: Vec<Draft> = (1..=20_000).map(|id| draft(id, ((id - 1) ^ 1) + 1)).collect();
        assert_eq!(ask_everything(&drafts), 20_000);
    }

    #[test]
    fn times_at_the_ends_of_u64_do_not_overflow() {
        let trace = trace(&[
            Draft::new(1, 0, 0, u64::MAX - crate::analysis::sample::BASE_UNIX_NANO),
            Draft::new(2, 1, 0, u64::MAX - crate::analysis::sample::BASE_UNIX_NANO).service("far"),
            Draft::new(3, 9, u64::MAX - crate::analysis::sample::BASE_UNIX_NANO, 5),
        ]);
        let derived = Derived::of(&trace);
        assert_eq!(derived.self_ns, [0, u64::MAX - crate::analysis::sample::BASE_UNIX_NANO, 0]);
        assert_eq!(outline(&trace, &derived).headline.duration_ns, u64::MAX - crate::analysis::sample::BASE_UNIX_NANO);
    }
}
