"""Overlays and promotion: a branch computes what it has changed, and gives it back; in both stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl
import pytest
import reference_project
from conftest import FEATURES, make_videos
from metaxy.config import InvalidConfigError, MetaxyConfig
from metaxy.ext.lancedb import LanceDBMetadataStore as ReferenceStore

import metaxy_cpp as metaxy

CONFIG = """
project = "test"
store = "prod"
[stores.prod]
type = "metaxy_cpp.LanceDBMetadataStore"
[stores.prod.config]
uri = "{folder}/prod"
[stores.dev]
type = "metaxy_cpp.LanceDBMetadataStore"
[stores.dev.config]
uri = "{folder}/dev"
fallback_stores = ["prod"]
[ext.cpp]
entrypoints = ["features.json"]
[ext.cpp.stores.dev]
fallback = "{fallback}"
delta = "off"
"""


def write_config(folder: Path, fallback: str = "overlay") -> Path:
    file = folder / "metaxy.toml"
    file.write_text(CONFIG.format(folder=folder, fallback=fallback))
    graph = metaxy.FeatureGraph.from_features(FEATURES, project="test")
    (folder / "features.json").write_text(json.dumps(graph.definitions()))
    return file


def ids_of(rows: Any) -> list[str]:
    return sorted(pl.DataFrame(rows)["video_id"].to_list())


def changed(rows: Any, kind: str) -> bool:
    """Whether these rows are those of version 2."""
    return all(kind in provenance["frames"] for provenance in pl.DataFrame(rows)["metaxy_provenance_by_field"])


def work_in_branch(prod: Any, dev: Any, rows_of: Any, read: Any) -> None:
    """The same in both kinds of stores: prod is complete, and the branch changes one video of three."""
    prod.write("video", rows_of(3))
    prod.write("crop", prod.resolve_update("crop").new)
    assert [len(pl.DataFrame(part)) for part in parts(dev)] == [0, 0, 0]
    dev.write("video", rows_of(1, "2"))
    assert ids_of(read(dev, "video")) == ["v0", "v1", "v2"]
    assert ids_of(dev.resolve_update("crop").stale) == ["v0"]
    dev.write("crop", dev.resolve_update("crop").stale)
    assert [len(pl.DataFrame(part)) for part in parts(dev)] == [0, 0, 0]
    assert ids_of(read(dev, "crop", allow_fallback=False)) == ["v0"]


def parts(store: Any) -> list[Any]:
    increment = store.resolve_update("crop")
    return [increment.new, increment.stale, increment.orphaned]


def read_native(store: metaxy.Store, feature: str, **options: Any) -> metaxy.Rows:
    return store.read(feature, **options)


def read_drop_in(store: Any, feature: str, **options: Any) -> Any:
    return store.read(feature, **options).collect()


@pytest.fixture
def drop_ins(tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    """Drop-in stores of one configuration, production and the branch, open for writing."""
    config = MetaxyConfig.load(write_config(tmp_path))
    with reference_project.configured(), reference_project.make_graph().use():
        with config.get_store("prod").open("w") as prod, config.get_store("dev").open("w") as dev:
            yield prod, dev


def test_a_branch_of_a_project(tmp_path: Path) -> None:
    project = metaxy.Project(write_config(tmp_path))
    with project.store("prod").open("write") as prod, project.store("dev").open("write") as dev:
        work_in_branch(prod, dev, make_videos, read_native)
        assert dev.resolve_update("crop").report.way == "full"
        promoted = prod.promote_from(dev, dry_run=True)
        assert [(each.feature, each.replaced, each.added) for each in promoted] == [("video", 1, 0), ("crop", 1, 0)]
        assert prod.resolve_update("crop").counts == (0, 0, 0)
        assert prod.promote_from(dev) == promoted
        assert prod.promote_from(dev, ["crop"])[0].unchanged == 1
        assert prod.resolve_update("crop").counts == (0, 0, 0)
        assert prod.count("video") == 3
        prod.write("video", make_videos(1, version="3"))
        with pytest.raises(metaxy.InvalidInputError, match="video"):
            prod.promote_from(dev)
        assert prod.promote_from(dev, "video", conflicts="keep")[0].conflicts == 1
        assert prod.resolve_update("crop").counts.stale == 1
        prod.promote_from(dev, "video", conflicts="overwrite")
        assert prod.resolve_update("crop").counts.stale == 0
        with pytest.raises(metaxy.InvalidInputError, match="conflicts is 'ask'"):
            prod.promote_from(dev, conflicts="ask")
        with pytest.raises(metaxy.InvalidInputError, match="one store|same store"):
            prod.promote_from(prod)


def test_a_branch_by_arguments(tmp_path: Path) -> None:
    prod = metaxy.Store(tmp_path / "prod", FEATURES, project="test")
    dev = metaxy.Store(tmp_path / "dev", FEATURES, project="test", fallback_stores=[prod], fallback="overlay")
    with prod.open("write"), dev.open("write"):
        work_in_branch(prod, dev, make_videos, read_native)
    with pytest.raises(metaxy.InvalidInputError, match="fallback is 'over'"):
        metaxy.Store(tmp_path / "dev", FEATURES, project="test", fallback="over")
    with pytest.raises(metaxy.InvalidInputError, match="'auto', 'off'|auto, off|\"auto\""):
        metaxy.Store(tmp_path / "dev", FEATURES, project="test", delta="never")


def test_without_the_setting_a_feature_is_read_as_a_whole(tmp_path: Path) -> None:
    project = metaxy.Project(write_config(tmp_path, fallback="feature"))
    with project.store("prod").open("write") as prod, project.store("dev").open("write") as dev:
        prod.write("video", make_videos(3))
        dev.write("video", make_videos(1, version="2"))
        assert dev.count("video") == 1
    config = MetaxyConfig.load(tmp_path / "metaxy.toml")
    with reference_project.configured(), reference_project.make_graph().use(), config.get_store("dev") as dev:
        assert ids_of(read_drop_in(dev, "video")) == ["v0"]


def test_a_branch_of_the_drop_in(drop_ins: tuple[Any, Any]) -> None:
    prod, dev = drop_ins
    work_in_branch(prod, dev, reference_project.make_videos, read_drop_in)
    assert ids_of(read_drop_in(dev, "video", filters=[nw.col("size") < 2])) == ["v0", "v1"]
    assert ids_of(read_drop_in(dev, "video", filters=[nw.col("video_id").str.ends_with("0")])) == ["v0"]
    lazy = dev.resolve_update("crop", lazy=True)
    assert lazy.input.collect().shape[0] == 3
    assert dev.calculate_input_progress(lazy, "crop") == 100.0
    # What the branch deletes is gone there, and stays in production.
    dev.delete("video", nw.col("video_id") == "v1")
    assert ids_of(read_drop_in(dev, "video")) == ["v0", "v2"]
    assert ids_of(read_drop_in(prod, "video")) == ["v0", "v1", "v2"]
    assert ids_of(dev.resolve_update("crop").orphaned) == ["v1"]
    promoted = {each.feature: each for each in prod.promote_from(dev, ["crop", "video"])}
    assert (promoted["video"].replaced, promoted["video"].deleted) == (1, 1)
    assert ids_of(read_drop_in(prod, "video")) == ["v0", "v2"]
    assert not dev.native_calls.reference


def test_frames_of_an_overlay_outlive_the_stores(tmp_path: Path) -> None:
    config = MetaxyConfig.load(write_config(tmp_path))
    with reference_project.configured(), reference_project.make_graph().use():
        with config.get_store("prod").open("w") as prod:
            prod.write("video", reference_project.make_videos(3))
        with config.get_store("dev").open("w") as dev:
            dev.write("video", reference_project.make_videos(1, "2"))
            frame = dev.read("video")
            lazy = dev.resolve_update("crop", lazy=True)
        for _ in range(2):
            assert ids_of(frame.collect()) == ["v0", "v1", "v2"]
            assert ids_of(lazy.collect().new) == ["v0", "v1", "v2"]


def test_an_overlay_is_not_left_to_the_python_package(drop_ins: tuple[Any, Any], tmp_path: Path) -> None:
    prod, dev = drop_ins
    prod.write("video", reference_project.make_videos(2))
    unknown = nw.col("video_id").str.ends_with("1")
    with pytest.raises(metaxy.UnsupportedError, match="resolve_update .* knows no overlays: .*ends_with"):
        dev.resolve_update("crop", global_filters=[unknown])
    with pytest.raises(metaxy.UnsupportedError, match="delete .* knows no overlays"):
        dev.delete("video", unknown)
    foreign = metaxy.LanceDBMetadataStore(
        tmp_path / "third", fallback_stores=[ReferenceStore(tmp_path / "prod")], fallback="overlay"
    )
    with foreign, pytest.raises(metaxy.UnsupportedError, match="a store of another kind"):
        foreign.read("video")


def test_settings_of_the_drop_in_are_checked(tmp_path: Path) -> None:
    for option in ("fallback", "delta"):
        with pytest.raises(metaxy.InvalidConfigError, match=f"{option} is 'over'"):
            metaxy.LanceDBMetadataStore(tmp_path, **{option: "over"})
    config = MetaxyConfig.load(write_config(tmp_path, fallback="over"))
    with pytest.raises(InvalidConfigError, match="dev.*ext.cpp.stores.dev.fallback: 'over' is not valid; use"):
        config.get_store("dev")
    (tmp_path / "features.json").write_text("[]")
    with pytest.raises(metaxy.InvalidConfigError, match="'over' is not valid"):
        metaxy.Project(tmp_path / "metaxy.toml")
