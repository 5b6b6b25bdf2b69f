"""Tables created by other programs: with blobs, indices, metadata, other file formats, and unreadable ones."""

from __future__ import annotations

import json
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path
from typing import Any

import lancedb
import pyarrow as pa
import pyarrow.parquet as pq
from both import BY_FIELD, Both, spec

BLOBS = [b"", b"one", None, b"x" * 5000, b"five"]
BLOB = {"lance-encoding:blob": "true"}
BLOB_V2 = {"ARROW:extension:name": "lance.blob.v2", "ARROW:extension:metadata": ""}


def samples(count: int, first: int = 0, **columns: pa.Array) -> pa.Table:
    ids = pa.array([f"s{i}" for i in range(first, first + count)])
    return pa.table({"id": ids, BY_FIELD: pa.array([{"audio": "1"}] * count), **columns})


class OthersTablesTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.both = Both(self.folder)
        self.both.define(spec("clip", {"audio": "1"}), spec("below", {"all": "1"}, ["clip"]))
        self.database = lancedb.connect(str(self.folder / "store"))

    def write(self, rows: pa.Table) -> None:
        pq.write_table(rows, self.folder / "rows.parquet")
        self.both.run("metadata", "write", "clip", "--from", str(self.folder / "rows.parquet"))

    def refused(
        self, *words: str, run: tuple[str, ...] = (), rows: pa.Table | None = None, code: int | None = None
    ) -> None:
        if rows is not None:
            pq.write_table(rows, self.folder / "refused.parquet")
            run = ("metadata", "write", "clip", "--from", str(self.folder / "refused.parquet"))
        before = self.stored()
        process = self.both.start(*run)
        _, error = process.communicate(timeout=120)
        self.assertNotEqual(process.returncode, 0, run)
        if code is not None:
            self.assertEqual(process.returncode, code, error)
        for word in words:
            self.assertIn(word, error)
        self.assertEqual(self.stored(), before)

    def stored(self) -> tuple[int, str]:
        table = self.database.open_table("clip")
        return table.version, table.schema.to_string(show_schema_metadata=True)

    def replace(self, change: Any, version: str = "2.2") -> Any:
        """Five samples written by the program, modified, in a table with its name that the client creates."""
        self.write(samples(5, n=pa.array(range(5), pa.int32())))
        rows = change(self.database.open_table("clip").to_arrow())
        self.database.drop_table("clip")
        return self.database.create_table("clip", rows, storage_options={"new_table_data_storage_version": version})

    def ids(self, *arguments: str) -> list[str]:
        read = json.loads(self.both.run("metadata", "read", "clip", "--columns", "id", "--format", "json", *arguments))
        return sorted(row["id"] for row in read)

    def test_blobs(self) -> None:
        v2 = pa.array(
            [None if b is None else {"data": b, "uri": None} for b in BLOBS],
            pa.struct([("data", pa.large_binary()), ("uri", pa.utf8())]),
        )
        for version, field, values in (
            ("2.0", pa.field("film", pa.large_binary(), metadata=BLOB), pa.array(BLOBS, pa.large_binary())),
            ("2.1", pa.field("film", pa.large_binary(), metadata=BLOB), pa.array(BLOBS, pa.large_binary())),
            ("2.2", pa.field("film", v2.type, metadata=BLOB_V2), v2),
        ):
            with self.subTest(version=version):
                self.replace(lambda rows: rows.append_column(field, values), version)
                name = ("column 'film'", "blobs")
                self.refused(*name, run=("metadata", "delete", "clip", "--filter", "id = 's1'"))
                self.refused(*name, rows=samples(1, 9, film=pa.array([b"new"])))
                self.refused("'film' holds blobs", rows=samples(1, 9, n=pa.array([1 << 40])))
                self.refused("'film' holds blobs", run=("metadata", "migrate", "clip", "--to", "map"))
                before = self.database.open_table("clip").schema.field("film")
                self.write(samples(1, 5, n=pa.array([7]), more=pa.array(["m"])))
                self.both.run("metadata", "delete", "clip", "--hard", "--yes", "--filter", "id = 's4'")
                self.both.run("metadata", "compact", "clip")
                self.assertEqual(self.ids(), ["s0", "s1", "s2", "s3", "s5"])
                self.assertEqual(self.database.open_table("clip").schema.field("film"), before)
                self.database.drop_table("clip")

    def test_formats_with_limits(self) -> None:
        # A column is never added for rows that the format of the table's files then cannot hold.
        shape = pa.struct([("w", pa.int64())])
        maps, lists = pa.map_(pa.string(), pa.int64()), pa.list_(shape)
        for version, column, values in (
            ("2.1", "m", pa.array([[("k", 1)]], maps)),
            ("2.0", "m", pa.array([[("k", 1)]], maps)),
            ("2.0", "m", pa.array([[[("k", 1)]]], pa.list_(maps))),
            ("2.0", "more", pa.array([None], shape)),
            ("2.0", "more", pa.array([[{"w": 1}, None]], lists)),
            ("2.0", "more", pa.array([{"s": None}], pa.struct([("s", shape)]))),
            ("2.0", "shape", pa.array([None], shape)),
            ("2.0", "shape", pa.nulls(1)),
        ):
            with self.subTest(version=version, values=values):
                self.replace(lambda rows: rows.append_column("shape", pa.array([{"w": 1}] * 5, shape)), version)
                known = {} if column == "shape" else {"shape": pa.array([{"w": 2}], shape)}
                rows = samples(1, 9, **known, **{column: values})
                self.refused(f"'{column}'", f"format {version}", "nothing was written", rows=rows, code=2)
                self.refused(
                    f"'{column}'",
                    run=("metadata", "write", "clip", "--dry-run", "--from", str(self.folder / "refused.parquet")),
                    code=2,
                )
                self.write(samples(1, 5, more=pa.array([["a"]]), shape=pa.array([{"w": None}], shape)))
                self.assertEqual(self.ids(), ["s0", "s1", "s2", "s3", "s4", "s5"])
                self.database.drop_table("clip")
        self.replace(lambda rows: rows.append_column("shape", pa.array([{"w": 1}] * 5, shape)), "2.0")
        self.refused("'shape' is missing", rows=samples(1, 9), code=2)

    def test_indices(self) -> None:
        def change(rows: pa.Table) -> pa.Table:
            vectors = pa.FixedSizeListArray.from_arrays(pa.array([float(i) for i in range(20)], pa.float32()), 4)
            return rows.append_column("vector", vectors).replace_schema_metadata({"owner": "team-a"})

        table = self.replace(change)
        table.create_scalar_index("n", index_type="BTREE")
        table.create_index("l2", num_partitions=1, vector_column_name="vector", index_type="IVF_FLAT")
        table.tags.create("kept", table.version)
        self.write(samples(2, 5, n=pa.array([5, 6]), colour=pa.array(["red", "blue"])))
        self.both.run("metadata", "delete", "clip", "--filter", "n = 1")
        self.both.run("metadata", "compact", "clip")
        self.assertEqual(self.ids("--filter", "n >= 4"), ["s4", "s5", "s6"])
        names = [index.name for index in self.database.open_table("clip").list_indices()]
        self.assertEqual(len(names), 2)
        self.refused(*names, "Drop them", rows=samples(1, 9, n=pa.array([1 << 40])))
        self.refused(*names, run=("metadata", "migrate", "clip", "--to", "map"))
        for name in names:
            self.database.open_table("clip").drop_index(name)
        self.write(samples(1, 9, n=pa.array([1 << 40])))
        table = self.database.open_table("clip")
        self.assertEqual(table.schema.field("n").type, pa.int64())
        self.assertEqual(table.schema.metadata[b"owner"], b"team-a")
        self.assertIn("kept", table.tags.list())
        self.assertEqual(self.ids(), ["s0", "s2", "s3", "s4", "s5", "s6", "s9"])

    def test_stable_row_ids(self) -> None:
        self.write(samples(5, n=pa.array(range(5), pa.int32())))
        rows = self.database.open_table("clip").to_arrow()
        self.database.drop_table("clip")
        self.database.create_table("clip", rows, storage_options={"new_table_enable_stable_row_ids": "true"})
        self.write(samples(1, 5, n=pa.array([5])))
        self.both.run("metadata", "delete", "clip", "--filter", "n = 1")
        self.both.run("metadata", "compact", "clip")
        self.write(samples(1, 6, n=pa.array([1 << 40])))
        self.both.run("metadata", "delete", "clip", "--hard", "--yes", "--filter", "n = 2")
        self.assertEqual(self.ids(), ["s0", "s3", "s4", "s5", "s6"])
        self.both.update("below")
        self.assertEqual(self.both.counts("below"), (0, 0, 0))

    def test_the_first_format(self) -> None:
        self.replace(lambda rows: rows.select(["id", "n"]), "legacy")
        for run in (("metadata", "read", "clip"), ("metadata", "compact", "clip")):
            self.refused("first file format", run=run)
        self.refused("first file format", rows=samples(1, 9))

    def test_older_formats(self) -> None:
        maps = pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64()))
        structs = pa.array([{"m": 1}])
        for version, refused, taken in (
            ("2.0", {"a map": maps, "a struct": structs}, {}),
            ("2.1", {"a map": maps}, {"v": structs}),
        ):
            with self.subTest(version=version):
                self.replace(lambda rows: rows, version)
                for what, values in refused.items():
                    self.refused(f"column 'v' has {what}", f"of format {version}", rows=samples(1, 9, v=values))
                self.write(samples(1, 5, **taken))
                self.write(samples(1, 6, items=pa.array([[{"m": 1}]])))
                self.both.run("metadata", "compact", "clip")
                self.assertEqual(self.ids(), [f"s{i}" for i in range(7)])
                self.database.drop_table("clip")

    def test_the_client_reads_every_type(self) -> None:
        numbers = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()
        plain = {
            "null": pa.nulls(2),
            "bool": pa.array([True, None]),
            **{name: pa.array([1, None], getattr(pa, name)()) for name in numbers},
            "string": pa.array(["a", None]),
            "binary": pa.array([b"a", None]),
            "fixed_binary": pa.array([b"ab", None], pa.binary(2)),
            "date32": pa.array([1, None], pa.date32()),
            "date64": pa.array([86400000, None], pa.date64()),
            **{f"time32_{unit}": pa.array([1000, None], pa.time32(unit)) for unit in ("s", "ms")},
            **{f"time64_{unit}": pa.array([1000, None], pa.time64(unit)) for unit in ("us", "ns")},
            **{f"time_{unit}": pa.array([1000, None], pa.timestamp(unit)) for unit in ("ms", "us", "ns")},
            "zoned": pa.array([1, None], pa.timestamp("us", "Europe/Berlin")),
            **{f"span_{unit}": pa.array([1000, None], pa.duration(unit)) for unit in ("ms", "us", "ns")},
            "decimal": pa.array([Decimal("1.5"), None], pa.decimal128(5, 1)),
            "category": pa.array(["a", None]).dictionary_encode(),
            "uuid": pa.array([b"1234567890abcdef", None], pa.uuid()),
        }
        fixed = {
            name: values
            for name, values in plain.items()
            if not {"string", "binary", "category"} & {name} and name not in ("null", "fixed_binary", "uuid")
        }
        columns = dict(plain)
        for name, values in plain.items():
            if name != "null":
                columns[f"struct_{name}"] = pa.StructArray.from_arrays([values], ["m"], mask=pa.array([False, True]))
            columns[f"list_{name}"] = pa.LargeListArray.from_arrays(pa.array([0, 2, 2], pa.int64()), values)
        for name, values in fixed.items():
            columns[f"fixed_{name}"] = pa.FixedSizeListArray.from_arrays(pa.concat_arrays([values, values]), 2)
        self.write(samples(2, **columns))
        self.write(samples(2, 2, **columns))
        self.both.run("metadata", "compact", "clip")
        stored = self.database.open_table("clip").to_arrow().sort_by("id")
        read = self.both.python_read("clip").sort("id")
        for name, values in columns.items():
            with self.subTest(column=name):
                kept = stored[name].to_pylist()
                self.assertEqual(kept[:2], kept[2:])
                if name not in ("date64", "list_date64", "struct_date64", "fixed_date64"):
                    self.assertEqual(kept[:2], values.to_pylist() if "uuid" not in name else kept[:2])
                self.assertEqual(read[name].len(), 4)

    def test_names_that_cannot_be_read_are_given_others(self) -> None:
        for name, given in (("a`b", "a_b"), ("", "unnamed")):
            with self.subTest(name=name):
                self.replace(lambda rows: rows.append_column(name, pa.array(["p", "q", "r", "s", "t"])))
                process = self.both.start("doctor")
                out, _ = process.communicate(timeout=120)
                self.assertEqual(process.returncode, 1, out)
                self.assertIn(f"column '{name}' cannot be read", out)
                self.assertIn("metaxy doctor dev --repair", out)
                self.assertIn(f"renames it to '{given}'", self.both.run("doctor", "--repair"))
                self.assertIn("no problems found", self.both.run("doctor"))
                read = json.loads(self.both.run("metadata", "read", "clip", "--format", "json"))
                self.assertEqual(sorted(row[given] for row in read), ["p", "q", "r", "s", "t"])
                self.write(samples(1, 5))
                self.database.drop_table("clip")

    def test_structs_without_members_are_removed(self) -> None:
        self.write(samples(5))
        table = self.database.open_table("clip")
        nothing = pa.struct([])
        table.add_columns(
            pa.schema(
                [
                    ("nothing", nothing),
                    ("nothings", pa.list_(nothing)),
                    ("some", pa.struct([("m", pa.int64()), ("e", nothing)])),
                ]
            )
        )
        process = self.both.start("doctor")
        out, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, out)
        for name in ("nothing", "nothings", "some"):
            self.assertIn(f"column '{name}' has a struct without members", out)
        process = self.both.start("doctor", "--repair")
        out, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, out)
        self.assertIn("drop that member with lancedb (table.drop_columns)", out)
        self.database.open_table("clip").drop_columns(["some.e"])
        self.assertIn("no problems found", self.both.run("doctor"))
        self.assertEqual(self.database.open_table("clip").schema.names[-1], "some")
        self.write(samples(1, 5, some=pa.array([{"m": 1}])))
        self.both.run("metadata", "compact", "clip")
        self.assertEqual(self.ids(), [f"s{i}" for i in range(6)])

    def test_rows_that_cannot_be_read_are_removed(self) -> None:
        latin = pa.Array.from_buffers(
            pa.large_utf8(),
            5,
            [None, pa.array([0, 1, 2, 3, 7, 8], pa.int64()).buffers()[1], pa.py_buffer(b"abccaf\xe9e")],
        )
        self.replace(lambda rows: rows.append_column("note", latin))
        process = self.both.start("doctor", "--format", "json")
        out, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, out)
        self.assertIn("column 'note' cannot be read in 1 of 5 rows", out)
        self.both.run("doctor", "--repair")
        self.assertEqual(self.ids(), ["s0", "s1", "s2", "s4"])
        self.both.run("metadata", "read", "clip", "--format", "json")
        self.both.run("metadata", "compact", "clip")
        self.write(samples(1, 3))
        self.assertEqual(self.both.counts("below"), (5, 0, 0))


if __name__ == "__main__":
    unittest.main(verbosity=2)
