// A static host as strict as any the page must live on: dist/ under a sub-path, under the content security policy that
// the README promises. Loopback only. Not a general web server: GET and HEAD, whole files, no ranges.
//
//   /sub/            dist/
//   /sub/fixtures/   tests/fixtures/, so that ?file=fixtures/tempo/... is of the page's own origin
//   /sub/made/...    what a test serves with site.serve(name, body)
//   /tempo/...       what a test mounts, as a reverse proxy would
//   anything else    404

import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
export const FIXTURES = path.resolve(HERE, '../fixtures');

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.gz': 'application/gzip',
  '.pb': 'application/octet-stream',
};

/** The dist folder under test. */
export function distFolder() {
  return path.resolve(process.env.SPANLOOM_DIST ?? path.resolve(HERE, '../../dist'));
}

/**
 * The policy that the README gives, word for word; `connect` are the sources besides the page's own origin, `ancestors`
 * who may frame the page.
 */
export function policy(connect = [], ancestors = ["'self'"]) {
  return [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    ['connect-src', "'self'", ...connect].join(' '),
    ['frame-ancestors', ...ancestors].join(' '),
  ].join('; ');
}

/**
 * Starts a site on a free port.
 *
 * dist       folder to serve, SPANLOOM_DIST or ./dist by default
 * config     object or text served as config.json; null: there is none, as in dist/
 * connect    more origins for connect-src
 * ancestors  sources for frame-ancestors
 * missing    files of dist/ that this host does not have
 * mounts     { '/tempo': (request, response, pathAndQueryBelow) => … }
 */
export async function startSite({ dist = distFolder(), config = null, connect = [], ancestors, mounts = {}, missing = [] } = {}) {
  const csp = policy(connect, ancestors);
  const log = [];
  const violations = [];
  const made = new Map();
  const open = new Set();

  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://site');
    const entry = { method: request.method, path: url.pathname + url.search, status: 0, finished: false };
    log.push(entry);
    response.on('close', () => {
      entry.status = response.statusCode;
      entry.finished = response.writableFinished;
    });

    if (url.pathname === '/csp-violation') return readViolation(request, response, violations);

    for (const [prefix, handler] of Object.entries(mounts)) {
      if (request.url === prefix || request.url.startsWith(`${prefix}/`)) {
        return handler(request, response, request.url.slice(prefix.length) || '/');
      }
    }

    response.setHeader('Content-Security-Policy', csp);
    // The same policy once more, only to be told of what it blocks: a worker's violations reach nobody else.
    response.setHeader('Content-Security-Policy-Report-Only', `${csp}; report-uri /csp-violation`);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-cache');

    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(response, 405, 'Method Not Allowed\n');
    if (url.pathname === '/sub') {
      response.writeHead(301, { Location: `/sub/${url.search}` });
      return response.end();
    }
    if (!url.pathname.startsWith('/sub/')) return plain(response, 404, 'Not Found\n');

    const below = decodeURIComponent(url.pathname.slice('/sub/'.length));
    if (below === 'config.json' && config !== null) {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      return response.end(typeof config === 'string' ? config : JSON.stringify(config));
    }
    if (made.has(below)) return sendMade(made.get(below), request, response);
    if (below.startsWith('fixtures/')) return sendFile(FIXTURES, below.slice('fixtures/'.length), request, response);
    if (missing.includes(below)) return plain(response, 404, 'Not Found\n');
    return sendFile(dist, below === '' ? 'index.html' : below, request, response);
  });
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    base: `${origin}/sub/`,
    log,
    violations,
    csp,
    /** The page's address with a query, given as an object or as text. */
    url(query = {}) {
      const text = typeof query === 'string' ? query : new URLSearchParams(query).toString();
      return text ? `${origin}/sub/?${text}` : `${origin}/sub/`;
    },
    /** Serves bytes, or what `handler(request, response)` does, at made/NAME; gives the path to use in ?file=. */
    serve(name, body, type = 'application/octet-stream') {
      made.set(`made/${name}`, { body, type });
      return `made/${name}`;
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function readViolation(request, response, violations) {
  let text = '';
  request.on('data', (chunk) => (text += chunk));
  request.on('end', () => {
    try {
      const report = JSON.parse(text)['csp-report'];
      violations.push(`${report['effective-directive']} blocked ${report['blocked-uri']} in ${report['document-uri']}`);
    } catch {
      violations.push(text);
    }
    response.writeHead(204).end();
  });
}

function sendMade({ body, type }, request, response) {
  if (typeof body === 'function') return body(request, response);
  const bytes = Buffer.from(body);
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length });
  response.end(bytes);
}

function sendFile(root, below, request, response) {
  const file = path.resolve(root, below);
  const inside = file === root || file.startsWith(root + path.sep);
  if (!inside || !existsSync(file) || !statSync(file).isFile()) return plain(response, 404, 'Not Found\n');
  response.writeHead(200, {
    'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream',
    'Content-Length': statSync(file).size,
  });
  if (request.method === 'HEAD') return response.end();
  createReadStream(file).pipe(response);
}

function plain(response, status, text) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(text);
}

/** Bytes of a file below tests/fixtures/. */
export function fixture(below) {
  return readFileSync(path.join(FIXTURES, below));
}
