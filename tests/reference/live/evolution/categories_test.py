"""Categorical columns are stored as the Python package stores them, and Python reads extended ones."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import polars as pl
import pyarrow as pa
from both import BY_FIELD, Both, spec

LEVEL = pl.Enum(["low", "high"])
COLUMNS = {
    "enum": pl.Series(["high", None, "low"], dtype=LEVEL),
    "categorical": pl.Series(["p", "q", None], dtype=pl.Categorical),
    "named": pl.Series(["p", "q", None], dtype=pl.Categorical(pl.Categories("names", "space", pl.UInt8))),
    "enums": pl.Series([["low"], [], None], dtype=pl.List(LEVEL)),
    "inside": pl.Series(
        [{"e": "low", "c": "p"}, {"e": None, "c": "q"}, None], dtype=pl.Struct({"e": LEVEL, "c": pl.Categorical})
    ),
}


def rows(ids: pl.Series, **columns: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"id": ids, BY_FIELD: [{"audio": "1"}] * len(ids), **columns})


class CategoriesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.both = Both(Path(self.folder.name))
        self.both.define(
            *(spec(name, {"audio": "1"}) for name in ("ours", "theirs")),
            *(spec(f"below_{name}", {"all": "1"}, [name]) for name in ("ours", "theirs")),
        )

    def described(self, feature: str) -> dict[str, tuple[str, str]]:
        """Types with their annotations, in the table and for a reader in Python."""
        stored = self.both.table(feature).select(["id", *COLUMNS]).schema
        read = self.both.python_read(feature).schema
        return {name: (pa.schema([stored.field(name)]).to_string(), str(read[name])) for name in stored.names}

    def test_tables_are_equal(self) -> None:
        ids = {
            "texts": pl.Series(["a", "b", "c"]),
            "enum": pl.Series(["a", "b", "c"], dtype=pl.Enum(["c", "b", "a"])),
            "long enum": pl.Series(["7", "8", "299"], dtype=pl.Enum([str(i) for i in range(300)])),
            "categorical": pl.Series(["a", "b", "c"], dtype=pl.Categorical),
        }
        for what, series in ids.items():
            with self.subTest(ids=what):
                given = rows(series, **COLUMNS)
                self.both.write("ours", given)
                self.both.python_write("theirs", given)
                self.assertEqual(self.described("ours"), self.described("theirs"))
                ours, theirs = (self.both.python_read(name).select("id", *COLUMNS) for name in ("ours", "theirs"))
                self.assertEqual(ours.sort("id").to_dicts(), theirs.sort("id").to_dicts())
                self.both.update("below_ours")
                self.both.python_update("below_theirs")
                self.assertEqual(self.described("below_ours"), self.described("below_theirs"))
                for feature in ("ours", "theirs", "below_ours", "below_theirs"):
                    self.both.drop(feature)

    def test_python_reads_columns_that_came_later(self) -> None:
        self.both.write("ours", rows(pl.Series(["a"])))
        self.both.write("ours", rows(pl.Series(["b", "c", "d"]), **COLUMNS))
        read = self.both.python_read("ours").sort("id")
        for name, series in COLUMNS.items():
            self.assertEqual(str(read.schema[name]), str(series.dtype))
            self.assertEqual(read[name].to_list(), [None, *series.to_list()])

    def test_python_reads_an_enum_that_grew(self) -> None:
        self.both.write("ours", rows(pl.Series(["a"], dtype=pl.Enum(["a"])), enum=pl.Series(["low"], dtype=LEVEL)))
        more = pl.Series(["none", "high"], dtype=pl.Enum(["none", "high"]))
        self.both.write("ours", rows(pl.Series(["b", "c"], dtype=pl.Enum(["b", "c"])), enum=more))
        read = self.both.python_read("ours")
        self.assertEqual(read.schema["enum"], pl.Enum(["low", "high", "none"]))
        self.assertEqual(sorted(zip(read["id"], read["enum"])), [("a", "low"), ("b", "none"), ("c", "high")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
