#!/usr/bin/env python3
"""Failures beside the Python package: it works on as if there were none, and of many writers none loses or doubles one.

    METAXY_PROGRAM=build/release/bin/metaxy METAXY_LIBRARY=build/release/lib/libmetaxy.so python failures_test.py

METAXY_FAILURES_WORKERS=16 METAXY_FAILURES_ROUNDS=60 for minutes (`make failures-stress`).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import lancedb
import polars as pl

sys.path.insert(0, str(Path(__file__).parent.parent / "interop"))
from sides import BY_FIELD, Program, Reference  # noqa: E402

WORKER = Path(__file__).with_name("worker.py")
WORKERS = int(os.environ.get("METAXY_FAILURES_WORKERS", "4"))
ROUNDS = int(os.environ.get("METAXY_FAILURES_ROUNDS", "5"))
KINDS = ("Broken", "Memory", "RateLimit", "Timeout")
TABLE = "metaxy_system__failures"

VIDEO = {"key": "video", "id_columns": ["id"], "fields": ["audio"]}
CROP = {"key": "crop", "id_columns": ["id"], "deps": ["video"], "fields": ["audio"]}
NOTES = {"key": "notes", "id_columns": ["id"], "fields": ["text"]}
SAMPLES = 20


def rows(field: str, ids: range) -> pl.DataFrame:
    versions = [{field: f"v{i}"} for i in ids]
    return pl.DataFrame(
        {"id": list(ids), BY_FIELD: versions}, schema={"id": pl.Int64, BY_FIELD: pl.Struct({field: pl.String})}
    )


class FailuresTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="metaxy-failures-")
        self.addCleanup(directory.cleanup)
        self.folder = Path(directory.name)
        self.program = Program(self.folder, [VIDEO, CROP, NOTES])
        self.reference = Reference(self.folder, [VIDEO, CROP, NOTES])
        self.reference.write("video", rows("audio", range(SAMPLES)))
        self.metaxy("metadata", "resolve", "crop", "--to", str(self.folder / "todo"), "--file-format", "ndjson")
        self.todo = (self.folder / "todo/new.ndjson").read_text().splitlines()

    def metaxy(self, *words: str) -> str:
        done = subprocess.run([os.environ["METAXY_PROGRAM"], *words], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.metaxy(*words, "--format", "json"))

    def record(self, samples: list[str], kind: str, name: str) -> int:
        lines = [json.dumps({**json.loads(row), "metaxy_failure_kind": kind}) for row in samples]
        (self.folder / name).write_text("\n".join(lines) + "\n")
        return self.json("metadata", "write", "crop", "--failures", name)["failures"]

    def skip(self) -> dict[str, int]:
        counts = self.json("metadata", "resolve", "crop", "--failures", "skip")
        return {name: counts[name] for name in ("feature", "new", "stale", "orphaned", "failed")}

    def events(self) -> list[str]:
        return lancedb.connect(self.folder / "store").open_table(TABLE).to_arrow()["event_id"].to_pylist()

    def use_the_reference(self, first: int) -> None:
        """All that it does with its tables, beside ours."""
        self.reference.write("notes", rows("text", range(first, first + 3)))
        self.reference.push()
        self.reference.read("notes")
        self.reference.resolve("crop")

    def test_the_package_works_on(self) -> None:
        version = self.reference.push()
        self.assertEqual(self.record(self.todo[:5], "Broken", "f.ndjson"), 5)
        self.assertTrue((self.folder / "store" / f"{TABLE}.lance").is_dir())
        self.assertEqual(self.reference.push(), version)
        self.use_the_reference(0)
        increment = self.reference.resolve("crop")
        self.assertEqual([increment[part].height for part in ("new", "stale", "orphaned")], [SAMPLES, 0, 0])
        self.assertEqual(self.skip(), {"feature": "crop", "new": SAMPLES - 5, "stale": 0, "orphaned": 0, "failed": 5})
        # A success of the package does not remove the failure, which does not count any more.
        self.reference.write("crop", increment["new"].head(3))
        self.assertEqual(self.skip()["new"], SAMPLES - 5 - sum(i >= 5 for i in increment["new"].head(3)["id"]))
        self.reference.write("crop", increment["new"])
        self.assertEqual(self.skip(), {"feature": "crop", "new": 0, "stale": 0, "orphaned": 0, "failed": 0})
        self.assertEqual(self.json("metadata", "failures")["count"], 5)
        # One of ours does, and nothing is left for the package to stumble over.
        increment["new"].write_parquet(self.folder / "rows.parquet")
        self.metaxy("metadata", "write", "crop", "--from", "rows.parquet")
        self.assertEqual(self.json("metadata", "failures")["count"], 0)
        self.use_the_reference(3)
        self.metaxy("metadata", "compact", "--all-features")
        self.metaxy("doctor")

    def cli_worker(self, seed: int) -> dict[str, int]:
        chance = random.Random(seed)
        recorded = cleared = 0
        for _ in range(max(1, ROUNDS // 2)):  # a process for each step
            some = chance.sample(self.todo, chance.randint(1, SAMPLES))
            recorded += self.record(some, chance.choice(KINDS), f"cli-{seed}.ndjson")
            if chance.random() < 0.4:
                kind = chance.choice(KINDS)
                cleared += self.json("metadata", "retry", "crop", "--kind", kind)["attempts"]
        # Whatever chance has decided: either this clears what was just recorded, or another worker has.
        recorded += self.record(self.todo[:1], KINDS[0], f"cli-{seed}.ndjson")
        cleared += self.json("metadata", "retry", "crop", "--kind", KINDS[0])["attempts"]
        return {"recorded": recorded, "cleared": cleared}

    def python_worker(self, seed: int) -> dict[str, int]:
        done = subprocess.run(
            [
                sys.executable,
                "-B",
                str(WORKER),
                os.environ["METAXY_LIBRARY"],
                str(self.folder / "metaxy.toml"),
                str(self.folder / "todo/new.ndjson"),
                str(seed),
                str(ROUNDS),
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_many_writers_of_both_languages(self) -> None:
        with ThreadPoolExecutor(WORKERS + 1) as pool:
            workers = [pool.submit(self.python_worker if i % 2 else self.cli_worker, i) for i in range(WORKERS)]
            package = pool.submit(lambda: [self.use_the_reference(i * 3) for i in range(2)])
            results = [worker.result() for worker in workers]
            package.result()
        events = self.events()
        recorded = sum(result["recorded"] for result in results)
        cleared = sum(result["cleared"] for result in results)
        self.assertGreater(cleared, 0)
        self.assertEqual(len(events), recorded - cleared)
        self.assertEqual(len(set(events)), len(events), "an attempt was recorded twice")
        failures = self.json("metadata", "failures", "crop")["failures"]
        self.assertEqual(sum(failure["attempts"] for failure in failures), len(events))
        self.assertEqual(self.skip()["failed"], len({failure["ids"]["id"] for failure in failures}))
        if WORKERS > 4:
            print(
                f"{WORKERS} workers: {recorded} attempts recorded, {cleared} cleared, {len(events)} left",
                file=sys.stderr,
            )


if __name__ == "__main__":
    unittest.main()
