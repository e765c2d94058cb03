// Reading figures off the page: does a text say a number of nanoseconds, to the digits it shows? The digits decide what is
// allowed, so `3.12 s` may stand for 3.115 to 3.125 s and nothing else.

import assert from 'node:assert/strict';

const UNIT_NS = {
  ns: 1, 'µs': 1e3, 'μs': 1e3, us: 1e3, ms: 1e6, s: 1e9, min: 60e9, m: 60e9, h: 3600e9, d: 86400e9,
};
const PART = /(\d[\d,]*)(?:\.(\d+))?\s*(ns|µs|μs|us|ms|min|s|m|h|d)(?![a-z])/g;

/** { ns, halfNs, digits } of the first duration in a text; null if there is none. */
export function readDuration(text) {
  const parts = [...text.replace(/[\u00a0\u202f\u2009]/g, ' ').matchAll(PART)];
  if (parts.length === 0) return /^\W*0\W*$/.test(text) ? { ns: 0, halfNs: 0.5, digits: 1 } : null;
  let ns = 0;
  let previous = Infinity;
  let used = 0;
  let last = null;
  let reached = null;
  for (const part of parts) {
    const unit = UNIT_NS[part[3]];
    const gap = reached === null ? '' : text.slice(reached, part.index);
    if (unit >= previous || /\S/.test(gap)) break;
    ns += Number(`${part[1].replaceAll(',', '')}.${part[2] ?? '0'}`) * unit;
    previous = unit;
    reached = part.index + part[0].length;
    last = part;
    used += 1;
  }
  const step = UNIT_NS[last[3]] * 10 ** -(last[2]?.length ?? 0);
  const digits = (last[1].replaceAll(',', '') + (last[2] ?? '')).replace(/^0+/, '').length;
  // `2 h 05 min` drops the rest instead of rounding it.
  return { ns, halfNs: used > 1 ? step : step / 2, digits: used > 1 ? 3 : digits, exactUnit: last[3] === 'ns' };
}

/** Throws unless the text says `ns`, with three digits or exactly. */
export function assertDuration(text, ns, what) {
  const want = Number(ns);
  const got = readDuration(text);
  assert.ok(got, `${what}: no duration in ${JSON.stringify(text)}`);
  assert.ok(
    Math.abs(got.ns - want) <= got.halfNs * 1.000001 + 1e-6,
    `${what}: the page says ${JSON.stringify(text.trim())}, true are ${want} ns`,
  );
  assert.ok(
    got.digits >= 3 || got.exactUnit || got.ns === want,
    `${what}: ${JSON.stringify(text.trim())} shows fewer than three digits of ${want} ns`,
  );
}

/** A count as the page writes it: `5,110`. */
export function commas(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Text without what only helps layout: zero-width characters, soft hyphens, runs of blanks. */
export function plain(text) {
  return (text ?? '').replace(/[\u200b\u200c\u200d\u2060\ufeff\u00ad]/g, '').replace(/\s+/g, ' ').trim();
}
