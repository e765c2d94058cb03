// Statistics: every figure of every row against groups made from the recordings; sorting, the filter, keys, the URL.

import assert from 'node:assert/strict';
import { assertDuration, commas, plain } from './figures.mjs';
import { test } from './harness.mjs';
import { FACTS, scalarText, trace, waterfall } from './truth.mjs';
import { groupsOf, sum } from './truth-views.mjs';
import { allStatRows, foundIs, hideEvery, hideService, mapNodes, openView, queryIs, settled, statRows, viewShown } from './views.mjs';

const NS = ['total', 'self', 'min', 'mean', 'p50', 'p95', 'p99', 'max', 'critical'];
const row = (t, group) => t.page.locator(`.grid-row[data-group="${group}"]`);
const head = (t, name) => t.page.getByRole('columnheader').getByRole('button', { name });
const groupsText = (many, spans) => new RegExp(`^${commas(many)} groups? of ${commas(spans)} spans?`);

/** Holds all rows against true groups; `keyOf` gives the key of a row. */
async function assertTable(t, name, truth, keyOf) {
  await t.until(async () => groupsText(truth.size, trace(name).length).test(await t.app.status()), `${truth.size} groups`);
  const rows = await allStatRows(t, truth.size);
  assert.deepEqual(rows.map(keyOf).sort(), [...truth.keys()].sort(), `${name}: groups`);
  const path = FACTS[name].critical_path;
  for (const one of rows) {
    const what = `${name}: ${keyOf(one)}`;
    const want = truth.get(keyOf(one));
    assert.equal(plain(one.cells.count.text), commas(want.count), `${what}: count`);
    assert.equal(plain(one.cells.errors.text).replace(/\D/g, ''), String(want.errors), `${what}: errors`);
    assert.deepEqual(NS.map((column) => `${column} ${one.cells[column].ns}`), NS.map((column) => `${column} ${want.ns[column]}`), what);
    for (const column of NS.slice(0, -1)) {
      assertDuration(one.cells[column].text.replace(/(ns|µs|ms|min|s|h)$/, ' $1'), want.ns[column], `${what}: ${column}`);
    }
    const share = plain(one.cells.critical.text);
    if (want.ns.critical === 0n) assert.equal(share, '–', what);
    else if (share !== '<0.1 %') {
      const exact = (Number(want.ns.critical) / Number(path.root_duration_ns)) * 100;
      assert.ok(Math.abs(parseFloat(share) - exact) <= (share.includes('.') || exact < 10 ? 0.0501 : 0.501), `${what}: ${share}, true ${exact} %`);
    }
  }
  const totals = rows.map((one) => BigInt(one.cells.total.ns));
  assert.deepEqual(totals, [...totals].sort((a, b) => (a > b ? -1 : a < b ? 1 : 0)), `${name}: largest total first`);
}

for (const name of ['order-full', 'order-retry', 'synthetic-topology', 'import-5k', 'linked-label', 'synthetic-types']) {
  test(`${name}: figures by service, kind, span name and status are the recorded ones`, async (t) => {
    const spans = trace(name);
    const site = await openView(t, name, 'stats', { by: 'service' });
    const services = groupsOf(spans, (span) => span.service);
    for (const [service, facts] of Object.entries(FACTS[name].services)) {
      const { count, errors, ns } = services.get(service);
      assert.deepEqual([count, errors, String(ns.self)], [facts.spans, facts.error_spans, String(facts.self_time_ns)], `${service}: truth and facts.json`);
    }
    await assertTable(t, name, services, (one) => one.service);
    await openView(t, name, 'stats', { by: 'kind' }, site);
    await assertTable(t, name, groupsOf(spans, (span) => span.kind), (one) => one.group.toUpperCase());
    await openView(t, name, 'stats', { by: 'status' }, site);
    const status = (span) => span.status.replace('STATUS_CODE_', '');
    await assertTable(t, name, groupsOf(spans, status), (one) => one.group.toUpperCase());
    await openView(t, name, 'stats', { by: 'name' }, site);
    await assertTable(t, name, groupsOf(spans, (span) => span.name), (one) => one.group);
  });
}

test('by an attribute: values on spans, and those without it', async (t) => {
  await openView(t, 'order-full', 'stats', { by: 'service' });
  await t.page.locator('select[data-by]').selectOption('db.system.name').catch(() => t.page.locator('select[data-by]').selectOption('db.system'));
  const key = await t.until(() => t.app.query().get('by') !== 'service' && t.app.query().get('by'), 'the key in the URL');
  const value = (span) => scalarText(span.attributes.find((one) => one.key === key)?.value) ?? '(not set)';
  const truth = groupsOf(trace('order-full'), value);
  assert.ok(truth.size >= 3, [...truth.keys()].join());
  await assertTable(t, 'order-full', truth, (one) => one.group || '(not set)');
});

test('by service and operation: groups add up to the services of facts.json', async (t) => {
  for (const name of ['order-full', 'import-5k']) {
    await openView(t, name, 'stats');
    const many = Number(/^([\d,]+) groups/.exec(await settled(() => t.app.status(), 'status', (text) => /groups/.test(text)))[1].replaceAll(',', ''));
    const rows = await allStatRows(t, many);
    assert.equal(rows.length, many);
    for (const [service, facts] of Object.entries(FACTS[name].services)) {
      const mine = rows.filter((one) => one.service === service);
      const column = (key) => sum(mine.map((one) => BigInt(one.cells[key].ns)));
      assert.equal(mine.reduce((all, one) => all + Number(plain(one.cells.count.text).replaceAll(',', '')), 0), facts.spans, `${name} ${service}: spans`);
      assert.equal(column('self'), BigInt(facts.self_time_ns), `${name} ${service}: self`);
      const critical = FACTS[name].critical_path.by_service_ns[service] ?? 0;
      assert.equal(column('critical'), BigInt(critical), `${name} ${service}: critical path`);
    }
  }
});

test('a head sorts by its column, a second click the other way round; the URL keeps it', async (t) => {
  await openView(t, 'order-full', 'stats', { by: 'service' });
  const truth = groupsOf(trace('order-full'), (span) => span.service);
  const want = (column, sign) => [...truth].map(([service, { ns }]) => [service, ns[column]])
    .sort((a, b) => (a[1] < b[1] ? -sign : a[1] > b[1] ? sign : 0)).map(([, figure]) => String(figure));
  const shown = async (column) => (await statRows(t)).map((one) => one.cells[column].ns);
  for (const [name, column] of [['p95', 'p95'], ['Self', 'self']]) {
    await head(t, name).click();
    await queryIs(t, 'sort', `-${column}`);
    assert.deepEqual(await settled(() => shown(column), 'sorted'), want(column, -1), `largest ${name} first`);
    await head(t, name).click();
    await queryIs(t, 'sort', column);
    assert.deepEqual(await settled(() => shown(column), 'sorted'), want(column, 1), `smallest ${name} first`);
  }
  const parent = t.page.locator('[role=columnheader][aria-sort=ascending]');
  assert.match(plain(await parent.innerText()), /Self/);
  await t.page.reload();
  await t.app.reach('trace');
  await viewShown(t, 'stats');
  assert.deepEqual(await settled(() => shown('self'), 'rows'), want('self', 1), 'after a reload');
  await head(t, 'Service').click();
  await t.until(async () => {
    const names = (await statRows(t)).map((one) => one.service);
    return names.length === 11 && names.join() === [...truth.keys()].sort().join();
  }, 'by name');
});

test('a click on a row marks exactly its spans in every view, a second click ends it', async (t) => {
  await openView(t, 'order-full', 'stats', { by: 'kind' });
  const producers = trace('order-full').filter((span) => span.kind === 'PRODUCER');
  const at = (await statRows(t)).find((one) => one.group.toUpperCase() === 'PRODUCER');
  await row(t, at.group).click();
  await foundIs(t, producers.length);
  assert.equal(await row(t, at.group).getAttribute('aria-selected'), 'true');
  await t.page.keyboard.press('1');
  await viewShown(t, 'timeline');
  await t.app.find().press('Enter');
  const seen = new Set();
  for (let i = 0; i < producers.length; i += 1) {
    seen.add(await t.until(() => !seen.has(t.app.query().get('span')) && t.app.query().get('span'), 'the next match'));
    await t.app.find().press('Enter');
  }
  assert.deepEqual([...seen].sort(), producers.map((span) => span.id).sort(), 'the matches are the spans of the row');
  await t.page.locator('#tab-map').click();
  await viewShown(t, 'map');
  const services = new Set(producers.map((span) => span.service));
  const bright = (await settled(() => mapNodes(t), 'the map')).filter((one) => one.kind === 'service' && !one.faded).map((one) => one.key);
  assert.deepEqual(bright.sort(), [...services].sort(), 'services with such a span');
  await t.page.locator('#tab-stats').click();
  await row(t, at.group).click();
  await t.until(async () => (await t.app.find().inputValue()) === '', 'find empty again');
});

test('find dims rows without a match and counts matches in the others', async (t) => {
  await openView(t, 'order-retry', 'stats', { by: 'service', find: 'error' });
  const errors = Object.entries(FACTS['order-retry'].services).map(([service, one]) => [service, one]);
  await foundIs(t, FACTS['order-retry'].error_span_count);
  const rows = await settled(() => statRows(t), 'rows', (all) => all.some((one) => one.dimmed));
  for (const [service, { spans, error_spans: failed }] of errors) {
    const one = rows.find((each) => each.service === service);
    assert.equal(one.dimmed, failed === 0, service);
    assert.equal(plain(one.cells.count.text), failed > 0 ? `${failed} of ${spans}` : String(spans), service);
  }
});

test('only rows in sight are elements; keys reach the others, Enter marks the spans of one', async (t) => {
  await openView(t, 'order-full', 'stats');
  const many = Number(await t.page.getByRole('grid').getAttribute('aria-rowcount')) - 1;
  const rows = await settled(() => statRows(t), 'rows');
  assert.ok(rows.length < many && rows.length > 10, `${rows.length} of ${many} rows are elements`);
  await t.page.locator('.grid-row[tabindex="0"]').focus();
  // Further than what was in sight.
  for (let i = 1; i <= rows.length + 5; i += 1) {
    await t.page.keyboard.press('ArrowDown');
    await t.until(() => t.page.evaluate((place) => document.activeElement?.dataset.place === String(place), i), `row ${i} has the focus`);
  }
  const last = await t.page.evaluate(() => document.activeElement.dataset);
  await t.page.keyboard.press('Enter');
  await t.until(async () => (await t.app.find().inputValue()) !== '', 'find filled');
  const fits = trace('order-full').filter((span) => span.service === last.service).length;
  const found = Number((await t.until(async () => /^\d+$/.test((await t.app.findCount()) ?? '') && t.app.findCount(), 'a count')));
  assert.ok(found >= 1 && found <= fits, `${found} of ${fits} spans of ${last.service}`);
  assert.equal((await allStatRows(t, many)).length, many, 'all rows can be scrolled to');
});

test('hidden services and a subtree leave their rows out and change no other figure; none left is said', async (t) => {
  const spans = trace('order-full');
  const site = await openView(t, 'order-full', 'stats', { by: 'service' });
  await hideService(t, 'payment-service');
  await t.until(async () => (await statRows(t)).every((one) => one.service !== 'payment-service'), 'its row gone');
  const truth = groupsOf(spans, (span) => span.service);
  for (const one of await settled(() => statRows(t), 'rows', (all) => all.length === 10)) {
    assert.deepEqual(NS.map((column) => one.cells[column].ns), NS.map((column) => String(truth.get(one.service).ns[column])), one.service);
  }
  await hideEvery(t, 11);
  await t.page.getByRole('heading', { name: 'Nothing to count' }).waitFor();
  await t.page.locator('.nothing').getByRole('button', { name: 'Show all services' }).click();
  await t.until(async () => (await statRows(t)).length === 11, 'all again');
  const top = waterfall(spans).find((one) => one.service === 'erp-connector' && one.kind === 'SERVER');
  await openView(t, 'order-full', 'stats', { by: 'service', focus: top.id }, site);
  const left = await settled(() => statRows(t), 'rows', (all) => all.length === 1);
  assert.equal(left[0].service, 'erp-connector');
  assert.equal(left[0].cells.total.ns, String(truth.get('erp-connector').ns.total));
});

test('a row\'s selection and the details: the row of the selected span is marked', async (t) => {
  const span = trace('order-full').find((one) => one.kind === 'CONSUMER');
  await openView(t, 'order-full', 'stats', { by: 'kind', span: span.id });
  await t.page.locator('.grid-row.sel').waitFor();
  const rows = await t.page.locator('.grid-row.sel').evaluateAll((all) => all.map((one) => one.dataset.group.toUpperCase()));
  assert.deepEqual(rows, ['CONSUMER']);
});
