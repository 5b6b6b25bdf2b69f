# Short commands over the CMake presets; `make help` lists them.
#
#   make test                            everything: set-up, build, all tests
#   make test METAXY_BUILD_LANCEDB=OFF   without Rust: everything but the LanceDB store
#   make build PRESET=dev                another preset (dev, release, asan, tsan); into build/<preset>
#   make test ARGS='-R models'           more arguments for ctest

PRESET ?= release
JOBS ?= $(shell nproc)
ARGS ?=
FUZZ_SECONDS ?= 600
TORTURE ?=

export METAXY_BUILD_LANCEDB METAXY_BRIDGE_PREBUILT METAXY_VENV METAXY_CARGO_TARGET_DIR

# What is given here is given to CMake; what is not keeps the value the build tree has.
cmake_options = $(foreach name,METAXY_BUILD_LANCEDB METAXY_BRIDGE_PREBUILT METAXY_VENV METAXY_CARGO_TARGET_DIR,\
	$(if $($(name)),-D$(name)='$($(name))'))

.DEFAULT_GOAL := help
.PHONY: help setup configure build test torture asan tsan fuzz demo bench lint format clean
# One command after the other: each uses all processors by itself.
.NOTPARALLEL:

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## install what is missing: packages, Python environment; check Rust
	@tools/setup.sh

configure: setup
	@cmake --preset $(PRESET) $(cmake_options)

build: configure ## set up and build; the program is build/release/bin/metaxy
	@cmake --build --preset $(PRESET) --parallel $(JOBS)

test: ## set up, build, run every test
	@tools/setup.sh oracle examples
	@$(MAKE) --no-print-directory build
	@ctest --preset $(PRESET) --output-on-failure --parallel $(JOBS) $(ARGS)

torture: ## set up, build; many writers of both languages, killed again and again: minutes (TORTURE='--kills 300')
	@tools/setup.sh oracle
	@$(MAKE) --no-print-directory configure
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target torture
	@tests/torture/run.sh build/$(PRESET)/tests/bin/torture --writers 12 --python-writers 4 --kills 200 --commits 2000 \
		--python "$${METAXY_VENV:-$$HOME/.cache/metaxy/venv}/bin/python" --python-writer tests/torture/python_writer.py $(TORTURE)

asan: ## set up, build with AddressSanitizer and UndefinedBehaviorSanitizer, run every test
	@$(MAKE) --no-print-directory test PRESET=asan

tsan: ## the same with ThreadSanitizer, without LanceDB
	@$(MAKE) --no-print-directory test PRESET=tsan

fuzz: ## set up, build, run each fuzzer for FUZZ_SECONDS (600), starting from fuzz/corpus
	@tools/setup.sh fuzz
	@cmake --preset fuzz $(cmake_options) -DMETAXY_BUILD_LANCEDB=OFF
	@cmake --build --preset fuzz --parallel $(JOBS)
	@tools/fuzz.sh build/fuzz $(FUZZ_SECONDS)

demo: ## set up, build, run a real pipeline on a local LanceDB
	@tools/setup.sh examples
	@$(MAKE) --no-print-directory build
	@examples/overview/run.sh --build build/$(PRESET) $(ARGS)

bench: ## set up, build, run the benchmarks
	@tools/setup.sh bench
	@$(MAKE) --no-print-directory configure
	@cmake --build --preset $(PRESET) --parallel $(JOBS) --target bench

lint: ## check format, clang-tidy, folder layers, rustfmt, clippy
	@tools/setup.sh lint
	@$(MAKE) --no-print-directory configure
	@tools/lint.sh build/$(PRESET) $(JOBS)

format: ## format all C++ and Rust
	@tools/setup.sh lint
	@tools/format.sh

clean: ## delete build/ (the crates compiled for all clones stay)
	@cmake -E rm -rf build
