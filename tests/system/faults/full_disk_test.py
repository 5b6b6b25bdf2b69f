"""A disk that is really full: the store lies on a small file system of its own, in a mount namespace.

unshare --user --map-root-user --mount python full_disk_test.py      with METAXY_PROGRAM
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "targets"))
import polars as pl  # noqa: E402
from project import Project, videos  # noqa: E402

FIRST = {"a": "xy", "b": "xy"}


def large(mebibytes: int) -> pl.DataFrame:
    """Rows that compress to about half their length at best: random digits."""
    rows = videos({f"row-{i}": "xy" for i in range(mebibytes * 16)})
    return rows.with_columns(text=pl.Series([os.urandom(1 << 16).hex() for _ in range(rows.height)]))


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.disk = tempfile.mkdtemp(prefix="metaxy-disk-")
        self.addCleanup(lambda: Path(self.disk).rmdir())
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", self.disk], check=True)
        self.addCleanup(lambda: subprocess.run(["umount", self.disk], check=True))
        self.project = Project({"dev": {"uri": f"{self.disk}/store"}})
        self.addCleanup(self.project.directory.cleanup)

    def assert_full(self, *command: str):
        done = self.project.call(*command)
        self.assertEqual(done.code, 3, done.err)
        self.assertRegex(done.err, r"raw/video|raw__video")
        self.assertIn("No space left on device", done.err)
        self.assertEqual(len(done.err.strip().splitlines()), 1, done.err)

    def write_too_much(self):
        self.assert_full("metadata", "write", "raw/video", "--from", self.project.file(large(6)))

    def test_a_write_that_does_not_fit_leaves_what_was_there(self):
        self.project.write("raw/video", videos(FIRST))
        self.write_too_much()
        self.assertEqual(self.project.ids("raw/video"), ["a", "b"])

    def test_room_is_all_it_takes_to_go_on(self):
        self.project.write("raw/video", videos(FIRST))
        (Path(self.disk) / "ballast").write_bytes(bytes(3 << 20))
        self.write_too_much()
        (Path(self.disk) / "ballast").unlink()
        self.project.write("raw/video", videos({"c": "xy"}))
        self.assertEqual(self.project.ids("raw/video"), ["a", "b", "c"])

    def test_a_first_write_that_does_not_fit_leaves_no_table(self):
        self.write_too_much()
        done = self.project.call("metadata", "read", "raw/video", "--to", str(self.project.folder / "none.parquet"))
        self.assertEqual(done.code, 2, done.err)
        self.assertIn("has no table", done.err)
        self.project.write("raw/video", videos(FIRST))
        self.assertEqual(self.project.ids("raw/video"), ["a", "b"])

    def test_a_compaction_that_does_not_fit_leaves_what_was_there(self):
        half = large(1)
        for name in ("x", "y"):
            self.project.write("raw/video", half.with_columns(id=pl.lit(name) + half["id"]))
        before = self.project.ids("raw/video")
        (Path(self.disk) / "ballast").write_bytes(bytes(3 << 19))
        self.assert_full("metadata", "compact", "raw/video")
        self.assertEqual(self.project.ids("raw/video"), before)


if __name__ == "__main__":
    unittest.main()
