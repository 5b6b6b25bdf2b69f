#!/usr/bin/env bash
# Formats all C++, Rust and Python of the checkout; with --check, only says what is not formatted and fails.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
clang_format=${METAXY_VENV:-$HOME/.cache/metaxy/venv}/bin/clang-format
[[ -x $clang_format ]] || {
  echo "format: error: $clang_format was not found; run tools/setup.sh lint" >&2
  exit 1
}
mode=(-i)
checked=()
if [[ ${1:-} == --check ]]; then
  mode=(--dry-run --Werror)
  checked=(--check)
fi

status=0
git ls-files -z --cached --others --exclude-standard -- '*.cc' '*.h' '*.c' |
  xargs -0 -r "$clang_format" "${mode[@]}" || status=1
PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
if (cd bridge && cargo fmt --version) >/dev/null 2>&1; then
  (cd bridge && cargo fmt "${checked[@]}") || status=1
else
  echo "format: rustfmt is not installed, bridge/ is skipped (rustup component add rustfmt)"
fi
"${clang_format%/*}/python" -m ruff format --no-cache --quiet "${checked[@]}" . || status=1
exit $status
