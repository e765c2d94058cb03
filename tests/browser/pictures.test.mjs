// Pictures: what is saved of each view is XML that says the trace, the scale and every row as text, or a PNG of the announced size; what is
// visible holds only spans of the window; what no browser can paint is refused before. Held against the recordings, not against the page.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { plain } from './figures.mjs';
import { test } from './harness.mjs';
import { asFile } from './page.mjs';
import { FACTS, headline, trace, traceId, waterfall } from './truth.mjs';
import { VIEWS, openView, viewShown } from './views.mjs';

const dialog = (t) => t.page.locator('[data-picture]');

async function openDialog(t) {
  await t.page.locator('summary[aria-label=Download]').click();
  await t.page.getByRole('button', { name: /^Picture/ }).click();
  await dialog(t).waitFor();
}

/** Chooses, waits until it is drawn, and gives what the dialog announces: `{ width, height, bytes }`, or `{ refused }`. */
async function choose(t, ...values) {
  for (const value of values) await t.page.locator(`[data-picture] label:has(input[value=${value}])`).click();
  for (const value of values) assert.ok(await t.page.locator(`[data-picture] input[value=${value}]`).isChecked());
  return t.until(() => t.page.evaluate(() => {
    if (document.querySelector('.picture-shown').getAttribute('aria-busy') === 'true') return null;
    const refused = document.querySelector('[data-refused]')?.textContent;
    if (refused) return { refused };
    const size = document.querySelector('[data-size]')?.dataset;
    return size ? { width: Number(size.width), height: Number(size.height), bytes: Number(size.bytes) } : null;
  }), 'a picture');
}

/** Presses Save; gives the file's name and bytes. */
async function save(t) {
  const [download] = await Promise.all([t.page.waitForEvent('download'), t.page.getByRole('button', { name: 'Save' }).click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** Reads an SVG as the browser's own XML parser does. */
function readSvg(t, text) {
  return t.page.evaluate((xml) => {
    const parsed = new DOMParser().parseFromString(xml, 'image/svg+xml');
    const root = parsed.documentElement;
    const all = [...root.querySelectorAll('*')];
    const named = (key) => [...root.querySelectorAll(`[data-${key}]`)].map((one) => ({ id: one.getAttribute(`data-${key}`), text: [...one.querySelectorAll('text')].map((it) => it.textContent).join(' | '), title: one.querySelector('title')?.textContent ?? '' }));
    return {
      faults: [...parsed.querySelectorAll('parsererror')].map((one) => one.textContent),
      width: Number(root.getAttribute('width')),
      height: Number(root.getAttribute('height')),
      title: root.querySelector('title')?.textContent,
      texts: [...root.querySelectorAll('text')].map((one) => one.textContent),
      // Text that stands in nothing that shows text.
      stray: all.filter((one) => !['text', 'tspan', 'title', 'desc'].includes(one.localName) && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '')).map((one) => one.localName),
      names: [...new Set(all.map((one) => one.localName))],
      ground: root.querySelector('rect').getAttribute('fill'),
      colours: [...new Set(all.flatMap((one) => ['fill', 'stroke'].map((key) => one.getAttribute(key))).filter(Boolean))],
      spans: named('span'), groups: named('group'), frames: named('frame'), nodes: named('node'), edges: named('edge'), lines: named('line'), findings: named('finding'), scales: named('scale'),
    };
  }, text);
}

const svgOf = async (t) => readSvg(t, (await save(t)).bytes.toString('utf8'));

/** What every picture of a trace keeps. */
function assertFramed(svg, name) {
  assert.deepEqual(svg.faults, []);
  assert.deepEqual(svg.stray, []);
  for (const one of svg.names) assert.ok(['svg', 'title', 'desc', 'g', 'rect', 'path', 'text', 'tspan'].includes(one), one);
  for (const one of svg.colours) assert.match(one, /^(#[0-9a-f]{6}|none)$/);
  const root = waterfall(trace(name))[0];
  assert.ok(svg.title.startsWith(`${root.service} `), svg.title);
  const said = svg.texts.join('\n');
  assert.ok(said.includes(traceId(name)), 'the trace id');
  assert.ok(said.includes(root.service), 'the service of the root');
  assert.match(said, new RegExp(`${FACTS[name].span_count.toLocaleString('en')} spans`));
  assert.match(said, /Spanloom/);
  assert.match(said, /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}/);
}

const NAME = 'order-full';

test('the timeline: every span is one row of text under a time scale', async (t) => {
  await openView(t, NAME, 'timeline');
  await t.app.showEveryRow();
  await openDialog(t);
  const told = await choose(t, 'svg', 'whole');
  const file = await save(t);
  assert.equal(file.name, `${traceId(NAME)}.timeline.svg`);
  assert.equal(file.bytes.length, told.bytes);
  const svg = await readSvg(t, file.bytes.toString('utf8'));
  assertFramed(svg, NAME);
  assert.deepEqual([svg.width, svg.height], [told.width, told.height]);
  const rows = waterfall(trace(NAME));
  assert.equal(svg.spans.length, FACTS[NAME].span_count);
  assert.deepEqual(svg.spans.map((one) => one.id), rows.map((row) => row.id));
  assert.equal(svg.scales.length, 1);
  assert.match(svg.scales[0].text, /\d (ns|µs|ms|s)/);
});

test('folded rows of a large trace stand for all its spans', async (t) => {
  await openView(t, 'import-5k', 'timeline');
  await t.app.rowsShown();
  const rows = await t.app.rowCount();
  await openDialog(t);
  await choose(t, 'svg', 'whole');
  const svg = await svgOf(t);
  assertFramed(svg, 'import-5k');
  assert.equal(svg.spans.length + svg.groups.length, rows);
  const ids = new Set(trace('import-5k').map((span) => span.id));
  for (const one of [...svg.spans, ...svg.groups]) assert.ok(ids.has(one.id), one.id);
});

test('the flame chart: spans wide enough are boxes, by id; titles name them whole', async (t) => {
  await openView(t, NAME, 'flame');
  await t.app.setToggle(/fold pass-through/i, false);
  await t.until(async () => new RegExp(`^${FACTS[NAME].span_count} boxes`).test(await t.app.status()), 'a box a span');
  await openDialog(t);
  await choose(t, 'svg', 'whole');
  const svg = await svgOf(t);
  assertFramed(svg, NAME);
  const { start, end } = headline(NAME);
  const byId = new Map(trace(NAME).map((span) => [span.id, span]));
  const px = (span) => (Number(span.end - span.start) / Number(end - start)) * (svg.width - 40);
  for (const span of byId.values()) {
    const boxes = svg.spans.filter((one) => one.id === span.id);
    assert.ok(boxes.length <= 1, `${span.name} ${boxes.length} times`);
    if (px(span) >= 2) assert.equal(boxes.length, 1, `${span.name} is ${px(span)} px wide`);
  }
  for (const one of svg.spans) assert.ok(one.title.startsWith(`${byId.get(one.id).service} ${byId.get(one.id).name}`), one.title);
  assert.ok(svg.spans.length > 40);
  assert.match(svg.scales[0].text, /0 \| /);
});

test('the flame graph: frames hold every service, under a scale of shares', async (t) => {
  await openView(t, NAME, 'graph');
  await openDialog(t);
  await choose(t, 'svg', 'whole');
  const svg = await svgOf(t);
  assertFramed(svg, NAME);
  assert.ok(svg.frames.length > 20);
  const all = svg.frames.find((one) => one.id === '0');
  assert.match(all.title, /^all, .*100 %$/);
  const services = new Set(trace(NAME).map((span) => span.service));
  const told = svg.frames.filter((one) => one.id !== '0').map((one) => one.title.split(' ')[0]);
  for (const service of told) assert.ok(services.has(service), service);
  assert.match(svg.scales[0].text, /0 % \| 20 % .*100 % = /);
});

test('the map: the nodes and connections of facts.json', async (t) => {
  await openView(t, NAME, 'map');
  await openDialog(t);
  await choose(t, 'svg', 'whole');
  const svg = await svgOf(t);
  assertFramed(svg, NAME);
  const facts = FACTS[NAME];
  const services = Object.keys(facts.services);
  const nodes = svg.nodes.map((one) => one.id);
  for (const service of services) assert.ok(nodes.includes(service), service);
  const outside = new Set(facts.external_edges.map((edge) => edge.target));
  assert.equal(nodes.length, services.length + outside.size);
  for (const edge of [...facts.service_edges.map((one) => [one.client, one.server]), ...facts.external_edges.map((one) => [one.client, one.target])]) {
    assert.ok(svg.edges.some((one) => one.id === `${edge[0]} → ${edge[1]}`), edge.join(' to '));
  }
});

test('statistics: a line a service, with its spans and errors', async (t) => {
  await openView(t, NAME, 'stats', { by: 'service' });
  await openDialog(t);
  await choose(t, 'svg', 'whole');
  const svg = await svgOf(t);
  assertFramed(svg, NAME);
  assert.equal(svg.lines.length, FACTS[NAME].service_count);
  for (const [name, { spans, error_spans: errors }] of Object.entries(FACTS[NAME].services)) {
    const line = svg.lines.find((one) => one.id === name);
    assert.ok(line, name);
    assert.deepEqual(line.text.split(' | ').slice(0, 3), [name, String(spans), String(errors)]);
  }
});

test('findings: a card a finding, with evidence of what is unfolded', async (t) => {
  await openView(t, 'n-plus-1', 'findings');
  await t.page.locator('[data-finding]').first().waitFor();
  const report = JSON.parse(readFileSync(new URL('../fixtures/tempo/findings.json', import.meta.url)));
  const wanted = report['n-plus-1'];
  await openDialog(t);
  await choose(t, 'svg', 'whole');
  const svg = await svgOf(t);
  assertFramed(svg, 'n-plus-1');
  const kinds = (ids) => ids.map((id) => id.split('.')[0]).sort();
  assert.deepEqual(kinds(svg.findings.map((one) => one.id)), wanted.map((one) => one.kind).sort());
  assert.match(svg.findings.map((one) => one.text).join('\n'), /Usually mended by \| /);
});

test('what is visible holds only spans that overlap the window, and says which', async (t) => {
  const { start } = headline(NAME);
  const [from, to] = [1_000_000_000n, 1_400_000_000n];
  const inside = (span) => span.end - start >= from && span.start - start <= to;
  const byId = new Map(trace(NAME).map((span) => [span.id, span]));
  for (const view of ['timeline', 'flame']) {
    await openView(t, NAME, view, { t0: String(from), t1: String(to) });
    if (view === 'timeline') await t.app.showEveryRow();
    else await t.app.setToggle(/fold pass-through/i, false);
    await t.page.waitForTimeout(300);
    await openDialog(t);
    await choose(t, 'svg', 'whole');
    const whole = await svgOf(t);
    await choose(t, 'visible');
    const seen = await svgOf(t);
    assertFramed(seen, NAME);
    assert.ok(seen.spans.length > 0 && seen.spans.length < whole.spans.length, `${view}: ${seen.spans.length} of ${whole.spans.length}`);
    for (const { id } of seen.spans) assert.ok(inside(byId.get(id)), `${view}: ${byId.get(id).name}`);
    assert.ok(whole.spans.some(({ id }) => !inside(byId.get(id))), view);
    assert.match(plain(seen.texts.join(' ')), /1\.0\d* s to 1\.40* s of/);
  }
});

for (const view of VIEWS) {
  test(`${view}: PNGs have the announced size and are not blank; the dark one is dark`, async (t) => {
    await openView(t, NAME, view);
    await openDialog(t);
    const px = await choose(t, 'svg', 'whole');
    for (const [format, scale] of [['png', 1], ['png2', 2]]) {
      for (const [theme, ground] of [['light', [255, 255, 255]], ['dark', [18, 20, 24]]]) {
        const told = await choose(t, format, theme);
        assert.deepEqual([told.width, told.height], [px.width * scale, px.height * scale]);
        const { name, bytes } = await save(t);
        assert.equal(name, `${traceId(NAME)}.${view}${theme === 'dark' ? '-dark' : ''}${scale === 2 ? '@2x' : ''}.png`);
        assert.equal(bytes.length, told.bytes);
        assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
        assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [told.width, told.height]);
        const seen = await pixels(t, bytes);
        assert.deepEqual(seen.corner, ground);
        assert.ok(seen.colours > 20, `${seen.colours} colours`);
        assert.ok(seen.other > 0.01, `${seen.other} of it is not ground`);
      }
    }
  });
}

/** The corner of a PNG, how many colours it has, and which share of it is not ground; of every seventh pixel. */
function pixels(t, bytes) {
  return t.page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Map();
    for (let at = 0; at < data.length; at += 28) {
      const colour = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
      colours.set(colour, (colours.get(colour) ?? 0) + 1);
    }
    const corner = [data[0], data[1], data[2]];
    const ground = colours.get((corner[0] << 16) | (corner[1] << 8) | corner[2]);
    return { corner, colours: colours.size, other: 1 - ground / Math.ceil(data.length / 28) };
  }, bytes.toString('base64'));
}

test('a PNG beyond what browsers paint is refused with its size and what to do; SVG is not', async (t) => {
  await openView(t, 'import-5k', 'timeline');
  await t.app.showEveryRow();
  await t.until(async () => (await t.app.rowCount()) === 5110, 'a row a span');
  await openDialog(t);
  const told = await choose(t, 'svg', 'whole');
  assert.ok(told.height > 5110 * 20, `${told.height} px`);
  for (const [format, size] of [['png', 1], ['png2', 2]]) {
    const { refused } = await choose(t, format);
    const [width, height] = [told.width * size, told.height * size].map((n) => n.toLocaleString('en'));
    assert.equal(refused, `As PNG it would be ${width} × ${height} pixels; browsers paint up to 16,384 a side. Choose SVG or what is visible.`);
    assert.ok(await t.page.getByRole('button', { name: 'Save' }).isDisabled());
  }
  const visible = await choose(t, 'visible');
  assert.ok(visible.width <= 16_384 && visible.height <= 16_384 && !visible.refused);
  await t.page.getByText('The preview ends here').waitFor({ state: 'detached' });
  const svg = await choose(t, 'svg', 'whole');
  await t.page.getByText('The preview ends here').waitFor();
  assert.deepEqual([svg.width, svg.height], [told.width, told.height]);
  const read = await svgOf(t);
  assertFramed(read, 'import-5k');
  assert.deepEqual(read.spans.map((one) => one.id), waterfall(trace('import-5k')).map((row) => row.id));
});

test('of more than 20,000 rows the first 20,000 are drawn, and the picture says so', async (t) => {
  const id = (at) => at.toString(16).padStart(16, '0');
  const spans = Array.from({ length: 20_500 }, (_, at) => ({ traceId: 'ab'.repeat(16), spanId: id(at + 1), ...(at > 0 && { parentSpanId: id(1) }), name: `step ${at}`, kind: 1, startTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(at)), endTimeUnixNano: String(1_700_000_000_001_000_000n) }));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'long' } }] };
  await t.app.open(await t.site());
  await t.app.reach('home');
  await t.app.choose(asFile('long.json', JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })));
  await t.app.reach('trace');
  await t.app.showEveryRow();
  await t.until(async () => (await t.app.rowCount()) === 20_500, 'a row a span');
  await openDialog(t);
  await choose(t, 'svg', 'whole');
  const text = (await save(t)).bytes.toString('utf8');
  assert.equal(text.split('<g data-span="').length - 1, 20_000);
  assert.match(text, /The first 20,000 of 20,500 rows: /);
});

test('what is found, hidden and selected is on the picture, and said', async (t) => {
  const chosen = waterfall(trace(NAME)).find((row) => /UPDATE/.test(row.name));
  await openView(t, NAME, 'timeline', { find: `service:${chosen.service}`, span: chosen.id });
  await t.page.locator('[data-find-count]').waitFor();
  await openDialog(t);
  await choose(t, 'svg', 'whole', 'light');
  const text = (await save(t)).bytes.toString('utf8');
  const svg = await readSvg(t, text);
  const many = trace(NAME).filter((span) => span.service === chosen.service).length;
  assert.ok(svg.texts.join('\n').includes(`Find “service:${chosen.service}”: ${many} spans stand out.`));
  assert.equal(text.split('fill="#e5edfb"').length - 1, 1, 'one selected row');
  assert.ok(text.includes('opacity="0.4"'));
});

test('clocks put right, hidden services and focus are said; what they leave out is not drawn', async (t) => {
  await openView(t, 'clock-skew', 'timeline', { clocks: 'right' });
  await t.page.locator('[data-moved]').waitFor();
  await openDialog(t);
  await choose(t, 'svg', 'whole');
  const moved = await svgOf(t);
  assertFramed(moved, 'clock-skew');
  assert.match(moved.texts.join('\n'), /Times are not as recorded; clocks put right: carrier-ups on node-6 \+3\d\d ms/);

  const focus = waterfall(trace(NAME)).find((row) => row.service === 'inventory-service' && row.children.length > 0);
  await openView(t, NAME, 'timeline', { focus: focus.id, only: 'inventory-service' });
  await t.app.showEveryRow();
  await openDialog(t);
  await choose(t, 'svg', 'whole');
  const svg = await svgOf(t);
  const said = svg.texts.join('\n');
  assert.match(said, /Only .* and what is below it\./);
  const others = [...new Set(trace(NAME).map((span) => span.service))].filter((service) => service !== 'inventory-service');
  const hidden = said.split('\n').filter((line) => /^Hidden services: /.test(line) || others.some((service) => line.includes(`${service},`))).join(' ');
  for (const service of others) assert.ok(hidden.includes(service), `${service} in ${hidden}`);
  const all = waterfall(trace(NAME));
  const from = all.findIndex((row) => row.id === focus.id);
  const beyond = all.findIndex((row, at) => at > from && row.depth <= focus.depth);
  const inside = all.slice(from, beyond < 0 ? undefined : beyond).filter((row) => row.service === 'inventory-service');
  assert.deepEqual(svg.spans.map((one) => one.id), inside.map((row) => row.id));
});

for (const size of ['wide', 'narrow']) {
  test(`the dialog by keyboard, ${size}`, { size }, async (t) => {
    await openView(t, NAME, 'timeline');
    await t.page.locator('summary[aria-label=Download]').focus();
    await t.page.keyboard.press('Enter');
    const item = t.page.getByRole('button', { name: /^Picture/ });
    for (let presses = 0; presses < 8 && !(await item.evaluate((one) => one === document.activeElement)); presses += 1) await t.page.keyboard.press('Tab');
    await t.page.keyboard.press('Enter');
    await dialog(t).waitFor();
    const names = { Format: ['SVG', 'PNG 1×', 'PNG 2×'], Shows: ['Whole trace', 'What is visible'], Colours: ['Light', 'Dark'] };
    for (const [legend, options] of Object.entries(names)) {
      const group = t.page.getByRole('group', { name: legend });
      assert.deepEqual((await group.locator('label').allInnerTexts()).map(plain), options);
    }
    const focused = () => t.page.evaluate(() => document.activeElement.value || document.activeElement.textContent || document.activeElement.getAttribute('aria-label'));
    for (let presses = 0; presses < 4 && (await focused()) !== 'svg'; presses += 1) await t.page.keyboard.press('Tab');
    assert.equal(await focused(), 'svg');
    await t.page.keyboard.press('ArrowRight');
    assert.equal(await focused(), 'png');
    await t.page.keyboard.press('Tab');
    await t.page.keyboard.press('ArrowRight');
    assert.equal(await focused(), 'visible');
    await t.page.keyboard.press('Tab');
    await t.page.keyboard.press('ArrowRight');
    assert.equal(await focused(), 'dark');
    const told = await choose(t);
    assert.ok(told.width > 0 && told.bytes > 0);
    await t.page.keyboard.press('Tab');
    assert.equal(await t.page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Preview');
    for (let presses = 0; presses < 3 && (await focused()) !== 'Save'; presses += 1) await t.page.keyboard.press('Tab');
    const [download] = await Promise.all([t.page.waitForEvent('download'), t.page.keyboard.press('Enter')]);
    assert.equal(download.suggestedFilename(), `${traceId(NAME)}.timeline-dark.png`);
    await t.page.keyboard.press('Escape');
    await dialog(t).waitFor({ state: 'detached' });
    await viewShown(t, 'timeline');
    assert.equal(await t.page.evaluate(() => document.documentElement.dataset.theme), 'light', 'the page keeps its theme');
  });
}

test('Copy puts a PNG onto the clipboard', { permissions: ['clipboard-read', 'clipboard-write'] }, async (t) => {
  await openView(t, NAME, 'graph');
  await openDialog(t);
  const told = await choose(t, 'svg', 'whole');
  await t.page.getByRole('button', { name: 'Copy', exact: true }).click();
  await t.page.getByText('Copied the picture').waitFor();
  const copied = await t.page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const bitmap = await createImageBitmap(await item.getType('image/png'));
    return { width: bitmap.width, height: bitmap.height };
  });
  assert.deepEqual(copied, { width: told.width, height: told.height });
});
