// Evidence: a trace handed over as one file or within a link. The saved file is opened over file:// and held against facts.json and
// findings.json; what was taken out is looked for in its bytes, unpacked, by this program and not by the page.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { byHand, held, refill } from './evidence.mjs';
import { App, asFile } from './page.mjs';
import { FAILED_REQUEST, test } from './harness.mjs';
import { FACTS, comparableReport, expectedReport, fixturePath, fixtureQuery, trace, traceId, waterfall } from './truth.mjs';
import { READY, VIEWS, openView } from './views.mjs';

const EXPECTED = JSON.parse(readFileSync(path.join(import.meta.dirname, '../fixtures/tempo/findings.json')));
const dialog = (t) => t.page.locator('dialog[open]');
const outFile = (t, name) => path.join(t.folder(), name);

async function openDialog(t) {
  await (await t.app.menuItem('Hand over…')).click();
  await t.page.locator('[data-hand-over-sum]').filter({ hasText: 'before packing' }).waitFor();
}

/** Saves what is shown; gives the file's place. */
async function save(t, name = 'evidence.html') {
  if (!(await dialog(t).count())) await openDialog(t);
  const [download] = await Promise.all([t.page.waitForEvent('download'), t.page.locator('[data-save-evidence]').click()]);
  const file = outFile(t, name);
  await download.saveAs(file);
  return { file, name: download.suggestedFilename() };
}

/** Opens a file in a page of its own; every request but the file itself is noted. */
async function openFile(t, file, query = '') {
  const page = await t.context.newPage();
  page.setDefaultTimeout(10_000);
  const requests = [];
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url())) requests.push(request.url());
  });
  await page.goto(pathToFileURL(file).href + query);
  const shown = { ...t, page, app: new App(page), requests };
  await shown.app.reach(['trace', 'failure', 'home']);
  return shown;
}

test('a saved file opens without a server at the view, window, span, find, notes and findings it was saved from', async (t) => {
  const name = 'order-full';
  const rows = waterfall(trace(name));
  const noted = rows.find((row) => row.name.includes('charge')) ?? rows[5];
  const [t0, t1] = [1_000_000_000, 2_500_000_000];
  await openView(t, name, 'timeline', { span: noted.id, t0, t1, find: 'service:payment' });
  await t.page.locator('[data-notes-of-span] [data-add-note]').click();
  await t.page.locator('[data-notes-of-span] textarea').fill('Why <b>so</b> long?\nSee the pool.');
  await t.page.locator('[data-notes-of-span]').getByRole('button', { name: 'Keep' }).click();
  const found = await t.until(() => t.app.findCount(), 'find');
  await t.page.locator('#tab-flame').click();
  await t.page.locator(READY.flame).first().waitFor({ state: 'attached' });
  const saved = await save(t);
  assert.equal(saved.name, `evidence-${traceId(name)}.html`);

  const there = await openFile(t, saved.file);
  await there.app.reach('trace');
  await there.page.locator(READY.flame).first().waitFor({ state: 'attached' });
  const query = new URL(there.page.url()).searchParams;
  assert.deepEqual([query.get('view'), query.get('t0'), query.get('t1'), query.get('span'), query.get('find')],
    ['flame', String(t0), String(t1), noted.id, 'service:payment']);
  assert.equal(await there.page.locator('#tab-flame').getAttribute('aria-selected'), 'true');
  await t.until(async () => (await there.app.findCount()) === found, `find: ${found}`);
  assert.equal(await there.app.factText('spans'), String(FACTS[name].span_count));
  assert.equal(await there.app.factText('errors'), String(FACTS[name].error_span_count));
  assert.equal(await there.app.factText('trace'), traceId(name));
  assert.match(await there.app.banner(), /Evidence Saved \d{4}-\d\d-\d\d \d\d:\d\d UTC from v2\.json\. 1 note\. /);
  const note = there.page.locator('[data-notes-of-span] [data-note] .note-text');
  assert.equal(await note.innerText(), 'Why <b>so</b> long?\nSee the pool.');
  assert.equal(await there.page.locator('[data-fact=notes]').innerText(), '1');
  await there.page.locator('#tab-findings').click();
  const cards = there.page.locator('article[data-finding]');
  await t.until(async () => (await cards.count()) === EXPECTED[name].length, 'findings');
  const kinds = await cards.evaluateAll((all) => all.map((one) => one.dataset.finding).sort());
  assert.deepEqual(kinds, EXPECTED[name].map((one) => one.kind).sort());
  assert.deepEqual(there.requests, [pathToFileURL(saved.file).href], 'nothing but the file is requested');
});

// The shape is documented: a program can fill the page too.
for (const browser of ['chromium', 'firefox', 'webkit']) {
  test(`evidence that a program put together opens over file:// (${browser})`, { browser }, async (t) => {
    const name = 'order-full';
    const file = byHand(outFile(t, 'größe of 1 file.html'), name, { view: 'view=findings' });
    await t.page.goto(pathToFileURL(file).href);
    await t.until(async () => (await t.app.screen()) === 'trace', 'the trace');
    const read = (selector) => t.page.evaluate((wanted) => [...document.querySelectorAll(wanted)].map((one) => one.innerText), selector);
    await t.until(async () => (await read('[data-fact=spans]'))[0] === String(FACTS[name].span_count), 'its spans');
    await t.until(async () => (await read('article[data-finding]')).length === EXPECTED[name].length, 'its findings, looked for anew');
    assert.deepEqual(await read('[data-fact=trace]'), [traceId(name)]);
    assert.match((await read('[data-banner]'))[0], /Nothing was taken out of it/);
    assert.deepEqual(await read('.header-notes .note-text'), ['by a program']);
    const asked = await t.page.evaluate(() => performance.getEntriesByType('resource').map((one) => one.name));
    assert.deepEqual(asked.filter((one) => !/^(blob|data):/.test(one)), []);
  });
}

test('the report of a saved file is that of facts.json, for every kind of trace', async (t) => {
  for (const name of ['order-full', 'orphans-missing-root', 'linked-label', 'erp-error', 'n-plus-1', 'lost-queue']) {
    await openView(t, name, 'timeline');
    await openDialog(t);
    for (const box of await t.page.locator('[data-take-out] input[type=checkbox]').all()) await box.uncheck();
    const { file } = await save(t, `${name}.html`);
    const { evidence } = held(file);
    assert.deepEqual(evidence.redacted, [], name);
    const there = await openFile(t, file);
    const { report } = await there.app.post({ type: 'report' });
    assert.deepEqual(comparableReport(report), expectedReport(name), name);
    assert.deepEqual(report.findings.map((one) => `${one.kind} ${one.cost_ns}`).sort(), EXPECTED[name].map((one) => `${one.kind} ${one.cost_ns}`).sort(), name);
    await there.page.close();
  }
});

// One secret of each kind, in each kind of place. The copies are the test's, so what is searched for below is known beforehand.
const SECRETS = {
  authorization: 'q8Zr91xVsecretpart',
  cookie: '8f2e99aa77',
  token: 'hunter2-and-more',
  email: 'anna.meier@example.com',
  card: '4111111111111111',
  literal: '4711042',
  ip: '10.20.30.40',
};
const text = (key, stringValue) => ({ key, value: { stringValue } });

function telling() {
  const every = Object.values(SECRETS).join(' ');
  const span = (id, parent, more) => ({
    traceId: '0af7651916cd43dd8448eb211c80319c', spanId: id, parentSpanId: parent, kind: 3,
    startTimeUnixNano: '1700000000000000000', endTimeUnixNano: '1700000000100000000', ...more,
  });
  return {
    resourceSpans: [{
      resource: { attributes: [text('service.name', 'shop'), text('host.ip', SECRETS.ip), text('deployment.note', every)] },
      scopeSpans: [{
        scope: { name: `lib ${SECRETS.email}`, version: SECRETS.ip, attributes: [text('scope.note', every)] },
        spans: [
          span('00000000000000a1', '', {
            name: `charge ${SECRETS.email}`,
            traceState: `v=${SECRETS.cookie}`,
            attributes: [
              text('http.request.header.authorization', `Bearer ${SECRETS.authorization}`),
              { key: 'http.request.header.cookie', value: { arrayValue: { values: [{ stringValue: `session=${SECRETS.cookie}; theme=dark` }] } } },
              text('db.password', SECRETS.token),
              text('client.address', SECRETS.ip),
              text('url.full', `https://shop/?mail=${encodeURIComponent(SECRETS.email)}&t=${SECRETS.token}`),
              { key: 'card', value: { intValue: SECRETS.card } },
              { key: 'nested', value: { kvlistValue: { values: [{ key: SECRETS.email, value: { stringValue: every } }] } } },
              { key: 'raw', value: { bytesValue: Buffer.from(every).toString('base64') } },
              text(`key of ${SECRETS.email}`, 'x'),
            ],
            events: [{ timeUnixNano: '1700000000050000000', name: `mail to ${SECRETS.email}`, attributes: [text('exception.message', every)] }],
            links: [{ traceId: '0af7651916cd43dd8448eb211c80319d', spanId: '00000000000000b1', traceState: `v=${SECRETS.cookie}`, attributes: [text('note', every)] }],
            status: { code: 2, message: `refused for ${every}` },
          }),
          span('00000000000000a2', '00000000000000a1', {
            name: 'query',
            attributes: [
              text('db.system', 'postgresql'),
              text('db.query.text', `SELECT * FROM customer WHERE mail = '${SECRETS.email}' AND id = ${SECRETS.literal} AND state = 'open'`),
              { key: 'customer.id', value: { intValue: SECRETS.literal } },
            ],
          }),
        ],
      }],
    }],
  };
}

const otlpFile = (value, name = 'telling.json') => asFile(name, JSON.stringify(value), 'application/json');

/** A search for bytes in all that a file holds: its text, its evidence, its packed trace. */
function holds(file, secret) {
  const { html, text: json, otlp, evidence } = held(file);
  const places = [];
  if (html.includes(secret)) places.push('the file');
  if (JSON.stringify(JSON.parse(json)).includes(secret) || json.includes(secret)) places.push('evidence');
  if (otlp.includes(Buffer.from(secret)) || otlp.includes(Buffer.from(encodeURIComponent(secret)))) places.push('the trace');
  if (JSON.stringify(evidence.notes).includes(secret) || decodeURIComponent(evidence.view).includes(secret)) places.push('notes or view');
  return places;
}

test('what is taken out is gone from every byte of the file, and only that', async (t) => {
  await t.app.open(await t.site());
  await t.app.reach('home');
  await t.app.choose([otlpFile(telling())]);
  await t.app.reach('trace');
  await t.app.find().fill(SECRETS.email);
  await t.app.select('00000000000000a1');
  await t.page.locator('[data-notes-of-span] [data-add-note]').click();
  await t.page.locator('[data-notes-of-span] textarea').fill(`asked ${SECRETS.email} about ${SECRETS.token}`);
  await t.page.locator('[data-notes-of-span]').getByRole('button', { name: 'Keep' }).click();
  await openDialog(t);
  // Every place that holds it, as raw spans have it: 8 texts with all secrets, and those of its own.
  const places = async (word) => Number(await t.page.locator(`[data-take-out=${word}] [data-places]`).getAttribute('data-places'));
  for (const word of Object.keys(SECRETS)) assert.ok((await places(word)) > 0, `${word} is counted`);
  assert.ok((await places('email')) >= 14, `e-mail addresses in ${await places('email')} places`);
  const { file } = await save(t);
  for (const [kind, secret] of Object.entries(SECRETS)) assert.deepEqual(holds(file, secret), [], `${kind}: ${secret}`);
  const { otlp, evidence } = held(file);
  for (const kept of ['shop', 'charge [email 1]', 'SELECT * FROM customer WHERE mail = ? AND id = ? AND state = ?', 'refused for', 'client.address', 'https://shop/?mail=[email 1]&t=[token ']) {
    assert.ok(otlp.includes(Buffer.from(kept)), `${kept} is kept`);
  }
  assert.equal(evidence.notes[0].text.replace(/\[token \d\]/, '[token]'), 'asked [email 1] about [token]');
  assert.deepEqual(evidence.redacted.map((one) => one.rule).sort(), Object.keys(SECRETS).sort());

  const there = await openFile(t, file);
  await there.app.reach('trace');
  assert.match(await there.app.banner(), /Taken out of it: .*e-mail addresses \(\d+\)/);
  for (const view of VIEWS) {
    await there.page.locator(`#tab-${view}`).click();
    await there.page.locator(READY[view]).first().waitFor({ state: 'attached' });
    await there.page.locator('summary[aria-label=Download]').click();
    await there.page.getByRole('button', { name: /^Picture/ }).click();
    for (const value of ['svg', 'whole']) await there.page.locator(`[data-picture] label:has(input[value=${value}])`).click();
    await there.page.locator('[data-size]').first().waitFor();
    const [download] = await Promise.all([there.page.waitForEvent('download'), there.page.getByRole('button', { name: 'Save' }).click()]);
    const picture = readFileSync(await download.path(), 'utf8');
    assert.match(picture, /^<svg|^<\?xml/, view);
    const html = await there.page.evaluate(() => document.body.outerHTML);
    for (const [kind, secret] of Object.entries(SECRETS)) {
      assert.ok(!picture.includes(secret), `${view}: ${kind} in the picture`);
      assert.ok(!html.includes(secret), `${view}: ${kind} on the page`);
    }
    await there.page.keyboard.press('Escape');
  }
});

test('with every rule off all of it is in the file; own keys and texts are taken out; rules are remembered', async (t) => {
  await t.app.open(await t.site());
  await t.app.reach('home');
  await t.app.choose([otlpFile(telling())]);
  await t.app.reach('trace');
  await openDialog(t);
  for (const box of await t.page.locator('[data-take-out] input[type=checkbox]').all()) await box.uncheck();
  await t.until(async () => /nothing is taken out/.test(await t.page.locator('[data-hand-over-sum]').innerText()), 'nothing taken out');
  const whole = await save(t, 'whole.html');
  for (const secret of Object.values(SECRETS)) assert.ok(holds(whole.file, secret).includes('the trace'), secret);

  await openDialog(t);
  assert.equal(await t.page.locator('[data-take-out=email] input').isChecked(), false, 'the choice is remembered');
  await t.page.locator('[data-own-keys]').fill('client.*\ncard');
  await t.page.locator('[data-own-texts]').fill('anna.*@example.com\nsho*');
  await t.until(async () => Number(await t.page.locator('[data-take-out=redacted] [data-places]').getAttribute('data-places')) > 0, 'own ones counted');
  const own = await save(t, 'own.html');
  for (const gone of [SECRETS.ip, SECRETS.card, SECRETS.email, 'shop']) assert.deepEqual(holds(own.file, gone).filter((place) => place !== 'the file'), [], gone);
  assert.ok(held(own.file).otlp.includes(Buffer.from(SECRETS.token)));
});

test('a damaged file of evidence gives one sentence wherever it was cut or changed', async (t) => {
  await openView(t, 'get-order', 'timeline');
  const { file } = await save(t);
  const { text: json, evidence } = held(file);
  const opened = [];
  for (const at of [0, 1, 20, Math.floor(json.length / 2), json.length - 1].filter((at) => at > 0)) {
    const cut = outFile(t, 'cut.html');
    refill(file, cut, json.slice(0, at));
    opened.push(['cut', at, await openFile(t, cut)]);
  }
  const packed = Buffer.from(evidence.trace, 'base64');
  for (const at of [0, 3, 12, Math.floor(packed.length / 2), packed.length - 6]) {
    const bytes = Buffer.from(packed);
    bytes[at] ^= 0x55;
    const to = outFile(t, 'flipped.html');
    refill(file, to, JSON.stringify({ ...evidence, trace: bytes.toString('base64') }));
    opened.push(['flipped', at, await openFile(t, to)]);
  }
  for (const [how, value] of [['version', { ...evidence, spanloom_evidence: 7 }], ['no trace', { ...evidence, trace: '' }], ['no base64', { ...evidence, trace: '%%' }], ['a list', []]]) {
    const to = outFile(t, 'other.html');
    refill(file, to, JSON.stringify(value));
    opened.push([how, 0, await openFile(t, to)]);
  }
  for (const [how, at, there] of opened) {
    assert.equal(await there.app.screen(), 'failure', `${how} ${at}`);
    const words = await there.page.locator('main h2, main h1').first().innerText();
    assert.match(words, /cannot be opened|cannot be read|could not be|breaks off|damaged|is not a trace|holds no spans/i, `${how} ${at}: ${words}`);
    assert.equal(there.requests.length, 1, `${how} ${at}`);
    await there.page.close();
  }
});

test('nothing that evidence holds is ever run', async (t) => {
  const bad = '</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1><!--';
  const value = telling();
  const [first] = value.resourceSpans[0].scopeSpans[0].spans;
  first.name = bad;
  first.attributes.push(text('url.full', 'javascript:window.pwned=1'), text(bad, bad));
  first.status.message = bad;
  await t.app.open(await t.site());
  await t.app.reach('home');
  await t.app.choose([otlpFile(value, `${bad.replaceAll('/', '')}.json`)]);
  await t.app.reach('trace');
  await t.app.select('00000000000000a1');
  await t.page.locator('[data-notes-of-span] [data-add-note]').click();
  await t.page.locator('[data-notes-of-span] textarea').fill(bad);
  await t.page.locator('[data-notes-of-span]').getByRole('button', { name: 'Keep' }).click();
  const { file } = await save(t);
  const { evidence } = held(file);
  // Somebody who changes the file by hand gets no further.
  const by = { ...evidence, from: bad, view: `view=timeline&find=${encodeURIComponent(bad)}&node=${encodeURIComponent(bad)}&theme=javascript:1`, service_colors: { [bad]: 3 }, redacted: [] };
  by.notes = [...evidence.notes, { span_id: bad, text: bad }, { span_id: null, text: 'javascript:window.pwned=1' }];
  by.said.warnings = [{ kind: 'orphan', span: null, count: 1, message: bad }];
  by.said.findings.forEach((one) => Object.assign(one.line, { title: bad, evidence: [bad], fix: bad }));
  const changed = outFile(t, 'changed.html');
  refill(file, changed, JSON.stringify(by).replaceAll('<', '\\u003c'));
  for (const one of [file, changed]) {
    const there = await openFile(t, one);
    await there.app.reach('trace');
    for (const view of ['timeline', 'flame', 'graph', 'map', 'stats', 'findings']) {
      await there.page.locator(`#tab-${view}`).click();
      await there.page.waitForTimeout(60);
    }
    const seen = await there.page.evaluate(() => ({
      pwned: window.pwned ?? null,
      strange: [...document.querySelectorAll('body img, body script, body iframe, a[href^="javascript"]')].map((one) => one.outerHTML.slice(0, 80)),
    }));
    assert.deepEqual(seen, { pwned: null, strange: [] });
    assert.equal(there.requests.length, 1);
    await there.page.close();
  }
});

test('clocks put right stay right, with what recorded times said, and go back', async (t) => {
  await openView(t, 'clock-skew', 'findings', { clocks: 'right' });
  await t.page.locator('[data-moved]').waitFor();
  const moved = await t.page.locator('[data-moved]').innerText();
  const titles = (page) => page.locator('article[data-finding] .f-sentence').allInnerTexts();
  await t.until(async () => (await titles(t.page)).length > 0, 'findings');
  const before = await titles(t.page);
  const { file } = await save(t);
  const there = await openFile(t, file);
  await there.app.reach('trace');
  assert.equal(await there.page.locator('[data-moved]').innerText(), moved);
  await t.until(async () => (await titles(there.page)).length === before.length, 'the same findings');
  assert.deepEqual(await titles(there.page), before);
  await there.page.locator('[data-moved]').getByRole('button').click();
  await there.page.locator('[data-moved]').waitFor({ state: 'detached' });
  await t.until(async () => (await there.page.locator('article[data-finding="clock_skew"]').count()) > 0, 'recorded times, looked at anew');
});

test('a trace with another beside it is saved as both', async (t) => {
  const { site } = await t.tempoSite();
  await t.app.open(site, { trace: traceId('lost-http-caller'), beside: traceId('lost-http-callee') });
  await t.app.reach('trace');
  await t.page.locator('[data-beside]').waitFor();
  const both = FACTS['lost-http-caller'].span_count + FACTS['lost-http-callee'].span_count;
  await t.until(async () => (await t.app.factText('spans')) === String(both), `${both} spans`);
  const { file } = await save(t);
  const there = await openFile(t, file);
  await there.app.reach('trace');
  await there.page.locator('[data-beside]').waitFor();
  assert.equal(await there.app.factText('spans'), String(both));
  assert.equal(await there.app.factText('trace'), traceId('lost-http-caller'));
});

test('evidence can be handed on: saved from evidence, with another note', async (t) => {
  await openView(t, 'get-order', 'timeline');
  const { file } = await save(t);
  const there = await openFile(t, file);
  await there.app.reach('trace');
  await openDialog(there);
  await dialog(there).locator('[data-add-note]').click();
  await dialog(there).locator('textarea[aria-label=Note]').fill('About all of it');
  await dialog(there).getByRole('button', { name: 'Keep' }).click();
  assert.equal(await there.page.locator('[data-carrying-link]').isDisabled(), true, 'a file has no address to link to');
  const again = await save(there, 'again.html');
  const third = await openFile(t, again.file);
  await third.app.reach('trace');
  assert.equal(await third.app.factText('spans'), String(FACTS['get-order'].span_count));
  assert.equal(await third.page.locator('[data-fact=notes]').innerText(), '1');
  assert.equal(await third.page.locator('.header-notes .note-text').innerText(), 'About all of it');
});

test('back and forward in a file of evidence lead through its views and back to it', async (t) => {
  await openView(t, 'get-order', 'timeline');
  const { file } = await save(t);
  const there = await openFile(t, file);
  await there.app.reach('trace');
  await there.page.locator('#tab-stats').click();
  await t.until(() => new URL(there.page.url()).searchParams.get('view') === 'stats', 'the address');
  await there.page.goBack();
  await t.until(async () => (await there.page.locator('#tab-timeline').getAttribute('aria-selected')) === 'true', 'the timeline again');
  await there.app.choose([otlpFile(telling())]);
  await t.until(async () => (await there.app.factText('spans')) === '2', 'another file');
  await there.page.goBack();
  await t.until(async () => (await there.app.factText('spans')) === String(FACTS['get-order'].span_count), 'the evidence again');
  await there.page.reload();
  await there.app.reach('trace');
  assert.equal(await there.app.factText('spans'), String(FACTS['get-order'].span_count));
});

test('parameters of a host behind the file leave its view as it was saved', async (t) => {
  await openView(t, 'get-order', 'stats', { find: 'GET' });
  const { file } = await save(t);
  const there = await openFile(t, file, '?version=1&api=v2');
  await there.app.reach('trace');
  await t.until(async () => (await there.page.locator('#tab-stats').getAttribute('aria-selected')) === 'true', 'the view');
  assert.equal(await there.app.find().inputValue(), 'GET');
});

test('5,110 spans go into a file and come out; a note that is being written goes along; colours of others stay', async (t) => {
  const site = await t.site({ config: { service_colors: { 'api-gateway': 3, 'secret-project': 5 } } });
  await openView(t, 'import-5k', 'timeline', {}, site);
  await openDialog(t);
  await dialog(t).locator('[data-add-note]').click();
  await dialog(t).locator('textarea[aria-label=Note]').fill('not kept by hand');
  const { file } = await save(t);
  const { html, evidence } = held(file);
  assert.deepEqual(evidence.notes.map((one) => one.text), ['not kept by hand']);
  assert.ok(!html.includes('secret-project'));
  const there = await openFile(t, file);
  await there.app.reach('trace');
  assert.equal(await there.app.factText('spans'), '5,110');
  assert.equal(await there.app.factText('errors'), String(FACTS['import-5k'].error_span_count));
});

test('back from a pasted list of traces leads to the evidence', async (t) => {
  await openView(t, 'get-order', 'timeline');
  const { file } = await save(t);
  const there = await openFile(t, file);
  await there.app.reach('trace');
  const two = telling();
  two.resourceSpans[0].scopeSpans[0].spans[1].traceId = '0af7651916cd43dd8448eb211c80319e';
  await there.app.choose([otlpFile(two)]);
  await there.app.reach('list');
  await there.page.goBack();
  await t.until(async () => (await there.app.screen()) === 'trace' && (await there.app.factText('spans')) === String(FACTS['get-order'].span_count), 'the evidence again');
});

test('a host without the single file says what is missing', { allow: [FAILED_REQUEST] }, async (t) => {
  const site = await t.site({ missing: ['spanloom.html'] });
  await openView(t, 'get-order', 'timeline', {}, site);
  await openDialog(t);
  await t.page.locator('[data-save-evidence]').click();
  await t.page.locator('dialog [role=alert]').waitFor();
  assert.match(await t.page.locator('dialog [role=alert]').innerText(), /has no spanloom\.html beside the page/);
});

// A link with the trace inside.

async function localTrace(t, name, file = 'v2.json') {
  const site = await t.site();
  await t.app.open(site);
  await t.app.reach('home');
  await t.app.choose([asFile(`${name}.json`, readFileSync(fixturePath(name, file)))]);
  await t.app.reach('trace');
  return site;
}

async function carryingLink(t) {
  await openDialog(t);
  await t.page.locator('[data-carrying-link]').click();
  await dialog(t).waitFor({ state: 'detached' });
  return t.page.evaluate(() => navigator.clipboard.readText());
}

test('a link carries a small trace and its view, and no server hears of it', async (t) => {
  const name = 'get-order';
  const site = await localTrace(t, name);
  const row = waterfall(trace(name))[2];
  await t.app.select(row.id);
  await t.page.locator('#tab-graph').click();
  const link = await carryingLink(t);
  assert.match(link, /#trace=1\.[\w-]+$/);
  assert.ok(link.length < 32_500, `${link.length} characters`);
  const from = site.log.length;
  const page = await t.context.newPage();
  await page.goto(link);
  const there = { ...t, page, app: new App(page) };
  await there.app.reach('trace');
  await page.locator(READY.graph).first().waitFor({ state: 'attached' });
  assert.equal(await there.app.factText('spans'), String(FACTS[name].span_count));
  const { report } = await there.app.post({ type: 'report' });
  // Addresses of outside hosts were taken out; every figure stays.
  assert.equal(report.duration_ns, expectedReport(name).duration_ns);
  assert.deepEqual(report.services, expectedReport(name).services);
  assert.deepEqual(report.edges, expectedReport(name).edges);
  assert.equal(await page.locator('#tab-graph').getAttribute('aria-selected'), 'true');
  assert.equal(new URL(page.url()).searchParams.get('span'), row.id);
  const fragment = new URL(link).hash.slice(1);
  for (const { path: asked } of site.log.slice(from)) assert.ok(!asked.includes(fragment.slice(0, 24)), asked);
  await page.reload();
  await there.app.reach('trace');
  assert.equal(await there.app.factText('spans'), String(FACTS[name].span_count), 'after a reload too');
  await there.app.choose([otlpFile(telling())]);
  await t.until(async () => (await there.app.factText('spans')) === '2', 'another trace');
  await t.until(() => !page.url().includes('#trace='), 'its address does not carry the first one');
});

test('another link behind the same address opens the other trace', async (t) => {
  const site = await t.site();
  const fragment = (name) => `#trace=1.${gzipSync(readFileSync(fixturePath(name, 'v1.pb'))).toString('base64url')}`;
  await t.page.goto(site.url({}) + fragment('get-order'));
  await t.app.reach('trace');
  await t.until(async () => (await t.app.factText('trace')) === traceId('get-order'), 'the first one');
  await t.page.evaluate((next) => { location.hash = next; }, fragment('lost-queue'));
  await t.until(async () => (await t.app.factText('trace')) === traceId('lost-queue'), 'the other one');
  assert.equal(await t.app.factText('spans'), String(FACTS['lost-queue'].span_count));
  await t.page.goBack();
  await t.until(async () => (await t.app.factText('trace')) === traceId('get-order'), 'the first one again');
});

test('a trace that is too large for a link is refused with the figures', async (t) => {
  await localTrace(t, 'import-5k', 'v2.pb');
  await openDialog(t);
  await t.page.locator('[data-carrying-link]').click();
  await t.page.locator('dialog [role=alert]').waitFor();
  assert.match(await t.page.locator('dialog [role=alert]').innerText(), /takes [\d,]+ characters of a link, and links of more than 32,000 are cut/);
});

test('a trace of a source is linked to, not carried', async (t) => {
  const { site } = await t.tempoSite();
  await t.app.open(site, { trace: traceId('get-order') });
  await t.app.reach('trace');
  await openDialog(t);
  assert.equal(await t.page.locator('[data-carrying-link]').isDisabled(), true);
  assert.match(await dialog(t).innerText(), /The trace is where others can reach it/);
});

test('a link that was damaged on its way says so, and runs nothing', async (t) => {
  const site = await t.site();
  const packed = gzipSync(Buffer.from(JSON.stringify(telling()))).toString('base64url');
  for (const [fragment, words] of [
    ['trace=1.', /damaged/],
    ['trace=2.AAAA', /later Spanloom/],
    ['trace=1.AAAA', /damaged/],
    ['trace=<script>window.pwned=1</script>', /damaged/],
    [`trace=1.${packed.slice(0, 40)}`, /./],
    [`trace=1.${packed.slice(0, -20)}`, /./],
    [`trace=1.${packed.slice(0, 60)}AAAA${packed.slice(64)}`, /./],
    [`trace=1.${Buffer.from('no trace at all').toString('base64url')}`, /damaged/],
    [`trace=1.${gzipSync('no trace at all').toString('base64url')}`, /not a trace file/],
  ]) {
    const page = await t.context.newPage();
    await page.goto(`${site.url({})}#${fragment}`);
    const there = { ...t, page, app: new App(page) };
    await t.until(async () => (await there.app.screen()) === 'failure', `${fragment.slice(0, 30)} fails`);
    assert.match(await there.app.text(), words, fragment.slice(0, 30));
    assert.equal(await page.evaluate(() => window.pwned ?? null), null);
    await page.close();
  }
  await t.page.goto(`${site.url({})}#trace=1.${packed}`);
  await t.app.reach('trace');
  assert.equal(await t.app.factText('spans'), '2');
});

// Notes.

test('notes are written, changed, removed and remembered, by keyboard too', async (t) => {
  await openView(t, 'get-order', 'timeline');
  const row = waterfall(trace('get-order'))[1];
  await t.app.select(row.id);
  const notes = t.page.locator('[data-notes-of-span]');
  await notes.locator('[data-add-note]').focus();
  await t.page.keyboard.press('Enter');
  await t.until(() => t.page.evaluate(() => document.activeElement?.tagName === 'TEXTAREA'), 'the field has the keyboard');
  await t.page.keyboard.type('first');
  await t.page.keyboard.press('Control+Enter');
  await notes.locator('.note-text', { hasText: 'first' }).waitFor();
  assert.equal(await t.page.locator('.row.noted').count(), 1);
  assert.equal(await t.page.locator('.row.noted').getAttribute('data-span'), row.id);
  await t.page.reload();
  await t.app.reach('trace');
  await t.app.select(row.id);
  await notes.locator('.note-text', { hasText: 'first' }).waitFor();
  await notes.getByRole('button', { name: 'Change this note' }).click();
  await notes.locator('textarea').fill('second');
  await notes.getByRole('button', { name: 'Keep' }).click();
  assert.equal(await notes.locator('.note-text').innerText(), 'second');
  await notes.locator('[data-add-note]').click();
  await t.page.keyboard.type('never');
  await t.page.keyboard.press('Escape');
  assert.equal(await notes.locator('textarea').count(), 0);
  assert.equal(await t.page.locator('[data-details]').count(), 1, 'Escape ended the note alone');
  await notes.getByRole('button', { name: 'Remove this note' }).click();
  assert.equal(await notes.locator('[data-note]').count(), 0);
  await t.page.reload();
  await t.app.reach('trace');
  await t.app.select(row.id);
  await notes.locator('[data-add-note]').waitFor();
  assert.equal(await notes.locator('[data-note]').count(), 0);
});

for (const size of ['wide', 'narrow']) {
  test(`handing over is done by keyboard alone, ${size}`, { size }, async (t) => {
    await openView(t, 'get-order', 'timeline');
    await t.page.locator('summary[aria-label=Download]').focus();
    await t.page.keyboard.press('Enter');
    const item = t.page.locator('.menu').getByRole('button', { name: /Hand over/ });
    for (let at = 0; at < 20 && !(await item.evaluate((one) => one === document.activeElement)); at += 1) await t.page.keyboard.press('Tab');
    await t.page.keyboard.press('Enter');
    await dialog(t).waitFor();
    const focused = (selector) => t.page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
    const to = async (selector) => {
      for (let at = 0; at < 40 && !(await focused(selector)); at += 1) await t.page.keyboard.press('Tab');
      assert.ok(await focused(selector), `${selector} is reached`);
    };
    await to('[data-take-out=email] input');
    await t.page.keyboard.press('Space');
    assert.equal(await t.page.locator('[data-take-out=email] input').isChecked(), false);
    await to('[data-own-keys]');
    await t.page.keyboard.type('http.*');
    await t.until(async () => Number(await t.page.locator('[data-take-out=redacted] [data-places]').getAttribute('data-places')) > 0, 'own keys counted');
    await to('[data-save-evidence]');
    const [download] = await Promise.all([t.page.waitForEvent('download'), t.page.keyboard.press('Enter')]);
    assert.match(download.suggestedFilename(), /^evidence-/);
    await dialog(t).waitFor({ state: 'detached' });
    await openDialog(t);
    await t.page.keyboard.press('Escape');
    await dialog(t).waitFor({ state: 'detached' });
  });
}
