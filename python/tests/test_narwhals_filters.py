"""Narwhals expressions become conditions of the library: pins the tree that Narwhals keeps private."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import narwhals as nw
import narwhals.stable.v1 as nw_v1
import polars as pl
import pytest
from conftest import make_videos

import metaxy_cpp as metaxy
from metaxy_cpp.execution import execution_of
from metaxy_cpp.narwhals_filters import NotTranslatable, translate
from metaxy_cpp.rows import Rows

FRAME = make_videos(6).with_columns(
    size=pl.Series([0, 1, 2, 3, None, 5]),
    ratio=pl.Series([0.5, 1.5, 2.5, float("nan"), None, -1.0]),
    flag=pl.Series([True, False, None, True, False, None]),
    day=pl.Series([dt.date(2026, 1, day) for day in range(1, 7)]),
    moment=pl.Series([dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in range(1, 7)]),
    local=pl.Series([dt.datetime(2026, 1, day) for day in range(1, 7)]),
)

EXPRESSIONS = {
    "equal": nw.col("video_id") == "v1",
    "not_equal": nw.col("size") != 3,
    "less": nw.col("size") < 3,
    "less_real": nw.col("ratio") <= 1.5,
    "integer_and_real": nw.col("size") > 1.5,
    "mirrored": 2 <= nw.col("size"),
    "columns": nw.col("size") > nw.col("ratio"),
    "and": (nw.col("size") > 0) & (nw.col("flag")),
    "or": (nw.col("size") > 4) | nw.col("flag"),
    "not": ~(nw.col("size") > 2),
    "is_null": nw.col("size").is_null(),
    "not_null": ~nw.col("size").is_null(),
    "is_in": nw.col("video_id").is_in(["v0", "v4"]),
    "is_in_nothing": nw.col("video_id").is_in([]),
    "is_in_series": nw.col("size").is_in(nw.from_native(pl.Series([1, 5]), series_only=True)),
    "between": nw.col("size").is_between(1, 3),
    "between_open": nw.col("size").is_between(1, 3, closed="none"),
    "all": nw.all_horizontal(nw.col("size") > 0, nw.col("flag"), ignore_nulls=False),
    "any": nw.any_horizontal(nw.col("size") > 4, nw.col("flag"), ignore_nulls=False),
    "literal": nw.lit(True) & (nw.col("size") > 1),
    "date": nw.col("day") >= dt.date(2026, 1, 4),
    "time": nw.col("moment") < dt.datetime(2026, 1, 3, tzinfo=dt.UTC),
    "time_elsewhere": nw.col("moment") < dt.datetime(2026, 1, 3, tzinfo=dt.timezone(dt.timedelta(hours=5))),
    "local_time": nw.col("local") == dt.datetime(2026, 1, 2),
    "stable": nw_v1.col("size") == 2,
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[metaxy.Store]:
    path: Path = tmp_path_factory.mktemp("filters")
    features = [{"key": "video", "id_columns": ["video_id"], "fields": ["audio", "frames"]}]
    with metaxy.Store(path, features, project="test").open("write") as store:
        store.write("video", FRAME)
        yield store


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_engine_keeps_the_rows_that_polars_keeps(store: metaxy.Store, name: str) -> None:
    expression = EXPRESSIONS[name]
    with execution_of("read", None) as execution:
        rows = store._native.read(
            "video",
            filters=[translate(expression)],
            columns=["video_id"],
            feature_version=None,
            allow_fallback=True,
            with_feature_history=False,
            with_sample_history=False,
            include_soft_deleted=False,
            execution=execution,
        )
    module = nw_v1 if name == "stable" else nw
    expected = module.from_native(FRAME).filter(expression).to_native()["video_id"]
    assert sorted(Rows(rows).to_polars()["video_id"]) == sorted(expected)


@pytest.mark.parametrize(
    "expression",
    [
        nw.col("a").str.starts_with("x"),
        nw.col("a") + 1 > 2,
        nw.col("a", "b") > 1,
        nw.all() > 1,
        nw.all_horizontal(nw.col("a"), ignore_nulls=True),
        nw.col("a") == 2**70,
        nw.col("a") == dt.timedelta(1),
        nw.col("a").is_in([1, None]),
        nw.col("a").is_in(list(range(1000))),
        nw.lit(1, dtype=nw.Int8) == nw.col("a"),
        "text",
        None,
    ],
)
def test_others_are_refused(expression: object) -> None:
    with pytest.raises(NotTranslatable):
        translate(expression)
