// The hosted page in Firefox and in WebKit: samples, ways in, the six views' figures, find and the keyboard. What is tried in Chromium alone
// elsewhere is tried here where engines differ: files, workers, canvas, history, keys.

import assert from 'node:assert/strict';
import { assertSixViews, assertWaysIn, inEach, press, reach, shows, withControl } from './engines.mjs';
import { FACTS, SAMPLES, fixtureQuery, trace, waterfall } from './truth.mjs';

const everywhere = (...given) => inEach(['firefox', 'webkit'], ...given);
const focus = (t, selector) => t.page.evaluate((it) => document.querySelector(it).focus(), selector);
const query = async (t) => new URL(await t.page.url()).searchParams;

async function openHosted(t, more = {}) {
  const site = await t.site();
  await t.page.goto(site.url(more));
  return site;
}

everywhere('every sample opens from the page, and nothing is asked of another host', async (t) => {
  const site = await openHosted(t);
  await reach(t, 'home');
  for (const name of SAMPLES) {
    await press(t, `[data-sample="${name}"]`);
    await shows(t, name);
    await press(t, 'a.logo');
    await reach(t, 'home');
  }
  const asked = await t.page.evaluate(() => performance.getEntriesByType('resource').map((one) => one.name));
  assert.deepEqual(asked.filter((one) => !one.startsWith(site.origin) && !/^(blob|data):/.test(one)), []);
});

everywhere('a file that is picked, one that is dropped and text that is pasted open', async (t, browser) => {
  await openHosted(t);
  await assertWaysIn(t, browser);
});

everywhere('order-full: the six views show the recorded figures', async (t) => {
  await openHosted(t, { file: fixtureQuery('order-full', 'v2.json') });
  await shows(t, 'order-full');
  await assertSixViews(t, 'order-full');
});

everywhere('5,110 spans in protobuf, by address', async (t) => {
  await openHosted(t, { file: fixtureQuery('import-5k', 'v2.pb') });
  await shows(t, 'import-5k');
});

everywhere('find counts what it finds, and goes from one to the next by keyboard', async (t) => {
  const name = 'erp-error';
  await openHosted(t, { file: fixtureQuery(name, 'v2.json') });
  await shows(t, name);
  await t.page.keyboard.press('/');
  await t.until(() => t.page.evaluate(() => document.activeElement.matches('input[data-find]')), 'the find box has the focus');
  for (const letter of 'error') await t.page.keyboard.press(letter);
  const errors = FACTS[name].error_span_count;
  await t.until(() => t.page.evaluate((many) => Number(/\d+$/.exec(document.querySelector('[data-find-count]')?.innerText.trim() ?? '')?.[0]) === many, errors), `${errors} found`);
  await t.page.keyboard.press('Enter');
  const failed = trace(name).filter((span) => span.status === 'STATUS_CODE_ERROR').map((span) => span.id);
  await t.until(async () => failed.includes((await query(t)).get('span')), 'one that failed is selected');
});

everywhere('rows are walked by arrow keys, details open and close, the address follows, and back leads back', async (t) => {
  const name = 'order-full';
  await openHosted(t, { file: fixtureQuery(name, 'v2.json') });
  await shows(t, name);
  await t.page.waitForSelector('[role=treegrid] [role=row][data-span]');
  await focus(t, '[role=treegrid]');
  await t.page.keyboard.press('ArrowDown');
  const rows = waterfall(trace(name)).map((row) => row.id);
  await t.until(async () => rows.includes((await query(t)).get('span')), 'a row is selected');
  const first = (await query(t)).get('span');
  await t.page.keyboard.press('ArrowDown');
  await t.until(async () => rows.includes((await query(t)).get('span')) && (await query(t)).get('span') !== first, 'the next row is selected');
  await t.page.keyboard.press('Enter');
  await t.page.waitForSelector('dl.kv');
  await t.page.keyboard.press('6');
  await t.page.waitForSelector('#tab-findings[aria-selected=true]');
  assert.equal((await query(t)).get('view'), 'findings');
  await t.page.keyboard.press('?');
  await t.page.waitForSelector('dialog[open]');
  await t.page.keyboard.press('Escape');
  await t.until(() => t.page.evaluate(() => document.querySelector('dialog[open]') === null), 'the dialog is closed');
  await t.page.goBack();
  await t.page.waitForSelector('#tab-timeline[aria-selected=true]');
});

// Safari lets a page copy within a press alone: a summary, which the worker writes, is promised to the clipboard there.
everywhere('what has still to be made when it is asked for is copied', async (t) => {
  await openHosted(t, { file: fixtureQuery('order-full', 'v2.json') });
  await shows(t, 'order-full');
  // By keyboard: what a script clicks is no press to a browser.
  await focus(t, 'summary[aria-label=Download]');
  await t.page.keyboard.press('Enter');
  await t.page.waitForSelector('details[open] .menu-group');
  await t.page.evaluate(() => [...document.querySelectorAll('details[open] li button')].find((one) => one.innerText.includes('Copy summary')).focus());
  await t.page.keyboard.press('Enter');
  await t.until(() => t.page.evaluate(() => /Copied the summary/.test(document.body.innerText)), 'that it is copied');
  // Into a field of the test's own.
  await t.page.evaluate(() => document.body.append(Object.assign(document.createElement('textarea'), { id: 'pasted' })));
  await focus(t, '#pasted');
  await withControl(t, 'v');
  const pasted = () => t.page.evaluate(() => document.querySelector('#pasted').value);
  await t.until(async () => (await pasted()).startsWith('**[api-gateway: POST /orders]('), 'the summary in a field');
});

everywhere('how long notes are kept is said where they are not kept', async (t, browser) => {
  await openHosted(t, { file: fixtureQuery('order-full', 'v2.json') });
  await shows(t, 'order-full');
  await t.page.waitForSelector('[role=treegrid] [role=row][data-span]');
  await focus(t, '[role=treegrid]');
  await t.page.keyboard.press('ArrowDown');
  await t.page.keyboard.press('Enter');
  await press(t, '[data-add-note]');
  await t.page.waitForSelector('.note-write textarea');
  const words = await t.page.evaluate(() => document.querySelector('[data-safari-notes]')?.innerText ?? null);
  if (browser === 'webkit') assert.match(words, /Safari deletes what a page has stored after seven days of use without a visit here/);
  else assert.equal(words, null);
});
