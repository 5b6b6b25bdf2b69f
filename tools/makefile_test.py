"""The Makefile passes on the variables that were set, and nothing else.

Libraries read environment variables as options: with an empty TIMEOUT, object stores cannot be opened.
"""

import os
import subprocess
import unittest


def environment(*assignments, **variables):
    """The variables that a command of the Makefile sees."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    rule = "show-environment: ; @env"
    call = ["make", "--no-print-directory", "--eval", rule, "show-environment", *assignments]
    done = subprocess.run(call, capture_output=True, text=True, check=True, env={**kept, **variables})
    # Variables of make itself may be empty.
    lines = [line.partition("=") for line in done.stdout.splitlines()]
    return {name: value for name, _, value in lines if not name.startswith("M") or name.startswith("METAXY_")}


class Makefile(unittest.TestCase):
    def test_exports_nothing_empty(self):
        self.assertEqual([name for name, value in environment().items() if not value], [])

    def test_exports_what_is_given(self):
        seen = environment("REPEAT=3", "METAXY_BUILD_LANCEDB=OFF", TIMEOUT="5")
        self.assertEqual(seen["REPEAT"], "3")
        self.assertEqual(seen["METAXY_BUILD_LANCEDB"], "OFF")
        self.assertEqual(seen["TIMEOUT"], "5")

    def test_tests_the_python_package_where_it_can_be_built(self):
        for given, tested in (
            ([], True),
            (["PRESET=dev"], True),
            (["PRESET=asan"], False),
            (["METAXY_BUILD_LANCEDB=OFF"], False),
            (["METAXY_BUILD_PYTHON=OFF"], False),
        ):
            kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
            done = subprocess.run(["make", "--dry-run", "test", *given], capture_output=True, text=True, env=kept)
            commands = done.stdout.splitlines()
            (setup,) = [line for line in commands if line.startswith("tools/setup.sh oracle")]
            self.assertEqual("python" in setup.split(), tested, given)
            self.assertEqual(any("-DMETAXY_BUILD_PYTHON='ON'" in line for line in commands), tested, given)


if __name__ == "__main__":
    unittest.main()
