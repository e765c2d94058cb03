// What a build leaves: files that any static host can serve, under a sub-path, with no inline code.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from './harness.mjs';
import { distFolder } from './server.mjs';
import { SAMPLES, traceId } from './truth.mjs';

function filesOf(folder, below = '') {
  return readdirSync(path.join(folder, below)).flatMap((name) => {
    const at = path.posix.join(below, name);
    return statSync(path.join(folder, at)).isDirectory() ? filesOf(folder, at) : [at];
  });
}

// `noPage` would let these pass by when dist/ is missing: they need it as much as those with a page.
const dist = () => {
  const folder = distFolder();
  assert.ok(existsSync(path.join(folder, 'index.html')), 'dist/index.html');
  return folder;
};

test('no inline script, no style attribute, no handler attribute', () => {
  const html = readFileSync(path.join(dist(), 'index.html'), 'utf8').replace(/<!--[\s\S]*?-->/g, '');
  for (const [tag, attributes, inner] of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/gi)) {
    assert.match(attributes, /\bsrc=/, `inline script ${tag.slice(0, 80)}`);
    assert.equal(inner.trim(), '');
  }
  assert.doesNotMatch(html, /<style\b/i);
  assert.doesNotMatch(html, /\sstyle\s*=/i);
  assert.doesNotMatch(html, /\son[a-z]+\s*=/i);
  assert.doesNotMatch(html, /\b(href|src)\s*=\s*["']?\/(?!\/)/i, 'an address from the root of the host');
  assert.doesNotMatch(html, /\b(href|src)\s*=\s*["']?(https?:)?\/\//i, 'an address of another host');
  assert.match(html, /<html[^>]*\blang=/i);
  assert.match(html, /<meta[^>]*\bname=["']?viewport/i);
  assert.match(html, /<link[^>]*\brel=["']?[^>]*icon/i, 'an icon: without one browsers ask the host root for /favicon.ico');
});

test('dist holds the samples and no config.json', () => {
  const files = filesOf(dist());
  assert.ok(!files.includes('config.json'));
  for (const name of SAMPLES) {
    const found = files.filter((file) => file === `samples/${name}.pb` || file === `samples/${name}.pb.gz`);
    assert.equal(found.length, 1, name);
    assert.ok(traceId(name));
  }
});

test('the page names its worker and the single file, and dist holds both', () => {
  const html = readFileSync(path.join(dist(), 'index.html'), 'utf8');
  const files = filesOf(dist());
  for (const name of ['spanloom-worker', 'spanloom-single']) {
    const named = new RegExp(`<meta name="${name}" content="([^"]+)">`).exec(html);
    assert.ok(named && files.includes(named[1]), `${name}: ${named?.[1]}`);
  }
});

test('the page starts under a sub-path and asks for nothing outside it', async (t) => {
  const site = await t.site();
  await t.app.open(site);
  await t.app.reach('home');
  for (const { method, path: asked } of site.log) {
    assert.equal(method, 'GET');
    assert.ok(asked.startsWith('/sub/') || asked === '/favicon.ico', asked);
  }
});

test('a config.json with a mistake is reported, not ignored', async (t) => {
  await t.app.open(await t.site({ config: { sources: [], colour: 'blue' } }));
  await t.app.reach('home');
  await t.until(async () => /colour/.test(await t.app.text()), 'the unknown key named');
});

test('a config.json that is not JSON is reported, and the page works', async (t) => {
  await t.app.open(await t.site({ config: '{ "sources": [ }' }));
  await t.app.reach('home');
  await t.until(async () => /config\.json/.test(await t.app.text()), 'config.json named');
  await t.page.locator('[data-sample="lost-queue"]').click();
  await t.app.reach('trace');
});

test('document title names what is shown', async (t) => {
  const site = await t.site();
  await t.app.open(site);
  await t.app.reach('home');
  assert.match(await t.page.title(), /Spanloom/);
  await t.page.locator('[data-sample="slow-erp"]').click();
  await t.app.reach('trace');
  await t.until(async () => /POST \/orders/.test(await t.page.title()), 'the operation in the title');
});

const NOT_FOUND = /Failed to load resource: the server responded with a status of 404/;
const visible = (t, text) => t.until(async () => (await t.page.locator('#boot').innerText()).includes(text), text, 15_000);

test('a host without the first script: after ten seconds the page names it', { allow: [NOT_FOUND, /Refused to execute script|MIME type/] }, async (t) => {
  const boot = filesOf(dist()).find((file) => /^boot-/.test(file));
  const site = await t.site({ missing: [boot] });
  await t.page.goto(site.base);
  await visible(t, 'Spanloom is starting…');
  assert.ok(!(await t.page.locator('#boot').innerText()).includes(boot), 'not at once: it may still come');
  await visible(t, `Its first file, ${boot}, has not started.`);
  assert.match(await t.page.locator('#boot').innerText(), /copy all of dist\/ to it again/);
});

test('a program that does not arrive: after ten seconds the page names what it waits for', async (t) => {
  const wasm = filesOf(dist()).find((file) => file.endsWith('.wasm'));
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await t.page.route(`**/${wasm}`, async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  const site = await t.site();
  await t.page.goto(site.base, { waitUntil: 'commit' });
  await visible(t, `and ${wasm}. On a slow line`);
  assert.ok(!(await t.page.locator('#boot').innerText()).includes('has not started'), 'the first script runs');
  release();
  await t.app.reach('home');
});
