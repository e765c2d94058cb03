// Pages of other origins around and beside the site: each a server of its own on this machine.

import http from 'node:http';

/** Serves one page on an origin of its own; gives its address. `localhost` and 127.0.0.1 are different sites. */
export async function otherOrigin(t, body) {
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><title>Host</title><script>window.heard = []; addEventListener('message', ({ data, origin }) => heard.push({ ...data, origin }));</script>${body}`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.cleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${server.address().port}/`;
}

const attribute = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

/**
 * A page of another origin that frames the site, and beside it a page of a third origin, and two that have none. Gives its parts:
 * Spanloom's frame, and frames to send from.
 */
export async function around(t, { query = {}, width = 900, height = 600, config = null, trusted = false } = {}) {
  const third = await otherOrigin(t, '');
  const nameless = '<iframe sandbox="allow-scripts" srcdoc="&lt;script&gt;window.heard=[];addEventListener(\'message\',({data,origin})=>heard.push({...data,origin}))&lt;/script&gt;"></iframe>';
  let address = '';
  const host = await otherOrigin(t, {
    toString: () => `<button id="outside">Outside</button><br><iframe name="spanloom" title="Spanloom" src="${attribute(address)}" width="${width}" height="${height}"></iframe>
      <iframe name="third" src="${third}"></iframe>${nameless}${nameless}`,
  });
  const origin = new URL(host).origin;
  const site = await t.site({ ancestors: ["'self'", 'http://localhost:*'], config: trusted ? { trusted_hosts: [origin] } : config });
  address = site.url(query);
  await t.page.goto(host);
  const inside = t.page.frameLocator('iframe[name=spanloom]');
  await inside.locator('main[data-screen]').waitFor();
  const frames = t.page.frames();
  const from = { host: t.page.mainFrame(), third: frames.find((frame) => frame.name() === 'third') };
  [from.one, from.two] = frames.filter((frame) => frame.parentFrame() === t.page.mainFrame() && !['third', 'spanloom'].includes(frame.name()));
  const say = (who, message) => from[who].evaluate((it) => window.top.frames.spanloom.postMessage({ spanloom: 1, ...it }, '*'), message);
  const heard = (who, id) => from[who].evaluate((it) => window.heard.filter((data) => it === null || data.id === it), id ?? null);
  /** What is answered to one question. */
  const answer = async (who, id) => t.until(async () => (await heard(who, id))[0], `an answer to ${id}`);
  await t.until(async () => {
    await say('host', { id: 'ready', type: 'ping' });
    return (await heard('host', 'ready')).length > 0;
  }, 'a pong');
  return { site, origin, third: new URL(third).origin, inside, say, heard, answer, bar: inside.getByRole('alertdialog') };
}
