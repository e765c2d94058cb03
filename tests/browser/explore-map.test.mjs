// The service map of a range: counted by a Prometheus, or made of a sample; held against the recorded bodies and facts, read here as plain JSON.

import assert from 'node:assert/strict';
import { plain } from './figures.mjs';
import { FAILED_REQUEST, test } from './harness.mjs';
import { createPrometheus } from './prometheus.mjs';
import { WINDOW, body } from './tempo-explore.mjs';
import { FACTS, traceId } from './truth.mjs';

const RANGE = { from: String(WINDOW.from * 1000), to: String(WINDOW.to * 1000) };
const SECONDS = WINDOW.to - WINDOW.from;
const CALLS = 'sum by (client, server, connection_type) (traces_service_graph_request_total)';
const FAILED = 'sum by (client, server, connection_type) (traces_service_graph_request_failed_total)';

const GRAPH = body('prometheus/instant-graph-connection-types.json').data.result;

/** A vector of made values by edge. */
const vector = (lines) => JSON.stringify({ status: 'success', data: { resultType: 'vector', result: lines.map(([metric, value]) => ({ metric, value: [WINDOW.to, String(value)] })) } });

async function stageMap(t, tempoOptions = {}) {
  const prometheus = createPrometheus();
  const made = await t.tempoSite(tempoOptions, {}, { prometheus: '/prometheus' }, { '/prometheus': prometheus.handle });
  return { ...made, prometheus };
}

async function openMap(t, site, more = {}) {
  await t.app.open(site, { view: 'map', ...RANGE, ...more });
  await t.app.reach('explore');
  await t.page.locator('svg.map .node').first().waitFor();
}

const edgesOf = (t) =>
  t.page.locator('g[data-edge]').evaluateAll((edges) => edges.map(({ dataset }) => ({ from: dataset.from, to: dataset.to, kind: dataset.kind, calls: Number(dataset.calls), errors: Number(dataset.errors) })));

/** How the page names the ends of a recorded series. */
function ends({ client, server, connection_type: type = '' }) {
  return {
    from: type === 'virtual_node' ? `caller:${client}` : client,
    to: type === 'database' ? `db:${server}` : server,
    kind: type === 'messaging_system' ? 'message' : 'call',
  };
}

const byEnds = (a, b) => `${a.from} ${a.to} ${a.kind}`.localeCompare(`${b.from} ${b.to} ${b.kind}`);

test('counted by Prometheus: every recorded edge with its calls, databases, messages and outside callers as what they are', async (t) => {
  const { site, prometheus } = await stageMap(t);
  await openMap(t, site);
  await t.until(async () => (await edgesOf(t)).length === GRAPH.length, 'all edges');
  const expected = GRAPH.map(({ metric, value }) => ({ ...ends(metric), calls: Number(value[1]), errors: 0 }));
  assert.deepEqual((await edgesOf(t)).sort(byEnds), expected.sort(byEnds));
  assert.match(plain(await t.page.locator('[data-basis]').innerText()), /all calls of the range/);
  const kinds = await t.page.locator('g.node').evaluateAll((nodes) => Object.fromEntries(nodes.map(({ dataset }) => [dataset.node, dataset.kind])));
  assert.equal(kinds['db:orders-db'], 'database');
  assert.equal(kinds['caller:user'], 'outside caller');
  assert.equal(kinds['order-service'], 'service');
  const gateway = GRAPH.find(({ metric }) => metric.client === 'user' && metric.server === 'api-gateway');
  const rate = Number(gateway.value[1]) / SECONDS;
  const label = await t.page.locator('g.node[data-node="api-gateway"]').getAttribute('aria-label');
  assert.ok(label.includes(`${rate.toFixed(2)}/s`), `${label} for ${rate}`);
  assert.equal(prometheus.log.filter((entry) => entry.path === '/api/v1/query').length, 6);
});

test('failed calls and p95 stand on edges and nodes', async (t) => {
  const { site, prometheus } = await stageMap(t);
  const edge = { client: 'order-service', server: 'payment-service' };
  const p95 = body('prometheus/range-graph-p95.json').data.result.find(({ metric }) => metric.client === edge.client && metric.server === edge.server).values.at(-1)[1];
  prometheus.says(FAILED, vector([[edge, 37]]));
  prometheus.says('histogram_quantile(0.95, sum by (le, client, server, connection_type) (rate(traces_service_graph_request_server_seconds_bucket[1m])))', vector([[edge, p95]]));
  prometheus.says('histogram_quantile(0.95, sum by (le, server) (rate(traces_service_graph_request_server_seconds_bucket[1m])))', vector([[{ server: 'payment-service' }, p95]]));
  await openMap(t, site);
  const drawn = t.page.locator('g[data-edge][data-from="order-service"][data-to="payment-service"]');
  const calls = Number(GRAPH.find(({ metric }) => metric.client === edge.client && metric.server === edge.server).value[1]);
  assert.deepEqual([await drawn.getAttribute('data-calls'), await drawn.getAttribute('data-errors')], [String(calls), '37']);
  await drawn.focus();
  await t.page.keyboard.press('Enter');
  const panel = t.page.locator('[data-map-panel]');
  await panel.waitFor();
  const figure = async (name) => plain(await panel.locator(`[data-figure="${name}"]`).innerText());
  assert.equal(await figure('rate'), `${(calls / SECONDS).toFixed(2)}/s`);
  assert.equal(await figure('failed'), '37');
  assert.equal(await figure('p95'), `${(Number(p95) * 1e3).toFixed(Number(p95) >= 0.1 ? 0 : 1)} ms`);
  const node = await t.page.locator('g.node[data-node="payment-service"]').getAttribute('aria-label');
  assert.match(node, /p95 .*, 37 calls failed/);
});

test('an edge leads to a search for its traces, and so does a node', async (t) => {
  const { tempo, site } = await stageMap(t);
  await openMap(t, site);
  await t.page.locator('g[data-edge][data-from="order-service"][data-to="erp-connector"]').focus();
  await t.page.keyboard.press('Enter');
  await t.page.locator('[data-behind="all"]').click();
  await t.page.locator('[data-summary], [data-nothing]').first().waitFor();
  const query = '{ resource.service.name = "order-service" } > { resource.service.name = "erp-connector" }';
  assert.equal(tempo.log.filter((entry) => entry.path === '/api/search').at(-1).query.q, query);
  await t.page.goBack();
  await t.page.locator('svg.map .node').first().waitFor();
  await t.page.locator('g.node[data-node="db:orders-db"]').focus();
  await t.page.keyboard.press('Enter');
  await t.page.keyboard.press('Enter');
  await t.page.locator('[data-summary], [data-nothing]').first().waitFor();
  assert.match(tempo.log.filter((entry) => entry.path === '/api/search').at(-1).query.q, /kind = client && \(span\.db\.namespace = "orders-db"/);
});

/** A search that finds traces that were recorded whole. */
function finds(tempo, names, query = '{ }') {
  tempo.explore.says('search', query, () => JSON.stringify({
    traces: names.map((name) => ({ traceID: traceId(name), rootServiceName: 'api-gateway', rootTraceName: 'x', startTimeUnixNano: String(WINDOW.from * 1e9), durationMs: 5 })),
    metrics: {},
  }));
}

const SAMPLED = ['order-full', 'erp-error', 'slow-erp', 'get-order-404'];

/** Calls between services and to what is outside, summed over traces, by the facts. */
function sums(names) {
  const edges = new Map();
  const add = (from, to, calls, errors) => {
    const key = `${from} → ${to}`;
    const sum = edges.get(key) ?? { calls: 0, errors: 0 };
    edges.set(key, { calls: sum.calls + calls, errors: sum.errors + errors });
  };
  for (const name of names) {
    for (const one of FACTS[name].service_edges) add(one.client, one.server, one.calls, one.with_error);
    for (const one of FACTS[name].external_edges) add(one.client, one.target, one.calls, one.with_error);
  }
  return edges;
}

test('without a Prometheus it is made of a sample, which is told, and its sums are those of the traces', async (t) => {
  const { tempo, site } = await t.tempoSite();
  finds(tempo, SAMPLED);
  await openMap(t, site);
  const expected = sums(SAMPLED);
  await t.until(async () => {
    const drawn = new Map();
    for (const { from, to, calls, errors } of (await edgesOf(t)).filter(({ from, to }) => !from.startsWith('caller:') && from !== to)) {
      const sum = drawn.get(`${from} → ${to}`) ?? { calls: 0, errors: 0 };
      drawn.set(`${from} → ${to}`, { calls: sum.calls + calls, errors: sum.errors + errors });
    }
    assert.deepEqual([...drawn].sort(), [...expected].sort());
    return true;
  }, 'the sums of the facts');
  assert.match(plain(await t.page.locator('[data-basis]').innerText()), /of 4 traces, all that match/);
  const fetched = tempo.log.filter((entry) => entry.path.startsWith('/api/v2/traces/'));
  assert.deepEqual(new Set(fetched.map((entry) => entry.path.split('/').at(-1))), new Set(SAMPLED.map(traceId)));
});

test('a Prometheus without a service graph is told, and a sample takes its place', async (t) => {
  const { tempo, site, prometheus } = await stageMap(t);
  prometheus.says('*', vector([]));
  finds(tempo, SAMPLED);
  await openMap(t, site);
  assert.match(plain(await t.page.locator('[data-note]').innerText()), /Prometheus of tempo-staging has no service-graph metrics/);
  assert.match(plain(await t.page.locator('[data-basis]').innerText()), /of 4 traces/);
});

test('one that refuses is told with its own words', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site, prometheus } = await stageMap(t);
  prometheus.says(CALLS, { status: 400, body: JSON.stringify(body('prometheus/error-bad-query.json')) });
  finds(tempo, SAMPLED);
  await openMap(t, site);
  assert.match(plain(await t.page.locator('[data-note]').innerText()), /unclosed left parenthesis/);
});

test('a trace of the sample that cannot be had is counted, and fetching can be given up', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  finds(tempo, SAMPLED);
  tempo.on(traceId('erp-error'), { status: 500, body: 'broken' });
  await openMap(t, site);
  assert.match(plain(await t.page.locator('[data-basis]').innerText()), /of 3 traces.*1 could not be had/);
  tempo.on('*', 'hang');
  tempo.on(traceId('erp-error'), 'hang');
  await t.page.getByRole('button', { name: 'Ask again now' }).click();
  await t.page.locator('[data-fetched]').waitFor();
  assert.match(await t.page.locator('[data-fetched]').innerText(), /0 of 4/);
  await t.page.getByRole('button', { name: 'Cancel' }).click();
  await t.page.locator('[data-fetched]').waitFor({ state: 'detached' });
  await t.until(() => tempo.log.filter((entry) => entry.closedEarly).length >= 4, 'the requests to be aborted');
  assert.match(plain(await t.page.locator('[data-basis]').innerText()), /of 3 traces/);
});

test('a search has its own map, which the address keeps', async (t) => {
  const { tempo, site } = await stageMap(t);
  finds(tempo, ['erp-error'], '{ status = error }');
  await openMap(t, site, { q: '{ status = error }' });
  assert.match(plain(await t.page.locator('[data-basis]').innerText()), /of 1 trace/);
  await t.page.locator('.x-map-head .chip').click();
  await t.page.getByText('all calls of the range').waitFor();
  assert.equal(new URL(t.page.url()).searchParams.get('q'), null);
  await t.page.goBack();
  await t.page.getByText(/of 1 trace/).waitFor();
  await t.page.locator('[data-explore-tab="Traces"]').click();
  await t.page.locator('[data-map-of]').click();
  await t.page.locator('svg.map .node').first().waitFor();
});

test('what is picked, near and on the edges is in the address', async (t) => {
  const { site } = await stageMap(t);
  await openMap(t, site, { node: 'order-service', near: 'erp-connector', edges: 'total', without: 'databases' });
  await t.page.locator('[data-map-panel]').waitFor();
  const nodes = await t.page.locator('g.node').evaluateAll((all) => all.map((node) => node.dataset.node));
  assert.deepEqual(nodes.sort(), ['erp-connector', 'order-service']);
  await t.page.keyboard.press('Escape');
  await t.page.locator('g.node[data-node="erp-connector"]').click();
  await t.until(() => new URL(t.page.url()).searchParams.get('node') === 'erp-connector', 'the address');
  await t.page.getByRole('button', { name: 'p50', exact: true }).click();
  await t.until(() => new URL(t.page.url()).searchParams.get('edges') === 'p50', 'the figure in the address');
});

test('on a narrow screen it opens where the busiest service is in sight', { size: 'narrow' }, async (t) => {
  const { site } = await stageMap(t);
  await openMap(t, site);
  await t.until(async () => (await edgesOf(t)).length === GRAPH.length, 'all edges');
  const received = new Map();
  for (const { metric, value } of GRAPH) received.set(ends(metric).to, (received.get(ends(metric).to) ?? 0) + Number(value[1]));
  const services = new Set(await t.page.locator('g.node[data-kind="service"]').evaluateAll((nodes) => nodes.map((node) => node.dataset.node)));
  const [busiest] = [...received].filter(([key]) => services.has(key)).sort(([, a], [, b]) => b - a)[0];
  const [node, view] = await Promise.all([`g.node[data-node="${busiest}"]`, 'svg.map'].map((one) => t.page.locator(one).boundingBox()));
  assert.ok(node.x >= view.x && node.x + node.width <= view.x + view.width, JSON.stringify({ busiest, node, view }));
  assert.ok(node.y >= view.y && node.y + node.height <= view.y + view.height, JSON.stringify({ busiest, node, view }));
});

for (const size of ['wide', 'narrow']) {
  test(`by keyboard, ${size}: along the calls, larger and smaller, to the traces and back`, { size }, async (t) => {
    const { tempo, site } = await stageMap(t);
    await openMap(t, site);
    const entry = t.page.locator('g.node[tabindex="0"]');
    assert.equal(await entry.count(), 1, 'one node takes part in the order of Tab');
    await entry.focus();
    const picked = () => t.page.locator('g.node.sel').getAttribute('data-node');
    await t.page.keyboard.press('Enter');
    await t.page.locator('g.node.sel').waitFor();
    const first = await picked();
    await t.page.keyboard.press('ArrowRight');
    await t.until(async () => (await picked()) !== first, 'a step to the right');
    const edges = await edgesOf(t);
    const second = await picked();
    assert.ok(edges.some(({ from, to }) => from === first && to === second), `${first} calls ${second}`);
    const scale = () => t.page.locator('[data-scale]').innerText();
    const before = await scale();
    await t.page.keyboard.press('+');
    await t.until(async () => (await scale()) !== before, 'a larger picture');
    await t.page.keyboard.press('f');
    await t.page.keyboard.press('Escape');
    await t.page.locator('[data-map-panel]').waitFor({ state: 'detached' });
    await t.page.keyboard.press('ArrowRight');
    await t.page.locator('g.node.sel:focus').waitFor();
    await t.page.keyboard.press('Enter');
    await t.page.locator('[data-summary], [data-nothing]').first().waitFor();
    assert.ok(tempo.log.some((entry) => entry.path === '/api/search'));
  });
}

/** A graph of many services: a chain of tiers, each calling some of the next. */
function large(services) {
  const lines = [];
  for (let at = 1; at < services; at += 1) {
    for (const above of new Set([Math.floor(at / 3), Math.floor(at / 2)])) {
      if (above !== at) lines.push([{ client: `service-${above}`, server: `service-${at}` }, 1000 + services - at]);
    }
  }
  return vector(lines);
}

test('300 services stay readable: a said cap, a service found, its neighbours alone', async (t) => {
  const { site, prometheus } = await stageMap(t);
  prometheus.says(CALLS, large(300));
  await openMap(t, site);
  await t.until(async () => (await t.page.locator('g.node').count()) === 100, 'the cap');
  assert.match(plain(await t.page.locator('[data-cut]').innerText()), /The 100 of 300 with most calls/);
  await t.page.locator('.map-find').fill('service-299');
  await t.page.keyboard.press('Enter');
  await t.page.locator('g.node[data-node="service-299"]').waitFor();
  const nodes = await t.page.locator('g.node').evaluateAll((all) => all.map((node) => node.dataset.node));
  assert.deepEqual(nodes.sort(), ['service-149', 'service-299', 'service-99']);
});

test('1,000 services are drawn, all of them if wanted, and the page answers', async (t) => {
  const { site, prometheus } = await stageMap(t);
  prometheus.says(CALLS, large(1000));
  await openMap(t, site);
  await t.page.locator('[data-cut] button').click();
  await t.until(async () => (await t.page.locator('g.node').count()) === 1000, 'all of them', 20_000);
  // The picture answers while it is made and after: a press picks.
  await t.page.locator('g.node[data-node="service-0"]').focus();
  await t.page.keyboard.press('Enter');
  await t.page.locator('[data-map-panel]').waitFor();
});

/** A graph in which every service calls every other, each pair another number of times. */
function everyone(services) {
  const lines = [];
  for (let from = 0; from < services; from += 1) {
    for (let to = 0; to < services; to += 1) {
      if (from !== to) lines.push([{ client: `service-${from}`, server: `service-${to}` }, 1 + ((from * 31 + to * 17) % 997)]);
    }
  }
  return { lines, body: vector(lines) };
}

test('200 services that all call one another: all are drawn, the heaviest connections of each, and the rest is counted and listed', async (t) => {
  const { site, prometheus } = await stageMap(t);
  const { lines, body: answer } = everyone(200);
  prometheus.says(CALLS, answer);
  await openMap(t, site);
  await t.until(async () => (await t.page.locator('g.node').count()) === 100, 'the cap');
  assert.match(plain(await t.page.locator('[data-cut]').innerText()), /The 100 of 200 with most calls, [\d,]+ lighter connections are not drawn/);
  await t.page.locator('[data-cut] button').click();
  await t.until(async () => (await t.page.locator('g.node').count()) === 200, 'all of them', 20_000);
  const words = plain(await t.page.locator('[data-cut]').innerText());
  const leftOut = Number(/([\d,]+) lighter connections are not drawn/.exec(words)[1].replaceAll(',', ''));
  await t.until(async () => (await edgesOf(t)).length === lines.length - leftOut, `${lines.length - leftOut} connections`);
  const drawn = await edgesOf(t);
  assert.ok(drawn.length >= 400 && drawn.length <= 800, `${drawn.length} connections are drawn`);
  // Nobody is drawn without its heaviest connection.
  for (let at = 0; at < 200; at += 1) {
    const name = `service-${at}`;
    const most = Math.max(...lines.filter(([{ client, server }]) => client === name || server === name).map(([, calls]) => calls));
    const own = drawn.filter(({ from, to }) => from === name || to === name).map(({ calls }) => calls);
    assert.ok(own.includes(most), `${name}: ${most} of ${own}`);
  }
  // What is not drawn is in the panel: 199 callers and 199 calls.
  await t.page.locator('g.node[data-node="service-7"]').focus();
  await t.page.keyboard.press('Enter');
  await t.page.locator('[data-map-panel]').waitFor();
  const panel = await t.page.locator('[data-map-panel]').innerText();
  for (const other of [0, 6, 8, 199]) assert.ok(panel.includes(`service-${other}`), `service-${other} is listed`);
});
