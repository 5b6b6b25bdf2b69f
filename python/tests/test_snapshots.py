"""Snapshots, in both stores: made, listed, compared, read, resolved and deleted."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path

import metaxy as mx
import narwhals as nw
import pytest
import reference_project
from conftest import FEATURES, make_videos
from metaxy.metadata_store import exceptions

import metaxy_cpp as metaxy


def test_a_snapshot_is_what_was_there(with_videos: metaxy.Store) -> None:
    store = with_videos
    before = datetime.now(UTC) - timedelta(minutes=5)
    made = store.snapshots.create("training-1")
    assert before < made.created_at < datetime.now(UTC) + timedelta(minutes=5)
    assert (made.name, made.project, made.project_version) == ("training-1", "test", store.graph.project_version())
    video, crop = made.features
    assert (video.feature, video.table_version, video.rows) == ("video", 1, 3)
    assert video.feature_version == store.graph.feature_version("video")
    assert (crop.feature, crop.table_version, crop.rows) == ("crop", None, 0)

    store.write("video", make_videos(2, version="2"))
    store.delete("video", "video_id = 'v2'", soft=False)
    store.write("crop", store.resolve_update("crop").new)
    at = store.snapshots.open("training-1")
    assert at.is_open
    assert at.read("video").to_polars().sort("video_id")["path"].to_list() == ["v0.mp4", "v1.mp4", "v2.mp4"]
    assert at.count("video") == 3
    assert at.resolve_update("crop").counts == (3, 0, 0)
    assert [status.new for status in at.status()] == [0, 3]
    with pytest.raises(metaxy.FeatureNotFoundError, match="training-1"):
        at.read("crop")
    assert not hasattr(at, "write")
    with pytest.raises(metaxy.StoreNotOpenError):
        at.open("write")
    assert at.graph.features == ["video", "crop"]


def test_differences_are_counted(with_videos: metaxy.Store) -> None:
    store = with_videos
    store.snapshots.create("a")
    store.write("video", make_videos(2, version="2"))
    store.write("video", make_videos(4).tail(2))
    store.snapshots.create("b", ["video"])
    store.delete("video", "video_id = 'v0'")
    (diff,) = store.snapshots.diff("a", "b", features="video")
    assert (diff.feature, diff.added, diff.removed, diff.changed, diff.rewritten) == ("video", 1, 0, 2, 1)
    assert (diff.in_first, diff.in_second, diff.other_id_columns) == (True, True, False)
    assert [diff.removed for diff in store.snapshots.diff("b", features=["video"])] == [1]
    assert [each.name for each in store.snapshots.list()] == ["b", "a"]
    assert store.snapshots.get("a") == store.snapshots.list()[1]
    store.snapshots.delete("a")
    assert [each.name for each in store.snapshots.list()] == ["b"]


def test_mistakes_have_names(with_videos: metaxy.Store, tmp_path: Path, graph: metaxy.FeatureGraph) -> None:
    snapshots = with_videos.snapshots
    snapshots.create("first")
    with pytest.raises(metaxy.InvalidInputError, match="first"):
        snapshots.create("first")
    with pytest.raises(metaxy.InvalidInputError, match="a b"):
        snapshots.create("a b")
    with pytest.raises(metaxy.FeatureNotFoundError, match="crop"):
        snapshots.create("second", ["crop"])
    for call in (snapshots.get, snapshots.open, snapshots.delete, snapshots.diff):
        with pytest.raises(metaxy.SystemDataNotFoundError, match="frist.*'first'"):
            call("frist")
    with pytest.raises(metaxy.InvalidInputError, match="crop"):
        snapshots.create("third", "video") and snapshots.diff("third", "third", features="crop")
    assert [each.name for each in snapshots.list()] == ["third", "first"]
    with metaxy.Store(tmp_path / "metadata", graph) as reading:
        with pytest.raises(metaxy.StoreNotOpenError):
            reading.snapshots.create("fourth")
        assert len(reading.snapshots.list()) == 2
        with pytest.raises(metaxy.StoreNotOpenError):
            reading.snapshots.delete("first")
    with pytest.raises(metaxy.StoreNotOpenError):
        reading.snapshots.list()


def test_what_is_lost_is_found(with_videos: metaxy.Store) -> None:
    with_videos.snapshots.create("a")
    assert with_videos.snapshots.check() == []
    assert with_videos.snapshots.remove_leftovers(older_than=timedelta(0)) == []
    with_videos.drop("video")
    (lost,) = with_videos.snapshots.check()
    assert (lost.kind, lost.snapshot, lost.table) == ("lost", "a", "video")
    with pytest.raises(metaxy.TableNotFoundError):
        with_videos.snapshots.open("a").read("video")
    with pytest.raises(metaxy.InvalidInputError, match="older_than"):
        with_videos.snapshots.remove_leftovers(older_than=timedelta(-1))


def test_rows_of_a_snapshot_outlive_it_and_its_store(tmp_path: Path, graph: metaxy.FeatureGraph) -> None:
    store = metaxy.Store(tmp_path / "metadata", graph).open("write")
    store.write("video", make_videos(3))
    store.snapshots.create("a")
    at = store.snapshots.open("a")
    increment = at.resolve_update("crop")
    with at as same:
        assert same.count("video") == 3
    with pytest.raises(TypeError, match="pickle its store"):
        pickle.dumps(at)
    store.close()
    assert not at.is_open
    del store, at
    assert increment.new.to_polars().height == 3


def test_a_snapshot_can_be_copied_from(with_videos: metaxy.Store, tmp_path: Path) -> None:
    with_videos.snapshots.create("a")
    with_videos.write("video", make_videos(5))
    with metaxy.Store(tmp_path / "copy", FEATURES, project="test").open("write") as copy:
        assert copy.copy_from(with_videos.snapshots.open("a")).rows_copied == 3


def test_snapshots_of_the_drop_in(tmp_path: Path) -> None:
    graph = reference_project.make_graph()
    with reference_project.configured(), graph.use():
        with metaxy.LanceDBMetadataStore(tmp_path).open("w") as store:
            store.write("video", reference_project.make_videos(3))
            made = store.snapshots.create("a", "video")
            assert [feature.feature for feature in made.features] == ["video"]
            store.delete("video", nw.col("video_id") == "v0")
            assert [diff.removed for diff in store.snapshots.diff("a")] == [1]
            at = store.snapshots.open("a")
            assert at.count("video") == 3
            # Features are named as everywhere.
            definition = graph.feature_definitions_by_key[mx.FeatureKey("video")]
            assert [feature.feature for feature in store.snapshots.create("b", [definition]).features] == ["video"]
            with pytest.raises(exceptions.SystemDataNotFoundError, match="no snapshot 'A'"):
                store.snapshots.get("A")
            store.snapshots.delete("b")
        with store, pytest.raises(exceptions.StoreNotOpenError):
            store.snapshots.create("c")
        with pytest.raises(exceptions.StoreNotOpenError):
            store.snapshots.list()
        assert not store.native_calls.reference
