//! The lines of a service map as SVG paths, for the page's own elements and for pictures: outlines of nodes, edges with rounded corners,
//! arrows. Where they stand is `layout::map`'s.

use core::fmt::Write;

use crate::layout::map::Point;

/// What a node looks like: a service as a box, a database as a cylinder, a queue as a pipe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    Box,
    Cylinder,
    Pipe,
}

/// Where a node stands and how large it is, in the picture's px.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Place {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

const RADIUS_PX: f32 = 7.0;
/// The line ends this far before its target, under the arrow.
const ARROW_PX: f32 = 6.0;

/// The outline of a node.
pub fn outline(shape: Shape, Place { x, y, w, h }: Place) -> String {
    match shape {
        Shape::Cylinder => format!("M{x} {}c0-8 {w}-8 {w} 0v{}c0 8-{w} 8-{w} 0Z", y + 6.0, h - 12.0),
        Shape::Pipe => format!("M{} {y}h{}c10 0 10 {h} 0 {h}h-{}c-10 0-10-{h} 0-{h}Z", x + 8.0, w - 16.0, w - 16.0),
        Shape::Box => {
            format!(
                "M{} {y}h{}a3 3 0 0 1 3 3v{}a3 3 0 0 1-3 3h-{}a3 3 0 0 1-3-3v-{}a3 3 0 0 1 3-3Z",
                x + 3.0,
                w - 6.0,
                h - 6.0,
                w - 6.0,
                h - 6.0
            )
        }
    }
}

/// The rim of a cylinder or pipe.
pub fn lid(shape: Shape, Place { x, y, w, h }: Place) -> Option<String> {
    match shape {
        Shape::Cylinder => Some(format!("M{x} {}c0 8 {w} 8 {w} 0", y + 6.0)),
        Shape::Pipe => Some(format!("M{} {y}c-10 0-10 {h} 0 {h}", x + w - 8.0)),
        Shape::Box => None,
    }
}

/// A line through the points, its corners rounded, its end under the arrow.
pub fn rounded(points: &[Point]) -> String {
    let mut path = String::new();
    let last = points.len().saturating_sub(1);
    for (at, point) in points.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| points.get(at));
        let after = points.get(at + 1);
        // Writing into a String cannot fail.
        let _ = match (before, after) {
            (None, _) => write!(path, "M{} {}", point.x_px, point.y_px),
            (Some(before), _) if at == last => {
                let end = toward(*point, *before, ARROW_PX);
                write!(path, "L{} {}", end.x_px, end.y_px)
            }
            (Some(before), Some(after)) => {
                let radius = RADIUS_PX.min(length(*point, *before) / 2.0).min(length(*point, *after) / 2.0);
                let (into, out) = (toward(*point, *before, radius), toward(*point, *after, radius));
                write!(path, "L{} {}Q{} {} {} {}", into.x_px, into.y_px, point.x_px, point.y_px, out.x_px, out.y_px)
            }
            (Some(_), None) => Ok(()),
        };
    }
    path
}

fn length(a: Point, b: Point) -> f32 {
    (a.x_px - b.x_px).abs() + (a.y_px - b.y_px).abs()
}

/// The point `by` px from `from` towards `to`, on a line along one axis.
fn toward(from: Point, to: Point, by: f32) -> Point {
    let by = by.min(length(from, to));
    let step = |from: f32, to: f32| if (to - from).abs() < 0.01 { from } else { from + by * (to - from).signum() };
    Point { x_px: step(from.x_px, to.x_px), y_px: step(from.y_px, to.y_px) }
}

/// Its head, from the point before the last.
pub fn arrow(before: Point, tip: Point) -> String {
    let (dx, dy) = ((tip.x_px - before.x_px), (tip.y_px - before.y_px));
    if dx.abs() >= dy.abs() {
        let back = if dx < 0.0 { 8.0 } else { -8.0 };
        format!("M{} {}l{back} -4v8Z", tip.x_px, tip.y_px)
    } else {
        let back = if dy < 0.0 { 8.0 } else { -8.0 };
        format!("M{} {}l-4 {back}h8Z", tip.x_px, tip.y_px)
    }
}

/// The strip of a service's colour along the left side of its box.
pub fn strip(Place { x, y, h, .. }: Place) -> String {
    format!("M{} {}a3 3 0 0 1 3-2.5h1.5v{}h-1.5a3 3 0 0 1-3-2.5Z", x + 1.0, y + 3.0, h - 1.0)
}

/// The mark of an error at a node's upper right corner: the diamond, and the `!` in it.
pub fn error_mark(Place { x, y, w, .. }: Place) -> (String, String) {
    (format!("M{} {}l6 6-6 6-6-6Z", x + w - 14.0, y + 8.0), format!("M{} {}v3.4m0 2.2v.1", x + w - 14.0, y + 11.0))
}
