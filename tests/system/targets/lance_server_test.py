#!/usr/bin/env python3
"""The test server of the remote protocol, by LanceDB's own Python client."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import lancedb
import pyarrow as pa
import targets


class LanceServerTest(unittest.TestCase):
    def setUp(self) -> None:
        self.target = self.enterContext(targets.lance_server())
        self.connection = self.connect(targets.API_KEY)

    def connect(self, key: str):
        return lancedb.connect("db://one", api_key=key, host_override=self.target.server.url)

    def test_the_official_client_does_all_that_is_needed(self) -> None:
        inner = pa.struct([pa.field("x", pa.large_string())])
        schema = pa.schema({"id": pa.int64(), "at": pa.timestamp("us", "UTC"), "of": inner})
        rows = [{"id": n, "at": n, "of": {"x": str(n)}} for n in range(2500)]
        table = self.connection.create_table("t", pa.Table.from_pylist(rows, schema=schema))
        self.assertEqual(table.schema, schema)
        self.assertEqual(table.count_rows("id >= 2000"), 500)
        table.add(pa.Table.from_pylist([{"id": -1}], schema=schema))
        self.assertEqual(table.version, 2)
        found = table.search().where("id < 2").select(["id"]).with_row_id(True).to_arrow()
        self.assertEqual(sorted(found["id"].to_pylist()), [-1, 0, 1])
        self.assertIn("_rowid", found.column_names)
        self.assertEqual(table.delete("id > 0").num_deleted_rows, 2499)
        self.assertEqual(sorted(table.search().to_arrow()["id"].to_pylist()), [-1, 0])
        self.assertEqual([v["version"] for v in table.list_versions()], [1, 2, 3])
        table.checkout(1)
        self.assertEqual(table.count_rows(), 2500)
        with self.assertRaisesRegex(ValueError, "already exists"):
            self.connection.create_table("t", pa.Table.from_pylist(rows, schema=schema))

    def test_lists_come_in_pages(self) -> None:
        names = [f"t{n}" for n in range(7)]
        for name in names:
            self.connection.create_table(name, pa.table({"id": [1]}))
        self.assertEqual(list(self.connection.table_names(limit=3)), names[:3])
        self.assertEqual(list(self.connection.table_names(page_token="t2", limit=10)), names[3:])
        self.connection.drop_table("t3")
        self.assertNotIn("t3", list(self.connection.table_names(limit=10)))

    def test_asks_for_the_key(self) -> None:
        with self.assertRaisesRegex(Exception, "401"):
            self.connect("other").table_names()


if __name__ == "__main__":
    unittest.main(verbosity=2)
