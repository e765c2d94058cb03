// What many traces say together: connector board, propagation matrix, sampling lab; of a sample of a search and of a file. Held against sums
// over the raw spans and facts of the traces, which are worked out here.

import assert from 'node:assert/strict';
import { plain, readDuration } from './figures.mjs';
import { FAILED_REQUEST, test } from './harness.mjs';
import { asFile } from './page.mjs';
import { createPrometheus } from './prometheus.mjs';
import { WINDOW, instant } from './tempo-explore.mjs';
import { FACTS, otlpJson, selfTime, trace, traceId } from './truth.mjs';

const RANGE = { from: String(WINDOW.from * 1000), to: String(WINDOW.to * 1000), tz: 'utc' };
const SECONDS = WINDOW.to - WINDOW.from;
const SAMPLED = ['order-full', 'erp-error', 'slow-erp', 'get-order-404', 'order-retry', 'n-plus-1', 'quotes-fanout', 'payment-declined',
  'lost-http-caller', 'lost-http-callee', 'lost-queue', 'linked-label', 'label-error'];

const attribute = (span, key) => span.attributes.find((one) => one.key === key)?.value.stringValue;
const isFailed = (span) => span.status === 'STATUS_CODE_ERROR';
const isReceived = (span) => ['SERVER', 'CONSUMER'].includes(span.kind);
const isMade = (span) => ['CLIENT', 'PRODUCER'].includes(span.kind) || (span.kind === 'INTERNAL' && (attribute(span, 'db.system') ?? attribute(span, 'db.system.name')) !== undefined);
const everySpan = () => SAMPLED.flatMap((name) => trace(name));
/** Figures come with their names, times as `data-` ones have them. */
const number = (text) => Number(text.replaceAll(',', ''));

function finds(tempo, names = SAMPLED, query = '{ }') {
  tempo.explore.says('search', query, () => JSON.stringify({
    traces: names.map((name) => ({ traceID: traceId(name), rootServiceName: 'api-gateway', rootTraceName: 'x', startTimeUnixNano: String(WINDOW.from * 1e9), durationMs: 5 })),
    metrics: {},
  }));
}

const READY = { connectors: '[data-connectors]', propagation: '[data-matrix]', sampling: '[data-config]' };

async function openAcross(t, part, more = {}) {
  const { tempo, site } = await t.tempoSite();
  finds(tempo);
  await t.app.open(site, { across: part, ...RANGE, ...more });
  await t.page.locator(READY[part]).waitFor();
  return { tempo, site };
}

/** The same traces as one file, one line each. */
async function openFile(t, names = SAMPLED) {
  await t.app.open(await t.site(), {});
  await t.app.reach('home');
  await t.app.choose(asFile('traces.jsonl', names.map((name) => JSON.stringify(otlpJson(name))).join('\n')));
  await t.app.reach('list');
}

const partOf = (t, name) => t.page.locator('.a-head .seg').first().getByRole('button', { name, exact: true });

/** All rows of the board: what the cells say. `ranged` where figures of the range stand left. */
async function board(t, ranged) {
  const more = t.page.getByRole('button', { name: /^Show more of/ });
  // The table may be made again while the pointer is on its way.
  while ((await more.count()) > 0) await more.first().click({ timeout: 1_000 }).catch(() => {});
  const rows = await t.page.locator('tr[data-connector]').evaluateAll((all) => all.map((row) => ({
    ...row.dataset, cells: [...row.cells].map((cell) => cell.innerText),
  })));
  return rows.map(({ connector, service, side, cells }) => {
    const [saves, path, self, calls, failed, p95, retried, findings] = cells.slice(ranged ? 6 : 1).map(plain);
    return { connector, service, side, range: ranged ? cells.slice(1, 6).map(plain) : [], saves: readDuration(saves).ns, path, self: readDuration(self).ns, calls: number(calls), failed: number(failed), p95, retried, findings };
  });
}

const summed = (lines, key, figure) => {
  const sums = {};
  for (const line of lines) sums[key(line)] = (sums[key(line)] ?? 0) + figure(line);
  return sums;
};

function assertCalls(rows) {
  const calls = everySpan().filter((span) => isReceived(span) || isMade(span));
  const truth = (spans) => summed(spans, (span) => `${span.service} ${isReceived(span) ? 'received' : 'made'}`, () => 1);
  const nonZero = (sums) => Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum > 0));
  const of = (row) => `${row.service} ${row.side}`;
  assert.deepEqual(summed(rows, of, (row) => row.calls), truth(calls));
  assert.deepEqual(nonZero(summed(rows, of, (row) => row.failed)), truth(calls.filter(isFailed)));
}

test('the board: calls and failures of every service as the raw spans have them, the dearest first', async (t) => {
  await openAcross(t, 'connectors');
  const rows = await board(t, true);
  assertCalls(rows);
  const saves = rows.map((row) => row.saves);
  assert.ok(saves[0] > 0n && saves.every((one, at) => at === 0 || one <= saves[at - 1]), 'sorted by what it would save');
  assert.equal(plain(await t.page.locator('.a-span').last().innerText()), `from ${SAMPLED.length} sampled traces`);
  assert.match(plain(await t.page.locator('[data-basis]').innerText()), /of 13 traces, all that match/);
  // One call, in one trace, without children: its figures are its own.
  const erp = rows.find((row) => row.connector === 'POST /erp/dynamics');
  const span = trace('slow-erp').find((one) => one.service === 'erp-connector' && one.kind === 'CLIENT' && attribute(one, 'url.full')?.includes('/erp/dynamics'));
  assert.ok(span, 'the call to Dynamics');
  const said = readDuration(erp.p95);
  assert.ok(Math.abs(Number(said.ns) - Number(span.end - span.start)) <= 0.6e6, `${erp.p95} of ${span.end - span.start}`);
  assert.ok(Math.abs(Number(erp.self) - Number(selfTime(trace('slow-erp'), span.id))) <= 0.6e6);
  // The retried reservations of the trace that is made of them.
  assert.ok(rows.some((row) => row.connector === 'POST /reserve' && row.side === 'made' && number(row.retried) >= 2), 'retries are told');
  assert.ok(rows.some((row) => number(row.findings || '0') > 0), 'findings are counted');
});

test('the board: figures of the whole range come from TraceQL, and say so', async (t) => {
  const { tempo, site } = await t.tempoSite();
  finds(tempo);
  const labels = { 'resource.service.name': 'erp-connector', name: 'POST /sync', kind: 'server' };
  tempo.explore.says('metrics', '{ } | rate() by (resource.service.name, name, kind, status)', instant([[{ ...labels, status: 'unset' }, 3], [{ ...labels, status: 'error' }, 1]]));
  tempo.explore.says('metrics', '{ } | quantile_over_time(duration, .5, .95, .99) by (resource.service.name, name, kind)', instant([0.5, 0.95, 0.99].map((p, at) => [{ ...labels, p }, [0.04, 0.2, 0.6][at]])));
  await t.app.open(site, { across: 'connectors', ...RANGE });
  await t.page.locator('[data-connectors]').waitFor();
  await t.until(async () => {
    const row = (await board(t, true)).find((one) => one.service === 'erp-connector' && one.connector === 'POST /sync');
    assert.deepEqual(row.range, [String(4 * SECONDS), '25.0 %', '40.0 ms', '200 ms', '600 ms']);
    return true;
  }, 'figures of the range');
  assert.equal(plain(await t.page.locator('.a-span').first().innerText()), 'whole range, from TraceQL');
  const other = (await board(t, true)).find((one) => one.service === 'order-service' && one.side === 'made' && one.connector === 'POST /sync');
  assert.deepEqual(other.range, ['–', '–', '–', '–', '–'], 'what the source does not say is not made up');
});

test('the board: by span metrics, and what those cannot tell is said', async (t) => {
  const prometheus = createPrometheus();
  const { tempo, site } = await t.tempoSite({}, {}, { prometheus: '/prometheus' }, { '/prometheus': prometheus.handle });
  finds(tempo);
  const labels = { service: 'erp-connector', span_name: 'POST /sync', span_kind: 'SPAN_KIND_SERVER' };
  const vector = (lines) => JSON.stringify({ status: 'success', data: { resultType: 'vector', result: lines.map(([metric, value]) => ({ metric, value: [WINDOW.to, String(value)] })) } });
  prometheus.says('*', vector([]));
  prometheus.says(`sum by (service, span_name, span_kind, status_code) (rate(traces_spanmetrics_calls_total[${SECONDS}s]))`,
    vector([[{ ...labels, status_code: 'STATUS_CODE_UNSET' }, 9], [{ ...labels, status_code: 'STATUS_CODE_ERROR' }, 1]]));
  await t.app.open(site, { across: 'connectors', figures: 'span-metrics', ...RANGE });
  await t.page.locator('[data-connectors]').waitFor();
  await t.until(async () => {
    const row = (await board(t, true)).find((one) => one.service === 'erp-connector' && one.connector === 'POST /sync');
    assert.deepEqual(row.range.slice(0, 2), ['1,500', '10.0 %']);
    return true;
  }, 'figures of the range');
  assert.equal(plain(await t.page.locator('.a-span').first().innerText()), 'whole range, from span metrics');
  await t.page.locator('[data-connectors-by]').fill('erp.system');
  await t.page.locator('[data-connectors-by]').press('Enter');
  await t.page.getByText('Span metrics have no label for `.erp.system`').waitFor();
});

test('the board: a source that refuses the range is told in its own words, and the sample stands', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  finds(tempo);
  tempo.explore.says('metrics', '*', { status: 400, body: 'metrics are switched off here' });
  await t.app.open(site, { across: 'connectors', ...RANGE });
  await t.page.locator('[data-connectors]').waitFor();
  await t.page.getByText('metrics are switched off here').waitFor();
  assertCalls(await board(t, true));
});

test('the board by an attribute: a row for each value, which leads to a search', async (t) => {
  const { tempo } = await openAcross(t, 'connectors');
  const field = t.page.locator('[data-connectors-by]');
  await field.fill('erp.system');
  await field.press('Enter');
  const truth = summed(everySpan().filter((span) => attribute(span, 'erp.system')), (span) => attribute(span, 'erp.system'), () => 1);
  assert.ok(Object.keys(truth).length >= 2);
  await t.until(async () => {
    const rows = await board(t, true);
    assert.deepEqual(Object.fromEntries(rows.map((row) => [row.connector, row.calls])), truth);
    return true;
  }, 'rows by erp.system');
  assert.equal(new URL(t.page.url()).searchParams.get('by'), 'erp.system');
  // Back and forward are of the part that each entry shows; figures of the range are of the grouping that is shown.
  const asked = () => tempo.log.filter((entry) => entry.path.endsWith('/query') && /by \(\.erp\.system\)/.test(entry.query.q)).length;
  assert.equal(asked(), 1, 'quantiles are asked once');
  await t.page.locator('[data-explore-tab="Services"]').click();
  await t.page.locator('[data-connectors]').waitFor({ state: 'detached' });
  await t.page.goBack();
  await t.page.locator('tr[data-connector="dynamics"]').waitFor();
  assert.equal(asked(), 1, 'what is there is not asked again');
  await t.page.reload();
  await t.page.locator('tr[data-connector="dynamics"] .a-name').click();
  await t.page.getByRole('button', { name: 'Search for its traces' }).click();
  await t.page.locator('[data-summary], [data-nothing]').first().waitFor();
  assert.match(tempo.log.filter((entry) => entry.path === '/api/search').at(-1).query.q, /^\{ \.erp\.system = "dynamics" \}$/);
});

for (const size of ['wide', 'narrow']) {
  test(`by keyboard, ${size}: a row unfolds, a trace of it opens, and back leads here`, { size }, async (t) => {
    await openAcross(t, 'connectors');
    await t.page.locator('tr[data-connector="POST /erp/dynamics"] .a-name').focus();
    await t.page.keyboard.press('Enter');
    const link = t.page.locator('[data-open-trace]').first();
    await link.waitFor();
    assert.equal(await link.getAttribute('data-open-trace'), traceId('slow-erp'));
    assert.match(plain(await t.page.locator('.a-more').innerText()), /In 1 trace of 13/);
    await t.page.keyboard.press('Tab');
    assert.equal(await t.page.evaluate(() => document.activeElement.dataset.openTrace), traceId('slow-erp'));
    await t.page.keyboard.press('Enter');
    await t.app.reach('trace');
    await t.page.goBack();
    await t.page.locator('[data-connectors]').waitFor();
    const over = await t.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `the page is ${over} px too wide`);
  });
}

for (const size of ['wide', 'narrow']) {
  test(`by keyboard, ${size}: a pair of the matrix unfolds, and a trace of it opens`, { size }, async (t) => {
    await openAcross(t, 'propagation');
    await t.page.locator('tr[data-cell][data-callee="invoice-service"] .a-name').focus();
    await t.page.keyboard.press('Enter');
    await t.page.locator('[data-open-trace]').first().waitFor();
    await t.page.keyboard.press('Tab');
    assert.equal(await t.page.evaluate(() => document.activeElement.dataset.openTrace), traceId('lost-http-caller'));
    await t.page.keyboard.press('Enter');
    await t.app.reach('trace');
  });

  test(`by keyboard, ${size}: a slider of the lab moves what is kept, and a policy goes and comes`, { size }, async (t) => {
    await openAcross(t, 'sampling');
    await policyCard(t, 'probabilistic').locator('input[type=range]').focus();
    await t.page.keyboard.press('ArrowRight');
    await keptIs(t, expectedKept([HAS_ERROR, IS_SLOW(500)], 0.11), 'a step more of the rest');
    await policyCard(t, 'latency').getByRole('button', { name: 'Remove this policy' }).focus();
    await t.page.keyboard.press('Enter');
    await keptIs(t, expectedKept([HAS_ERROR], 0.11), 'without the slow');
    await t.page.keyboard.type('Slow');
    await t.page.keyboard.press('Enter');
    await keptIs(t, expectedKept([HAS_ERROR, IS_SLOW(500)], 0.11), 'with the slow again');
    const over = await t.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `the page is ${over} px too wide`);
  });
}

/** Cells of the matrix as they read. */
const cells = async (t) => (await t.page.locator('tr[data-cell]').evaluateAll((all) => all.map((row) => ({ ...row.dataset, cells: [...row.cells].map((cell) => cell.innerText) }))))
  .map(({ caller, callee, protocol, cells }) => ({ caller, callee, protocol, survived: plain(cells[3]), calls: number(plain(cells[4])), lost: number(plain(cells[5]) || '0'), joined: number(plain(cells[6]) || '0'), linked: number(plain(cells[7]) || '0'), besides: plain(cells[8]) }));

function assertMatrix(all) {
  const truth = {};
  for (const edge of SAMPLED.flatMap((name) => FACTS[name].service_edges)) {
    truth[`${edge.client} > ${edge.server}`] = (truth[`${edge.client} > ${edge.server}`] ?? 0) + edge.calls;
  }
  const survived = summed(all.filter((cell) => cell.survived === '100 %'), (cell) => `${cell.caller} > ${cell.callee}`, (cell) => cell.calls);
  assert.deepEqual(survived, truth);
  // As INDEX.md describes them: a queue that drops the context of each of its messages, and a proxy whose callee has a trace of its own.
  const isQueued = (span) => span.kind === 'PRODUCER' && attribute(span, 'messaging.rabbitmq.routing_key') === 'legacy.in';
  const queued = everySpan().filter(isQueued).length;
  const lost = all.filter((cell) => cell.lost > 0).map((cell) => [cell.caller, cell.callee, cell.protocol, cell.survived, cell.lost, cell.joined]);
  assert.deepEqual(lost, [['order-service', 'rabbitmq/legacy.in', 'messaging', '0 %', queued, 0], ['api-gateway', 'invoice-service', 'HTTP', '0 %', 1, 1]]);
  assert.ok(queued > 0);
}

test('the matrix: what survived are the calls between services of the facts, what is lost the hops that lose it', async (t) => {
  await openAcross(t, 'propagation');
  const all = await cells(t);
  assertMatrix(all);
  const judged = all.reduce((sum, cell) => sum + cell.calls, 0);
  const kept = all.reduce((sum, cell) => sum + cell.calls - cell.lost, 0);
  assert.match(plain(await t.page.locator('[data-matrix-head]').innerText()), new RegExp(`Of ${judged} calls in 13 traces the context of ${Math.round((kept / judged) * 100)} % survived`));
  assert.ok(all.some((cell) => cell.callee === 'label-service' && cell.linked > 0), 'a message that is linked to is not lost');
  assert.ok(all.some((cell) => cell.callee === 'api.tnt.example' && /outside/.test(cell.besides)), 'what is outside is not judged');
  await t.page.locator('tr[data-cell][data-callee="invoice-service"] .a-name').click();
  const links = await t.page.locator('[data-open-trace]').evaluateAll((ids) => ids.map((one) => one.dataset.openTrace));
  assert.deepEqual(links, [traceId('lost-http-caller'), traceId('lost-http-callee')], 'both halves');
});

const HAS_ERROR = (name) => FACTS[name].error_span_count > 0;
const IS_SLOW = (ms) => (name) => Math.floor(FACTS[name].duration_ns / 1e6) > ms;
/** How many are expected to be kept: all that one of the rules takes for certain, and a share of the rest. */
const expectedKept = (rules, share) => SAMPLED.reduce((sum, name) => sum + (rules.some((rule) => rule(name)) ? 1 : share), 0);
const volume = (t, name) => t.page.locator(`tr[data-volume="${name}"]`).evaluate((row) => ({ before: Number(row.dataset.before), after: Number(row.dataset.after) }));
const near = (got, want, what) => assert.ok(Math.abs(got - want) < 1e-6, `${what}: ${got}, not ${want}`);
const keptIs = (t, want, what) => t.until(async () => {
  near((await volume(t, 'Traces')).after, want, what);
  return true;
}, what);
const policyCard = (t, kind, at = 0) => t.page.locator(`[data-policy="${kind}"]`).nth(at);
async function set(card, field, value) {
  const input = card.locator(`[data-set="${field}"]`).first();
  await input.fill(String(value));
  await input.press('Enter');
}

async function assertUsual(t) {
  await keptIs(t, expectedKept([HAS_ERROR, IS_SLOW(500)], 0.1), 'what the usual policies keep');
  const kept = await t.page.locator('tr[data-keeps]').evaluateAll((all) => all.map((row) => [row.dataset.keeps, row.dataset.traces === undefined ? 'off' : Number(row.dataset.traces), row.cells[1].innerText]));
  assert.deepEqual(kept.map(([name]) => name), ['errors', 'slow', 'business-critical', 'rest']);
  near(kept[0][1], SAMPLED.filter(HAS_ERROR).length, 'errors');
  near(kept[1][1], SAMPLED.filter(IS_SLOW(500)).length, 'slow');
  near(kept[3][1], SAMPLED.length / 10, 'rest');
  assert.equal(kept[0][2], String(SAMPLED.filter(HAS_ERROR).length));
  assert.equal(kept[2][1], 'off');
  near((await volume(t, 'Spans')).before, SAMPLED.reduce((sum, name) => sum + FACTS[name].span_count, 0), 'spans');
  const errors = await volume(t, 'Traces with errors');
  assert.deepEqual([errors.before, errors.after], [SAMPLED.filter(HAS_ERROR).length, SAMPLED.filter(HAS_ERROR).length], 'no trace with an error is lost');
}

test('the lab: the usual policies keep what the facts say; services, blind spots and limits', async (t) => {
  await openAcross(t, 'sampling');
  await assertUsual(t);
  assert.match(plain(await t.page.locator('[data-kept]').innerText()), /^Keeps \d+ % of traces \(\d+–\d+ %\)/);
  // A service is kept with the traces that have it.
  const rows = await t.page.locator('tr[data-sampled]').evaluateAll((all) => all.map((row) => ({ name: row.dataset.sampled, after: Number(row.dataset.after), before: row.cells[1].innerText })));
  const services = [...new Set(everySpan().map((span) => span.service))].sort();
  assert.deepEqual(rows.map((row) => row.name).sort(), services);
  for (const row of rows) {
    const having = SAMPLED.filter((name) => FACTS[name].services[row.name]);
    assert.equal(row.before, String(having.length), row.name);
    near(row.after, having.reduce((sum, name) => sum + (HAS_ERROR(name) || IS_SLOW(500)(name) ? 1 : 0.1), 0), row.name);
  }
  await t.page.getByRole('button', { name: 'Operations', exact: true }).click();
  await t.page.locator('tr[data-sampled="POST /orders"]').first().waitFor();
  // An operation of one fast trace without errors vanishes nine times of ten.
  const chances = await t.page.locator('tr[data-blind]').evaluateAll((all) => all.map((row) => [Number(row.dataset.chance), row.cells[2].innerText]));
  assert.ok(chances.length > 0);
  near(chances[0][0], 0.9, 'the likeliest to be lost');
  assert.equal(plain(chances[0][1]), '90 %');
  assert.ok((await t.page.locator('[data-limits] li').count()) >= 3);
  assert.match(plain(await t.page.locator('[data-limits]').innerText()), /dropped|already/i);
});

test('the lab: fields and sliders change what is kept, and the configuration', async (t) => {
  await openAcross(t, 'sampling');
  const config = () => t.page.locator('[data-config]').innerText();
  // How rows are looked at stays.
  await t.page.getByRole('button', { name: 'Operations', exact: true }).click();
  await set(policyCard(t, 'latency'), 'Longer than', 1500);
  await keptIs(t, expectedKept([HAS_ERROR, IS_SLOW(1500)], 0.1), 'over 1.5 s');
  assert.equal(await t.page.getByRole('button', { name: 'Operations', exact: true }).getAttribute('aria-pressed'), 'true');
  await set(policyCard(t, 'latency'), 'Longer than', -5);
  await t.until(async () => (await policyCard(t, 'latency').locator('[data-set="Longer than"]').inputValue()) === '0', 'the field says what the plan has');
  await set(policyCard(t, 'latency'), 'Longer than', 1500);
  await keptIs(t, expectedKept([HAS_ERROR, IS_SLOW(1500)], 0.1), 'over 1.5 s again');
  assert.match(await config(), /threshold_ms: 1500/);
  await policyCard(t, 'probabilistic').locator('input[type=range]').fill('50');
  await keptIs(t, expectedKept([HAS_ERROR, IS_SLOW(1500)], 0.5), 'half of the rest');
  assert.match(await config(), /sampling_percentage: 50/);
  // What matters to the business, once it is named.
  const business = policyCard(t, 'string_attribute');
  assert.match(await business.innerText(), /Off: No attribute is named/);
  await set(business, 'Attribute', 'erp.system');
  await set(business, 'One of', 'odoo, dynamics');
  const isBusiness = (name) => trace(name).some((span) => ['odoo', 'dynamics'].includes(attribute(span, 'erp.system')));
  await keptIs(t, expectedKept([HAS_ERROR, IS_SLOW(1500), isBusiness], 0.5), 'two ERPs whole');
  assert.match(await config(), /key: "erp\.system"\s+values:\s+- "odoo"\s+- "dynamics"/);
  assert.equal(await business.locator('[data-off]').count(), 0);
  const keys = await t.page.locator('#sampled-keys option').evaluateAll((all) => all.map((one) => one.value));
  assert.ok(keys.includes('erp.system') && keys.includes('carrier.name'), 'keys of the traces are offered');
  // The head is first, whatever the policies say.
  const whole = expectedKept([HAS_ERROR, IS_SLOW(1500), isBusiness], 0.5);
  await set(t.page.locator('.l-plan'), 'head', 10);
  await keptIs(t, whole / 10, 'a tenth before all');
  assert.match(await config(), /probabilistic_sampler:/);
  await set(t.page.locator('.l-plan'), 'head', '');
  await keptIs(t, whole, 'no head');
  // Taken away and added by keyboard.
  await policyCard(t, 'status_code').getByRole('button', { name: 'Remove this policy' }).press('Enter');
  await keptIs(t, expectedKept([IS_SLOW(1500), isBusiness], 0.5), 'without errors');
  const left = await t.page.locator('.l-plan > [data-policy]').evaluateAll((all) => all.map((one) => [one.dataset.policy, one.querySelector('.l-name').value]));
  assert.deepEqual(left, [['latency', 'slow'], ['string_attribute', 'business-critical'], ['probabilistic', 'rest']]);
  assert.equal(await t.page.evaluate(() => document.activeElement.matches('[data-add]')), true, 'the keyboard is not lost');
  await t.page.locator('.l-plan > [data-add]').selectOption({ label: 'Everything' });
  await keptIs(t, SAMPLED.length, 'everything');
  await t.page.getByRole('button', { name: 'The usual ones' }).click();
  await keptIs(t, expectedKept([HAS_ERROR, IS_SLOW(500)], 0.1), 'the usual ones again');
});

test('the lab: policies within others, a rate, and what a month costs', async (t) => {
  await openAcross(t, 'sampling');
  for (const kind of ['status_code', 'latency', 'string_attribute', 'probabilistic']) {
    await policyCard(t, kind).getByRole('button', { name: 'Remove this policy' }).click();
  }
  await keptIs(t, SAMPLED.length, 'no policy keeps all');
  await t.page.locator('.l-plan > [data-add]').selectOption({ label: 'All of several' });
  const and = policyCard(t, 'and');
  assert.match(await and.innerText(), /Off: No policy is within/);
  await and.locator('[data-add]').selectOption({ label: 'Errors' });
  await and.locator('[data-add]').selectOption({ label: 'Slow' });
  const both = SAMPLED.filter((name) => HAS_ERROR(name) && IS_SLOW(500)(name)).length;
  await keptIs(t, both, 'errors that are slow');
  assert.match(await t.page.locator('[data-config]').innerText(), /and_sub_policy:/);
  await and.getByRole('button', { name: 'Remove this policy' }).first().click();
  await t.page.locator('.l-plan > [data-add]').selectOption({ label: 'Shares of a rate' });
  const composite = policyCard(t, 'composite');
  await composite.locator('[data-add]').selectOption({ label: 'Errors' });
  await set(composite.locator('[data-policy="status_code"]'), 'portion', 60);
  await t.until(async () => /composite_sub_policy:/.test(await t.page.locator('[data-config]').innerText()), 'the composite');
  await t.until(async () => /percent: 60/.test(await t.page.locator('[data-config]').innerText()), 'its part of the rate');
  // So few a second do not reach the limit: all errors are kept.
  await set(t.page.locator('.l-plan'), 'rate', 0.01);
  await keptIs(t, SAMPLED.filter(HAS_ERROR).length, 'errors below the rate');
  await t.until(async () => number(await t.page.locator('tr[data-volume="Traces"] td').nth(5).innerText()) === 0.01 * 30 * 86_400, 'traces of a month');
  await t.page.locator('[data-price]').fill('0.5');
  await t.page.locator('[data-price]').press('Enter');
  const { before } = await volume(t, 'Bytes');
  const cost = (before / SAMPLED.length) * 0.01 * 30 * 86_400 / 1e9 * 0.5;
  await t.until(async () => (await t.page.locator('tr[data-volume="Cost"] td').nth(1).innerText()) === cost.toFixed(2), 'the cost of a month');
});

test('of a file with many traces: the same board, matrix and lab, and the list again', async (t) => {
  await openFile(t);
  await partOf(t, 'Connectors').click();
  await t.page.locator('[data-connectors]').waitFor();
  assertCalls(await board(t, false));
  assert.equal(plain(await t.page.locator('.a-span').innerText()), 'from 13 traces');
  await partOf(t, 'Propagation').click();
  await t.page.locator('[data-matrix]').waitFor();
  assertMatrix(await cells(t));
  await partOf(t, 'Sampling lab').click();
  await t.page.locator('[data-config]').waitFor();
  await assertUsual(t);
  await partOf(t, 'Connectors').click();
  await t.page.locator('tr[data-connector="POST /erp/dynamics"] .a-name').click();
  await t.page.locator('[data-open-trace]').first().click();
  await t.app.reach('trace');
  await t.page.goBack();
  await t.page.locator('[data-connectors]').waitFor();
  await partOf(t, 'Traces').click();
  await t.page.locator('[data-list-find]').waitFor();
});

test('what a search said is not told of a file that is opened after it', async (t) => {
  await openAcross(t, 'connectors');
  const names = ['get-order', 'n-plus-1'];
  await t.app.choose(asFile('two.jsonl', names.map((name) => JSON.stringify(otlpJson(name))).join('\n')));
  await t.app.reach('list');
  await partOf(t, 'Connectors').click();
  await t.until(async () => plain(await t.page.locator('.a-span').innerText()) === 'from 2 traces', 'the board of the file');
  const services = new Set((await board(t, false)).map((row) => row.service));
  const truth = new Set(names.flatMap((name) => trace(name)).filter((span) => isReceived(span) || isMade(span)).map((span) => span.service));
  assert.deepEqual([...services].sort(), [...truth].sort());
});

test('of a search: reached from its results, kept in the address, given up while it is fetched', async (t) => {
  const { tempo, site } = await t.tempoSite();
  finds(tempo, ['erp-error'], '{ status = error }');
  finds(tempo);
  await t.app.open(site, { q: '{ status = error }', ...RANGE });
  await t.page.locator('[data-across-of]').click();
  await t.page.locator('[data-connectors]').waitFor();
  assert.match(plain(await t.page.locator('[data-basis]').innerText()), /of 1 trace, all that match/);
  await partOf(t, 'Propagation').click();
  await t.page.locator('[data-matrix]').waitFor();
  const address = new URL(t.page.url()).searchParams;
  assert.deepEqual([address.get('across'), address.get('q')], ['propagation', '{ status = error }']);
  await t.page.reload();
  await t.page.locator('[data-matrix]').waitFor();
  tempo.on('*', 'hang');
  tempo.on(traceId('erp-error'), 'hang');
  await t.page.getByRole('button', { name: 'Ask again now' }).click();
  await t.page.locator('[data-fetched]').waitFor();
  assert.match(await t.page.locator('[data-fetched]').innerText(), /0 of 1/);
  await t.page.getByRole('button', { name: 'Cancel' }).click();
  await t.until(() => tempo.log.some((entry) => entry.closedEarly), 'the request to be aborted');
  assert.match(plain(await t.page.locator('[data-basis]').innerText()), /of 1 trace/, 'what was there stays');
});

test('another range has another sample and figures of its own; a failure leaves no older figures beside it', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  finds(tempo);
  const labels = { 'resource.service.name': 'erp-connector', name: 'POST /sync', kind: 'server' };
  const rates = '{ } | rate() by (resource.service.name, name, kind, status)';
  tempo.explore.says('metrics', rates, instant([[{ ...labels, status: 'unset' }, 3]]));
  await t.app.open(site, { across: 'connectors', ...RANGE });
  const sync = async () => (await board(t, true)).find((one) => one.service === 'erp-connector' && one.connector === 'POST /sync');
  await t.until(async () => (await sync())?.range[0] === '450', 'figures of the range');
  tempo.explore.says('metrics', rates, { status: 500, body: 'out of memory' });
  await t.page.getByRole('button', { name: '200', exact: true }).click();
  await t.page.getByText('out of memory').waitFor();
  await t.until(async () => (await sync())?.range[0] === '–', 'no older figure');
  assert.equal(new URL(t.page.url()).searchParams.get('sample'), '200');
  assert.equal(tempo.log.filter((entry) => entry.path === '/api/search').at(-1).query.limit, '200');
});

test('giving up a trace that was opened from a board leads back to it', async (t) => {
  const { tempo } = await openAcross(t, 'connectors', { by: 'erp.system' });
  const searches = () => tempo.log.filter((entry) => entry.path === '/api/search').length;
  const before = searches();
  tempo.on(traceId('slow-erp'), 'hang');
  await t.page.locator('tr[data-connector="dynamics"] .a-name').click();
  await t.page.locator('[data-open-trace]').first().click();
  await t.app.reach('loading');
  await t.page.getByRole('button', { name: 'Cancel' }).click();
  await t.page.locator('tr[data-connector="dynamics"]').waitFor();
  assert.equal(new URL(t.page.url()).searchParams.get('by'), 'erp.system');
  assert.equal(searches(), before, 'nothing is fetched again');
});

test('a trace of the sample that cannot be had is counted; a search that finds none says so', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  finds(tempo, ['erp-error', 'order-full']);
  tempo.on(traceId('erp-error'), { status: 500, body: 'broken' });
  await t.app.open(site, { across: 'connectors', ...RANGE });
  await t.page.locator('[data-connectors]').waitFor();
  assert.match(plain(await t.page.locator('[data-basis]').innerText()), /of 1 trace.*1 could not be had/);
  finds(tempo, []);
  await t.page.getByRole('button', { name: 'Ask again now' }).click();
  await t.page.locator('[data-nothing]').waitFor();
  assert.equal(await t.page.locator('[data-connectors]').count(), 0);
});
