// When the program itself fails: the view that did shows it, the rest of the page lives, and there is a way on. No trace is known that makes it
// fail, so each test plants a fault from outside.

import assert from 'node:assert/strict';
import { plain } from './figures.mjs';
import { test } from './harness.mjs';
import { createPrometheus } from './prometheus.mjs';
import { WINDOW } from './tempo-explore.mjs';
import { openView, viewShown } from './views.mjs';

const banner = (t) => t.page.locator('[data-banner]').filter({ hasText: 'Calculating stopped' });

/**
 * Questions whose text holds `words` make the worker fail until the page says `window.healthy`: with an error of JavaScript, or with a panic in
 * Rust, by a column that says it is longer than any vector can be.
 */
async function plantInWorker(t, words, { panic }) {
  await t.context.addInitScript((wanted) => {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (data, ...rest) {
      if (data?.json?.includes(wanted) && !window.healthy) data.spoilt = true;
      return post.call(this, data, ...rest);
    };
  }, words);
  const fault = panic ? 'Object.defineProperty(data.bulk[0], "length", { value: 2 ** 31 })' : 'throw new Error("planted")';
  await t.context.route(/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `addEventListener("message", ({ data }) => { if (data.spoilt) ${fault}; });\n${await response.text()}` });
  });
}

for (const [kind, panic, words] of [
  ['a panic', true, /The worker failed with “capacity overflow \(.+:\d+\)”, an error in Spanloom\. What is on the screen stays/],
  ['an error of the browser', false, /The worker stopped: it could not be loaded, or memory ran out\. What is on the screen stays/],
]) {
  test(`${kind} under a view: what is shown stays, every question ends, and the trace is read again`, async (t) => {
    await plantInWorker(t, '"CallTree"', { panic });
    t.allow(/planted/, /panicked at/, /unreachable/);
    await openView(t, 'order-full', 'timeline');
    await t.page.locator('[role=row][data-span]').nth(3).click();
    const first = await t.until(() => t.app.query().get('span'), 'a span is selected');
    await t.page.locator('#tab-graph').click();
    await banner(t).waitFor();
    assert.match(plain(await banner(t).innerText()), words);
    await t.until(async () => (await t.page.getByRole('progressbar', { name: 'Working out' }).count()) === 0, 'nothing waits for an answer');

    // The timeline needs no worker.
    await t.page.locator('#tab-timeline').click();
    await viewShown(t, 'timeline');
    await t.page.locator('[role=row][data-span]').nth(5).click();
    await t.until(() => t.app.query().get('span') !== first, 'another span is selected');
    const span = t.app.query().get('span');

    await t.page.evaluate(() => { window.healthy = true; });
    await banner(t).getByRole('button', { name: 'Read again' }).click();
    await banner(t).waitFor({ state: 'detached' });
    await t.page.locator('#tab-graph').click();
    await viewShown(t, 'graph');
    assert.equal(t.app.query().get('span'), span, 'the selection is kept');
  });
}

test('a worker that fails while a trace opens: the load ends with the reason', async (t) => {
  await plantInWorker(t, '"Load"', { panic: false });
  t.allow(/planted/);
  const site = await t.site();
  await t.app.open(site, { file: 'samples/slow-erp.pb' });
  await t.app.reach('failure');
  const words = plain(await t.page.locator('main').innerText());
  assert.match(words, /slow-erp\.pb could not be opened/);
  assert.match(words, /Reading stopped: the worker stopped: it could not be loaded, or memory ran out\. Close other pages/);
});

test('a map that cannot be placed says why, and is placed when it is tried again', async (t) => {
  await plantInWorker(t, '"PlaceMap"', { panic: false });
  t.allow(/planted/);
  const prometheus = createPrometheus();
  const { site } = await t.tempoSite({}, {}, { prometheus: '/prometheus' }, { '/prometheus': prometheus.handle });
  await t.app.open(site, { view: 'map', from: String(WINDOW.from * 1000), to: String(WINDOW.to * 1000) });
  await t.app.reach('explore');
  const failure = t.page.locator('[role=alert]').filter({ hasText: 'No picture' });
  await failure.waitFor();
  assert.match(plain(await failure.innerText()), /could not be drawn: the worker stopped/);
  await t.page.evaluate(() => { window.healthy = true; });
  await failure.getByRole('button', { name: 'Try again' }).click();
  await t.page.locator('svg.map .node').first().waitFor();
});

test('a page that fails says so, once, and Reload brings it back', async (t) => {
  t.allow(/panicked at/, /unreachable/);
  await openView(t, 'order-full', 'timeline');
  await t.page.evaluate(() => {
    const make = Document.prototype.createElement;
    Document.prototype.createElement = function (tag) {
      if (tag === 'select') throw new Error('planted');
      return make.apply(this, arguments);
    };
  });
  await t.page.locator('#tab-stats').click();
  const bar = t.page.locator('#stopped[role=alert]');
  await bar.waitFor();
  assert.match(plain(await bar.innerText()), /Spanloom stopped\. An error in Spanloom, not in your browser: “.*planted.*\(.+:\d+\)”/);
  await t.page.locator('#tab-timeline').click();
  assert.equal(await bar.count(), 1);
  await bar.getByRole('button', { name: 'Reload' }).click();
  await bar.waitFor({ state: 'detached' });
  await t.app.reach('trace');
  await t.page.locator('[role=row][data-span]').first().waitFor();
});
