//! What scenes are drawn with, whatever they are drawn on: the page's canvas (`Surface`) or a picture (`svg::Drawing`).
//! Each scene is painted by one function, so a picture shows what the page shows.

/// Draws in CSS px, later things over earlier ones.
pub trait Pen {
    fn width_px(&self) -> f64;
    fn height_px(&self) -> f64;

    /// Dims what is drawn until it is set back to 1.
    fn alpha(&self, alpha: f64);

    fn fill(&self, colour: &str, x: f64, y: f64, w: f64, h: f64);

    /// A filled polygon, with a line of 1 px around it where one is asked for.
    fn polygon(&self, colour: &str, points: &[(f64, f64)], line: Option<&str>);

    /// The size and family of what is written from now on; slow to set on a canvas.
    fn letters(&self, px: f64, family: &str);

    /// Writes with the middle of the line at `middle_px`.
    fn text(&self, colour: &str, text: &str, x: f64, middle_px: f64);

    fn text_width(&self, text: &str) -> f64;

    /// What is drawn until [`Pen::end`] is one thing, by its number in the scene (a span, a node). A canvas has no use for it.
    fn begin(&self, _number: u32) {}

    fn end(&self) {}
}

/// As much of a text as fits, with an ellipsis when it is cut; nothing when not even two characters fit.
pub fn fitted(width: &dyn Fn(&str) -> f64, text: &str, room_px: f64) -> String {
    let whole_px = width(text);
    if whole_px <= room_px {
        return text.to_owned();
    }
    let chars = text.chars().count();
    // The first guess is by the text's mean width; it is then too long by a character or two at most.
    let mut keep = (chars as f64 * (room_px / whole_px)).floor().max(0.0) as usize;
    while keep >= 2 {
        let cut: String = text.chars().take(keep).chain(['…']).collect();
        if width(&cut) <= room_px {
            return cut;
        }
        keep -= 1;
    }
    String::new()
}

/// A diamond about a point.
pub fn diamond(x: f64, y: f64, reach: f64) -> [(f64, f64); 4] {
    [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_with_an_ellipsis_or_left_out() {
        let seven = |text: &str| text.chars().count() as f64 * 7.0;
        assert_eq!(fitted(&seven, "GET /orders", 77.0), "GET /orders");
        assert_eq!(fitted(&seven, "GET /orders", 70.0), "GET /orde…");
        assert_eq!(fitted(&seven, "GET /orders", 21.0), "GE…");
        assert_eq!(fitted(&seven, "GET /orders", 14.0), "");
        assert_eq!(fitted(&seven, "größte Überraschung", 49.0), "größte…");
    }
}
