# Regard: `make` lists what can be done here. Long steps say what they do.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run provider test build crawl bench format lint clean check-swift

SOURCES := Package.swift Sources Tests bench/Clock bench/Gate bench/Ledger
PORT ?= 8080
# All tests at once would be 1,700 threads: Foundation's Process has crashed among them, and whatever has a deadline waited for
# everything else.
SWIFT_TEST := swift test --skip-build --experimental-maximum-parallelization-width 8

help: ## list these targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: build ## build, make the demonstration on first start, and serve it on http://127.0.0.1:8080
	@scripts/demo $(PORT) $(if $(SIGN_IN),sign-in)

provider: ## for `make run SIGN_IN=yes`: a provider of identities on localhost:9400, with made-up people
	@scripts/demo-provider

build: check-swift ## install what is missing and build for release
	@scripts/install-packages build
	@echo "== Building for release; the first time takes 7 to 20 minutes on two cores"
	swift build -c release --product regard

test: check-swift ## install what the tests need and run all of them, on SQLite and PostgreSQL
	@scripts/install-packages build test
	@echo "== 1/4 Style"
	@$(MAKE) --no-print-directory lint
	@echo "== 2/4 Building with the tests; the first time takes about 10 minutes on two cores"
	swift build --build-tests
	@echo "== 3/4 Unit and store tests, on both engines"
	Tests/with-postgresql $(SWIFT_TEST) --skip HTTPServerTests --skip PropagationTests --skip FeedWaitingTests
	Tests/with-postgresql $(SWIFT_TEST) --filter PropagationTests --skip SimulationTests
	@# Hundreds of histories keep every core busy: apart, so that no other test waits for them.
	Tests/with-postgresql $(SWIFT_TEST) --filter SimulationTests
	@# What is tested by deadlines: alone, so that no other test's load decides.
	swift test --skip-build --filter 'HTTPServerTests|FeedWaitingTests' --no-parallel
	@echo "== 4/4 The journey, bad input and the pages in a browser"
	Tests/with-postgresql .venv/bin/python -m pytest -q -n 2 --dist loadfile Tests/Journey Tests/Browser

crawl: build ## look at every page of the demonstration: axe by day and by night, widths, links, HTML; about 15 minutes
	@scripts/install-packages build test
	.venv/bin/python Tests/Browser/every_page.py

bench: build ## measure the speeds that are promised, each with its ratio to a reference of the same run
	@scripts/install-packages bench
	swift build -c release --product clock-benchmark
	swift build -c release --product gate-benchmark
	swift build -c release --product ledger-benchmark
	.venv/bin/python bench/bench.py

format: ## rewrite the sources in the house's style
	swift format --in-place --recursive $(SOURCES)

lint: ## say where the sources leave the house's style
	swift format lint --strict --recursive $(SOURCES)

clean: ## delete what was built, and nothing else
	rm -rf .build .venv

check-swift:
	@command -v swift >/dev/null || { echo "Swift 6.2 or later is needed: https://www.swift.org/install/linux/" >&2; exit 1; }
