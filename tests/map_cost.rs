//! What placing a large map costs, in counts: steps, bytes allocated and bytes held, where all services call one another. No
//! clock is read, since machines differ; counts do not.

use std::alloc::System;
use std::sync::{Mutex, MutexGuard, PoisonError};

use spanloom::analysis::service_map::{EdgeKind, MapEdge, MapNode, NodeKind, ServiceMap};
use spanloom::layout::map::{SLICE, lanes};
use spanloom::layout::map_edges::{MOST_EDGES, most_edges_of_all, most_lanes};
use spanloom::layout::map_picture::{MapPicture, MapWanted, PictureBuild};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SIZES: [u32; 4] = [50, 100, 200, 300];

/// The allocator counts for the whole program: only one test at a time may count.
fn alone() -> MutexGuard<'static, ()> {
    static COUNTING: Mutex<()> = Mutex::new(());
    COUNTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often one service calls another, when all do.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Without any order: as tangled as a map gets.
    Tangle,
    /// The next one most, and the less the further down: as many layers as services.
    Chain,
    /// All alike.
    Even,
    /// A few are called by all, most of all by those near them.
    Hubs,
}

const SHAPES: [Shape; 4] = [Shape::Tangle, Shape::Chain, Shape::Even, Shape::Hubs];

impl Shape {
    fn calls(self, from: u32, to: u32, services: u32) -> u64 {
        let scattered = u64::from(from * services + to).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44;
        match self {
            Shape::Tangle => 1 + scattered,
            Shape::Chain if to > from => 1_000_000 / u64::from(to - from),
            Shape::Chain => 1,
            Shape::Even => 7,
            Shape::Hubs => 1 + scattered / (1 + u64::from(to % 16)) / (1 + u64::from(from.abs_diff(to)) / 8),
        }
    }
}

fn map(services: u32, shape: Shape) -> ServiceMap {
    let node = |at: u32| MapNode {
        kind: NodeKind::Service,
        name: format!("service-{at:03}"),
        key: format!("service-{at:03}"),
        system: String::new(),
        service: Some(at),
        spans: 1,
        error_spans: 0,
        self_ns: 0,
        critical_ns: 0,
        calls: 0,
        call_errors: 0,
        p95_ns: 0,
    };
    let edge = |from: u32, to: u32| {
        let calls = shape.calls(from, to, services);
        MapEdge {
            from,
            to,
            kind: EdgeKind::Call,
            calls,
            errors: calls / 100,
            total_ns: calls * 1_000_000,
            p50_ns: 900_000,
            p95_ns: 2_000_000,
            max_ns: 9_000_000,
            critical: false,
            first_call: 0,
        }
    };
    let pairs = (0..services).flat_map(|from| (0..services).map(move |to| (from, to)));
    ServiceMap {
        nodes: (0..services).map(node).collect(),
        edges: pairs.filter(|(from, to)| from != to).map(|(from, to)| edge(from, to)).collect(),
        calls: Vec::new(),
    }
}

fn all() -> MapWanted {
    MapWanted { databases: true, queues: true, hosts: true, near: None, cap: u32::MAX }
}

struct Cost {
    steps: u64,
    /// The most steps between two rests.
    longest: u64,
    slices: u64,
    allocated: u64,
    /// The most bytes held at a rest, beyond the map itself.
    held: u64,
}

fn placed(map: &ServiceMap) -> (MapPicture, Cost) {
    let region = Region::new(ALLOCATOR);
    let held = || {
        let change = region.change();
        change.bytes_allocated.saturating_sub(change.bytes_deallocated) as u64
    };
    let mut build = PictureBuild::new(map, &all(), Some(3_600));
    let mut cost = Cost { steps: 0, longest: 0, slices: 1, allocated: 0, held: held() };
    while build.step() {
        cost.longest = cost.longest.max(build.steps() - cost.steps);
        cost.steps = build.steps();
        cost.slices += 1;
        cost.held = cost.held.max(held());
    }
    cost.longest = cost.longest.max(build.steps() - cost.steps);
    cost.steps = build.steps();
    cost.allocated = region.change().bytes_allocated as u64;
    (build.finish(), cost)
}

/// Whatever the shape and the number of services, placing takes so many steps at most, and holds so many bytes beyond the edges.
const MOST_STEPS: u64 = 30_000_000;
const MOST_HELD: u64 = 3_000_000;
/// Bytes that an edge of the map takes while the picture is made, whether or not it is drawn: it is copied, ranked and sorted.
const HELD_AN_EDGE: u64 = 150;
const ALLOCATED_AN_EDGE: u64 = 300;
/// An edge that is drawn may cost so many percent of the steps, and of the bytes allocated, that one costs in the smallest map.
const MOST_PERCENT: u64 = 130;

#[test]
fn a_drawn_edge_costs_no_more_where_300_services_all_call_one_another_than_where_50_do() {
    let _alone = alone();
    for shape in SHAPES {
        let mut first = None;
        for services in SIZES {
            let map = map(services, shape);
            let (picture, cost) = placed(&map);
            let (edges, drawn) = (map.edges.len() as u64, picture.edges.len() as u64);
            let Cost { steps, longest, slices, allocated, held } = cost;
            let (width, height) = (picture.placement.width_px, picture.placement.height_px);
            println!(
                "{shape:?} {services}: {drawn} of {edges} edges, {steps} steps in {slices} slices, the longest {longest}; \
                 {allocated} bytes allocated, {held} held; {width} × {height} px, {} crossings",
                picture.placement.crossings
            );
            assert_eq!(drawn + picture.left_out.len() as u64, edges, "{shape:?} {services}");
            assert!(drawn <= most_edges_of_all(services as usize) as u64, "{shape:?} {services}: {drawn} drawn");
            assert!(longest <= 2 * SLICE, "{shape:?} {services}: {longest} steps in a slice");
            assert!(steps <= MOST_STEPS, "{shape:?} {services}: {steps} steps");
            assert!(held <= MOST_HELD + HELD_AN_EDGE * edges, "{shape:?} {services}: {held} bytes held");
            let of_one = |cost: u64| cost / drawn;
            let (few_steps, few_bytes) = *first.get_or_insert((of_one(steps), of_one(allocated)));
            assert!(
                100 * of_one(steps) <= MOST_PERCENT * few_steps,
                "{shape:?} {services}: {} steps an edge",
                of_one(steps)
            );
            let own = of_one(allocated.saturating_sub(ALLOCATED_AN_EDGE * edges));
            assert!(100 * own <= MOST_PERCENT * few_bytes, "{shape:?} {services}: {own} bytes an edge");
        }
    }
}

#[test]
fn a_placement_that_is_cancelled_ends_with_its_slice() {
    let _alone = alone();
    for shape in SHAPES {
        let map = map(300, shape);
        // What was asked is dropped after three slices: it has done three slices' work, and gives all its memory back.
        let region = Region::new(ALLOCATOR);
        let mut build = PictureBuild::new(&map, &all(), None);
        for slice in 1..=3 {
            assert!(build.step(), "{shape:?} is placed after {slice} slices");
            assert!(build.steps() <= 2 * slice * SLICE, "{shape:?}: {} steps in {slice} slices", build.steps());
        }
        drop(build);
        let change = region.change();
        // The test harness may have allocated something too.
        let left = change.bytes_allocated as i64 - change.bytes_deallocated as i64;
        assert!(left < 50_000, "{shape:?}: {left} bytes are not given back");
    }
}

/// Nodes that lie on one another, and lines that run through a node.
fn unreadable(picture: &MapPicture) -> Vec<String> {
    let corners = picture.placement.nodes.iter().zip(&picture.sizes);
    let boxes: Vec<[f32; 4]> = corners.map(|(at, (w, h))| [at.x_px, at.y_px, at.x_px + w, at.y_px + h]).collect();
    let meet = |a: &[f32; 4], b: &[f32; 4]| {
        let apart_px = 0.1;
        a[0] + apart_px < b[2] && b[0] + apart_px < a[2] && a[1] + apart_px < b[3] && b[1] + apart_px < a[3]
    };
    let nodes = (0..boxes.len()).filter(|at| boxes[..*at].iter().any(|other| meet(other, &boxes[*at])));
    let lines = picture.placement.edges.iter().enumerate().filter(|(_, route)| {
        route.points.windows(2).any(|pair| {
            let (a, b) = (pair[0], pair[1]);
            let line = [a.x_px.min(b.x_px), a.y_px.min(b.y_px), a.x_px.max(b.x_px), a.y_px.max(b.y_px)];
            boxes.iter().any(|node| meet(&line, node))
        })
    });
    nodes.map(|at| format!("node {at}")).chain(lines.map(|(at, _)| format!("edge {at}"))).collect()
}

fn drawn_lanes_are_few(drawn: &[(u32, u32, u64)]) -> bool {
    drawn.len() <= MOST_EDGES || lanes(300, drawn) <= most_lanes(300)
}

#[test]
fn all_300_services_are_drawn_with_their_heaviest_connection_and_the_rest_is_counted() {
    let _alone = alone();
    for shape in SHAPES {
        let map = map(300, shape);
        let (picture, _) = placed(&map);
        assert_eq!((picture.nodes.len(), picture.cut), (300, 0), "{shape:?}");
        let mut most = vec![0u64; 300];
        for edge in &map.edges {
            for end in [edge.from, edge.to] {
                most[end as usize] = most[end as usize].max(edge.calls);
            }
        }
        let mut drawn = vec![0u64; 300];
        for edge in &picture.edges {
            for end in [edge.from, edge.to] {
                drawn[end as usize] = drawn[end as usize].max(edge.calls);
            }
        }
        assert_eq!(drawn, most, "{shape:?}");
        assert_eq!(picture.left_out.len(), map.edges.len() - picture.edges.len(), "{shape:?}");
        assert!(picture.placement.edges.iter().all(|route| route.points.len() >= 2), "{shape:?}");
        let weighed: Vec<(u32, u32, u64)> = picture.edges.iter().map(|edge| (edge.from, edge.to, edge.calls)).collect();
        assert!(drawn_lanes_are_few(&weighed), "{shape:?}");
        assert_eq!(unreadable(&picture), [""; 0], "{shape:?}");
    }
}
