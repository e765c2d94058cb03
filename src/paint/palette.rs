//! The colours of a theme, by their places in a scene. They are the page's own tokens (`style/tokens.css`), so that canvas, picture and
//! page agree; `theme` reads them.

use super::mix::{mixed, share};

/// How many service slots there are.
const SLOTS: usize = 20;

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Palette {
    /// Full strength, by slot.
    pub line: Vec<String>,
    /// As an area, by slot.
    pub area: Vec<String>,
    pub bg: String,
    pub panel: String,
    pub inset: String,
    pub sel: String,
    pub ink: String,
    pub ink_2: String,
    pub ink_3: String,
    /// Faint lines behind data, hairlines between regions, outlines.
    pub grid: String,
    pub hair: String,
    pub axis: String,
    /// Lines between services.
    pub edge: String,
    pub error: String,
    pub warn: String,
    pub on_solid: String,
    pub critical: String,
    pub mark: String,
    pub mark_line: String,
    pub accent: String,
    pub font: String,
    pub mono: String,
}

impl Palette {
    /// The palette of a theme whose tokens `token` knows by name (`--ink`).
    pub fn of_tokens(token: &dyn Fn(&str) -> String) -> Palette {
        let (bg, fill) = (token("--bg"), share(&token("--fill-mix")));
        let line: Vec<String> = (1..=SLOTS).map(|slot| token(&format!("--s{slot}"))).collect();
        let area = line.iter().map(|line| mixed(line, fill, &bg)).collect();
        Palette {
            line,
            area,
            panel: token("--bg-panel"),
            inset: token("--bg-inset"),
            sel: token("--sel"),
            ink: token("--ink"),
            ink_2: token("--ink-2"),
            ink_3: token("--ink-3"),
            grid: token("--line-faint"),
            hair: token("--line"),
            axis: token("--line-strong"),
            edge: mixed(&token("--ink-3"), 0.72, &bg),
            error: token("--error"),
            warn: token("--warn"),
            on_solid: token("--on-solid"),
            critical: token("--critical"),
            mark: token("--mark"),
            mark_line: token("--mark-line"),
            accent: token("--accent"),
            font: token("--font"),
            mono: token("--mono"),
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
