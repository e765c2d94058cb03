// Inside another page: one line, the wheel and the keys left to the page around, and a word from inside where a link was not filled in.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { plain } from './figures.mjs';
import { FAILED_REQUEST, test } from './harness.mjs';
import { createPrometheus } from './prometheus.mjs';
import { createTempo } from './tempo.mjs';
import { WINDOW } from './tempo-explore.mjs';
import { FACTS, traceId } from './truth.mjs';

const RANGE = { from: String(WINDOW.from * 1000), to: String(WINDOW.to * 1000) };
const ERRORS = '{ span:status = error }';

const line = (frame) => frame.locator('[data-embed-line]');
const withPrometheus = (t) => t.tempoSite({}, {}, { prometheus: '/prometheus' }, { '/prometheus': createPrometheus().handle });

/** A dashboard with a frame a link, tall enough to scroll. */
async function dashboard(t, site, links) {
  const frames = links.map((link, at) => `<iframe name="panel${at}" src="/sub/?${new URLSearchParams({ embed: '1', ...link })}"></iframe>`).join('');
  await t.page.route('**/dashboard', (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><style>iframe{width:620px;height:360px;border:0}body{height:3000px;margin:0}</style>${frames}` }));
  await t.page.goto(`${site.origin}/dashboard`);
  return links.map((_, at) => t.page.frameLocator(`iframe[name="panel${at}"]`));
}

test('inside another page too it is said that times are not as recorded', async (t) => {
  const { site } = await t.tempoSite();
  await t.app.open(site, { trace: traceId('clock-skew'), embed: '1', clocks: 'right' });
  await t.app.reach('trace');
  await t.app.rowsShown();
  assert.match(plain(await line(t.page).locator('[data-moved]').innerText()), /clocks put right/);
});

test('a board of many traces inside another page: its line says of how many it is', async (t) => {
  const { site, tempo } = await t.tempoSite();
  tempo.explore.says('search', '{ }', () => JSON.stringify({ traces: [{ traceID: traceId('erp-error'), rootServiceName: 'x', rootTraceName: 'x', startTimeUnixNano: '1', durationMs: 5 }], metrics: {} }));
  await t.app.open(site, { ...RANGE, across: 'propagation', embed: '1' });
  await t.page.locator('[data-matrix]').waitFor();
  assert.match(plain(await line(t.page).innerText()), /Propagation, of 1 trace, all that match/);
  assert.equal((await line(t.page).boundingBox()).height, 24);
  assert.equal(await t.page.locator('.a-head').filter({ visible: true }).count(), 0);
});

test('a trace inside another page: one line of 24 px with name, duration and errors, and the way to all of it', async (t) => {
  const { site } = await t.tempoSite();
  await t.app.open(site, { trace: traceId('erp-error'), embed: '1' });
  await t.app.reach('trace');
  await t.app.rowsShown();
  const facts = FACTS['erp-error'];
  assert.equal((await line(t.page).boundingBox()).height, 24);
  assert.equal(await line(t.page).locator('[data-fact="duration"]').getAttribute('data-ns'), String(facts.duration_ns));
  assert.equal(plain(await line(t.page).locator('[data-fact="errors"]').innerText()), `${facts.error_span_count} errors`);
  for (const gone of ['.appbar', '.thead', '.tabs', '.tools', '.status']) {
    assert.equal(await t.page.locator(gone).filter({ visible: true }).count(), 0, gone);
  }
  const rows = await t.page.locator('.rows').boundingBox();
  const { width, height } = t.page.viewportSize();
  assert.ok(rows.y + rows.height > height - 4 && rows.x + rows.width > width - 4, 'the rows fill the frame');
  const full = await line(t.page).getByRole('link', { name: 'Open full' }).getAttribute('href');
  assert.equal(new URLSearchParams(full.slice(1)).get('embed'), null);
  assert.equal(new URLSearchParams(full.slice(1)).get('trace'), traceId('erp-error'));
});

test('orphans and a partial answer stay in the line', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await t.app.open(site, { trace: traceId('orphans-missing-root'), embed: '1' });
  await t.app.reach('trace');
  assert.equal(plain(await line(t.page).locator('[data-fact="orphans"]').innerText()), `${FACTS['orphans-missing-root'].orphan_count} orphan`);
  tempo.on(traceId('order-full'), 'partial');
  await t.app.open(site, { trace: traceId('order-full'), embed: '1' });
  await line(t.page).getByText('PARTIAL').waitFor();
});

test('a search inside another page: charts and results, no bars', async (t) => {
  const { site } = await t.tempoSite();
  await t.app.open(site, { q: ERRORS, ...RANGE, embed: '1' });
  await t.page.locator('[data-found]').first().waitFor();
  assert.ok(plain(await line(t.page).innerText()).includes(ERRORS));
  assert.equal(await t.page.locator('.query, .xbar').filter({ visible: true }).count(), 0);
  assert.ok(await t.page.locator('[data-chart="Rate"]').isVisible());
});

test('four panels of one dashboard: a trace, a search, the map and the services', async (t) => {
  const { site } = await withPrometheus(t);
  const [one, two, three, four] = await dashboard(t, site, [
    { trace: traceId('slow-erp') }, { q: ERRORS, ...RANGE }, { view: 'map', ...RANGE, node: 'order-service' }, { ...RANGE },
  ]);
  await one.locator('[role=row][data-span]').first().waitFor();
  await two.locator('[data-found]').first().waitFor();
  await three.locator('svg.map .node').first().waitFor();
  await four.locator('[data-line]').first().waitFor();
  for (const frame of [one, two, three, four]) assert.equal((await line(frame).boundingBox()).height, 24);
  assert.equal(t.page.context().pages().length, 1);
});

test('the wheel over a panel scrolls the dashboard, and keys are nobody\'s, until a press into it', async (t) => {
  const { site } = await withPrometheus(t);
  const [trace, map] = await dashboard(t, site, [{ trace: traceId('import-5k') }, { view: 'map', ...RANGE }]);
  await trace.locator('[role=row][data-span]').first().waitFor();
  await map.locator('svg.map .node').first().waitFor();
  const scrolled = () => t.page.evaluate(() => window.scrollY);
  const scale = () => map.locator('[data-scale]').innerText();
  const before = await scale();
  for (const name of ['panel0', 'panel1']) {
    await t.page.evaluate(() => window.scrollTo(0, 0));
    const box = await t.page.locator(`iframe[name="${name}"]`).boundingBox();
    await t.page.mouse.move(box.x + 300, box.y + 200);
    await t.page.mouse.wheel(0, 240);
    await t.until(async () => (await scrolled()) > 0, `the dashboard to scroll over ${name}`);
  }
  assert.equal(await scale(), before);
  // After a press a plain wheel scrolls rows inside, and the map zooms with Ctrl alone.
  await t.page.evaluate(() => window.scrollTo(0, 0));
  await trace.locator('[role=row][data-span]').nth(2).click();
  await trace.locator('[data-details]').waitFor();
  await t.page.keyboard.press('Escape');
  await trace.locator('[data-details]').waitFor({ state: 'detached' });
  const top = () => trace.locator('[role=row][data-span]').first().getAttribute('data-span');
  const first = await top();
  const box = await t.page.locator('iframe[name="panel0"]').boundingBox();
  await t.page.mouse.move(box.x + 200, box.y + 200);
  await t.page.mouse.wheel(0, 900);
  await t.until(async () => (await top()) !== first, 'the rows to scroll');
  await map.locator('.mapwrap').click({ position: { x: 5, y: 5 } });
  const place = await t.page.locator('iframe[name="panel1"]').boundingBox();
  await t.page.mouse.move(place.x + 300, place.y + 200);
  await t.page.keyboard.down('Control');
  await t.page.mouse.wheel(0, -240);
  await t.page.keyboard.up('Control');
  await t.until(async () => (await scale()) !== before, 'the map to zoom');
});

test('keys work only after a press', async (t) => {
  const { site } = await t.tempoSite();
  await t.app.open(site, { trace: traceId('slow-erp'), embed: '1' });
  await t.app.rowsShown();
  await t.page.keyboard.press('2');
  await t.page.waitForTimeout(200);
  assert.equal(await t.page.locator('#view-flame').count(), 0);
  await t.page.locator('[role=row][data-span]').first().click();
  await t.page.keyboard.press('2');
  await t.page.locator('#view-flame').waitFor();
});

for (const [value, words] of [['', 'is empty'], ['$traceId', 'was not filled in'], ['${traceId}', 'was not filled in'], ['$__all', 'stands for several'], ['{a,b}', 'stands for several']]) {
  test(`a link with trace=${value || 'nothing'} says from inside what is wrong, and can be opened in a tab`, async (t) => {
    const { site } = await t.tempoSite();
    await t.app.open(site, { trace: value, embed: '1' });
    await t.app.reach('failure');
    const text = plain(await t.app.text());
    assert.ok(text.includes('The link names no trace') && text.includes(words), text);
    assert.ok(await line(t.page).getByRole('link', { name: 'Open full' }).isVisible());
  });
}

test('a link to a service that a dashboard did not fill in says so, and so does the sample of a map', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await t.app.open(site, { service: '$__all', open: 'slowest', embed: '1' });
  await t.app.reach('failure');
  assert.match(plain(await t.app.text()), /service=\$__all.*stands for several/);
  assert.equal(tempo.log.filter((entry) => entry.path === '/api/search').length, 0);
  tempo.explore.says('search', '{ }', JSON.stringify({ traces: [{ traceID: traceId('slow-erp'), rootServiceName: 'a', rootTraceName: 'b', startTimeUnixNano: '1', durationMs: 1 }], metrics: {} }));
  await t.app.open(site, { view: 'map', ...RANGE, embed: '1' });
  await t.page.locator('svg.map .node').first().waitFor();
  assert.match(plain(await line(t.page).innerText()), /Service map: of 1 trace/);
});

test('a failure is shown inside, with the way out', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.on('*', 'timeout');
  await t.app.open(site, { trace: traceId('order-full'), embed: '1' });
  await t.app.reach('failure');
  assert.match(plain(await t.app.text()), /answered 503/);
  assert.match(plain(await line(t.page).innerText()), /Not shown/);
});

test('a search that fails is shown inside too', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.explore.says('search', ERRORS, { status: 400, body: 'parse error at line 1, col 3' });
  await t.app.open(site, { q: ERRORS, ...RANGE, embed: '1' });
  await t.page.locator('.x-failed').waitFor();
  assert.match(plain(await t.app.text()), /parse error at line 1, col 3/);
});

test('consent works where storage is blocked', async (t) => {
  const { tempo, origin } = await t.farTempo({ cors: true });
  const site = await t.site({ connect: [origin] });
  await t.context.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, name, { get: () => { throw new DOMException('blocked', 'SecurityError'); } });
    }
  });
  await t.app.open(site, { tempo: origin, trace: traceId('slow-erp'), embed: '1' });
  await t.app.reach('failure');
  assert.equal(tempo.log.length, 0);
  await t.page.getByRole('button', { name: /^Ask http/ }).click();
  await t.app.reach('trace');
});

test('the theme comes from the link, whatever the reader had', async (t) => {
  const { site } = await t.tempoSite();
  for (const theme of ['dark', 'light']) {
    await t.app.open(site, { trace: traceId('slow-erp'), embed: '1', theme });
    await t.app.reach('trace');
    assert.equal(await t.page.evaluate(() => document.documentElement.dataset.theme), theme);
  }
});

// The examples

const EXAMPLES = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../examples');
const DASHBOARD = JSON.parse(readFileSync(path.join(EXAMPLES, 'grafana/dashboard.json')));

/** What Grafana puts in place of its variables. */
function filled(text, values) {
  return text.replace(/\$\{([^}]+)\}/g, (whole, name) => {
    const [bare, format] = name.split(':');
    assert.ok(bare in values, `${whole} is no variable that Grafana fills in here`);
    return format === 'percentencode' ? encodeURIComponent(values[bare]) : values[bare];
  });
}

const panelsOf = (dashboard) => dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);

test('the example dashboard: its four frames show what they say', async (t) => {
  const { tempo, site } = await withPrometheus(t);
  const html = panelsOf(DASHBOARD).map((panel) => panel.options?.content ?? '').filter((content) => content.includes('<iframe'));
  assert.equal(html.length, 4);
  const values = { spanloom: '/sub/', traceId: traceId('slow-erp'), service: 'order-service', __from: RANGE.from, __to: RANGE.to };
  await t.page.route('**/dashboard', (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html>${html.map((one) => filled(one, values)).join('')}` }));
  await t.page.goto(`${site.origin}/dashboard`);
  const frame = (title) => t.page.frameLocator(`iframe[title="Spanloom: ${title}"]`);
  await frame('trace').locator('[role=row][data-span]').first().waitFor();
  await frame('services').locator('[data-line]').first().waitFor();
  await frame('map').locator('g.node.sel[data-node="order-service"]').waitFor();
  await frame('search').locator('[data-summary], [data-nothing]').first().waitFor();
  const asked = tempo.log.filter((entry) => entry.path === '/api/search').map((entry) => entry.query.q);
  assert.ok(asked.includes('{ resource.service.name = "order-service" && duration > 500ms }'), asked.join(' | '));
});

test('the example dashboard: its data links open what they say', async (t) => {
  const { tempo, site } = await withPrometheus(t);
  const links = [...JSON.stringify(DASHBOARD).matchAll(/"url":"(\$\{spanloom\}[^"]*)"/g)].map(([, url]) => url);
  assert.ok(links.length >= 3);
  const values = { spanloom: `${site.origin}/sub/`, service: 'order-service', '__field.labels.span_name': 'POST /orders', '__value.raw': traceId('slow-erp'), __url_time_range: `from=${RANGE.from}&to=${RANGE.to}` };
  for (const link of links) {
    const address = filled(link, values);
    await t.page.goto(address);
    await t.page.locator('main:not([data-screen="loading"]):not([data-screen="home"])').waitFor();
    if (address.includes('trace=')) {
      await t.app.reach('trace');
    } else {
      await t.until(() => tempo.log.some((entry) => (entry.query.q ?? '').includes('name = "POST /orders"')), address);
    }
    assert.equal(await t.page.locator('.notice.shown').count(), 0, 'nothing of the link was unreadable');
  }
});

test('the example alerts: their annotations are links that find their trace', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const links = [...readFileSync(path.join(EXAMPLES, 'alertmanager/rules.yaml'), 'utf8').matchAll(/spanloom: *'([^']+)'/g)].map(([, link]) => link);
  assert.ok(links.length >= 2);
  for (const link of links) {
    const query = new URL(link.replace(/\{\{ *\$labels\.(\w+) *\| *urlquery *\}\}/g, (_, label) => encodeURIComponent(label === 'service' ? 'order-service' : 'POST /orders'))).search;
    assert.ok(!query.includes('{'), query);
    await t.page.goto(`${site.origin}/sub/${query}`);
    await t.until(() => tempo.log.some((entry) => (entry.query.q ?? '').includes('resource.service.name = "order-service"')), link);
  }
});

test('the data source proxy of Grafana is a source: cookies of its own origin alone, no question', async (t) => {
  const tempo = createTempo();
  const site = await t.site({ mounts: { '/api/datasources/proxy/uid/abc': tempo.handle } });
  await t.app.open(site, { tempo: '/api/datasources/proxy/uid/abc', trace: traceId('slow-erp') });
  await t.app.reach('trace');
  assert.ok(tempo.log.every((entry) => entry.authorization === null && entry.tenant === null));
});
