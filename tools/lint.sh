#!/usr/bin/env bash
# Format, folder layers, repository rules, sizes of files and functions, width of prose, ruff, clang-tidy, clippy. Runs
# all of them and fails if one did. clang-tidy's analyzer, which takes twice as long as all of this, is `make analyze`.
#   tools/lint.sh [--fast] <build folder with compile_commands.json> [jobs]
# --fast is for every run of the tests: clang-tidy reads only what differs from the commit METAXY_LINT_SINCE (by default
# where this branch left the main one), for at most two minutes, and clippy runs only if the crates have been checked
# before.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
fast=
[[ ${1:-} != --fast ]] || { fast=yes && shift; }
build=${1:?usage: tools/lint.sh [--fast] <build folder> [jobs]}
jobs=${2:-$(nproc)}
bin=${METAXY_VENV:-$HOME/.cache/metaxy/venv}/bin
failed=()
# No further source is begun after that time; one takes some ten seconds.
tidy_seconds=90

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

# The commit that changes are looked for since: where this branch left the main one.
base() {
  local branch
  if [[ -n ${METAXY_LINT_SINCE:-} ]]; then
    git rev-parse --verify --quiet "$METAXY_LINT_SINCE^{commit}" || echo "lint: error: METAXY_LINT_SINCE=$METAXY_LINT_SINCE is not a commit" >&2
    return
  fi
  for branch in origin/HEAD origin/main main; do
    git merge-base HEAD "$branch" 2>/dev/null && return
  done
}

# What the build tree compiles, except what has not changed since it passed.
tidy() {
  local since=() commit
  if [[ -n $fast ]]; then
    commit=$(base)
    if [[ -z $commit ]]; then
      [[ -z ${METAXY_LINT_SINCE:-} ]] || return 1
      echo "lint: clang-tidy is skipped, as there is no main branch to compare with (METAXY_LINT_SINCE=<commit>)"
      return 0
    fi
    since=(--since "$commit" --seconds "$tidy_seconds")
  fi
  "$bin/python" tools/clang_tidy.py "$build" --program "$bin/clang-tidy" --jobs "$jobs" --without-analyzer "${since[@]}"
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
run ruff "$bin/python" -m ruff check --no-cache --quiet .
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
