#!/usr/bin/env bash
# Format, folder layers, repository rules, sizes of files and functions, width of prose, clang-tidy, clippy. Runs all of
# them and fails if one did.
#   tools/lint.sh [--fast] <build folder with compile_commands.json> [jobs]
# --fast is for every run of the tests: clang-tidy reads only the sources that differ from the commit METAXY_LINT_SINCE,
# none if that is not set, and clippy runs only if the crates have been checked before.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
fast=
[[ ${1:-} != --fast ]] || { fast=yes && shift; }
build=${1:?usage: tools/lint.sh [--fast] <build folder> [jobs]}
jobs=${2:-$(nproc)}
bin=${METAXY_VENV:-$HOME/.cache/metaxy/venv}/bin
failed=()
# A file takes some ten seconds.
most_changed=12

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
  local changed=
  if [[ -n $fast ]]; then
    [[ -n ${METAXY_LINT_SINCE:-} ]] || return 0
    changed=$(git diff --name-only --diff-filter=d "$METAXY_LINT_SINCE" -- '*.cc') || return 1
    [[ -n $changed ]] || return 0
    if (($(wc -l <<<"$changed") > most_changed)); then
      echo "lint: more than $most_changed sources have changed, so clang-tidy is left to make lint"
      return 0
    fi
  fi
  CHANGED=$changed "$bin/python" - "$build/compile_commands.json" <<'PYTHON' |
import json, os, sys
root = os.getcwd() + os.sep
files = {os.path.normpath(os.path.join(entry["directory"], entry["file"])) for entry in json.load(open(sys.argv[1]))}
own = sorted(file for file in files if file.startswith(root) and not file.startswith(root + "build" + os.sep))
changed = {root + name for name in os.environ["CHANGED"].split()}
if changed:
    own = [file for file in own if file in changed]
sys.stdout.write("".join(file + "\0" for file in own))
PYTHON
    xargs -0 -r -n 1 -P "$jobs" "$bin/clang-tidy" -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option
}

# In the profile of the build: its build scripts and macros are compiled already.
clippy() {
  echo "lint: the first run of clippy checks all crates, which takes many minutes"
  (cd bridge && CARGO_TARGET_DIR=$cargo_target cargo clippy --release --lib --locked -- -D warnings) && touch "$clippy_done"
}

cargo_target=${METAXY_CARGO_TARGET_DIR:-$HOME/.cache/metaxy/cargo}
clippy_done=$cargo_target/metaxy-clippy-$(cksum bridge/Cargo.lock | cut -d ' ' -f 1)
PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
run format tools/format.sh --check
run layers "$bin/python" tools/check_layers.py .
run repository "$bin/python" tools/check_repository.py .
run sizes "$bin/python" tools/check_sizes.py .
run prose "$bin/python" tools/check_prose.py .
run clang-tidy tidy
if [[ ${METAXY_BUILD_LANCEDB:-ON} == OFF ]]; then
  echo "lint: clippy is skipped with METAXY_BUILD_LANCEDB=OFF"
elif [[ -n $fast && ! -e $clippy_done ]]; then
  echo "lint: clippy is skipped, as the crates have not been checked yet (make lint)"
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
