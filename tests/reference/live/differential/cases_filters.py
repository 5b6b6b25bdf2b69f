"""Filters on columns of every type: in reads, on the samples of a root, on the rows of parents and of the feature, as
staleness predicates, and in deletes.
"""

from __future__ import annotations

import random

import polars as pl
from conditions import condition
from rows import TYPES, column, with_versions
from session import Session

FIELDS = ["x", "y/z"]
RARE = ("time", "dur", "bin", "list", "struct", "enum")


def case(session: Session, rng: random.Random) -> None:
    # Filters on the others are hardly ever meaningful.
    kinds = rng.sample([kind for kind in TYPES if kind not in RARE or rng.random() < 0.1], 5)
    kinds += [k for k in kinds[:2]]  # two columns of some types, to compare them
    columns = {f"c{i}": kind for i, kind in enumerate(kinds)}
    frame = pl.DataFrame({"id": list(range(14))}, schema={"id": pl.Int64})
    for name, kind in columns.items():
        frame = frame.with_columns(column(name, kind, frame.height, rng, nulls=0.2))
    rows = with_versions(frame, FIELDS, rng)
    known = {**columns, "id": "i64"}
    session.define(
        [
            {"key": "root", "id_columns": ["id"], "fields": FIELDS},
            {"key": "child", "id_columns": ["id"], "deps": ["root"], "fields": ["x"]},
        ]
    )
    session.write("first", "root", rows)
    for i in range(10):
        session.read(f"read-{i}", "root", filters=[condition(known, rng) for _ in range(rng.choice([1, 1, 1, 2]))])
    for i in range(3):
        session.resolve(f"root-{i}", "root", rows.head(7), target_filters=[condition(known, rng)])
    session.resolve("stale-if", "root", rows.head(9), staleness=[condition(known, rng), condition({"id": "i64"}, rng)])
    session.update("child", "child", filters={"root": [condition(known, rng)]})
    session.resolve("child-global", "child", global_filters=[condition({"id": "i64"}, rng)])
    session.resolve(
        "child-parent", "child", filters={"root": [condition(known, rng)], "child": [condition({"id": "i64"}, rng)]}
    )
    session.delete("delete", "root", [condition(known, rng)])
    session.read("after-delete", "root", include_soft_deleted=True)
    session.resolve("child-after-delete", "child")
