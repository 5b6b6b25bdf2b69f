#!/usr/bin/env bash
# check_headers.sh <standard> <directory> <include/> <Arrow's headers> <compiler and what goes before it>...
#
# Compiles each public header alone (twice included, as the first and only one) and all of them together, with the warnings
# that strict projects use, as errors. Arrow's headers are the system's: what is wrong in them is not ours.
set -euo pipefail

standard=$1 directory=$2 include=$3 arrow=$4
shift 4
rm -rf -- "$directory"
mkdir -p -- "$directory"
cd -- "$directory"

[[ $standard != 23 ]] || standard=2b # As compilers before the standard call it.
flags=(-std=c++"$standard" -Wall -Wextra -Wpedantic -Wconversion -Werror -I "$include" -isystem "$arrow" -c)

headers=()
while IFS= read -r header; do headers+=("${header#"$include"/}"); done < <(find "$include" -name '*.h' | sort)
((${#headers[@]} > 10)) || {
  echo "only ${#headers[@]} headers in $include" >&2
  exit 1
}

failed=0
# compile <name> <header>...
compile() {
  local name=$1
  shift
  printf '#include <%s>\n' "$@" >"$name.cc"
  "${compiler[@]}" "${flags[@]}" "$name.cc" -o "$name.o" || {
    echo "$* does not compile" >&2
    failed=1
  }
}

compiler=("$@")
compile all "${headers[@]}"
for header in "${headers[@]}"; do
  compile "$(tr / _ <<<"${header%.h}")" "$header" "$header"
done
exit "$failed"
