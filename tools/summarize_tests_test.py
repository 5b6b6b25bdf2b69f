"""What summarize_tests.py says of real runs of ctest."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import summarize_tests

ROOT = Path(summarize_tests.__file__).resolve().parent.parent

# metaxy_skip_test is taken from the file that defines it.
PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(tests NONE)
enable_testing()
file(READ "{root}/cmake/MetaxyTest.cmake" text)
string(REGEX MATCH "function\\\\(metaxy_skip_test.*(METAXY_SKIP_CODE [0-9]+)" text "${{text}}")
string(REGEX REPLACE "endfunction\\\\(\\\\).*" "endfunction()\\n" function "${{text}}")
file(WRITE "${{PROJECT_BINARY_DIR}}/function.cmake" "${{function}}")
include("${{PROJECT_BINARY_DIR}}/function.cmake")
metaxy_skip_test(drawn "no browser was found; install one")
add_test(NAME passes COMMAND sh -c "printf 'x%.0s' $(seq 5000); printf '\\nskipped: half of it has no tool; install it\\n'")
add_test(NAME silent COMMAND true)
add_test(NAME by_code COMMAND sh -c "echo; echo 'skipped: the oracle is away; fetch it'; exit 77")
set_tests_properties(by_code PROPERTIES SKIP_RETURN_CODE 77)
add_test(NAME google COMMAND printf "/a/b_test.cc:7: Skipped\\\\nthere is no groff; install it\\\\n\\\\n[  SKIPPED ] B.C (0 ms)\\\\n")
set_tests_properties(google PROPERTIES SKIP_REGULAR_EXPRESSION "\\\\[  SKIPPED \\\\]")
add_test(NAME without_a_word COMMAND sh -c "exit 77")
set_tests_properties(without_a_word PROPERTIES SKIP_RETURN_CODE 77)
add_test(NAME gone COMMAND no/such/program)
add_test(NAME fails COMMAND sh -c "echo far above; seq 100 119; echo; false")
add_test(NAME after_it COMMAND true)
set_tests_properties(fails PROPERTIES FIXTURES_SETUP before)
set_tests_properties(after_it PROPERTIES FIXTURES_REQUIRED before)
"""


class SummarizeTestsTest(unittest.TestCase):
    def listed(self, project: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "CMakeLists.txt").write_text(project)
            subprocess.run(["cmake", "-S", folder, "-B", f"{folder}/build"], check=True, capture_output=True)
            # As the Makefile calls it.
            options = ["--output-junit", f"{folder}/tests.xml", "--test-output-size-passed", "1000000"]
            subprocess.run(["ctest", "--test-dir", f"{folder}/build", *options], capture_output=True)
            done = subprocess.run(
                [sys.executable, summarize_tests.__file__, f"{folder}/tests.xml"], capture_output=True, text=True
            )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_each_way_of_not_testing(self) -> None:
        listed = self.listed(PROJECT.format(root=ROOT)).splitlines()
        self.assertEqual(
            listed[2:],
            [
                "  drawn: no browser was found; install one",
                "  a part of passes: half of it has no tool; install it",
                "  by_code: the oracle is away; fetch it",
                "  google: there is no groff; install it",
                "  without_a_word: SKIP_RETURN_CODE=77",
                "  gone: Unable to find executable",
                "  after_it: Fixture dependency failed",
                "",
                "Failed:",
                "  fails",
                *(f"    {number}" for number in range(100, 120)),
            ],
        )

    def test_nothing_is_listed_where_all_was_tested(self) -> None:
        project = "cmake_minimum_required(VERSION 3.25)\nproject(tests NONE)\nenable_testing()\nadd_test(NAME a COMMAND true)\n"
        self.assertEqual(self.listed(project), "")

    def test_without_results(self) -> None:
        done = subprocess.run([sys.executable, summarize_tests.__file__, "no/such.xml"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_the_makefile_calls_ctest_so(self) -> None:
        for command in ("test", "test-targets"):
            shown = subprocess.run(["make", "-n", command], cwd=ROOT, capture_output=True, text=True, check=True).stdout
            self.assertRegex(shown, r"ctest [^\n]*--output-junit (\S+) --test-output-size-passed 1000000")
            self.assertIn("tools/summarize_tests.py", shown)


if __name__ == "__main__":
    unittest.main()
