# The commands. What each does is in scripts/, which runs without make too.
.PHONY: help serve build single release test bench check fmt

help:
	@echo "make serve   set up what is missing, build, and serve on http://127.0.0.1:8080"
	@echo "make test    set up what is missing, and run everything: format, lints, native and browser tests"
	@echo "make bench   open traces of up to a million spans in a browser, and time it beside the browser's own floor"
	@echo "make build   the page as a host serves it, in dist/"
	@echo "make single  the same, and where the one file is that opens by double click"
	@echo "make release the build as a zip with checksums, in release/"
	@echo "make check   does it compile? natively and for wasm32"
	@echo "make fmt     format the sources"

serve:
	@scripts/serve.sh

build:
	@scripts/build.sh

single:
	@scripts/build-single.sh

release:
	@scripts/release.sh

test:
	@scripts/test.sh

bench:
	@scripts/bench.sh

check:
	@scripts/check.sh

fmt:
	@. scripts/env.sh && $$FMT --all
