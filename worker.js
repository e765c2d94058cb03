// The worker's start: the same program as the page's. The page sends its compiled module along, so nothing is fetched
// or compiled a second time; the program finds itself in a worker and starts the worker's end.
//
// single.js puts the glue itself in front of this as `brought`: a worker of a page that was opened as a file may not
// read what the page's addresses stand for, and in WebKit it may import nothing at all.
//
// It also asks the page's own server what may be answered "no" (src/source/quiet.rs).

/** One question; the answer whole, as it is small. */
async function answer({ url, headers, credentials }) {
  try {
    const response = await fetch(url, { headers, credentials });
    const type = response.headers.get("content-type") ?? "";
    return { status: response.status, type, url: response.url, body: await response.text() };
  } catch (error) {
    return { error: String(error) };
  }
}

onmessage = async ({ data: { ask, glue, module } }) => {
  if (ask) {
    postMessage(await answer(ask));
    return;
  }
  try {
    const program = typeof brought === "undefined" ? await import(glue) : brought;
    await program.default({ module_or_path: module });
  } catch (error) {
    // Becomes an `error` event of the page's Worker: a rejection in here would reach nobody.
    reportError(error);
  }
};
