#!/usr/bin/env python3
"""Configures the project where Python environments are missing that only some tests need: `configure_test.py <cmake>
<checkout> <build directory> <environment of the Python package, or nothing> [<option of CMake>...]`.

That succeeds, and what cannot be tested is listed as skipped, with the reason and the remedy.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

CMAKE, CHECKOUT, BUILD, PYTHON_VENV, *OPTIONS = sys.argv[1:]
CTEST = str(Path(CMAKE).with_name("ctest"))
MISSING = "/nowhere/of-metaxy"

# The environments that are missing, and the tests that are skipped without them, with words of the line that says so.
WITH_PACKAGE = {
    "METAXY_RAY_VENV": {"ray": [f"{MISSING}/METAXY_RAY_VENV was not found", "tools/setup.sh ray"]},
    "METAXY_NEWER_PYTHON_VENV": {"package.wheel.newer": ["Python 3.12 or newer", "tools/setup.sh wheel"]},
    "METAXY_DOCS_VENV": {"docs.site": ["mkdocs or doxygen was not found", "tools/setup.sh docs"]},
}
WITHOUT_PACKAGE = {
    **{name: {} for name in WITH_PACKAGE},
    "METAXY_PYTHON_VENV": {"python": [f"{MISSING}/METAXY_PYTHON_VENV has no Python", "tools/setup.sh python"]},
}


def run(*command: str) -> str:
    # Nothing that a shell has set up for itself helps.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("METAXY_")}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}")
    return done.stdout


class ConfigureTest(unittest.TestCase):
    def check(self, missing: dict[str, dict[str, list[str]]], *options: str) -> None:
        shutil.rmtree(BUILD, ignore_errors=True)
        absent = [f"-D{name}={MISSING}/{name}" for name in missing]
        run(CMAKE, "-S", CHECKOUT, "-B", BUILD, *OPTIONS, *options, *absent)
        skipped = {test: words for tests in missing.values() for test, words in tests.items()}
        names = "|".join(re.escape(name) for name in skipped)
        report = run(CTEST, "--test-dir", BUILD, "--verbose", "-R", f"^({names})$")
        for name, words in skipped.items():
            with self.subTest(name):
                number = re.search(rf"^\s*(\d+) - {re.escape(name)} \(Skipped\)$", report, re.MULTILINE)
                self.assertTrue(number, report)
                assert number
                said = re.search(rf"^{number[1]}: skipped: (.*)$", report, re.MULTILINE)
                self.assertTrue(said, report)
                assert said
                for word in words:
                    self.assertIn(word, said[1])

    @unittest.skipUnless(PYTHON_VENV, "the Python package is not built")
    def test_environments_of_some_tests(self) -> None:
        self.check(WITH_PACKAGE, f"-DMETAXY_PYTHON_VENV={PYTHON_VENV}")

    def test_the_environment_of_the_python_package(self) -> None:
        self.check(WITHOUT_PACKAGE)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
