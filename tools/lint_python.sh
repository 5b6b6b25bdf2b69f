#!/usr/bin/env bash
# lint_python.sh <python>: format, rules and types of python/, by the tools of that environment. Run in python/.
set -euo pipefail

python=$1
"$python" -m ruff format --no-cache --check .
"$python" -m ruff check --no-cache .
"$python" -m mypy --cache-dir=/dev/null
