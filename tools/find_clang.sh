#!/usr/bin/env bash
# Prints the path of a clang++ of version 14 or newer: $CLANGXX, else the plain name, else the newest with its version in the name.
set -euo pipefail

for name in ${CLANGXX:-} clang++ clang++-{30..14}; do
  path=$(command -v "$name") || continue
  version=$("$path" -dumpversion | cut -d . -f 1)
  if ((version >= 14)); then
    printf '%s\n' "$path"
    exit 0
  fi
done
echo "find_clang: error: no clang++ of version 14 or newer; install one, or name it with CLANGXX" >&2
exit 1
