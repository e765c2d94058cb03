// The memory of the browser's renderers, as Linux counts it. Elsewhere there is no /proc, and no figure.

import { readFileSync, readdirSync } from 'node:fs';

/** Peak and present resident bytes of the largest renderer below this process; null where it cannot be told. */
export function renderer() {
  let largest = null;
  for (const id of descendants(process.pid)) {
    try {
      if (!readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('--type=renderer')) continue;
      const status = readFileSync(`/proc/${id}/status`, 'utf8');
      const bytes = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024;
      const found = { peak: bytes('VmHWM'), now: bytes('VmRSS') };
      if (!largest || found.peak > largest.peak) largest = found;
    } catch {
      // A process that has just ended.
    }
  }
  return largest;
}

function descendants(root) {
  const children = new Map();
  let ids = [];
  try {
    ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  for (const id of ids) {
    try {
      // The second field is the program's name in parentheses, which may hold blanks.
      const parent = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').pop().split(' ')[1];
      children.set(parent, [...(children.get(parent) ?? []), id]);
    } catch {
      // The same.
    }
  }
  const found = [];
  const open = [String(root)];
  while (open.length > 0) {
    const below = children.get(open.pop()) ?? [];
    found.push(...below);
    open.push(...below);
  }
  return found;
}
