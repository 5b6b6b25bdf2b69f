"""User columns of every type go through a write, a read, and the increments of a child, keeping type and value."""

from __future__ import annotations

import random

import polars as pl
from rows import TYPES, column, with_versions
from session import Session


def case(session: Session, rng: random.Random) -> None:
    kinds = rng.sample(list(TYPES), 8)
    count = rng.choice([0, 1, 9])
    frame = pl.DataFrame({"id": [f"s{i}" for i in range(count)]}, schema={"id": pl.String})
    for i, kind in enumerate(kinds):
        frame = frame.with_columns(column(f"c{i}", kind, count, rng, nulls=rng.choice([0, 0.3, 1])))
    nested = rng.choice(kinds)
    if nested not in ("list", "struct", "enum", "cat"):
        values = column("v", nested, count, rng, nulls=0.2)
        frame = frame.with_columns(pl.struct(values.alias("m"), pl.lit(1).alias("n")).alias("nested"))
    rows = with_versions(frame, ["x"], rng)
    session.define(
        [
            {"key": "root", "id_columns": ["id"], "fields": ["x"]},
            {"key": "child", "id_columns": ["id"], "deps": ["root"], "fields": ["x"]},
            {
                "key": "narrow",
                "id_columns": ["id"],
                "deps": [{"feature": "child", "select": ["c0", "c3"], "rename": {"c3": "c4", "c4": "c3"}}],
            },
        ]
    )
    session.update("root", "root", rows)
    session.write("again", "root", with_versions(frame.head(3), ["x"], rng, salt="-2"))
    session.read("read", "root")
    session.read("some", "root", columns=["c3", "id", "c1"])
    session.update("child", "child")
    session.update("narrow", "narrow")
    session.read("child-read", "child")
    session.resolve("child-again", "child")
    session.read("narrow-read", "narrow")
    session.table("table", "narrow")
