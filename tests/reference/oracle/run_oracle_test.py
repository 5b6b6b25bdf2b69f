"""When the comparison with the oracle fails, and when it is skipped, using a fake oracle."""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import run_oracle

# Names of records that are `*-good` pass.
CHECK = """
import sys
from pathlib import Path
for path in sys.argv[sys.argv.index("--recorded") + 1 :: 2]:
    name = Path(path).stem
    print("pass" if name.endswith("-good") else "FAIL", name, flush=True)
    if name.startswith("more"):
        print("  - command.01-list: 1 differences")
        print("      printed.more: reference lacks it: 7", flush=True)
    if name.startswith("more-and-wrong"):
        print("  - a: candidate lacks columns ['b']", flush=True)
print("1 passed, 2 failed")
"""

MORE = r"more printed\.more: reference lacks it: \d" + "\n"


class RunOracleTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.oracle = Path(folder.name)
        (self.oracle / "check.py").write_text(CHECK)

    def run_with(
        self, records: list[str], expected: str, mode: str = "records", extensions: str = ""
    ) -> tuple[int, str]:
        (self.oracle / mode).mkdir()
        for name in records:
            (self.oracle / mode / f"{name}.zip").touch()
        (self.oracle / "expected_failures.txt").write_text(expected)
        (self.oracle / "extensions.txt").write_text(extensions)
        args = argparse.Namespace(mode=mode, seeds=None, part="1/1", jobs=1, interop=False, no_strict_types=True)
        printed = io.StringIO()
        with mock.patch.object(run_oracle, "HERE", self.oracle), contextlib.redirect_stdout(printed):
            code = run_oracle.check([sys.executable, "check.py"], self.oracle, args)
        return code, printed.getvalue()

    def test_what_fails_unexpectedly_fails_the_run(self) -> None:
        self.assertEqual(self.run_with(["a-good", "b-bad"], "")[0], 1)

    def test_what_is_expected_to_fail_does_not(self) -> None:
        code, printed = self.run_with(["a-good", "b-bad"], "# why\nrecords b-bad\n")
        self.assertEqual(code, 0)
        self.assertIn("1 passed, 1 failed, 1 of them expected", printed)

    def test_an_expectation_of_another_mode_does_not_count(self) -> None:
        self.assertEqual(self.run_with(["b-bad"], "seeds b-bad\n")[0], 1)

    def test_what_passes_against_the_expectation_fails_the_run(self) -> None:
        code, printed = self.run_with(["a-good"], "records a-good\n")
        self.assertEqual(code, 1)
        self.assertIn("a-good passes now: take it off", printed)

    def test_what_fails_sometimes_may_pass_and_fail(self) -> None:
        self.assertEqual(
            self.run_with(["a-good", "b-bad"], "records a-good sometimes\nrecords b-bad sometimes\n")[0], 0
        )

    def test_a_difference_that_is_meant_does_not_fail_the_run(self) -> None:
        code, printed = self.run_with(["a-good", "more"], "", extensions="# why\n\n" + MORE)
        self.assertEqual(code, 0)
        self.assertIn("2 passed, 0 failed", printed)

    def test_beside_one_that_is_meant_another_difference_fails_the_run(self) -> None:
        self.assertEqual(
            self.run_with(["more-and-wrong"], "", extensions=MORE.replace("more", "more-and-wrong", 1))[0], 1
        )

    def test_what_is_meant_for_one_scenario_is_not_for_another(self) -> None:
        self.assertEqual(self.run_with(["more2"], "", extensions=MORE)[0], 1)

    def test_a_failure_without_a_difference_fails_the_run(self) -> None:
        self.assertEqual(self.run_with(["b-bad"], "", extensions=MORE.replace("more", "b-bad", 1))[0], 1)

    def test_a_difference_that_is_gone_fails_the_run(self) -> None:
        code, printed = self.run_with(["a-good"], "", extensions=MORE.replace("more", "a-good", 1))
        self.assertEqual(code, 1)
        self.assertIn("a-good has no such difference now", printed)

    def test_typed_records_are_a_folder_of_their_own(self) -> None:
        self.assertEqual(self.run_with(["a-good"], "", "records_typed")[0], 0)

    def test_no_records_are_skipped(self) -> None:
        self.assertEqual(self.run_with([], "")[0], run_oracle.SKIPPED)

    def test_no_oracle_is_skipped(self) -> None:
        command = [sys.executable, run_oracle.__file__, "--program", "metaxy", "records"]
        done = subprocess.run(
            command, env={"METAXY_ORACLE_DIR": str(self.oracle / "nowhere")}, capture_output=True, text=True
        )
        self.assertEqual(done.returncode, run_oracle.SKIPPED, done.stderr)
        self.assertEqual(done.stdout.count("\n"), 1)

    def test_the_list_of_failures_can_be_read(self) -> None:
        lines = [
            line.split("#")[0].split() for line in (run_oracle.HERE / "expected_failures.txt").read_text().splitlines()
        ]
        modes = {*run_oracle.RECORDS, "scenarios", "scenarios-interop", "seeds", "seeds-interop"}
        for words in filter(None, lines):
            self.assertIn(words[0], modes)
            self.assertIn(words[2:], [[], ["sometimes"]])

    def test_the_list_of_extensions_can_be_read(self) -> None:
        for scenario, pattern in run_oracle.Extensions().patterns:
            self.assertTrue(scenario and re.compile(pattern).pattern)


if __name__ == "__main__":
    unittest.main()
