# make demo | test | test-all | check | fix | bench | readme | examples.   PYTHON=python3.12 make test, VENV=/elsewhere make test

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

# the tests start many programs: without bytecode each takes half a second to import gradproof
unexport PYTHONDONTWRITEBYTECODE
# neighbouring tests share what they derive, so that each worker has its own stretch of them
PYTEST = $(BIN)/python -m pytest -q -n auto --dist worksteal

.PHONY: help setup demo test test-all test-page fuzz curvature hostile mutate check fix bench readme examples targets clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:[^#]*##/ :/'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || { echo "no venv: on Debian run 'apt install python3-venv', and remove $(VENV)"; exit 1; }

$(VENV)/.core: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.core

$(VENV)/.bench: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	@touch $@ $(VENV)/.core

$(VENV)/.examples: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[examples]'
	@touch $@ $(VENV)/.core

$(VENV)/.targets: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,targets]'
	@touch $@ $(VENV)/.dev $(VENV)/.core

setup: $(VENV)/.dev  ## a virtual environment with everything that development needs

demo: $(VENV)/.core  ## derive the gradient of least squares
	$(BIN)/gradproof derive "norm2(A*x - b)^2" --wrt x

test: $(VENV)/.dev  ## all tests but the long ones
	$(PYTEST)

test-all: $(VENV)/.dev  ## the long tests: corpora, random formulas, example programs
	$(PYTEST) -m long

test-page: $(VENV)/.dev  ## the page, the static site and a load, in Chromium: some minutes
	GRADPROOF_BROWSER=1 $(BIN)/python -m pytest -q -m long tests/test_page.py tests/test_site.py tests/test_serve.py tests/test_documentation.py

fuzz: $(VENV)/.dev  ## random problems against independent derivatives: SECONDS=60 SEED=0, ONLY=17 for one of them, FUZZ="--values --most 100000" for many
	PYTHONPATH=tests OPENBLAS_NUM_THREADS=1 $(BIN)/python -m fuzz --seconds $(or $(SECONDS),60) --seed $(or $(SEED),0) $(if $(ONLY),--only $(ONLY)) $(FUZZ)

curvature: $(VENV)/.dev  ## certificates of convexity of random formulas against chords: SECONDS=60, STATE=FILE to go on where the last run ended
	PYTHONPATH=src:tests OPENBLAS_NUM_THREADS=1 $(BIN)/python -m random_curvature --seconds $(or $(SECONDS),60) $(if $(STATE),--state $(STATE))

hostile: $(VENV)/.dev  ## every public function and every command with hostile input: SECONDS=60 SEED=0
	PYTHONPATH=tests OPENBLAS_NUM_THREADS=1 $(BIN)/python -m fuzz.hostile --seconds $(or $(SECONDS),60) --seed $(or $(SEED),0)

mutate: $(VENV)/.dev  ## changes one place at a time in engine, lifter, tables, rules and plans of code: SAMPLE=300 SEED=0, ALL=1 for every one
	PYTHONPATH=src:tests OPENBLAS_NUM_THREADS=1 $(BIN)/python -m mutation --seed $(or $(SEED),0) $(if $(ALL),--all,--sample $(or $(SAMPLE),300))

targets: $(VENV)/.targets  ## JAX and PyTorch too, so that `make test` tests their code

check: $(VENV)/.dev  ## style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check src tests tools benchmarks examples
	$(BIN)/pyright --pythonpath $(BIN)/python

fix: $(VENV)/.dev  ## mend what can be mended
	$(BIN)/python tools/choices.py
	$(BIN)/ruff check --fix
	$(BIN)/ruff format src tests tools benchmarks examples

bench: $(VENV)/.bench  ## speed, beside SymPy and CasADi
	$(BIN)/python benchmarks/derive.py
	$(BIN)/python benchmarks/beside.py

readme: $(VENV)/.dev  ## write the output of the README's examples into it
	$(BIN)/python tests/test_readme.py

examples: $(VENV)/.examples  ## write docs/examples, with its output and its plot
	$(BIN)/python tools/examples.py

PYODIDE = 314.0.7

$(VENV)/pyodide-$(PYODIDE): | $(BIN)/python
	cd $(VENV) && npm pack --silent pyodide@$(PYODIDE) >/dev/null && mkdir -p pyodide-$(PYODIDE) && tar xzf pyodide-$(PYODIDE).tgz -C pyodide-$(PYODIDE) --strip-components=1 && rm pyodide-$(PYODIDE).tgz

$(VENV)/.docs: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@ $(VENV)/.core

site: $(VENV)/.core $(VENV)/pyodide-$(PYODIDE)  ## the page with the engine in the browser and the documentation, as files for any static host: site/
	$(BIN)/python -m gradproof.web.site site $(VENV)/pyodide-$(PYODIDE)
	$(MAKE) docs

docs: $(VENV)/.docs  ## the documentation as pages, with every published identity of the tests: site/docs
	$(BIN)/python tools/identities.py
	$(BIN)/python tools/api.py
	$(BIN)/python -m sphinx -q -W --keep-going -b html -d build/doctrees docs site/docs

.PHONY: site docs

clean:  ## remove the virtual environment and all caches
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build dist site

check-exercises: $(VENV)/.dev  ## make exercises for a minute, and hold each against the marker
	$(BIN)/python tools/check_exercises.py 0 1000

check-derivations: $(VENV)/.dev  ## derive the whole corpus step by step, and check each step
	$(BIN)/python tools/check_derivations.py

derivations: $(VENV)/.dev  ## write docs/derivations
	$(BIN)/python tools/derivations.py

.PHONY: check-derivations check-exercises derivations

operations: $(VENV)/.dev  ## write docs/operations.md
	$(BIN)/python tools/operations.py

.PHONY: operations

notebook: $(VENV)/.dev  ## write docs/notebook.ipynb, executed, and docs/notebook.md
	$(BIN)/python tools/notebook.py

.PHONY: notebook

reading: $(VENV)/.dev  ## write docs/reading.md, in three languages
	$(BIN)/python tools/reading.py

.PHONY: reading
