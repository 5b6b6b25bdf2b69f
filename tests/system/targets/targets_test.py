#!/usr/bin/env python3
"""Every operation on every target, and the table of results in docs/storage-targets.md.

    METAXY_PROGRAM=build/release/bin/metaxy python targets_test.py [--targets local,s3] [--write-table] [-k NAME]

Without --write-table the table in the docs has to match the results. By default, the targets whose servers start
quickly.
"""

from __future__ import annotations

import argparse
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from operations import OPERATIONS
from targets import QUICK, TARGETS, Target

DOCS = Path(__file__).resolve().parents[3] / "docs/storage-targets.md"
BEGIN, END = "<!-- targets_test.py writes from here -->\n", "<!-- to here -->\n"
UNSUPPORTED = "not supported by this target"


class Seen:
    """The result of each operation, by target."""

    def __init__(self) -> None:
        self.outcomes: dict[tuple[str, str], str] = {}
        self.titles: dict[str, str] = {}

    def table(self) -> str:
        lines = ["| operation | " + " | ".join(self.titles.values()) + " |", "|---|" + "---|" * len(self.titles)]
        for name, (title, _) in OPERATIONS.items():
            cells = (self.outcomes.get((target, name), "-") for target in self.titles)
            lines.append(f"| {title} | " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"


def suite(make_target, name: str, seen: Seen) -> type[unittest.TestCase]:
    class OnTarget(unittest.TestCase):
        target: Target

        @classmethod
        def setUpClass(cls) -> None:
            context = make_target()
            cls.target = context.__enter__()
            cls.addClassCleanup(context.__exit__, None, None, None)
            if cls.target.documented:
                seen.titles[name] = cls.target.title

    def add(operation: str, function) -> None:
        def test(self: OnTarget) -> None:
            if operation in self.target.unsupported:
                with self.assertRaisesRegex(AssertionError, self.target.unsupported[operation]):
                    function(self.target)
                seen.outcomes[name, operation] = UNSUPPORTED
                return
            if operation in self.target.untried:
                print(
                    f"skipped: {self.target.title} does not always {OPERATIONS[operation][0]}; nothing can be done here",
                    flush=True,
                )
                return
            function(self.target)
            seen.outcomes[name, operation] = "yes"

        setattr(OnTarget, f"test_{operation}", test)

    for operation, (_, function) in OPERATIONS.items():
        add(operation, function)
    OnTarget.__qualname__ = OnTarget.__name__ = name
    return OnTarget


def cells(table: str) -> dict[tuple[str, str], str]:
    """(column, row) -> cell."""
    rows = [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in table.splitlines()]
    rows = [row for row in rows if not set("".join(row)) <= set("-")]
    return {(column, row[0]): cell for row in rows[1:] for column, cell in zip(rows[0][1:], row[1:])}


def differences(seen: Seen) -> list[str]:
    """Differences from the docs."""
    documented = cells(DOCS.read_text().split(BEGIN)[1].split(END)[0])
    found = cells(seen.table())
    return [
        f"{key}: {cell}, documented as {documented.get(key)}"
        for key, cell in found.items()
        if documented.get(key) != cell
    ]


def write_table(seen: Seen) -> None:
    text = DOCS.read_text()
    pattern = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.DOTALL)
    DOCS.write_text(pattern.sub(lambda _: BEGIN + "\n" + seen.table() + "\n" + END, text))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--targets", default=",".join(QUICK), help="names, with commas")
    parser.add_argument("--write-table", action="store_true")
    parser.add_argument(
        "-k", dest="pattern", help="only operations whose name contains this; the table is not looked at"
    )
    arguments = parser.parse_args()
    seen = Seen()
    loader = unittest.TestLoader()
    if arguments.pattern:
        loader.testNamePatterns = [f"*{arguments.pattern}*"]
    tests = unittest.TestSuite()
    for name in arguments.targets.split(","):
        tests.addTest(loader.loadTestsFromTestCase(suite(TARGETS[name], name, seen)))
    result = unittest.TextTestRunner(verbosity=2).run(tests)
    if not result.wasSuccessful():
        return 1
    if arguments.write_table:
        write_table(seen)
    elif not arguments.pattern:
        found = differences(seen)
        print(*found, sep="\n")
        return 1 if found else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
