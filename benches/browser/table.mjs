// The results as tables in Markdown: time, ratio to the floor, and the budget of docs/performance.md where there is one.

import { FORMATS } from './options.mjs';

/**
 * From the file chosen to the first picture, as a ratio to `fetch().json()` of the same trace as JSON: the budgets (0.9 s, 6 s, 0.6 s and
 * 3.5 s) were written on a machine where that takes 0.86 s of 100,000 spans and 6 s of a million.
 */
const FIRST_PAINT = { '100k json': 1, '1m json': 1, '100k pb': 0.7, '1m pb': 0.58 };
/** Bytes of the renderer at its peak. */
const PEAK = { '100k pb': 400e6, '100k json': 400e6, '1m pb': 900e6 };
/** ms to the first match, and to all. */
const FIND = { first: 100, all: 250 };
const LONGEST_TASK_MS = 50;
/** Of the time to first paint when spans are ten times as many. */
const GROWTH = 11;

export function print(results) {
  console.log(`\n${results.browser}, median of ${results.runs}\n`);
  const of = (part) => results.rows.filter((row) => row.part === part);
  const tables = [
    ['cold', 'Cold start', ['ms', '÷ blank page', 'renderer, MB'],
      ({ figures }) => [ms(figures.ms), ratio(figures.ms, figures.blank), mb(figures.peak)]],
    ['load', 'Opening a file',
      ['MB', 'something to see', 'first paint', '÷ its own floor', '÷ fetch().json()', 'budget', 'longest task', 'peak MB', 'budget'],
      loadRow],
    ['frames', 'Frames, 120 steps', ['p50', 'p95', 'max', 'work p95', 'boxes', '÷ idle p95'], frameRow],
    ['find', 'Find', ['first', 'all', '÷ reading all values', 'budget', 'longest task', 'count'],
      ({ figures, floor }) => [ms(figures.first), ms(figures.all), ratio(figures.all, floor.scan),
        both(figures), ms(figures.longest_task), figures.counted]],
    ['views', 'Opening a view', ['ms', '÷ reading all values', 'longest task', 'peak MB'],
      ({ figures, floor }) => [ms(figures.ms), ratio(figures.ms, floor.scan), task(figures.longest_task), mb(figures.peak)]],
    ['close', 'Ten traces in turn', ['after the 2nd, MB', 'after the 10th', 'ratio', 'all'],
      ({ figures }) => [figures.second_mb, figures.tenth_mb, ratio(figures.tenth_mb, figures.second_mb), figures.all_mb]],
  ];
  for (const [part, title, heads, cells] of tables) {
    const rows = of(part);
    if (rows.length === 0) continue;
    console.log(`### ${title}\n\n| | ${heads.join(' | ')} |\n|---|${heads.map(() => '---:').join('|')}|`);
    for (const row of rows) console.log(`| ${nameOf(row)} | ${cells(row).join(' | ')} |`);
    console.log('');
  }
  growth(of('load'));
  const floor = results.frame_floor;
  if (floor) {
    console.log(`Floors: idle frame ${ms(floor.idle_p50)}, p95 ${ms(floor.idle_p95)}; 10,000 rectangles on a bare canvas ` +
      `${ms(floor.canvas_script)} of script, p95 ${ms(floor.canvas_p95)} a frame; blank page ${mb(floor.blank)} MB`);
  }
  for (const { size, figures } of of('floor')) {
    const scaled = figures.scaled ? ' (that of 100,000 spans, by bytes)' : '';
    console.log(`Floors of ${size}: fetch().json() ${ms(figures.fetch)}${scaled}, reading 12 values a span once ${ms(figures.scan)}`);
  }
}

function growth(loads) {
  for (const [small, large] of [['10k', '100k'], ['100k', '1m']]) {
    for (const format of Object.keys(FORMATS)) {
      const painted = (size) => loads.find((row) => row.size === size && row.format === format)?.figures.painted;
      const times = painted(large) / painted(small);
      if (!Number.isFinite(times)) continue;
      const words = verdict(times, GROWTH, (of) => `budget ${of}`);
      console.log(`First paint, ${FORMATS[format].name}, ${large} ÷ ${small}: ${times.toFixed(1)}; ${words}`);
    }
  }
}

function nameOf({ size, format, what }) {
  return [size, format ? FORMATS[format].name : null, what].filter(Boolean).join(' · ');
}

function loadRow({ size, format, bytes, figures, floor, json }) {
  const key = `${size} ${format}`;
  const least = floor.parse ?? floor.gunzip ?? floor.read;
  const name = floor.parse ? 'JSON.parse' : floor.gunzip ? 'gunzip' : 'reading';
  return [
    (bytes / 1e6).toFixed(1), ms(figures.preview), ms(figures.painted), `${ratio(figures.painted, least)} × ${name} (${ms(least)})`,
    ratio(figures.painted, json), verdict(json ? figures.painted / json : null, FIRST_PAINT[key], (of) => `${of} ×`),
    task(figures.longest_task), mb(figures.peak), verdict(figures.peak, PEAK[key], (of) => `${mb(of)} MB`),
  ];
}

function frameRow({ figures, floor }) {
  return [ms(figures.p50), ms(figures.p95), ms(figures.max), ms(figures.work_p95), figures.boxes,
    (figures.p95 / floor.idle_p95).toFixed(2)];
}

function verdict(value, budget, write) {
  if (budget === undefined || value === null) return '';
  return value <= budget ? `${write(budget)}: met` : `${write(budget)}: missed × ${(value / budget).toFixed(2)}`;
}

/** Where nothing is found there is no first match to wait for. */
function both({ first, all, counted }) {
  const over = [counted === 'none' ? 0 : first / FIND.first, all / FIND.all].filter((times) => times > 1);
  return over.length === 0 ? 'met' : `missed × ${Math.max(...over).toFixed(2)}`;
}

function task(value) {
  return value > LONGEST_TASK_MS ? `${ms(value)}: over ${LONGEST_TASK_MS}` : ms(value);
}

function ratio(value, floor) {
  return value && floor ? (value / floor).toFixed(2) : '–';
}

function ms(value) {
  if (value === null || value === undefined) return '–';
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function mb(bytes) {
  return bytes === null || bytes === undefined ? '–' : (bytes / 1e6).toFixed(0);
}
