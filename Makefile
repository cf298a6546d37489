# The two commands are `make book` and `make test`; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCKER := _build/lock
HTML := _build/html
BUILT := _build/book.built
KERNEL := _build/ipython/profile_default/ipython_kernel_config.py
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

# What the pages are made from. The chapters write data/figures, so a change
# there alone is no reason to build again.
SOURCES := _config.yml _toc.yml index.md $(wildcard notebooks/*.ipynb notebooks/*.py) \
	$(wildcard nudp/*.py) $(wildcard data/*.csv data/*.toml data/bounds/*.csv) \
	$(wildcard benchmarks/results/*.csv) \
	$(wildcard book/*.md book/*.bib book/_ext/*.py book/_static/* book/_static/*/*) \
	$(wildcard book/worksheets/*.md book/worksheets/*.py book/slides/*.md book/slides/*.py book/slides/*.html)

# A backend from outside would take the figures out of the notebooks.
unexport MPLBACKEND
export IPYTHONDIR := $(CURDIR)/_build/ipython
export PYTHONHASHSEED := 0

.PHONY: help env book test tests test-code test-book test-slow test-all test-notebooks test-thorough \
	test-release test-publish browser same-build notebooks worksheets slides hepdata publish \
	mutants lint lock bench bench-commands clean clean-all
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

# ---- the environment -------------------------------------------------------

env: $(READY) ## the environment, in .venv, as the lock file says

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv $(VENV)
	@# the lock file is complete; a resolver would look past it, at newer releases without a hash
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip check
	@touch $@

$(KERNEL): notebooks/$(notdir $(KERNEL))
	@mkdir -p $(@D)
	@cp $< $@

lock: ## renew requirements.lock (one file for Python 3.11 to 3.13)
	$(PYTHON) -m venv $(LOCKER)
	$(LOCKER)/bin/python -m pip install --quiet uv
	$(LOCKER)/bin/uv pip compile pyproject.toml --all-extras --upgrade --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate \
		--quiet --output-file requirements.lock

# ---- the book --------------------------------------------------------------

book: $(BUILT) ## execute and build the book into _build/html
	@echo "The book is at $(HTML)/index.html"

# Pages of chapters that are gone, and half of a build that failed, must not stay.
$(BUILT): $(READY) $(KERNEL) $(SOURCES)
	rm -rf $(HTML) _build/.doctrees _build/jupyter_execute $@
	$(BIN)/jupyter-book build . -W --keep-going --all -n
	@touch $@

notebooks: $(READY) $(KERNEL) ## make each notebook anew from its .md and execute it
	$(BIN)/python notebooks/execute.py
	@# the README shows the main figure before anything is built
	cp book/figures/results-landscape.png book/_static/limits.png

# ---- what a teacher hands out -----------------------------------------------

worksheets: $(READY) $(KERNEL) ## _build/worksheets for students, _build/solutions for teachers
	rm -rf _build/worksheets _build/solutions
	$(BIN)/python book/worksheets/make.py --students _build/worksheets --key _build/solutions

# the figures come from the chapters, which `make book` and `make notebooks` execute
slides: $(BUILT) ## the slides of the book, in _build/slides
	rm -rf _build/slides
	cp -r $(HTML)/_static/slides _build/slides

# ---- what is published -------------------------------------------------------

hepdata: $(READY) ## the curves and the scorecard as a HEPData record, in _build/hepdata
	$(BIN)/python publish/hepdata/make.py _build/hepdata

publish: $(BUILT) ## the book as one archive and as one PDF, with checksums, in _build/publish
	rm -rf _build/publish
	$(BIN)/python publish/make.py _build/publish archive pdf

# ---- the tests -------------------------------------------------------------

# Pages, and the outputs of the chapters as the build has run them.
OF_THE_BOOK := tests/test_book.py tests/test_published.py tests/test_outputs.py

test: test-code test-book ## everything that needs neither a browser nor much time

tests: test

test-code: $(READY) $(KERNEL) ## formulas, data and pairs
	$(BIN)/python -m pytest -n 2 -m "not slow" --mpl $(addprefix --ignore=,$(OF_THE_BOOK))

test-book: $(BUILT) ## the built pages, and the outputs of the chapters
	$(BIN)/python -m pytest -n 2 --dist loadfile $(OF_THE_BOOK)


test-all: lint test test-slow test-notebooks browser test-release test-publish hepdata same-build test-thorough mutants ## every check, slow ones included

test-slow: $(BUILT) ## all tests of the code, with worksheets, toys and dying processes, and its coverage
	$(BIN)/python -m pytest -n 2 --mpl --cov $(addprefix --ignore=,$(OF_THE_BOOK))

test-notebooks: $(READY) $(KERNEL) ## every notebook run once more, against its stored outputs
	$(BIN)/python -m pytest --nbval -n 2 --dist loadscope $(NOTEBOOKS)

test-release: $(READY) ## wheel and sdist, alone on three Pythons and with the oldest versions
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/release --ignore=tests/release/test_publication.py

test-publish: publish ## the archive and the PDF of the book
	$(BIN)/python -m pytest tests/release/test_publication.py

test-thorough: $(READY) $(KERNEL) ## fuzzing and properties in full, notebooks in any order
	NUDP_THOROUGH=1 $(BIN)/python -m pytest -n 2 --timeout 3600 $(THOROUGH)

THOROUGH := tests/test_properties.py tests/test_extremes.py tests/test_fuzz.py \
	tests/test_notebook_runs.py

mutants: $(READY) ## small faults planted in the formulas one by one, which some test must notice
	$(BIN)/python tests/mutants/run.py

browser: $(BUILT) ## the built pages in Chromium, wide and narrow, light and dark
	$(BIN)/python -m pytest -n 2 tests/browser

same-build: $(READY) ## two builds of the last commit, compared file by file
	$(BIN)/python tests/release/same_build.py

lint: $(READY) ## style and types of the code, shape of the repository
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --cache-dir _build/mypy
	$(BIN)/sp-repo-review .

bench: $(READY) ## speed and accuracy against what one would write instead, on one core
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/run.py

bench-commands: $(READY) ## time of `make book` and `make test` in a fresh clone, and once more
	$(BIN)/python benchmarks/commands.py

clean: ## remove what was built
	rm -rf _build book/figures .pytest_cache .ruff_cache .hypothesis .coverage

clean-all: clean ## and the environment
	rm -rf $(VENV)
