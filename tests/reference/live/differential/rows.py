"""Columns of every type, with edge cases as values."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import polars as pl

BY_FIELD = "metaxy_provenance_by_field"
NAN, INF = float("nan"), float("inf")
UTC = dt.timezone.utc


def moments(zone: dt.tzinfo | None) -> list[dt.datetime]:
    return [
        dt.datetime(1969, 12, 31, 23, 59, 59, 999999, zone),
        dt.datetime(2024, 2, 29, 12, 0, 0, 0, zone),
        dt.datetime(2024, 2, 29, 12, 0, 0, 1000, zone),
        dt.datetime(1, 1, 2, tzinfo=zone) if zone is None else dt.datetime(1677, 9, 22, tzinfo=zone),
        dt.datetime(2262, 4, 11, 0, 0, tzinfo=zone),
    ]


TEXTS = [
    "",
    "a",
    "B",
    "b",
    "é",
    "e\u0301",
    "日本",
    "🦊",
    "it's",
    "a|b",
    "null",
    "0",
    "1",
    "true",
    " x ",
    "a\nb",
    'q"q',
    "\u0000z",
    "%",
    "_",
    "\\",
]

# name -> type, values. Values of one type are distinct.
TYPES: dict[str, tuple[Any, list[Any]]] = {
    "i8": (pl.Int8, [0, 1, -1, 127, -128, 5]),
    "i16": (pl.Int16, [0, 1, -1, 32767, -32768, 5]),
    "i32": (pl.Int32, [0, 1, -1, 2**31 - 1, -(2**31), 16777217]),
    "i64": (pl.Int64, [0, 1, -1, 2**63 - 1, -(2**63), 2**53 + 1, 5]),
    "u8": (pl.UInt8, [0, 1, 255, 5]),
    "u16": (pl.UInt16, [0, 1, 65535, 5]),
    "u32": (pl.UInt32, [0, 1, 2**32 - 1, 5]),
    "u64": (pl.UInt64, [0, 1, 2**64 - 1, 2**63, 5]),
    "f32": (pl.Float32, [0.0, 1.0, -1.5, INF, -INF, NAN, 16777216.0, 0.5]),
    "f64": (pl.Float64, [0.0, 1.0, -1.5, INF, -INF, NAN, 0.1, 1e300, 5e-324, 2.0**53, 5.0]),
    "bool": (pl.Boolean, [True, False]),
    "str": (pl.String, TEXTS),
    "bin": (pl.Binary, [b"", b"a", b"\x00", b"\xff\xfe", b"b"]),
    "date": (pl.Date, [dt.date(1970, 1, 1), dt.date(2024, 2, 29), dt.date(1, 1, 1), dt.date(9999, 12, 31)]),
    "dt_us": (pl.Datetime("us"), moments(None)),
    "dt_ms": (pl.Datetime("ms"), [m.replace(microsecond=0) for m in moments(None)[1:2] + moments(None)[3:]]),
    "dt_ns": (pl.Datetime("ns"), moments(None)[:3]),
    "dt_utc": (pl.Datetime("us", "UTC"), moments(UTC)),
    "dt_zone": (pl.Datetime("us", "Europe/Berlin"), moments(UTC)),
    "time": (pl.Time, [dt.time(0), dt.time(23, 59, 59, 999999), dt.time(12, 30)]),
    "dur": (pl.Duration("us"), [dt.timedelta(0), dt.timedelta(days=1), dt.timedelta(microseconds=-1)]),
    "dec": (
        pl.Decimal(12, 2),
        [Decimal("0.00"), Decimal("1.00"), Decimal("-1.50"), Decimal("9999999999.99"), Decimal("5.00")],
    ),
    "cat": (pl.Categorical, ["a", "b", "", "é"]),
    "enum": (pl.Enum(["b", "a", "é", ""]), ["a", "b", "", "é"]),
    "list": (pl.List(pl.Int64), [[], [1], [1, None], [1, 2, 3]]),
    "struct": (pl.Struct({"x": pl.Int64, "y": pl.String}), [{"x": 1, "y": "a"}, {"x": None, "y": ""}]),
}


def column(name: str, kind: str, count: int, rng: random.Random, nulls: float = 0.0) -> pl.Series:
    dtype, values = TYPES[kind]
    picked = [None if rng.random() < nulls else rng.choice(values) for _ in range(count)]
    return pl.Series(name, picked, dtype=dtype)


def distinct(name: str, kind: str, rng: random.Random, nulls: bool = False) -> pl.Series:
    """Every value once, in random order; with `nulls` a null among them."""
    dtype, values = TYPES[kind]
    picked = [*values, None] if nulls else list(values)
    rng.shuffle(picked)
    return pl.Series(name, picked, dtype=dtype)


def versions(fields: list[str], count: int, rng: random.Random, nulls: float = 0.0, salt: str = "") -> pl.Series:
    members = [field.replace("/", "_") for field in fields]
    rows = [
        {
            m: None if rng.random() < nulls else f"{m}{rng.randint(0, 3)}{salt if rng.random() < 0.4 else ''}"
            for m in members
        }
        for _ in range(count)
    ]
    return pl.Series(BY_FIELD, rows, dtype=pl.Struct({m: pl.String for m in members}))


def with_versions(frame: pl.DataFrame, fields: list[str], rng: random.Random, **options: Any) -> pl.DataFrame:
    return frame.with_columns(versions(fields, frame.height, rng, **options))
