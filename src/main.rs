//! The program, for both places it runs in: the page mounts the app, a worker starts its own end.

fn main() {
    #[cfg(target_arch = "wasm32")]
    {
        if web_sys::window().is_some() {
            spanloom::ui::mount();
        } else {
            spanloom::worker::serve::start();
        }
    }
}
