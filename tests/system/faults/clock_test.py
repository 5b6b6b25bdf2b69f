"""Machines whose clocks are days apart, in both languages, on one store.

    METAXY_PROGRAM=build/release/bin/metaxy METAXY_CLOCK_SHIM=libclock_shim.so python clock_test.py

A process gets another time by a library that is loaded before all others (tests/support/clock_shim.c).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "targets"))
import polars as pl  # noqa: E402
from project import Done, Project, videos  # noqa: E402

DAY = 86400
# The package on a machine with another time: a store, and versions by ids as in `videos`.
PACKAGE = """
import sys
from pathlib import Path
sys.path[:0] = [{targets!r}, {interop!r}]
from project import VIDEO, videos
from sides import Reference
side = Reference(Path({folder!r}), [VIDEO], store={store!r})
if sys.argv[1] == "write":
    side.write("raw/video", videos(dict(zip(sys.argv[2::2], sys.argv[3::2]))))
else:
    side.delete("raw/video", [f"id = '{{sys.argv[2]}}'"])
"""


class Clocks(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="metaxy-clock-")
        self.addCleanup(directory.cleanup)
        self.store = Path(directory.name) / "store"
        self.project = Project({"dev": {"uri": str(self.store)}})
        self.addCleanup(self.project.directory.cleanup)
        self.project.variables["LD_PRELOAD"] = os.environ["METAXY_CLOCK_SHIM"]

    def at(self, ahead: int) -> None:
        """The machines that come next are ahead by so many seconds."""
        self.project.variables["METAXY_TEST_CLOCK_AHEAD_S"] = str(ahead)

    def program(self, *arguments: str) -> Done:
        done = self.project.call(*arguments)
        self.assertEqual(done.code, 0, done.err)
        return done

    def write(self, versions: dict[str, str]) -> Done:
        return self.program("metadata", "write", "raw/video", "--from", self.project.file(videos(versions)))

    def package(self, *arguments: str) -> None:
        targets = Path(__file__).resolve().parent.parent / "targets"
        interop = targets.parents[1] / "reference/live/interop"
        text = PACKAGE.format(
            targets=str(targets), interop=str(interop), folder=str(self.project.folder), store=str(self.store)
        )
        command = [sys.executable, "-B", "-c", text, *arguments]
        subprocess.run(command, env=self.project.variables, check=True, stdin=subprocess.DEVNULL, timeout=120)

    def sound(self) -> dict[str, str]:
        rows = self.project.read("raw/video")
        return dict(zip(rows["id"], (each["audio"] for each in rows["metaxy_provenance_by_field"])))

    def test_a_write_of_a_machine_that_is_behind_counts(self) -> None:
        for ahead in (0, 9 * DAY, -9 * DAY, -400 * DAY):
            with self.subTest(ahead=ahead):
                self.at(ahead)
                letter = "abcd"[(0, 9 * DAY, -9 * DAY, -400 * DAY).index(ahead)]
                done = self.write({"x": letter + "y"})
                self.assertEqual(self.sound(), {"x": letter})
                self.assertEqual("this machine's clock" in done.err, ahead < 0, done.err)

    def test_a_deletion_of_a_machine_that_is_behind_counts(self) -> None:
        self.at(5 * DAY)
        self.write({"x": "ay", "z": "ay"})
        self.at(0)
        self.program("metadata", "delete", "raw/video", "--filter", "id = 'x'")
        self.assertEqual(self.sound(), {"z": "a"})
        self.write({"x": "by"})
        self.assertEqual(self.sound(), {"x": "b", "z": "a"})

    def test_rows_of_the_package_are_followed_wherever_they_are(self) -> None:
        """Before the first row of ours, after it, and after a maintenance."""
        self.at(7 * DAY)
        self.package("write", "x", "ay")
        self.at(0)
        self.write({"x": "by"})
        self.assertEqual(self.sound(), {"x": "b"})
        self.at(11 * DAY)
        self.package("write", "x", "cy")
        self.package("delete", "x")
        self.at(-3 * DAY)
        self.write({"x": "dy"})
        self.assertEqual(self.sound(), {"x": "d"})
        self.at(13 * DAY)
        self.package("write", "x", "ey")
        self.at(0)
        self.program("metadata", "compact", "raw/video")
        self.write({"x": "fy"})
        self.assertEqual(self.sound(), {"x": "f"})

    def test_maintenance_of_a_machine_that_is_ahead_leaves_a_write_that_is_under_way(self) -> None:
        self.maintain_beside_a_write(8 * DAY)

    def test_nor_does_one_that_is_behind(self) -> None:
        self.maintain_beside_a_write(-8 * DAY)

    def maintain_beside_a_write(self, ahead: int) -> None:
        """The writer is stopped while its file is there and no version names it."""
        self.at(0)
        self.write({"x": "ay"})
        count = 3 << 19  # A file is finished after a million rows.
        part = videos({f"n{i:04}": "xy" for i in range(1 << 10)})
        rows = pl.concat([part.with_columns(id=pl.lit(f"{i:04}-") + part["id"]) for i in range(count >> 10)])
        table = self.store / "raw__video.lance"
        known = set((table / "data").glob("*.lance"))
        writer = self.project.start("metadata", "write", "raw/video", "--from", self.project.file(rows))
        while set((table / "data").glob("*.lance")) == known:
            self.assertIsNone(writer.poll())
        writer.send_signal(signal.SIGSTOP)
        versions = len(list((table / "_versions").glob("*.manifest")))
        self.assertEqual(versions, 1, "the writer was too fast")
        self.at(ahead)
        self.program("metadata", "compact", "raw/video", "--older-than", "7d")
        for i in range(40):
            self.write({f"y{i}": "by"})
        writer.send_signal(signal.SIGCONT)
        _, message = writer.communicate(timeout=200)
        self.assertEqual(writer.returncode, 0, message)
        self.at(0)
        self.assertEqual(self.project.read("raw/video", "--columns", "id").height, count + 41)

    def test_old_versions_go_by_the_age_of_their_files(self) -> None:
        self.at(-30 * DAY)
        for letter in "abc":
            self.write({"x": letter + "y"})
        self.at(0)
        self.program("metadata", "compact", "raw/video", "--older-than", "7d")
        versions = self.store / "raw__video.lance" / "_versions"
        kept = [path for path in versions.iterdir() if path.suffix == ".manifest"]
        self.assertGreaterEqual(len(kept), 3)
        month_ago = os.stat(kept[0]).st_mtime - 30 * DAY
        for path in kept:
            os.utime(path, (month_ago, month_ago))
        self.at(-60 * DAY)
        self.write({"x": "dy"})
        self.program("metadata", "compact", "raw/video", "--older-than", "7d")
        self.assertFalse(any(path.exists() for path in kept))
        self.assertEqual(self.sound(), {"x": "d"})


if __name__ == "__main__":
    unittest.main()
