//! The worker: owns the traces.

fn main() {
    #[cfg(target_arch = "wasm32")]
    spanloom::worker::serve::start();
}
