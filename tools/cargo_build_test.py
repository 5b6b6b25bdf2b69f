"""cargo_build.py counts crates and estimates how long the rest takes; cargo is a stand-in."""

import json
import os
import pty
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from cargo_build import Progress

SCRIPT = Path(__file__).resolve().with_name("cargo_build.py")


class Estimate(unittest.TestCase):
    def setUp(self):
        self.now = 100.0
        crates = ["small", "large", "lib"]
        self.progress = Progress(crates, {"small": 10.0, "large": 60.0, "lib": 30.0}, lambda: self.now)

    def after(self, seconds):
        self.now = 100.0 + seconds
        return self.progress.line()

    def test_the_pace_is_that_of_the_finished_crates(self):
        self.assertEqual(self.after(5), "bridge: 0 of 3 crates, 5 s")
        self.now = 120.0
        self.progress.add("small", fresh=False)
        self.assertEqual(self.after(20), "bridge: 1 of 3 crates, 20 s, about 3 min 00 s left")

    def test_the_time_left_falls_while_a_crate_takes_long(self):
        self.now = 120.0
        self.progress.add("small", fresh=False)
        self.assertEqual(self.after(140), "bridge: 1 of 3 crates, 2 min 20 s, about 1 min 00 s left")
        self.assertEqual(self.after(210), "bridge: 1 of 3 crates, 3 min 30 s, the last ones take longer than usual")

    def test_crates_of_an_earlier_build_do_not_count(self):
        self.progress.add("large", fresh=True)
        self.now = 110.0
        self.progress.add("small", fresh=False)
        self.assertEqual(self.after(10), "bridge: 1 of 2 crates, 10 s, about 30 s left")

    def test_crates_that_are_new(self):
        self.now = 120.0
        for name in ("small", "large", "new", "newer"):
            self.progress.add(name, fresh=False)
        self.assertEqual(self.after(20), "bridge: 4 of 5 crates, 20 s, about 8 s left")


class Terminal(unittest.TestCase):
    def test_one_line_that_is_gone_at_the_end(self):
        with tempfile.TemporaryDirectory() as folder:
            crate = Path(folder)
            (crate / "Cargo.lock").write_text('[[package]]\nname = "a"\n')
            (crate / "seconds.json").write_text('{"a": 1.0}')
            artifact = {
                "reason": "compiler-artifact",
                "package_id": "p#a@1",
                "fresh": False,
                "target": {"kind": ["lib"]},
            }
            cargo = crate / "cargo"
            cargo.write_text(f"#!/bin/sh\necho '{json.dumps(artifact)}'\necho 'error: of the compiler' >&2\nexit 3\n")
            cargo.chmod(0o755)
            ours, theirs = pty.openpty()
            call = [sys.executable, SCRIPT, "seconds.json", cargo]
            done = subprocess.run(call, cwd=crate, stdout=theirs, stderr=theirs, check=False)
            os.close(theirs)
            shown = os.read(ours, 10000).decode()
            os.close(ours)
        self.assertEqual(done.returncode, 3)
        self.assertIn("error: of the compiler", shown)
        self.assertIn("\r\x1b[Kbridge: ", shown)
        self.assertTrue(shown.endswith("\r\x1b[K"), shown)


if __name__ == "__main__":
    unittest.main()
