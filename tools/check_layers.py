#!/usr/bin/env python3
"""Checks which file may include which: `check_layers.py <root of the checkout>`.

- A folder of src/ includes itself and the folders above it in LAYERS. A subfolder that is not in LAYERS belongs to its folder.
- No file lies directly in src/.
- Public headers include public headers, Arrow and the standard library, nothing else.
- Some libraries belong to one folder alone (OWNERS).
- Only the program prints: the library has no output of its own.

Prints one line per violation and exits with 1 if there is one.
"""

import re
import sys
from pathlib import Path

LAYERS = [
    "base",
    "json",
    "columns",
    "models",
    "config",
    "filter",
    "graph",
    "versioning/hash",
    "versioning/summary",
    "versioning/scan",
    "versioning/resolve",
    "versioning/delta",
    "versioning/parts",
    "store",
    "lancedb",
    "files",
    "project",
    "c_api",
    "cli",
]

# Includes starting with the key are allowed only in that folder.
OWNERS = {"metaxy_lancedb.h": "lancedb", "CLI/": "cli"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# The two C headers that a C header needs.
PRINTS = re.compile(
    r"\bstd::(?:cout|cerr|clog)\b|\b(?:printf|puts|perror|fputs)\s*\(|\bfprintf\s*\(\s*std|\bfmt::print\b"
)
STANDARD_HEADER = re.compile(r"[a-z_0-9]+|stdint\.h|stddef\.h")
SUFFIXES = {".h", ".cc", ".c", ".hpp", ".inc"}


def includes(file):
    """Yields (line number, quoted or not, path) of each include of the file."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def sources(folder):
    return sorted(file for file in folder.rglob("*") if file.suffix in SUFFIXES)


def check_public(root, file):
    """Yields what is wrong with the includes of a public header, as (line number, text)."""
    for number, _, path in includes(file):
        if path.startswith("metaxy/"):
            if not (root / "include" / path).is_file():
                yield number, f"{path} does not exist in include/"
        elif not path.startswith("arrow/") and not STANDARD_HEADER.fullmatch(path):
            yield number, f"a public header includes {path}; only metaxy/, arrow/ and the standard library are allowed"


def layer(path):
    """The entry of LAYERS that a path below src/ belongs to; None if there is none."""
    folders = path.split("/")[:-1]
    for depth in range(len(folders), 0, -1):
        if "/".join(folders[:depth]) in LAYERS:
            return "/".join(folders[:depth])
    return None


def check_private(root, file):
    """Yields what is wrong with the includes of a file of src/, as (line number, text)."""
    below_src = file.relative_to(root / "src").as_posix()
    folder = layer(below_src)
    if folder is None:
        yield 1, f"src/{below_src} is in none of the folders {', '.join(LAYERS)}"
        return
    if folder != "cli":
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if PRINTS.search(line):
                yield (
                    number,
                    f"{PRINTS.search(line).group(0)} prints; only src/cli may, the library returns or calls back",
                )
    for number, quoted, path in includes(file):
        for prefix, owner in OWNERS.items():
            if path.startswith(prefix) and folder != owner:
                yield number, f"{path} belongs to src/{owner} alone"
        if not quoted:
            continue
        if ".." in path.split("/"):
            yield number, f"{path} leaves its folder; includes start at include/ or src/"
            continue
        target = layer(path)
        if target is None or not (root / "src" / path).is_file():
            continue  # A public header, a file beside this one, or a library.
        if LAYERS.index(target) > LAYERS.index(folder):
            yield number, f"src/{folder} includes {path}; src/{target} is below it in the list of layers"


def check(root):
    """Returns all violations of the checkout as lines of text."""
    found = []
    for top, rule in (("include", check_public), ("src", check_private)):
        for file in sources(root / top):
            for number, text in rule(root, file):
                found.append(f"{file.relative_to(root)}:{number}: {text}")
    return found


def main():
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "src").is_dir():
        print("usage: check_layers.py <root of the checkout>", file=sys.stderr)
        return 2
    found = check(Path(sys.argv[1]).resolve())
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
