// Starts the app, or says on the page why it cannot start.
//
// A file of its own because the page allows no inline script. What to load is named by the two preload links that
// Trunk.toml's `pattern_preload` puts in the head: by the time this module runs, both are on their way.

const href = (id) => document.getElementById(id).href;

/** The likeliest cause in words, then the browser's own: a static host goes wrong in few ways. */
function explain(error) {
  if (typeof WebAssembly === "undefined") {
    return "This browser has WebAssembly switched off (a lockdown or strict security mode does that).";
  }
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

try {
  const app = await import(href("app-js"));
  await app.default({ module_or_path: href("app-wasm") });
  document.getElementById("boot")?.remove();
} catch (error) {
  console.error(error);
  const message = document.createElement("p");
  message.className = "boot-error";
  message.textContent = `Spanloom could not start. ${explain(error)}`;
  const boot = document.getElementById("boot") ?? document.body;
  boot.replaceChildren(message);
}
