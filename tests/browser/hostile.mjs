// Traces whose every text is meant to do harm, one in each input format, and a look at the page for anything that it did.

import assert from 'node:assert/strict';

const SCRIPT = '</script><script>window.pwned=1</script>';

/** What is put into every text of a span, a span each. */
export const HARMFUL = [
  SCRIPT,
  '<img src=x onerror=window.pwned=1>',
  '"onmouseover="window.pwned=1" autofocus onfocus="window.pwned=1',
  "'><svg onload=window.pwned=1><a href='javascript:window.pwned=1'>x</a>",
  'javascript:window.pwned=1',
  'java\tscript:window.pwned=1//\nhttps://evil.example/',
  'data:text/html,<script>window.pwned=1</script>',
  'https://evil.example/"onclick="window.pwned=1"?<script>window.pwned=1</script>',
  '\u0000\u0007\u001b[31m\u001b]0;pwned\u0007\u2028\u2029\ufeff\uffff',
  '\u202egnp.exe\u202c\u2066<pwn-ed>bold</pwn-ed>\u2069',
  '${{7*7}} {{7*7}} #{7*7} ${window.pwned=1} `${window.pwned=1}`',
  "'; DROP TABLE spans; --",
  '--></style></textarea></title><iframe srcdoc="<script>parent.pwned=1</script>"></iframe><base href="https://evil.example/">',
  '[click](javascript:window.pwned=1) ![x](https://evil.example/x.png) <https://evil.example>',
  '__proto__',
  `${'long '.repeat(20_000)}${SCRIPT}`,
];

const TRACE = 'bad0'.padStart(32, '0');
const T0 = 1_790_000_000_000_000_000n;
const spanId = (at) => (at + 1).toString(16).padStart(16, '0');

/** The spans, in no format yet: the first is the root, after those of one text each come twelve alike calls, for findings. */
function spans() {
  const one = (at, text, parent, more = {}) => ({
    at, text, id: spanId(at), parent, kind: at === 0 ? 2 : 3,
    start: T0 + BigInt(at) * 5_000_000n, end: T0 + BigInt(at) * 5_000_000n + (at === 0 ? 300_000_000n : 4_000_000n), ...more,
  });
  const each = HARMFUL.map((text, at) => one(at, text, at === 0 ? '' : spanId(0)));
  const alike = Array.from({ length: 12 }, (_, at) => one(HARMFUL.length + at, HARMFUL[1], spanId(0)));
  return [...each, ...alike];
}

/** Keys that the page treats in ways of their own, and the text itself as a key. */
function attributes(text) {
  const keys = [
    text, 'url.full', 'http.url', 'url.path', 'http.route', 'http.request.method', 'server.address', 'peer.service', 'db.system.name', 'db.query.text',
    'db.namespace', 'messaging.system', 'messaging.destination.name', 'rpc.service', 'rpc.method', 'code.filepath', 'error.type', 'tracestate', 'evil', 'json', 'enduser.id',
  ];
  const quoted = JSON.stringify({ [text.slice(0, 2000)]: [text.slice(0, 2000), { deep: text.slice(0, 2000) }] });
  return keys.map((key) => [key, key === 'json' ? quoted : text]);
}

const exception = (text) => [['exception.type', text], ['exception.message', text], ['exception.stacktrace', `${text}\n    at ${text} (${text}:1:1)\n    at javascript:window.pwned=1`], [text, text]];

// OTLP

const value = (text) => ({ stringValue: text });
const pairs = (list) => list.map(([key, text]) => ({ key, value: value(text) }));

function otlpDocument(id = TRACE) {
  return {
    resourceSpans: spans().map(({ text, ...span }) => ({
      resource: { attributes: pairs([['service.name', text], ['service.version', text], ['telemetry.sdk.language', text], [text, text]]) },
      schemaUrl: text,
      scopeSpans: [{
        scope: { name: text, version: text, attributes: pairs([[text, text]]) },
        schemaUrl: text,
        spans: [{
          traceId: id, spanId: span.id, parentSpanId: span.parent, name: text, kind: span.kind, traceState: text,
          startTimeUnixNano: String(span.start), endTimeUnixNano: String(span.end),
          attributes: [...pairs(attributes(text)), { key: 'list', value: { arrayValue: { values: [value(text), { kvlistValue: { values: pairs([[text, text]]) } }] } } }],
          status: { code: 2, message: text },
          events: [{ timeUnixNano: String(span.start), name: text, attributes: pairs([[text, text]]) }, { timeUnixNano: String(span.start), name: 'exception', attributes: pairs(exception(text)) }],
          links: [{ traceId: id, spanId: spanId(0), traceState: text, attributes: pairs([[text, text]]) }],
        }],
      }],
    })),
  };
}

export const otlpJson = (id) => JSON.stringify(otlpDocument(id));

/** A Tempo's answer that is partial, and says so in such words. */
export const tempoPartial = (id, message) => JSON.stringify({ trace: otlpDocument(id), status: 'PARTIAL', message });

// Protobuf, as opentelemetry-proto numbers its fields

function varint(number) {
  const bytes = [];
  let rest = number;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
const field = (number, body) => {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
};
const enumField = (number, of) => Buffer.concat([varint(number * 8), varint(of)]);
const fixed = (number, of) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(of);
  return Buffer.concat([varint(number * 8 + 1), bytes]);
};
const hex = (text) => Buffer.from(text, 'hex');
const protoValue = (of) => {
  if (of.arrayValue) return field(5, Buffer.concat(of.arrayValue.values.map((one) => field(1, protoValue(one)))));
  if (of.kvlistValue) return field(6, Buffer.concat(of.kvlistValue.values.map((one) => field(1, protoPair(one)))));
  return field(1, of.stringValue);
};
const protoPair = (pair) => Buffer.concat([field(1, pair.key), field(2, protoValue(pair.value))]);
const protoPairs = (number, list) => list.map((pair) => field(number, protoPair(pair)));

function protoSpan(span) {
  const event = (one) => Buffer.concat([fixed(1, BigInt(one.timeUnixNano)), field(2, one.name), ...protoPairs(3, one.attributes)]);
  const link = (one) => Buffer.concat([field(1, hex(one.traceId)), field(2, hex(one.spanId)), field(3, one.traceState), ...protoPairs(4, one.attributes)]);
  return Buffer.concat([
    field(1, hex(span.traceId)), field(2, hex(span.spanId)), field(3, span.traceState), field(4, hex(span.parentSpanId)), field(5, span.name), enumField(6, span.kind),
    fixed(7, BigInt(span.startTimeUnixNano)), fixed(8, BigInt(span.endTimeUnixNano)), ...protoPairs(9, span.attributes),
    ...span.events.map((one) => field(11, event(one))), ...span.links.map((one) => field(13, link(one))),
    field(15, Buffer.concat([field(2, span.status.message), enumField(3, span.status.code)])),
  ]);
}

export function otlpProtobuf() {
  return Buffer.concat(otlpDocument().resourceSpans.map((of) => {
    const [scoped] = of.scopeSpans;
    const scope = Buffer.concat([field(1, scoped.scope.name), field(2, scoped.scope.version), ...protoPairs(3, scoped.scope.attributes)]);
    const scopeSpans = Buffer.concat([field(1, scope), ...scoped.spans.map((span) => field(2, protoSpan(span))), field(3, scoped.schemaUrl)]);
    return field(1, Buffer.concat([field(1, Buffer.concat(protoPairs(1, of.resource.attributes))), field(2, scopeSpans), field(3, of.schemaUrl)]));
  }));
}

// Jaeger and Zipkin

const us = (ns) => Number(ns / 1000n);
const tags = (list) => list.map(([key, text]) => ({ key, type: 'string', value: text }));

export function jaegerJson() {
  const all = spans();
  return JSON.stringify({ data: [{
    traceID: TRACE,
    spans: all.map((span) => ({
      traceID: TRACE, spanID: span.id, operationName: span.text, processID: `p${span.at}`, startTime: us(span.start), duration: us(span.end - span.start),
      references: span.parent ? [{ refType: 'CHILD_OF', traceID: TRACE, spanID: span.parent }] : [],
      tags: [...tags(attributes(span.text)), { key: 'error', type: 'bool', value: true }, ...tags([['otel.status_description', span.text], ['otel.library.name', span.text], ['w3c.tracestate', span.text], ['span.kind', 'client']])],
      logs: [{ timestamp: us(span.start), fields: tags([['event', span.text], [span.text, span.text]]) }, { timestamp: us(span.start), fields: tags([['event', 'exception'], ...exception(span.text)]) }],
      warnings: [span.text],
    })),
    processes: Object.fromEntries(all.map((span) => [`p${span.at}`, { serviceName: span.text, tags: tags([['service.version', span.text], [span.text, span.text]]) }])),
    warnings: HARMFUL.slice(0, 3),
  }] });
}

export function zipkinJson() {
  return JSON.stringify(spans().map((span) => ({
    traceId: TRACE, id: span.id, ...(span.parent && { parentId: span.parent }), name: span.text, kind: 'CLIENT', timestamp: us(span.start), duration: us(span.end - span.start),
    localEndpoint: { serviceName: span.text, ipv4: span.text.slice(0, 100) }, remoteEndpoint: { serviceName: span.text, ipv4: span.text.slice(0, 100) },
    annotations: [{ timestamp: us(span.start), value: span.text }],
    tags: { ...Object.fromEntries(attributes(span.text)), error: span.text, 'otel.status_description': span.text, 'otel.scope.name': span.text },
  })));
}

export const FORMATS = {
  'OTLP/JSON': ['json', otlpJson],
  'OTLP protobuf': ['pb', otlpProtobuf],
  'Jaeger JSON': ['json', jaegerJson],
  'Zipkin JSON': ['json', zipkinJson],
};

export const SPANS = spans().map(({ id, text }) => ({ id, text }));

// Looking for harm

/** What no text may become: elements that load, run, embed or send, but those that the page itself has from the start. */
const FOREIGN = 'img, script, iframe, frame, object, embed, base, meta, link, style, form[action], pwn-ed, video, audio, source, math, template, portal, svg image, svg use, svg a, svg foreignObject, animate, set';

/** What the page asks for by itself: its own files, those that a test serves, its sources. `x` of an image is none of them. */
const OWN = /^\/(sub\/($|\?|made\/[\w.-]+$|[\w.-]+\.(js|css|wasm|svg|html|json)$)|(tempo|prometheus)\/)/;

/** Watches a page from before its first address: what opens, asks, leaves. */
export async function watch(t, site) {
  const seen = { dialogs: [], pages: [], left: [], requests: [] };
  t.page.on('dialog', (dialog) => {
    seen.dialogs.push(dialog.message());
    return dialog.dismiss();
  });
  t.context.on('page', (page) => seen.pages.push(page.url()));
  t.page.on('framenavigated', (frame) => {
    if (!frame.url().startsWith(`${site.base}`)) seen.left.push(frame.url());
  });
  t.context.on('request', (request) => {
    const url = request.url();
    const isOwn = url.startsWith(site.origin) && OWN.test(url.slice(site.origin.length));
    if (!isOwn && !url.startsWith('blob:')) seen.requests.push(url);
  });
  await t.page.addInitScript(() => {
    // A name that a text may also reach by other ways than an assignment.
    window.pwned = undefined;
  });
  return seen;
}

/** Asserts that nothing has come of the texts, and that the page still answers. */
export async function assertHarmless(t, seen, where) {
  const found = await t.page.evaluate((foreign) => {
    const all = [...document.querySelectorAll('*')];
    const own = (element) => element.matches('head > *, body > script[src]') && !/evil|pwned/.test(element.outerHTML);
    const bad = [...document.querySelectorAll(foreign)].filter((element) => !own(element)).map((element) => element.outerHTML.slice(0, 200));
    for (const element of all) {
      for (const { name, value } of element.attributes) {
        if (/^on/i.test(name)) bad.push(`${element.tagName} has ${name}`);
        if (/^(href|src|action|formaction|srcdoc|xlink:href|data)$/i.test(name) && element.tagName !== 'SCRIPT') {
          const { protocol } = new URL(value, location.href);
          if (!['http:', 'https:'].includes(protocol) && !(protocol === 'blob:' || (element.matches('head > link')))) bad.push(`${element.tagName} leads to ${value.slice(0, 200)}`);
        }
      }
    }
    return { bad, pwned: window.pwned !== undefined, here: document.querySelectorAll('main[data-screen]').length, proto: Object.keys(Object.prototype) };
  }, FOREIGN);
  assert.deepEqual(found, { bad: [], pwned: false, here: 1, proto: [] }, where);
  assert.deepEqual(seen, { dialogs: [], pages: [], left: [], requests: [] }, where);
  const pong = await t.app.post({ type: 'ping' });
  assert.equal(pong.type, 'pong', `${where}: the page answers`);
}
