// The flame chart: its boxes in words are the recorded spans; what the wheel, the pointer and the keys do to them.

import assert from 'node:assert/strict';
import { assertDuration, commas } from './figures.mjs';
import { test } from './harness.mjs';
import { FACTS, headline, trace, waterfall } from './truth.mjs';
import { childrenOf, duration, failed, fromStart, selfTimes, sum } from './truth-views.mjs';
import { TRACES, boxes, card, cardLines, hideEvery, hideService, openView, placeOf, queryIs, says, spanOf, unfold, viewShown } from './views.mjs';

const windowOf = (t, name) => {
  const { start, end } = headline(name);
  return [Number(t.app.query().get('t0') ?? 0), Number(t.app.query().get('t1') ?? end - start)];
};
const flame = (t) => t.page.locator('[data-flame]');
const canvas = (t) => flame(t).locator('canvas');

/** The boxes of all rows, by scrolling with shift and wheel. */
async function everyBox(t) {
  const all = new Map();
  const box = await canvas(t).boundingBox();
  await t.page.mouse.move(box.x + box.width - 4, box.y + box.height - 4);
  await t.page.keyboard.down('Shift');
  for (;;) {
    for (const one of await boxes(t)) all.set(`${one.level} ${one.text}`, one);
    const before = await flame(t).evaluate((element) => element.scrollTop);
    const atEnd = await flame(t).evaluate((element) => element.scrollTop + element.clientHeight >= element.scrollHeight - 1);
    if (atEnd) break;
    await t.page.mouse.wheel(0, box.height * 0.8);
    await t.until(() => flame(t).evaluate((element, top) => element.scrollTop !== top, before), 'other rows');
  }
  await t.page.keyboard.up('Shift');
  return [...all.values()];
}

/** Boxes with the one span each of them tells of; none twice. */
function told(name, all) {
  const [spans, since] = [trace(name), fromStart(name)];
  const own = selfTimes(spans);
  const used = new Set();
  return all.map((box) => {
    const fitting = spanOf(box, spans, own, since).filter((span) => !used.has(span.id));
    assert.ok(fitting.length > 0, `no span of ${name} left that says ${box.text}`);
    used.add(fitting[0].id);
    return { box, span: fitting[0], alone: fitting.length === 1 };
  });
}

for (const name of TRACES.filter((one) => one !== 'import-5k')) {
  test(`${name}: boxes are its spans: service, figures, error; none overlap, children stand below parents`, async (t) => {
    await openView(t, name, 'flame');
    await unfold(t);
    const many = FACTS[name].span_count;
    await t.until(async () => new RegExp(`^${many} boxes in \\d+ rows hold ${many} spans`).test(await t.app.status()), 'a box a span');
    const all = await everyBox(t);
    const pairs = told(name, all);
    // What is wider than two pixels is told in words.
    const { start, end } = headline(name);
    const width = (await canvas(t).boundingBox()).width;
    const wide = trace(name).filter((span) => (Number(duration(span)) / Number(end - start)) * width > 2);
    const shown = new Set(pairs.map(({ span }) => span.id));
    // Of spans that read alike one may stand for the other.
    const alike = pairs.filter((pair) => !pair.alone).length;
    const missing = wide.filter((span) => !shown.has(span.id)).map((span) => span.name);
    assert.ok(missing.length <= alike, `not told of: ${missing.join(', ')}`);
    assert.ok(pairs.length >= wide.length, `${pairs.length} boxes in words, ${wide.length} spans are wide enough`);

    // No two boxes of a row overlap, and children stand below their parents.
    const known = pairs.filter(({ alone }) => alone);
    assert.ok(known.length >= Math.min(4, many), `${known.length} boxes can be told apart`);
    const levels = new Map(known.map(({ box, span }) => [span.id, box.level]));
    for (const { box, span } of known) {
      // A parent in a circle may be cut: then it need not stand above.
      const above = levels.get(span.parent);
      const inCircle = span.parent === span.id || trace(name).find((one) => one.id === span.parent)?.parent === span.id;
      if (above !== undefined && !inCircle) assert.ok(above < box.level, `${box.text} in row ${box.level}, its parent in ${above}`);
      for (const other of known) {
        if (other.span === span || other.box.level !== box.level) continue;
        const apart = other.span.end <= span.start || other.span.start >= span.end;
        assert.ok(apart, `row ${box.level}: ${box.text} over ${other.box.text}`);
      }
    }
  });
}

test('import-5k: boxes in words are its spans; what is drawn is bounded by pixels, not by spans', async (t) => {
  await openView(t, 'import-5k', 'flame');
  await unfold(t);
  await t.until(async () => /hold 5,110 spans/.test(await t.app.status()), '5,110 spans');
  const all = await boxes(t);
  assert.ok(all.length >= 20 && all.length <= 200, `${all.length} in words`);
  told('import-5k', all);
  const items = Number(await canvas(t).getAttribute('data-items'));
  assert.ok(items > 0 && items < 5110, `${items} items drawn`);
  // Closer in there is more to tell of the same stretch, and it is as true.
  await openView(t, 'import-5k', 'flame', { t0: '4000000000', t1: '4100000000' });
  await unfold(t);
  const near = told('import-5k', await boxes(t));
  const begin = headline('import-5k').start;
  for (const { box, span } of near) {
    const touches = span.start - begin <= 4_100_000_000n && span.end - begin >= 4_000_000_000n;
    assert.ok(touches, `${box.text} is in the window`);
  }
});

test('like siblings with nothing below make one box with their number and the sum of their durations', async (t) => {
  const site = await t.site();
  for (const name of ['order-full', 'order-retry']) {
    await openView(t, name, 'flame', {}, site);
    await t.app.setToggle(/fold pass-through/i, true);
    const groups = (await boxes(t, (all) => all.some(({ count }) => count > 1))).filter((box) => box.count > 1);
    const below = childrenOf(trace(name));
    for (const group of groups) {
      const fits = [...below.values()].some((children) => {
        const named = children.filter((child) => says(group.from, fromStart(name)(child))).map((child) => child.name);
        const alike = children.filter((child) => named.includes(child.name)).sort((a, b) => Number(a.start - b.start));
        return alike.some((_first, at) => {
          const members = alike.slice(at, at + group.count);
          return members.length === group.count && says(group.took, sum(members.map(duration)))
            && members.every((member) => below.get(member.id).length === 0);
        });
      });
      assert.ok(fits, `${name}: ${group.text}: siblings of one name with this sum`);
    }
  }
});

test('the wheel zooms at the pointer: the time under it stays', async (t) => {
  await openView(t, 'order-full', 'flame');
  const box = await canvas(t).boundingBox();
  const share = 0.25;
  await t.page.mouse.move(box.x + box.width * share, box.y + 30);
  const under = ([from, to]) => from + (to - from) * share;
  const before = windowOf(t, 'order-full');
  await t.page.mouse.wheel(0, -300);
  await t.until(() => t.app.query().has('t0'), 'a window in the URL');
  const zoomed = windowOf(t, 'order-full');
  assert.ok(zoomed[1] - zoomed[0] < (before[1] - before[0]) * 0.8, `${zoomed} of ${before}`);
  const px = (zoomed[1] - zoomed[0]) / box.width;
  assert.ok(Math.abs(under(zoomed) - under(before)) <= 2 * px, `${under(before)} ns before, ${under(zoomed)} ns after`);
  await t.page.mouse.wheel(0, 2000);
  await t.until(() => !t.app.query().has('t0'), 'the whole trace again, and no further');
});

test('a drag pans by as many ns as the pointer went, and does not select', async (t) => {
  await openView(t, 'order-full', 'flame', { t0: '1000000000', t1: '2000000000' });
  const box = await canvas(t).boundingBox();
  await t.page.mouse.move(box.x + 700, box.y + 40);
  await t.page.mouse.down();
  await t.page.mouse.move(box.x + 500, box.y + 40, { steps: 5 });
  await t.page.mouse.up();
  // The address follows at most twice a second, and once more when the pointer rests.
  const want = 1e9 + (200 / box.width) * 1e9;
  const isThere = () => Math.abs(windowOf(t, 'order-full')[0] - want) <= 2e9 / box.width;
  await t.until(isThere, `a window from ${want}`);
  const [from, to] = windowOf(t, 'order-full');
  assert.ok(Math.abs(to - from - 1e9) <= 1, `${to - from} ns wide`);
  assert.equal(t.app.query().get('span'), null);
});

test('shift and wheel scrolls the rows and keeps the window', async (t) => {
  await openView(t, 'synthetic-topology', 'flame');
  const box = await canvas(t).boundingBox();
  await t.page.mouse.move(box.x + 300, box.y + 100);
  await t.page.keyboard.down('Shift');
  await t.page.mouse.wheel(0, 200);
  await t.until(() => flame(t).evaluate((element) => element.scrollTop > 0), 'rows scrolled');
  await t.page.keyboard.up('Shift');
  await t.page.waitForTimeout(600);
  assert.equal(t.app.query().get('t0'), null);
});

test('the card tells the figures of the span under the pointer, a click selects it, a double click fits it', async (t) => {
  await openView(t, 'order-retry', 'flame');
  await unfold(t);
  const spans = trace('order-retry');
  const [own, since] = [selfTimes(spans), fromStart('order-retry')];
  const found = told('order-retry', await boxes(t)).filter(({ alone }) => alone);
  const chosen = [found.find(({ span }) => failed(span)), found.find(({ span }) => span.service === 'payment-service'), found[0]];
  for (const { box, span } of chosen) {
    const at = await placeOf(t, 'order-retry', span, box.level);
    await t.page.mouse.move(at.x, at.y);
    await t.until(async () => (await cardLines(t)).service === span.service, `the card of ${box.text}`);
    const lines = await cardLines(t);
    assertDuration(lines.Duration, duration(span), `${box.text}: duration`);
    assertDuration(lines.Self, own.get(span.id), `${box.text}: self`);
    assertDuration(lines['Starts at'], since(span), `${box.text}: start`);
    assert.equal(lines.Status ?? '', failed(span) ? 'error' : '', `${box.text}: status`);
    await t.page.mouse.click(at.x, at.y);
    await queryIs(t, 'span', span.id);
    await t.app.details().waitFor();
    await t.until(async () => (await t.app.detail('duration')) !== null, 'details');
    assertDuration(await t.app.detail('duration'), duration(span), 'details');
    assert.equal((await boxes(t, (all) => all.some((one) => one.selected))).find((one) => one.selected).text, box.text);
    await t.page.keyboard.press('Escape');
  }
  await t.page.mouse.move(5, 5);
  await card(t).waitFor({ state: 'detached' });
  const { box, span } = chosen[1];
  const at = await placeOf(t, 'order-retry', span, box.level);
  await t.page.mouse.dblclick(at.x, at.y);
  await t.until(() => t.app.query().has('t0'), 'a window');
  const [from, to] = windowOf(t, 'order-retry');
  const [begin, end] = [Number(since(span)), Number(since(span) + duration(span))];
  assert.ok(from <= begin && to >= end && to - from <= (end - begin) * 1.5, `${from} to ${to} for ${begin} to ${end}`);
});

test('arrows walk from box to box as the spans do; keys zoom, pan and fit', async (t) => {
  const rows = waterfall(trace('order-full'));
  const top = rows.find((row) => row.service === 'order-service' && row.kind === 'SERVER');
  await openView(t, 'order-full', 'flame', { span: top.id });
  await unfold(t);
  await flame(t).focus();
  await t.page.keyboard.press('ArrowDown');
  const first = await t.until(() => t.app.query().get('span') !== top.id && t.app.query().get('span'), 'a child');
  assert.ok(top.children.includes(first), `${first} is a child`);
  await t.page.keyboard.press('ArrowUp');
  await queryIs(t, 'span', top.id);
  await t.page.keyboard.press('w');
  await t.until(() => t.app.query().has('t0'), 'zoomed in');
  await t.page.keyboard.press('f');
  await t.until(() => !t.app.query().has('t0'), 'fitted');
  await t.page.keyboard.press('z');
  await t.until(() => t.app.query().has('t0'), 'zoomed to the selection');
  const [from, to] = windowOf(t, 'order-full');
  const since = Number(fromStart('order-full')(top));
  assert.ok(from <= since && to >= since + Number(duration(top)));
});

test('folding is one switch for timeline and flame chart; no span is lost by it', async (t) => {
  await openView(t, 'order-full', 'flame');
  await unfold(t);
  await t.until(async () => /^147 boxes .* hold 147 spans/.test(await t.app.status()), '147 boxes');
  await flame(t).focus();
  await t.page.keyboard.press('x');
  const status = await t.until(async () => {
    const now = await t.app.status();
    return /pass-through folded/.test(now) ? now : null;
  }, 'folded');
  const number = (pattern) => Number((pattern.exec(status)?.[1] ?? '0').replaceAll(',', ''));
  const [shown, folded, grouped] = [number(/^([\d,]+) boxes/), number(/([\d,]+) pass-through/), number(/([\d,]+) in groups/)];
  assert.ok(shown < 147 && folded > 0);
  // A group of n makes one box of n spans.
  assert.ok(shown + folded + grouped >= 147 && shown + folded <= 147, status);
  await t.page.keyboard.press('1');
  await viewShown(t, 'timeline');
  assert.equal(await t.app.toggle(/fold pass-through/i).getAttribute('aria-pressed'), 'true');
});

test('a hidden service has no box; with every service hidden the page says so and leads back', async (t) => {
  await openView(t, 'order-full', 'flame');
  await unfold(t);
  await hideService(t, 'inventory-service');
  const gone = FACTS['order-full'].services['inventory-service'].spans;
  await t.until(async () => (await t.app.status()).includes(`${gone} of hidden services`), 'told');
  const shown = await boxes(t, (all) => all.every(({ text }) => !text.startsWith('inventory-service ')));
  assert.ok(shown.length > 10);
  await hideEvery(t, 11);
  await t.page.getByRole('heading', { name: 'No box to show' }).waitFor();
  await t.page.locator('.nothing').getByRole('button', { name: 'Show all' }).click();
  await t.until(async () => (await t.app.status()).startsWith(`${commas(147)} boxes`), 'all boxes');
});

test('isolated services and a subtree from the URL: only their boxes, of the recorded number', async (t) => {
  const site = await openView(t, 'order-full', 'flame', { only: 'payment-service' });
  await unfold(t);
  const only = await boxes(t);
  assert.ok(only.some(({ head }) => head.startsWith('payment-service ')));
  const spans = FACTS['order-full'].services['payment-service'].spans;
  await t.until(async () => (await t.app.status()).includes(`${147 - spans} of hidden services`), 'hidden ones told');
  const top = waterfall(trace('order-full')).find((row) => row.service === 'erp-connector' && row.kind === 'SERVER');
  await openView(t, 'order-full', 'flame', { focus: top.id }, site);
  await unfold(t);
  const focused = await boxes(t);
  assert.ok(focused.every(({ head }) => head.startsWith('erp-connector ')), 'nothing but the subtree');
  await t.until(async () => /(\d+) out of focus/.test(await t.app.status()), 'told');
  const out = Number(/([\d,]+) out of focus/.exec(await t.app.status())[1]);
  assert.equal(out, 147 - FACTS['order-full'].services['erp-connector'].spans);
});
