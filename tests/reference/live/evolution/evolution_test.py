"""A feature that changes five times: the program writes and resolves at every step, and the Python package reads and
resolves the result.
"""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import polars as pl
from both import BY_FIELD, Both, spec

# Fields with their code versions, and the columns of the rows of that revision.
REVISIONS = [
    ({"audio": "1"}, {"n": pl.Series([1], dtype=pl.Int32)}),
    ({"audio": "1", "frames": "1"}, {"n": pl.Series([2], dtype=pl.Int32)}),  # a field added
    (
        {"audio": "1", "frames": "1"},
        {"n": pl.Series([3_000_000_000]), "title": pl.Series(["t"])},
    ),  # widened, a column added
    ({"audio": "1", "images": "1"}, {"title": pl.Series(["u"])}),  # a field renamed
    ({"images": "1"}, {"n": pl.Series([5]), "score": pl.Series([0.5], dtype=pl.Float32)}),  # a field removed
    ({"images": "2"}, {"score": pl.Series([0.1]), "tags": pl.Series([["x", "y"]])}),  # changed, widened again
]


class EvolutionTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def evolve(self, both: Both) -> None:
        """The parent of both layouts evolves; `below` follows it."""
        for step, (fields, columns) in enumerate(REVISIONS):
            with self.subTest(step=step):
                both.define(spec("video", fields), spec("below", {"all": "1"}, ["video"]))
                row = {"id": f"s{step}", BY_FIELD: [{name: f"{name}{step}" for name in fields}]}
                both.write("video", pl.DataFrame({**row, **columns}))
                # The changed version of the feature has no rows of older ones; the unchanged one has two.
                expected = 1
                self.assertEqual(both.counts("below")[0], expected)
                both.update("below")
                self.assertEqual(both.counts("below")[0], 0)

    def test_python_reads_and_resolves_what_the_program_made(self) -> None:
        both = Both(Path(self.folder.name))
        self.evolve(both)
        table = both.table("video")
        self.assertEqual(table.num_rows, len(REVISIONS))
        self.assertEqual(sorted(table["n"].to_pylist(), key=str), sorted([1, 2, 3_000_000_000, None, 5, None], key=str))
        self.assertEqual(str(table.schema.field("n").type), "int64")
        self.assertEqual(str(table.schema.field("score").type), "double")
        # All of the history.
        history = both.python_read("video", with_feature_history=True, with_sample_history=True)
        self.assertEqual(sorted(history["id"]), [f"s{i}" for i in range(len(REVISIONS))])
        by_id = {row["id"]: row for row in history.iter_rows(named=True)}
        for step, (fields, _) in enumerate(REVISIONS):
            stored = {k: v for k, v in by_id[f"s{step}"][BY_FIELD].items() if v is not None}
            self.assertEqual(stored, {name: f"{name}{step}" for name in fields})
        # And what is current.
        self.assertEqual(both.python_read("video")["id"].to_list(), ["s5"])
        self.assertEqual(both.python_counts("below"), (0, 0, 0))
        self.assertEqual(both.counts("below"), (0, 0, 0))

    def test_tables_of_older_formats_grow_too(self) -> None:
        import lancedb

        both = Both(Path(self.folder.name))
        both.define(spec("video", {"audio": "1"}))
        both.write("video", pl.DataFrame({"id": ["a"], BY_FIELD: [{"audio": "1"}]}))
        rows = both.table("video")
        for version in ("2.0", "2.1"):
            database = lancedb.connect(
                str(both.folder / "store"), storage_options={"new_table_data_storage_version": version}
            )
            database.create_table("video", rows, mode="overwrite")
            both.define(spec("video", {"audio": "1", "frames": "1"}))
            both.write("video", pl.DataFrame({"id": ["b"], BY_FIELD: [{"audio": "2", "frames": "3"}], "n": [1]}))
            self.assertEqual(sorted(both.python_read("video", with_feature_history=True)["id"]), ["a", "b"])
            both.define(spec("video", {"audio": "1"}))

    def test_tables_of_others_keep_their_types(self) -> None:
        """Made without metaxy's large strings and lists, which a table from another program may lack."""
        import lancedb
        import pyarrow as pa

        both = Both(Path(self.folder.name))
        both.define(spec("video", {"audio": "1"}))
        first = {"id": ["a"], "t": ["x"], "l": [["x"]], BY_FIELD: [{"audio": "1"}]}
        both.write("video", pl.DataFrame(first))
        small = {"id": pa.string(), "t": pa.string(), "l": pa.list_(pa.string())}
        table = both.table("video")
        schema = pa.schema([field.with_type(small.get(field.name, field.type)) for field in table.schema])
        database = lancedb.connect(str(both.folder / "store"))
        database.create_table("video", table.cast(schema), mode="overwrite")
        both.write("video", pl.DataFrame({**first, "id": ["b"], "t": ["y"]}))
        both.python_write("video", pl.DataFrame({**first, "id": ["c"], "t": ["z"]}))
        stored = both.table("video")
        self.assertEqual(stored.schema.field("t").type, pa.string())
        self.assertEqual(
            sorted(zip(stored["id"].to_pylist(), stored["t"].to_pylist())), [("a", "x"), ("b", "y"), ("c", "z")]
        )
        self.assertEqual(sorted(both.python_read("video")["t"]), ["x", "y", "z"])

    def test_python_cannot_append_to_what_was_widened_meanwhile(self) -> None:
        """Its rows would have columns that were removed; it has to reopen the table."""
        import lancedb

        both = Both(Path(self.folder.name))
        both.define(spec("video", {"audio": "1"}))
        row = {"id": ["a"], BY_FIELD: [{"audio": "1"}]}
        both.write("video", pl.DataFrame({**row, "n": pl.Series([1], dtype=pl.Int32)}))
        opened_before = lancedb.connect(str(both.folder / "store")).open_table("video")
        narrow = opened_before.to_arrow()
        both.write("video", pl.DataFrame({**row, "n": pl.Series([3_000_000_000])}))
        with self.assertRaisesRegex(RuntimeError, "Append"):
            opened_before.add(narrow)
        self.assertEqual(both.table("video")["n"].to_pylist(), [1, 3_000_000_000])

    def test_maps_and_structs_are_one_to_the_program(self) -> None:
        both = Both(Path(self.folder.name), enable_map_datatype=True)
        self.evolve(both)
        self.assertTrue(str(both.table("video").schema.field(BY_FIELD).type).startswith("map<"))
        both.run("metadata", "migrate", "video", "--to", "map")
        both.run("metadata", "migrate", "--all-features", "--to", "struct", "--dry-run")
        self.assertTrue(str(both.table("video").schema.field(BY_FIELD).type).startswith("map<"))
        both.run("metadata", "migrate", "--all-features", "--to", "struct")
        self.assertTrue(str(both.table("video").schema.field(BY_FIELD).type).startswith("struct<"))
        self.assertEqual(both.counts("below"), (0, 0, 0))
        self.assertEqual(both.python_counts("below"), (0, 0, 0))
        both.run("metadata", "migrate", "below", "--to", "map")
        self.assertEqual(both.counts("below"), (0, 0, 0))
        self.assertEqual(both.table("video").num_rows, len(REVISIONS))


if __name__ == "__main__":
    unittest.main(verbosity=2)
