#!/usr/bin/env bash
# reference_suite.sh <build directory> <checkout> [arguments of pytest]: runs the Python package's own suite on our store, and as a
# control on its own LanceDB store. The environment is that of requirements-suite.txt (METAXY_SUITE_VENV, made by
# `tools/setup.sh suite`): the suite wants other versions than those that our tests pin.
#
#   MODE=lancedb      the tests of the LanceDB store alone
#   MODE=stand-in     the tests of store behaviour that are written on DuckDB and Delta, for which the store stands in
#   MODE=ray          the tests of its extension for Ray, which are written on Delta, for which the store stands in; each
#                     starts Ray on two processors: minutes
#   CONTROL=no        without the control
#
# Without MODE the first two. Exit code 1 if a test fails on our store.
set -euo pipefail

build=$(cd "$1" && pwd)
checkout=$(cd "$2" && pwd)
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${METAXY_SUITE_VENV:-$HOME/.cache/metaxy/venv-suite}/bin/python
export PYTHONDONTWRITEBYTECODE=1
# Tests of other stores need their servers, those of the documents' site and of the examples more packages.
behaviour=(tests/metadata_stores tests/models tests/project tests/graph tests/cli tests/utils tests/test_config.py
  tests/test_hash_truncation.py tests/ext/delta/test_native.py
  --ignore=tests/metadata_stores/core/test_sql_generation.py) # of SQL engines, with datafusion
failed=0
summary=()

# suite <title> <store> <stand in> <test>...
suite() {
  local title=$1 store=$2 stand_in=$3 log
  shift 3
  log=$(mktemp)
  echo "== $title"
  (cd "$checkout" && env ${store:+METAXY_SUITE_STORE=$store} ${stand_in:+METAXY_SUITE_STAND_IN=1} \
    PYTHONPATH="$checkout/tests/metaxy_testing/src:$checkout:$build/python:$here/python/suite:$here/python/suite/subprocesses" \
    "$python" -m pytest -q -p no:cacheprovider -p metaxy_cpp_suite "$@") 2>&1 | tee "$log" || [[ $store != ours ]] || failed=1
  summary+=("$title: $(tail -n 1 "$log" | sed -E 's/^=+ | =+$//g')")
  # Tests by group, and calls in the engine.
  while IFS= read -r line; do summary+=("  $line"); done < <(grep -E '^[^:]+: [0-9]+ (passed|of [0-9]+), ' "$log" || true)
  rm -f -- "$log"
}

if [[ ${MODE:-lancedb} == lancedb ]]; then
  [[ ${CONTROL:-} == no ]] || suite "LanceDB's tests on the package's own store" "" "" tests/ext/lancedb "$@"
  suite "LanceDB's tests on our store" ours "" tests/ext/lancedb "$@"
fi
if [[ ${MODE:-} == ray ]]; then
  "$python" -c "import ray" || {
    echo "reference_suite: error: Ray is not in the environment of $python; run tools/setup.sh suite" >&2
    exit 2
  }
  # Nothing leaves the machine, and workers run beside other programs (they are at 15 by default).
  export RAY_USAGE_STATS_ENABLED=0 RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO=0 RAY_worker_niceness=0
  # Its own directory: the tests would else take a cluster for theirs that runs on this machine.
  RAY_TMPDIR=$(mktemp -d)
  export RAY_TMPDIR
  trap 'rm -rf -- "$RAY_TMPDIR"' EXIT
  [[ ${CONTROL:-} == no ]] || suite "Ray's tests on the package's own LanceDB store" "" yes tests/ext/ray "$@"
  suite "Ray's tests on our store" ours yes tests/ext/ray "$@"
  METAXY_SUITE_SINK=ours suite "Ray's tests of sinks on our store, with our sink" ours yes tests/ext/ray/test_datasink.py "$@"
fi
if [[ ${MODE:-stand-in} == stand-in ]]; then
  [[ ${CONTROL:-} == no ]] || suite "the package's own LanceDB store in the place of DuckDB's and Delta's" "" yes "${behaviour[@]}" "$@"
  suite "our store in the place of DuckDB's and Delta's" ours yes "${behaviour[@]}" "$@"
fi
printf '\n'
printf '%s\n' "${summary[@]}"
exit $failed
