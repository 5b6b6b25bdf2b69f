"""Stores with the small project of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from small_project import FEATURES, video_columns

import metaxy_cpp as metaxy


def make_videos(count: int, version: str = "1") -> pl.DataFrame:
    return pl.DataFrame(video_columns(count, version))


@pytest.fixture
def graph() -> metaxy.FeatureGraph:
    return metaxy.FeatureGraph.from_features(FEATURES, project="test")


@pytest.fixture
def store(tmp_path: Path, graph: metaxy.FeatureGraph) -> Iterator[metaxy.Store]:
    """A store that is open for writing."""
    with metaxy.Store(tmp_path / "metadata", graph, name="test").open("write") as store:
        yield store


@pytest.fixture
def with_videos(store: metaxy.Store) -> metaxy.Store:
    """The same with three videos."""
    store.write("video", make_videos(3))
    return store


__all__ = ["FEATURES", "make_videos"]
