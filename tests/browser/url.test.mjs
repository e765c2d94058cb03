// Every view comes back from its URL, and what is done on the page goes into it.

import assert from 'node:assert/strict';
import { plain } from './figures.mjs';
import { test } from './harness.mjs';
import { FACTS, fixtureQuery, sampleQuery, subtree, trace, waterfall } from './truth.mjs';

const FULL = { file: sampleQuery('order-full') };
const rowsOf = (name) => waterfall(trace(name));

async function open(t, query) {
  const site = await t.site();
  await t.app.open(site, query);
  await t.app.reach('trace');
  await t.app.rowsShown();
  return site;
}

test('span= selects the span, unfolds to it and scrolls it into view', async (t) => {
  const deep = rowsOf('order-full').filter((row) => row.depth >= 14).at(-1);
  await open(t, { ...FULL, span: deep.id });
  await t.until(async () => (await t.app.selectedId()) === deep.id, 'the span selected');
  const box = await t.app.row(deep.id).boundingBox();
  assert.ok(box.y > 100 && box.y < 880, `row at ${box.y}`);
  await t.app.details().waitFor();
});

test('span= of a span that is not there is told, and the trace is shown', async (t) => {
  await open(t, { ...FULL, span: '00000000000000aa' });
  await t.until(async () => /00000000000000aa/.test(await t.app.text()), 'the span named');
  assert.equal(await t.app.selectedId(), null);
});

test('find= fills the box and counts', async (t) => {
  await open(t, { ...FULL, find: 'postgresql' });
  assert.equal(await t.app.find().inputValue(), 'postgresql');
  await t.until(async () => /33/.test((await t.app.findCount()) ?? ''), '33 matches');
});

test('find typed on the page goes into the URL and survives a reload', async (t) => {
  await open(t, FULL);
  await t.app.find().fill('service:erp-connector');
  await t.until(() => t.app.query().get('find') === 'service:erp-connector', 'find in the URL');
  await t.page.reload();
  await t.app.reach('trace');
  assert.equal(await t.app.find().inputValue(), 'service:erp-connector');
  const spans = FACTS['order-full'].services['erp-connector'].spans;
  await t.until(async () => new RegExp(`(^|\\D)${spans}(\\D|$)`).test((await t.app.findCount()) ?? ''), `${spans} matches`);
});

test('t0 and t1 are the window, and f gives the whole trace back', async (t) => {
  await open(t, { ...FULL, t0: '500000000', t1: '1500000000' });
  await t.page.waitForTimeout(700);
  assert.equal(t.app.query().get('t0'), '500000000', 'kept to the nanosecond');
  assert.equal(t.app.query().get('t1'), '1500000000');
  await t.app.grid().focus();
  await t.page.keyboard.press('f');
  await t.until(() => !t.app.query().has('t0') && !t.app.query().has('t1'), 'no window in the URL');
});

test('zooming writes the window into the URL without a new history entry', async (t) => {
  await open(t, FULL);
  const before = await t.page.evaluate(() => history.length);
  await t.app.grid().focus();
  for (let i = 0; i < 4; i += 1) await t.page.keyboard.press('w');
  await t.until(() => t.app.query().has('t0') || t.app.query().has('t1'), 'a window in the URL');
  assert.equal(await t.page.evaluate(() => history.length), before);
  const [from, to] = [Number(t.app.query().get('t0') ?? 0), Number(t.app.query().get('t1') ?? Infinity)];
  assert.ok(from >= 0 && to > from && to - from < FACTS['order-full'].duration_ns, `${from} to ${to}`);
  const search = new URL(t.page.url()).search;
  await t.page.reload();
  await t.app.reach('trace');
  await t.page.waitForTimeout(700);
  assert.equal(new URL(t.page.url()).search, search);
});

test('only= isolates services', async (t) => {
  await open(t, { ...FULL, only: 'payment-service' });
  await t.app.showEveryRow();
  const rows = rowsOf('order-full');
  const shown = await t.app.allRows();
  const own = rows.filter((row) => row.service === 'payment-service').map((row) => row.id);
  const ids = new Set(shown.map((row) => row.id));
  for (const id of own) assert.ok(ids.has(id), `${id} of payment-service is shown`);
  for (const id of ids) {
    const under = subtree(rows, id);
    assert.ok(under.some((below) => own.includes(below)), `${id} is shown, though no payment-service is in or under it`);
  }
  assert.ok(ids.size < 147);
});

test('focus= shows a subtree, and says that it does', async (t) => {
  const rows = rowsOf('order-full');
  const top = rows.find((row) => row.service === 'inventory-service' && row.kind === 'SERVER');
  await open(t, { ...FULL, focus: top.id });
  await t.app.showEveryRow();
  const shown = await t.app.allRows();
  assert.deepEqual(shown.map((row) => row.id), subtree(rows, top.id));
});

test('theme= sets the theme before the system does', async (t) => {
  const site = await t.site();
  for (const theme of ['dark', 'light']) {
    await t.app.open(site, { theme });
    await t.app.reach('home');
    assert.equal(await t.page.evaluate(() => document.documentElement.dataset.theme), theme);
  }
});

test('the system\'s theme is taken when none is named', { theme: 'dark' }, async (t) => {
  await t.app.open(await t.site());
  await t.app.reach('home');
  assert.equal(await t.page.evaluate(() => document.documentElement.dataset.theme), 'dark');
});

test('the theme button changes the theme and it is remembered', async (t) => {
  const site = await t.site();
  await t.app.open(site);
  await t.app.reach('home');
  const themeNow = () => t.page.evaluate(() => document.documentElement.dataset.theme);
  const before = await themeNow();
  await t.page.getByRole('button', { name: /theme|light or dark/i }).first().click();
  await t.until(async () => (await themeNow()) !== before, 'another theme');
  const chosen = await themeNow();
  await t.app.open(site);
  await t.app.reach('home');
  assert.equal(await themeNow(), chosen);
});

test('opening pushes history: back goes home, forward to the trace with its selection', async (t) => {
  await t.app.open(await t.site());
  await t.app.reach('home');
  await t.page.locator('[data-sample="order-full"]').click();
  await t.app.reach('trace');
  await t.app.rowsShown();
  await t.page.goBack();
  await t.app.reach('home');
  await t.page.goForward();
  await t.app.reach('trace');
  await t.until(async () => (await t.app.factText('spans')) === '147', '147 spans');
});

test('embed never pushes history', async (t) => {
  await open(t, { ...FULL, embed: '1' });
  const before = await t.page.evaluate(() => history.length);
  await t.page.keyboard.press('Escape');
  const row = rowsOf('order-full')[0];
  await t.app.select(row.id);
  await t.until(async () => (await t.app.selectedId()) === row.id, 'selected');
  await t.page.waitForTimeout(700);
  assert.equal(await t.page.evaluate(() => history.length), before);
});

test('an unknown view or value in the URL does not break the page', async (t) => {
  await open(t, { ...FULL, view: 'nonsense', t0: 'abc', t1: '-5', only: 'no-such-service', focus: 'zz', by: '???', tz: 'Mars/Base' });
  await t.until(async () => (await t.app.factText('spans')) === '147', '147 spans');
});

test('text in the URL is never markup', async (t) => {
  const evil = '<img src=x onerror="document.title=1">';
  await open(t, { ...FULL, find: evil, only: evil, span: evil });
  assert.equal(await t.page.locator('img[src="x"]').count(), 0);
});

test('tz= chooses the zone of the start', { timezoneId: 'America/New_York' }, async (t) => {
  const site = await open(t, { ...FULL, tz: 'UTC' });
  const at = new Date(Number(BigInt(FACTS['order-full'].start_unix_nano) / 1_000_000n)).toISOString().slice(11, 19);
  assert.ok((await t.app.factText('start')).includes(at), `${await t.app.factText('start')} is ${at} UTC`);
  await t.app.open(site, { ...FULL, tz: 'Asia/Tokyo' });
  await t.app.reach('trace');
  const tokyo = new Date(Date.parse(`2026-01-01T${at}Z`) + 9 * 3600_000).toISOString().slice(11, 19);
  await t.until(async () => (await t.app.factText('start')).includes(tokyo), `${tokyo} in Tokyo`);
});

test('a trace with an error opens on a fixture too', async (t) => {
  await open(t, { file: fixtureQuery('erp-error', 'v2.json'), find: 'error' });
  const errors = FACTS['erp-error'].error_span_count;
  await t.until(async () => new RegExp(`(^|\\D)${errors}(\\D|$)`).test((await t.app.findCount()) ?? ''), `${errors} matches`);
});

test('what is folded, shut and opened, and the critical path, are in the address and come back', async (t) => {
  await open(t, FULL);
  const rows = rowsOf('order-full');
  const shut = rows.find((row) => row.depth === 5 && row.children.length > 0);
  const counted = async () => Number(plain(await t.app.status()).match(/(\d+) rows hold/)[1]);
  const folded = await counted();
  await t.page.locator('.grouphead .caret, [role=row][data-group] .caret, .row .caret').first().waitFor();
  await t.app.setToggle('Critical path', false);
  await t.app.setToggle(/fold pass-through/i, false);
  await t.until(() => t.app.query().get('fold') === '0' && t.app.query().get('critical') === '0', 'both switches in the address');
  await t.until(async () => (await counted()) === rows.length, 'a row a span');
  await t.app.row(shut.id).locator('.caret').click();
  await t.until(() => t.app.query().get('closed') === shut.id, 'the shut row in the address');
  const below = rows.length - subtree(rows, shut.id).length + 1;
  await t.until(async () => (await counted()) === below, `${below} rows`);
  const link = t.page.url();
  await open(t, FULL);
  assert.equal(await counted(), folded, 'a trace is first seen as ever');
  await t.page.goto(link);
  await t.app.reach('trace');
  await t.until(async () => (await counted()) === below, `${below} rows again`);
  assert.equal(await t.app.toggle('Critical path').getAttribute('aria-pressed'), 'false');
  await t.page.keyboard.press(']');
  await t.until(() => !t.app.query().has('closed'), 'of more than twenty none is named');
});

test('groups that are opened are in the address and come back', async (t) => {
  await open(t, FULL);
  const counted = async () => Number(plain(await t.app.status()).match(/(\d+) rows hold/)[1]);
  const before = await counted();
  await t.page.locator('.row').filter({ hasText: /^.*3 ×/ }).first().locator('.caret').click();
  await t.until(() => /^[0-9a-f]{16}$/.test(t.app.query().get('opened') ?? ''), 'the group in the address');
  const opened = await counted();
  assert.ok(opened > before, `${opened} rows`);
  await t.page.reload();
  await t.app.reach('trace');
  await t.until(async () => (await counted()) === opened, `${opened} rows again`);
});
