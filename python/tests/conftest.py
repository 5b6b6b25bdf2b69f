"""A small project that the tests share: videos, and crops of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import metaxy_cpp as metaxy

FEATURES = [
    {"key": "video", "id_columns": ["video_id"], "fields": ["audio", "frames"]},
    {"key": "crop", "id_columns": ["video_id"], "deps": ["video"]},
]


def make_videos(count: int, version: str = "1") -> pl.DataFrame:
    ids = [f"v{i}" for i in range(count)]
    return pl.DataFrame(
        {
            "video_id": ids,
            "path": [f"{name}.mp4" for name in ids],
            "metaxy_provenance_by_field": [{"audio": f"a{version}", "frames": f"{name}-{version}"} for name in ids],
        }
    )


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
