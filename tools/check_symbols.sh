#!/usr/bin/env bash
# What the libraries export: libmetaxy.so only names of namespace metaxy and its C interface, the bridge only its C ABI.
#   tools/check_symbols.sh <libmetaxy.so> [<libmetaxy_lancedb.so>]
set -euo pipefail

# check <library> <pattern of the names it may export>
check() {
  local names foreign
  names=$(nm -D --defined-only "$1" | cut -d ' ' -f 3)
  [[ -n $names ]] || {
    echo "$1 exports nothing"
    return 1
  }
  foreign=$(grep -vE "$2" <<<"$names" | c++filt || true)
  [[ -z $foreign ]] || {
    echo "$1 exports what it must not, for example:"
    head -n 20 <<<"$foreign"
    return 1
  }
}

check "$1" '^(_Z(T[VIST])?NK?[RO]?6metaxy|metaxy_[a-z_]+$)'
# The crate crc-fast, which cloud SDKs use, marks C functions of its own as exported; nothing can take that back.
[[ -z ${2:-} ]] || check "$2" '^(mxl|crc_fast)_[a-z0-9_]+$'
