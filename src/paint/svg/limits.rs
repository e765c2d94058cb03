//! How large a picture may be: told before it is made, with what can be done instead. PNGs end where browsers' canvases do, SVGs where
//! programs that show them take minutes.

use super::Picture;
use crate::base::format::count;

/// The longest side of a canvas that every browser paints, in its pixels.
pub const MOST_SIDE: u64 = 16_384;
/// The most pixels of one: 16,384 by 16,384.
pub const MOST_PIXELS: u64 = MOST_SIDE * MOST_SIDE;
/// Rows of a picture; the rest is left out and told.
pub const MOST_ROWS: usize = 20_000;

/// Size of the PNG of a picture at a scale.
pub fn png_size(picture: &Picture, scale: u32) -> (u64, u64) {
    (u64::from(picture.width_px) * u64::from(scale), u64::from(picture.height_px) * u64::from(scale))
}

/// Why no browser paints the picture as a PNG at this scale, and what to do; `None` where it can be painted.
pub fn refusal(picture: &Picture, scale: u32, is_whole: bool) -> Option<String> {
    let (width, height) = png_size(picture, scale);
    let is_painted = |width: u64, height: u64| width.max(height) <= MOST_SIDE && width * height <= MOST_PIXELS;
    if is_painted(width, height) {
        return None;
    }
    let (w, h) = png_size(picture, 1);
    let smaller = if scale > 1 && is_painted(w, h) { "PNG 1×, " } else { "" };
    let visible = if is_whole { " or what is visible" } else { "" };
    let size = format!("{} × {} pixels", count(width), count(height));
    let most = count(MOST_SIDE);
    Some(format!("As PNG it would be {size}; browsers paint up to {most} a side. Choose {smaller}SVG{visible}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width_px: u32, height_px: u32) -> Picture {
        Picture { width_px, height_px, ..Picture::default() }
    }

    #[test]
    fn what_browsers_paint_is_not_refused() {
        assert_eq!(refusal(&picture(1280, 16_384), 1, true), None);
        assert_eq!(refusal(&picture(1280, 8_192), 2, true), None);
        assert_eq!(refusal(&picture(8_192, 8_192), 2, true), None);
    }

    #[test]
    fn a_refusal_names_the_size_the_limit_and_what_to_do() {
        assert_eq!(
            refusal(&picture(1280, 10_000), 2, true).as_deref(),
            Some(
                "As PNG it would be 2,560 × 20,000 pixels; browsers paint up to 16,384 a side. Choose PNG 1×, SVG or what is visible."
            )
        );
        assert_eq!(
            refusal(&picture(1280, 102_400), 1, false).as_deref(),
            Some("As PNG it would be 1,280 × 102,400 pixels; browsers paint up to 16,384 a side. Choose SVG.")
        );
        assert!(refusal(&picture(u32::MAX, u32::MAX), 2, true).is_some());
    }
}
