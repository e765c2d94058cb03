// The traces on disk: made by the generator when they are not there yet. A trace is named by its size and format, so
// that a second run finds what the first one made; a changed generator wants an empty folder.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { FORMATS, SIZES } from './options.mjs';

const SEED = '1';

/** The file of a trace, its bytes, and what is true of it. */
export function trace(folder, generator, size, format) {
  const { format: name, ending, gzip } = FORMATS[format];
  const file = path.join(folder, `${size}.${ending}`);
  const facts = path.join(folder, `${size}.facts.json`);
  if (!existsSync(file) || !existsSync(facts)) {
    mkdirSync(folder, { recursive: true });
    const args = ['--spans', String(SIZES[size]), '--seed', SEED, '--format', name, '--out', `${file}.part`, '--facts', facts];
    execFileSync(generator, gzip ? [...args, '--gzip'] : args, { stdio: ['ignore', 'inherit', 'inherit'] });
    // A run that was stopped leaves no half a trace behind.
    renameSync(`${file}.part`, file);
  }
  return { size, format, file, bytes: statSync(file).size, facts: JSON.parse(readFileSync(facts, 'utf8')) };
}
