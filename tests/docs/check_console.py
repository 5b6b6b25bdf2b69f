#!/usr/bin/env python3
"""Runs the sessions of a page and compares what they print: `check_console.py <page.md> <folder of metaxy> <directory>
[--write]`.

All blocks `console` of a page are one session in this directory, which is emptied first and kept afterwards. A line
`$ command` is run by bash; lines `> ...` after it continue it. The lines up to the next command are what it has to
print, standard error included. In them, `...` stands for any text within a line, and a line `...` for any lines.

Prints the differences and exits with 1 if there is one. --write puts what was printed into the page, and keeps the lines
with `...` that match.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

FENCE = re.compile(r"^```console\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
MARK = "=-=-=-= end of command"


def commands(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a block, each with the lines that are expected."""
    found: list[tuple[str, list[str]]] = []
    continued = False
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
            continued = True
        elif not found:
            sys.exit(f"a session begins with a command, not with {line!r}")
        elif continued and line.startswith(">"):
            command, expected = found[-1]
            found[-1] = (command + "\n" + line[2:], expected)
        else:
            continued = False
            found[-1][1].append(line)
    return found


def run(session: list[str], folder: Path, directory: Path) -> list[list[str]]:
    """What each command prints."""
    script = "exec 2>&1\n"
    for command in session:
        script += f"{command}\ncode=$?; echo '{MARK}'; (exit $code)\n"
    shutil.rmtree(directory, ignore_errors=True)
    (directory / "here").mkdir(parents=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("METAXY_")}
    environment |= {
        "PATH": f"{folder}:{environment['PATH']}",
        "NO_COLOR": "1",
        "COLUMNS": "100",
        "PAGER": "cat",
        "XDG_CACHE_HOME": f"{directory}/cache",
    }
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=directory / "here",
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
    )
    parts = done.stdout.split(MARK + "\n")
    if len(parts) != len(session) + 1:
        sys.exit(f"the session ended early, after {len(parts) - 1} of {len(session)} commands:\n{done.stdout}")
    return [part.splitlines() for part in parts[:-1]]


def matches(expected: list[str], printed: list[str]) -> bool:
    pattern = "".join(
        r"(?:.*\n)*?"
        if line == "..."
        else ".*".join(re.escape(part) for part in line.rstrip().split("...")) + r"[ ]*\n"
        for line in expected
    )
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in printed)) is not None


def block(session: list[tuple[str, list[str]]]) -> str:
    lines = []
    for command, output in session:
        lines += ["$ " + command.replace("\n", "\n> ").replace("> \n", ">\n"), *output]
    return "```console\n" + "\n".join(line.rstrip() for line in lines) + "\n```"


def main() -> int:
    if len(sys.argv) not in (4, 5):
        print("usage: check_console.py <page.md> <folder of metaxy> <directory> [--write]", file=sys.stderr)
        return 2
    page = Path(sys.argv[1])
    text = page.read_text(encoding="utf-8")
    blocks = [commands(match[1]) for match in FENCE.finditer(text)]
    if not blocks:
        sys.exit(f"{page} has no block of console")
    printed = iter(
        run(
            [command for session in blocks for command, _ in session],
            Path(sys.argv[2]).resolve(),
            Path(sys.argv[3]).resolve(),
        )
    )
    failed = False
    for session in blocks:
        for number, (command, expected) in enumerate(session):
            output = next(printed)
            if matches(expected, output):
                continue
            failed = True
            session[number] = (command, output)
            print(f"{page.name}: $ {command}\n  the page shows:", *expected, "  the program prints:", *output, sep="\n")
    if len(sys.argv) == 5:
        written = iter(blocks)
        page.write_text(FENCE.sub(lambda _: block(next(written)), text), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
