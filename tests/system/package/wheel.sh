#!/usr/bin/env bash
# The wheel of the Python package, as somebody else meets it.
#   wheel.sh make <build tree> <python> <directory> [<newer python>]     makes it
#   wheel.sh content <python> <directory>               its tags, its files, its licences
#   wheel.sh alone <python> <directory>                 installed into an empty environment
#   wheel.sh beside <python> <directory>                with the pyarrow and Polars of <python>'s environment, in both orders
#   wheel.sh root <directory>                           in a root directory with Python and a C++ runtime, and nothing else
#   wheel.sh newer <python> <directory>                 the same with this Python, which is no package of Debian's
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "$*" >&2
  exit 1
}

# environment <python> <directory> <wheel>: a new environment with the wheel, from no index.
environment() {
  rm -rf -- "$2"
  "$1" -m venv "$2"
  "$2/bin/python" -m pip install --disable-pip-version-check -q --no-index --no-deps "$3"
}

# run_in_root <root> <wheel> <python, as it is called there>: a pipeline in a root directory.
run_in_root() {
  mkdir -p "$1/home/site"
  python3 -m zipfile -e "$2" "$1/home/site"
  chmod +x "$1/home/site/metaxy_cpp/bin/metaxy"
  cp "$here/wheel_pipeline.py" "$1/home"
  unshare --user --map-root-user --mount bash -c '
    mount --rbind /dev "$0/dev"
    mount --rbind /proc "$0/proc"
    exec chroot "$0" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/home PYTHONPATH=/home/site \
      "$1" /home/wheel_pipeline.py /home/project' "$1" "$3"
  rm -rf -- "$1"
}

case $1 in
  make)
    rm -rf -- "$4"
    bash "$here/../../../tools/wheel.sh" "$2" "$3" "$4" ${5:+"$5"}
    ;;
  content)
    wheel=$(ls "$3"/*.whl)
    [[ $wheel =~ -manylinux_2_[0-9]+_x86_64.whl$ ]] || fail "$wheel does not say with which glibc it runs"
    "$2" - "$wheel" <<'PYTHON'
import re, sys, zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    names = wheel.namelist()
    for wanted in (r"metaxy_cpp/py\.typed", r"metaxy_cpp/_native\.pyi", r"metaxy_cpp/bin/metaxy",
                   r"metaxy_cpp/lib/libmetaxy\.so\.\d+\.\d+", r"metaxy_cpp\.libs/libarrow-[0-9a-f]+\.so\.\d+",
                   r".*\.dist-info/licenses/.*THIRD_PARTY_LICENSES", r".*\.dist-info/licenses/.*LICENSE"):
        assert any(re.fullmatch(wanted, name) for name in names), (wanted, names)
    # Under Arrow's own names, a pyarrow in the process would take them for its own.
    assert not [name for name in names if re.search(r"/lib(arrow|parquet)[a-z_]*\.so", name)], names
    assert len(names) == len(set(names))
    licences = next(name for name in names if name.endswith("THIRD_PARTY_LICENSES"))
    assert b"  lancedb " in wheel.read(licences)
    print(f"{sum(entry.compress_size for entry in wheel.infolist()) / 2**20:.0f} MB, "
          f"{sum(entry.file_size for entry in wheel.infolist()) / 2**20:.0f} MB installed")
PYTHON
    ;;
  alone)
    environment "$2" "$3/alone" "$3"/*.whl
    "$3/alone/bin/python" "$here/wheel_pipeline.py" "$3/alone-project"
    "$3/alone/bin/metaxy-cpp" --version
    rm -rf -- "$3/alone" "$3/alone-project"
    ;;
  beside)
    environment "$2" "$3/beside" "$3"/*.whl
    site=$("$2" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "$site" >"$("$3/beside/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/others.pth"
    for order in pyarrow,polars,metaxy_cpp metaxy_cpp,pyarrow,polars; do
      "$3/beside/bin/python" "$here/wheel_pipeline.py" "$3/beside-project" "$order"
    done
    rm -rf -- "$3/beside" "$3/beside-project"
    ;;
  root)
    root=$2/root
    bash "$here/clean_root.sh" "$root" python3 libstdc++6 bash coreutils
    run_in_root "$root" "$2"/*.whl python3
    ;;
  newer)
    root=$3/newer-root
    bash "$here/clean_root.sh" "$root" libstdc++6 bash coreutils
    # Its program and library at their own places, and the system's libraries that these ask for.
    prefix=$("$2" -c 'import sys; print(sys.base_prefix)')
    program=$("$2" -c 'import os, sys; print(os.path.realpath(sys._base_executable))')
    library=$("$2" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
    tar -C / -cf - --exclude=site-packages --exclude=test --exclude=__pycache__ "${program#/}" "${library#/}" | tar -C "$root" -xf -
    find "$prefix/lib" -maxdepth 1 -name 'libpython*.so*' | while IFS= read -r file; do cp -P --parents -- "$file" "$root"; done
    { ldd "$program"; find "$library/lib-dynload" -name '*.so' -exec ldd {} +; } |
      awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
      while IFS= read -r file; do [[ -e $root$file ]] || cp -L --parents -- "$file" "$root"; done
    run_in_root "$root" "$3"/*.whl "$program"
    ;;
  *) fail "unknown: $1" ;;
esac
