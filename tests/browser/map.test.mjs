// The service map: its nodes and edges are the recorded calls; picking, hiding, filtering, zoom, pan and keys.

import assert from 'node:assert/strict';
import { assertDuration, commas, plain } from './figures.mjs';
import { test } from './harness.mjs';
import { asFile } from './page.mjs';
import { traceNames } from './tempo.mjs';
import { FACTS, trace, waterfall } from './truth.mjs';
import { edgeKey, mapEdges, percentile, sum } from './truth-views.mjs';
import {
  cardLines, foundIs, hideEvery, hideService, mapEdgesShown, mapNodes, openView, queryIs, settled, unfold, viewShown,
} from './views.mjs';

const node = (t, key) => t.page.locator(`svg.map g.node[data-node="${key}"]`);
const edge = (t, from, to) => t.page.locator(`svg.map g[data-edge][data-from="${from}"][data-to="${to}"]`);
const panel = (t) => t.page.locator('[data-map-panel]');
const scale = async (t) => Number(/[\d.]+/.exec(await t.page.locator('[data-scale]').innerText())[0]);
const keys = async (t) => (await mapNodes(t)).map((one) => one.key);
const shownAs = (service) => service || '(no service name)';

/** A place on an edge's line where nothing else lies over it. */
const onEdge = (t, from, to) => edge(t, from, to).evaluate((element) => {
  const line = element.querySelector('path.hit');
  for (let share = 0.02; share < 1; share += 0.02) {
    const at = line.getPointAtLength(line.getTotalLength() * share).matrixTransform(line.getScreenCTM());
    if (document.elementFromPoint(at.x, at.y)?.closest('[data-edge]') === element) return { x: at.x, y: at.y };
  }
  return null;
});

const edgeOf = (name, from, to) => mapEdges(trace(name)).find((one) => one.from === from && one.to === to);

const mapKeys = (name) => [...Object.keys(FACTS[name].services), ...new Set(FACTS[name].external_edges.map((one) => one.target))];

const plainEdges = (edges) => edges.map(({ from, to, kind, outside, calls, errors }) => ({ from, to, kind, outside, calls, errors }))
  .sort((a, b) => (edgeKey(a) < edgeKey(b) ? -1 : 1));

test('every recorded trace: nodes, edges, kinds, calls and failed calls are the recorded ones', async (t) => {
  const site = await t.site();
  const names = traceNames();
  assert.equal(names.length, Object.keys(FACTS).length);
  for (const name of names) {
    await openView(t, name, 'map', {}, site);
    const facts = FACTS[name];
    const shown = await mapEdgesShown(t);
    assert.deepEqual(plainEdges(shown), plainEdges(mapEdges(trace(name))), `${name}: edges`);
    // The same against facts.json: links and calls of a service to itself are no edges there.
    const between = new Map();
    for (const { from, to, kind, outside, calls, errors } of shown) {
      if (kind === 'link' || (!outside && from === to)) continue;
      const key = `${outside ? 'outside ' : ''}${from} > ${to}`;
      const [before, failed] = between.get(key) ?? [0, 0];
      between.set(key, [before + calls, failed + errors]);
    }
    const want = new Map([
      ...facts.service_edges.map((one) => [`${one.client} > ${one.server}`, [one.calls, one.with_error]]),
      ...facts.external_edges.map((one) => [`outside ${one.client} > ${one.target}`, [one.calls, one.with_error]]),
    ]);
    const sorted = (map) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(sorted(between), sorted(want), `${name}: facts.json`);
    const targets = new Set(facts.external_edges.map((one) => one.target));
    const nodes = await mapNodes(t);
    assert.deepEqual(nodes.map((one) => one.key).sort(), [...Object.keys(facts.services), ...targets].sort(), `${name}: nodes`);
    for (const { key, kind, spoken, error } of nodes.filter((one) => one.kind === 'service')) {
      const { spans, error_spans: errors, self_time_ns: own } = facts.services[key];
      const words = plain(spoken);
      assert.ok(words.startsWith(`${shownAs(key)}, ${kind}, ${commas(spans)} span`), `${name}: ${words}`);
      assertDuration(/spans? (.*) self/.exec(words)[1], own, `${name}: self time of ${key}`);
      assert.equal(error, errors > 0, `${name}: error mark of ${key}`);
      if (errors > 0) assert.ok(words.includes(`${commas(errors)} span`) && words.includes('in error'), `${name}: ${words}`);
    }
  }
});

test('latencies on edges are those of the recorded calls: max below 20 calls, else p95; p50; total', async (t) => {
  const site = await t.site();
  let percentiles = 0;
  for (const name of ['order-full', 'order-retry', 'synthetic-topology', 'n-plus-1', 'import-5k']) {
    await openView(t, name, 'map', {}, site);
    const truth = new Map(mapEdges(trace(name)).map((one) => [edgeKey(one), one]));
    for (const figure of ['p95', 'p50', 'Total']) {
      await t.page.getByRole('group', { name: 'Edges show' }).getByRole('button', { name: figure, exact: true }).click();
      for (const one of await settled(() => mapEdgesShown(t), 'edges')) {
        const { times, calls } = truth.get(edgeKey(one));
        const words = /: [\d,]+ \w+(?:, \d+ failed)?, (.*?)(?:, asynchronous|, span link)?$/.exec(one.spoken)[1];
        const what = `${name}: ${one.spoken}`;
        const late = calls < 20 ? ['max ', times.at(-1)] : ['p95 ', percentile(times, 95)];
        const [sign, want] = { p95: calls === 1 ? ['', times[0]] : late, p50: [calls === 1 ? '' : 'p50 ', percentile(times, 50)], Total: ['Σ ', sum(times)] }[figure];
        assert.ok(words.startsWith(sign), `${what}: says ${sign}`);
        assertDuration(words.slice(sign.length), want, what);
        percentiles += words.startsWith('p95') ? 1 : 0;
      }
    }
  }
  assert.ok(percentiles >= 4, `${percentiles} edges have a 95th percentile`);
});

test('a click on a node opens its figures, callers and calls; they are the recorded ones', async (t) => {
  await openView(t, 'order-retry', 'map');
  await node(t, 'inventory-service').click();
  await queryIs(t, 'node', 'inventory-service');
  await panel(t).waitFor();
  const figures = await panel(t).locator('dl.nums').evaluate((list) =>
    Object.fromEntries([...list.querySelectorAll('dt')].map((term) => [term.textContent, term.nextElementSibling.textContent])));
  const facts = FACTS['order-retry'];
  const own = facts.services['inventory-service'];
  assert.equal(figures.Spans, String(own.spans));
  assert.equal(figures['In error'], String(own.error_spans));
  assertDuration(figures['Self time'], own.self_time_ns, 'self time');
  assertDuration(figures['Critical path'].split(/\s(?=[<\d.]+ %)/)[0], facts.critical_path.by_service_ns['inventory-service'], 'critical path');
  const lines = await panel(t).locator('table').first().locator('tbody tr').evaluateAll((rows) =>
    rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));
  const edges = mapEdges(trace('order-retry')).filter((one) => one.to === 'inventory-service');
  assert.deepEqual(lines.map((line) => line.slice(0, 3)), edges.map((one) => [one.from, String(one.calls), String(one.errors)]));
  lines.forEach((line, at) => {
    assertDuration(line[3].replace(/(ns|µs|ms|s)$/, ' $1'), percentile(edges[at].times, 50), 'p50');
    assertDuration(line[4].replace(/(ns|µs|ms|s)$/, ' $1'), edges[at].times.at(-1), 'max');
  });
  // Its operations hold its spans.
  const counts = await panel(t).locator('table').last().locator('tbody tr td:nth-child(2)').allInnerTexts();
  assert.equal(counts.reduce((all, count) => all + Number(count), 0), own.spans);
  await t.page.keyboard.press('Escape');
  await panel(t).waitFor({ state: 'detached' });
  await queryIs(t, 'node', null);
});

test('a click on an edge lists its calls, and a click on one selects a span of that edge', async (t) => {
  await openView(t, 'order-retry', 'map');
  const truth = edgeOf('order-retry', 'order-service', 'inventory-service');
  const at = await onEdge(t, 'order-service', 'inventory-service');
  await t.page.mouse.click(at.x, at.y);
  await queryIs(t, 'node', 'order-service→inventory-service');
  const rows = panel(t).locator('tbody tr');
  assert.equal(await rows.count(), truth.calls);
  const shown = await rows.evaluateAll((all) => all.map((row) => row.cells[2].textContent.replace(/(ns|µs|ms|s)$/, ' $1')));
  [...truth.times].reverse().forEach((time, at) => assertDuration(shown[at], time, `call ${at + 1}, slowest first`));
  await rows.nth(1).getByRole('button').click();
  const id = await t.until(() => t.app.query().get('span'), 'a span selected');
  assert.ok(truth.ids.includes(id), `${id} is a call of the edge`);
  await t.app.details().waitFor();
});

test('a node leads to the timeline with its spans alone; Isolate and Hide work in the map', async (t) => {
  await openView(t, 'order-full', 'map');
  await node(t, 'payment-service').click();
  await panel(t).getByRole('button', { name: 'Show in timeline' }).click();
  await viewShown(t, 'timeline');
  await queryIs(t, 'only', 'payment-service');
  await unfold(t);
  const rows = await t.app.allRows();
  const spans = waterfall(trace('order-full'));
  const own = spans.filter((span) => span.service === 'payment-service').map((span) => span.id);
  for (const id of own) assert.ok(rows.some((row) => row.id === id), `${id} of payment-service has a row`);
  await t.page.goBack();
  await viewShown(t, 'map');
  await openView(t, 'order-full', 'map', { node: 'payment-service' });
  await panel(t).getByRole('button', { name: 'Isolate' }).click();
  await t.until(async () => (await keys(t)).includes('payment-service') && !(await keys(t)).includes('order-service'), 'alone');
  const outside = FACTS['order-full'].external_edges.filter((one) => one.client === 'payment-service').map((one) => one.target);
  assert.deepEqual((await keys(t)).sort(), ['payment-service', ...outside].sort());
  await openView(t, 'order-full', 'map', { node: 'payment-service' });
  await panel(t).getByRole('button', { name: 'Hide' }).click();
  await t.until(async () => !(await keys(t)).includes('payment-service'), 'hidden');
  const left = mapEdges(trace('order-full')).filter((one) => one.from !== 'payment-service' && one.to !== 'payment-service');
  assert.deepEqual(plainEdges(await mapEdgesShown(t)), plainEdges(left));
});

test('databases, queues and outside hosts come and go with their switches', async (t) => {
  await openView(t, 'order-full', 'map');
  const all = mapEdges(trace('order-full'));
  for (const [name, begin] of [['Databases', 'db:'], ['Queues', 'queue:'], ['Outside hosts', 'host:']]) {
    await t.app.setToggle(name, false);
    await t.until(async () => !(await keys(t)).some((key) => key.startsWith(begin)), `no ${name}`);
    assert.deepEqual(plainEdges(await mapEdgesShown(t)), plainEdges(all.filter((one) => !one.to.startsWith(begin))), name);
    await t.app.setToggle(name, true);
    await t.until(async () => (await mapEdgesShown(t)).length === all.length, `${name} again`);
  }
});

test('focus on neighbours: the picked node, its callers and whom it calls, nothing else', async (t) => {
  await openView(t, 'order-full', 'map', { node: 'inventory-service' });
  await t.app.setToggle('Focus on neighbours', true);
  const around = new Set(['inventory-service']);
  for (const { from, to } of mapEdges(trace('order-full'))) {
    if (from === 'inventory-service') around.add(to);
    if (to === 'inventory-service') around.add(from);
  }
  await t.until(async () => (await keys(t)).length === around.size, 'neighbours only');
  assert.deepEqual((await keys(t)).sort(), [...around].sort());
  await t.app.setToggle('Focus on neighbours', false);
  await t.until(async () => (await keys(t)).length === 21, 'all again');
});

test('go to a service picks it and brings it into sight; an unknown name is told', async (t) => {
  await openView(t, 'order-full', 'map');
  const input = t.page.getByLabel('Go to a service of the map');
  await input.fill('shipment-worker');
  await input.press('Enter');
  await queryIs(t, 'node', 'shipment-worker');
  const box = await node(t, 'shipment-worker').boundingBox();
  const view = await t.page.locator('#view-map').boundingBox();
  assert.ok(box.x >= view.x && box.x + box.width <= view.x + view.width && box.y >= view.y, JSON.stringify({ box, view }));
  await input.fill('no-such-thing');
  await input.press('Enter');
  await t.until(async () => /no-such-thing/.test(await t.app.text()), 'told');
});

test('the wheel zooms at the pointer, buttons and keys zoom, a drag pans, fit gives all back', async (t) => {
  await openView(t, 'order-full', 'map');
  const view = await t.page.locator('#view-map').boundingBox();
  const before = await scale(t);
  const place = () => node(t, 'order-service').boundingBox();
  const start = await place();
  // On empty ground, so that nothing but the picture is under the pointer.
  const at = { x: view.x + view.width - 300, y: view.y + 10 };
  await t.page.mouse.move(at.x, at.y);
  await t.page.mouse.wheel(0, -200);
  await t.until(async () => (await scale(t)) > before, 'larger');
  const by = (await place()).width / start.width;
  const zoomed = await place();
  assert.ok(Math.abs(zoomed.x - at.x - (start.x - at.x) * by) < 3, `${zoomed.x}, the pointer at ${at.x}, ${by} times as large`);
  await t.page.mouse.down();
  await t.page.mouse.move(at.x - 120, at.y + 60, { steps: 4 });
  await t.page.mouse.up();
  const moved = await place();
  assert.ok(Math.abs(moved.x - zoomed.x + 120) < 2 && Math.abs(moved.y - zoomed.y - 60) < 2, JSON.stringify([zoomed, moved]));
  await t.page.getByRole('button', { name: 'Fit the map' }).click();
  await t.until(async () => (await scale(t)) === before, 'fitted');
  await t.page.getByRole('button', { name: 'Larger' }).click();
  await t.until(async () => (await scale(t)) > before, 'larger by the button');
  await t.page.getByRole('button', { name: 'Smaller' }).click();
  await t.until(async () => (await scale(t)) === before, 'and back');
});

test('the card tells the figures of the node or edge under the pointer', async (t) => {
  await openView(t, 'order-retry', 'map');
  await node(t, 'carrier-postnl').hover();
  await t.until(async () => (await cardLines(t)).operation === 'carrier-postnl', 'its card');
  const lines = await cardLines(t);
  const facts = FACTS['order-retry'].services['carrier-postnl'];
  assert.equal(lines.Spans, String(facts.spans));
  assertDuration(lines.Self, facts.self_time_ns, 'self');
  const at = await onEdge(t, 'order-service', 'inventory-service');
  await t.page.mouse.move(at.x, at.y);
  await t.until(async () => (await cardLines(t)).operation === 'order-service → inventory-service', 'the card of the edge');
  const calls = await cardLines(t);
  const truth = edgeOf('order-retry', 'order-service', 'inventory-service');
  assert.equal(calls.Calls, String(truth.calls));
  assert.equal(calls.Failed, String(truth.errors));
  assertDuration(calls.p50, percentile(truth.times, 50), 'p50');
  assertDuration(calls.Max, truth.times.at(-1), 'max');
  assertDuration(calls.Total, sum(truth.times), 'total');
});

test('arrows walk from node to node along calls; Enter on the picked one leads to the timeline', async (t) => {
  await openView(t, 'order-full', 'map');
  const edges = mapEdges(trace('order-full'));
  await t.page.locator('#tab-map').focus();
  await t.page.keyboard.press('Tab');
  await t.until(async () => {
    if (await t.page.evaluate(() => document.activeElement.matches('g.node'))) return true;
    await t.page.keyboard.press('Tab');
    return false;
  }, 'a node has the focus');
  await t.page.keyboard.press('Enter');
  await queryIs(t, 'node', 'api-gateway');
  await t.page.keyboard.press('ArrowRight');
  const next = await t.until(() => t.app.query().get('node') !== 'api-gateway' && t.app.query().get('node'), 'another node');
  assert.ok(edges.some((one) => one.from === 'api-gateway' && one.to === next), `api-gateway calls ${next}`);
  await t.page.keyboard.press('ArrowLeft');
  await queryIs(t, 'node', 'api-gateway');
  assert.equal(await t.page.evaluate(() => document.activeElement.dataset.node), 'api-gateway');
  await t.page.keyboard.press('Enter');
  await viewShown(t, 'timeline');
  assert.equal(t.app.query().get('only'), 'api-gateway');
});

test('node= of a node, a call and a message is picked again; of what is not there it is said', async (t) => {
  const site = await openView(t, 'order-full', 'map', { node: 'db:postgresql' });
  await panel(t).getByRole('heading', { name: 'postgresql' }).waitFor();
  assert.equal(await node(t, 'db:postgresql').getAttribute('aria-pressed'), 'true');
  const calls = sum(mapEdges(trace('order-full')).filter((one) => one.to === 'db:postgresql').map((one) => BigInt(one.calls)));
  assert.equal(await panel(t).locator('dl.nums dd').first().innerText(), String(calls));
  await openView(t, 'order-full', 'map', { node: 'order-service→payment-service' }, site);
  await panel(t).getByRole('heading', { name: 'order-service → payment-service' }).waitFor();
  await openView(t, 'order-full', 'map', { node: 'order-service⇢shipment-worker' }, site);
  await panel(t).getByRole('heading', { name: 'order-service → shipment-worker' }).waitFor();
  assert.match(plain(await panel(t).innerText()), /Messages, asynchronous/i);
  await openView(t, 'order-full', 'map', { node: 'nobody' }, site);
  await t.until(async () => /not shown/i.test(await panel(t).innerText()), 'said');
});

test('find fades every service without a match; hidden services are gone; with none left the page says so', async (t) => {
  await openView(t, 'order-full', 'map', { find: 'service:erp-connector' });
  await foundIs(t, FACTS['order-full'].services['erp-connector'].spans);
  const lit = await t.until(async () => {
    const bright = (await mapNodes(t)).filter((one) => !one.faded).map((one) => one.key);
    return bright.length < 21 ? bright : null;
  }, 'faded nodes');
  assert.deepEqual(lit.sort(), ['erp-connector', 'host:sap.erp.example']);
  const bright = (await mapEdgesShown(t)).filter((one) => !one.faded).map((one) => `${one.from} > ${one.to}`);
  assert.deepEqual(bright, ['erp-connector > host:sap.erp.example']);
  await t.app.find().fill('');
  // The services menu belongs to the timeline and the flame views; what is hidden there is hidden here.
  await t.page.locator('#tab-flame').click();
  await hideService(t, 'payment-service');
  await t.page.locator('#tab-map').click();
  await t.until(async () => (await keys(t)).length > 0 && !(await keys(t)).includes('payment-service'), 'hidden here too');
  assert.ok(!(await keys(t)).includes('host:acquirer.example'), 'what it alone called is gone');
  await t.page.locator('#tab-flame').click();
  await hideEvery(t, 11);
  await t.page.locator('#tab-map').click();
  await t.page.getByRole('heading', { name: 'No service to show' }).waitFor();
  await t.page.locator('.nothing').getByRole('button', { name: 'Show all' }).click();
  await t.until(async () => (await keys(t)).length === 21, 'all again');
});

/** 200 services that all call one another, with one call each way of a pair: 40,000 spans. */
function everyoneCalls() {
  const id = (n) => n.toString(16).padStart(16, '0');
  const services = 200;
  const span = (own, parent, name) => ({
    traceId: 'abcd'.padStart(32, '0'), spanId: id(own), parentSpanId: parent ? id(parent) : '', name, kind: 2,
    startTimeUnixNano: '1700000000000000000', endTimeUnixNano: '1700000000001000000',
  });
  const roots = Array.from({ length: services }, (_, at) => span(at + 1, at === 0 ? 0 : 1, 'root'));
  const resourceSpans = roots.map((root, at) => {
    const spans = [root];
    for (let from = 0; from < services; from += 1) if (from !== at) spans.push(span(1000 + from * services + at, from + 1, `call-${from}-${at}`));
    return { resource: { attributes: [{ key: 'service.name', value: { stringValue: `service-${at}` } }] }, scopeSpans: [{ spans }] };
  });
  return asFile('everyone.json', JSON.stringify({ resourceSpans }), 'application/json');
}

test('while a large map is placed the worker answers other questions, and gives the map up when its view is left', async (t) => {
  await t.context.addInitScript(() => {
    window.crossed = [];
    const note = (way, data) => {
      const [kind] = Object.keys(JSON.parse(data?.json ?? '{}'));
      if (kind) window.crossed.push({ way, kind, id: JSON.parse(data.json)[kind]?.id });
    };
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (data, ...rest) {
      if (!this.noted) {
        this.noted = true;
        this.addEventListener('message', (event) => note('back', event.data));
      }
      note('to', data);
      return post.call(this, data, ...rest);
    };
  });
  await t.app.open(await t.site());
  await t.app.reach('home');
  await t.app.choose([everyoneCalls()]);
  await t.app.reach('trace');
  await t.page.locator('#tab-map').click();
  await t.page.locator('svg.map g.node').first().waitFor();
  const mark = () => t.page.evaluate(() => window.crossed.splice(0).length);
  const crossed = () => t.page.evaluate(() => window.crossed);

  // All nodes are wanted, and at once something is looked for.
  await mark();
  await t.page.evaluate(() => document.querySelector('[data-cut] button').click());
  await t.app.find().fill('call-7-9');
  await t.until(async () => (await t.page.locator('svg.map g.node').count()) === 200, 'all nodes', 20_000);
  const order = (await crossed()).filter(({ way }) => way === 'back').map(({ kind }) => kind);
  assert.ok(order.includes('Found') && order.indexOf('Found') < order.indexOf('Map'), `find is answered before the map: ${order}`);

  // Another map is wanted, and the view is left at once.
  await mark();
  await t.page.evaluate(async () => {
    [...document.querySelectorAll('.tools button')].find((one) => one.textContent.includes('Databases')).click();
    while (!window.crossed.some(({ way, kind }) => way === 'to' && kind === 'Map')) await new Promise((done) => setTimeout(done));
    document.querySelector('#tab-timeline').click();
  });
  await viewShown(t, 'timeline');
  await t.until(async () => (await crossed()).some(({ way, kind }) => way === 'to' && kind === 'GiveUp'), 'it is given up');
  const asked = (await crossed()).find(({ way, kind }) => way === 'to' && kind === 'Map');
  await t.until(async () => (await crossed()).some(({ way, kind, id }) => way === 'back' && kind === 'Superseded' && id === asked.id), 'no map comes of it');
});

for (const height of [862, 760, 680]) {
  test(`order-full in a window of 1440 x ${height}: fitted, the whole map is in sight, and nothing of it is under its legend`, async (t) => {
    await t.page.setViewportSize({ width: 1440, height });
    await openView(t, 'order-full', 'map');
    await t.page.getByRole('button', { name: 'Fit the map' }).click();
    await settled(() => scale(t), 'the scale');
    const { nodes, legend, view } = await t.page.evaluate(() => {
      const box = (element) => { const { left, right, top, bottom } = element.getBoundingClientRect(); return { left, right, top, bottom }; };
      return {
        nodes: [...document.querySelectorAll('svg.map g.node')].map((node) => ({ key: node.dataset.node, ...box(node) })),
        legend: box(document.querySelector('#view-map .legend')),
        view: box(document.querySelector('svg.map')),
      };
    });
    assert.equal(nodes.length, mapKeys('order-full').length);
    for (const node of nodes) {
      assert.ok(node.left >= view.left && node.right <= view.right && node.top >= view.top && node.bottom <= view.bottom, JSON.stringify({ node, view }));
      const apart = node.bottom <= legend.top || node.left >= legend.right;
      assert.ok(apart, JSON.stringify({ node, legend }));
    }
  });
}
