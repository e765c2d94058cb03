// The second browser: Firefox by WebDriver BiDi, for what has to be tried in more than one, that is pages out of a folder.
// Its pages are puppeteer's; a test that runs in both browsers uses what these and playwright's pages share: `goto`,
// `evaluate`, `waitForSelector`, `keyboard`, `url`.
//
// FIREFOX names another than Debian's. Started when the first test wants it; run.mjs ends it.

import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { SIZES } from './browser.mjs';
import { watchPolicy } from './harness.mjs';

const PLACES = [
  process.env.FIREFOX,
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
];
const PREFERENCES = {
  // puppeteer loosens this, for pages out of a folder: as in everybody's Firefox, each is an origin of its own.
  'security.fileuri.strict_origin_policy': true,
  'intl.accept_languages': 'en-US, en',
};

let started = null;

async function launch() {
  const executablePath = PLACES.find((file) => file && existsSync(file));
  if (!executablePath || (process.env.FIREFOX && executablePath !== process.env.FIREFOX)) {
    throw new Error('No Firefox found. Debian: apt-get install firefox-esr. Elsewhere: install Firefox, or set FIREFOX.');
  }
  return puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    defaultViewport: SIZES.wide,
    env: { ...process.env, TZ: 'UTC' },
    extraPrefsFirefox: PREFERENCES,
  });
}

/** A page in a container of its own; `note` is told of problems as the harness tells them, `seen` of every request. */
export async function firefoxPage(cleanups, { note, line, seen }) {
  started ??= launch();
  const browser = await started;
  const context = await browser.createBrowserContext();
  cleanups.push(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('console', (message) => {
    const text = `${message.text()} (${message.location().url ?? ''})`;
    line(`console.${message.type()}: ${text}`);
    if (message.type() === 'error' || message.type() === 'assert') note('console', text);
  });
  page.on('pageerror', (error) => note('exception', error.stack || String(error)));
  page.on('request', (request) => seen(request.method(), request.url()));
  await page.evaluateOnNewDocument(watchPolicy);
  return page;
}

export async function endFirefox() {
  const browser = await started?.catch(() => null);
  started = null;
  await browser?.close();
}
