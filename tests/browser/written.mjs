// Reading what the page writes, without anything of Spanloom: OTLP protobuf by opentelemetry-proto's field numbers, and CSV
// by RFC 4180. A trace in either form of OTLP comes out as plain objects that can be compared.

import assert from 'node:assert/strict';

/** The fields of a message: [number, value], a value BigInt or Buffer by its wire type. */
function fields(bytes) {
  const found = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      assert.ok(at < bytes.length, 'the message ends inside a number');
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length) => {
    assert.ok(at + length <= bytes.length, 'a field overruns its message');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const head = Number(varint());
    const wire = head & 7;
    assert.ok([0, 1, 2, 5].includes(wire), `wire type ${wire}`);
    const read = { 0: varint, 1: () => take(8), 2: () => take(Number(varint())), 5: () => take(4) };
    found.push([head >> 3, read[wire]()]);
  }
  return found;
}

const all = (message, number) => message.filter(([field]) => field === number).map(([, value]) => value);
const last = (message, number) => all(message, number).at(-1);
const text = (bytes) => (bytes ? new TextDecoder('utf-8', { fatal: true }).decode(bytes) : '');
const hex = (bytes) => (bytes ? Buffer.from(bytes).toString('hex') : '');
const number = (value) => Number(value ?? 0n);
const fixed64 = (bytes) => (bytes ? bytes.readBigUInt64LE() : 0n);
const fixed32 = (bytes) => (bytes ? bytes.readUInt32LE() : 0);

function value(bytes) {
  const [field, it] = fields(bytes).at(-1) ?? [0];
  switch (field) {
    case 1: return text(it);
    case 2: return it !== 0n;
    case 3: return BigInt.asIntN(64, it);
    case 4: return { double: it.readDoubleLE() };
    case 5: return all(fields(it), 1).map(value);
    case 6: return { map: attributes(fields(it), 1) };
    case 7: return { bytes: Buffer.from(it).toString('base64') };
    default: return null;
  }
}

function attributes(message, field) {
  return all(message, field).map(fields).map((pair) => [text(last(pair, 1)), value(last(pair, 2) ?? Buffer.alloc(0))]);
}

/** Spans of `TracesData`, each with its resource and scope. */
export function spansOfProtobuf(bytes) {
  return all(fields(bytes), 1).map(fields).flatMap((resourceSpans) => {
    const resource = fields(last(resourceSpans, 1) ?? Buffer.alloc(0));
    return all(resourceSpans, 2).map(fields).flatMap((scopeSpans) => {
      const scope = fields(last(scopeSpans, 1) ?? Buffer.alloc(0));
      return all(scopeSpans, 2).map(fields).map((span) => {
        const status = fields(last(span, 15) ?? Buffer.alloc(0));
        return {
          traceId: hex(last(span, 1)),
          spanId: hex(last(span, 2)),
          traceState: text(last(span, 3)),
          parentSpanId: hex(last(span, 4)),
          name: text(last(span, 5)),
          kind: number(last(span, 6)),
          start: fixed64(last(span, 7)),
          end: fixed64(last(span, 8)),
          attributes: attributes(span, 9),
          dropped: [10, 12, 14].map((field) => number(last(span, field))),
          events: all(span, 11).map(fields).map((event) => ({
            time: fixed64(last(event, 1)),
            name: text(last(event, 2)),
            attributes: attributes(event, 3),
            dropped: number(last(event, 4)),
          })),
          links: all(span, 13).map(fields).map((link) => ({
            traceId: hex(last(link, 1)),
            spanId: hex(last(link, 2)),
            traceState: text(last(link, 3)),
            attributes: attributes(link, 4),
            dropped: number(last(link, 5)),
            flags: fixed32(last(link, 6)),
          })),
          status: { message: text(last(status, 2)), code: number(last(status, 3)) },
          flags: fixed32(last(span, 16)),
          resource: { attributes: attributes(resource, 1), dropped: number(last(resource, 2)), schema: text(last(resourceSpans, 3)) },
          scope: {
            name: text(last(scope, 1)),
            version: text(last(scope, 2)),
            attributes: attributes(scope, 3),
            dropped: number(last(scope, 4)),
            schema: text(last(scopeSpans, 3)),
          },
        };
      });
    });
  });
}

function jsonValue(any = {}) {
  if (any.stringValue !== undefined) return any.stringValue;
  if (any.boolValue !== undefined) return any.boolValue;
  if (any.intValue !== undefined) return BigInt(any.intValue);
  if (any.doubleValue !== undefined) return { double: Number(any.doubleValue) };
  if (any.arrayValue !== undefined) return (any.arrayValue.values ?? []).map(jsonValue);
  if (any.kvlistValue !== undefined) return { map: jsonAttributes(any.kvlistValue.values) };
  if (any.bytesValue !== undefined) return { bytes: any.bytesValue };
  return null;
}

const jsonAttributes = (list = []) => list.map((pair) => [pair.key, jsonValue(pair.value)]);

/** The same of standard OTLP/JSON. */
export function spansOfJson({ resourceSpans }) {
  return resourceSpans.flatMap((of) => of.scopeSpans.flatMap((scoped) => (scoped.spans ?? []).map((span) => ({
    traceId: span.traceId,
    spanId: span.spanId,
    traceState: span.traceState ?? '',
    parentSpanId: span.parentSpanId ?? '',
    name: span.name ?? '',
    kind: span.kind ?? 0,
    start: BigInt(span.startTimeUnixNano ?? 0),
    end: BigInt(span.endTimeUnixNano ?? 0),
    attributes: jsonAttributes(span.attributes),
    dropped: [span.droppedAttributesCount, span.droppedEventsCount, span.droppedLinksCount].map((count) => count ?? 0),
    events: (span.events ?? []).map((event) => ({
      time: BigInt(event.timeUnixNano ?? 0),
      name: event.name ?? '',
      attributes: jsonAttributes(event.attributes),
      dropped: event.droppedAttributesCount ?? 0,
    })),
    links: (span.links ?? []).map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      traceState: link.traceState ?? '',
      attributes: jsonAttributes(link.attributes),
      dropped: link.droppedAttributesCount ?? 0,
      flags: link.flags ?? 0,
    })),
    status: { message: span.status?.message ?? '', code: span.status?.code ?? 0 },
    flags: span.flags ?? 0,
    resource: {
      attributes: jsonAttributes(of.resource?.attributes),
      dropped: of.resource?.droppedAttributesCount ?? 0,
      schema: of.schemaUrl ?? '',
    },
    scope: {
      name: scoped.scope?.name ?? '',
      version: scoped.scope?.version ?? '',
      attributes: jsonAttributes(scoped.scope?.attributes),
      dropped: scoped.scope?.droppedAttributesCount ?? 0,
      schema: scoped.schemaUrl ?? '',
    },
  }))));
}

/** In an order that does not hang on arrival. */
export const byId = (spans) => [...spans].sort((a, b) => (a.traceId + a.spanId < b.traceId + b.spanId ? -1 : 1));

/** The rows of a table as objects by column; every line ends with CRLF. */
export function csvRows(bytes) {
  const all = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const rows = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  while (cell.lastIndex < all.length) {
    const at = cell.lastIndex;
    const found = cell.exec(all);
    assert.ok(found, `no cell at ${at}: ${JSON.stringify(all.slice(at, at + 60))}`);
    rows.at(-1).push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
    if (found[3] === '\r\n') rows.push([]);
  }
  assert.deepEqual(rows.pop(), [], 'the last line ends too');
  const [head, ...lines] = rows;
  return lines.map((line) => {
    assert.equal(line.length, head.length);
    return Object.fromEntries(line.map((text, at) => [head[at], text]));
  });
}
