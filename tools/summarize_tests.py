#!/usr/bin/env python3
"""Lists what failed and what could not be tested, from a file of `ctest --output-junit`: `summarize_tests.py <file.xml>`.

The last lines of each failed test are repeated, since they may stand far above the end of a log.

Tests that are skipped, and parts of tests, say so in a line `skipped: WHY; WHAT TO DO`; those of GoogleTest by GTEST_SKIP.
Tests that did not run for another reason, such as a program that was not built, are listed, too.
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

# A reason is one line of its own, but for GoogleTest's, which follows a line that says where it stands.
REASON = re.compile(r"^skipped: (.+)$|^\S+:\d+: Skipped\n(.+)$", re.MULTILINE)


# Of a failed test.
LAST_LINES = 20
LONGEST_LINE = 400


def reasons(output: str) -> list[str]:
    """Without repetitions."""
    return list(dict.fromkeys(one or other for one, other in REASON.findall(output)))


def failures(root: ElementTree.Element) -> list[str]:
    found = []
    for case in root.iter("testcase"):
        if case.get("status") != "fail":
            continue
        written = [line for line in (case.findtext("system-out") or "").splitlines() if line.strip()]
        found.append(f"  {case.get('name')}")
        found += [f"    {line[:LONGEST_LINE]}" for line in written[-LAST_LINES:]]
    return found


def lines(root: ElementTree.Element) -> list[str]:
    found = []
    for case in root.iter("testcase"):
        why = reasons(case.findtext("system-out") or "")
        skipped = case.find("skipped")
        if skipped is not None:
            why = why or [skipped.get("message") or "it does not say why"]
            found.append(f"  {case.get('name')}: {' '.join(why)}")
        elif case.get("status") != "fail":
            found += [f"  a part of {case.get('name')}: {each}" for each in why]
    return found


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: summarize_tests.py <file of ctest --output-junit>", file=sys.stderr)
        return 2
    file = Path(sys.argv[1])
    if not file.exists():
        return 0  # ctest has said why there are no results.
    root = ElementTree.parse(file).getroot()
    for title, found in (("Not tested on this machine", lines(root)), ("Failed", failures(root))):
        if found:
            print(f"\n{title}:\n" + "\n".join(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
