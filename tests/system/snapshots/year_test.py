"""Snapshots after a year of work by the package and by the program on one store: the same bytes.

    METAXY_PROGRAM=build/release/bin/metaxy python year_test.py

A month goes by when all files become a month older. In each of them both languages write, samples are deleted, tables are
compacted, old versions pruned, history removed; in five of them a definition or a type changes.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "reference/live/interop"))
import lancedb  # noqa: E402
import polars as pl  # noqa: E402
from sides import BY_FIELD, Program, Reference, Refused  # noqa: E402

MONTH = 30 * 86400
VIDEO, CROP = "raw/video", "crop"
MONTHS = 12
SNAPSHOTS = {"start": 0, "spring": 3, "summer": 6}


def specs(month: int) -> list[dict[str, Any]]:
    """The definitions: a field more, other code, a field more of the child."""
    fields = ["audio", "frames"] if month < 3 else ["audio", "frames", "subtitles"]
    crop = [{"key": "audio", "code_version": "1" if month < 5 else "2"}]
    if month >= 9:
        crop.append({"key": "scenes", "code_version": "1"})
    return [
        {"key": VIDEO, "id_columns": ["id"], "fields": fields},
        {"key": CROP, "id_columns": ["id"], "deps": [VIDEO], "fields": crop},
    ]


def rows(month: int, ids: list[str]) -> pl.DataFrame:
    """Columns: one more from the first month on, a wider type from the seventh on."""
    fields = specs(month)[0]["fields"]
    frame = pl.DataFrame({"id": ids, BY_FIELD: [dict.fromkeys(fields, f"v{month}") for _ in ids]})
    frame = frame.with_columns(pl.lit(month, pl.Int32 if month < 7 else pl.Int64).alias("score"))
    return frame if month < 1 else frame.with_columns(note=pl.lit(f"month {month}"))


class Year(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="metaxy-year-")
        self.addCleanup(directory.cleanup)
        self.folder = Path(directory.name)
        self.store = self.folder / "store"
        self.program = Program(self.folder, specs(0))
        self.package = Reference(self.folder, specs(0))

    def files(self) -> list[Path]:
        return [path for path in self.store.rglob("*") if path.is_file()]

    def let_a_month_pass(self) -> None:
        for path in self.files():
            before = path.stat().st_mtime - MONTH
            os.utime(path, (before, before))

    def at(self, snapshot: str) -> list[bytes]:
        """Everything that is read of a snapshot: the latest rows, and all of them."""
        path = self.folder / "read.arrow"
        everything = []
        for feature in (VIDEO, CROP):
            for more in ([], ["--with-sample-history", "--with-feature-history", "--include-soft-deleted"]):
                self.program.run("metadata", "read", feature, "--at", snapshot, "--to", str(path), *more)
                everything.append(path.read_bytes())
        resolved = json.loads(self.program.run("metadata", "resolve", CROP, "--at", snapshot, "--format", "json"))
        # How the answer was found may differ, the answer may not.
        del resolved["delta"]
        return [*everything, json.dumps(resolved).encode()]

    def work(self, month: int) -> None:
        for side in (self.program, self.package):
            side.define(specs(month))
        # What changes a table is written by the program first.
        first, second = (self.program, self.package) if month % 2 else (self.package, self.program)
        first.write(VIDEO, rows(month, [f"m{month}", "a", "b"]))
        second.write(VIDEO, rows(month, [f"n{month}", "b", "c"]))
        first.update(CROP)
        if month > 1:
            # A hard delete by the package needs ibis.
            side, soft = (second, True) if month % 3 == 0 else (self.program, False)
            side.delete(VIDEO, [f"id = 'm{month - 1}'"], soft=soft)
        left = second.resolve(CROP)
        self.assertEqual((left["new"].height, left["stale"].height), (0, 0))
        self.assertEqual(first.read(VIDEO).height, second.read(VIDEO).height)

    def optimize(self, table: str) -> str:
        """By the Python client of LanceDB: compaction, then what it says about old versions."""
        opened = lancedb.connect(self.store).open_table(table)
        try:
            opened.optimize(cleanup_older_than=datetime.timedelta(0), delete_unverified=False)
        except RuntimeError as error:
            return str(error)
        return ""

    def versions(self, table: str) -> int:
        return len(list((self.store / f"{table}.lance" / "_versions").glob("*.manifest")))

    def test_year(self) -> None:
        kept: dict[str, list[bytes]] = {}
        removed = 0
        for month in range(MONTHS):
            self.work(month)
            for name in (name for name, made in SNAPSHOTS.items() if made == month):
                self.program.run("snapshot", "create", name)
                kept[name] = self.at(name)
            self.let_a_month_pass()
            done = self.program.run(
                *("metadata", "compact", "--all-features", "--older-than", "7d", "--format", "json"),
                *(("--keep-history", "1", "--drop-deleted-older-than", "0s") if month % 4 == 3 else ()),
            )
            removed += sum(each["versions_removed"] for each in json.loads(done)["features"])
        for name, before in kept.items():
            self.assertEqual(self.at(name), before, name)
        self.assertEqual(len({read[0] for read in kept.values()}), len(kept), "each has other rows")
        # What no snapshot needs is gone.
        self.assertGreater(removed, 3 * MONTHS)
        self.assertLessEqual(self.versions("raw__video"), len(SNAPSHOTS) + 6)
        # LanceDB for Python does not remove tagged versions either: it says so, and removes none.
        said = self.optimize("raw__video")
        self.assertIn("metaxy-snapshot.start.", said)
        for name, before in kept.items():
            self.assertEqual(self.at(name), before, name)
        self.work(MONTHS)
        counted = json.loads(self.program.run("snapshot", "diff", "start", "--format", "json"))["features"]
        self.assertEqual([each["feature"] for each in counted], [VIDEO, CROP])
        self.assertGreater(min(each["added"] for each in counted), 10)
        # Without snapshots it goes on as ever.
        size = sum(path.stat().st_size for path in self.files())
        for name in SNAPSHOTS:
            self.program.run("snapshot", "delete", name, "--yes")
        self.let_a_month_pass()
        self.program.run("metadata", "compact", "--all-features", "--older-than", "7d")
        self.assertLess(sum(path.stat().st_size for path in self.files()), size)
        self.assertEqual(self.optimize("raw__video"), "")
        self.assertEqual(self.package.read(VIDEO).height, self.program.read(VIDEO).height)
        with self.assertRaisesRegex(Refused, "there is no snapshot 'start'"):
            self.at("start")
        print(f"{MONTHS} months, {len(SNAPSHOTS)} snapshots: the same bytes; {removed} other versions removed")


if __name__ == "__main__":
    unittest.main()
