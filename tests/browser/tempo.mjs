// A Grafana Tempo played back from recorded bodies (tests/fixtures/tempo, requests.json says how each was asked for).
// Bodies are byte-exact; where only one of v1 and v2 was recorded, the other is derived by the envelope that the recorded
// pairs show (playback.test.mjs holds the derivation against them). Trace by id, echo and buildinfo here; search, attributes and metrics in
// tempo-explore.mjs.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { FIXTURES } from './server.mjs';
import { createExplore } from './tempo-explore.mjs';

const DIR = path.join(FIXTURES, 'tempo');
const FACTS = JSON.parse(readFileSync(path.join(DIR, 'facts.json')));
const NAME_OF = new Map(Object.entries(FACTS).map(([name, facts]) => [facts.trace_ids[0], name]));

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/protobuf';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const GZIP_FROM_BYTES = 1024;

const NOT_FOUND_JSON = readFileSync(path.join(DIR, 'errors/v2-notfound.txt'));
/** The same answer as protobuf: trace and metrics there, both empty. */
const NOT_FOUND_PROTOBUF = Buffer.from([0x0a, 0x00, 0x12, 0x00]);
/** metrics { inspectedBytes } as every recorded v2 answer of the first data set ends. */
const METRICS_PROTOBUF = Buffer.from([0x12, 0x05, 0x08, 0xd3, 0xe3, 0xbc, 0x07]);
const METRICS_JSON = '"metrics":{"inspectedBytes":"15675859"}';

/**
 * A Tempo.
 *
 * api       'v2'; 'v1' is an old one, whose /api/v2 is `404 page not found`
 * json      true: answers JSON whatever Accept says (some proxies drop the header)
 * tenant    true: 401 `no org id` without X-Scope-OrgID
 * cors      false as in any real Tempo: no Access-Control-* header, OPTIONS runs the query;
 *           true as behind a proxy that adds them and answers the preflight itself
 *
 * tempo.on(idOrPrefixOrStar, answer) changes what ids get; the longest match wins. Answers:
 *   'ok'                 as recorded
 *   'missing'            v1: 404 without a body; v2: 200 and an empty trace
 *   'partial'            limits/v2-partial of order-full
 *   'too-large' 'busy' 'timeout'   422, 429, 503 with Tempo's own text
 *   'hang'               no answer until release() or until the other side closes
 *   'cut'                half the body, then the connection breaks
 *   { stall: 0.5 }       that share of the body, the rest on release()
 *   { drip: 20, everyMs: 100 }     the body in so many pieces
 *   { grow: [6] }        the first answer has only the first 6 resourceSpans, later answers all
 *   { status, body, type }         that
 */
export function createTempo({ api = 'v2', json = false, tenant = false, cors = false } = {}) {
  const rules = new Map();
  const asked = new Map();
  const waiting = new Set();
  const log = [];
  const explore = createExplore();

  function handle(request, response, target = request.url) {
    const url = new URL(target, 'http://tempo');
    const entry = {
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      accept: request.headers.accept ?? '',
      tenant: request.headers['x-scope-orgid'] ?? null,
      authorization: request.headers.authorization ?? null,
      origin: request.headers.origin ?? null,
      status: null,
      closedEarly: false,
    };
    log.push(entry);
    response.on('close', () => (entry.closedEarly = !response.writableFinished));

    if (cors) {
      response.setHeader('Access-Control-Allow-Origin', '*');
      if (request.method === 'OPTIONS') {
        response.setHeader('Access-Control-Allow-Headers', request.headers['access-control-request-headers'] ?? '*');
        return send(request, response, entry, { status: 204 });
      }
    }
    send(request, response, entry, answer(entry, request));
  }

  function answer(entry, request) {
    if (entry.path === '/api/echo') return text(200, recorded('http/echo.txt'));
    if (entry.path === '/api/status/buildinfo') {
      if (entry.method === 'OPTIONS') return { status: 405 };
      return { status: 200, type: JSON_TYPE, body: recorded('http/buildinfo.json') };
    }
    const explored = explore.answer(entry);
    if (explored) return tenant && !entry.tenant ? text(401, recorded('limits/401-no-org-id.txt')) : explored;
    const match = /^\/api\/(v2\/)?traces\/([^/]+)$/.exec(entry.path);
    if (!match || (match[1] && api === 'v1')) return text(404, recorded('errors/no-such-path.txt'));
    if (tenant && !entry.tenant) return text(401, recorded('limits/401-no-org-id.txt'));
    const v2 = Boolean(match[1]);
    const wantsProtobuf = !json && /application\/protobuf/.test(request.headers.accept ?? '');
    return traceById(match[2].toLowerCase(), v2, wantsProtobuf, entry.query);
  }

  function traceById(asWritten, v2, protobuf, query) {
    if (!/^[0-9a-f]+$/.test(asWritten)) return text(400, recorded(`errors/${v2 ? 'v2' : 'v1'}-bad-id.txt`));
    if (asWritten.length > 32) return text(400, recorded('errors/v1-id-too-long.txt'));
    const id = asWritten.padStart(32, '0');
    const bounds = bound(query);
    if (bounds.error) return bounds.error;

    const rule = ruleFor(id);
    if (rule === 'hang') return { hang: true };
    if (rule === 'too-large') return text(422, recorded('limits/v1-trace-too-large-422.txt'));
    if (rule === 'busy') return text(429, recorded('limits/429-job-queue-full.txt'));
    if (rule === 'timeout') return text(503, recorded('limits/503-timeout.txt'));
    if (rule?.status) return { status: rule.status, type: rule.type ?? TEXT_TYPE, body: Buffer.from(rule.body ?? '') };

    const name = NAME_OF.get(id);
    if (!name || rule === 'missing' || outside(FACTS[name], bounds)) return missing(v2, protobuf);
    if (rule === 'partial') return partial(v2, protobuf);

    const type = protobuf ? PROTOBUF_TYPE : JSON_TYPE;
    if (rule?.grow) {
      const turn = asked.get(id) ?? 0;
      asked.set(id, turn + 1);
      const keep = rule.grow[turn];
      return { status: 200, type, body: traceBody(name, v2, protobuf, keep) };
    }
    const body = traceBody(name, v2, protobuf);
    if (rule === 'cut') return { status: 200, type, body, cut: true };
    if (rule?.stall !== undefined) return { status: 200, type, body, stall: rule.stall };
    if (rule?.drip) return { status: 200, type, body, drip: rule.drip, everyMs: rule.everyMs ?? 100 };
    return { status: 200, type, body };
  }

  function ruleFor(id) {
    let best = null;
    for (const [key, rule] of rules) {
      const hit = key === '*' || id.startsWith(key);
      const weight = key === '*' ? 0 : key.length;
      if (hit && (!best || weight >= best.weight)) best = { weight, rule };
    }
    return best?.rule ?? 'ok';
  }

  function send(request, response, entry, { status, type, body = Buffer.alloc(0), hang, cut, stall, drip, everyMs }) {
    if (hang) {
      hold(response, () => {
        entry.status = 503;
        response.writeHead(503, { 'Content-Type': TEXT_TYPE });
        response.end(recorded('limits/503-timeout.txt'));
      });
      return;
    }
    entry.status = status;
    const headers = {};
    if (type) headers['Content-Type'] = type;
    if (type === JSON_TYPE || type === PROTOBUF_TYPE) headers.Vary = 'Accept-Encoding';
    let bytes = body;
    if (headers.Vary && body.length >= GZIP_FROM_BYTES && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
      headers['Content-Encoding'] = 'gzip';
      bytes = gzipped(body);
    }
    // As recorded: a length on short and empty answers, chunks on the rest.
    if (bytes.length < 2048 && status !== 204) headers['Content-Length'] = bytes.length;
    response.writeHead(status, headers);
    if (request.method === 'HEAD') return response.end();
    if (cut) {
      response.write(bytes.subarray(0, bytes.length >> 1), () => setTimeout(() => response.destroy(), 50));
    } else if (stall !== undefined) {
      const at = Math.floor(bytes.length * stall);
      response.write(bytes.subarray(0, at));
      hold(response, () => response.end(bytes.subarray(at)));
    } else if (drip) {
      dripOut(response, bytes, drip, everyMs);
    } else {
      response.end(bytes);
    }
  }

  function hold(response, finish) {
    waiting.add(finish);
    response.on('close', () => waiting.delete(finish));
  }

  function clear() {
    for (const finish of waiting) finish();
    waiting.clear();
  }

  return {
    handle,
    log,
    /** What searches and metrics answer (tempo-explore.mjs). */
    explore,
    on(idOrPrefix, rule) {
      rules.set(idOrPrefix.toLowerCase(), rule);
      return this;
    },
    /** Finishes whatever hangs or stalls. */
    release: clear,
    /** Requests for traces, oldest first. */
    traceRequests() {
      return log.filter((entry) => /\/traces\//.test(entry.path));
    },
    /** A server of its own, on another origin than the page. */
    async listen() {
      const open = new Set();
      const server = http.createServer((request, response) => handle(request, response));
      server.on('connection', (socket) => {
        open.add(socket);
        socket.on('close', () => open.delete(socket));
      });
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      return {
        origin: `http://127.0.0.1:${server.address().port}`,
        async close() {
          for (const socket of open) socket.destroy();
          await new Promise((resolve) => server.close(resolve));
        },
      };
    },
  };
}

function bound(query) {
  const at = {};
  for (const key of ['start', 'end']) {
    const value = query[key];
    if (value === undefined || value === '') continue;
    if (!/^\d+$/.test(value)) {
      const error = `invalid ${key}: strconv.ParseInt: parsing "${value}": invalid syntax`;
      return { error: text(400, Buffer.from(error)) };
    }
    at[key] = Number(value);
  }
  if (at.start && at.end && at.start >= at.end) {
    const error = `http parameter start must be before end. received start=${at.start} end=${at.end}`;
    return { error: text(400, Buffer.from(error)) };
  }
  return at;
}

function outside(facts, { start, end }) {
  const first = Number(BigInt(facts.start_unix_nano) / 1_000_000_000n);
  const last = Number(BigInt(facts.end_unix_nano) / 1_000_000_000n) + 1;
  return (start && last < start) || (end && first > end);
}

function missing(v2, protobuf) {
  if (!v2) return { status: 404 };
  if (protobuf) return { status: 200, type: PROTOBUF_TYPE, body: NOT_FOUND_PROTOBUF };
  return { status: 200, type: JSON_TYPE, body: NOT_FOUND_JSON };
}

function partial(v2, protobuf) {
  if (!v2) return text(422, recorded('limits/v1-trace-too-large-422.txt'));
  const body = gunzipSync(recorded(protobuf ? 'limits/v2-partial.pb.gz' : 'limits/v2-partial.json.gz'));
  return { status: 200, type: protobuf ? PROTOBUF_TYPE : JSON_TYPE, body };
}

function text(status, body) {
  return { status, type: TEXT_TYPE, body };
}

function dripOut(response, bytes, pieces, everyMs) {
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  let at = 0;
  const timer = setInterval(() => {
    if (response.destroyed) return clearInterval(timer);
    const piece = bytes.subarray(at, at + size);
    at += size;
    if (at >= bytes.length) {
      clearInterval(timer);
      response.end(piece);
    } else {
      response.write(piece);
    }
  }, everyMs);
}

const recordedBodies = new Map();
function recorded(file) {
  if (!recordedBodies.has(file)) recordedBodies.set(file, readFileSync(path.join(DIR, file)));
  return recordedBodies.get(file);
}

const gzips = new WeakMap();
function gzipped(body) {
  if (!gzips.has(body)) gzips.set(body, gzipSync(body));
  return gzips.get(body);
}

/**
 * The body of a trace as Tempo sends it, before compression. `keepResourceSpans` leaves only the first so many
 * resourceSpans entries, as a trace whose other services have not reported yet.
 */
export function traceBody(name, v2, protobuf, keepResourceSpans) {
  const body = protobuf ? protobufBody(name, v2) : jsonBody(name, v2);
  if (keepResourceSpans === undefined) return body;
  return protobuf ? cutProtobuf(name, v2, keepResourceSpans) : cutJson(body, keepResourceSpans);
}

function bodyFile(name, file) {
  const key = `traces/${name}/${file}`;
  if (recordedBodies.has(key)) return recordedBodies.get(key);
  const at = path.join(DIR, key);
  let body = null;
  if (existsSync(at)) body = readFileSync(at);
  else if (existsSync(`${at}.gz`)) body = gunzipSync(readFileSync(`${at}.gz`));
  recordedBodies.set(key, body);
  return body;
}

const derived = new Map();
function once(key, make) {
  if (!derived.has(key)) derived.set(key, make());
  return derived.get(key);
}

function protobufBody(name, v2) {
  const file = v2 ? 'v2.pb' : 'v1.pb';
  return bodyFile(name, file) ?? once(`${name}/${file}`, () => wrapProtobuf(bodyFile(name, 'v1.pb')));
}

function jsonBody(name, v2) {
  const file = v2 ? 'v2.json' : 'v1.json';
  const have = bodyFile(name, file);
  if (have) return have;
  return once(`${name}/${file}`, () => (v2 ? wrapJson(bodyFile(name, 'v1.json')) : unwrapJson(bodyFile(name, 'v2.json'))));
}

/** v2 protobuf from v1: trace = field 1, metrics = field 2. */
export function wrapProtobuf(v1) {
  return Buffer.concat([Buffer.from([0x0a]), varint(v1.length), v1, METRICS_PROTOBUF]);
}

/** v2 JSON from v1: `{"batches":[…]}` becomes `{"trace":{"resourceSpans":[…]},"metrics":…}`. */
export function wrapJson(v1) {
  const inner = v1.toString().slice('{"batches":'.length, -1);
  return Buffer.from(`{"trace":{"resourceSpans":${inner}},${METRICS_JSON}}`);
}

/** v1 JSON from v2, the other way round. */
export function unwrapJson(v2) {
  const trimmed = v2.toString();
  const end = trimmed.lastIndexOf('},"metrics":');
  return Buffer.from(`{"batches":${trimmed.slice('{"trace":{"resourceSpans":'.length, end)}}`);
}

function cutJson(body, keep) {
  const whole = JSON.parse(body);
  const holder = whole.trace ?? whole;
  const key = holder.resourceSpans ? 'resourceSpans' : 'batches';
  holder[key] = holder[key].slice(0, keep);
  return Buffer.from(JSON.stringify(whole));
}

/** v1 protobuf is a row of resourceSpans, each field 1: tag, length, bytes. Keeps the first `keep` of them. */
function cutProtobuf(name, v2, keep) {
  const v1 = protobufBody(name, false);
  let at = 0;
  for (let kept = 0; kept < keep && at < v1.length; kept += 1) {
    let shift = 0;
    let length = 0;
    at += 1;
    for (;;) {
      const byte = v1[at++];
      length += (byte & 0x7f) * 2 ** shift;
      shift += 7;
      if (byte < 0x80) break;
    }
    at += length;
  }
  const cut = v1.subarray(0, at);
  return v2 ? wrapProtobuf(cut) : cut;
}

function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Names of all recorded traces. */
export function traceNames() {
  return readdirSync(path.join(DIR, 'traces')).sort();
}
