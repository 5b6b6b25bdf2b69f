"""Ray on this machine, and the small project of the other tests with more rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import ray
from ray.cluster_utils import Cluster
from small_project import video_columns

import metaxy_cpp as metaxy

os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
# Nothing of these tests leaves the machine.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
# Workers are at 15 by default: beside other tests they would hardly run.
os.environ["RAY_worker_niceness"] = "0"


def make_videos(count: int, version: str = "1") -> pa.Table:
    """Videos of the small project, with a number from which tests compute another in the place of the path."""
    columns = video_columns(count, version)
    return pa.table(
        {
            "video_id": columns["video_id"],
            "size": list(range(count)),
            "metaxy_provenance_by_field": columns["metaxy_provenance_by_field"],
        }
    )


def rows_of(store: metaxy.Store, feature: str, *columns: str) -> list[tuple[object, ...]]:
    """All rows that there are, older ones of a sample included."""
    table = store.read(feature, with_sample_history=True).to_arrow()
    return sorted(zip(*[table[name].to_pylist() for name in columns], strict=True))


@pytest.fixture
def store(tmp_path: Path, graph: metaxy.FeatureGraph) -> Iterator[metaxy.Store]:
    """A store with 100 videos, open for writing."""
    with metaxy.Store(tmp_path / "metadata", graph, name="test").open("write") as store:
        store.write("video", make_videos(100))
        yield store


@pytest.fixture(scope="module")
def local_ray() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=128 << 20)
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Three nodes, each a few processes of this machine."""
    small = {"num_cpus": 1, "object_store_memory": 100 << 20}
    cluster = Cluster(initialize_head=True, head_node_args={**small, "include_dashboard": False})
    for _ in range(2):
        cluster.add_node(**small)
    ray.init(address=cluster.address, log_to_driver=False)
    try:
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()
