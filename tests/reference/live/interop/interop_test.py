#!/usr/bin/env python3
"""The Python package and the program on one store: what one has written, the other reads, resolves and continues.

METAXY_PROGRAM=build/release/bin/metaxy python interop_test.py [-k NAME]
"""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from typing import Any

import polars as pl
from sides import BY_FIELD, DATA_VERSION, DATA_VERSION_BY_FIELD, PARTS, Program, Reference, Side, difference

VIDEO = {"key": "raw/video", "id_columns": ["id"], "fields": ["audio", {"key": "frames/key", "code_version": "2"}]}
CROP = {"key": "crop", "id_columns": ["id"], "deps": ["raw/video"], "fields": ["audio", "frames/key"]}
TEXT = {
    "key": "text-of/crop",
    "id_columns": ["id"],
    "deps": [{"feature": "crop", "select": ["length"]}],
    "fields": [{"key": "words", "deps": [{"feature": "crop", "fields": ["audio"]}]}],
}
CHAIN = [VIDEO, CROP, TEXT]


def lineage(kind: str, *on: str) -> dict[str, Any]:
    return {"relationship": {"type": kind, "on": list(on)}}


FRAMES = {
    "key": "frames",
    "id_columns": ["id", "n"],
    "deps": [{"feature": "raw/video", "lineage": lineage("1:N", "id")}],
}
SUMMARY = {"key": "summary", "id_columns": ["id"], "deps": [{"feature": "frames", "lineage": lineage("N:1", "id")}]}
NOTES = {"key": "raw/notes", "id_columns": ["video"], "fields": ["note"]}
REPORT = {
    "key": "report",
    "id_columns": ["id"],
    "deps": ["summary", {"feature": "raw/notes", "rename": {"video": "id", "length": "note_length"}, "optional": True}],
}
LINEAGES = [VIDEO, FRAMES, SUMMARY, NOTES, REPORT]


def videos(
    versions: dict[str, str], ids: str = "id", fields: tuple[str, ...] = ("audio", "frames_key")
) -> pl.DataFrame:
    """A row per id; a version is a letter per field."""
    rows = [dict(zip(fields, text)) for text in versions.values()]
    return pl.DataFrame(
        {ids: list(versions), "length": list(range(len(versions))), BY_FIELD: rows},
        schema={ids: pl.String, "length": pl.Int64, BY_FIELD: pl.Struct({f: pl.String for f in fields})},
    )


FIRST = {"a": "xy", "b|é": "xy", "日本": "uv"}
SECOND = {"a": "xy", "b|é": "xZ", "日本": "Uv", "new": "pq"}


class InteropTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="metaxy-interop-")
        self.addCleanup(directory.cleanup)
        self.folder = Path(directory.name)

    def sides(self, specs: list[dict[str, Any]], **settings: Any) -> list[Side]:
        return [Program(self.folder, specs, **settings), Reference(self.folder, specs, **settings)]

    def both_ways(self, specs: list[dict[str, Any]], **settings: Any) -> Any:
        """The two sides in both orders, each time on a new store."""
        for turn in (0, 1):
            store = self.folder / f"store-{turn}"
            pair = self.sides(specs, store=store, **settings)
            yield pair[turn], pair[1 - turn]

    def assert_same(self, left: pl.DataFrame, right: pl.DataFrame, where: str) -> None:
        self.assertIsNone(difference(left, right), where)

    def assert_counts(self, side: Side, feature: str, *counts: int, samples: pl.DataFrame | None = None) -> None:
        parts = side.resolve(feature, samples)
        self.assertEqual(tuple(parts[p].height for p in PARTS), counts, f"{side.name} resolves {feature}")

    def assert_agree(self, sides: tuple[Side, Side], features: list[str]) -> None:
        """Both read and resolve the same."""
        for feature in features:
            for options in (
                {},
                {"with_feature_history": True, "with_sample_history": True, "include_soft_deleted": True},
            ):
                self.assert_same(*(side.read(feature, **options) for side in sides), f"read {feature} {options}")
            if not feature.startswith("raw/"):
                parts = [side.resolve(feature) for side in sides]
                for part in PARTS:
                    self.assert_same(parts[0][part], parts[1][part], f"resolve {feature}: {part}")

    def test_what_one_has_written_the_other_goes_on_with(self) -> None:
        for first, second in self.both_ways(CHAIN):
            first.update("raw/video", videos(FIRST))
            first.update("crop", length=pl.lit(1))
            first.update("text-of/crop", words=pl.lit("w"))
            # The other side finds nothing to do, with the same samples.
            self.assert_counts(second, "raw/video", 0, 0, 0, samples=videos(FIRST))
            for feature in ("crop", "text-of/crop"):
                self.assert_counts(second, feature, 0, 0, 0)
            # It continues with other samples ...
            parts = second.update("raw/video", videos(SECOND))
            self.assertEqual([parts[p].height for p in PARTS], [1, 2, 0])
            self.assert_agree((first, second), ["raw/video", "crop", "text-of/crop"])
            second.update("crop", length=pl.lit(2))
            # ... and the first one sees their dependents: texts depend only on the audio.
            self.assert_counts(first, "text-of/crop", 1, 1, 0)
            first.update("text-of/crop", words=pl.lit("other"))
            for side in (first, second):
                self.assert_counts(side, "text-of/crop", 0, 0, 0)
            self.assert_agree((first, second), ["raw/video", "crop", "text-of/crop"])

    def test_lineages(self) -> None:
        for first, second in self.both_ways(LINEAGES):
            sides = (first, second)
            first.write("raw/video", videos(FIRST))
            second.write("raw/notes", videos({"a": "n", "lonely": "m"}, "video", ("note",)))
            for turn, side in enumerate((first, second, first)):
                parts = side.resolve("frames")
                for part in ("new", "stale"):
                    rows = parts[part].with_columns(n=pl.lit([0, 1, 2])).explode("n")
                    if rows.height:
                        side.write("frames", rows)
                parts = sides[turn % 2].resolve("summary")
                for part in ("new", "stale"):
                    rows = parts[part].unique("id").drop("n")
                    if rows.height:
                        side.write("summary", rows)
                sides[1 - turn % 2].update("report")
                self.assert_agree(sides, ["frames", "summary", "report"])
                for each in sides:
                    self.assert_counts(each, "report", 0, 0, 0)
                sides[turn % 2].write("raw/video", videos({"a": "xyz"[: turn + 1] * 2, "日本": "uv"}))

    def test_null_ids_of_optional_parents(self) -> None:
        """Null ids match nothing, so both parents have a row of the sample, in one write: the first one wins."""
        left = {"key": "raw/left", "id_columns": ["id"], "fields": ["f"]}
        right = {"key": "raw/right", "id_columns": ["id"], "fields": ["g"]}
        deps = [
            {"feature": "raw/left", "optional": True},
            {"feature": "raw/right", "optional": True, "rename": {"length": "l"}},
        ]
        specs = [left, right, {"key": "both", "id_columns": ["id"], "deps": deps, "fields": ["h"]}]

        def rows(count: int, field: str) -> pl.DataFrame:
            ids = [None, *(f"{field}{i}" for i in range(count - 2)), "shared"]
            frame = videos({str(i): field for i in range(count)}, fields=(field,))
            return frame.with_columns(pl.Series("id", ids, pl.String))

        for counts in ((2, 5), (5, 2), (3, 3)):
            with self.subTest(counts):
                seen = []
                for make in (Program, Reference):
                    side = make(self.folder, specs, store=self.folder / f"{make.__name__}-{counts}")
                    side.write("raw/left", rows(counts[0], "f"))
                    side.write("raw/right", rows(counts[1], "g"))
                    side.update("both")
                    seen.append(side.read("both"))
                self.assert_same(*seen, "read both")

    def test_deletes(self) -> None:
        for first, second in self.both_ways(CHAIN):
            sides = (first, second)
            first.update("raw/video", videos(FIRST))
            second.update("crop")
            first.delete("raw/video", ["id = 'a'"])
            self.assert_agree(sides, ["raw/video", "crop"])
            self.assert_counts(second, "crop", 0, 0, 1)
            second.delete("crop", ["id IN ('a', 'none')"])
            self.assert_counts(first, "crop", 0, 0, 0)
            second.update("raw/video", videos(FIRST))
            self.assert_counts(first, "crop", 1, 0, 0)
            first.update("crop")
            self.assert_agree(sides, ["raw/video", "crop"])

    def test_hard_deletes_of_the_program(self) -> None:
        program, reference = self.sides(CHAIN)
        reference.update("raw/video", videos(FIRST))
        program.update("crop")
        program.delete("raw/video", ["id = 'a' OR length > 1"], soft=False)
        self.assertEqual(reference.read("raw/video")["id"].to_list(), ["b|é"])
        self.assert_counts(reference, "crop", 0, 0, 2)
        program.delete("crop", [], soft=False)
        self.assert_counts(reference, "crop", 1, 0, 0)
        reference.update("crop")
        self.assert_agree((program, reference), ["raw/video", "crop"])

    def test_data_versions_of_the_users_own(self) -> None:
        for first, second in self.both_ways(CHAIN):
            first.update("raw/video", videos(FIRST))
            own = pl.struct(pl.lit("mine").alias("audio"), pl.col(DATA_VERSION_BY_FIELD).struct.field("frames_key"))
            for part, other in (("new", videos(SECOND)), ("stale", videos(FIRST))):
                rows = first.resolve("crop")[part].with_columns(own.alias(DATA_VERSION_BY_FIELD)).drop(DATA_VERSION)
                first.write("crop", rows.with_columns(length=pl.lit(1)))
                second.update("text-of/crop")
                self.assert_agree((first, second), ["crop", "text-of/crop"])
                # Changed audio, but one custom data version: texts are unchanged.
                first.update("raw/video", other)
            self.assert_counts(second, "text-of/crop", 0, 0, 0)

    def test_hash_algorithms_and_lengths(self) -> None:
        lengths = {"xxhash64": 16, "xxhash32": 8, "wyhash": 12, "sha256": 64, "md5": 10, "xxh3_64": 24}
        for algorithm, truncation in lengths.items():
            pair = self.sides(CHAIN, store=self.folder / algorithm, algorithm=algorithm, truncation=truncation)
            with self.subTest(algorithm):
                pair[0].update("raw/video", videos(FIRST))
                pair[1].update("crop", length=pl.lit(1))
                pair[0].update("text-of/crop")
                self.assert_agree((pair[0], pair[1]), ["raw/video", "crop", "text-of/crop"])
                self.assert_counts(pair[1], "text-of/crop", 0, 0, 0)

    def test_new_versions_of_the_code(self) -> None:
        for first, second in self.both_ways(CHAIN):
            first.update("raw/video", videos(FIRST))
            first.update("crop", length=pl.lit(1))
            second.update("text-of/crop")
            changed = {**CROP, "fields": ["audio", {"key": "frames/key", "code_version": "x"}]}
            for side in (first, second):
                side.define([VIDEO, changed, TEXT])
            self.assert_agree((first, second), ["crop", "text-of/crop"])
            self.assert_counts(first, "crop", 3, 0, 0)
            second.update("crop", length=pl.lit(1))
            # The texts' version is unchanged: they depend only on the audio.
            self.assert_counts(first, "text-of/crop", 0, 0, 0)
            for side in (first, second):
                side.define(CHAIN)
            self.assert_agree((first, second), ["crop", "text-of/crop"])

    def test_pushes(self) -> None:
        for first, second in self.both_ways(CHAIN):
            self.assertEqual(first.push(), second.push())
            system = "metaxy_system__feature_versions"
            before = table(first, system)
            self.assertEqual(before.height, 3, "the second push of the same definitions records nothing")
            changed = {**VIDEO, "description": "other words"}
            for side in (first, second):
                side.define([changed, CROP, TEXT])
            version = second.push()
            self.assertNotEqual(version, before["metaxy_project_version"][0])
            self.assertEqual(first.push(), version)
            after = table(first, system)
            self.assertEqual(after.height, 6)
            latest = after.filter(pl.col("metaxy_project_version") == version).sort("feature_key")
            self.assertEqual(latest["feature_key"].to_list(), ["crop", "raw/video", "text-of/crop"])

    def test_locks(self) -> None:
        for first, second in self.both_ways([VIDEO, CROP], project="up"):
            first.update("raw/video", videos(FIRST))
            first.update("crop", length=pl.lit(1))
            first.push()
            pair = [
                type(side)(self.folder, [TEXT], store=side.settings["store"], project="down")
                for side in (first, second)
            ]
            descriptions = []
            for locking, reading in (pair, pair[::-1]):
                locking.lock_file.unlink(missing_ok=True)
                locking.lock()
                descriptions += [reading.describe_locked(), locking.describe_locked()]
            self.assertIn("raw/video", descriptions[0])
            self.assertEqual(
                len(set(descriptions)), 1, "a lock file says the same whoever wrote it and whoever reads it"
            )

    def test_a_store_of_the_program_grows_and_python_reads_it(self) -> None:
        program, reference = self.sides(CHAIN)
        program.update("raw/video", videos(FIRST))
        program.write("raw/video", videos({"c": "rs"}).with_columns(rating=pl.lit(0.5), tags=pl.lit(["x", "y"])))
        self.assert_agree((program, reference), ["raw/video"])
        grown = {**VIDEO, "fields": [*VIDEO["fields"], "subtitles"]}
        for side in (program, reference):
            side.define([grown, CROP, TEXT])
        more = videos({"a": "xys", "d": "rst"}, fields=("audio", "frames_key", "subtitles"))
        self.assert_counts(program, "raw/video", 2, 0, 0, samples=more)
        program.update("raw/video", more)
        self.assert_agree((program, reference), ["raw/video"])
        reference.update("crop")
        self.assert_counts(program, "crop", 0, 0, 0)


def table(side: Side, name: str) -> pl.DataFrame:
    """A table of the store, unchanged."""
    import lancedb

    return pl.from_arrow(lancedb.connect(str(side.settings["store"])).open_table(name).to_arrow())  # type: ignore[return-value]


if __name__ == "__main__":
    unittest.main(verbosity=2)
