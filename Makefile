# Every target makes the virtual environment it needs; the second time that costs nothing.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run-ready
DEV := $(VENV)/.dev-ready

# Compiled modules are kept, whatever the environment says: the tests start Python thousands of times.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo newlib rust test quick pythons faults fuzz lint format bench agreement link-lines survey group-b golden man release test-wheel deb docs clean

help: ## say what the targets are
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

demo: $(RUN) ## build a small broken sysroot, and watch arfix find and repair it (needs Python alone)
	@$(BIN)/python samples/demo.py

newlib: $(RUN) ## build OpenSSL for ARM with newlib, link it whole with stubs, and run it in qemu (a minute or two, and a download)
	@$(BIN)/python samples/newlib/story.py

rust: $(RUN) ## link a Rust library beside libm whole, and bring back the names it takes out of the export table
	@$(BIN)/python samples/rust/story.py

test: $(DEV) ## run every test that this machine can run; with branch coverage, but for those that compare with real tools
	$(BIN)/pytest -n auto --cov --cov-report=term --ignore=tests/oracle --ignore=tests/programs
	$(BIN)/pytest -n auto tests/oracle tests/programs

quick: $(DEV) ## run the tests that need no other tools, no downloads and no patience (half a minute)
	$(BIN)/pytest -q -n auto -m "not oracle and not debian and not slow" --durations=5 --durations-min=1

pythons: $(DEV) ## run the quick tests on every other supported Python that is installed, with the wheel as users get it
	$(BIN)/nox

faults: $(DEV) ## make each system call of apply, revert and every edit fail or kill them, and check what is left (an hour or so; started again, it goes on)
	$(BIN)/python -m tests.recipe.faults .work/faults --jobs $(or $(JOBS),2)
	ARFIX_FAULTS=all $(BIN)/pytest -q -n auto tests/edits/test_faults.py

fuzz: $(DEV) ## run random archives, objects and texts through every command for ten minutes (DURATION=600)
	$(BIN)/python -m tests.fuzz.fuzz --seconds $(or $(DURATION),600)

lint: $(DEV) ## ruff, mypy --strict and the import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	MYPYPATH=samples/group-b $(BIN)/mypy samples/group-b/*.py
	$(BIN)/lint-imports

format: $(DEV) ## let ruff write the layout
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(DEV) ## time arfix beside ar, llvm-ar and nm, as ratios of one run (TASKS="check strip-*" for some; -h for more)
	@$(BIN)/python -m bench $(TASKS)

agreement: $(DEV) ## link some 300 real archives, and lines of several, with every linker; record it for this Debian, write docs/agreement.md (half an hour, downloads)
	@$(BIN)/python -m bench.agreement

link-lines: $(DEV) ## build some 40 Debian source packages, record their link commands, try each with GNU ld and lld, also broken (hours; ONLY="zlib lz4")
	@nice -n 10 $(BIN)/python -m bench.link_lines $(foreach package,$(ONLY),--only $(package))

survey: $(DEV) ## read some 290 Debian packages with `arfix survey`, and print the figures of docs/survey.md (half an hour, and 280 MB of downloads)
	@$(BIN)/python -m bench.survey

group-b: $(DEV) ## build CPython with OpenSSL and libffi once, from a broken sysroot on, and write docs/group-b.md (a quarter of an hour, and downloads)
	@$(BIN)/python samples/group-b/story.py

golden: $(DEV) ## write anew what the command line is expected to print; look at the difference before committing
	$(BIN)/pytest -q -m golden --update-golden
	git diff --stat -- tests/golden README.md

man: $(RUN) ## write the man pages in docs/man/ and docs/cli.md anew, from what --help is made of, and the completions in share/
	@$(BIN)/python -m arfix.cli.manual docs/man
	@$(BIN)/python -m arfix.cli.reference docs/cli.md
	@$(BIN)/python -m release.completions

release: $(DEV) ## build wheel, sdist, zipapp, man pages, completions, schemas and checksums into dist/, twice, and compare the bytes
	@$(BIN)/python -m release.build --twice

test-wheel: $(DEV) ## run the quick tests on the wheel in an environment of its own (on this Python; PYTHONS="3.11 3.13" for others)
	$(BIN)/nox $(foreach version,$(or $(PYTHONS),$(shell $(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')),-s quick-$(version))

deb: ## build the Debian package into .work/deb (needs debhelper, dh-python and lintian)
	@$(PYTHON) -m release.deb

docs: $(DEV) ## build the pages under docs/ into .work/site; a warning is an error
	$(BIN)/mkdocs build --strict --quiet

clean: ## remove everything the other targets made
	rm -rf $(VENV) .work .nox build dist *.egg-info .coverage* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(RUN): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(DEV): $(RUN)
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@
