"""check_docs.py finds every mistake, and nothing else."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = Path(__file__).with_name("check_docs.py")

GOOD = (
    "# Title\n\nSee [b](b.md), [there](b.md#part-one-and-two), [here](#title), [out](https://example.org/x).\n"
    "`[not](a-link.md)`\n\n```toml\na = 1\n```\n\n```json\n{}\n```\n\n```text\n[no](link.md)\n```\n"
)

# (name, the page, what the message contains)
MISTAKES = [
    ("file", "[x](none.md)\n", "docs/a.md:1: none.md leads nowhere"),
    ("anchor", "text\n[x](b.md#part)\n", "docs/a.md:2: b.md#part names no heading of b.md"),
    ("own anchor", "[x](#nothing)\n", "#nothing names no heading"),
    ("picture", "![x](none.svg)\n", "none.svg leads nowhere"),
    ("toml", "```toml\na = \n```\n", "docs/a.md:1: a block of toml cannot be read"),
    ("json", "```json\n{\n```\n", "a block of json cannot be read"),
]


class CheckDocs(unittest.TestCase):
    def run_on(self, page, navigation=None):
        with tempfile.TemporaryDirectory() as folder:
            docs = Path(folder) / "docs"
            docs.mkdir()
            (docs / "a.md").write_text(page, encoding="utf-8")
            (docs / "b.md").write_text("# B\n\n## Part one, and `two`\n", encoding="utf-8")
            if navigation is not None:
                (Path(folder) / "mkdocs.yml").write_text("site_name: x\nnav:\n" + navigation, encoding="utf-8")
            return subprocess.run([sys.executable, PROGRAM, folder], capture_output=True, text=True, check=False)

    def test_accepts_what_is_right(self):
        result = self.run_on(GOOD)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_finds_each_mistake(self):
        for name, page, message in MISTAKES:
            with self.subTest(name):
                result = self.run_on(page)
                self.assertEqual(result.returncode, 1, result)
                self.assertIn(message, result.stdout)

    def test_every_command_is_named(self):
        help_of_all = "Subcommands:\n  list, ls   lists\n  metadata   rows"
        for page, help_text, message in [
            ("`metaxy list`, `metadata read`", help_of_all, ""),
            ("`metaxy list`", help_of_all, "docs/command-line.md: `metadata read` is not named\n"),
            ("`metaxy list`, `metadata read`", "Commands:\n  list   lists", "lists no commands under `Subcommands:`\n"),
        ]:
            with self.subTest(help_text), tempfile.TemporaryDirectory() as folder:
                docs = Path(folder) / "docs"
                docs.mkdir()
                (docs / "command-line.md").write_text(page + "\n", encoding="utf-8")
                program = Path(folder) / "metaxy"
                program.write_text(
                    "#!/bin/sh\ncase $1 in\n"
                    f"--help) echo '{help_text}' ;;\n"
                    "metadata) [ $2 = read ] || printf 'Subcommands:\\n  read   reads\\n' ;;\nesac\n"
                )
                program.chmod(0o755)
                result = subprocess.run(
                    [sys.executable, PROGRAM, folder, program], capture_output=True, text=True, check=False
                )
                self.assertEqual(result.stderr, "")
                self.assertTrue(result.stdout.endswith(message) and bool(result.stdout) == bool(message), result.stdout)

    def test_the_navigation_has_every_page(self):
        cases = [
            ("  - a.md\n  - Guides:\n      - Second: b.md\n", ""),
            ("  - a.md\n", "mkdocs.yml: the navigation lacks docs/b.md\n"),
            ("  - a.md\n  - b.md\n  - c.md\n", "mkdocs.yml: the navigation names docs/c.md, which is not there\n"),
        ]
        for navigation, message in cases:
            with self.subTest(navigation):
                self.assertEqual(self.run_on("# A\n", navigation).stdout, message)


if __name__ == "__main__":
    unittest.main()
