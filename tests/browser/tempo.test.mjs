// Traces by id from a Tempo that is played back over HTTP: what is asked, what is shown, and what is said when it fails.

import assert from 'node:assert/strict';
import http from 'node:http';
import { commas } from './figures.mjs';
import { FAILED_REQUEST, NO_ANSWER, test } from './harness.mjs';
import { traceBody } from './tempo.mjs';
import { FACTS, spansOf, trace, traceId, waterfall } from './truth.mjs';

const FULL = traceId('order-full');
const START_S = Number(BigInt(FACTS['order-full'].start_unix_nano) / 1_000_000_000n);

async function assertShows(t, name) {
  await t.app.reach('trace');
  const facts = FACTS[name];
  await t.until(async () => (await t.app.factText('spans')) === commas(facts.span_count), `${facts.span_count} spans`);
  assert.equal(await t.app.factText('services'), commas(facts.service_count));
  assert.equal(await t.app.factText('depth'), commas(facts.max_depth));
  assert.equal(await t.app.factText('errors'), commas(facts.error_span_count));
  assert.ok((await t.app.factText('trace')).includes(traceId(name)));
}

/** Opens ?trace= and waits for the failure; gives its text. */
async function failure(t, site, query = { trace: FULL }) {
  await t.app.open(site, query);
  await t.app.reach('failure');
  assert.ok((await t.app.main.locator('h2, h3').first().innerText()).trim().length > 5, 'a title');
  const text = await t.app.text();
  assert.doesNotMatch(text, /panicked|undefined|NaN|\[object/);
  return text;
}

// What works

test('a trace by id: v2 protobuf is asked for, once, and shown', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await t.app.open(site, { trace: FULL });
  await assertShows(t, 'order-full');
  const asked = tempo.traceRequests();
  assert.equal(asked.length, 1, JSON.stringify(asked));
  assert.equal(asked[0].path, `/api/v2/traces/${FULL}`);
  assert.match(asked[0].accept, /application\/protobuf/);
  assert.equal(asked[0].method, 'GET');
});

test('the largest recorded trace comes gzipped from Tempo', async (t) => {
  const { site } = await t.tempoSite();
  await t.app.open(site, { trace: traceId('import-5k') });
  await assertShows(t, 'import-5k');
});

test('an old Tempo without v2 is asked v1', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite({ api: 'v1' });
  await t.app.open(site, { trace: FULL });
  await assertShows(t, 'order-full');
  const paths = tempo.traceRequests().map((entry) => entry.path);
  assert.deepEqual(paths, [`/api/v2/traces/${FULL}`, `/api/traces/${FULL}`]);
  assert.match(tempo.traceRequests().at(-1).accept, /application\/protobuf/);
});

test('an answer in JSON is read as JSON', async (t) => {
  const { site } = await t.tempoSite({ json: true });
  await t.app.open(site, { trace: FULL });
  await assertShows(t, 'order-full');
});

test('an old Tempo behind a proxy that drops Accept: v1 JSON', { allow: [FAILED_REQUEST] }, async (t) => {
  const { site } = await t.tempoSite({ api: 'v1', json: true });
  await t.app.open(site, { trace: traceId('erp-error') });
  await assertShows(t, 'erp-error');
});

test('an id without its leading zeros is found', async (t) => {
  const { site } = await t.tempoSite();
  await t.app.open(site, { trace: 'd0e1' });
  await t.app.reach('trace');
  await t.until(async () => (await t.app.factText('spans')) === '8', '8 spans');
  assert.ok((await t.app.factText('trace')).includes('0000000000000000000000000000d0e1'));
});

test('?tempo= names a Tempo that config.json does not', async (t) => {
  const { tempo } = await t.farTempo({ cors: true });
  const site = await t.site({ mounts: { '/other': tempo.handle } });
  await t.app.open(site, { tempo: '/other', trace: FULL });
  await assertShows(t, 'order-full');
});

test('a link to a Tempo that nobody vouched for asks first: no request before, none after no', async (t) => {
  const { tempo, origin } = await t.farTempo({ cors: true });
  const site = await t.site({ connect: [origin] });
  for (const query of [{ tempo: origin, trace: FULL }, { tempo: origin }, { tempo: origin, service: 'a', open: 'slowest' }, { file: `${origin}/trace.json` }]) {
    await t.app.open(site, query);
    await t.page.locator('[data-consent]').waitFor();
    assert.ok((await t.app.text()).includes(origin));
    await t.page.waitForTimeout(200);
    assert.deepEqual(tempo.log, [], JSON.stringify(query));
  }
  await t.app.open(site, { tempo: origin, trace: FULL });
  await t.page.locator('[data-consent]').waitFor();
  await t.app.go(traceId('get-order'));
  await t.page.getByText('No source is configured').waitFor();
  assert.deepEqual(tempo.log, [], 'what the reader pastes is not asked there either');
  await t.app.open(site, { tempo: origin, trace: FULL });
  await t.page.getByRole('button', { name: 'Home' }).click();
  await t.app.reach('home');
  assert.equal(t.app.query().get('tempo'), null);
  assert.deepEqual(tempo.log, []);
  await t.app.open(site, { tempo: origin, trace: FULL });
  await t.page.getByRole('button', { name: `Ask ${origin}` }).click();
  await assertShows(t, 'order-full');
  assert.ok(tempo.log.every((entry) => entry.authorization === null && entry.tenant === null));
});

test('a trusted source needs no consent', async (t) => {
  const { origin } = await t.farTempo({ cors: true });
  const site = await t.site({ connect: [origin], config: { trusted_sources: [origin] } });
  await t.app.open(site, { tempo: origin, trace: FULL });
  await assertShows(t, 'order-full');
});

test('a Tempo on another origin behind a proxy that allows it', async (t) => {
  const { origin } = await t.farTempo({ cors: true });
  const site = await t.site({ connect: [origin], config: { sources: [{ name: 'far', type: 'tempo', url: origin }] } });
  await t.app.open(site, { trace: FULL });
  await assertShows(t, 'order-full');
});

test('with two sources ?source= chooses', async (t) => {
  const near = await t.farTempo();
  const other = await t.farTempo();
  near.tempo.on('*', 'missing');
  const site = await t.site({
    mounts: { '/near': near.tempo.handle, '/other': other.tempo.handle },
    config: { sources: [{ name: 'near', type: 'tempo', url: '/near' }, { name: 'other', type: 'tempo', url: '/other' }] },
  });
  await t.app.open(site, { source: 'other', trace: FULL });
  await assertShows(t, 'order-full');
  assert.equal(near.tempo.traceRequests().length, 0);
});

test('the tenant of config.json is sent', async (t) => {
  const { tempo, site } = await t.tempoSite({ tenant: true }, {}, { tenant: 'shipping' });
  await t.app.open(site, { trace: FULL });
  await assertShows(t, 'order-full');
  assert.equal(tempo.traceRequests()[0].tenant, 'shipping');
});

test('headers of config.json are sent', async (t) => {
  const headers = { 'X-Scope-OrgID': 'a|b', Authorization: 'Bearer t0' };
  const { tempo, site } = await t.tempoSite({ tenant: true }, {}, { headers });
  await t.app.open(site, { trace: FULL });
  await assertShows(t, 'order-full');
  assert.equal(tempo.traceRequests()[0].tenant, 'a|b');
  assert.equal(tempo.traceRequests()[0].authorization, 'Bearer t0');
});

test('PARTIAL: the trace is shown under a banner with Tempo\'s own message', async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.on(FULL, 'partial');
  await t.app.open(site, { trace: FULL });
  await assertShows(t, 'order-full');
  assert.match(await t.app.banner(), /Trace exceeds maximum size of 20000 bytes, a partial trace is returned/);
});

test('PARTIAL in JSON too', async (t) => {
  const { tempo, site } = await t.tempoSite({ json: true });
  tempo.on(FULL, 'partial');
  await t.app.open(site, { trace: FULL });
  await assertShows(t, 'order-full');
  assert.match(await t.app.banner(), /Trace exceeds maximum size of 20000 bytes/);
});

test('from and to bound the question; a miss is asked again without them', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const day = 86_400;
  await t.app.open(site, { trace: FULL, from: String((START_S - 2 * day) * 1000), to: String((START_S - day) * 1000) });
  await assertShows(t, 'order-full');
  const asked = tempo.traceRequests();
  assert.ok(asked.length >= 2, JSON.stringify(asked));
  const [first, last] = [asked[0], asked.at(-1)];
  assert.match(first.query.start, /^\d{10}$/, 'whole seconds');
  assert.match(first.query.end, /^\d{10}$/);
  assert.ok(Number(first.query.start) <= START_S - 2 * day && Number(first.query.end) >= START_S - day);
  assert.deepEqual(last.query, {}, 'without bounds');
});

test('from and to that hold the trace are enough', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const at = (seconds) => new Date(seconds * 1000).toISOString();
  await t.app.open(site, { trace: FULL, from: at(START_S - 60), to: at(START_S + 60) });
  await assertShows(t, 'order-full');
  assert.equal(tempo.traceRequests().length, 1);
});

// The go-to box

const GOTO = {
  'an id': FULL,
  'an id in capitals': FULL.toUpperCase(),
  'a traceparent': `00-${FULL}-600b8d893fc8e3df-01`,
  'a Tempo URL': `http://tempo.example:3200/api/v2/traces/${FULL}?start=1`,
  'a Jaeger URL': `https://jaeger.example/trace/${FULL}?uiFind=x`,
  'a Grafana URL': `https://grafana.example/explore?schemaVersion=1&panes=${encodeURIComponent(
    JSON.stringify({ a1b: { datasource: 'tempo', queries: [{ refId: 'A', queryType: 'traceql', query: FULL }] } }),
  )}&orgId=1`,
  'a log line': `2026-11-22T12:17:10.234Z INFO order-service [order-service,${FULL},600b8d893fc8e3df] order 7 created in 3115 ms`,
  'a JSON log line': `{"level":"info","trace_id":"${FULL}","span_id":"600b8d893fc8e3df","msg":"created"}`,
};
for (const [what, text] of Object.entries(GOTO)) {
  test(`the go-to box takes ${what}`, async (t) => {
    const { tempo, site } = await t.tempoSite();
    await t.app.open(site);
    await t.app.reach('explore');
    await t.app.go(text);
    await assertShows(t, 'order-full');
    assert.equal(tempo.traceRequests()[0].path, `/api/v2/traces/${FULL}`);
    assert.equal(t.app.query().get('trace'), FULL);
  });
}

test('the go-to box is on every screen', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await t.app.open(site, { trace: traceId('get-order') });
  await assertShows(t, 'get-order');
  await t.app.go(FULL);
  await assertShows(t, 'order-full');
  tempo.on('ffff', 'missing');
  await t.app.go('f'.repeat(32));
  await t.app.reach('failure');
  await t.app.go(traceId('erp-error'));
  await assertShows(t, 'erp-error');
  await t.page.goBack();
  await t.page.goBack();
  await assertShows(t, 'order-full');
});

test('text without an id in the go-to box is told so and asks nobody', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await t.app.open(site);
  await t.app.reach('explore');
  const before = await t.app.text();
  await t.app.go('no id in here');
  await t.until(async () => (await t.app.text()) !== before, 'a word about it');
  assert.equal(tempo.traceRequests().length, 0);
});

test('a link of a span opens the other trace', async (t) => {
  const { site } = await t.tempoSite();
  const linked = waterfall(trace('linked-label'))[0];
  await t.app.open(site, { trace: traceId('linked-label'), span: linked.id });
  await assertShows(t, 'linked-label');
  // The link is the id itself or the control beside it.
  const beside = t.app.details().locator('p, li, dd, div').filter({ hasText: FULL.slice(0, 8) }).last();
  await t.app.details().locator('a, button').filter({ hasText: FULL.slice(0, 8) })
    .or(beside.locator('a, button')).first().click();
  await assertShows(t, 'order-full');
});

test('recent traces are remembered by id and name, and can be cleared', async (t) => {
  const { site } = await t.tempoSite();
  await t.app.open(site, { trace: traceId('erp-error') });
  await assertShows(t, 'erp-error');
  const kept = JSON.stringify(await t.page.evaluate(() => ({ ...localStorage })));
  assert.ok(kept.includes(traceId('erp-error')), 'the id is kept');
  assert.ok(!kept.includes('ABAP dump') && !kept.includes('erp.lock'), 'nothing of the spans is kept');
  await t.app.open(site);
  await t.app.reach('explore');
  await t.page.locator('[data-explore-tab="Files"]').click();
  const id = traceId('erp-error');
  const recent = t.page.locator(`main a[href*="${id}"], main a[title*="${id}"]`).first();
  await recent.waitFor();
  await t.page.getByRole('button', { name: /clear/i }).first().click();
  await t.until(async () => (await recent.count()) === 0, 'the list cleared');
});

// Reload

test('r reloads, keeps the selection and says what came', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const some = 6;
  tempo.on(FULL, { grow: [some] });
  const early = spansOf(JSON.parse(traceBody('order-full', false, false, some)).batches);
  const came = 147 - early.length;
  const selected = waterfall(early)[0];
  await t.app.open(site, { trace: FULL, span: selected.id });
  await t.app.reach('trace');
  await t.until(async () => (await t.app.factText('spans')) === String(early.length), `${early.length} spans at first`);
  await t.app.grid().focus();
  await t.page.keyboard.press('r');
  await t.until(async () => (await t.app.factText('spans')) === '147', '147 spans after the reload');
  await t.until(async () => (await t.app.text()).includes(`+${came} spans`), `"+${came} spans"`);
  assert.equal(await t.app.selectedId(), selected.id);
});

test('a trace that ended under a minute ago says that more may arrive', async (t) => {
  const { site } = await t.tempoSite();
  const endMs = Number(BigInt(FACTS['order-full'].end_unix_nano) / 1_000_000n);
  await t.page.clock.setFixedTime(new Date(endMs + 20_000));
  await t.app.open(site, { trace: FULL });
  await assertShows(t, 'order-full');
  await t.until(async () => /more (spans )?may (still )?(arrive|come)/i.test(await t.app.text()), 'that more may arrive');
});

// What is not there

for (const [what, options, allow] of [
  ['v2 answers empty', {}, []],
  ['v2 answers empty JSON', { json: true }, []],
  ['an old Tempo answers 404', { api: 'v1' }, [FAILED_REQUEST]],
]) {
  test(`not found: ${what}`, { allow: [FAILED_REQUEST, ...allow] }, async (t) => {
    const { site } = await t.tempoSite(options);
    const id = '5fba3d7a1c0e5fba3d7a1c0e5fba3d7a';
    const text = await failure(t, site, { trace: id });
    assert.match(text, /not found|no trace/i);
    assert.ok(text.includes(id), 'the id asked for');
    assert.match(text, /tempo-staging/, 'the source asked');
    assert.match(text, /30 s|seconds/i, 'that the newest may be missing');
    assert.match(text, /retention|kept|delet|expired/i, 'that old ones go');
  });
}

test('not found: a short id is told to be short', { allow: [FAILED_REQUEST] }, async (t) => {
  const { site } = await t.tempoSite();
  const text = await failure(t, site, { trace: '5fba3d7a1c0e' });
  assert.match(text, /12 digits|short|zeros/i);
});

// Tempo says no

test('401: names the status, Tempo\'s text, and the tenant header', { allow: [FAILED_REQUEST] }, async (t) => {
  const { site } = await t.tempoSite({ tenant: true });
  const text = await failure(t, site);
  assert.match(text, /401/);
  assert.match(text, /no org id/);
  assert.match(text, /X-Scope-OrgID|tenant/i);
});

test('422: names the limit', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite({ api: 'v1' });
  tempo.on(FULL, 'too-large');
  const text = await failure(t, site);
  assert.match(text, /422/);
  assert.match(text, /trace exceeds max size \(max bytes: 20000\)/);
});

test('429: names the queue', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.on(FULL, 'busy');
  const text = await failure(t, site);
  assert.match(text, /429/);
  assert.match(text, /job queue full/);
});

test('503: names the time-out, and asks again on demand', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.on(FULL, 'timeout');
  const text = await failure(t, site);
  assert.match(text, /503/);
  assert.match(text, /unable to process request in the configured timeout/);
  tempo.on(FULL, 'ok');
  await t.page.getByRole('button', { name: /again|retry/i }).first().click();
  await assertShows(t, 'order-full');
});

test('a sign-in page instead of a trace is told as such', async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.on(FULL, { status: 200, type: 'text/html', body: '<!doctype html><title>Sign in</title><h1>Sign in</h1>' });
  const text = await failure(t, site);
  assert.match(text, /HTML|sign|log ?in|not a trace/i);
});

test('502 of a proxy: the status, and who may have sent it', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.on(FULL, { status: 502, type: 'text/html', body: '<html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>' });
  const text = await failure(t, site);
  assert.match(text, /502/);
  assert.match(text, /proxy|gateway/i);
});

test('an id that Tempo rejects is not sent, or is told with Tempo\'s words', { allow: [FAILED_REQUEST] }, async (t) => {
  const { site } = await t.tempoSite();
  const text = await failure(t, site, { trace: 'xyz' });
  assert.match(text, /xyz/);
  assert.match(text, /hex|not a trace id|no trace id/i);
});

test('a connection that breaks in the middle', { allow: [NO_ANSWER, FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.on(traceId('import-5k'), 'cut');
  await t.app.open(site, { trace: traceId('import-5k') });
  const screen = await t.app.reach(['failure', 'trace']);
  const text = screen === 'failure' ? await t.app.text() : await t.app.banner();
  assert.match(text ?? '', /broke|cut|stop|end|interrupt|incomplete|lost/i);
});

// No answer at all

const NETWORK = [NO_ANSWER, FAILED_REQUEST, /blocked by CORS policy/];

test('another origin without CORS: says so, with the proxy that fixes it', { allow: NETWORK }, async (t) => {
  const { origin, tempo } = await t.farTempo();
  const site = await t.site({ connect: [origin], config: { sources: [{ name: 'far', type: 'tempo', url: origin }] } });
  const text = await failure(t, site);
  assert.match(text, /CORS|Access-Control-Allow-Origin/);
  assert.match(text, /proxy_pass/, 'an nginx snippet');
  assert.ok(text.includes(origin), 'the address asked');
  assert.doesNotMatch(text, /unreachable|could not be reached/i, 'it was reached');
  assert.ok(tempo.log.some((entry) => entry.path === '/api/echo'), 'the probe');
});

test('nobody listens there: says that it cannot be reached', { allow: NETWORK }, async (t) => {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const site = await t.site({ connect: [origin], config: { sources: [{ name: 'far', type: 'tempo', url: origin }] } });
  const text = await failure(t, site);
  assert.match(text, /reach|no answer|not answer|connect/i);
  assert.doesNotMatch(text, /proxy_pass/, 'CORS is not the cause that is left');
});

test('blocked by the page\'s own policy: says so', { allow: [/Content Security Policy/i, /^connect-src blocked/, ...NETWORK] }, async (t) => {
  const { origin } = await t.farTempo({ cors: true });
  const site = await t.site({ config: { sources: [{ name: 'far', type: 'tempo', url: origin }] } });
  const text = await failure(t, site);
  assert.match(text, /policy/i);
  assert.match(text, /connect-src/);
});

test('files and samples work when the configured Tempo does not answer, and one line says so', { allow: NETWORK }, async (t) => {
  const site = await t.site({
    config: { sources: [{ name: 'tempo-staging', type: 'tempo', url: '/tempo' }] },
    mounts: { '/tempo': (request, response) => response.destroy() },
  });
  await t.app.open(site);
  await t.app.reach('home');
  await t.until(
    async () => /tempo-staging[^.]{0,80}(no answer|not answer|nothing answers|not reach|unreach|not be reached|no reply)|(nothing answers|no answer)[^.]{0,40}tempo-staging/i.test(await t.app.text()),
    'one line about the source',
  );
  assert.equal(await t.page.locator('[data-sample]').count(), 7);
});

// Progress and cancel

test('a slow answer shows what is going on', async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.on(traceId('import-5k'), { drip: 24, everyMs: 80 });
  await t.app.open(site, { trace: traceId('import-5k') });
  await t.app.reach('loading');
  await t.until(async () => /\d[\d.,]* ?(B|kB|MB|KiB|MiB)\b/.test(await t.app.main.innerText()), 'bytes read');
  await t.until(async () => /\d[\d,]* spans|spans[^\d]{0,20}\d/i.test(await t.app.main.innerText()), 'spans so far');
  await assertShows(t, 'import-5k');
});

test('Cancel ends a request that hangs, and nothing comes late', { allow: NETWORK }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.on(FULL, 'hang');
  await t.app.open(site);
  await t.app.reach('explore');
  await t.app.go(FULL);
  await t.app.reach('loading');
  await t.page.getByRole('button', { name: /^cancel/i }).click();
  await t.until(async () => (await t.app.screen()) !== 'loading', 'leaving the loading screen');
  await t.until(() => tempo.traceRequests()[0].closedEarly, 'the request aborted');
  tempo.on(FULL, 'ok');
  tempo.release();
  await t.page.waitForTimeout(400);
  assert.notEqual(await t.app.screen(), 'trace');
  await t.app.go(traceId('get-order'));
  await assertShows(t, 'get-order');
});

test('Cancel in the middle of the body ends it too; Escape is the same', { allow: NETWORK }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.on(traceId('import-5k'), { stall: 0.5 });
  await t.app.open(site);
  await t.app.reach('explore');
  await t.app.go(traceId('import-5k'));
  await t.app.reach('loading');
  await t.page.waitForTimeout(300);
  await t.page.keyboard.press('Escape');
  await t.until(async () => (await t.app.screen()) !== 'loading', 'leaving the loading screen');
  await t.until(() => tempo.traceRequests()[0].closedEarly, 'the request aborted');
  tempo.release();
  await t.page.waitForTimeout(300);
  assert.notEqual(await t.app.screen(), 'trace');
});

test('a second trace asked for before the first has come wins', { allow: NETWORK }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.on(traceId('import-5k'), { stall: 0.5 });
  await t.app.open(site, { trace: traceId('import-5k') });
  await t.app.reach('loading');
  await t.app.go(FULL);
  await assertShows(t, 'order-full');
  tempo.release();
  await t.page.waitForTimeout(300);
  await assertShows(t, 'order-full');
});

function freePort() {
  return new Promise((resolve) => {
    const server = http.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
