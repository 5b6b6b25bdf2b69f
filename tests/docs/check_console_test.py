#!/usr/bin/env python3
"""Tests check_console.py on pages with and without mistakes."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).parent / "check_console.py"


class CheckConsole(unittest.TestCase):
    def check(self, *sessions: str) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as directory:
            page = Path(directory) / "page.md"
            page.write_text("# Page\n\n" + "\n\n".join(f"```console\n{session}\n```" for session in sessions))
            done = subprocess.run(
                [sys.executable, SCRIPT, page, directory, f"{directory}/session"], capture_output=True, text=True
            )
            return done.returncode, done.stdout + done.stderr

    def test_accepts_what_is_printed(self):
        for session in [
            "$ echo a; echo b >&2\na\nb",
            "$ true",
            "$ printf 'a\\nb\\nc\\n'\na\n...",
            "$ printf 'a\\nb\\nc\\n'\n...\nc",
            "$ echo 'at 12:31'\nat ...",
            "$ cat <<EOF\n> x\n> y\n> EOF\nx\ny",
            "$ false\n$ echo $?\n1",
        ]:
            self.assertEqual(self.check(session), (0, ""), session)

    def test_blocks_are_one_session(self):
        self.assertEqual(self.check("$ mkdir d\n$ cd d", "$ basename $PWD\nd")[0], 0)

    def test_finds_differences(self):
        for session in ["$ echo a\nb", "$ echo a", "$ true\na", "$ printf 'a\\nb\\n'\na", "$ echo a\n...b"]:
            code, text = self.check(session)
            self.assertEqual(code, 1, session)
            self.assertIn("the program prints:", text)

    def test_a_session_may_not_end_early(self):
        code, text = self.check("$ exit 0\n$ echo a\na")
        self.assertEqual(code, 1)
        self.assertIn("ended early", text)

    def test_a_page_without_a_session_is_a_mistake(self):
        self.assertIn("has no block of console", self.check()[1])

    def test_writes_what_is_printed(self):
        with tempfile.TemporaryDirectory() as directory:
            page = Path(directory) / "page.md"
            page.write_text("a\n\n```console\n$ echo 1\n2\n$ date\n...\n```\n\nb\n")
            subprocess.run(
                [sys.executable, SCRIPT, page, directory, f"{directory}/session", "--write"],
                capture_output=True,
                text=True,
            )
            self.assertEqual(page.read_text(), "a\n\n```console\n$ echo 1\n1\n$ date\n...\n```\n\nb\n")


if __name__ == "__main__":
    unittest.main()
