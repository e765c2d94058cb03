// Pictures of every screen and state, wide and narrow, light and dark, for people to look at; not a test.
//
//   node tests/browser/screens.mjs [words of a state's name]      → tests/browser/out/screens/STATE-SIZE-THEME.png

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SIZES, contextOptions, launch } from './browser.mjs';
import { cleanUp, stage } from './harness.mjs';
import { App } from './page.mjs';
import { STATES } from './states.mjs';

const OUT = path.join(path.dirname(fileURLToPath(import.meta.url)), 'out', 'screens');
const filter = process.argv.slice(2).join(' ').toLowerCase();

mkdirSync(OUT, { recursive: true });
const browser = await launch();
let missed = 0;
for (const state of STATES.filter((one) => one.name.includes(filter))) {
  for (const [size, { width }] of Object.entries(SIZES)) {
    for (const theme of ['light', 'dark']) {
      const cleanups = [];
      const context = await browser.newContext(contextOptions({ size, theme }));
      cleanups.push(() => context.close());
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      const file = path.join(OUT, `${state.name}-${width}-${theme}.png`);
      try {
        await state.open(new App(page), stage(cleanups), theme);
        await page.waitForTimeout(250);
      } catch (error) {
        missed += 1;
        console.log(`${path.basename(file)}: ${error.message.split('\n')[0]} (the picture shows how far it came)`);
      }
      await page.screenshot({ path: file, caret: 'initial' }).catch((error) => console.log(error.message));
      await cleanUp(cleanups);
    }
  }
  console.log(state.name);
}
await browser.close();
console.log(`pictures in ${path.relative(process.cwd(), OUT)}${missed ? `, ${missed} states not reached` : ''}`);
process.exitCode = missed ? 1 : 0;
