// What is taken along: each format as the browser downloads it, read here by other code (written.mjs) and held against the
// recordings; and opened again.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { commas } from './figures.mjs';
import { test } from './harness.mjs';
import { asFile } from './page.mjs';
import {
  FACTS, comparableReport, criticalPathFaults, expectedReport, fixturePath, headline, otlpJson, rawBatches, selfTime, trace,
  traceId, waterfall,
} from './truth.mjs';
import { groupsOf } from './truth-views.mjs';
import { foundIs, hideService, openView } from './views.mjs';
import { byId, csvRows, spansOfJson, spansOfProtobuf } from './written.mjs';

/** Ordinary, failing, without a root, damaged, with every type, with links. */
const NAMES = ['order-full', 'erp-error', 'orphans-missing-root', 'synthetic-topology', 'synthetic-types', 'linked-label'];

async function openFile(t, site, name, file) {
  await t.app.open(site);
  await t.app.reach('home');
  await t.app.choose(file);
  await t.app.reach('trace');
  await t.until(async () => (await t.app.factText('spans')) === commas(FACTS[name].span_count), `${name} is open`);
}

/** Downloads the line of the menu that says so. */
async function download(t, words, ending, id) {
  const item = await t.app.menuItem(words);
  const [file] = await Promise.all([t.page.waitForEvent('download'), item.click()]);
  assert.equal(file.suggestedFilename(), `${id}.${ending}`);
  return readFileSync(await file.path());
}

const report = async (t, id) => JSON.parse(await download(t, /^Report/, 'report.json', id));

for (const name of NAMES) {
  const id = traceId(name);

  test(`${name} in both forms of OTLP is the recording, and opens as the same`, async (t) => {
    const site = await t.site();
    const want = byId(spansOfJson(otlpJson(name)));
    for (const [words, ending, read] of [
      [/^OTLP protobuf/, 'otlp.pb', spansOfProtobuf],
      [/^OTLP\/JSON/, 'otlp.json', (bytes) => spansOfJson(JSON.parse(bytes))],
    ]) {
      await openFile(t, site, name, fixturePath(name, 'v1.pb'));
      const bytes = await download(t, words, ending, id);
      assert.deepEqual(byId(read(bytes)), want, ending);
      // Under a name that says nothing.
      await openFile(t, site, name, asFile('taken along', bytes));
      const again = await report(t, id);
      assert.deepEqual(comparableReport(again), expectedReport(name), ending);
      assert.deepEqual(criticalPathFaults(name, again), [], ending);
    }
  });

  test(`${name} as Jaeger JSON has each span in whole microseconds, and opens`, async (t) => {
    const site = await t.site();
    await openFile(t, site, name, fixturePath(name, 'v1.pb'));
    const bytes = await download(t, /^Jaeger JSON/, 'jaeger.json', id);
    const { data } = JSON.parse(bytes);
    assert.deepEqual(data.map((one) => one.traceID), [id]);
    const raw = spansOfJson(otlpJson(name));
    assert.equal(data[0].spans.length, raw.length);
    for (const span of raw) assertJaeger(data[0], span);
    await openFile(t, site, name, asFile('taken along', bytes));
    const again = await report(t, id);
    const want = expectedReport(name);
    assert.equal(again.span_count, want.span_count);
    const figures = ({ services, edges, external_edges: external }) => ({
      services: services.map(({ name: service, spans, error_spans: errors }) => [service, spans, errors]),
      edges: edges.map(({ client, server, calls, errors }) => [client, server, calls, errors]),
      external: external.map(({ client, target, calls, errors }) => [client, target, calls, errors]),
    });
    assert.deepEqual(figures(again), figures(want));
    const off = BigInt(again.duration_ns) - BigInt(want.duration_ns);
    assert.ok(off > -2000n && off < 2000n, `${off} ns`);
  });
}

function assertJaeger(document, span) {
  const got = document.spans.find((one) => one.spanID === span.spanId);
  assert.ok(got, span.spanId);
  const took = span.end > span.start ? span.end - span.start : 0n;
  assert.deepEqual([got.operationName, got.startTime, got.duration], [span.name, Number(span.start / 1000n), Number(took / 1000n)]);
  const parents = got.references.filter(({ refType }) => refType === 'CHILD_OF').map(({ spanID }) => spanID);
  assert.deepEqual(parents, span.parentSpanId ? [span.parentSpanId] : []);
  const links = got.references.filter(({ refType }) => refType === 'FOLLOWS_FROM').map(({ traceID, spanID }) => [traceID, spanID]);
  assert.deepEqual(links, span.links.map((link) => [link.traceId, link.spanId]));
  const process = document.processes[got.processID];
  const service = span.resource.attributes.find(([key]) => key === 'service.name')?.[1];
  assert.equal(process.serviceName, service ?? 'OTLPResourceNoServiceName');
  const tag = (key) => got.tags.filter((one) => one.key === key).at(-1);
  assert.equal(tag('span.kind')?.value, [undefined, 'internal', 'server', 'client', 'producer', 'consumer'][span.kind]);
  assert.equal(tag('otel.status_code')?.value, [undefined, 'OK', 'ERROR'][span.status.code]);
  assert.equal(tag('otel.status_description')?.value, span.status.message || undefined);
  const own = span.attributes.map(([key]) => key);
  const tags = got.tags.filter((one) => own.includes(one.key));
  assert.deepEqual(tags.map((one) => one.key), own, 'in their order, those that repeat too');
  span.attributes.forEach(([key, value], at) => {
    const { type, value: said } = tags[at];
    if (typeof value === 'string') assert.deepEqual([type, said], ['string', value], key);
    if (typeof value === 'bigint') assert.deepEqual([type, BigInt(said)], ['int64', value], key);
    if (typeof value === 'boolean') assert.deepEqual([type, said], ['bool', value], key);
  });
  assert.deepEqual(got.logs.map((log) => log.timestamp), span.events.map((event) => Number(event.time / 1000n)));
  const names = got.logs.map((log) => log.fields.find((one) => one.key === 'event')?.value ?? '');
  assert.deepEqual(names, span.events.map((event) => event.name));
}

/** Before the page: what workers answer to these questions is heard so much later. */
function answerLate({ kinds, ms }) {
  const own = Object.getOwnPropertyDescriptor(Worker.prototype, 'onmessage');
  Object.defineProperty(Worker.prototype, 'onmessage', {
    ...own,
    set(listen) {
      own.set.call(this, listen && ((event) => {
        const json = event.data?.json ?? '';
        if (!kinds.some((kind) => json.startsWith(`{"${kind}":`))) listen.call(this, event);
        else setTimeout(() => listen.call(this, event), ms);
      }));
    },
  });
}

for (const [words, ending, idsOf] of [
  [/^OTLP\/JSON/, 'otlp.json', (bytes) => spansOfJson(JSON.parse(bytes)).map((span) => span.traceId)],
  [/^OTLP protobuf/, 'otlp.pb', (bytes) => spansOfProtobuf(bytes).map((span) => span.traceId)],
  [/^Report/, 'report.json', (bytes) => [JSON.parse(bytes).trace_id]],
]) {
  test(`${ending} asked for before another trace opens has the name of what is in it`, async (t) => {
    const site = await t.site();
    await t.page.addInitScript(answerLate, { kinds: ['Export', 'Report'], ms: 2500 });
    await openFile(t, site, 'order-full', fixturePath('order-full', 'v1.pb'));
    const item = await t.app.menuItem(words);
    const coming = t.page.waitForEvent('download');
    await item.click();
    await t.app.choose(fixturePath('get-order', 'v1.pb'));
    await t.until(async () => (await t.app.factText('spans')) === commas(FACTS['get-order'].span_count), 'the other trace');
    const file = await coming;
    const ids = new Set(idsOf(readFileSync(await file.path())));
    assert.deepEqual([...ids], [traceId('order-full')], 'what is in the file');
    assert.equal(file.suggestedFilename(), `${traceId('order-full')}.${ending}`);
  });
}

/** Holds a table against true groups; a row's key is made of its cells. */
function assertTable(rows, truth, keyOf, name) {
  assert.deepEqual(rows.map(keyOf).sort(), [...truth.keys()].sort());
  const whole = BigInt(FACTS[name].critical_path.root_duration_ns);
  for (const row of rows) {
    const want = truth.get(keyOf(row));
    assert.deepEqual([row.count, row.errors], [String(want.count), String(want.errors)], keyOf(row));
    for (const figure of ['total', 'self', 'min', 'mean', 'p50', 'p95', 'p99', 'max']) {
      assert.equal(row[`${figure}_ns`], String(want.ns[figure]), `${keyOf(row)}: ${figure}`);
    }
    assert.equal(row.critical_path_ns, String(want.ns.critical), keyOf(row));
    assert.ok(Math.abs(Number(row.critical_path_share) - Number(want.ns.critical) / Number(whole)) < 1e-6, keyOf(row));
  }
}

test('the statistics are the table as it is shown: grouping, order, hidden services', async (t) => {
  const name = 'order-full';
  const spans = trace(name);
  await openView(t, name, 'stats', { by: 'service' });
  const byService = groupsOf(spans, (span) => span.service);
  const take = async () => csvRows(await download(t, /^Statistics/, 'statistics.csv', traceId(name)));
  assertTable(await take(), byService, (row) => row.service, name);
  const shown = () => t.page.locator('.grid-row').evaluateAll((rows) => rows.map((row) => row.dataset.service));
  // Largest first, then smallest.
  for (const _ of [1, 2]) {
    await t.page.getByRole('columnheader').getByRole('button', { name: 'Count' }).click();
    assert.deepEqual((await take()).map((row) => row.service), await shown());
  }
  await hideService(t, 'order-service');
  await t.until(async () => !(await shown()).includes('order-service'), 'the service is gone');
  const rest = new Map([...byService].filter(([service]) => service !== 'order-service'));
  assertTable(await take(), rest, (row) => row.service, name);
});

test('the statistics are offered where the table was never shown', async (t) => {
  const name = 'order-full';
  await openView(t, name, 'timeline', { by: 'status' });
  const rows = csvRows(await download(t, /^Statistics/, 'statistics.csv', traceId(name)));
  assertTable(rows, groupsOf(trace(name), (span) => span.status.replace('STATUS_CODE_', '')), (row) => row.status, name);
});

/** A row against the recorded span. */
function assertSpan(row, span, name) {
  const { start, root } = headline(name);
  const raw = rawBatches(name).flatMap((batch) => batch.scopeSpans.flatMap((scoped) => scoped.spans))
    .find((one) => Buffer.from(one.spanId, 'base64').toString('hex') === span.id);
  assert.deepEqual(
    [row.trace_id, row.parent_span_id, row.service, row.name, row.kind, row.status, row.status_message],
    [traceId(name), span.parent, span.service, span.name, span.kind, span.status.replace('STATUS_CODE_', ''), span.message],
    span.id,
  );
  assert.deepEqual([row.start_unix_nano, row.start_ns, row.duration_ns], [span.start, span.start - start, span.end - span.start].map(String), span.id);
  assert.equal(row.start_utc, new Date(Number(span.start / 1_000_000n)).toISOString(), span.id);
  assert.equal(row.self_ns, String(selfTime(trace(name), span.id)), span.id);
  const top = FACTS[name].critical_path.top.find((one) => one.span_id === span.id);
  if (top) {
    assert.equal(row.critical_path_ns, String(top.on_path_self_ns), span.id);
    assert.ok(Math.abs(Number(row.critical_path_share) - top.on_path_self_ns / Number(root.end - root.start)) < 1e-6, span.id);
  }
  const said = JSON.parse(row.attributes);
  assert.deepEqual(Object.keys(said).sort(), [...new Set((raw.attributes ?? []).map(({ key }) => key))].sort(), span.id);
  for (const { key, value } of raw.attributes ?? []) {
    if (value.stringValue !== undefined) assert.equal(said[key], value.stringValue, `${span.id} ${key}`);
    if (value.intValue !== undefined) assert.equal(String(said[key]), String(value.intValue), `${span.id} ${key}`);
  }
}

const inWindow = (name, t0, t1) => (span) => span.start - headline(name).start <= t1 && span.end - headline(name).start >= t0;

test('the spans in view are those of the window, folded ones among them, and find marks its own', async (t) => {
  const name = 'order-full';
  const rows = waterfall(trace(name));
  const site = await openView(t, name, 'timeline');
  const take = async () => csvRows(await download(t, /^Spans in view/, 'spans.csv', traceId(name)));
  const all = await take();
  assert.ok((await t.app.rowCount()) < rows.length, 'something is folded');
  assert.deepEqual(all.map((row) => row.span_id), rows.map((row) => row.id), 'every span, as the waterfall has them');
  assert.equal('found' in all[0], false);
  all.forEach((row, at) => assertSpan(row, rows[at], name));

  const [t0, t1] = [20_000_000n, 60_000_000n];
  await openView(t, name, 'timeline', { t0, t1, find: 'service=order-service' }, site);
  const orders = rows.filter((row) => row.service === 'order-service');
  await foundIs(t, orders.length);
  const inside = rows.filter(inWindow(name, t0, t1));
  assert.ok(inside.length > 0 && inside.length < rows.length, `${inside.length} of ${rows.length}`);
  const some = await take();
  assert.deepEqual(some.map((row) => row.span_id), inside.map((row) => row.id));
  assert.deepEqual(some.map((row) => row.found), inside.map((row) => String(row.service === 'order-service')));
});

test('what is hidden, out of focus or below a collapsed row is not in view', async (t) => {
  const name = 'order-full';
  const rows = waterfall(trace(name));
  const site = await openView(t, name, 'timeline', { only: 'order-service' });
  const take = async () => csvRows(await download(t, /^Spans in view/, 'spans.csv', traceId(name)));
  assert.deepEqual((await take()).map((row) => row.span_id), rows.filter((row) => row.service === 'order-service').map((row) => row.id));
  const root = rows.find((row) => row.children.length > 0);
  const focus = rows.find((row) => row.depth === 3 && row.children.length > 0);
  const at = rows.indexOf(focus);
  const after = rows.findIndex((row, index) => index > at && row.depth <= focus.depth);
  const below = rows.slice(at, after < 0 ? rows.length : after);
  await openView(t, name, 'timeline', { focus: focus.id }, site);
  assert.deepEqual((await take()).map((row) => row.span_id), below.map((row) => row.id));
  await openView(t, name, 'timeline', {}, site);
  await t.app.select(root.id);
  await t.page.keyboard.press('ArrowLeft');
  await t.until(async () => (await t.app.rowCount()) < 5, 'the root is collapsed');
  assert.deepEqual((await take()).map((row) => row.span_id), [root.id]);
});

/** A trace in which whatever can hold text holds what spreadsheets, pages and parsers stumble over. */
function hostileTrace(texts) {
  const attribute = (key, text) => ({ key, value: { stringValue: text } });
  const spans = texts.map((text, at) => ({
    traceId: 'ab'.repeat(16),
    spanId: (at + 1).toString(16).padStart(16, '0'),
    name: text,
    kind: 1,
    startTimeUnixNano: String(1_000_000 + at),
    endTimeUnixNano: String(2_000_000 + at),
    attributes: [attribute('text', text), { key: 'nan', value: { doubleValue: 'NaN' } }, { key: 'least', value: { intValue: '-9223372036854775808' } }],
    events: [{ timeUnixNano: '1500000', name: text, attributes: [attribute('text', text)] }],
    status: { code: 2, message: text },
  }));
  return { resourceSpans: [{ resource: { attributes: [attribute('service.name', '=cmd|calc')] }, scopeSpans: [{ scope: { name: 'a"b' }, spans }] }] };
}

test('hostile texts arrive whole in every format, and no cell is a formula', async (t) => {
  const texts = ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', 'a,"b"\r\nc', '</script><script>alert(1)</script>', '\u0000\u0001\u001b', '\u2028\ufeff𝕊', 'x'.repeat(1 << 20)];
  const site = await t.site();
  const document = hostileTrace(texts);
  const id = 'ab'.repeat(16);
  await t.app.open(site);
  await t.app.reach('home');
  await t.app.choose(asFile('hostile.json', JSON.stringify(document)));
  await t.app.reach('trace');
  const want = byId(spansOfJson(document));
  assert.deepEqual(byId(spansOfProtobuf(await download(t, /^OTLP protobuf/, 'otlp.pb', id))), want);
  assert.deepEqual(byId(spansOfJson(JSON.parse(await download(t, /^OTLP\/JSON/, 'otlp.json', id)))), want);
  const [jaeger] = JSON.parse(await download(t, /^Jaeger JSON/, 'jaeger.json', id)).data;
  assert.deepEqual(jaeger.spans.map((span) => span.operationName), texts);
  const rows = csvRows(await download(t, /^Spans in view/, 'spans.csv', id));
  const safe = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
  assert.deepEqual(new Set(rows.map((row) => row.name)), new Set(texts.map(safe)));
  assert.ok(rows.every((row) => row.service === "'=cmd|calc"));
  assert.deepEqual(new Set(rows.map((row) => JSON.parse(row.attributes).text)), new Set(texts), 'inside the JSON as it is');
  const table = csvRows(await download(t, /^Statistics/, 'statistics.csv', id));
  for (const cell of [...rows, ...table].flatMap(Object.values)) assert.doesNotMatch(cell, /^[=+\-@\t\r]/);
});

test('traces side by side are written each under its own id', async (t) => {
  const [one, other] = ['lost-queue', 'linked-label'];
  const { site } = await t.tempoSite();
  const both = { resourceSpans: [one, other].flatMap((name) => otlpJson(name).resourceSpans) };
  await t.app.open(site, { trace: traceId(one), beside: traceId(other) });
  await t.app.reach('trace');
  await t.page.locator('[data-beside]').waitFor();
  const want = byId(spansOfJson(both));
  assert.deepEqual(byId(spansOfProtobuf(await download(t, /^OTLP protobuf/, 'otlp.pb', traceId(one)))), want);
  assert.deepEqual(byId(spansOfJson(JSON.parse(await download(t, /^OTLP\/JSON/, 'otlp.json', traceId(one))))), want);
  const { data } = JSON.parse(await download(t, /^Jaeger JSON/, 'jaeger.json', traceId(one)));
  assert.deepEqual(data.map((document) => document.traceID).sort(), [traceId(one), traceId(other)].sort());
  const rows = csvRows(await download(t, /^Spans in view/, 'spans.csv', traceId(one)));
  const ids = [one, other].flatMap((name) => trace(name).map((span) => `${traceId(name)} ${span.id}`));
  assert.deepEqual(rows.map((row) => `${row.trace_id} ${row.span_id}`).sort(), ids.sort());
});

test('the menu is worked by keyboard', async (t) => {
  const name = 'erp-error';
  await openView(t, name, 'timeline');
  await t.app.downloadButton().focus();
  await t.page.keyboard.press('Enter');
  const words = ['Hand over…', 'Picture…', 'Report', 'As received', 'OTLP protobuf', 'OTLP/JSON', 'Jaeger JSON', 'Statistics as CSV', 'Spans in view as CSV', 'Copy summary', 'Copy link'];
  for (const word of words.slice(0, 7)) {
    await t.page.keyboard.press('Tab');
    const focused = await t.page.evaluate(() => document.activeElement.querySelector('span')?.textContent);
    assert.equal(focused, word);
  }
  const [file] = await Promise.all([t.page.waitForEvent('download'), t.page.keyboard.press('Enter')]);
  assert.equal(file.suggestedFilename(), `${traceId(name)}.jaeger.json`);
  const lines = await t.page.locator('.appbar details li button > span:first-child').allTextContents();
  assert.deepEqual(lines.filter((line) => words.includes(line)), words);
});
