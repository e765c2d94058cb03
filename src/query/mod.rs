//! query: being laid.
