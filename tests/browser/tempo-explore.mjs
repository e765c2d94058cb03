// Searches, attributes and metrics of the played-back Tempo: bodies as recorded, chosen by path and query. A query counts as the same with
// intrinsics written `span:status` or `status`, which TraceQL takes alike. What was not recorded is answered empty, as a Tempo
// that finds nothing, unless a test says what to answer (`says`).

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FIXTURES } from './server.mjs';

const DIR = path.join(FIXTURES, 'tempo');
const REQUESTS = JSON.parse(readFileSync(path.join(DIR, 'requests.json')));

/** The range that everything was recorded in, unix seconds. */
export const WINDOW = { from: 1795349830, to: 1795349980 };

const EMPTY = {
  search: '{"traces":[],"metrics":{"inspectedBytes":"412227","totalBlocks":1,"completedJobs":1,"totalJobs":1}}',
  metrics: '{"series":[],"metrics":{}}',
  tags: '{"scopes":[],"metrics":{}}',
  values: '{"tagValues":[],"metrics":{}}',
};

/** A query as it is compared. */
export function same(query) {
  return query.replace(/\bspan:(status|kind|name|duration|statusMessage)\b/g, '$1').replace(/\s+/g, '').replaceAll('0.', '.');
}

function kindOf(pathname) {
  if (pathname === '/api/search') return 'search';
  if (/^\/api\/metrics\/query(_range)?$/.test(pathname)) return 'metrics';
  if (pathname === '/api/v2/search/tags') return 'tags';
  if (/^\/api\/v2\/search\/tag\/[^/]+\/values$/.test(pathname)) return 'values';
  return null;
}

const recordings = REQUESTS.filter((one) => one.backend.startsWith('tempo') && /^(search|tags|metrics|errors)\//.test(one.file)).map((one) => {
  const url = new URL(one.request.url, 'http://tempo');
  return { file: one.file, status: one.status, path: decodeURIComponent(url.pathname), query: Object.fromEntries(url.searchParams) };
});

/** Bodies that were recorded for a request, the one with the same limit first. */
function recordedFor(entry) {
  const asked = decodeURIComponent(entry.path);
  const fits = recordings.filter((one) => {
    if (one.path !== asked || one.file.endsWith('.pb')) return false;
    if ((one.query.q === undefined) !== (entry.query.q === undefined)) return false;
    if (one.query.q !== undefined && same(one.query.q) !== same(entry.query.q)) return false;
    return one.query.scope === entry.query.scope && one.query.tags === entry.query.tags;
  });
  const exact = fits.filter((one) => one.query.limit === entry.query.limit && (one.status === 200) === true);
  return exact[0] ?? fits.find((one) => one.query.start !== undefined) ?? fits[0] ?? null;
}

/** Whether a request looks at any of the recorded range. */
function isInWindow({ start, end }) {
  return start === undefined || (Number(start) < WINDOW.to && Number(end) > WINDOW.from);
}

/**
 * What is answered to searches and the like. `says(kind, query, answer)` sets an answer: `kind` is search, metrics, tags or values; `query` the
 * TraceQL (for values the field) or '*'; `answer` a body, `{ status, body }`, 'hang', or a function of the request that gives one.
 */
export function createExplore() {
  const told = [];
  return {
    says(kind, query, answer) {
      told.unshift({ kind, query, answer });
      return this;
    },
    /** The answer to a request; null where it is none of these. */
    answer(entry) {
      const kind = kindOf(entry.path);
      if (!kind) return null;
      const subject = kind === 'values' ? decodeURIComponent(entry.path.split('/')[5]) : (entry.query.q ?? '');
      for (const one of told) {
        if (one.kind !== kind || (one.query !== '*' && same(one.query) !== same(subject))) continue;
        const answer = typeof one.answer === 'function' ? one.answer(entry) : one.answer;
        if (answer === undefined) continue;
        if (answer === 'hang') return { hang: true };
        return typeof answer === 'string' ? json(200, answer) : { type: 'text/plain; charset=utf-8', ...answer, body: Buffer.from(answer.body ?? '') };
      }
      const recorded = isInWindow(entry.query) ? recordedFor(entry) : null;
      if (!recorded) return json(200, EMPTY[kind]);
      const body = readFileSync(path.join(DIR, recorded.file));
      return recorded.status === 200 ? json(200, body) : { status: recorded.status, type: 'text/plain; charset=utf-8', body };
    },
  };
}

function json(status, body) {
  return { status, type: 'application/json', body: Buffer.from(body) };
}

/** A metrics answer with one value a series. */
export function instant(lines) {
  const label = ([key, value]) => ({ key, value: typeof value === 'number' ? { doubleValue: value } : { stringValue: value } });
  return JSON.stringify({ series: lines.map(([labels, value]) => ({ labels: Object.entries(labels).map(label), value })) });
}

/** A recorded body, read. */
export function body(file) {
  return JSON.parse(readFileSync(path.join(DIR, file)));
}
