#!/usr/bin/env bash
# run_program.sh <program> <directory>: the code of a page runs in an empty directory.
set -euo pipefail

program=$(realpath -- "$1")
rm -rf -- "$2"
mkdir -p -- "$2"
cd -- "$2"
"$program"
