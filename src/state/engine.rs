//! Which browser this is, where browsers differ and nothing else can tell.

/// Whether it is Safari, or another browser with its engine, which every browser on iOS has.
pub fn is_safari() -> bool {
    let navigator = web_sys::window().map(|window| window.navigator());
    navigator
        .and_then(|navigator| js_sys::Reflect::get(&navigator, &"vendor".into()).ok()?.as_string())
        .is_some_and(|vendor| vendor.starts_with("Apple"))
}
