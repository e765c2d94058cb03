// A Prometheus played back from recorded bodies, chosen by path and PromQL. Windows of `rate` and `increase`, what narrows to one edge, and
// `label_replace` around a quantile are of no matter here: the recorded series are of all, and the page picks its own. What was not recorded
// is answered empty, unless a test says what to answer.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FIXTURES } from './server.mjs';

const DIR = path.join(FIXTURES, 'tempo');
const RECORDED = JSON.parse(readFileSync(path.join(DIR, 'requests.json')))
  .filter((one) => one.file.startsWith('prometheus/') && one.request.method === 'GET')
  .map((one) => {
    const url = new URL(one.request.url, 'http://prometheus');
    return { file: one.file, status: one.status, path: url.pathname, subject: subjectOf(Object.fromEntries(url.searchParams)) };
  });

/** What a request is about. */
function subjectOf(query) {
  return query.query ?? query['match[]'] ?? '';
}

/** A question as it is compared. */
export function plainly(query) {
  return query
    .replace(/increase\(([a-z_]+)\[\w+\]\)/g, '$1')
    .replace(/\[\w+\]/g, '[w]')
    .replace(/\{client="[^"]*", server="[^"]*"\}/g, '')
    .replace(/\s+/g, '');
}

const EMPTY = { query: '{"status":"success","data":{"resultType":"vector","result":[]}}', query_range: '{"status":"success","data":{"resultType":"matrix","result":[]}}' };

export function createPrometheus() {
  const told = [];
  const log = [];
  return {
    log,
    /** Sets an answer: a body, `{ status, body }`, or a function of the request; `query` as PromQL, or '*'. */
    says(query, answer) {
      told.unshift({ query, answer });
      return this;
    },
    handle(request, response, target = request.url) {
      const url = new URL(target, 'http://prometheus');
      const query = Object.fromEntries(url.searchParams);
      const entry = { path: url.pathname, query, subject: subjectOf(query), authorization: request.headers.authorization ?? null, tenant: request.headers['x-scope-orgid'] ?? null };
      log.push(entry);
      const { status, body } = answerTo(entry, told);
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(body);
    },
  };
}

function answerTo(entry, told) {
  for (const one of told) {
    if (one.query !== '*' && plainly(one.query) !== plainly(entry.subject)) continue;
    const answer = typeof one.answer === 'function' ? one.answer(entry) : one.answer;
    if (answer === undefined) continue;
    return typeof answer === 'string' ? { status: 200, body: answer } : answer;
  }
  const recorded = RECORDED.find((one) => one.path === entry.path && plainly(one.subject) === plainly(entry.subject) && one.status === 200);
  if (recorded) return { status: 200, body: readFileSync(path.join(DIR, recorded.file)) };
  const kind = entry.path.split('/').at(-1);
  return { status: 200, body: EMPTY[kind] ?? '{"status":"success","data":[]}' };
}
