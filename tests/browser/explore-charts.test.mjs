// Charts by span metrics, the heatmap, and what sets a region apart: held against the recorded bodies, read here as plain JSON.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { plain } from './figures.mjs';
import { FAILED_REQUEST, test } from './harness.mjs';
import { createPrometheus } from './prometheus.mjs';
import { FIXTURES } from './server.mjs';
import { WINDOW, body, same } from './tempo-explore.mjs';

const RANGE = { from: String(WINDOW.from * 1000), to: String(WINDOW.to * 1000) };
const ALL = '{ }';
const NOT_THERE = { status: 404, body: '404 page not found' };

const labelsOf = (series) => Object.fromEntries(series.labels.map(({ key, value }) => [key, Object.values(value)[0]]));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function withPrometheus(t) {
  const prometheus = createPrometheus();
  return { prometheus, ...(await t.tempoSite({}, {}, { prometheus: '/prometheus' }, { '/prometheus': prometheus.handle })) };
}

async function openSearch(t, site, more = {}) {
  await t.app.open(site, { q: ALL, ...RANGE, ...more });
  await t.app.reach('explore');
  await t.page.locator('[data-summary], [data-nothing]').first().waitFor();
}

const linesOf = (t, name) => t.page.locator(`[data-chart="${name}"] [data-line-of]`).evaluateAll((all) => all.map(({ dataset }) => ({ name: dataset.lineOf, most: Number(dataset.most) })));
const rateWords = (rate) => (rate >= 100 ? rate.toFixed(0) : rate >= 10 ? rate.toFixed(1) : rate >= 0.1 ? rate.toFixed(2) : rate.toFixed(3));

// Span metrics

test('span metrics: rates by service are those that Prometheus told', async (t) => {
  const { site, prometheus } = await withPrometheus(t);
  await openSearch(t, site, { figures: 'span-metrics', spans: 'all', by: 'resource.service.name' });
  const recorded = body('prometheus/range-calls-rate.json').data.result.map(({ metric, values }) => {
    const inside = values.filter(([at]) => at > WINDOW.from).map(([, value]) => Number(value));
    return { name: metric.service, mean: mean(inside), most: Math.max(...inside) };
  }).sort((a, b) => b.mean - a.mean);
  await t.until(async () => (await linesOf(t, 'Rate')).length === 8, 'eight lines');
  assert.deepEqual(await linesOf(t, 'Rate'), recorded.slice(0, 8).map(({ name, most }) => ({ name, most })));
  const all = recorded.reduce((sum, one) => sum + one.mean, 0);
  assert.equal(plain(await t.page.locator('[data-mean="rate"]').innerText()), `${rateWords(all)}/s`);
  assert.ok(prometheus.log.some((entry) => entry.subject === 'sum by (service) (rate(traces_spanmetrics_calls_total[1m]))'));
  assert.match(plain(await t.page.locator('[data-about]').innerText()), /of all matching spans/);
});

test('span metrics: durations and exemplars, and a point opens its trace', async (t) => {
  const { site, prometheus } = await withPrometheus(t);
  const selector = 'traces_spanmetrics_latency_bucket{span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER", service="erp-connector"}';
  prometheus.says(selector, JSON.stringify(body('prometheus/exemplars-latency.json')));
  prometheus.says(selector.replace('}', ', status_code="STATUS_CODE_ERROR"}'), JSON.stringify(body('prometheus/exemplars-calls.json')));
  const p95 = body('prometheus/range-p95.json').data.result.find(({ metric }) => metric.service === 'erp-connector');
  prometheus.says('*', (entry) => (entry.subject.startsWith('label_replace(') ? JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [{ metric: { p: '0.99' }, values: p95.values }] } }) : undefined));
  await t.app.open(site, { q: '{ resource.service.name = "erp-connector" }', ...RANGE, figures: 'span-metrics' });
  await t.page.locator('[data-chart="Duration"] [data-dot]').first().waitFor({ state: 'attached' });
  const exemplars = body('prometheus/exemplars-latency.json').data.flatMap((series) => series.exemplars);
  const ids = [...new Set(exemplars.map(({ labels }) => labels.traceID.padStart(32, '0')))];
  const shown = await t.page.locator('[data-chart="Duration"] [data-dot]').evaluateAll((all) => all.map((dot) => dot.dataset.dot));
  assert.deepEqual(shown.sort(), ids.slice(0, 60).sort());
  const most = Math.max(...p95.values.filter(([at]) => at > WINDOW.from).map(([, value]) => Number(value)).filter(Number.isFinite));
  assert.deepEqual(await linesOf(t, 'Duration'), [{ name: 'p99', most }]);
  const about = plain(await t.page.locator('[data-about]').innerText());
  assert.match(about, /server and consumer spans.*span metrics know no root spans/);
  await t.page.locator(`[data-dot="${shown[0]}"]`).focus();
  await t.page.keyboard.press('Enter');
  await t.until(() => t.app.query().get('trace') === shown[0], 'the trace');
});

test('span metrics take the place of TraceQL metrics where a Tempo has none, and say so', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site, prometheus } = await withPrometheus(t);
  tempo.explore.says('metrics', '*', NOT_THERE);
  prometheus.says('sum(rate(traces_spanmetrics_calls_total{span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"}[1m]))', JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values: [[WINDOW.to, '12.5']] }] } }));
  await openSearch(t, site);
  await t.page.locator('[data-red-note]').waitFor();
  assert.match(plain(await t.page.locator('[data-red-note]').innerText()), /404 page not found.*figures are of span metrics/);
  assert.equal(plain(await t.page.locator('[data-mean="rate"]').innerText()), '12.5/s');
});

test('the board of services is made of span metrics too: chosen, or where a Tempo has no metrics', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site, prometheus } = await withPrometheus(t);
  tempo.explore.says('metrics', '*', NOT_THERE);
  const series = body('prometheus/instant-calls-sample.json').data.result.map(({ metric }, at) => ({ metric: { service: metric.service, status_code: metric.status_code }, value: [WINDOW.to, String(at + 1)] }));
  const rates = 'sum by (service, status_code) (rate(traces_spanmetrics_calls_total{span_kind="SPAN_KIND_SERVER"}[1m]))';
  prometheus.says(rates, (entry) => JSON.stringify({ status: 'success', data: { resultType: 'vector', result: entry.path.endsWith('query') ? series : [] } }));
  await t.app.open(site, RANGE);
  const row = t.page.locator('[data-population="Requests"] [data-line="erp-connector"]');
  await row.waitFor();
  const sum = (fits) => series.filter(fits).reduce((all, { value }) => all + Number(value[1]), 0);
  const told = plain(await row.locator('[data-figure="rate"]').innerText()).replace(/\s/g, '');
  assert.ok(told.includes(`${rateWords(sum(() => true))}/s`), told);
  const failed = plain(await row.locator('[data-figure="errors"]').innerText()).replace(/\s/g, '');
  assert.ok(failed.includes(`${rateWords(sum(({ metric }) => metric.status_code === 'STATUS_CODE_ERROR'))}/s`), failed);
  assert.match(plain(await t.page.locator('[data-board-note]').innerText()), /figures are of span metrics/);
  const before = prometheus.log.filter((entry) => entry.path.endsWith('query') && Number(entry.query.time) === WINDOW.from);
  assert.ok(before.length > 0, 'the range before was asked for');
});

test('a range over 24 h is counted by span metrics, which have no such limit', async (t) => {
  const { tempo, site, prometheus } = await withPrometheus(t);
  await openSearch(t, site, { from: 'now-2d', to: 'now' });
  await t.page.locator('[data-red-note]').waitFor();
  assert.match(plain(await t.page.locator('[data-red-note]').innerText()), /24 h at most/);
  assert.ok(prometheus.log.some((entry) => entry.path.endsWith('query_range')));
  assert.equal(tempo.log.filter((entry) => entry.path.startsWith('/api/metrics')).length, 0);
});

test('what span metrics cannot tell apart is said', async (t) => {
  const { site } = await withPrometheus(t);
  await t.app.open(site, { q: '{ span.order.id = "7" && resource.service.name = "erp-connector" }', ...RANGE, figures: 'span-metrics' });
  await t.page.locator('[data-about]').waitFor();
  await t.until(async () => /without span\.order\.id = "7", which choose traces only, or are no label/.test(plain(await t.page.locator('[data-about]').innerText())), 'the words');
  await t.page.locator('input[data-by]').fill('span.order.id');
  await t.page.locator('input[data-by]').press('Enter');
  await t.page.getByText(/not by span\.order\.id/).waitFor();
});

test('headers and tenant of a source go to its Prometheus on the same origin, and to no other', async (t) => {
  const [near, far] = [createPrometheus(), createPrometheus()];
  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    far.handle(request, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.cleanup(() => server.close());
  const origin = `http://127.0.0.1:${server.address().port}`;
  const secret = { headers: { Authorization: 'Bearer secret' }, tenant: 'shipping' };
  const beside = await t.tempoSite({}, {}, { ...secret, prometheus: '/prometheus' }, { '/prometheus': near.handle });
  await openSearch(t, beside.site, { figures: 'span-metrics' });
  await t.until(() => near.log.length > 0, 'a request to the one beside');
  assert.ok(near.log.every((entry) => entry.authorization === 'Bearer secret' && entry.tenant === 'shipping'));
  const apart = await t.tempoSite({}, { connect: [origin] }, { ...secret, prometheus: origin });
  await openSearch(t, apart.site, { figures: 'span-metrics' });
  await t.until(() => far.log.length > 0, 'a request to the other');
  assert.ok(far.log.every((entry) => entry.authorization === null && entry.tenant === null));
  assert.ok(!t.page.url().includes('secret'));
});

// Heatmap

const HISTOGRAM = body('metrics/range-histogram.json');

async function openHeatmap(t, more = {}) {
  const { tempo, site } = await t.tempoSite();
  tempo.explore.says('metrics', '{ nestedSetParent < 0 } | rate()', JSON.stringify(body('metrics/range-rate.json')));
  tempo.explore.says('metrics', '{ nestedSetParent < 0 } | histogram_over_time(duration)', JSON.stringify(HISTOGRAM));
  await openSearch(t, site, { duration: 'heatmap', ...more });
  await t.page.locator('[data-chart="Duration"] [data-bucket]').first().waitFor({ state: 'attached' });
  return { tempo, site };
}

test('the heatmap has as many spans in each bucket as Tempo counted', async (t) => {
  await openHeatmap(t);
  const expected = HISTOGRAM.series.map((series) => [labelsOf(series).__bucket, series.samples.filter(({ timestampMs }) => Number(timestampMs) > WINDOW.from * 1000).reduce((sum, { value = 0 }) => sum + value, 0)]).filter(([, count]) => count > 0);
  const shown = await t.page.locator('[data-chart="Duration"] [data-bucket]').evaluateAll((all) => all.map(({ dataset }) => [Number(dataset.bucket), Number(dataset.count)]));
  assert.deepEqual(shown, expected);
  await t.page.getByRole('button', { name: 'Lines' }).click();
  await t.page.locator('[data-chart="Duration"] [data-bucket]').first().waitFor({ state: 'detached' });
  assert.equal(t.app.query().get('duration'), null);
});

test('the pointer on a cell tells its spans', async (t) => {
  await openHeatmap(t);
  const box = await t.page.locator('[data-chart="Duration"]').boundingBox();
  for (let y = 12; y < box.height - 22; y += 3) {
    await t.page.mouse.move(box.x + box.width / 2, box.y + y);
    if (await t.page.locator('[data-cell]').count()) break;
  }
  assert.match(plain(await t.page.locator('[data-cell]').innerText()), /\d+ spans? .* to .* until/);
});

// Comparison

const COMPARE = body('metrics/instant-compare.json');

/** Counts by part, field and value. */
function counts(part) {
  const map = new Map();
  for (const series of COMPARE.series) {
    const { __meta_type: meta, ...rest } = labelsOf(series);
    if (meta !== part) continue;
    const [[field, value]] = Object.entries(rest);
    map.set(`${field} = ${part.endsWith('_total') ? '' : value}`, series.value);
  }
  return map;
}

async function dragOver(t, name, from, to) {
  const box = await t.page.locator(`[data-chart="${name}"]`).boundingBox();
  const at = ([x, y]) => [box.x + 48 + x * (box.width - 60), box.y + 8 + y * (box.height - 28)];
  await t.page.mouse.move(...at(from));
  await t.page.mouse.down();
  await t.page.mouse.move(...at(to), { steps: 4 });
  await t.page.mouse.up();
}

const answersComparison = (tempo) => tempo.explore.says('metrics', '*', (entry) => (same(entry.query.q ?? '').includes('|compare(') ? JSON.stringify(COMPARE) : undefined));

test('a region of the heatmap is compared: attributes by how far their shares differ, with the counts that Tempo gave', async (t) => {
  const { tempo } = await openHeatmap(t);
  answersComparison(tempo);
  await dragOver(t, 'Duration', [0.2, 0.1], [0.6, 0.5]);
  await t.page.locator('[data-region="compare"]').click();
  await t.page.locator('[data-difference]').first().waitFor();
  const shown = await t.page.locator('[data-difference]').evaluateAll((rows) => rows.map(({ dataset }) => ({ ...dataset })));
  const [selected, rest, selectedTotal, restTotal] = ['selection', 'baseline', 'selection_total', 'baseline_total'].map(counts);
  let last = Infinity;
  for (const row of shown) {
    const key = `${row.difference} = ${row.value || 'nil'}`;
    assert.equal(Number(row.selected), selected.get(key) ?? 0, key);
    if (row.rest !== undefined) assert.equal(Number(row.rest), rest.get(key) ?? 0, key);
    const total = `${row.difference} = `;
    const share = Number(row.selected) / selectedTotal.get(total);
    if (row.rest === undefined) continue;
    const points = Math.abs(share - Number(row.rest) / restTotal.get(total));
    assert.ok(points <= last + 1e-9, `${key} stands in its place`);
    last = points;
  }
  assert.ok(shown.some((row) => row.difference === 'status' && row.value === 'error' && row.selected === '35'));
  assert.match(plain(await t.page.locator('[data-compared]').innerText()), /112 spans beside 858 others, of root spans/);
  const asked = tempo.log.filter((entry) => (entry.query.q ?? '').includes('compare(')).at(-1).query.q;
  const [, low, high, start, end] = /compare\(\{ duration >= (\S+) && duration <= (\S+) \}, 10, (\d+), (\d+)\)/.exec(asked);
  assert.ok(low && high && BigInt(end) > BigInt(start), asked);
  assert.ok(Number(BigInt(start) / 1_000_000n) > WINDOW.from * 1000 && Number(BigInt(end) / 1_000_000n) < WINDOW.to * 1000, asked);
});

test('a value of the comparison leads to its traces', async (t) => {
  const { tempo } = await openHeatmap(t);
  answersComparison(tempo);
  await dragOver(t, 'Duration', [0.2, 0.1], [0.6, 0.5]);
  await t.page.locator('[data-region="compare"]').click();
  await t.page.locator('[data-difference="status"][data-value="error"]').getByRole('button').click();
  await t.until(() => tempo.log.filter((entry) => entry.path === '/api/search').at(-1).query.q.includes('status = error'), 'the search');
  await t.page.locator('[data-compare]').waitFor({ state: 'detached' });
});

for (const [where, from, to] of [['left', 0.02, 0.3], ['right', 0.6, 0.95], ['all of it', 0.02, 0.98]]) {
  test(`what can be done with a region is beside it and does not cover it: ${where}`, async (t) => {
    const { site } = await t.tempoSite();
    await openSearch(t, site);
    await dragOver(t, 'Traces', [from, 0.1], [to, 0.9]);
    const menu = await t.page.locator('.x-region').boundingBox();
    const region = await t.page.locator('.x-drag').boundingBox();
    const isApart = menu.x >= region.x + region.width || menu.x + menu.width <= region.x || menu.y >= region.y + region.height;
    assert.ok(isApart, JSON.stringify({ menu, region }));
    assert.ok(menu.x >= 0 && menu.x + menu.width <= 1440, JSON.stringify(menu));
    // Nothing lies over it.
    await t.page.locator('[data-region="zoom"]').click();
  });
}

test('narrow: charts are side by side, each whole, and one can go from one to the next', { size: 'narrow' }, async (t) => {
  const { site } = await t.tempoSite();
  await openSearch(t, site);
  const charts = () => t.page.locator('.red-charts .chart').evaluateAll((all) => all.map((chart) => { const { top, bottom, left, right } = chart.getBoundingClientRect(); return { top, bottom, left, right }; }));
  const at = await charts();
  assert.ok(at.length >= 3, `${at.length} charts`);
  const frame = await t.page.locator('.red-charts').boundingBox();
  for (const { top, bottom } of at) {
    assert.equal(top, at[0].top, 'one row');
    assert.ok(bottom <= frame.y + frame.height + 1, JSON.stringify({ bottom, frame }));
  }
  assert.ok(at[0].right - at[0].left < frame.width && at[1].left < frame.x + frame.width, 'that there is another one can be seen');
  const isNarrow = await t.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth, null);
  assert.ok(isNarrow, 'the page does not scroll sideways');
  await t.page.locator('.red-charts').evaluate((row) => row.scrollTo({ left: row.scrollWidth, behavior: 'instant' }));
  await t.until(async () => (await charts()).at(-1).right <= 391, 'the last one is whole');
});

test('a region of the traces returned can be compared, searched for, or be the range', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await openSearch(t, site);
  await dragOver(t, 'Traces', [0.1, 0.1], [0.9, 0.9]);
  await t.page.locator('[data-region="find"]').click();
  await t.until(() => /traceDuration >= \S+ && traceDuration <= \S+/.test(tempo.log.filter((entry) => entry.path === '/api/search').at(-1).query.q), 'the search');
  const before = t.app.query().get('from');
  await dragOver(t, 'Traces', [0.2, 0.2], [0.6, 0.6]);
  await t.page.locator('[data-region="zoom"]').click();
  await t.until(() => t.app.query().get('from') !== before, 'the range');
  await dragOver(t, 'Traces', [0.2, 0.2], [0.6, 0.6]);
  await t.page.locator('[data-region="compare"]').waitFor();
  await t.page.keyboard.press('Escape');
  await t.page.locator('[data-region]').first().waitFor({ state: 'detached' });
  assert.equal(await t.page.locator('[data-compare]').count(), 0);
});

test('why: failed spans beside the rest, by keyboard, and a source that cannot compare says so', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.explore.says('metrics', '{ nestedSetParent < 0 } | rate()', JSON.stringify(body('metrics/range-rate.json')));
  tempo.explore.says('metrics', '{ nestedSetParent < 0 && status = error } | rate()', JSON.stringify(body('metrics/range-rate-exemplars.json')));
  tempo.explore.says('metrics', '{ nestedSetParent < 0 } | compare({ status = error }, 10)', { status: 400, body: 'compare: unsupported' });
  await openSearch(t, site);
  await t.page.locator('[data-why="failed"]').focus();
  await t.page.keyboard.press('Enter');
  await t.page.getByText('compare: unsupported').waitFor();
  tempo.explore.says('metrics', '{ nestedSetParent < 0 } | compare({ status = error }, 10)', JSON.stringify(COMPARE));
  await t.page.locator('[data-why="failed"]').click();
  await t.page.locator('[data-difference]').first().waitFor();
  assert.match(plain(await t.page.locator('[data-selection]').innerText()), /status ERROR/);
});

test('two samples a millisecond apart: a chart of the step that was asked for, and a page that lives', async (t) => {
  const { site, prometheus } = await withPrometheus(t);
  const fault = JSON.parse(readFileSync(path.join(FIXTURES, 'reports/faults/prometheus-fill-1ms.json')));
  const [series] = fault.data.result;
  const at = WINDOW.from + 3600;
  series.values = series.values.map(([, value], nth) => [at + nth / 1000, value]);
  prometheus.says('*', (entry) => (entry.path.endsWith('/query_range') ? JSON.stringify(fault) : undefined));
  const day = { from: RANGE.from, to: String((WINDOW.from + 24 * 3600) * 1000) };
  await openSearch(t, site, { ...day, figures: 'span-metrics', spans: 'all', by: 'resource.service.name' });
  await t.until(async () => (await linesOf(t, 'Rate')).length === 1, 'one line');
  const drawn = await t.page.locator('[data-chart="Rate"]').evaluate((chart) => chart.innerHTML.length);
  assert.ok(drawn < 100_000, `${drawn} characters of a chart`);
  await t.app.open(site, { q: ALL, ...RANGE });
  await t.page.locator('[data-summary], [data-nothing]').first().waitFor();
});
