// Findings: what was doubtful about a trace, told once a kind, of as many spans as the recording has.

import assert from 'node:assert/strict';
import { plain } from './figures.mjs';
import { test } from './harness.mjs';
import { traceNames } from './tempo.mjs';
import { FACTS, trace } from './truth.mjs';
import { openView, queryIs, viewShown } from './views.mjs';
import { rawEnds } from './truth-views.mjs';

const section = (t, title) => t.page.locator(`section[data-finding="${title}"]`);
const figure = (t) => t.page.locator('#tab-findings .n');

/** Findings on the page: { title: [line of each span] }. */
const shown = (t) => t.page.locator('#view-findings').evaluate((view) =>
  Object.fromEntries([...view.querySelectorAll('section[data-finding]')].map((one) =>
    [one.dataset.finding, [...one.querySelectorAll('li')].map((line) => line.textContent)])));

test('every recorded trace: missing parents, roots and reversed times are told as often as they are', async (t) => {
  const site = await t.site();
  const told = new Set();
  for (const name of traceNames()) {
    await openView(t, name, 'findings', {}, site);
    const all = await shown(t);
    const facts = FACTS[name];
    const lines = (title) => all[title]?.length ?? 0;
    assert.equal(lines('Parent span is missing'), facts.orphan_count, `${name}: orphans`);
    for (const missing of facts.missing_parents) {
      assert.ok(all['Parent span is missing'].some((line) => line.includes(missing)), `${name}: the missing parent ${missing} is named`);
    }
    assert.equal(lines('More than one root') > 0, facts.root_count > 1, `${name}: ${facts.root_count} roots`);
    assert.equal(lines('Span ends before it starts'), rawEnds(name), `${name}: reversed times`);
    assert.equal(lines('Parents form a circle') > 0, facts.unreachable_spans > 0, `${name}: circles`);
    const many = Object.values(all).reduce((total, one) => total + one.length, 0);
    const noted = (await figure(t).count()) ? Number(await figure(t).innerText()) : 0;
    assert.equal(noted > 0, many > 0, `${name}: the tab's figure ${noted}, ${many} findings`);
    const nothing = await t.page.getByRole('heading', { name: 'No findings' }).count();
    assert.equal(nothing, many === 0 ? 1 : 0, `${name}: said when there is nothing`);
    if (many > 0) told.add(name);
  }
  for (const name of ['orphans-missing-root', 'clock-skew', 'synthetic-topology']) assert.ok(told.has(name), name);
  for (const name of ['order-full', 'n-plus-1', 'import-5k']) assert.ok(!told.has(name), `${name} has nothing doubtful`);
});

test('synthetic-topology: each kind says what it means, what to do, and names the spans it is about', async (t) => {
  await openView(t, 'synthetic-topology', 'findings');
  const all = await shown(t);
  for (const title of Object.keys(all)) {
    const text = plain(await section(t, title).innerText());
    assert.match(text, /What to do: .{20,}/, title);
    const figures = /(\d+) spans?/.exec(plain(await section(t, title).locator('h2').innerText()));
    if (figures) assert.equal(Number(figures[1]), all[title].length, `${title}: its figure`);
  }
  for (const { name } of FACTS['synthetic-topology'].orphans) {
    assert.ok(all['Parent span is missing'].some((line) => line.includes(name)), `${name} is named`);
  }
});

test('clock-skew: every span told of is of the service whose clock is behind', async (t) => {
  await openView(t, 'clock-skew', 'findings');
  const all = await shown(t);
  const skew = Object.entries(all).find(([title]) => /clock/i.test(title));
  assert.ok(skew, Object.keys(all).join());
  const byId = new Map(trace('clock-skew').map((span) => [span.id, span]));
  const early = [...byId.values()].filter((span) => byId.has(span.parent) && span.start + 10_000_000n < byId.get(span.parent).start);
  assert.ok(skew[1].length >= 1 && skew[1].length <= early.length * 2, `${skew[1].length} lines, ${early.length} spans start before their parents`);
  const services = new Set(early.map((span) => span.service));
  for (const line of skew[1]) assert.ok([...services].some((service) => line.includes(service)), line);
});

test('a click on a span selects it and opens its details; it stays selected in the timeline', async (t) => {
  await openView(t, 'orphans-missing-root', 'findings');
  const orphan = FACTS['orphans-missing-root'].orphans[0];
  await section(t, 'Parent span is missing').locator('.span-link').first().click();
  await queryIs(t, 'span', orphan.span_id);
  await t.app.details().waitFor();
  await t.page.keyboard.press('1');
  await viewShown(t, 'timeline');
  await t.until(async () => (await t.app.selectedId()) === orphan.span_id, 'selected there');
});

test('by keys: from the tab to a span and its details', async (t) => {
  await openView(t, 'synthetic-topology', 'findings');
  await t.page.locator('#tab-findings').focus();
  const ids = FACTS['synthetic-topology'].orphans.map((one) => one.span_id);
  await t.until(async () => {
    if (await t.page.evaluate(() => document.activeElement.matches('.span-link'))) return true;
    await t.page.keyboard.press('Tab');
    return false;
  }, 'a span has the focus');
  await t.page.keyboard.press('Enter');
  const id = await t.until(() => t.app.query().get('span'), 'selected');
  assert.ok(ids.includes(id), `${id} is one of the orphans, which come first`);
});

test('find marks the spans told of; those of hidden services are left out and counted', async (t) => {
  const [orphan] = FACTS['orphans-missing-root'].orphans;
  const site = await openView(t, 'orphans-missing-root', 'findings', { find: `service:${orphan.service}` });
  const lines = section(t, 'Parent span is missing').locator('li');
  await t.until(async () => (await lines.and(t.page.locator('.found')).count()) === 1, 'the orphan marked');
  await openView(t, 'orphans-missing-root', 'findings', { only: 'order-service' }, site);
  await t.until(async () => (await lines.count()) === 0, 'left out');
  assert.match(plain(await section(t, 'Parent span is missing').innerText()), /\b1 of hidden services/);
});
