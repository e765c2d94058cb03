//! paint: being laid.
