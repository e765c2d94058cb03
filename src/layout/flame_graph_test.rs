//! Tests of the flame graph: what is drawn for which tree, zoom and scroll, and that the pointer finds it.

use proptest::prelude::*;

use super::*;
use crate::layout::sketch::Sketch;
use crate::model::outline::flag;

/// A tree with a node a span, as if no two were alike.
fn tree_of(outline: &Outline) -> CallTree {
    let above = |span: SpanIdx| outline.parent(span).map_or(0, |parent| parent.0 + 1);
    let of_all = |of_span: u32| core::iter::once(of_span);
    let mut tree = CallTree {
        parent: of_all(NONE).chain(outline.spans().map(above)).collect(),
        subtree: of_all(outline.len() as u32 + 1).chain(outline.subtree.iter().copied()).collect(),
        first_span: of_all(NONE).chain(outline.spans().map(|span| span.0)).collect(),
        spans: of_all(0).chain(outline.spans().map(|_| 1)).collect(),
        errors: of_all(0).chain(outline.spans().map(|span| u32::from(outline.has(span, flag::ERROR)))).collect(),
        subtree_spans: of_all(outline.len() as u32).chain(outline.subtree.iter().copied()).collect(),
        self_ns: [0].into_iter().chain(outline.self_ns.iter().copied()).collect(),
        ..CallTree::default()
    };
    tree.work_ns = tree.self_ns.clone();
    for node in (1..tree.len()).rev() {
        let parent = tree.parent[node] as usize;
        tree.work_ns[parent] = tree.work_ns[parent].saturating_add(tree.work_ns[node]);
    }
    tree
}

/// A view of 1000 px by 100 px, rows of 20 px.
struct View {
    outline: Outline,
    tree: CallTree,
    order: Order,
    direction: Direction,
    root: u32,
    width_px: f64,
    view_px: f64,
    scroll_px: f64,
    matches: Option<Vec<bool>>,
    selected: Option<u32>,
}

impl View {
    fn new(outline: Outline, width: Width) -> View {
        let tree = tree_of(&outline);
        let order = Order::new(&tree, &outline, width);
        View {
            outline,
            tree,
            order,
            direction: Direction::Icicle,
            root: 0,
            width_px: 1000.0,
            view_px: 100.0,
            scroll_px: 0.0,
            matches: None,
            selected: None,
        }
    }

    fn graph(&self) -> Graph<'_> {
        Graph {
            tree: &self.tree,
            order: &self.order,
            outline: &self.outline,
            direction: self.direction,
            root: self.root,
            width_px: self.width_px,
            view_px: self.view_px,
            scroll_px: self.scroll_px,
            pitch_px: 20.0,
            matches: self.matches.as_deref(),
            selected: self.selected,
        }
    }

    fn scene(&self) -> GraphScene {
        scene(&self.graph())
    }

    fn hit(&self, x_px: f64, y_px: f64) -> Option<u32> {
        hit_test(&self.graph(), x_px, y_px)
    }

    /// A line an item, boxes first: what, where from and to, and what sets it apart.
    fn lines(&self) -> Vec<String> {
        let scene = self.scene();
        let mark = |on: bool, word: &'static str| if on { word } else { "" };
        let boxes = scene.boxes.iter().map(|b| {
            let name = match b.node {
                0 => "all",
                node => self.outline.name(SpanIdx(node - 1)),
            };
            let slot = b.slot.map(|slot| format!(" s{slot}")).unwrap_or_default();
            let (error, selected) = (mark(b.error, " error"), mark(b.selected, " selected"));
            let (dim, found, ancestor) = (mark(b.dim, " dim"), mark(b.found, " found"), mark(b.ancestor, " ancestor"));
            format!("{name} {}..{} y{}{slot}{dim}{found}{error}{selected}{ancestor}", b.x, b.x + b.w, b.y)
        });
        let thin = scene.thin.iter().map(|t| {
            let (dim, found, error) = (mark(t.dim, " dim"), mark(t.found, " found"), mark(t.error, " error"));
            format!("{} thin {}..{} y{} s{}{dim}{found}{error}", t.nodes, t.x, t.x + t.w, t.y, t.slot)
        });
        boxes.chain(thin).collect()
    }
}

/// 1 ns is 1 px. GET keeps 100 to itself, `charge` 450 of its 600.
fn order() -> Outline {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "GET", 0..1000);
    sketch.span(1, "b", "list", 0..300);
    sketch.span(1, "a", "charge", 300..900).span(2, "c", "sign", 300..450);
    sketch.finish()
}

#[test]
fn children_stand_from_the_left_widest_first_over_their_parents_own_time() {
    let view = View::new(order(), Width::Time);
    assert_eq!(
        view.lines(),
        ["all 0..999 y0", "GET 0..999 y20 s0", "charge 0..599 y40 s0", "list 600..899 y40 s1", "sign 0..149 y60 s2"]
    );
    let scene = view.scene();
    assert_eq!((scene.height_px, depth_of(&view.graph())), (80.0, 4));
    assert!(scene.boxes.iter().all(|b| b.h == 19.0));
}

#[test]
fn by_count_every_span_is_as_wide() {
    let view = View::new(order(), Width::Count);
    assert_eq!(
        view.lines()[1..],
        ["GET 0..999 y20 s0", "charge 0..499 y40 s0", "list 500..749 y40 s1", "sign 0..249 y60 s2"]
    );
}

#[test]
fn a_flame_grows_from_the_floor_of_the_view() {
    let view = View { direction: Direction::Flame, ..View::new(order(), Width::Time) };
    let all =
        ["all 0..999 y80", "GET 0..999 y60 s0", "charge 0..599 y40 s0", "list 600..899 y40 s1", "sign 0..149 y20 s2"];
    assert_eq!(view.lines(), all);
    // 80 px of rows in 50: the ends of the branches first, their base after scrolling.
    let low = View { view_px: 50.0, ..view };
    assert_eq!(low.lines(), ["GET 0..999 y40 s0", "charge 0..599 y20 s0", "list 600..899 y20 s1", "sign 0..149 y0 s2"]);
    assert_eq!(View { scroll_px: 30.0, ..low }.lines()[..2], ["all 0..999 y30", "GET 0..999 y10 s0"]);
}

#[test]
fn zoomed_the_node_and_all_above_it_span_the_width() {
    let view = View { root: 3, selected: Some(3), ..View::new(order(), Width::Time) };
    assert_eq!(
        view.lines(),
        ["all 0..999 y0 ancestor", "GET 0..999 y20 s0 ancestor", "charge 0..999 y40 s0 selected", "sign 0..249 y60 s2"]
    );
    assert_eq!(depth_of(&view.graph()), 4);
    assert_eq!(depth_of(&View { root: 2, ..view }.graph()), 3);
    assert_eq!(breadcrumbs(&View::new(order(), Width::Time).tree, 4), [0, 1, 3, 4]);
}

#[test]
fn a_root_that_is_no_node_is_all() {
    let view = View { root: 77, ..View::new(order(), Width::Time) };
    assert_eq!(view.lines(), View::new(order(), Width::Time).lines());
    assert!(breadcrumbs(&view.tree, 77).is_empty());
}

#[test]
fn like_widths_stand_by_service_and_operation() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..400);
    for (at, service, name) in [(0, "b", "x"), (1, "a", "y"), (2, "b", "w"), (3, "a", "z")] {
        sketch.span(1, service, name, at * 100..at * 100 + 100);
    }
    let view = View::new(sketch.finish(), Width::Time);
    assert_eq!(view.order.children(1), [3, 5, 4, 2]);
    assert!(view.order.children(5).is_empty() && view.order.children(6).is_empty());
}

#[test]
fn thin_siblings_are_drawn_as_runs_in_the_colour_of_the_widest() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..4000).span(1, "a", "wide", 0..1000);
    // 0.75 px, then seven of 0.25 px.
    sketch.span(1, "b", "mid", 1000..1003);
    for at in 0..7u64 {
        sketch.span(1, "c", "thin", 1100 + at..1101 + at);
    }
    sketch.flags(flag::ERROR);
    let mut view = View::new(sketch.finish(), Width::Time);
    view.matches = Some((0..11).map(|node| node == 3).collect());
    assert_eq!(
        view.lines(),
        [
            "all 0..999 y0",
            "root 0..999 y20 s0 dim",
            "wide 0..249 y40 s0 dim",
            "2 thin 250..251 y40 s1 found",
            "4 thin 251..252 y40 s2 dim",
            // Half a px of its own, a whole one drawn.
            "2 thin 252..253 y40 s2 dim error",
        ]
    );
    assert_eq!(
        [250.5, 250.8, 251.1, 252.4, 252.9, 253.0].map(|x| view.hit(x, 41.0)),
        [Some(3), Some(4), Some(5), Some(10), Some(10), None]
    );
}

#[test]
fn a_thin_box_never_leaves_its_parent() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..10_000).span(1, "a", "wide", 0..9_994).span(1, "a", "narrow", 9_994..10_000);
    sketch.span(2, "a", "below", 9_994..9_999);
    let view = View::new(sketch.finish(), Width::Time);
    assert_eq!(view.lines()[2..], ["wide 0..998.4 y40 s0", "1 thin 999.4..1000 y40 s0", "1 thin 999.4..1000 y60 s0"]);
}

#[test]
fn what_has_no_share_is_not_drawn_and_a_tree_without_time_is_drawn_by_count() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 0..10).span(1, "a", "instant", 5..5);
    let view = View::new(sketch.finish(), Width::Time);
    assert_eq!(view.lines(), ["all 0..999 y0", "root 0..999 y20 s0"]);
    assert_eq!(View { root: 2, ..view }.lines()[2..], ["instant 0..999 y40 s0"]);

    let mut sketch = Sketch::default();
    sketch.span(0, "a", "root", 5..5).span(1, "a", "instant", 5..5);
    let view = View::new(sketch.finish(), Width::Time);
    assert_eq!((view.order.width(), effective_width(&view.tree, Width::Time)), (Width::Count, Width::Count));
    assert_eq!(view.lines()[1..], ["root 0..999 y20 s0", "instant 0..499 y40 s0"]);
}

#[test]
fn found_boxes_stand_out_and_all_is_never_dimmed() {
    let mut view = View::new(order(), Width::Time);
    view.matches = Some(vec![false, false, true]);
    assert_eq!(view.lines()[..2], ["all 0..999 y0", "GET 0..999 y20 s0 dim"]);
    assert_eq!(view.lines()[3..], ["list 600..899 y40 s1 found", "sign 0..149 y60 s2 dim"]);
}

#[test]
fn the_pointer_finds_what_it_is_over_and_nothing_beside_it() {
    let view = View::new(order(), Width::Time);
    let at = [
        (5.0, 5.0),
        (999.5, 30.0),
        (599.5, 45.0),
        (600.0, 59.5),
        (900.0, 45.0),
        (149.0, 61.0),
        (150.0, 61.0),
        (5.0, 81.0),
    ];
    assert_eq!(at.map(|(x, y)| view.hit(x, y)), [Some(0), Some(1), Some(3), Some(2), None, Some(4), None, None]);
    assert_eq!([(-1.0, 5.0), (1000.0, 5.0), (5.0, -1.0), (f64::NAN, 5.0)].map(|(x, y)| view.hit(x, y)), [None; 4]);
    let zoomed = View { root: 3, scroll_px: 10.0, ..view };
    assert_eq!([5.0, 12.0, 45.0, 55.0].map(|y| zoomed.hit(5.0, y)), [Some(0), Some(1), Some(3), Some(4)]);
}

#[test]
fn only_rows_in_sight_are_drawn() {
    let view = View { scroll_px: 40.0, view_px: 20.0, ..View::new(order(), Width::Time) };
    assert_eq!(view.lines(), ["charge 0..599 y0 s0", "list 600..899 y0 s1"]);
    // Of row 1 only the gap below it is left.
    let view = View { scroll_px: 39.5, ..view };
    assert_eq!(view.lines(), ["charge 0..599 y0.5 s0", "list 600..899 y0.5 s1"]);
}

#[test]
fn no_width_and_no_tree_draw_nothing() {
    let view = View { width_px: 0.0, ..View::new(order(), Width::Time) };
    assert_eq!((view.scene(), view.hit(0.0, 0.0)), (GraphScene::default(), None));
    let mut view = View::new(Outline::default(), Width::Time);
    assert_eq!(view.lines(), ["all 0..999 y0"]);
    view.tree = CallTree::default();
    view.order = Order::new(&view.tree, &view.outline, Width::Time);
    assert_eq!((view.scene(), depth_of(&view.graph())), (GraphScene::default(), 0));
}

#[test]
fn work_beyond_u64_stays_inside_its_parent() {
    let mut sketch = Sketch::default();
    sketch.span(0, "a", "x", 0..u64::MAX).span(0, "a", "y", 0..u64::MAX);
    let view = View::new(sketch.finish(), Width::Time);
    assert_eq!(view.lines(), ["all 0..999 y0", "x 0..999 y20 s0"]);
}

#[test]
fn a_chain_100000_deep_is_drawn_without_recursion() {
    let outline = crate::layout::sketch::chain(100_000);
    let mut view = View::new(outline, Width::Count);
    assert_eq!(view.scene().height_px, 2_000_020.0);
    assert_eq!(view.scene().boxes.len(), 5);
    // Row 50,001 holds half of the spans. A px is 100 of them; a thin one takes what its parent has, and below one
    // narrower than half a px nothing is drawn.
    view.scroll_px = 1_000_020.0;
    assert_eq!(view.lines()[0], "step 0..499 y0 s0");
    view.scroll_px = 99_900.0 * 20.0;
    assert_eq!(
        view.lines(),
        [
            "step 0..1.01 y0 s0",
            "step 0..1 y20 s0",
            "1 thin 0..1 y40 s0",
            "1 thin 0..0.99 y60 s0",
            "1 thin 0..0.98 y80 s0"
        ]
    );
    view.scroll_px = 99_953.0 * 20.0;
    assert_eq!(view.lines(), Vec::<String>::new());
    assert_eq!(breadcrumbs(&view.tree, 100_000).len(), 100_001);
    view.root = 100_000;
    view.scroll_px = 1_999_980.0;
    assert_eq!(view.lines(), ["step 0..999 y0 s0 ancestor", "step 0..999 y20 s0"]);
}

/// 100,000 spans in one of three shapes: all siblings; 300 with 332 below each; every one with two below it.
fn large(shape: usize) -> Outline {
    let mut sketch = Sketch::default();
    let at_time = |at: u64| at * 1000..at * 1000 + at % 900;
    sketch.span(0, "a", "root", 0..1);
    match shape {
        0 => (0..100_000).for_each(|at| {
            sketch.span(1, "a", "one", at_time(at));
        }),
        1 => (0..300).for_each(|at| {
            sketch.span(1, "b", "one", at_time(at));
            (0..332).for_each(|below| {
                sketch.span(2, "c", "two", at_time(at + below));
            });
        }),
        _ => {
            let mut depths = vec![1; 2];
            let mut at = 0;
            while let Some(depth) = depths.pop() {
                at += 1;
                sketch.span(depth, "a", "half", at_time(at));
                depths.extend(if depth < 16 { vec![depth + 1; 2] } else { vec![] });
            }
        }
    }
    sketch.finish()
}

#[test]
fn a_hundred_thousand_nodes_draw_two_items_a_px_a_row_and_no_more() {
    for (shape, width) in (0..3).flat_map(|shape| [(shape, Width::Time), (shape, Width::Count)]) {
        let mut view = View { view_px: 400.0, width_px: 300.0, ..View::new(large(shape), width) };
        assert!(view.tree.len() > 99_000);
        for root in [0, 1, 2] {
            view.root = root;
            let scene = view.scene();
            for y in (0..20).map(|row| f64::from(row) * 20.0) {
                let boxes = scene.boxes.iter().filter(|b| b.y == y).count();
                let thin = scene.thin.iter().filter(|t| t.y == y).count();
                assert!(boxes + thin <= 600, "shape {shape} {width:?} root {root}: {boxes} + {thin} in a row");
            }
        }
    }
}

#[test]
fn a_hundred_thousand_siblings_are_all_in_some_run() {
    let view = View { width_px: 300.0, ..View::new(large(0), Width::Count) };
    let scene = view.scene();
    assert_eq!((scene.boxes.len(), scene.thin.iter().map(|t| t.nodes).sum::<u32>()), (2, 100_000));
    // 333 or 334 to the px.
    assert!(scene.thin.iter().all(|t| t.nodes <= 335 && t.w < 1.01), "{:?}", scene.thin.first());
    assert_eq!(scene.thin.len(), 300);
}

prop_compose! {
    /// Any forest of up to 80 spans, from one wide as the view to many far below a px.
    fn any_outline()(plan in prop::collection::vec((0usize..7, 0u64..12, 0u8..3), 1..80)) -> Outline {
        let mut sketch = Sketch::default();
        let mut depth_now = 0;
        for (at, (depth, power, service)) in plan.into_iter().enumerate() {
            let depth = if at == 0 { 0 } else { depth.min(depth_now + 1) };
            depth_now = depth;
            let start = at as u64 * 7 % 50;
            sketch.span(depth, ["a", "b", "c"][service as usize], "x", start..start + (1 << power) - 1);
        }
        sketch.finish()
    }
}

prop_compose! {
    fn any_view()(
        outline in any_outline(), by_time: bool, flame: bool, root in 0u32..90, width_px in 2.0f64..700.0,
        view_px in 20.0f64..200.0, scroll_px in 0.0f64..100.0, found in prop::collection::vec(any::<bool>(), 81),
    ) -> View {
        let width = if by_time { Width::Time } else { Width::Count };
        let direction = if flame { Direction::Flame } else { Direction::Icicle };
        View { direction, root, width_px, view_px, scroll_px, matches: Some(found), ..View::new(outline, width) }
    }
}

/// So much may two x differ that are equal.
const ROUNDING_PX: f64 = 1e-9;

impl core::fmt::Debug for View {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "root {} width {} {:?}\n{}", self.root, self.width_px, self.tree, self.lines().join("\n"))
    }
}

proptest! {
    #[test]
    fn the_pointer_finds_every_box_by_its_centre(view in any_view()) {
        let scene = view.scene();
        // Of the part in sight.
        let middle = |y: f64| (y.max(0.0) + (y + 19.0).min(view.view_px)) / 2.0;
        for b in &scene.boxes {
            prop_assert_eq!(view.hit(b.x + b.w / 2.0, middle(b.y)), Some(b.node));
        }
        let drawn_as_box = |node: u32| scene.boxes.iter().any(|b| b.node == node);
        for t in &scene.thin {
            let hit = view.hit(t.x + t.w / 2.0, middle(t.y));
            prop_assert!(hit.is_some_and(|node| !drawn_as_box(node)), "{:?} hits {:?}", t, hit);
        }
    }

    #[test]
    fn nothing_stands_outside_the_view_and_nothing_overlaps(view in any_view()) {
        let scene = view.scene();
        let boxes = scene.boxes.iter().map(|b| (b.y, b.x, b.w, b.h));
        let mut items: Vec<_> = boxes.chain(scene.thin.iter().map(|t| (t.y, t.x, t.w, t.h))).collect();
        items.sort_by(|a, b| a.partial_cmp(b).unwrap());
        for (y, x, w, h) in &items {
            prop_assert!(*w > 0.0 && *x >= 0.0 && x + w <= view.width_px + ROUNDING_PX);
            prop_assert!(*h == 19.0 && y + h > 0.0 && *y < view.view_px);
        }
        for pair in items.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            prop_assert!(pair[0].1 + pair[0].2 <= pair[1].1 + ROUNDING_PX, "{:?}", pair);
        }
        for row in items.chunk_by(|a, b| a.0 == b.0) {
            prop_assert!(row.len() as f64 <= (2.0 * view.width_px).max(1.0));
        }
    }

    #[test]
    fn widths_add_up_at_every_zoom(view in any_view()) {
        // All rows, so that every parent's children are drawn.
        let view = View { view_px: 2_000.0, scroll_px: 0.0, ..view };
        let scene = view.scene();
        let units = |node: u32| match view.order.width() {
            Width::Time => view.tree.work_ns[node as usize],
            Width::Count => u64::from(view.tree.subtree_spans[node as usize]),
        };
        let root = Some(view.root).filter(|root| (*root as usize) < view.tree.len()).unwrap_or_default();
        prop_assume!(units(root) > 0);
        let px = |share: u64| share as f64 * view.width_px / units(root) as f64;
        let px_of = |node: u32| px(units(node));
        for parent in scene.boxes.iter().filter(|b| !b.ancestor) {
            let full = px_of(parent.node);
            let gap = full - parent.w;
            prop_assert!(gap.abs() < ROUNDING_PX || (gap - GAP_PX).abs() < ROUNDING_PX && full > GAP_ABOVE_PX);
            // Children side by side from the parent's left edge; exactly its own share is left at the right.
            let mut reached = parent.x;
            let mut thin = 0;
            for child in view.order.children(parent.node).iter().copied().filter(|child| units(*child) > 0) {
                match scene.boxes.iter().find(|b| b.node == child) {
                    Some(drawn) => prop_assert!((drawn.x - reached).abs() < ROUNDING_PX),
                    None => {
                        prop_assert!(px_of(child) < THIN_BELOW_PX);
                        thin += 1;
                    }
                }
                reached += px_of(child);
            }
            let own = match view.order.width() {
                Width::Time => view.tree.self_ns[parent.node as usize],
                Width::Count => u64::from(view.tree.spans[parent.node as usize]),
            };
            prop_assert!((parent.x + full - reached - px(own)).abs() < ROUNDING_PX);
            let below_y = parent.y + if view.direction == Direction::Icicle { 20.0 } else { -20.0 };
            let is_inside = |t: &Thin| t.x >= parent.x && t.x + ROUNDING_PX < parent.x + full;
            let is_below = |t: &&Thin| (t.y - below_y).abs() < 1.0 && is_inside(t);
            prop_assert_eq!(scene.thin.iter().filter(is_below).map(|t| t.nodes).sum::<u32>(), thin);
        }
    }
}
