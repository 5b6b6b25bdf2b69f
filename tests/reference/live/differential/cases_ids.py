"""Ids of every type, alone and together: joins, groups and their order, nulls, samples that occur twice."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
from rows import TYPES, column, distinct, with_versions
from session import Session

NOT_FOR_IDS = ("list", "struct")
FIELDS = ["x", "y/z"]


def case(session: Session, rng: random.Random) -> None:
    usable = [kind for kind in TYPES if kind not in NOT_FOR_IDS]
    kind = rng.choice(usable)
    other = kind if rng.random() < 0.6 else rng.choice(usable)
    second = rng.choice(usable)
    nulls = rng.random() < 0.2
    base = distinct("k", kind, rng, nulls).to_frame()
    fine = base.join(distinct("n", second, rng, nulls).head(4).to_frame(), how="cross")
    fine = fine.sample(fraction=0.7, seed=rng.randint(0, 999))
    if rng.random() < 0.3:
        fine = pl.concat([fine, fine.head(2)])
    right = distinct("key", other, rng).to_frame()
    on: dict[str, Any] = {"type": "N:1"} if rng.random() < 0.5 else {"type": "N:1", "on": ["k"]}
    session.define(
        [
            {"key": "raw/base", "id_columns": ["k"], "fields": FIELDS},
            {"key": "raw/fine", "id_columns": ["k", "n"], "fields": FIELDS},
            {"key": "raw/right", "id_columns": ["key"], "fields": ["r"]},
            {"key": "same", "id_columns": ["k", "n"], "deps": ["raw/fine"], "fields": ["x", "w"]},
            {
                "key": "groups",
                "id_columns": ["k"],
                "deps": [{"feature": "raw/fine", "lineage": {"relationship": on}}],
                "fields": FIELDS,
            },
            {
                "key": "joined",
                "id_columns": ["k"],
                "deps": ["raw/base", {"feature": "raw/right", "rename": {"key": "k"}, "optional": rng.random() < 0.4}],
                "fields": ["x", "r", "w"],
            },
        ]
    )
    session.update("base", "raw/base", with_versions(base, FIELDS, rng))
    session.write("fine", "raw/fine", with_versions(fine, FIELDS, rng))
    session.update(
        "right",
        "raw/right",
        with_versions(right, ["r"], rng).with_columns(column("note", "str", right.height, rng, 0.3)),
    )
    session.update("same", "same")
    session.update(
        "groups",
        "groups",
        shape=lambda rows: (
            rows.sort("k", *[c for c in rows.columns if c == "n"])
            .unique("k", keep="first", maintain_order=True)
            .drop("n", strict=False)
        ),
    )
    session.update("joined", "joined")
    changed = with_versions(fine.head(fine.height // 2 + 1), FIELDS, rng, salt="-2")
    session.update("fine-again", "raw/fine", changed)
    for feature in ("same", "groups", "joined"):
        session.resolve(f"{feature}-again", feature)
        session.read(f"{feature}-read", feature)
    session.read("fine-history", "raw/fine", with_sample_history=True)
