//! Which spans of a trace a view is about: what the reader has hidden and focused. Every view keeps to the same scope, so
//! that their figures can be laid side by side. Folding is no part of it: it changes boxes and rows, never figures.

use core::ops::Range;

use serde::{Deserialize, Serialize};

use crate::model::{SpanIdx, Trace};

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Scope {
    /// Services by index, ascending, whose spans are left out; what they called counts all the same.
    pub hidden_services: Vec<u32>,
    /// Only this span and what is below it.
    pub focus: Option<u32>,
}

impl Scope {
    /// Whether every span is in it.
    pub fn is_whole(&self) -> bool {
        self.hidden_services.is_empty() && self.focus.is_none()
    }

    /// The focused subtree, or the whole trace; a focus that is no span of the trace is none.
    pub fn range(&self, trace: &Trace) -> Range<u32> {
        match self.focus.filter(|focus| (*focus as usize) < trace.len()) {
            Some(focus) => focus..focus + trace.subtree_len(SpanIdx(focus)),
            None => 0..trace.len() as u32,
        }
    }

    /// Spans in depth-first order.
    pub fn spans<'a>(&'a self, trace: &'a Trace) -> impl Iterator<Item = SpanIdx> + 'a {
        let hidden = self.hidden(trace);
        self.range(trace).map(SpanIdx).filter(move |span| !hidden[trace.service(*span) as usize])
    }

    /// By service: whether it is hidden.
    pub fn hidden(&self, trace: &Trace) -> Vec<bool> {
        let mut hidden = vec![false; trace.services.len()];
        for service in &self.hidden_services {
            if let Some(is_hidden) = hidden.get_mut(*service as usize) {
                *is_hidden = true;
            }
        }
        hidden
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};

    #[test]
    fn hidden_services_leave_and_what_they_called_stays() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 100).service("a"),
            Draft::new(2, 1, 0, 90).service("b"),
            Draft::new(3, 2, 0, 80).service("a"),
            Draft::new(4, 1, 90, 95).service("c"),
        ]);
        let spans = |scope: &Scope| scope.spans(&trace).map(|span| span.0).collect::<Vec<_>>();
        assert_eq!(spans(&Scope::default()), [0, 1, 2, 3]);
        let b = (0..3).find(|at| trace.set.strings.get(trace.services[*at as usize]) == "b").unwrap();
        assert_eq!(spans(&Scope { hidden_services: vec![b, 77], focus: None }), [0, 2, 3]);
        assert_eq!(spans(&Scope { hidden_services: vec![b], focus: Some(1) }), [2]);
        assert_eq!(spans(&Scope { hidden_services: vec![], focus: Some(99) }), [0, 1, 2, 3]);
    }
}
