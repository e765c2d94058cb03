//! The Collector configuration that the sampling lab writes, against the keys and types that the Collector's processors document
//! (`tests/fixtures/collector`, each with the line it was read from): for plans of every kind, with names from hell.
//!
//! The YAML is read by a small reader of its own, which knows the subset that is written and refuses anything else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read what was written fails")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use spanloom::analysis::sampling::{COLLECTOR, Plan, Policy, Portion, Rule, config};

/// The settings of a processor, as a tree.
#[derive(Debug, PartialEq)]
enum Node {
    Map(Vec<(String, Node)>),
    List(Vec<Node>),
    /// In double quotes.
    Text(String),
    Plain(String),
}

impl Node {
    fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    fn items(&self) -> &[Node] {
        match self {
            Node::List(items) => items,
            other => panic!("no list: {other:?}"),
        }
    }

    fn text(&self, key: &str) -> String {
        match self.get(key) {
            Some(Node::Text(text) | Node::Plain(text)) => text.clone(),
            other => panic!("{key}: no text: {other:?}"),
        }
    }
}

/// Lines with their depth, a `- ` counting as depth of what follows it.
struct Reader {
    lines: Vec<(usize, String)>,
    at: usize,
}

impl Reader {
    fn read(yaml: &str) -> Node {
        let mut lines = Vec::new();
        for line in yaml.lines() {
            let depth = line.len() - line.trim_start_matches(' ').len();
            let rest = &line[depth..];
            assert!(!rest.starts_with('\t') && depth % 2 == 0, "indented otherwise: {line:?}");
            if rest.starts_with("# ") {
                continue;
            }
            lines.push((depth, rest.to_owned()));
        }
        let mut reader = Reader { lines, at: 0 };
        let node = reader.node(0);
        assert_eq!(reader.at, reader.lines.len(), "not all was read");
        node
    }

    fn next(&self) -> Option<(usize, String)> {
        self.lines.get(self.at).cloned()
    }

    fn node(&mut self, depth: usize) -> Node {
        match self.next() {
            Some((_, line)) if line.starts_with("- ") => self.list(depth),
            _ => self.map(depth),
        }
    }

    fn list(&mut self, depth: usize) -> Node {
        let mut items = Vec::new();
        while let Some((at, line)) = self.next().filter(|(at, line)| *at == depth && line.starts_with("- ")) {
            let rest = line[2..].to_owned();
            if rest.starts_with('"') {
                self.at += 1;
                items.push(scalar(&rest));
            } else {
                self.lines[self.at] = (at + 2, rest);
                items.push(self.map(at + 2));
            }
        }
        Node::List(items)
    }

    fn map(&mut self, depth: usize) -> Node {
        let mut entries: Vec<(String, Node)> = Vec::new();
        while let Some((_, line)) = self.next().filter(|(at, line)| *at == depth && !line.starts_with("- ")) {
            let (key, rest) = line.split_once(':').unwrap();
            assert!(key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "a key: {key:?}");
            assert!(entries.iter().all(|(known, _)| known != key), "{key} stands twice");
            self.at += 1;
            let value = match rest.strip_prefix(' ') {
                Some(value) => scalar(value),
                None => {
                    assert_eq!(rest, "");
                    let below = self.next().map(|(depth, _)| depth).unwrap_or_default();
                    assert!(below > depth, "nothing below {key}");
                    self.node(below)
                }
            };
            entries.push((key.to_owned(), value));
        }
        Node::Map(entries)
    }
}

fn scalar(text: &str) -> Node {
    let Some(inside) = text.strip_prefix('"') else {
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b)), "unquoted: {text:?}");
        return Node::Plain(text.to_owned());
    };
    let mut out = String::new();
    let mut chars = inside.chars();
    loop {
        match chars.next().unwrap() {
            '"' => break,
            '\\' => match chars.next().unwrap() {
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                'u' => {
                    let hex: String = chars.by_ref().take(4).collect();
                    out.push(char::from_u32(u32::from_str_radix(&hex, 16).unwrap()).unwrap());
                }
                quoted @ ('"' | '\\') => out.push(quoted),
                other => panic!("escape {other:?}"),
            },
            // YAML 1.2, 5.1: what may stand unescaped.
            c @ (' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..) if c != '\u{feff}' => {
                out.push(c)
            }
            other => panic!("{other:?} stands unescaped"),
        }
    }
    assert_eq!(chars.next(), None, "after the quotes: {text:?}");
    // What the Collector makes of it: `$$` is one, and a single one could begin a variable.
    assert!(!out.replace("$$", "").contains('$'), "{out:?}");
    Node::Text(out.replace("$$", "$"))
}

/// Documented keys of a processor with their types.
fn documented(file: &str) -> BTreeMap<String, String> {
    let mut types = BTreeMap::new();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        let [path, kind, source, version] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(source.starts_with("config.schema.yaml:") && version == COLLECTOR, "{line}");
        types.insert(path.to_owned(), kind.to_owned());
    }
    types
}

/// What is not as documented.
fn faults(node: &Node, path: &str, types: &BTreeMap<String, String>, out: &mut Vec<String>) {
    let kind = types.get(path).map(String::as_str);
    let fits = match (kind, node) {
        (None, Node::Map(_)) if path.is_empty() => true,
        (None, _) => {
            out.push(format!("{path}: not documented"));
            return;
        }
        (Some("object"), Node::Map(_)) | (Some("array"), Node::List(_)) | (Some("string"), Node::Text(_)) => true,
        (Some("boolean"), Node::Plain(text)) => text == "true" || text == "false",
        (Some("int32"), Node::Plain(text)) => text.parse::<i32>().is_ok(),
        (Some("int64" | "integer"), Node::Plain(text)) => text.parse::<i64>().is_ok(),
        (Some("uint32"), Node::Plain(text)) => text.parse::<u32>().is_ok(),
        (Some("uint64"), Node::Plain(text)) => text.parse::<u64>().is_ok(),
        (Some("float32" | "float64"), Node::Plain(text)) => text.parse::<f64>().is_ok_and(f64::is_finite),
        (Some("duration"), Node::Plain(text)) => text.strip_suffix('s').is_some_and(|s| s.parse::<u32>().is_ok()),
        (Some(kind), Node::Plain(text) | Node::Text(text)) => {
            kind.strip_prefix("one of ").is_some_and(|choices| choices.split('|').any(|choice| choice == text))
        }
        _ => false,
    };
    if !fits {
        out.push(format!("{path}: {node:?} is no {}", kind.unwrap_or_default()));
    }
    match node {
        Node::Map(entries) => {
            for (key, value) in entries {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                faults(value, &below, types, out);
            }
        }
        Node::List(items) => items.iter().for_each(|item| faults(item, &format!("{path}[]"), types, out)),
        _ => {}
    }
}

fn check(yaml: &str) -> (Option<Node>, Vec<String>) {
    let mut found = Vec::new();
    let root = Reader::read(yaml);
    let Node::Map(mut top) = root else { panic!("no map") };
    if top.is_empty() {
        return (None, found);
    }
    assert!(top.len() == 1 && top[0].0 == "processors");
    let (_, Node::Map(processors)) = top.remove(0) else { panic!("no processors") };
    let mut tail = None;
    for (name, settings) in processors {
        let types = match name.as_str() {
            "tail_sampling" => documented(include_str!("fixtures/collector/tail_sampling.tsv")),
            "probabilistic_sampler" => documented(include_str!("fixtures/collector/probabilistic_sampler.tsv")),
            other => panic!("processor {other}"),
        };
        faults(&settings, "", &types, &mut found);
        if name == "tail_sampling" {
            tail = Some(settings);
        }
    }
    (tail, found)
}

/// What the processor's code asks beyond its schema: names that are there and differ, settings of the kind that is named, parts of a composite that match.
fn hold_together(policies: &[Node]) {
    let names: BTreeSet<String> = policies.iter().map(|policy| policy.text("name")).collect();
    assert!(names.len() == policies.len() && !names.contains(""));
    for policy in policies {
        let kind = policy.text("type");
        let Node::Map(entries) = policy else { panic!("no policy") };
        let rest: Vec<&str> =
            entries.iter().map(|(key, _)| key.as_str()).filter(|key| !["name", "type"].contains(key)).collect();
        let own: Vec<&str> = if kind == "always_sample" { vec![] } else { vec![&kind] };
        assert_eq!(rest, own);
        if let Some(and) = policy.get("and") {
            hold_together(and.get("and_sub_policy").unwrap().items());
        }
        if let Some(composite) = policy.get("composite") {
            let within = composite.get("composite_sub_policy").unwrap().items();
            hold_together(within);
            let names: Vec<String> = within.iter().map(|policy| policy.text("name")).collect();
            let order: Vec<String> = composite
                .get("policy_order")
                .unwrap()
                .items()
                .iter()
                .map(|name| match name {
                    Node::Text(name) => name.clone(),
                    other => panic!("{other:?}"),
                })
                .collect();
            let allocated: Vec<String> =
                composite.get("rate_allocation").unwrap().items().iter().map(|part| part.text("policy")).collect();
            assert!(names == order && names == allocated);
        }
    }
}

fn texts() -> impl Strategy<Value = String> {
    let nasty = [
        "",
        " ",
        "errors",
        "a: b",
        "# no",
        "- x",
        "\"",
        "'",
        "\\",
        "\n- name: evil\n  type: always_sample",
        "${env:HOME}",
        "$$",
        "$${x:y}",
        "{a: 1}",
        "[",
        "&a",
        "*a",
        "!!int 1",
        "null",
        "true",
        "1e3",
        "\u{0}\u{85}\u{2028}\u{feff}",
        "é𝄞",
        "%YAML",
        "...",
        "---",
        "\t",
        "\r\n",
    ];
    prop_oneof![prop::sample::select(nasty.to_vec()).prop_map(str::to_owned), any::<String>()]
}

fn leaf() -> impl Strategy<Value = Rule> {
    let percent = prop_oneof![any::<f64>(), 0.0..100.0, Just(f64::NAN)];
    prop_oneof![
        Just(Rule::AlwaysSample),
        percent.prop_map(|percent| Rule::Probabilistic { percent }),
        any::<(u64, Option<u64>)>()
            .prop_map(|(threshold_ms, upper_threshold_ms)| Rule::Latency { threshold_ms, upper_threshold_ms }),
        any::<(bool, bool, bool)>().prop_map(|(error, unset, ok)| Rule::StatusCode { error, unset, ok }),
        (texts(), prop::collection::vec(texts(), 0..4), any::<bool>())
            .prop_map(|(key, values, invert_match)| Rule::StringAttribute { key, values, invert_match }),
        (texts(), any::<(Option<i64>, Option<i64>)>()).prop_map(|(key, (min, max))| Rule::NumericAttribute {
            key,
            min,
            max
        }),
        (texts(), any::<bool>()).prop_map(|(key, value)| Rule::BooleanAttribute { key, value }),
        any::<u32>().prop_map(|spans_per_second| Rule::RateLimiting { spans_per_second }),
        any::<(u32, Option<u32>)>().prop_map(|(min, max)| Rule::SpanCount { min, max }),
    ]
}

fn named(rule: impl Strategy<Value = Rule>) -> impl Strategy<Value = Policy> {
    (texts(), rule).prop_map(|(name, rule)| Policy { name, rule })
}

fn and() -> impl Strategy<Value = Rule> {
    prop::collection::vec(named(leaf()), 0..3).prop_map(|policies| Rule::And { policies })
}

fn composite() -> impl Strategy<Value = Rule> {
    let policy = named(prop_oneof![leaf(), and()]);
    let portion = (policy, any::<u32>()).prop_map(|(policy, percent)| Portion { policy, percent });
    (any::<u32>(), prop::collection::vec(portion, 0..4))
        .prop_map(|(max_total_spans_per_second, policies)| Rule::Composite { max_total_spans_per_second, policies })
}

fn rule() -> impl Strategy<Value = Rule> {
    // What cannot stand within is left out, and never written.
    let wrong =
        (named(and()), named(composite())).prop_map(|(and, composite)| Rule::And { policies: vec![and, composite] });
    prop_oneof![4 => leaf(), 2 => and(), 2 => composite(), 1 => wrong]
}

fn plan() -> impl Strategy<Value = Plan> {
    let head = prop::option::of(any::<f64>());
    (head, prop::collection::vec(named(rule()), 0..5), any::<u32>(), prop::option::of(any::<f64>())).prop_map(
        |(head_percent, policies, decision_wait_seconds, traces_per_second)| Plan {
            head_percent,
            policies,
            decision_wait_seconds,
            traces_per_second,
        },
    )
}

proptest! {
    #[test]
    fn every_key_is_documented_and_of_its_type(plan in plan()) {
        let yaml = config(&plan);
        let (tail, found) = check(&yaml);
        prop_assert!(found.is_empty(), "{found:?}\n{yaml}");
        let on: Vec<&Policy> = plan.policies.iter().filter(|policy| policy.rule.off().is_none()).collect();
        prop_assert_eq!(tail.is_some(), !on.is_empty());
        let Some(tail) = tail else { return Ok(()) };
        let policies = tail.get("policies").unwrap().items();
        hold_together(policies);
        prop_assert_eq!(policies.len(), on.len());
        // What the reader named comes back as it was named.
        for (written, policy) in policies.iter().zip(on) {
            let name = written.text("name");
            prop_assert!(policy.name.trim().is_empty() || name.starts_with(&policy.name), "{name:?} {:?}", policy.name);
            if let Rule::StringAttribute { key, values, .. } = &policy.rule {
                let settings = written.get("string_attribute").unwrap();
                prop_assert_eq!(&settings.text("key"), key);
                let texts: Vec<Node> = values.iter().filter(|v| !v.is_empty()).cloned().map(Node::Text).collect();
                prop_assert_eq!(settings.get("values").unwrap(), &Node::List(texts));
            }
        }
    }
}

#[test]
fn the_usual_plan_is_as_documented() {
    let plan = Plan { head_percent: Some(10.0), ..Plan::usual() };
    let (tail, found) = check(&config(&plan));
    assert_eq!(found, [""; 0]);
    assert_eq!(tail.unwrap().get("policies").unwrap().items().len(), 3);
}

#[test]
fn what_is_not_documented_is_caught() {
    let plan = Plan { head_percent: Some(10.0), ..Plan::usual() };
    let good = config(&plan);
    let planted = [
        ("threshold_ms: 500", "treshold_ms: 500", "policies[].latency.treshold_ms: not documented"),
        ("threshold_ms: 500", "threshold_ms: 0.5", "is no int64"),
        ("decision_wait: 30s", "decision_wait: 30", "is no duration"),
        ("type: latency", "type: slow", "is no one of"),
        ("\"ERROR\"", "\"error\"", "is no one of"),
        ("mode: hash_seed", "mode: hash", "is no one of"),
        ("mode: hash_seed", "modes: hash_seed", "modes: not documented"),
    ];
    for (right, wrong, fault) in planted {
        assert!(good.contains(right), "{right}");
        let (_, found) = check(&good.replacen(right, wrong, 1));
        assert!(found.len() == 1 && found[0].contains(fault), "{wrong}: {found:?}");
    }
}
