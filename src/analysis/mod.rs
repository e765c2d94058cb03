//! analysis: being laid.
