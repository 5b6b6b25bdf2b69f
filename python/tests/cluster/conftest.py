"""Ray on this machine, and the small project of the other tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import ray

import metaxy_cpp as metaxy

FEATURES = [
    {"key": "video", "id_columns": ["video_id"], "fields": ["audio", "frames"]},
    {"key": "crop", "id_columns": ["video_id"], "deps": ["video"]},
]

os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
# Nothing of these tests leaves the machine.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
# Workers are at 15 by default: beside other tests they would hardly run.
os.environ["RAY_worker_niceness"] = "0"


def make_videos(count: int, version: str = "1") -> pa.Table:
    names = [f"v{number}" for number in range(count)]
    return pa.table(
        {
            "video_id": names,
            "size": list(range(count)),
            "metaxy_provenance_by_field": [{"audio": f"a{version}", "frames": f"{name}-{version}"} for name in names],
        }
    )


def rows_of(store: metaxy.Store, feature: str, *columns: str) -> list[tuple[object, ...]]:
    """All rows that there are, older ones of a sample included."""
    table = store.read(feature, with_sample_history=True).to_arrow()
    return sorted(zip(*[table[name].to_pylist() for name in columns], strict=True))


@pytest.fixture
def graph() -> metaxy.FeatureGraph:
    return metaxy.FeatureGraph.from_features(FEATURES, project="test")


@pytest.fixture
def store(tmp_path: Path, graph: metaxy.FeatureGraph) -> Iterator[metaxy.Store]:
    """A store with 100 videos, open for writing."""
    with metaxy.Store(tmp_path / "metadata", graph, name="test").open("write") as store:
        store.write("video", make_videos(100))
        yield store


@pytest.fixture(scope="session")
def local_ray() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=128 << 20)
    yield
    ray.shutdown()
