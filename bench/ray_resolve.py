#!/usr/bin/env python3
"""What it costs to spread a resolve over the workers of a Ray cluster on this machine: what `make bench-ray` runs.

For each number of rows, a store with a feature and its parent, so many rows each, of which a tenth is stale. Each way
of resolving runs in a process of its own, which may use only so many processors, Ray's own processes included:

    plain 1, plain 2    the store's resolve_update, on one processor and on two
    ray 1, ray 2        metaxy_cpp.ray.resolve_update, with one worker on one processor and with two on two

In each process the first resolve, which starts workers and opens tables, is left out of the times. The answers have to
be equal. Prints tables in Markdown, and what is asked of the figures with what was measured.

Exit codes: 0 done, 1 a measurement failed or, with --check, a figure is not what is asked, 2 wrong options.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cases
import machine
from processes import Failed, Interrupted, Launcher, Skipped

FEATURES = [
    {"key": "video", "id_columns": ["video_id"], "fields": ["audio", "frames"]},
    {"key": "crop", "id_columns": ["video_id"], "deps": ["video"]},
]
WAYS = ("plain 1", "ray 1", "plain 2", "ray 2")
CHUNK = 1_000_000
MIB = 1 << 20


def videos(begin: int, end: int, step: int, version: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = pa.array(range(begin, end, step), pa.int64())
    text = numbers.cast(pa.string())
    versions = pa.StructArray.from_arrays(
        [pc.utf8_lpad(text, 16, version), pc.utf8_lpad(text, 16, version)], ["audio", "frames"]
    )
    ids = pc.binary_join_element_wise("video-", pc.utf8_lpad(text, 9, "0"), "")
    return pa.table({"video_id": ids, "size": numbers, "metaxy_provenance_by_field": versions})


def make(directory: Path, rows: int) -> None:
    """The store: all crops are there, and then a tenth of the videos changes."""
    import metaxy_cpp as metaxy

    with metaxy.Store(directory, FEATURES, project="bench", delta="off").open("write") as store:
        for begin in range(0, rows, CHUNK):
            store.write("video", videos(begin, min(rows, begin + CHUNK), 1, "a"))
        store.write("crop", store.resolve_update("crop").new)
        for begin in range(0, rows, CHUNK):
            store.write("video", videos(begin, min(rows, begin + CHUNK), 10, "b"))


class OwnMemory:
    """The most memory that this process has for itself within the block, beyond what it had before, in bytes."""

    def __enter__(self) -> OwnMemory:
        self._before = self._now()
        self.added = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            self.added = max(self.added, self._now() - self._before)

    @staticmethod
    def _now() -> int:
        return int(machine.first_value("/proc/self/status", "RssAnon").split()[0]) * 1024


def measure(directory: Path, way: str, rows: int, repeat: int) -> dict[str, Any]:
    """In a process of its own."""
    kind, processors = way.split()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(processors)])
    import metaxy_cpp as metaxy

    with metaxy.Store(directory, FEATURES, project="bench", delta="off").open() as store:
        resolve = distributed(store, int(processors), rows) if kind == "ray" else lambda: store.resolve_update("crop")
        times = []
        with OwnMemory() as memory:
            for _ in range(repeat + 1):
                began = time.monotonic()
                increment = resolve()
                times.append(time.monotonic() - began)
    return {
        "counts": list(increment.counts),
        "first": times[0],
        "seconds": statistics.median(times[1:]),
        "least": min(times[1:]),
        "most": max(times[1:]),
        "added": memory.added,
        "shuffled": getattr(increment, "shuffled_bytes", 0),
        "scanned": getattr(increment, "scanned_rows", 0),
    }


def distributed(store: Any, workers: int, rows: int) -> Callable[[], Any]:
    import ray

    from metaxy_cpp.ray import resolve_update

    ray.init(
        num_cpus=workers,
        include_dashboard=False,
        log_to_driver=False,
        # Blocks of two tables, twice: while they are exchanged.
        object_store_memory=max(128 * MIB, 4 * 64 * rows),
    )
    return lambda: resolve_update(store, "crop")


class Bench:
    """All ways at all sizes."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._launcher = Launcher(arguments.timeout)
        self.results: dict[int, dict[str, dict[str, Any]]] = {}

    def run(self) -> None:
        with self._launcher.handles_signals():
            for rows in self._arguments.rows:
                with tempfile.TemporaryDirectory(prefix="metaxy-ray-", dir=self._arguments.directory) as directory:
                    self._run(rows, Path(directory) / "metadata")

    def _run(self, rows: int, directory: Path) -> None:
        self._child("make", directory, rows)
        print(f"{cases.size_text(rows)}: the store is made", file=sys.stderr, flush=True)
        results = self.results[rows] = {}
        for way in WAYS:
            result = results[way] = self._child(way, directory, rows)
            print(f"{cases.size_text(rows)}, {way}: {result['seconds']:.2f} s", file=sys.stderr, flush=True)
            expected = [0, len(range(0, rows, 10)), 0]
            if result["counts"] != expected:
                raise Failed(f"{way} finds {result['counts']} and not {expected}")
        shutil.rmtree(directory)

    def _child(self, way: str, directory: Path, rows: int) -> dict[str, Any]:
        repeat = str(self._arguments.repeat)
        command = [sys.executable, __file__, "--child", way, "--directory", directory, "--repeat", repeat, str(rows)]
        # Nothing leaves the machine, and workers are no less important than what they are compared with.
        return self._launcher.run_json(
            command, env={"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0", "RAY_DEDUP_LOGS": "0"}
        )


def tables(results: dict[int, dict[str, dict[str, Any]]]) -> str:
    lines = [
        "| rows | way | seconds (least, most) | first | bytes shuffled per row read | memory added in the driver |",
        "|---|---|---|---|---|---|",
    ]
    for rows, ways in results.items():
        for way, found in ways.items():
            span = f"{found['seconds']:.2f} ({found['least']:.2f}, {found['most']:.2f})"
            shuffled = f"{found['shuffled'] / found['scanned']:.1f}" if found["scanned"] else "-"
            memory = f"{found['added'] / MIB:.1f} MiB"
            lines.append(f"| {cases.size_text(rows)} | {way} | {span} | {found['first']:.2f} | {shuffled} | {memory} |")
    return "\n".join(lines)


def verdicts(results: dict[int, dict[str, dict[str, Any]]]) -> list[tuple[bool, str]]:
    """What is asked of the figures at the largest size, and whether it is so."""
    rows, ways = max(results.items())
    plain, one, two = ways["plain 1"], ways["ray 1"], ways["ray 2"]
    overhead = one["seconds"] / plain["seconds"]
    faster = one["seconds"] / two["seconds"]
    shuffled = one["shuffled"] / one["scanned"]
    found = [
        (overhead <= 2.5, f"one worker takes at most 2.5 times the plain resolve: {overhead:.2f}"),
        (faster > 1, f"two workers are faster than one: {faster:.2f} times"),
        (shuffled <= 64, f"at most 64 bytes are shuffled per row: {shuffled:.1f}"),
    ]
    if len(results) > 1:
        fewer, smaller = min(results.items())
        growth = (one["added"] - smaller["ray 1"]["added"]) / (rows - fewer)
        found.append((growth <= 2, f"the driver's memory grows by at most 2 bytes a row: {growth:.2f}"))
    return found


def size(text: str) -> int:
    try:
        return cases.parse_size(text)
    except cases.CaseError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", type=size, help="numbers of rows (default: 1M 10M)")
    parser.add_argument("--repeat", type=int, default=3, help="measured resolves of each way")
    parser.add_argument("--directory", type=Path, help="where stores are made (default: where temporary files are)")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds for each process")
    parser.add_argument("--check", action="store_true", help="fail if a figure is not what is asked")
    parser.add_argument("--child", choices=("make", *WAYS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.repeat < 1:
        parser.error("--repeat is at least 1")
    arguments.rows = arguments.rows or [1_000_000, 10_000_000]
    if arguments.child == "make":
        make(arguments.directory, arguments.rows[0])
        print("{}")
        return 0
    if arguments.child:
        print(json.dumps(measure(arguments.directory, arguments.child, arguments.rows[0], arguments.repeat)))
        return 0
    bench = Bench(arguments)
    try:
        bench.run()
    except (Failed, Skipped, Interrupted) as failure:
        print(f"FAILED: {type(failure).__name__}: {failure}", file=sys.stderr)
        return 1
    described = ", ".join(f"{name} {value}" for name, value in machine.describe().items())
    print(f"{datetime.date.today().isoformat()}, commit {machine.commit()}, {described}\n\n{tables(bench.results)}\n")
    checked = verdicts(bench.results)
    for met, text in checked:
        print(f"- {'yes' if met else 'NO'}: {text}")
    return 1 if arguments.check and not all(met for met, _ in checked) else 0


if __name__ == "__main__":
    sys.exit(main())
