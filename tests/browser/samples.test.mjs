// The seven samples of the home page: what the page shows of each is held against the raw recordings.

import assert from 'node:assert/strict';
import { assertDuration, commas, plain } from './figures.mjs';
import { test } from './harness.mjs';
import {
  FACTS, SAMPLES, headline, sampleQuery, scalarText, selfTime, trace, traceId, waterfall,
} from './truth.mjs';

/** Rows compared in the largest sample; all in the others. */
const MOST_ROWS = 200;

async function openSample(t, name, more = {}) {
  const site = await t.site();
  await t.app.open(site, { file: sampleQuery(name), ...more });
  await t.app.reach('trace');
  await t.app.rowsShown();
  return site;
}

test('home offers every sample, with its number of spans', async (t) => {
  await t.app.open(await t.site());
  await t.app.reach('home');
  for (const name of SAMPLES) {
    const link = t.page.locator(`[data-sample="${name}"]`);
    assert.equal(await link.count(), 1, name);
    assert.match(await link.getAttribute('href'), new RegExp(`[?&]file=samples(/|%2F)${name}\\.pb(\\.gz)?(&|$)`), name);
  }
  const text = await t.app.text();
  for (const name of SAMPLES) assert.ok(text.includes(commas(FACTS[name].span_count)), `${name}: span count on the home page`);
});

for (const name of SAMPLES) {
  const facts = FACTS[name];

  test(`${name}: a click on it opens it, and the header is true`, async (t) => {
    await t.app.open(await t.site());
    await t.app.reach('home');
    await t.page.locator(`[data-sample="${name}"]`).click();
    await t.app.reach('trace');
    const { root, durationNs, rootNs, tailNs, start } = headline(name);
    await t.until(async () => (await t.app.factText('spans')) === commas(facts.span_count), 'the number of spans');
    assert.ok((await t.app.factText('trace')).includes(traceId(name)), 'trace id');
    assert.equal(await t.app.factText('services'), commas(facts.service_count), 'services');
    assert.equal(await t.app.factText('depth'), commas(facts.max_depth), 'depth');
    assert.equal(await t.app.factText('errors'), commas(facts.error_span_count), 'errors');
    assert.equal(await t.app.factNs('duration'), String(durationNs), 'duration');
    assertDuration(await t.app.factText('duration'), durationNs, 'duration');

    const ofRoot = await t.app.factNs('root');
    if (ofRoot !== null) {
      assert.equal(ofRoot, String(rootNs), 'root');
      assert.match(await t.app.factText('root'), /root/);
      assertDuration(await t.app.factText('root'), rootNs, 'root');
    } else if (rootNs !== null) {
      assertDuration(await t.app.factText('duration'), rootNs, 'a root that is not named lasts as long as the trace');
    }

    // The first millisecond or so is within what the SDK's clock can tell; a real tail must be told.
    const tail = await t.app.factNs('tail');
    if (tailNs * 100n > durationNs) assert.equal(tail, String(tailNs), 'tail');
    else if (tail !== null) assert.equal(tail, String(tailNs), 'tail');
    if (tail !== null) assertDuration(await t.app.factText('tail'), tailNs, 'tail');

    const at = new Date(Number(start / 1_000_000n)).toISOString();
    assert.ok((await t.app.factText('start')).includes(at.slice(11, 19)), `start ${at} in UTC`);

    const title = await t.app.title();
    const top = root ?? waterfall(trace(name))[0];
    assert.ok(title.includes(top.service), `service in ${title}`);
    // What an HTTP or messaging span is called may be said in other words, not in words of its own.
    const words = top.name.split(/[\s:]+/).filter((word) => word.length >= 4);
    assert.ok(words.some((word) => title.includes(word)), `operation ${top.name} in ${title}`);
    assert.equal(t.app.query().get('file'), sampleQuery(name));

    const warnings = await t.app.factText('warnings');
    if (['orphans-missing-root', 'clock-skew'].includes(name)) assert.match(warnings, /^[1-9][\d,]*$/);
    else if (facts.children_starting_before_parent === 0) assert.equal(warnings, '0', 'no warning without a cause');
  });

  test(`${name}: unfolded rows are its spans, in order, with true levels and durations`, async (t) => {
    await openSample(t, name);
    await t.app.showEveryRow();
    const expected = waterfall(trace(name));
    const limit = Math.min(expected.length, MOST_ROWS);
    await t.until(async () => {
      const shown = await t.app.rowCount();
      // A header row or group heads may be counted too.
      return shown >= expected.length && shown <= expected.length + 1 + facts.orphan_count;
    }, `aria-rowcount of ${expected.length}`);
    const rows = await t.app.allRows(limit);
    assert.equal(rows.length, limit);
    assert.deepEqual(rows.map((row) => row.id), expected.slice(0, limit).map((row) => row.id), 'order of spans');
    // A group of orphans may be a level of its own.
    const shift = expected[0].orphan ? rows[0].level - 1 : 0;
    assert.ok(shift === 0 || shift === 1, `level of an orphan: ${rows[0].level}`);
    rows.forEach((row, index) => {
      const want = expected[index];
      const what = `row ${index + 1} (${want.id} ${want.name})`;
      assert.equal(row.level, want.depth + shift, `${what}: level`);
      assertDuration(row.duration, want.end - want.start, what);
      assert.equal(row.expanded, want.children.length > 0 ? 'true' : null, `${what}: aria-expanded`);
      if (want.kind === 'INTERNAL') assert.ok(plain(row.name).includes(want.name), `${what}: name in ${row.name}`);
      else assert.notEqual(plain(row.name), '', `${what}: a name`);
    });
  });

  test(`${name}: details of its spans are true`, async (t) => {
    const spans = trace(name);
    const rows = waterfall(spans);
    const { start } = headline(name);
    const chosen = new Map();
    const choose = (span) => span && chosen.set(span.id, span);
    choose(rows[0]);
    choose(rows.find((span) => span.attributes.some(({ key }) => key === 'db.query.text')));
    choose(rows.find((span) => span.kind === 'PRODUCER'));
    const top = facts.critical_path?.top[0];
    choose(rows.find((span) => span.id === top?.span_id));

    const site = await openSample(t, name, { span: rows[0].id });
    for (const span of chosen.values()) {
      await t.app.open(site, { file: sampleQuery(name), span: span.id });
      await t.app.reach('trace');
      await t.until(async () => (await t.app.selectedId()) === span.id, `${span.id} selected`);
      await t.app.details().waitFor();
      const what = `${span.id} ${span.name}`;
      await t.until(async () => (await t.app.detail('duration')) !== null, 'details');
      assertDuration(await t.app.detail('duration'), span.end - span.start, `${what}: duration`);
      assertDuration(await t.app.detail('self'), selfTime(spans, span.id), `${what}: self time`);
      assertDuration(await t.app.detail('start'), span.start - start, `${what}: start`);
      if (span.id === top?.span_id) assertDuration(await t.app.detail('critical'), top.on_path_self_ns, `${what}: critical path`);

      const panel = plain(await t.app.details().innerText());
      assert.ok(panel.includes(span.service), `${what}: service in the panel`);
      const lines = await t.until(async () => {
        const found = await t.app.attributes();
        return found.length > 0 ? found : null;
      }, 'attribute lines');
      for (const { key, value } of [...span.attributes, ...span.resource]) {
        const text = scalarText(value);
        if (text === null) continue;
        if (key === 'db.query.text' || key === 'db.statement') {
          // Shown as a statement, perhaps broken into lines.
          assert.ok(panel.replace(/\s/g, '').includes(plain(text).replace(/\s/g, '')), `${what}: statement ${text}`);
          continue;
        }
        const values = lines.filter(([term]) => term === key).map(([, shown]) => shown);
        assert.ok(values.length > 0, `${what}: ${key} among ${lines.map(([term]) => term).join(', ')}`);
        // JSON may be shown over several lines.
        const begin = plain(text).replace(/\s/g, '').slice(0, 60);
        const said = values.some((shown) => shown.replace(/\s/g, '').includes(begin));
        assert.ok(said, `${what}: ${key} = ${text}, shown ${values.join(' | ')}`);
      }
    }
  });
}

test('order-full: a click on a row selects it and shows its details', async (t) => {
  await openSample(t, 'order-full');
  await t.app.showEveryRow();
  const span = waterfall(trace('order-full')).find((one) => one.name === 'order.validate' || one.depth === 8);
  await t.app.select(span.id);
  await t.until(async () => (await t.app.selectedId()) === span.id, 'the row selected');
  await t.until(async () => (await t.app.detail('duration')) !== null, 'details');
  assertDuration(await t.app.detail('duration'), span.end - span.start, span.name);
  await t.until(() => t.app.query().get('span') === span.id, 'the span in the URL');
});

test('order-full: folding hides rows and says so; the switch brings them back', async (t) => {
  await openSample(t, 'order-full');
  await t.app.showEveryRow();
  await t.app.setToggle(/fold pass-through/i, true);
  await t.until(async () => (await t.app.rowCount()) < 140, 'fewer rows');
  const status = await t.app.status();
  assert.match(status, /147/, 'how many spans there are');
  const folded = await t.app.rowCount();
  assert.match(status, new RegExp(`\\b(${folded - 1}|${folded}|${folded + 1})\\b`), `how many rows hold them (${folded})`);
  await t.app.setToggle(/fold pass-through/i, false);
  await t.until(async () => (await t.app.rowCount()) >= 147, 'all rows again');
});

test('order-full: folding never folds the selected span away', async (t) => {
  const inner = waterfall(trace('order-full')).find((one) => one.name === 'request handler' && one.kind === 'INTERNAL');
  await openSample(t, 'order-full', { span: inner.id });
  await t.app.setToggle(/fold pass-through/i, true);
  await t.app.row(inner.id).waitFor();
  assert.equal(await t.app.selectedId(), inner.id);
});

test('import-5k: runs of like siblings fold into one row each, with their sum', async (t) => {
  await openSample(t, 'import-5k');
  await t.app.setToggle(/fold pass-through/i, true);
  await t.until(async () => (await t.app.rowCount()) < 5110 / 20, 'the groups folded');
  const group = t.page.locator('[role=row][data-group]').first();
  const id = await group.getAttribute('data-group');
  const spans = trace('import-5k');
  const first = spans.find((span) => span.id === id);
  const alike = spans.filter((span) => span.parent === first.parent && span.name === first.name);
  const count = Number(/(\d+) ×/.exec(plain(await group.innerText()))[1]);
  assert.ok(count >= 3 && count <= alike.length, `${count} of ${alike.length}`);
  const members = alike.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const from = members.findIndex((span) => span.id === id);
  const sum = members.slice(from, from + count).reduce((ns, span) => ns + (span.end - span.start), 0n);
  assertDuration(plain(await group.locator('.dur').innerText()).replace('Σ', '').trim(), sum, 'the sum');
});

test('orphans-missing-root: the orphan stands in a group that names the missing parent', async (t) => {
  await openSample(t, 'orphans-missing-root');
  const head = t.page.locator('.grouphead').first();
  await head.waitFor();
  const missing = FACTS['orphans-missing-root'].missing_parents[0];
  assert.ok(plain(await head.innerText()).includes(missing.slice(0, 8)), `${await head.innerText()} names ${missing}`);
});

test('clock-skew: rows whose clock is off say so, and the duration stays the recorded one', async (t) => {
  await openSample(t, 'clock-skew');
  await t.app.showEveryRow();
  const spans = trace('clock-skew');
  const byId = new Map(spans.map((span) => [span.id, span]));
  const skewed = spans.filter((span) => byId.has(span.parent) && span.start + 10_000_000n < byId.get(span.parent).start);
  assert.ok(skewed.length > 0);
  const rows = await t.app.allRows();
  for (const span of skewed) {
    const row = rows.find((one) => one.id === span.id);
    assert.match(row.text, /clock\?/, `row ${span.id} ${span.service} ${span.name}`);
  }
  const marked = rows.filter((row) => /clock\?/.test(row.text));
  assert.ok(marked.length <= skewed.length * 2, `${marked.length} rows marked, ${skewed.length} skewed`);
});

test('import-5k: the last row can be reached', async (t) => {
  await openSample(t, 'import-5k');
  await t.app.showEveryRow();
  const last = waterfall(trace('import-5k')).at(-1);
  await t.app.grid().focus();
  await t.page.keyboard.press('End');
  await t.app.row(last.id).waitFor({ timeout: 8000 });
});

test('critical path: the switch is on or off and says which', async (t) => {
  await openSample(t, 'order-full');
  await t.app.setToggle(/critical path/i, false);
  await t.app.setToggle(/critical path/i, true);
});

test('find: matches are counted and stepped through', async (t) => {
  await openSample(t, 'order-full');
  const hits = async (query, expected) => {
    await t.app.find().fill(query);
    await t.until(
      async () => new RegExp(`(^|\\D)${expected}(\\D|$)`).test((await t.app.findCount()) ?? ''),
      `${expected} matches of ${query}, the page says ${await t.app.findCount()}`,
    );
  };
  const spans = trace('order-full');
  const has = (key, value) => (span) => span.attributes.some((one) => one.key === key && scalarText(one.value) === value);
  await hits('postgresql', 33);
  await hits('update', spans.filter((span) => /update/i.test(span.name)).length);
  await hits('carrier-gls', 8);
  await hits('service:inventory-service', FACTS['order-full'].services['inventory-service'].spans);
  await hits('messaging.system=rabbitmq', spans.filter(has('messaging.system', 'rabbitmq')).length);
  await hits('duration>100ms', spans.filter((span) => span.end - span.start > 100_000_000n).length);
  await hits('labels.requested', 1);
  await t.app.find().press('Enter');
  const only = spans.find((span) => JSON.stringify(span.attributes).includes('labels.requested'));
  await t.until(async () => (await t.app.selectedId()) === only.id, 'the match selected');

  await t.app.find().fill('service:carrier-gls');
  await t.until(async () => /7/.test((await t.app.findCount()) ?? ''), '7 matches');
  await t.app.find().press('Enter');
  const first = await t.until(() => t.app.selectedId(), 'a match');
  await t.app.find().press('Enter');
  await t.until(async () => (await t.app.selectedId()) !== first, 'the next match');
  await t.app.find().press('Shift+Enter');
  await t.until(async () => (await t.app.selectedId()) === first, 'the match before');
});
