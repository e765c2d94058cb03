// The results as tables in Markdown: time, ratio to the floor, and the budget of docs/performance.md where there is one.

import { FORMATS } from './options.mjs';

/** ms from the file chosen to the first picture. */
const FIRST_PAINT = { '100k json': 900, '1m json': 6000, '100k pb': 600, '1m pb': 3500 };
/** Bytes of the renderer at its peak. */
const PEAK = { '100k pb': 400e6, '100k json': 400e6, '1m pb': 900e6 };

export function print(results) {
  console.log(`\n${results.browser}, median of ${results.runs}\n`);
  const of = (part) => results.rows.filter((row) => row.part === part);
  const tables = [
    ['cold', 'Cold start', ['ms', 'renderer, MB'], ({ figures }) => [ms(figures.ms), mb(figures.peak)]],
    ['load', 'Opening a file',
      ['MB', 'something to see', 'first paint', '÷ floor', 'budget', 'longest task', 'peak MB', 'budget'],
      loadRow],
    ['frames', 'Frames, 120 steps', ['p50', 'p95', 'max', 'work p95', 'boxes', '÷ idle p95'], frameRow],
    ['find', 'Find', ['first', 'all', 'longest task', 'count'],
      ({ figures }) => [ms(figures.first), ms(figures.all), ms(figures.longest_task), figures.counted]],
    ['views', 'Opening a view', ['ms', 'longest task', 'peak MB'],
      ({ figures }) => [ms(figures.ms), ms(figures.longest_task), mb(figures.peak)]],
    ['close', 'Ten traces in turn', ['after the 2nd, MB', 'after the 10th', 'all'],
      ({ figures }) => [figures.second_mb, figures.tenth_mb, figures.all_mb]],
  ];
  for (const [part, title, heads, cells] of tables) {
    const rows = of(part);
    if (rows.length === 0) continue;
    console.log(`### ${title}\n\n| | ${heads.join(' | ')} |\n|---|${heads.map(() => '---:').join('|')}|`);
    for (const row of rows) console.log(`| ${nameOf(row)} | ${cells(row).join(' | ')} |`);
    console.log('');
  }
  const floor = results.frame_floor;
  if (floor) {
    console.log(`Floors: idle frame ${ms(floor.idle_p50)}, p95 ${ms(floor.idle_p95)}; 10,000 rectangles on a bare canvas ` +
      `${ms(floor.canvas_script)} of script, p95 ${ms(floor.canvas_p95)} a frame; blank page ${mb(floor.blank)} MB`);
  }
}

function nameOf({ size, format, what }) {
  return [size, format ? FORMATS[format].name : null, what].filter(Boolean).join(' · ');
}

function loadRow({ size, format, bytes, figures, floor }) {
  const key = `${size} ${format}`;
  const least = floor.fetch ?? floor.gunzip ?? floor.read;
  const name = floor.fetch ? 'fetch().json()' : floor.gunzip ? 'gunzip' : 'reading';
  return [
    (bytes / 1e6).toFixed(1), ms(figures.preview), ms(figures.painted),
    `${(figures.painted / least).toFixed(2)} × ${name} (${ms(least)})`, verdict(figures.painted, FIRST_PAINT[key], ms),
    ms(figures.longest_task), mb(figures.peak), verdict(figures.peak, PEAK[key], (bytes) => `${mb(bytes)} MB`),
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

function ms(value) {
  if (value === null || value === undefined) return '–';
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function mb(bytes) {
  return bytes === null || bytes === undefined ? '–' : (bytes / 1e6).toFixed(0);
}
