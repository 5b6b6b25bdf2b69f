# Short commands over the CMake presets; `make help` lists them.
#
#   make test                            everything: set-up, build, all tests
#   make test METAXY_BUILD_LANCEDB=OFF   without Rust: everything but the LanceDB store
#   make build PRESET=dev                another preset (dev, release, asan, tsan); into build/<preset>
#   make test ARGS='-R models'           more arguments for ctest

PRESET ?= release
JOBS ?= $(shell nproc)
ARGS ?=

export METAXY_BUILD_LANCEDB METAXY_BRIDGE_PREBUILT METAXY_VENV METAXY_CARGO_TARGET_DIR

# What is given here is given to CMake; what is not keeps the value the build tree has.
cmake_options = $(foreach name,METAXY_BUILD_LANCEDB METAXY_BRIDGE_PREBUILT METAXY_VENV METAXY_CARGO_TARGET_DIR,\
	$(if $($(name)),-D$(name)='$($(name))'))

.DEFAULT_GOAL := help
.PHONY: help setup configure build test demo bench lint format clean
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
