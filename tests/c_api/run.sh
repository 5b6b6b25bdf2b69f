#!/usr/bin/env bash
# run.sh <c_api_test> <directory> <examples/quickstart>: runs the program in a project of its own. It prints nothing: neither
# does it itself, nor the library.
set -euo pipefail

program=$(realpath -- "$1")
rm -rf -- "$2"
mkdir -p -- "$2"
cp "$3"/{metaxy.toml,features.toml} "$2"
cd -- "$2"
output=$("$program" metaxy.toml 2>&1) || {
  printf '%s\n' "$output" >&2
  exit 1
}
[[ -z $output ]] || {
  printf 'something was printed:\n%s\n' "$output" >&2
  exit 1
}
