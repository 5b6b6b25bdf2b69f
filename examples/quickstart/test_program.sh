#!/usr/bin/env bash
# test_program.sh <quickstart> <directory>: the program finds everything new, and nothing the second time.
set -euo pipefail

program=$(realpath -- "$1")
rm -rf -- "$2"
mkdir -p -- "$2"
cd -- "$2"

expect() {
  local output
  output=$("$program")
  [[ $output == "$1" ]] || {
    printf 'expected:\n%s\nbut got:\n%s\n' "$1" "$output" >&2
    exit 1
  }
}

expect 'example/video: 2 new, 0 stale
example/transcript: 2 new, 0 stale'
expect 'example/video: 0 new, 0 stale
example/transcript: 0 new, 0 stale'
