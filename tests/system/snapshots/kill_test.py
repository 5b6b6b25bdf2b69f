"""`metaxy snapshot` is killed before each of its changes of files: a snapshot is there, whole, or it is not.

    METAXY_PROGRAM=build/release/bin/metaxy METAXY_KILL_SHIM=libkill_shim.so python kill_test.py

A library that is loaded before all others counts the changes and ends the process (tests/support/kill_shim.c).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "targets"))
from project import Done, Project, videos  # noqa: E402

FEATURES = ("raw/video", "crop")


class Killed(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="metaxy-kill-")
        self.addCleanup(directory.cleanup)
        self.store = Path(directory.name) / "store"
        self.project = Project({"dev": {"uri": str(self.store)}})
        self.addCleanup(self.project.directory.cleanup)
        self.project.write("raw/video", videos({"a": "xy", "b": "zz"}))
        self.project.write("crop", self.project.resolve("crop")["new"])
        self.project.run("push")
        self.rows = [self.read(feature) for feature in FEATURES]

    def read(self, feature: str, *options: str) -> bytes:
        path = self.project.folder / "read.arrow"
        self.project.run("metadata", "read", feature, "--to", str(path), *options)
        return path.read_bytes()

    def names(self) -> list[str]:
        listed = json.loads(self.project.run("snapshot", "list", "--format", "json"))
        return [each["name"] for each in listed["snapshots"]]

    def tags(self) -> int:
        return len(list(self.store.glob("*.lance/_refs/tags/*.json")))

    def killed_at(self, change: int, *arguments: str) -> Done:
        ours = {
            "LD_PRELOAD": os.environ["METAXY_KILL_SHIM"],
            "METAXY_TEST_KILL_UNDER": str(self.store),
            "METAXY_TEST_KILL_AT": str(change),
        }
        self.project.variables.update(ours)
        done = self.project.call(*arguments)
        for name in ours:
            del self.project.variables[name]
        self.assertIn(done.code, (0, -signal.SIGKILL), done.err)
        return done

    def check(self, change: int) -> bool:
        """Whether the snapshot is there; then it is whole."""
        there = self.names() == ["s"]
        self.assertTrue(there or not self.names(), f"change {change}")
        if there:
            self.assertEqual([self.read(feature, "--at", "s") for feature in FEATURES], self.rows, f"change {change}")
        return there

    def collect(self) -> int:
        """Removes what is left of killed processes, and tells how many tags that were."""
        removed = json.loads(self.project.run("snapshot", "gc", "--older-than", "0s", "--format", "json"))["removed"]
        return len(removed)

    def test_creation(self) -> None:
        there, left, done = 0, 0, False
        change = 0
        while not done:
            change += 1
            done = self.killed_at(change, "snapshot", "create", "s").code == 0
            if self.check(change):
                there += 1
                self.project.run("snapshot", "delete", "s", "--yes")
            else:
                self.assertFalse(done)
            left += self.collect()
            self.assertEqual(self.tags(), 0, f"change {change}")
        # Three tags and a record are many changes; some of the processes died with tags made, some after the commit.
        self.assertGreater(change, 12)
        self.assertGreater(left, 3)
        print(f"creation: killed at {change - 1} changes, {there - 1} of them after the commit; {left} tags were left")
        self.assertNotIn("has no snapshot", self.project.run("doctor"))
        self.project.write("raw/video", videos({"c": "ww"}))

    def test_deletion(self) -> None:
        gone, left, done = 0, 0, False
        change = 0
        self.project.run("snapshot", "create", "s")
        # Of the same store each time: an attempt that finds files of killed ones makes more changes.
        kept = self.store.with_name("kept")
        shutil.copytree(self.store, kept)
        while not done:
            change += 1
            shutil.rmtree(self.store)
            shutil.copytree(kept, self.store)
            done = self.killed_at(change, "snapshot", "delete", "s", "--yes").code == 0
            gone += not self.check(change)
            left += self.collect()
            self.assertEqual(self.tags(), 3 if self.names() else 0, f"change {change}")
        self.assertGreater(change, 6)
        self.assertGreater(gone, 1)
        self.assertGreater(left, 1)
        print(f"deletion: killed at {change - 1} changes, {gone - 1} of them after the commit; {left} tags were left")


if __name__ == "__main__":
    unittest.main()
