#!/usr/bin/env bash
# Runs every fuzzer of a build tree for some seconds: `fuzz.sh build/fuzz SECONDS [TARGET...]`.
#
# It starts from fuzz/corpus; what it finds to be new coverage goes to <build>/corpus, and an input that breaks something
# to <build>/findings. Such an input belongs into fuzz/corpus, together with the repair: `make test` replays it.
set -euo pipefail

build=$1
seconds=$2
shift 2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
targets=("$@")
((${#targets[@]})) || mapfile -t targets < <(ls "$root/fuzz/corpus")
mkdir -p "$build/findings"

# Vectors that cross between our instrumented code and Arrow's plain code look wrong and are not. What allocations remember
# of their callers costs a fifth of the time; who replays a finding has all of it.
export ASAN_OPTIONS=detect_container_overflow=0:detect_leaks=0:malloc_context_size=0:quarantine_size_mb=16
export UBSAN_OPTIONS=print_stacktrace=1
failed=()
for target in "${targets[@]}"; do
  mkdir -p "$build/corpus/$target"
  dictionary=()
  [[ ! -e $root/fuzz/dictionaries/$target.dict ]] || dictionary=(-dict="$root/fuzz/dictionaries/$target.dict")
  echo "fuzz: $target for $seconds s"
  # The entropic schedule keeps statistics of every feature of every input: a third of the time with large programs.
  "$build/bin/fuzz_$target" -entropic=0 -max_total_time="$seconds" -max_len=4096 -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
    -verbosity=0 -artifact_prefix="$build/findings/$target-" "${dictionary[@]}" \
    "$build/corpus/$target" "$root/fuzz/corpus/$target" || failed+=("$target")
done
if ((${#failed[@]})); then
  echo "fuzz: findings of ${failed[*]} in $build/findings" >&2
  exit 1
fi
echo "fuzz: no findings"
