"""The drop-in store with frames of other kinds than Polars, and as Dagster's IO manager uses it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pytest
from metaxy.metadata_store.warnings import MetaxyColumnMissingWarning, PolarsMaterializationWarning
from reference_project import configured, make_graph, make_videos

import metaxy_cpp


@pytest.fixture(autouse=True)
def configuration() -> Iterator[None]:
    with configured(), make_graph().use():
        yield


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Any]:
    with metaxy_cpp.LanceDBMetadataStore(tmp_path / "metadata").open("w") as store:
        yield store


def pandas_frame(count: int) -> pd.DataFrame:
    frame = pd.DataFrame(make_videos(count + 1).to_dicts())
    return frame[frame["size"] < count].set_index(pd.Index(range(5, 5 + count)))


FRAMES = {
    "pandas": pandas_frame,
    "pyarrow": lambda count: make_videos(count).to_arrow(),
    "duckdb": lambda count: duckdb.from_arrow(make_videos(count).to_arrow()),
    "lazy polars": lambda count: make_videos(count).lazy(),
    "narwhals": lambda count: nw.from_native(make_videos(count).to_arrow()),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_of_any_kind(store: Any, kind: str) -> None:
    make = FRAMES[kind]
    assert len(store.resolve_update("video", samples=make(3)).new) == 3
    store.write("video", make(3))
    frame = store.read("video").collect().to_native()
    assert isinstance(frame, pl.DataFrame)
    assert frame.select(make_videos(3).columns).sort("video_id").equals(make_videos(3))
    assert [len(part) for part in store.resolve_update("video", samples=make(3))] == [0, 0, 0]
    assert [len(part) for part in store.resolve_update("video", samples=make(2))] == [0, 0, 1]
    assert not store.native_calls.reference


@pytest.mark.parametrize("kind", ["polars", "pandas", "pyarrow", "lazy polars"])
def test_times_without_a_zone_are_in_utc(store: Any, tmp_path: Path, kind: str) -> None:
    """So rows come out of a function of Ray that were read from a store."""
    store.write("video", make_videos(3))
    stored = store.read("video").collect().to_native().sort("video_id")
    naive = stored.with_columns(pl.col(pl.Datetime("us", "UTC")).dt.replace_time_zone(None))
    assert naive.schema["metaxy_created_at"] == naive.schema["metaxy_deleted_at"] == pl.Datetime("us")
    frames = {
        "polars": lambda: naive,
        "pandas": lambda: pd.DataFrame(naive.to_dicts()),
        "pyarrow": naive.to_arrow,
        "lazy polars": naive.lazy,
    }
    with metaxy_cpp.LanceDBMetadataStore(tmp_path / "other").open("w") as other:
        other.write("video", frames[kind]())
        copy = other.read("video").collect().to_native().sort("video_id")
        assert copy["metaxy_created_at"].equals(stored["metaxy_created_at"])
        assert copy.schema["metaxy_updated_at"] == pl.Datetime("us", "UTC")
        assert not other.native_calls.reference


def test_warnings_are_those_of_the_python_package(store: Any) -> None:
    with pytest.warns(PolarsMaterializationWarning, match="`metaxy_provenance` will be calculated in Polars"):
        store.write("video", make_videos(2).to_arrow())
    with pytest.warns(PolarsMaterializationWarning, match="(?i)native is .*polars, got .*pyarrow"):
        store.resolve_update("video", samples=make_videos(2).to_arrow())
    with pytest.warns(MetaxyColumnMissingWarning, match="expected metaxy_provenance"):
        store.write("crop", store.resolve_update("crop").new.drop("metaxy_provenance"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store.write("video", make_videos(2))
        store.resolve_update("video", samples=make_videos(2))


def test_what_is_no_frame_is_refused(store: Any) -> None:
    for wrong in (1, "rows", [{"video_id": "a"}], object()):
        with pytest.raises(TypeError):
            store.write("video", wrong)
        with pytest.raises(TypeError):
            store.resolve_update("video", samples=wrong)


class IOManager:
    """What metaxy.ext.dagster.MetaxyIOManager does with its store: frames leave the `with` in which they were made."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def load_input(self, feature: str) -> tuple[nw.LazyFrame[Any], dict[str, Any]]:
        with self._store:
            frame, resolved = self._store.read(
                feature=feature, filters=[nw.col("size") >= 0, nw.col("video_id") != "x"], with_store_info=True
            )
            return frame, resolved.get_store_info(feature)

    def handle_output(self, feature: str, frame: Any) -> int:
        with self._store.open("w"):
            self._store.write(feature=feature, df=frame)
        with self._store:
            mine = self._store.read(feature, filters=[nw.col("metaxy_materialization_id") == "run-1"])
            return len(mine.select("video_id").unique().collect().to_native())


def test_an_io_manager(tmp_path: Path) -> None:
    """Of one asset after the other, in one process."""
    store = metaxy_cpp.LanceDBMetadataStore(tmp_path / "metadata", materialization_id="run-1")
    manager = IOManager(store)
    assert manager.handle_output("video", make_videos(3)) == 3
    frame, info = manager.load_input("video")
    assert info["type"] == "metaxy_cpp.LanceDBMetadataStore"
    assert len(frame.collect()) == 3
    with store:
        increment = store.resolve_update("crop", lazy=True)
    # The asset computes when the store is closed, and writes again while it has the frames.
    computed = increment.new.with_columns(size=nw.col("size") * 2)
    assert manager.handle_output("crop", computed) == 3
    assert manager.handle_output("video", frame.filter(nw.col("size") > 0)) == 3
    assert len(increment.collect().new) == 3
    frame, _ = manager.load_input("crop")
    assert sorted(frame.select("size").collect()["size"].to_list()) == [0, 2, 4]
    assert not store.native_calls.reference
