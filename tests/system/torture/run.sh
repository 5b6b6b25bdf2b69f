#!/bin/sh
# Runs the torture program in a directory of its own, which stays only if it failed.
#   run.sh PROGRAM [option value]...
set -eu
program=$1
shift
directory=$(mktemp -d "${TMPDIR:-/tmp}/metaxy-torture-XXXXXX")
if "$program" "$directory" "$@"; then
  rm -rf "$directory"
else
  echo "torture: failed; its database and journals are in $directory" >&2
  exit 1
fi
