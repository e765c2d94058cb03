// What is true of the recordings as the views tell it: who calls whom, how long, groups of spans, the critical path. Like
// truth.mjs it is worked out from the raw JSON alone; playback.test.mjs holds it against facts.json.

import { headline, rawBatches, scalarText } from './truth.mjs';

const big = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
export const duration = (span) => span.end - span.start;
export const failed = (span) => span.status === 'STATUS_CODE_ERROR';
export const sum = (numbers) => [...numbers].reduce((all, one) => all + one, 0n);

/** Nearest rank: the smallest value that at least `p` % do not exceed. */
export function percentile(sorted, p) {
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
}

/** The direct children of each span, by its id. */
export function childrenOf(spans) {
  const children = new Map(spans.map((span) => [span.id, []]));
  for (const span of spans) children.get(span.parent)?.push(span);
  return children;
}

/** Self time by id: duration less the union of the children's intervals clamped to it. */
export function selfTimes(spans) {
  const own = new Map();
  for (const [id, below] of childrenOf(spans)) {
    const span = spans.find((one) => one.id === id);
    const inside = below
      .map((one) => [one.start > span.start ? one.start : span.start, one.end < span.end ? one.end : span.end])
      .filter(([from, to]) => to > from)
      .sort((a, b) => big(a[0], b[0]));
    let [covered, reached] = [0n, span.start];
    for (const [from, to] of inside) {
      if (to <= reached) continue;
      covered += to - (from > reached ? from : reached);
      reached = to;
    }
    own.set(id, duration(span) - covered);
  }
  return own;
}

/** Of each service the largest of 1 ms, 1 µs and 1 ns that all of its starts are multiples of. */
function resolutions(spans) {
  const known = new Map();
  for (const { service, start } of spans) {
    let ns = known.get(service) ?? 1_000_000n;
    while (start % ns !== 0n) ns /= 1000n;
    known.set(service, ns);
  }
  return known;
}

/** Own time on the critical path by id, of every span on it; an empty map without a root. */
export function criticalTimes(spans) {
  const roots = spans.filter((span) => span.parent === '');
  const own = new Map();
  if (roots.length === 0) return own;
  const children = childrenOf(spans);
  const top = roots.reduce((best, span) => {
    const longer = duration(span) - duration(best);
    return longer > 0n || (longer === 0n && span.start < best.start) ? span : best;
  });
  const resolution = resolutions(spans);
  const walk = (span, from, to) => {
    let [point, slack] = [to, 0n];
    let mine = 0n;
    const below = children.get(span.id)
      .filter((child) => !(span.kind === 'PRODUCER' && child.kind === 'CONSUMER'))
      .map((child) => ({ child, start: child.start > from ? child.start : from, end: child.end < to ? child.end : to }))
      .filter(({ start, end }) => end > start)
      .sort((a, b) => big(b.end, a.end) || big(b.start, a.start) || big(a.child.id, b.child.id));
    for (const { child, start, end: clamped } of below) {
      // It only seems to overlap: the later start was rounded down.
      const end = clamped > point && clamped < point + slack ? point : clamped;
      if (end > point || end <= start) continue;
      mine += point - end;
      walk(child, start, end);
      point = start;
      slack = child.start >= from ? resolution.get(child.service) : 0n;
    }
    own.set(span.id, mine + point - from);
  };
  walk(top, top.start, top.end);
  return own;
}

const attribute = (span, ...keys) => {
  for (const key of keys) {
    const found = span.attributes.find((one) => one.key === key);
    const text = found && scalarText(found.value);
    if (text) return text;
  }
  return null;
};

function targetOf(span) {
  const database = attribute(span, 'db.system.name', 'db.system');
  if (database) return `db:${database}`;
  const broker = attribute(span, 'messaging.system');
  const route = ['messaging.destination', 'messaging.destination.name', 'messaging.rabbitmq.routing_key'];
  if (broker) return `queue:${broker}/${attribute(span, ...route) ?? ''}`;
  return `host:${attribute(span, 'server.address', 'net.peer.name') ?? '?'}`;
}

/**
 * The edges of the map, sorted: { from, to, kind, outside, calls, errors, times (sorted), ids }. `times` are latencies: the
 * calling CLIENT span's duration, else the called span's; of a call outside the caller's; of a link the linking span's.
 */
export function mapEdges(spans) {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const children = childrenOf(spans);
  const edges = new Map();
  const add = (from, to, kind, outside, span, error) => {
    const key = JSON.stringify([from, to, kind]);
    if (!edges.has(key)) edges.set(key, { from, to, kind, outside, calls: 0, errors: 0, times: [], ids: [] });
    const edge = edges.get(key);
    edge.calls += 1;
    edge.errors += error ? 1 : 0;
    edge.times.push(duration(span));
    edge.ids.push(span.id);
  };
  for (const child of spans) {
    const parent = byId.get(child.parent);
    if (!parent) continue;
    const leaves = ['CLIENT', 'PRODUCER'].includes(parent.kind) && ['SERVER', 'CONSUMER'].includes(child.kind);
    if (parent.service === child.service && !leaves) continue;
    const message = parent.kind === 'PRODUCER' || child.kind === 'CONSUMER';
    const span = parent.kind === 'CLIENT' ? parent : child;
    add(parent.service, child.service, message ? 'message' : 'call', false, span, failed(parent) || failed(child));
  }
  for (const span of spans) {
    if (!['CLIENT', 'PRODUCER'].includes(span.kind)) continue;
    if (children.get(span.id).some((child) => child.service !== span.service)) continue;
    add(span.service, targetOf(span), span.kind === 'PRODUCER' ? 'message' : 'call', true, span, failed(span));
  }
  for (const span of spans) {
    for (const link of span.links) {
      const to = byId.get(Buffer.from(link.spanId ?? '', 'base64').toString('hex'));
      if (!to || to.id === span.parent || to.service === span.service) continue;
      add(to.service, span.service, 'link', false, span, failed(span));
    }
  }
  for (const edge of edges.values()) edge.times.sort(big);
  return [...edges.values()].sort((a, b) => edgeKey(a) < edgeKey(b) ? -1 : 1);
}

export const edgeKey = ({ from, to, kind }) => `${from} > ${to} > ${kind}`;

/** Figures of groups of spans: by `keyOf(span)`, what a row of the statistics says. */
export function groupsOf(spans, keyOf) {
  const [own, critical] = [selfTimes(spans), criticalTimes(spans)];
  const groups = new Map();
  for (const span of spans) {
    const key = keyOf(span);
    groups.set(key, [...(groups.get(key) ?? []), span]);
  }
  return new Map([...groups].map(([key, members]) => {
    const times = members.map(duration).sort(big);
    const total = sum(times);
    return [key, {
      count: members.length,
      errors: members.filter(failed).length,
      ids: members.map((span) => span.id),
      ns: {
        total,
        self: sum(members.map((span) => own.get(span.id))),
        min: times[0],
        mean: total / BigInt(times.length),
        p50: percentile(times, 50),
        p95: percentile(times, 95),
        p99: percentile(times, 99),
        max: times.at(-1),
        critical: sum(members.map((span) => critical.get(span.id) ?? 0n)),
      },
    }];
  }));
}

/** Sum of self times of a span and of all below it, by id; 0 for what leads in a circle. */
export function workTimes(spans) {
  const [own, children] = [selfTimes(spans), childrenOf(spans)];
  const work = new Map();
  const depthFirst = (span, above) => {
    if (above.has(span.id)) return 0n;
    const open = new Set(above).add(span.id);
    const all = own.get(span.id) + sum(children.get(span.id).map((child) => depthFirst(child, open)));
    work.set(span.id, all);
    return all;
  };
  for (const span of spans) if (!children.has(span.parent)) depthFirst(span, new Set());
  return work;
}

/** ns from the trace's start. */
export function fromStart(name) {
  const { start } = headline(name);
  return (span) => span.start - start;
}

/** How many spans of a recording end before they start, and how many have no end: there the end counts as the start, so it is asked of the raw ones. */
export function rawEnds(name) {
  const spans = rawBatches(name).flatMap((batch) => (batch.scopeSpans ?? []).flatMap((scoped) => scoped.spans ?? []));
  const times = spans.map((span) => [BigInt(span.startTimeUnixNano ?? 0), BigInt(span.endTimeUnixNano ?? 0)]);
  return {
    reversed: times.filter(([start, end]) => end > 0n && end < start).length,
    missing: times.filter(([start, end]) => start > 0n && end === 0n).length,
  };
}
