# atimport: what there is to run. `make demo` and `make test` need Rust, a C compiler and a Python, nothing else.
#
# Every interpreter gets a virtual environment under build/ (build/venv-3.13, debug build, for tests; build/release-3.13,
# optimised, for demo and bench); scripts/pythons says where interpreters are looked for.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DELETE_ON_ERROR:
.ONESHELL:
.DEFAULT_GOAL := help

VERSIONS := 3.11 3.12 3.13 3.14 3.15
# comma-separated versions that may be missing: they are left out, and the end of `make test` says so
ATIMPORT_ALLOW_MISSING ?=
export ATIMPORT_ALLOW_MISSING
# the environment of the machine must not decide what is measured or tested
unexport PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX PYTHONPATH PYTHONHOME PYTHONWARNINGS PYTHONOPTIMIZE
unexport ATIMPORT ATIMPORT_EAGER ATIMPORT_DEFER ATIMPORT_PREFETCH ATIMPORT_PROFILE EAGER_IMPORT

JOBS ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
# further arguments for pytest: make test PYTEST="-k hook"
PYTEST ?=
SOURCES := $(shell find src python -name '*.rs' -o -name '*.py' -o -name '*.pyi' -o -name py.typed) \
           Cargo.toml Cargo.lock pyproject.toml README.md LICENSE scripts/environment

# what valgrind can run: a libc without symbols stops it
MEMCHECK ?= 3.11 3.12
# further arguments: make fuzz FUZZING="--target decode"
FUZZING ?=
SOAK ?=

.PHONY: help demo test test-rust bench bench-core bench-registry bench-pip bench-startup bench-programs differential suites machinery faults generated crossed fuzz soak memcheck lint clean $(VERSIONS:%=test-%)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' $(MAKEFILE_LIST)

build/venv-%/ready: $(SOURCES)
	scripts/environment $* dev test

build/release-%/ready: $(SOURCES)
	scripts/environment $* release demo bench

demo: ## import time and memory, eager and deferred, of real packages (DEMO=3.13 chooses the interpreter; else the newest)
	@version=$${DEMO:-$$(for v in $(VERSIONS); do scripts/pythons $$v >/dev/null 2>&1 && echo $$v; done | tail -n 1)}
	[[ -n $$version ]] || { echo "demo: none of the CPythons $(VERSIONS) is here" >&2; exit 1; }
	$(MAKE) --no-print-directory build/release-$$version/ready
	PYTHONPATH=examples/tool build/release-$$version/bin/atimport demo rich networkx sqlalchemy --declared almanac

test: test-rust $(VERSIONS:%=test-%) ## everything, on all five interpreters
	@missing=$$(grep -l missing $(VERSIONS:%=build/venv-%/ready) | sed 's/[^0-9]*\([0-9.]*\).*/\1/' || true)
	if [[ -n $$missing ]]; then
	  echo "*** NOT TESTED, interpreter missing and ATIMPORT_ALLOW_MISSING says so:" $$missing "***" >&2
	else
	  echo "tested on CPython $(VERSIONS)"
	fi

# without its feature `python`: analysis, image and overrides have to build without Python
test-rust:
	cargo test --locked --quiet --workspace --no-default-features

$(VERSIONS:%=test-%): test-%: build/venv-%/ready
	@if [[ $$(cat $<) == missing ]]; then echo "*** CPython $* is missing: nothing was tested on it ***" >&2; exit; fi
	echo "== CPython $*"
	build/venv-$*/bin/python -m pytest --numprocesses=$(JOBS) $(PYTEST)

bench: ## steady-state cost while a name is pending; writes benches/record/steady-state.md
	@for v in $(VERSIONS); do $(MAKE) --no-print-directory build/release-$$v/ready; done
	versions=$$(for v in $(VERSIONS); do [[ $$(cat build/release-$$v/ready) == missing ]] || echo $$v; done)
	build/release-$$(echo "$$versions" | tail -n 1)/bin/python benches/steady_state.py --record benches/record/steady-state.md \
	  $$(for v in $$versions; do echo $$PWD/build/release-$$v/bin/python; done)

bench-registry: ## what ten thousand override rules cost; writes benches/record/registry.md
	@for v in $(VERSIONS); do $(MAKE) --no-print-directory build/release-$$v/ready; done
	versions=$$(for v in $(VERSIONS); do [[ $$(cat build/release-$$v/ready) == missing ]] || echo $$v; done)
	build/release-$$(echo "$$versions" | tail -n 1)/bin/python benches/registry.py --record benches/record/registry.md \
	  $$(for v in $$versions; do echo $$PWD/build/release-$$v/bin/python; done)

bench-core: ## analysis, image, decisions of the registry, by criterion; writes benches/record/core.md
	@$(MAKE) --no-print-directory build/release-$(lastword $(VERSIONS))/ready
	build/release-$(lastword $(VERSIONS))/bin/python benches/core.py --record benches/record/core.md

bench-pip: ## pip's own start, eager and deferred; writes benches/record/pip.md
	@for v in $(VERSIONS); do $(MAKE) --no-print-directory build/release-$$v/ready; done
	versions=$$(for v in $(VERSIONS); do [[ $$(cat build/release-$$v/ready) == missing ]] || echo $$v; done)
	build/release-$$(echo "$$versions" | tail -n 1)/bin/python benches/pip_start.py --record benches/record/pip.md \
	  --tools $$PWD/build/venv-tools/bin/python $$(for v in $$versions; do echo $$PWD/build/release-$$v/bin/python; done)

bench-programs: ## what pending names cost whole programs; writes benches/record/programs.md
	@for v in $(VERSIONS); do $(MAKE) --no-print-directory build/release-$$v/ready; done
	versions=$$(for v in $(VERSIONS); do [[ $$(cat build/release-$$v/ready) == missing ]] || echo $$v; done)
	build/release-$$(echo "$$versions" | tail -n 1)/bin/python benches/programs.py --record benches/record/programs.md \
	  --tools $$PWD/build/venv-tools/bin/python $$(for v in $$versions; do echo $$PWD/build/release-$$v/bin/python; done)

bench-startup: ## what an import costs, and import with use, beside peers (STARTUP="3.13 3.15"); writes benches/record/startup.md
	@for v in $${STARTUP:=3.13 3.15}; do $(MAKE) --no-print-directory build/release-$$v/ready; done
	versions=$$(for v in $$STARTUP; do [[ $$(cat build/release-$$v/ready) == missing ]] || echo $$v; done)
	build/release-$$(echo "$$versions" | tail -n 1)/bin/python benches/startup.py --record benches/record/startup.md \
	  --tools $$PWD/build/venv-tools/bin/python $$(for v in $$versions; do echo $$PWD/build/release-$$v/bin/python; done)

differential: ## the standard library and forty packages, eager against deferred; ten minutes an interpreter; writes tests/record/
	@for v in $(VERSIONS); do $(MAKE) --no-print-directory build/release-$$v/ready; done
	# further arguments: make differential DIFFERENTIAL="--only rich --seed 7"
	pythons=$$(for v in $(VERSIONS); do [[ $$(cat build/release-$$v/ready) == missing ]] || echo build/release-$$v/bin/python; done)
	$$(echo "$$pythons" | tail -n 1) -m tests.differential --pip build/venv-tools/bin/python \
	  --json build/differential.json --record tests/record $(DIFFERENTIAL) $$(printf -- '--python %s ' $$pythons)

suites: ## other people's tests, plainly and deferred; half an hour an interpreter; writes tests/record/
	@for v in $(VERSIONS); do $(MAKE) --no-print-directory build/release-$$v/ready; done
	# further arguments: make suites SUITES="test_json packaging"
	build/venv-tools/bin/python -m tests.suites --record tests/record --projects $(SUITES) \
	  $$(for v in $(VERSIONS); do [[ $$(cat build/release-$$v/ready) == missing ]] || echo --python build/release-$$v/bin/python; done)

machinery: ## CPython's tests of imports, threads, debuggers, in three ways; ten minutes an interpreter; writes tests/record/
	@for v in $(VERSIONS); do $(MAKE) --no-print-directory build/release-$$v/ready; done
	# further arguments: make machinery SUITES="test_runpy"
	build/venv-tools/bin/python -m tests.suites --record tests/record --machinery --timeout 1800 $(SUITES) \
	  $$(for v in $(VERSIONS); do [[ $$(cat build/release-$$v/ready) == missing ]] || echo --python build/release-$$v/bin/python; done)

faults: ## every system call of an import fails in every way; five minutes an interpreter; writes tests/record/faults.md
	@for v in $(VERSIONS); do $(MAKE) --no-print-directory build/venv-$$v/ready; done
	build/venv-tools/bin/python -m tests.faults --jobs $(JOBS) --record tests/record/faults.md \
	  $$(for v in $(VERSIONS); do [[ $$(cat build/venv-$$v/ready) == missing ]] || echo --python build/venv-$$v/bin/python; done)

generated: ## 100,000 random modules on the oldest and the newest CPython; ten minutes each; writes tests/record/generated.md
	@for v in $(firstword $(VERSIONS)) $(lastword $(VERSIONS)); do
	  $(MAKE) --no-print-directory build/venv-$$v/ready
	  if [[ $$(cat build/venv-$$v/ready) == missing ]]; then echo "*** CPython $$v is missing ***" >&2; continue; fi
	  # left out: the order of keys, which spec/deviations.md excepts; further arguments: make generated GENERATED="--seed 7"
	  build/venv-$$v/bin/python -m tests.generated --count 100000 --jobs $(JOBS) --record tests/record/generated.md \
	    --leave-out keys $(GENERATED)
	done

crossed: ## every way of doing a thing with every other, on the oldest and the newest CPython; five minutes each; writes tests/record/crossed.md
	@for v in $(firstword $(VERSIONS)) $(lastword $(VERSIONS)); do
	  $(MAKE) --no-print-directory build/venv-$$v/ready
	  if [[ $$(cat build/venv-$$v/ready) == missing ]]; then echo "*** CPython $$v is missing ***" >&2; continue; fi
	  build/venv-$$v/bin/python -m tests.crossed --jobs $(JOBS) --record tests/record/crossed.md
	done

fuzz: ## coverage-guided fuzzing, ten minutes a target (FUZZ=seconds), and hostile sizes; writes tests/record/fuzz.md
	scripts/tools
	build/venv-tools/bin/python -m tests.fuzzing --seconds $${FUZZ:-600} --jobs $(JOBS) --record tests/record/fuzz.md $(FUZZING)

soak: ## threads, memory, depth and size, for long; five minutes an interpreter; writes tests/record/soak.md
	@for v in $(VERSIONS); do $(MAKE) --no-print-directory build/venv-$$v/ready; done
	# further arguments: make soak SOAK="--only staged --performances 10000"
	pythons=$$(for v in $(VERSIONS); do [[ $$(cat build/venv-$$v/ready) == missing ]] || echo --python build/venv-$$v/bin/python; done)
	$$(echo "$$pythons" | tail -n 1 | cut -d' ' -f2) -m tests.soak --record tests/record/soak.md $$pythons $(SOAK)

memcheck: ## the tests of what uses `unsafe`, under valgrind; half an hour an interpreter; writes tests/record/memcheck.md
	@for v in $(MEMCHECK); do $(MAKE) --no-print-directory build/venv-$$v/ready; done
	build/venv-$(lastword $(MEMCHECK))/bin/python -m tests.memcheck --jobs $(JOBS) --record tests/record/memcheck.md \
	  $$(for v in $(MEMCHECK); do [[ $$(cat build/venv-$$v/ready) == missing ]] || echo --python build/venv-$$v/bin/python; done)

lint: build/venv-3.13/ready ## formatting, clippy, ruff, mypy, the stub against the module
	cargo fmt --check
	cargo clippy --locked --workspace --all-targets --no-default-features -- -D warnings
	cargo clippy --locked --workspace --all-targets -- -D warnings
	build/venv-tools/bin/python -m pip --python build/venv-3.13/bin/python install --quiet --group lint
	build/venv-3.13/bin/ruff check python tests benches
	build/venv-3.13/bin/ruff format --check python tests benches
	build/venv-3.13/bin/mypy
	build/venv-3.13/bin/python -m mypy.stubtest atimport._native

clean:
	rm -rf build target
