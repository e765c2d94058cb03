// Findings: what is wrong with a trace, against tests/fixtures/tempo/findings.json, which is computed from raw spans by a program of its
// own; the rules, their switches, what is marked in every view; clocks put right; the other half of a broken trace; and what was
// doubtful while reading, of as many spans as the recording has.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { plain } from './figures.mjs';
import { test } from './harness.mjs';
import { traceNames } from './tempo.mjs';
import { FACTS, trace, traceId } from './truth.mjs';
import { openView, queryIs, says, viewShown } from './views.mjs';
import { rawEnds } from './truth-views.mjs';

const EXPECTED = JSON.parse(readFileSync(path.join(import.meta.dirname, '../fixtures/tempo/findings.json')));
const KINDS = 20;

const view = (t) => t.page.locator('#view-findings');
const cards = (t) => t.page.locator('article[data-finding]');
const card = (t, kind) => t.page.locator(`article[data-finding="${kind}"]`).first();
const figure = (t) => t.page.locator('#tab-findings .n');
const unfold = async (one) => {
  const title = one.locator('.f-title');
  if ((await title.getAttribute('aria-expanded')) === 'false') await title.click();
};
/** How many spans find has marked. */
const marked = async (t) => Number((await t.app.findCount())?.replaceAll(',', '').match(/(\d+)\D*$/)?.[1] ?? -1);
const mended = (name) => EXPECTED[name].filter((one) => one.severity !== 'info').length;

/** What was doubtful while reading: { title: [line of each span] }. */
const shown = (t) => view(t).evaluate((all) =>
  Object.fromEntries([...all.querySelectorAll('section[data-warning]')].map((one) =>
    [one.dataset.warning, [...one.querySelectorAll('li')].map((line) => line.textContent)])));
const section = (t, title) => t.page.locator(`section[data-warning="${title}"]`);

/** Waits until findings are there; gives what each card says of itself. */
async function told(t) {
  await t.until(async () => plain(await view(t).locator('.f-head h2').innerText()) !== 'Looking…', 'findings');
  return cards(t).evaluateAll((all) => all.map((one) => ({
    kind: one.dataset.finding,
    id: one.dataset.findingId,
    severity: one.querySelector('.em') ? 'error' : one.querySelector('.f-mark.warn') ? 'warning' : 'info',
    title: one.querySelector('.f-sentence').textContent,
    about: one.querySelector('.f-words .dim').textContent,
    cost: one.querySelector('.f-cost').textContent,
  })));
}

test('every recorded trace: its findings and none other, the worst first, with their figures', async (t) => {
  const site = await t.site();
  for (const name of traceNames()) {
    await openView(t, name, 'findings', {}, site);
    const lines = await told(t);
    const kinds = (all) => all.map((one) => `${one.severity} ${one.kind}`).sort();
    assert.deepEqual(kinds(lines), kinds(EXPECTED[name]), name);
    const order = lines.map((one) => ['error', 'warning', 'info'].indexOf(one.severity));
    assert.deepEqual(order, [...order].sort(), `${name}: the worst first`);
    for (const want of EXPECTED[name]) {
      const spans = new RegExp(`· ${want.span_ids.length.toLocaleString('en')} spans? ·`);
      const fits = lines.some((one) => one.kind === want.kind && spans.test(one.about)
        && (want.cost_ns === '0' ? !one.cost.includes('critical') : says(one.cost, BigInt(want.cost_ns))));
      assert.ok(fits, `${name}: ${want.kind} of ${want.span_ids.length} spans, ${want.cost_ns} ns: ${JSON.stringify(lines)}`);
    }
    const count = mended(name) || EXPECTED[name].length;
    assert.equal((await figure(t).count()) ? Number(await figure(t).innerText()) : 0, count, `${name}: the tab's figure`);
    assert.equal(await figure(t).evaluate((one) => one.classList.contains('hot')), mended(name) > 0, name);
    const heading = plain(await view(t).locator('.f-head h2').innerText());
    assert.ok(mended(name) ? heading.startsWith(`${mended(name)} to mend`) : heading.startsWith('Nothing to mend'), heading);
  }
});

test('every recorded trace: missing parents, roots and reversed times are told as often as they are', async (t) => {
  const site = await t.site();
  for (const name of traceNames()) {
    await openView(t, name, 'findings', {}, site);
    const all = await shown(t);
    const facts = FACTS[name];
    const lines = (title) => all[title]?.length ?? 0;
    assert.equal(lines('Parent span is missing'), facts.orphan_count, `${name}: orphans`);
    for (const missing of facts.missing_parents) {
      assert.ok(all['Parent span is missing'].some((line) => line.includes(missing)), `${name}: the missing parent ${missing} is named`);
    }
    assert.equal(lines('More than one root') > 0, facts.root_count > 1, `${name}: ${facts.root_count} roots`);
    const { reversed, missing } = rawEnds(name);
    assert.equal(lines('Span ends before it starts'), reversed, `${name}: reversed times`);
    assert.equal(lines('End time is missing'), missing > 0 ? 1 : 0, `${name}: ${missing} missing ends, in one line`);
    assert.equal(lines('Parents form a circle') > 0, facts.unreachable_spans > 0, `${name}: circles`);
  }
});

test('n-plus-1: the sentence, its evidence, what mends it; its spans are marked in every view and stepped through', async (t) => {
  await openView(t, 'n-plus-1', 'findings');
  await told(t);
  const [group] = FACTS['n-plus-1'].n_plus_1_groups;
  const one = card(t, 'repeated_calls');
  const title = plain(await one.locator('.f-sentence').innerText());
  assert.match(title, new RegExp(`^${group.count} sequential “SELECT parcel_events” calls`));
  const evidence = plain(await one.locator('.f-evidence').innerText());
  assert.ok(evidence.includes('SELECT status FROM parcel_events WHERE parcel_id = ?'), evidence);
  assert.match(plain(await one.locator('.f-about').innerText()), /Usually mended by Ask once for all.*Rule Five or more/);
  await one.getByRole('button', { name: 'Mark 40 spans' }).click();
  await queryIs(t, 'find', 'finding:repeated_calls.1');
  await t.until(async () => (await marked(t)) === 40, '40 found');
  const { span_ids: ids } = EXPECTED['n-plus-1'].find((want) => want.kind === 'repeated_calls');
  const inOrder = trace('n-plus-1').filter((span) => ids.includes(span.id)).sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.id < b.id ? -1 : 1));
  for (const span of inOrder.slice(0, 3)) {
    await one.getByRole('button', { name: 'Next span of this finding' }).click();
    await queryIs(t, 'span', span.id);
  }
  assert.match(plain(await one.locator('.f-steps').innerText()), /3 of 40/);
  for (const where of ['flame', 'graph', 'stats', 'timeline']) {
    await t.page.locator(`#tab-${where}`).click();
    await viewShown(t, where);
    await t.until(async () => (await marked(t)) === 40, `${where}: 40 found`);
  }
  const inDetails = t.page.locator('[data-found-in="repeated_calls.1"]');
  await inDetails.click();
  await viewShown(t, 'findings');
  await t.until(() => t.page.evaluate(() => document.activeElement?.id === 'finding-repeated_calls-1'), 'back at the finding');
});

/** A request whose only call takes `ms`; a line of a file of many. */
function oneCall(n, ms) {
  const base = 1_700_000_000_000_000_000n + BigInt(n) * 10_000_000_000n;
  const span = (spanId, parentSpanId, kind, name, endMs) => ({
    traceId: (n + 1).toString(16).padStart(32, 'a'), spanId, parentSpanId, kind, name,
    startTimeUnixNano: String(base), endTimeUnixNano: String(base + BigInt(endMs) * 1_000_000n),
    attributes: [{ key: 'http.request.method', value: { stringValue: 'POST' } }, { key: 'server.address', value: { stringValue: 'erp.example' } }],
  });
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  const spans = [span('00000000000000a1', '', 2, 'POST /orders', ms + 20), span('00000000000000a2', '00000000000000a1', 3, 'POST', ms)];
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: {}, spans }] }] });
}

test('the largest part of a request is worth knowing, and unusual beside other traces of its file', async (t) => {
  const buffer = Buffer.from([900, ...Array(12).fill(80)].map((ms, n) => oneCall(n, ms)).join('\n'));
  await t.app.open(await t.site());
  await t.app.choose({ name: 'calls.jsonl', mimeType: 'application/x-ndjson', buffer });
  await t.app.reach('list');
  const slow = t.page.locator(`[data-screen=list] [role=row][data-trace="${'1'.padStart(32, 'a')}"]`);
  await slow.click();
  if ((await t.app.screen()) === 'list') await slow.press('Enter').catch(() => {});
  await t.app.reach('trace');
  await t.page.locator('#tab-findings').click();
  await viewShown(t, 'findings');
  const [line] = (await told(t)).filter((one) => one.kind === 'slow_part');
  assert.equal(line.severity, 'info');
  const unusual = card(t, 'slow_part').locator('[data-unusual]');
  await unusual.waitFor();
  assert.equal(plain(await unusual.innerText()), 'unusual: 900 ms against a median of 80.0 ms in 12 other traces of this file');
});

test('a link marks a finding; a kind marks all of its findings; one that there is not says so', async (t) => {
  const site = await openView(t, 'order-retry', 'timeline', { find: 'finding:retries.1' });
  const { span_ids: ids } = EXPECTED['order-retry'].find((want) => want.kind === 'retries');
  await t.until(async () => (await marked(t)) === ids.length, 'the attempts');
  await openView(t, 'synthetic-topology', 'timeline', { find: 'finding:broken_propagation' }, site);
  await t.until(async () => (await marked(t)) === 4, 'orphans and root');
  await openView(t, 'order-retry', 'timeline', { find: 'finding:nonsense' }, site);
  await t.until(async () => (await t.app.text()).includes('There is no kind of finding called “nonsense”'), 'a note');
});

test('a rule that is turned off is told nowhere, and stays off; config.json can turn it off too', async (t) => {
  const site = await openView(t, 'order-full', 'findings');
  assert.equal((await told(t)).length, 2);
  const one = card(t, 'unanswered_call');
  await unfold(one);
  await one.getByRole('button', { name: 'Turn it off' }).click();
  await t.until(async () => (await cards(t).count()) === 1, 'gone');
  assert.equal(await figure(t).innerText(), '1');
  const { report } = await t.app.post({ type: 'report' });
  assert.deepEqual([report.findings.map((one) => one.kind), report.findings_off], [['connection_wait'], ['unanswered_call']]);
  await openView(t, 'order-full', 'findings', {}, site);
  assert.deepEqual((await told(t)).map((one) => one.kind), ['connection_wait']);
  assert.ok(plain(await view(t).locator('.f-head').innerText()).includes('1 rule off'));
  await view(t).getByRole('button', { name: 'Rules' }).click();
  const rules = view(t).locator('.f-rules li');
  assert.equal(await rules.count(), KINDS);
  const rule = view(t).locator('[data-rule="unanswered_call"]');
  assert.ok(!(await rule.locator('input').isChecked()));
  await rule.locator('input').check();
  await t.until(async () => (await cards(t).count()) === 2, 'back');

  const other = await t.site({ config: { defaults: { findings_off: ['connection_wait', 'no_such_rule'] } } });
  await t.page.evaluate(() => localStorage.clear());
  await openView(t, 'order-full', 'findings', {}, other);
  assert.deepEqual((await told(t)).map((one) => one.kind), ['unanswered_call']);
});

test('the report has every finding of every recorded trace, by cost, with its spans', async (t) => {
  const site = await t.site();
  for (const name of traceNames()) {
    await openView(t, name, 'timeline', {}, site);
    const { report } = await t.app.post({ type: 'report' });
    const key = (one) => [one.kind, one.severity, one.confidence, one.cost_ns, one.total_ns, [...one.span_ids].sort().join()].join(' ');
    assert.deepEqual(report.findings.map(key).sort(), EXPECTED[name].map(key).sort(), name);
    const costs = report.findings.map((one) => BigInt(one.cost_ns));
    assert.ok(costs.every((cost, at) => at === 0 || cost <= costs[at - 1]), `${name}: the dearest first`);
    for (const one of report.findings) {
      assert.ok(one.title && one.evidence.every((sentence) => sentence.length > 5) && one.rule && one.fix, `${name}: ${one.kind}`);
    }
  }
});

test('nothing found is said calmly, with what was looked at', async (t) => {
  const site = await t.site();
  await t.app.open(site);
  await t.app.reach('home');
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name: 'quiet', kind: 2, startTimeUnixNano: '1795350000000000000', endTimeUnixNano: '1795350000005000000' };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'calm' } }] };
  const data = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
  const answer = await t.app.post({ type: 'open', name: 'quiet.json', data });
  assert.equal(answer.type, 'opened');
  await t.page.locator('#tab-findings').click();
  assert.deepEqual(await told(t), []);
  const text = plain(await view(t).innerText());
  assert.ok(text.includes('Nothing found') && text.includes(`${KINDS} rules looked at 1 span`), text);
  assert.equal(await figure(t).count(), 0);
  await view(t).getByRole('button', { name: 'See each rule and its thresholds' }).click();
  assert.equal(await view(t).locator('.f-rules li').count(), KINDS);
});

test('clock-skew: the estimate, and clocks put right, said in the header with the way back', async (t) => {
  const site = await openView(t, 'clock-skew', 'findings');
  await told(t);
  const one = card(t, 'clock_skew');
  assert.equal(plain(await one.locator('.f-sentence').innerText()), 'carrier-ups on node-6 is 350 ms behind order-service on node-1');
  const raw = new Map(trace('clock-skew').map((span) => [span.id, span]));
  const { span_ids: ids } = EXPECTED['clock-skew'].find((want) => want.kind === 'clock_skew');
  await one.getByRole('button', { name: 'Clocks put right' }).click();
  await t.page.locator('[data-moved]').waitFor();
  assert.match(plain(await t.page.locator('[data-moved]').innerText()), /Times are not as recorded.*carrier-ups on node-6 \+350 ms/);
  await queryIs(t, 'clocks', 'right');
  await t.until(async () => (await cards(t).count()) > 0, 'findings again');
  assert.ok((await told(t)).some((line) => line.kind === 'clock_skew'), 'what was recorded is still told');
  const moved = await t.app.post({ type: 'report' });
  assert.deepEqual(moved.report.moved_clocks.map((clock) => [clock.service, clock.host]), [['carrier-ups', 'node-6']]);
  const shift = BigInt(moved.report.moved_clocks[0].shift_ns);
  for (const id of ids) {
    const span = raw.get(id);
    assert.ok(span.start + shift >= raw.get(span.parent).start, 'after its caller now');
  }
  const first = ids[0];
  await t.page.locator(`.f-spans [data-span="${first}"]`).click();
  await t.app.details().waitFor();
  await openView(t, 'clock-skew', 'timeline', { clocks: 'right' }, site);
  await t.page.locator('[data-moved]').waitFor();
  await t.page.getByRole('button', { name: 'Show recorded times' }).click();
  await t.until(async () => (await t.page.locator('[data-moved]').count()) === 0, 'as recorded');
  await t.until(() => !t.app.query().has('clocks'), 'not in the address');
  const back = await t.app.post({ type: 'report' });
  assert.deepEqual(back.report.moved_clocks, []);
  assert.equal(back.report.start_unix_nano, FACTS['clock-skew'].start_unix_nano);
});

test('lost-queue: the other half is looked for with the reader’s yes, and both stand on one time axis', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const found = { traces: [{ traceID: traceId('order-full'), rootServiceName: 'api-gateway', rootTraceName: 'POST /orders', startTimeUnixNano: FACTS['order-full'].start_unix_nano, durationMs: 3115 }], metrics: {} };
  tempo.explore.says('search', '{ span.order.id = 207 }', JSON.stringify(found));
  await t.app.open(site, { trace: traceId('lost-queue'), view: 'findings' });
  await t.app.reach('trace');
  await told(t);
  const before = tempo.log.filter((one) => one.path.endsWith('/search')).length;
  const one = card(t, 'broken_propagation');
  await one.getByRole('button', { name: 'Look for the other half' }).click();
  const questions = one.locator('.f-questions code');
  await questions.first().waitFor();
  const asked = await questions.allInnerTexts();
  assert.ok(asked.includes('{ span.order.id = 207 }') && asked.some((text) => text.includes('kind = producer')), asked.join());
  assert.equal(tempo.log.filter((each) => each.path.endsWith('/search')).length, before, 'nothing is asked before the yes');
  await one.getByRole('button', { name: 'Ask', exact: true }).click();
  const candidate = one.locator(`[data-candidate="${traceId('order-full')}"]`);
  await candidate.waitFor();
  assert.ok(plain(await candidate.innerText()).includes('the same order.id'));
  assert.equal(tempo.log.filter((each) => each.path.endsWith('/search')).length, before + asked.length, 'each question once');
  await candidate.getByRole('button', { name: 'Show beside' }).click();
  await t.page.locator('[data-beside]').waitFor();
  const spans = FACTS['order-full'].span_count + FACTS['lost-queue'].span_count;
  await t.until(async () => (await t.app.factText('spans')) === String(spans), `${spans} spans together`);
  await queryIs(t, 'beside', traceId('order-full'));
  await t.app.open(site, { trace: traceId('lost-queue'), beside: traceId('order-full') });
  await t.app.reach('trace');
  await t.until(async () => (await t.app.factText('spans')) === String(spans), 'a link brings both back');
  await t.page.getByRole('button', { name: 'Show this trace alone' }).click();
  await t.until(async () => (await t.app.factText('spans')) === String(FACTS['lost-queue'].span_count), 'alone');
});

test('a local file without a source offers no search; nothing found and a failing source are said', async (t) => {
  await openView(t, 'lost-queue', 'findings');
  await told(t);
  assert.equal(await card(t, 'broken_propagation').getByRole('button', { name: 'Look for the other half' }).count(), 0);
  const { tempo, site } = await t.tempoSite();
  await openView(t, 'lost-queue', 'findings', {}, site);
  await told(t);
  const one = card(t, 'broken_propagation');
  await one.getByRole('button', { name: 'Look for the other half' }).click();
  await t.until(async () => plain(await one.locator('.f-other').innerText()).includes('Asks tempo-staging'), 'it says whom');
  await one.getByRole('button', { name: 'Ask', exact: true }).click();
  await t.until(async () => (await one.innerText()).includes('No other trace near this time says so'), 'nothing');
  assert.ok(tempo.log.every((each) => !each.path.includes(traceId('lost-queue'))), 'the file stays here');
});

test('synthetic-topology: each kind says what it means, what to do, and names the spans it is about', async (t) => {
  await openView(t, 'synthetic-topology', 'findings');
  const all = await shown(t);
  for (const title of Object.keys(all)) {
    const text = plain(await section(t, title).innerText());
    assert.match(text, /What to do: .{20,}/, title);
    const figures = /(\d+) spans?/.exec(plain(await section(t, title).locator('h3').innerText()));
    if (figures) assert.equal(Number(figures[1]), all[title].length, `${title}: its figure`);
  }
  for (const { name } of FACTS['synthetic-topology'].orphans) {
    assert.ok(all['Parent span is missing'].some((line) => line.includes(name)), `${name} is named`);
  }
});

test('clock-skew: every warning is of the service whose clock is behind', async (t) => {
  await openView(t, 'clock-skew', 'findings');
  const all = await shown(t);
  const skew = Object.entries(all).find(([title]) => /clock/i.test(title));
  assert.ok(skew, Object.keys(all).join());
  const byId = new Map(trace('clock-skew').map((span) => [span.id, span]));
  const early = [...byId.values()].filter((span) => byId.has(span.parent) && span.start + 10_000_000n < byId.get(span.parent).start);
  assert.ok(skew[1].length >= 1 && skew[1].length <= early.length * 2, `${skew[1].length} lines, ${early.length} spans start before their parents`);
  const services = new Set(early.map((span) => span.service));
  for (const line of skew[1]) assert.ok([...services].some((service) => line.includes(service)), line);
});

test('a click on a span selects it and opens its details; it stays selected in the timeline', async (t) => {
  await openView(t, 'orphans-missing-root', 'findings');
  const orphan = FACTS['orphans-missing-root'].orphans[0];
  await section(t, 'Parent span is missing').locator('.span-link').first().click();
  await queryIs(t, 'span', orphan.span_id);
  await t.app.details().waitFor();
  await t.page.keyboard.press('1');
  await viewShown(t, 'timeline');
  await t.until(async () => (await t.app.selectedId()) === orphan.span_id, 'selected there');
});

test('by keys: from the tab to a span and its details', async (t) => {
  await openView(t, 'synthetic-topology', 'findings');
  await t.page.locator('#tab-findings').focus();
  const ids = FACTS['synthetic-topology'].orphans.map((one) => one.span_id);
  await t.until(async () => {
    if (await t.page.evaluate(() => document.activeElement.matches('.span-link'))) return true;
    await t.page.keyboard.press('Tab');
    return false;
  }, 'a span has the focus');
  await t.page.keyboard.press('Enter');
  const id = await t.until(() => t.app.query().get('span'), 'selected');
  assert.ok(ids.includes(id), `${id} is one of the orphans, which come first`);
});

test('find marks the spans told of; those of hidden services are left out and counted', async (t) => {
  const [orphan] = FACTS['orphans-missing-root'].orphans;
  const site = await openView(t, 'orphans-missing-root', 'findings', { find: `service:${orphan.service}` });
  const lines = section(t, 'Parent span is missing').locator('li');
  await t.until(async () => (await lines.and(t.page.locator('.found')).count()) === 1, 'the orphan marked');
  await openView(t, 'orphans-missing-root', 'findings', { only: 'order-service' }, site);
  await t.until(async () => (await lines.count()) === 0, 'left out');
  assert.match(plain(await section(t, 'Parent span is missing').innerText()), /\b1 of hidden services/);
});
