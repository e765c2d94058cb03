// Everything by keyboard alone: no mouse is used in this file.

import assert from 'node:assert/strict';
import { test } from './harness.mjs';
import { FACTS, fixtureQuery, sampleQuery, trace, waterfall } from './truth.mjs';

const rowsOf = (name) => waterfall(trace(name));

async function open(t, query) {
  const site = await t.site();
  await t.app.open(site, query);
  await t.app.reach('trace');
  await t.app.rowsShown();
  return site;
}

const focused = (t, selector) => t.page.evaluate((it) => document.activeElement?.matches(it) ?? false, selector);

async function tabTo(t, selector, most = 60) {
  for (let i = 0; i < most; i += 1) {
    if (await focused(t, selector)) return;
    await t.page.keyboard.press('Tab');
  }
  throw new Error(`${most} times Tab did not reach ${selector}`);
}

/** Opens every row and unfolds, by keys only. */
async function unfold(t) {
  await tabTo(t, 'button[aria-pressed]');
  for (let i = 0; i < 12; i += 1) {
    const label = await t.page.evaluate(() => document.activeElement?.textContent + (document.activeElement?.getAttribute('aria-label') ?? ''));
    if (/fold pass-through/i.test(label)) break;
    await t.page.keyboard.press('Tab');
  }
  const pressed = await t.page.evaluate(() => document.activeElement?.getAttribute('aria-pressed'));
  if (pressed === 'true') await t.page.keyboard.press('Space');
  await t.page.keyboard.press('[');
}

test('from home to a span\'s details and back without a mouse', async (t) => {
  await t.app.open(await t.site());
  await t.app.reach('home');
  await tabTo(t, '[data-sample="order-full"]');
  await t.page.keyboard.press('Enter');
  await t.app.reach('trace');
  await t.app.rowsShown();
  await tabTo(t, '[role=treegrid], [role=treegrid] *');
  await t.page.keyboard.press('Home');
  const rows = rowsOf('order-full');
  await t.page.keyboard.press('j');
  const first = await t.until(() => t.app.selectedId(), 'a selected row');
  await t.page.keyboard.press('j');
  const second = await t.until(async () => {
    const now = await t.app.selectedId();
    return now !== first ? now : null;
  }, 'the next row');
  assert.ok(rows.findIndex((row) => row.id === second) > rows.findIndex((row) => row.id === first));
  await t.page.keyboard.press('k');
  await t.until(async () => (await t.app.selectedId()) === first, 'the row before');
  await t.page.keyboard.press('ArrowDown');
  await t.until(async () => (await t.app.selectedId()) === second, 'arrows do the same');
  await t.app.details().waitFor();
  await t.until(async () => (await t.app.detail('duration')) !== null, 'details');
});

test('arrows close and open a row; rows below come and go', async (t) => {
  const root = rowsOf('order-full')[0];
  await open(t, { file: sampleQuery('order-full'), span: root.id });
  await unfold(t);
  await t.until(async () => (await t.app.rowCount()) >= 147, 'every row');
  await tabTo(t, '[role=treegrid], [role=treegrid] *');
  await t.page.keyboard.press('ArrowLeft');
  await t.until(async () => (await t.app.row(root.id).getAttribute('aria-expanded')) === 'false', 'the root closed');
  await t.until(async () => (await t.app.rowCount()) <= 2, 'one row left');
  await t.page.keyboard.press('ArrowRight');
  await t.until(async () => (await t.app.row(root.id).getAttribute('aria-expanded')) === 'true', 'the root open');
});

test('[ and ] expand and collapse all, o and p one level', async (t) => {
  await open(t, { file: sampleQuery('order-full') });
  await unfold(t);
  await t.until(async () => (await t.app.rowCount()) >= 147, 'every row');
  await t.page.keyboard.press(']');
  const closed = await t.until(async () => {
    const now = await t.app.rowCount();
    return now < 10 ? now : null;
  }, 'everything closed');
  await t.page.keyboard.press('o');
  const opened = await t.until(async () => {
    const now = await t.app.rowCount();
    return now > closed ? now : null;
  }, 'one level open');
  await t.page.keyboard.press('p');
  await t.until(async () => (await t.app.rowCount()) < opened, 'one level closed');
  await t.page.keyboard.press('[');
  await t.until(async () => (await t.app.rowCount()) >= 147, 'every row again');
});

test('e goes from error to error, unfolding', async (t) => {
  await open(t, { file: fixtureQuery('erp-error', 'v2.json') });
  await t.app.grid().focus();
  const errors = new Set(rowsOf('erp-error').filter((row) => row.status === 'STATUS_CODE_ERROR').map((row) => row.id));
  assert.equal(errors.size, FACTS['erp-error'].error_span_count);
  const seen = new Set();
  let before = null;
  for (let i = 0; i < errors.size; i += 1) {
    await t.page.keyboard.press('e');
    const now = await t.until(async () => {
      const id = await t.app.selectedId();
      return id !== before ? id : null;
    }, `error ${i + 1}`);
    assert.ok(errors.has(now), `${now} is an error`);
    seen.add(now);
    before = now;
  }
  assert.equal(seen.size, errors.size, 'each error once');
});

test('/ goes to find, Enter steps, Escape leaves it, then clears it', async (t) => {
  await open(t, { file: sampleQuery('order-full') });
  await t.app.grid().focus();
  await t.page.keyboard.press('/');
  await t.until(() => focused(t, 'input[data-find]'), 'find focused');
  assert.equal(await t.app.find().inputValue(), '', 'the slash is not typed');
  await t.page.keyboard.type('carrier-gls');
  await t.until(async () => /8/.test((await t.app.findCount()) ?? ''), '8 matches');
  await t.page.keyboard.press('Enter');
  await t.until(() => t.app.selectedId(), 'a match selected');
  await t.page.keyboard.type('e?');
  assert.equal(await t.app.find().inputValue(), 'carrier-glse?', 'keys are text in a text field');
  assert.equal(await t.page.locator('dialog[open]').count(), 0);
  await t.page.keyboard.press('Escape');
  await t.until(async () => !(await focused(t, 'input[data-find]')) || (await t.app.find().inputValue()) === '', 'Escape does something');
});

test('? lists the keys, Escape closes the list and gives the focus back', async (t) => {
  await open(t, { file: sampleQuery('order-full') });
  await t.app.grid().focus();
  await t.page.keyboard.press('?');
  const dialog = t.page.locator('dialog[open]');
  await dialog.waitFor();
  const keys = (await dialog.locator('kbd').allInnerTexts()).map((key) => key.trim().toLowerCase());
  for (const key of ['w', 'a', 's', 'd', 'j', 'k', 'e', 'f', 'r', '/', '?', '[', ']', 'o', 'p']) {
    assert.ok(keys.includes(key), `${key} in the list: ${keys.join(' ')}`);
  }
  assert.ok(keys.some((key) => /^esc/.test(key)), 'Escape in the list');
  assert.ok(await dialog.evaluate((it) => it.contains(document.activeElement)), 'focus is in the dialog');
  await t.page.keyboard.press('Escape');
  await t.until(async () => (await dialog.count()) === 0, 'closed');
  assert.ok(await focused(t, '[role=treegrid], [role=treegrid] *'), 'focus is where it was');
});

test('Escape closes one thing at a time', async (t) => {
  const span = rowsOf('order-full')[4];
  await open(t, { file: sampleQuery('order-full'), span: span.id });
  await t.app.details().waitFor();
  await t.app.grid().focus();
  await t.page.keyboard.press('?');
  await t.page.locator('dialog[open]').waitFor();
  await t.page.keyboard.press('Escape');
  await t.until(async () => (await t.page.locator('dialog[open]').count()) === 0, 'the dialog closed');
  assert.equal(await t.app.screen(), 'trace');
  assert.ok(await t.app.details().isVisible(), 'the details stay');
});

test('w and s zoom, a and d pan, f fits', async (t) => {
  await open(t, { file: sampleQuery('order-full') });
  await t.app.grid().focus();
  const windowNow = () => [t.app.query().get('t0'), t.app.query().get('t1')].join(' ');
  for (let i = 0; i < 5; i += 1) await t.page.keyboard.press('w');
  const zoomed = await t.until(() => (windowNow().trim() ? windowNow() : null), 'a window');
  await t.page.keyboard.press('d');
  const right = await t.until(() => (windowNow() !== zoomed ? windowNow() : null), 'a window further right');
  await t.page.keyboard.press('a');
  await t.until(() => windowNow() !== right, 'back to the left');
  await t.page.keyboard.press('f');
  await t.until(() => windowNow().trim() === '', 'the whole trace');
});

test('the divider between tree and bars moves by keys', async (t) => {
  await open(t, { file: sampleQuery('order-full') });
  const divider = t.page.locator('[role=separator]').first();
  await divider.focus();
  const before = await divider.boundingBox();
  const value = await divider.getAttribute('aria-valuenow');
  await t.page.keyboard.press('ArrowRight');
  await t.page.keyboard.press('ArrowRight');
  await t.until(async () => (await divider.boundingBox()).x > before.x, 'the divider further right');
  assert.notEqual(await divider.getAttribute('aria-valuenow'), value);
});

test('every control that has the focus shows it', async (t) => {
  await open(t, { file: sampleQuery('order-full') });
  await t.page.evaluate(() => document.body.focus());
  const bare = [];
  for (let i = 0; i < 30; i += 1) {
    await t.page.keyboard.press('Tab');
    const fault = await t.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      // The ring may be on the control or on the box around it.
      for (let at = element, up = 0; at && up < 4; at = at.parentElement, up += 1) {
        const style = getComputedStyle(at);
        if (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) return null;
        if (style.boxShadow !== 'none' && at.matches(':focus-within')) return null;
      }
      return element.outerHTML.slice(0, 120);
    });
    if (fault) bare.push(fault);
  }
  assert.deepEqual(bare, []);
});

test('every button and input has a name', async (t) => {
  await open(t, { file: sampleQuery('order-full'), span: rowsOf('order-full')[4].id });
  await t.app.details().waitFor();
  const nameless = await t.page.evaluate(() =>
    [...document.querySelectorAll('button, a[href], input, [role=button], [role=separator]')]
      .filter((element) => element.checkVisibility?.() !== false)
      .filter((element) => {
        const label = element.getAttribute('aria-label') || element.getAttribute('aria-labelledby') || element.title || element.textContent.trim();
        return !label && !(element.labels?.length > 0);
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  );
  assert.deepEqual(nameless, []);
});
