//! The colours of the current theme, read from the page's own tokens (`style/tokens.css`), so that canvas and page agree.

use wasm_bindgen::JsValue;
use web_sys::CssStyleDeclaration;

/// How many service slots there are.
const SLOTS: usize = 20;

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Palette {
    /// Full strength, by slot.
    pub line: Vec<String>,
    /// As an area, by slot.
    pub area: Vec<String>,
    pub bg: String,
    pub ink: String,
    pub ink_2: String,
    pub ink_3: String,
    pub grid: String,
    pub axis: String,
    pub error: String,
    pub on_solid: String,
    pub critical: String,
    pub mark_line: String,
    pub accent: String,
    pub inset: String,
    pub font: String,
}

fn token(style: &CssStyleDeclaration, name: &str) -> String {
    style.get_property_value(name).map(|value| value.trim().to_owned()).unwrap_or_default()
}

impl Palette {
    /// The palette as the page has it now; call again when the theme changes.
    pub fn read() -> Palette {
        let window = web_sys::window();
        let root = window.as_ref().and_then(|window| window.document()).and_then(|page| page.document_element());
        let style = window.zip(root).and_then(|(window, root)| {
            let get = js_sys::Reflect::get(&window, &JsValue::from_str("getComputedStyle")).ok()?;
            let get: js_sys::Function = wasm_bindgen::JsCast::dyn_into(get).ok()?;
            let style = get.call1(&window, &root).ok()?;
            wasm_bindgen::JsCast::dyn_into::<CssStyleDeclaration>(style).ok()
        });
        let Some(style) = style else { return Palette::default() };
        let (bg, mix) = (token(&style, "--bg"), token(&style, "--fill-mix"));
        let line: Vec<String> = (1..=SLOTS).map(|slot| token(&style, &format!("--s{slot}"))).collect();
        let area = line.iter().map(|line| format!("color-mix(in oklab, {line} {mix}, {bg})")).collect();
        Palette {
            line,
            area,
            ink: token(&style, "--ink"),
            ink_2: token(&style, "--ink-2"),
            ink_3: token(&style, "--ink-3"),
            grid: token(&style, "--line-faint"),
            axis: token(&style, "--line-strong"),
            error: token(&style, "--error"),
            on_solid: token(&style, "--on-solid"),
            critical: token(&style, "--critical"),
            mark_line: token(&style, "--mark-line"),
            accent: token(&style, "--accent"),
            inset: token(&style, "--bg-inset"),
            font: token(&style, "--font"),
            bg,
        }
    }

    pub fn line(&self, slot: u8) -> &str {
        self.line.get(slot as usize % SLOTS).map(String::as_str).unwrap_or_default()
    }

    pub fn area(&self, slot: u8) -> &str {
        self.area.get(slot as usize % SLOTS).map(String::as_str).unwrap_or_default()
    }
}
