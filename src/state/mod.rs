//! state: being laid.
