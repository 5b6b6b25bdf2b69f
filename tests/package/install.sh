#!/usr/bin/env bash
# install.sh <cmake> <build tree> <directory>: installs the build tree into <directory>/installed, and proves that what is
# there can be moved: it is installed under another name first, and nothing in it knows where it was made.
set -euo pipefail

cmake=$1 build=$2 directory=$3
rm -rf -- "$directory"
mkdir -p -- "$directory"
"$cmake" --install "$build" --prefix "$directory/elsewhere" >"$directory/install.log"
mv -- "$directory/elsewhere" "$directory/installed"

failed=0
complain() {
  echo "$*" >&2
  failed=1
}

# The places of this machine that must not be known: the checkout, the build tree, the first prefix, the wheel.
places=("$directory/elsewhere" "$build" "$(sed -n 's/^METAXY_VENV:PATH=//p' "$build/CMakeCache.txt")")
while IFS= read -r file; do
  for place in "${places[@]}"; do
    if grep -qF -- "$place" "$file"; then complain "$file names $place"; fi
  done
done < <(find "$directory/installed" -type f \( -name '*.cmake' -o -name '*.pc' -o -name '*.h' \) -not -path '*/lib*/metaxy/include/*')

while IFS= read -r file; do
  runpath=$(readelf -d "$file" 2>/dev/null | sed -n 's/.*(\(RUNPATH\|RPATH\)).*\[\(.*\)\]/\2/p') || true
  IFS=: read -ra entries <<<"$runpath"
  for entry in "${entries[@]}"; do
    [[ $entry == '$ORIGIN'* ]] || complain "$file looks for libraries in $entry"
  done
done < <(find "$directory/installed" -type f \( -name '*.so*' -o -path '*/bin/*' \))

for needed in bin/metaxy share/man/man1/metaxy.1 include/metaxy/metaxy.h share/doc/metaxy/LICENSE; do
  [[ -f $directory/installed/$needed ]] || complain "$needed is not installed"
done
"$directory/installed/bin/metaxy" --version >/dev/null || complain "the installed program does not run"
exit "$failed"
