"""metaxy_cpp.LanceDBMetadataStore in the place of the Python package's own store."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import metaxy as mx
import narwhals as nw
import polars as pl
import pytest
from metaxy.config import MetaxyConfig
from metaxy.ext.lancedb import LanceDBMetadataStore as ReferenceStore
from metaxy.metadata_store import exceptions
from metaxy.metadata_store.system import FEATURE_VERSIONS_KEY, SystemTableStorage
from reference_project import configured, make_graph, make_videos

import metaxy_cpp


@pytest.fixture(autouse=True)
def configuration() -> Iterator[None]:
    with configured():
        yield


@pytest.fixture
def graph() -> Iterator[mx.FeatureGraph]:
    graph = make_graph()
    with graph.use():
        yield graph


@pytest.fixture
def store(tmp_path: Path, graph: mx.FeatureGraph) -> Iterator[Any]:
    with metaxy_cpp.LanceDBMetadataStore(tmp_path / "metadata").open("w") as store:
        yield store


def test_a_pipeline_runs_in_the_engine(store: Any) -> None:
    assert isinstance(store, ReferenceStore)
    store.write("video", make_videos(3))
    increment = store.resolve_update("crop")
    assert [len(part) for part in increment] == [3, 0, 0]
    store.write("crop", increment.new)
    assert [len(part) for part in store.resolve_update("crop")] == [0, 0, 0]
    assert store.read("crop").collect().shape[0] == 3
    assert store.native_calls.native == {"write": 2, "resolve_update": 2, "read": 1}
    assert not store.native_calls.reference


def test_both_stores_find_the_same(store: Any, tmp_path: Path) -> None:
    store.write("video", make_videos(5))
    store.write("crop", store.resolve_update("crop").new.head(4))
    store.write("video", make_videos(2, "2"))
    ours = store.resolve_update("crop")
    with ReferenceStore(tmp_path / "metadata") as reference:
        theirs = reference.resolve_update("crop")
        for mine, other in zip(ours, theirs, strict=True):
            columns = sorted(other.columns)
            assert sorted(mine.columns) == columns
            assert mine.select(columns).sort("video_id").to_dict(as_series=False) == other.select(columns).sort(
                "video_id"
            ).to_dict(as_series=False)
        ours_read = store.read("video").collect().sort("video_id")
        theirs_read = reference.read("video").collect().sort("video_id")
        assert ours_read.to_dict(as_series=False) == theirs_read.to_dict(as_series=False)


def test_the_graph_is_that_of_the_call(store: Any) -> None:
    store.write("video", make_videos(2))
    store.write("crop", store.resolve_update("crop").new)
    with make_graph("2").use():
        assert len(store.resolve_update("crop").new) == 2
    assert len(store.resolve_update("crop").new) == 0


def test_filters_are_translated(store: Any) -> None:
    store.write("video", make_videos(6))
    kept = store.read("video", filters=[(nw.col("size") > 1) & ~nw.col("video_id").is_in(["v5"])]).collect()
    assert sorted(kept["video_id"].to_list()) == ["v2", "v3", "v4"]
    increment = store.resolve_update("crop", filters={"video": [nw.col("size") < 2]})
    assert len(increment.new) == 2
    assert not store.native_calls.reference


def test_polars_filters_what_the_engine_cannot(store: Any) -> None:
    store.write("video", make_videos(3))
    frame = store.read("video", filters=[nw.col("video_id").str.ends_with("1"), nw.col("size") < 9], columns=["size"])
    assert frame.collect().to_dict(as_series=False) == {"size": [1]}
    # Parents, too: they are filtered before they are given to the engine.
    increment = store.resolve_update("crop", filters={"video": [nw.col("video_id").str.ends_with("2")]})
    assert increment.new["video_id"].to_list() == ["v2"]
    assert not store.native_calls.reference


def test_what_the_engine_does_not_know_is_left_and_counted(store: Any) -> None:
    store.write("video", make_videos(3))
    unknown = nw.col("video_id").str.ends_with("1")
    assert len(store.resolve_update("crop", global_filters=[unknown]).new) == 1
    assert store.native_calls.reference == {"resolve_update": 1}
    assert "str.ends_with" in next(iter(store.native_calls.reasons))


def test_graphs_may_come_and_go(store: Any) -> None:
    """What is kept of them must not be taken for another one that has its place in memory."""
    store.write("video", make_videos(2))
    for number in range(30):
        with make_graph(str(number)).use():
            assert len(store.resolve_update("crop").new) == 2
            store.write("crop", store.resolve_update("crop").new)
            assert len(store.resolve_update("crop").new) == 0
        if number % 10 == 0:
            gc.collect()


def test_system_tables_are_read_and_written_by_the_engine(store: Any, graph: mx.FeatureGraph) -> None:
    storage = SystemTableStorage(store)
    version = storage.push_graph_snapshot().project_version
    assert storage.push_graph_snapshot().already_pushed
    assert storage.load_graph_from_snapshot(version).feature_definitions_by_key.keys() == (
        graph.feature_definitions_by_key.keys()
    )
    assert store.native_calls.native["write"] == 1
    assert not store.native_calls.reference


def test_what_was_not_pushed_is_told(store: Any) -> None:
    with pytest.raises(exceptions.SystemDataNotFoundError, match="metaxy push"):
        store.read(FEATURE_VERSIONS_KEY, with_feature_history=True)


def test_frames_outlive_the_store(tmp_path: Path, graph: mx.FeatureGraph) -> None:
    store = metaxy_cpp.LanceDBMetadataStore(tmp_path)
    with store.open("w"):
        store.write("video", make_videos(3))
        lazy = store.resolve_update("crop", lazy=True)
        frame = store.read("video")
    assert frame.implementation == nw.Implementation.POLARS
    for _ in range(2):
        assert frame.collect().shape[0] == 3
        assert frame.filter(nw.col("size") == 1).select("video_id").collect().shape == (1, 1)
        assert len(lazy.collect().new) == 3
    assert frame.head(2).collect().shape[0] == 2


def test_lazy_frames_take_any_query(store: Any) -> None:
    """A sort with a limit is handed down as a condition by some versions of Polars, which evaluating it panics."""
    store.write("video", make_videos(9))
    frame = store.read("video").filter(nw.col("size") < 7)
    assert frame.sort("size", descending=True).head(2).collect()["size"].to_list() == [6, 5]
    assert frame.sort("size").head(1).select("video_id").collect()["video_id"].to_list() == ["v0"]
    assert frame.to_native().top_k(1, by="size").select("size").collect().to_series().to_list() == [6]
    assert frame.select(nw.len()).collect().item() == 7
    assert frame.filter(nw.col("size") > 1, nw.col("video_id") != "v3").head(1).collect().shape[0] == 1


def test_failures_are_those_of_the_package(store: Any, tmp_path: Path) -> None:
    with pytest.raises(exceptions.FeatureNotFoundError):
        store.read("video")
    with pytest.raises(ValueError, match="samples"):
        store.resolve_update("video")
    with pytest.raises(exceptions.MetadataSchemaError):
        store.write("video", pl.DataFrame({"video_id": ["a"]}))
    with pytest.raises(exceptions.StoreNotOpenError):
        metaxy_cpp.LanceDBMetadataStore(tmp_path).read("video")


def test_soft_and_hard_deletes(store: Any) -> None:
    store.write("video", make_videos(3))
    store.delete("video", nw.col("video_id") == "v0")
    assert store.read("video").collect().shape[0] == 2
    assert store.read("video", include_soft_deleted=True).collect().shape[0] == 3
    store.delete("video", [nw.col("video_id") == "v1"], soft=False)
    assert store.read("video", include_soft_deleted=True).collect().shape[0] == 2
    store.delete("video", None, soft=False)
    assert store.read("video", with_sample_history=True).collect().shape[0] == 0
    assert store.native_calls.native["delete"] == 3


def test_progress_and_input(store: Any) -> None:
    store.write("video", make_videos(4))
    store.write("crop", store.resolve_update("crop").new.head(1))
    lazy = store.resolve_update("crop", lazy=True)
    assert store.calculate_input_progress(lazy, "crop") == 25.0
    assert lazy.input.collect().shape[0] == 4


def test_input_outlives_the_store_and_its_graph(tmp_path: Path) -> None:
    store = metaxy_cpp.LanceDBMetadataStore(tmp_path)
    with make_graph().use(), store.open("w"):
        store.write("video", make_videos(3))
        lazy = store.resolve_update("crop", lazy=True)
        root = store.resolve_update("video", samples=make_videos(4), lazy=True)
    parts = lazy.to_polars()
    assert parts.new.collect().height == 3
    assert parts.input.collect().height == 3
    assert root.to_polars().input is None
    assert not store._is_open


def test_one_line_of_the_configuration(tmp_path: Path, graph: mx.FeatureGraph) -> None:
    (tmp_path / "metaxy.toml").write_text(
        'project = "test"\n[stores.dev]\ntype = "metaxy_cpp.LanceDBMetadataStore"\n'
        f'[stores.dev.config]\nuri = "{tmp_path}/metadata"\n'
    )
    store = MetaxyConfig.load(tmp_path / "metaxy.toml").get_store("dev")
    assert type(store) is metaxy_cpp.LanceDBMetadataStore
    # The library and the program read the same file.
    assert metaxy_cpp.Project(tmp_path / "metaxy.toml").store("dev").display
