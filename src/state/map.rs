//! The service map: which of it is shown, what of it is picked, and where its picture stands in the view.

use std::sync::Arc;

use leptos::prelude::*;

use super::act::focus_element;
use super::app::App;
use super::ask::Answered;
use super::explore::map::Behind;
use super::pick::Pick;
use super::tabs::Step;
use super::url::View as Tab;
use crate::analysis::service_map::{EdgeKind, MapEdge, MapNode};
use crate::layout::map_edges::unpacked;
use crate::layout::map_picture::{EdgeFigure, MapPicture, MapWanted};
use crate::model::outline::Column;
use crate::model::{Outline, SpanIdx};
use crate::worker::protocol::{Ask, Tell};

/// More nodes than this are cut to those with most calls, and said so.
pub const CAP: u32 = 100;
/// Least and greatest enlargement.
const SCALES: (f64, f64) = (0.1, 3.0);
/// Room around the picture when it is fitted.
const MARGIN_PX: f64 = 16.0;
/// Smaller labels cannot be read.
const READABLE_SCALE: f64 = 0.8;
/// What legend and zoom take of the lower edge: the legend is one line where the view is this wide, and two where it is not.
const LEGEND_PX: f64 = 30.0;
const LEGEND_WIDE_PX: f64 = 880.0;
const LEGEND_LINE_PX: f64 = 22.0;

/// The picture, with what it is of.
pub struct Mapped {
    /// The trace; `None` for a map of many.
    pub outline: Option<Arc<Outline>>,
    pub picture: MapPicture,
    /// Palette slot by node; `None` for what is outside.
    pub slots: Vec<Option<u8>>,
    /// Services that can be gone to, whether or not they are drawn.
    pub services: Vec<String>,
    /// The span of each call, by edge; empty for a map of many traces.
    calls: Vec<u32>,
}

/// Where the picture's corner stands in the view, and how much it is enlarged.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Port {
    pub x_px: f64,
    pub y_px: f64,
    pub scale: f64,
}

#[derive(Clone, Copy)]
pub struct MapView {
    /// Of many traces, not of the one that is open.
    pub of_range: bool,
    pub mapped: RwSignal<Option<Arc<Mapped>>>,
    answered: Answered,
    pub pick: RwSignal<Option<Pick>>,
    pub databases: RwSignal<bool>,
    pub queues: RwSignal<bool>,
    pub hosts: RwSignal<bool>,
    pub figure: RwSignal<EdgeFigure>,
    /// Only the picked node and its neighbours.
    pub near: RwSignal<Option<String>>,
    /// No cap.
    pub all: RwSignal<bool>,
    pub port: RwSignal<Port>,
    pub size_px: RwSignal<(f64, f64)>,
    /// The reader has moved the picture: it is no longer fitted by itself.
    pub moved: RwSignal<bool>,
}

impl MapView {
    /// The map that a component is in.
    pub fn get() -> Self {
        use_context().unwrap_or_else(|| App::get().map)
    }

    pub fn new() -> Self {
        MapView::of(false)
    }

    /// Of many traces, or of the one that is open.
    pub fn of(of_range: bool) -> Self {
        MapView {
            of_range,
            mapped: RwSignal::new(None),
            answered: Answered::new(),
            pick: RwSignal::new(None),
            databases: RwSignal::new(true),
            queues: RwSignal::new(true),
            hosts: RwSignal::new(true),
            figure: RwSignal::new(EdgeFigure::default()),
            near: RwSignal::new(None),
            all: RwSignal::new(false),
            port: RwSignal::new(Port { x_px: 0.0, y_px: 0.0, scale: 1.0 }),
            size_px: RwSignal::new((0.0, 0.0)),
            moved: RwSignal::new(false),
        }
    }

    fn kinds(self) -> [(&'static str, RwSignal<bool>); 3] {
        [("databases", self.databases), ("queues", self.queues), ("hosts", self.hosts)]
    }

    /// Kinds of targets that are left out, as the address names them.
    pub fn without(self) -> Option<String> {
        let left_out: Vec<&str> =
            self.kinds().iter().filter(|(_, shown)| !shown.get()).map(|(name, _)| *name).collect();
        (!left_out.is_empty()).then(|| left_out.join(","))
    }

    pub fn set_without(self, names: &str) {
        for (name, shown) in self.kinds() {
            shown.set(!names.split(',').any(|left_out| left_out == name));
        }
    }

    /// What of the map is to be drawn.
    pub fn wanted(self) -> MapWanted {
        MapWanted {
            databases: self.databases.get(),
            queues: self.queues.get(),
            hosts: self.hosts.get(),
            near: self.near.get(),
            cap: if self.all.get() { u32::MAX } else { CAP },
        }
    }

    /// As a trace is first seen.
    pub fn reset(self) {
        self.mapped.set(None);
        self.answered.forget();
        self.pick.set(None);
        self.near.set(None);
        self.all.set(false);
        self.moved.set(false);
    }

    /// The whole picture in sight, never larger than life.
    pub fn fit(self) {
        self.place_at_least(SCALES.0);
    }

    /// As [`MapView::fit`], unless the whole would be too small to be read: then the part that matters most is in sight.
    pub fn fit_readably(self) {
        self.place_at_least(READABLE_SCALE);
    }

    fn place_at_least(self, least: f64) {
        let Some(mapped) = self.mapped.get_untracked() else { return };
        let (width, height) = self.size_px.get_untracked();
        // Legend and zoom lie over the lower edge.
        let legend = if width < LEGEND_WIDE_PX { LEGEND_PX + LEGEND_LINE_PX } else { LEGEND_PX };
        let height = (height - legend).max(1.0);
        let placement = &mapped.picture.placement;
        let (all_w, all_h) = (f64::from(placement.width_px), f64::from(placement.height_px));
        if width <= 0.0 || all_w <= 0.0 {
            return;
        }
        let fits = ((width - 2.0 * MARGIN_PX) / all_w).min((height - 2.0 * MARGIN_PX) / all_h.max(1.0));
        let scale = fits.clamp(least, 1.0);
        let place = |room: f64, size: f64, at: Option<f64>| {
            if size * scale + 2.0 * MARGIN_PX <= room {
                return (room - size * scale) / 2.0;
            }
            // Too large: what is picked in the middle, or the service that was called first, or else the busiest.
            let wanted = at.map_or(MARGIN_PX, |at| room / 2.0 - at * scale);
            wanted.clamp(room - size * scale - MARGIN_PX, MARGIN_PX)
        };
        let picked = self.pick.get_untracked().and_then(|pick| mapped.middle_of(&pick));
        let middle_of = |key: Option<&str>| mapped.middle_of(&Pick::Node(key?.to_owned()));
        let center = picked.or_else(|| middle_of(mapped.root_service())).or_else(|| middle_of(mapped.busiest()));
        let x_px = place(width, all_w, center.map(|(x, _)| x));
        let y_px = if all_h * scale + 2.0 * MARGIN_PX <= height {
            MARGIN_PX.max((height - all_h * scale) / 3.0)
        } else {
            place(height, all_h, center.map(|(_, y)| y))
        };
        self.port.set(Port { x_px, y_px, scale });
        // What is smaller than can be read was asked for; a window of another size leaves it.
        self.moved.set(scale < READABLE_SCALE);
    }

    /// Enlarges about a place of the view.
    pub fn zoom(self, (x, y): (f64, f64), factor: f64) {
        self.moved.set(true);
        self.port.update(|port| {
            let scale = (port.scale * factor).clamp(SCALES.0, SCALES.1);
            let by = scale / port.scale;
            *port = Port { x_px: x - (x - port.x_px) * by, y_px: y - (y - port.y_px) * by, scale };
        });
    }

    /// Pans so that a node is in sight.
    pub fn bring_into_sight(self, key: &str) {
        let Some((x, y)) = self.mapped.with_untracked(|mapped| mapped.as_ref()?.middle_of(&Pick::Node(key.to_owned())))
        else {
            return;
        };
        let (port, (width, height)) = (self.port.get_untracked(), self.size_px.get_untracked());
        let (x, y) = (port.x_px + x * port.scale, port.y_px + y * port.scale);
        /// Half a node and its labels.
        const ROOM_PX: f64 = 110.0;
        let by = |at: f64, room: f64| {
            if at < ROOM_PX {
                ROOM_PX - at
            } else if at > room - ROOM_PX {
                room - ROOM_PX - at
            } else {
                0.0
            }
        };
        let (dx, dy) = (by(x, width), by(y, height));
        if (dx, dy) != (0.0, 0.0) {
            self.pan(dx, dy);
        }
    }

    pub fn pan(self, dx: f64, dy: f64) {
        self.moved.set(true);
        self.port.update(|port| (port.x_px, port.y_px) = (port.x_px + dx, port.y_px + dy));
    }
}

impl Default for MapView {
    fn default() -> Self {
        Self::new()
    }
}

impl Mapped {
    fn of_trace(outline: Arc<Outline>, picture: MapPicture, calls: Vec<u32>) -> Self {
        let line = |node: &MapNode| outline.services.get(node.service? as usize).map(|line| line.slot);
        let slots = picture.nodes.iter().map(line).collect();
        let services = outline.services.iter().map(|line| line.name.clone()).collect();
        Mapped { outline: Some(outline), picture, slots, services, calls }
    }

    /// Of many traces; `services` are all there are, also those that are not drawn.
    pub fn of_range(picture: MapPicture, slots: Vec<Option<u8>>, services: Vec<String>) -> Self {
        Mapped { outline: None, picture, slots, services, calls: Vec::new() }
    }

    /// How a service or target is coloured.
    pub fn slot(&self, at: u32) -> Option<u8> {
        self.slots.get(at as usize).copied().flatten()
    }

    pub fn node(&self, at: u32) -> Option<&MapNode> {
        self.picture.nodes.get(at as usize)
    }

    pub fn node_at(&self, key: &str) -> Option<u32> {
        self.picture.nodes.iter().position(|node| node.key == key).map(|at| at as u32)
    }

    /// All edges between the nodes that are drawn: those that are drawn, then those left out.
    pub fn edges(&self) -> impl Iterator<Item = &MapEdge> {
        self.picture.edges.iter().chain(&self.picture.left_out)
    }

    /// The service that is called most; where no service is drawn, the node.
    fn busiest(&self) -> Option<&str> {
        self.picture.nodes.iter().max_by_key(|node| (node.service.is_some(), node.calls)).map(|node| node.key.as_str())
    }

    /// The edge between two nodes, whether or not it is drawn.
    pub fn edge(&self, from: &str, to: &str, kind: EdgeKind) -> Option<&MapEdge> {
        let (from, to) = (self.node_at(from)?, self.node_at(to)?);
        self.edges().find(|edge| (edge.from, edge.to, edge.kind) == (from, to, kind))
    }

    pub fn pick_of_edge(&self, edge: &MapEdge) -> Option<Pick> {
        Some(Pick::Edge(self.node(edge.from)?.key.clone(), self.node(edge.to)?.key.clone(), edge.kind))
    }

    /// The service of the main root.
    fn root_service(&self) -> Option<&str> {
        let outline = self.outline.as_ref()?;
        outline.headline.root.map(|root| outline.service_name(SpanIdx(root)))
    }

    /// Spans of an edge's calls, by start.
    pub fn calls_of(&self, edge: &MapEdge) -> &[u32] {
        let first = edge.first_call as usize;
        self.calls.get(first..first + edge.calls as usize).unwrap_or_default()
    }

    /// Where a node or an edge is, in the picture.
    fn middle_of(&self, pick: &Pick) -> Option<(f64, f64)> {
        let of_node = |at: u32| {
            let corner = self.picture.placement.nodes.get(at as usize)?;
            let (width, height) = self.picture.sizes.get(at as usize)?;
            Some((f64::from(corner.x_px + width / 2.0), f64::from(corner.y_px + height / 2.0)))
        };
        match pick {
            Pick::Node(key) => of_node(self.node_at(key)?),
            Pick::Edge(from, to, _) => {
                let ((x0, y0), (x1, y1)) = (of_node(self.node_at(from)?)?, of_node(self.node_at(to)?)?);
                Some(((x0 + x1) / 2.0, (y0 + y1) / 2.0))
            }
        }
    }
}

impl App {
    /// Keeps the map at what is chosen. Call once, in the view that shows it.
    pub fn follow_map(self) {
        let map = self.map;
        let question = move || {
            let scope = self.view.scope();
            Ask::Map { id: 0, scope, wanted: map.wanted() }
        };
        self.follow(map.answered, question, move |outline, answer| {
            let mut columns = answer.columns.into_iter();
            if let (Tell::Map { picture, .. }, Some(Column::U32(calls))) = (answer.tell, columns.next()) {
                let picture = whole(*picture, columns.next());
                map.mapped.set(Some(Arc::new(Mapped::of_trace(outline, picture, calls))));
                map.fit_readably();
            }
        });
    }

    /// A click on a node or edge: its panel stands before a span's details until a span is chosen.
    pub fn pick(self, pick: Option<Pick>) {
        self.pick_in(self.map, pick);
    }

    /// The same in either map.
    pub fn pick_in(self, map: MapView, pick: Option<Pick>) {
        if !map.of_range {
            self.view.map_first.set(pick.is_some());
        }
        map.pick.set(pick);
        if map.of_range {
            self.note_address(false);
        }
    }

    /// Nothing is picked any more; the keyboard goes back to the map.
    pub fn close_pick(self, map: MapView) {
        self.pick_in(map, None);
        focus_element("[data-view-focus]");
    }

    /// What is picked is pressed again: its service alone in the timeline, or in a map of many traces a search for those behind it.
    pub fn follow_pick(self, map: MapView) {
        match map.of_range {
            true => self.search_pick(Behind::All),
            false => self.show_in_timeline(),
        }
    }

    /// Whether something of the map is picked, and the map is looked at.
    pub fn shows_pick(self) -> bool {
        self.view.tab.get_untracked() == Tab::Map && self.map.pick.with_untracked(Option::is_some)
    }

    /// The picked service alone, in the timeline.
    pub fn show_in_timeline(self) {
        if let Some(service) = self.picked_service() {
            let hidden = self.view.options.with_untracked(|options| !options.hidden_services.is_empty());
            // Only this service, whether or not it is alone already.
            if hidden {
                self.all_services();
            }
            self.only_service(service);
            self.show_tab(Tab::Timeline);
        }
    }

    /// The picked service, by index in the trace.
    pub fn picked_service(self) -> Option<u32> {
        let mapped = self.map.mapped.get_untracked()?;
        match self.map.pick.get_untracked()? {
            Pick::Node(key) => mapped.node(mapped.node_at(&key)?)?.service,
            Pick::Edge(..) => None,
        }
    }

    /// Arrow keys: left to a caller, right to one called, up and down in the column.
    pub fn step_map(self, map: MapView, step: Step) {
        let Some(mapped) = map.mapped.get_untracked() else { return };
        let picture = &mapped.picture;
        let corner = |at: u32| picture.placement.nodes.get(at as usize).map(|point| (point.x_px, point.y_px));
        let now = match map.pick.get_untracked() {
            Some(Pick::Node(key)) => mapped.node_at(&key),
            Some(Pick::Edge(from, ..)) => mapped.node_at(&from),
            None => None,
        };
        let Some((at, (x, y))) = now.and_then(|at| Some((at, corner(at)?))) else {
            // Where nothing is picked, the walk begins at the topmost of the first column.
            let first = (0..picture.nodes.len() as u32)
                .min_by(|a, b| corner(*a).partial_cmp(&corner(*b)).unwrap_or(core::cmp::Ordering::Equal));
            return self.pick_node(map, first);
        };
        let others = || (0..picture.nodes.len() as u32).filter(|other| *other != at);
        let nearest = |nodes: &mut dyn Iterator<Item = u32>| {
            nodes.min_by(|a, b| {
                let away = |at: &u32| corner(*at).map_or(f32::MAX, |(_, other)| (other - y).abs());
                away(a).total_cmp(&away(b))
            })
        };
        let next = match step {
            Step::Left => {
                nearest(&mut picture.edges.iter().filter(|edge| edge.to == at && edge.from != at).map(|edge| edge.from))
            }
            Step::Right => {
                nearest(&mut picture.edges.iter().filter(|edge| edge.from == at && edge.to != at).map(|edge| edge.to))
            }
            Step::Up => nearest(&mut others().filter(|other| corner(*other).is_some_and(|(ox, oy)| ox == x && oy < y))),
            Step::Down => {
                nearest(&mut others().filter(|other| corner(*other).is_some_and(|(ox, oy)| ox == x && oy > y)))
            }
        };
        self.pick_node(map, next);
    }

    fn pick_node(self, map: MapView, at: Option<u32>) {
        let key = map.mapped.with_untracked(|mapped| Some(mapped.as_ref()?.node(at?)?.key.clone()));
        if let Some(key) = key {
            self.pick_in(map, Some(Pick::Node(key.clone())));
            map.bring_into_sight(&key);
            request_animation_frame(focus_picked);
        }
    }

    /// Goes to a node by its key, or a service by its name: one that the map leaves out is shown with its neighbours.
    pub fn go_to_node(self, map: MapView, name: &str) {
        let wanted = name.trim().to_lowercase();
        let found = map.mapped.with_untracked(|mapped| {
            let mapped = mapped.as_ref()?;
            let is_it = |key: &str, name: &str| key.to_lowercase() == wanted || name.to_lowercase() == wanted;
            let drawn = mapped
                .picture
                .nodes
                .iter()
                .find(|node| is_it(&node.key, &node.name))
                .map(|node| (node.key.clone(), true));
            let known = || mapped.services.iter().find(|name| is_it(name, name)).map(|name| (name.clone(), false));
            drawn.or_else(known)
        });
        match found {
            Some((key, is_drawn)) => {
                self.pick_in(map, Some(Pick::Node(key.clone())));
                let is_hidden =
                    |at: u32| self.view.options.with_untracked(|options| options.hidden_services.contains(at));
                if let Some(at) = self.service_at(&key).filter(|at| !map.of_range && is_hidden(*at)) {
                    // Who asks for a hidden service wants to see it.
                    self.toggle_service(at);
                } else if is_drawn {
                    map.bring_into_sight(&key);
                } else {
                    map.near.set(Some(key));
                }
            }
            None if wanted.is_empty() => {}
            None => self.say(format!("No node of the map is called “{}”", name.trim())),
        }
    }

    /// A service's index in the trace, by its name.
    fn service_at(self, name: &str) -> Option<u32> {
        let outline = self.outline.get_untracked()?;
        outline.services.iter().position(|line| line.name == name).map(|at| at as u32)
    }
}

/// A picture with its edges that are not drawn, which travel beside it.
pub fn whole(picture: MapPicture, left_out: Option<Column>) -> MapPicture {
    match left_out {
        Some(Column::U64(numbers)) => MapPicture { left_out: unpacked(&numbers), ..picture },
        _ => picture,
    }
}

/// The keyboard goes to the node that is picked.
pub fn focus_picked() {
    focus_element("svg.map .node.sel");
}
