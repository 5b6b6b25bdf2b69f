#!/usr/bin/env bash
# Makes the .deb and the tarball, and uses each in a root directory of its own which has the packages that the .deb depends
# upon (the tarball: a C++ runtime), a shell, and nothing else.
#   packages.sh make <cpack> <build tree> <directory>
#   packages.sh deb <directory>       installs the .debs: with the library and the program, the program runs; with the headers
#                                     instead of the program, a stranger's project is built and runs
#   packages.sh tarball <directory>   unpacks the tarball elsewhere; the program runs
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "$*" >&2
  exit 1
}

# inside <root> <command>...: in a namespace of our own, which has no other files than those of the root. (The loader reads
# /proc to know where a program lies.)
inside() {
  local root=$1
  shift
  unshare --user --map-root-user --mount bash -c '
    mount --rbind /dev "$0/dev"
    mount --rbind /proc "$0/proc"
    exec chroot "$0" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/home "${@}"' "$root" "$@"
}

# A whole pipeline, without one line of C++.
pipeline='
set -e
for program in cargo rustc python3; do ! command -v $program || { echo "$program is here" >&2; exit 1; }; done
mkdir -p /tmp/work && cd /tmp/work
metaxy=$0
$metaxy --version
$metaxy init films && cd films
$metaxy metadata write example/video --from videos.jsonl
$metaxy metadata resolve example/transcript --to todo --format json
$metaxy metadata write example/transcript --from todo/new.parquet
$metaxy metadata status --all-features --assert-in-sync
'

case $1 in
  make)
    rm -rf -- "$4"
    mkdir -p -- "$4"
    "$2" --config "$3/CPackConfig.cmake" -B "$4" >"$4/cpack.log" 2>&1 || {
      cat "$4/cpack.log" >&2
      exit 1
    }
    ls "$4"/*.deb "$4"/*.tar.gz
    ;;
  deb)
    library=$(ls "$2"/libmetaxy[0-9]*.deb) headers=$(ls "$2"/libmetaxy-dev_*.deb) program=$(ls "$2"/metaxy_*.deb)
    version=$(dpkg-deb -f "$library" Version)
    depends=$(dpkg-deb -f "$library" Depends)
    [[ $depends == *libc6* ]] || fail "the library's .deb depends on '$depends'"
    for deb in "$library" "$headers" "$program"; do
      [[ $(dpkg-deb -f "$deb" Maintainer) == *'<'*@*'>' ]] || fail "$deb has no maintainer"
    done
    for deb in "$headers" "$program"; do
      [[ $(dpkg-deb -f "$deb" Depends) == *"$(dpkg-deb -f "$library" Package) (= $version)"* ]] ||
        fail "$deb does not depend on this version of the library, but on '$(dpkg-deb -f "$deb" Depends)'"
    done
    # Read whole, so that tar is not cut off.
    dpkg-deb --fsys-tarfile "$library" | tar -xOf - ./usr/share/doc/metaxy/THIRD_PARTY_LICENSES | grep -F '  lancedb ' >/dev/null ||
      fail "the library's .deb does not list lancedb among the third-party code"
    # packages_of <deb>...: what the .debs depend on, without each other.
    packages_of() {
      for deb in "$@"; do dpkg-deb -f "$deb" Depends; done | tr ',' '\n' | sed -E 's/\(.*//; s/[[:space:]]//g' | grep -v '^libmetaxy' | sort -u
    }
    # unpack <root> <deb>...
    unpack() {
      for deb in "${@:2}"; do dpkg-deb -x "$deb" "$1/tmp/unpacked"; done
      cp -a "$1/tmp/unpacked/usr/." "$1/usr/"
    }
    root=$2/deb-root
    mapfile -t packages < <(packages_of "$library" "$program")
    bash "$here/clean_root.sh" "$root" "${packages[@]}" bash coreutils
    unpack "$root" "$library" "$program"
    inside "$root" bash -c "$pipeline" metaxy
    # The same with a compiler: somebody else's project.
    mapfile -t packages < <(packages_of "$library" "$headers")
    bash "$here/clean_root.sh" "$root" "${packages[@]}" bash dash coreutils findutils g++ cmake make pkg-config
    unpack "$root" "$library" "$headers"
    mkdir -p "$root/home/package"
    cp -r "$here"/{consumer.cc,consume.sh,find_package,pkg_config} "$root/home/package/"
    inside "$root" env CXX=g++ bash /home/package/consume.sh find_package /home/a /usr
    inside "$root" env CXX=g++ bash /home/package/consume.sh pkg_config /home/b /usr
    rm -rf -- "$root"
    ;;
  tarball)
    root=$2/tarball-root
    bash "$here/clean_root.sh" "$root" libc6 libstdc++6 bash coreutils
    mkdir -p "$root/home/somewhere"
    tar -C "$root/home/somewhere" --strip-components=1 -xf "$2"/*.tar.gz
    grep -qF '  lancedb ' "$root/home/somewhere/share/doc/metaxy/THIRD_PARTY_LICENSES" ||
      fail "the tarball does not list lancedb among the third-party code"
    inside "$root" bash -c "$pipeline" /home/somewhere/bin/metaxy
    rm -rf -- "$root"
    ;;
esac
