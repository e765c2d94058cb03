// What the browser itself takes for the same bytes, measured in the same run: no page can be quicker than these by much,
// and every figure of ours is told as a ratio to one of them.

import { createReadStream, statSync } from 'node:fs';

const BLANK = '<!doctype html><title>blank</title><input type="file"><canvas width="1440" height="900"></canvas>';
/** V8's strings end near here: a text beyond cannot be parsed as one. */
const MOST_TEXT = 500e6;

export async function open(page, site) {
  const blank = site.serve('blank.html', BLANK, 'text/html');
  await page.goto(site.url().replace(/\?.*/, '') + blank);
}

/** Times in ms for a file's bytes; null where the browser cannot do it at all. */
export async function ofFile(page, site, { file, bytes, format }) {
  await page.locator('input[type=file]').setInputFiles(file);
  const read = await page.evaluate(async () => {
    const input = document.querySelector('input[type=file]');
    const began = performance.now();
    const reader = input.files[0].stream().getReader();
    let taken = 0;
    for (let step = await reader.read(); !step.done; step = await reader.read()) taken += step.value.byteLength;
    return performance.now() - began;
  });
  const floors = { read };
  if (format === 'gz') {
    floors.gunzip = await page.evaluate(async () => {
      const began = performance.now();
      const input = document.querySelector('input[type=file]');
      const reader = input.files[0].stream().pipeThrough(new DecompressionStream('gzip')).getReader();
      for (let step = await reader.read(); !step.done; step = await reader.read());
      return performance.now() - began;
    });
  }
  if (format === 'json' && bytes < MOST_TEXT) {
    floors.parse = await page.evaluate(async () => {
      const text = await document.querySelector('input[type=file]').files[0].text();
      const began = performance.now();
      JSON.parse(text);
      return performance.now() - began;
    });
    const served = site.serve('floor.json', (request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': statSync(file).size });
      createReadStream(file).pipe(response);
    });
    floors.fetch = await page.evaluate(async (name) => {
      const began = performance.now();
      await (await fetch(new URL(`../${name}`, location.href))).json();
      return performance.now() - began;
    }, served);
  }
  return floors;
}

/** Reading as many 32-bit numbers as `spans` have attributes, once: what a question about all of them takes at the least. */
export async function ofScan(page, spans) {
  return page.evaluate((values) => {
    const column = new Uint32Array(values).map((_, at) => (at * 2654435761) >>> 0);
    const began = performance.now();
    let found = 0;
    for (let at = 0; at < column.length; at += 1) if (column[at] < 1000) found += 1;
    const took = performance.now() - began;
    return found >= 0 ? took : null;
  }, spans * 12);
}

/** A frame that does nothing, and one that fills 10,000 rectangles on a canvas: ms of script, and ms between frames. */
export async function ofFrames(page) {
  return page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const context = document.querySelector('canvas').getContext('2d');
    const between = async (work) => {
      const deltas = [];
      const script = [];
      let before = await frame();
      for (let step = 0; step < 60; step += 1) {
        const began = performance.now();
        work(step);
        script.push(performance.now() - began);
        const now = await frame();
        deltas.push(now - before);
        before = now;
      }
      return { deltas: deltas.sort((a, b) => a - b), script: script.sort((a, b) => a - b) };
    };
    const middle = (sorted) => sorted[Math.floor(sorted.length / 2)];
    const late = (sorted) => sorted[Math.floor(sorted.length * 0.95)];
    const idle = await between(() => {});
    const painted = await between((step) => {
      context.clearRect(0, 0, 1440, 900);
      for (let at = 0; at < 10_000; at += 1) {
        if (at % 1000 === 0) context.fillStyle = `hsl(${at / 30 + step} 60% 60%)`;
        context.fillRect((at * 37) % 1400, (at * 13) % 880, 12, 6);
      }
    });
    return {
      idle_p50: middle(idle.deltas), idle_p95: late(idle.deltas),
      canvas_script: middle(painted.script), canvas_p50: middle(painted.deltas), canvas_p95: late(painted.deltas),
    };
  });
}
