//! `duplicate_calls`: the same thing read twice, with the same arguments. Not here: one operation with other arguments (`repeated`), and
//! statements whose arguments the trace does not show.

use rustc_hash::FxHashMap;

use super::calls::{self, Keyed};
use super::operation::longest_cut;
use super::{Confidence, Finding, FindingKind, Ground, Severity};
use crate::analysis::semconv::{Conventions, Field, Said};
use crate::analysis::statement_shape::{is_cut, is_placeholder, literal_len};
use crate::base::{Sym, format};
use crate::model::{Kind, SpanIdx, Trace};

const WARNING_CALLS: usize = 3;
const WARNING_PERCENT: u64 = 5;
/// Key-value stores' commands that read one thing, with the fewest arguments that tell which.
const READS: &[(&str, usize)] = &[("GET", 1), ("MGET", 1), ("HGET", 2), ("HGETALL", 1), ("EXISTS", 1)];
const KEY_VALUE: &[&str] = &["redis", "valkey", "memcached"];
/// HTTP statuses from here on are no answers.
const FIRST_FAILED_STATUS: u16 = 400;

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let mut keyed = same_reads(ground);
    calls::put_in_order(ground.trace, &mut keyed);
    let groups = keyed.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
    for group in groups {
        found.extend(told(ground, group.iter().map(|(_, read)| *read).collect()));
    }
}

/// What is read, and where.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Read<'t> {
    Url(Sym, &'t str),
    /// The server, its port, the database, and the statement: shards hold different rows.
    Statement([Sym; 4], Option<i64>),
    /// The same with the command and its arguments.
    Command([Sym; 3], Option<i64>, &'static str, &'t str),
}

/// Reads that succeeded and are not told of as repeated, equal ones under one key. Of equal ones inside each other, as of two
/// instrumentations, the outermost.
fn same_reads(ground: &Ground<'_>) -> Vec<Keyed> {
    let trace = ground.trace;
    let mut reader = Reader::new(ground);
    // Of each read: its number, and the position after everything below the last one.
    let mut known: FxHashMap<(SpanIdx, u32, Read<'_>), (u64, u32)> = FxHashMap::default();
    let mut keyed = Vec::new();
    for top in trace.tops() {
        let last = top.0.saturating_add(trace.subtree_len(top));
        for span in (top.0..last).map(SpanIdx) {
            if !ground.is_call(span) || ground.is_repeated.get(span.index()) == Some(&true) || failed(ground, span) {
                continue;
            }
            let Some(read) = reader.read(span) else { continue };
            let next = known.len() as u64;
            let (number, reached) = known.entry((top, trace.service(span), read)).or_insert((next, 0));
            if span.0 >= *reached {
                *reached = span.0.saturating_add(trace.subtree_len(span));
                keyed.push((*number, span));
            }
        }
    }
    keyed
}

fn failed(ground: &Ground<'_>, span: SpanIdx) -> bool {
    ground.trace.is_error(span) || ground.http_status(span).is_some_and(|status| status >= FIRST_FAILED_STATUS)
}

/// Tells what spans read; each different statement is looked at once.
struct Reader<'g, 't> {
    ground: &'g Ground<'t>,
    trace: &'t Trace,
    conventions: Conventions,
    cut_len: Option<usize>,
    is_whole_select: FxHashMap<Sym, bool>,
}

impl<'g, 't> Reader<'g, 't> {
    fn new(ground: &'g Ground<'t>) -> Self {
        let trace = ground.trace;
        let conventions = Conventions::of(&trace.set.strings);
        let cut_len = longest_cut(trace, &conventions);
        Reader { ground, trace, conventions, cut_len, is_whole_select: FxHashMap::default() }
    }

    fn read(&mut self, span: SpanIdx) -> Option<Read<'t>> {
        let said = self.conventions.read(self.trace, span);
        if self.ground.operations.is_database(span) {
            return self.of_database(span, &said);
        }
        let method = said.get(Field::HttpMethod);
        let reads = matches!(self.trace.set.strings.get(method), "GET" | "HEAD");
        let url = || ["url.full", "http.url"].into_iter().find_map(|key| self.ground.text(span, key));
        (reads && self.trace.kind(span) == Kind::Client).then(|| Some(Read::Url(method, url()?))).flatten()
    }

    fn of_database(&mut self, span: SpanIdx, said: &Said) -> Option<Read<'t>> {
        let statement = said.get(Field::DbText);
        let text = self.trace.set.strings.get(statement);
        let [system, host, database] =
            [Field::DbSystem, Field::PeerHost, Field::DbNamespace].map(|field| said.get(field));
        let port = ["server.port", "net.peer.port"].into_iter().find_map(|key| self.ground.number(span, key));
        if KEY_VALUE.contains(&self.trace.set.strings.get(system)) {
            let (command, arguments) = read_command(text)?;
            return Some(Read::Command([system, host, database], port, command, arguments));
        }
        let cut_len = self.cut_len;
        let is_whole_select = *self
            .is_whole_select
            .entry(statement)
            .or_insert_with(|| !is_cut(text, cut_len) && !has_placeholder(text) && calls::is_select(text));
        is_whole_select.then_some(Read::Statement([system, host, database, statement], port))
    }
}

/// A reading command and its arguments; `None` when one of them is hidden: `get ?`, `hget key [1 other arguments]`, `get key...`.
fn read_command(text: &str) -> Option<(&'static str, &str)> {
    let (command, arguments) = text.trim().split_once(char::is_whitespace)?;
    let (command, fewest) = READS.iter().find(|(read, _)| command.eq_ignore_ascii_case(read))?;
    let arguments = arguments.trim();
    let is_hidden = arguments.split_whitespace().any(|word| word == "?")
        || arguments.ends_with(" other arguments]")
        || is_cut(arguments, None);
    (!is_hidden && arguments.split_whitespace().count() >= *fewest).then_some((*command, arguments))
}

/// Whether a statement may have arguments that it does not show. With `\` or `$` nothing is sure: `'C:\'` ends
/// in one database and goes on in another, and `$$it's$$` is a literal.
fn has_placeholder(statement: &str) -> bool {
    let mut rest = statement;
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '\\' | '$' => return true,
            '\'' if rest.get(..literal_len(rest)).is_some_and(|literal| literal.contains('\\')) => return true,
            '\'' => literal_len(rest),
            '"' | '`' => rest.get(1..).and_then(|after| after.find(first)).map_or(rest.len(), |at| at + 2),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            ':' if rest.starts_with("::") => 2,
            _ if is_placeholder(rest) => return true,
            _ => first.len_utf8(),
        };
        rest = rest.get(len..).unwrap_or_default();
    }
    false
}

fn told(ground: &Ground<'_>, reads: Vec<SpanIdx>) -> Option<Finding> {
    let (first, later) = reads.split_first()?;
    let (cost_ns, total_ns) = (ground.path_ns_of(later), ground.durations_of(later));
    let severe = reads.len() >= WARNING_CALLS && ground.is_share(cost_ns, WARNING_PERCENT);
    let name = calls::name(ground, &reads);
    let service = ground.service(*first);
    let times =
        if later.len() == 1 { "twice".to_owned() } else { format!("{} times", format::count(reads.len() as u64)) };
    let all_but = if later.len() == 1 { "the second" } else { "all but the first" };
    let cost = calls::cost(ground, cost_ns, total_ns);
    let to = calls::called(ground, *first);
    let title = format!("{service} makes the same call “{name}”{to} {times}, {all_but} {cost}");
    let mut evidence = vec![
        format!("Equal in all that the spans say of what they read, {}.", calls::when(ground.trace, &reads)),
        format!("The reads take {}.", calls::durations(ground.trace, &reads)),
    ];
    evidence.extend(calls::asked(ground, *first));
    Some(Finding {
        severity: if severe { Severity::Warning } else { Severity::Info },
        confidence: Confidence::Medium,
        evidence,
        cost_ns,
        total_ns,
        ..ground.finding(FindingKind::DuplicateCalls, reads, title)
    })
}

#[cfg(test)]
#[path = "duplicates_test.rs"]
mod tests;
