//! The critical path by pictures: each case is drawn, and the drawing is both the trace and what is expected of it.
//!
//! A line is a span: its name, indented below its parent, and when it runs, a column being 10 ns unless a case says otherwise. `=` is its
//! own time on the path, `-` any other time of it. `name*` is on the path without own time. `name>` is a PRODUCER, `>name` a CONSUMER;
//! `?name` has a parent that is not there, `@name` is its own parent, `~name` is of another service. Ids go by line.

use super::critical_path::{CriticalPath, critical_path};
use super::resolution::StartResolution;
use crate::analysis::sample::{Draft, trace};
use crate::model::{Kind, Trace};

const COLUMN_NS: u64 = 10;
/// Four columns are a millisecond, or a microsecond.
const QUARTER_MS: u64 = 250_000;
const QUARTER_US: u64 = 250;
/// No start but 0 is a whole microsecond.
const ODD_NS: u64 = 300_001;

fn path_of(trace: &Trace) -> CriticalPath {
    critical_path(trace, &StartResolution::of(trace)).unwrap()
}

struct Drawn {
    drafts: Vec<Draft>,
    /// Pieces by id, then start; those without own time have none.
    own: Vec<(u64, u64, u64)>,
    listed: Vec<u64>,
}

fn read(drawing: &str) -> Drawn {
    read_at(COLUMN_NS, drawing)
}

fn read_at(column_ns: u64, drawing: &str) -> Drawn {
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
        let column = |at: Option<usize>| at.unwrap() as u64 * column_ns;
        let runs = |c: char| c == '=' || c == '-';
        let (start, end) = (column(time.find(runs)), column(time.rfind(runs).map(|at| at + 1)));
        let service = if name.starts_with('~') { "stock" } else { "shop" };
        drawn.drafts.push(Draft::new(id, parent, start, end).kind(kind).service(service));
        let mut at = 0;
        for piece in time.split_inclusive(|c| c != '=') {
            let len = piece.matches('=').count();
            if len > 0 {
                drawn.own.push((id, at as u64 * column_ns, (at + len) as u64 * column_ns));
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
    holds_at(COLUMN_NS, drawing);
}

fn holds_at(column_ns: u64, drawing: &str) {
    let drawn = read_at(column_ns, drawing);
    let trace = trace(&drawn.drafts);
    let path = path_of(&trace);
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
    let own: Vec<u64> = path_of(&trace).own_ns().map(|(_, own)| own).collect();
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
    let own: Vec<u64> = path_of(&trace).own_ns().map(|(_, own)| own).collect();
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
    let own: Vec<u64> = path_of(&trace).own_ns().map(|(_, own)| own).collect();
    assert_eq!(own, [40, 20, 20]);
}

#[test]
fn a_child_without_length_is_passed_over() {
    let drafts = [Draft::new(1, 0, 0, 50), Draft::new(2, 1, 30, 30), Draft::new(3, 1, 10, 20)];
    let trace = trace(&drafts);
    let own: Vec<(u64, u64)> = path_of(&trace).own_ns().map(|(span, own)| (trace.span_id(span).0, own)).collect();
    assert_eq!(own, [(1, 40), (3, 10)]);
}

#[test]
fn of_whole_milliseconds_what_overlaps_by_less_ends_as_the_next_starts() {
    holds_at(
        QUARTER_MS,
        "
        root  |====---------===|
          a   |    ====---     |
          b   |        =====   |",
    );
}

#[test]
fn an_overlap_of_the_resolution_is_one() {
    for column_ns in [QUARTER_MS, QUARTER_US] {
        holds_at(
            column_ns,
            "
            root  |========-----===|
              a   |    --------    |
              b   |        =====   |",
        );
    }
}

#[test]
fn of_whole_microseconds_what_overlaps_by_less_ends_as_the_next_starts() {
    holds_at(
        QUARTER_US,
        "
        root  |====---------===|
          a   |    ====---     |
          b   |        =====   |",
    );
}

#[test]
fn whole_microseconds_do_not_excuse_a_fraction_of_a_millisecond() {
    // b starts at 2.25 ms and a ends 0.5 ms later.
    holds_at(
        QUARTER_MS,
        "
        root  |=========----===|
          a   |    -------     |
          b   |         ====   |",
    );
}

#[test]
fn of_nanoseconds_calls_that_overlap_by_nine_tenths_of_a_millisecond_are_parallel() {
    holds_at(
        ODD_NS,
        "
        root  |=====---=|
          a   | ------- |
          b   |     === |",
    );
    // By a nanosecond too; an end at the start is no overlap.
    let own = |end| {
        let drafts = [Draft::new(1, 0, 1, 1_001), Draft::new(2, 1, 101, end), Draft::new(3, 1, 501, 901)];
        let trace = trace(&drafts);
        path_of(&trace).own_ns().map(|(span, own)| (trace.span_id(span).0, own)).collect::<Vec<_>>()
    };
    assert_eq!(own(502), [(1, 600), (3, 400)]);
    assert_eq!(own(501), [(1, 200), (2, 400), (3, 400)]);
}

#[test]
fn the_service_of_the_sibling_that_starts_later_decides() {
    // ~a records finer than milliseconds, b does not: b may have started later than it says.
    holds_at(
        QUARTER_MS,
        "
        root  |=====--------===|
          ~a  |     ===--      |
          b   |        =====   |",
    );
    // ~b did start before a ended.
    holds_at(
        QUARTER_MS,
        "
        root  |=========----===|
          a   |    -------     |
          ~b  |         ====   |",
    );
}

#[test]
fn what_is_below_a_child_that_was_taken_as_ending_earlier_ends_there_too() {
    holds_at(
        QUARTER_MS,
        "
        root   |====---------===|
          a*   |    -------     |
            aa |    ====--      |
          b    |        =====   |",
    );
}

#[test]
fn a_sibling_that_starts_before_its_parent_gives_no_slack() {
    holds_at(
        QUARTER_MS,
        "
        root   |====--------====|
          p    |    ------==    |
            b  |----======      |
            a  |    --          |",
    );
}

#[test]
fn a_chain_of_a_thousand_calls_whose_starts_are_rounded_down_is_all_on_it() {
    // Calls of 1.7 ms one after the other. Of 1,000 steps between rounded starts 700 are 2 ms and leave 0.3 ms to the root.
    const MS: u64 = 1_000_000;
    let call = |n: u64| {
        let start = n * 17 / 10 * MS;
        Draft::new(n + 2, 1, start, start + 1_700_000)
    };
    let mut drafts = vec![Draft::new(1, 0, 0, 1_700 * MS)];
    drafts.extend((0..1_000).map(call));
    let trace = trace(&drafts);
    let own: Vec<u64> = path_of(&trace).own_ns().map(|(_, own)| own).collect();
    assert_eq!((own.len(), own[0]), (1_001, 210 * MS));
    assert_eq!(own[1..].iter().filter(|own| **own == MS).count(), 300);
    assert_eq!(own[1..].iter().filter(|own| **own == 1_700_000).count(), 700);
}
