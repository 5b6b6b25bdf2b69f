#!/usr/bin/env python3
"""Checks the Markdown of the checkout: `check_docs.py <root> [<metaxy>]`.

- Links to files lead to files, and `#anchors` to headings.
- Blocks marked `toml` and `json` can be read.
- docs/command-line.md names every command, if the program is given.
- The navigation of the site (mkdocs.yml) has every page of docs/, and none that is not there.

Prints one line per mistake and exits with 1 if there is one.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

LINK = re.compile(r"(?<!!)\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~)(\w*)[^\n]*\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)


def anchor(heading):
    """The anchor of a heading, as Markdown sites make it."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", text))


def without_code(text):
    """The text without blocks and spans of code, with as many lines."""
    text = FENCE.sub(lambda match: "\n" * match.group(0).count("\n"), text)
    return re.sub(r"`[^`\n]*`", "", text)


def check_links(root, page, text):
    for match in LINK.finditer(without_code(text)):
        target = match.group(1) or match.group(2)
        if re.match(r"[a-z]+:", target):
            continue  # Of the outside; the tests need no network.
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        line = without_code(text)[: match.start()].count("\n") + 1
        where = f"{page.relative_to(root)}:{line}"
        if not file.exists():
            yield f"{where}: {target} leads nowhere"
        elif fragment and file.suffix == ".md":
            headings = {anchor(heading) for heading in HEADING.findall(FENCE.sub("", file.read_text(encoding="utf-8")))}
            if fragment not in headings:
                yield f"{where}: {target} names no heading of {file.name}"


def check_blocks(root, page, text):
    for match in FENCE.finditer(text):
        where = f"{page.relative_to(root)}:{text[: match.start()].count(chr(10)) + 1}"
        try:
            if match.group(2) == "toml":
                tomllib.loads(match.group(3))
            elif match.group(2) == "json":
                json.loads(match.group(3))
        except ValueError as error:
            yield f"{where}: a block of {match.group(2)} cannot be read: {error}"


def commands(program, path=()):
    """Yields each command that does something, as a string such as `metadata read`."""
    text = subprocess.run([program, *path, "--help"], capture_output=True, text=True, check=True).stdout
    _, found, listed = text.partition("Subcommands:\n")
    if not found:
        yield " ".join(path)
        return
    for name in re.findall(r"^  (\S+)", listed, re.MULTILINE):
        yield from commands(program, (*path, name.rstrip(",")))


def check_commands(root, program):
    page = root / "docs/command-line.md"
    text = page.read_text(encoding="utf-8")
    for command in commands(program):
        if not re.search(rf"\b{re.escape(command)}\b", text):
            yield f"{page.relative_to(root)}: `{command}` is not named"


def check_navigation(root):
    """Pages that the site does not lead to, and entries that lead to no page."""
    site = root / "mkdocs.yml"
    if not site.exists():
        return
    _, _, navigation = site.read_text(encoding="utf-8").partition("\nnav:\n")
    listed = set(re.findall(r"^\s*- (?:[^:\n]+: )?(\S+\.md)$", navigation, re.MULTILINE))
    pages = {str(page.relative_to(root / "docs")) for page in root.glob("docs/**/*.md")}
    for page in sorted(pages - listed):
        yield f"mkdocs.yml: the navigation lacks docs/{page}"
    for page in sorted(listed - pages):
        yield f"mkdocs.yml: the navigation names docs/{page}, which is not there"


def main():
    if len(sys.argv) not in (2, 3) or not (Path(sys.argv[1]) / "docs").is_dir():
        print("usage: check_docs.py <root of the checkout> [<metaxy>]", file=sys.stderr)
        return 2
    root = Path(sys.argv[1]).resolve()
    found = []
    for page in sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("examples/**/*.md")]):
        text = page.read_text(encoding="utf-8")
        found += [*check_links(root, page, text), *check_blocks(root, page, text)]
    found += check_navigation(root)
    if len(sys.argv) == 3:
        found += check_commands(root, sys.argv[2])
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
