#!/usr/bin/env bash
# test_toml.sh <metaxy> <directory>: the commands of the README, on the project in this directory.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
metaxy=$(realpath -- "$1")
rm -rf -- "$2"
mkdir -p -- "$2"
cp "$here"/{metaxy.toml,features.toml,videos.jsonl} "$2"
cd -- "$2"
export XDG_CACHE_HOME=$PWD/caches

# expect <json> <command...>: the command prints this JSON, ignoring spaces, and how the answer was found.
expect() {
  local wanted=$1 output
  shift
  output=$("$metaxy" "$@" | tr -d ' \n')
  [[ $output == "${wanted%\}},\"delta\":{"* ]] || {
    printf 'metaxy %s\nexpected: %s\nbut got:  %s\n' "$*" "$wanted" "$output" >&2
    exit 1
  }
}

"$metaxy" metadata write example/video --from videos.jsonl
expect '{"feature":"example/transcript","new":2,"stale":0,"orphaned":0}' \
  metadata resolve example/transcript --to todo --format json
"$metaxy" metadata write example/transcript --from todo/new.parquet
"$metaxy" metadata status --all-features --assert-in-sync
expect '{"feature":"example/transcript","new":0,"stale":0,"orphaned":0}' \
  metadata resolve example/transcript --to todo --format json

# Changed frames make no transcript stale, changed audio makes one.
sed 's/"f1"/"f1-cut"/' videos.jsonl >frames.jsonl
"$metaxy" metadata write example/video --from frames.jsonl
expect '{"feature":"example/transcript","new":0,"stale":0,"orphaned":0}' \
  metadata resolve example/transcript --to todo --format json
sed 's/"a1"/"a1-louder"/' videos.jsonl >sound.jsonl
"$metaxy" metadata write example/video --from sound.jsonl
expect '{"feature":"example/transcript","new":0,"stale":1,"orphaned":0}' \
  metadata resolve example/transcript --to todo --format json
"$metaxy" metadata read example/transcript >/dev/null
