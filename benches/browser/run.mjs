// The benchmark: opens generated traces in headless Chromium as a person would, and prints every figure beside the
// browser's own floor for the same bytes. No figure fails a run: machines differ, and ratios are what counts.
//
//   make bench                      everything
//   node benches/browser/run.mjs --sizes 100k --formats pb --only load --runs 3

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { contextOptions, launch } from '../../tests/browser/browser.mjs';
import { startSite } from '../../tests/browser/server.mjs';
import * as floors from './floors.mjs';
import { FORMATS, SIZES, parse } from './options.mjs';
import { renderer } from './processes.mjs';
import { print } from './table.mjs';
import { trace } from './traces.mjs';
import * as traces from './trace-page.mjs';

const GENERATOR = process.env.GENERATOR ?? 'target/release/examples/generate';
const TIMEOUT = 240_000;
const options = parse(process.argv.slice(2));
const wants = (part) => options.only.includes(part);
const site = await startSite();
const results = { runs: options.runs, rows: [] };

/** A browser of its own, so that what one trace leaves behind is not counted to the next. */
async function fresh(work) {
  const browser = await launch();
  try {
    const page = await (await browser.newContext(contextOptions())).newPage();
    await page.addInitScript(traces.watch);
    results.browser ??= `Chromium ${browser.version()}`;
    return await work(page);
  } finally {
    await browser.close();
  }
}

const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The same several times: of each figure the middle one. */
async function repeated(work) {
  const all = [];
  for (let run = 0; run < options.runs; run += 1) all.push(await work());
  const merged = { ...all[0] };
  for (const key of Object.keys(merged)) {
    if (typeof merged[key] === 'number') merged[key] = middle(all.map((one) => one[key]));
  }
  return merged;
}

function note(row) {
  results.rows.push(row);
  console.error(`  ${row.part} ${row.size ?? ''} ${row.format ?? ''} ${row.what ?? ''}  ${JSON.stringify(row.figures)}`);
}

async function home(page) {
  await page.goto(site.url());
  await page.locator('input[type=file][data-open]').first().waitFor({ state: 'attached' });
}

async function loads(one) {
  const floor = await fresh(async (page) => {
    await floors.open(page, site);
    return repeated(() => floors.ofFile(page, site, one));
  });
  const figures = await repeated(() =>
    fresh(async (page) => {
      await home(page);
      const loaded = await traces.load(page, one.file, TIMEOUT);
      return { ...loaded, peak: renderer()?.peak ?? null };
    }),
  );
  note({ part: 'load', size: one.size, format: one.format, bytes: one.bytes, figures, floor, json: floorOf(one.size).fetch });
}

const floorOf = (size) => results.rows.find((row) => row.part === 'floor' && row.size === size).figures;

/**
 * What the browser takes for a trace of this size: `fetch().json()` of it as JSON, whatever format is opened, and reading all values. A
 * million spans are beyond V8's strings: there it is the time of 100,000, by bytes.
 */
async function measureFloor(size) {
  const json = trace(options.data, GENERATOR, size, 'json');
  const least = SIZES[size] > SIZES['100k'] ? trace(options.data, GENERATOR, '100k', 'json') : json;
  const figures = await fresh(async (page) => {
    await floors.open(page, site);
    const scan = await floors.ofScan(page, SIZES[size]);
    const { fetch } = await repeated(() => floors.ofFile(page, site, least));
    return { scan, fetch: (fetch * json.bytes) / least.bytes, scaled: least !== json };
  });
  note({ part: 'floor', size, figures });
}

/** Frames, find and views of one open trace. */
async function uses(one, frameFloor) {
  await fresh(async (page) => {
    await home(page);
    await traces.load(page, one.file, TIMEOUT);
    const places = [['timeline', '[data-rows]'], ['flame', '[data-flame]']];
    for (const [name, target] of wants('frames') ? places : []) {
      await traces.view(page, name, traces.VIEWS[name], TIMEOUT);
      for (const gesture of ['zoom', 'pan', 'scroll']) {
        const figures = await traces.frames(page, { target, gesture });
        note({ part: 'frames', size: one.size, what: `${name} ${gesture}`, figures, floor: frameFloor });
      }
    }
    if (wants('find')) {
      await traces.view(page, 'timeline', traces.VIEWS.timeline, TIMEOUT);
      const { value, key } = one.facts.needle;
      for (const text of [value, `${key}=${value}`, 'nothing-says-this', 'error', 'duration>1ms', 'SELECT']) {
        note({ part: 'find', size: one.size, what: text, figures: await traces.find(page, text, TIMEOUT), floor: floorOf(one.size) });
      }
    }
    if (wants('views')) {
      for (const [name, sign] of Object.entries(traces.VIEWS)) {
        const figures = await traces.view(page, name, sign, TIMEOUT);
        note({ part: 'views', size: one.size, what: name, figures, floor: floorOf(one.size) });
      }
      note({ part: 'views', size: one.size, what: 'all of them', figures: { peak: renderer()?.peak ?? null }, floor: {} });
    }
  });
}

/** Ten traces in turn in one page: what the process takes after each, when garbage is collected. */
async function closes(one) {
  await fresh(async (page) => {
    await home(page);
    const debug = await page.context().newCDPSession(page);
    const after = [];
    for (let turn = 0; turn < 10; turn += 1) {
      await page.evaluate(() => performance.clearMarks());
      await traces.load(page, one.file, TIMEOUT);
      await page.waitForTimeout(1_500);
      await debug.send('HeapProfiler.collectGarbage');
      after.push(Math.round((renderer()?.now ?? 0) / 1e6));
    }
    note({ part: 'close', size: one.size, figures: { second_mb: after[1], tenth_mb: after[9], all_mb: after.join(' ') } });
  });
}

async function cold() {
  const figures = await repeated(() =>
    fresh(async (page) => {
      await home(page);
      const ms = await page.evaluate(() => performance.now());
      return { ms, peak: renderer()?.peak ?? null };
    }),
  );
  figures.blank = await fresh(async (page) => {
    await floors.open(page, site);
    return page.evaluate(() => performance.now());
  });
  note({ part: 'cold', what: 'home page', figures });
}

try {
  if (wants('cold')) await cold();
  const frameFloor = wants('frames')
    ? await fresh(async (page) => {
        await floors.open(page, site);
        return { ...(await floors.ofFrames(page)), blank: renderer()?.peak ?? null };
      })
    : null;
  results.frame_floor = frameFloor;
  for (const size of options.sizes) {
    await measureFloor(size);
    for (const format of options.formats) {
      const one = trace(options.data, GENERATOR, size, format);
      console.error(`${size} ${FORMATS[format].name}: ${SIZES[size]} spans, ${(one.bytes / 1e6).toFixed(1)} MB`);
      if (wants('load')) await loads(one);
    }
    const one = trace(options.data, GENERATOR, size, options.formats[0]);
    if (wants('frames') || wants('find') || wants('views')) await uses(one, frameFloor);
    if (wants('close') && size === '100k') await closes(one);
  }
} finally {
  await site.close();
}
mkdirSync(path.dirname(options.out), { recursive: true });
writeFileSync(options.out, `${JSON.stringify(results, null, 1)}\n`);
print(results);
console.log(`\nAll figures: ${options.out}`);
