#!/usr/bin/env python3
"""A writer of the torture in the Python package: the same journal, the same table, writes and soft deletions.

python_writer.py DIRECTORY NAME SEED
"""

import ctypes
import logging
import os
import random
import signal
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
logging.getLogger("metaxy").setLevel(logging.CRITICAL)

import metaxy as mx  # noqa: E402
import narwhals as nw  # noqa: E402
import polars as pl  # noqa: E402
from metaxy.ext.lancedb import LanceDBMetadataStore  # noqa: E402
from metaxy.models.feature import FeatureGraph  # noqa: E402

SAMPLES = 12
History = dict[str, list[str]]


def after(history: History, kind: str, tag: str, ids: list[str]) -> History:
    result = {key: list(rows) for key, rows in history.items()}
    for key in ids:
        rows = result.setdefault(key, [])
        if kind == "write":
            rows.append(tag)
        elif kind == "soft" and rows and not rows[-1].endswith("!"):
            rows.append(rows[-1] + "!")
    return result


def same(ids: list[str], a: History, b: History) -> bool:
    return all(sorted(a.get(key, [])) == sorted(b.get(key, [])) for key in ids)


class Writer:
    """Runs one operation after the other, after determining the outcome of the one during which it was killed."""

    def __init__(self, store: LanceDBMetadataStore, feature: type, directory: Path, name: str, seed: int) -> None:
        self.store, self.feature, self.directory, self.name = store, feature, directory, name
        self.random = random.Random(seed)
        self.path = directory / f"{name}.journal"
        self.history: History = {}
        self.next = 0
        self.file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def note(self, line: str) -> None:
        os.write(self.file, (line + "\n").encode())

    def replay(self) -> None:
        pending = None
        for line in self.path.read_text().splitlines():
            event, number, *rest = line.split(" ")
            if event == "begin":
                pending = (int(number), rest[0], rest[1], rest[2:])
                self.next += 1
            elif event in ("done", "found") and pending:
                if event == "done" or rest[0] == "yes":
                    self.history = after(self.history, *pending[1:])
                pending = None
        if pending:
            self.look(*pending)

    def look(self, number: int, kind: str, tag: str, ids: list[str]) -> None:
        seen = self.observe()
        expected = after(self.history, kind, tag, ids)
        if same(ids, seen, expected):
            self.history = expected
            self.note(f"found {number} yes")
        else:
            self.note(f"found {number} {'no' if same(ids, seen, self.history) else 'torn'}")

    def observe(self) -> History:
        if not self.store.has_feature(self.feature):
            return {}
        frame = self.store.read(self.feature, with_sample_history=True, include_soft_deleted=True)
        history: History = {}
        for row in frame.select("id", "tag", "metaxy_deleted_at").collect().iter_rows(named=True):
            history.setdefault(row["id"], []).append(row["tag"] + ("" if row["metaxy_deleted_at"] is None else "!"))
        return history

    def choose(self) -> tuple[int, str, str, list[str]]:
        number, self.next = self.next, self.next + 1
        first, count = self.random.randrange(SAMPLES), self.random.randint(1, 5)
        ids = [f"{self.name}.{(first + i) % SAMPLES}" for i in range(count)]
        return number, "write" if self.random.random() < 0.85 else "soft", f"{self.name}-{number}", ids

    def do(self, kind: str, tag: str, ids: list[str]) -> None:
        if kind == "write":
            provenance = [{"content": tag} for _ in ids]
            frame = {"id": ids, "tag": [tag] * len(ids), "metaxy_provenance_by_field": provenance}
            self.store.write(self.feature, pl.DataFrame(frame))
        elif self.store.has_feature(self.feature):
            self.store.delete(self.feature, filters=nw.col("id").is_in(ids))

    def run(self) -> None:
        self.replay()
        while not (self.directory / "stop").exists():
            number, kind, tag, ids = self.choose()
            self.note(f"begin {number} {kind} {tag} {' '.join(ids)}")
            try:
                self.do(kind, tag, ids)
            except Exception as error:  # noqa: BLE001
                conflict = any(
                    word in str(error).lower() for word in ("conflict", "already exists", "concurrent writers")
                )
                text = " ".join(str(error).split())
                self.note(f"error {number} {'CommitConflict' if conflict else type(error).__name__} {text}")
                self.look(number, kind, tag, ids)
                continue
            self.history = after(self.history, kind, tag, ids)
            self.note(f"done {number}")


def end_with_the_torture() -> None:
    """Terminating the torture test terminates its writers."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def main() -> None:
    end_with_the_torture()
    directory, name, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    config = mx.MetaxyConfig(project="torture")
    with config.use(), FeatureGraph().use():

        class Sample(
            mx.BaseFeature,
            spec=mx.FeatureSpec(key="torture/sample", id_columns=["id"], fields=["content"]),
        ):
            id: str
            tag: str

        with LanceDBMetadataStore(directory / "db").open("w") as store:
            Writer(store, Sample, directory, name, seed).run()


if __name__ == "__main__":
    main()
