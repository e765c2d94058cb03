// axe-core on every screen, wide and narrow, light and dark: nothing serious, nothing critical. On the narrow ones the size
// of touch targets counts too (WCAG 2.5.8, 24 px).

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { SIZES } from './browser.mjs';
import { test } from './harness.mjs';
import { STATES } from './states.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

for (const state of STATES.filter((one) => one.axe)) {
  for (const size of Object.keys(SIZES)) {
    for (const theme of ['light', 'dark']) {
      test(`${state.name}, ${size}, ${theme}`, { size, theme, allow: state.allow ?? [] }, async (t) => {
        await state.open(t.app, t, theme);
        await t.page.waitForTimeout(200);
        const shown = await t.page.evaluate(() => document.documentElement.dataset.theme);
        t.assert.equal(shown, theme);
        await t.page.evaluate(AXE);
        const faults = await t.page.evaluate(async (narrow) => {
          const result = await globalThis.axe.run(document, {
            resultTypes: ['violations'],
            rules: { 'target-size': { enabled: narrow } },
            // Fetching style sheets again would only be noise: they are of this origin.
            preload: false,
          });
          return result.violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, impact, help, nodes }) => ({
              rule: `${impact} ${id}: ${help}`,
              nodes: nodes.slice(0, 5).map((node) => `${node.target.join(' ')}\n      ${node.failureSummary.replace(/\s+/g, ' ')}`),
              more: nodes.length,
            }));
        }, size === 'narrow');
        if (faults.length > 0) {
          const told = faults.map(({ rule, nodes, more }) => `${rule} (${more})\n    ${nodes.join('\n    ')}`);
          throw new Error(`axe found:\n  ${told.join('\n  ')}`);
        }
      });
    }
  }
}
