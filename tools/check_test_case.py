"""What the tests of the checks share: a tree of files, and what a check says about it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path


class CheckTestCase(unittest.TestCase):
    program: Path

    def run_on(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8")
            return subprocess.run([sys.executable, self.program, folder], capture_output=True, text=True, check=False)

    def assert_accepts(self, tree):
        result = self.run_on(tree)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def assert_finds_each(self, tree, violations):
        """Each is (name, file, its content, what the message contains), and is added to the tree alone."""
        for name, file, content, message in violations:
            with self.subTest(name):
                result = self.run_on({**tree, file: content})
                self.assertEqual(result.returncode, 1)
                self.assertEqual(len(result.stdout.splitlines()), 1, result.stdout)
                self.assertIn(message, result.stdout)
