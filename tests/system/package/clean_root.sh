#!/usr/bin/env bash
# clean_root.sh <directory> <package>...: makes a root directory of Debian packages that are installed on this machine, with
# all they depend upon and nothing else: no Rust, no Python environment, no checkout.
set -euo pipefail

root=$1
shift
rm -rf -- "$root"
mkdir -p -- "$root"/{etc,tmp,dev,proc,home,usr/{bin,sbin,lib,lib64}}
for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done

# names <line of a Depends field>: one name a line; of alternatives all that are installed.
names() { tr ',|' '\n\n' <<<"$1" | sed -E 's/\(.*//; s/:[a-z0-9]+//; s/[[:space:]]//g' | grep . || true; }

declare -A seen=()
queue=("$@")
while ((${#queue[@]})); do
  package=${queue[0]}
  queue=("${queue[@]:1}")
  [[ -z ${seen[$package]:-} ]] || continue
  seen[$package]=1
  depends=$(dpkg-query -W -f='${Pre-Depends}, ${Depends}\n' "$package" 2>/dev/null | head -n 1) || continue
  while IFS= read -r name; do queue+=("$name"); done < <(names "$depends")
done
for package in "$@"; do
  dpkg-query -W "$package" >/dev/null || {
    echo "$package is not installed here" >&2
    exit 1
  }
done

# Documents are not needed, and directories come with their files.
for package in "${!seen[@]}"; do dpkg-query -L "$package" 2>/dev/null || true; done |
  grep -E '^/(usr/|bin/|sbin/|lib|etc/ld)' | grep -vE '^/usr/share/(doc|man|locale|info)/' | sort -u |
  while IFS= read -r file; do
    if [[ -L $file || -f $file ]]; then printf '%s\n' "${file#/}"; fi
  done >"$root/tmp/files"
tar -C / -cf - --no-recursion -T "$root/tmp/files" | tar -C "$root" -xf - --keep-directory-symlink
rm "$root/tmp/files"
