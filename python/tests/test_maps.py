"""Versions by field as maps, and in the form that Polars has for maps."""

from __future__ import annotations

from pathlib import Path

import lancedb
import polars as pl
import pyarrow as pa
import pytest
from conftest import FEATURES, make_videos

import metaxy_cpp as metaxy

BY_FIELD = ["metaxy_provenance_by_field", "metaxy_data_version_by_field"]
ENTRIES = pa.large_list(pa.struct({"key": pa.large_string(), "value": pa.large_string()}))


def as_entries(column: pa.ChunkedArray) -> pa.Array:
    return pa.array(
        [[{"key": key, "value": value} for key, value in row.items()] for row in column.to_pylist()], ENTRIES
    )


def with_entries(table: pa.Table) -> pa.Table:
    """The table with versions by field as lists of entries."""
    for name in set(BY_FIELD) & set(table.column_names):
        table = table.set_column(table.column_names.index(name), name, as_entries(table[name]))
    return table


@pytest.mark.parametrize("maps", [False, True])
def test_rows_may_have_entries(tmp_path: Path, maps: bool) -> None:
    with metaxy.Store(tmp_path, FEATURES, project="test", enable_map_datatype=maps).open("write") as store:
        store.write("video", with_entries(make_videos(2).to_arrow()))
        stored = pa.schema(store.read("video")).field(BY_FIELD[0]).type
        assert pa.types.is_map(stored) if maps else pa.types.is_struct(stored)
        assert not store.resolve_update("video", samples=make_videos(2))


def test_tables_of_entries_are_read_and_written(tmp_path: Path) -> None:
    """As a branch of the Python package writes them."""
    store = metaxy.Store(tmp_path, FEATURES, project="test").open("write")
    store.write("video", make_videos(3))
    versions = sorted(store.read("video").to_polars()["metaxy_provenance"])
    rows = with_entries(store.read("video").to_arrow())
    database = lancedb.connect(tmp_path)
    database.drop_table("video")
    database.create_table("video", rows)
    assert sorted(store.read("video").to_polars()["metaxy_provenance"]) == versions
    assert not store.resolve_update("video", samples=make_videos(3))
    store.write("crop", store.resolve_update("crop").new)
    assert not store.resolve_update("crop")
    store.write("video", make_videos(4, "2"))
    assert store.resolve_update("crop").counts == (1, 3, 0)
    assert store.read("video", filters="path = 'v1.mp4'").to_arrow().num_rows == 1
    assert pa.schema(store.read("video")).field(BY_FIELD[0]).type == ENTRIES
    store.delete("video", "video_id = 'v0'")
    assert store.resolve_update("crop").counts == (1, 2, 1)


def test_maps_of_polars_are_stored_as_maps(tmp_path: Path) -> None:
    """By the name of the extension type, which arrives as metadata."""
    tags = pa.field("tags", ENTRIES, metadata={"ARROW:extension:name": "polars_map.map"})
    table = make_videos(1).to_arrow()
    table = table.append_column(tags, pa.array([[{"key": "a", "value": "1"}]], ENTRIES))
    with metaxy.Store(tmp_path, FEATURES, project="test").open("write") as store:
        store.write("video", table)
        rows = store.read("video").to_arrow()
        assert pa.types.is_map(rows.schema.field("tags").type)
        assert rows["tags"].to_pylist() == [[("a", "1")]]
        # A table that has lists stays so.
        store.write("video", table.set_column(table.column_names.index("tags"), "more", table["tags"].combine_chunks()))
        assert store.read("video").to_polars().height == 1
        assert pl.DataFrame(store.read("video"))["more"].to_list() == [[{"key": "a", "value": "1"}]]
