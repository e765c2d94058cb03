// The flame graph: figures of its frames against self times worked out from the recordings; zoom, find, direction, keys.

import assert from 'node:assert/strict';
import { assertDuration, commas, plain } from './figures.mjs';
import { test } from './harness.mjs';
import { FACTS, headline, trace, waterfall } from './truth.mjs';
import { duration, failed, selfTimes, sum, workTimes } from './truth-views.mjs';
import { TRACES, card, cardLines, foundIs, frames, hideEvery, hideService, ns, openView, queryIs, says, unfold, viewShown } from './views.mjs';

const graph = (t) => t.page.locator('[data-graph]');
const caption = async (t) => plain(await t.page.locator('[data-graph-caption]').innerText());
const found = async (t) => plain(await t.page.locator('[data-graph-found]').innerText());
const crumbs = (t) => t.page.locator('nav[aria-label="Zoomed to"] button');
const work = (name) => Object.values(FACTS[name].services).reduce((all, one) => all + BigInt(one.self_time_ns), 0n);
const choose = (t, name) => t.page.getByRole('button', { name, exact: true }).click();

/** A share as the page writes it: rounded once, with a decimal below 10. */
function percent(part, whole) {
  const exact = (Number(part) / Number(whole)) * 100;
  if (Number(part) > 0 && exact < 0.05) return '<0.1 %';
  return `${exact < 9.95 ? Math.round(exact * 10) / 10 : Math.round(exact)} %`;
}

/** Length of the union of all spans. */
function elapsed(spans) {
  let [all, reached] = [0n, 0n];
  for (const { start, end } of [...spans].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    if (end > reached) all += end - (start > reached ? start : reached);
    if (end > reached) reached = end;
  }
  return all;
}

/** Half of the last digit that a duration shows. */
const slack = (text) => {
  const [, figure, unit] = /^([\d.]+) (\S+)/.exec(text) ?? [null, '0', 'ns'];
  return ns(`1 ${unit}`) * 10 ** -(figure.split('.')[1]?.length ?? 0) * 0.5;
};

for (const name of TRACES) {
  test(`${name}: the whole is the sum of all self times, or of all spans; frames of one span are that span`, async (t) => {
    await openView(t, name, 'graph');
    await unfold(t);
    const all = await frames(t, (items) => items.length > 0);
    const spans = trace(name);
    assert.equal(all[0].head, 'all');
    assertDuration(all[0].figure, work(name), 'all: work');
    const words = /^work: (.*) over (.*) elapsed$/.exec(await caption(t));
    assertDuration(words[1], work(name), 'caption: work');
    assertDuration(words[2], elapsed(spans), 'caption: elapsed');

    // A frame of one span is as wide as that span's self time and that of all below it.
    const [own, below] = [selfTimes(spans), workTimes(spans)];
    const inCircle = (span) => !below.has(span.id);
    const used = new Set();
    const single = all.filter((frame) => frame.spans === 1);
    for (const frame of single) {
      const fitting = spans.find((span) => !used.has(span.id) && frame.head.startsWith(`${span.service} `) && frame.errors === (failed(span) ? 1 : 0)
        && says(frame.own, own.get(span.id)) && (inCircle(span) || says(frame.figure, below.get(span.id))));
      assert.ok(fitting, `${frame.text}: a span with this self time and work`);
      used.add(fitting.id);
      assert.equal(frame.share, percent(below.get(fitting.id) ?? own.get(fitting.id), work(name)), `${frame.text}: share`);
    }
    assert.ok(single.length >= (name === 'import-5k' ? 1 : 3), `${single.length} frames of one span`);

    // What is drawn of a service is no more than the service has, and nearly all of it.
    for (const [service, facts] of Object.entries(FACTS[name].services)) {
      const mine = all.filter((frame) => frame.head.startsWith(`${service} `));
      const shown = mine.reduce((total, frame) => total + ns(frame.own), 0);
      const rounding = mine.reduce((total, frame) => total + slack(frame.own), 1);
      const least = Number(facts.self_time_ns) - Number(work(name)) * 0.02;
      assert.ok(shown <= Number(facts.self_time_ns) + rounding, `${service}: ${shown} ns of ${facts.self_time_ns}`);
      assert.ok(shown >= least, `${service}: only ${shown} ns of ${facts.self_time_ns}`);
      assert.ok(mine.reduce((total, frame) => total + frame.spans, 0) <= facts.spans, `${service}: spans`);
    }

    // With Count, frames at each depth hold the spans at that depth.
    await choose(t, 'Count');
    const counted = await frames(t, (items) => items[0]?.figure === commas(spans.length));
    assert.ok((await caption(t)).startsWith(`${commas(spans.length)} spans over `), await caption(t));
    const total = /^([\d,]+) merged frame/.exec(await t.app.status())[1].replaceAll(',', '');
    const levels = Object.entries(FACTS[name].spans_per_depth);
    const complete = counted.length - 1 === Number(total) && FACTS[name].unreachable_spans === 0;
    for (const [depth, many] of levels) {
      const at = counted.filter((frame) => frame.level === Number(depth) + 1);
      const held = at.reduce((all, frame) => all + frame.spans, 0);
      if (complete) assert.equal(held, many, `spans at depth ${depth}`);
      else assert.ok(held <= many + FACTS[name].unreachable_spans, `${held} at depth ${depth}, there are ${many}`);
      for (const frame of at) assert.ok(Number(frame.figure.replaceAll(',', '')) >= frame.spans, frame.text);
    }
    assert.ok(complete || counted.length >= 10, `${counted.length} of ${total} frames in words`);
  });
}

test('import-5k: every depth holds the recorded number of spans, and the failed ones', async (t) => {
  await openView(t, 'import-5k', 'graph', { width: 'count' });
  await unfold(t);
  const all = await frames(t, (items) => items[0].figure === '5,110');
  // A frame of fewer spans than a pixel stands for has no words.
  const pixel = 5110 / (await graph(t).locator('canvas').boundingBox()).width;
  const merged = Number(/^(\d+) merged frames/.exec(await t.app.status())[1]);
  const thin = merged - (all.length - 1);
  assert.ok(thin <= 2, `${all.length - 1} of ${merged} frames in words`);
  for (const [depth, many] of Object.entries(FACTS['import-5k'].spans_per_depth)) {
    const held = all.filter((frame) => frame.level === Number(depth) + 1).reduce((spans, frame) => spans + frame.spans, 0);
    assert.ok(held <= many && many - held <= thin * pixel, `${held} spans at depth ${depth}, there are ${many}`);
  }
  assert.equal(all.reduce((errors, frame) => errors + frame.errors, 0), FACTS['import-5k'].error_span_count);
});

test('order-full: what a frame holds is its own self time and what its children hold', async (t) => {
  const site = await t.site();
  const spans = trace('order-full');
  // Frames of services' entries: each is one span, so its zoomed graph is that span's subtree.
  const tops = waterfall(spans).filter((span) => span.kind === 'SERVER' && span.children.length > 0);
  assert.ok(tops.length >= 8);
  let single = 0;
  for (const span of tops.slice(0, 5)) {
    await openView(t, 'order-full', 'graph', { zoom: span.id }, site);
    await unfold(t);
    const all = await frames(t, (items) => items.length > 1);
    const last = plain(await crumbs(t).last().innerText());
    const at = all.findIndex((frame) => frame.head === `${span.service} ${last}`);
    const top = all[at];
    const below = all.filter((frame) => frame.level === top.level + 1);
    const rest = ns(top.figure) - below.reduce((total, frame) => total + ns(frame.figure), 0) - ns(top.own);
    const rounding = slack(top.figure) + slack(top.own) + below.reduce((total, frame) => total + slack(frame.figure), 0);
    // Children below a pixel have no words.
    const pixel = ns(top.figure) / 1000;
    assert.ok(rest >= -rounding && rest <= rounding + pixel * 3, `${top.text}: ${rest} ns more than ${below.map((one) => one.text).join(' | ')}`);
    if (top.spans !== 1) continue;
    single += 1;
    assertDuration((await caption(t)).replace('work: ', ''), workTimes(spans).get(span.id), `caption of ${top.text}`);
  }
  assert.ok(single >= 3, `${single} frames of one span`);
});

test('a click zooms in and selects, breadcrumbs and Escape lead out, the URL keeps it', async (t) => {
  await openView(t, 'order-full', 'graph');
  await unfold(t);
  const all = await frames(t);
  const box = await graph(t).locator('canvas').boundingBox();
  // The second row is the root, as wide as the whole.
  await t.page.mouse.click(box.x + box.width / 2, box.y + 18 + 9);
  const { root } = headline('order-full');
  await queryIs(t, 'zoom', root.id);
  await queryIs(t, 'span', root.id);
  assert.equal(await crumbs(t).count(), 2);
  const zoomed = await frames(t, (items) => items.some((item) => item.selected));
  assert.equal(zoomed.find((item) => item.selected).text, all[1].text);
  await t.page.reload();
  await t.app.reach('trace');
  await viewShown(t, 'graph');
  await t.until(async () => (await crumbs(t).count()) === 2, 'zoomed after a reload');
  await graph(t).focus();
  for (let i = 0; i < 3 && t.app.query().has('zoom'); i += 1) {
    await t.page.keyboard.press('Escape');
    await t.page.waitForTimeout(400);
  }
  await t.until(async () => (await crumbs(t).count()) === 1, 'out');
  await queryIs(t, 'zoom', null);
});

test('by keys: arrows walk along frames, z zooms to the selected one, f gives the whole', async (t) => {
  const { root } = headline('order-retry');
  await openView(t, 'order-retry', 'graph', { span: root.id });
  await unfold(t);
  await graph(t).focus();
  await t.page.keyboard.press('ArrowDown');
  const child = await t.until(() => t.app.query().get('span') !== root.id && t.app.query().get('span'), 'a frame below');
  assert.ok(waterfall(trace('order-retry'))[0].children.includes(child), `${child} is a child of the root`);
  await t.page.keyboard.press('z');
  await queryIs(t, 'zoom', child);
  await t.page.keyboard.press('ArrowUp');
  await queryIs(t, 'span', root.id);
  await t.page.keyboard.press('f');
  await queryIs(t, 'zoom', null);
});

test('width=count and zoom= come back from the URL; Time is the standard', async (t) => {
  const top = waterfall(trace('order-full')).find((row) => row.service === 'erp-connector' && row.kind === 'SERVER');
  await openView(t, 'order-full', 'graph', { width: 'count', zoom: top.id });
  const many = FACTS['order-full'].services['erp-connector'].spans;
  await t.until(async () => (await caption(t)).startsWith(`${many} spans over`), `${many} spans`);
  await choose(t, 'Time');
  await queryIs(t, 'width', null);
  assertDuration((await caption(t)).replace('work: ', ''), FACTS['order-full'].services['erp-connector'].self_time_ns, 'its work');
});

test('find: spans, and their share of self time or of spans, are the true ones', async (t) => {
  await openView(t, 'order-full', 'graph', { find: 'service:erp-connector' });
  const { spans, self_time_ns: own } = FACTS['order-full'].services['erp-connector'];
  await foundIs(t, spans);
  const share = percent(BigInt(own), work('order-full'));
  await t.until(async () => (await found(t)) === `service:erp-connector matches ${spans} spans, ${share} of self time`, `${share} of self time`);
  await choose(t, 'Count');
  await t.until(async () => (await found(t)).endsWith(`matches ${spans} spans, ${percent(spans, 147)} of spans`), 'of spans');
  await t.app.find().fill('duration>100ms');
  const long = trace('order-full').filter((span) => duration(span) > 100_000_000n);
  await choose(t, 'Time');
  const selves = selfTimes(trace('order-full'));
  const longShare = percent(sum(long.map((span) => selves.get(span.id))), work('order-full'));
  await t.until(async () => (await found(t)) === `duration>100ms matches ${long.length} spans, ${longShare} of self time`, longShare);
});

test('Flame turns the picture upside down: the whole at the bottom', async (t) => {
  await openView(t, 'linked-label', 'graph');
  await unfold(t);
  const icicle = await frames(t);
  await choose(t, 'Flame');
  const turned = await frames(t, (items) => items.at(-1)?.head === 'all');
  assert.deepEqual(turned.map((one) => one.text).sort(), icicle.map((one) => one.text).sort());
  assert.equal(icicle[0].head, 'all');
});

test('a hidden service takes its self time along; folding and a subtree change no sum they should not', async (t) => {
  const site = await openView(t, 'order-full', 'graph');
  await t.app.setToggle(/fold pass-through/i, true);
  const folded = await frames(t);
  assertDuration(folded[0].figure, work('order-full'), 'folded: all');
  await hideService(t, 'inventory-service');
  const left = work('order-full') - BigInt(FACTS['order-full'].services['inventory-service'].self_time_ns);
  await t.until(async () => says((await caption(t)).replace('work: ', ''), left), 'less by its self time');
  const shown = await frames(t, (items) => items.every((item) => !item.text.startsWith('inventory-service ')));
  assertDuration(shown[0].figure, left, 'all');
  await hideEvery(t, 11);
  await t.page.getByRole('heading', { name: 'No frame to show' }).waitFor();
  await t.page.locator('.nothing').getByRole('button', { name: 'Show all' }).click();
  await t.until(async () => says((await caption(t)).replace('work: ', ''), work('order-full')), 'all again');
  const top = waterfall(trace('order-full')).find((row) => row.service === 'payment-service' && row.kind === 'SERVER');
  await openView(t, 'order-full', 'graph', { focus: top.id }, site);
  assertDuration((await frames(t))[0].figure, workTimes(trace('order-full')).get(top.id), 'the subtree alone');
});

test('the card tells work, self time and spans of the frame under the pointer', async (t) => {
  await openView(t, 'import-5k', 'graph');
  const box = await graph(t).locator('canvas').boundingBox();
  await t.page.mouse.move(box.x + 200, box.y + 9);
  await t.until(async () => (await cardLines(t)).operation === 'all', 'the card of all');
  const all = await cardLines(t);
  assertDuration(all.Work, work('import-5k'), 'work');
  assertDuration(all['Wall clock'], elapsed(trace('import-5k')), 'wall clock');
  assert.ok(all.Spans.includes(commas(5110)), all.Spans);
  await t.page.mouse.move(box.x + 200, box.y + 27);
  const { root } = headline('import-5k');
  await t.until(async () => (await cardLines(t)).service === root.service, 'the card of the root');
  const lines = await cardLines(t);
  assertDuration(lines.Self, selfTimes(trace('import-5k')).get(root.id), 'self');
  assertDuration(lines['Wall clock'], duration(root), 'wall clock');
  await t.page.mouse.move(5, 5);
  await card(t).waitFor({ state: 'detached' });
});
