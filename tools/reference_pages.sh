#!/usr/bin/env bash
# reference_pages.sh [<metaxy>]: writes docs/reference from the tables of the program, by default of build/release.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${1:-$root/build/release/bin/metaxy}
mkdir -p "$root/docs/reference"
for page in commands json errors configuration environment system-columns; do
  "$program" __reference "$page" >"$root/docs/reference/$page.md"
done
