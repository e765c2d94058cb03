// The single file's own start (scripts/single.sh): its pieces, packed into the head, become what the app asks for.
//
// Nothing is requested: what is unpacked lives under blob: addresses. boot.js follows in the same inline script, the one
// that the page's policy allows. The app knows this object as `spanloom` (src/source/embedded.rs); a hosted page has none.

globalThis.spanloom = (() => {
  // Before anything changes. Pieces are shared with the page, so this costs little.
  const page = document.documentElement.cloneNode(true);

  function told(sentence) {
    return Object.assign(new Error(sentence), { name: "SingleFile" });
  }

  const piece = (path) => document.getElementById(`piece:${path}`);

  function bytesOf(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
    return bytes;
  }

  /** A piece as a Blob; what was changed or cut on the way fails gzip's checksum. */
  async function file(path, type = "") {
    try {
      const packed = new Blob([bytesOf(piece(path).textContent)]);
      const bytes = await new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
      return new Blob([bytes], { type });
    } catch (error) {
      console.error(error);
      throw told(`This copy of it is damaged: its part ${path} cannot be unpacked. Copy or download the file again.`);
    }
  }

  /** An element of the head by which the app finds something (src/worker/client.rs). */
  function name(tag, attributes) {
    document.head.append(Object.assign(document.createElement(tag), attributes));
  }

  /** The glue, a module of wasm-bindgen, as an expression that needs no import. */
  function expression(glue) {
    const body = glue.replace(/^export (?=class |function )/gm, "").replace(/^export \{.*\};?$/gm, "");
    return `(() => {${body.replaceAll("import.meta.url", "location.href")}\nreturn { default: __wbg_init };\n})()`;
  }

  return {
    file,

    /** Whether a file of that path was packed in. */
    has: (path) => piece(path) !== null,

    /** The text of this file, without evidence. */
    html() {
      page.querySelector("#spanloom-evidence").textContent = "";
      return `<!doctype html>\n${page.outerHTML}`;
    },

    /** What boot.js starts. */
    async program() {
      // The body comes last.
      if (!document.getElementById("boot")) {
        throw told("This copy of it is cut off: the file ends too early. Copy or download it again.");
      }
      if (typeof DecompressionStream === "undefined") {
        throw told("This browser is too old for it: Chrome or Edge 96, Firefox 114, Safari 16.4 and newer ones can open it.");
      }
      const script = "text/javascript";
      const [glue, wasm, worker] = await Promise.all([
        file("app.js", script),
        file("app.wasm", "application/wasm"),
        file("worker.js", script),
      ]);
      const address = URL.createObjectURL(glue);
      const start = [`const brought = ${expression(await glue.text())};\n`, worker];
      name("link", { id: "app-js", href: address });
      name("meta", { name: "spanloom-worker", content: URL.createObjectURL(new Blob(start, { type: script })) });
      return { glue: address, wasm: new Response(wasm) };
    },
  };
})();
