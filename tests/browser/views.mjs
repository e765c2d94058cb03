// Reading the views: the textual twin of a canvas, nodes and edges of the map, rows of the statistics; where a box is.

import assert from 'node:assert/strict';
import { assertDuration, plain, readDuration } from './figures.mjs';
import { until } from './harness.mjs';
import { fixtureQuery, headline } from './truth.mjs';

export const VIEWS = ['timeline', 'flame', 'graph', 'map', 'stats', 'findings'];
export const TRACES = ['order-full', 'order-retry', 'synthetic-topology', 'linked-label', 'import-5k'];

/** What a trace is read from, where it was not recorded as JSON. */
const FILE = { 'import-5k': 'v2.pb' };

/** What is there once a view is shown. */
export const READY = {
  timeline: '[role=treegrid] [role=row][data-span]',
  flame: '[data-flame] [role=treeitem]',
  graph: '[data-graph] [role=treeitem]',
  map: 'svg.map g.node',
  stats: '.grid-row',
  findings: '#view-findings h2',
};

/** Opens a recorded trace in a view; gives the site. */
export async function openView(t, name, view, more = {}, site = null) {
  const on = site ?? (await t.site());
  await t.app.open(on, { file: fixtureQuery(name, FILE[name] ?? 'v2.json'), view, ...more });
  await t.app.reach('trace');
  await viewShown(t, view);
  return on;
}

export async function viewShown(t, view) {
  await t.page.locator(`#tab-${view}[aria-selected=true]`).waitFor();
  await t.page.locator(READY[view]).first().waitFor({ state: 'attached' });
}

/** A hidden service or a subtree may leave nothing; then the page says so instead of showing rows. */
export async function hideEvery(t, services) {
  await t.page.locator('summary[data-services]').click();
  for (const box of await t.page.locator('.services input[type=checkbox]').all()) await box.uncheck();
  assert.equal(await t.page.locator('.services input[type=checkbox]').count(), services);
  await t.page.locator('summary[data-services]').click();
}

export async function hideService(t, service) {
  await t.page.locator('summary[data-services]').click();
  const line = t.page.locator('.services li').filter({ has: t.page.getByText(service, { exact: true }) });
  await line.locator('input[type=checkbox]').uncheck();
  await t.page.locator('summary[data-services]').click();
}

/** Whether a text says `ns`, to the digits it shows. */
export function says(text, ns) {
  try {
    assertDuration(text, ns, 'it');
    return true;
  } catch {
    return false;
  }
}

export const ns = (text) => readDuration(text).ns;

/** Reads until two readings a while apart are the same and `fits` accepts them. */
export async function settled(read, what, fits = () => true) {
  let last = null;
  return until(async () => {
    const now = await read();
    const text = JSON.stringify(now);
    const same = text === last;
    last = text;
    if (!same) await new Promise((resolve) => setTimeout(resolve, 200));
    return same && fits(now) ? now : null;
  }, what);
}

function rawTwin(t) {
  return t.page.evaluate(() =>
    [...document.querySelectorAll('[role=tree] [role=treeitem]')].map((item) => ({
      level: Number(item.getAttribute('aria-level')),
      selected: item.getAttribute('aria-selected') === 'true',
      text: item.textContent,
    })),
  );
}

const BOX = /^(?:([\d,]+) × )?(.*?)(?:\s+\+([\d,]+))?, (Σ )?([\d.,]+ [a-zµ]+(?: \d\d s)?), (?:self|max) (.+?), from (.+?)(, error)?$/;

/** The boxes of the flame chart in words. `head` is service and operation; of a group `own` is the longest one's duration. */
export async function boxes(t, fits = (all) => all.length > 0) {
  return settled(async () => (await rawTwin(t)).map((item) => {
    const parts = BOX.exec(item.text);
    assert.ok(parts, `a box in words: ${item.text}`);
    const [, count, head, folded, , took, own, from, error] = parts;
    return { ...item, count: Number(count ?? 1), head, folded: Number(folded ?? 0), took, own, from, error: Boolean(error) };
  }), 'the flame chart at rest', fits);
}

const FRAME = /^(.*), ([^,]+|[\d,]+), ([^,]+ %), ([\d,]+) spans?, self ([^,]+?), wall clock ([^,]+?)(?:, ([\d,]+) errors?)?$/;

/** The frames of the flame graph in words. */
export async function frames(t, fits = (all) => all.length > 0) {
  return settled(async () => (await rawTwin(t)).map((item) => {
    const parts = FRAME.exec(item.text);
    assert.ok(parts, `a frame in words: ${item.text}`);
    const [, head, figure, share, spans, own, wall, errors] = parts;
    const number = (text) => Number((text ?? '0').replaceAll(',', ''));
    return { ...item, head, figure, share, spans: number(spans), own, wall, errors: number(errors) };
  }), 'the flame graph at rest', fits);
}

/** The span that a box tells of: service, duration, self time, start and error must all be its own. */
export function spanOf(box, spans, own, since) {
  return spans.filter((span) => {
    const head = span.service === '' ? '(no service name) ' : `${span.service} `;
    return box.head.startsWith(head) && says(box.took, span.end - span.start) && says(box.own, own.get(span.id))
      && says(box.from, since(span)) && box.error === (span.status === 'STATUS_CODE_ERROR');
  });
}

/** Turns folding off with the switch of the view. */
export async function unfold(t) {
  await t.app.setToggle(/fold pass-through/i, false);
}

/** Where the middle of a span's box is, from its time and its row: { x, y }. */
export async function placeOf(t, name, span, level) {
  const { start, end } = headline(name);
  const [t0, t1] = [Number(t.app.query().get('t0') ?? 0), Number(t.app.query().get('t1') ?? end - start)];
  const scroller = t.page.locator('[data-flame]');
  const rect = await scroller.locator('canvas').boundingBox();
  const rows = Number(/in ([\d,]+) rows/.exec(await scroller.getAttribute('aria-label'))[1].replaceAll(',', ''));
  const pitch = rows > 60 ? 12 : 18;
  const at = (time) => Math.min(Math.max((Number(time - start) - t0) / (t1 - t0), 0), 1) * rect.width;
  const scroll = await scroller.evaluate((element) => element.scrollTop);
  return {
    x: rect.x + (at(span.start) + at(span.end)) / 2,
    y: rect.y + 4 + (level - 0.5) * pitch - scroll,
    width: at(span.end) - at(span.start),
  };
}

export function card(t) {
  return t.page.locator('[data-card]');
}

/** Lines of the hover card: { Duration: '871 ms 58 %', … }, with `service` and `operation`. */
export async function cardLines(t) {
  await card(t).waitFor();
  const lines = await card(t).evaluate((element) => ({
    service: element.querySelector('.ttl').textContent,
    operation: element.querySelector('.op').textContent,
    ...Object.fromEntries([...element.querySelectorAll('dt')].map((term) => [term.textContent, term.nextElementSibling.textContent])),
  }));
  return Object.fromEntries(Object.entries(lines).map(([key, value]) => [key, plain(value)]));
}

/** The nodes of the map in the document: { key: spoken }. */
export async function mapNodes(t) {
  await t.page.waitForSelector('svg.map', { state: 'attached' });
  return t.page.evaluate(() =>
    [...document.querySelectorAll('svg.map g.node')].map((node) => ({
      key: node.dataset.node,
      kind: node.dataset.kind,
      spoken: node.getAttribute('aria-label'),
      faded: node.classList.contains('faded'),
      picked: node.getAttribute('aria-pressed') === 'true',
      error: node.querySelector('.em-f') !== null,
    })),
  );
}

export async function mapEdgesShown(t) {
  await t.page.waitForSelector('svg.map', { state: 'attached' });
  return t.page.evaluate(() =>
    [...document.querySelectorAll('svg.map g[data-edge]')].map((edge) => ({
      from: edge.dataset.from,
      to: edge.dataset.to,
      kind: edge.dataset.kind,
      outside: edge.dataset.outside === 'true',
      calls: Number(edge.dataset.calls),
      errors: Number(edge.dataset.errors),
      spoken: edge.getAttribute('aria-label'),
      faded: edge.classList.contains('faded'),
    })),
  );
}

/** The rows of the statistics now in the document, from top to bottom. */
export function statRows(t) {
  return t.page.evaluate(() =>
    [...document.querySelectorAll('.grid-row')]
      .sort((a, b) => Number(a.dataset.place) - Number(b.dataset.place))
      .map((row) => ({
        place: Number(row.dataset.place),
        group: row.dataset.group ?? '',
        service: row.dataset.service ?? null,
        selected: row.getAttribute('aria-selected') === 'true',
        dimmed: row.classList.contains('dimmed'),
        cells: Object.fromEntries([...row.querySelectorAll('[data-col]')].map((cell) =>
          [cell.dataset.col, { text: cell.textContent, ns: cell.dataset.ns ?? null }])),
      })),
  );
}

/** All rows, gathered by scrolling. */
export async function allStatRows(t, many) {
  const scroller = t.page.locator('.grid-scroll');
  const rows = new Map();
  await until(async () => {
    for (const row of await statRows(t)) rows.set(row.place, row);
    // Around the end: where it stood before is not known.
    await scroller.evaluate((element) => {
      const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 1;
      element.scrollTo(0, atEnd ? 0 : element.scrollTop + element.clientHeight / 2);
    });
    return rows.size >= many;
  }, `${many} rows`);
  return [...rows.values()].sort((a, b) => a.place - b.place);
}

/** How many spans find has matched, as the find box says. */
export async function foundIs(t, many) {
  await until(async () => {
    const text = (await t.app.findCount()) ?? '';
    return new RegExp(`(^|of )${String(many).replace(/\B(?=(\d{3})+$)/g, ',')}$`).test(text);
  }, `${many} matches`);
}

export const queryIs = (t, key, value) =>
  until(() => t.app.query().get(key) === value, `${key}=${value} in the URL`);
