// What tests that run in several browsers share: their drivers do the same in different words, and the figures are read alike.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { assertDuration, commas, plain } from './figures.mjs';
import { test } from './harness.mjs';
import { FACTS, fixturePath, trace, traceId } from './truth.mjs';
import { groupsOf, mapEdges } from './truth-views.mjs';
import { READY, VIEWS, boxes, frames, mapEdgesShown, mapNodes, says, statRows } from './views.mjs';

const FINDINGS = JSON.parse(readFileSync(path.join(import.meta.dirname, '../fixtures/tempo/findings.json')));

/** A test in each of these browsers. */
export function inEach(browsers, name, options, body = options) {
  const more = typeof options === 'function' ? {} : options;
  for (const browser of browsers) test(`${name} (${browser})`, { ...more, browser }, (t) => body(t, browser));
}

export async function press(t, selector) {
  await t.page.waitForSelector(selector);
  await t.page.evaluate((it) => document.querySelector(it).click(), selector);
}

export async function choose(t, file, browser) {
  if (browser === 'chromium') return t.app.choose(file);
  const input = await t.page.$('input[type=file][data-open]');
  return input.uploadFile(file);
}

/** Runs in the page: what a file that is dragged over it fires. */
function drag({ type, name, base64 }) {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))], name));
  document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
}

/** Only Chromium can be told to drag from outside: in others the page gets the same events. */
async function drop(t, file, browser) {
  if (browser === 'chromium') return (await t.app.drop([file])).finish();
  const base64 = readFileSync(file).toString('base64');
  for (const type of ['dragover', 'drop']) await t.page.evaluate(drag, { type, name: path.basename(file), base64 });
  return null;
}

async function paste(t, text, browser) {
  if (browser === 'chromium') return t.app.paste(text);
  // Into the clipboard by way of a field, as a reader would: others let no page fill it unasked.
  await t.page.evaluate((it) => {
    const field = document.querySelector('input[data-goto]');
    field.value = it;
    field.select();
  }, text);
  await withControl(t, 'x');
  await t.page.evaluate(() => document.activeElement.blur());
  return withControl(t, 'v');
}

export async function withControl(t, key) {
  await t.page.keyboard.down('Control');
  await t.page.keyboard.press(key);
  await t.page.keyboard.up('Control');
}

// Reading

export async function reach(t, screen) {
  await t.until(async () => {
    const now = await t.app.screen();
    if (now === 'failure' && screen !== 'failure') throw new Error(await t.app.text());
    return now === screen;
  }, `the screen ${screen}`);
}

export const fact = (t, name) => t.page.evaluate((it) => document.querySelector(`[data-fact="${it}"]`)?.innerText ?? null, name).then((text) => text && plain(text));

export async function shows(t, name) {
  await reach(t, 'trace');
  const facts = FACTS[name];
  await t.until(async () => (await fact(t, 'spans')) === commas(facts.span_count), `${name}: ${facts.span_count} spans`);
  assert.equal(await fact(t, 'services'), commas(facts.service_count), `${name}: services`);
  assert.equal(await fact(t, 'depth'), commas(facts.max_depth), `${name}: depth`);
  assert.equal(await fact(t, 'errors'), commas(facts.error_span_count), `${name}: errors`);
  assert.ok((await fact(t, 'trace')).includes(traceId(name)), `${name}: trace id`);
}

/** The ways in of the home page, one after another. */
export async function assertWaysIn(t, browser) {
  await reach(t, 'home');
  await choose(t, fixturePath('erp-error', 'v2.json'), browser);
  await shows(t, 'erp-error');
  await drop(t, fixturePath('payment-declined', 'v2.json'), browser);
  await shows(t, 'payment-declined');
  await paste(t, readFileSync(fixturePath('get-order-404', 'v2.json'), 'utf8'), browser);
  await shows(t, 'get-order-404');
}

/** The six views of the trace that is open show its recorded figures. */
export async function assertSixViews(t, name) {
  const [spans, facts] = [trace(name), FACTS[name]];
  const view = async (wanted) => {
    await t.page.keyboard.press(String(VIEWS.indexOf(wanted) + 1));
    await t.page.waitForSelector(`#tab-${wanted}[aria-selected=true]`);
    await t.page.waitForSelector(READY[wanted], { state: 'attached' });
  };

  await view('timeline');
  await t.page.evaluate(() => [...document.querySelectorAll('button[aria-pressed=true]')].find((one) => /fold pass-through/i.test(one.textContent + one.title + one.ariaLabel))?.click());
  await t.until(() => t.page.evaluate((many) => Number(document.querySelector('[role=treegrid]').getAttribute('aria-rowcount')) >= many, spans.length), 'a row a span');

  await view('flame');
  const status = () => t.page.evaluate(() => document.querySelector('[data-status]').innerText).then(plain);
  await t.until(async () => new RegExp(`^${spans.length} boxes in \\d+ rows hold ${spans.length} spans`).test(await status()), 'a box a span');
  for (const box of await boxes(t)) {
    const fitting = spans.filter((span) => box.head.startsWith(`${span.service} `) && says(box.took, span.end - span.start));
    assert.ok(fitting.length > 0, `no span says ${box.text}`);
  }

  await view('graph');
  const [whole] = await frames(t);
  assert.equal(whole.head, 'all');
  assertDuration(whole.figure, Object.values(facts.services).reduce((all, one) => all + BigInt(one.self_time_ns), 0n), 'all: work');

  await view('map');
  const edges = (list) => list.map(({ from, to, kind, calls, errors }) => `${from} > ${to} ${kind} ${calls} ${errors}`).sort();
  assert.deepEqual(edges(await mapEdgesShown(t)), edges(mapEdges(spans)));
  const targets = new Set(facts.external_edges.map((one) => one.target));
  assert.deepEqual((await mapNodes(t)).map((one) => one.key).sort(), [...Object.keys(facts.services), ...targets].sort());

  await view('stats');
  await t.page.evaluate(() => {
    const by = document.querySelector('select[data-by]');
    by.value = 'service';
    by.dispatchEvent(new Event('change', { bubbles: true }));
  });
  const truth = groupsOf(spans, (span) => span.service);
  await t.until(async () => (await statRows(t)).length === truth.size, `${truth.size} services`);
  for (const row of await statRows(t)) {
    const of = facts.services[row.service];
    assert.equal(plain(row.cells.count.text), commas(of.spans), `${row.service}: spans`);
    assert.equal(row.cells.self.ns, String(of.self_time_ns), `${row.service}: self time`);
  }

  await view('findings');
  const kinds = () => t.page.evaluate(() => [...document.querySelectorAll('article[data-finding]')].map((one) => one.dataset.finding).sort());
  const want = FINDINGS[name].map((one) => one.kind).sort();
  await t.until(async () => (await kinds()).length === want.length, `${want.length} findings`);
  assert.deepEqual(await kinds(), want);
}
