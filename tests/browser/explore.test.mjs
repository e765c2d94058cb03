// Exploring a source: the board of services and searching, held against the recorded bodies, read here as plain JSON.

import assert from 'node:assert/strict';
import { plain } from './figures.mjs';
import { FAILED_REQUEST, test } from './harness.mjs';
import { createTempo } from './tempo.mjs';
import { WINDOW, body, instant, same } from './tempo-explore.mjs';
import { trace, traceId } from './truth.mjs';

const RANGE = { from: String(WINDOW.from * 1000), to: String(WINDOW.to * 1000) };
const SERVER_RATES = '{ kind = server } | rate() by (resource.service.name, status)';
const SERVER_QUANTILES = '{ kind = server } | quantile_over_time(duration, .5, .95, .99) by (resource.service.name)';
const ERRORS = '{ span:status = error }';
/** Half a second after which nothing more was asked. */
const REST_MS = 500;
/** Whether metrics were asked of a range that ends now: without the newest 30 s, give or take the second that passes meanwhile. */
const isLong = ({ query }, seconds) => Math.abs(Number(query.end) - Number(query.start) - (seconds - 30)) <= 1;

const labelsOf = (series) => Object.fromEntries(series.labels.map(({ key, value }) => [key, Object.values(value)[0]]));

/** Rates by service out of a recorded answer: all, and those whose status is error. */
function ratesOf(file) {
  const rates = new Map();
  for (const series of body(file).series) {
    const labels = labelsOf(series);
    const name = labels['resource.service.name'];
    const line = rates.get(name) ?? { rate: 0, errors: 0 };
    line.rate += series.value ?? 0;
    if (labels.status === 'error') line.errors += series.value ?? 0;
    rates.set(name, line);
  }
  return rates;
}

/** A figure as the page writes a rate: three digits. */
function rateWords(rate) {
  if (rate === 0) return '0';
  if (rate >= 100) return rate.toFixed(0);
  if (rate >= 10) return rate.toFixed(1);
  if (rate >= 0.1) return rate.toFixed(2);
  return rate.toFixed(3);
}

async function figure(row, name) {
  return plain(await row.locator(`[data-figure="${name}"]`).innerText()).replace(/\s+(?=\/s|%)/g, '');
}

async function openBoard(t, site, query = RANGE) {
  await t.app.open(site, query);
  await t.app.reach('explore');
  await t.page.locator('[data-line]').first().waitFor();
}

async function openSearch(t, site, query, more = {}) {
  await t.app.open(site, { q: query, ...RANGE, ...more });
  await t.app.reach('explore');
  await t.page.locator('[data-summary], [data-nothing], .x-failed').first().waitFor();
}

const found = (t) => t.page.locator('[data-found]').evaluateAll((rows) => rows.map((row) => row.dataset.found));
const editorText = (t) => t.page.locator('textarea[data-query]').inputValue();

// Services

test('a page with a source begins with its services: every one, with the rates that Tempo told', async (t) => {
  const { site } = await t.tempoSite();
  await openBoard(t, site);
  const rates = ratesOf('metrics/instant-by-two.json');
  const rows = t.page.locator('[data-population="Requests"] [data-line]');
  const names = await rows.evaluateAll((all) => all.map((row) => row.dataset.line));
  assert.deepEqual([...names].sort(), [...rates.keys()].sort());
  for (const [name, { rate, errors }] of rates) {
    const row = t.page.locator(`[data-line="${name}"]`);
    assert.ok((await figure(row, 'rate')).includes(`${rateWords(rate)}/s`), `${name}: ${await figure(row, 'rate')} for ${rate}`);
    assert.ok((await figure(row, 'errors')).includes(`${rateWords(errors)}/s`), `${name}: ${await figure(row, 'errors')} for ${errors}`);
    const share = (errors / rate) * 100;
    const words = share === 0 ? '0%' : `${share.toFixed(1)}%`;
    assert.ok((await figure(row, 'error-share')).replace(/\s/g, '').includes(words), `${name}: ${await figure(row, 'error-share')} for ${share}`);
  }
});

test('the worst change against the range before stands first', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const before = Number(WINDOW.from);
  const lines = [...ratesOf('metrics/instant-by-two.json')];
  // The same rates before, and p95 of one service five times what it was.
  const name = 'erp-connector';
  tempo.explore.says('metrics', SERVER_RATES, (entry) =>
    entry.path.endsWith('/query') && Number(entry.query.end) <= before
      ? instant(lines.flatMap(([service, { rate, errors }]) => [
        [{ 'resource.service.name': service, status: 'unset' }, rate - errors],
        [{ 'resource.service.name': service, status: 'error' }, errors],
      ]))
      : undefined);
  tempo.explore.says('metrics', SERVER_QUANTILES, (entry) => {
    const factor = Number(entry.query.end) <= before ? 0.2 : 1;
    return instant(lines.flatMap(([service]) => [0.5, 0.95, 0.99].map((p) => [
      { 'resource.service.name': service, p },
      (service === name ? factor : 1) * p,
    ])));
  });
  await openBoard(t, site);
  const first = t.page.locator('[data-population="Requests"] [data-line]').first();
  assert.equal(await first.getAttribute('data-line'), name);
  assert.match(await figure(first, 'p95'), /\+400%/);
  assert.match(await figure(first, 'p95'), /950.?ms/);
  const second = t.page.locator('[data-population="Requests"] [data-line]').nth(1);
  assert.equal(Number(await second.getAttribute('data-worse')), 0);
  assert.doesNotMatch(await figure(second, 'p95'), /%/);
});

test('a click on a service shows its operations, and the address keeps them', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const operations = '{ kind = server && resource.service.name = "api-gateway" } | rate() by (name, status)';
  tempo.explore.says('metrics', operations, instant([[{ name: 'POST /orders', status: 'unset' }, 2.5], [{ name: 'GET /quotes', status: 'error' }, 0.5]]));
  await openBoard(t, site);
  await t.page.locator('[data-line="api-gateway"] .x-name').click();
  const orders = t.page.locator('[data-line="POST /orders"]');
  await orders.waitFor();
  assert.match(await figure(orders, 'rate'), /2\.50\/s/);
  assert.equal(new URL(t.page.url()).searchParams.get('operations'), 'api-gateway');
  await t.page.reload();
  await orders.waitFor();
  await t.page.locator('[data-line="api-gateway"] .x-name').click();
  await orders.waitFor({ state: 'detached' });
});

test('a part that fails leaves the rest: the board says what is missing', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.explore.says('metrics', SERVER_QUANTILES, { status: 400, body: 'unsupported' });
  await openBoard(t, site);
  assert.match(plain(await t.page.locator('[data-missing]').first().innerText()), /Without durations.*unsupported/);
  assert.equal(await t.page.locator('[data-population="Requests"] [data-line]').count(), ratesOf('metrics/instant-by-two.json').size);
});

test('a source that fails altogether says why, and the page stays', { allow: [FAILED_REQUEST] }, async (t) => {
  const { site } = await t.tempoSite({ tenant: true });
  await t.app.open(site, RANGE);
  await t.page.locator('.x-failed').waitFor();
  assert.match(await t.app.text(), /no org id/);
  await t.page.locator('[data-explore-tab="Files"]').click();
  await t.page.locator('.home').waitFor();
});

test('a range of more than a day is not asked for: Tempo would refuse it', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await t.app.open(site, { from: 'now-7d', to: 'now' });
  await t.page.locator('.x-failed').waitFor();
  assert.match(await t.app.text(), /at most 24 h; this range is 168\.0 h/);
  assert.equal(tempo.log.filter((entry) => entry.path.includes('/metrics/')).length, 0);
});

test('busy: Tempo is asked again after what it says, and the page says so', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  let refused = 0;
  tempo.explore.says('search', ERRORS, () => (refused++ === 0 ? { status: 429, body: 'job queue full' } : undefined));
  await t.app.open(site, { q: ERRORS, ...RANGE });
  await t.page.getByText(/answered 429; asking again in 2 s/).waitFor();
  await t.page.locator('[data-summary]').waitFor();
  assert.equal((await found(t)).length, 20);
});

// Searching

test('a search shows the traces that Tempo returned, with their figures', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await openSearch(t, site, ERRORS);
  const traces = body('search/errors.json').traces;
  const newestFirst = [...traces].sort((a, b) => (BigInt(b.startTimeUnixNano) > BigInt(a.startTimeUnixNano) ? 1 : -1));
  await t.page.setViewportSize({ width: 1440, height: 1200 });
  await t.until(async () => (await found(t)).length === traces.length, 'all rows');
  assert.deepEqual(new Set(await found(t)), new Set(newestFirst.map((trace) => trace.traceID.padStart(32, '0'))));
  for (const trace of traces) {
    const row = t.page.locator(`[data-found="${trace.traceID.padStart(32, '0')}"]`);
    const stats = Object.entries(trace.serviceStats);
    const sum = (field) => stats.reduce((total, [, stat]) => total + (stat[field] ?? 0), 0);
    assert.equal(await figure(row, 'spans'), String(sum('spanCount')));
    assert.equal(await figure(row, 'matched'), String(trace.spanSets.reduce((total, set) => total + set.matched, 0)));
    const text = plain(await row.innerText());
    assert.ok(text.includes(trace.rootServiceName) && text.includes(trace.rootTraceName), text);
    const worst = Math.max(...stats.map(([, stat]) => stat.errorCount ?? 0));
    assert.ok((await figure(row, 'errors')).includes(String(worst)), text);
    const named = await row.locator('[data-services]').getAttribute('title');
    assert.deepEqual(named.split(', '), stats.map(([name]) => name));
  }
  assert.match(await t.app.text(), /within 20 returned, more exist/);
  const asked = tempo.log.find((entry) => entry.path === '/api/search');
  assert.deepEqual([asked.query.q, asked.query.start, asked.query.end, asked.query.limit], [ERRORS, String(WINDOW.from), String(WINDOW.to), '20']);
});

test('the list is sorted by any column, and the slowest of those returned stands first', async (t) => {
  const { site } = await t.tempoSite();
  await openSearch(t, site, ERRORS);
  await t.page.getByRole('columnheader', { name: /Duration/ }).getByRole('button').click();
  const traces = body('search/errors.json').traces;
  const slowest = traces.reduce((a, b) => (b.durationMs > a.durationMs ? b : a));
  assert.equal((await found(t))[0], slowest.traceID.padStart(32, '0'));
});

test('more: a larger limit is asked, and what is new is added', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const all = body('search/all.json').traces;
  tempo.explore.says('search', '{}', (entry) => JSON.stringify({ traces: all.slice(0, Math.min(Number(entry.query.limit), 20)), metrics: {} }));
  tempo.explore.says('search', '{ name = "x" }', (entry) => JSON.stringify({ traces: entry.query.limit === '20' ? all : [...all.slice(10), ...body('search/errors.json').traces], metrics: {} }));
  await openSearch(t, site, '{ name = "x" }');
  await t.page.locator('[data-more]').click();
  const ids = new Set([...all, ...body('search/errors.json').traces].map((trace) => trace.traceID));
  await t.page.getByText(`${ids.size} traces, all that match`).waitFor();
  assert.equal(tempo.log.filter((entry) => entry.path === '/api/search').at(-1).query.limit, '100');
});

test('a trace opens in place; back leads to the same search, asked once, where it was', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const mine = traceId('erp-error');
  tempo.explore.says('search', ERRORS, () => {
    const answer = body('search/errors.json');
    answer.traces[5].traceID = mine;
    return JSON.stringify(answer);
  });
  await t.page.setViewportSize({ width: 1440, height: 420 });
  await openSearch(t, site, ERRORS);
  const rows = t.page.locator('.results .list-rows');
  await rows.evaluate((element) => element.scrollTo(0, 120));
  await t.page.locator(`[data-found="${mine}"]`).scrollIntoViewIfNeeded();
  const scrolled = await rows.evaluate((element) => element.scrollTop);
  await t.page.locator(`[data-found="${mine}"] .x-root`).click();
  await t.app.reach('trace');
  assert.equal(new URL(t.page.url()).searchParams.get('trace'), mine);
  await t.page.goBack();
  await t.app.reach('explore');
  await t.page.locator(`[data-found="${mine}"]`).waitFor();
  assert.equal(await rows.evaluate((element) => element.scrollTop), scrolled);
  assert.equal(await editorText(t), ERRORS);
  await t.page.waitForTimeout(REST_MS);
  assert.equal(tempo.log.filter((entry) => entry.path === '/api/search').length, 1);
});

test('spans that matched unfold with what was selected, and open the trace there', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const query = body('search/select.json') && '{ resource.service.name = "erp-connector" && span:duration > 500ms } | select(span.erp.system, span:status, span:kind, resource.service.version, span:parentID)';
  const slow = traceId('slow-erp');
  tempo.explore.says('search', query, () => {
    const answer = body('search/select.json');
    answer.traces[0].traceID = slow;
    return JSON.stringify(answer);
  });
  await openSearch(t, site, query);
  const row = t.page.locator(`[data-found="${slow}"]`);
  await row.locator('.twist').click();
  const span = body('search/select.json').traces[0].spanSets[0].spans[0];
  const line = t.page.locator(`[data-found-span="${span.spanID}"]`);
  await line.waitFor();
  const text = plain(await line.innerText());
  for (const { key, value } of span.attributes) assert.ok(text.includes(key) && text.includes(Object.values(value)[0]), `${key}: ${text}`);
});

test('groups of by() and counts show as what they are', async (t) => {
  const { site } = await t.tempoSite();
  await openSearch(t, site, '{ span:status = error } | by(resource.service.name)');
  const first = body('search/by.json').traces[0];
  const row = t.page.locator(`[data-found="${first.traceID.padStart(32, '0')}"]`);
  await row.locator('.twist').click();
  const sets = (await t.page.locator('[data-set]').allInnerTexts()).map(plain);
  assert.equal(sets.length, first.spanSets.length);
  first.spanSets.forEach((set, at) => {
    const { key, value } = set.attributes[0];
    assert.ok(sets[at].includes(key) && sets[at].includes(Object.values(value)[0]) && sets[at].includes(`${set.matched} matched`), sets[at]);
  });
});

test('a root that has not come is told, not guessed', async (t) => {
  const { site } = await t.tempoSite();
  const without = body('search/no-time-range.json');
  const { tempo, site: other } = await t.tempoSite();
  tempo.explore.says('search', '{ }', () => JSON.stringify(without));
  await openSearch(t, other, '{ }');
  const missing = without.traces.find((trace) => trace.rootServiceName.startsWith('<root'));
  const row = t.page.locator(`[data-found="${missing.traceID.padStart(32, '0')}"]`);
  assert.match(plain(await row.innerText()), /root not received/);
  assert.ok(site);
});

test('nothing found says what was looked at and what to do', async (t) => {
  const { site } = await t.tempoSite();
  await openSearch(t, site, '{ span.foo = "nope" }');
  const text = await t.app.text();
  assert.match(text, /No trace matches/);
  assert.match(text, /412\.2 kB in 1 block were looked at, over 2 min 30 s|412.*block/);
});

test('what Tempo refuses is told in its words, and marked in the query', { allow: [FAILED_REQUEST] }, async (t) => {
  const { site } = await t.tempoSite();
  await openSearch(t, site, '{ foo = 1 }');
  assert.match(plain(await t.page.locator('[data-said]').innerText()), /unknown identifier: foo/);
  assert.equal(plain(await t.page.locator('.editor .sq').innerText()), 'foo');
  assert.match(plain(await t.page.locator('[data-slip]').innerText()), /unknown identifier: foo/);
});

test('a query that makes metrics is not searched: Tempo would answer something else', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await openSearch(t, site, '{} | rate()');
  assert.match(await t.app.text(), /This query makes metrics/);
  assert.equal(tempo.log.filter((entry) => entry.path === '/api/search').length, 0);
});

// The editor

test('the editor completes scopes, attributes and values, by keyboard', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await openSearch(t, site, '{ }');
  const editor = t.page.locator('textarea[data-query]');
  await editor.fill('');
  await editor.pressSequentially('{ resource.serv');
  await t.page.locator('[data-offer="service.name"]').waitFor();
  await editor.press('Tab');
  await editor.pressSequentially('= "carrier-');
  const wanted = body('tags/v2-values-resource.service.name.json').tagValues.map((one) => one.value ?? '').filter((name) => name.includes('carrier-')).sort();
  await t.page.locator('[data-offer="carrier-dpd"]').waitFor();
  assert.deepEqual(await t.page.locator('[data-offer]').evaluateAll((lines) => lines.map((line) => line.dataset.offer)), wanted);
  await editor.press('ArrowDown');
  await editor.press('ArrowDown');
  await editor.press('Enter');
  assert.equal(await editorText(t), `{ resource.service.name = "${wanted[2]}" `);
  await editor.pressSequentially('}');
  await editor.press('ControlOrMeta+Enter');
  await t.until(() => tempo.log.some((entry) => entry.path === '/api/search' && same(entry.query.q) === same(`{ resource.service.name = "${wanted[2]}" }`)), 'the search');
});

test('values of durations are never asked for', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await openSearch(t, site, '{ }');
  const editor = t.page.locator('textarea[data-query]');
  await editor.fill('');
  await editor.pressSequentially('{ duration > ');
  await t.page.locator('[data-offer="100ms"]').waitFor();
  await t.page.waitForTimeout(REST_MS);
  assert.deepEqual(tempo.log.filter((entry) => /\/values$/.test(entry.path)), []);
});

test('chips: each condition can be taken away; what stands below is then of an older query', async (t) => {
  const { site } = await t.tempoSite();
  await openSearch(t, site, '{ status = error && resource.service.name = "erp-connector" }');
  const chips = () => t.page.locator('[data-chip]').evaluateAll((all) => all.map((chip) => chip.dataset.chip));
  assert.deepEqual(await chips(), ['status = error', 'resource.service.name = "erp-connector"']);
  await t.page.locator('[data-chip="status = error"] .x').click();
  assert.equal(await editorText(t), '{ resource.service.name = "erp-connector" }');
  assert.match(plain(await t.page.locator('[data-older]').innerText()), /Edited, not run\. Below: \{ status = error && /);
  await t.page.locator('[data-run]').click();
  await t.page.locator('[data-older]').waitFor({ state: 'detached' });
});

test('the form writes TraceQL, and reads what it could have written', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await openSearch(t, site, '{ }');
  await t.page.getByRole('button', { name: 'Form' }).click();
  await t.page.locator('[data-form="Service"]').fill('api-gateway');
  await t.page.locator('[data-form="Status"]').selectOption('error');
  await t.page.locator('[data-form="At least"]').fill('250ms');
  await t.page.locator('[data-form="Calls service"]').fill('erp-connector');
  await t.page.locator('[data-run]').click();
  const want = '{ resource.service.name = "api-gateway" && status = error && duration >= 250ms } >> { resource.service.name = "erp-connector" }';
  await t.until(() => tempo.log.some((entry) => entry.query.q === want), 'the search');
  await t.page.getByRole('button', { name: 'TraceQL' }).click();
  assert.equal(await editorText(t), want);
  await t.page.locator('textarea[data-query]').fill('{ } | count() > 2');
  await t.page.getByRole('button', { name: 'Form' }).click();
  await t.page.getByText(/says more than the form can/).waitFor();
});

test('queries that were run come back from the history', async (t) => {
  const { site } = await t.tempoSite();
  await openSearch(t, site, ERRORS);
  await t.app.open(site, RANGE);
  await t.page.locator('[data-explore-tab="Traces"]').click();
  await t.page.locator('summary[data-history]').click();
  await t.page.locator('.x-history .btn', { hasText: ERRORS }).click();
  await t.page.locator('[data-summary]').waitFor();
  assert.equal(new URL(t.page.url()).searchParams.get('q'), ERRORS);
});

// Range

test('the range: quick, absolute, in the address, and asked anew', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await openBoard(t, site);
  await t.page.locator('summary[data-range]').click();
  await t.page.getByRole('button', { name: 'Last 3 hours' }).click();
  await t.until(() => new URL(t.page.url()).searchParams.get('from') === 'now-3h', 'the address');
  const last = () => tempo.log.filter((entry) => entry.path === '/api/metrics/query_range').at(-1);
  await t.until(() => isLong(last(), 3 * 3600), 'three hours');
  await t.page.locator('summary[data-range]').click();
  await t.page.getByLabel('From', { exact: true }).fill('2026-11-22 12:17:10');
  await t.page.getByLabel('To', { exact: true }).fill('2026-11-22 12:10:00');
  await t.page.getByRole('button', { name: 'Apply' }).click();
  await t.page.getByText(/ends before it begins/).waitFor();
  await t.page.getByLabel('To', { exact: true }).fill('2026-11-22 12:19:40');
  await t.page.getByRole('button', { name: 'Apply' }).click();
  await t.until(() => Number(last().query.start) === WINDOW.from && Number(last().query.end) === WINDOW.to, 'the range as seconds');
  await t.page.goBack();
  await t.until(() => new URL(t.page.url()).searchParams.get('from') === 'now-3h', 'back');
  await t.until(() => isLong(last(), 3 * 3600), 'three hours again');
});

test('a service leads to its traces, its failures and its slow ones', async (t) => {
  const { site } = await t.tempoSite();
  await openBoard(t, site);
  await t.page.locator('[data-line="erp-connector"]').getByRole('button', { name: 'Failed' }).click();
  await t.until(async () => (await editorText(t)) === '{ resource.service.name = "erp-connector" && kind = server && status = error }', 'the query');
  await t.page.goBack();
  await t.page.locator('[data-line="erp-connector"]').waitFor();
});

// Landings

/** Answers to `duration >= …` out of these spans, one a trace; as Tempo does, the first so many that match. */
function answerBy(durations, entry) {
  const least = /duration >= ([\d.]+)(ns|us|ms|s|m)/.exec(entry.query.q);
  const unit = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 6e10 };
  const leastNs = least ? Number(least[1]) * unit[least[2]] : 0;
  const traces = durations
    .filter(([, ns]) => ns >= leastNs)
    .slice(0, Number(entry.query.limit))
    .map(([traceID, ns], at) => ({
      traceID,
      rootServiceName: 'api-gateway',
      rootTraceName: 'POST /orders',
      startTimeUnixNano: String((BigInt(WINDOW.from) + BigInt(at % 100)) * 1_000_000_000n),
      durationMs: Math.round(ns / 1e6),
      spanSets: [{ spans: [{ spanID: '0000000000000001', startTimeUnixNano: '1', durationNanos: String(ns) }], matched: 1 }],
    }));
  return JSON.stringify({ traces, metrics: {} });
}

const filler = (count, ns) => Array.from({ length: count }, (_, at) => [(0xabc000 + at).toString(16).padStart(32, '0'), ns + at * 1000]);

test('open=slowest opens the slowest of all, not of those that came first, and says why', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const slowest = traceId('order-full');
  const all = [...filler(300, 20_000_000), [slowest, 4_500_000_000], ...filler(100, 30_000_000)];
  tempo.explore.says('search', '*', (entry) => answerBy(all, entry));
  tempo.explore.says('metrics', '*', (entry) => (entry.query.q.includes('quantile') ? instant([[{ p: 0.99 }, 0.025]]) : undefined));
  await t.app.open(site, { service: 'order-service', status: 'error', open: 'slowest', ...RANGE });
  await t.app.reach('trace');
  assert.equal(new URL(t.page.url()).searchParams.get('trace'), slowest);
  assert.equal(new URL(t.page.url()).searchParams.get('open'), null);
  const why = plain(await t.page.locator('.banner').first().innerText());
  assert.match(why, /The slowest, 4\.50 s.*resource\.service\.name = "order-service" && status = error/);
  assert.ok(tempo.log.filter((entry) => entry.path === '/api/search').length <= 5);
});

test('a slowest that five searches do not settle is called what it is', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const alike = [[traceId('order-full'), 5_000_000_000], ...filler(60, 5_000_000_000).map(([id]) => [id, 5_000_000_000])];
  tempo.explore.says('search', '*', (entry) => answerBy(alike, entry));
  await t.app.open(site, { service: 'order-service', open: 'slowest', ...RANGE });
  await t.app.reach(['trace', 'failure']);
  const said = await t.app.text();
  assert.match(said, /slowest of 20 returned.*more exist|Trace not found/);
});

test('open=latest asks for the most recent; where Tempo does not know how, a window narrows', { allow: [FAILED_REQUEST] }, async (t) => {
  for (const knows of [true, false]) {
    const { tempo, site } = await t.tempoSite();
    const wanted = traceId('erp-error');
    tempo.explore.says('search', '*', (entry) => {
      if (entry.query.q.includes('most_recent')) return knows ? answerBy([[wanted, 5_000_000]], entry) : { status: 400, body: 'invalid TraceQL query: unknown hint' };
      return answerBy(Number(entry.query.end) - Number(entry.query.start) > 60 ? filler(40, 1_000_000) : [[wanted, 5_000_000]], entry);
    });
    await t.app.open(site, { service: 'erp-connector', open: 'latest', ...RANGE });
    await t.app.reach('trace');
    assert.equal(new URL(t.page.url()).searchParams.get('trace'), wanted);
    assert.match(plain(await t.page.locator('.banner').first().innerText()), /The latest\. Asked: .*erp-connector/);
  }
});

test('a landing that finds nothing shows the search that it made', async (t) => {
  const { site } = await t.tempoSite();
  await t.app.open(site, { service: 'nobody', operation: 'nothing', open: 'first-error', ...RANGE });
  await t.app.reach('explore');
  await t.page.locator('[data-nothing]').waitFor();
  assert.equal(await editorText(t), '{ resource.service.name = "nobody" && name = "nothing" && status = error }');
});

test('a landing without open= is a search; links of Jaeger are understood', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await t.app.open(site, { service: 'erp-connector', operation: 'POST /sync', start: String(WINDOW.from * 1e6), end: String(WINDOW.to * 1e6), minDuration: '500ms', tags: '{"error":"true"}', limit: '20', lookback: '1h' });
  await t.app.reach('explore');
  await t.page.locator('[data-nothing], [data-summary]').first().waitFor();
  assert.equal(await editorText(t), '{ resource.service.name = "erp-connector" && name = "POST /sync" && duration >= 500ms && status = error }');
  const asked = tempo.log.find((entry) => entry.path === '/api/search');
  assert.deepEqual([asked.query.start, asked.query.end], [String(WINDOW.from), String(WINDOW.to)]);
});

// From a trace

test('is this slow: a span beside its own operation over the last hour, asked once', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const spans = trace('slow-erp');
  const span = spans.find((one) => one.service === 'erp-connector' && one.kind === 'SERVER');
  const bucket = (bound, status, value) => [{ __bucket: bound, status }, value];
  tempo.explore.says('metrics', '*', (entry) => (entry.query.q.includes('histogram_over_time(duration) by (status)') ? instant([bucket(0.134217728, 'unset', 997), bucket(0.134217728, 'error', 3)]) : undefined));
  await t.app.open(site, { trace: traceId('slow-erp'), span: span.id });
  await t.app.reach('trace');
  const line = t.page.locator('[data-usual]');
  await line.getByText('errors').waitFor();
  const p95 = 0.067108864 * 2 ** 0.95;
  const ratio = Number(span.end - span.start) / 1e9 / p95;
  const said = plain(await line.innerText());
  assert.ok(said.includes(`p95 ${Math.round(p95 * 1e3)} ms`), said);
  assert.ok(said.includes(`${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1)} ×`), `${said} for ${ratio}`);
  assert.ok(said.includes('errors 0.3 %'), said);
  const asked = () => tempo.log.filter((entry) => entry.query.q?.includes('by (status)'));
  assert.equal(asked().length, 1);
  assert.ok(isLong(asked()[0], 3600));
  await line.getByRole('button', { name: 'Same operation' }).click();
  await t.app.reach('explore');
  assert.equal(await editorText(t), `{ resource.service.name = "erp-connector" && name = "${span.name}" }`);
  const traces = tempo.traceRequests().length;
  await t.page.goBack();
  await t.app.reach('trace');
  await line.getByText('errors').waitFor();
  assert.equal(tempo.traceRequests().length, traces, 'the trace stayed open');
  assert.equal(asked().length, 1, 'the answer was kept');
});

test('the largest part of a request is unusual beside the last hour of its source', async (t) => {
  const { tempo, site } = await t.tempoSite();
  // 1,000 calls of 67 to 134 ms: the median is 0.067108864 * 2 ** 0.5 s.
  tempo.explore.says('metrics', '*', (entry) => (entry.query.q.includes('histogram_over_time(duration) by (status)') ? instant([[{ __bucket: 0.134217728, status: 'unset' }, 1000]]) : undefined));
  await t.app.open(site, { trace: traceId('slow-erp'), view: 'findings' });
  await t.app.reach('trace');
  const unusual = t.page.locator('article[data-finding=slow_part] [data-unusual]');
  await unusual.waitFor();
  const part = trace('slow-erp').find((one) => one.id === '676490c96b45c9df');
  const said = plain(await unusual.innerText());
  assert.ok(said.endsWith('against a median of 94.9 ms in 1,000 spans of this name in the last hour'), said);
  assert.ok(said.startsWith(`unusual: ${Math.round(Number(part.end - part.start) / 1e6)} ms `), said);
});

test('an attribute leads to traces with its value and with another', async (t) => {
  const { site } = await t.tempoSite();
  await t.app.open(site, { trace: traceId('slow-erp'), span: trace('slow-erp').find((one) => one.service === 'erp-connector').id });
  await t.app.reach('trace');
  await t.page.getByRole('button', { name: 'Find traces with this service.name', exact: true }).click();
  await t.app.reach('explore');
  assert.equal(await editorText(t), '{ resource.service.name = "erp-connector" }');
  await t.page.goBack();
  await t.app.reach('trace');
  await t.page.getByRole('button', { name: 'Find traces with another service.name', exact: true }).click();
  await t.until(async () => (await editorText(t)) === '{ resource.service.name != "erp-connector" }', 'the other search');
});

// Charts

/** What a chart says in words: its lines with their greatest value, its points. */
async function chartOf(t, name) {
  const plot = t.page.locator(`[data-chart="${name}"]`);
  const lines = await plot.locator('[data-line-of]').evaluateAll((all) => all.map((line) => ({ name: line.dataset.lineOf, most: Number(line.dataset.most), words: line.textContent })));
  const dots = await plot.locator('[data-dot]').evaluateAll((all) => all.map((dot) => ({ trace: dot.dataset.dot, words: dot.textContent })));
  return { plot, lines, dots };
}

/** The recorded answers under the questions that the charts put, roots being counted. */
function sayRed(tempo, conditions = '') {
  const spans = (more) => `{ nestedSetParent < 0${conditions && ` && ${conditions}`}${more} }`;
  tempo.explore.says('metrics', `${spans('')} | rate()`, JSON.stringify(body('metrics/range-rate.json')));
  tempo.explore.says('metrics', `${spans(' && status = error')} | rate()`, JSON.stringify(body('metrics/range-rate-exemplars.json')));
  const durations = body('metrics/range-quantile.json').series.filter((one) => labelsOf(one).name === 'POST /orders');
  for (const one of durations) {
    one.labels = one.labels.filter(({ key }) => key === 'p').map((label) => (label.value.doubleValue === 0.95 ? { key: 'p', value: { doubleValue: 0.9 } } : label));
  }
  tempo.explore.says('metrics', `${spans('')} | quantile_over_time(duration, .5, .9, .99)`, JSON.stringify({ series: durations }));
  return durations;
}

/** A sample stands at its interval's end: the one at the start is of the time before. */
const inside = (series) => series.samples.filter(({ timestampMs }) => timestampMs > WINDOW.from * 1000).map(({ value = 0 }) => value);

test('charts above a search show rate, errors and durations of root spans, as Tempo told them', async (t) => {
  const { tempo, site } = await t.tempoSite();
  const durations = sayRed(tempo);
  await openSearch(t, site, ERRORS);
  await t.until(async () => (await chartOf(t, 'Duration')).lines.length === 3, 'three quantiles');
  const rate = await chartOf(t, 'Rate');
  assert.equal(rate.lines[0].most, Math.max(...inside(body('metrics/range-rate.json').series[0])));
  const { lines, dots } = await chartOf(t, 'Duration');
  for (const [at, [name, p]] of [['p50', 0.5], ['p90', 0.9], ['p99', 0.99]].entries()) {
    const series = durations.find((one) => labelsOf(one).p === p);
    assert.equal(lines[at].name, name);
    assert.equal(lines[at].most, Math.max(...inside(series)), name);
  }
  const ids = new Set(durations.flatMap((one) => one.exemplars ?? []).map((one) => labelsOf(one)['trace:id'].padStart(32, '0')));
  assert.deepEqual(new Set(dots.map((dot) => dot.trace)), ids);
  const about = plain(await t.page.locator('[data-about]').innerText());
  assert.match(about, /of root spans; without span:status = error, which choose traces only/);
  assert.equal((await chartOf(t, 'Traces')).dots.length, 20);
});

test('a click on a spike opens its trace', async (t) => {
  const { tempo, site } = await t.tempoSite();
  sayRed(tempo);
  const wanted = traceId('slow-erp');
  const durations = body('metrics/range-quantile.json').series.slice(0, 1);
  durations[0].labels = [{ key: 'p', value: { doubleValue: 0.99 } }];
  durations[0].exemplars = [{ labels: [{ key: 'trace:id', value: { stringValue: wanted } }, { key: 'duration', value: { stringValue: '1.278s' } }], value: 1.278, timestampMs: String((WINDOW.from + 60) * 1000) }];
  tempo.explore.says('metrics', '{ nestedSetParent < 0 } | quantile_over_time(duration, .5, .9, .99)', JSON.stringify({ series: durations }));
  await openSearch(t, site, ERRORS);
  const { plot } = await chartOf(t, 'Duration');
  await plot.locator('[data-dot]').waitFor({ state: 'attached' });
  const box = await plot.boundingBox();
  const x = box.x + 48 + (60 / 150) * (box.width - 60);
  // Somewhere on this line of time the point stands.
  let opened = false;
  for (let y = 8; y < box.height - 20 && !opened; y += 5) {
    await t.page.mouse.move(x, box.y + y);
    opened = await plot.locator('.x-card').isVisible();
  }
  assert.ok(opened, 'the card of the point');
  const card = plain(await plot.locator('.x-card').innerText());
  assert.ok(card.includes('1.28 s') && card.includes(wanted), card);
  await t.page.mouse.down();
  await t.page.mouse.up();
  await t.app.reach('trace');
  assert.equal(t.app.query().get('trace'), wanted);
});

test('a range dragged out of a chart is the range', async (t) => {
  const { tempo, site } = await t.tempoSite();
  sayRed(tempo);
  await openSearch(t, site, ERRORS);
  const { plot } = await chartOf(t, 'Rate');
  await plot.locator('[data-line-of]').first().waitFor({ state: 'attached' });
  const box = await plot.boundingBox();
  const x = (share) => box.x + 48 + share * (box.width - 60);
  await t.page.mouse.move(x(0.4), box.y + 50);
  await t.page.mouse.down();
  await t.page.mouse.move(x(0.6), box.y + 50, { steps: 4 });
  await t.page.mouse.move(x(0.8), box.y + 50, { steps: 4 });
  await t.page.mouse.up();
  const at = (name) => Number(new URL(t.page.url()).searchParams.get(name)) / 1000 - WINDOW.from;
  await t.until(() => Math.abs(at('from') - 60) <= 2 && Math.abs(at('to') - 120) <= 2, `60 to 120 s, not ${at('from')} to ${at('to')}`);
  await t.page.goBack();
  await t.until(() => at('from') === 0, 'the range before');
});

test('without a root span among them, server and consumer spans are counted, and the page says so', async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.explore.says('metrics', '{ (kind = server || kind = consumer) } | rate()', JSON.stringify(body('metrics/range-rate.json')));
  await openSearch(t, site, ERRORS);
  await t.until(async () => /server and consumer spans.*no root span was counted/.test(plain(await t.page.locator('[data-about]').innerText())), 'the words');
});

test('charts by a field have a line for each of its values', async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.explore.says('metrics', '{ nestedSetParent < 0 } | rate() by (resource.service.name)', JSON.stringify(body('metrics/range-rate-by-service.json')));
  sayRed(tempo);
  await openSearch(t, site, ERRORS);
  await t.page.locator('input[data-by]').fill('resource.service.name');
  await t.page.locator('input[data-by]').press('Enter');
  const means = body('metrics/range-rate-by-service.json').series
    .map((one) => [labelsOf(one)['resource.service.name'], one.samples.reduce((sum, { value = 0 }) => sum + value, 0)])
    .sort((a, b) => b[1] - a[1]);
  await t.until(async () => (await chartOf(t, 'Rate')).lines.length === 8, 'eight lines');
  assert.deepEqual(new Set((await chartOf(t, 'Rate')).lines.map((line) => line.name)), new Set(means.slice(0, 8).map(([name]) => name)));
  assert.ok(means.length > 8, 'more services than lines');
  const told = await t.page.locator('[data-left-out]').first().innerText();
  assert.equal(plain(told), `and ${means.length - 8} more, lower on average`);
  const { width } = await t.page.locator('.chart').first().boundingBox();
  for (const part of ['[data-left-out]', '.keyline', '[data-mean]']) {
    const places = await t.page.locator(`.chart:first-child ${part}`).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().right));
    assert.ok(places.length > 0 && places.every((right) => right <= width), `${part} within the chart`);
  }
  assert.match(plain(await t.page.locator('[data-mean="errors"]').innerText()), /^0\/s 0\.0 %$/);
  await t.until(() => t.app.query().get('by') === 'resource.service.name', 'the address');
});

test('a source without metrics says so once, and the search stands', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.explore.says('metrics', '*', { status: 404, body: '404 page not found' });
  await openSearch(t, site, ERRORS);
  await t.page.locator('[data-red-failed]').waitFor();
  assert.equal(await t.page.locator('[data-red-failed]').count(), 1);
  assert.match(plain(await t.page.locator('[data-red-failed]').innerText()), /no TraceQL metrics.*local-blocks/);
  assert.equal((await found(t)).length, 20);
});

test('the pointer on a trace in the chart marks its row, and the other way round', async (t) => {
  const { site } = await t.tempoSite();
  await openSearch(t, site, ERRORS);
  const row = t.page.locator('[data-found]').nth(2);
  await row.hover();
  await t.page.locator('[data-chart="Traces"] .x-hot').waitFor();
  const mark = await t.page.locator('[data-chart="Traces"] .x-hot').boundingBox();
  await t.page.mouse.move(mark.x + 6.5, mark.y + 6.5);
  await t.page.locator('.list-row.hot').waitFor();
  assert.equal(await t.page.locator('.list-row.hot').getAttribute('data-found'), await row.getAttribute('data-found'));
});

// What a reader of the code found

test('another source: its own answers, also after back', async (t) => {
  const tempo = (name) => {
    const made = createTempo();
    made.explore.says('metrics', SERVER_RATES, instant([[{ 'resource.service.name': `${name}-service`, status: 'ok' }, 1]]));
    made.explore.says('search', '*', () => JSON.stringify({ traces: [{ traceID: name === 'one' ? '1' : '2', rootServiceName: name, rootTraceName: 'x', startTimeUnixNano: String(BigInt(WINDOW.from + 1) * 1_000_000_000n), durationMs: 1 }] }));
    return made;
  };
  const [one, two] = [tempo('one'), tempo('two')];
  const site = await t.site({
    mounts: { '/one': one.handle, '/two': two.handle },
    config: { sources: [{ name: 'one', type: 'tempo', url: '/one' }, { name: 'two', type: 'tempo', url: '/two' }] },
  });
  await openBoard(t, site);
  await t.page.locator('[data-line="one-service"]').waitFor();
  await t.page.locator('summary[data-source]').click();
  await t.page.getByRole('button', { name: 'two', exact: true }).click();
  await t.page.locator('[data-line="two-service"]').waitFor();
  assert.equal(t.app.query().get('source'), 'two');
  await t.page.goBack();
  await t.page.locator('[data-line="one-service"]').waitFor();
  assert.equal(await t.page.locator('[data-line="two-service"]').count(), 0);
  await t.page.locator('[data-explore-tab="Traces"]').click();
  await t.page.locator(`[data-found="${'1'.padStart(32, '0')}"]`).waitFor();
});

test('what is said of a list holds while more is being loaded, and when that fails', { allow: [FAILED_REQUEST] }, async (t) => {
  const { tempo, site } = await t.tempoSite();
  tempo.explore.says('search', ERRORS, (entry) => (entry.query.limit === '20' ? undefined : { status: 400, body: 'no' }));
  await openSearch(t, site, ERRORS);
  await t.page.locator('[data-more]').click();
  await t.page.locator('.x-failed').waitFor();
  assert.match(plain(await t.page.locator('[data-summary]').innerText()), /within 20 returned, more exist/);
  assert.equal(await t.page.locator('[data-more]').count(), 1);
});

test('choosing the form asks nothing, and it stays while a duration is half written', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await openSearch(t, site, '{ }');
  const searches = () => tempo.log.filter((entry) => entry.path === '/api/search').length;
  const before = searches();
  await t.page.getByRole('button', { name: 'Form' }).click();
  const least = t.page.locator('[data-form="At least"]');
  await least.pressSequentially('1h30m');
  assert.equal(await least.inputValue(), '1h30m');
  await least.fill('abc');
  await t.page.getByText('“abc” is no duration').waitFor();
  assert.equal(searches(), before);
});

test('a source that is not there is told', async (t) => {
  const { tempo, site } = await t.tempoSite();
  for (const query of [{ source: 'typo' }, { source: 'typo', q: ERRORS }, { source: 'typo', service: 'a', open: 'slowest' }]) {
    await t.app.open(site, { ...query, ...RANGE });
    await t.page.getByText('There is no source “typo”').first().waitFor();
  }
  assert.deepEqual(tempo.log.filter((entry) => entry.query.q), []);
});

test('a range chosen on one tab is the range of the other', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await openSearch(t, site, ERRORS);
  await t.page.locator('summary[data-range]').click();
  await t.page.getByRole('button', { name: 'Last 6 hours' }).click();
  await t.page.locator('[data-explore-tab="Services"]').click();
  await t.until(() => tempo.log.some((entry) => entry.path === '/api/metrics/query' && isLong(entry, 6 * 3600) && same(entry.query.q) === same(SERVER_RATES)), 'six hours of services');
});

test('giving up on a trace from the results leads back to them', async (t) => {
  const { tempo, site } = await t.tempoSite();
  await openSearch(t, site, ERRORS);
  tempo.on('*', 'hang');
  const first = (await found(t))[0];
  await t.page.locator(`[data-found="${first}"] .x-root`).click();
  await t.app.reach('loading');
  await t.page.getByRole('button', { name: /^cancel/i }).click();
  await t.app.reach('explore');
  assert.ok((await found(t)).includes(first));
  assert.equal(t.app.query().get('q'), ERRORS);
});
