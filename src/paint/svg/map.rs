//! A picture of a service map: nodes, edges and their labels as they were placed. What they are and say comes as it is to be drawn.

use super::drawing::{Drawing, Named, Type};
use super::frame::Heading;
use super::{MARGIN_PX, Picture};
use crate::layout::map::Route;
use crate::layout::{Measure, Rect};
use crate::paint::Palette;
use crate::paint::map_path::{Place, Shape, arrow, error_mark, lid, outline, rounded, strip};
use crate::paint::pen::Pen;

/// Room for what the heading says in one line.
const LEAST_WIDTH_PX: f64 = 860.0;
/// Strength of what find has not matched.
const FADED: f64 = 0.3;

/// A node to draw.
#[derive(Clone, Debug)]
pub struct Node {
    pub key: String,
    pub shape: Shape,
    /// Outside of the trace: drawn on another ground, a host with dashes.
    pub outside: bool,
    pub dashed: bool,
    pub place: Place,
    pub slot: Option<u8>,
    pub name: String,
    pub second: String,
    /// Where its two lines begin, and their baselines.
    pub text: (f32, f32, f32),
    pub error: bool,
    pub picked: bool,
    pub faded: bool,
}

/// An edge to draw.
#[derive(Clone, Debug)]
pub struct Edge {
    /// `order-service → payment-service`.
    pub key: String,
    pub route: Route,
    pub width_px: f32,
    /// How wide its label may be.
    pub label_px: f32,
    pub first: String,
    pub errors: Option<String>,
    pub second: String,
    pub dashed: bool,
    pub critical: bool,
    pub picked: bool,
    pub faded: bool,
}

/// What of the map is drawn: a part of it, in px of the map, so many times as large.
#[derive(Clone, Copy, Debug)]
pub struct Port {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
    pub scale: f64,
}

pub struct Map {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    pub port: Port,
}

pub fn picture(map: &Map, heading: &Heading, palette: &Palette, measure: &dyn Measure) -> Picture {
    let Port { x, y, w, h, scale } = map.port;
    let width_px = (w * scale + 2.0 * MARGIN_PX).max(LEAST_WIDTH_PX);
    let drawing = Drawing::new(palette, measure);
    let top = heading.draw(&drawing, width_px) + 12.0;
    let place = Rect { x: MARGIN_PX, y: top, w: w * scale, h: h * scale };
    drawing.open_port(place, (x, y), scale);
    for edge in &map.edges {
        draw_edge(&drawing, edge);
    }
    for node in &map.nodes {
        draw_node(&drawing, node);
    }
    for edge in &map.edges {
        draw_label(&drawing, edge);
    }
    drawing.close_port();
    heading.finish(drawing, width_px, top + h * scale)
}

fn draw_edge(drawing: &Drawing, edge: &Edge) {
    let Some(tip) = edge.route.points.last().copied() else { return };
    let points = &edge.route.points;
    let before = points.len().checked_sub(2).and_then(|at| points.get(at)).copied().unwrap_or(tip);
    let palette = drawing.palette;
    let (ink, head) = match (edge.errors.is_some(), edge.picked) {
        (true, _) => (&palette.error, &palette.error),
        (_, true) => (&palette.accent, &palette.accent),
        _ if edge.critical => (&palette.edge, &palette.critical),
        _ => (&palette.edge, &palette.ink_3),
    };
    let line = rounded(points);
    drawing.open(&Named { key: "edge", id: edge.key.clone(), title: String::new() });
    drawing.alpha(if edge.faded { FADED } else { 1.0 });
    drawing.line(&line, ink, f64::from(edge.width_px), if edge.dashed { "5 4" } else { "" });
    if edge.critical {
        drawing.line(&line, &palette.critical, if edge.errors.is_some() { 1.0 } else { 1.6 }, "");
    }
    drawing.shape(&arrow(before, tip), head, None);
    drawing.alpha(1.0);
    drawing.close();
}

/// The text ends where the arrow begins; of what goes backward it begins at its source.
fn draw_label(drawing: &Drawing, edge: &Edge) {
    let Some(at) = edge.route.label else { return };
    let palette = drawing.palette;
    let style = Type::new(11.0, &palette.ink_3);
    let is_backward = edge.route.backward || edge.route.is_loop;
    let (x, style) = if is_backward { (at.x_px + 4.0, style) } else { (at.x_px + edge.label_px - 6.0, style.at_end()) };
    let errors = edge.errors.as_ref().map(|errors| format!(" {errors}")).unwrap_or_default();
    let parts = [(style, edge.first.as_str()), (Type { ink: &palette.error, ..style }, errors.as_str())];
    let parts = if errors.is_empty() { &parts[..1] } else { &parts[..] };
    drawing.write_parts(style, parts, f64::from(x), f64::from(at.y_px) - 4.0);
    if !edge.second.is_empty() {
        drawing.write(style, &edge.second, f64::from(x), f64::from(at.y_px) + 12.0);
    }
}

fn draw_node(drawing: &Drawing, node: &Node) {
    let palette = drawing.palette;
    drawing.open(&Named { key: "node", id: node.key.clone(), title: String::new() });
    drawing.alpha(if node.faded { FADED } else { 1.0 });
    let ground = if node.outside { &palette.panel } else { &palette.bg };
    let (ink, width) = if node.picked { (&palette.accent, 2.0) } else { (&palette.ink_3, 1.0) };
    let dash = if node.dashed { "3 2" } else { "" };
    drawing.shape(&outline(node.shape, node.place), ground, Some((ink, width, dash)));
    if let Some(lid) = lid(node.shape, node.place) {
        drawing.line(&lid, ink, width, dash);
    }
    if let Some(slot) = node.slot {
        drawing.shape(&strip(node.place), palette.line(slot), None);
    }
    if node.error {
        let (fill, line) = error_mark(node.place);
        drawing.shape(&fill, &palette.error, None);
        drawing.line(&line, &palette.on_solid, 1.3, "");
    }
    drawing.alpha(1.0);
    let (x, name_y, second_y) = node.text;
    let ink = if node.faded { &palette.ink_3 } else { &palette.ink };
    let name = Type { strong: node.slot.is_some(), ..Type::new(12.0, ink) };
    drawing.write(name, &node.name, f64::from(x), f64::from(name_y));
    drawing.write(Type::new(11.0, &palette.ink_3), &node.second, f64::from(x), f64::from(second_y));
    drawing.close();
}
