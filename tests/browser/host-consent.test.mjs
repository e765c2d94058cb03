// Who may drive the page: hosts of other origins, trusted or asked about, several at once, nameless ones, and ones that flood it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { plain } from './figures.mjs';
import { test } from './harness.mjs';
import { around } from './hosts.mjs';
import { fixturePath, fixtureQuery, trace } from './truth.mjs';

const DATA = readFileSync(fixturePath('get-order', 'v2.json'), 'utf8');
const SPAN = trace('get-order')[3].id;
const OPEN = { type: 'open', name: 'x.json', data: DATA };

const allow = (bar) => bar.getByRole('button', { name: 'Allow' });
const notNow = (bar) => bar.getByRole('button', { name: 'Not now' });

test('allowed once, an origin is not asked about again, and what it asked before is done', async (t) => {
  const { say, answer, bar, origin, heard, inside } = await around(t);
  await say('host', { id: 1, ...OPEN });
  await say('host', { id: 2, type: 'report' });
  await bar.waitFor();
  assert.ok(plain(await bar.innerText()).startsWith(`${origin} wants to open traces here`));
  assert.equal((await heard('host', 1)).length, 0);
  await allow(bar).click();
  assert.deepEqual([(await answer('host', 1)).type, (await answer('host', 1)).span_count], ['opened', 23]);
  assert.equal(await inside.locator('main').evaluate((main) => main === document.activeElement), true, 'the keyboard is not lost with the button');
  assert.equal((await answer('host', 2)).report.span_count, 23);
  await say('host', { id: 3, type: 'show', view: 'flame' });
  assert.equal((await answer('host', 3)).type, 'shown');
  assert.equal(await bar.count(), 0);
});

test('an origin that config.json trusts needs no consent; the one beside it does', async (t) => {
  const { say, answer, bar, third } = await around(t, { trusted: true });
  await say('host', { id: 1, ...OPEN });
  assert.equal((await answer('host', 1)).type, 'opened');
  assert.equal(await bar.count(), 0);
  await say('third', { id: 2, type: 'report' });
  await bar.waitFor();
  assert.ok((await bar.innerText()).includes(third));
});

test('not now refuses with a sentence and is asked once more; after a second time no more', async (t) => {
  const { say, answer, bar } = await around(t);
  for (const id of [1, 2]) {
    await say('host', { id, ...OPEN });
    await notNow(bar).click();
    const told = await answer('host', id);
    assert.deepEqual([told.type, told.message], ['error', 'the reader did not allow this page to be driven from outside']);
    await bar.waitFor({ state: 'detached' });
  }
  await say('host', { id: 3, ...OPEN });
  assert.equal((await answer('host', 3)).type, 'error');
  assert.equal(await bar.count(), 0);
  await say('host', { id: 4, type: 'ping' });
  assert.equal((await answer('host', 4)).type, 'pong');
});

test('two hosts wait: one question at a time, and a double press allows the first alone', async (t) => {
  const { say, answer, bar, origin, third, heard } = await around(t, { query: { file: fixtureQuery('get-order', 'v2.json') } });
  await say('host', { id: 1, type: 'report' });
  await bar.waitFor();
  await say('third', { id: 2, type: 'report' });
  await t.page.waitForTimeout(100);
  assert.ok((await bar.innerText()).includes(origin), 'the first question stands');
  await allow(bar).dblclick();
  assert.equal((await answer('host', 1)).type, 'report');
  await t.until(async () => (await bar.innerText()).includes(third), 'the second question');
  assert.equal((await heard('third', 2)).length, 0);
  await notNow(bar).click();
  assert.equal((await answer('third', 2)).type, 'error');
  assert.equal((await heard('host')).filter((data) => data.id === 2).length, 0, 'an answer goes to its sender alone');
});

test('a press that comes with the question is no consent', async (t) => {
  const { say, bar, heard } = await around(t);
  await say('host', { id: 1, ...OPEN });
  await bar.waitFor();
  assert.equal(await allow(bar).getAttribute('aria-disabled'), 'true');
  await allow(bar).evaluate((button) => button.click());
  await t.page.waitForTimeout(200);
  assert.equal((await heard('host', 1)).length, 0);
  await t.until(async () => (await allow(bar).getAttribute('aria-disabled')) === null, 'the button to be ready');
});

test('windows without an origin are asked about each time and each by itself', async (t) => {
  const { say, answer, heard, bar } = await around(t, { query: { file: fixtureQuery('get-order', 'v2.json') } });
  await say('one', { id: 1, type: 'report' });
  await say('two', { id: 2, type: 'report' });
  await bar.waitFor();
  assert.match(await bar.innerText(), /^A page of unknown origin/);
  await allow(bar).click();
  assert.equal((await answer('one', 1)).type, 'report');
  await t.page.waitForTimeout(100);
  assert.equal((await heard('two', 2)).length, 0, 'the other window is not allowed by it');
  await allow(bar).click();
  assert.equal((await answer('two', 2)).type, 'report');
  await say('one', { id: 3, type: 'report' });
  await bar.waitFor();
  assert.equal((await heard('one', 3)).length, 0);
});

test('32 messages of an origin wait, further ones are refused; another origin is heard all the same', async (t) => {
  const { say, answer, heard, bar, third } = await around(t, { query: { file: fixtureQuery('get-order', 'v2.json') } });
  await t.page.evaluate(() => {
    for (let id = 100; id < 600; id += 1) window.frames.spanloom.postMessage({ spanloom: 1, id, type: 'report' }, '*');
  });
  await t.until(async () => (await heard('host')).filter(({ type }) => type === 'error').length === 468, '468 refusals');
  assert.match((await answer('host', 132)).message, /too many messages wait already, 32 of one origin at most/);
  await say('host', { id: 'p', type: 'ping' });
  assert.equal((await answer('host', 'p')).type, 'pong');
  await say('third', { id: 2, type: 'report' });
  await notNow(bar).click();
  await t.until(async () => (await heard('host')).filter(({ type }) => type === 'error').length === 500, 'all are answered');
  await t.until(async () => (await bar.innerText()).includes(third), 'the question about the other');
  await allow(bar).click();
  assert.equal((await answer('third', 2)).type, 'report');
});

for (const [what, options] of [['a frame of 200 px', { width: 620, height: 200 }], ['a narrow frame', { width: 320, height: 200 }]]) {
  test(`${what}: the question is in sight and answered by keyboard`, async (t) => {
    const { say, answer, bar, inside } = await around(t, { query: { embed: '1', file: fixtureQuery('get-order', 'v2.json') }, ...options });
    await inside.locator('[role=row][data-span]').first().waitFor();
    await t.page.locator('#outside').focus();
    await say('host', { id: 1, type: 'report' });
    await bar.waitFor();
    const frame = await t.page.locator('iframe[name=spanloom]').boundingBox();
    for (const button of [allow(bar), notNow(bar)]) {
      const box = await button.boundingBox();
      assert.ok(box.x >= frame.x && box.x + box.width <= frame.x + frame.width && box.y + box.height <= frame.y + frame.height, JSON.stringify({ box, frame }));
    }
    assert.equal(await t.page.evaluate(() => document.activeElement.id), 'outside', 'the keyboard stays where it was');
    await t.until(async () => (await allow(bar).getAttribute('aria-disabled')) === null, 'the button to be ready');
    for (let tabs = 0; tabs < 8 && !(await allow(bar).evaluate((button) => button === document.activeElement)); tabs += 1) await t.page.keyboard.press('Tab');
    await t.page.keyboard.press('Enter');
    assert.equal((await answer('host', 1)).type, 'report');
  });
}

test('a page around that asks for a view keeps the keyboard', async (t) => {
  const { say, answer, inside } = await around(t, { trusted: true, query: { embed: '1', file: fixtureQuery('get-order', 'v2.json') } });
  await inside.locator('[role=row][data-span]').first().waitFor();
  await t.page.locator('#outside').focus();
  for (const [id, what] of [{ view: 'flame' }, { view: 'map' }, { view: 'timeline', find: 'order' }, { span: SPAN }].entries()) {
    await say('host', { id, type: 'show', ...what });
    assert.equal((await answer('host', id)).type, 'shown');
    await t.page.waitForTimeout(100);
    assert.equal(await t.page.evaluate(() => document.activeElement.id), 'outside');
  }
});
