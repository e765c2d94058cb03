// Reads the page as a person with a screen reader would: by roles, names and the few data attributes that are promised to
// tests. Everything here looks at the document; nothing asks the app for its own report.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { plain } from './figures.mjs';

const WAIT_MS = 12_000;

export class App {
  constructor(page) {
    this.page = page;
  }

  get main() {
    return this.page.locator('main[data-screen]');
  }

  /** Opens a site's page with a query. */
  async open(site, query = {}) {
    await this.page.goto(site.url(query));
    return this;
  }

  /** Waits for a screen; a failure in its place is told in its own words at once. */
  async reach(screen, timeout = WAIT_MS) {
    const wanted = [].concat(screen);
    const handle = await this.page.waitForFunction(
      (names) => {
        const now = document.querySelector('main[data-screen]')?.dataset.screen;
        return names.includes(now) || now === 'failure' ? now : null;
      },
      wanted,
      { timeout },
    ).catch(async (error) => {
      const now = await this.screen();
      throw new Error(`the page shows ${now ? `the screen "${now}"` : 'no screen'} instead of ${wanted.join(' or ')}`, { cause: error });
    });
    const now = await handle.jsonValue();
    if (!wanted.includes(now)) throw new Error(`instead of ${wanted.join(' or ')} the page failed: ${await this.text()}`);
    return now;
  }

  async screen() {
    return this.page.evaluate(() => document.querySelector('main[data-screen]')?.dataset.screen ?? null);
  }

  /** All visible text, blanks joined. */
  async text() {
    return plain(await this.page.evaluate(() => document.body.innerText));
  }

  // Header

  fact(name) {
    return this.page.locator(`[data-fact="${name}"]`).first();
  }

  async factText(name) {
    const found = this.fact(name);
    return (await found.count()) ? plain(await found.innerText()) : null;
  }

  async factNs(name) {
    const found = this.fact(name);
    return (await found.count()) ? found.getAttribute('data-ns') : null;
  }

  async title() {
    return plain(await this.page.locator('h1').first().innerText());
  }

  // Ways in

  goto() {
    return this.page.locator('input[data-goto]').first();
  }

  async go(text) {
    await this.goto().fill(text);
    await this.goto().press('Enter');
  }

  async choose(files) {
    await this.page.locator('input[type=file][data-open]').first().setInputFiles(files);
  }

  /** Drags files from outside onto the page, as the operating system would. */
  async drop(files, at = { x: 700, y: 450 }) {
    const devtools = await this.page.context().newCDPSession(this.page);
    const data = { items: [], files: files.map((file) => path.resolve(file)), dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver']) await devtools.send('Input.dispatchDragEvent', { type, ...at, data });
    return {
      finish: () => devtools.send('Input.dispatchDragEvent', { type: 'drop', ...at, data }),
    };
  }

  async paste(text) {
    await this.page.evaluate((it) => navigator.clipboard.writeText(it), text);
    await this.page.keyboard.press('ControlOrMeta+V');
  }

  // Timeline

  grid() {
    return this.page.locator('[role=treegrid]').first();
  }

  row(id) {
    return this.page.locator(`[role=treegrid] [role=row][data-span="${id}"]`);
  }

  /** Waits until rows are there. */
  async rowsShown() {
    await this.page.locator('[role=treegrid] [role=row][data-span]').first().waitFor({ timeout: WAIT_MS });
  }

  async rowCount() {
    return Number(await this.grid().getAttribute('aria-rowcount'));
  }

  /** The rows now in the document, from top to bottom; a head of an orphan group is { group: text }. */
  async visibleRows() {
    return this.page.evaluate(() => {
      const grid = document.querySelector('[role=treegrid]');
      if (!grid) return [];
      const all = [...grid.querySelectorAll('[role=row][data-span], .grouphead')];
      return all
        .map((row) => ({ row, top: row.getBoundingClientRect().top }))
        .sort((a, b) => a.top - b.top)
        .map(({ row }) => {
          if (!row.dataset.span) return { group: row.textContent };
          return {
            id: row.dataset.span,
            level: Number(row.getAttribute('aria-level')),
            expanded: row.getAttribute('aria-expanded'),
            selected: row.getAttribute('aria-selected') === 'true',
            name: row.querySelector('.nm')?.textContent ?? '',
            duration: row.querySelector('.dur')?.textContent ?? '',
            text: row.textContent,
          };
        });
    });
  }

  /** Rows from where the list stands to its end or to `limit`, gathered by scrolling with the wheel. */
  async allRows(limit = Infinity) {
    await this.rowsShown();
    const box = await this.grid().boundingBox();
    await this.page.mouse.move(box.x + Math.min(120, box.width / 2), box.y + box.height * 0.6);
    const seen = new Map();
    const groups = [];
    let idle = 0;
    while (seen.size < limit && idle < 4) {
      const before = seen.size;
      for (const row of await this.visibleRows()) {
        if (row.id === undefined) {
          if (!groups.includes(row.group)) groups.push(row.group);
        } else if (!seen.has(row.id)) {
          seen.set(row.id, row);
        }
      }
      idle = seen.size === before ? idle + 1 : 0;
      await this.page.mouse.wheel(0, Math.max(120, box.height * 0.5));
      await this.page.waitForTimeout(idle ? 60 : 25);
    }
    const rows = [...seen.values()];
    rows.groups = groups;
    return limit === Infinity ? rows : Object.assign(rows.slice(0, limit), { groups });
  }

  /** A button of the toolbar that is pressed or not. */
  toggle(name) {
    return this.page.getByRole('button', { name });
  }

  async setToggle(name, wanted) {
    const button = this.toggle(name);
    if ((await button.getAttribute('aria-pressed')) !== String(wanted)) await button.click();
    await this.page.waitForFunction(
      ([element, value]) => element.getAttribute('aria-pressed') === value,
      [await button.elementHandle(), String(wanted)],
      { timeout: WAIT_MS },
    );
  }

  /** Folding off, everything expanded: one row a span. */
  async showEveryRow() {
    await this.rowsShown();
    await this.setToggle(/fold pass-through/i, false);
    await this.grid().focus().catch(() => {});
    await this.page.keyboard.press('[');
    await this.page.waitForTimeout(100);
  }

  /** Scrolls the rows until one is there, and clicks its name. */
  async select(id) {
    const box = await this.grid().boundingBox();
    await this.page.mouse.move(box.x + 100, box.y + box.height * 0.6);
    for (let tries = 0; tries < 60 && !(await this.row(id).count()); tries += 1) {
      await this.page.mouse.wheel(0, box.height * 0.5);
      await this.page.waitForTimeout(40);
    }
    const row = this.row(id);
    await row.scrollIntoViewIfNeeded();
    await row.locator('.nm').click();
  }

  async selectedId() {
    return this.page.evaluate(
      () => document.querySelector('[role=treegrid] [role=row][aria-selected="true"][data-span]')?.dataset.span ?? null,
    );
  }

  // Details

  details() {
    return this.page.locator('aside[aria-label="Span details"]');
  }

  async detail(name) {
    const found = this.details().locator(`[data-detail="${name}"]`).first();
    return (await found.count()) ? plain(await found.innerText()) : null;
  }

  /** [key, value] of every attribute line in the panel. */
  async attributes() {
    const pairs = await this.details().evaluate((panel) => {
      const found = [];
      for (const list of panel.querySelectorAll('dl.kv')) {
        for (const term of list.querySelectorAll('dt')) {
          let value = term.nextElementSibling;
          while (value && value.tagName !== 'DD') value = value.nextElementSibling;
          found.push([term.textContent, value ? value.textContent : '']);
        }
      }
      return found;
    });
    return pairs.map(([key, value]) => [plain(key).replace(/\s/g, ''), plain(value)]);
  }

  // The menu

  /** Opens the download menu and gives its item of that name. */
  async menuItem(name) {
    await this.downloadButton().click();
    const item = this.page.locator('[role=menuitem], [role=menu] button, details[open] li button').filter({ hasText: name }).first();
    await item.waitFor();
    return item;
  }

  downloadButton() {
    // A disclosure's summary works as a button and is one to the keyboard, though not by role.
    return this.page.locator('button, summary').and(this.page.locator('[aria-label="Download"], :text-is("Download")')).first();
  }

  // Find

  find() {
    return this.page.locator('input[data-find]').first();
  }

  async findCount() {
    const found = this.page.locator('[data-find-count]').first();
    return (await found.count()) ? plain(await found.innerText()) : null;
  }

  async status() {
    return plain(await this.page.locator('[data-status]').first().innerText());
  }

  async banner() {
    const found = this.page.locator('[data-banner]');
    return (await found.count()) ? plain((await found.allInnerTexts()).join(' ')) : null;
  }

  query() {
    return new URL(this.page.url()).searchParams;
  }

  // Host messages

  /**
   * Posts a message to the page from the page itself and gives the answer. `bytes` (a Buffer) becomes an ArrayBuffer in
   * `data`.
   */
  async post(message, bytes = null, timeoutMs = 10_000) {
    return this.page.evaluate(postAndWait, { message, base64: bytes?.toString('base64') ?? null, timeoutMs });
  }
}

/** Runs in the page. */
function postAndWait({ message, base64, timeoutMs }) {
  const id = `test-${Math.random().toString(36).slice(2)}`;
  const full = { spanloom: 1, id, ...message };
  const transfer = [];
  if (base64 !== null) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
    full.data = bytes.buffer;
    transfer.push(bytes.buffer);
  }
  return new Promise((resolve, reject) => {
    const answers = new Set(['pong', 'opened', 'shown', 'report', 'error']);
    const timer = setTimeout(() => reject(new Error(`no answer to ${message.type} in ${timeoutMs} ms`)), timeoutMs);
    const listen = (event) => {
      const data = event.data;
      if (data?.spanloom !== 1 || data.id !== full.id || !answers.has(data.type)) return;
      // `report` is both a question and an answer: the answer carries the report.
      if (data.type === message.type && data.report === undefined) return;
      clearTimeout(timer);
      removeEventListener('message', listen);
      resolve(data);
    };
    addEventListener('message', listen);
    // A page out of a folder has no origin that could be named.
    postMessage(full, location.protocol === 'file:' ? '*' : location.origin, transfer);
  });
}

/** Bytes of a file on disk as what `choose` takes, under another name. */
export function asFile(name, bytes, mimeType = 'application/octet-stream') {
  return { name, mimeType, buffer: typeof bytes === 'string' ? Buffer.from(bytes) : bytes };
}

export function diskFile(file) {
  return readFileSync(file);
}
