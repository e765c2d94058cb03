// The set-up doctor, on sources that work and on every way in which they do not.

import assert from 'node:assert/strict';
import { plain } from './figures.mjs';
import { FAILED_REQUEST, NO_ANSWER, test } from './harness.mjs';
import { createPrometheus } from './prometheus.mjs';
import { createTempo } from './tempo.mjs';
import { body } from './tempo-explore.mjs';

const NETWORK = [FAILED_REQUEST, NO_ANSWER, /blocked by CORS policy/, /Refused to connect/, /content security policy/i, /connect-src blocked/];

async function examine(t, site, query = {}) {
  await t.app.open(site, { setup: '1', ...query });
  await t.page.locator('[data-verdict]').first().waitFor();
  await t.until(async () => (await t.page.locator('[data-verdict]').allInnerTexts()).every((words) => words !== 'asking'), 'the end');
}

const check = (t, name, part = '') => t.page.locator(`${part} [data-check="${name}"]`.trim());
const is = (t, name, part) => check(t, name, part).getAttribute('data-is');
const words = async (t, name, part) => plain(await check(t, name, part).innerText());

test('a source that works is told so, line by line, and by name', async (t) => {
  const prometheus = createPrometheus();
  prometheus.says('traces_spanmetrics_latency_bucket', JSON.stringify(body('prometheus/exemplars-latency.json')));
  const { tempo, site } = await t.tempoSite({}, {}, { prometheus: '/prometheus' }, { '/prometheus': prometheus.handle });
  await examine(t, site);
  for (const name of ['Origin', 'Tempo answers', 'Search, tenant, login', 'Attribute names (tags v2)', 'TraceQL metrics', 'Traces by id (v2)', 'Newest first']) {
    assert.equal(await is(t, name, '[data-examined="tempo-staging"]'), 'Works', name);
  }
  // The recorded Tempo was built without a version, and says so.
  assert.equal(await is(t, 'Version'), 'Not known');
  for (const name of ['Prometheus answers', 'Span metrics and service graph', 'Exemplars']) {
    assert.equal(await is(t, name, '[data-examined="Prometheus of tempo-staging"]'), 'Works', name);
  }
  assert.equal(t.app.query().get('setup'), '1');
  assert.ok(tempo.log.some((entry) => entry.path === '/api/status/buildinfo'));
});

test('a tenant that is needed is named, with the line that sets it', { allow: [FAILED_REQUEST] }, async (t) => {
  const { site } = await t.tempoSite({ tenant: true });
  await examine(t, site);
  assert.equal(await is(t, 'Tempo answers'), 'Works');
  assert.equal(await is(t, 'Search, tenant, login'), 'Failed');
  const said = await words(t, 'Search, tenant, login');
  assert.match(said, /no org id/);
  assert.match(said, /"tenant": "your-tenant"/);
});

test('with its tenant the same source works', async (t) => {
  const { site } = await t.tempoSite({ tenant: true }, {}, { tenant: 'shipping' });
  await examine(t, site);
  assert.match(await words(t, 'Search, tenant, login'), /as tenant shipping/);
});

test('another origin without CORS: what is certain, and every proxy that mends it', { allow: NETWORK }, async (t) => {
  const { origin } = await t.farTempo();
  const site = await t.site({ config: { sources: [{ name: 'far', type: 'tempo', url: origin, tenant: 'shipping' }] }, connect: [origin] });
  await examine(t, site);
  assert.equal(await is(t, 'Origin'), 'Not known');
  assert.match(await words(t, 'Tempo answers'), /The browser kept the answer back\. Something answers at/);
  for (const [name, line] of [['nginx', 'proxy_set_header X-Scope-OrgID "shipping";'], ['Caddy', `reverse_proxy ${origin}`], ['Traefik', 'stripPrefix'], ['Grafana proxy', '/api/datasources/proxy/uid/'], ['CORS', 'Access-Control-Allow-Origin']]) {
    await check(t, 'Tempo answers').getByRole('button', { name, exact: true }).click();
    assert.ok((await words(t, 'Tempo answers')).replace(/\s+/g, ' ').includes(line), `${name}: ${line}`);
  }
  assert.equal(await is(t, 'TraceQL metrics'), 'Not known');
});

test('another origin that allows reading works', async (t) => {
  const { origin } = await t.farTempo({ cors: true });
  const site = await t.site({ config: { sources: [{ name: 'far', type: 'tempo', url: origin }] }, connect: [origin] });
  await examine(t, site);
  assert.equal(await is(t, 'Tempo answers'), 'Works');
  assert.equal(await is(t, 'Search, tenant, login'), 'Works');
});

test('a policy of the page that forbids the source is named', { allow: NETWORK }, async (t) => {
  const { origin } = await t.farTempo({ cors: true });
  const site = await t.site({ config: { sources: [{ name: 'far', type: 'tempo', url: origin }] } });
  await examine(t, site);
  assert.match(await words(t, 'Tempo answers'), /Blocked by this page's own policy/);
  assert.match(await words(t, 'Tempo answers'), new RegExp(`connect-src 'self' ${origin}`));
});

test('nothing there: what it can be, and nothing that cannot be known', { allow: NETWORK }, async (t) => {
  const { origin } = await t.farTempo();
  const port = Number(new URL(origin).port);
  const dead = `http://127.0.0.1:${port === 65_535 ? 1 : port + 1}`;
  const site = await t.site({ config: { sources: [{ name: 'dead', type: 'tempo', url: dead }] }, connect: [dead] });
  await examine(t, site);
  const said = await words(t, 'Tempo answers');
  assert.match(said, /cannot be reached/);
  assert.doesNotMatch(said, /Access-Control-Allow-Origin/);
});

test('a path too many or too few is found, with the address to set', { allow: [FAILED_REQUEST] }, async (t) => {
  const tempo = createTempo();
  const below = (request, response, target) => {
    const inner = /^\/tempo(\/.*)$/.exec(target);
    if (inner) return tempo.handle(request, response, inner[1]);
    response.writeHead(404).end('404 page not found');
  };
  const site = await t.site({ config: { sources: [{ name: 'deep', type: 'tempo', url: '/proxy' }] }, mounts: { '/proxy': below } });
  await examine(t, site);
  assert.match(await words(t, 'Tempo answers'), /but under \/proxy\/tempo a Tempo answers/);
  assert.match(await words(t, 'Tempo answers'), /"url": "\/proxy\/tempo"/);
});

test('a login page in place of the source is told as one', { allow: [FAILED_REQUEST] }, async (t) => {
  const login = (request, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
  const site = await t.site({ config: { sources: [{ name: 'behind', type: 'tempo', url: '/tempo' }] }, mounts: { '/tempo': login } });
  await examine(t, site);
  assert.match(await words(t, 'Tempo answers'), /A web page came.*Sign in/);
});

test('a login that is wanted is told as one', { allow: [FAILED_REQUEST] }, async (t) => {
  const refusing = (request, response) => response.writeHead(401, { 'Content-Type': 'text/plain' }).end('Unauthorized');
  const site = await t.site({ config: { sources: [{ name: 'shut', type: 'tempo', url: '/tempo' }] }, mounts: { '/tempo': refusing } });
  await examine(t, site);
  assert.match(await words(t, 'Tempo answers'), /wants to know who asks/);
});

test('an old Tempo: what is missing is told with the setting that brings it', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite({ api: 'v1' });
  const gone = { status: 404, body: '404 page not found' };
  tempo.explore.says('metrics', '*', gone).says('tags', '*', gone).says('search', '{ } with (most_recent=true)', { status: 400, body: 'parse error' });
  await examine(t, site);
  assert.equal(await is(t, 'Traces by id (v2)'), 'Missing');
  assert.equal(await is(t, 'TraceQL metrics'), 'Missing');
  assert.match(await words(t, 'TraceQL metrics'), /local-blocks/);
  assert.equal(await is(t, 'Attribute names (tags v2)'), 'Missing');
  assert.equal(await is(t, 'Newest first'), 'Missing');
  assert.match(plain(await t.page.locator('[data-examined="tempo-staging"] [data-verdict]').innerText()), /works, 4 things missing/);
});

test('a Prometheus without the metrics of Tempo is told what writes them', async (t) => {
  const prometheus = createPrometheus().says('{__name__=~"traces_.*"}', '{"status":"success","data":[]}');
  const { site } = await t.tempoSite({}, {}, { prometheus: '/prometheus' }, { '/prometheus': prometheus.handle });
  await examine(t, site);
  const part = '[data-examined="Prometheus of tempo-staging"]';
  assert.equal(await is(t, 'Span metrics and service graph', part), 'Missing');
  assert.match(await words(t, 'Span metrics and service graph', part), /remote_write/);
  assert.match(await words(t, 'Exemplars', part), /exemplar-storage/);
});

test('who may show the page in a frame is read off its own headers', async (t) => {
  const { site } = await t.tempoSite({}, { ancestors: ["'self'", 'https://grafana.example'] });
  await examine(t, site);
  assert.equal(await is(t, 'Frames of other pages'), 'Works');
  assert.match(await words(t, 'Frames of other pages'), /https:\/\/grafana\.example/);
});

test('without a source it says so', async (t) => {
  const site = await t.site();
  await t.app.open(site, { setup: '1' });
  await t.page.locator('main[data-screen="home"]').waitFor();
});
