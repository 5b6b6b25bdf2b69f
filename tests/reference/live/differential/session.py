"""Runs a case on one side and records all results, so that two sides, or a side and a recording, can be compared.

A case is a function of a Session and random numbers. It depends only on the random numbers, never on results, so that
it does the same on each side.
"""

from __future__ import annotations

import io
import json
import random
import sys
import zipfile
from pathlib import Path
from typing import Any, Callable

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "interop"))

from sides import PARTS, Refused, Side, difference  # noqa: E402

Case = Callable[["Session", random.Random], None]
REFUSED = "refused"


class Session:
    """A side and its results: frames by name, or refusals."""

    def __init__(self, make: Callable[..., Side], folder: Path):
        self.make = make
        self.folder = folder
        self.seen: dict[str, pl.DataFrame | str] = {}
        self.reasons: dict[str, str] = {}
        self.side: Side | None = None

    def define(self, specs: list[dict[str, Any]], **settings: Any) -> None:
        """The definitions from here on; settings are given with the first ones."""
        try:
            if self.side is None:
                self.side = self.make(self.folder, specs, **settings)
            else:
                self.side.define(specs)
        except Exception as e:
            raise RuntimeError(f"the definitions of the case are not valid: {e}") from e

    def note(self, name: str, do: Callable[[], Any]) -> Any:
        """Runs an operation, and records its result."""
        assert name not in self.seen, name
        try:
            value = do()
        except Refused as e:
            self.seen[name] = REFUSED
            self.reasons[name] = str(e)
            return None
        if isinstance(value, dict):
            self.seen.update({f"{name}.{part}": value[part] for part in PARTS})
        elif isinstance(value, pl.DataFrame):
            self.seen[name] = value
        else:
            self.seen[name] = f"done: {value}" if value is not None else "done"
        return value

    def write(self, name: str, feature: str, rows: pl.DataFrame) -> None:
        self.note(name, lambda: self.side.write(feature, rows))

    def resolve(self, name: str, feature: str, samples: pl.DataFrame | None = None, **options: Any) -> Any:
        return self.note(name, lambda: self.side.resolve(feature, samples, **options))

    def read(self, name: str, feature: str, **options: Any) -> None:
        self.note(name, lambda: self.side.read(feature, **options))

    def delete(self, name: str, feature: str, filters: list[str], *, soft: bool = True) -> None:
        self.note(name, lambda: self.side.delete(feature, filters, soft=soft))

    def push(self, name: str) -> None:
        self.note(name, lambda: self.side.push())

    def describe(self, name: str) -> None:
        self.note(name, lambda: self.side.describe())

    def update(
        self,
        name: str,
        feature: str,
        samples: pl.DataFrame | None = None,
        shape: Callable[[pl.DataFrame], pl.DataFrame] = lambda rows: rows,
        **options: Any,
    ) -> None:
        """Resolves, and writes what is new or stale after `shape` has processed it."""
        parts = self.resolve(name, feature, samples, **options)
        for part in ("new", "stale"):
            if parts and parts[part].height:
                self.write(f"{name}.write-{part}", feature, shape(parts[part]))

    def table(self, name: str, table: str) -> None:
        """A table of the store, unchanged."""
        import lancedb

        def read() -> Any:
            try:
                opened = lancedb.connect(str(self.side.settings["store"])).open_table(table)
            except ValueError as e:  # there is no such table
                raise Refused(str(e)) from e
            rows = pl.from_arrow(opened.to_arrow())
            return rows.drop("recorded_at", "tags", strict=False)  # the timestamp, and the version of the program

        self.note(name, read)


def save(session: Session, file: Path) -> None:
    texts = {name: value for name, value in session.seen.items() if isinstance(value, str)}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("texts.json", json.dumps({"texts": texts, "order": list(session.seen)}))
        for name, value in session.seen.items():
            if isinstance(value, pl.DataFrame):
                buffer = io.BytesIO()
                value.write_parquet(buffer, compression="zstd")
                archive.writestr(f"{name}.parquet", buffer.getvalue())


def load(file: Path) -> dict[str, pl.DataFrame | str]:
    with zipfile.ZipFile(file) as archive:
        index = json.loads(archive.read("texts.json"))
        return {
            name: index["texts"].get(name) or pl.read_parquet(io.BytesIO(archive.read(f"{name}.parquet")))
            for name in index["order"]
        }


def excerpt(value: Any, other: Any) -> str:
    """A text from where it differs from the other one."""
    if not isinstance(value, str):
        return "a frame"
    if not isinstance(other, str) or REFUSED in (value, other):
        return value[:20]
    start = next((i for i, (a, b) in enumerate(zip(value, other)) if a != b), min(len(value), len(other)))
    return f"... {value[max(0, start - 40) : start + 60]}"


def compare(
    reference: dict[str, Any], ours: dict[str, Any], reasons: tuple[dict[str, str], dict[str, str]]
) -> list[str]:
    """A description of the difference."""
    found = []
    for name, expected in reference.items():
        actual = ours.get(name, ours.get(name.rsplit(".", 1)[0], "nothing"))
        if isinstance(expected, str) or isinstance(actual, str):
            if isinstance(expected, str) and isinstance(actual, str) and expected == actual:
                continue
            shown = [excerpt(value, other) for value, other in ((expected, actual), (actual, expected))]
            why = " / ".join(
                reason for each in reasons for key, reason in each.items() if name == key or name.startswith(f"{key}.")
            )
            found.append(f"{name}: reference: {shown[0]}; ours: {shown[1]}; {why}")
            continue
        words = difference(expected, actual)
        if words is not None:
            found.append(f"{name}: {words}")
    return found
