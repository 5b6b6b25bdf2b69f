"""The loop of every pipeline: resolve, compute, write."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from conftest import FEATURES, make_videos

import metaxy_cpp as metaxy


def test_new_samples_are_found_and_then_not_again(with_videos: metaxy.Store) -> None:
    increment = with_videos.resolve_update("crop")
    assert increment.counts == (3, 0, 0)
    assert increment
    result = with_videos.write("crop", increment.new.to_polars().with_columns(size=pl.lit(1)))
    assert result.rows == 3
    assert result.version is not None

    again = with_videos.resolve_update("crop")
    assert again.counts == metaxy.IncrementCounts(new=0, stale=0, orphaned=0)
    assert not again
    assert again.input_progress == 100.0


def test_a_changed_parent_makes_rows_stale(with_videos: metaxy.Store) -> None:
    with_videos.write("crop", with_videos.resolve_update("crop").new)
    with_videos.write("video", make_videos(1, version="2"))
    increment = with_videos.resolve_update("crop")
    assert increment.counts == (0, 1, 0)
    assert increment.stale.to_polars()["video_id"].to_list() == ["v0"]


def test_a_root_compares_its_samples(with_videos: metaxy.Store) -> None:
    increment = with_videos.resolve_update("video", samples=make_videos(5))
    assert increment.counts == (2, 0, 0)
    with pytest.raises(metaxy.InvalidInputError, match="samples"):
        with_videos.resolve_update("video")


def test_parts_can_be_taken_again_and_after_the_store(tmp_path: Path, graph: metaxy.FeatureGraph) -> None:
    with metaxy.Store(tmp_path / "metadata", graph).open("write") as store:
        store.write("video", make_videos(4))
        increment = store.resolve_update("crop")
        rows = store.read("video")
    del store
    first = increment.new.to_polars().sort("video_id")
    assert first["video_id"].to_list() == ["v0", "v1", "v2", "v3"]
    assert increment.new.to_polars().sort("video_id").equals(first)
    assert rows.to_polars().height == 4
    with pytest.raises(metaxy.StoreNotOpenError):
        rows.to_polars()


def test_rows_can_be_read_twice_while_the_store_is_open(with_videos: metaxy.Store) -> None:
    rows = with_videos.read("video", columns=["video_id"])
    assert rows.to_polars().height == 3
    with_videos.write("video", make_videos(4))
    assert rows.to_polars().height == 4


def test_read_takes_filters_columns_and_history(with_videos: metaxy.Store) -> None:
    with_videos.write("video", make_videos(2, version="2"))
    assert with_videos.read("video", filters="video_id = 'v1'").to_polars()["path"].to_list() == ["v1.mp4"]
    narrow = with_videos.read("video", filters=["video_id != 'v0'", "path IS NOT NULL"], columns=["path", "video_id"])
    assert narrow.to_polars().columns == ["path", "video_id"]
    assert with_videos.count("video") == 3
    assert with_videos.count("video", with_sample_history=True) == 5
    with pytest.raises(metaxy.MetadataSchemaError, match="no column 'size'"):
        with_videos.read("video", columns=["size"])


def test_delete_marks_or_removes(with_videos: metaxy.Store) -> None:
    assert with_videos.delete("video", "video_id = 'v0'") == 1
    assert with_videos.count("video") == 2
    assert with_videos.count("video", include_soft_deleted=True) == 3
    assert with_videos.delete("video", "video_id = 'v1'", soft=False) == 1
    assert with_videos.count("video", include_soft_deleted=True) == 2


def test_filters_by_feature_and_predicates(with_videos: metaxy.Store) -> None:
    increment = with_videos.resolve_update("crop", filters={"video": "video_id != 'v0'"})
    assert increment.counts.new == 2
    with_videos.write("crop", with_videos.resolve_update("crop").new)
    stale = with_videos.resolve_update("crop", staleness_predicates="video_id = 'v2'")
    assert stale.counts == (0, 1, 0)
    everything = with_videos.resolve_update("crop", skip_comparison=True)
    assert everything.counts.new == 3


def test_write_multi_writes_parents_after_children(store: metaxy.Store) -> None:
    store.write("video", make_videos(2))
    crops = store.resolve_update("crop").new.to_polars()
    results = store.write_multi({"video": make_videos(3), "crop": crops}, materialization_id="run-1")
    assert {feature: result.rows for feature, result in results.items()} == {"video": 3, "crop": 2}
    assert set(store.read("crop").to_polars()["metaxy_materialization_id"]) == {"run-1"}


def test_copy_drop_and_status(with_videos: metaxy.Store, tmp_path: Path, graph: metaxy.FeatureGraph) -> None:
    with metaxy.Store(tmp_path / "other", graph, name="other").open("write") as other:
        assert other.copy_from(with_videos) == metaxy.CopyResult(features_copied=1, rows_copied=3)
        video, crop = other.status()
        assert (video.feature, video.is_root, video.rows, video.needs_update) == ("video", True, 3, False)
        assert (crop.feature, crop.exists, crop.new, crop.needs_update) == ("crop", False, 3, True)
        other.drop("video")
        assert not other.has_feature("video")
        assert isinstance(other.status(["crop"])[0].error, metaxy.FeatureNotFoundError)


def test_a_fallback_store_has_the_parents(
    with_videos: metaxy.Store, tmp_path: Path, graph: metaxy.FeatureGraph
) -> None:
    own = metaxy.Store(tmp_path / "own", graph, name="own", fallback_stores=[with_videos])
    with own.open("write") as store:
        increment = store.resolve_update("crop")
        assert increment.counts.new == 3
        store.write("crop", increment.new)
        assert store.store_metadata("video")["resolved_from"]["name"] == "test"
        assert store.tables() == ["crop"]


def test_push_records_versions(store: metaxy.Store, graph: metaxy.FeatureGraph) -> None:
    pushed = store.push(tags={"who": "test"})
    assert pushed.project_version == graph.project_version()
    assert not pushed.already_pushed
    assert store.push().already_pushed
    assert [snapshot["project_version"] for snapshot in store.graph_snapshots()] == [pushed.project_version]


def test_compaction_tells_what_it_did(with_videos: metaxy.Store) -> None:
    for _ in range(3):
        with_videos.write("video", make_videos(3))
    assert with_videos.table_statistics("video")["fragments"] == 4
    done = with_videos.compact("video", keep_history=1)
    assert done["history_rows_removed"] == 9
    assert with_videos.table_statistics("video")["fragments"] == 1


def test_joined_rows_get_their_provenance(with_videos: metaxy.Store) -> None:
    videos = with_videos.read("video").to_polars()
    joined = videos.select("video_id", metaxy_data_version_by_field__video="metaxy_data_version_by_field")
    samples = with_videos.compute_provenance("crop", joined).to_polars()
    assert "metaxy_data_version_by_field__video" not in samples.columns
    by_graph = with_videos.resolve_update("crop").new.to_polars().sort("video_id")
    assert samples.sort("video_id")["metaxy_provenance"].to_list() == by_graph["metaxy_provenance"].to_list()


def test_a_project_has_stores_and_features(tmp_path: Path, graph: metaxy.FeatureGraph) -> None:
    (tmp_path / "features.json").write_text(json.dumps(graph.definitions()))
    (tmp_path / "metaxy.toml").write_text(
        'project = "test"\n[stores.dev]\ntype = "metaxy.ext.lancedb.LanceDBMetadataStore"\n'
        f'[stores.dev.config]\nuri = "{tmp_path}/metadata"\n[ext.cpp]\nentrypoints = ["features.json"]\n'
    )
    project = metaxy.Project(tmp_path / "metaxy.toml")
    assert project.name == "test"
    assert project.config["store"] == "dev"
    assert project.graph.features == ["video", "crop"]
    with project.store().open("write") as store:
        store.write("video", make_videos(1))
        assert store.resolve_update("crop").counts.new == 1
    with pytest.raises(metaxy.InvalidConfigError, match="dev"):
        project.store("production")


def test_a_graph_knows_versions(graph: metaxy.FeatureGraph) -> None:
    assert graph.sorted_features() == ["video", "crop"]
    assert graph.parents("crop") == ["video"]
    assert graph.id_columns(["crop"]) == ["video_id"]
    assert set(graph.field_versions("video")) == {"audio", "frames"}
    assert len(graph.feature_version("crop")) == 8
    assert "crop" in graph and len(graph) == 2
    same = metaxy.FeatureGraph.from_definitions(graph.definitions())
    assert same.feature_version("crop") == graph.feature_version("crop")
    with pytest.raises(metaxy.InvalidDefinitionError, match="id_columns"):
        metaxy.FeatureGraph.from_features([{"key": "video"}], project="test")


def test_a_write_can_be_found_by_its_id(store: metaxy.Store) -> None:
    assert store.find_write("video", "run-1") is None
    first = store.write("video", make_videos(1), write_id="run-1")
    second = store.write("video", make_videos(2))
    assert store.find_write("video", "run-1") == first.version
    assert store.find_write("video", "run-2") is None
    assert store.find_write("video", "run-1", since_version=second.version or 0) is None
    with pytest.raises(metaxy.InvalidInputError, match="write_id has 0 bytes"):
        store.write("video", make_videos(1), write_id="")


def test_parents_may_be_given(store: metaxy.Store, tmp_path: Path) -> None:
    elsewhere = metaxy.Store(tmp_path / "elsewhere", FEATURES, project="test").open("write")
    elsewhere.write("video", make_videos(3))
    with pytest.raises(metaxy.FeatureNotFoundError):
        store.resolve_update("crop")
    increment = store.resolve_update(
        "crop", parents={"video": elsewhere.read("video")}, filters={"video": "path > 'v0.'"}
    )
    assert sorted(increment.new.to_polars()["video_id"]) == ["v0", "v1", "v2"]
    frame = elsewhere.read("video").to_polars()
    assert store.resolve_update("crop", parents={"video": frame.head(1)}).counts.new == 1
    with pytest.raises(metaxy.MetadataSchemaError, match="metaxy_feature_version"):
        store.resolve_update("crop", parents={"video": frame.drop("metaxy_feature_version")})


def test_system_tables_are_read_and_appended_to(store: metaxy.Store) -> None:
    store.append_system_rows("metaxy-system/notes", pl.DataFrame({"note": ["a"]}))
    assert store.append_system_rows("metaxy-system/notes", pl.DataFrame({"note": ["a", "b"]})).rows == 2
    assert store.read("metaxy-system/notes").to_polars()["note"].to_list() == ["a", "a", "b"]
    with pytest.raises(metaxy.InvalidInputError, match="not a system table"):
        store.append_system_rows("video", make_videos(1))
