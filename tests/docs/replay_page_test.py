#!/usr/bin/env python3
"""Tests of replay_page.py: pages that are right, and pages that are not."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import replay_page

PAGES = [
    ("equal", "$ echo one\none\n", True),
    ("another word", "$ echo one\ntwo\n", False),
    ("a line too many", "$ echo one\none\ntwo\n", False),
    ("a line that is missing", "$ printf 'one\\ntwo\\n'\none\n", False),
    ("durations differ", "$ echo 'done in 12 ms'\ndone in 99.5 ms\n", True),
    ("counts do not", "$ echo '12 rows'\n13 rows\n", False),
    ("any lines", "$ printf 'one\\ntwo\\nthree\\n'\none\n...\nthree\n", True),
    ("any lines, and another end", "$ printf 'one\\ntwo\\nthree\\n'\none\n...\nfour\n", False),
    ("standard error", "$ echo bad >&2\nbad\n", True),
    ("an exit code", "$ false\n[exit code 1]\n", True),
    ("an exit code that the page does not have", "$ false\n", False),
    ("an exit code that there is not", "$ true\n[exit code 1]\n", False),
    ("the directory stays", "$ mkdir a && cd a\n$ basename $PWD\na\n", True),
    ("a here document", "$ cat > f <<'END'\nx\nEND\n$ cat f\nx\n", True),
    ("several lines", "$ echo one \\\n  two\none two\n", True),
]


def replay(block: str) -> tuple[list[str], str]:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder, "session")
        directory.mkdir()
        session = replay_page.Session(directory, Path("/nowhere"))
        return replay_page.replay(f"Text.\n\n```console\n{block}```\n", session, str(directory))


class ReplayTest(unittest.TestCase):
    def test_differences(self) -> None:
        for name, block, right in PAGES:
            with self.subTest(name):
                self.assertEqual(replay(block)[0] == [], right)

    def test_update_writes_what_was_shown(self) -> None:
        _, page = replay("$ echo one\ntwo\n")
        self.assertEqual(page, "Text.\n\n```console\n$ echo one\none\n```\n")

    def test_output_without_a_command(self) -> None:
        with self.assertRaises(ValueError):
            replay("one\n")


if __name__ == "__main__":
    unittest.main()
