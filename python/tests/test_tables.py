"""Tables of every kind go in, and come out."""

from __future__ import annotations

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import make_videos

import metaxy_cpp as metaxy


class OneBatch:
    """Has rows as an Arrow array."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch

    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        return self._batch.__arrow_c_array__(requested_schema)


def pandas_frame() -> pd.DataFrame:
    frame = pd.DataFrame(make_videos(5).to_dicts())
    return frame[frame["video_id"].isin(["v1", "v3", "v4"])]  # Its index has gaps.


TABLES = {
    "polars": lambda: make_videos(3),
    "pandas": pandas_frame,
    "pyarrow": lambda: make_videos(3).to_arrow(),
    "reader": lambda: make_videos(3).to_arrow().to_reader(max_chunksize=1),
    "batch": lambda: OneBatch(make_videos(3).to_arrow().to_batches()[0]),
    "duckdb": lambda: duckdb.from_arrow(make_videos(3).to_arrow()).filter("video_id <> 'x'"),
    "narwhals": lambda: nw.from_native(make_videos(3)),
}


@pytest.mark.parametrize("kind", TABLES)
def test_any_table_goes_in(store: metaxy.Store, kind: str) -> None:
    assert store.write("video", TABLES[kind]()).rows == 3
    stored = store.read("video").to_polars()
    assert stored.columns[:3] == ["video_id", "path", "metaxy_provenance_by_field"]
    assert stored.height == 3


def test_a_named_index_of_pandas_is_a_column(store: metaxy.Store) -> None:
    store.write("video", pandas_frame().set_index("video_id"))
    assert sorted(store.read("video").to_polars()["video_id"]) == ["v1", "v3", "v4"]


def test_any_table_comes_out(with_videos: metaxy.Store) -> None:
    rows = with_videos.resolve_update("crop").new
    expected = sorted(["v0", "v1", "v2"])
    assert sorted(pl.DataFrame(rows)["video_id"]) == expected
    assert sorted(pa.table(rows)["video_id"].to_pylist()) == expected
    assert sorted(rows.to_pandas()["video_id"]) == expected
    assert sorted(duckdb.sql("select video_id from rows").fetchall()) == [(name,) for name in expected]
    assert sorted(nw.from_arrow(rows, backend="polars")["video_id"]) == expected
    assert sum(batch.num_rows for batch in rows.to_batches()) == 3
    assert pa.schema(rows).names == pl.DataFrame(rows).columns


def test_rows_go_from_store_to_store_without_a_copy_in_python(with_videos: metaxy.Store) -> None:
    assert with_videos.write("video", with_videos.read("video")).rows == 3
    assert with_videos.count("video", with_sample_history=True) == 6


def test_categories_and_times_come_back(store: metaxy.Store) -> None:
    videos = make_videos(2).with_columns(
        kind=pl.Series(["film", "clip"], dtype=pl.Categorical),
        day=pl.Series(["2026-01-02", "2026-03-04"]).str.to_date(),
        tags=pl.Series([["a"], []], dtype=pl.List(pl.String)),
    )
    store.write("video", videos)
    stored = store.read("video").to_polars().sort("video_id")
    assert stored["kind"].cast(pl.String).to_list() == ["film", "clip"]
    assert stored["day"].to_list() == videos["day"].to_list()
    assert stored["tags"].to_list() == [["a"], []]


def test_a_reader_can_be_given_once(store: metaxy.Store) -> None:
    reader = make_videos(3).to_arrow().to_reader()
    store.write("video", reader)
    # The table takes no rows from a reader that has none left.
    assert store.write("video", reader).rows == 0


def test_a_reader_that_raises_leaves_nothing(store: metaxy.Store) -> None:
    table = make_videos(3).to_arrow()

    def batches() -> object:
        yield table.to_batches()[0]
        raise RuntimeError("the camera is gone")

    with pytest.raises(metaxy.MetaxyError, match="the camera is gone"):
        store.write("video", pa.RecordBatchReader.from_batches(table.schema, batches()))
    assert not store.has_feature("video")
