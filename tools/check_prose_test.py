"""What check_prose.py finds, and what it lets pass."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import check_prose

LONG = " ".join(["word"] * 30)


class CheckProseTest(unittest.TestCase):
    def found(self, text: str) -> list[int]:
        return [int(line.split(":")[1]) for line in check_prose.check("page.md", text)]

    def test_long_lines_of_prose(self) -> None:
        self.assertEqual(self.found(f"short\n{LONG}\n\n- {LONG}\n> {LONG}\n# {LONG}\n"), [2, 4, 5, 6])

    def test_the_limit_itself_is_allowed(self) -> None:
        exact = ("word " * 30)[: check_prose.COLUMNS - 1] + "w"
        self.assertEqual(len(exact), check_prose.COLUMNS)
        self.assertEqual(self.found(exact), [])
        self.assertEqual(self.found(exact + "w"), [1])

    def test_columns_are_characters(self) -> None:
        self.assertEqual(self.found("ü " * 59), [])

    def test_tables_and_code_are_left_alone(self) -> None:
        self.assertEqual(self.found(f"| {LONG} |\n> | {LONG} |\n"), [])
        self.assertEqual(self.found(f"```sh\n{LONG}\n```\n{LONG}\n"), [4])
        self.assertEqual(self.found(f"````\n```\n{LONG}\n````\n{LONG}\n"), [5])
        self.assertEqual(self.found(f"- an item\n\n  ```\n  {LONG}\n  ```\n  {LONG}\n"), [6])
        self.assertEqual(self.found(f"text\n\n    {LONG}\n    {LONG}\n{LONG}\n"), [5])

    def test_a_block_of_code_ends(self) -> None:
        self.assertEqual(self.found(f"~~~\n{LONG}\n~~~\n{LONG}\n~~~\n{LONG}\n~~~\n"), [4])

    def test_indented_lines_of_a_list_are_prose(self) -> None:
        self.assertEqual(self.found(f"1. one\n\n    {LONG}\n"), [3])
        self.assertEqual(self.found(f"a paragraph\n    {LONG}\n"), [2])

    def test_what_cannot_be_broken(self) -> None:
        link = f"[{LONG[:50]}](https://example.org/{'x' * 80})"
        self.assertEqual(self.found(f"{link}\n- {link}.\n1. {link}\n"), [])
        self.assertEqual(self.found(f"see {link}\n"), [1])
        self.assertEqual(self.found(f"`{LONG}`\n- `{LONG}`\n"), [])
        self.assertEqual(self.found(f"run `{LONG}`\n"), [1])

    def test_of_a_checkout(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "docs/deep").mkdir(parents=True)
            for name in (*check_prose.PAGES, "docs/index.md", "docs/deep/page.md"):
                (root / name).write_text(f"{LONG}\n")
            done = self.run_on(root)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertEqual(len(done.stdout.splitlines()), len(check_prose.PAGES) + 2)
            for name in (*check_prose.PAGES, "docs/index.md", "docs/deep/page.md"):
                self.assertIn(f"{name}:1: ", done.stdout)
                (root / name).write_text("short\n")
            self.assertEqual(self.run_on(root).returncode, 0)

    def run_on(self, root: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, check_prose.__file__, str(root)], capture_output=True, text=True)


if __name__ == "__main__":
    unittest.main()
