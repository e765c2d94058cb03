// Starts the Chromium that tests and screenshots use: CHROME if set, Debian's, else an installed Chrome or Edge.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Functions are compiled when they are first called: every test starts the page again, and most call few of them.
  '--js-flags=--wasm-lazy-compilation',
  // Nothing but this machine has a name: a request that should not be made fails at once and is seen by the guard.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

export async function launch() {
  const common = { headless: true, args: FLAGS };
  const executablePath = [process.env.CHROME, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
    (file) => file && existsSync(file),
  );
  if (process.env.CHROME && executablePath !== process.env.CHROME) {
    throw new Error(`CHROME names ${process.env.CHROME}, which is not there`);
  }
  if (executablePath) return chromium.launch({ ...common, executablePath });
  const tried = [];
  for (const channel of ['chrome', 'chromium', 'msedge']) {
    try {
      return await chromium.launch({ ...common, channel });
    } catch (error) {
      tried.push(`${channel}: ${String(error.message).split('\n')[0]}`);
    }
  }
  throw new Error(
    `No Chromium found. Debian: apt-get install chromium. Elsewhere: install Chrome, or set CHROME.\n${tried.join('\n')}`,
  );
}

export const SIZES = {
  wide: { width: 1440, height: 900 },
  narrow: { width: 390, height: 844 },
};

/** Options of a browser context: one reader, in UTC, so that times on the page can be told beforehand. */
export function contextOptions({ size = 'wide', theme = 'light', ...more } = {}) {
  return {
    viewport: SIZES[size],
    hasTouch: size === 'narrow',
    colorScheme: theme,
    locale: 'en-US',
    timezoneId: 'UTC',
    permissions: ['clipboard-read', 'clipboard-write'],
    acceptDownloads: true,
    ...more,
  };
}
