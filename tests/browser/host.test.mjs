// The host-page messages, and the report they give, against facts.json for every recorded trace.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { test } from './harness.mjs';
import { traceBody, traceNames } from './tempo.mjs';
import {
  FACTS, SAMPLES, comparableReport, criticalPathFaults, expectedReport, fixturePath, otlpJson, sampleQuery, traceId,
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
    const headline = report.critical_path?.duration_ns ?? report.duration_ns;
    assert.equal(await t.app.factNs('duration'), headline, `${name}: duration`);
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
