//! ui: being laid.
