//! The traces that were open before, as one JSON text for the browser's local storage: ids and names, never data.
//!
//! Reading forgives whatever an older version, another tab or a person left there. Storing it is the page's.

use serde::{Deserialize, Serialize};

use crate::base::sort;

/// How many are kept.
pub const MOST: usize = 20;
/// Characters of a name that are kept: enough to recognise it, so that 20 of them stay small.
const NAME_LEN: usize = 200;

/// One trace that was open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Recent {
    /// 32 hex digits.
    pub trace_id: String,
    /// Of the root span: service and name; empty when there was none.
    #[serde(default)]
    pub root_service: String,
    #[serde(default)]
    pub root_name: String,
    #[serde(default)]
    pub from: Place,
    /// When it was opened.
    #[serde(default)]
    pub opened_unix_ms: u64,
}

/// Where a trace was opened from, which says how to open it again.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "name")]
pub enum Place {
    /// A source of `config.json`, by name.
    Source(String),
    /// A Tempo that a link named, by its base address.
    Tempo(String),
    /// One of the recorded samples, by name.
    Sample(String),
    /// The address of a trace file.
    Url(String),
    /// A file of this machine, which only its owner can hand over again.
    File(String),
    #[default]
    Pasted,
}

/// The list of a stored text, newest first. What cannot be read is left out.
pub fn parse(text: &str) -> Vec<Recent> {
    let items: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let mut list = Vec::new();
    for item in items {
        if let Ok(recent) = serde_json::from_value::<Recent>(item)
            && crate::base::TraceId::from_hex(recent.trace_id.as_bytes()).is_some_and(|id| !id.is_zero())
        {
            list.push(recent);
        }
    }
    tidy(list)
}

/// The list with one more at its head. The same trace from the same place moves up instead.
pub fn remember(list: &[Recent], mut newest: Recent) -> Vec<Recent> {
    for name in [&mut newest.root_service, &mut newest.root_name] {
        *name = name.chars().take(NAME_LEN).collect();
    }
    let mut next = vec![newest];
    next.extend_from_slice(list);
    tidy(next)
}

pub fn to_json(list: &[Recent]) -> String {
    serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())
}

/// Newest first, each once, at most [`MOST`].
fn tidy(mut list: Vec<Recent>) -> Vec<Recent> {
    sort::by_key(&mut list, |recent| core::cmp::Reverse(recent.opened_unix_ms));
    let mut kept: Vec<Recent> = Vec::new();
    for recent in list {
        let known = kept.iter().any(|kept| kept.trace_id == recent.trace_id && kept.from == recent.from);
        if !known && kept.len() < MOST {
            kept.push(recent);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recent(id: u64, opened_unix_ms: u64) -> Recent {
        Recent {
            trace_id: format!("{id:032x}"),
            root_service: "gateway".into(),
            root_name: "POST /orders".into(),
            from: Place::Source("prod".into()),
            opened_unix_ms,
        }
    }

    #[test]
    fn the_newest_twenty_stay_and_come_back() {
        let list = (1..=30).fold(Vec::new(), |list, n| remember(&list, recent(n, n)));
        assert_eq!(list.len(), MOST);
        assert_eq!(list[0].opened_unix_ms, 30);
        assert_eq!(parse(&to_json(&list)), list);
    }

    #[test]
    fn opening_again_moves_up_but_another_place_is_another_entry() {
        let list = remember(&[recent(1, 1), recent(2, 2)], recent(1, 3));
        assert_eq!(list.iter().map(|one| one.opened_unix_ms).collect::<Vec<_>>(), [3, 2]);
        let sample = Recent { from: Place::Sample("slow-erp".into()), ..recent(1, 4) };
        assert_eq!(remember(&list, sample).len(), 3);
    }

    #[test]
    fn every_place_comes_back() {
        let places = [
            Place::Tempo("/t".into()),
            Place::Sample("a".into()),
            Place::Url("b".into()),
            Place::File("c".into()),
            Place::Pasted,
        ];
        for from in places {
            let list = vec![Recent { from, ..recent(1, 1) }];
            assert_eq!(parse(&to_json(&list)), list);
        }
    }

    #[test]
    fn whatever_stands_in_storage_is_forgiven() {
        for text in [
            "",
            "null",
            "{}",
            "[1,null,{}]",
            r#"[{"trace_id":""}]"#,
            r#"[{"trace_id":"0"}]"#,
            r#"[{"trace_id":"x<script>"}]"#,
        ] {
            assert_eq!(parse(text), [], "{text}");
        }
        let kept = parse(r#"[{"trace_id":"ab","future":1},{"trace_id":7},"x"]"#);
        assert_eq!((kept.len(), &kept[0].from), (1, &Place::Pasted));
    }

    #[test]
    fn a_huge_name_is_cut() {
        let list = remember(&[], Recent { root_name: "é".repeat(1_000_000), ..recent(1, 1) });
        assert!(to_json(&list).len() < 1000);
    }
}
