//! The app: mounts the page.

fn main() {}
