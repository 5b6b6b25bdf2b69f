#!/usr/bin/env bash
# test_example.sh <program> <expected.txt> <directory>: the program prints just this, in an empty directory.
set -euo pipefail

program=$(realpath -- "$1") expected=$(realpath -- "$2")
rm -rf -- "$3"
mkdir -p -- "$3"
cd -- "$3"
"$program" >printed.txt
diff -u -- "$expected" printed.txt
