//! Choices that outlive a visit: theme, keys, zone, where the details sit, widths. Kept in local storage, each under a
//! name of its own; a browser that refuses storage loses nothing but the memory of them.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::findings::kinds_of;
use super::keys::Scheme;
use crate::analysis::findings::FindingKind;
use crate::state::react::effect;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub fn name(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Theme::System, Theme::Light, Theme::Dark].into_iter().find(|theme| theme.name() == name)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Dock {
    #[default]
    Right,
    Below,
}

#[derive(Clone, Copy)]
pub struct Prefs {
    pub theme: RwSignal<Theme>,
    pub keys: RwSignal<Scheme>,
    /// `local`, `UTC`, or an IANA zone.
    pub zone: RwSignal<String>,
    pub dock: RwSignal<Dock>,
    pub tree_width_px: RwSignal<f64>,
    pub details_width_px: RwSignal<f64>,
    pub details_height_px: RwSignal<f64>,
    /// Kinds of findings that are not told, ascending.
    pub findings_off: RwSignal<Vec<FindingKind>>,
    /// The system asks for dark.
    system_dark: RwSignal<bool>,
}

pub const MIN_TREE_PX: f64 = 240.0;
pub const MIN_DETAILS_PX: f64 = 280.0;

pub fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

pub fn stored(name: &str) -> Option<String> {
    storage()?.get_item(&format!("spanloom.{name}")).ok()?
}

pub fn store(name: &str, value: &str) {
    if let Some(storage) = storage() {
        // Full or forbidden: the choice then lasts as long as the page.
        let _ = storage.set_item(&format!("spanloom.{name}"), value);
    }
}

/// After what is set now for this visit only: choices that were not made before are not kept as made.
pub fn forget_unchosen() {
    let unchosen: Vec<&str> =
        ["theme", "keys", "zone", "dock", "findings-off"].into_iter().filter(|name| stored(name).is_none()).collect();
    request_animation_frame(move || unchosen.iter().for_each(|name| forget(name)));
}

pub fn forget(name: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&format!("spanloom.{name}"));
    }
}

impl Prefs {
    /// Kinds that are off as long as this page is open; what the reader has chosen is kept as it is.
    pub fn findings_off_for_now(self, off: Vec<FindingKind>) {
        let chosen = stored("findings-off");
        self.findings_off.set(off);
        request_animation_frame(move || match &chosen {
            Some(chosen) => store("findings-off", chosen),
            None => forget("findings-off"),
        });
    }

    pub fn load() -> Self {
        let number = |name: &str, fallback: f64| stored(name).and_then(|text| text.parse().ok()).unwrap_or(fallback);
        let prefs = Prefs {
            theme: RwSignal::new(stored("theme").and_then(|name| Theme::from_name(&name)).unwrap_or_default()),
            keys: RwSignal::new(stored("keys").and_then(|name| Scheme::from_name(&name)).unwrap_or_default()),
            zone: RwSignal::new(stored("zone").unwrap_or_else(|| "local".to_owned())),
            dock: RwSignal::new(if stored("dock").as_deref() == Some("below") { Dock::Below } else { Dock::Right }),
            tree_width_px: RwSignal::new(number("tree", 436.0).max(MIN_TREE_PX)),
            details_width_px: RwSignal::new(number("details", 372.0).max(MIN_DETAILS_PX)),
            details_height_px: RwSignal::new(number("details-height", 292.0).max(120.0)),
            findings_off: RwSignal::new(kinds_of(&words(stored("findings-off")))),
            system_dark: RwSignal::new(false),
        };
        prefs.follow_system();
        prefs.remember();
        prefs
    }

    fn follow_system(self) {
        follow_media("(prefers-color-scheme: dark)", self.system_dark);
    }

    fn remember(self) {
        remember("theme", move || self.theme.get().name().to_owned());
        remember("keys", move || self.keys.get().name().to_owned());
        remember("zone", move || self.zone.get());
        remember("dock", move || if self.dock.get() == Dock::Below { "below" } else { "right" }.to_owned());
        remember("tree", move || self.tree_width_px.get().to_string());
        remember("details", move || self.details_width_px.get().to_string());
        remember("findings-off", move || {
            let off = self.findings_off.get();
            off.iter().map(|kind| kind.words().name).collect::<Vec<_>>().join(" ")
        });
        remember("details-height", move || self.details_height_px.get().to_string());
        effect(move || {
            let root = web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element());
            let name = if self.is_dark() { "dark" } else { "light" };
            if let Some(root) = root {
                let _ = root.set_attribute("data-theme", name);
            }
        });
    }

    /// Whether the page is dark now; tracked, so that canvases repaint with their colours.
    pub fn is_dark(self) -> bool {
        dark(self.theme.get(), self.system_dark.get())
    }

    pub fn is_dark_untracked(self) -> bool {
        dark(self.theme.get_untracked(), self.system_dark.get_untracked())
    }
}

fn words(stored: Option<String>) -> Vec<String> {
    stored.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// Stores a choice when it changes; what was only loaded is not a choice.
fn remember(name: &'static str, value: impl Fn() -> String + 'static) {
    Effect::new(move |before: Option<String>| {
        let now = value();
        if before.is_some_and(|before| before != now) {
            store(name, &now);
        }
        now
    });
}

/// Keeps a signal at whether a media query holds.
pub fn follow_media(query: &str, holds: RwSignal<bool>) {
    let Some(query) = web_sys::window().and_then(|window| window.match_media(query).ok().flatten()) else { return };
    holds.set(query.matches());
    let asked = query.clone();
    let on_change = wasm_bindgen::closure::Closure::<dyn FnMut()>::new(move || holds.set(asked.matches()));
    query.set_onchange(Some(on_change.as_ref().unchecked_ref()));
    // Lives as long as the page.
    on_change.forget();
}

fn dark(theme: Theme, system_dark: bool) -> bool {
    match theme {
        Theme::System => system_dark,
        Theme::Light => false,
        Theme::Dark => true,
    }
}
