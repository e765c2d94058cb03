//! The flame chart of every recorded trace: each span is in exactly one box, no two boxes lie on one another, and a span
//! stands below its parent. Not what is painted: that is the browser tests'.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its fixture fails")]

use std::fs;
use std::path::{Path, PathBuf};

use spanloom::analysis::{Derived, outline};
use spanloom::decode;
use spanloom::layout::flame_chart::{options, pack::Packed};
use spanloom::layout::{RowModel, RowOptions};
use spanloom::model::{Outline, SpanIdx, SpanSet, Trace};

fn traces() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tempo/traces");
    let mut traces: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    traces.sort();
    traces.into_iter().filter(|path| path.is_dir()).collect()
}

fn outline_of(folder: &Path) -> Outline {
    let file = ["v1.pb", "v1.pb.gz"].map(|name| folder.join(name)).into_iter().find(|file| file.exists()).unwrap();
    let mut set = SpanSet::new();
    let outcome = decode::decode(Box::new(fs::File::open(file).unwrap()), &mut set, &mut |_| ());
    assert_eq!(outcome.error, None);
    let id = set.trace_ids[0];
    let trace = Trace::build(&set.into(), id).unwrap();
    outline(&trace, &Derived::of(&trace))
}

#[test]
fn every_span_of_every_recorded_trace_is_in_one_box_and_none_overlap() {
    let traces = traces();
    assert!(traces.len() >= 20, "{}", traces.len());
    for folder in traces {
        let outline = outline_of(&folder);
        for fold in [false, true] {
            let chosen = RowOptions { fold, ..RowOptions::default() };
            let packed = Packed::new(&outline, &RowModel::new(&outline, &options(&outline, chosen)));
            let mut held = 0;
            for row in 0..packed.row_count() {
                let items = packed.row(row);
                for pair in items.windows(2) {
                    assert!(pair[0].end_ns.max(pair[0].start_ns + 1) <= pair[1].start_ns, "{folder:?} {pair:?}");
                }
                held += items.iter().map(|item| item.count as usize + item.folded as usize).sum::<usize>();
            }
            assert_eq!(held, outline.len(), "{folder:?} folded: {fold}");
            for span in outline.spans() {
                let item = packed.holding(span).unwrap();
                let above =
                    outline.parent(SpanIdx(item.span.0 - item.folded)).and_then(|parent| packed.holding(parent));
                assert!(above.is_none_or(|above| above.row < item.row), "{folder:?} {item:?}");
            }
        }
    }
}

#[test]
fn the_import_keeps_its_boxes_when_folded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tempo/traces/import-5k");
    let outline = outline_of(&folder);
    let boxes = |fold: bool| {
        let chosen = RowOptions { fold, ..RowOptions::default() };
        Packed::new(&outline, &RowModel::new(&outline, &options(&outline, chosen))).len()
    };
    assert_eq!(boxes(false), 5110);
    // Rows of the import have spans below them: none of the 300 is lost in a group.
    assert!((4_000..5_110).contains(&boxes(true)), "{}", boxes(true));
}
