// The host-page messages, and the report they give, against facts.json for every recorded trace.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { test } from './harness.mjs';
import { traceBody, traceNames } from './tempo.mjs';
import {
  FACTS, SAMPLES, comparableReport, criticalPathFaults, expectedReport, fixturePath, otlpJson, sampleQuery, trace, traceId, waterfall,
} from './truth.mjs';

async function home(t) {
  const site = await t.site();
  await t.app.open(site);
  await t.app.reach('home');
  return site;
}

async function openByMessage(t, name, data) {
  const bytes = Buffer.isBuffer(data);
  const answer = await t.app.post(bytes ? { type: 'open', name } : { type: 'open', name, data }, bytes ? data : null);
  assert.equal(answer.type, 'opened', JSON.stringify(answer).slice(0, 300));
  return answer;
}

async function assertReport(t, name) {
  const { type, report } = await t.app.post({ type: 'report' });
  assert.equal(type, 'report');
  assert.deepEqual(comparableReport(report), expectedReport(name), name);
  assert.deepEqual(criticalPathFaults(name, report), [], `${name}: critical path`);
  assert.ok(Array.isArray(report.warnings) && Array.isArray(report.findings), `${name}: warnings and findings`);
  for (const warning of report.warnings) {
    assert.equal(typeof warning.kind, 'string');
    assert.equal(typeof warning.message, 'string');
  }
  return report;
}

test('ping is answered with the version', async (t) => {
  await home(t);
  const answer = await t.app.post({ type: 'ping' });
  assert.equal(answer.type, 'pong');
  assert.match(String(answer.version), /^\d/);
});

test('open with bytes and with text, then the page shows it', async (t) => {
  await home(t);
  const opened = await openByMessage(t, 'erp.pb', readFileSync(fixturePath('erp-error', 'v1.pb')));
  assert.deepEqual([opened.trace_id, opened.span_count], [traceId('erp-error'), 79]);
  await t.app.reach('trace');
  await t.until(async () => (await t.app.factText('spans')) === '79', '79 spans');
  const text = await openByMessage(t, 'full.json', readFileSync(fixturePath('order-full', 'v2.json'), 'utf8'));
  assert.deepEqual([text.trace_id, text.span_count], [traceId('order-full'), 147]);
  await t.until(async () => (await t.app.factText('spans')) === '147', '147 spans');
});

test('the report of every recorded trace is true', async (t) => {
  await home(t);
  for (const name of traceNames()) {
    await openByMessage(t, `${name}.pb`, traceBody(name, true, true));
    const report = await assertReport(t, name);
    const facts = FACTS[name];
    if (facts.orphan_count + facts.unreachable_spans > 0) assert.ok(report.warnings.length > 0, `${name}: a warning`);
  }
});

test('the report is the same whatever the format', async (t) => {
  await home(t);
  for (const name of ['get-order', 'order-full', 'linked-label']) {
    for (const [file, data] of [
      ['v1.json', traceBody(name, false, false).toString()],
      ['v2.json', traceBody(name, true, false).toString()],
      ['otlp.json', JSON.stringify(otlpJson(name))],
      ['conv.otlp.json', readFileSync(fixturePath(name, 'conv.otlp.json'), 'utf8')],
    ]) {
      await openByMessage(t, `${name}-${file}`, data);
      await assertReport(t, name);
    }
  }
});

test('what the header shows is what the report says', async (t) => {
  const site = await t.site();
  for (const name of SAMPLES) {
    await t.app.open(site, { file: sampleQuery(name) });
    await t.app.reach('trace');
    await t.app.rowsShown();
    const report = await assertReport(t, name);
    const shown = async (fact) => Number((await t.app.factText(fact)).replaceAll(',', ''));
    assert.equal(await shown('warnings'), report.warnings.length, `${name}: warnings`);
    assert.equal(await shown('errors'), report.error_span_count, `${name}: errors`);
    assert.equal(await shown('depth'), report.max_depth, `${name}: depth`);
    assert.equal(await t.app.factNs('duration'), report.duration_ns, `${name}: duration`);
  }
});

test('open chooses a trace of several by trace=', async (t) => {
  await home(t);
  const data = ['get-order', 'erp-error'].map((name) => JSON.stringify(otlpJson(name))).join('\n');
  const answer = await t.app.post({ type: 'open', name: 'two.jsonl', data, trace: traceId('erp-error') });
  assert.deepEqual([answer.type, answer.trace_id, answer.span_count], ['opened', traceId('erp-error'), 79]);
  await assertReport(t, 'erp-error');
});

test('what cannot be opened is answered with an error', async (t) => {
  await home(t);
  for (const data of ['not a trace', '', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":}]}]}]}']) {
    const answer = await t.app.post({ type: 'open', name: 'bad.json', data });
    assert.equal(answer.type, 'error', JSON.stringify(answer));
    assert.ok(answer.message.length > 10, answer.message);
  }
  const opened = await openByMessage(t, 'good.pb', readFileSync(fixturePath('get-order', 'v1.pb')));
  assert.equal(opened.span_count, 23);
});

test('an error carries what the page shows, in parts', async (t) => {
  await home(t);
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: '00f067aa0ba902b7', name: 'a', startTimeUnixNano: '1', endTimeUnixNano: '2' };
  const whole = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span, span] }] }] });
  const cut = whole.slice(0, whole.lastIndexOf('"spanId"'));
  const logs = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{}, {}, {}] }] }] });
  const wrong = '{"resourceSpans":[{"scopeSpans":"no"}]}';
  const none = { log_records: 0, metrics: 0 };
  for (const [data, wanted] of [
    [wrong, { format: 'OTLP/JSON', byte: wrong.indexOf('"no"'), field: 'resourceSpans[0].scopeSpans', spans: 0, skipped: none }],
    [cut, { format: 'OTLP/JSON', byte: cut.length, spans: 1, skipped: none }],
    [logs, { format: 'OTLP/JSON', byte: null, field: null, spans: 0, skipped: { log_records: 3, metrics: 0 } }],
    ['no trace at all', { format: null, byte: 0, field: null, spans: 0, skipped: none }],
  ]) {
    const { type, message, detail } = await t.app.post({ type: 'open', name: 'bad.json', data });
    assert.equal(type, 'error');
    assert.deepEqual(Object.keys(detail).sort(), ['byte', 'field', 'format', 'sentence', 'skipped', 'spans'], message);
    for (const [key, value] of Object.entries(wanted)) assert.deepEqual(detail[key], value, `${key} of ${data}: ${JSON.stringify(detail)}`);
    await t.app.reach('failure');
    const text = (await t.app.text()).replace(/\s+/g, ' ');
    assert.ok(text.includes(detail.sentence.replaceAll('`', '')), `${detail.sentence}\n${text}`);
  }
});

test('a report without a trace, and an unknown message, are errors', async (t) => {
  await home(t);
  assert.equal((await t.app.post({ type: 'report' })).type, 'error');
  assert.equal((await t.app.post({ type: 'no-such-thing' })).type, 'error');
});

test('two opens at once are each answered under their own id', async (t) => {
  await home(t);
  const answers = await Promise.all([
    t.app.post({ type: 'open', name: 'a.pb' }, readFileSync(fixturePath('get-order', 'v1.pb'))),
    t.app.post({ type: 'open', name: 'b.pb' }, readFileSync(fixturePath('lost-queue', 'v1.pb'))),
  ]);
  assert.ok(answers.every((answer) => ['opened', 'error'].includes(answer.type)), JSON.stringify(answers));
  assert.deepEqual([answers[1].type, answers[1].span_count], ['opened', 3], 'the last one wins');
  await t.until(async () => (await t.app.factText('spans')) === '3', '3 spans');
});

test('an answer is never answered', async (t) => {
  await home(t);
  const heard = await t.page.evaluate(
    () =>
      new Promise((resolve) => {
        const seen = [];
        addEventListener('message', (event) => seen.push(event.data?.type));
        for (const message of [
          { spanloom: 1, id: 'x', type: 'pong', version: '0' },
          { spanloom: 1, id: 'x', type: 'report', report: {} },
          { spanloom: 1, id: 'x', type: 'error', message: 'no' },
          { spanloom: 1, id: 'x', type: 'ping', version: '0' },
          { something: 'else' },
          'text',
          null,
        ]) postMessage(message, location.origin);
        setTimeout(() => resolve(seen), 400);
      }),
  );
  assert.equal(heard.length, 7, `only the messages themselves: ${heard.join(', ')}`);
});

// What `show` and `open` take

const SPAN = waterfall(trace('get-order'))[1];

/** Opens a recorded trace of 23 spans by message. */
async function withTrace(t) {
  await home(t);
  await openByMessage(t, 'get-order.json', readFileSync(fixturePath('get-order', 'v2.json'), 'utf8'));
  await t.app.rowsShown();
}

const look = (t) =>
  t.page.evaluate(() => ({
    tab: document.querySelector('[role=tab][aria-selected=true]')?.id,
    selected: document.querySelector('[role=row][aria-selected=true]')?.dataset.span ?? null,
    details: document.querySelectorAll('[data-details]').length,
    find: document.querySelector('input[data-find]')?.value,
  }));

test('show does all that is named, and says so once it is there', async (t) => {
  await withTrace(t);
  const inSight = await t.page.evaluate(
    (span) =>
      new Promise((resolve) => {
        addEventListener('message', ({ data }) => {
          if (data.id === 's' && data.type !== 'show') {
            resolve({ type: data.type, view: document.querySelectorAll('#view-flame').length, details: document.querySelectorAll('[data-details]').length, find: document.querySelector('input[data-find]').value });
          }
        });
        postMessage({ spanloom: 1, id: 's', type: 'show', view: 'flame', span, t0: 0, t1: '2000000', find: 'order' }, location.origin);
      }),
    SPAN.id,
  );
  assert.deepEqual(inSight, { type: 'shown', view: 1, details: 1, find: 'order' });
  await t.until(() => t.app.query().get('t1') === '2000000' && t.app.query().get('view') === 'flame', 'the address to say so');
  assert.equal((await t.app.post({ type: 'show', find: '' })).type, 'shown');
  assert.equal((await look(t)).find, '');
});

test('a show that is wrong in one thing changes nothing', async (t) => {
  await withTrace(t);
  const before = await look(t);
  const address = t.page.url();
  const wrong = [
    [{ span: '00000000000000ff' }, /no span `00000000000000ff`/], [{ span: 'zz' }, /no span `zz`/], [{ span: 7 }, /`span` must be text/], [{ span: null }, /`span` must be text/],
    [{ view: 'waterfall' }, /no view `waterfall`/], [{ find: ['x'] }, /`find` must be text/], [{ t0: 1 }, /come together/], [{ t1: '1' }, /come together/],
    [{ t0: 9, t1: 8 }, /t0 must be less than t1/], [{ t0: NaN, t1: 8 }, /decimal text/], [{ t0: '0x1', t1: 8 }, /decimal text/], [{ t0: 0, t1: Infinity }, /decimal text/],
    [{ t0: -9, t1: -8 }, /outside of the trace/], [{ t0: 1.7e18, t1: 1.8e18 }, /outside of the trace/], [{ spam: 1 }, /`show` has no `spam`; it takes span, t0, t1, view, find/],
  ];
  for (const [what, words] of wrong) {
    const answer = await t.page.evaluate(
      (message) =>
        new Promise((resolve) => {
          addEventListener('message', ({ data }) => data.id === message.id && data.type === 'error' && resolve(data), { once: false });
          postMessage(message, location.origin);
        }),
      { spanloom: 1, id: `w-${Math.random()}`, type: 'show', ...('view' in what ? {} : { view: 'map' }), ...('find' in what ? {} : { find: 'order' }), ...what },
    );
    assert.match(answer.message, words);
  }
  assert.match((await t.app.post({ type: 'show' })).message, /nothing to show/);
  await t.page.waitForTimeout(700);
  assert.deepEqual(await look(t), before);
  assert.equal(t.page.url(), address);
});

test('show without a trace, and behind a failure, says that none is open', async (t) => {
  await home(t);
  assert.equal((await t.app.post({ type: 'show', view: 'map' })).message, 'no trace is open');
  await openByMessage(t, 'good.json', readFileSync(fixturePath('get-order', 'v2.json'), 'utf8'));
  assert.equal((await t.app.post({ type: 'open', data: 'no trace' })).type, 'error');
  assert.equal((await t.app.post({ type: 'show', view: 'map' })).message, 'no trace is open');
  assert.equal((await t.app.post({ type: 'report' })).message, 'no trace is open');
});

/** Posts all at once; gives the answers in the order of their coming. */
const together = (t, messages) =>
  t.page.evaluate(
    (all) =>
      new Promise((resolve) => {
        const answers = [];
        addEventListener('message', ({ data }) => {
          if (!['opened', 'shown', 'error'].includes(data.type) && !data.report) return;
          if (answers.push(data) === all.length) resolve(answers);
        });
        all.forEach((message, id) => postMessage({ spanloom: 1, id, ...message }, location.origin));
      }),
    messages,
  );

test('show and report right behind open are answered once the trace is there', async (t) => {
  await home(t);
  const data = readFileSync(fixturePath('get-order', 'v2.json'), 'utf8');
  const answers = await together(t, [{ type: 'open', data }, { type: 'show', span: SPAN.id, view: 'timeline' }, { type: 'report' }]);
  assert.deepEqual(answers.map(({ id, type }) => `${id} ${type}`).sort(), ['0 opened', '1 shown', '2 report']);
  assert.equal(answers[0].type, 'opened');
  assert.equal(await t.app.selectedId(), SPAN.id);
});

test('a link that is still being opened is waited for too', async (t) => {
  const { site, tempo } = await t.tempoSite();
  tempo.on('*', { drip: 5, everyMs: 150 });
  await t.page.goto(site.url({ trace: traceId('get-order') }));
  await t.page.locator('main[data-screen]').waitFor();
  const answer = await t.app.post({ type: 'show', span: SPAN.id });
  assert.equal(answer.type, 'shown');
  assert.equal(await t.app.selectedId(), SPAN.id);
});

test('of two opens in a row the first is told that it was superseded', async (t) => {
  await home(t);
  const data = readFileSync(fixturePath('get-order', 'v2.json'), 'utf8');
  const answers = await together(t, [{ type: 'open', data }, { type: 'open', data: JSON.stringify(otlpJson('erp-error')) }]);
  const of = (id) => answers.find((answer) => answer.id === id);
  assert.deepEqual([of(0).type, of(0).message], ['error', 'something else was opened before this was done']);
  assert.deepEqual([of(1).type, of(1).span_count], ['opened', 79]);
});

test('open takes text, buffers, views of them and blobs; everything else is refused with a sentence', async (t) => {
  await home(t);
  const text = readFileSync(fixturePath('get-order', 'v2.json'), 'utf8');
  const answers = await t.page.evaluate(async (json) => {
    const bytes = new TextEncoder().encode(json);
    const padded = new Uint8Array(bytes.length + 20);
    padded.set(bytes, 10);
    const detached = bytes.slice().buffer;
    structuredClone(detached, { transfer: [detached] });
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer;
    const kinds = {
      text: json, buffer: bytes.slice().buffer, bytes, part: padded.subarray(10, 10 + bytes.length), view: new DataView(padded.buffer, 10, bytes.length),
      blob: new Blob([json]), file: new File([json], 'a.json'), object: JSON.parse(json), number: 5, nothing: null, missing: undefined, list: [...bytes.slice(0, 9)],
      empty: '', hollow: new ArrayBuffer(0), detached, shared, sharedBytes: new Uint8Array(shared),
    };
    const answers = {};
    for (const [kind, data] of Object.entries(kinds)) {
      answers[kind] = await new Promise((resolve) => {
        const listen = (event) => {
          if (event.data.id !== kind || event.data.type === 'open') return;
          removeEventListener('message', listen);
          resolve(event.data.span_count ?? event.data.message);
        };
        addEventListener('message', listen);
        // As it comes out of a message: these need no second copy, and what cannot be posted at all can be told apart.
        dispatchEvent(new MessageEvent('message', { origin: location.origin, source: window, data: { spanloom: 1, id: kind, type: 'open', data } }));
      });
    }
    return answers;
  }, text);
  for (const kind of ['text', 'buffer', 'bytes', 'part', 'view', 'blob', 'file']) assert.equal(answers[kind], 23, kind);
  for (const kind of ['object', 'number', 'nothing', 'missing', 'list', 'shared', 'sharedBytes']) assert.match(String(answers[kind]), /`data` must be text, an ArrayBuffer, a typed array or a Blob/, kind);
  for (const kind of ['empty', 'hollow', 'detached']) assert.equal(answers[kind], '`data` is empty', kind);
});

test('what else is wrong with an open is said, and nothing is opened', async (t) => {
  await withTrace(t);
  const data = readFileSync(fixturePath('get-order', 'v2.json'), 'utf8');
  for (const [more, words] of [[{ name: 5 }, /`name` must be text/], [{ trace: 5 }, /`trace` must be text/], [{ trace: 'xyz' }, /32 hex digits/], [{ nmae: 'x' }, /`open` has no `nmae`; it takes data, name, trace/]]) {
    assert.match((await t.app.post({ type: 'open', data, ...more })).message, words);
  }
  assert.match((await t.app.post({ type: 'report', of: 1 })).message, /`report` has no `of`; it takes nothing/);
  assert.equal(await t.app.screen(), 'trace');
  assert.match((await t.app.post({ type: 'open', data, trace: 'f'.repeat(32) })).message, /not in this file/);
  const two = ['get-order', 'erp-error'].map((name) => JSON.stringify(otlpJson(name))).join('\n');
  assert.match((await t.app.post({ type: 'open', data: two })).message, /holds 2 traces; name one as `trace`/);
  const opened = await t.app.post({ type: 'open', data: two, trace: traceId('erp-error').toUpperCase() });
  assert.equal(opened.trace_id, traceId('erp-error'));
});

test('an id of any kind comes back as it was', async (t) => {
  await home(t);
  const ids = ['', 'x', 0, -1.5, true, false, null, [1, [2]], { a: { b: 'c' } }];
  const back = await t.page.evaluate(
    (all) =>
      new Promise((resolve) => {
        const heard = [];
        addEventListener('message', ({ data }) => {
          if (data.type === 'pong' && heard.push(data.id) === all.length) resolve(heard);
        });
        for (const id of all) postMessage({ spanloom: 1, id, type: 'ping' }, location.origin);
      }),
    ids,
  );
  assert.deepEqual(back, ids);
});

// Another origin

/** A page on another origin that frames the site and keeps what it hears. */
async function framing(t, site, query) {
  const body = `<!doctype html><meta charset="utf-8"><title>Host</title><iframe src="${site.url(query).replaceAll('&', '&amp;')}"
    style="width:1200px;height:800px" title="trace"></iframe>
    <script>addEventListener('message', (event) => (window.heard ??= []).push(event.data));</script>`;
  const server = http.createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.cleanup(() => server.close());
  // localhost and 127.0.0.1 are different sites.
  return `http://localhost:${server.address().port}/`;
}

const say = (t, message) =>
  t.page.evaluate((it) => document.querySelector('iframe').contentWindow.postMessage(it, '*'), message);
const heard = (t, id) => t.page.evaluate((it) => (window.heard ?? []).find((data) => data?.id === it) ?? null, id);

// A frame of another site may have no storage at all (localStorage throws): that must not stop the page either.
test('a framing page of another origin is asked about; until then only ping is answered', async (t) => {
  const site = await t.site({ ancestors: ["'self'", 'http://localhost:*'] });
  await t.page.goto(await framing(t, site, {}));
  const frame = t.page.frameLocator('iframe');
  await frame.locator('main[data-screen=home]').waitFor();
  await t.until(async () => {
    await say(t, { spanloom: 1, id: 'p', type: 'ping' });
    return (await heard(t, 'p'))?.type === 'pong';
  }, 'a pong');
  const data = readFileSync(fixturePath('get-order', 'v2.json'), 'utf8');
  await say(t, { spanloom: 1, id: 'o', type: 'open', name: 'x.json', data });
  await t.page.waitForTimeout(600);
  const answer = await heard(t, 'o');
  assert.ok(answer === null || answer.type === 'error', JSON.stringify(answer));
  assert.equal(await frame.locator('main[data-screen=trace]').count(), 0, 'nothing is opened before consent');
  await frame.getByRole('button', { name: /allow|trust|accept/i }).first().click();
  // What was asked before may be done now or have been refused: a host that hears nothing asks again.
  await t.page.waitForTimeout(300);
  if ((await heard(t, 'o'))?.type !== 'opened') await say(t, { spanloom: 1, id: 'o2', type: 'open', name: 'x.json', data });
  await t.until(async () => ((await heard(t, 'o2')) ?? (await heard(t, 'o')))?.type === 'opened', 'opened after consent');
  await frame.locator('main[data-screen=trace]').waitFor();
});

test('a page that may not frame it cannot', { allow: [/frame-ancestors/i, /Refused to (frame|display)|Framing/i, NO_FRAME()] }, async (t) => {
  const site = await t.site();
  await t.page.goto(await framing(t, site, {}));
  await t.page.waitForTimeout(500);
  assert.equal(await t.page.frameLocator('iframe').locator('main[data-screen]').count(), 0);
});

function NO_FRAME() {
  return /net::ERR_BLOCKED_BY_RESPONSE|chrome-error/;
}
