// A page with a trace, driven as a person would, and timed by the page's own clock. What is measured stands in the name
// of each function; what it is compared with is elsewhere.

/** Runs before the page's own scripts: notes when a file is chosen, and every task that takes more than 50 ms. */
export function watch() {
  window.bench = { chosen: 0, long: [] };
  addEventListener('change', (event) => {
    if (event.target instanceof HTMLInputElement && event.target.type === 'file') window.bench.chosen = performance.now();
  }, true);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.bench.long.push({ at: entry.startTime, ms: entry.duration });
  }).observe({ type: 'longtask', buffered: true });
}

/** From the file chosen: ms to the preview, to all figures on the page, to the first picture; the longest task. */
export async function load(page, file, timeout) {
  await page.locator('input[type=file][data-open]').first().setInputFiles(file);
  await page.waitForFunction(() => performance.getEntriesByName('spanloom.painted').length > 0, null, { timeout, polling: 50 });
  return page.evaluate(async () => {
    // What the first picture has set off may be long as well.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { chosen, long } = window.bench;
    const since = (name) => {
      const mark = performance.getEntriesByName(name)[0];
      return mark ? mark.startTime - chosen : null;
    };
    const tasks = long.filter((task) => task.at >= chosen);
    return {
      preview: since('spanloom.preview'),
      outline: since('spanloom.outline'),
      painted: since('spanloom.painted'),
      longest_task: Math.max(0, ...tasks.map((task) => task.ms)),
      long_tasks: tasks.length,
      long_at: tasks.map((task) => [Math.round(task.at - chosen), Math.round(task.ms)]),
    };
  });
}

/**
 * 120 steps of a gesture, a step a frame: ms between frames, and ms that each frame's script and painting took. `boxes` is
 * the most that one frame drew.
 */
export async function frames(page, { target, gesture }) {
  return page.evaluate(async ({ target, gesture }) => {
    const element = document.querySelector(target);
    const rect = element.getBoundingClientRect();
    const step = (at) => {
      const x = rect.left + rect.width * 0.7;
      const y = rect.top + rect.height * 0.5;
      const wheel = (more) => element.dispatchEvent(new WheelEvent('wheel', { clientX: x, clientY: y, bubbles: true, cancelable: true, ...more }));
      const inward = at < 60 ? -1 : 1;
      if (gesture === 'zoom') wheel({ deltaY: 60 * inward, ctrlKey: true });
      if (gesture === 'pan') wheel({ deltaX: 40 * -inward });
      // A notch of a wheel. What the page does not scroll itself, the browser would.
      if (gesture === 'scroll' && wheel({ deltaY: 100 * -inward, shiftKey: target === '[data-flame]' })) {
        top += 100 * -inward;
        element.scrollTop = top;
      }
    };
    let top = element.scrollTop;
    const deltas = [];
    const work = [];
    const channel = new MessageChannel();
    let painted = () => {};
    channel.port1.onmessage = () => painted();
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const canvas = element.querySelector('canvas');
    let boxes = 0;
    let before = await frame();
    for (let at = 0; at < 120; at += 1) {
      const began = performance.now();
      step(at);
      const done = new Promise((resolve) => (painted = resolve));
      channel.port2.postMessage(0);
      await done;
      work.push(performance.now() - began);
      const now = await frame();
      deltas.push(now - before);
      before = now;
      boxes = Math.max(boxes, Number(canvas?.dataset.items ?? 0));
    }
    const sort = (list) => list.sort((a, b) => a - b);
    const [d, w] = [sort(deltas), sort(work)];
    const at = (list, share) => list[Math.min(list.length - 1, Math.floor(list.length * share))];
    return { p50: at(d, 0.5), p95: at(d, 0.95), max: at(d, 1), work_p95: at(w, 0.95), boxes };
  }, { target, gesture });
}

/** From the text typed: ms to the first count shown and to the last, and that count. */
export async function find(page, text, timeout) {
  return page.evaluate(async ({ text, timeout }) => {
    const input = document.querySelector('[data-find]');
    const long = window.bench.long.length;
    const began = performance.now();
    input.value = text;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    let first = null;
    let counted = '';
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      const words = document.querySelector('[data-find-count]')?.textContent ?? '';
      if (first === null && /[1-9]|none/.test(words)) first = performance.now() - began;
      if (words && !words.includes('…')) {
        counted = words;
        break;
      }
      if (performance.now() - began > timeout) throw new Error(`find ${text}: still ${words}`);
    }
    const all = performance.now() - began;
    await new Promise((resolve) => setTimeout(resolve, 200));
    const longest = Math.max(0, ...window.bench.long.slice(long).map((task) => task.ms));
    input.value = '';
    input.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { first, all, counted, longest_task: longest };
  }, { text, timeout });
}

/** From the click on a tab to the second frame after its picture is there; the longest task. */
export async function view(page, name, sign, timeout) {
  return page.evaluate(async ({ name, sign, timeout }) => {
    const long = window.bench.long.length;
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const began = performance.now();
    document.querySelector(`#tab-${name}`).click();
    const is_there = () => {
      const found = document.querySelector(sign);
      return found && (!(found instanceof HTMLCanvasElement) || Number(found.dataset.items ?? 0) > 0);
    };
    while (!is_there()) {
      if (performance.now() - began > timeout) throw new Error(`${name}: no ${sign}`);
      await frame();
    }
    await frame();
    await frame();
    const ms = performance.now() - began;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { ms, longest_task: Math.max(0, ...window.bench.long.slice(long).map((task) => task.ms)) };
  }, { name, sign, timeout });
}

export const VIEWS = {
  flame: '#view-flame canvas.bars-canvas',
  graph: '#view-graph canvas',
  map: 'svg.map .node',
  stats: '#view-stats [role=row]:nth-child(2)',
  timeline: '#view-timeline canvas.bars-canvas',
};
