// Every recorded answer of search, attributes and metrics over HTTP, and every recorded refusal: what the page shows is what is in the body, read here as plain
// JSON. The files are those that lie in the folders: one that is added is tested.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { plain } from './figures.mjs';
import { FAILED_REQUEST, test } from './harness.mjs';
import { createPrometheus } from './prometheus.mjs';
import { FIXTURES } from './server.mjs';
import { WINDOW } from './tempo-explore.mjs';

const RANGE = { from: String(WINDOW.from * 1000), to: String(WINDOW.to * 1000) };
const DIR = path.join(FIXTURES, 'tempo');
const REQUESTS = new Map(JSON.parse(readFileSync(path.join(DIR, 'requests.json'))).map((one) => [one.file, one]));
const filesOf = (part, fits = () => true) => readdirSync(path.join(DIR, part)).filter(fits).map((name) => `${part}/${name}`);
const read = (file) => readFileSync(path.join(DIR, file));
const json = (file) => JSON.parse(read(file));
const isJson = (name) => name.endsWith('.json');
const labelsOf = (series) => Object.fromEntries((series.labels ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));

/** Runs a query on the page that is open. */
async function run(t, query) {
  await t.page.locator('textarea[data-query]').fill(query);
  await t.page.keyboard.press('Escape');
  await t.page.locator('[data-run]').click();
}

async function searchPage(t, tempo, site) {
  tempo.explore.says('search', '{ name = "first" }', JSON.stringify({ traces: [], metrics: {} }));
  await t.app.open(site, { q: '{ name = "first" }', ...RANGE });
  await t.page.locator('[data-nothing]').waitFor();
}

test('every recorded search: the traces and their matches are those of the body', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await t.page.setViewportSize({ width: 1440, height: 2400 });
  await searchPage(t, tempo, site);
  const files = filesOf('search', isJson);
  assert.ok(files.length >= 35);
  for (const file of files) {
    const query = `{ name = "${file}" }`;
    tempo.explore.says('search', query, read(file).toString());
    await run(t, query);
    const traces = json(file).traces ?? [];
    const wanted = traces.map((trace) => trace.traceID.padStart(32, '0')).sort();
    await t.until(async () => {
      assert.equal(t.app.query().get('q'), query);
      const shown = await t.page.locator('[data-found]').evaluateAll((rows) => rows.map((row) => row.dataset.found));
      assert.deepEqual([...new Set(shown)].sort(), [...new Set(wanted)].sort());
      return true;
    }, file);
    for (const trace of traces.slice(0, 2)) {
      const row = plain(await t.page.locator(`[data-found="${trace.traceID.padStart(32, '0')}"]`).innerText());
      const root = trace.rootServiceName === '<root span not yet received>' ? 'not yet received' : trace.rootTraceName ?? '';
      assert.ok(row.includes(root), `${file}: ${row}`);
    }
  }
});

test('every recorded range of metrics: lines, their greatest values and exemplars are those of the body', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await searchPage(t, tempo, site);
  for (const file of filesOf('metrics', (name) => name.startsWith('range-') && isJson(name))) {
    const service = `service of ${file}`;
    const conditions = `resource.service.name = "${service}"`;
    tempo.explore.says('metrics', `{ nestedSetParent < 0 && ${conditions} } | rate()`, '{"series":[{"labels":[],"samples":[{"timestampMs":"1795349900000","value":1}]}]}');
    tempo.explore.says('metrics', `{ nestedSetParent < 0 && ${conditions} && status = error } | rate()`, read(file).toString());
    await run(t, `{ ${conditions} }`);
    const series = json(file).series ?? [];
    const values = (one) => (one.samples ?? []).filter(({ timestampMs }) => Number(timestampMs) > WINDOW.from * 1000).map(({ value = 0 }) => value);
    const mean = (one) => (values(one).length ? values(one).reduce((sum, value) => sum + value, 0) / values(one).length : 0);
    const shown = [...series].sort((a, b) => mean(b) - mean(a)).slice(0, 8);
    const exemplars = new Set(series.flatMap((one) => one.exemplars ?? []).map((one) => labelsOf(one)['trace:id']).filter(Boolean).map((id) => id.padStart(32, '0')));
    await t.until(async () => {
      assert.ok(plain(await t.page.locator('[data-about]').innerText()).includes(service));
      const plot = t.page.locator('[data-chart="Errors"]');
      const most = await plot.locator('[data-line-of]').evaluateAll((all) => all.map(({ dataset }) => Number(dataset.most)));
      const expected = shown.map((one) => Math.max(...values(one))).map((value) => (Number.isFinite(value) ? value : NaN));
      // The last digit of a number is the reader's own.
      const digits = (value) => value.toPrecision(12);
      assert.deepEqual(most.map(digits).sort(), expected.map(digits).sort());
      const dots = await plot.locator('[data-dot]').evaluateAll((all) => all.map((dot) => dot.dataset.dot));
      assert.equal(new Set(dots).size, Math.min(exemplars.size, 60));
      assert.ok(dots.every((id) => exemplars.has(id)));
      return true;
    }, file);
  }
});

test('every recorded instant of metrics: the board has a line for each service in it, and no other', async (t) => {
  const { tempo, site } = await t.tempoSite();
  for (const file of filesOf('metrics', (name) => name.startsWith('instant-') && isJson(name))) {
    tempo.explore.says('metrics', '*', (entry) => (entry.path.endsWith('/query') && entry.query.q.startsWith('{ kind = server } | rate') ? read(file).toString() : '{"series":[]}'));
    await t.app.open(site, RANGE);
    const named = json(file).series.map(labelsOf).map((labels) => labels['resource.service.name'] ?? labels['service.name']).filter((name) => name !== undefined);
    await t.page.locator('[data-line], [data-nothing]').first().waitFor();
    const shown = await t.page.locator('[data-population="Requests"] [data-line]').evaluateAll((rows) => rows.map((row) => row.dataset.line));
    assert.deepEqual(shown.sort(), [...new Set(named)].sort(), file);
  }
});

test('what is no answer at all is told as that: protobuf where JSON was asked for; metrics are JSON whatever was asked for', async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.explore.says('search', '{ name = "pb" }', () => ({ status: 200, type: 'application/protobuf', body: read('search/accept-protobuf.pb') }));
  tempo.explore.says('metrics', '*', () => ({ status: 200, type: 'application/protobuf', body: read('metrics/range-accept-protobuf.pb') }));
  await t.app.open(site, { q: '{ name = "pb" }', ...RANGE });
  await t.page.locator('.x-failed').waitFor();
  assert.match(plain(await t.app.text()), /answered what is no answer/);
  const series = JSON.parse(read('metrics/range-accept-protobuf.pb')).series;
  await t.until(async () => (await t.page.locator('[data-chart="Rate"] [data-line-of]').count()) === Math.min(series.length, 8), 'the lines');
});

test('every recorded list of attributes: what is in it can be completed', async (t) => {
  const { tempo, site } = await t.tempoSite();
  for (const file of filesOf('tags', (name) => name.includes('-tags'))) {
    tempo.explore.says('tags', '*', read(file).toString());
    await t.app.open(site, { q: '{ }', ...RANGE });
    await t.page.locator('textarea[data-query]').waitFor();
    const scopes = (json(file).scopes ?? []).filter(({ name, tags }) => name !== 'intrinsic' && tags?.length);
    for (const { name, tags } of scopes.slice(0, 2)) {
      await t.page.locator('textarea[data-query]').fill('');
      await t.page.locator('textarea[data-query]').pressSequentially(`{ ${name}.${tags[0].slice(0, 4)}`);
      await t.until(async () => (await t.page.locator('[role=option]').allInnerTexts()).some((offer) => offer.includes(tags[0])), `${tags[0]} of ${file}`);
    }
    if (scopes.length === 0) assert.equal(await t.page.locator('.x-failed').count(), 0, file);
  }
});

test('every recorded list of values: those that can be written are offered', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await searchPage(t, tempo, site);
  for (const file of filesOf('tags', (name) => name.startsWith('v2-values'))) {
    const field = `span.of.${file.replace(/[^a-z0-9]/gi, '_')}`;
    tempo.explore.says('values', field, read(file).toString());
    const values = [json(file).tagValues ?? []].flat().filter(({ type, value }) => value && type === 'string').map(({ value }) => value).sort();
    await t.page.locator('textarea[data-query]').fill('');
    await t.page.locator('textarea[data-query]').pressSequentially(`{ ${field} = `);
    await t.until(() => tempo.log.some((entry) => decodeURIComponent(entry.path).includes(field)), `the values of ${file} to be asked for`);
    if (values.length > 0) {
      await t.until(async () => (await t.page.locator('[role=option]').allInnerTexts()).some((offer) => values.some((value) => offer.includes(value))), `a value of ${file}`);
    }
  }
});

test('every recorded refusal is shown with its status and Tempo\'s own words', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  await searchPage(t, tempo, site);
  const files = [...filesOf('errors'), ...filesOf('limits', (name) => name.endsWith('.txt')), ...filesOf('metrics', (name) => name.endsWith('.txt'))];
  let shown = 0;
  for (const file of files) {
    const { status } = REQUESTS.get(file);
    // Those that are waited for have tests of their own.
    if (status < 400 || status === 429 || status === 503) continue;
    const query = `{ name = "${file}" }`;
    tempo.explore.says('search', query, { status, body: read(file).toString() });
    await run(t, query);
    const words = read(file).toString().trim().split(/\s+/).slice(0, 6).join(' ').slice(0, 40);
    await t.until(async () => {
      assert.equal(t.app.query().get('q'), query);
      const text = plain(await t.page.locator('.x-failed').innerText());
      assert.ok(text.includes(String(status)), `${status}: ${text}`);
      if (words) assert.ok(plain(await t.page.locator('[data-said]').innerText()).includes(words), `${words}: ${text}`);
      return true;
    }, file);
    shown += 1;
  }
  assert.ok(shown >= 30, `${shown} refusals`);
});

// What is true of the range, counted from the raw protobuf of all its traces

const TRUTH = JSON.parse(readFileSync(path.join(DIR, 'window-truth.json')));

/** Traces that begin in the range end after it, and those before it end in it: some spans are counted on one side alone. */
const nearly = (shown, true_) => Math.abs(shown - true_) <= 2 + 0.01 * true_;

test('the board agrees with what was counted from raw traces', async (t) => {
  const { site } = await t.tempoSite();
  await t.app.open(site, RANGE);
  await t.page.locator('[data-line]').first().waitFor();
  const called = new Map();
  for (const { server, calls } of TRUTH.service_edges) called.set(server, (called.get(server) ?? 0) + calls);
  let compared = 0;
  for (const row of await t.page.locator('[data-population="Requests"] [data-line]').all()) {
    const name = await row.getAttribute('data-line');
    // The gateway and the invoices are called from outside too, and are roots there.
    if (TRUTH.root_counts && Object.keys(TRUTH.root_counts).some((root) => root.startsWith(`${name} `))) continue;
    const rate = Number(/([\d.]+)\s*\/s/.exec(plain(await row.locator('[data-figure="rate"]').innerText()))[1]);
    const shown = rate * (WINDOW.to - WINDOW.from);
    if (!called.has(name)) continue;
    assert.ok(nearly(shown, called.get(name)), `${name}: ${shown} for ${called.get(name)}`);
    compared += 1;
  }
  assert.ok(compared >= 14, `${compared} services`);
});

test('the chart of all spans agrees with their number in raw traces', async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.explore.says('metrics', '{ } | rate()', read('metrics/range-rate.json').toString());
  await t.app.open(site, { q: '{ }', ...RANGE, spans: 'all' });
  await t.page.locator('[data-chart="Rate"] [data-line-of]').first().waitFor({ state: 'attached' });
  const samples = json('metrics/range-rate.json').series[0].samples.filter(({ timestampMs }) => Number(timestampMs) > WINDOW.from * 1000);
  const mean = samples.reduce((sum, { value = 0 }) => sum + value, 0) / samples.length;
  const shown = Number(/([\d.]+)\/s/.exec(plain(await t.page.locator('[data-mean="rate"]').innerText()))[1]);
  assert.ok(Math.abs(shown - mean) <= 0.5, `${shown} for ${mean}`);
  // Tempo rounds the range to whole intervals: the first and the last reach out of it. Those between tell what the range does on average.
  const step = 30_000;
  const whole = samples.filter(({ timestampMs }) => Number(timestampMs) - step >= WINDOW.from * 1000 && Number(timestampMs) <= WINDOW.to * 1000);
  const rate = whole.reduce((sum, { value }) => sum + value, 0) / whole.length;
  const truth = TRUTH.spans / (WINDOW.to - WINDOW.from);
  assert.ok(whole.length === 4 && Math.abs(rate - truth) <= 0.02 * truth, `${rate}/s for ${truth}/s`);
});

test('the map agrees with the calls in raw traces: no edge is missing, none is invented', async (t) => {
  const { site } = await t.tempoSite({}, {}, { prometheus: '/prometheus' }, { '/prometheus': createPrometheus().handle });
  await t.app.open(site, { view: 'map', ...RANGE });
  await t.page.locator('g[data-edge]').first().waitFor();
  await t.until(async () => (await t.page.locator('g[data-edge]').count()) > 40, 'all edges');
  const edges = await t.page.locator('g[data-edge]').evaluateAll((all) => all.map(({ dataset }) => ({ ...dataset })));
  const between = new Map(edges.filter(({ from, to }) => !/^(db|host|caller):/.test(from) && !/^(db|host|queue):/.test(to)).map((edge) => [`${edge.from} → ${edge.to}`, Number(edge.calls)]));
  for (const { client, server, calls } of TRUTH.service_edges) {
    const shown = between.get(`${client} → ${server}`);
    assert.ok(shown !== undefined && nearly(shown, calls), `${client} → ${server}: ${shown} for ${calls}`);
    between.delete(`${client} → ${server}`);
  }
  // The import ran before the range: its counter is in the recording of Prometheus, which is of all time.
  assert.deepEqual([...between.keys()], ['batch-importer → order-service']);
});
