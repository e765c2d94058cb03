//! The worker: owns the traces.

fn main() {}
