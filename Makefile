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
	$(wildcard book/*.md book/*.bib book/_ext/*.py book/_static/* book/_static/*/*) \
	$(wildcard worksheets/*.md worksheets/*.py slides/*.md slides/*.py slides/*.html)

# A backend from outside would take the figures out of the notebooks.
unexport MPLBACKEND
export IPYTHONDIR := $(CURDIR)/_build/ipython
export PYTHONHASHSEED := 0

.PHONY: help env book test tests test-code test-notebooks test-book notebooks worksheets slides \
	lint lock bench browser clean clean-all
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

# The kernel's notice on stderr that it talks over TCP is no fault of a notebook.
$(KERNEL):
	@mkdir -p $(@D)
	@echo 'c.IPKernelApp.log_level = 40' > $@

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
	$(BIN)/python worksheets/make.py --students _build/worksheets --key _build/solutions

# the figures come from the chapters, which `make book` and `make notebooks` execute
slides: $(BUILT) ## the slides of the book, in _build/slides
	rm -rf _build/slides
	cp -r $(HTML)/_static/slides _build/slides

# ---- the tests -------------------------------------------------------------

test: test-code test-notebooks test-book ## everything that can be tested without a browser

tests: test

test-code: $(READY) $(KERNEL) ## formulas, data and pairs, with the coverage of nudp
	$(BIN)/python -m pytest -n 2 --cov --ignore=tests/test_book.py

test-notebooks: $(READY) $(KERNEL) ## every notebook against its stored outputs
	$(BIN)/python -m pytest --nbval -n 2 --dist loadscope $(NOTEBOOKS)

test-book: $(BUILT) ## the built pages
	$(BIN)/python -m pytest tests/test_book.py

browser: $(BUILT) ## the built pages in Chromium, wide and narrow, light and dark
	$(BIN)/python -m pytest -n 2 tests/browser

lint: $(READY) ## style of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(READY) ## speed and accuracy against what one would write instead, on one core
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/run.py

clean: ## remove what was built
	rm -rf _build book/figures .pytest_cache .ruff_cache .hypothesis .coverage

clean-all: clean ## and the environment
	rm -rf $(VENV)
