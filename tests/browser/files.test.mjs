// Files: every way in, every format, broken ones, sets of traces. Nothing of a local file may leave the machine.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { commas, plain } from './figures.mjs';
import { FAILED_REQUEST, test } from './harness.mjs';
import { asFile } from './page.mjs';
import { FIXTURES } from './server.mjs';
import {
  FACTS, comparableReport, criticalPathFaults, expectedReport, fixturePath, fixtureQuery, headline, otlpJson, trace, traceId,
  waterfall,
} from './truth.mjs';

async function assertShows(t, name, what = name) {
  await t.app.reach('trace');
  const facts = FACTS[name];
  await t.until(async () => (await t.app.factText('spans')) === commas(facts.span_count), `${what}: ${facts.span_count} spans`);
  assert.equal(await t.app.factText('services'), commas(facts.service_count), `${what}: services`);
  assert.equal(await t.app.factText('depth'), commas(facts.max_depth), `${what}: depth`);
  assert.equal(await t.app.factText('errors'), commas(facts.error_span_count), `${what}: errors`);
  assert.ok((await t.app.factText('trace')).includes(traceId(name)), `${what}: trace id`);
}

async function home(t, options) {
  const site = await t.site(options);
  await t.app.open(site);
  await t.app.reach('home');
  return site;
}

test('a file chosen in the picker opens', async (t) => {
  await home(t);
  await t.app.choose(fixturePath('erp-error', 'v2.json'));
  await assertShows(t, 'erp-error');
});

test('a file dropped on the home page opens', async (t) => {
  await home(t);
  const drop = await t.app.drop([fixturePath('erp-error', 'v1.pb')]);
  await t.until(async () => /drop to open/i.test(await t.app.text()), 'the drop target');
  await drop.finish();
  await assertShows(t, 'erp-error');
  assert.doesNotMatch(await t.app.text(), /drop to open/i);
});

test('a file dropped on an open trace replaces it', async (t) => {
  await home(t);
  await t.app.choose(fixturePath('get-order', 'v1.pb'));
  await assertShows(t, 'get-order');
  await (await t.app.drop([fixturePath('payment-declined', 'v2.json')])).finish();
  await assertShows(t, 'payment-declined');
});

test('pasted JSON opens', async (t) => {
  await home(t);
  await t.app.paste(readFileSync(fixturePath('get-order-404', 'v2.json'), 'utf8'));
  await assertShows(t, 'get-order-404');
});

test('?file= opens a file of the page\'s own origin', async (t) => {
  const site = await t.site();
  await t.app.open(site, { file: fixtureQuery('quotes-fanout', 'v2.json') });
  await assertShows(t, 'quotes-fanout');
});

test('?file= that is not there says so, with status and name', { allow: [FAILED_REQUEST] }, async (t) => {
  await t.app.open(await t.site(), { file: 'samples/not-there.json' });
  await t.app.reach('failure');
  const text = await t.app.text();
  assert.match(text, /404/);
  assert.match(text, /not-there\.json/);
});

const FORMATS = {
  'OTLP/JSON of Tempo v1': ['get-order', 'v1.json'],
  'OTLP/JSON of Tempo v2': ['order-full', 'v2.json'],
  'standard OTLP/JSON': ['order-full', 'conv.otlp.json'],
  'OTLP protobuf': ['order-full', 'v1.pb'],
  'Tempo v2 protobuf': ['get-order', 'v2.pb'],
  'Jaeger JSON': ['order-full', 'conv.jaeger.json'],
  'Zipkin JSON': ['order-full', 'conv.zipkin.json'],
  'gzipped protobuf': ['import-5k', 'v1.pb.gz'],
  'gzipped OTLP/JSON': ['import-5k', 'conv.otlp.json.gz'],
};
for (const [format, [name, file]] of Object.entries(FORMATS)) {
  test(`${format} is recognised by its content`, async (t) => {
    await home(t);
    const bytes = readFileSync(fixturePath(name, file.replace(/\.gz$/, '')));
    // A name that says nothing, so that only the content can tell.
    await t.app.choose(asFile('download', bytes));
    await assertShows(t, name, format);
  });
}

test('nothing of a local file leaves the page', async (t) => {
  const site = await home(t);
  const before = site.log.length;
  const seen = [];
  t.context.on('request', (request) => seen.push({ url: request.url(), method: request.method(), body: request.postData() }));
  await t.app.choose(fixturePath('order-full', 'v2.json'));
  await assertShows(t, 'order-full');
  await t.app.find().fill('error');
  await t.page.waitForTimeout(300);
  for (const request of seen) {
    if (request.url.startsWith('blob:') || request.url.startsWith('data:')) continue;
    assert.equal(request.method, 'GET', request.url);
    assert.equal(request.body, null, request.url);
    // The worker's own script and program may still be fetched; nothing else has a reason to be.
    assert.match(new URL(request.url).pathname, /\.(js|wasm|css|svg)$/, request.url);
    assert.equal(new URL(request.url).search, '', request.url);
  }
  for (const entry of site.log.slice(before)) assert.equal(entry.method, 'GET', entry.path);
});

// Broken files

/** JSON cut in the middle of the span that follows `whole` complete ones. */
function cutAfter(name, whole) {
  const bytes = readFileSync(fixturePath(name, 'conv.otlp.json'));
  const at = bytes.indexOf(`"spanId":"${trace(name)[whole].id}"`);
  assert.ok(at > 0);
  return bytes.subarray(0, at + 60);
}

test('JSON that stops in the middle: format, offset, what was kept, and it opens', async (t) => {
  const whole = 100;
  const bytes = cutAfter('order-full', whole);
  await home(t);
  await t.app.choose(asFile('stopped.json', bytes));
  const screen = await t.app.reach(['failure', 'trace']);
  const text = await t.app.text();
  if (screen === 'failure') {
    assert.match(text, /stopped\.json/);
    assert.match(text, /OTLP/);
    assert.match(text.replaceAll(',', ''), new RegExp(`\\b${bytes.length}\\b`), 'byte offset');
    assert.match(text, new RegExp(`\\b${whole}\\b`), 'spans kept');
    await t.page.getByRole('button', { name: /open the/i }).click();
    await t.app.reach('trace');
  }
  await t.until(async () => (await t.app.factText('spans')) === String(whole), `${whole} spans`);
  assert.match(await t.app.banner(), /cut|stop|end|incomplete|truncated/i, 'a banner says that the file is cut');
});

test('protobuf that stops in the middle keeps what was complete', async (t) => {
  const bytes = readFileSync(fixturePath('order-full', 'v1.pb'));
  const cut = bytes.subarray(0, Math.floor(bytes.length * 0.6));
  await home(t);
  await t.app.choose(asFile('stopped.pb', cut));
  const screen = await t.app.reach(['failure', 'trace']);
  if (screen === 'failure') {
    assert.match(await t.app.text(), /protobuf/i);
    await t.page.getByRole('button', { name: /open the/i }).click();
    await t.app.reach('trace');
  }
  const spans = Number((await t.app.factText('spans')).replaceAll(',', ''));
  assert.ok(spans > 50 && spans < 147, `${spans} spans`);
  assert.ok(await t.app.banner(), 'a banner says that the file is cut');
});

test('gzip that stops in the middle keeps what was complete or says why not', async (t) => {
  const bytes = gzipSync(readFileSync(fixturePath('order-full', 'conv.otlp.json')));
  await home(t);
  await t.app.choose(asFile('stopped.json.gz', bytes.subarray(0, Math.floor(bytes.length * 0.7))));
  const screen = await t.app.reach(['failure', 'trace']);
  const text = screen === 'failure' ? await t.app.text() : await t.app.banner();
  assert.match(text ?? '', /gzip|cut|stop|end|incomplete|truncated/i);
});

const UNREADABLE = {
  'plain words': [Buffer.from('hello, this is not a trace\n'), /.+/],
  'an image': [Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(400, 7)]), /.+/],
  'random bytes': [Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 197 + (i >> 3) * 31 + 255) & 255)), /.+/],
  'an HTML page': [Buffer.from('<!doctype html><html><head><title>Sign in</title></head><body>Sign in</body></html>'), /HTML|page/i],
  'an empty file': [Buffer.alloc(0), /empty|0 B|no bytes|nothing/i],
  'other JSON': [Buffer.from('{"name":"spanloom","version":"1.0.0"}'), /JSON/i],
  'JSON with an error inside': [Buffer.from('{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":}]}]}]}'), /JSON/i],
  'logs only': [Buffer.from('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}\n'), /log|no spans?|no trace/i],
};
for (const [what, [bytes, says]] of Object.entries(UNREADABLE)) {
  test(`${what}: one clear sentence, and the page goes on`, async (t) => {
    await home(t);
    await t.app.choose(asFile('unreadable.bin', bytes));
    await t.app.reach('failure');
    const main = await t.app.main.innerText();
    assert.match(main, /unreadable\.bin/, 'names the file');
    assert.match(main, says);
    assert.ok((await t.app.main.locator('h2, h3').first().innerText()).trim().length > 5, 'a title');
    assert.doesNotMatch(main, /panicked|unwrap|undefined|NaN|\[object/i);
    await t.app.choose(fixturePath('get-order', 'v1.pb'));
    await assertShows(t, 'get-order');
  });
}

test('a broken file does not take away the trace that is open', async (t) => {
  await home(t);
  await t.app.choose(fixturePath('get-order', 'v1.pb'));
  await assertShows(t, 'get-order');
  await t.app.choose(asFile('unreadable.bin', 'no trace in here'));
  await t.app.reach('failure');
  await t.page.goBack();
  await t.until(async () => ['trace', 'home', 'failure'].includes(await t.app.screen()), 'some screen');
});

// Sets of traces

const SET = ['get-order', 'erp-error', 'linked-label', 'label-error', 'order-full', 'payment-declined'];

function jsonLines(names) {
  return names.map((name) => JSON.stringify(otlpJson(name))).join('\n');
}

async function openList(t, bytes = jsonLines(SET)) {
  await home(t);
  await t.app.choose(asFile('traces.jsonl', bytes));
  await t.app.reach('list');
  await t.page.locator('[data-screen=list] [role=row][data-trace]').first().waitFor();
}

const listRow = (t, name) => t.page.locator(`[data-screen=list] [role=row][data-trace="${traceId(name)}"]`);

test('JSON Lines with several traces become a list with true figures', async (t) => {
  await openList(t);
  assert.equal(await t.page.locator('[data-screen=list] [role=row][data-trace]').count(), SET.length);
  for (const name of SET) {
    const text = (await listRow(t, name).innerText()).replace(/\s+/g, ' ');
    const facts = FACTS[name];
    for (const figure of [facts.span_count, facts.service_count]) {
      assert.match(text, new RegExp(`(^|\\D)${commas(figure)}(\\D|$)`), `${name}: ${figure} in ${text}`);
    }
    if (facts.error_span_count) assert.match(text, new RegExp(`(^|\\D)${facts.error_span_count}(\\D|$)`), `${name}: errors`);
    assert.ok(text.includes(facts.roots[0].service), `${name}: ${facts.roots[0].service} in ${text}`);
  }
});

test('a trace of a list opens, and back returns to the list', async (t) => {
  await openList(t);
  await listRow(t, 'erp-error').click();
  if ((await t.app.screen()) === 'list') await listRow(t, 'erp-error').press('Enter').catch(() => {});
  await assertShows(t, 'erp-error');
  await t.page.goBack();
  await t.app.reach('list');
  await listRow(t, 'order-full').waitFor();
});

test('a list with only one trace opens it at once', async (t) => {
  await home(t);
  await t.app.choose(asFile('one.jsonl', `${jsonLines(['get-order'])}\n`));
  await assertShows(t, 'get-order');
});

test('files dropped together are one set', async (t) => {
  await home(t);
  const drop = await t.app.drop(['get-order', 'erp-error'].map((name) => fixturePath(name, 'v1.pb')));
  await drop.finish();
  await t.app.reach('list');
  await listRow(t, 'get-order').waitFor();
  await listRow(t, 'erp-error').waitFor();
});

test('spans of one trace join across files', async (t) => {
  const { resourceSpans } = otlpJson('order-full');
  await home(t);
  await t.app.choose([
    asFile('first.json', JSON.stringify({ resourceSpans: resourceSpans.slice(0, 5) })),
    asFile('second.json', JSON.stringify({ resourceSpans: resourceSpans.slice(5) })),
  ]);
  await assertShows(t, 'order-full');
});

test('lines of logs between traces are skipped and counted', async (t) => {
  const logs = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}';
  await openList(t, [jsonLines(['get-order']), logs, jsonLines(['erp-error']), logs].join('\n'));
  assert.equal(await t.page.locator('[data-screen=list] [role=row][data-trace]').count(), 2);
  assert.match(await t.app.text(), /\b2\b[^.]{0,40}(skipped|logs?|left out)|(skipped|logs?|left out)[^.]{0,40}\b2\b/i);
});

// A link to a local file's view

test('a reloaded view of a local file says which file it needs, and comes back with it', async (t) => {
  await home(t);
  await t.app.choose(fixturePath('erp-error', 'v2.json'));
  await assertShows(t, 'erp-error');
  await t.app.showEveryRow();
  const span = waterfall(trace('erp-error'))[3];
  await t.app.select(span.id);
  await t.until(() => t.app.query().get('span') === span.id, 'the span in the URL');
  await t.page.reload();
  await t.until(async () => /v2\.json/.test(await t.app.text()), 'the file\'s name');
  assert.notEqual(await t.app.screen(), 'trace');
  await (await t.app.drop([fixturePath('erp-error', 'v2.json')])).finish();
  await assertShows(t, 'erp-error');
  await t.until(async () => (await t.app.selectedId()) === span.id, 'the span selected again');
});

// Downloads

async function download(t, name) {
  const item = await t.app.menuItem(name);
  const [file] = await Promise.all([t.page.waitForEvent('download'), item.click()]);
  return readFileSync(await file.path());
}

test('the trace can be downloaded as it was received and as standard OTLP/JSON', async (t) => {
  await home(t);
  const bytes = readFileSync(fixturePath('erp-error', 'v1.pb'));
  await t.app.choose(asFile('erp.pb', bytes));
  await assertShows(t, 'erp-error');
  assert.ok((await download(t, /received/i)).equals(bytes), 'byte for byte');
  const otlp = JSON.parse(await download(t, /OTLP\/JSON/));
  const want = otlpJson('erp-error').resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans));
  const got = otlp.resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans));
  assert.deepEqual(got.map((span) => span.spanId).sort(), want.map((span) => span.spanId).sort());
  const one = want.find((span) => span.status?.message);
  const same = got.find((span) => span.spanId === one.spanId);
  for (const key of ['traceId', 'parentSpanId', 'name', 'kind']) assert.equal(same[key], one[key], key);
  assert.equal(String(same.startTimeUnixNano), one.startTimeUnixNano);
  assert.deepEqual(same.status, one.status);
  const keys = (span) => span.attributes.map(({ key }) => key).sort();
  assert.deepEqual(keys(same), keys(one));
});

test('the report can be downloaded, and is true', async (t) => {
  await home(t);
  await t.app.choose(fixturePath('erp-error', 'v2.json'));
  await assertShows(t, 'erp-error');
  const report = JSON.parse(await download(t, /report/i));
  assert.deepEqual(comparableReport(report), expectedReport('erp-error'));
  assert.deepEqual(criticalPathFaults('erp-error', report), []);
});

for (const file of ['file-exporter.jsonl.gz', 'file-exporter.pb']) {
  test(`${file}, every span three times: list and opened trace have the same figures`, async (t) => {
    await home(t);
    await t.app.choose(path.join(FIXTURES, 'collector', file));
    await t.app.reach('list');
    for (const name of ['get-order', 'order-full', 'linked-label', 'synthetic-topology', 'import-5k']) {
      const facts = FACTS[name];
      await listRow(t, name).waitFor();
      const read = (attribute) => listRow(t, name).locator(`[${attribute}]`).first().getAttribute(attribute);
      assert.equal(await read('data-spans'), String(facts.span_count), `${name}: spans of the list`);
      assert.equal(await read('data-repeats'), String(2 * facts.span_count), `${name}: repeats of the list`);
      assert.equal(await read('data-ns'), String(facts.duration_ns), `${name}: duration of the list`);
      const start = plain(await listRow(t, name).locator('[role=gridcell]').nth(1).innerText());
      const repeats = `${commas(2 * facts.span_count)} repeats`;
      assert.ok(plain(await listRow(t, name).innerText()).includes(repeats), `${name}: ${repeats}`);
      await listRow(t, name).click();
      await assertShows(t, name);
      assert.equal(await t.app.factNs('duration'), String(facts.duration_ns), `${name}: duration of the header`);
      assert.ok((await t.app.factText('start')).startsWith(start), `${name}: start ${start}`);
      assert.equal(await t.app.factText('repeats'), repeats, name);
      await t.page.goBack();
      await t.app.reach('list');
    }
  });
}

test('a trace of days reads in days and hours, header and ruler', async (t) => {
  await home(t);
  await t.app.choose(path.join(FIXTURES, 'reports', 'days.json'));
  await t.app.reach('trace');
  await t.app.rowsShown();
  assert.equal(await t.app.factText('duration'), '3 d 04 h');
  const text = await t.app.text();
  assert.match(text, /\b\d d\b/);
  assert.doesNotMatch(text, /\d,000 s\b/);
});

test('the summary is five lines of Markdown with root, UTC start, duration, first failure and link', async (t) => {
  await home(t);
  await t.app.choose(fixturePath('erp-error', 'v2.json'));
  await assertShows(t, 'erp-error');
  // The clipboard is the browser's: a test before this one may have left something in it.
  await t.page.evaluate(() => navigator.clipboard.writeText(''));
  await (await t.app.menuItem(/summary/i)).click();
  const text = await t.until(() => t.page.evaluate(() => navigator.clipboard.readText()), 'the clipboard');
  const { root, start, durationNs } = headline('erp-error');
  assert.ok(text.trim().split('\n').length <= 6, text);
  assert.ok(text.includes(root.service) && text.includes('/orders'), text);
  const at = new Date(Number(start / 1_000_000n)).toISOString();
  assert.ok(text.includes(at.slice(0, 10)) && text.includes(at.slice(11, 19)), `${at} in ${text}`);
  const line = text.split('\n').find((one) => /duration|took| s\b| ms\b/.test(one));
  assert.ok(line.includes(String(Math.round(Number(durationNs) / 1e6))), `${durationNs} ns in ${text}`);
  assert.match(text, /ABAP dump/, 'the message of the failing span');
  assert.match(text, /http:\/\/127\.0\.0\.1:\d+\/sub\//, 'the link');
});

test('the link to the view is the address', async (t) => {
  const site = await home(t);
  await t.app.open(site, { file: fixtureQuery('erp-error', 'v2.json'), find: 'error' });
  await assertShows(t, 'erp-error');
  await (await t.app.menuItem(/copy link/i)).click();
  const link = await t.until(() => t.page.evaluate(() => navigator.clipboard.readText()), 'the clipboard');
  const copied = new URL(link);
  assert.equal(copied.origin + copied.pathname, site.base);
  assert.equal(copied.searchParams.get('file'), fixtureQuery('erp-error', 'v2.json'));
  assert.equal(copied.searchParams.get('find'), 'error');
});

test('gzipped import: as received is the gzip itself', async (t) => {
  await home(t);
  const bytes = readFileSync(fixturePath('import-5k', 'v1.pb'));
  await t.app.choose(asFile('import.pb.gz', bytes));
  await assertShows(t, 'import-5k');
  const got = await download(t, /received/i);
  assert.ok(got.equals(bytes) || got.equals(gunzipSync(bytes)));
});
