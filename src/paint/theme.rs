//! The page's palettes, read from its style sheets: that of either theme, whichever the page has now, without touching it.

use wasm_bindgen::JsCast;
use web_sys::{CssStyleDeclaration, CssStyleRule, CssStyleSheet};

use super::Palette;

/// Where the tokens of light are, and those that dark has instead.
const LIGHT: &str = ":root";
const DARK: &str = ":root[data-theme=\"dark\"]";

impl Palette {
    pub fn of_theme(dark: bool) -> Palette {
        let base = declarations(LIGHT);
        let over = if dark { declarations(DARK) } else { Vec::new() };
        Palette::of_tokens(&|name| {
            // The last rule that says something holds.
            let said =
                over.iter().rev().chain(base.iter().rev()).filter_map(|style| style.get_property_value(name).ok());
            said.map(|value| value.trim().to_owned()).find(|value| !value.is_empty()).unwrap_or_default()
        })
    }
}

/// What the rules of exactly this selector declare, outside of any condition, in their order.
fn declarations(selector: &str) -> Vec<CssStyleDeclaration> {
    let mut found = Vec::new();
    let Some(page) = web_sys::window().and_then(|window| window.document()) else { return found };
    let sheets = page.style_sheets();
    for sheet in (0..sheets.length()).filter_map(|at| sheets.get(at)) {
        // A sheet of another origin does not tell its rules; ours are the page's own.
        let Some(rules) = sheet.dyn_into::<CssStyleSheet>().ok().and_then(|sheet| sheet.css_rules().ok()) else {
            continue;
        };
        let rules = (0..rules.length()).filter_map(|at| rules.get(at)?.dyn_into::<CssStyleRule>().ok());
        found.extend(rules.filter(|rule| rule.selector_text() == selector).map(|rule| rule.style()));
    }
    found
}
