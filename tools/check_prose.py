#!/usr/bin/env python3
"""Checks that prose wraps at 120 columns: `check_prose.py <root> [<file.md>...]`.

Looks at README.md, AGENTS.md, CHANGELOG.md, CONTRIBUTING.md and the pages below docs/, or at the files given. Tables and
blocks of code may be wider; so may a line with nothing to break it at, such as a list item that is one long link.

Prints one line per mistake and exits with 1 if there is one.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Iterator

COLUMNS = 120
PAGES = ("README.md", "AGENTS.md", "CHANGELOG.md", "CONTRIBUTING.md")
FENCE = re.compile(r"\s*(?:>\s*)*(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})(.*)")
LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")
# Where prose must not be broken: links, with their texts, and spans of code.
UNBROKEN = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\([^)]*\)|(`+)(?:(?!\1).)+\1")
# What stands before the first word: indentation, quotation marks, the mark of a list or of a heading.
PREFIX = re.compile(r"(?:\s|>|#+\s|[-*+]\s|\d+[.)]\s)*")


def prose(text: str) -> Iterator[tuple[int, str]]:
    """The numbered lines that are neither code nor tables."""
    fence = ""
    in_list = False
    previous_blank = True
    in_indented_code = False
    for number, line in enumerate(text.splitlines(), 1):
        opening = FENCE.fullmatch(line)
        if fence:
            if opening and opening[1].startswith(fence) and not opening[2].strip():
                fence = ""
            continue
        if opening:
            fence = opening[1]
            continue
        if not line.strip():
            previous_blank = True
            continue
        if LIST_ITEM.match(line):
            in_list = True
        elif not line[0].isspace() and previous_blank:
            in_list = False
        # Indented code begins after an empty line; in a list, the indentation belongs to the item.
        indented = line.startswith(("    ", "\t")) and not in_list
        in_indented_code = indented and (previous_blank or in_indented_code)
        previous_blank = False
        if not in_indented_code and not line.lstrip(" >").startswith("|"):
            yield number, line


def can_be_broken(line: str) -> bool:
    """Whether a break within the columns would shorten the line."""
    kept = UNBROKEN.sub(lambda match: "x" * len(match[0]), line)
    start = PREFIX.match(kept).end()
    return re.search(r"\s", kept[start : COLUMNS + 1]) is not None


def check(name: str, text: str) -> Iterator[str]:
    for number, line in prose(text):
        if len(line) > COLUMNS and can_be_broken(line):
            yield f"{name}:{number}: {len(line)} columns; prose wraps at {COLUMNS}"


def main() -> int:
    if len(sys.argv) < 2 or not (Path(sys.argv[1]) / "docs").is_dir():
        print("usage: check_prose.py <root of the checkout> [<file.md>...]", file=sys.stderr)
        return 2
    root = Path(sys.argv[1])
    pages = [Path(name) for name in sys.argv[2:]] or [
        *(root / name for name in PAGES),
        *sorted(root.glob("docs/**/*.md")),
    ]
    found = [line for page in pages for line in check(str(page), page.read_text(encoding="utf-8"))]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
