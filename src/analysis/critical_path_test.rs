//! The critical path by pictures: each case is drawn, and the drawing is both the trace and what is expected of it.
//!
//! A line is a span: its name, indented below its parent, and when it runs, a column being 10 ns. `=` is its own time on the path, `-`
//! any other time of it. `name*` is on the path without own time. `name>` is a PRODUCER, `>name` a CONSUMER; `?name` has a parent that is
//! not there, `@name` is its own parent. Ids go by line.

use super::critical_path::critical_path;
use crate::analysis::sample::{Draft, trace};
use crate::model::Kind;

const COLUMN_NS: u64 = 10;

struct Drawn {
    drafts: Vec<Draft>,
    /// Pieces by id, then start; those without own time have none.
    own: Vec<(u64, u64, u64)>,
    listed: Vec<u64>,
}

fn read(drawing: &str) -> Drawn {
    let mut drawn = Drawn { drafts: Vec::new(), own: Vec::new(), listed: Vec::new() };
    let mut above: Vec<u64> = Vec::new();
    let lines = || drawing.lines().filter(|line| line.contains('|'));
    let indent = |line: &str| line.len() - line.trim_start().len();
    let margin = lines().map(indent).min().unwrap();
    for (line, id) in lines().zip(1u64..) {
        let (name, time) = line.split_once('|').unwrap();
        let depth = (indent(line) - margin) / 2;
        let name = name.trim();
        above.truncate(depth);
        let parent = match name.chars().next().unwrap() {
            '?' => 77_000 + id,
            '@' => id,
            _ => above.last().copied().unwrap_or_default(),
        };
        above.push(id);
        let kind = match name {
            name if name.starts_with('>') => Kind::Consumer,
            name if name.trim_end_matches('*').ends_with('>') => Kind::Producer,
            _ => Kind::Internal,
        };
        let column = |at: Option<usize>| at.unwrap() as u64 * COLUMN_NS;
        let runs = |c: char| c == '=' || c == '-';
        let (start, end) = (column(time.find(runs)), column(time.rfind(runs).map(|at| at + 1)));
        drawn.drafts.push(Draft::new(id, parent, start, end).kind(kind));
        let mut at = 0;
        for piece in time.split_inclusive(|c| c != '=') {
            let len = piece.matches('=').count();
            if len > 0 {
                drawn.own.push((id, at as u64 * COLUMN_NS, (at + len) as u64 * COLUMN_NS));
            }
            at += piece.len();
        }
        if time.contains('=') || name.ends_with('*') {
            drawn.listed.push(id);
        }
    }
    drawn
}

fn holds(drawing: &str) {
    let drawn = read(drawing);
    let trace = trace(&drawn.drafts);
    let path = critical_path(&trace).unwrap();
    let mut own: Vec<(u64, u64, u64)> = path
        .pieces
        .iter()
        .filter(|piece| piece.end_ns > piece.start_ns)
        .map(|piece| (trace.span_id(piece.span).0, piece.start_ns, piece.end_ns))
        .collect();
    own.sort_unstable();
    assert_eq!(own, drawn.own, "pieces of\n{drawing}");
    let mut listed: Vec<u64> = path.own_ns().map(|(span, _)| trace.span_id(span).0).collect();
    listed.sort_unstable();
    assert_eq!(listed, drawn.listed, "spans of\n{drawing}");
    let sum: u64 = own.iter().map(|(_, start, end)| end - start).sum();
    assert_eq!(sum, trace.duration_of(path.root), "sum of\n{drawing}");
}

#[test]
fn a_span_alone_is_its_own_path() {
    holds("root |=====|");
}

#[test]
fn children_in_turn_are_all_on_it() {
    holds(
        "
        root  |==--==---=|
          a   |  ==      |
          b   |      === |",
    );
}

#[test]
fn of_overlapping_children_the_last_to_end_is_and_the_other_is_skipped_whole() {
    holds(
        "
        root  |=====---==|
          a   | -----    |
          b   |     ===  |",
    );
}

#[test]
fn a_child_that_ends_as_the_next_starts_is_on_it() {
    holds(
        "
        root  |=------===|
          a   | ===      |
          b   |    ===   |",
    );
}

#[test]
fn a_fan_out_waits_for_its_slowest() {
    holds(
        "
        root  |=--------=|
          a   | -----    |
          b   | ======== |
          c   | ---      |",
    );
}

#[test]
fn the_path_goes_down_as_far_as_there_are_children() {
    holds(
        "
        root    |=-------=|
          a     | =-----= |
            b   |  =---=  |
              c |   ===   |",
    );
}

#[test]
fn a_child_as_long_as_its_parent_takes_all_of_it() {
    holds(
        "
        root* |----------|
          a   |==========|",
    );
}

#[test]
fn a_child_outliving_its_parent_is_clamped_to_it() {
    let drawn = read(
        "
        root  |======---- |
          a   |      =====|",
    );
    let trace = trace(&drawn.drafts);
    let own: Vec<u64> = critical_path(&trace).unwrap().own_ns().map(|(_, own)| own).collect();
    assert_eq!(own, [60, 40]);
}

#[test]
fn a_child_that_starts_before_its_parent_is_clamped_to_it() {
    let drawn = read(
        "
        root  |   ---=====|
          a   |======     |",
    );
    let trace = trace(&drawn.drafts);
    let own: Vec<u64> = critical_path(&trace).unwrap().own_ns().map(|(_, own)| own).collect();
    assert_eq!(own, [50, 30]);
}

#[test]
fn a_child_outside_its_parent_is_not_on_it() {
    holds(
        "
        root    |   ====    |
          early |--         |
          late  |         --|",
    );
}

#[test]
fn what_runs_on_beside_the_one_waited_for_is_skipped() {
    holds(
        "
        root   |=======---|
          log  |  ------  |
          call |       ===|",
    );
}

#[test]
fn a_consumer_below_its_producer_is_not_waited_for() {
    holds(
        "
        root    |==---=====|
          send> |  ===     |
            >take |   -----|",
    );
}

#[test]
fn a_consumer_below_any_other_span_is() {
    holds(
        "
        root    |==---=====|
          >poll |  ===     |",
    );
}

#[test]
fn a_producer_below_its_consumer_is_walked() {
    holds(
        "
        >take   |==---=====|
          send> |  ===     |",
    );
}

#[test]
fn of_equal_ends_the_later_start_wins() {
    holds(
        "
        root  |======---|
          a   | --------|
          b   |      ===|",
    );
}

#[test]
fn of_equal_spans_the_smaller_id_wins() {
    holds(
        "
        root  |===---===|
          a   |   ===   |
          b   |   ---   |",
    );
}

#[test]
fn of_two_roots_the_longer_has_it() {
    holds(
        "
        short |---      |
        long  |   ======|",
    );
}

#[test]
fn of_two_equal_roots_the_earlier_has_it() {
    holds(
        "
        late  |   ----- |
        early |=====    |",
    );
}

#[test]
fn orphans_and_what_is_below_them_are_not_on_it() {
    holds(
        "
        root   |=========|
        ?lost  | ------  |
          work |  ---    |",
    );
}

#[test]
fn spans_of_a_cycle_are_not_on_it() {
    holds(
        "
        root   |=========|
        @self  | ------  |
          work |  ---    |",
    );
}

#[test]
fn a_grandchild_outliving_its_parent_is_clamped_to_what_its_parent_was_clamped_to() {
    let drawn = read(
        "
        root  |====----   |
          a   |    =----- |
            b |      -----|",
    );
    let trace = trace(&drawn.drafts);
    let own: Vec<u64> = critical_path(&trace).unwrap().own_ns().map(|(_, own)| own).collect();
    assert_eq!(own, [40, 20, 20]);
}

#[test]
fn a_child_without_length_is_passed_over() {
    let drafts = [Draft::new(1, 0, 0, 50), Draft::new(2, 1, 30, 30), Draft::new(3, 1, 10, 20)];
    let trace = trace(&drafts);
    let own: Vec<(u64, u64)> =
        critical_path(&trace).unwrap().own_ns().map(|(span, own)| (trace.span_id(span).0, own)).collect();
    assert_eq!(own, [(1, 40), (3, 10)]);
}
