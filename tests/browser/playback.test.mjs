// Holds the tests' own tools against what was recorded: the site that serves dist/, the Tempo that is played back, and the
// truth that figures are compared with. No page is opened.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { assertDuration, commas, readDuration } from './figures.mjs';
import { test } from './harness.mjs';
import { FIXTURES, fixture, policy, startSite } from './server.mjs';
import { createTempo, traceBody, traceNames, unwrapJson, wrapJson, wrapProtobuf } from './tempo.mjs';
import { FACTS, headline, selfTime, trace, traceId, waterfall } from './truth.mjs';
import { criticalTimes, mapEdges, percentile, selfTimes, sum, workTimes } from './truth-views.mjs';

const PROTOBUF = { accept: 'application/protobuf' };
const FULL = traceId('order-full');

/** A plain request: fetch() would undo compression and hide what was sent. */
function ask(origin, target, { method = 'GET', headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(origin + target, { method, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end();
  });
}

async function playing(t, options, rules = {}) {
  const { tempo, origin } = await t.farTempo(options);
  for (const [id, rule] of Object.entries(rules)) tempo.on(id, rule);
  return { tempo, get: (target, more) => ask(origin, target, more) };
}

test('recorded v2 answers are their v1 answers in the envelope', { noPage: true }, () => {
  for (const name of ['get-order', 'linked-label', 'import-5k']) {
    const file = (kind) => {
      const plain = path.join(FIXTURES, 'tempo/traces', name, kind);
      return name === 'import-5k' ? gunzipSync(readFileSync(`${plain}.gz`)) : readFileSync(plain);
    };
    assert.ok(wrapProtobuf(file('v1.pb')).equals(file('v2.pb')), `${name}: protobuf`);
    if (name === 'import-5k') continue;
    assert.ok(wrapJson(file('v1.json')).equals(file('v2.json')), `${name}: JSON`);
    assert.ok(unwrapJson(file('v2.json')).equals(file('v1.json')), `${name}: JSON back`);
  }
});

test('every recorded request is answered as it was recorded', { noPage: true }, async (t) => {
  const { get } = await playing(t, {});
  const recorded = JSON.parse(readFileSync(path.join(FIXTURES, 'tempo/requests.json')));
  let compared = 0;
  for (const { file, request, status, response_headers: headers } of recorded) {
    const parts = request && new URL(request.url, 'http://tempo');
    const known = request?.method === 'GET' && /^\/api\/(echo|status\/buildinfo|(v2\/)?traces\/\w+)$/.test(parts.pathname);
    if (!known || file.startsWith('limits/') || file === 'http/get-diff-405.txt') continue;
    const more = [...parts.searchParams.keys()].some((key) => key !== 'start' && key !== 'end');
    if (more || request.headers.Accept === 'application/vnd.grafana.llm') continue;
    const lower = Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key.toLowerCase(), value]));
    const got = await get(request.url, { headers: lower });
    assert.equal(got.status, status, file);
    const was = Object.fromEntries(headers.map(([key, value]) => [key.toLowerCase(), value]));
    assert.equal(got.headers['content-type'], was['content-type'], `${file}: Content-Type`);
    assert.equal(got.headers['content-encoding'], was['content-encoding'], `${file}: Content-Encoding`);
    const body = fixture(`tempo/${file}`);
    const same = got.headers['content-encoding'] === 'gzip' ? gunzipSync(got.body).equals(gunzipSync(body)) : got.body.equals(body);
    assert.ok(same, `${file}: body`);
    for (const key of Object.keys(got.headers)) assert.ok(!key.startsWith('access-control-'), `${file}: ${key}`);
    compared += 1;
  }
  assert.ok(compared > 60, `${compared} compared`);
});

test('an old Tempo has no v2', { noPage: true }, async (t) => {
  const { get } = await playing(t, { api: 'v1' });
  const v2 = await get(`/api/v2/traces/${FULL}`, { headers: PROTOBUF });
  assert.equal(v2.status, 404);
  assert.equal(v2.body.toString().trim(), '404 page not found');
  const v1 = await get(`/api/traces/${FULL}`, { headers: PROTOBUF });
  assert.equal(v1.status, 200);
  assert.ok(v1.body.equals(fixture('tempo/traces/order-full/v1.pb')));
});

test('a Tempo that ignores Accept answers JSON', { noPage: true }, async (t) => {
  const { get } = await playing(t, { json: true });
  const got = await get(`/api/v2/traces/${FULL}`, { headers: PROTOBUF });
  assert.equal(got.headers['content-type'], 'application/json');
  assert.ok(got.body.equals(fixture('tempo/traces/order-full/v2.json')));
});

test('what is not there is 404 without a body in v1, empty in v2', { noPage: true }, async (t) => {
  const { get } = await playing(t, {});
  const none = 'f'.repeat(32);
  const v1 = await get(`/api/traces/${none}`);
  assert.deepEqual([v1.status, v1.body.length, v1.headers['content-type']], [404, 0, undefined]);
  const json = await get(`/api/v2/traces/${none}`);
  assert.deepEqual([json.status, json.body.toString()], [200, '{"trace":{},"metrics":{}}']);
  const protobuf = await get(`/api/v2/traces/${none}`, { headers: PROTOBUF });
  assert.deepEqual([protobuf.status, protobuf.body.toString('hex')], [200, '0a001200']);
});

test('PARTIAL, 401, 422, 429, 503 carry the recorded words', { noPage: true }, async (t) => {
  const { get, tempo } = await playing(t, {}, { [FULL]: 'partial' });
  const json = JSON.parse((await get(`/api/v2/traces/${FULL}`)).body);
  assert.equal(json.status, 'PARTIAL');
  assert.match(json.message, /exceeds maximum size of 20000 bytes/);
  const protobuf = await get(`/api/v2/traces/${FULL}`, { headers: { ...PROTOBUF, 'accept-encoding': 'gzip' } });
  assert.equal(protobuf.headers['content-encoding'], 'gzip');
  assert.match(gunzipSync(protobuf.body).toString('latin1'), /\x18\x01"FTrace exceeds maximum size/);
  for (const [rule, status, words] of [
    ['too-large', 422, 'trace exceeds max size (max bytes: 20000)'],
    ['busy', 429, 'job queue full'],
    ['timeout', 503, 'unable to process request in the configured timeout'],
  ]) {
    tempo.on(FULL, rule);
    const got = await get(`/api/v2/traces/${FULL}`);
    assert.deepEqual([got.status, got.body.toString().trim()], [status, words]);
  }

  const strict = await playing(t, { tenant: true });
  const refused = await strict.get(`/api/v2/traces/${FULL}`);
  assert.deepEqual([refused.status, refused.body.toString().trim()], [401, 'no org id']);
  assert.equal((await strict.get('/api/echo')).status, 200);
  const allowed = await strict.get(`/api/v2/traces/${FULL}`, { headers: { 'x-scope-orgid': 'shipping' } });
  assert.equal(allowed.status, 200);
  assert.equal(strict.tempo.log.at(-1).tenant, 'shipping');
});

test('bounds in seconds hide what lies outside them', { noPage: true }, async (t) => {
  const { get } = await playing(t, {});
  const at = Number(BigInt(FACTS['order-full'].start_unix_nano) / 1_000_000_000n);
  const hit = await get(`/api/v2/traces/${FULL}?start=${at - 5}&end=${at + 60}`);
  assert.ok(hit.body.length > 1000);
  const miss = await get(`/api/v2/traces/${FULL}?start=${at - 86400}&end=${at - 86000}`);
  assert.ok(miss.body.equals(fixture('tempo/trace-variants/v2.start-end-miss.json')));
  assert.equal((await get(`/api/traces/${FULL}?start=${at - 86400}&end=${at - 86000}`)).status, 404);
  assert.equal((await get(`/api/v2/traces/${FULL}?start=abc`)).status, 400);
});

test('a trace can grow, hang, stall, drip and break', { noPage: true }, async (t) => {
  const { get, tempo } = await playing(t, {}, { [FULL]: { grow: [6] } });
  const spansIn = (body) => JSON.parse(body).trace.resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans)).length;
  const first = spansIn((await get(`/api/v2/traces/${FULL}`)).body);
  const second = spansIn((await get(`/api/v2/traces/${FULL}`)).body);
  assert.ok(first > 0 && first < second, `${first} then ${second}`);
  assert.equal(second, 147);
  const cut = traceBody('order-full', false, true, 6);
  assert.ok(fixture('tempo/traces/order-full/v1.pb').subarray(0, cut.length).equals(cut) && cut.length < 45_000);

  tempo.on(FULL, 'hang');
  let answered = false;
  const hanging = get(`/api/v2/traces/${FULL}`).then((got) => ((answered = true), got));
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(answered, false);
  tempo.release();
  assert.equal((await hanging).status, 503);

  for (const rule of [{ drip: 5, everyMs: 10 }]) {
    tempo.on(FULL, rule);
    assert.ok((await get(`/api/v2/traces/${FULL}`)).body.equals(fixture('tempo/traces/order-full/v2.json')));
  }
  tempo.on(FULL, { stall: 0.5 });
  const stalled = get(`/api/v2/traces/${FULL}`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  tempo.release();
  assert.equal((await stalled).body.length, fixture('tempo/traces/order-full/v2.json').length);
  tempo.on(FULL, 'cut');
  await assert.rejects(get(`/api/v2/traces/${FULL}`));
});

test('only a Tempo behind a proxy that adds them sends CORS headers', { noPage: true }, async (t) => {
  const bare = await playing(t, {});
  const preflight = await bare.get(`/api/v2/traces/${FULL}`, { method: 'OPTIONS', headers: { origin: 'http://viewer.example' } });
  assert.equal(preflight.status, 200);
  assert.equal(preflight.headers['access-control-allow-origin'], undefined);
  const kind = await playing(t, { cors: true });
  const allowed = await kind.get(`/api/v2/traces/${FULL}`, { headers: { origin: 'http://viewer.example' } });
  assert.equal(allowed.headers['access-control-allow-origin'], '*');
});

test('the site serves dist under /sub/ with the documented policy, and nothing beside it', { noPage: true }, async (t) => {
  const tempo = createTempo();
  const site = await t.site({ dist: path.join(FIXTURES, '../browser'), config: { sources: [] }, mounts: { '/tempo': tempo.handle } });
  assert.equal(
    policy(['https://tempo.example']),
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
      + "connect-src 'self' https://tempo.example; frame-ancestors 'self'",
  );
  const script = await ask(site.origin, '/sub/run.mjs');
  assert.equal(script.headers['content-security-policy'], policy());
  assert.match(script.headers['content-type'], /^text\/javascript/);
  assert.equal((await ask(site.origin, '/sub')).headers.location, '/sub/');
  assert.equal((await ask(site.origin, '/run.mjs')).status, 404);
  assert.equal((await ask(site.origin, '/sub/..%2ffixtures%2ffacts.py')).status, 404);
  assert.equal((await ask(site.origin, '/sub/config.json')).body.toString(), '{"sources":[]}');
  const facts = await ask(site.origin, '/sub/fixtures/tempo/facts.json');
  assert.ok(facts.body.equals(fixture('tempo/facts.json')));
  assert.equal((await ask(site.origin, '/tempo/api/echo')).body.toString(), 'echo\n');
  assert.equal((await ask(site.origin, '/sub/?trace=1')).status, 404, 'no index.html there');
  assert.equal((await ask(site.origin, `/sub/${site.serve('x.bin', 'abc')}`)).body.toString(), 'abc');
  const plain = await startSite({ dist: FIXTURES });
  t.cleanup(() => plain.close());
  assert.equal((await ask(plain.origin, '/sub/config.json')).status, 404);
});

test('the truth worked out here agrees with facts.json', { noPage: true }, () => {
  for (const name of traceNames()) {
    const facts = FACTS[name];
    const spans = trace(name);
    const rows = waterfall(spans);
    assert.equal(spans.length, facts.span_count, name);
    assert.equal(rows.length, facts.span_count - facts.unreachable_spans, name);
    assert.equal(Math.max(...rows.map((row) => row.depth)), facts.max_depth, name);
    assert.equal(rows.filter((row) => row.orphan && row.depth === 1).length, facts.orphan_count, name);
    const line = headline(name);
    assert.equal(line.root?.id ?? null, facts.critical_path?.root_span_id ?? null, name);
    assert.equal(String(line.start), facts.start_unix_nano, name);
    assert.equal(Number(line.durationNs), facts.duration_ns, name);
    if (line.root) assert.equal(Number(line.rootNs), facts.critical_path.root_duration_ns, name);
    if (name === 'import-5k') continue;
    for (const [service, of] of Object.entries(facts.services)) {
      const own = spans.filter((span) => span.service === service).reduce((sum, span) => sum + selfTime(spans, span.id), 0n);
      assert.equal(Number(own), of.self_time_ns, `${name}: self time of ${service}`);
    }
  }
});

test('durations are read to the digits they show', { noPage: true }, () => {
  assertDuration('3.12s', 3_115_419_231, 'root');
  assertDuration('Σ 4.41 ms', 4_410_000, 'group');
  assertDuration('2 min 05 s', 125_300_000_000, 'long');
  assertDuration('0 ns', 0, 'nothing');
  assertDuration('999 ns', 999, 'exact');
  assertDuration('145\u00a0ms 4.6 %', 145_200_000, 'with a share');
  assert.throws(() => assertDuration('3.11 s', 3_115_419_231, 'root'));
  assert.throws(() => assertDuration('3 s', 3_115_419_231, 'too few digits'));
  assert.throws(() => assertDuration('3.12 ms', 3_115_419_231, 'unit'));
  assert.equal(readDuration('none'), null);
  assert.equal(commas(5110), '5,110');
  assert.equal(commas(147), '147');
});

test('what views are compared with agrees with facts.json: self time, critical path, edges', { noPage: true }, () => {
  for (const name of traceNames()) {
    const [facts, spans] = [FACTS[name], trace(name)];
    const [own, critical] = [selfTimes(spans), criticalTimes(spans)];
    const ofService = (times, service) => sum(spans.filter((span) => span.service === service).map((span) => times.get(span.id) ?? 0n));
    for (const [service, { self_time_ns: ns }] of Object.entries(facts.services)) {
      assert.equal(ofService(own, service), BigInt(ns), `${name}: self time of ${service}`);
      const onPath = facts.critical_path?.by_service_ns[service] ?? 0;
      assert.equal(ofService(critical, service), BigInt(onPath), `${name}: critical path of ${service}`);
    }
    assert.equal(critical.size, facts.critical_path?.spans_on_path ?? 0, `${name}: spans on the critical path`);
    if (facts.unreachable_spans === 0) {
      const tops = spans.filter((span) => !spans.some((other) => other.id === span.parent));
      assert.equal(sum(tops.map((span) => workTimes(spans).get(span.id))), sum(own.values()), `${name}: work of the tops`);
    }
    const between = mapEdges(spans).filter((edge) => edge.kind !== 'link' && edge.from !== edge.to);
    const calls = (outside) => between.filter((edge) => edge.outside === outside).reduce((all, edge) => all + edge.calls, 0);
    assert.equal(calls(false), facts.service_edges.reduce((all, edge) => all + edge.calls, 0), `${name}: calls`);
    assert.equal(calls(true), facts.external_edges.reduce((all, edge) => all + edge.calls, 0), `${name}: calls outside`);
  }
});

test('percentiles are of the nearest rank', { noPage: true }, () => {
  const values = [15, 20, 35, 40, 50];
  assert.deepEqual([5, 30, 40, 50, 100].map((p) => percentile(values, p)), [15, 20, 20, 35, 50]);
  assert.equal(percentile([7], 95), 7);
});
