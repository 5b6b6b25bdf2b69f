# Short commands over the CMake presets; `make help` lists them.
#
#   make test                            everything: set-up, build, all tests
#   make test METAXY_BUILD_LANCEDB=OFF   without Rust: everything but the LanceDB store
#   make build PRESET=dev                another preset (dev, release, asan, tsan, clang); into build/<preset>
#   make test ARGS='-R models'           more arguments for ctest
#   make test-targets                    stores on every kind of target, each with its server
#   make oracle SEEDS=1..300             compare with the Python package on generated projects
#   make bench SIZES=100k REPEAT=1       a part of the benchmarks

PRESET ?= release
JOBS ?= $(shell nproc)
ARGS ?=
FUZZ_SECONDS ?= 600
TORTURE ?=
SEEDS ?= 1..300

# Only what has a value is exported: an empty TIMEOUT is an option of every object store's client, and no valid one.
exported = METAXY_BUILD_LANCEDB METAXY_WARNINGS_AS_ERRORS METAXY_BRIDGE_PREBUILT METAXY_VENV METAXY_BENCH_VENV METAXY_DOCS_VENV METAXY_PYTHON_VENV METAXY_RAY_VENV METAXY_NEWER_PYTHON METAXY_NEWER_PYTHON_VENV METAXY_SUITE_VENV METAXY_TARGETS_VENV METAXY_CARGO_TARGET_DIR
# What bench/run.py takes from the environment.
exported += MODE CONTROL SIZES WORKLOADS ENGINES REPEAT TIMEOUT NOTE KEEP PUBLISH
$(foreach name,$(exported),$(if $($(name)),$(eval export $(name))))

# $(call run_tests,<arguments of ctest>): and at the end, what failed and what could not be tested.
results = $(CURDIR)/build/$(PRESET)/Testing/tests.xml
run_tests = rm -f '$(results)'; status=0; \
	ctest --preset $(PRESET) --output-on-failure --parallel $(JOBS) \
	  --output-junit '$(results)' --test-output-size-passed 1000000 $(1) $(ARGS) || status=$$?; \
	"$${METAXY_VENV:-$$HOME/.cache/metaxy/venv}/bin/python" tools/summarize_tests.py '$(results)'; exit $$status

# What is given here is given to CMake; what is not keeps the value the build tree has.
cmake_options = $(foreach name,METAXY_BUILD_LANCEDB METAXY_BRIDGE_PREBUILT METAXY_VENV METAXY_CARGO_TARGET_DIR METAXY_WARNINGS_AS_ERRORS METAXY_BUILD_PYTHON,\
	$(if $($(name)),-D$(name)='$($(name))'))

.DEFAULT_GOAL := help
SHELL = bash
.PHONY: help setup configure build test test-targets torture delta-torture failures-stress asan tsan clang fuzz oracle goldens reference-suite demo bench bench-memory bench-micro bench-ray package test-python test-python-long test-ray wheel docs lint lint-fast analyze format clean
# One command after the other: each uses all processors by itself.
.NOTPARALLEL:

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## install what is missing: packages, Python environment; check Rust
	@tools/setup.sh

configure: setup
	@cmake --preset $(PRESET) $(cmake_options)

build: configure ## set up and build; the program is build/release/bin/metaxy
	@cmake --build --preset $(PRESET) --parallel $(JOBS)

# The Python package is tested where it can be built: not under sanitizers, and not without LanceDB.
off = OFF off 0 no NO false FALSE
test_python = $(if $(filter asan tsan,$(PRESET))$(filter $(off),$(METAXY_BUILD_LANCEDB) $(METAXY_BUILD_PYTHON)),,python)

test: ## set up, build, run every test; lists what this machine cannot test
	@tools/setup.sh oracle examples targets tests docs $(test_python)
	@$(MAKE) --no-print-directory build METAXY_BUILD_PYTHON=$(if $(test_python),ON,$(METAXY_BUILD_PYTHON))
	@$(call run_tests)

test-targets: ## set up, build, run the tests of all storage targets
	@tools/setup.sh oracle targets all-targets
	@$(MAKE) --no-print-directory configure
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target metaxy_cli
	@$(call run_tests,--build-config targets -L '^targets$$')

torture: ## set up, build; many writers of both languages, their clocks days apart, killed repeatedly: minutes (TORTURE='--kills 300')
	@tools/setup.sh oracle
	@$(MAKE) --no-print-directory configure
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target torture
	@tests/system/torture/run.sh build/$(PRESET)/tests/bin/torture --writers 12 --python-writers 4 --kills 200 --commits 2000 \
		--python "$${METAXY_VENV:-$$HOME/.cache/metaxy/venv}/bin/python" --python-writer tests/system/torture/python_writer.py \
		--clock-shim "$(CURDIR)/build/$(PRESET)/tests/bin/libclock_shim.so" --clock-days 9 $(TORTURE)

failures-stress: ## set up, build; 16 workers of both languages record, retry and clear failures at once: minutes
	@tools/setup.sh oracle
	@$(MAKE) --no-print-directory configure
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target metaxy_cli metaxy
	@METAXY_FAILURES_WORKERS=16 METAXY_FAILURES_ROUNDS=60 METAXY_PROGRAM="$(CURDIR)/build/$(PRESET)/bin/metaxy" \
		METAXY_LIBRARY="$(CURDIR)/build/$(PRESET)/lib/libmetaxy.so" \
		"$${METAXY_VENV:-$$HOME/.cache/metaxy/venv}/bin/python" -B tests/reference/live/failures/failures_test.py

delta-torture: ## set up, build; the delta way over thousands of random histories, with writers of both languages: minutes (HISTORIES=10000)
	@tools/setup.sh oracle
	@$(MAKE) --no-print-directory configure
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target delta_test delta_lance_test
	@METAXY_HISTORIES=$(or $(HISTORIES),500) build/$(PRESET)/tests/bin/delta_test --gtest_brief=1 --gtest_filter='*DeltaHistoryTest*'
	@METAXY_HISTORIES=$(or $(HISTORIES),500) METAXY_DELTA_PYTHON="$${METAXY_VENV:-$$HOME/.cache/metaxy/venv}/bin/python" \
		build/$(PRESET)/tests/bin/delta_lance_test --gtest_brief=1 --gtest_filter='LanceHistoryTest.*'

asan: ## set up, build with AddressSanitizer and UndefinedBehaviorSanitizer, run every test
	@$(MAKE) --no-print-directory test PRESET=asan

tsan: ## the same with ThreadSanitizer, without LanceDB
	@$(MAKE) --no-print-directory test PRESET=tsan

clang: PRESET = clang
clang: ## the same built with clang, without LanceDB
	@tools/setup.sh oracle tests docs
	@clang=$$(tools/find_clang.sh) && cmake --preset clang $(cmake_options) -DMETAXY_BUILD_LANCEDB=OFF \
	  -DCMAKE_C_COMPILER="$${clang/clang++/clang}" -DCMAKE_CXX_COMPILER="$$clang"
	@cmake --build --preset clang --parallel $(JOBS)
	@$(call run_tests)

fuzz: ## set up, build, run each fuzzer for FUZZ_SECONDS (600), starting from fuzz/corpus
	@tools/setup.sh fuzz
	@clang=$$(tools/find_clang.sh) && cmake --preset fuzz $(cmake_options) -DMETAXY_BUILD_LANCEDB=OFF \
	  -DCMAKE_C_COMPILER="$${clang/clang++/clang}" -DCMAKE_CXX_COMPILER="$$clang"
	@cmake --build --preset fuzz --parallel $(JOBS)
	@tools/fuzz.sh build/fuzz $(FUZZ_SECONDS)

oracle: ## set up, build, compare with the Python package on generated scenarios, on separate and on shared stores
	@tools/setup.sh oracle
	@$(MAKE) --no-print-directory build
	@for mode in --no-interop --interop; do \
	  "$${METAXY_VENV:-$$HOME/.cache/metaxy/venv}/bin/python" tests/reference/oracle/run_oracle.py \
	    --program build/$(PRESET)/bin/metaxy --jobs $(JOBS) $$mode $(ARGS) seeds $(SEEDS) || exit 1; \
	done

goldens: ## recapture all goldens of tests/reference/recorded from the Python package (PAGE=file for schema.json)
	@tools/setup.sh oracle
	@"$${METAXY_VENV:-$$HOME/.cache/metaxy/venv}/bin/python" -m pip install --quiet --no-deps --upgrade --target build/goldens mermaid-py==0.9.0
	@PYTHONPATH=$(CURDIR)/build/goldens "$${METAXY_VENV:-$$HOME/.cache/metaxy/venv}/bin/python" -B tests/reference/recorded/capture/capture_all.py $(PAGE)

reference-suite: ## set up, build, run the Python package's own suite on our store, on its own as control (CHECKOUT=dir of its repository, MODE=, CONTROL=no)
	@test -n "$(CHECKOUT)" || { echo "give CHECKOUT=<directory of the repository of metaxy for Python>"; exit 2; }
	@tools/setup.sh python suite
	@$(MAKE) --no-print-directory configure METAXY_BUILD_PYTHON=ON
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target metaxy_python
	@tools/reference_suite.sh build/$(PRESET) "$(CHECKOUT)" $(ARGS)

demo: ## set up, build, run a real pipeline on a local LanceDB
	@tools/setup.sh examples
	@$(MAKE) --no-print-directory configure
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target metaxy_cli overview
	@examples/overview/run.sh --build build/$(PRESET) $(ARGS)

# Not through the target of the same name: a signal to make reaches the benchmark, and not only ninja.
bench: ## set up, build, measure against Python and the bare bridge (SIZES=, WORKLOADS=, ENGINES=, REPEAT=, NOTE=)
	@tools/setup.sh bench python
	@$(MAKE) --no-print-directory configure METAXY_BUILD_PYTHON=ON
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target metaxy_bench_run metaxy_cli metaxy_python
	@"$${METAXY_BENCH_VENV:-$$HOME/.cache/metaxy/venv-bench}/bin/python" bench/run.py --build build/$(PRESET) $(ARGS)

bench-micro: ## set up, build, measure single kernels (ARGS='--benchmark_filter=Hash')
	@tools/setup.sh bench
	@$(MAKE) --no-print-directory configure
	@cmake -B build/$(PRESET) -DMETAXY_BENCH_ARGS='$(ARGS)' >/dev/null
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target bench-micro

bench-memory: ## set up, build, measure the memory of each verb under a limit (ARGS='--limit 1GiB --narrow 1M')
	@tools/setup.sh oracle
	@$(MAKE) --no-print-directory configure
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target metaxy_cli
	@"$${METAXY_VENV:-$$HOME/.cache/metaxy/venv}/bin/python" bench/memory.py --program build/$(PRESET)/bin/metaxy $(ARGS)

bench-ray: ## set up, build, measure a resolve on Ray workers beside the plain one (ARGS='--repeat 5 1M 10M')
	@tools/setup.sh ray
	@$(MAKE) --no-print-directory configure METAXY_BUILD_PYTHON=ON
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target metaxy_python
	@PYTHONPATH="$(CURDIR)/build/$(PRESET)/python" "$${METAXY_RAY_VENV:-$$HOME/.cache/metaxy/venv-ray}/bin/python" bench/ray_resolve.py $(ARGS)

package: ## set up, build, make a .deb and a tarball that need neither Rust nor this checkout: build/packages
	@$(MAKE) --no-print-directory build
	@cpack --config build/$(PRESET)/CPackConfig.cmake -B build/packages

test-python: ## set up, build, test the Python package
	@tools/setup.sh python
	@$(MAKE) --no-print-directory build METAXY_BUILD_PYTHON=ON
	@$(call run_tests,-L python)

test-ray: ## set up, build, test the Python package on a Ray cluster of three nodes on this machine (KILLS=200)
	@tools/setup.sh ray
	@$(MAKE) --no-print-directory configure METAXY_BUILD_PYTHON=ON
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target metaxy_python metaxy_cli
	@export METAXY_RAY_CLUSTER=1 METAXY_RAY_KILLS="$${KILLS:-24}"; $(call run_tests,-L ray)

test-python-long: ## set up, build; 10,000 resolves in one process, 100,000 calls with random objects
	@tools/setup.sh python
	@$(MAKE) --no-print-directory configure METAXY_BUILD_PYTHON=ON
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target metaxy_python metaxy_cli
	@export METAXY_RESOLVES="$${METAXY_RESOLVES:-10000}" METAXY_FUZZ="$${METAXY_FUZZ:-100000}"; \
	  $(call run_tests,-R '^python.(growth|random_objects)$$')

wheel: ## set up, build, make a wheel of the Python package that needs neither Rust nor this checkout: dist
	@tools/setup.sh wheel
	@$(MAKE) --no-print-directory configure METAXY_BUILD_PYTHON=ON
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target metaxy metaxy_manual
	@newer="$${METAXY_NEWER_PYTHON_VENV:-$$HOME/.cache/metaxy/venv-python-newer}/bin/python"; [[ -x $$newer ]] || newer=; \
	  tools/wheel.sh build/$(PRESET) "$${METAXY_PYTHON_VENV:-$$HOME/.cache/metaxy/venv-python}/bin/python" dist $$newer

docs: ## set up, build the site of the guides and the API reference: build/site
	@tools/setup.sh docs
	@tools/docs.sh build/site

lint-fast: ## what of lint takes seconds; clang-tidy on what differs from the main branch, or METAXY_LINT_SINCE
	@tools/setup.sh lint
	@$(MAKE) --no-print-directory configure
	@tools/lint.sh --fast build/$(PRESET) $(JOBS)

lint: ## check format, folder layers, sizes, prose, ruff, clang-tidy, clippy
	@tools/setup.sh lint
	@$(MAKE) --no-print-directory configure
	@tools/lint.sh build/$(PRESET) $(JOBS)

analyze: ## clang-tidy with its analyzer, which follows the paths through functions: an hour or two from nothing
	@tools/setup.sh lint
	@$(MAKE) --no-print-directory configure
	@"$${METAXY_VENV:-$$HOME/.cache/metaxy/venv}/bin/python" tools/clang_tidy.py build/$(PRESET) \
	  --program "$${METAXY_VENV:-$$HOME/.cache/metaxy/venv}/bin/clang-tidy" --jobs $(JOBS)

format: ## format all C++, Rust and Python
	@tools/setup.sh lint
	@tools/format.sh

clean: ## delete build/ (the compiled crates shared by all clones are kept)
	@cmake -E rm -rf build
