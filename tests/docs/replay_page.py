#!/usr/bin/env python3
"""Replays the terminal sessions of a page: `replay_page.py [--update] <page.md> <folder of metaxy> <directory>`.

All blocks `console` of a page are one session, in an empty directory. Lines that begin with "$ " are typed (with a here
document, or a backslash at the end, over several lines); what follows is what the terminal shows, of both streams. A
command that fails is followed by `[exit code N]`. A line `...` stands for any lines. Durations, sizes, timestamps and
the directory differ between runs, and may do so.

Prints what differs and exits with 1. With --update, the page is rewritten as the session went.
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HERE_DOCUMENT = re.compile(r"<<\s*'?(\w+)'?\s*$")
# What differs between runs, and what it is compared as.
VARYING = [
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)?"), "TIMESTAMP"),
    (re.compile(r" *\b\d+(\.\d+)? ?(ns|µs|ms|s|min)\b"), " DURATION"),
    (re.compile(r" *\b\d+(\.\d+)? ?(B|KiB|MiB|GiB|kB|MB)\b"), " SIZE"),
]


@dataclass
class Step:
    """A command and what the page says that it shows."""

    typed: list[str]
    shown: list[str] = field(default_factory=list)

    @property
    def command(self) -> str:
        return "\n".join([self.typed[0][2:], *self.typed[1:]])


def steps(block: str) -> list[Step]:
    """The steps of a block; ValueError for output that no command has."""
    found: list[Step] = []
    lines = iter(block.splitlines())
    for line in lines:
        if not line.startswith("$ "):
            if not found:
                raise ValueError(f"the block begins with '{line}', which is not a command ('$ ...')")
            found[-1].shown.append(line)
            continue
        step = Step([line])
        document = HERE_DOCUMENT.search(line)
        while step.typed[-1].endswith("\\") or (document and step.typed[-1] != document[1]):
            step.typed.append(next(lines))
        found.append(step)
    return found


def normalised(line: str, directory: str) -> str:
    line = line.replace(directory, "HERE")
    for pattern, text in VARYING:
        line = pattern.sub(text, line)
    return line.rstrip()


def matches(expected: list[str], actual: list[str]) -> bool:
    """Whether the lines are equal; a line `...` of `expected` is any lines."""
    if "..." not in expected:
        return expected == actual
    at = expected.index("...")
    if expected[:at] != actual[:at]:
        return False
    rest = expected[at + 1 :]
    return any(matches(rest, actual[start:]) for start in range(at, len(actual) + 1))


class Session:
    """A shell in a directory, which keeps the directory that it has changed to."""

    def __init__(self, directory: Path, programs: Path):
        self._directory = directory
        self._where = directory.parent / f"{directory.name}.pwd"
        self._environment = {
            **{name: os.environ[name] for name in ("HOME", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ},
            "PATH": f"{programs}:{os.environ.get('PATH', '')}",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "100",
        }

    def run(self, command: str) -> list[str]:
        script = f"{command}\ncode=$?\npwd > '{self._where}'\nexit $code"
        done = subprocess.run(["bash", "-c", script], cwd=self._directory, env=self._environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)  # fmt: skip
        if self._where.exists():
            self._directory = Path(self._where.read_text(encoding="utf-8").rstrip("\n"))
        shown = done.stdout.splitlines()
        return [*shown, f"[exit code {done.returncode}]"] if done.returncode else shown


def replay(text: str, session: Session, directory: str) -> tuple[list[str], str]:
    """What differs, and the page as the session went."""
    differences: list[str] = []

    def replayed(block: re.Match[str]) -> str:
        lines: list[str] = []
        for step in steps(block[1]):
            actual = session.run(step.command)
            expected = [normalised(line, directory) for line in step.shown]
            same = matches(expected, [normalised(line, directory) for line in actual])
            if not same:
                differences.extend(
                    difflib.unified_diff(step.shown, actual, f"the page: {step.typed[0]}", "the terminal", lineterm="")
                )
            lines += [*step.typed, *(step.shown if same else actual)]
        return "```console\n" + "".join(f"{line}\n" for line in lines) + "```"

    page = BLOCK.sub(replayed, text)
    return differences, page


def main(arguments: list[str]) -> int:
    update = "--update" in arguments
    rest = [argument for argument in arguments if argument != "--update"]
    if len(rest) != 3:
        print("usage: replay_page.py [--update] <page.md> <folder of metaxy> <directory>", file=sys.stderr)
        return 2
    page, programs, directory = Path(rest[0]), Path(rest[1]).resolve(), Path(rest[2]).resolve()
    text = page.read_text(encoding="utf-8")
    if not BLOCK.search(text):
        print(f"{page} has no block `console`", file=sys.stderr)
        return 1
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    differences, replayed = replay(text, Session(directory, programs), str(directory))
    if update:
        page.write_text(replayed, encoding="utf-8")
        return 0
    print("\n".join(differences))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
