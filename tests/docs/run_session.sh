#!/usr/bin/env bash
# run_session.sh <python> <extract_docs.py> <page.md> <folder of metaxy> <directory>: the commands of a page, one after the
# other, in an empty directory.
set -euo pipefail

rm -rf -- "$5"
mkdir -p -- "$5"
"$1" "$2" sh "$3" "$5/session.sh"
cd -- "$5"
PATH=$4:$PATH bash -x session.sh
