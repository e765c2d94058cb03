// The worker's start: the same program as the page's. The page sends its compiled module along, so nothing is fetched
// or compiled a second time; the program finds itself in a worker and starts the worker's end.
//
// single.js puts the glue's text in front of this as `brought`: a worker of a page that was opened as a file may not
// read what the page's addresses stand for.

const own = typeof brought === "undefined" ? null : URL.createObjectURL(new Blob([brought], { type: "text/javascript" }));

onmessage = async ({ data: { glue, module } }) => {
  try {
    const program = await import(own ?? glue);
    await program.default({ module_or_path: module });
  } catch (error) {
    // Becomes an `error` event of the page's Worker: a rejection in here would reach nobody.
    reportError(error);
  }
};
