//! Choices that outlive a visit.

use leptos::prelude::*;

use super::choice::Choice;
use crate::state::app::App;
use crate::state::keys::Scheme;
use crate::state::prefs::{Dock, Theme};
use crate::state::react::derived;
use crate::state::stamp::is_zone;

#[component]
pub fn Settings() -> impl IntoView {
    let prefs = App::get().prefs;
    let zone_wrong = RwSignal::new(false);
    view! {
        <div class="settings">
            <Choice name="Theme" options=vec![("system", "System"), ("light", "Light"), ("dark", "Dark")]
                value=derived(move || prefs.theme.get().name())
                choose=move |name: &str| if let Some(theme) = Theme::from_name(name) { prefs.theme.set(theme) }/>
            <Choice name="Letters" options=vec![("perfetto", "Perfetto"), ("jaeger", "Jaeger"), ("none", "None")]
                value=derived(move || prefs.keys.get().name())
                choose=move |name: &str| if let Some(scheme) = Scheme::from_name(name) { prefs.keys.set(scheme) }/>
            <Choice name="Details" options=vec![("right", "Right"), ("below", "Below")]
                value=derived(move || if prefs.dock.get() == Dock::Below { "below" } else { "right" })
                choose=move |name: &str| prefs.dock.set(if name == "below" { Dock::Below } else { Dock::Right })/>
            <label class="setting">
                <span>"Time zone"</span>
                <span class="row-flex">
                    <input class="field" type="text" list="zones" spellcheck="false" prop:value=prefs.zone
                        aria-invalid=move || zone_wrong.get().to_string()
                        on:change:target=move |event| {
                            let zone = event.target().value();
                            zone_wrong.set(!is_zone(&zone));
                            if is_zone(&zone) {
                                prefs.zone.set(zone);
                            }
                        }/>
                    <datalist id="zones">
                        {["local", "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Tokyo", "Asia/Kolkata"]
                            .map(|zone| view! { <option value=zone></option> }).collect_view()}
                    </datalist>
                    <Show when=move || zone_wrong.get()><span class="err" role="alert">"Not a zone: local, UTC or Area/City"</span></Show>
                </span>
            </label>
        </div>
    }
}
