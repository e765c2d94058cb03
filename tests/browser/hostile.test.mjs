// Traces whose every text is meant to do harm: nothing of them runs, loads, opens or becomes an element, in any view, in any format.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { plain } from './figures.mjs';
import { test } from './harness.mjs';
import { FORMATS, HARMFUL, SPANS, assertHarmless, otlpJson, tempoPartial, watch } from './hostile.mjs';
import { asFile } from './page.mjs';
import { createPrometheus } from './prometheus.mjs';
import { WINDOW, instant } from './tempo-explore.mjs';
import { READY, VIEWS, viewShown } from './views.mjs';

const ID = 'bad1'.padStart(32, '0');

/** Opens the hostile trace of a format at an address of the site's own. */
async function openHostile(t, format, query = {}, options = {}) {
  const [ending, make] = FORMATS[format];
  const site = await t.site(options);
  const seen = await watch(t, site);
  await t.app.open(site, { file: site.serve(`hostile.${ending}`, make()), ...query });
  await t.app.reach('trace');
  return { site, seen };
}

/** Everything that unfolds is unfolded, and what shows more of a long text is pressed. */
async function unfold(t, inside) {
  await t.page.evaluate((selector) => {
    const within = document.querySelector(selector);
    for (const one of within?.querySelectorAll('details:not([open]) > summary') ?? []) one.click();
    for (const one of within?.querySelectorAll('button[aria-expanded=false]') ?? []) one.click();
    for (const one of within?.querySelectorAll('.btn.link') ?? []) if (one.textContent.startsWith('… all')) one.click();
  }, inside);
}

test('the look for harm finds harm', async (t) => {
  const { seen } = await openHostile(t, 'OTLP/JSON');
  await assertHarmless(t, seen, 'before');
  for (const [tag, name, value] of [['img', 'alt', 'x'], ['a', 'href', 'javascript:window.pwned=1'], ['a', 'href', 'data:text/html,x'], ['pwn-ed', 'title', 'x'], ['iframe', 'title', 'x'], ['b', 'onlick', 'x']]) {
    await t.page.evaluate(([tag, name, value]) => {
      const element = document.createElement(tag);
      element.setAttribute(name, value);
      element.id = 'planted';
      document.body.append(element);
    }, [tag, name, value]);
    await assert.rejects(assertHarmless(t, seen, tag), /planted|leads to|has onlick/);
    await t.page.evaluate(() => document.getElementById('planted').remove());
  }
  await t.page.evaluate(() => { window.pwned = 1; });
  await assert.rejects(assertHarmless(t, seen, 'a value'), /pwned: true/);
});

for (const format of Object.keys(FORMATS)) {
  test(`${format}: every view, and the details of every span`, async (t) => {
    const { seen } = await openHostile(t, format);
    for (const view of VIEWS) {
      await t.app.post({ type: 'show', view });
      await viewShown(t, view);
      await unfold(t, `#view-${view}`);
      if (view === 'findings') await t.page.locator('article[data-finding]').first().waitFor();
      await assertHarmless(t, seen, view);
    }
    await t.app.post({ type: 'show', view: 'timeline' });
    const spans = await t.app.post({ type: 'report' });
    assert.equal(spans.report.span_count, SPANS.length);
    for (const { id, text } of SPANS.slice(0, HARMFUL.length + 1)) {
      assert.equal((await t.app.post({ type: 'show', span: id })).type, 'shown');
      await t.app.details().waitFor();
      await unfold(t, '[data-details]');
      const [start] = text.slice(0, 30).split(/[^ -~]/);
      await t.until(async () => plain(await t.app.details().innerText()).includes(start.trim()), `${JSON.stringify(start)} in the details`);
      await assertHarmless(t, seen, `details of ${JSON.stringify(text.slice(0, 40))}`);
    }
  });
}

test('a text is shown as it is: markup as letters, its whole on demand', async (t) => {
  const { seen } = await openHostile(t, 'OTLP/JSON', { span: SPANS[1].id });
  await t.app.details().waitFor();
  assert.ok((await t.app.details().innerText()).includes(HARMFUL[1]));
  await t.app.post({ type: 'show', span: SPANS[HARMFUL.length - 1].id });
  await t.app.details().getByRole('button', { name: /all 1\d\d(\.\d)? kB/i }).first().click();
  await t.until(async () => (await t.app.details().innerText()).includes(HARMFUL[0]), 'the whole of the long text, markup at its end');
  await assertHarmless(t, seen, 'the long text');
});

test('hover cards in every view', async (t) => {
  const { seen } = await openHostile(t, 'OTLP/JSON');
  let cards = 0;
  for (const view of VIEWS) {
    await t.app.post({ type: 'show', view });
    await viewShown(t, view);
    const box = await t.page.locator(`#view-${view}`).boundingBox();
    for (let at = 1; at < 12; at += 1) {
      await t.page.mouse.move(box.x + (box.width * at) / 12, box.y + 40 + at * 24);
      await t.page.waitForTimeout(40);
      cards += await t.page.locator('[data-card]').count();
    }
    if (view === 'map') {
      for (const node of (await t.page.locator('svg.map g.node').all()).slice(0, 8)) {
        await node.hover({ force: true }).catch(() => {});
        cards += await t.page.locator('[data-card]').count();
        await node.click({ force: true }).catch(() => {});
        await assertHarmless(t, seen, 'a node of the map');
      }
    }
    await assertHarmless(t, seen, `cards of ${view}`);
  }
  assert.ok(cards > 0, 'cards came up');
});

test('what is taken along: downloads, report, summary, link', async (t) => {
  const { site, seen } = await openHostile(t, 'OTLP/JSON');
  for (const name of ['As received', 'OTLP protobuf', 'OTLP/JSON', 'Jaeger JSON', 'Statistics as CSV', 'Spans in view as CSV', 'Report']) {
    const item = await t.app.menuItem(name);
    const [download] = await Promise.all([t.page.waitForEvent('download'), item.click()]);
    assert.match(download.suggestedFilename(), /^[\w.-]+$/);
    const written = readFileSync(await download.path(), 'utf8');
    if (/JSON|Report/.test(name)) JSON.parse(written);
    if (/CSV/.test(name)) assert.doesNotMatch(written, /(^|\r\n|,)"?[=+@\t]/, 'no cell is a formula');
  }
  const copied = async (name) => {
    await (await t.app.menuItem(name)).click();
    return t.until(async () => t.page.evaluate(() => navigator.clipboard.readText()), name);
  };
  await t.page.evaluate(() => navigator.clipboard.writeText(''));
  const link = await copied('Copy link');
  assert.ok(link.startsWith(site.base), link);
  await t.page.evaluate(() => navigator.clipboard.writeText(''));
  const summary = await copied('Copy summary');
  assert.doesNotMatch(summary, /^\s*<(script|img|iframe)/m);
  await assertHarmless(t, seen, 'the menu');
});

test('the name of a dropped file, the name that a host page gives, and what was opened lately', async (t) => {
  const site = await t.site();
  const seen = await watch(t, site);
  await t.app.open(site);
  await t.app.reach('home');
  await t.app.choose(asFile('<img src=x onerror=window.pwned=1>.json', otlpJson()));
  await t.app.reach('trace');
  await assertHarmless(t, seen, 'a file');
  const item = await t.app.menuItem('As received');
  const [download] = await Promise.all([t.page.waitForEvent('download'), item.click()]);
  assert.doesNotMatch(download.suggestedFilename(), /[<>/\\]/);
  for (const name of HARMFUL) {
    assert.equal((await t.app.post({ type: 'open', name, data: otlpJson() })).type, 'opened');
    await assertHarmless(t, seen, 'a host page');
  }
  for (const data of HARMFUL) assert.equal((await t.app.post({ type: 'open', name: data, data })).type, 'error');
  await assertHarmless(t, seen, 'a failure');
  await t.app.open(site);
  await t.page.locator('[data-recent] a').first().waitFor();
  await assertHarmless(t, seen, 'opened lately');
});

test('a list of traces, and what they say together', async (t) => {
  const site = await t.site();
  const seen = await watch(t, site);
  await t.app.open(site);
  await t.app.reach('home');
  await t.app.choose(asFile('two.jsonl', `${otlpJson()}\n${otlpJson(ID)}\n`));
  await t.app.reach('list');
  await assertHarmless(t, seen, 'the list');
  for (const part of ['Connectors', 'Propagation', 'Sampling']) {
    await t.page.locator('.a-head .seg').getByRole('button', { name: part }).click();
    await t.page.locator('.across table, .across [data-nothing]').first().waitFor();
    await unfold(t, '.across');
    await assertHarmless(t, seen, part);
  }
});

test('inside another page', async (t) => {
  const { seen } = await openHostile(t, 'OTLP/JSON', { embed: '1', view: 'timeline' });
  await t.app.rowsShown();
  for (const view of VIEWS) {
    await t.app.post({ type: 'show', view, find: HARMFUL[0] });
    await t.page.locator(READY[view]).first().waitFor({ state: 'attached' });
    await assertHarmless(t, seen, view);
  }
});

/** Parameters that can stand in one link, since none of them leads elsewhere; and those that do, each by itself. */
const PARAMETERS = [['find', 'only', 'node', 'near', 'by', 'sort', 'focus', 'span'], ['view', 'theme', 'tz', 'utm'], ['file'], ['q'], ['service']];

for (const names of PARAMETERS) {
  test(`a link's ${names.join(', ')}`, { allow: [/Failed to load resource/, /content security policy: connect-src/, /violates the following Content Security Policy directive.*connect-src/, /^connect-src blocked/] }, async (t) => {
    const site = await t.site();
    const seen = await watch(t, site);
    const file = site.serve('hostile.json', otlpJson());
    for (const [at, text] of HARMFUL.slice(0, -1).entries()) {
      await t.app.open(site, { file, view: at % 2 ? 'map' : 'stats', ...Object.fromEntries(names.map((name) => [name, text])) });
      await t.app.reach(['trace', 'home', 'explore']).catch(() => t.page.locator('[data-screen=failure]').waitFor());
      // A file that a link names is asked for, of an origin that needs no word of the reader's.
      const asked = names[0] === 'file' ? seen.requests.filter((url) => !url.startsWith(site.base) && !url.startsWith('data:')) : seen.requests;
      await assertHarmless(t, { ...seen, requests: asked }, `${names}=${text.slice(0, 40)}`);
    }
  });
}

test('links of config.json lead to http and https only, and no value breaks out of its place', async (t) => {
  const link = (on, name, url) => ({ on, name, url });
  const config = { links: [
    link('span', HARMFUL[1], 'https://logs.example/?q=${attr["evil"]}&n=${span.name}&s=${service}'),
    link('span', 'whole', '${attr["url.full"]}'),
    link('span', 'path', 'https://logs.example/${attr["evil"]}#${attr["evil"]}'),
    link('trace', 'root', 'https://logs.example/?q=${resource["service.name"]}'),
    link('span', 'script', 'javascript:window.pwned="${span.id}"'),
    link('span', 'data', 'data:text/html,${attr["evil"]}'),
    link('span', 'half', 'java${attr["evil"]}script:alert(1)'),
  ] };
  const { site, seen } = await openHostile(t, 'OTLP/JSON', {}, { config });
  const own = new Set([site.origin, 'https://logs.example']);
  let links = 0;
  for (const { id } of SPANS.slice(0, HARMFUL.length)) {
    await t.app.post({ type: 'show', span: id });
    await t.app.details().waitFor();
    await t.page.waitForTimeout(60);
    const hrefs = await t.page.locator('a[target=_blank]').evaluateAll((all) => all.map((one) => ({ href: one.href, rel: one.rel })));
    for (const { href, rel } of hrefs) {
      assert.ok(own.has(new URL(href).origin), href.slice(0, 200));
      assert.doesNotMatch(href, /["<>\s]/);
      assert.match(rel, /noopener/);
    }
    links += hrefs.length;
    await assertHarmless(t, seen, id);
  }
  assert.ok(links > HARMFUL.length, `${links} links`);
});

test('other texts of config.json', async (t) => {
  const [script, image, quote] = HARMFUL;
  const config = {
    [image]: 1, sources: [{ name: image, type: 'tempo', url: '/tempo', headers: { 'X-Note': quote } }, { name: script, type: script, url: 'javascript:window.pwned=1' }],
    links: [{ on: image, name: image, url: image }], service_colors: { [script]: image, [image]: 3 }, trusted_hosts: [image, 'javascript:x'], defaults: { theme: image, tz: script },
  };
  const { seen } = await openHostile(t, 'OTLP/JSON', {}, { config, mounts: { '/tempo': (_request, response) => response.end('{}') } });
  await t.page.getByRole('button', { name: 'Settings' }).click();
  await t.page.locator('dialog[open]').waitFor();
  await unfold(t, 'dialog');
  await assertHarmless(t, seen, 'settings');
});

test('what a Tempo says: a partial answer, and refusals', { allow: [/Failed to load resource/] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  const seen = await watch(t, site);
  for (const message of HARMFUL.slice(0, -1)) {
    tempo.on('*', { status: 200, type: 'application/json', body: tempoPartial(ID, message) });
    await t.app.open(site, { trace: ID });
    await t.app.reach('trace');
    await t.page.locator('[data-banner]').first().waitFor();
    await assertHarmless(t, seen, 'partial');
  }
  for (const [status, type] of [[500, 'text/html'], [400, 'text/plain'], [200, 'text/html']]) {
    tempo.on('*', { status, type, body: HARMFUL.slice(0, -1).join('\n') });
    await t.app.open(site, { trace: ID });
    await t.page.locator('[data-screen=failure]').waitFor();
    await assertHarmless(t, seen, `${status}`);
  }
});

test('what a Tempo and a Prometheus say of a range: results, services, charts, the map, a sample', async (t) => {
  const prometheus = createPrometheus();
  const { tempo, site } = await t.tempoSite({}, {}, { prometheus: '/prometheus' }, { '/prometheus': prometheus.handle });
  const seen = await watch(t, site);
  const range = { from: String(WINDOW.from * 1000), to: String(WINDOW.to * 1000) };
  const each = (make) => HARMFUL.slice(0, -1).map(make);
  const found = each((text, at) => ({
    traceID: at === 0 ? ID : (0xbad10 + at).toString(16).padStart(32, '0'), rootServiceName: text, rootTraceName: text, startTimeUnixNano: `${WINDOW.to - at}000000000`, durationMs: 5,
    spanSets: [{ matched: 1, spans: [{ spanID: SPANS[0].id, name: text, startTimeUnixNano: `${WINDOW.to}000000000`, durationNanos: '5', attributes: [{ key: text, value: { stringValue: text } }] }] }],
    serviceStats: { [text]: { spanCount: 1, errorCount: 1 } },
  }));
  const search = JSON.stringify({ traces: found, metrics: {} });
  for (const query of ['{ }', '{ span:status = error }']) tempo.explore.says('search', query, search);
  tempo.explore.says('metrics', '{ kind = server } | rate() by (resource.service.name, status)', instant(each((text) => [{ 'resource.service.name': text, status: 'error' }, 2])));
  tempo.explore.says('metrics', '{ kind = server } | quantile_over_time(duration, .5, .95, .99) by (resource.service.name)', instant(each((text) => [{ 'resource.service.name': text, p: 0.95 }, 0.2])));
  const edges = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: each((text) => ({ metric: { client: text, server: `${text}!`, connection_type: text }, value: [WINDOW.to, '5'] })) } });
  prometheus.says('sum by (client, server, connection_type) (traces_service_graph_request_total)', edges);
  prometheus.says('sum by (client, server, connection_type) (traces_service_graph_request_failed_total)', edges);
  tempo.on('*', { status: 200, type: 'application/json', body: tempoPartial(ID, HARMFUL[0]) });
  for (const [query, shown] of [[{ q: '{ span:status = error }' }, '[data-found]'], [{}, '[data-line]'], [{ view: 'map' }, 'svg.map .node'], [{ across: 'connectors' }, '.across'], [{ across: 'propagation' }, '.across'], [{ across: 'sampling' }, '.across']]) {
    await t.app.open(site, { ...range, ...query });
    await t.page.locator(shown).first().waitFor();
    await t.until(() => t.page.evaluate(() => /img src=x onerror/.test(document.getElementById('main').outerHTML)), `the texts to be on the page of ${JSON.stringify(query)}`);
    await assertHarmless(t, seen, JSON.stringify(query));
  }
});

for (const size of ['wide', 'narrow']) {
  test(`what stands beside harmful texts stays in its place, ${size}`, { size }, async (t) => {
    await openHostile(t, 'OTLP/JSON', { span: SPANS[HARMFUL.length - 1].id });
    // A name of 100 kB hides neither the figures nor the way out.
    const { width, height } = t.page.viewportSize();
    for (const beside of [t.app.details().getByRole('button', { name: 'Close details' }), t.app.details().locator('[data-detail=critical]')]) {
      await beside.waitFor();
      const box = await beside.boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height, JSON.stringify(box));
    }
    // A service name that turns the direction of writing ends where the name of the span begins.
    const turned = HARMFUL.findIndex((text) => text.startsWith('\u202e'));
    await t.app.post({ type: 'show', span: SPANS[turned].id });
    const [service, name] = await t.app.row(SPANS[turned].id).locator('.nm > span').evaluateAll((spans) => spans.map((span) => span.getBoundingClientRect().toJSON()));
    assert.ok(service.width > 40 && service.right <= name.left + 1, JSON.stringify([service, name]));
    // Names in the toolbar lie on no other tool.
    await t.app.post({ type: 'show', view: 'stats' });
    await viewShown(t, 'stats');
    const covered = await t.page.locator('select[data-by]').evaluate((select) => {
      const { right, top, height: tall } = select.getBoundingClientRect();
      return document.elementFromPoint(right - 8, top + tall / 2)?.outerHTML.slice(0, 80) ?? '';
    });
    assert.match(covered, /^<select/);
    // Nor do they push a span's duration out of its finding.
    await t.app.post({ type: 'show', view: 'findings' });
    const durations = t.page.locator('.f-spans li > .dim:not(.said)');
    await durations.first().waitFor();
    for (const box of await durations.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()))) assert.ok(box.width > 20 && box.right <= width, JSON.stringify(box));
  });
}
