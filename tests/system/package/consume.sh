#!/usr/bin/env bash
# consume.sh <way> <build directory> [<argument>...]: builds the project of another team beside this file in a clean
# directory and runs its program in another one.
#   find_package <prefix>         pkg_config <prefix>         add_subdirectory <option of CMake>...
#   optional <prefix>             a project that can do without: metaxy is installed, but its Arrow is gone
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
way=$1 build=$2
shift 2
rm -rf -- "$build"
mkdir -p -- "$build"
# What a shell has set up for itself must not help.
unset LD_LIBRARY_PATH CMAKE_PREFIX_PATH PKG_CONFIG_PATH METAXY_VENV

case $way in
  find_package)
    cmake -S "$here/find_package" -B "$build" -DCMAKE_PREFIX_PATH="$1" "${@:2}"
    cmake --build "$build" --target consumer
    ;;
  add_subdirectory)
    cmake -S "$here/add_subdirectory" -B "$build" "$@"
    cmake --build "$build" --target consumer
    ;;
  pkg_config)
    PKG_CONFIG_PATH=$(dirname "$(find "$1" -name metaxy.pc)") make -C "$here/pkg_config" BUILD="$build"
    ;;
  optional)
    mkdir -p -- "$build/broken"
    cp -r -- "$1"/lib* "$build/broken/"
    rm -rf -- "$build"/broken/lib*/metaxy
    output=$(cmake -S "$here/optional" -B "$build/tree" -DCMAKE_PREFIX_PATH="$build/broken" "${@:2}" 2>&1) || {
      echo "an optional find_package(metaxy) ended the project: $output" >&2
      exit 1
    }
    [[ $output == *'without metaxy: '*Arrow* ]] || {
      echo "the project was not told why metaxy is not found: $output" >&2
      exit 1
    }
    exit 0
    ;;
  *)
    echo "unknown way '$way'" >&2
    exit 2
    ;;
esac

mkdir -- "$build/run"
cd -- "$build/run"
output=$("$build/consumer")
[[ $output =~ ^metaxy\ [0-9.]+,\ 0\ tables$ ]] || {
  echo "the program said '$output'" >&2
  exit 1
}
