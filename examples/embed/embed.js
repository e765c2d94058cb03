// Drives the Spanloom in this page's frame by messages, version 1 (see README, "The page around Spanloom").

const frame = document.querySelector('iframe');
const address = new URL(frame.dataset.address, location.href);
const element = (id) => document.getElementById(id);

// Messages

let lastId = 0;
/** Questions that have no answer yet: what to do with it, by id. */
const waiting = new Map();

// From anybody else a message is not an answer, whatever it says: both the window and its origin must be Spanloom's.
addEventListener('message', ({ source, origin, data }) => {
  if (source !== frame.contentWindow || origin !== address.origin || data?.spanloom !== 1) return;
  const settle = waiting.get(data.id);
  if (!settle) return;
  waiting.delete(data.id);
  settle(data);
});

/** Asks Spanloom, and nobody else that the frame may have gone to: the browser delivers to this origin alone. */
function ask(message, transfer = []) {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, (answer) => (answer.type === 'error' ? reject(new Error(answer.message)) : resolve(answer)));
    frame.contentWindow.postMessage({ ...message, spanloom: 1, id }, address.origin, transfer);
  });
}

const PING_MS = 250;
const PINGS = 80;

/** What is sent before Spanloom listens is lost: ping until pong. */
async function connected() {
  for (let tries = 0; tries < PINGS; tries += 1) {
    const pong = await Promise.race([ask({ type: 'ping' }), new Promise((resolve) => setTimeout(resolve, PING_MS))]);
    if (pong) return pong.version;
  }
  throw new Error(`${address.origin} does not answer. Is the address right, and does its frame-ancestors allow ${location.origin}?`);
}

// The page

const say = (words) => (element('status').textContent = words);

/** Does what a press asked for, and says what went wrong. */
function on(id, type, work) {
  element(id).addEventListener(type, (event) => Promise.resolve(work(event)).catch((error) => say(`Not done: ${error.message}`)));
}

let report = null;

async function open(name, data) {
  element('show').disabled = true;
  element('figures').hidden = true;
  say(`Opening ${name}`);
  // Unless config.json trusts this page's origin, the reader is asked inside the frame, and the answer takes as long as the reader does.
  const hint = setTimeout(() => say('Spanloom asks, in the frame, whether this page may open traces there'), 1500);
  try {
    const opened = await ask({ type: 'open', name, data }, [data]);
    ({ report } = await ask({ type: 'report' }));
    say(`${name}: ${opened.span_count} spans`);
  } finally {
    clearTimeout(hint);
  }
  printReport();
  element('show').disabled = false;
}

async function show(what) {
  await ask({ type: 'show', ...what });
  say(`Shown: ${Object.entries(what).map(([key, value]) => `${key} ${value === '' ? 'nothing' : value}`).join(', ')}`);
}

/** Nanoseconds come as decimal text, since they may be past what a number holds exactly. */
function duration(ns) {
  const whole = Number(ns);
  const [unit, size] = [['s', 1e9], ['ms', 1e6], ['µs', 1e3]].find(([, size]) => whole >= size) ?? ['ns', 1];
  return `${(whole / size).toLocaleString('en', { maximumFractionDigits: 2 })} ${unit}`;
}

/** Everything that a trace says is text here, never markup. */
function row(heading, cells) {
  const line = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = heading;
  line.append(head);
  for (const cell of cells) line.insertCell().textContent = cell;
  return line;
}

function printReport() {
  element('facts').replaceChildren(
    row('Trace', [report.trace_id]),
    row('Duration', [duration(report.duration_ns)]),
    row('Critical path', [report.critical_path ? duration(report.critical_path.duration_ns) : 'no root']),
    row('Spans', [report.span_count]),
    row('Failed', [report.error_span_count]),
    row('Services', [report.service_count]),
    row('Findings', [report.findings.map((finding) => finding.title).join('; ') || 'none']),
  );
  element('services').replaceChildren(
    ...report.services.map((service) => row(service.name || '(no name)', [service.spans, service.error_spans, duration(service.self_time_ns)])),
  );
  element('costly').disabled = !report.critical_path;
  element('found').disabled = !report.findings.some((finding) => finding.span_ids.length > 0);
  element('figures').hidden = false;
}

function costliest() {
  const spans = report.critical_path.spans;
  return spans.reduce((most, span) => (BigInt(span.self_ns) > BigInt(most.self_ns) ? span : most)).span_id;
}

on('example', 'click', async () => {
  const answer = await fetch('trace.json');
  if (!answer.ok) throw new Error(`trace.json: ${answer.status}`);
  await open('incident-2041.json', await answer.arrayBuffer());
});
on('file', 'change', async ({ target }) => {
  const [file] = target.files;
  if (file) await open(file.name, await file.arrayBuffer());
});
on('costly', 'click', () => show({ span: costliest() }));
on('found', 'click', () => show({ span: report.findings.find((finding) => finding.span_ids.length > 0).span_ids[0] }));
on('half', 'click', () => show({ t0: 0, t1: String(BigInt(report.duration_ns) / 2n) }));
on('whole', 'click', () => show({ t0: 0, t1: report.duration_ns }));
on('find', 'submit', (event) => {
  event.preventDefault();
  return show({ find: element('text').value });
});
for (const button of document.querySelectorAll('[data-view]')) {
  button.id = `view-${button.dataset.view}`;
  on(button.id, 'click', () => show({ view: button.dataset.view }));
}

// Not before the frame holds a page: until then it has another origin. A frame that was loaded anew has nothing open.
frame.addEventListener('load', async () => {
  waiting.clear();
  report = null;
  element('open').disabled = true;
  element('show').disabled = true;
  element('figures').hidden = true;
  try {
    say(`Spanloom ${await connected()} is ready`);
    element('open').disabled = false;
  } catch (error) {
    say(error.message);
  }
});
frame.src = address.href;
