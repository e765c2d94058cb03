// What is true of the recorded traces, worked out here from the raw JSON by plain, slow, separate code: nothing of
// Spanloom is used. facts.json (made from the raw protobuf by tests/fixtures/facts.py) says the rest. Definitions:
// tests/fixtures/tempo/INDEX.md.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { FIXTURES, distFolder } from './server.mjs';
import { traceBody } from './tempo.mjs';

export const FACTS = JSON.parse(readFileSync(path.join(FIXTURES, 'tempo/facts.json')));

/** The samples that the home page offers. */
export const SAMPLES = [
  'order-full',
  'slow-erp',
  'n-plus-1',
  'orphans-missing-root',
  'lost-queue',
  'clock-skew',
  'import-5k',
];

export function traceId(name) {
  return FACTS[name].trace_ids[0];
}

/** Path of a recorded body on disk, gzipped or not. */
export function fixturePath(name, file) {
  const plain = path.join(FIXTURES, 'tempo/traces', name, file);
  return existsSync(plain) ? plain : `${plain}.gz`;
}

/** The same as a ?file= value. */
export function fixtureQuery(name, file) {
  const at = fixturePath(name, file);
  return `fixtures/${path.relative(FIXTURES, at).split(path.sep).join('/')}`;
}

/** The ?file= value of a sample that dist/ ships, gzipped or not. */
export function sampleQuery(name) {
  const plain = `samples/${name}.pb`;
  return existsSync(path.join(distFolder(), plain)) ? plain : `${plain}.gz`;
}

const hex = (base64) => (base64 ? Buffer.from(base64, 'base64').toString('hex') : '');
const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUS = { STATUS_CODE_UNSET: 0, STATUS_CODE_OK: 1, STATUS_CODE_ERROR: 2 };

/** Tempo's raw JSON of a trace, v1. */
export function rawBatches(name) {
  return JSON.parse(traceBody(name, false, false)).batches;
}

const traces = new Map();
/** The spans of a trace in order of arrival. Times are BigInt, ids hex. */
export function trace(name) {
  if (!traces.has(name)) traces.set(name, spansOf(rawBatches(name)));
  return traces.get(name);
}

export function spansOf(batches) {
  const spans = [];
  for (const batch of batches) {
    const resource = batch.resource?.attributes ?? [];
    const service = resource.find((attribute) => attribute.key === 'service.name')?.value?.stringValue ?? '';
    for (const scoped of batch.scopeSpans ?? []) {
      for (const span of scoped.spans ?? []) {
        const start = BigInt(span.startTimeUnixNano ?? 0);
        const end = BigInt(span.endTimeUnixNano ?? 0);
        spans.push({
          id: hex(span.spanId),
          parent: hex(span.parentSpanId),
          name: span.name ?? '',
          service,
          kind: (span.kind ?? 'SPAN_KIND_UNSPECIFIED').replace('SPAN_KIND_', ''),
          start,
          end: end < start ? start : end,
          status: span.status?.code ?? 'STATUS_CODE_UNSET',
          message: span.status?.message ?? '',
          attributes: span.attributes ?? [],
          resource,
          scope: scoped.scope ?? {},
          events: span.events ?? [],
          links: span.links ?? [],
        });
      }
    }
  }
  return spans;
}

/**
 * Spans in the order a waterfall shows them with everything open: roots by start, then orphans by start, each followed
 * by its children by start, then by arrival. `depth` of a root or an orphan is 1.
 */
export function waterfall(spans) {
  const ids = new Set(spans.map((span) => span.id));
  const children = new Map();
  const roots = [];
  const orphans = [];
  for (const span of spans) {
    if (span.parent === '') roots.push(span);
    else if (!ids.has(span.parent)) orphans.push(span);
    else if (children.has(span.parent)) children.get(span.parent).push(span);
    else children.set(span.parent, [span]);
  }
  const byStart = (a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0);
  const rows = [];
  const pending = [];
  const push = (list, depth, orphan) => {
    for (const span of [...list].sort(byStart).reverse()) pending.push({ span, depth, orphan });
  };
  push(orphans, 1, true);
  push(roots, 1, false);
  while (pending.length > 0) {
    const { span, depth, orphan } = pending.pop();
    const below = children.get(span.id) ?? [];
    rows.push({ ...span, depth, orphan, children: below.map((child) => child.id) });
    push(below, depth + 1, orphan);
  }
  return rows;
}

/** Ids of a span and all below it. */
export function subtree(rows, id) {
  const at = rows.findIndex((row) => row.id === id);
  let end = at + 1;
  while (end < rows.length && rows[end].depth > rows[at].depth) end += 1;
  return rows.slice(at, end).map((row) => row.id);
}

/** A span's duration minus the union of its direct children's intervals clamped to it, ns. */
export function selfTime(spans, id) {
  const span = spans.find((one) => one.id === id);
  const inside = spans
    .filter((one) => one.parent === id)
    .map((one) => [one.start > span.start ? one.start : span.start, one.end < span.end ? one.end : span.end])
    .filter(([from, to]) => to > from)
    .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  let covered = 0n;
  let reached = span.start;
  for (const [from, to] of inside) {
    const begin = from > reached ? from : reached;
    if (to > begin) {
      covered += to - begin;
      reached = to;
    }
  }
  return span.end - span.start - covered;
}

/**
 * What the header must say: the trace's duration (last end less first start), the main root's (the longest; ties by earlier
 * start) and how long the trace runs on after it.
 */
export function headline(name) {
  const spans = trace(name);
  const start = spans.reduce((low, span) => (span.start < low ? span.start : low), spans[0].start);
  const end = spans.reduce((high, span) => (span.end > high ? span.end : high), spans[0].end);
  const roots = spans.filter((span) => span.parent === '');
  const durationNs = end - start;
  if (roots.length === 0) return { root: null, durationNs, rootNs: null, tailNs: 0n, start, end };
  const root = roots.reduce((best, span) => {
    const longer = span.end - span.start - (best.end - best.start);
    return longer > 0n || (longer === 0n && span.start < best.start) ? span : best;
  });
  return { root, durationNs, rootNs: root.end - root.start, tailNs: end - root.end, start, end };
}

/** The trace as standard OTLP/JSON: hex ids, integer enums. */
export function otlpJson(name) {
  const resourceSpans = rawBatches(name).map((batch) => ({
    ...batch,
    scopeSpans: (batch.scopeSpans ?? []).map((scoped) => ({
      ...scoped,
      spans: (scoped.spans ?? []).map((span) => ({
        ...span,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        ...(span.parentSpanId ? { parentSpanId: hex(span.parentSpanId) } : {}),
        kind: KINDS.indexOf((span.kind ?? 'SPAN_KIND_UNSPECIFIED').replace('SPAN_KIND_', '')),
        status: span.status?.code ? { ...span.status, code: STATUS[span.status.code] } : span.status,
        ...(span.links
          ? { links: span.links.map((link) => ({ ...link, traceId: hex(link.traceId), spanId: hex(link.spanId) })) }
          : {}),
      })),
    })),
  }));
  return { resourceSpans };
}

const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** The report of a trace as facts.json has it: every key that facts.json covers. */
export function expectedReport(name) {
  const facts = FACTS[name];
  return {
    spanloom_report: 1,
    trace_id: facts.trace_ids[0],
    start_unix_nano: facts.start_unix_nano,
    duration_ns: String(facts.duration_ns),
    span_count: facts.span_count,
    service_count: facts.service_count,
    error_span_count: facts.error_span_count,
    root_count: facts.root_count,
    orphan_count: facts.orphan_count,
    max_depth: facts.max_depth,
    unreachable_count: facts.unreachable_spans,
    services: Object.entries(facts.services)
      .map(([service, of]) => ({
        name: service,
        spans: of.spans,
        error_spans: of.error_spans,
        self_time_ns: String(of.self_time_ns),
      }))
      .sort((a, b) => byText(a.name, b.name)),
    edges: facts.service_edges
      .map((edge) => ({ client: edge.client, server: edge.server, calls: edge.calls, errors: edge.with_error }))
      .sort((a, b) => byText(a.client, b.client) || byText(a.server, b.server)),
    external_edges: facts.external_edges
      .map((edge) => ({ client: edge.client, target: edge.target, calls: edge.calls, errors: edge.with_error }))
      .sort((a, b) => byText(a.client, b.client) || byText(a.target, b.target)),
  };
}

/** The report with only the keys of `expectedReport`, in every object: the report may say more. */
export function comparableReport(report) {
  const pick = (object, keys) => Object.fromEntries(keys.map((key) => [key, object[key]]));
  return {
    ...pick(report, [
      'spanloom_report', 'trace_id', 'start_unix_nano', 'duration_ns', 'span_count', 'service_count', 'error_span_count',
      'root_count', 'orphan_count', 'max_depth', 'unreachable_count',
    ]),
    services: report.services.map((one) => pick(one, ['name', 'spans', 'error_spans', 'self_time_ns'])),
    edges: report.edges.map((one) => pick(one, ['client', 'server', 'calls', 'errors'])),
    external_edges: report.external_edges.map((one) => pick(one, ['client', 'target', 'calls', 'errors'])),
  };
}

/** Says what is wrong with the report's critical path, or nothing. */
export function criticalPathFaults(name, report) {
  const facts = FACTS[name].critical_path;
  const path = report.critical_path;
  if (facts === null) return path === null ? [] : ['a critical path without a root'];
  if (!path) return ['no critical path'];
  const faults = [];
  const is = (what, got, want) => got === want || faults.push(`${what}: ${got}, should be ${want}`);
  is('root_span_id', path.root_span_id, facts.root_span_id);
  is('duration_ns', path.duration_ns, String(facts.root_duration_ns));
  is('spans', path.spans.length, facts.spans_on_path);
  is('sum', String(path.spans.reduce((sum, one) => sum + BigInt(one.self_ns), 0n)), String(facts.sum_self_on_path_ns));
  for (const top of facts.top) {
    is(top.span_id, path.spans.find((one) => one.span_id === top.span_id)?.self_ns, String(top.on_path_self_ns));
  }
  return faults;
}

/** How many spans satisfy `test`. */
export function count(name, test) {
  return trace(name).filter(test).length;
}

/** An attribute value as text for a value without parts; null for arrays, maps, bytes, nothing. */
export function scalarText(value) {
  if (value === undefined || value === null) return null;
  for (const key of ['stringValue', 'intValue', 'boolValue', 'doubleValue']) {
    if (value[key] !== undefined) return String(value[key]);
  }
  return null;
}
