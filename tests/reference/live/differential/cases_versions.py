"""Nulls, unusual types and duplicates in versions; every algorithm and many lengths; custom data versions; wide graphs."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
from rows import BY_FIELD, column, versions
from session import Session

ALGORITHMS = ["xxhash64", "xxhash32", "wyhash", "sha256", "md5", "xxh3_64"]
NAMES = ["x", "y/z", "y-z", "a/b/c", "default", "b_c", "_", "n0/1"]
TEXT_LIKE = ["str", "i64", "u8", "f64", "f32", "bool", "date", "dec", "cat"]
DATA_VERSION = "metaxy_data_version"
BY_DATA = "metaxy_data_version_by_field"


def provenance(fields: list[str], kinds: list[str] | None, count: int, rng: random.Random) -> pl.Series:
    """Mostly strings; members of other types are converted to strings by the hashing."""
    if kinds is None:
        return versions(fields, count, rng, nulls=rng.choice([0, 0.15]))
    members = [column(f.replace("/", "_"), k, count, rng, nulls=rng.choice([0, 0.2])) for f, k in zip(fields, kinds)]
    return pl.DataFrame(members).to_struct(BY_FIELD)


def samples(fields: list[str], kinds: list[str] | None, count: int, rng: random.Random) -> pl.DataFrame:
    ids = [rng.randint(0, count) if rng.random() < 0.15 else i for i in range(count)]
    frame = pl.DataFrame({"id": ids, "n": [i % 3 for i in range(count)]})
    frame = frame.with_columns(provenance(fields, kinds, count, rng))
    if rng.random() < 0.2:
        frame = frame.with_columns(versions(fields, count, rng, nulls=0.2).alias(BY_DATA))
        if rng.random() < 0.5:
            frame = frame.with_columns(column(DATA_VERSION, "str", count, rng, nulls=0.3))
    if rng.random() < 0.1:
        frame = frame.with_columns(pl.lit("given").alias("metaxy_provenance"))
    return frame


def case(session: Session, rng: random.Random) -> None:
    algorithm = rng.choice(ALGORITHMS)
    truncation = rng.choice([8, 9, 10, 16, 19, 20, 32, 33, 64, 65, 1000])
    roots = {f"raw/r{i}": rng.sample(NAMES, rng.randint(1, 3)) for i in range(rng.choice([1, 2, 2, 6]))}
    roots = {key: [f for f in fields if f != "y-z" or "y/z" not in fields] for key, fields in roots.items()}
    kinds = {
        key: [rng.choice(TEXT_LIKE) for _ in fields] if rng.random() < 0.4 else None for key, fields in roots.items()
    }
    specs: list[dict[str, Any]] = [{"key": k, "id_columns": ["id"], "fields": f} for k, f in roots.items()]
    deps: list[Any] = [{"feature": key, "select": []} for key in roots]
    for dep in deps[1:]:
        dep["optional"] = rng.random() < 0.3
    wide: list[Any] = [{"key": name, "code_version": rng.choice(["1", "é|", ""])} for name in rng.sample(NAMES[:4], 2)]
    wide.append({"key": "everything", "deps": "__METAXY_ALL_DEP__"})
    specs.append({"key": "wide", "id_columns": ["id"], "deps": deps, "fields": wide})
    specs.append(
        {
            "key": "last",
            "id_columns": ["id"],
            "deps": [{"feature": "wide", "fields_mapping": {"mapping": {"type": "all"}}}],
        }
    )
    session.define(specs, algorithm=algorithm, truncation=truncation)
    for key, fields in roots.items():
        session.update(key, key, samples(fields, kinds[key], 9, rng))
    session.update("wide", "wide")
    if rng.random() < 0.5:
        struct = pl.struct(*(pl.lit(f"own-{rng.randint(0, 9)}").alias(f["key"].replace("/", "_")) for f in wide))
        keep = rng.random() < 0.5
        session.update(
            "wide-own",
            "wide",
            staleness=["id > 3"],
            shape=lambda rows: rows.with_columns(struct.alias(BY_DATA)).drop([] if keep else [DATA_VERSION]),
        )
    session.update("last", "last")
    for key, fields in roots.items():
        session.update(f"{key}-again", key, samples(fields, kinds[key], 6, rng))
    for key in ("wide", "last"):
        session.resolve(f"{key}-again", key)
        session.read(f"{key}-read", key, with_sample_history=True)
        session.table(f"{key}-table", key)
