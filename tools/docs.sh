#!/usr/bin/env bash
# docs.sh <directory>: builds the site of the documents there: the guides by mkdocs, the headers by Doxygen in api/. Warnings
# are errors.
set -euo pipefail
: "${HOME:?docs: error: HOME is not set}"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${METAXY_DOCS_VENV:-$HOME/.cache/metaxy/venv-docs}
mkdir -p -- "$1"
site=$(cd -- "$1" && pwd)

NO_MKDOCS_2_WARNING=1 "$venv/bin/mkdocs" build --quiet --strict --clean --config-file "$root/mkdocs.yml" --site-dir "$site"
mkdir -p "$site/api"
cd "$root"
{
  cat docs/Doxyfile
  printf 'OUTPUT_DIRECTORY = "%s/api"\n' "$site"
} | doxygen -
printf 'docs: the site is in %s\n' "$site"
