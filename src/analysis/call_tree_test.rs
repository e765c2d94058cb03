//! Tests of the call tree: small trees by their lines, any trace against a slow tree built from chains written out.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::analysis::sample::{Draft, trace};
use crate::model::Kind;

fn tree(drafts: &[Draft], scope: &Scope, folded: &[u32]) -> CallTree {
    let trace = trace(drafts);
    call_tree(&trace, &Derived::of(&trace), scope, folded)
}

/// A line a node, indented by depth: label, spans, self, work, wall.
fn lines(drafts: &[Draft], scope: &Scope, folded: &[u32]) -> Vec<String> {
    let trace = trace(drafts);
    let derived = Derived::of(&trace);
    let tree = call_tree(&trace, &derived, scope, folded);
    let mut depth = vec![0; tree.len()];
    (0..tree.len())
        .map(|node| {
            let name = match tree.parent[node] {
                NONE => "all",
                parent => {
                    depth[node] = depth[parent as usize] + 1;
                    derived.labels.label(SpanIdx(tree.first_span[node]))
                }
            };
            let indent = "  ".repeat(depth[node]);
            let (spans, own, work, wall) =
                (tree.spans[node], tree.self_ns[node], tree.work_ns[node], tree.wall_ns[node]);
            format!("{indent}{name} {spans} {own} {work} {wall}")
        })
        .collect()
}

/// A root with two like calls that overlap, one of them with a call of its own, and the same label in another service.
fn order() -> Vec<Draft> {
    vec![
        Draft::new(1, 0, 0, 100).name("order"),
        Draft::new(2, 1, 10, 40).name("lines"),
        Draft::new(3, 2, 15, 25).name("connect"),
        Draft::new(4, 1, 30, 50).name("lines").error(""),
        Draft::new(5, 1, 60, 80).name("lines").service("stock"),
        Draft::new(6, 4, 35, 45).name("connect"),
    ]
}

#[test]
fn a_frame_is_folded_whole_or_not_at_all() {
    // Two rows that do nothing but call, and one that does more; the handler above passes through alone.
    let drafts = [
        Draft::new(1, 0, 0, 100).name("import"),
        Draft::new(2, 1, 0, 100).name("handler"),
        Draft::new(3, 2, 0, 30).name("row"),
        Draft::new(4, 3, 0, 30).name("post"),
        Draft::new(5, 2, 30, 60).name("row"),
        Draft::new(6, 5, 30, 60).name("post"),
        Draft::new(7, 2, 60, 90).name("row"),
        Draft::new(8, 7, 60, 70).name("post"),
    ];
    let trace = trace(&drafts);
    let derived = Derived::of(&trace);
    let whole = |passing: &[u32]| whole_frames(&trace, &derived, &Scope::default(), passing);
    assert_eq!(whole(&[1, 2, 4]), [1]);
    assert_eq!(whole(&[2, 4, 6]), [2, 4, 6]);
    assert_eq!(whole(&[]), Vec::<u32>::new());
    assert_eq!(lines(&drafts, &Scope::default(), &whole(&[2, 4])), lines(&drafts, &Scope::default(), &[]),);
}

#[test]
fn like_chains_merge_and_other_services_stay_apart() {
    let drafts = order();
    assert_eq!(
        lines(&drafts, &Scope::default(), &[]),
        [
            "all 0 0 110 100",
            "  order 1 40 110 100",
            // 10..40 and 30..50: 50 ns of work within 40 ns.
            "    lines 2 30 50 40",
            "      connect 2 20 20 20",
            "    lines 1 20 20 20",
        ]
    );
    let tree = tree(&drafts, &Scope::default(), &[]);
    assert_eq!(tree.parent, [NONE, 0, 1, 2, 1]);
    assert_eq!(tree.subtree, [5, 4, 2, 1, 1]);
    assert_eq!(tree.first_span, [NONE, 0, 1, 2, 5]);
    assert_eq!(tree.subtree_spans, [6, 6, 4, 2, 1]);
    assert_eq!(tree.errors, [0, 0, 1, 0, 0]);
    assert_eq!(tree.node_of, [1, 2, 3, 2, 3, 4]);
}

#[test]
fn own_time_on_the_critical_path_adds_up_to_the_root() {
    let tree = tree(&order(), &Scope::default(), &[]);
    // Back from 100: 20 of the root, stock, 10 of the root, the later `lines` with its call, 30 of the root.
    assert_eq!(tree.critical_ns, [0, 60, 10, 10, 20]);
}

#[test]
fn what_a_hidden_service_called_hangs_from_the_nearest_ancestor_in_scope() {
    let drafts = [
        Draft::new(1, 0, 0, 100).name("top").service("a"),
        Draft::new(2, 1, 0, 90).name("through").service("b"),
        Draft::new(3, 2, 0, 80).name("work").service("c"),
        Draft::new(4, 1, 90, 96).name("work").service("c"),
    ];
    let scope = Scope { hidden_services: vec![1], focus: None };
    assert_eq!(lines(&drafts, &scope, &[]), ["all 0 0 90 100", "  top 1 4 90 100", "    work 2 86 86 86"]);
    assert_eq!(tree(&drafts, &scope, &[]).node_of, [1, NONE, 2, 2]);
    let hidden_top = Scope { hidden_services: vec![0], focus: None };
    assert_eq!(lines(&drafts, &hidden_top, &[])[..2], ["all 0 0 96 96", "  through 1 10 90 90"]);
}

#[test]
fn focus_leaves_only_what_is_below() {
    let scope = Scope { hidden_services: vec![], focus: Some(1) };
    assert_eq!(lines(&order(), &scope, &[]), ["all 0 0 30 30", "  lines 1 20 30 30", "    connect 1 10 10 10"]);
    assert_eq!(tree(&order(), &scope, &[]).node_of, [NONE, 1, 2, NONE, NONE, NONE]);
}

/// A server over two middlewares that hand on to a handler with two calls.
fn middlewares() -> Vec<Draft> {
    vec![
        Draft::new(1, 0, 0, 100).name("GET").service("a"),
        Draft::new(2, 1, 0, 99).name("express").service("a"),
        Draft::new(3, 2, 1, 98).name("body").service("b"),
        Draft::new(4, 3, 2, 98).name("handler").service("a"),
        Draft::new(5, 4, 10, 20).name("one").service("a"),
        Draft::new(6, 4, 30, 40).name("two").service("a"),
    ]
}

#[test]
fn folded_spans_count_in_the_node_they_lead_to() {
    assert_eq!(
        lines(&middlewares(), &Scope::default(), &[1, 2]),
        [
            "all 0 0 100 100",
            "  GET 1 1 100 100",
            "    handler 3 79 99 99",
            "      one 1 10 10 10",
            "      two 1 10 10 10"
        ]
    );
    let tree = tree(&middlewares(), &Scope::default(), &[1, 2]);
    assert_eq!((tree.node_of.as_slice(), tree.first_span[2]), (&[1, 2, 2, 2, 3, 4][..], 3));
}

#[test]
fn folding_passes_over_a_hidden_only_child() {
    let scope = Scope { hidden_services: vec![1], focus: None };
    let all = lines(&middlewares(), &scope, &[1]);
    // Without the 1 ns of `body`.
    assert_eq!(all[..3], ["all 0 0 99 100", "  GET 1 1 99 100", "    handler 2 78 98 99"]);
}

#[test]
fn a_folded_span_that_leads_to_none_keeps_its_node() {
    let tree = tree(&middlewares(), &Scope { hidden_services: vec![], focus: Some(3) }, &[3, 4, 5, 77]);
    assert_eq!(tree.node_of, [NONE, NONE, NONE, 1, 2, 3]);
    // Its only child is hidden and branches.
    let drafts = [
        Draft::new(1, 0, 0, 100).service("a"),
        Draft::new(2, 1, 0, 99).service("b"),
        Draft::new(3, 2, 0, 40).service("a"),
        Draft::new(4, 2, 40, 99).service("a"),
    ];
    let scope = Scope { hidden_services: vec![1], focus: None };
    assert_eq!(self::tree(&drafts, &scope, &[0]).node_of, [1, NONE, 2, 2]);
}

#[test]
fn nothing_in_scope_leaves_all_with_nothing() {
    let tree = tree(&order(), &Scope { hidden_services: vec![0, 1], focus: None }, &[]);
    assert_eq!((tree.len(), tree.work_ns[0], tree.wall_ns[0], tree.subtree_spans[0]), (1, 0, 0, 0));
}

#[test]
fn it_survives_the_way_to_the_page_and_uneven_columns_do_not() {
    let tree = tree(&order(), &Scope::default(), &[]);
    assert_eq!(CallTree::from_columns(tree.clone().into_columns()), Some(tree.clone()));
    for damaged in 0..11 {
        let mut columns = tree.clone().into_columns();
        match columns.remove(damaged) {
            Column::U32(mut values) => {
                assert_eq!(CallTree::from_columns(columns.clone()), None);
                values.push(0);
                columns.insert(damaged, Column::U32(values));
            }
            Column::U64(mut values) => {
                values.pop();
                columns.insert(damaged, Column::U64(values));
            }
            Column::U8(_) => unreachable!(),
        }
        // One entry a span: any number of them.
        let is_by_span = damaged == 6;
        assert_eq!(CallTree::from_columns(columns).is_some(), is_by_span, "column {damaged}");
    }
}

#[test]
fn a_chain_100000_deep_is_merged_without_recursion() {
    let name = |id: u64| if id.is_multiple_of(2) { "even" } else { "odd" };
    let drafts: Vec<Draft> =
        (1..=100_000).map(|id| Draft::new(id, id - 1, id, 1_000_000 - id).name(name(id))).collect();
    let folded: Vec<u32> = (1..99_999).collect();
    let deep = tree(&drafts, &Scope::default(), &[]);
    assert_eq!((deep.len(), deep.work_ns[0], deep.wall_ns[0]), (100_001, 999_998, 999_998));
    let flat = tree(&drafts, &Scope::default(), &folded);
    assert_eq!((flat.len(), flat.work_ns[0], flat.spans[2]), (3, 999_998, 99_999));
}

#[test]
fn siblings_by_the_hundred_thousand_are_one_node() {
    let mut drafts = vec![Draft::new(1, 0, 0, 400_000)];
    drafts.extend((0..100_000).map(|n| Draft::new(n + 2, 1, 2 * n, 2 * n + 3).name("get").kind(Kind::Client)));
    let tree = tree(&drafts, &Scope::default(), &[]);
    assert_eq!((tree.spans.as_slice(), tree.self_ns[2], tree.wall_ns[2]), (&[0, 1, 100_000][..], 300_000, 200_001));
}

#[test]
fn times_at_the_ends_of_u64_do_not_overflow() {
    let long = u64::MAX - crate::analysis::sample::BASE_UNIX_NANO;
    let tree = tree(&[Draft::new(1, 0, 0, long), Draft::new(2, 0, 0, long)], &Scope::default(), &[]);
    assert_eq!((tree.work_ns[0], tree.wall_ns[1]), (u64::MAX, long));
}

/// Spans in scope by chain of (service, label), written out; folded ones under the chain of the span they lead to.
fn slow_chains(trace: &Trace, derived: &Derived, scope: &Scope, folded: &[u32]) -> BTreeMap<String, Vec<SpanIdx>> {
    let in_scope: Vec<SpanIdx> = scope.spans(trace).collect();
    // The span and its only children in scope: the first that is not folded, else the last.
    let holder = |span: SpanIdx| {
        let mut way = vec![span];
        while let [child] = trace.children(way[way.len() - 1]).collect::<Vec<_>>()[..] {
            way.push(child);
        }
        way.retain(|at| in_scope.contains(at));
        *way.iter().find(|at| !folded.contains(&at.0)).unwrap_or(&way[way.len() - 1])
    };
    let mut chains: BTreeMap<String, Vec<SpanIdx>> = BTreeMap::new();
    for span in &in_scope {
        let mut chain = String::new();
        let mut above = Some(holder(*span));
        while let Some(at) = above {
            if in_scope.contains(&at) && holder(at) == at {
                chain = format!("/{}.{}{chain}", trace.service_name(at), derived.labels.label(at));
            }
            above = trace.parent(at);
        }
        chains.entry(chain).or_default().push(*span);
    }
    chains
}

fn union_ns(trace: &Trace, spans: &[SpanIdx]) -> u64 {
    let runs = |ns: u64| spans.iter().any(|span| (trace.start_ns(*span)..trace.end_ns(*span)).contains(&ns));
    (0..trace.duration_ns).filter(|ns| runs(*ns)).count() as u64
}

prop_compose! {
    /// Up to 40 spans whose parents may be missing, themselves or each other, and whose children overlap and outlive.
    fn any_drafts()(
        plan in prop::collection::vec((0u64..46, 0u64..60, 0u64..60, 0usize..3, 0usize..2, 0u8..6), 1..40),
    ) -> Vec<Draft> {
        let draft = |(id, (parent, start_ns, length_ns, service, name, what))| {
            // Mostly a parent before it, so that chains grow.
            let parent = if what > 1 { parent % id } else { parent };
            let draft = Draft::new(id, parent, start_ns, start_ns + length_ns)
                .service(["a", "b", "c"][service])
                .name(["x", "y"][name]);
            if what == 2 { draft.error("") } else { draft }
        };
        (1u64..).zip(plan).map(draft).collect()
    }
}

prop_compose! {
    fn any_scope()(
        hidden in prop::collection::btree_set(0u32..3, 0..2), focus in prop::option::weighted(0.3, 0u32..45),
    ) -> Scope {
        Scope { hidden_services: hidden.into_iter().collect(), focus }
    }
}

proptest! {
    #[test]
    fn any_tree_is_what_its_chains_say(
        drafts in any_drafts(), scope in any_scope(), folded in prop::collection::btree_set(0u32..40, 0..25),
    ) {
        let trace = trace(&drafts);
        let derived = Derived::of(&trace);
        let folded: Vec<u32> = folded.into_iter().collect();
        let tree = call_tree(&trace, &derived, &scope, &folded);
        let chains = slow_chains(&trace, &derived, &scope, &folded);

        // A node a chain, and a chain a node.
        let used: BTreeSet<u32> = scope.spans(&trace).map(|span| tree.node_of[span.index()]).collect();
        prop_assert_eq!(tree.len(), chains.len() + 1);
        prop_assert_eq!(used.len(), chains.len());
        prop_assert!(!used.contains(&0));
        let self_of = |spans: &[SpanIdx]| spans.iter().map(|span| derived.self_ns[span.index()]).sum::<u64>();
        for (chain, spans) in &chains {
            let node = tree.node_of[spans[0].index()] as usize;
            prop_assert!(spans.iter().all(|span| tree.node_of[span.index()] as usize == node), "{}", chain);
            prop_assert_eq!(tree.spans[node] as usize, spans.len());
            prop_assert_eq!(tree.errors[node] as usize, spans.iter().filter(|span| trace.is_error(**span)).count());
            prop_assert_eq!(tree.self_ns[node], self_of(spans));
            prop_assert_eq!(tree.wall_ns[node], union_ns(&trace, spans));
            let path = derived.critical_path.as_ref();
            let own = |span: &SpanIdx| path.and_then(|path| path.own_ns_of(*span)).unwrap_or(0);
            prop_assert_eq!(tree.critical_ns[node], spans.iter().map(own).sum::<u64>());
            let below = chains.iter().filter(|(other, _)| *other == chain || other.starts_with(&format!("{chain}/")));
            prop_assert_eq!(tree.work_ns[node], below.map(|(_, spans)| self_of(spans)).sum::<u64>());
        }
        let all: Vec<SpanIdx> = scope.spans(&trace).collect();
        prop_assert_eq!(tree.work_ns[0], self_of(&all));
        prop_assert_eq!(tree.wall_ns[0], union_ns(&trace, &all));
        prop_assert_eq!(tree.subtree_spans[0] as usize, all.len());
        prop_assert_eq!(
            tree.node_of.iter().filter(|node| **node != NONE).count(), all.len(), "a span out of scope has a node"
        );
    }

    #[test]
    fn any_tree_is_depth_first_and_adds_up(
        drafts in any_drafts(), scope in any_scope(), folded in prop::collection::btree_set(0u32..40, 0..25),
    ) {
        let trace = trace(&drafts);
        let derived = Derived::of(&trace);
        let folded: Vec<u32> = folded.into_iter().collect();
        let tree = call_tree(&trace, &derived, &scope, &folded);
        for node in 0..tree.len() {
            let end = node + tree.subtree[node] as usize;
            let children: Vec<usize> = (node..tree.len()).filter(|child| tree.parent[*child] == node as u32).collect();
            prop_assert!(children.iter().all(|child| (node + 1..end).contains(child)));
            let nodes: usize = children.iter().map(|child| tree.subtree[*child] as usize).sum();
            prop_assert_eq!(nodes + 1, end - node);
            let work: u64 = children.iter().map(|child| tree.work_ns[*child]).sum();
            prop_assert_eq!(tree.work_ns[node], tree.self_ns[node] + work);
            let spans: u32 = children.iter().map(|child| tree.subtree_spans[*child]).sum();
            prop_assert_eq!(tree.subtree_spans[node], tree.spans[node] + spans);
            let operations: BTreeSet<(u32, &str)> = children
                .iter()
                .map(|child| SpanIdx(tree.first_span[*child]))
                .map(|span| (trace.service(span), derived.labels.label(span)))
                .collect();
            prop_assert_eq!(operations.len(), children.len());
            prop_assert!(tree.wall_ns[node] <= tree.wall_ns[0] && tree.wall_ns[0] <= trace.duration_ns);
            prop_assert!(node == 0 || tree.node_of[tree.first_span[node] as usize] == node as u32);
        }
        let unfolded = call_tree(&trace, &derived, &scope, &[]);
        prop_assert_eq!(
            (tree.work_ns[0], tree.subtree_spans[0], tree.wall_ns[0]),
            (unfolded.work_ns[0], unfolded.subtree_spans[0], unfolded.wall_ns[0])
        );
        prop_assert_eq!(tree.critical_ns.iter().sum::<u64>(), unfolded.critical_ns.iter().sum::<u64>());
    }
}
