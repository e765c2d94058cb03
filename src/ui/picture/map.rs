//! The service map of the trace as a picture.

use leptos::prelude::*;

use super::Making;
use super::heading::heading;
use crate::analysis::service_map::{EdgeKind, MapEdge, MapNode, NodeKind};
use crate::base::format::{counted, service_words};
use crate::layout::Bits;
use crate::layout::map_picture::{edge_words, error_words, label_width, line_width};
use crate::paint::map_path::Place;
use crate::paint::svg::map::{Edge, Map, Node, Port, picture as drawn};
use crate::paint::svg::{Picture, Sign};
use crate::state::map::{MapView, Mapped};
use crate::state::pick::Pick;
use crate::ui::map::{calls_to, cut, cut_words, node_words, shape_of, text_place};

/// Room for lines around the outermost nodes.
const ROOM_PX: f64 = 4.0;

/// What is drawn of a map, and how it stands.
struct Drawn<'a> {
    map: MapView,
    mapped: &'a Mapped,
    matched: Option<Bits>,
    /// By service: whether find has matched one of its spans.
    services: Vec<bool>,
    pick: Option<Pick>,
    critical_path: bool,
    port: Port,
}

pub fn picture(making: &Making) -> Option<Picture> {
    let (app, map) = (making.app, making.app.map);
    let mapped = map.mapped.get_untracked()?;
    let outline = mapped.outline.clone()?;
    let matched = making.matched();
    let mut services = vec![false; outline.services.len()];
    for service in matched.iter().flat_map(Bits::iter).filter_map(|span| outline.service.get(span as usize)) {
        if let Some(found) = services.get_mut(*service as usize) {
            *found = true;
        }
    }
    let drawing = Drawn {
        map,
        mapped: &mapped,
        matched,
        services,
        pick: map.pick.get_untracked(),
        critical_path: app.view.show_critical.get_untracked(),
        port: port(making, &mapped),
    };
    let all = &mapped.picture;
    let nodes: Vec<Node> = (0..all.nodes.len()).filter_map(|at| drawing.node(at)).collect();
    let edges: Vec<Edge> = (0..all.edges.len()).filter_map(|at| drawing.edge(at)).collect();
    let services = counted(nodes.iter().filter(|node| !node.outside).count() as u64, "service", "services");
    let outside = counted(nodes.iter().filter(|node| node.outside).count() as u64, "target", "targets");
    let edge_count = counted(edges.len() as u64, "connection", "connections");
    let part = if making.is_whole() { "" } else { ", the part in sight" };
    let mut heading =
        heading(making, &outline, format!("Service map: {services}, {outside} outside, {edge_count}{part}"));
    heading.notes.extend(untrack(|| cut_words(map)).map(|cut| format!("{cut}.")));
    heading.signs = vec![Sign::Call];
    let has = |is: &dyn Fn(&Edge) -> bool| edges.iter().any(is);
    let signs = [
        (Sign::Async, has(&|edge| edge.dashed)),
        (Sign::FailedCall, has(&|edge| edge.errors.is_some())),
        (Sign::CriticalCall, has(&|edge| edge.critical)),
    ];
    heading.signs.extend(signs.into_iter().filter(|(_, is_there)| *is_there).map(|(sign, _)| sign));
    let port = drawing.port;
    Some(drawn(&Map { nodes, edges, port }, &heading, &making.palette, &making.widths))
}

/// All of the map at its own size, or what of it is in sight as large as it stands there.
fn port(making: &Making, mapped: &Mapped) -> Port {
    let placement = &mapped.picture.placement;
    let (w, h) = (f64::from(placement.width_px) + 2.0 * ROOM_PX, f64::from(placement.height_px) + 2.0 * ROOM_PX);
    let whole = Port { x: -ROOM_PX, y: -ROOM_PX, w, h, scale: 1.0 };
    let (at, (wide, high)) = (making.app.map.port.get_untracked(), making.app.map.size_px.get_untracked());
    if making.is_whole() || at.scale <= 0.0 {
        return whole;
    }
    let clip = |from: f64, size: f64, all: f64| {
        let (from, to) = (from.max(-ROOM_PX), (from + size).min(all - ROOM_PX));
        (from, (to - from).max(1.0))
    };
    let (x, w) = clip(-at.x_px / at.scale, wide / at.scale, w);
    let (y, h) = clip(-at.y_px / at.scale, high / at.scale, h);
    Port { x, y, w, h, scale: at.scale }
}

impl Drawn<'_> {
    fn is_in_sight(&self, (x0, y0): (f32, f32), (x1, y1): (f32, f32)) -> bool {
        let Port { x, y, w, h, .. } = self.port;
        f64::from(x1) >= x && f64::from(x0) <= x + w && f64::from(y1) >= y && f64::from(y0) <= y + h
    }

    fn node(&self, at: usize) -> Option<Node> {
        let picture = &self.mapped.picture;
        let node = picture.nodes.get(at)?;
        let (corner, (w, h)) = (picture.placement.nodes.get(at)?, *picture.sizes.get(at)?);
        let place = Place { x: corner.x_px, y: corner.y_px, w, h };
        if !self.is_in_sight((place.x, place.y), (place.x + w, place.y + h)) {
            return None;
        }
        let is_service = node.service.is_some();
        let name = if is_service { service_words(&node.name) } else { node.name.clone() };
        Some(Node {
            key: node.key.clone(),
            shape: shape_of(node.kind),
            outside: !is_service,
            dashed: node.kind == NodeKind::Host,
            place,
            slot: self.mapped.slot(at as u32),
            name: cut(name, w),
            second: node_words(node, false, picture.over_s).0,
            text: text_place(node.kind, place),
            error: node.error_spans > 0,
            picked: matches!(&self.pick, Some(Pick::Node(key)) if *key == node.key),
            faded: self.is_faded(node, at as u32),
        })
    }

    /// Whether find has matched nothing of a node.
    fn is_faded(&self, node: &MapNode, at: u32) -> bool {
        let Some(matched) = &self.matched else { return false };
        match node.service {
            Some(service) => !self.services.get(service as usize).copied().unwrap_or_default(),
            None => !calls_to(self.mapped, at).iter().any(|call| matched.contains(*call)),
        }
    }

    fn edge(&self, at: usize) -> Option<Edge> {
        let picture = &self.mapped.picture;
        let (edge, route): (&MapEdge, _) = (picture.edges.get(at)?, picture.placement.edges.get(at)?);
        let xs = || route.points.iter().map(|point| point.x_px);
        let ys = || route.points.iter().map(|point| point.y_px);
        let least = (xs().fold(f32::MAX, f32::min), ys().fold(f32::MAX, f32::min));
        let most = (xs().fold(f32::MIN, f32::max), ys().fold(f32::MIN, f32::max));
        if !self.is_in_sight(least, most) {
            return None;
        }
        let (from, to) = (self.mapped.node(edge.from)?, self.mapped.node(edge.to)?);
        let (first, second) = edge_words(edge, self.map.figure.get_untracked(), picture.over_s);
        let is_picked = match &self.pick {
            Some(Pick::Node(key)) => *key == from.key || *key == to.key,
            Some(pick) => self.mapped.pick_of_edge(edge).as_ref() == Some(pick),
            None => false,
        };
        let is_matched = |matched: &Bits| self.mapped.calls_of(edge).iter().any(|call| matched.contains(*call));
        Some(Edge {
            key: format!("{} → {}", from.key, to.key),
            route: route.clone(),
            width_px: line_width(edge),
            label_px: label_width(edge, picture.over_s),
            first,
            errors: error_words(edge, picture.over_s),
            second,
            dashed: edge.kind != EdgeKind::Call,
            critical: edge.critical && self.critical_path,
            picked: is_picked,
            faded: self.matched.as_ref().is_some_and(|matched| !is_matched(matched)),
        })
    }
}
