//! worker: being laid.
