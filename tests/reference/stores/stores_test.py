#!/usr/bin/env python3
"""Stores that earlier releases, of the program and of the Python package, have written: they are read as they were, and go on.

    METAXY_PROGRAM=build/release/bin/metaxy python stores_test.py

Each is a folder beside this file (see make_store.py), of which a copy is worked on.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import polars as pl

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from make_store import KEYS, SPECS, read_all, resolve_all, videos  # noqa: E402
from sides import Program, Reference, difference  # noqa: E402

STORES = sorted(path.parent for path in HERE.glob("*/read.json"))


class StoresTest(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.assertGreaterEqual(len(STORES), 2)

    def open(self, store: Path) -> Program:
        work = Path(self.enterContext(tempfile.TemporaryDirectory()))
        shutil.copytree(store / "store", work / "store")
        return Program(work, SPECS)

    def recorded(self, store: Path, name: str) -> Any:
        return json.loads((store / name).read_text())

    def test_are_read_as_they_were(self) -> None:
        for store in STORES:
            with self.subTest(store.name):
                self.assertEqual(read_all(self.open(store)), self.recorded(store, "read.json"))

    def test_what_there_is_to_do_is_the_same(self) -> None:
        for store in STORES:
            with self.subTest(store.name):
                recorded = self.recorded(store, "resolved.json")
                self.assertTrue(recorded["crop new"] and recorded["crop stale"] and recorded["crop orphaned"])
                self.assertEqual(resolve_all(self.open(store)), recorded)

    def test_are_written_on(self) -> None:
        for store in STORES:
            with self.subTest(store.name):
                program = self.open(store)
                program.write("raw/video", videos({"later": "xy"}, title=pl.lit("t"), seconds=pl.lit(2.5)))
                self.assertEqual(program.resolve("crop")["new"]["id"].sort().to_list(), ["later", "new"])
                for key in KEYS[1:]:
                    program.update(key)
                    parts = program.resolve(key)
                    self.assertEqual((parts["new"].height, parts["stale"].height), (0, 0))
                program.push()
                program.run("metadata", "compact", "--all-features", "--older-than", "0s")
                program.run("doctor")
                # The Python package goes on with it as well.
                reference = Reference(program.folder, SPECS)
                for key in KEYS:
                    self.assertIsNone(difference(program.read(key), reference.read(key)), key)


if __name__ == "__main__":
    unittest.main(verbosity=2)
