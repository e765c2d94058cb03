//! layout: being laid.
