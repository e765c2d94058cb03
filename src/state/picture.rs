//! What is chosen for a picture of the view that is shown; kept while the page lives.

use leptos::prelude::*;

/// What a picture is saved as.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    #[default]
    Svg,
    Png,
    PngDouble,
}

impl Format {
    pub const ALL: [(&'static str, Format); 3] =
        [("svg", Format::Svg), ("png", Format::Png), ("png2", Format::PngDouble)];

    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, format)| format)
    }

    /// Pixels of a PNG to each px of the picture; `None` of SVG, which has no pixels.
    pub fn scale(self) -> Option<u32> {
        match self {
            Format::Svg => None,
            Format::Png => Some(1),
            Format::PngDouble => Some(2),
        }
    }

    /// What its file's name ends with, after the view's.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Svg => ".svg",
            Format::Png => ".png",
            Format::PngDouble => "@2x.png",
        }
    }
}

/// How much of the view is on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Extent {
    /// Every row over all of the time.
    #[default]
    Whole,
    /// The rows in sight over the visible window.
    Visible,
}

impl Extent {
    pub fn name(self) -> &'static str {
        if self == Extent::Whole { "whole" } else { "visible" }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Extent::Whole, Extent::Visible].into_iter().find(|extent| extent.name() == name)
    }
}

#[derive(Clone, Copy)]
pub struct PictureChoice {
    pub format: RwSignal<Format>,
    pub extent: RwSignal<Extent>,
    /// Another theme than the page's.
    pub dark: RwSignal<bool>,
}

impl PictureChoice {
    pub fn new() -> Self {
        PictureChoice { format: RwSignal::default(), extent: RwSignal::default(), dark: RwSignal::new(false) }
    }
}

impl Default for PictureChoice {
    fn default() -> Self {
        Self::new()
    }
}
