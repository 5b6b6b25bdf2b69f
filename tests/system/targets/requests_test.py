#!/usr/bin/env python3
"""Requests counted on S3: a resolve that finds nothing asks for no more than a bare scan of the columns it needs does, and an
append reads rows only where somebody without notes about their timestamps has written them.

    METAXY_PROGRAM=build/release/bin/metaxy python requests_test.py [--write-figures]

The bare scan uses the lancedb package on the two tables that the resolve reads. The numbers are in
docs/storage-targets.md.
"""

from __future__ import annotations

import json
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import targets
from project import Project, videos
from proxy import Proxy
from targets_test import DOCS

ROWS = 20_000
# Requests and bytes beyond the bare scan's: the connection, finding the tables, and pinning them.
MORE_REQUESTS = 6
MORE_BYTES = 64 * 1024
# A write opens its table once: three requests try the store's conditional writes, two open the table, one writes the rows,
# and four commit them (is it still that table, who came first, the transaction, the manifest). Meanwhile another one finds
# that there is no table of failures.
WRITE_REQUESTS = 11
# Versions are hashes, which hardly compress, but not always in the same way.
KIB_MAY_DIFFER = 0.02
# The version before, and the columns of timestamps of one fragment.
MORE_REQUESTS_AFTER_OTHERS = 6
BEGIN, END = "<!-- requests_test.py writes from here -->\n", "<!-- to here, too -->\n"
NARROW = {
    "raw__video": ["id", "metaxy_data_version_by_field", "metaxy_updated_at", "metaxy_deleted_at"],
    "crop": ["id", "metaxy_provenance", "metaxy_updated_at", "metaxy_deleted_at"],
}


KNOWN = "`resolve` where nothing has changed since the last one"
APPEND = "an append of one row"
APPEND_AFTER_OTHERS = "the same after an append by the lancedb package"


class Counted:
    def __init__(self, proxy: Proxy):
        self.proxy = proxy

    def __enter__(self) -> Counted:
        self.start = len(self.proxy.requests)
        return self

    def __exit__(self, *_: object) -> None:
        seen = self.proxy.requests[self.start :]
        self.reads_of_rows = sum(request.method == "GET" and "/data/" in request.path for request in seen)
        self.requests = len(seen)
        self.lists = sum(request.method == "GET" and "list-type=" in request.path for request in seen)
        self.manifests = sum(
            request.method == "GET" and "/_versions/" in request.path and "list-type=" not in request.path
            for request in seen
        )
        self.received = sum(request.received for request in seen)


def bare_scan(uri: str, options: dict[str, str]) -> None:
    import lancedb

    connection = lancedb.connect(
        uri, storage_options={key: str(value).lower() if value is True else value for key, value in options.items()}
    )
    for name, columns in NARROW.items():
        connection.open_table(name).search().select(columns).to_arrow()


def append_by_others(uri: str, options: dict[str, str]) -> None:
    """A row that the table has, without a note."""
    import lancedb

    connection = lancedb.connect(
        uri, storage_options={key: str(value).lower() if value is True else value for key, value in options.items()}
    )
    rows = connection.open_table("raw__video")
    rows.add(rows.search().limit(1).to_arrow())


def measure() -> dict[str, Counted]:
    with targets.s3() as target, Proxy(target.server.url) as proxy:
        direct = Project({"dev": (config := target.new_store())})
        kwargs = targets.s3_options(proxy.url)
        counted = Project({"dev": {**config, "connect_kwargs": kwargs}})
        with direct.directory, counted.directory:
            direct.write("raw/video", videos({f"{n:06}": "xy" for n in range(ROWS)}))
            direct.update("crop")
            found = {}
            with Counted(proxy) as found["a bare scan of the columns it needs"]:
                bare_scan(config["uri"], kwargs["storage_options"])
            with Counted(proxy) as found["`resolve` that finds nothing"]:
                parts = counted.resolve("crop")
            with Counted(proxy) as found[KNOWN]:
                counted.resolve("crop")
            with Counted(proxy) as found["`status`"]:
                counted.run("metadata", "status", "crop")
            explained = counted.run("metadata", "resolve", "crop", "--format", "json")
            with Counted(proxy) as found["`read` of all rows and columns"]:
                counted.read("crop")
            one = counted.file(videos({"one": "xy"}))
            with Counted(proxy) as found[APPEND]:
                counted.run("metadata", "write", "raw/video", "--from", one)
            append_by_others(config["uri"], kwargs["storage_options"])
            with Counted(proxy) as found[APPEND_AFTER_OTHERS]:
                counted.run("metadata", "write", "raw/video", "--from", one)
            assert json.loads(explained)["delta"]["way"] == "delta", explained
        assert all(part.height == 0 for part in parts.values())
    return found


def table(found: dict[str, Counted]) -> str:
    lines = ["| what | requests | KiB received |", "|---|---|---|"]
    lines += [f"| {name} | {one.requests} | {one.received / 1024:.0f} |" for name, one in found.items()]
    return "\n".join(lines) + "\n"


def documented() -> dict[str, tuple[int, int]]:
    """Requests and KiB received of each line of the table."""
    rows = re.findall(r"^\| (.+?) \| (\d+) \| (\d+) \|$", DOCS.read_text().split(BEGIN)[1].split(END)[0], re.MULTILINE)
    return {what: (int(requests), int(received)) for what, requests, received in rows}


class RequestsTest(unittest.TestCase):
    found: dict[str, Counted]

    @classmethod
    def setUpClass(cls) -> None:
        cls.found = measure()

    def test_the_documents_say_what_is_measured(self) -> None:
        told = documented()
        self.assertEqual(list(told), list(self.found))
        for what, one in self.found.items():
            with self.subTest(what):
                self.assertEqual(one.requests, told[what][0], "--write-figures writes the table")
                self.assertAlmostEqual(one.received / 1024, told[what][1], delta=0.5 + told[what][1] * KIB_MAY_DIFFER)

    def test_a_resolve_that_finds_nothing_asks_for_little(self) -> None:
        found = self.found
        bare, resolve = list(found.values())[:2]
        self.assertLessEqual(resolve.requests, bare.requests + MORE_REQUESTS, table(found))
        self.assertLessEqual(resolve.received, bare.received + MORE_BYTES, table(found))
        # One list and one manifest of each of the two tables.
        self.assertEqual((found[KNOWN].lists, found[KNOWN].manifests, found[KNOWN].requests), (2, 2, 4), table(found))
        self.assertEqual(found[KNOWN].reads_of_rows, 0, table(found))
        self.assertLessEqual(found[APPEND].requests, WRITE_REQUESTS, table(found))
        self.assertEqual(found[APPEND].reads_of_rows, 0, table(found))
        self.assertGreater(found[APPEND_AFTER_OTHERS].reads_of_rows, 0, table(found))
        self.assertLessEqual(
            found[APPEND_AFTER_OTHERS].requests, found[APPEND].requests + MORE_REQUESTS_AFTER_OTHERS, table(found)
        )


if __name__ == "__main__":
    if "--write-figures" in sys.argv:
        pattern = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.DOTALL)
        DOCS.write_text(pattern.sub(lambda _: BEGIN + "\n" + table(measure()) + "\n" + END, DOCS.read_text()))
    else:
        unittest.main(verbosity=2)
