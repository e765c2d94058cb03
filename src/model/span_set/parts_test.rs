//! Which rows are parts of one span, and which are not. What becomes of names, tags and events is in `tests/unknown_times`.

use super::*;
use crate::base::TraceId;
use crate::model::WarningKind;
use crate::model::span_set::Defect;

const BASE: u64 = 1_767_225_600_000_000_000;

/// Pushes a row of this service.
fn push(set: &mut SpanSet, service: &str, draft: SpanDraft) -> u32 {
    let row = set.push_span(&SpanDraft { trace_id: TraceId(7), ..draft });
    let mark = set.attrs.mark();
    set.push_attr("service.name", &AnyValue::str(service));
    let attrs = set.attrs.since(mark);
    let resource = set.intern_resource(Resource { attrs, ..Resource::default() });
    set.set_resource(row, resource);
    row
}

fn draft(id: u64, start: u64, end: u64) -> SpanDraft {
    SpanDraft { span_id: SpanId(id), start_unix_nano: start, end_unix_nano: end, ..SpanDraft::default() }
}

/// Rows of one service, joined: id, start, end of each.
fn joined(drafts: &[SpanDraft]) -> Vec<(u64, u64, u64)> {
    let mut set = SpanSet::new();
    drafts.iter().for_each(|draft| {
        push(&mut set, "a", *draft);
    });
    set.close(0);
    set.join_parts(0);
    assert_eq!(set.spans_of_trace, [set.len() as u32]);
    (0..set.len()).map(|row| (set.span_id[row].0, set.start_unix_nano[row], set.end_unix_nano[row])).collect()
}

#[test]
fn rows_around_parts_keep_their_order() {
    let rows =
        joined(&[draft(1, 0, 0), draft(2, BASE, BASE + 9), draft(1, BASE, BASE + 5), draft(3, 0, 0), draft(1, 0, 5)]);
    assert_eq!(rows, [(2, BASE, BASE + 9), (1, BASE, BASE + 5), (3, 0, 0)]);
}

#[test]
fn times_that_contradict_one_another_are_two_spans() {
    let whole = draft(1, BASE, BASE + 5);
    for other in [draft(1, BASE + 1, 0), draft(1, 0, 6), draft(1, BASE, BASE + 6), draft(1, 0, BASE + 5)] {
        assert_eq!(joined(&[whole, other]).len(), 2, "{other:?}");
    }
    for part in [draft(1, BASE, 0), draft(1, 0, 5), draft(1, 0, 0)] {
        assert_eq!(joined(&[part, whole]), [(1, BASE, BASE + 5)], "{part:?}");
    }
    assert_eq!(joined(&[draft(1, 0, 5), draft(1, BASE, 0)]), [(1, BASE, BASE + 5)]);
}

#[test]
fn kind_parent_and_id_decide_too() {
    let whole = SpanDraft { kind: Kind::Client, parent_id: SpanId(9), ..draft(1, BASE, BASE + 5) };
    let part = draft(1, 0, 0);
    assert_eq!(joined(&[whole, SpanDraft { kind: Kind::Server, ..part }]).len(), 2);
    assert_eq!(joined(&[whole, SpanDraft { parent_id: SpanId(8), ..part }]).len(), 2);
    assert_eq!(joined(&[whole, draft(2, 0, 0)]).len(), 2);
    assert_eq!(joined(&[draft(0, BASE, BASE + 5), draft(0, 0, 0)]).len(), 2, "no id is no id in common");
    assert_eq!(
        joined(&[SpanDraft { kind: Kind::Client, ..part }, SpanDraft { parent_id: SpanId(9), ..whole }]).len(),
        1
    );
}

/// Two whole spans of one id: its kind says which of them a part belongs to.
#[test]
fn a_part_that_fits_two_spans_stays_by_itself() {
    let client = SpanDraft { kind: Kind::Client, ..draft(1, BASE, BASE + 5) };
    let server = SpanDraft { kind: Kind::Server, ..draft(1, BASE + 1, BASE + 4) };
    assert_eq!(joined(&[client, server, draft(1, 0, 0)]).len(), 3);
    let of_server = SpanDraft { kind: Kind::Server, ..draft(1, 0, 0) };
    assert_eq!(joined(&[client, server, of_server]).len(), 2);
}

/// The same file opened twice, or a batch that was sent again after its parts were joined.
#[test]
fn parts_that_come_again_go_to_the_span_that_they_made() {
    let mut set = SpanSet::new();
    for _ in 0..2 {
        for part in [draft(1, BASE, BASE + 5), draft(1, 0, 0)] {
            let mark = set.attrs.mark();
            set.push_attr("late", &AnyValue::Bool(part.end_unix_nano == 0));
            let attrs = set.attrs.since(mark);
            push(&mut set, "a", SpanDraft { attrs, ..part });
        }
        set.close(0);
        set.join_parts(0);
        assert_eq!((set.len(), set.span_attrs.at(0).len), (1, 2));
    }
}

#[test]
fn a_trace_is_not_mixed_with_another() {
    let mut set = SpanSet::new();
    push(&mut set, "a", draft(1, BASE, BASE + 5));
    set.push_span(&SpanDraft { trace_id: TraceId(8), ..draft(1, 0, 0) });
    set.close(0);
    set.join_parts(0);
    assert_eq!((set.len(), set.spans_of_trace.as_slice()), (2, &[1, 1][..]));
}

#[test]
fn what_rows_point_to_is_kept_and_defects_move_along() {
    let mut set = SpanSet::new();
    let name = set.intern("get");
    push(&mut set, "a", draft(1, 0, 0));
    push(&mut set, "a", draft(1, BASE, BASE + 5));
    let dropped = SpanDraft { name, dropped_events: 3, flags: 1, ..draft(2, BASE, BASE + 5) };
    push(&mut set, "b", dropped);
    set.defects.push(Defect { kind: WarningKind::InvalidField, row: Some(2), message: String::new() });
    set.defects.push(Defect { kind: WarningKind::InvalidField, row: Some(0), message: String::new() });
    set.close(0);
    set.join_parts(0);
    assert_eq!(set.defects.iter().map(|defect| defect.row).collect::<Vec<_>>(), [Some(1), Some(0)]);
    assert_eq!((set.strings.get(set.name[1]), set.flags.at(1)), ("get", 1));
    assert_eq!(set.dropped.get(&1), Some(&[0, 3, 0]));
    assert_eq!(set.service_of_resource(set.resource.at(1)), "b");
    let row = push(&mut set, "b", draft(3, BASE, BASE + 5));
    assert_eq!((row, set.resources.len()), (2, 2), "interning goes on where it was");
}

#[test]
fn very_many_rows_of_one_id_are_left_as_they_are() {
    let drafts: Vec<SpanDraft> = (0..100_000).map(|n| draft(1, if n == 0 { 0 } else { BASE + n }, 0)).collect();
    assert_eq!(joined(&drafts).len(), 100_000);
}
