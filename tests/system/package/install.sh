#!/usr/bin/env bash
# install.sh <cmake> <build tree> <directory> with|without: installs the build tree into <directory>/installed, and proves that what is
# there can be moved: it is installed under another name first, and nothing in it knows where it was made. The texts of others'
# licences are there, or it is said why not.
set -euo pipefail

cmake=$1 build=$2 directory=$3
rm -rf -- "$directory"
mkdir -p -- "$directory"
"$cmake" --install "$build" --prefix "$directory/elsewhere" >"$directory/install.log" 2>&1
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

# What others wrote is named, with its texts; of the crates those that matter most, and one of each kind of terms.
licenses=$directory/installed/share/doc/metaxy/THIRD_PARTY_LICENSES
[[ $4 == with ]] || grep -q 'Installed without THIRD_PARTY_LICENSES' "$directory/install.log" || complain "nothing is said about licences"
for named in '  lancedb ' '  lance ' '  arrow ' '  The Rust standard library' '  fmt/format.h, Debian ' '  CLI/CLI.hpp, Debian ' \
  'Apache License' 'Permission is hereby granted, free of charge' 'Redistribution and use in source and binary forms' 'Mozilla Public License'; do
  [[ $4 == without ]] || grep -qF -- "$named" "$licenses" || complain "$licenses does not say '$named'"
done

for needed in bin/metaxy share/man/man1/metaxy.1 include/metaxy/metaxy.h share/doc/metaxy/LICENSE; do
  [[ -f $directory/installed/$needed ]] || complain "$needed is not installed"
done
"$directory/installed/bin/metaxy" --version >/dev/null || complain "the installed program does not run"
exit "$failed"
