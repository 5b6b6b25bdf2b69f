#!/usr/bin/env bash
# The demo: gets photographs, takes the program `overview` through seven runs, and leaves everything there for
# inspection.
#
#   run.sh [--build DIR] [--dir DIR] [--photos DIR | --offline]
#
#   --build DIR    the build tree with the programs        (default: build/release of this checkout)
#   --dir DIR      where to work; emptied if a demo was here (default: build/demo of this checkout)
#   --photos DIR   use the JPEG files of this directory; they are copied, never changed
#   --offline      use generated pictures, download nothing
#
# The photographs come from a small Debian package (0.8 MB), which is unpacked but not installed: the samples of a
# library that reads EXIF blocks, pictures from some fifty cameras.
set -euo pipefail

start=$PWD
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "$here/../.." && pwd)
package=golang-github-rwcarlsen-goexif-dev
samples=usr/share/gocode/src/github.com/rwcarlsen/goexif/exif/samples
cache=${METAXY_DEMO_CACHE:-$HOME/.cache/metaxy/demo}

build=$checkout/build/release
dir=$checkout/build/demo
photos=
offline=no

fail() {
  printf 'demo: error: %s\n' "$*" >&2
  exit 1
}

usage() {
  sed -n '4,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit "$1"
}

while (($#)); do
  case $1 in
    --build | --dir | --photos)
      (($# > 1)) || usage 2 >&2
      printf -v "${1#--}" '%s' "$(realpath -m -- "$2")"
      shift 2
      ;;
    --offline) offline=yes && shift ;;
    -h | --help) usage 0 ;;
    *) usage 2 >&2 ;;
  esac
done

overview=$build/examples/bin/overview
metaxy=$build/bin/metaxy
for program in "$overview" "$metaxy"; do
  [[ -x $program ]] || fail "$program is missing; \`make demo\` builds it, or name another build tree with --build"
done

# The package file, downloaded once and kept. Prints nothing: the caller says what to do without it.
download_package() {
  mkdir -p "$cache"
  compgen -G "$cache/${package}_*.deb" >/dev/null && return 0
  if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    echo "this system has no apt-get or no dpkg-deb" >"$cache/download.log"
    return 1
  fi
  # Into a separate directory, so that a partial download is not mistaken for the package.
  local part
  part=$(mktemp -d "$cache/download.XXXXXX")
  (cd "$part" && timeout 120 apt-get download -qq "$package" && mv "${package}"_*.deb "$cache/") >"$cache/download.log" 2>&1
  local result=$?
  rm -rf "$part"
  return "$result"
}

get_photos() {
  if [[ -n $photos ]]; then
    "$overview" import "$photos"
    echo "The photographs are copies of those in $photos."
  elif [[ $offline == no ]] && download_package; then
    dpkg-deb -x "$(compgen -G "$cache/${package}_*.deb" | head -n 1)" package
    "$overview" import "package/$samples"
    rm -r package
    echo "The photographs come from the Debian package $package."
  else
    "$overview" generate 24
    if [[ $offline == yes ]]; then
      echo "The photographs are drawn by the demo itself."
    else
      echo "The Debian package $package could not be downloaded (see $cache/download.log):"
      echo "the photographs are drawn by the demo itself. Use your own with --photos DIR."
    fi
  fi
}

# Removes only what an earlier demo left behind.
if [[ -e $dir ]]; then
  [[ -d $dir && ( -e $dir/.metaxy-demo || -z $(ls -A "$dir") ) ]] ||
    fail "$dir is there already and no demo made it; name another directory with --dir"
  rm -rf "$dir"
fi
mkdir -p "$dir"
cd "$dir"
touch .metaxy-demo
cp "$here/metaxy.toml" .

get_photos
"$overview" story

# The commands recommended by the report below must work.
rows=$("$metaxy" metadata status --all-features --format json) || fail "\`metaxy metadata status\` does not work in $dir"
[[ $rows == *photo/caption_text* ]] || fail "\`metaxy metadata status\` does not know the features: $rows"

# Short paths where they are short.
shown() { realpath --relative-base="$start" -- "$1"; }
cat <<END

All seven runs had to do exactly what was expected. To look at what is there:

    cd $(shown "$dir")
    export PATH=$build/bin:\$PATH

    metaxy list features --verbose
    metaxy metadata status --all-features
    metaxy metadata read photo/thumbnail
    metaxy metadata read photo/thumbnail --columns photo_id,thumbnail_width,thumbnail_height --limit 5
    metaxy metadata read photo/caption_text --columns photo_id,caption --filter "caption = 'Photograph of 2012-11-04'"

Change a picture in photos/, and bring everything up to date once more:

    $(realpath -- "$overview") run
END
