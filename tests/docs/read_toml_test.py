"""What read_toml.py finds wrong: `read_toml_test.py <metaxy>`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = sys.argv.pop(1)
READ_TOML = Path(__file__).with_name("read_toml.py")

FEATURE = '[[feature]]\nkey = "a"\nid_columns = ["id"]\n'
STORE = '[stores.dev.config]\nuri = "metadata"\n'
# What the page has, and what is said about it; nothing if it is right.
BLOCKS = {
    FEATURE: "",
    FEATURE + "fielsd = []\n": "fielsd",
    FEATURE + FEATURE: "'a'",
    'project = "p"\n' + STORE: "",
    STORE + "hash_algoritm = 'xxhash32'\n": "hash_algoritm",
    "[ext.cpp.stores.dev]\nmaintenance = { every_commits = 8 }\n": "",
    "[ext.cpp.stores.dev]\nmaintenance = { every_comits = 8 }\n": "every_comits",
    "[ext.cpp.stores.dev]\nmemory_limit = 'much'\n": "memory_limit",
}


class ReadTomlTest(unittest.TestCase):
    def test_each_block(self) -> None:
        for block, words in BLOCKS.items():
            with self.subTest(block), tempfile.TemporaryDirectory() as folder:
                page = Path(folder) / "page.md"
                page.write_text(f"# A page\n\n```toml\n{block}```\n")
                command = [sys.executable, str(READ_TOML), "--program", PROGRAM, str(page)]
                done = subprocess.run(command, capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (1 if words else 0, ""), done.stdout)
                self.assertIn(words, done.stdout)
                if words:
                    self.assertIn(f"{page}:4: ", done.stdout)

    def test_a_page_without_any(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "page.md"
            page.write_text("# A page\n")
            self.assertEqual(
                subprocess.run([sys.executable, READ_TOML, "--program", PROGRAM, page], capture_output=True).returncode,
                1,
            )


if __name__ == "__main__":
    unittest.main()
