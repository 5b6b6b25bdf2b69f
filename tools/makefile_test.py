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


if __name__ == "__main__":
    unittest.main()
