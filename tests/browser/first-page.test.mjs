// The first page: the source where one answers, home where none does; what is said of a proxy in front of nothing; and what is not written
// onto the console. The harness fails a test on any console error, so what is not in `allow` was not there.

import assert from 'node:assert/strict';
import { NO_ANSWER, test } from './harness.mjs';
import { createPrometheus } from './prometheus.mjs';
import { createTempo } from './tempo.mjs';

const BEHIND = 'http://127.0.0.1:3200';
const HTML = 'text/html';
const NGINX = '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.27.3</center>\r\n</body>\r\n</html>\r\n';
/** What proxies send in front of nothing: who, status, type, body. */
const PROXIES = [
  ['Trunk', 500, null, ''],
  ['nginx', 502, HTML, NGINX],
  ['HAProxy', 503, HTML, '<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n'],
  ['webpack', 504, 'text/plain', 'Error occurred while trying to proxy: localhost:8080/tempo/api/echo'],
];

const says = (status, type, body) => (_request, response) => response.writeHead(status, type ? { 'Content-Type': type } : {}).end(body);
const source = (more = {}) => ({ sources: [{ name: 'local', type: 'tempo', url: '/tempo', ...more }] });
const asked = (site, below = '/tempo') => site.log.map((one) => one.path).filter((one) => one.startsWith(below));
const line = (t) => t.page.locator('[data-source-line]');

/** Home with its samples and one line on the source; gives the line. */
async function home(t) {
  await t.app.reach('home');
  await t.page.locator('[data-try-again]').waitFor();
  assert.equal(await t.page.locator('[data-sample]').count(), 7);
  assert.equal(await line(t).count(), 1);
  assert.equal(await t.page.locator('[role=alert]').count(), 0);
  return line(t).innerText();
}

for (const [who, status, type, body] of PROXIES) {
  test(`${who} answers ${status} in front of nothing: home, one line, one question, no red line`, async (t) => {
    const site = await t.site({ config: source({ behind: BEHIND }), mounts: { '/tempo': says(status, type, body) } });
    await t.app.open(site);
    assert.equal(await home(t), `Source local does not answer: nothing answers at ${BEHIND} behind this page. Files and samples work without it.`);
    assert.deepEqual(asked(site), ['/tempo/api/echo']);
    await t.page.locator('[data-sample="order-full"]').click();
    await t.app.reach('trace');
  });
}

test('where the configuration does not say what is behind the proxy, its own address is named', async (t) => {
  const site = await t.site({ config: source(), mounts: { '/tempo': says(502, HTML, NGINX) } });
  await t.app.open(site);
  assert.match(await home(t), new RegExp(`nothing answers behind ${site.origin}/tempo\\.`));
});

test('a Tempo that answers with words of its own is quoted, not called nobody', async (t) => {
  const site = await t.site({ config: source(), mounts: { '/tempo': says(503, 'text/plain', 'unable to process request in the configured timeout') } });
  await t.app.open(site);
  const said = await home(t);
  assert.match(said, /local answered 503: “unable to process request in the configured timeout”/);
  assert.doesNotMatch(said, /nothing answers/);
});

test('a connection that is refused is told as one', { allow: [NO_ANSWER] }, async (t) => {
  const site = await t.site({ config: source({ behind: BEHIND }), mounts: { '/tempo': (_request, response) => response.destroy() } });
  await t.app.open(site);
  assert.match(await home(t), new RegExp(`nothing answers at ${BEHIND} behind this page`));
});

test('"Try again" says so again while nothing answers, and goes on to the source once it does', async (t) => {
  const tempo = createTempo();
  let isUp = false;
  const dead = says(500, null, '');
  const site = await t.site({ config: source(), mounts: { '/tempo': (...args) => (isUp ? tempo.handle(...args) : dead(...args)) } });
  await t.app.open(site);
  await home(t);
  await t.page.locator('[data-try-again]').click();
  await t.until(() => asked(site).length === 2, 'the second question');
  await home(t);
  isUp = true;
  await t.page.locator('[data-try-again]').click();
  await t.app.reach('explore');
  await t.page.locator('[data-board]').waitFor();
});

test('the set-up is one click away from a source that does not answer', { allow: [/Failed to load resource/] }, async (t) => {
  const site = await t.site({ config: source(), mounts: { '/tempo': says(500, null, '') } });
  await t.app.open(site);
  await home(t);
  await t.page.getByRole('button', { name: 'Set-up' }).click();
  await t.app.reach('explore');
  assert.equal(t.app.query().get('setup'), '1');
});

test('an address that asks for a search or a map shows it, with one failure and one question a server', async (t) => {
  const mounts = { '/tempo': says(500, null, ''), '/prometheus': says(500, null, '') };
  const site = await t.site({ config: source({ behind: BEHIND, prometheus: '/prometheus' }), mounts });
  for (const query of [{ q: '{ }' }, { view: 'map' }, { operations: 'order-service' }]) {
    const before = asked(site, '/').filter((one) => /^\/(tempo|prometheus)\//.test(one)).length;
    await t.app.open(site, query);
    await t.app.reach('explore');
    await t.page.locator('.x-failed').first().waitFor();
    assert.match(await t.app.text(), /Nothing answers at/);
    assert.equal((await t.app.text()).match(/Nothing answers at/g).length, 1, JSON.stringify(query));
    const now = asked(site, '/').filter((one) => /^\/(tempo|prometheus)\//.test(one));
    assert.ok(now.length - before <= 4, `${JSON.stringify(query)}: ${now.slice(before).join(' ')}`);
  }
});

test('a source that answers: its services, and home is never painted', async (t) => {
  await t.page.addInitScript(() => {
    // Home is painted after 300 ms without an answer. That timer is held, so that a slow machine changes nothing here.
    globalThis.held = 0;
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (work, delay, ...more) => (delay === 300 ? (globalThis.held += 1) : setTimeout(work, delay, ...more));
    globalThis.screens = [];
    const look = () => {
      const now = document.querySelector('main[data-screen]')?.dataset.screen;
      if (now && globalThis.screens.at(-1) !== now) globalThis.screens.push(now);
      if (document.querySelector('.home')) globalThis.screens.push('.home');
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-screen'] });
  });
  const { site } = await t.tempoSite();
  await t.app.open(site);
  await t.app.reach('explore');
  assert.deepEqual(await t.page.evaluate(() => globalThis.screens, null), ['starting', 'explore']);
  assert.ok((await t.page.evaluate(() => globalThis.held, null)) > 0, 'the timer was held');
});

/** A Tempo whose first question waits until `release()`. */
async function slowSite(t) {
  const tempo = createTempo();
  let release;
  const waiting = new Promise((resolve) => (release = resolve));
  const slow = async (request, response, below) => {
    if (below === '/api/echo') await waiting;
    tempo.handle(request, response, below);
  };
  return { site: await t.site({ config: source(), mounts: { '/tempo': slow } }), release };
}

test('while the source has not answered, home works and nothing else is asked', async (t) => {
  const { site, release } = await slowSite(t);
  await t.app.open(site);
  await t.app.reach('home');
  assert.match(await line(t).innerText(), /Source local: asking…/);
  assert.deepEqual(asked(site), ['/tempo/api/echo']);
  release();
  await t.app.reach('explore');
});

test('what the reader has begun is not taken away by a late answer', async (t) => {
  const { site, release } = await slowSite(t);
  await t.app.open(site);
  await t.app.reach('home');
  await t.page.locator('.home-goto input').fill('0af7');
  release();
  await t.page.getByRole('button', { name: 'Explore it' }).waitFor();
  assert.equal(await t.app.screen(), 'home');
  assert.equal(await t.page.locator('.home-goto input').inputValue(), '0af7');
  await t.page.getByRole('button', { name: 'Explore it' }).click();
  await t.app.reach('explore');
});

test('a missing config.json is asked for and puts no red line onto the console', async (t) => {
  const site = await t.site();
  await t.app.open(site);
  await t.app.reach('home');
  await t.until(async () => /No source is configured/.test(await t.app.text()), 'the line');
  const entry = site.log.find((one) => one.path === '/sub/config.json');
  await t.until(() => entry.status === 404, 'the answer');
});

test('a link to a file asks nothing of the source', async (t) => {
  const site = await t.site({ config: source(), mounts: { '/tempo': says(500, null, '') } });
  await t.app.open(site, { file: 'fixtures/tempo/traces/order-full/v2.json' });
  await t.app.reach('trace');
  assert.deepEqual(asked(site), []);
});

// Tempo 3 counts nothing of the newest 30 s.

test('metrics end 30 s ago, the axis does not, and the page says so once', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await t.app.open(site, { q: '{ }' });
  await t.app.reach('explore');
  const metrics = () => tempo.log.filter((entry) => entry.path.startsWith('/api/metrics/'));
  await t.until(() => metrics().length >= 3, 'the questions');
  for (const { query } of metrics()) {
    const behind = Date.now() / 1000 - Number(query.end);
    assert.ok(behind >= 30 && behind < 60, `${behind} s ago`);
    assert.ok(Math.abs(Number(query.end) - Number(query.start) - 3570) <= 1, JSON.stringify(query));
  }
  await t.until(async () => /metrics appear after about 30 s/.test(await t.app.text()), 'the words');
  assert.equal((await t.app.text()).match(/metrics appear after about 30 s/g).length, 1);
});

test('a range of the newest 30 s alone is not asked for', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await t.app.open(site, { from: 'now-20s', to: 'now' });
  await t.app.reach('explore');
  await t.until(async () => /metrics appear after about 30 s/.test(await t.app.text()), 'the words');
  assert.deepEqual(tempo.log.filter((entry) => entry.path.startsWith('/api/metrics/')), []);
});

test('span metrics of a Prometheus are asked up to now', async (t) => {
  const prometheus = createPrometheus();
  const { site } = await t.tempoSite({}, {}, { prometheus: '/prometheus' }, { '/prometheus': prometheus.handle });
  await t.app.open(site, { figures: 'span-metrics' });
  await t.app.reach('explore');
  await t.until(() => prometheus.log.some((entry) => entry.query.time !== undefined), 'a question');
  const latest = Math.max(...prometheus.log.map((entry) => Number(entry.query.time ?? 0)));
  assert.ok(Date.now() / 1000 - latest < 25, `${latest}`);
  assert.doesNotMatch(await t.app.text(), /metrics appear after/);
});
