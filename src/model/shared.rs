//! Rows that share an id, as parents: which of them a child belongs to. What is asked of them is gathered once an id, so that no child looks at all of
//! them: a hundred thousand spans of one id cost as much each as a hundred do.

use rustc_hash::FxHashMap;

use super::clocks::Times;
use super::compared;
use super::ids::Ids;
use super::span_set::Kind;
use super::tree::NONE;
use crate::base::SpanId;

/// The shared ids that were asked for so far, by the place of their first row.
pub(super) struct SharedIds<'a> {
    times: Times<'a>,
    rows: &'a [u32],
    ids: &'a Ids,
    of: FxHashMap<u32, Bearers>,
}

/// The rows of one id, by place.
struct Bearers {
    any: First,
    servers: First,
    client: Option<u32>,
    /// Made when a child first asks for it.
    running: Option<Running>,
}

/// The two least places of some: one of them may be the child itself.
#[derive(Clone, Copy)]
struct First([u32; 2]);

impl First {
    const NONE: First = First([NONE; 2]);

    /// Places come in ascending order.
    fn add(&mut self, place: u32) {
        let First([first, second]) = self;
        if *first == NONE {
            *first = place;
        } else if *second == NONE {
            *second = place;
        }
    }

    fn but(self, child: u32) -> Option<u32> {
        self.0.into_iter().find(|place| *place != child && *place != NONE)
    }
}

impl<'a> SharedIds<'a> {
    pub fn new(times: Times<'a>, rows: &'a [u32], ids: &'a Ids) -> Self {
        SharedIds { times, rows, ids, of: FxHashMap::default() }
    }

    fn row(&self, place: u32) -> usize {
        self.rows.get(place as usize).copied().unwrap_or_default() as usize
    }

    fn bearers(&mut self, first: u32) -> Option<&mut Bearers> {
        let (set, rows, ids) = (self.times.set, self.rows, self.ids);
        let others = ids.more.get(&first)?;
        Some(self.of.entry(first).or_insert_with(|| {
            let mut bearers = Bearers { any: First::NONE, servers: First::NONE, client: None, running: None };
            for place in core::iter::once(first).chain(others.iter().copied()) {
                compared::one();
                bearers.any.add(place);
                match rows.get(place as usize).and_then(|row| set.kind.get(*row as usize)) {
                    Some(Kind::Server) => bearers.servers.add(place),
                    Some(Kind::Client) => bearers.client = bearers.client.or(Some(place)),
                    _ => {}
                }
            }
            bearers
        }))
    }

    /// Zipkin's shared spans: client and server carry one id. The server's half is the client's child.
    pub fn client_half(&mut self, at: usize, id: SpanId) -> Option<u32> {
        let set = self.times.set;
        let kind = self.rows.get(at).and_then(|row| set.kind.get(*row as usize));
        if id.is_zero() || kind != Some(Kind::Server) {
            return None;
        }
        let first = self.ids.first(set, self.rows, id)?;
        self.bearers(first)?.client
    }

    /// Of several spans with the parent's id: the server's half if there is one, else one that runs when the child starts,
    /// else the first; never the child itself. `first` is the first of them, and all there is where no other has its id.
    pub fn parent(&mut self, child: u32, first: u32) -> u32 {
        let start = self.times.known_start(self.row(child));
        let Some(bearers) = self.bearers(first) else { return first };
        let (any, server) = (bearers.any.but(child).unwrap_or(first), bearers.servers.but(child));
        let Some(start) = start.filter(|_| server.is_none()) else { return server.unwrap_or(any) };
        if bearers.running.is_none() {
            let running = self.running(first);
            if let Some(bearers) = self.of.get_mut(&first) {
                bearers.running = Some(running);
            }
        }
        let running = self.of.get(&first).and_then(|bearers| bearers.running.as_ref());
        running.and_then(|running| running.first_at(start).but(child)).unwrap_or(any)
    }

    fn running(&self, first: u32) -> Running {
        let others = self.ids.more.get(&first).map(Vec::as_slice).unwrap_or_default();
        let interval = |place: u32| {
            let row = self.row(place);
            let (from, to) = (self.times.known_start(row)?, self.times.end(row));
            (from <= to).then_some((from, to, place))
        };
        Running::of(core::iter::once(first).chain(others.iter().copied()).filter_map(interval).collect())
    }
}

/// Intervals, and which of them hold a time: a tree over the times at which one begins or ends and those between. A place is kept at the few
/// nodes that its interval is made of, so adding one and asking for a time both cost a step for each halving.
struct Running {
    /// Starts and ends, ascending, each once.
    ends: Vec<u64>,
    /// Node 1 is the top, the children of `n` are `2n` and `2n + 1`; the second half are times: each end, and what lies behind it.
    nodes: Vec<First>,
}

impl Running {
    fn of(intervals: Vec<(u64, u64, u32)>) -> Self {
        let mut ends: Vec<u64> = intervals.iter().flat_map(|(from, to, _)| [*from, *to]).collect();
        ends.sort_unstable();
        ends.dedup();
        let leaves = ends.len() * 2;
        let mut running = Running { ends, nodes: vec![First::NONE; leaves * 2] };
        for (from, to, place) in intervals {
            let (Ok(from), Ok(to)) = (running.ends.binary_search(&from), running.ends.binary_search(&to)) else {
                continue;
            };
            let (mut low, mut high) = (leaves + from * 2, leaves + to * 2 + 1);
            while low < high {
                if low % 2 == 1 {
                    running.add(low, place);
                    low += 1;
                }
                if high % 2 == 1 {
                    high -= 1;
                    running.add(high, place);
                }
                (low, high) = (low / 2, high / 2);
            }
        }
        running
    }

    fn add(&mut self, node: usize, place: u32) {
        compared::one();
        if let Some(node) = self.nodes.get_mut(node) {
            node.add(place);
        }
    }

    /// The first two whose interval holds the time.
    fn first_at(&self, time: u64) -> First {
        let mut found = First::NONE;
        let Some(before) = self.ends.partition_point(|end| *end <= time).checked_sub(1) else { return found };
        let is_end = self.ends.get(before) == Some(&time);
        let mut node = self.ends.len() * 2 + before * 2 + usize::from(!is_end);
        while node > 0 {
            compared::one();
            let First(here) = self.nodes.get(node).copied().unwrap_or(First::NONE);
            let mut all = [found.0[0], found.0[1], here[0], here[1]];
            // `NONE` is the greatest; no place is kept at two nodes above one time.
            all.sort_unstable();
            found = First([all[0], all[1]]);
            node /= 2;
        }
        found
    }
}
