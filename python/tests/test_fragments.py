"""Writes in two steps: many write, one commits."""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
from pathlib import Path

import pytest
from conftest import FEATURES, make_videos

import metaxy_cpp as metaxy


def write_in_another_process(directory: str, number: int) -> bytes:
    graph = metaxy.FeatureGraph.from_features(FEATURES, project="test")
    with metaxy.Store(directory, graph).open("write") as store:
        return store.write_fragments("video", make_videos(10)[2 * number : 2 * number + 2], write_id="job")


def test_processes_write_and_one_commits(store: metaxy.Store, tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        directory = str(tmp_path / "metadata")
        fragments = pool.starmap(write_in_another_process, [(directory, number) for number in range(5)])
    assert all(isinstance(part, bytes) for part in fragments)
    assert store.count("video") == 0
    first = store.commit_fragments("video", fragments, "job")
    assert first.rows == 10
    assert store.commit_fragments("video", [*fragments, *fragments], "job") == first
    assert store.count("video") == 10
    assert store.find_write("video", "job") == first.version


def test_what_is_wrong_is_said(store: metaxy.Store) -> None:
    good = store.write_fragments("video", make_videos(1))
    with pytest.raises(metaxy.InvalidInputError, match="checksum"):
        store.commit_fragments("video", [good[:-1] + b"x"], "job")
    with pytest.raises(metaxy.InvalidInputError, match="are of feature 'video', not of 'crop'"):
        store.commit_fragments("crop", [good], "job")
    with pytest.raises(metaxy.InvalidInputError, match="write_id has 0 bytes"):
        store.commit_fragments("video", [good], "")
    with pytest.raises(TypeError):
        store.commit_fragments("video", ["text"], "job")  # type: ignore[list-item]
    with pytest.raises(metaxy.MetadataSchemaError):
        store.write_fragments("video", make_videos(1).drop("metaxy_provenance_by_field"))


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_there_is_a_remedy() -> None:
    with pytest.raises(ImportError, match=r"needs Ray Data; install it with: pip install 'metaxy-cpp\[ray\]'"):
        importlib.import_module("metaxy_cpp.ray")
