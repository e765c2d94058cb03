//! What many traces say together, asked of the worker that has them: one trace after the other is built, looked at and let go, and between
//! some of them the worker hears whether anybody still wants to know.

use std::rc::Rc;

use super::protocol::{Ask, MOST_ACROSS, Tell};
use super::serve::Server;
use super::task::next_task;
use crate::analysis::Derived;
use crate::analysis::connectors::{GroupBy, SampleBoard};
use crate::analysis::findings::{Seen, findings};
use crate::analysis::propagation_matrix::Matrix;
use crate::analysis::sampling::{self, Facts};
use crate::base::TraceId;
use crate::model::Trace;

/// Spans between which the worker listens.
const SPANS_AT_ONCE: usize = 20_000;

/// Answers what is asked of all traces, unless it is asked anew meanwhile.
pub async fn answer(server: Rc<Server>, kind: usize, id: u32, ask: Ask) {
    next_task().await;
    if !server.is_newest(kind, id) {
        return server.tell(&Tell::Superseded { id });
    }
    match ask {
        Ask::Connectors { by, .. } => {
            let mut board = SampleBoard::new(GroupBy::parse(&by));
            let done = each(&server, kind, id, |trace| {
                let derived = Derived::of(trace);
                board.add(trace, &derived, &findings(trace, &derived, Seen::default()));
            });
            if done.await {
                server.tell(&Tell::Connectors { id, rows: Box::new(board.finish()) });
            }
        }
        Ask::Propagation { .. } => {
            let mut matrix = Matrix::default();
            if each(&server, kind, id, |trace| matrix.add(trace, &Derived::of(trace))).await {
                server.tell(&Tell::Propagation { id, rows: Box::new(matrix.finish()) });
            }
        }
        Ask::Sampling { plan, .. } => {
            let known = server.facts();
            let facts = match known {
                Some(known) => known,
                None => {
                    let mut facts = Facts::default();
                    if !each(&server, kind, id, |trace| facts.add(trace)).await {
                        return;
                    }
                    server.keep_facts(facts)
                }
            };
            let outcome = Box::new(sampling::evaluate(&facts, &plan));
            let keys = facts.attribute_keys().into_iter().map(str::to_owned).collect();
            server.tell(&Tell::Sampling { id, outcome, config: sampling::config(&plan), keys });
        }
        _ => {}
    }
}

/// Looks at each trace; false when the question was put anew, which is told.
async fn each(server: &Server, kind: usize, id: u32, mut look: impl FnMut(&Trace)) -> bool {
    let (set, ids) = server.all_traces();
    let mut spans = 0;
    for trace in ids.iter().take(MOST_ACROSS) {
        let built = TraceId::from_hex(trace.as_bytes()).and_then(|id| Trace::build(&set, id));
        let Some(built) = built else { continue };
        look(&built);
        spans += built.len();
        if spans >= SPANS_AT_ONCE {
            spans = 0;
            next_task().await;
            if !server.is_newest(kind, id) {
                server.tell(&Tell::Superseded { id });
                return false;
            }
        }
    }
    true
}
