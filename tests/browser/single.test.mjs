// spanloom.html, the page in one file, opened out of a folder in Chromium, Firefox and WebKit: every way in, every view, the
// report, and not one request; damaged copies; and what the ordinary page says when it is opened as a file.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { tmpdir } from 'node:os';
import { assertSixViews, assertWaysIn, choose, inEach, press, reach, shows } from './engines.mjs';
import { plain } from './figures.mjs';
import { test } from './harness.mjs';
import { distFolder } from './server.mjs';
import { traceBody, traceNames } from './tempo.mjs';
import { FACTS, SAMPLES, comparableReport, criticalPathFaults, expectedReport, fixturePath, sampleQuery, traceId } from './truth.mjs';
import { READY } from './views.mjs';

const BROWSERS = ['chromium', 'firefox', 'webkit'];
const ASKS_NO_SERVER = 'This copy of Spanloom asks no server: open the trace from a file, or use a hosted Spanloom.';

const single = () => {
  const file = path.join(distFolder(), 'spanloom.html');
  assert.ok(existsSync(file), 'dist/spanloom.html');
  return file;
};

const everywhere = (...given) => inEach(BROWSERS, ...given);

async function openSingle(t, query = '', file = single()) {
  await t.page.goto(pathToFileURL(file).href + query);
}

/** What was requested besides the file itself and what the page made. Chromium tells of the file too. */
async function requested(t) {
  const own = pathToFileURL(single()).href;
  const others = t.requests.filter((one) => !/^(blob|data):/.test(one) && one.split(/[?#]/)[0] !== own);
  // A second witness, which all browsers keep, and the only one in WebKit.
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

everywhere('it opens, offers the samples, opens every one, and requests nothing', async (t) => {
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

everywhere('nothing inside it can make a request', { allow: [/content.security.policy/i, /Security Error/] }, async (t) => {
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

everywhere('a file that is picked, one that is dropped and text that is pasted open', async (t, browser) => {
  await openSingle(t);
  await assertWaysIn(t, browser);
  assert.deepEqual(await requested(t), []);
});

everywhere('a copy in a folder with blanks and umlauts: links, history and reload keep page, view and fragment', async (t) => {
  const file = path.join(folder(t, 'Spuren & Späne 100 %'), 'spanloom (2).html');
  cpSync(single(), file);
  const own = pathToFileURL(file).href;
  const at = async () => t.page.url();
  await openSingle(t, '#kept', file);
  await reach(t, 'home');
  await press(t, '[data-sample="slow-erp"]');
  await shows(t, 'slow-erp');
  await t.page.keyboard.press('4');
  await t.page.waitForSelector(READY.map);
  await t.until(async () => (await at()) === `${own}?file=samples/slow-erp.pb&view=map#kept`, 'the view in the address');
  await t.page.reload();
  await shows(t, 'slow-erp');
  await t.page.waitForSelector(READY.map);
  await press(t, 'a.logo');
  await reach(t, 'home');
  await t.until(async () => (await at()) === `${own}#kept`, 'the address without a query');
  await t.page.goBack();
  await shows(t, 'slow-erp');
  await t.page.goForward();
  await reach(t, 'home');
});

// Figures

everywhere('order-full: the six views show the recorded figures', async (t) => {
  await openSingle(t, `?file=${sampleQuery('order-full')}`);
  await shows(t, 'order-full');
  await assertSixViews(t, 'order-full');
  assert.deepEqual(await requested(t), []);
});

everywhere('the report of every recorded trace, asked by postMessage, is true', async (t) => {
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

everywhere('what only a server has is explained in one sentence, and not asked for', LEFT_EARLY, async (t) => {
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

everywhere('the page can give itself away: its own text, byte by byte', async (t) => {
  await openSingle(t, `?file=${sampleQuery('order-full')}`);
  await shows(t, 'order-full');
  const text = await t.page.evaluate(() => globalThis.spanloom.html());
  assert.ok(text === readFileSync(single(), 'utf8'), 'the text is the file');
});

everywhere('with something in its place for evidence it starts, and gives itself away without', async (t) => {
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

everywhere('a copy that was cut off says so', DAMAGED, async (t) => {
  const file = changed(t, (text) => text.slice(0, text.indexOf('id="piece:app.wasm">') + 500_000));
  await openSingle(t, '', file);
  assert.equal(await bootSays(t), 'Spanloom could not start. This copy of it is cut off: the file ends too early. Copy or download it again.');
});

for (const piece of ['app.js', 'app.wasm', 'worker.js']) {
  everywhere(`a copy with one wrong character in ${piece} says so`, DAMAGED, async (t) => {
    await openSingle(t, '', changed(t, flipped(piece)));
    assert.equal(await bootSays(t), `Spanloom could not start. This copy of it is damaged: its part ${piece} cannot be unpacked. Copy or download the file again.`);
  });
}

everywhere('a sample with one wrong character says so, and files open all the same', DAMAGED, async (t, browser) => {
  await openSingle(t, '', changed(t, flipped('samples/slow-erp.pb')));
  await reach(t, 'home');
  await press(t, '[data-sample="slow-erp"]');
  await reach(t, 'failure');
  assert.match(await t.app.text(), /This copy of Spanloom is damaged: samples\/slow-erp\.pb cannot be unpacked\./);
  await choose(t, fixturePath('erp-error', 'v1.pb'), browser);
  await shows(t, 'erp-error');
});

inEach(['chromium', 'firefox'], 'without DecompressionStream it names the browsers that have one', DAMAGED, async (t, browser) => {
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

everywhere('the ordinary page, opened as a file, says what to do', OF_A_FOLDER, async (t) => {
  await t.page.goto(`${pathToFileURL(path.join(distFolder(), 'index.html')).href}#kept`);
  const says = await bootSays(t);
  assert.match(says, /opened as a file/);
  assert.match(says, /Open spanloom\.html, which lies beside this page/);
  assert.match(says, /python3 -m http\.server --bind 127\.0\.0\.1 in it, and open http:\/\/127\.0\.0\.1:8000\//);
  await press(t, '#boot a');
  await reach(t, 'home');
  assert.equal(await t.page.url(), `${pathToFileURL(single()).href}#kept`);
});

test('a hosted page offers the file to take along', async (t) => {
  await t.app.open(await t.site());
  await t.app.reach('home');
  const link = t.page.locator('[data-take-along] a');
  const [download] = await Promise.all([t.page.waitForEvent('download'), link.click()]);
  assert.equal(download.suggestedFilename(), 'spanloom.html');
  assert.ok(readFileSync(await download.path()).equals(readFileSync(single())));
});
