// spanloom.html, the page in one file, opened out of a folder in Chromium and in Firefox: every way in, every view, the
// report, and not one request; damaged copies; and what the ordinary page says when it is opened as a file.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { tmpdir } from 'node:os';
import { assertDuration, commas, plain } from './figures.mjs';
import { test } from './harness.mjs';
import { distFolder } from './server.mjs';
import { traceBody, traceNames } from './tempo.mjs';
import {
  FACTS, SAMPLES, comparableReport, criticalPathFaults, expectedReport, fixturePath, sampleQuery, trace, traceId,
} from './truth.mjs';
import { groupsOf, mapEdges } from './truth-views.mjs';
import { READY, VIEWS, boxes, frames, mapEdgesShown, mapNodes, says, statRows } from './views.mjs';

const BROWSERS = ['chromium', 'firefox'];
const ASKS_NO_SERVER = 'This copy of Spanloom asks no server: open the trace from a file, or use a hosted Spanloom.';
const FINDINGS = JSON.parse(readFileSync(path.join(import.meta.dirname, '../fixtures/tempo/findings.json')));

const single = () => {
  const file = path.join(distFolder(), 'spanloom.html');
  assert.ok(existsSync(file), 'dist/spanloom.html');
  return file;
};

/** A test in each browser. */
function both(name, options, body = options) {
  const more = typeof options === 'function' ? {} : options;
  for (const browser of BROWSERS) test(`${name} (${browser})`, { ...more, browser }, (t) => body(t, browser));
}

// What the two drivers do in different words

async function press(t, selector) {
  await t.page.waitForSelector(selector);
  await t.page.evaluate((it) => document.querySelector(it).click(), selector);
}

async function choose(t, file, browser) {
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

/** Firefox cannot be told to drag from outside: there the page gets the same events. */
async function drop(t, file, browser) {
  if (browser === 'chromium') return (await t.app.drop([file])).finish();
  const base64 = readFileSync(file).toString('base64');
  for (const type of ['dragover', 'drop']) await t.page.evaluate(drag, { type, name: path.basename(file), base64 });
  return null;
}

async function paste(t, text, browser) {
  if (browser === 'chromium') return t.app.paste(text);
  // Into the clipboard by way of a field, as a reader would: Firefox lets no page fill it unasked.
  await t.page.evaluate((it) => {
    const field = document.querySelector('input[data-goto]');
    field.value = it;
    field.select();
  }, text);
  await withControl(t, 'x');
  await t.page.evaluate(() => document.activeElement.blur());
  return withControl(t, 'v');
}

async function withControl(t, key) {
  await t.page.keyboard.down('Control');
  await t.page.keyboard.press(key);
  await t.page.keyboard.up('Control');
}

// Reading

async function reach(t, screen) {
  await t.until(async () => {
    const now = await t.app.screen();
    if (now === 'failure' && screen !== 'failure') throw new Error(await t.app.text());
    return now === screen;
  }, `the screen ${screen}`);
}

const fact = (t, name) => t.page.evaluate((it) => document.querySelector(`[data-fact="${it}"]`)?.innerText ?? null, name).then((text) => text && plain(text));

async function shows(t, name) {
  await reach(t, 'trace');
  const facts = FACTS[name];
  await t.until(async () => (await fact(t, 'spans')) === commas(facts.span_count), `${name}: ${facts.span_count} spans`);
  assert.equal(await fact(t, 'services'), commas(facts.service_count), `${name}: services`);
  assert.equal(await fact(t, 'depth'), commas(facts.max_depth), `${name}: depth`);
  assert.equal(await fact(t, 'errors'), commas(facts.error_span_count), `${name}: errors`);
  assert.ok((await fact(t, 'trace')).includes(traceId(name)), `${name}: trace id`);
}

async function openSingle(t, query = '', file = single()) {
  await t.page.goto(pathToFileURL(file).href + query);
}

/** What was requested besides the file itself and what the page made. Chromium tells of the file too. */
async function requested(t) {
  const own = pathToFileURL(single()).href;
  const others = t.requests.filter((one) => !/^(blob|data):/.test(one) && one.split(/[?#]/)[0] !== own);
  // A second witness, which both browsers keep.
  const timed = await t.page.evaluate(() => performance.getEntriesByType('resource').map((one) => one.name));
  return [...others, ...timed.filter((one) => !/^(blob|data):/.test(one))];
}

async function bootSays(t) {
  await t.page.waitForSelector('.boot-error');
  return plain(await t.page.evaluate(() => document.querySelector('#boot').innerText));
}

/** A folder of its own, gone afterwards. */
function folder(t, name = 'copy') {
  const top = mkdtempSync(path.join(tmpdir(), 'spanloom-'));
  t.cleanup(() => rmSync(top, { recursive: true }));
  const at = path.join(top, name);
  mkdirSync(at);
  return at;
}

// Opening

both('it opens, offers the samples, opens every one, and requests nothing', async (t) => {
  await openSingle(t);
  await reach(t, 'home');
  for (const name of SAMPLES) {
    await press(t, `[data-sample="${name}"]`);
    await shows(t, name);
    await press(t, 'a.logo');
    await reach(t, 'home');
  }
  assert.deepEqual(await requested(t), []);
  const text = await t.app.text();
  assert.match(text, /one file itself: it asks no server/);
  assert.doesNotMatch(text, /Take it along|config\.json|No source/);
});

both('nothing inside it can make a request', { allow: [/content.security.policy/i, /Security Error/] }, async (t) => {
  const witness = await t.site();
  await openSingle(t);
  await reach(t, 'home');
  const tried = await t.page.evaluate(async (address) => {
    const shut = (error) => `shut: ${error.name}`;
    const image = new Promise((resolve) => {
      const it = new Image();
      it.onload = () => resolve('loaded');
      it.onerror = () => resolve('shut: image');
      it.src = `${address}image`;
    });
    const worker = (() => {
      try {
        new Worker(`${address}worker.js`);
        return 'started';
      } catch (error) {
        return shut(error);
      }
    })();
    navigator.sendBeacon(`${address}beacon`);
    return [await fetch(`${address}fetch`).then(() => 'came', shut), await image, worker];
  }, witness.base);
  assert.equal(tried[0], 'shut: TypeError');
  assert.equal(tried[1], 'shut: image');
  await t.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
  assert.deepEqual(witness.log, []);
});

both('a file that is picked, one that is dropped and text that is pasted open', async (t, browser) => {
  await openSingle(t);
  await reach(t, 'home');
  await choose(t, fixturePath('erp-error', 'v2.json'), browser);
  await shows(t, 'erp-error');
  await drop(t, fixturePath('payment-declined', 'v2.json'), browser);
  await shows(t, 'payment-declined');
  await paste(t, readFileSync(fixturePath('get-order-404', 'v2.json'), 'utf8'), browser);
  await shows(t, 'get-order-404');
  assert.deepEqual(await requested(t), []);
});

both('a copy in a folder with blanks and umlauts: links, history and reload keep page, view and fragment', async (t) => {
  const file = path.join(folder(t, 'Spuren & Späne 100 %'), 'spanloom (2).html');
  cpSync(single(), file);
  const own = pathToFileURL(file).href;
  const at = () => t.page.url();
  await openSingle(t, '#kept', file);
  await reach(t, 'home');
  await press(t, '[data-sample="slow-erp"]');
  await shows(t, 'slow-erp');
  await t.page.keyboard.press('4');
  await t.page.waitForSelector(READY.map);
  await t.until(() => at() === `${own}?file=samples/slow-erp.pb&view=map#kept`, `the view in the address, ${at()}`);
  await t.page.reload();
  await shows(t, 'slow-erp');
  await t.page.waitForSelector(READY.map);
  await press(t, 'a.logo');
  await reach(t, 'home');
  await t.until(() => at() === `${own}#kept`, `the address without a query, ${at()}`);
  await t.page.goBack();
  await shows(t, 'slow-erp');
  await t.page.goForward();
  await reach(t, 'home');
});

// Figures

both('order-full: the six views show the recorded figures', async (t) => {
  const name = 'order-full';
  const [spans, facts] = [trace(name), FACTS[name]];
  await openSingle(t, `?file=${sampleQuery(name)}`);
  await shows(t, name);
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
  assert.deepEqual(await requested(t), []);
});

both('the report of every recorded trace, asked by postMessage, is true', async (t) => {
  await openSingle(t);
  await reach(t, 'home');
  for (const name of traceNames()) {
    const opened = await t.app.post({ type: 'open', name: `${name}.pb` }, traceBody(name, true, true));
    assert.deepEqual([opened.type, opened.span_count], ['opened', FACTS[name].span_count], JSON.stringify(opened).slice(0, 300));
    const { report } = await t.app.post({ type: 'report' });
    assert.deepEqual(comparableReport(report), expectedReport(name), name);
    assert.deepEqual(criticalPathFaults(name, report), [], `${name}: critical path`);
  }
  assert.deepEqual(await requested(t), []);
});

test('another frame without an origin is not taken for the page itself', async (t) => {
  const file = path.join(folder(t), 'host.html');
  const frame = pathToFileURL(single()).href;
  writeFileSync(file, `<!doctype html><meta charset="utf-8"><title>Host</title><iframe src="${frame}" title="trace"></iframe>`);
  await t.page.goto(pathToFileURL(file).href);
  const inside = t.page.frameLocator('iframe');
  await inside.locator('main[data-screen=home]').waitFor();
  await t.page.evaluate((data) => {
    document.querySelector('iframe').contentWindow.postMessage({ spanloom: 1, id: 'o', type: 'open', name: 'x', data }, '*');
  }, readFileSync(fixturePath('get-order', 'v2.json'), 'utf8'));
  await inside.getByRole('button', { name: /allow/i }).first().waitFor();
  assert.equal(await inside.locator('main[data-screen=trace]').count(), 0, 'nothing is opened before consent');
});

// No server

// Page after page is left while its worker may just be starting: Firefox then tells of a module that did not load.
const LEFT_EARLY = { allow: [/error loading dynamically imported module: blob:null/] };

both('what only a server has is told in one sentence, and not asked for', LEFT_EARLY, async (t) => {
  const witness = await t.site();
  const id = traceId('order-full');
  for (const query of [
    `?trace=${id}`, `?tempo=${witness.origin}/tempo`, `?tempo=${witness.origin}/tempo&trace=${id}`, '?source=prod',
    `?file=${witness.base}samples/order-full.pb`, '?file=samples/none.pb', '?service=orders&open=slowest',
  ]) {
    await openSingle(t, query);
    await reach(t, 'failure');
    assert.ok((await t.app.text()).includes(ASKS_NO_SERVER), `${query}: ${await t.app.text()}`);
    await t.page.evaluate(() => [...document.querySelectorAll('main button')].find((one) => one.textContent === 'Home').click());
    await reach(t, 'home');
  }
  for (const text of [id, `${witness.base}?trace=${id}`, `${witness.base}samples/order-full.pb`]) {
    await t.page.evaluate((it) => {
      const field = document.querySelector('input[data-goto]');
      field.value = it;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.form.requestSubmit();
    }, text);
    await t.until(() => t.page.evaluate((it) => document.querySelector('.goto-wrong')?.innerText === it, ASKS_NO_SERVER), `the sentence for ${text}`);
  }
  assert.deepEqual(witness.log, []);
  assert.deepEqual(await requested(t), []);
});

test('copied links say how far they lead; a copied summary names no folder', async (t) => {
  await openSingle(t, `?file=${sampleQuery('slow-erp')}`);
  await shows(t, 'slow-erp');
  const clipboard = () => t.page.evaluate(() => navigator.clipboard.readText());
  await (await t.app.menuItem('Copy link')).click();
  await t.until(async () => /works on this machine only/.test(await t.app.text()), 'how far the link leads');
  assert.equal(await clipboard(), t.page.url());
  await (await t.app.menuItem('Copy summary')).click();
  await t.until(async () => /^\*\*api-gateway: POST \/orders\*\* · /.test(await clipboard()), `a summary: ${await clipboard()}`);
  assert.doesNotMatch(await clipboard(), /file:/);
});

// The file itself

both('the page can give itself away: its own text, byte by byte', async (t) => {
  await openSingle(t, `?file=${sampleQuery('order-full')}`);
  await shows(t, 'order-full');
  const text = await t.page.evaluate(() => globalThis.spanloom.html());
  assert.ok(text === readFileSync(single(), 'utf8'), 'the text is the file');
});

both('with something in its place for evidence it starts, and gives itself away without', async (t) => {
  const file = path.join(folder(t), 'evidence.html');
  const bare = readFileSync(single(), 'utf8');
  writeFileSync(file, bare.replace(' id="spanloom-evidence">', ' id="spanloom-evidence">{"spanloom_test": "<p>1 & 2</p>"}'));
  await openSingle(t, '', file);
  await t.page.waitForSelector('main[data-screen]');
  assert.ok((await t.page.evaluate(() => globalThis.spanloom.html())) === bare, 'the text is the file without evidence');
});

/** The single file with a change, in a folder of its own. */
function changed(t, change) {
  const file = path.join(folder(t), 'spanloom.html');
  writeFileSync(file, change(readFileSync(single(), 'latin1')), 'latin1');
  return file;
}

/** Another character in the middle of a piece. */
const flipped = (piece) => (text) => {
  const start = text.indexOf(`id="piece:${piece}">`);
  const at = Math.floor((start + text.indexOf('</script>', start)) / 2);
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
};
const DAMAGED = { allow: [/SingleFile|This copy of it|DecompressionStream|Zlib|zlib|gzip|TypeError|incorrect data check|InvalidCharacterError|JSHandle@error|Error/] };

both('a copy that was cut off says so', DAMAGED, async (t) => {
  const file = changed(t, (text) => text.slice(0, text.indexOf('id="piece:app.wasm">') + 500_000));
  await openSingle(t, '', file);
  assert.equal(await bootSays(t), 'Spanloom could not start. This copy of it is cut off: the file ends too early. Copy or download it again.');
});

for (const piece of ['app.js', 'app.wasm', 'worker.js']) {
  both(`a copy with one wrong character in ${piece} says so`, DAMAGED, async (t) => {
    await openSingle(t, '', changed(t, flipped(piece)));
    assert.equal(await bootSays(t), `Spanloom could not start. This copy of it is damaged: its part ${piece} cannot be unpacked. Copy or download the file again.`);
  });
}

both('a sample with one wrong character says so, and files open all the same', DAMAGED, async (t, browser) => {
  await openSingle(t, '', changed(t, flipped('samples/slow-erp.pb')));
  await reach(t, 'home');
  await press(t, '[data-sample="slow-erp"]');
  await reach(t, 'failure');
  assert.match(await t.app.text(), /This copy of Spanloom is damaged: samples\/slow-erp\.pb cannot be unpacked\./);
  await choose(t, fixturePath('erp-error', 'v1.pb'), browser);
  await shows(t, 'erp-error');
});

both('without DecompressionStream it names the browsers that have one', DAMAGED, async (t, browser) => {
  const without = () => delete globalThis.DecompressionStream;
  await (browser === 'chromium' ? t.context.addInitScript(without) : t.page.evaluateOnNewDocument(without));
  await openSingle(t);
  assert.match(await bootSays(t), /This browser is too old for it: Chrome or Edge 96, Firefox 114, Safari 16\.4 and newer/);
});

test('check-single.sh accepts the file and refuses what is not as it promises', { noPage: true }, (t) => {
  const script = path.join(import.meta.dirname, '../../scripts/check-single.sh');
  const check = (file) => spawnSync('sh', [script, file], { encoding: 'utf8' });
  assert.equal(check(single()).status, 0, check(single()).stderr);
  const wrong = {
    'another script': (text) => text.replace('</head>', '<script>alert(1)</script>\n</head>'),
    'a changed script': (text) => text.replace('globalThis.spanloom =', 'globalThis.other =\n'),
    'a changed style': (text) => text.replace('<style>\n', '<style>\nb { color: red }\n'),
    'an open policy': (text) => text.replace("connect-src 'none'", 'connect-src *'),
    'no place for evidence': (text) => text.replace('spanloom-evidence', 'other'),
    'a damaged part': flipped('app.wasm'),
    'a part that is not there': (text) => text.replace('piece:app.js', 'piece:other.js'),
    'an address': (text) => text.replace('</head>', '<link rel="stylesheet" href="style.css">\n</head>'),
  };
  for (const [what, change] of Object.entries(wrong)) {
    const file = changed(t, change);
    assert.notEqual(check(file).status, 0, what);
  }
});

// The ordinary page

const OF_A_FOLDER = { allow: [/blocked by CORS policy/, /net::ERR_FAILED/, /dynamically imported module|Cross-Origin|JSHandle@error/] };

both('the ordinary page, opened as a file, says what to do', OF_A_FOLDER, async (t) => {
  await t.page.goto(`${pathToFileURL(path.join(distFolder(), 'index.html')).href}#kept`);
  const says = await bootSays(t);
  assert.match(says, /opened as a file/);
  assert.match(says, /Open spanloom\.html, which lies beside this page/);
  assert.match(says, /python3 -m http\.server --bind 127\.0\.0\.1 in it, and open http:\/\/127\.0\.0\.1:8000\//);
  await press(t, '#boot a');
  await reach(t, 'home');
  assert.equal(t.page.url(), `${pathToFileURL(single()).href}#kept`);
});

test('a hosted page offers the file to take along', async (t) => {
  await t.app.open(await t.site());
  await t.app.reach('home');
  const link = t.page.locator('[data-take-along] a');
  const [download] = await Promise.all([t.page.waitForEvent('download'), link.click()]);
  assert.equal(download.suggestedFilename(), 'spanloom.html');
  assert.ok(readFileSync(await download.path()).equals(readFileSync(single())));
});
