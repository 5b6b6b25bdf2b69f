"""Processes of both languages concurrently write to one table, delete from it and compact it: every row is there,
exactly once.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import narwhals as nw
import polars as pl
from both import BY_FIELD, Both, spec

PROGRAMS = 6
WRITES = 3


def rows(name: str, count: int, **columns: pl.Series) -> pl.DataFrame:
    ids = [f"{name}.{i}" for i in range(count)]
    provenance = [{"audio": name, "frames": str(i)} for i in range(count)]
    return pl.DataFrame({"id": ids, BY_FIELD: provenance, **columns})


def python_writer(folder: str, name: str) -> None:
    """Runs in a separate process. The Python package fails after a conflict; a user retries."""
    both = Both(Path(folder))
    both.define(spec("video", {"audio": "1", "frames": "1"}))
    for write in range(WRITES):
        again(lambda: both.python_write("video", rows(f"{name}.{write}", 4)))
    again(lambda: both.python_delete("video", nw.col("id") == f"{name}.0.0"))


def again(act: Callable[[], None]) -> None:
    for attempt in range(50):
        try:
            return act()
        except Exception:
            if attempt == 49:
                raise


class WritersTest(unittest.TestCase):
    def test_no_row_is_lost_or_doubled(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            both = Both(Path(folder))
            both.define(spec("video", {"audio": "1", "frames": "1"}))
            # Including the row that marks one of them as deleted.
            expected = [f"python.{w}.{i}" for w in range(WRITES) for i in range(4)] + ["python.0.0"]
            for write in range(WRITES):
                waiting = []
                for program in range(PROGRAMS):
                    name = f"p{program}.{write}"
                    # Some add a column that others add, too, and some need it wider.
                    columns = {}
                    if program % 2 == 0:
                        dtype = pl.Int64 if program == 4 else pl.Int32
                        columns[f"n{write}"] = pl.Series([2**40 if program == 4 else 1] * 5, dtype=dtype)
                    file = both.file(name, rows(name, 5, **columns))
                    expected += [f"{name}.{i}" for i in range(5)]
                    waiting.append(both.start("metadata", "write", "video", "--from", file))
                if write > 0:
                    gone = f"p0.{write - 1}.0"
                    expected.remove(gone)
                    delete = ["metadata", "delete", "video", "--filter", f"id = '{gone}'", "--hard"]
                    waiting.append(both.start(*delete))
                    compacting = both.start("metadata", "compact", "video")
                if write == 0:
                    command = [sys.executable, "-B", __file__, folder, "python"]
                    python = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                for process in waiting:
                    _, err = process.communicate(timeout=120)
                    self.assertEqual(process.returncode, 0, err)
                if write > 0:  # yields to others
                    _, err = compacting.communicate(timeout=120)
                    self.assertTrue(compacting.returncode == 0 or re.search("conflict|incompatible", err), err)
            _, err = python.communicate(timeout=120)
            self.assertEqual(python.returncode, 0, err)
            table = both.table("video")
            found = Counter(table["id"].to_pylist())
            self.assertEqual(found, Counter(expected))
            for write in range(WRITES):
                values = Counter(table[f"n{write}"].to_pylist())
                deleted = 1 if write < WRITES - 1 else 0
                self.assertEqual((values[1], values[2**40]), (10 - deleted, 5))
            self.assertEqual(len(both.python_read("video")), len(expected) - 2)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        python_writer(sys.argv[1], sys.argv[2])
    else:
        unittest.main(verbosity=2)
