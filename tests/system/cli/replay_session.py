#!/usr/bin/env python3
"""Replays a transcript: `replay_session.py <transcript> <directory> [--write] NAME=PROGRAM...`.

Lines that begin with "$ " are run by bash, each in the directory that the one before has left, and with the programs
under their names; a command with a document (<<EOF) goes on to the line EOF. The lines after it are what it has to
show: standard output, then standard error after "2> ", then the exit code if it is not 0. In them, `...` stands for any
text within a line, and a line `...` for any lines. Lines that begin with "# " are remarks.

<directory> is emptied first; in what is shown it is HERE. Prints the differences and exits with 1 if there is one.
--write puts what was shown into the transcript, and keeps what matches.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs"))
from check_console import matches  # noqa: E402


def parse(text: str) -> list[tuple[list[str], str, list[str]]]:
    """Remarks, command and expected lines of each step."""
    steps: list[tuple[list[str], str, list[str]]] = []
    remarks: list[str] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("# "):
            remarks.append(line)
        elif line.startswith("$ "):
            command = line[2:]
            if "<<" in command:
                for more in lines:
                    command += "\n" + more
                    if more == "EOF":
                        break
            steps.append((remarks, command, []))
            remarks = []
        elif not steps:
            sys.exit(f"a transcript begins with a remark or a command, not with {line!r}")
        elif not remarks:
            steps[-1][2].append(line)
    # The empty line before a remark is the remark's.
    for (_, _, expected), (following, _, _) in zip(steps, steps[1:]):
        if following and expected and expected[-1] == "":
            expected.pop()
    return steps


class Session:
    def __init__(self, directory: Path, programs: dict[str, str]) -> None:
        shutil.rmtree(directory, ignore_errors=True)
        self.directory = directory
        self.here = directory / "here"
        self.here.mkdir(parents=True)
        (directory / "bin").mkdir()
        for name, program in programs.items():
            script = directory / "bin" / name
            script.write_text(f"#!/bin/sh\nexec '{program}' \"$@\"\n")
            script.chmod(0o755)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("METAXY_")}
        self.environment = environment | {
            "PATH": f"{directory}/bin:{environment['PATH']}",
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "PAGER": "cat",
            "XDG_CACHE_HOME": f"{directory}/cache",
            "PYTHONWARNINGS": "ignore",
        }
        self.folder = self.here

    def run(self, command: str) -> list[str]:
        """What a command shows."""
        left = self.directory / "folder"
        script = f"{command}\ncode=$?; pwd > '{left}'; exit $code\n"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=240
        )
        self.folder = Path(left.read_text().strip())
        shown = done.stdout.splitlines() + [f"2> {line}" for line in done.stderr.splitlines()]
        if done.returncode != 0:
            shown.append(f"[exit code {done.returncode}]")
        return [
            re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "MOMENT", line.replace(str(self.here), "HERE")) for line in shown
        ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("transcript", type=Path)
    parser.add_argument("directory", type=Path)
    parser.add_argument("programs", nargs="*", metavar="NAME=PROGRAM")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    steps = parse(arguments.transcript.read_text(encoding="utf-8"))
    if not steps:
        sys.exit(f"{arguments.transcript} has no command")
    session = Session(arguments.directory.resolve(), dict(program.split("=", 1) for program in arguments.programs))
    failed = False
    written = ""
    for remarks, command, expected in steps:
        shown = session.run(command)
        if not matches(expected, shown):
            failed = True
            print(f"$ {command}\n  the transcript has:", *expected, "  what is shown:", *shown, sep="\n")
            expected = shown
        written += "\n" if remarks and written else ""
        written += "".join(f"{line}\n" for line in [*remarks, f"$ {command}", *expected])
    if arguments.write:
        arguments.transcript.write_text(written, encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
