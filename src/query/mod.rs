//! TraceQL: a query as tokens ([`token`]), the conditions in it that can be told apart ([`condition`]), what can be written at the caret
//! ([`complete`]), the form beside the editor ([`form`]), where a refusal points ([`problem`]), and the questions that charts ask
//! ([`metrics`], and [`promql`] of a Prometheus).
//!
//! Nothing here decides what is TraceQL: that is the Tempo's, and every text passes to it untouched.

pub mod complete;
pub mod condition;
pub mod duration;
pub mod form;
pub mod metrics;
pub mod problem;
pub mod promql;
pub mod token;
pub mod words;
pub mod write;
