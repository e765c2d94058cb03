// Files of evidence, read and written without Spanloom: by the shape that the README documents.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { distFolder } from './server.mjs';
import { fixturePath, trace, waterfall } from './truth.mjs';

const PLACE = /(id="spanloom-evidence">)([^<]*)(<\/script>)/;

/** What a file holds: its text, the object in it, the trace unpacked. */
export function held(file) {
  const html = readFileSync(file, 'utf8');
  const text = html.match(PLACE)?.[2];
  assert.ok(text, 'the file has a filled place for evidence');
  const evidence = JSON.parse(text);
  return { html, text, evidence, otlp: gunzipSync(Buffer.from(evidence.trace, 'base64')) };
}

/** The same page with another text in its place. */
export function refill(file, to, text) {
  writeFileSync(to, readFileSync(file, 'utf8').replace(PLACE, (_whole, begin, _old, end) => begin + text + end));
}

/** Evidence of a recorded trace, put together by a program. */
export function byHand(to, name, more = {}) {
  const value = {
    spanloom_evidence: 1,
    notes: [{ span_id: waterfall(trace(name))[3].id, text: 'by a program', written_unix_ms: 1_795_000_000_000 }],
    trace: gzipSync(readFileSync(fixturePath(name, 'v1.pb'))).toString('base64'),
    ...more,
  };
  refill(path.join(distFolder(), 'spanloom.html'), to, JSON.stringify(value));
  return to;
}
