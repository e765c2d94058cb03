//! Tests of the placement as a whole: what every picture must hold, on random graphs and on drawn ones.

use proptest::prelude::*;

use super::*;

const GAPS: Gaps = Gaps { node_px: 16.0, layer_px: 60.0, track_px: 8.0 };
const NODE: NodeIn = NodeIn { width_px: 156.0, height_px: 42.0 };

fn edge(from: u32, to: u32) -> EdgeIn {
    EdgeIn { from, to, label_width_px: 64.0, width_px: 1.5, weight: 1 }
}

fn edges(pairs: &[(u32, u32)]) -> Vec<EdgeIn> {
    pairs.iter().map(|(from, to)| edge(*from, *to)).collect()
}

fn place_pairs(nodes: usize, pairs: &[(u32, u32)]) -> Placement {
    let (nodes, edges) = (vec![NODE; nodes], edges(pairs));
    let placement = place(&nodes, &edges, &GAPS);
    assert_eq!(faults(&nodes, &edges, &placement), [""; 0]);
    placement
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Rect {
    x0: f32,
    y0: f32,
    x1: f32,
    y1: f32,
}

impl Rect {
    /// Whether they share more than an edge.
    fn meets(&self, other: &Rect) -> bool {
        const SLACK_PX: f32 = 0.01;
        self.x0 + SLACK_PX < other.x1
            && other.x0 + SLACK_PX < self.x1
            && self.y0 + SLACK_PX < other.y1
            && other.y0 + SLACK_PX < self.y1
    }
}

fn node_rects(nodes: &[NodeIn], placement: &Placement) -> Vec<Rect> {
    let rect = |(node, at): (&NodeIn, &Point)| Rect {
        x0: at.x_px,
        y0: at.y_px,
        x1: at.x_px + node.width_px,
        y1: at.y_px + node.height_px,
    };
    nodes.iter().zip(&placement.nodes).map(rect).collect()
}

fn label_rects(edges: &[EdgeIn], placement: &Placement) -> Vec<Option<Rect>> {
    let rect = |(edge, route): (&EdgeIn, &Route)| {
        let at = route.label?;
        let half = LABEL_HEIGHT_PX / 2.0;
        Some(Rect { x0: at.x_px, y0: at.y_px - half, x1: at.x_px + edge.label_width_px, y1: at.y_px + half })
    };
    edges.iter().zip(&placement.edges).map(rect).collect()
}

/// A route's stretches, as rectangles without a width.
fn stretches(route: &Route) -> Vec<Rect> {
    let stretch = |pair: &[Point]| Rect {
        x0: pair[0].x_px.min(pair[1].x_px),
        y0: pair[0].y_px.min(pair[1].y_px),
        x1: pair[0].x_px.max(pair[1].x_px),
        y1: pair[0].y_px.max(pair[1].y_px),
    };
    route.points.windows(2).map(stretch).collect()
}

/// Whether a stretch runs inside a rectangle.
fn enters(stretch: &Rect, rect: &Rect) -> bool {
    const INSIDE_PX: f32 = 0.1;
    stretch.x1 > rect.x0 + INSIDE_PX
        && stretch.x0 < rect.x1 - INSIDE_PX
        && stretch.y1 > rect.y0 + INSIDE_PX
        && stretch.y0 < rect.y1 - INSIDE_PX
}

/// Whether two stretches of one direction lie on one another for more than a px.
fn lie_on_one_another(a: &Rect, b: &Rect) -> bool {
    const SAME_PX: f32 = 0.01;
    let level = |r: &Rect| r.y0 == r.y1;
    let (along, across) = ((a.x1.min(b.x1) - a.x0.max(b.x0)), (a.y1.min(b.y1) - a.y0.max(b.y0)));
    match (level(a), level(b)) {
        (true, true) => (a.y0 - b.y0).abs() < SAME_PX && along > 1.0,
        (false, false) => (a.x0 - b.x0).abs() < SAME_PX && across > 1.0,
        _ => false,
    }
}

/// All that is wrong with a picture.
fn faults(nodes: &[NodeIn], edges: &[EdgeIn], placement: &Placement) -> Vec<String> {
    let mut faults = Vec::new();
    let (boxes, labels) = (node_rects(nodes, placement), label_rects(edges, placement));
    for (a, rect) in boxes.iter().enumerate() {
        let is_inside = rect.x0 >= 0.0 && rect.y0 >= 0.0;
        if !is_inside || rect.x1 > placement.width_px || rect.y1 > placement.height_px {
            faults.push(format!("node {a} lies outside"));
        }
        faults.extend((0..a).filter(|b| boxes[*b].meets(rect)).map(|b| format!("nodes {b} and {a} overlap")));
    }
    for (at, route) in placement.edges.iter().enumerate() {
        faults.extend(route_faults(&boxes, &edges[at], route).into_iter().map(|fault| format!("edge {at} {fault}")));
        if route.label.is_none() != (edges[at].label_width_px == 0.0) {
            faults.push(format!("edge {at} lacks its label, or has one too many"));
        }
        let Some(label) = labels[at] else { continue };
        faults.extend(
            boxes.iter().enumerate().filter(|(_, node)| node.meets(&label)).map(|(n, _)| format!("label {at} on {n}")),
        );
        for (other, rect) in labels.iter().enumerate() {
            if other < at && rect.is_some_and(|rect| rect.meets(&label)) {
                faults.push(format!("labels {other} and {at} overlap"));
            }
            if other != at && stretches(&placement.edges[other]).iter().any(|stretch| enters(stretch, &label)) {
                faults.push(format!("edge {other} runs through label {at}"));
            }
        }
    }
    for a in 0..edges.len() {
        for b in (0..a).filter(|b| edges[*b].from != edges[a].from) {
            let (of_a, of_b) = (stretches(&placement.edges[a]), stretches(&placement.edges[b]));
            if of_a.iter().any(|a| of_b.iter().any(|b| lie_on_one_another(a, b))) {
                faults.push(format!("edges {b} and {a} lie on one another"));
            }
        }
    }
    faults
}

fn route_faults(boxes: &[Rect], edge: &EdgeIn, route: &Route) -> Vec<String> {
    let mut faults = Vec::new();
    let (from, to) = (boxes[edge.from as usize], boxes[edge.to as usize]);
    let (Some(first), Some(last)) = (route.points.first(), route.points.last()) else {
        return vec!["has no line".to_owned()];
    };
    if first.x_px != from.x1 || first.y_px < from.y0 || first.y_px > from.y1 {
        faults.push(format!("starts at {first:?}, not at {from:?}"));
    }
    let ends_well = match route.is_loop {
        true => last.y_px == to.y0 && last.x_px >= to.x0 && last.x_px <= to.x1,
        false => last.x_px == to.x0 && last.y_px >= to.y0 && last.y_px <= to.y1,
    };
    if !ends_well {
        faults.push(format!("ends at {last:?}, not at {to:?}"));
    }
    let leaves_right = route.points.get(1).is_some_and(|second| second.x_px > first.x_px);
    let arrives = route.points.len().checked_sub(2).and_then(|at| route.points.get(at));
    if !leaves_right || (!route.is_loop && !arrives.is_some_and(|before| before.x_px < last.x_px)) {
        faults.push("does not leave to the right, or does not come from the left".to_owned());
    }
    if route.points.windows(2).any(|pair| (pair[0].x_px == pair[1].x_px) == (pair[0].y_px == pair[1].y_px)) {
        faults.push("is not orthogonal".to_owned());
    }
    let through = |node: &Rect| stretches(route).iter().any(|stretch| enters(stretch, node));
    faults.extend((0..boxes.len()).filter(|node| through(&boxes[*node])).map(|node| format!("runs through {node}")));
    if route.is_loop != (edge.from == edge.to) {
        faults.push("is a loop, or is none".to_owned());
    }
    faults
}

fn any_graph() -> impl Strategy<Value = (Vec<NodeIn>, Vec<EdgeIn>)> {
    let node = (40u16..180, 20u16..60)
        .prop_map(|(width, height)| NodeIn { width_px: f32::from(width), height_px: f32::from(height) });
    prop::collection::vec(node, 1..16).prop_flat_map(|nodes| {
        let count = nodes.len() as u32;
        let label = prop_oneof![1 => Just(0.0), 4 => (20u16..220).prop_map(f32::from)];
        let edge =
            (0..count, 0..count, label, 1u8..10, 0u64..6).prop_map(|(from, to, label_width_px, width, weight)| {
                EdgeIn { from, to, label_width_px, width_px: f32::from(width) / 2.0, weight }
            });
        (Just(nodes), prop::collection::vec(edge, 0..36))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_picture_holds_what_a_map_must_hold((nodes, edges) in any_graph()) {
        let placement = place(&nodes, &edges, &GAPS);
        prop_assert_eq!(faults(&nodes, &edges, &placement), Vec::<String>::new());
    }

    #[test]
    fn the_order_of_the_edges_does_not_matter((nodes, mut edges) in any_graph(), by in 1usize..35) {
        // Of two edges that are alike in all, either may take either's place.
        edges.sort_by_key(|edge| (edge.from, edge.to, edge.weight));
        edges.dedup_by_key(|edge| (edge.from, edge.to, edge.weight));
        let placement = place(&nodes, &edges, &GAPS);
        let by = by % edges.len().max(1);
        let mut turned = edges.clone();
        turned.rotate_left(by);
        turned.reverse();
        let mut again = place(&nodes, &turned, &GAPS);
        again.edges.reverse();
        again.edges.rotate_right(by);
        prop_assert_eq!(again, placement);
    }
}

#[test]
fn a_tree_has_no_crossing_and_a_chain_no_bend() {
    let tree: Vec<(u32, u32)> = (1..40).map(|node| ((node * 7 + 3) % node, node)).collect();
    assert_eq!(place_pairs(40, &tree).crossings, 0);
    let chain = place_pairs(6, &[(3, 1), (1, 5), (5, 0), (0, 4), (4, 2)]);
    assert!(chain.edges.iter().all(|route| route.points.len() == 2), "{:?}", chain.edges);
    // Six nodes, and five gaps of a label with what stands beside it.
    assert_eq!((chain.width_px, chain.height_px), (6.0 * 156.0 + 5.0 * (12.0 + 64.0 + 16.0), 42.0));
}

#[test]
fn complete_bipartite_maps_cross_as_little_as_can_be() {
    for (left, right, least) in [(2, 2, 1), (3, 2, 3), (3, 3, 9), (4, 4, 36)] {
        let pairs: Vec<(u32, u32)> = (0..left).flat_map(|from| (0..right).map(move |to| (from, left + to))).collect();
        assert_eq!(place_pairs((left + right) as usize, &pairs).crossings, least, "{left} and {right}");
    }
}

#[test]
fn shuffled_callees_are_put_in_order() {
    // In the given order these 20 pairs cross 95 times.
    let mut pairs: Vec<(u32, u32)> = (1..21).map(|node| (0, node)).collect();
    pairs.extend((1..21).map(|node| (node, 21 + node * 7 % 20)));
    assert_eq!(place_pairs(41, &pairs).crossings, 0);
}

#[test]
fn a_shared_target_crosses_nothing_that_it_need_not() {
    // Two of four callers of one database also call a host of their own each; the gateway calls the database past them.
    let pairs = [(0, 1), (0, 2), (0, 3), (0, 4), (1, 5), (2, 5), (3, 5), (4, 5), (0, 5), (1, 6), (3, 7)];
    assert_eq!(place_pairs(8, &pairs).crossings, 0);
}

#[test]
fn calls_of_one_source_share_a_trunk_and_those_to_one_target_do_not() {
    let fan = place_pairs(4, &[(0, 1), (0, 2), (0, 3)]);
    assert!(fan.edges.iter().all(|route| route.points[0] == Point { x_px: 156.0, y_px: fan.nodes[0].y_px + 21.0 }));
    let turns: Vec<f32> = fan.edges.iter().filter(|route| route.points.len() > 2).map(|r| r.points[1].x_px).collect();
    assert_eq!(turns, [168.0, 168.0]);
    let funnel = place_pairs(4, &[(0, 3), (1, 3), (2, 3)]);
    let mut ends: Vec<f32> =
        funnel.edges.iter().map(|route| route.points.last().unwrap().y_px - funnel.nodes[3].y_px).collect();
    ends.sort_by(f32::total_cmp);
    assert_eq!(ends, [5.0, 21.0, 37.0]);
}

#[test]
fn a_call_back_goes_below_and_apart_from_the_call() {
    let placement = place_pairs(2, &[(0, 1), (1, 0)]);
    let [call, back] = placement.edges.as_slice() else { panic!("{placement:?}") };
    assert_eq!((call.backward, back.backward, call.points.len()), (false, true, 2));
    let lowest = back.points.iter().map(|point| point.y_px).fold(0.0, f32::max);
    assert!(lowest > placement.nodes[1].y_px + 42.0);
    let (call, back) = (call.label.unwrap(), back.label.unwrap());
    assert!(back.y_px >= call.y_px + LABEL_HEIGHT_PX && back.x_px == call.x_px);
}

#[test]
fn loops_stand_at_the_upper_right_corner_one_around_the_other() {
    let placement = place_pairs(2, &[(0, 0), (0, 0), (0, 1)]);
    let corner = Point { x_px: placement.nodes[0].x_px + 156.0, y_px: placement.nodes[0].y_px };
    for route in &placement.edges[..2] {
        assert!(route.is_loop && route.points.len() == 5);
        assert!(route.points.iter().all(|point| (point.x_px - corner.x_px).abs() <= 24.0));
    }
    // Two labels of 28 px stand above the node.
    assert_eq!(corner.y_px, 56.0);
}

#[test]
fn parts_stand_below_each_other_the_largest_first() {
    let placement = place_pairs(6, &[(4, 5), (1, 2), (2, 3)]);
    let tops: Vec<f32> = placement.nodes.iter().map(|node| node.y_px).collect();
    assert_eq!(tops, [148.0, 0.0, 0.0, 0.0, 74.0, 74.0]);
    assert_eq!(placement.height_px, 3.0 * 42.0 + 2.0 * 32.0);
    assert_eq!(place(&[], &[], &GAPS), Placement::default());
}

#[test]
fn what_names_no_node_or_has_no_size_does_no_harm() {
    let nodes = [NODE, NodeIn { width_px: f32::NAN, height_px: -3.0 }];
    let bad = [edge(0, 7), edge(0, 1), EdgeIn { label_width_px: f32::INFINITY, ..edge(1, 0) }];
    let placement = place(&nodes, &bad, &Gaps { node_px: f32::NAN, layer_px: -1.0, track_px: 0.0 });
    assert_eq!(placement.edges[0], Route::default());
    assert!(placement.edges[1..].iter().all(|route| route.points.iter().all(|p| p.x_px.is_finite())));
    assert!(placement.width_px.is_finite() && placement.height_px.is_finite());
}

#[test]
fn beyond_the_cap_only_the_heaviest_edges_have_labels() {
    let pairs: Vec<EdgeIn> =
        (0..2_000u32).map(|at| EdgeIn { weight: u64::from(at), ..edge(at % 40, 40 + at % 41) }).collect();
    let placement = place(&[NODE; 81], &pairs, &GAPS);
    let labelled = placement.edges.iter().map(|route| route.label.is_some());
    assert_eq!(labelled.collect::<Vec<_>>(), (0..2_000).map(|at| at >= 500).collect::<Vec<_>>());
}

/// Edges that look random, within tiers as services call each other, with every tenth against them.
fn tiers(nodes: u32, count: u32) -> Vec<EdgeIn> {
    let hash = |n: u32| n.wrapping_mul(2_654_435_761) >> 8;
    let pair = |at: u32| {
        let (a, b) = (hash(2 * at) % nodes, hash(2 * at + 1) % nodes);
        if at.is_multiple_of(10) {
            (a.max(b), a.min(b))
        } else {
            (a.min(b), (a.min(b) + 1 + a.abs_diff(b) % 30) % nodes)
        }
    };
    (0..count).map(pair).map(|(from, to)| edge(from, to)).collect()
}

#[test]
fn three_hundred_services_are_placed_without_a_fault() {
    let (nodes, edges) = ([NODE; 300], tiers(300, 1_200));
    let placement = place(&nodes, &edges, &GAPS);
    let boxes = node_rects(&nodes, &placement);
    for (at, route) in placement.edges.iter().enumerate() {
        assert_eq!(route_faults(&boxes, &edges[at], route), [""; 0], "edge {at}");
    }
}

#[test]
fn a_map_that_is_too_large_is_placed_all_the_same() {
    let placement = place(&[NODE; 1_000], &tiers(1_000, 5_000), &GAPS);
    assert!(placement.edges.iter().all(|route| route.points.len() >= 2));
    // A ring of all services: one layer each.
    let ring: Vec<EdgeIn> = (0..2_000).map(|at| edge(at, (at + 1) % 2_000)).collect();
    let placement = place(&[NODE; 2_000], &ring, &GAPS);
    assert_eq!(placement.edges.iter().filter(|route| route.backward).count(), 1);
}
