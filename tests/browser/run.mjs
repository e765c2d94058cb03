// Runs the browser tests: node tests/browser/run.mjs [words of a test's file or name]
//
// One test after the other, each in a context of its own; tests that name Firefox or WebKit run there, all others in
// Chromium. SPANLOOM_DIST names another dist/ than ./dist, CHROME another
// browser. Screenshots and logs of failures: tests/browser/out/. The last line is `N passed, N failed`.

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { launch } from './browser.mjs';
import { endFirefox } from './firefox.mjs';
import { MISSING, endWebkit } from './webkit.mjs';
import { run, setFile, tests } from './harness.mjs';
import { distFolder } from './server.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const OUT = path.join(HERE, 'out');
const filter = process.argv.slice(2).join(' ').toLowerCase();

for (const file of readdirSync(HERE).filter((name) => name.endsWith('.test.mjs')).sort()) {
  setFile(file.replace('.test.mjs', ''));
  await import(pathToFileURL(path.join(HERE, file)));
}
const isOfWebkit = (one) => one.options.browser === 'webkit';
if (MISSING.length > 0) console.log(`No WebKit (${MISSING.join(', ')}): its ${tests.filter(isOfWebkit).length} tests are not run.`);
const chosen = tests.filter((one) => `${one.file}: ${one.name}`.toLowerCase().includes(filter) && !(MISSING.length > 0 && isOfWebkit(one)));

let passed = 0;
let failed = 0;
const dist = distFolder();
if (!existsSync(path.join(dist, 'index.html')) && chosen.some((one) => !one.options.noPage)) {
  console.log(`No index.html in ${path.relative(process.cwd(), dist) || dist}: build the page first (make build).`);
  failed = chosen.length;
} else if (chosen.length > 0) {
  mkdirSync(OUT, { recursive: true });
  for (const old of readdirSync(OUT).filter((name) => /\.(png|log)$/.test(name))) rmSync(path.join(OUT, old));
  const failures = [];
  const browser = await launch();
  console.log(`Chromium ${browser.version()}, ${chosen.length} tests`);
  const began = Date.now();
  for (const one of chosen) {
    const from = Date.now();
    const error = await run(browser, one, OUT);
    const took = `${((Date.now() - from) / 1000).toFixed(1)} s`.padStart(7);
    if (error) {
      failed += 1;
      failures.push(one);
      console.log(`FAIL ${took}  ${one.file}: ${one.name}\n${indent(error)}`);
    } else {
      passed += 1;
      console.log(`ok   ${took}  ${one.file}: ${one.name}`);
    }
  }
  await browser.close();
  await Promise.all([endFirefox(), endWebkit()]);
  console.log(`\n${((Date.now() - began) / 1000).toFixed(0)} s in the browser`);
  if (failures.length > 0) {
    console.log('Failed (screenshots and logs in tests/browser/out/):');
    for (const one of failures) console.log(`  ${one.file}: ${one.name}`);
  }
} else {
  console.log(`No test matches ${JSON.stringify(filter)}.`);
}
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);

function indent(error) {
  const text = error.code === 'ERR_ASSERTION' ? error.stack : (error.stack ?? String(error));
  return text.split('\n').slice(0, 25).map((line) => `       ${line}`).join('\n');
}
