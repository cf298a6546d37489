# The two commands are `make book` and `make test`; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCKER := _build/lock
HTML := _build/html
BUILT := _build/book.built
LITE := _build/lite.built
KERNEL := _build/ipython/profile_default/ipython_kernel_config.py
CORES := $(shell getconf _NPROCESSORS_ONLN)

# All cores, unless the command line says how many.
ifeq ($(filter -j% --jobs%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(CORES)
endif
# What a command that failed has left is out of date.
.DELETE_ON_ERROR:

# Chapters are executed side by side, from their .md: `make notebooks CHAPTERS="signal results"`.
CHAPTERS ?= $(basename $(notdir $(wildcard notebooks/*.md)))
# Pages that are lists with code of their own.
LISTS := exercises provenance
EXECUTED := $(patsubst %.md,_build/executed/%.ipynb,$(wildcard notebooks/*.md) $(LISTS:%=book/%.md))
# What every chapter reads. The chapters write data/figures, so a change there alone is no
# reason to execute again. Which modules it has loaded stands beside each executed chapter.
READ := $(READY) $(KERNEL) notebooks/execute.py $(wildcard data/*.csv data/*.toml data/bounds/*.csv)
-include $(wildcard $(EXECUTED:.ipynb=.d))
# What the pages are made from, beside the chapters.
PAGES := _config.yml _toc.yml index.md CHANGELOG.md notebooks/alt_text.py $(wildcard notebooks/*.ipynb) \
	$(wildcard nudp/*.py nudp/*/*.py nudp/*/*/*.py) \
	$(wildcard book/*.md book/*.bib book/*/*.md book/*/*.py book/_static/* book/_static/*/*) \
	$(wildcard book/slides/*.html)


# A backend from outside would take the figures out of the notebooks.
unexport MPLBACKEND
export IPYTHONDIR := $(CURDIR)/_build/ipython
export PYTHONHASHSEED := 0
# Chapters and tests share the cores, and no sum depends on how many there are.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: help env book lite notebooks classroom hepdata publish test test-release browser \
	lite-test lint mutants bench lock clean
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
	@# what a class installs: the same versions, and JupyterLab
	echo jupyterlab | $(LOCKER)/bin/uv pip compile pyproject.toml - --extra plots --extra events \
		--constraint requirements.lock --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet \
		--output-file publish/classroom/requirements.lock

# ---- the book --------------------------------------------------------------

book: $(BUILT) ## the book in _build/html: what is out of date executed, all pages set
	@echo "The book is at $(HTML)/index.html"

_build/executed/%.ipynb: %.md $(READ)
	@$(BIN)/python notebooks/execute.py $< $@

# What single chapters read beyond that.
_build/executed/notebooks/how-fast.ipynb _build/executed/notebooks/what-escapes.ipynb \
_build/executed/notebooks/few-events.ipynb _build/executed/notebooks/to-your-simulation.ipynb: \
	$(wildcard benchmarks/results/*.csv)
_build/executed/book/exercises.ipynb: _toc.yml $(wildcard notebooks/*.md)
_build/executed/book/provenance.ipynb: book/references.bib

# All pages, each time: a page that is kept would show old numbers of other chapters. Half of a
# build that failed must not stay.
$(BUILT): $(EXECUTED) $(PAGES)
	@rm -rf $(HTML) _build/.doctrees _build/jupyter_execute
	@cp $(LISTS:%=_build/executed/book/%.ipynb) book
	$(BIN)/jupyter-book build . -W --keep-going --all -n
	@touch $@

notebooks: $(CHAPTERS:%=_build/executed/notebooks/%.ipynb) ## what readers download, as the chapters now compute it
	cp $^ notebooks
	@# the README shows the main figure before anything is built
	$(if $(filter results,$(CHAPTERS)),cp book/figures/results-landscape.png book/_static/limits.png)

# Python in the pages: `make lite FILES=FOLDER` looks there before it asks npm and pip.
lite: $(LITE) ## Python for the pages of the book: every chapter runs in the browser
	@echo "Behind a server the chapters of $(HTML)/index.html run; $(HTML)/lite/nudp-offline.html needs none"

$(LITE): $(BUILT) $(wildcard publish/lite/* publish/lite/examples/*)
	$(BIN)/python publish/lite/fetch.py _build/pyodide $(FILES)
	$(BIN)/python publish/lite/make.py _build/pyodide
	@touch $@

# ---- what a teacher hands out, what is published -----------------------------

# `make classroom PLATFORMS="windows macos linux"` has wheels for these, with Python 3.11 to 3.13.
classroom: $(LITE) $(KERNEL) ## a class without a network: _build/classroom, and the teacher's own apart
	$(BIN)/python publish/classroom/make.py _build/classroom _build/classroom-teacher $(PLATFORMS)

hepdata: $(READY) ## the curves and the scorecard as a HEPData record, in _build/hepdata
	$(BIN)/python publish/hepdata/make.py _build/hepdata

publish: $(LITE) ## the book as one archive and as one PDF, with checksums, in _build/publish
	rm -rf _build/publish
	$(BIN)/python publish/make.py _build/publish archive pdf

# ---- the tests -------------------------------------------------------------

PYTEST := $(BIN)/python -m pytest -n $(CORES) --dist loadscope

# `make test SLOW=1` adds worksheets, toys and dying processes, and how much of nudp is tested. The
# chapters run out of the archives that readers take, where nbval compares them just so.
test: $(BUILT) ## formulas, data, pages, and every chapter run once more against its stored outputs
ifdef SLOW
	$(PYTEST) --mpl --cov nudp nudp tests
else
	$(PYTEST) --mpl --nbval -m "not slow"
endif

test-release: publish ## wheel and sdist alone on three Pythons and with the oldest versions, archive and PDF
	$(PYTEST) tests/release

browser: $(LITE) ## the built pages in Chromium, wide and narrow, light and dark; all chapters run in it
	$(PYTEST) tests/browser

lite-test: $(LITE) ## two chapters and a worksheet in Chromium; `make browser` runs all
	$(BIN)/python -m pytest tests/browser/test_lite.py -m "not slow"

lint: $(READY) ## style and types of the code, shape of the repository
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --cache-dir _build/mypy
	$(BIN)/sp-repo-review .

mutants: $(READY) ## small faults planted in the formulas one by one, which some test must notice
	$(BIN)/python tests/mutants/run.py

bench: $(READY) ## speed and accuracy against what one would write instead, on one core
	$(BIN)/python benchmarks/run.py

clean: ## remove what was built
	rm -rf _build book/figures $(LISTS:%=book/%.ipynb) .pytest_cache .ruff_cache .hypothesis .coverage
