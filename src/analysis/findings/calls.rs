//! Calls below one parent, grouped by operation: what several rules start from.
