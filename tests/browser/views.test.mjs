// What all views share: tabs, history, selection, find, filters, the URL, the narrow screen, the keyboard.

import assert from 'node:assert/strict';
import { commas } from './figures.mjs';
import { test } from './harness.mjs';
import { FACTS, sampleQuery, trace, waterfall, fixtureQuery } from './truth.mjs';
import { VIEWS, boxes, foundIs, frames, mapNodes, openView, queryIs, settled, statRows, viewShown } from './views.mjs';

const NARROW = { size: 'narrow' };
const focused = (t, selector) => t.page.evaluate((it) => document.activeElement?.matches(it) ?? false, selector);

async function noSideways(t, what) {
  const { scroll, width } = await t.page.evaluate(() => ({
    scroll: document.scrollingElement.scrollWidth,
    width: document.documentElement.clientWidth,
  }));
  assert.ok(scroll <= width, `${what}: ${scroll} px wide in ${width}`);
}

async function tabTo(t, selector, most = 80) {
  for (let i = 0; i < most; i += 1) {
    if (await focused(t, selector)) return;
    await t.page.keyboard.press('Tab');
  }
  throw new Error(`${most} times Tab did not reach ${selector}`);
}

test('1 to 6 show the six views, one tab is chosen, its panel is there and the URL names it', async (t) => {
  await openView(t, 'order-retry', 'timeline');
  for (const [at, view] of [...VIEWS.entries()].reverse()) {
    await t.page.keyboard.press(String(at + 1));
    await viewShown(t, view);
    assert.equal(await t.page.locator('[role=tab][aria-selected=true]').count(), 1);
    assert.equal(await t.page.locator(`#tab-${view}`).getAttribute('aria-controls'), `view-${view}`);
    assert.equal(await t.page.locator('[role=tabpanel]').count(), 1);
    assert.equal(await t.page.locator(`#view-${view}`).getAttribute('aria-labelledby'), `tab-${view}`);
    await t.until(() => (t.app.query().get('view') ?? 'timeline') === view, `view=${view}`);
  }
});

test('figures on the tabs: spans, services, warnings', async (t) => {
  await openView(t, 'synthetic-topology', 'timeline');
  const facts = FACTS['synthetic-topology'];
  const figure = (view) => t.page.locator(`#tab-${view} .n`).innerText();
  assert.equal(await figure('timeline'), commas(facts.span_count));
  assert.equal(await figure('map'), commas(facts.service_count));
  assert.ok(Number(await figure('findings')) >= facts.orphan_count);
});

test('arrow keys go along the tabs and around their ends; only the chosen one is in the order of Tab', async (t) => {
  await openView(t, 'order-retry', 'timeline');
  await t.page.locator('#tab-timeline').focus();
  for (const view of [...VIEWS.slice(1), 'timeline']) {
    await t.page.keyboard.press('ArrowRight');
    await viewShown(t, view);
    await t.until(() => focused(t, `#tab-${view}`), `the focus on ${view}`);
  }
  await t.page.keyboard.press('ArrowLeft');
  await viewShown(t, 'findings');
  assert.equal(await t.page.locator('[role=tab][tabindex="0"]').count(), 1);
});

test('back and forward go through the views as they were visited', async (t) => {
  await openView(t, 'order-full', 'timeline');
  for (const view of ['flame', 'map', 'stats']) {
    await t.page.locator(`#tab-${view}`).click();
    await viewShown(t, view);
    await queryIs(t, 'view', view);
  }
  for (const view of ['map', 'flame', 'timeline']) {
    await t.page.goBack();
    await viewShown(t, view);
  }
  await t.page.goForward();
  await viewShown(t, 'flame');
  await t.until(async () => (await t.app.factText('spans')) === '147', 'the same trace');
});

test('embedded: changing views pushes no history', async (t) => {
  // There are no tabs inside another page: keys lead from view to view, after a press.
  await t.app.open(await t.site(), { file: fixtureQuery('order-full', 'v2.json'), embed: '1' });
  await t.app.rowsShown();
  await t.page.locator('[role=row][data-span]').first().click();
  const before = await t.page.evaluate(() => history.length);
  for (const [key, view] of [['2', 'flame'], ['5', 'stats']]) {
    await t.page.keyboard.press(key);
    await queryIs(t, 'view', view);
  }
  assert.equal(await t.page.evaluate(() => history.length), before);
});

test('what is selected stays selected from view to view, and back', async (t) => {
  const span = waterfall(trace('order-full')).find((row) => row.service === 'erp-connector' && row.kind === 'SERVER');
  await openView(t, 'order-full', 'timeline', { span: span.id });
  await t.until(async () => (await t.app.selectedId()) === span.id, 'selected');
  const chosen = { flame: boxes, graph: frames };
  for (const view of ['flame', 'graph', 'map', 'stats', 'findings', 'timeline']) {
    await t.page.locator(`#tab-${view}`).click();
    await viewShown(t, view);
    if (chosen[view]) {
      const all = await chosen[view](t, (items) => items.some((item) => item.selected));
      assert.ok(all.find((item) => item.selected).head.startsWith('erp-connector '), view);
    }
    if (view === 'stats') await t.page.locator('.grid-row.sel[data-service="erp-connector"]').waitFor();
    assert.equal(t.app.query().get('span'), span.id, view);
    assert.ok(await t.app.details().isVisible(), `${view}: details`);
  }
  await t.until(async () => (await t.app.selectedId()) === span.id, 'selected in the timeline again');
});

test('find, a subtree and isolated services hold in every view', async (t) => {
  const only = 'inventory-service';
  const facts = FACTS['order-retry'];
  await openView(t, 'order-retry', 'timeline', { find: `service:${only}`, only });
  for (const view of VIEWS) {
    await t.page.locator(`#tab-${view}`).click();
    await viewShown(t, view);
    await foundIs(t, facts.services[only].spans);
    assert.equal(t.app.query().get('only'), only, view);
    if (view === 'flame') {
      const status = await t.app.status();
      assert.ok(status.includes(`${164 - facts.services[only].spans} of hidden services`), status);
    }
    if (view === 'graph') assert.ok((await frames(t)).slice(1).every(({ head }) => head.startsWith(`${only} `)));
    if (view === 'map') {
      const services = (await settled(() => mapNodes(t), 'nodes')).filter((one) => one.kind === 'service');
      assert.deepEqual(services.map((one) => one.key), [only]);
    }
    if (view === 'stats') {
      const rows = await settled(() => statRows(t), 'rows');
      assert.ok(rows.length > 0 && rows.every((one) => one.service === only), 'rows of this service only');
    }
  }
  const top = waterfall(trace('order-full')).find((row) => row.service === 'payment-service' && row.kind === 'SERVER');
  await openView(t, 'order-full', 'flame', { focus: top.id });
  for (const view of VIEWS.slice(1, 5)) {
    await t.page.locator(`#tab-${view}`).click();
    await viewShown(t, view);
    await t.page.getByRole('button', { name: 'Focused' }).waitFor();
    assert.match(await t.app.status(), /out of focus|a subtree only/, view);
  }
});

test('a trace with five spans and one with two are whole in every view', async (t) => {
  const site = await t.site();
  for (const name of ['linked-label', 'label-error']) {
    const facts = FACTS[name];
    const many = facts.span_count;
    await openView(t, name, 'flame', {}, site);
    await t.until(async () => (await t.app.status()).includes(`hold ${many} spans`), `${name}: flame chart`);
    await openView(t, name, 'graph', { width: 'count' }, site);
    assert.equal((await frames(t))[0].figure, String(many), `${name}: flame graph`);
    await openView(t, name, 'map', {}, site);
    assert.equal((await mapNodes(t)).filter((one) => one.kind === 'service').length, facts.service_count, `${name}: map`);
    await openView(t, name, 'stats', { by: 'service' }, site);
    const rows = await settled(() => statRows(t), 'rows');
    assert.equal(rows[0].cells.self.ns, String(Object.values(facts.services)[0].self_time_ns), `${name}: statistics`);
  }
});

test('a view of its own in the URL, with a window: another trace does not inherit zoom, pick or window', async (t) => {
  const site = await openView(t, 'order-full', 'map', { node: 'payment-service' });
  await t.page.locator('[data-map-panel]').waitFor();
  await t.app.open(site, { file: sampleQuery('n-plus-1'), view: 'map' });
  await t.app.reach('trace');
  await viewShown(t, 'map');
  await t.until(async () => (await mapNodes(t)).some((one) => one.key === 'carrier-dhl'), 'the other map');
  assert.equal(await t.page.locator('[data-map-panel]').count(), 0);
});

for (const view of VIEWS) {
  test(`narrow, ${view}: tab, find and tools in reach, nothing scrolls sideways, targets of 24 px`, NARROW, async (t) => {
    await openView(t, 'order-full', view);
    await noSideways(t, view);
    const tab = await t.page.locator(`#tab-${view}`).boundingBox();
    assert.ok(tab.x >= -1 && tab.x + tab.width <= 391, `the chosen tab from ${tab.x} to ${tab.x + tab.width}`);
    const find = await t.app.find().boundingBox();
    assert.ok(find && find.x >= 0 && find.x + find.width <= 390 && find.width >= 100, JSON.stringify(find));
    for (const other of VIEWS) {
      // The strip scrolls; the page does not.
      await t.page.locator(`#tab-${other}`).scrollIntoViewIfNeeded();
      const box = await t.page.locator(`#tab-${other}`).boundingBox();
      assert.ok(box.x + box.width > 20 && box.x < 370, `${other} can be scrolled to: ${box.x}`);
    }
    await noSideways(t, `${view} with its tabs scrolled`);
    const small = await t.page.evaluate(() =>
      [...document.querySelectorAll('.tools button, .tools select, .tools summary, .maptools button, [role=tab], .crumb-bar button')]
        .filter((element) => element.checkVisibility())
        .map((element) => ({ rect: element.getBoundingClientRect(), name: element.getAttribute('aria-label') || element.textContent }))
        .filter(({ rect }) => rect.width > 0 && (rect.width < 24 || rect.height < 24))
        .map(({ rect, name }) => `${name}: ${Math.round(rect.width)} × ${Math.round(rect.height)}`));
    assert.deepEqual(small, []);
    await t.page.locator(`#tab-${VIEWS[(VIEWS.indexOf(view) + 1) % 6]}`).tap();
    await viewShown(t, VIEWS[(VIEWS.indexOf(view) + 1) % 6]);
  });
}

test('narrow: a tap on a row of the statistics, a node of the map and a box of the flame chart does what a click does', NARROW, async (t) => {
  const site = await openView(t, 'order-retry', 'stats', { by: 'service' });
  await t.page.locator('.grid-row[data-service="inventory-service"] .name').tap();
  await foundIs(t, FACTS['order-retry'].services['inventory-service'].spans);
  await openView(t, 'order-retry', 'flame', {}, site);
  const box = await t.page.locator('[data-flame] canvas').boundingBox();
  await t.page.touchscreen.tap(box.x + box.width / 3, box.y + 13);
  await queryIs(t, 'span', waterfall(trace('order-retry'))[0].id);
  await t.app.details().waitFor();
  await openView(t, 'order-retry', 'map', { node: 'order-service' }, site);
  const panel = t.page.locator('[data-map-panel]');
  await panel.waitFor();
  const at = await panel.boundingBox();
  assert.ok(at.x >= -1 && at.x + at.width <= 391, JSON.stringify(at));
  await panel.getByRole('button', { name: 'Close' }).tap();
  await panel.waitFor({ state: 'detached' });
  await t.page.locator('svg.map g.node[data-node="order-service"]').tap();
  await panel.waitFor();
});

test('keyboard only: from the address bar into every view, to what is in it, and to find', async (t) => {
  const inside = {
    flame: '[data-flame]', graph: '[data-graph]', map: 'g.node', stats: '.grid-row', findings: '#view-findings, #view-findings *',
  };
  const site = await t.site();
  for (const [view, selector] of Object.entries(inside)) {
    await openView(t, 'synthetic-topology', view, {}, site);
    await t.page.evaluate(() => document.body.focus());
    await tabTo(t, `#tab-${view}`);
    await tabTo(t, selector);
    if (view === 'flame' || view === 'graph') {
      await t.page.keyboard.press('ArrowDown');
      await t.page.keyboard.press('ArrowDown');
      await t.until(() => t.app.query().get('span'), `${view}: a selected box`);
      const held = await t.until(() => t.page.evaluate(() => {
        const id = document.activeElement.getAttribute('aria-activedescendant');
        return id && document.getElementById(id)?.getAttribute('aria-selected') === 'true' ? id : null;
      }), `${view}: the active box is one of the twin`);
      assert.ok(held.length > 0);
    } else {
      await t.page.keyboard.press(view === 'findings' ? 'Tab' : 'Enter');
      if (view === 'map') await t.until(() => t.app.query().get('node'), 'a picked node');
      if (view === 'stats') await t.until(async () => (await t.app.find().inputValue()) !== '', 'find filled');
    }
    await t.page.keyboard.press('/');
    await t.until(() => focused(t, 'input[data-find]'), `${view}: find has the focus`);
  }
});
