//! source: being laid.
