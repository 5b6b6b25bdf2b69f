#!/usr/bin/env python3
"""Copies a store 25 times by the script of docs/operations.md while others write to it, and reads every copy.

What must hold of a copy: each table can be read, by the program and by lancedb; of every write all rows are there or none;
every write that had ended before the copy began is there; `metaxy doctor` calls it well; it can be written to.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import Callable

import lancedb
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 5  # of a write
PLAIN = "plain"  # a table that Python alone writes to

CONFIG = """project = "copies"
store = "dev"
[ext.cpp]
entrypoints = ["features.toml"]
"""
STORE = """[stores.{name}]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"
[stores.{name}.config]
uri = "{uri}"
[ext.cpp.stores.{name}]
maintenance = {{ every_commits = 8, target_rows = 64 }}
"""
FEATURES = '[[feature]]\nkey = "video"\nid_columns = ["id"]\nfields = ["default"]\n'


def script_of(page: Path) -> str:
    found = re.search(r"```bash\n(# copy-store\.sh.*?)```", page.read_text(), re.DOTALL)
    assert found, f"{page} has no script copy-store.sh"
    return found[1]


class Writers:
    """Threads that write until they are stopped. What has ended is noted."""

    def __init__(self, test: Test):
        self.test = test
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.written: set[str] = set()
        self.plain = 0
        self.failures: list[str] = []
        # With pauses, so that the copies grow slowly.
        works = [(lambda n=n: self.write(n), 0.1) for n in ("a", "b")] + [
            (self.delete, 1),
            (self.write_plain, 0.3),
        ]
        self.threads = [threading.Thread(target=self.loop, args=work) for work in works]

    def __enter__(self) -> Writers:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def loop(self, work: Callable[[], None], pause: float) -> None:
        while not self.stop.wait(pause):
            try:
                work()
            except Exception as error:  # noqa: BLE001
                self.failures.append(str(error))
                return

    def write(self, name: str) -> None:
        tag = f"{name}{len(self.written)}-{os.urandom(4).hex()}"
        self.test.write("dev", tag)
        with self.lock:
            self.written.add(tag)

    def delete(self) -> None:
        with self.lock:
            tags = sorted(self.written)
        if not tags:
            return
        self.test.program("metadata", "delete", "video", "--filter", f"tag = '{tags[len(tags) // 2]}'")
        self.test.program("metadata", "compact", "video")

    def write_plain(self) -> None:
        table = lancedb.connect(self.test.directory / "dev").open_table(PLAIN)
        table.add(pa.table({"n": [self.plain] * ROWS}))
        table.delete(f"n = {self.plain - 20}")
        with self.lock:
            self.plain += 1


class Test:
    def __init__(self, args: argparse.Namespace, directory: Path):
        self.args, self.directory = args, directory
        self.script = directory / "copy-store.sh"
        self.script.write_text(script_of(args.page))
        (directory / "features.toml").write_text(FEATURES)
        stores = [
            STORE.format(name="dev", uri=directory / "dev"),
            STORE.format(name="copy", uri=directory / "copy"),
        ]
        (directory / "metaxy.toml").write_text(CONFIG + "".join(stores))

    def program(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.args.program, *arguments],
            cwd=self.directory,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise AssertionError(f"metaxy {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout

    def write(self, store: str, tag: str) -> None:
        provenance = pa.array([{"default": tag}] * ROWS)
        rows = {
            "id": [f"{tag}-{i}" for i in range(ROWS)],
            "tag": [tag] * ROWS,
            "metaxy_provenance_by_field": provenance,
        }
        path = self.directory / f"{tag}.parquet"
        pq.write_table(pa.table(rows), path)
        self.program("metadata", "write", "video", "--from", str(path), "--store", store)
        path.unlink()

    def run(self) -> None:
        self.write("dev", "first")
        lancedb.connect(self.directory / "dev").create_table(PLAIN, pa.table({"n": [-1] * ROWS}))
        with Writers(self) as writers:
            for number in range(self.args.copies):
                with writers.lock:
                    before, plain = set(writers.written), writers.plain
                self.copy(number, before | {"first"}, plain)
            with writers.lock:
                commits = len(writers.written)
        assert not writers.failures, writers.failures
        assert commits >= self.args.copies, f"only {commits} writes went beside {self.args.copies} copies"
        print(f"{self.args.copies} copies beside {commits} writes and {writers.plain} of lancedb: each can be read")

    def copy(self, number: int, before: set[str], plain: int) -> None:
        copy = self.directory / "copy"
        done = subprocess.run(
            ["bash", self.script, self.directory / "dev", copy],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"copy {number}: {done.stderr}"
        assert {entry.name for entry in self.directory.glob("copy*")} == {
            "copy",
            "copy-store.sh",
        }, "something is left"
        out = self.directory / "read.parquet"
        self.program(
            *("metadata", "read", "video", "--store", "copy", "--to", str(out)),
            *("--with-sample-history", "--include-soft-deleted"),
        )
        tags = Counter(pq.read_table(out, columns=["tag"]).column("tag").to_pylist())
        assert all(count % ROWS == 0 for count in tags.values()), f"copy {number}: half a write: {tags}"
        assert before <= set(tags), f"copy {number} lacks {before - set(tags)}"
        opened = lancedb.connect(copy)
        counts = Counter(opened.open_table(PLAIN).to_arrow().column("n").to_pylist())
        assert set(counts.values()) == {ROWS}, f"copy {number}: half a write of lancedb: {counts}"
        assert plain == 0 or max(counts) >= plain - 1, f"copy {number} lacks writes of lancedb"
        assert opened.open_table("video").count_rows() == sum(tags.values()), f"copy {number}: lancedb reads other rows"
        report = json.loads(self.program("doctor", "copy", "--format", "json"))
        findings = [each for check in report["checks"] for each in check["findings"] if each["level"] == "problem"]
        assert not findings, f"copy {number}: {findings}"
        # The next one is made over this one now and then, as a copy that is kept up to date.
        if number % 5 != 4:
            self.write("copy", f"into-copy-{number}")
            shutil.rmtree(copy)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--page", type=Path, required=True)
    parser.add_argument("--copies", type=int, default=25)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="metaxy-copies-") as directory:
        Test(args, Path(directory)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
