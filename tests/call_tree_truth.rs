//! The call tree against the truth: every fixture trace beside `facts.json`, and beside chains of services written out
//! from raw JSON by a reader that shares no code with this one.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use spanloom::analysis::{CallTree, Derived, Scope, call_tree};
use spanloom::base::TraceId;
use spanloom::layout::flame_graph::breadcrumbs;
use spanloom::model::outline::NONE;
use spanloom::model::{SpanIdx, SpanSet, Trace};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tempo")
}

/// The first of these files that a fixture trace has; large ones are gzipped.
fn file_of(trace: &str, formats: &[&str]) -> PathBuf {
    let dir = fixtures().join("traces").join(trace);
    let mut paths = formats.iter().flat_map(|format| [dir.join(format), dir.join(format!("{format}.gz"))]);
    paths.find(|path| path.exists()).unwrap()
}

fn read_json(path: &Path) -> Value {
    let file = File::open(path).unwrap();
    match path.extension().is_some_and(|extension| extension == "gz") {
        true => serde_json::from_reader(flate2::read::GzDecoder::new(file)).unwrap(),
        false => serde_json::from_reader(file).unwrap(),
    }
}

fn facts() -> BTreeMap<String, Value> {
    serde_json::from_value(read_json(&fixtures().join("facts.json"))).unwrap()
}

/// The trace as the product reads it from Tempo's protobuf.
fn read_trace(name: &str, facts: &Value) -> (Trace, Derived) {
    let mut set = SpanSet::new();
    let outcome =
        spanloom::decode::decode(Box::new(File::open(file_of(name, &["v1.pb"])).unwrap()), &mut set, &mut |_| {});
    assert_eq!(outcome.error, None, "{name}");
    let id = TraceId::from_hex(facts["trace_ids"][0].as_str().unwrap().as_bytes()).unwrap();
    let trace = Trace::build(&Arc::new(set), id).unwrap();
    let derived = Derived::of(&trace);
    (trace, derived)
}

/// Spans that hand on to an only child, as a reader may have folded them; more than the page folds.
fn only_calling(trace: &Trace) -> Vec<u32> {
    trace.spans().filter(|span| trace.children(*span).count() == 1).map(|span| span.0).collect()
}

/// Sum of a column over the nodes of each service.
fn by_service(trace: &Trace, tree: &CallTree, of_node: impl Fn(usize) -> u64) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for node in 1..tree.len() {
        let service = trace.service_name(SpanIdx(tree.first_span[node])).to_owned();
        *sums.entry(service).or_default() += of_node(node);
    }
    sums
}

#[test]
fn self_time_and_spans_of_every_service_are_the_facts() {
    for (name, facts) in facts() {
        let (trace, derived) = read_trace(&name, &facts);
        let tree = call_tree(&trace, &derived, &Scope::default(), &[]);
        let services = facts["services"].as_object().unwrap();
        let fact = |key: &str| -> BTreeMap<String, u64> {
            services.iter().map(|(name, service)| (name.clone(), service[key].as_u64().unwrap())).collect()
        };
        assert_eq!(by_service(&trace, &tree, |node| tree.self_ns[node]), fact("self_time_ns"), "{name}");
        assert_eq!(by_service(&trace, &tree, |node| u64::from(tree.spans[node])), fact("spans"), "{name}");
        assert_eq!(by_service(&trace, &tree, |node| u64::from(tree.errors[node])), fact("error_spans"), "{name}");
        assert_eq!(tree.work_ns[0], fact("self_time_ns").values().sum::<u64>(), "{name}");
        assert_eq!(u64::from(tree.subtree_spans[0]), facts["span_count"].as_u64().unwrap(), "{name}");
        let on_path = facts["critical_path"]["root_duration_ns"].as_u64().unwrap_or(0);
        assert_eq!(tree.critical_ns.iter().sum::<u64>(), on_path, "{name}");
    }
}

/// Hides and focuses that leave something of every trace out.
fn scopes(trace: &Trace) -> Vec<Scope> {
    let services = trace.services.len() as u32;
    let hide = |hidden_services: Vec<u32>| Scope { hidden_services, focus: None };
    let mut scopes: Vec<Scope> = (0..services).map(|service| hide(vec![service])).collect();
    scopes.extend([hide(vec![]), hide((0..services).step_by(2).collect())]);
    scopes.extend([0, 1, trace.len() as u32 / 2].map(|focus| Scope { hidden_services: vec![], focus: Some(focus) }));
    scopes
}

fn check(trace: &Trace, derived: &Derived, scope: &Scope, tree: &CallTree) {
    let spans: Vec<SpanIdx> = scope.spans(trace).collect();
    assert_eq!(tree.work_ns[0], spans.iter().map(|span| derived.self_ns[span.index()]).sum::<u64>());
    assert_eq!(tree.subtree_spans[0] as usize, spans.len());
    assert_eq!(tree.node_of.iter().filter(|node| **node != NONE).count(), spans.len());
    assert!(spans.iter().all(|span| (1..tree.len() as u32).contains(&tree.node_of[span.index()])));
    let mut work = tree.self_ns.clone();
    let mut below = tree.spans.clone();
    let mut operations = BTreeSet::new();
    for node in (1..tree.len()).rev() {
        let (parent, first) = (tree.parent[node], SpanIdx(tree.first_span[node]));
        assert!((parent as usize) < node && node < (parent + tree.subtree[parent as usize]) as usize);
        work[parent as usize] += work[node];
        below[parent as usize] += below[node];
        assert!(
            operations.insert((parent, trace.service(first), derived.labels.label(first))),
            "a chain has two nodes"
        );
        assert!(tree.wall_ns[node] <= tree.wall_ns[0]);
    }
    assert_eq!((&tree.work_ns, &tree.subtree_spans), (&work, &below));
    assert!(tree.wall_ns[0] <= trace.duration_ns);
}

#[test]
fn every_scope_and_fold_adds_up() {
    for (name, facts) in facts() {
        let (trace, derived) = read_trace(&name, &facts);
        let folded = only_calling(&trace);
        for scope in scopes(&trace) {
            let unfolded = call_tree(&trace, &derived, &scope, &[]);
            check(&trace, &derived, &scope, &unfolded);
            let tree = call_tree(&trace, &derived, &scope, &folded);
            check(&trace, &derived, &scope, &tree);
            assert!(tree.len() <= unfolded.len(), "{name}");
            assert_eq!(tree.wall_ns[0], unfolded.wall_ns[0], "{name}");
        }
    }
}

/// A span as raw JSON has it.
struct Raw {
    parent: String,
    service: String,
}

/// An id in hex: OTLP JSON has it so, Tempo's JSON has its 8 bytes in base64.
fn hex_id(id: &str) -> String {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    match id.strip_suffix('=') {
        None => id.to_owned(),
        Some(digits) => {
            let bits = digits.chars().fold(0u128, |bits, digit| bits << 6 | DIGITS.find(digit).unwrap() as u128);
            // 11 digits are 66 bits.
            format!("{:016x}", bits >> 2)
        }
    }
}

/// Spans of a trace by id, as OTLP JSON or Tempo's own has them.
fn raw_spans(name: &str) -> BTreeMap<String, Raw> {
    let json = read_json(&file_of(name, &["conv.otlp.json", "v2.json"]));
    let resources = json.get("trace").unwrap_or(&json)["resourceSpans"].as_array().unwrap();
    let mut spans = BTreeMap::new();
    for resource in resources {
        let attributes = resource["resource"]["attributes"].as_array().cloned().unwrap_or_default();
        let service = attributes.iter().find(|attribute| attribute["key"] == "service.name");
        let service = service.and_then(|found| found["value"]["stringValue"].as_str()).unwrap_or_default();
        for span in
            resource["scopeSpans"].as_array().unwrap().iter().flat_map(|scope| scope["spans"].as_array().unwrap())
        {
            let parent = hex_id(span["parentSpanId"].as_str().unwrap_or_default());
            let raw = Raw { parent, service: service.to_owned() };
            let id = hex_id(span["spanId"].as_str().unwrap());
            assert!(spans.insert(id, raw).is_none(), "{name} has a span id twice");
        }
    }
    spans
}

/// Ids from the top down to `id`; `None` for what only a cycle reaches, which may be cut anywhere.
fn raw_chain(spans: &BTreeMap<String, Raw>, id: &str) -> Option<Vec<String>> {
    let mut chain = vec![id.to_owned()];
    while let Some((parent, _)) = spans.get_key_value(&spans[chain.last()?].parent) {
        if chain.contains(parent) {
            return None;
        }
        chain.push(parent.clone());
    }
    chain.reverse();
    Some(chain)
}

/// First spans of the nodes from the top down to that of `span`.
fn node_chain(tree: &CallTree, span: SpanIdx) -> Vec<SpanIdx> {
    let mut chain = Vec::new();
    let mut node = tree.node_of[span.index()];
    while node != 0 {
        chain.push(SpanIdx(tree.first_span[node as usize]));
        node = tree.parent[node as usize];
    }
    chain.reverse();
    chain
}

/// The services of a node's chain come from raw JSON alone; its operations are what our rows show for the raw chain's
/// spans, so that two spans are in one node if and only if their raw chains read alike.
#[test]
fn spans_share_a_node_if_and_only_if_their_raw_chains_read_alike() {
    let mut compared = 0;
    for (name, facts) in facts() {
        let (trace, derived) = read_trace(&name, &facts);
        let tree = call_tree(&trace, &derived, &Scope::default(), &[]);
        let raw = raw_spans(&name);
        let label_of: BTreeMap<String, &str> =
            trace.spans().map(|span| (trace.span_id(span).to_string(), derived.labels.label(span))).collect();
        let mut node_of_chain: BTreeMap<Vec<(&str, &str)>, u32> = BTreeMap::new();
        let mut nodes = BTreeSet::new();
        for span in trace.spans() {
            let Some(chain) = raw_chain(&raw, &trace.span_id(span).to_string()) else { continue };
            let chain: Vec<(&str, &str)> = chain.iter().map(|id| (raw[id].service.as_str(), label_of[id])).collect();
            let got: Vec<(&str, &str)> = node_chain(&tree, span)
                .into_iter()
                .map(|first| (trace.service_name(first), derived.labels.label(first)))
                .collect();
            assert_eq!(got, chain, "{name}");
            let node = tree.node_of[span.index()];
            assert_eq!(*node_of_chain.entry(chain).or_insert(node), node, "{name}: one chain, two nodes");
            nodes.insert(node);
            compared += 1;
        }
        assert_eq!(node_of_chain.len(), nodes.len(), "{name}: one node, two chains");
        let unreachable = facts["unreachable_spans"].as_u64().unwrap();
        if unreachable == 0 {
            assert_eq!(nodes.len(), tree.len() - 1, "{name}: a node without spans");
        }
    }
    // 6,353 spans, but for the 3 that only cycles reach.
    assert_eq!(compared, 6_350);
}

/// 5,110 spans as a reader sees them: label and spans of each node, indented by depth.
#[test]
fn the_import_merges_into_18_nodes() {
    let facts = &facts()["import-5k"];
    let (trace, derived) = read_trace("import-5k", facts);
    let tree = call_tree(&trace, &derived, &Scope::default(), &[]);
    let line = |node: usize| {
        let depth = breadcrumbs(&tree, node as u32).len() - 2;
        let label = derived.labels.label(SpanIdx(tree.first_span[node]));
        format!("{}{label} {}", " ".repeat(depth), tree.spans[node])
    };
    assert_eq!(
        (1..tree.len()).map(line).collect::<Vec<_>>(),
        [
            "POST /import 1",
            " middleware - patched 2",
            "  middleware - jsonParser 1",
            "  request handler 1",
            "   request handler - /import 1",
            "    batch.import 1",
            "     batch.row 300",
            "      POST /import 300",
            "       POST /import 300",
            "        middleware - patched 600",
            "         middleware - jsonParser 300",
            "         request handler 300",
            "          request handler - /import 300",
            "           order.map_edi 300",
            "           pg-pool.connect 1200",
            "            pg.connect 3",
            "           INSERT orders 300",
            "           INSERT order_lines 900",
        ]
    );
}
