// Starts the app, or says on the page why it cannot start.
//
// A file of its own because the page allows no inline script; and no module, because browsers load none out of a folder
// (file://), where the reader is to be told what to do instead. What to load is named by the two preload links that
// Trunk.toml's `pattern_preload` puts in the head: by the time this script runs, both are on their way. In the single
// file this text follows single.js, which has unpacked what is started here.

(async () => {
  const href = (id) => document.getElementById(id).href;
  const single = globalThis.spanloom;

  /** The likeliest cause in words, then the browser's own: a static host goes wrong in few ways. */
  function explain(error) {
    if (typeof WebAssembly === "undefined") {
      return "This browser has WebAssembly switched off (a lockdown or strict security mode does that).";
    }
    // single.js has found out why, and says so.
    if (error.name === "SingleFile") return error.message;
    const own = `(${error})`;
    if (/unsafe-eval|Content Security Policy/i.test(String(error))) {
      return `This page's Content-Security-Policy forbids WebAssembly: script-src needs 'wasm-unsafe-eval'. ${own}`;
    }
    if (error instanceof WebAssembly.CompileError) {
      return `The program did not arrive whole, or this browser is too old for it. Reload the page; if that does not help, update the browser. ${own}`;
    }
    if (error instanceof WebAssembly.RuntimeError) {
      return `It stopped while starting. The browser's console has the details. ${own}`;
    }
    return `One of its files could not be loaded. Reload the page: after an update an old copy may ask for files that are gone. ${own}`;
  }

  /** What to do where the page was opened as a file: browsers let no page load a program out of a folder. */
  function instead() {
    const link = document.createElement("a");
    link.textContent = document.querySelector("meta[name=spanloom-single]").content;
    link.href = link.textContent + location.search + location.hash;
    return [
      ["Spanloom was opened as a file, and browsers load no program for a page that was. Two ways work:"],
      ["Open ", link, ", which lies beside this page: all of Spanloom in one file, made for this."],
      ["Or serve this folder: run ", code("python3 -m http.server --bind 127.0.0.1"), " in it, and open ", code("http://127.0.0.1:8000/"), "."],
    ];
  }

  function code(text) {
    const element = document.createElement("code");
    element.textContent = text;
    return element;
  }

  /** In place of "is starting": what is wrong, then what can be done, a paragraph each. */
  function say(paragraphs) {
    const place = document.getElementById("boot") ?? document.body.appendChild(document.createElement("div"));
    Object.assign(place, { id: "boot", className: "boot" });
    place.replaceChildren(
      ...paragraphs.map((parts, nth) => {
        const paragraph = document.createElement("p");
        if (nth === 0) paragraph.className = "boot-error";
        paragraph.append(...parts);
        return paragraph;
      }),
    );
  }

  /** After ten seconds: what is still on its way, so that a slow line can be told from a host that hangs. */
  function waiting(what) {
    const place = document.getElementById("boot");
    place?.querySelector(".boot-late")?.remove();
    return setTimeout(() => {
      const late = document.createElement("p");
      late.append("Still loading ", code(what), ". On a slow line this takes a while; if it stays, reload the page.");
      place?.append(late);
    }, 10_000);
  }

  let late;
  try {
    const named = (url) => new URL(url, location).pathname.split("/").pop();
    late = waiting(single ? "its parts" : `${named(href("app-js"))} and ${named(href("app-wasm"))}`);
    const { glue, wasm } = single ? await single.program() : { glue: href("app-js"), wasm: href("app-wasm") };
    const app = await import(glue);
    await app.default({ module_or_path: wasm });
    document.getElementById("boot")?.remove();
  } catch (error) {
    console.error(error);
    const isFolder = !single && location.protocol === "file:";
    say(isFolder ? instead() : [[`Spanloom could not start. ${explain(error)}`]]);
  } finally {
    clearTimeout(late);
  }
})();
