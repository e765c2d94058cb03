//! A picture of the view that is shown: as what, of how much, in which theme; what it will be, and how large. Made anew at each choice,
//! shown as it will be saved.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Blob, Url};

use super::choice::Choice;
use crate::base::format::{bytes, count};
use crate::paint::svg::Picture;
use crate::paint::svg::limits::{png_size, refusal};
use crate::source::filename::Taking;
use crate::state::app::App;
use crate::state::clipboard::can_copy_images;
use crate::state::pace::Pace;
use crate::state::picture::{Extent, Format};
use crate::state::react::{derived, effect};
use crate::state::take::{blob_of, save};
use crate::ui::picture::{make, png, track};

/// A picture as it was made, with the address under which the page can show it.
struct Made {
    /// Named when it was asked for.
    taking: Taking,
    picture: Picture,
    svg: Blob,
    url: String,
    /// The address of a long picture's beginning.
    preview_url: Option<String>,
    /// The PNG, where one was wanted and could be painted.
    png: Option<Blob>,
    format: Format,
    /// Why it is not to be had in this format.
    refused: Option<String>,
}

impl Drop for Made {
    fn drop(&mut self) {
        // An address that is known to nobody any more.
        for url in self.preview_url.iter().chain([&self.url]) {
            let _ = Url::revoke_object_url(url);
        }
    }
}

impl Made {
    async fn of(picture: Picture, taking: Taking, format: Format, extent: Extent) -> Option<Made> {
        let svg = blob_of(picture.svg.as_bytes(), "image/svg+xml")?;
        let url = Url::create_object_url_with_blob(&svg).ok()?;
        let beginning = picture.preview.as_ref().and_then(|preview| blob_of(preview.as_bytes(), "image/svg+xml"));
        let preview_url = beginning.and_then(|blob| Url::create_object_url_with_blob(&blob).ok());
        let mut made = Made { taking, picture, svg, url, preview_url, png: None, format, refused: None };
        if let Some(scale) = format.scale() {
            made.refused = refusal(&made.picture, scale, extent == Extent::Whole);
            if made.refused.is_none() {
                made.png = made.png_at(scale).await;
                made.refused = made.png.is_none().then(|| "This browser could not paint it. Choose SVG.".to_owned());
            }
        }
        Some(made)
    }

    async fn png_at(&self, scale: u32) -> Option<Blob> {
        let (width, height) = png_size(&self.picture, scale);
        png(&self.url, u32::try_from(width).ok()?, u32::try_from(height).ok()?).await
    }

    /// What is saved.
    fn file(&self) -> &Blob {
        self.png.as_ref().unwrap_or(&self.svg)
    }

    /// Width and height in px of an SVG, in pixels of a PNG.
    fn size(&self) -> (u64, u64) {
        png_size(&self.picture, self.format.scale().unwrap_or(1))
    }
}

/// What the dialog knows: the newest picture, or why there is none.
#[derive(Clone, Copy)]
struct Known {
    made: RwSignal<Option<std::rc::Rc<Made>>, LocalStorage>,
    working: RwSignal<bool>,
    newest: StoredValue<u32>,
}

#[component]
pub fn PictureDialog() -> impl IntoView {
    let app = App::get();
    let choice = app.picture;
    choice.dark.set(app.prefs.is_dark_untracked());
    let known = Known { made: RwSignal::new_local(None), working: RwSignal::new(true), newest: StoredValue::new(0) };
    effect(move || {
        let (format, extent, dark) = (choice.format.get(), choice.extent.get(), choice.dark.get());
        track(app);
        known.renew(app, format, extent, dark);
    });
    view! {
        <div class="picture" data-picture>
            <div class="settings">
                <Choice name="Format" options=vec![("svg", "SVG"), ("png", "PNG 1×"), ("png2", "PNG 2×")]
                    value=derived(move || choice.format.get().name())
                    choose=move |name: &str| if let Some(format) = Format::from_name(name) { choice.format.set(format) }/>
                <Choice name="Shows" options=vec![("whole", "Whole trace"), ("visible", "What is visible")]
                    value=derived(move || choice.extent.get().name())
                    choose=move |name: &str| if let Some(extent) = Extent::from_name(name) { choice.extent.set(extent) }/>
                <Choice name="Colours" options=vec![("light", "Light"), ("dark", "Dark")]
                    value=derived(move || if choice.dark.get() { "dark" } else { "light" })
                    choose=move |name: &str| choice.dark.set(name == "dark")/>
            </div>
            <Preview known/>
            <Acts known/>
        </div>
    }
}

impl Known {
    /// Makes the picture that is chosen; one under way is given up.
    fn renew(self, app: App, format: Format, extent: Extent, dark: bool) {
        self.newest.update_value(|newest| *newest = newest.wrapping_add(1));
        let mine = self.newest.get_value();
        let is_wanted = move || self.newest.try_get_value() == Some(mine);
        self.working.set(true);
        let (view, theme) = (app.view.tab.get_untracked().name(), if dark { "-dark" } else { "" });
        let taking = Taking::of(app.trace_id(), format!("{view}{theme}{}", format.ending()));
        spawn_local(async move {
            let mut pace = Pace::new(is_wanted);
            let Ok(picture) = make(app, extent, dark, &mut pace).await else { return };
            let made = match picture {
                Some(picture) => Made::of(picture, taking, format, extent).await,
                None => None,
            };
            if is_wanted() {
                self.made.set(made.map(std::rc::Rc::new));
                self.working.set(false);
            }
        });
    }
}

/// The picture as wide as there is room, to be scrolled where it is long.
#[component]
fn Preview(known: Known) -> impl IntoView {
    let shown = move || {
        known.made.with(|made| {
            let made = made.as_ref()?;
            let about = made.picture.svg.split("<title id=\"title\">").nth(1).and_then(|rest| rest.split('<').next());
            let alt = format!("Picture of {}", about.unwrap_or("the trace"));
            let is_cut = made.preview_url.is_some();
            let src = made.preview_url.clone().unwrap_or_else(|| made.url.clone());
            Some(view! {
                <img src=src alt=alt data-preview/>
                {is_cut.then(|| view! { <p class="dim">"The preview ends here; the picture goes on."</p> })}
            })
        })
    };
    view! {
        <div class="picture-shown" role="region" aria-label="Preview" tabindex="0" aria-busy=move || known.working.get().to_string()>
            {shown}
        </div>
    }
}

/// How large it is, or why it is not to be had; and what can be done with it.
#[component]
fn Acts(known: Known) -> impl IntoView {
    let app = App::get();
    let can_copy = can_copy_images();
    let is_ready = move || {
        !known.working.get() && known.made.with(|made| made.as_ref().is_some_and(|made| made.refused.is_none()))
    };
    let words = move || {
        if known.working.get() {
            return view! { <span class="dim">"Drawing…"</span> }.into_any();
        }
        known.made.with(|made| match made.as_ref() {
            None => view! { <span class="dim">"Nothing to draw yet"</span> }.into_any(),
            Some(made) => match &made.refused {
                Some(why) => view! { <span class="warn" data-refused>{why.clone()}</span> }.into_any(),
                None => size_words(made).into_any(),
            },
        })
    };
    let on_save = move |_| {
        known.made.with_untracked(|made| {
            if let Some(made) = made {
                save(made.file(), &made.taking.name());
            }
        });
    };
    let on_copy = move |_| {
        let Some(made) = known.made.get_untracked() else { return };
        // The browser wants the promise during the press; the pixels may come later.
        app.copy_image(&future_to_promise(async move {
            let png = match &made.png {
                Some(png) => Some(png.clone()),
                None if refusal(&made.picture, 1, false).is_none() => made.png_at(1).await,
                None => None,
            };
            png.map(JsValue::from).ok_or(JsValue::NULL)
        }));
    };
    view! {
        <footer class="picture-acts">
            <span role="status">{words}</span>
            <span class="grow"></span>
            {can_copy.then(|| view! { <button class="btn line" disabled=move || !is_ready() title="As PNG, onto the clipboard" on:click=on_copy>"Copy"</button> })}
            <button class="btn primary" disabled=move || !is_ready() on:click=on_save>"Save"</button>
        </footer>
    }
}

fn size_words(made: &Made) -> impl IntoView + use<> {
    let (width, height) = made.size();
    let unit = if made.format == Format::Svg { "px" } else { "pixels" };
    let size = made.file().size();
    view! {
        <span class="num" data-size data-width=width.to_string() data-height=height.to_string() data-bytes=size.to_string()>
            {format!("{} × {} {unit}, {}", count(width), count(height), bytes(size as u64))}
        </span>
    }
}
