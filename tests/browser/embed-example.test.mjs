// examples/embed as it stands, on an origin of its own under a strict policy, around a Spanloom of another: with consent, trusted, refused.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { plain, readDuration } from './figures.mjs';
import { test } from './harness.mjs';
import { otherOrigin } from './hosts.mjs';
import { FACTS, fixturePath, traceId } from './truth.mjs';

const EXAMPLE = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../examples/embed');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json' };
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const read = (name) => readFileSync(path.join(EXAMPLE, name), 'utf8');

/** The policy of its README, with where Spanloom is. */
function policy(spanloom) {
  const [, text] = read('README.md').match(/^(default-src 'none';.*)$/m);
  return text.replace('https://traces.example', spanloom);
}

/** Serves the example with its one line changed. `also` is more markup, as of another part of the page. */
async function serve(t, spanloom, also) {
  const log = [];
  const server = http.createServer((request, response) => {
    const name = request.url === '/' ? 'index.html' : request.url.slice(1);
    log.push(name);
    const changed = () => read(name).replace(/data-address="[^"]*"/, () => `data-address="${spanloom().url({ embed: '1' })}"`).replace('</body>', `${also}</body>`);
    response.writeHead(200, { 'Content-Type': TYPES[path.extname(name)], 'Content-Security-Policy': `${policy(spanloom().origin)} http://localhost:*` });
    response.end(name === 'index.html' ? changed() : read(name));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.cleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://localhost:${server.address().port}`, log };
}

/** The example around a site; its parts. */
async function example(t, { trusted = false, also = '' } = {}) {
  let site = null;
  const page = await serve(t, () => site, also);
  site = await t.site({ ancestors: [page.origin], config: trusted ? { trusted_hosts: [page.origin] } : null });
  await t.page.goto(`${page.origin}/`);
  const inside = t.page.frameLocator('iframe[title=Spanloom]');
  const status = t.page.locator('#status');
  const says = (words) => t.until(async () => words.test(plain(await status.innerText())), `the page to say ${words}`);
  await says(/^Spanloom \d+\.\d+\.\d+ is ready$/);
  return { site, page, inside, says, bar: inside.getByRole('alertdialog') };
}

/** The tables of the page, by their first column. */
const table = async (t, id) =>
  Object.fromEntries(await t.page.locator(`#${id} tr`).evaluateAll((rows) => rows.map((row) => [row.cells[0].textContent, [...row.cells].slice(1).map((cell) => cell.textContent)])));

/** Asserts a duration to the digits that the page shows. */
function assertShows(text, ns, what) {
  const { ns: read, step } = { step: 0, ...readDuration(text) };
  assert.ok(Math.abs(Number(read) - Number(ns)) <= Math.max(Number(step), Number(ns) * 0.005), `${what}: ${text} for ${ns} ns`);
}

/** What is true of the example's own trace, from its raw spans. */
function truth() {
  const spans = JSON.parse(read('trace.json')).resourceSpans.flatMap((of) => of.scopeSpans.flatMap((scoped) => scoped.spans.map((span) => ({ service: of.resource.attributes[0].value.stringValue, ...span }))));
  const start = (span) => BigInt(span.startTimeUnixNano);
  const end = (span) => BigInt(span.endTimeUnixNano);
  // No child here overlaps another or its parent's end: self time is what they leave.
  const self = (span) => end(span) - start(span) - spans.filter((child) => child.parentSpanId === span.spanId).reduce((sum, child) => sum + end(child) - start(child), 0n);
  const services = [...new Set(spans.map((span) => span.service))];
  const root = spans.find((span) => !span.parentSpanId);
  return {
    spans, root, duration: end(root) - start(root), failed: spans.filter((span) => span.status.code === 2).length, self,
    byService: services.map((service) => {
      const of = spans.filter((span) => span.service === service);
      return [service, of.length, of.filter((span) => span.status.code === 2).length, of.reduce((sum, span) => sum + self(span), 0n)];
    }),
  };
}

async function assertOwnFigures(t) {
  const { spans, root, duration, failed, byService } = truth();
  const facts = await table(t, 'facts');
  assert.deepEqual([facts.Trace[0], facts.Spans[0], facts.Failed[0], facts.Services[0]], [root.traceId, String(spans.length), String(failed), String(byService.length)]);
  assertShows(facts.Duration[0], duration, 'duration');
  assertShows(facts['Critical path'][0], duration, 'critical path');
  const services = await table(t, 'services');
  assert.equal(Object.keys(services).length, byService.length);
  for (const [service, count, errors, self] of byService) {
    assert.deepEqual(services[service].slice(0, 2), [String(count), String(errors)], service);
    assertShows(services[service][2], self, `self time of ${service}`);
  }
}

test('with the reader\'s consent: the trace opens, and the table has the figures of its raw spans', async (t) => {
  const { page, says, bar, inside } = await example(t);
  await t.page.getByRole('button', { name: 'The trace of the incident' }).click();
  await bar.waitFor();
  assert.ok((await bar.innerText()).includes(page.origin));
  await says(/asks, in the frame/);
  assert.equal(await t.page.locator('#figures').isVisible(), false);
  await bar.getByRole('button', { name: 'Allow' }).click();
  await says(/^incident-2041\.json: 9 spans$/);
  await inside.locator('[role=row][data-span]').first().waitFor();
  await assertOwnFigures(t);
});

test('trusted by config.json: every button shows what it says', async (t) => {
  const { says, inside, bar } = await example(t, { trusted: true });
  const press = (name) => t.page.getByRole('button', { name, exact: true }).click();
  await press('The trace of the incident');
  await says(/9 spans$/);
  assert.equal(await bar.count(), 0);
  await assertOwnFigures(t);
  const { spans, self } = truth();
  const costliest = spans.reduce((most, span) => (self(span) > self(most) ? span : most));
  await press('The costliest span');
  await says(new RegExp(`^Shown: span ${costliest.spanId}$`));
  await inside.locator(`[role=row][data-span="${costliest.spanId}"][aria-selected=true]`).waitFor();
  await inside.locator('[data-details]').waitFor();
  await press('The first half');
  await says(/^Shown: t0 0, t1 206000000$/);
  for (const [name, view] of [['Flame chart', 'flame'], ['Flame graph', 'graph'], ['Map', 'map'], ['Statistics', 'stats'], ['Findings', 'findings'], ['Timeline', 'timeline']]) {
    await press(name);
    await says(new RegExp(`^Shown: view ${view}$`));
    assert.equal(await inside.locator(`#view-${view}`).count(), 1);
  }
  await press('All of it');
  await says(/t1 412000000$/);
  await t.page.getByLabel('Find', { exact: true }).fill('service:payment');
  await t.page.keyboard.press('Enter');
  await says(/^Shown: find service:payment$/);
  const payments = spans.filter((span) => span.service === 'payment').length;
  await t.until(async () => (await inside.locator('[data-find-count]').textContent()).includes(String(payments)), `${payments} spans to be found`);
});

test('another file, as the reader picks it: figures as the facts of the recording have them', async (t) => {
  const { says } = await example(t, { trusted: true });
  await t.page.locator('#file').setInputFiles(fixturePath('erp-error', 'v1.pb'));
  await says(/79 spans$/);
  const facts = FACTS['erp-error'];
  const shown = await table(t, 'facts');
  assert.deepEqual([shown.Trace[0], shown.Spans[0], shown.Failed[0], shown.Services[0]], [traceId('erp-error'), String(facts.span_count), String(facts.error_span_count), String(facts.service_count)]);
  await t.page.locator('#file').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no trace') });
  await says(/^Not done: .{10,}/);
  assert.equal(await t.page.locator('#figures').isVisible(), false);
});

test('refused: the page says so, and can ask again', async (t) => {
  const { says, bar } = await example(t);
  for (let times = 0; times < 2; times += 1) {
    await t.page.getByRole('button', { name: 'The trace of the incident' }).click();
    await bar.getByRole('button', { name: 'Not now' }).click();
    await says(/^Not done: the reader did not allow this page to be driven from outside$/);
  }
  assert.equal(await t.page.locator('#costly').isDisabled(), true);
});

test('where Spanloom does not answer, the page says what to look at', { allow: [/frame-ancestors|ERR_BLOCKED_BY_RESPONSE|Failed to execute 'postMessage'|Framing/i] }, async (t) => {
  let site = null;
  const page = await serve(t, () => site, '');
  site = await t.site();
  await t.page.clock.install();
  await t.page.goto(`${page.origin}/`);
  await t.page.waitForTimeout(300);
  for (let times = 0; times < 90; times += 1) await t.page.clock.runFor(250);
  await t.until(async () => /does not answer\. Is the address right, and does its frame-ancestors allow/.test(await t.page.locator('#status').innerText()), 'a word about it');
});

test('a third page that posts meanwhile gets nothing and changes nothing, on either side', async (t) => {
  const third = await otherOrigin(t, '');
  const { says, bar, site } = await example(t, { trusted: true, also: `<iframe name="third" width="60" height="20" src="${third}"></iframe>` });
  const frame = t.page.frames().find((one) => one.name() === 'third');
  await frame.evaluate((target) => {
    setInterval(() => {
      const spanloom = [...Array(window.top.frames.length).keys()].map((at) => window.top.frames[at]).find((one) => one !== window);
      // As if it were Spanloom, to the example; as if it were the example, to Spanloom; and to hear what is meant for either.
      for (let id = 1; id < 12; id += 1) {
        window.top.postMessage({ spanloom: 1, id, type: 'report', report: { trace_id: 'forged', findings: [], services: [] } }, '*');
        window.top.postMessage({ spanloom: 1, id, type: 'error', message: 'forged' }, '*');
        spanloom.postMessage({ spanloom: 1, id, type: 'show', view: 'map' }, target);
      }
    }, 20);
  }, site.origin);
  await t.page.getByRole('button', { name: 'The trace of the incident' }).click();
  await says(/^incident-2041\.json: 9 spans$/);
  await assertOwnFigures(t);
  // The third page is asked about; what it asked is not done, and of what it gets nothing is said of the trace.
  await bar.waitFor();
  const heard = await frame.evaluate(() => window.heard);
  assert.deepEqual([...new Set(heard.map(({ type }) => type))].filter((type) => type !== 'error'), []);
  assert.ok(heard.every(({ message }) => /too many messages wait already/.test(message)), JSON.stringify(heard[0]));
});

for (const size of ['wide', 'narrow']) {
  test(`by keyboard alone, ${size}: opening, showing, finding; nothing is wider than the page`, { size }, async (t) => {
    const { says, inside } = await example(t, { trusted: true });
    const to = async (selector) => {
      for (let tabs = 0; tabs < 40; tabs += 1) {
        if (await t.page.evaluate((it) => document.activeElement.matches(it), selector)) return;
        await t.page.keyboard.press('Tab');
      }
      assert.fail(`Tab does not reach ${selector}`);
    };
    await to('#example');
    await t.page.keyboard.press('Enter');
    await says(/9 spans$/);
    await to('[data-view=flame]');
    await t.page.keyboard.press('Enter');
    await says(/^Shown: view flame$/);
    assert.equal(await t.page.evaluate(() => document.activeElement.dataset.view), 'flame', 'the keyboard stays');
    await inside.locator('#view-flame').waitFor();
    await to('#text');
    await t.page.keyboard.type('bank');
    await t.page.keyboard.press('Enter');
    await says(/^Shown: find bank$/);
    const { wide, page } = await t.page.evaluate(() => ({ wide: document.documentElement.scrollWidth, page: innerWidth }));
    assert.ok(wide <= page, `${wide} px of ${page}`);
  });
}

for (const theme of ['light', 'dark']) {
  for (const size of ['wide', 'narrow']) {
    test(`axe finds nothing serious in it, ${size}, ${theme}`, { size, theme }, async (t) => {
      const { says } = await example(t, { trusted: true });
      await t.page.evaluate(AXE);
      const faults = () => t.page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document, { iframes: false, preload: false, resultTypes: ['violations'] });
        return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
      });
      assert.deepEqual(await faults(), [], 'before a trace is open');
      await t.page.getByRole('button', { name: 'The trace of the incident' }).click();
      await says(/9 spans$/);
      assert.deepEqual(await faults(), [], 'with a report');
    });
  }
}
