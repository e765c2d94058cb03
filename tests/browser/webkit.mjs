// The third browser: WebKit, as Debian's WebKitGTK by WebDriver, under a display of its own. Its pages have what the tests that run in more than
// one browser use of playwright's and puppeteer's: `goto`, `evaluate`, `waitForSelector`, `$`, `keyboard`, `url`.
//
// Its driver reports neither console nor requests: a page collects its own errors from when it is loaded, which are fetched before it is left and
// when its test ends; `performance` has what it asked for.
// Started when the first test wants it; run.mjs ends it.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SIZES } from './browser.mjs';
import { watchPolicy } from './harness.mjs';

const DRIVER = '/usr/bin/WebKitWebDriver';
/** Debian has it in a folder of the processor's name and the library's version. */
const BROWSER = browsers()[0] ?? 'MiniBrowser of webkit2gtk';
export const MISSING = [DRIVER, BROWSER, '/usr/bin/Xvfb'].filter((file) => !existsSync(file));
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
const KEYS = { Control: '\uE009', Shift: '\uE008', Alt: '\uE00A', Enter: '\uE007', Escape: '\uE00C', Tab: '\uE004', ArrowLeft: '\uE012', ArrowUp: '\uE013', ArrowRight: '\uE014', ArrowDown: '\uE015', Home: '\uE011', End: '\uE010' };
const WAIT_MS = 10_000;
/** Loading a page is answered when it is loaded. */
const ANSWER_MS = 20_000;

let started = null;

function browsers() {
  const libraries = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  const versions = ['4.1', '4.0', '6.0'].map((one) => `webkit2gtk-${one}`);
  return libraries.flatMap((name) => versions.map((version) => `/usr/lib/${name}/${version}/MiniBrowser`)).filter((file) => existsSync(file));
}

/** A display and a driver, each started by its process and ended by it. */
async function launch() {
  if (MISSING.length > 0) throw new Error(`${MISSING.join(', ')} missing. Debian: apt-get install webkit2gtk-driver xvfb.`);
  const children = [];
  const end = () => children.forEach((one) => one.kill());
  try {
    return { at: await start(children), end };
  } catch (error) {
    end();
    throw error;
  }
}

/** Starts both, and gives the driver's address. */
async function start(children) {
  const display = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1440x1000x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  children.push(display);
  const number = await new Promise((resolve, reject) => {
    display.once('error', reject);
    display.once('exit', () => reject(new Error('Xvfb ended')));
    display.stdio[3].once('data', (data) => resolve(String(data).trim()));
  });
  const port = await freePort();
  // As root its sandbox cannot be set up; the page is our own.
  const env = { ...process.env, DISPLAY: `:${number}`, TZ: 'UTC', LANG: 'en_US.UTF-8', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' };
  const driver = spawn(DRIVER, [`--port=${port}`, '--host=127.0.0.1'], { stdio: 'ignore', env });
  children.unshift(driver);
  const at = `http://127.0.0.1:${port}`;
  await until(async () => (await ask(`${at}/status`)).ok, 'the driver');
  return at;
}

const ask = (url, options = {}) => fetch(url, { ...options, signal: AbortSignal.timeout(ANSWER_MS) });

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function until(holds, what) {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    const now = await Promise.resolve().then(holds).catch(() => null);
    if (now) return now;
    if (Date.now() > end) throw new Error(`waited ${WAIT_MS / 1000} s for ${what}`);
    await sleep(50);
  }
}

/** Runs in the page. */
function collectErrors() {
  if (window.collected) return;
  window.collected = [];
  addEventListener('error', (event) => window.collected.push(`${event.message} ${event.error?.stack ?? ''}`));
  addEventListener('unhandledrejection', (event) => window.collected.push(String(event.reason)));
  const report = console.error;
  console.error = (...words) => { window.collected.push(words.join(' ')); report(...words); };
}

class Page {
  constructor(session, note) {
    this.session = session;
    this.note = note;
    this.keyboard = {
      down: (key) => this.keys([{ type: 'keyDown', value: KEYS[key] ?? key }]),
      up: (key) => this.keys([{ type: 'keyUp', value: KEYS[key] ?? key }]),
      press: (key) => this.keys(['keyDown', 'keyUp'].map((type) => ({ type, value: KEYS[key] ?? key }))),
    };
  }

  async ask(method, way, body) {
    const response = await ask(`${this.session}${way}`, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }

  async goto(url) {
    await this.noteErrors();
    await this.ask('POST', '/url', { url });
    await this.watch();
  }

  /** Reports the errors that the page has collected since it was loaded, or since this was called. */
  async noteErrors() {
    const errors = await this.evaluate(() => window.collected?.splice(0) ?? []).catch(() => []);
    errors.forEach((text) => this.note('console', text));
  }

  async watch() {
    await this.evaluate(collectErrors);
    await this.evaluate(watchPolicy);
  }

  evaluate(body, ...given) {
    const script = typeof body === 'string' ? `return (${body})` : `return (${body}).apply(null, arguments)`;
    return this.ask('POST', '/execute/sync', { script, args: given });
  }

  waitForSelector(selector) {
    return until(() => this.$(selector), selector);
  }

  async $(selector) {
    const found = await this.ask('POST', '/element', { using: 'css selector', value: selector }).catch(() => null);
    const id = found?.[ELEMENT];
    return id && { uploadFile: (file) => this.ask('POST', `/element/${id}/value`, { text: file }) };
  }

  keys(actions) {
    return this.ask('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }

  async url() {
    return this.ask('GET', '/url');
  }

  async reload() {
    await this.noteErrors();
    await this.ask('POST', '/refresh', {});
    await this.watch();
  }

  goBack() {
    return this.ask('POST', '/back', {});
  }

  goForward() {
    return this.ask('POST', '/forward', {});
  }

  async screenshot({ path }) {
    writeFileSync(path, Buffer.from(await this.ask('GET', '/screenshot'), 'base64'));
  }
}

export async function webkitPage(cleanups, { note }) {
  started ??= launch();
  const { at } = await started;
  const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary: BROWSER, args: ['--automation'] } } };
  const response = await ask(`${at}/session`, { method: 'POST', body: JSON.stringify({ capabilities }) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebKit did not start: ${value.error}: ${value.message}`);
  const page = new Page(`${at}/session/${value.sessionId}`, note);
  cleanups.push(() => page.ask('DELETE', ''));
  await page.ask('POST', '/window/rect', SIZES.wide);
  return page;
}

export async function endWebkit() {
  const running = await started?.catch(() => null);
  started = null;
  running?.end();
}
