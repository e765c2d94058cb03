// What a test is, what it is given, and what fails it besides its own assertions: an error on the console, an exception in
// the page, something blocked by the content security policy, or a request to another host. A test that expects one of
// these names it in `allow`.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { contextOptions } from './browser.mjs';
import { firefoxPage } from './firefox.mjs';
import { webkitPage } from './webkit.mjs';
import { App } from './page.mjs';
import { startSite } from './server.mjs';
import { createTempo } from './tempo.mjs';

export const tests = [];
let currentFile = '';

export function setFile(name) {
  currentFile = name;
}

/**
 * Registers a test.
 *
 * options.allow   patterns of console errors that belong to what is tested (see FAILED_REQUEST)
 * options.size    'wide' or 'narrow'; options.theme 'light' or 'dark'; further context options
 * options.browser 'firefox' or 'webkit': in that one instead of Chromium (firefox.mjs, webkit.mjs)
 * options.noPage  true: the test opens no page
 */
export function test(name, options, body) {
  if (typeof options === 'function') tests.push({ file: currentFile, name, options: {}, body: options });
  else tests.push({ file: currentFile, name, options, body });
}

/** What Chromium itself writes for an answer with such a status: no page can prevent it. */
export const FAILED_REQUEST = /Failed to load resource: the server responded with a status of \d+/;
/** The same for a request without an answer. */
export const NO_ANSWER = /Failed to load resource: net::ERR_/;

const TEST_TIMEOUT_MS = 30_000;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Sites and Tempos for one test or one screenshot; `cleanups` ends them. */
export function stage(cleanups) {
  const t = {
    sites: [],
    cleanup: (work) => cleanups.push(work),
    /** Starts a site (server.mjs). */
    async site(options) {
      const site = await startSite(options);
      cleanups.push(() => site.close());
      t.sites.push(site);
      return site;
    },
    /** A Tempo (tempo.mjs) at /tempo of a site of its own, configured as the page's source; `mounts` are what else the site passes on. */
    async tempoSite(tempoOptions = {}, siteOptions = {}, sourceOptions = {}, mounts = {}) {
      const tempo = createTempo(tempoOptions);
      const config = { sources: [{ name: 'tempo-staging', type: 'tempo', url: '/tempo', ...sourceOptions }] };
      const site = await t.site({ config, mounts: { '/tempo': tempo.handle, ...mounts }, ...siteOptions });
      cleanups.push(() => tempo.release());
      return { tempo, site };
    },
    /** A folder of the test's own. */
    folder() {
      t.ownFolder ??= mkdtempSync(path.join(tmpdir(), 'spanloom-'));
      cleanups.push(() => rmSync(t.ownFolder, { recursive: true, force: true }));
      return t.ownFolder;
    },
    /** A Tempo on an origin of its own. */
    async farTempo(tempoOptions = {}) {
      const tempo = createTempo(tempoOptions);
      const server = await tempo.listen();
      cleanups.push(() => server.close());
      return { tempo, origin: server.origin };
    },
  };
  return t;
}

/** Runs one test; gives null or the error. */
export async function run(browser, one, outFolder) {
  const cleanups = [];
  const problems = [];
  const lines = [];
  const allow = [...(one.options.allow ?? [])];
  let page = null;

  const t = { ...stage(cleanups), assert, allow: (...patterns) => allow.push(...patterns), until, requests: [] };

  let timer;
  try {
    if (!one.options.noPage) {
      const { allow: _allow, noPage: _noPage, browser: named, ...wanted } = one.options;
      const watch = watching(problems, lines, t.requests);
      if (named === 'firefox') {
        page = await firefoxPage(cleanups, watch);
      } else if (named === 'webkit') {
        page = await webkitPage(cleanups, watch);
      } else {
        const context = await browser.newContext(contextOptions(wanted));
        cleanups.push(() => context.close());
        await guard(context, watch);
        t.context = context;
        page = await context.newPage();
        page.setDefaultTimeout(10_000);
      }
      t.page = page;
      t.app = new App(page);
    }
    const late = new Promise((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`took longer than ${TEST_TIMEOUT_MS / 1000} s`)), TEST_TIMEOUT_MS);
    });
    const work = Promise.resolve(one.body(t));
    work.catch(() => {});
    await Promise.race([work, late]);
    // Console messages and policy reports come a little after what caused them.
    if (page) await new Promise((resolve) => setTimeout(resolve, 30));
    await page?.noteErrors?.();
    for (const site of t.sites) problems.push(...site.violations.map((text) => ({ kind: 'policy', text })));
    const bad = problems.filter(({ text }) => !allow.some((pattern) => pattern.test(text)));
    if (bad.length > 0) {
      throw new Error(`the page did what no page may:\n${bad.map(({ kind, text }) => `  ${kind}: ${text}`).join('\n')}`);
    }
    return null;
  } catch (error) {
    await keepEvidence(page, lines, problems, t.sites, error, path.join(outFolder, slug(one)));
    return error;
  } finally {
    clearTimeout(timer);
    await cleanUp(cleanups);
  }
}

/** Ends what was started, last first. */
export async function cleanUp(cleanups) {
  for (const work of cleanups.reverse()) {
    try {
      await work();
    } catch {
      // What is to end may have ended by itself.
    }
  }
}

/** What either browser's page is watched by: problems fail the test, lines go into its log, addresses into `t.requests`. */
function watching(problems, lines, requests) {
  const line = (text) => lines.push(text);
  const note = (kind, text) => {
    problems.push({ kind, text });
    line(`${kind}: ${text}`);
  };
  const seen = (method, address) => {
    requests.push(address);
    const url = new URL(address);
    if (!/^(https?|wss?):$/.test(url.protocol)) return;
    line(`request: ${method} ${address}`);
    if (!LOOPBACK.has(url.hostname)) note('request to another host', address);
  };
  return { note, line, seen };
}

async function guard(context, { note, line, seen }) {
  context.on('console', (message) => {
    const from = message.location().url;
    const text = `${message.text()} (${from})`;
    line(`console.${message.type()}: ${text}`);
    if (message.type() === 'error' || message.type() === 'assert') note('console', text);
  });
  context.on('weberror', (error) => note('exception', error.error().stack || String(error.error())));
  context.on('request', (request) => seen(request.method(), request.url()));
  await context.addInitScript(watchPolicy);
}

/** Runs in the page. */
export function watchPolicy() {
  document.addEventListener('securitypolicyviolation', (event) => {
    if (event.disposition !== 'enforce') return;
    const where = event.sourceFile ? ` at ${event.sourceFile}:${event.lineNumber}` : '';
    console.error(`content security policy: ${event.effectiveDirective} blocked ${event.blockedURI}${where}`);
  });
}

async function keepEvidence(page, lines, problems, sites, error, file) {
  mkdirSync(path.dirname(file), { recursive: true });
  const parts = [String(error.stack ?? error), '', 'Problems:', ...problems.map((one) => `${one.kind}: ${one.text}`), '', 'Log:', ...lines];
  for (const site of sites) {
    parts.push('', `Requests to ${site.origin}:`, ...site.log.map((one) => `${one.method} ${one.path} ${one.status}`));
  }
  if (page) {
    try {
      parts.push('', `Address: ${await page.url()}`, '', 'Text:', await page.evaluate(() => document.body.innerText, null));
    } catch {
      // The page may be gone or busy; the rest is still worth keeping.
    }
    // caret: 'initial', since hiding the caret would add a style element, which the policy blocks.
    await page.screenshot({ path: `${file}.png`, caret: 'initial', timeout: 5000 }).catch(() => {});
  }
  writeFileSync(`${file}.log`, `${parts.join('\n')}\n`);
}

export function slug(one) {
  return `${one.file}-${one.name}`.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 120);
}

/** Waits until `check` gives something true, and gives it; an assertion that throws inside is tried again. */
export async function until(check, what, timeoutMs = 8000) {
  const end = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      last = undefined;
      const got = await check();
      if (got) return got;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      const because = last ? `: ${last.message}` : '';
      throw new Error(`waited ${timeoutMs / 1000} s for ${what}${because}`, { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
