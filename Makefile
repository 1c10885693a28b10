# Nothing to install by hand beyond Python 3.11 and make.
PYTHON ?= python3
VENV ?= .venv
CORPUS ?= ../shared/corpus
BIN = $(VENV)/bin
CORPUS_OPTION = $(if $(wildcard $(CORPUS)),--corpus $(CORPUS),)

.PHONY: env dev demo replica test test-slow lint audit fuzz bench torture rehearsal redesigns faults scale schema wheel egg clean

# Of the Python that is asked for; an environment that another one made is made anew.
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
ENV = $(VENV)/.env-$(VERSION)
DEV = $(VENV)/.dev-$(VERSION)

env: $(ENV)
dev: $(DEV)

$(ENV): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else 1)' 2>/dev/null || \
		{ echo "newscrawler needs Python 3.11 or later, and $(PYTHON) is $(or $(VERSION),not there); name another: make PYTHON=python3.12" >&2; exit 1; }
	@[ "$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$(VERSION)" ] || \
		{ rm -rf $(VENV) && $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt requirements-readers.txt requirements.txt | $(ENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# The replica, crawled by the real spider.
demo: env
	$(BIN)/python -m tests.replica.demo

# The site on a port of its own, to crawl or to look at.
replica: env
	$(BIN)/python -m tests.replica

# Each component, and one real crawl for each behaviour that a user sees. Crawls first: the last files are short ones, so
# that both processes end together.
test: dev
	$(BIN)/python -m pytest tests/crawl tests/unit -m "not slow" -n 2 --dist loadfile --no-loadscope-reorder $(CORPUS_OPTION)

# Kills, faults, soak, browser, schedulers, readers, other tools.
test-slow: dev
	$(BIN)/python -m pytest tests -m slow -n 2 --dist loadfile $(CORPUS_OPTION)

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Known vulnerabilities of what is installed; skipped with a word where the index tells none.
audit: dev
	$(BIN)/python .ci/audit.py

bench: dev
	$(BIN)/python -m benchmarks $(CORPUS_OPTION)

# Twelve changes of a template after a month of runs, and the run at which each is told; then a year without a change, in
# the four quarters of which the corpus has the rhythm without a gap.
redesigns: dev
	$(BIN)/python -m tests.slow.redesigns $(CORPUS_OPTION)
	for start in 2024-04-20 2024-07-21 2024-10-21 2025-06-01; do \
		$(BIN)/python -m tests.slow.redesigns $(CORPUS_OPTION) --quiet-days 92 --start $$start || exit 1; \
	done

# 200 crawls killed at random instants and at named points, each followed by a normal run.
torture: dev
	$(BIN)/python -m tests.slow.crash_tests --kills 200

# Coverage-guided fuzzing of all that reads what a stranger wrote.
fuzz: dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-fuzz.txt
	$(BIN)/python -m tests.fuzz --inputs 40000 $(CORPUS_OPTION)

# Thirty days of hourly crawls in the site's real rhythm, in fast-forward.
rehearsal: dev
	$(BIN)/python -m tests.slow.soak --days 30 $(CORPUS_OPTION)
	$(BIN)/python -m tests.slow.soak --days 30 $(CORPUS_OPTION) --validators

# Everything a year brings, injected; as root, or those that mount something are left out.
faults: dev
	$(BIN)/python -m tests.slow.fault_injection

# Archives on every engine, killed and committed, and what it costs; an hour on two idle cores.
scale: dev
	$(BIN)/python -m tests.slow.archive_scale --captures 16000

# docs/use/fields.md and newscrawler/article.schema.json, from the item class.
schema: env
	$(BIN)/scrapy schema --write

# dist/newscrawler-*.whl: for `pip install`, without the checkout.
wheel: env
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

# For scrapyd (docs/operate/scheduling.md), with setuptools 80: build/egg/newscrawler.egg.
egg: env
	$(BIN)/python -W ignore -c "import setuptools; setuptools.setup()" --quiet clean --all bdist_egg --dist-dir build/egg
	mv build/egg/newscrawler-*.egg build/egg/newscrawler.egg

# Never what was crawled.
clean:
	rm -rf $(VENV) build dist
