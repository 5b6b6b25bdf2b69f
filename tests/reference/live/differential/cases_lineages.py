"""Parents with different id columns, joined in every possible way, including ways that make little sense."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
from rows import column, with_versions
from session import Session

VALUES = {"a": [1, 2, 3, 4], "b": ["x", "é", "", "y"], "c": [True, False]}
TYPES = {"a": pl.Int64, "b": pl.String, "c": pl.Boolean}
DEFAULTS = {"a": pl.lit(7, pl.Int64), "b": pl.lit("new"), "c": pl.lit(True), "part": pl.lit(0, pl.Int64)}
ROOTS = {"raw/a": ["a"], "raw/ab": ["a", "b"], "raw/ba": ["b", "a"], "raw/ac": ["a", "c"], "raw/abc": ["a", "b", "c"]}
FIELDS = {
    "raw/a": ["x"],
    "raw/ab": ["x", "y/z"],
    "raw/ba": ["y/z", "v"],
    "raw/ac": ["x", "v"],
    "raw/abc": ["x", "y/z", "v"],
}


def rows_of(key: str, rng: random.Random, nulls: bool) -> pl.DataFrame:
    ids = ROOTS[key]
    frame = pl.DataFrame({"": [0]})
    for name in ids:
        values = [*VALUES[name], None] if nulls and rng.random() < 0.5 else VALUES[name]
        frame = frame.join(pl.DataFrame({name: values}, schema={name: TYPES[name]}), how="cross")
    frame = frame.drop("").sample(fraction=0.7, seed=rng.randint(0, 999), shuffle=True)
    own = f"n_{key.removeprefix('raw/')}"
    frame = frame.with_columns(column(own, "i8", frame.height, rng, nulls=0.2).cast(pl.Int64))
    return with_versions(frame, FIELDS[key], rng, nulls=rng.choice([0, 0, 0.1]))


def dep(key: str, ids: list[str], own_ids: list[str], expands: bool, number: int, rng: random.Random) -> dict[str, Any]:
    """A dependency on `key` with these ids; mostly a meaningful one for a feature with `own_ids`."""
    result: dict[str, Any] = {"feature": key, "optional": rng.random() < 0.3}
    shared = [name for name in ids if name in own_ids]
    others = [name for name in ids if name not in own_ids]
    if rng.random() < 0.12:  # whatever comes
        on = rng.sample(ids, rng.randint(1, len(ids)))
        kind = rng.choice(["N:1", "1:N"])
        result["lineage"] = {"relationship": {"type": kind, "on": on}}
    elif expands:
        on = shared if rng.random() < 0.7 else rng.sample(shared, 1)
        result["lineage"] = {"relationship": {"type": "1:N", "on": on}}
    elif others:
        on = None if rng.random() < 0.4 and len(shared) == len(own_ids) else shared
        result["lineage"] = {"relationship": {"type": "N:1", "on": on}}
    if others and number > 0 and rng.random() < 0.9:  # or the names collide
        result["rename"] = {name: f"{name}_{number}" for name in others}
    own = f"n_{key.removeprefix('raw/')}"
    if number > 1:  # the package cannot join a third parent without
        result["select"] = [result.get("rename", {}).get(name, name) for name in ids]
    if rng.random() < 0.25 and key.startswith("raw/"):
        result["filters"] = [rng.choice([f"{own} > 0", f"NOT {own} = 1", f"a IN (1, 3) OR {own} IS NULL", "a != 2"])]
    return result


def case(session: Session, rng: random.Random) -> None:
    nulls = rng.random() < 0.15
    roots = sorted(rng.sample(sorted(ROOTS), 3))
    specs: list[dict[str, Any]] = [{"key": k, "id_columns": ROOTS[k], "fields": FIELDS[k]} for k in roots]
    known = {k: ROOTS[k] for k in roots}
    derived = []
    for number in range(4):
        parents = rng.sample(sorted(known), rng.choice([1, 2, 2, 3]))
        common = sorted(set.intersection(*(set(known[p]) for p in parents)))
        if not common:
            continue
        ids = rng.sample(common, rng.randint(1, len(common)))
        expands = rng.random() < 0.2 and all(set(known[p]) <= set(ids) for p in parents)
        deps = [dep(p, known[p], ids, expands, i, rng) for i, p in enumerate(parents)]
        if expands:
            ids = [*ids, "part"]
        spec = {
            "key": f"d{number}",
            "id_columns": ids,
            "deps": deps,
            "fields": ["x", {"key": "all", "deps": "__METAXY_ALL_DEP__"}],
        }
        specs.append(spec)
        known[spec["key"]] = ids
        derived.append((spec["key"], ids))
    session.define(specs, algorithm=rng.choice(["xxhash32", "xxh3_64"]))
    frames = {key: rows_of(key, rng, nulls) for key in roots}
    for key in roots:
        session.write(key, key, frames[key])
    for turn in (1, 2):
        for key, ids in derived:
            session.update(f"{key}-{turn}", key, shape=lambda rows: shaped(rows, ids))
            session.resolve(f"{key}-{turn}-after", key)
            session.read(f"{key}-{turn}-read", key)
        for key in roots:
            again = frames[key].drop("metaxy_provenance_by_field").sample(fraction=0.5, seed=rng.randint(0, 999))
            session.write(f"{key}-{turn}", key, with_versions(again, FIELDS[key], rng, salt=str(turn)))


def shaped(rows: pl.DataFrame, ids: list[str]) -> pl.DataFrame:
    """A row per sample, with the ids and the required system columns."""
    rows = rows.with_columns(DEFAULTS[name].alias(name) for name in ids if name not in rows.columns)
    kept = [c for c in rows.columns if c in ids or c.startswith("metaxy_") and not c.endswith("_right")]
    steady = sorted(c for c in kept if not c.endswith("_at"))
    order = sorted(range(rows.height), key=[repr(row) for row in rows.select(steady).iter_rows()].__getitem__)
    return rows.select(kept)[order].unique(ids, keep="first", maintain_order=True)
