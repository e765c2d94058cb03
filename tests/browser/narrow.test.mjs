// 390 × 844 with touch: everything needed is there without scrolling sideways.

import assert from 'node:assert/strict';
import { test } from './harness.mjs';
import { fixtureQuery, sampleQuery, trace, waterfall } from './truth.mjs';

const NARROW = { size: 'narrow' };

async function noSideways(t, what) {
  const { scroll, width } = await t.page.evaluate(() => ({
    scroll: document.scrollingElement.scrollWidth,
    width: document.documentElement.clientWidth,
  }));
  assert.ok(scroll <= width, `${what}: ${scroll} px wide in ${width}`);
}

async function within(t, locator, what) {
  await locator.waitFor();
  const box = await locator.boundingBox();
  assert.ok(box, `${what} is shown`);
  assert.ok(box.x >= -1 && box.x + box.width <= 391, `${what} from ${box.x} to ${box.x + box.width}`);
  assert.ok(box.y >= 0 && box.y < 844, `${what} at ${box.y}`);
}

/** One finger down, moved by `dy` pixels in ten steps, up. */
async function swipe(t, { x, y }, dy) {
  const devtools = await t.context.newCDPSession(t.page);
  const touch = (type, touchPoints) => devtools.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart', [{ x, y }]);
  for (let step = 1; step <= 10; step += 1) {
    await touch('touchMove', [{ x, y: y + (dy * step) / 10 }]);
    await t.page.waitForTimeout(16);
  }
  await touch('touchEnd', []);
}

test('home', NARROW, async (t) => {
  await t.app.open(await t.site());
  await t.app.reach('home');
  await noSideways(t, 'home');
  await within(t, t.app.goto(), 'the go-to box');
});

test('a trace: find, duration, errors, warnings, open and download are in reach', NARROW, async (t) => {
  await t.app.open(await t.site(), { file: fixtureQuery('erp-error', 'v2.json') });
  await t.app.reach('trace');
  await t.app.rowsShown();
  await noSideways(t, 'trace');
  await within(t, t.app.fact('duration'), 'duration');
  await within(t, t.app.fact('errors'), 'errors');
  await within(t, t.app.fact('warnings'), 'warnings');
  await within(t, t.app.find(), 'find');
  await within(t, t.app.downloadButton(), 'download');
  await within(t, t.page.locator('button, label, a').filter({ hasText: /^\s*open/i }).or(t.page.getByRole('button', { name: /^open/i })).first(), 'open');
});

test('a tap on a row opens the details as a sheet, and it closes', NARROW, async (t) => {
  await t.app.open(await t.site(), { file: sampleQuery('order-full') });
  await t.app.reach('trace');
  await t.app.rowsShown();
  const row = (await t.app.visibleRows()).filter((one) => one.id)[2];
  await t.app.row(row.id).locator('.nm').tap();
  await t.app.details().waitFor();
  await t.until(async () => (await t.app.detail('duration')) !== null, 'details');
  await noSideways(t, 'details');
  const box = await t.app.details().boundingBox();
  assert.ok(box.width >= 380 && box.y > 100 && box.y + box.height <= 845, JSON.stringify(box));
  await t.app.details().getByRole('button', { name: /close/i }).first().tap();
  await t.until(async () => !(await t.app.details().isVisible()), 'the sheet closed');
});

test('a drag of the finger scrolls the rows', NARROW, async (t) => {
  await t.app.open(await t.site(), { file: sampleQuery('import-5k') });
  await t.app.reach('trace');
  await t.app.rowsShown();
  const first = (await t.app.visibleRows()).find((row) => row.id).id;
  const box = await t.app.grid().boundingBox();
  await swipe(t, { x: box.x + 120, y: box.y + box.height * 0.7 }, -300);
  await t.until(async () => (await t.app.visibleRows()).find((row) => row.id)?.id !== first, 'other rows');
});

test('the deepest row can be read', NARROW, async (t) => {
  const deep = waterfall(trace('order-full')).filter((row) => row.depth >= 16).at(0);
  await t.app.open(await t.site(), { file: sampleQuery('order-full'), span: deep.id });
  await t.app.reach('trace');
  await t.app.row(deep.id).waitFor();
  const name = await t.app.row(deep.id).locator('.nm').boundingBox();
  assert.ok(name.x < 300 && name.width > 60, `name from ${name.x}, ${name.width} wide`);
});

test('reduced motion: nothing moves by itself', { ...NARROW, reducedMotion: 'reduce' }, async (t) => {
  await t.app.open(await t.site(), { file: sampleQuery('order-full') });
  await t.app.reach('trace');
  await t.app.rowsShown();
  const moving = await t.page.evaluate(() =>
    document.getAnimations().filter((one) => one.playState === 'running').map((one) => String(one.animationName ?? one.transitionProperty)),
  );
  assert.deepEqual(moving, []);
});
