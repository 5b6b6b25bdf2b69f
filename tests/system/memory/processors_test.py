#!/usr/bin/env python3
"""On one processor of several (taskset) the program starts no more threads of its own kind than for one."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

CONFIG = """project = "processors"
store = "dev"
[ext.cpp]
entrypoints = ["features.toml"]
[stores.dev]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"
[stores.dev.config]
uri = "{directory}/dev"
"""
FEATURES = '[[feature]]\nkey = "rows"\nid_columns = ["id"]\nfields = ["default"]\n'
ROWS = 400_000


def threads_of(
    command: list[str], directory: Path, processors: set[int]
) -> Counter[str]:
    """The most threads of each name that were there at a time; numbers behind names are left out."""
    process = subprocess.Popen(
        command,
        cwd=directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, processors),
    )
    most: Counter[str] = Counter()
    while process.poll() is None:
        names: Counter[str] = Counter()
        for task in Path(f"/proc/{process.pid}/task").glob("*/comm"):
            try:
                names[task.read_text().strip().rstrip("0123456789-")] += 1
            except OSError:
                continue
        most |= names
        time.sleep(0.002)
    assert process.returncode == 0, (
        process.stderr.read().decode() if process.stderr else ""
    )
    return most


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="metaxy-processors-") as name:
        directory = Path(name)
        (directory / "metaxy.toml").write_text(CONFIG.format(directory=directory))
        (directory / "features.toml").write_text(FEATURES)
        versions = pa.StructArray.from_arrays([pa.array(["v"] * ROWS)], ["default"])
        rows = pa.table(
            {"id": pa.array(range(ROWS)), "metaxy_provenance_by_field": versions}
        )
        pq.write_table(rows, directory / "rows.parquet")
        program = str(args.program.resolve())
        subprocess.run(
            [program, *"metadata write rows --from rows.parquet".split()],
            cwd=directory,
            check=True,
        )
        allowed = sorted(os.sched_getaffinity(0))
        read = [program, *"metadata read rows --to out.ndjson".split()]
        all_threads = threads_of(read, directory, set(allowed))
        threads = threads_of(read, directory, {allowed[0]})
        print(
            f"on {len(allowed)} processors {dict(all_threads)}, on one {dict(threads)}"
        )
        # Tokio has two at least, as one of them may wait for a file.
        assert threads["metaxy-lancedb"] <= 2, threads
        assert threads["lance-cpu"] <= 2, threads
        # The main thread, that of signals, and those that encode rows or compare them: two chunks at a time, and the
        # eight threads with which Arrow reads and writes files.
        assert threads["metaxy"] <= 2 + 2 + 8, threads
    return 0


if __name__ == "__main__":
    sys.exit(main())
