//! One component drawn: columns side by side as wide as their content and the tracks between them need, and each edge
//! as an orthogonal line along its chain.
//!
//! ```text
//!  node     tracks   labels     tracks  node
//! ┌────┐      ┌── 6 calls 3 err ──────▶┌────┐
//! │    │──────┤                        └────┘
//! └────┘      │               ┌─────▶┌────┐
//!             └── 1 call ─────┘      └────┘
//! ```

use super::align::heights;
use super::cycles;
use super::grid::{Grid, Line, Role, loop_height_px};
use super::layers::layers;
use super::order::arrange;
use super::ports::{Ports, ports};
use super::relax::{is_too_high, relaxed};
use super::steps::Steps;
use super::straighten::straighten;
use super::tracks::{Run, Segment, tracks};
use super::{Gaps, NodeIn, Point, Route};

/// What stands between a node or a label and the first track, and between the last track and a label or an arrow's
/// head.
const AFTER_NODE_PX: f32 = 12.0;
const BESIDE_LABEL_PX: f32 = 8.0;
const BEFORE_NODE_PX: f32 = 16.0;
/// How far loops stand from their node's corner, and from each other.
const LOOP_PX: f32 = 8.0;
const LOOP_STEP_PX: f32 = 5.0;

/// A component, its top left corner at 0, 0.
pub(super) struct Drawn {
    pub nodes: Vec<Point>,
    pub routes: Vec<Route>,
    pub width_px: f32,
    pub height_px: f32,
    pub crossings: u64,
}

/// The edges with those turned that would close a cycle, loops left out; and by edge, whether it is turned.
pub(super) fn without_cycles(nodes: usize, edges: &[cycles::Weighed]) -> (Vec<(u32, u32)>, Vec<bool>) {
    let backward = cycles::backward(nodes, edges);
    let ordered = edges
        .iter()
        .zip(&backward)
        .filter(|((from, to, _), _)| from != to)
        .map(|((from, to, _), backward)| if *backward { (*to, *from) } else { (*from, *to) })
        .collect();
    (ordered, backward)
}

/// Places a component; its edges come in a fixed order.
pub(super) async fn draw(nodes: &[NodeIn], lines: &[Line], gaps: &Gaps, steps: &Steps) -> Drawn {
    let weighed: Vec<cycles::Weighed> = lines.iter().map(|line| (line.from, line.to, line.weight)).collect();
    let (ordered, backward) = without_cycles(nodes.len(), &weighed);
    let mut grid = Grid::build(nodes, lines, &layers(nodes.len(), &ordered), backward);
    steps.take((nodes.len() + lines.len()) as u64 + grid.size());
    steps.rest().await;
    let crossings = arrange(&mut grid, steps).await;
    let aligned = heights(&grid, gaps, steps).await;
    let is_too_high = is_too_high(&grid, &aligned, gaps);
    let drawn = draw_at(aligned, nodes, lines, gaps, &grid, crossings, steps).await;
    if !is_too_high {
        return drawn;
    }
    // Less high, but with more bends, which take tracks: it may be too wide.
    let relaxed = relaxed(&grid, gaps, steps).await;
    let relaxed = draw_at(relaxed, nodes, lines, gaps, &grid, crossings, steps).await;
    let area = |drawn: &Drawn| f64::from(drawn.width_px) * f64::from(drawn.height_px);
    if area(&relaxed) < area(&drawn) { relaxed } else { drawn }
}

/// Draws with given heights.
async fn draw_at(
    mut y: Vec<i32>,
    nodes: &[NodeIn],
    lines: &[Line],
    gaps: &Gaps,
    grid: &Grid,
    crossings: u64,
    steps: &Steps,
) -> Drawn {
    let first_ports = ports(grid, nodes, &y, gaps.track_px);
    straighten(grid, &first_ports, &mut y, gaps);
    // Where lanes have moved others find room at their own height.
    let ports = ports(grid, nodes, &y, gaps.track_px);
    steps.take(3 * grid.size());
    steps.rest().await;
    let mut drawing = Drawing::new(nodes, lines, gaps, grid, &y, &ports);
    drawing.find_tracks(steps).await;
    drawing.find_columns();
    steps.take(grid.size());
    drawing.finish(crossings)
}

/// What runs on a track.
#[derive(Clone, Copy)]
enum Owner {
    Piece(u32),
    /// A backward edge beside its source, beside its target.
    TurnOut(u32),
    TurnIn(u32),
}

struct Drawing<'a> {
    nodes: &'a [NodeIn],
    lines: &'a [Line],
    gaps: &'a Gaps,
    grid: &'a Grid,
    y: &'a [i32],
    ports: &'a Ports,
    /// By piece, and by edge for its two turns: the tracks; None of a straight piece.
    piece_run: Vec<Option<Run>>,
    turn_out_run: Vec<Option<Run>>,
    turn_in_run: Vec<Option<Run>>,
    /// By zone, which is what lies left of the column of this number, and one after the last: how many tracks.
    tracks: Vec<u32>,
    /// By zone: x of its first track.
    track_px: Vec<f32>,
    /// By column: where it begins, where it ends.
    column_px: Vec<(f32, f32)>,
}

impl<'a> Drawing<'a> {
    fn new(
        nodes: &'a [NodeIn],
        lines: &'a [Line],
        gaps: &'a Gaps,
        grid: &'a Grid,
        y: &'a [i32],
        ports: &'a Ports,
    ) -> Self {
        let zones = grid.columns.len() + 1;
        Drawing {
            nodes,
            lines,
            gaps,
            grid,
            y,
            ports,
            piece_run: vec![None; grid.pieces.len()],
            turn_out_run: vec![None; lines.len()],
            turn_in_run: vec![None; lines.len()],
            tracks: vec![0; zones],
            track_px: vec![0.0; zones],
            column_px: vec![(0.0, 0.0); grid.columns.len()],
        }
    }

    /// y of a piece at its left and at its right end.
    fn ends(&self, piece: u32) -> (f32, f32) {
        let piece = self.grid.pieces[piece as usize];
        let lane = |node: u32| self.lane(node, piece.edge);
        let left = if piece.below_left { lane(piece.left) } else { self.y[piece.left as usize] as f32 };
        let right = match piece.below_right {
            true => lane(piece.right),
            false if self.grid.is_node(piece.right) => self.ports.in_px[piece.edge as usize],
            false => self.y[piece.right as usize] as f32,
        };
        (left, right)
    }

    /// y of the lane of a backward edge below one of its nodes.
    fn lane(&self, node: u32, edge: u32) -> f32 {
        self.y[node as usize] as f32 + self.grid.turn_px(self.nodes, node, edge)
    }

    async fn find_tracks(&mut self, steps: &Steps) {
        let thickest_px = self.lines.iter().map(|line| line.width_px).fold(0.0, f32::max);
        let apart_px = (thickest_px + 1.0).min(self.gaps.track_px);
        for zone in 0..self.tracks.len() {
            let (segments, owners) = self.segments(zone);
            let (runs, count) = tracks(&segments, apart_px, steps).await;
            self.tracks[zone] = count;
            for (owner, segment) in owners {
                let run = runs.get(segment).copied();
                match owner {
                    Owner::Piece(piece) => self.piece_run[piece as usize] = run,
                    Owner::TurnOut(edge) => self.turn_out_run[edge as usize] = run,
                    Owner::TurnIn(edge) => self.turn_in_run[edge as usize] = run,
                }
            }
        }
    }

    /// What turns in a zone: the calls of a node together, all else alone. Straight pieces need no track.
    fn segments(&self, zone: usize) -> (Vec<Segment>, Vec<(Owner, usize)>) {
        let (mut segments, mut owners): (Vec<Segment>, Vec<(Owner, usize)>) = (Vec::new(), Vec::new());
        let column = |zone: Option<usize>| zone.and_then(|zone| self.grid.columns.get(zone)).into_iter().flatten();
        let mut add = |owned: &[Owner], left_px: Vec<f32>, right_px: Vec<f32>| {
            owners.extend(owned.iter().map(|owner| (*owner, segments.len())));
            segments.push(Segment { left_px, right_px });
        };
        for vertex in column(zone.checked_sub(1)) {
            let pieces = self.grid.out.of(*vertex).iter().copied();
            let (calls, alone): (Vec<u32>, Vec<u32>) =
                pieces.partition(|piece| self.grid.is_node(*vertex) && !self.grid.pieces[*piece as usize].below_left);
            if calls.iter().map(|piece| self.ends(*piece)).any(|(from_px, to_px)| from_px != to_px) {
                let owned: Vec<Owner> = calls.iter().map(|piece| Owner::Piece(*piece)).collect();
                let to_px = calls.iter().map(|piece| self.ends(*piece).1).collect();
                add(&owned, vec![self.y[*vertex as usize] as f32], to_px);
            }
            for piece in alone {
                let (from_px, to_px) = self.ends(piece);
                if from_px != to_px {
                    add(&[Owner::Piece(piece)], vec![from_px], vec![to_px]);
                }
            }
            for edge in self.turning(*vertex).filter(|edge| self.lines[*edge as usize].from == *vertex) {
                let left_px = vec![self.ports.out_px[edge as usize], self.lane(*vertex, edge)];
                add(&[Owner::TurnOut(edge)], left_px, Vec::new());
            }
        }
        for vertex in column(Some(zone)) {
            for edge in self.turning(*vertex).filter(|edge| self.lines[*edge as usize].to == *vertex) {
                let right_px = vec![self.lane(*vertex, edge), self.ports.in_px[edge as usize]];
                add(&[Owner::TurnIn(edge)], Vec::new(), right_px);
            }
        }
        (segments, owners)
    }

    /// Backward edges of a node.
    fn turning(&self, vertex: u32) -> impl Iterator<Item = u32> + '_ {
        self.grid.turns.get(vertex as usize).into_iter().flatten().copied()
    }

    fn find_columns(&mut self) {
        let mut x_px = 0.0;
        let mut last_node_end_px = 0.0;
        for zone in 0..self.tracks.len() {
            let (before_px, after_px) = self.margins(zone);
            let tracks_px = self.tracks[zone].saturating_sub(1) as f32 * self.gaps.track_px;
            self.track_px[zone] = x_px + before_px;
            x_px += match self.tracks[zone] {
                0 if zone == 0 || zone + 1 == self.tracks.len() => 0.0,
                0 => before_px.max(after_px),
                _ => before_px + tracks_px + after_px,
            };
            let Some(column) = self.grid.columns.get(zone) else { break };
            if zone > 0 && self.holds_nodes(zone) {
                x_px = x_px.max(last_node_end_px + self.gaps.layer_px);
            }
            let width_px = column.iter().map(|vertex| self.room_px(*vertex)).fold(0.0, f32::max);
            self.column_px[zone] = (x_px, x_px + width_px);
            x_px += width_px;
            if self.holds_nodes(zone) {
                last_node_end_px = x_px;
            }
        }
    }

    fn holds_nodes(&self, column: usize) -> bool {
        self.grid.columns.get(column).is_some_and(|column| column.iter().any(|vertex| self.grid.is_node(*vertex)))
    }

    /// Room of a zone before its first track and behind its last.
    fn margins(&self, zone: usize) -> (f32, f32) {
        let before_px = match zone.checked_sub(1) {
            None => 0.0,
            Some(left) if self.holds_nodes(left) => {
                let loops = self.grid.columns[left].iter().filter_map(|node| self.grid.loops.get(*node as usize));
                let most = loops.map(Vec::len).max().unwrap_or_default() as f32;
                AFTER_NODE_PX + if most > 0.0 { LOOP_PX + LOOP_STEP_PX * most } else { 0.0 }
            }
            Some(_) => BESIDE_LABEL_PX,
        };
        let after_px = match self.grid.columns.get(zone) {
            None => 0.0,
            Some(_) if self.holds_nodes(zone) => BEFORE_NODE_PX,
            Some(_) => BESIDE_LABEL_PX,
        };
        (before_px, after_px)
    }

    /// Width of what stands in a column.
    fn room_px(&self, vertex: u32) -> f32 {
        match self.grid.vertices[vertex as usize].role {
            Role::Node(node) => self.loop_labels_px(node) + self.nodes[node as usize].width_px,
            Role::Label(edge) => self.lines[edge as usize].label_px,
            Role::Lane(_) => 0.0,
        }
    }

    /// How far the labels of a node's loops reach beyond its left edge.
    fn loop_labels_px(&self, node: u32) -> f32 {
        let loops = &self.grid.loops[node as usize];
        let widest_px = loops.iter().map(|edge| self.lines[*edge as usize].label_px).fold(0.0, f32::max);
        let own_px = self.nodes[node as usize].width_px;
        if widest_px > 0.0 { (widest_px + loop_end_px(loops.len() - 1) + 4.0 - own_px).max(0.0) } else { 0.0 }
    }

    fn node_corner(&self, node: u32) -> Point {
        let (left_px, _) = self.column_px[self.grid.vertices[node as usize].column as usize];
        let half_px = self.nodes[node as usize].height_px / 2.0;
        Point { x_px: left_px + self.loop_labels_px(node), y_px: self.y[node as usize] as f32 - half_px }
    }

    fn x_of(&self, zone: u32, track: u32) -> f32 {
        self.track_px[zone as usize] + track as f32 * self.gaps.track_px
    }

    fn finish(&self, crossings: u64) -> Drawn {
        let mut nodes: Vec<Point> = (0..self.nodes.len() as u32).map(|node| self.node_corner(node)).collect();
        let mut routes: Vec<Route> = (0..self.lines.len() as u32)
            .map(|edge| match self.lines[edge as usize].is_loop() {
                true => self.loop_route(edge),
                false => self.route(edge),
            })
            .collect();
        let corners = |from: fn(f32, f32) -> f32, start: f32| {
            let points = routes.iter().flat_map(|route| &route.points);
            points.fold(Point { x_px: start, y_px: start }, |point, other| Point {
                x_px: from(point.x_px, other.x_px),
                y_px: from(point.y_px, other.y_px),
            })
        };
        let (mut low, mut high) = (corners(f32::min, f32::INFINITY), corners(f32::max, f32::NEG_INFINITY));
        for (vertex, what) in self.grid.vertices.iter().enumerate() {
            let middle_px = self.y[vertex];
            low.y_px = low.y_px.min((middle_px - what.up_px) as f32);
            high.y_px = high.y_px.max((middle_px + what.down_px) as f32);
        }
        let width_px = self.column_px.last().map_or(0.0, |(_, end)| *end).max(high.x_px);
        let up = |point: &mut Point| point.y_px -= low.y_px;
        nodes.iter_mut().for_each(up);
        routes.iter_mut().for_each(|route| route.points.iter_mut().chain(&mut route.label).for_each(up));
        Drawn { nodes, routes, width_px, height_px: high.y_px - low.y_px, crossings }
    }

    fn route(&self, edge: u32) -> Route {
        let (line, backward) = (self.lines[edge as usize], self.grid.backward[edge as usize]);
        let (from, to) = (self.node_corner(line.from), self.node_corner(line.to));
        let from_px = from.x_px + self.nodes[line.from as usize].width_px;
        let column = |node: u32| self.grid.vertices[node as usize].column;
        let mut pen = Pen::at(from_px, self.ports.out_px[edge as usize]);
        let chain = self.grid.chains[edge as usize].clone();
        if backward {
            pen.turn(self, column(line.from) + 1, self.turn_out_run[edge as usize], self.lane(line.from, edge));
            for piece in chain.rev() {
                pen.turn_back(self, self.zone_of(piece), self.piece_run[piece as usize], self.ends(piece).0);
            }
            pen.turn(self, column(line.to), self.turn_in_run[edge as usize], self.ports.in_px[edge as usize]);
        } else {
            for piece in chain {
                pen.turn(self, self.zone_of(piece), self.piece_run[piece as usize], self.ends(piece).1);
            }
        }
        pen.to(to.x_px, pen.y_px());
        let label = self.label_vertex(edge).map(|vertex| {
            let (_, end_px) = self.column_px[self.grid.vertices[vertex as usize].column as usize];
            Point { x_px: end_px - line.label_px, y_px: self.y[vertex as usize] as f32 }
        });
        Route { points: pen.points, label, backward, is_loop: false }
    }

    /// The zone that a piece crosses.
    fn zone_of(&self, piece: u32) -> u32 {
        self.grid.vertices[self.grid.pieces[piece as usize].right as usize].column
    }

    fn label_vertex(&self, edge: u32) -> Option<u32> {
        let last = self.grid.chains[edge as usize].clone().next_back()?;
        let vertex = self.grid.pieces[last as usize].left;
        matches!(self.grid.vertices[vertex as usize].role, Role::Label(_)).then_some(vertex)
    }

    /// Out at the right side near the corner, up, and back into the upper side; later loops go around earlier ones.
    fn loop_route(&self, edge: u32) -> Route {
        let line = self.lines[edge as usize];
        let loops = &self.grid.loops[line.from as usize];
        let nth = loops.iter().position(|known| *known == edge).unwrap_or_default();
        let corner = self.node_corner(line.from);
        let size = self.nodes[line.from as usize];
        let right_px = corner.x_px + size.width_px;
        let below_px: f32 = loops[..nth].iter().map(|inner| loop_height_px(&self.lines[*inner as usize])).sum();
        let line_px = corner.y_px - below_px - loop_height_px(&line) / 2.0;
        let mut pen =
            Pen::at(right_px, corner.y_px + (6.0 + 4.0 * nth as f32).min(size.height_px / 2.0 - 2.0).max(0.0));
        let out_px = right_px + LOOP_PX + LOOP_STEP_PX * nth as f32;
        let end_px = right_px - loop_end_px(nth).min(size.width_px);
        pen.to(out_px, pen.y_px());
        pen.to(out_px, line_px);
        pen.to(end_px, line_px);
        pen.to(end_px, corner.y_px);
        let label = (line.label_px > 0.0)
            .then(|| Point { x_px: right_px - loop_end_px(loops.len() - 1) - 4.0 - line.label_px, y_px: line_px });
        Route { points: pen.points, label, backward: false, is_loop: true }
    }
}

/// How far from the right corner the nth loop comes back.
fn loop_end_px(nth: usize) -> f32 {
    12.0 + (LOOP_STEP_PX + 1.0) * nth as f32
}

/// A line being drawn.
struct Pen {
    points: Vec<Point>,
}

impl Pen {
    fn at(x_px: f32, y_px: f32) -> Pen {
        Pen { points: vec![Point { x_px, y_px }] }
    }

    fn y_px(&self) -> f32 {
        self.points.last().map_or(0.0, |point| point.y_px)
    }

    /// Straight on; a point between two of the same direction is none.
    fn to(&mut self, x_px: f32, y_px: f32) {
        let next = Point { x_px, y_px };
        if let [.., before, last] = self.points.as_mut_slice()
            && ((before.x_px == last.x_px && last.x_px == x_px) || (before.y_px == last.y_px && last.y_px == y_px))
        {
            *last = next;
        } else if self.points.last() != Some(&next) {
            self.points.push(next);
        }
    }

    /// Along a run to `y_px`, left to right.
    fn turn(&mut self, drawing: &Drawing, zone: u32, run: Option<Run>, y_px: f32) {
        let Some(run) = run else { return };
        let x_px = drawing.x_of(zone, run.track);
        self.to(x_px, self.y_px());
        if let Some((detour_px, second)) = run.detour {
            self.to(x_px, detour_px);
            self.to(drawing.x_of(zone, second), detour_px);
        }
        self.to(self.points.last().map_or(x_px, |point| point.x_px), y_px);
    }

    /// The same from right to left.
    fn turn_back(&mut self, drawing: &Drawing, zone: u32, run: Option<Run>, y_px: f32) {
        let run = run.map(|run| match run.detour {
            Some((detour_px, second)) => Run { track: second, detour: Some((detour_px, run.track)) },
            None => run,
        });
        self.turn(drawing, zone, run, y_px);
    }
}
