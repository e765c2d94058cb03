//! The shape of a trace: who calls whom, when, and for how long. Spans come as an SDK sends them: when they end, so children
//! before their parents, and the root last. Memory holds the open path only.

use std::borrow::Cow;

use crate::facts::Facts;
use crate::platform::{self, Said};
use crate::random::{Random, mix};
use crate::span::{Event, Kind, Span};

/// Deeper calls have no calls of their own.
const MOST_DEEP: u32 = 38;
/// 2026-03-02 08:00:00 UTC.
const BEGIN_UNIX_NANO: u64 = 1_772_438_400_000_000_000;
/// What a span takes of the root's time, on average.
const SHARE_NS: u64 = 180_000;

/// What a span is, before it is told as a protocol tells it.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Server,
    Client { to: u32 },
    Database { table: u64 },
    Producer { queue: u64 },
    Consumer { queue: u64 },
    Internal,
}

/// A call that is made, or still to be made.
struct Call {
    role: Role,
    service: u32,
    start: u64,
    end: u64,
    /// Spans in its subtree, itself included.
    spans: u32,
    parent: u64,
    link: Option<u64>,
}

/// An open span with the calls it still has to make, the next one last.
struct Open {
    call: Call,
    id: u64,
    depth: u32,
    calls: Vec<Call>,
}

/// Gives the spans of one trace, one by one.
pub struct Tree {
    random: Random,
    services: u32,
    ids: u64,
    id_base: u64,
    path: Vec<Open>,
    pub trace_id: u128,
    pub facts: Facts,
}

impl Tree {
    pub fn new(seed: u64, spans: u32, services: Option<u32>) -> Self {
        let id_base = mix(seed ^ 0x5eed) & !0xffff_ffff;
        let trace_id = u128::from(mix(seed)) << 64 | u128::from(mix(!seed));
        let services = services.unwrap_or((12 + spans / 15_000).min(60));
        let facts = Facts { trace_id, ..Facts::default() };
        let mut tree = Tree { random: Random::new(seed), services, ids: 0, id_base, path: Vec::new(), trace_id, facts };
        let end = BEGIN_UNIX_NANO + u64::from(spans).max(400) * SHARE_NS;
        let root = Call { role: Role::Server, service: 0, start: BEGIN_UNIX_NANO, end, spans, parent: 0, link: None };
        tree.open(root, 1);
        tree
    }

    /// Never 0, and never twice: the counter is below 2³², and mixing is a bijection that takes only 0 to 0.
    fn next_id(&mut self) -> u64 {
        self.ids += 1;
        mix(self.id_base + self.ids)
    }

    fn open(&mut self, call: Call, depth: u32) {
        let id = self.next_id();
        let mut calls = self.calls_of(&call, id, depth);
        calls.reverse();
        self.path.push(Open { call, id, depth, calls });
    }

    /// What a span calls: the spans below it are dealt out to them.
    fn calls_of(&mut self, call: &Call, id: u64, depth: u32) -> Vec<Call> {
        let below = call.spans - 1;
        if below == 0 {
            return Vec::new();
        }
        let shares = match call.role {
            Role::Client { .. } | Role::Producer { .. } => vec![below],
            _ if depth >= MOST_DEEP => vec![1; below as usize],
            _ => self.shares(below),
        };
        let is_loop = shares.len() >= 12 && shares.iter().all(|share| *share == 1);
        let table = self.random.below(16);
        let parallel = shares.len() > 1 && self.random.chance(220);
        let total = u64::from(below);
        let (start, end) = (call.start, call.end);
        // A little of the span's time is its own, before, between and behind its calls.
        let (from, room) = (start + (end - start) / 40, (end - start) / 40 * 37);
        let mut dealt = 0u64;
        let mut calls = Vec::with_capacity(shares.len());
        for share in shares {
            let (x, w) = (from + scaled(room, dealt, total), scaled(room, u64::from(share), total));
            let used = w / 100 * self.random.between(70, 97);
            let (start, end) = match parallel {
                false => (x, x + used),
                true => (from, from + (room / 100 * self.random.between(20, 97)).max(w.min(room))),
            };
            dealt += u64::from(share);
            let (role, service) = self.role_below(call, share, if is_loop { Some(table) } else { None });
            let link = matches!(role, Role::Consumer { .. }).then_some(id);
            // What is sent is worked on later, and may outlive who sent it.
            let late = if matches!(role, Role::Consumer { .. }) { (end - start) / 4 } else { 0 };
            calls.push(Call { role, service, start: start + late, end: end + late, spans: share, parent: id, link });
        }
        calls
    }

    /// Deals spans out: mostly few calls of uneven size, sometimes a loop of many alike.
    fn shares(&mut self, below: u32) -> Vec<u32> {
        let draw = self.random.below(100);
        let count = match draw {
            _ if below == 1 => 1,
            0..30 => 1,
            30..75 => self.random.between(2, 5),
            75..92 => self.random.between(6, 14),
            _ => self.random.between(15, 240),
        };
        let count = (count as u32).min(below);
        if draw >= 92 && below <= 260 {
            return vec![1; below as usize];
        }
        let weights: Vec<u64> = (0..count).map(|_| self.random.between(1, 9)).collect();
        let all: u64 = weights.iter().sum();
        let mut left = below - count;
        let mut shares: Vec<u32> = Vec::with_capacity(count as usize);
        for weight in weights {
            let more = (u64::from(below - count) * weight / all) as u32;
            shares.push(1 + more.min(left));
            left -= more.min(left);
        }
        if let Some(last) = shares.last_mut() {
            *last += left;
        }
        shares
    }

    fn role_below(&mut self, call: &Call, spans: u32, looped: Option<u64>) -> (Role, u32) {
        match call.role {
            Role::Client { to } => return (Role::Server, to),
            Role::Producer { queue } => {
                // Each queue has two services that work on it.
                let service = (queue as u32 * 2 + self.random.below(2) as u32) % self.services;
                return (Role::Consumer { queue }, service);
            }
            _ => {}
        }
        if let Some(table) = looped {
            return (Role::Database { table }, call.service);
        }
        let draw = self.random.below(100);
        let role = match draw {
            _ if spans == 1 && draw < 62 => Role::Database { table: self.random.below(16) },
            0..46 => Role::Client { to: self.callee(call.service) },
            46..52 => Role::Producer { queue: self.random.below(6) },
            _ => Role::Internal,
        };
        (role, call.service)
    }

    /// A service calls a handful of others, always the same ones.
    fn callee(&mut self, service: u32) -> u32 {
        const CALLED: [u32; 5] = [1, 3, 4, 9, 14];
        let step = CALLED[self.random.below(1 + u64::from(service % 5)) as usize];
        (service * 2 + step) % self.services
    }

    fn close(&mut self, open: Open) -> Span {
        let random = &mut self.random;
        let Call { role, service, start, end, parent, link, .. } = open.call;
        let failed = random.chance(10);
        let (kind, said) = match role {
            Role::Server => (Kind::Server, platform::http(random, Kind::Server, service, failed)),
            Role::Client { to } => (Kind::Client, platform::http(random, Kind::Client, to, failed)),
            Role::Database { table } => (Kind::Client, platform::database(random, table)),
            Role::Producer { queue } => (Kind::Producer, platform::messaging(random, Kind::Producer, queue)),
            Role::Consumer { queue } => (Kind::Consumer, platform::messaging(random, Kind::Consumer, queue)),
            Role::Internal => (Kind::Internal, platform::internal(random)),
        };
        let Said { name, attributes } = said;
        let failed = failed.then(|| platform::failure(random));
        let instance = mix(open.id) % platform::instances(service);
        let events = events(random, start, end, failed);
        let span = Span {
            span_id: open.id,
            parent_id: parent,
            service,
            instance: instance as u32,
            kind,
            name,
            start_unix_nano: start,
            end_unix_nano: end.max(start + 1_000),
            failed,
            attributes,
            events,
            link,
        };
        self.facts.count(&span, platform::service_name(service), open.depth);
        span
    }
}

impl Iterator for Tree {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        loop {
            let open = self.path.last_mut()?;
            match open.calls.pop() {
                Some(call) => {
                    let depth = open.depth + 1;
                    self.open(call, depth);
                }
                None => {
                    let open = self.path.pop()?;
                    return Some(self.close(open));
                }
            }
        }
    }
}

/// `room × part / whole`, without overflow.
fn scaled(room: u64, part: u64, whole: u64) -> u64 {
    (u128::from(room) * u128::from(part) / u128::from(whole)) as u64
}

/// A tenth of the spans say something on the way; a failed one tells its exception.
fn events(random: &mut Random, start: u64, end: u64, failed: Option<&'static str>) -> Vec<Event> {
    let mut events = Vec::new();
    if random.chance(100) {
        let attributes = vec![("retry.attempt", crate::span::Value::Int(random.between(1, 3) as i64))];
        let name = random.pick(&["cache.miss", "queue.wait", "retry"]);
        events.push(Event { name, time_unix_nano: start + (end - start) / 3, attributes });
    }
    if let Some(message) = failed {
        let attributes = vec![
            ("exception.type", platform::text("UpstreamError")),
            ("exception.message", platform::text(message)),
            ("exception.stacktrace", Cow::Borrowed(STACK).into()),
        ];
        events.push(Event { name: "exception", time_unix_nano: end, attributes });
    }
    events
}

impl From<Cow<'static, str>> for crate::span::Value {
    fn from(text: Cow<'static, str>) -> Self {
        crate::span::Value::Text(text)
    }
}

const STACK: &str = "UpstreamError: request failed\n    at Client.send (src/http/client.ts:88:11)\n    at async Step.run \
                     (src/steps/pipeline.ts:41:5)\n    at async Worker.handle (src/worker.ts:19:3)";

/// How many spans an SDK's batch processor sends at once.
const BATCH: usize = 512;

/// The spans in batches as a Collector sees them: some hundreds at a time, those of one process together.
pub fn batches(tree: &mut Tree, mut each: impl FnMut(&[Span]) -> std::io::Result<()>) -> std::io::Result<()> {
    loop {
        let mut batch: Vec<Span> = tree.by_ref().take(BATCH * 8).collect();
        if batch.is_empty() {
            return Ok(());
        }
        // Stable: those of a process stay in the order in which they ended.
        batch.sort_by_key(|span| (span.service, span.instance));
        for process in batch.chunk_by(|a, b| (a.service, a.instance) == (b.service, b.instance)) {
            process.chunks(BATCH).try_for_each(&mut each)?;
        }
    }
}
