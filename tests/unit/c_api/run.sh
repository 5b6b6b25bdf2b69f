#!/usr/bin/env bash
# run.sh <directory> <examples/quickstart> <program>: runs a program in a project of its own, beside which there is one that
# uses its features. It prints nothing: neither does it itself, nor the library.
set -euo pipefail

program=$(realpath -- "$3")
rm -rf -- "$1"
mkdir -p -- "$1"
cp "$2"/{metaxy.toml,features.toml} "$1"
cd -- "$1"
cat >other.toml <<'TOML'
project = "other"
entrypoints = ["some.module"]
extra_features = [{ projects = ["quickstart"] }]

[stores.dev]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"

[stores.dev.config]
uri = "metadata"
TOML
arguments=(metaxy.toml)
[[ ${program##*/} != *upkeep* ]] || arguments+=(other.toml)
output=$("$program" "${arguments[@]}" 2>&1) || {
  printf '%s\n' "$output" >&2
  exit 1
}
[[ -z $output ]] || {
  printf 'something was printed:\n%s\n' "$output" >&2
  exit 1
}
