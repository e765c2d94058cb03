// Inputs that people reported, and their right values: tests/fixtures/reports with its facts.json, written by hand. Each file
// opens with those figures or is refused with a sentence that names the cause.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { assertDuration, commas } from './figures.mjs';
import { test } from './harness.mjs';

const FOLDER = new URL('../fixtures/reports/', import.meta.url);
const FACTS = JSON.parse(readFileSync(new URL('facts.json', FOLDER), 'utf8'));

const pathOf = (file) => decodeURIComponent(new URL(file, FOLDER).pathname);

async function open(t, file) {
  await t.app.open(await t.site());
  await t.app.reach('home');
  await t.app.choose(pathOf(file));
}

/** The open trace against its facts: header and report. */
async function holds(t, file, facts) {
  await t.app.reach('trace');
  await t.until(async () => (await t.app.factText('spans')) === commas(facts.spans), `${file}: ${facts.spans} spans`);
  assert.equal(await t.app.factText('services'), commas(facts.services.length), `${file}: services`);
  assert.equal(await t.app.factText('errors'), commas(facts.failed), `${file}: errors`);
  assert.equal(await t.app.factText('depth'), commas(facts.depth), `${file}: depth`);
  const { report } = await t.app.post({ type: 'report' });
  assert.deepEqual(
    {
      id: report.trace_id, spans: report.span_count, services: report.services.map(({ name }) => name), failed: report.error_span_count,
      start: report.start_unix_nano, duration: report.duration_ns, roots: report.root_count, orphans: report.orphan_count, depth: report.max_depth,
    },
    facts,
    `${file}: report`,
  );
  return report;
}

for (const [file, facts] of Object.entries(FACTS)) {
  if (facts.refused) {
    test(`${file} is refused with the reason`, async (t) => {
      await open(t, file);
      await t.app.reach('failure');
      const text = (await t.app.text()).toLowerCase();
      for (const word of facts.refused) assert.ok(text.includes(word.toLowerCase()), `${file}: “${word}” in ${text}`);
    });
    continue;
  }
  test(`${file} shows its figures`, async (t) => {
    await open(t, file);
    if (facts.traces.length === 1) {
      await holds(t, file, facts.traces[0]);
      return;
    }
    for (const trace of facts.traces) {
      await open(t, file);
      await t.app.reach('list');
      assert.equal(await t.page.locator('[role=row][data-trace]').count(), facts.traces.length);
      await t.page.locator(`[role=row][data-trace="${trace.id}"]`).click();
      await holds(t, file, trace);
    }
  });
}

test('ids that are no ids are shown, found, linked to and reported as written', async (t) => {
  await open(t, 'jaeger-nonhex.json');
  const report = await holds(t, 'jaeger-nonhex.json', FACTS['jaeger-nonhex.json'].traces[0]);
  assert.deepEqual(Object.values(report.id_texts), FACTS['jaeger-nonhex.json'].id_texts);
  const warning = report.warnings.find(({ kind }) => kind === 'unreadable_id');
  assert.match(warning.message, /3 spans have ids in no known form/);
  assert.match(warning.message, /span-A/);
  await t.app.find().fill('span-C');
  await t.until(async () => /\b1\b/.test(await t.page.locator('[data-find-count]').innerText()), 'one span found by its text');
  await t.app.find().press('Enter');
  await t.until(async () => (await t.page.locator('[data-details]').innerText()).includes('span-C'), 'the details show the text');
  assert.equal((await t.app.post({ type: 'show', span: 'span-B' })).type, 'shown');
  const chosen = Object.entries(report.id_texts).find(([, text]) => text === 'span-B')[0];
  await t.until(async () => t.app.query().get('span') === chosen, 'the address names the span');
});

test('the address takes a text that a file has for an id', async (t) => {
  await t.app.open(await t.site(), { file: 'fixtures/reports/jaeger-nonhex.json', span: 'span-B' });
  await t.app.reach('trace');
  await t.until(async () => (await t.page.locator('[data-details]').innerText()).includes('span-B'), 'the span is selected');
});

test('days and hours are read on the header and the ruler', async (t) => {
  await open(t, 'days.json');
  await t.app.reach('trace');
  const { duration } = FACTS['days.json'].traces[0];
  const shown = await t.app.factText('duration');
  assertDuration(shown, duration, 'header');
  assert.match(shown, /3 d/);
});

test('a span without a start is shown as unknown and sets no start', async (t) => {
  await open(t, 'zipkin-no-duration.json');
  await holds(t, 'zipkin-no-duration.json', FACTS['zipkin-no-duration.json'].traces[0]);
  assert.match(await t.app.factText('start'), /2026/);
});
