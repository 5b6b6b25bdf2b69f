#!/usr/bin/env bash
# Format, folder layers, repository rules, sizes of files and functions, width of prose, clang-tidy, clippy. Runs all of them and fails if one did.
#   tools/lint.sh <build folder with compile_commands.json> [jobs]
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:?usage: tools/lint.sh <build folder> [jobs]}
jobs=${2:-$(nproc)}
bin=${METAXY_VENV:-$HOME/.cache/metaxy/venv}/bin
failed=()

run() {
  local name=$1 start=$SECONDS
  shift
  echo "lint: $name ..."
  if "$@"; then
    echo "lint: $name: ok ($((SECONDS - start)) s)"
  else
    failed+=("$name")
    echo "lint: $name: FAILED ($((SECONDS - start)) s)"
  fi
}

# What the build tree compiles, one file per call, so that all processors are used; gcc's own warning flags are
# unknown to clang.
tidy() {
  "$bin/python" - "$build/compile_commands.json" <<'PYTHON' |
import json, os, sys
root = os.getcwd() + os.sep
files = {os.path.normpath(os.path.join(entry["directory"], entry["file"])) for entry in json.load(open(sys.argv[1]))}
own = sorted(file for file in files if file.startswith(root) and not file.startswith(root + "build" + os.sep))
sys.stdout.write("".join(file + "\0" for file in own))
PYTHON
    xargs -0 -r -n 1 -P "$jobs" "$bin/clang-tidy" -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option
}

# In the profile of the build: its build scripts and macros are compiled already.
clippy() {
  echo "lint: the first run of clippy checks all crates, which takes many minutes"
  (cd bridge && CARGO_TARGET_DIR=${METAXY_CARGO_TARGET_DIR:-$HOME/.cache/metaxy/cargo} \
    cargo clippy --release --lib --locked -- -D warnings)
}

PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
run format tools/format.sh --check
run layers "$bin/python" tools/check_layers.py .
run repository "$bin/python" tools/check_repository.py .
run sizes "$bin/python" tools/check_sizes.py .
run prose "$bin/python" tools/check_prose.py .
run clang-tidy tidy
if [[ ${METAXY_BUILD_LANCEDB:-ON} == OFF ]]; then
  echo "lint: clippy is skipped with METAXY_BUILD_LANCEDB=OFF"
elif (cd bridge && cargo clippy --version) >/dev/null 2>&1; then
  run clippy clippy
else
  echo "lint: clippy is not installed and skipped (rustup component add clippy)"
fi

if ((${#failed[@]})); then
  echo "lint: error: failed: ${failed[*]}" >&2
  exit 1
fi
echo "lint: no problems found"
