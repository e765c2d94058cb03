// The screens and states that are looked at: by axe in axe.test.mjs, by people in the pictures of screens.mjs.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { byHand } from './evidence.mjs';
import { asFile } from './page.mjs';
import { fixturePath, fixtureQuery, otlpJson, sampleQuery, trace, traceId, waterfall } from './truth.mjs';
import { FAILED_REQUEST, NO_ANSWER } from './harness.mjs';
import { createPrometheus } from './prometheus.mjs';
import { distFolder } from './server.mjs';
import { WINDOW, body, instant } from './tempo-explore.mjs';
import { READY } from './views.mjs';

const NETWORK = [FAILED_REQUEST, NO_ANSWER, /blocked by CORS policy/];

async function sample(app, stage, name, more) {
  await app.open(await stage.site(), { file: sampleQuery(name), ...more });
  await app.reach('trace');
  await app.rowsShown();
}

/** A note on a span in the middle of things. */
async function noted(app, words, name) {
  await app.select(waterfall(trace(name))[6].id);
  const notes = app.page.locator('[data-notes-of-span]');
  await notes.locator('[data-add-note]').click();
  await notes.locator('textarea').fill(words);
  await notes.getByRole('button', { name: 'Keep' }).click();
  await notes.locator('.note-text').waitFor();
}

async function fixtureTrace(app, stage, name, more) {
  await app.open(await stage.site(), { file: fixtureQuery(name, 'v2.json'), ...more });
  await app.reach('trace');
  await app.rowsShown();
}

async function viewOf(app, stage, name, view, more) {
  const file = fixtureQuery(name, name === 'import-5k' ? 'v2.pb' : 'v2.json');
  await app.open(await stage.site(), { file, view, ...more });
  await app.reach('trace');
  await app.page.locator(READY[view]).first().waitFor({ state: 'attached' });
}

/** The dialog for a picture of a view. */
async function picture(app, stage, name, view, theme, more = [], before = async () => {}) {
  await viewOf(app, stage, name, view, { theme });
  await before();
  await app.page.locator('summary[aria-label=Download]').click();
  await app.page.getByRole('button', { name: /^Picture/ }).click();
  for (const value of more) await app.page.locator(`[data-picture] label:has(input[value=${value}])`).click();
  await app.page.locator('[data-preview]').waitFor();
  await app.page.locator(more.includes('png2') ? '[data-refused]' : '[data-size]').waitFor();
}

async function failing(app, stage, rule, theme, options = {}) {
  const { tempo, site } = await stage.tempoSite(options);
  tempo.on('*', rule);
  await app.open(site, { trace: traceId('order-full'), theme });
  await app.reach('failure');
}

/** The map of the recorded service graph, with what was not recorded as instant values made of the recorded ranges. */
async function rangeMap(app, stage, more) {
  const prometheus = createPrometheus();
  const last = (file, factor) => JSON.stringify({ status: 'success', data: { resultType: 'vector', result: body(file).data.result.map(({ metric, values }) => ({ metric, value: [WINDOW.to, String(Number(values.at(-1)[1]) * factor)] })) } });
  const by = 'client, server, connection_type';
  const buckets = 'rate(traces_service_graph_request_server_seconds_bucket[1m])';
  prometheus.says(`sum by (${by}) (traces_service_graph_request_failed_total)`, last('prometheus/range-graph-failed.json', WINDOW.to - WINDOW.from));
  for (const p of ['0.5', '0.95']) prometheus.says(`histogram_quantile(${p}, sum by (le, ${by}) (${buckets}))`, last('prometheus/range-graph-p95.json', p === '0.5' ? 0.4 : 1));
  prometheus.says(`histogram_quantile(0.95, sum by (le, server) (${buckets}))`, last('prometheus/range-graph-p95.json', 1));
  const { site } = await stage.tempoSite({}, {}, { prometheus: '/prometheus' }, { '/prometheus': prometheus.handle });
  await app.open(site, { view: 'map', ...EXPLORED, ...more });
  await app.page.locator('svg.map .node').first().waitFor();
}

const SAMPLED = ['order-full', 'erp-error', 'slow-erp', 'get-order-404', 'order-retry', 'n-plus-1', 'quotes-fanout', 'payment-declined', 'lost-http-caller', 'lost-http-callee', 'lost-queue', 'linked-label', 'label-error'];

/** What many traces of a search say together. */
async function across(app, stage, part, more) {
  const { tempo, site } = await stage.tempoSite();
  tempo.explore.says('search', '{ }', () => JSON.stringify({ traces: SAMPLED.map((name) => ({ traceID: traceId(name), rootServiceName: 'api-gateway', rootTraceName: 'x', startTimeUnixNano: '1', durationMs: 5 })), metrics: {} }));
  const many = [['payment-service', 'POST /charge', 2.9, 0.09], ['inventory-service', 'POST /reserve', 4.1, 0.4], ['order-service', 'POST /orders', 3.1, 0], ['erp-connector', 'POST /sync', 3, 0.12], ['label-service', 'process labels.requested', 1.1, 0]];
  const labels = ([service, name]) => ({ 'resource.service.name': service, name, kind: name.startsWith('process') ? 'consumer' : 'server' });
  tempo.explore.says('metrics', '{ } | rate() by (resource.service.name, name, kind, status)', instant(many.flatMap((one) => [[{ ...labels(one), status: 'unset' }, one[2]], [{ ...labels(one), status: 'error' }, one[3]]])));
  tempo.explore.says('metrics', '{ } | quantile_over_time(duration, .5, .95, .99) by (resource.service.name, name, kind)', instant(many.flatMap((one) => [0.5, 0.95, 0.99].map((p, at) => [{ ...labels(one), p }, [0.041, 0.21, 0.61][at] * one[2]]))));
  await app.open(site, { across: part, ...EXPLORED, ...more });
  await app.page.locator({ connectors: '[data-connectors]', propagation: '[data-matrix]', sampling: '[data-config]' }[part]).waitFor();
}

/** A file of many traces, and what they say together. */
async function acrossFile(app, stage, theme, part) {
  const lines = SAMPLED.map((name) => JSON.stringify(otlpJson(name))).join('\n');
  await chosen(app, stage, theme, asFile('traces-2026-11-22.jsonl', lines), 'list');
  await app.page.locator('.a-head .seg').getByRole('button', { name: part }).click();
  await app.page.locator('.across table').first().waitFor();
}

async function examined(app, site, theme) {
  await app.open(site, { setup: '1', theme });
  await app.page.locator('[data-verdict]').first().waitFor();
  await app.page.waitForFunction(() => ![...document.querySelectorAll('[data-verdict]')].some((one) => one.textContent === 'asking'));
}

async function chosen(app, stage, theme, file, screen) {
  await app.open(await stage.site(), { theme });
  await app.reach('home');
  await app.choose(file);
  await app.reach(screen);
}

/** The recorded range, as Grafana writes it. */
const EXPLORED = { from: String(WINDOW.from * 1000), to: String(WINDOW.to * 1000), tz: 'utc' };

/** Durations of services and operations, and all figures of the range before, which were not recorded: made, for the look of the board. */
function sayBoard(tempo) {
  const services = [...new Set(body('metrics/instant-by-two.json').series.map((one) => one.labels[0].value.stringValue))];
  const base = (name) => 0.012 * (1 + (name.length * 7) % 31);
  const quantiles = (names, field, late) => instant(names.flatMap((name) => [0.5, 0.95, 0.99].map((p, at) => [{ [field]: name, p }, base(name) * [1, 4, 9][at] * (late && name === 'erp-connector' ? 2.6 : 1)])));
  const isBefore = (entry) => entry.path.endsWith('/query') && Number(entry.query.end) <= WINDOW.from;
  tempo.explore.says('metrics', '{ kind = server } | quantile_over_time(duration, .5, .95, .99) by (resource.service.name)', (entry) => quantiles(services, 'resource.service.name', !isBefore(entry)));
  tempo.explore.says('metrics', '{ kind = server } | rate() by (resource.service.name, status)', (entry) => {
    if (!isBefore(entry)) return undefined;
    const answer = body('metrics/instant-by-two.json');
    for (const one of answer.series) {
      const [service, status] = one.labels.map(({ value }) => value.stringValue);
      if (service === 'carrier-gls' && status === 'error') one.value = 0.01;
      if (service === 'inventory-service') one.value *= 1.3;
    }
    return JSON.stringify(answer);
  });
  const operations = ['POST /orders', 'GET /orders/:id', 'GET /quotes', 'GET /track/:id', 'POST /invoices'];
  const of = (what) => `{ kind = server && resource.service.name = "api-gateway" } | ${what}`;
  tempo.explore.says('metrics', of('rate() by (name, status)'), instant(operations.flatMap((name, at) => [[{ name, status: 'unset' }, 2.7 / (at + 1)], [{ name, status: 'error' }, at % 2 ? 0 : 0.11]])));
  tempo.explore.says('metrics', of('quantile_over_time(duration, .5, .95, .99) by (name)'), quantiles(operations, 'name', false));
}

/** Recorded answers of another population under the questions of the charts, for their look. */
function sayCharts(tempo) {
  const of = (file) => JSON.stringify(body(file));
  const durations = body('metrics/range-quantile.json').series.filter((one) => one.labels.some(({ value }) => value.stringValue === 'POST /orders'));
  for (const one of durations) one.labels = one.labels.filter(({ key }) => key === 'p').map((label) => (label.value.doubleValue === 0.95 ? { key: 'p', value: { doubleValue: 0.9 } } : label));
  tempo.explore.says('metrics', '{ nestedSetParent < 0 } | rate()', of('metrics/range-default-step.json'));
  tempo.explore.says('metrics', '{ nestedSetParent < 0 && status = error } | rate()', of('metrics/range-rate-exemplars.json'));
  tempo.explore.says('metrics', '{ nestedSetParent < 0 } | quantile_over_time(duration, .5, .9, .99)', JSON.stringify({ series: durations }));
}

const rowWith = (name, test) => waterfall(trace(name)).find(test).id;

/** { name, allow, axe: whether axe looks at it, open(app, stage, theme) } */
/** A file of the build, opened out of its folder. */
const asFileOf = (app, name, query) => app.page.goto(`${pathToFileURL(path.join(distFolder(), name)).href}?${new URLSearchParams(query)}`);

export const STATES = [
  {
    name: 'home',
    axe: true,
    open: async (app, stage, theme) => {
      await app.open(await stage.site(), { theme });
      await app.reach('home');
    },
  },
  {
    name: 'single-home',
    axe: true,
    open: async (app, stage, theme) => {
      await asFileOf(app, 'spanloom.html', { theme });
      await app.reach('home');
    },
  },
  {
    name: 'single-needs-server',
    axe: true,
    open: async (app, stage, theme) => {
      await asFileOf(app, 'spanloom.html', { theme, trace: traceId('order-full') });
      await app.reach('failure');
    },
  },
  {
    name: 'opened-as-a-file',
    open: async (app) => {
      await asFileOf(app, 'index.html', {});
      await app.page.locator('#boot a').waitFor();
    },
  },
  {
    name: 'home-with-tempo',
    axe: true,
    open: async (app, stage, theme) => {
      const { site } = await stage.tempoSite();
      for (const name of ['order-full', 'erp-error', 'n-plus-1']) {
        await app.open(site, { trace: traceId(name), theme });
        await app.reach('trace');
      }
      await app.open(site, { theme });
      await app.reach('explore');
      await app.page.locator('[data-explore-tab="Files"]').click();
      await app.page.waitForTimeout(300);
    },
  },
  {
    name: 'source-consent',
    axe: true,
    open: async (app, stage, theme) => {
      await app.open(await stage.site(), { tempo: 'https://tempo.example', trace: traceId('order-full'), theme });
      await app.page.locator('[data-consent]').waitFor();
    },
  },
  {
    name: 'explore-services',
    axe: true,
    open: async (app, stage, theme) => {
      const { tempo, site } = await stage.tempoSite();
      sayBoard(tempo);
      await app.open(site, { ...EXPLORED, theme });
      await app.page.locator('[data-line]').first().waitFor();
    },
  },
  {
    name: 'explore-map',
    axe: true,
    open: (app, stage, theme) => rangeMap(app, stage, { theme }),
  },
  {
    name: 'explore-compare',
    axe: true,
    open: async (app, stage, theme) => {
      const { tempo, site } = await stage.tempoSite();
      sayCharts(tempo);
      tempo.explore.says('metrics', '{ nestedSetParent < 0 } | histogram_over_time(duration)', JSON.stringify(body('metrics/range-histogram.json')));
      tempo.explore.says('metrics', '{ nestedSetParent < 0 } | compare({ status = error }, 10)', JSON.stringify(body('metrics/instant-compare.json')));
      await app.open(site, { q: '{ }', duration: 'heatmap', ...EXPLORED, theme });
      await app.page.locator('[data-why="failed"]').click();
      await app.page.locator('[data-difference]').first().waitFor();
    },
  },
  {
    name: 'embed-search',
    axe: true,
    open: async (app, stage, theme) => {
      const { tempo, site } = await stage.tempoSite();
      sayCharts(tempo);
      await app.open(site, { q: '{ span:status = error }', ...EXPLORED, embed: '1', theme });
      await app.page.locator('[data-found]').first().waitFor();
    },
  },
  {
    name: 'embed-unfilled',
    axe: true,
    open: async (app, stage, theme) => {
      const { site } = await stage.tempoSite();
      await app.open(site, { trace: '$traceId', embed: '1', theme });
      await app.reach('failure');
    },
  },
  {
    name: 'explore-map-edge',
    axe: true,
    open: async (app, stage, theme) => {
      await rangeMap(app, stage, { theme, node: 'order-service→payment-service' });
      await app.page.locator('[data-map-panel]').waitFor();
    },
  },
  {
    name: 'explore-map-sample',
    open: async (app, stage, theme) => {
      const { tempo, site } = await stage.tempoSite();
      tempo.explore.says('search', '{ }', () => JSON.stringify({ traces: ['order-full', 'erp-error', 'slow-erp', 'order-retry'].map((name) => ({ traceID: traceId(name), rootServiceName: 'api-gateway', rootTraceName: 'x', startTimeUnixNano: '1', durationMs: 5 })), metrics: {} }));
      await app.open(site, { view: 'map', ...EXPLORED, theme });
      await app.page.locator('svg.map .node').first().waitFor();
    },
  },
  { name: 'across-connectors', axe: true, open: (app, stage, theme) => across(app, stage, 'connectors', { theme }) },
  {
    name: 'across-connectors-open',
    open: async (app, stage, theme) => {
      await across(app, stage, 'connectors', { theme });
      await app.page.locator('[data-connector] .a-name').first().click();
      await app.page.locator('[data-open-trace]').first().waitFor();
    },
  },
  { name: 'across-propagation', axe: true, open: (app, stage, theme) => across(app, stage, 'propagation', { theme }) },
  { name: 'across-sampling', axe: true, open: (app, stage, theme) => across(app, stage, 'sampling', { theme }) },
  { name: 'across-list-connectors', axe: true, open: (app, stage, theme) => acrossFile(app, stage, theme, 'Connectors') },
  { name: 'across-list-sampling', open: (app, stage, theme) => acrossFile(app, stage, theme, 'Sampling lab') },
  {
    name: 'doctor-well',
    axe: true,
    open: async (app, stage, theme) => {
      const { site } = await stage.tempoSite({}, {}, { prometheus: '/prometheus' }, { '/prometheus': createPrometheus().handle });
      await examined(app, site, theme);
    },
  },
  {
    name: 'doctor-cors',
    axe: true,
    allow: NETWORK,
    open: async (app, stage, theme) => {
      const { origin } = await stage.farTempo();
      const config = { sources: [{ name: 'tempo-staging', type: 'tempo', url: origin, tenant: 'shipping' }] };
      await examined(app, await stage.site({ config, connect: [origin] }), theme);
    },
  },
  {
    name: 'explore-operations',
    axe: true,
    open: async (app, stage, theme) => {
      const { tempo, site } = await stage.tempoSite();
      sayBoard(tempo);
      await app.open(site, { ...EXPLORED, operations: 'api-gateway', theme });
      await app.page.locator('.board-row.sub').first().waitFor();
    },
  },
  {
    name: 'explore-search',
    axe: true,
    open: async (app, stage, theme) => {
      const { tempo, site } = await stage.tempoSite();
      sayCharts(tempo);
      await app.open(site, { ...EXPLORED, q: '{ span:status = error }', theme });
      await app.page.locator('[data-found]').first().waitFor();
    },
  },
  {
    name: 'explore-unfolded',
    axe: true,
    open: async (app, stage, theme) => {
      const { site } = await stage.tempoSite();
      await app.open(site, { ...EXPLORED, q: '{ span:status = error } | by(resource.service.name)', theme });
      await app.page.locator('.results .twist').first().click();
      await app.page.locator('[data-found-span]').first().waitFor();
    },
  },
  {
    name: 'explore-editor',
    axe: true,
    open: async (app, stage, theme) => {
      const { site } = await stage.tempoSite();
      await app.open(site, { ...EXPLORED, q: '{ span:status = error }', theme });
      await app.page.locator('[data-found]').first().waitFor();
      const editor = app.page.locator('textarea[data-query]');
      await editor.fill('');
      await editor.pressSequentially('{ span:status = error && resource.service.name = "carrier-');
      await app.page.locator('[data-offer="carrier-dpd"]').waitFor();
      await editor.press('ArrowDown');
    },
  },
  {
    name: 'explore-form',
    axe: true,
    open: async (app, stage, theme) => {
      const { site } = await stage.tempoSite();
      await app.open(site, { ...EXPLORED, q: '{ status = error && span.order.source = "edi" }', theme });
      await app.page.getByRole('button', { name: 'Form' }).click();
      await app.page.locator('[data-query-form]').waitFor();
    },
  },
  {
    name: 'explore-range',
    axe: true,
    open: async (app, stage, theme) => {
      const { tempo, site } = await stage.tempoSite();
      sayBoard(tempo);
      await app.open(site, { ...EXPLORED, theme });
      await app.page.locator('summary[data-range]').click();
      await app.page.getByLabel('From', { exact: true }).waitFor();
    },
  },
  {
    name: 'explore-refused',
    axe: true,
    allow: NETWORK,
    open: async (app, stage, theme) => {
      const { site } = await stage.tempoSite();
      await app.open(site, { ...EXPLORED, q: '{ foo = 1 }', theme });
      await app.page.locator('.x-failed').waitFor();
    },
  },
  {
    name: 'explore-nothing',
    axe: true,
    open: async (app, stage, theme) => {
      const { site } = await stage.tempoSite();
      await app.open(site, { ...EXPLORED, q: '{ span.foo = "nope" }', theme });
      await app.page.locator('[data-nothing]').waitFor();
    },
  },
  {
    name: 'drop-target',
    open: async (app, stage, theme) => {
      await app.open(await stage.site(), { theme });
      await app.reach('home');
      await app.drop([fixturePath('get-order', 'v2.json')], { x: 200, y: 300 });
    },
  },
  {
    name: 'loading',
    axe: true,
    open: async (app, stage, theme) => {
      const { tempo, site } = await stage.tempoSite();
      tempo.on('*', { stall: 0.6 });
      await app.open(site, { trace: traceId('import-5k'), theme });
      await app.reach('loading');
      await app.page.waitForTimeout(600);
    },
  },
  {
    name: 'trace',
    axe: true,
    open: (app, stage, theme) => sample(app, stage, 'order-full', { theme }),
  },
  { name: 'picture-timeline', axe: true, open: (app, stage, theme) => picture(app, stage, 'order-full', 'timeline', theme) },
  { name: 'picture-refused', axe: true, open: (app, stage, theme) => picture(app, stage, 'import-5k', 'timeline', theme, ['png2'], () => app.showEveryRow()) },
  { name: 'picture-map-visible', open: (app, stage, theme) => picture(app, stage, 'order-full', 'map', theme, ['png', 'visible']) },
  {
    name: 'trace-details',
    axe: true,
    open: async (app, stage, theme) => {
      const span = rowWith('order-full', (row) => /UPDATE/.test(row.name));
      await sample(app, stage, 'order-full', { theme, span });
      await app.details().waitFor();
    },
  },
  {
    name: 'trace-window',
    open: (app, stage, theme) => sample(app, stage, 'order-full', { theme, t0: '0', t1: '3400000000' }),
  },
  {
    name: 'trace-unfolded',
    open: async (app, stage, theme) => {
      await sample(app, stage, 'order-full', { theme });
      await app.showEveryRow();
    },
  },
  {
    name: 'trace-errors',
    axe: true,
    open: async (app, stage, theme) => {
      const span = rowWith('erp-error', (row) => row.name === 'erp.call odoo');
      await fixtureTrace(app, stage, 'erp-error', { theme, span });
      await app.details().waitFor();
    },
  },
  {
    name: 'trace-find',
    axe: true,
    open: async (app, stage, theme) => {
      await sample(app, stage, 'slow-erp', { theme, find: 'service:erp-connector' });
      await app.page.waitForTimeout(200);
    },
  },
  { name: 'trace-slow-erp', open: (app, stage, theme) => sample(app, stage, 'slow-erp', { theme }) },
  { name: 'trace-n-plus-1', open: (app, stage, theme) => sample(app, stage, 'n-plus-1', { theme }) },
  { name: 'trace-orphans', axe: true, open: (app, stage, theme) => sample(app, stage, 'orphans-missing-root', { theme }) },
  { name: 'trace-lost-queue', open: (app, stage, theme) => sample(app, stage, 'lost-queue', { theme }) },
  { name: 'trace-clock-skew', open: (app, stage, theme) => sample(app, stage, 'clock-skew', { theme }) },
  { name: 'trace-import-5k', open: (app, stage, theme) => sample(app, stage, 'import-5k', { theme }) },
  { name: 'trace-all-types', open: async (app, stage, theme) => {
    await fixtureTrace(app, stage, 'synthetic-types', { theme, span: waterfall(trace('synthetic-types'))[0].id });
    await app.details().waitFor();
  } },
  { name: 'trace-topology', open: (app, stage, theme) => fixtureTrace(app, stage, 'synthetic-topology', { theme }) },
  {
    name: 'trace-partial',
    axe: true,
    open: async (app, stage, theme) => {
      const { tempo, site } = await stage.tempoSite();
      tempo.on('*', 'partial');
      await app.open(site, { trace: traceId('order-full'), theme });
      await app.reach('trace');
      await app.rowsShown();
    },
  },
  {
    name: 'trace-embed',
    open: (app, stage, theme) => sample(app, stage, 'order-full', { theme, embed: '1' }),
  },
  // The views
  ...[
    { name: 'flame', query: {}, view: 'flame' },
    { name: 'graph', query: { find: 'service:erp-connector' }, view: 'graph' },
    { name: 'map', query: { node: 'order-service' }, view: 'map' },
    { name: 'stats', query: { find: 'service:inventory-service' }, view: 'stats' },
  ].map(({ name, query, view }) => ({
    name: `view-${name}`,
    axe: true,
    open: (app, stage, theme) => viewOf(app, stage, 'order-retry', view, { ...query, theme }),
  })),
  { name: 'view-findings', axe: true, open: (app, stage, theme) => viewOf(app, stage, 'synthetic-topology', 'findings', { theme }) },
  { name: 'view-flame-import-5k', open: (app, stage, theme) => viewOf(app, stage, 'import-5k', 'flame', { theme }) },
  { name: 'view-graph-import-5k', open: (app, stage, theme) => viewOf(app, stage, 'import-5k', 'graph', { theme }) },
  { name: 'view-map-whole', open: (app, stage, theme) => viewOf(app, stage, 'order-full', 'map', { theme }) },
  { name: 'view-map-edge', open: (app, stage, theme) => viewOf(app, stage, 'order-retry', 'map', { theme, node: 'order-service→inventory-service' }) },
  { name: 'view-map-topology', open: (app, stage, theme) => viewOf(app, stage, 'synthetic-topology', 'map', { theme }) },
  { name: 'view-stats-service', open: (app, stage, theme) => viewOf(app, stage, 'order-full', 'stats', { theme, by: 'service', sort: '-critical' }) },
  { name: 'view-findings-calm', open: (app, stage, theme) => viewOf(app, stage, 'order-full', 'findings', { theme }) },
  { name: 'view-findings-5', open: (app, stage, theme) => viewOf(app, stage, 'linked-label', 'findings', { theme }) },
  { name: 'view-findings-import-5k', open: (app, stage, theme) => viewOf(app, stage, 'import-5k', 'findings', { theme }) },
  { name: 'view-findings-n-plus-1', axe: true, open: (app, stage, theme) => viewOf(app, stage, 'n-plus-1', 'findings', { theme, find: 'finding:repeated_calls.1' }) },
  {
    name: 'view-findings-rules',
    axe: true,
    open: async (app, stage, theme) => {
      await viewOf(app, stage, 'erp-error', 'findings', { theme, clocks: 'right' });
      await app.page.getByRole('button', { name: 'Rules' }).click();
      await app.page.locator('.f-rules').waitFor();
    },
  },
  {
    name: 'view-findings-other-half',
    axe: true,
    open: async (app, stage, theme) => {
      const { site } = await stage.tempoSite();
      await app.open(site, { trace: traceId('lost-queue'), view: 'findings', theme });
      await app.page.getByRole('button', { name: 'Look for the other half' }).first().click();
      await app.page.locator('.f-questions').waitFor();
    },
  },
  {
    name: 'settings',
    axe: true,
    open: async (app, stage, theme) => {
      await sample(app, stage, 'order-full', { theme });
      await app.page.getByRole('button', { name: 'Settings' }).click();
      await app.page.locator('dialog[open]').waitFor();
    },
  },
  {
    name: 'consent',
    axe: true,
    open: async (app, stage, theme) => {
      await sample(app, stage, 'order-full', { theme });
      // As a page of another origin around this one would ask; the question must stand on the page itself for axe.
      await app.page.evaluate(() => dispatchEvent(new MessageEvent('message', {
        origin: 'https://incidents.example', source: window, data: { spanloom: 1, id: 'c', type: 'open', name: 'x.json', data: '{}' },
      })));
      await app.page.getByRole('alertdialog').waitFor();
    },
  },
  {
    name: 'keys',
    axe: true,
    open: async (app, stage, theme) => {
      await sample(app, stage, 'order-full', { theme });
      await app.page.keyboard.press('?');
      await app.page.locator('dialog[open]').waitFor();
    },
  },
  {
    name: 'download-menu',
    axe: true,
    open: async (app, stage, theme) => {
      await sample(app, stage, 'order-full', { theme });
      await app.menuItem(/report/i);
    },
  },
  {
    name: 'hand-over',
    axe: true,
    open: async (app, stage, theme) => {
      await viewOf(app, stage, 'order-full', 'timeline', { theme });
      await noted(app, 'Why does this take so long?\nAsk anna@example.com.', 'order-full');
      await (await app.menuItem('Hand over…')).click();
      await app.page.locator('[data-hand-over-sum]').filter({ hasText: 'before packing' }).waitFor();
      await app.page.locator('[data-take-out=ip] button').click();
    },
  },
  {
    name: 'notes',
    axe: true,
    open: async (app, stage, theme) => {
      await viewOf(app, stage, 'order-full', 'timeline', { theme });
      await noted(app, 'Why does this take so long?', 'order-full');
      await app.page.locator('[data-fact=notes] button').click();
      await app.page.locator('[data-notes-of-span] [data-add-note]').click();
    },
  },
  {
    name: 'evidence',
    axe: true,
    open: async (app, stage, theme) => {
      const more = { view: `view=timeline&theme=${theme}`, from: 'production', saved_unix_ms: 1_795_000_000_000, redacted: [{ rule: 'email', values: 2, places: 14 }, { rule: 'literal', values: 0, places: 31 }] };
      const file = byHand(path.join(stage.folder(), 'evidence.html'), 'order-full', more);
      await app.page.goto(pathToFileURL(file).href);
      await app.reach('trace');
      await app.rowsShown();
    },
  },
  {
    name: 'evidence-damaged',
    axe: true,
    open: async (app, stage, theme) => {
      const file = byHand(path.join(stage.folder(), 'evidence.html'), 'order-full', { trace: 'H4sIAAAA' });
      await app.page.goto(`${pathToFileURL(file).href}?theme=${theme}`);
      await app.reach('failure');
    },
  },
  {
    name: 'list',
    axe: true,
    open: async (app, stage, theme) => {
      const names = ['get-order', 'erp-error', 'linked-label', 'label-error', 'order-full', 'payment-declined', 'n-plus-1',
        'quotes-fanout', 'order-retry', 'clock-skew', 'orphans-missing-root'];
      const lines = names.map((name) => JSON.stringify(otlpJson(name))).join('\n');
      await chosen(app, stage, theme, asFile('traces-2026-11-22.jsonl', lines), 'list');
    },
  },
  {
    name: 'broken-file',
    axe: true,
    open: async (app, stage, theme) => {
      const bytes = readFileSync(fixturePath('order-full', 'conv.otlp.json'));
      await chosen(app, stage, theme, asFile('orders-2026-11-22.json', bytes.subarray(0, 70_000)), ['failure', 'trace']);
    },
  },
  {
    name: 'unreadable-file',
    open: (app, stage, theme) => chosen(app, stage, theme, asFile('notes.txt', 'hello, this is not a trace\n'), 'failure'),
  },
  {
    name: 'file-needed',
    open: async (app, stage, theme) => {
      await chosen(app, stage, theme, asFile('erp-2026-11-22.json', readFileSync(fixturePath('erp-error', 'v2.json'))), 'trace');
      await app.rowsShown();
      await app.page.waitForTimeout(700);
      await app.page.reload();
      await app.page.locator('main[data-screen]').waitFor();
      await app.page.waitForTimeout(300);
    },
  },
  {
    name: 'not-found',
    axe: true,
    allow: NETWORK,
    open: (app, stage, theme) => failing(app, stage, 'missing', theme),
  },
  { name: 'unauthorised', allow: NETWORK, open: (app, stage, theme) => failing(app, stage, 'ok', theme, { tenant: true }) },
  { name: 'unavailable', axe: true, allow: NETWORK, open: (app, stage, theme) => failing(app, stage, 'timeout', theme) },
  {
    name: 'cors',
    axe: true,
    allow: NETWORK,
    open: async (app, stage, theme) => {
      const { origin } = await stage.farTempo();
      const config = { sources: [{ name: 'tempo-staging', type: 'tempo', url: origin }] };
      await app.open(await stage.site({ connect: [origin], config }), { trace: traceId('order-full'), theme });
      await app.reach('failure');
    },
  },
];
