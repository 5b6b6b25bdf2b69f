#!/usr/bin/env python3
"""The servers of the remote protocol, by LanceDB's own Python client: whatever the bridge asks them for.

python lance_server_test.py [LanceServerTest] [LanceAdapterTest]
"""

from __future__ import annotations

import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
import lancedb
import pyarrow as pa
import targets

INNER = pa.struct([pa.field("x", pa.large_string())])
SCHEMA = pa.schema({"id": pa.int64(), "at": pa.timestamp("us", "UTC"), "of": INNER})
# One of each kind that a column of a store can have.
TYPES: list[pa.DataType] = [
    pa.bool_(), pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64(), pa.float32(), pa.float64(),
    pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.binary(3), pa.date32(), pa.date64(), pa.time32("s"), pa.time64("ns"),
    pa.timestamp("s"), pa.timestamp("us", "UTC"), pa.timestamp("ns", "Europe/Berlin"), pa.duration("ms"), pa.decimal128(20, 3),
    pa.list_(pa.int32()), pa.large_list(pa.string()), pa.list_(pa.float32(), 4), pa.struct([pa.field("a", pa.struct([pa.field("b", pa.bool_())]))]),
]  # fmt: skip


def rows(first: int, last: int) -> pa.Table:
    return pa.Table.from_pylist([{"id": n, "at": n, "of": {"x": str(n)}} for n in range(first, last)], schema=SCHEMA)


def ids(table: Any) -> list[int]:
    return sorted(table["id"].to_pylist())


class OfEachServer:
    """Tests of a class that says by `make` which server it is."""

    def make(self) -> Any:
        raise NotImplementedError

    def setUp(self) -> None:
        self.target = self.enterContext(self.make())
        self.connection = self.connect(targets.API_KEY)

    def connect(self, key: str) -> Any:
        return lancedb.connect("db://one", api_key=key, host_override=self.target.server.url)

    def test_rows(self) -> None:
        table = self.connection.create_table("t", rows(0, 2500))
        self.assertEqual(table.schema, SCHEMA)
        self.assertEqual((table.version, table.count_rows(), table.count_rows("id >= 2000")), (1, 2500, 500))
        table.add(rows(-1, 0))
        self.assertEqual(table.version, 2)
        self.assertEqual(ids(table.search().to_arrow()), list(range(-1, 2500)))
        found = table.search().where("id < 2").select(["id"]).with_row_id(True).to_arrow()
        self.assertEqual((found.column_names, ids(found)), (["id", "_rowid"], [-1, 0, 1]))
        self.assertEqual(len(table.search().limit(7).offset(2495).to_arrow()), 6)
        self.assertEqual(table.search().where("id = 1").to_arrow().to_pylist(), rows(1, 2).to_pylist())
        taken = table.take_row_ids(found["_rowid"].to_pylist()).select(["id"]).to_arrow()
        self.assertEqual(ids(taken), [-1, 0, 1])
        table.delete("id > 0")
        self.assertEqual(ids(table.search().to_arrow()), [-1, 0])

    def test_versions(self) -> None:
        table = self.connection.create_table("t", rows(0, 3))
        table.add(rows(3, 4))
        table.delete("id = 0")
        self.assertEqual([v["version"] for v in table.list_versions()], [1, 2, 3])
        for version, there in {1: [0, 1, 2], 2: [0, 1, 2, 3], 3: [1, 2, 3]}.items():
            table.checkout(version)
            self.assertEqual((table.version, table.count_rows()), (version, len(there)))
            self.assertEqual(ids(table.search().to_arrow()), there)
        table.checkout_latest()
        self.assertEqual(table.tags.list(), {})

    def test_types(self) -> None:
        schema = pa.schema([pa.field(f"c{n}", kind, n % 2 == 0) for n, kind in enumerate(TYPES)])
        table = self.connection.create_table("t", schema=schema)
        self.assertEqual(table.schema, schema)
        self.assertEqual(table.search().to_arrow().schema, schema)

    def test_tables(self) -> None:
        names = [f"t{n}" for n in range(7)]
        for name in names:
            self.connection.create_table(name, pa.table({"id": [1]}))
        self.assertEqual(list(self.connection.table_names(limit=100)), names)
        self.connection.drop_table("t3")
        self.assertNotIn("t3", list(self.connection.table_names(limit=100)))
        with self.assertRaisesRegex(Exception, "not found"):
            self.connection.open_table("t3")
        with self.assertRaisesRegex(Exception, "already exists|409"):
            self.connection.create_table("t4", pa.table({"id": [1]}))
        other = lancedb.connect("db://two", api_key=targets.API_KEY, host_override=self.target.server.url)
        self.assertEqual(list(other.table_names(limit=100)), [])


class LanceServerTest(OfEachServer, unittest.TestCase):
    """The one that most tests use."""

    def make(self) -> Any:
        return targets.lance_server()

    def test_lists_come_in_pages(self) -> None:
        names = [f"t{n}" for n in range(7)]
        for name in names:
            self.connection.create_table(name, pa.table({"id": [1]}))
        self.assertEqual(list(self.connection.table_names(limit=3)), names[:3])
        self.assertEqual(list(self.connection.table_names(page_token="t2", limit=10)), names[3:])

    def test_counts_what_it_deletes(self) -> None:
        self.assertEqual(self.connection.create_table("t", rows(0, 5)).delete("id > 1").num_deleted_rows, 3)

    def test_adds_columns(self) -> None:
        table = self.connection.create_table("t", rows(0, 2))
        more = pa.schema({"text": pa.string(), "when": pa.timestamp("us", "UTC")})
        table.add_columns(more)
        self.assertEqual(table.schema, pa.unify_schemas([SCHEMA, more]))
        self.assertEqual(table.search().select(["text"]).to_arrow()["text"].to_pylist(), [None, None])

    def test_refuses_in_the_words_that_clients_know(self) -> None:
        self.connection.create_table("t", rows(0, 1))
        with self.assertRaisesRegex(ValueError, "already exists"):
            self.connection.create_table("t", rows(0, 1))
        table = self.connection.open_table("t")
        with self.assertRaisesRegex(Exception, "400"):
            table.search().where("no_such_column = 1").to_arrow()
        with self.assertRaisesRegex(Exception, "400"):
            table.delete("no_such_column = 1")

    def test_asks_for_the_key(self) -> None:
        with self.assertRaisesRegex(Exception, "401"):
            self.connect("other").table_names()


class LanceAdapterTest(OfEachServer, unittest.TestCase):
    """Lance's own."""

    def make(self) -> Any:
        return targets.lance_adapter()


if __name__ == "__main__":
    unittest.main(verbosity=2)
