"""Three nodes, of which workers and the driver are killed at every stage: nothing is lost, nothing is doubled.

METAXY_RAY_KILLS is how many workers are killed in all, 24 if it is not set; `make test-ray KILLS=200` sets it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ray.cluster_utils import Cluster

import metaxy_cpp as metaxy
from metaxy_cpp.ray import read_increment, resolve_update, resolves, slices, update, write
from metaxy_cpp.ray.worker_stores import WorkerStore, worker_store

from .conftest import make_videos, rows_of
from .strikes import kill_once

if not os.environ.get("METAXY_RAY_CLUSTER"):
    pytest.skip("takes minutes; make test-ray runs it", allow_module_level=True)

TESTS = Path(__file__).parents[1]
ALL = [f"v{number}" for number in range(100)]

WRITE_STAGES = ["function", "before the write", "after the write"]
# Of a resolve that is spread, and of reads in the workers.
STORE_STAGES = ["scan_part", "compare_part", "read_slice"]
KILLS = max(1, int(os.environ.get("METAXY_RAY_KILLS", "24")) // (len(WRITE_STAGES) + 2 * len(STORE_STAGES)))


class Killed:
    """A function during which workers are killed: in it, or in the write that follows, before or after the files are
    there; `times` of them."""

    def __init__(self, stage: str, markers: Path, times: int) -> None:
        self._stage = stage
        self._markers = markers
        self._times = times
        self.__name__ = "killed"

    def _strike(self) -> None:
        for number in range(self._times):
            kill_once(self._markers / f"{self._stage}-{number}")

    def __call__(self, batch: pa.Table) -> dict[str, Any]:
        from metaxy_cpp.store_parts import StoreParts

        if self._stage == "function":
            self._strike()
            return {"doubled": [2 * size for size in batch["size"].to_pylist()]}
        # The task that has computed the rows writes them, too.
        original = getattr(StoreParts, "_original", StoreParts.write_fragments)

        def struck(*arguments: Any, **options: Any) -> bytes:
            if self._stage == "before the write":
                self._strike()
            fragments = original(*arguments, **options)
            if self._stage == "after the write":
                self._strike()
            return fragments

        StoreParts._original = original  # type: ignore[attr-defined]
        StoreParts.write_fragments = struck  # type: ignore[method-assign]
        return {"doubled": [2 * size for size in batch["size"].to_pylist()]}


def check_complete(store: metaxy.Store) -> None:
    """All samples, each once."""
    assert rows_of(store, "crop", "video_id", "doubled") == sorted((name, 2 * int(name[1:])) for name in ALL)
    assert not store.resolve_update("crop")


@pytest.mark.parametrize("stage", WRITE_STAGES)
def test_workers_are_killed(cluster: Cluster, store: metaxy.Store, tmp_path: Path, stage: str) -> None:
    report = update(store, "crop", Killed(stage, tmp_path, KILLS), blocks=12, commit_rows=30)
    assert len(list(tmp_path.glob(f"{stage}-*"))) == KILLS
    assert report.rows == 100
    check_complete(store)


@dataclass(frozen=True)
class KillingStore(WorkerStore):
    """A store whose workers are killed when they call one of its functions, or when it has done its work."""

    stage: str = ""
    markers: str = ""
    times: int = 0

    def open(self, mode: Any) -> Any:
        return _Struck(super().open(mode), self)


class _Struck:
    def __init__(self, store: metaxy.Store, killing: KillingStore) -> None:
        self._store = store
        self._killing = killing

    def _strike(self, when: str) -> None:
        for number in range(self._killing.times):
            kill_once(Path(self._killing.markers) / f"{self._killing.stage}-{when}-{number}")

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._store, name)
        if name != self._killing.stage:
            return function

        def struck(*arguments: Any, **options: Any) -> Any:
            self._strike("before")
            result = function(*arguments, **options)
            self._strike("after")
            return result

        return struck


@pytest.mark.parametrize("stage", STORE_STAGES)
def test_workers_of_a_resolve_are_killed(
    cluster: Cluster, store: metaxy.Store, tmp_path: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        store.write("video", make_videos(100).slice(12 * number, 13))

    def killing(store: Any, feature: Any) -> KillingStore:
        here = worker_store(store, feature)
        return KillingStore(here.pickled, here.feature, here.feature_version, stage, str(tmp_path), KILLS)

    for module in (resolves, slices):
        monkeypatch.setattr(module, "worker_store", killing)
    # More of one task than are to be expected: any of them may be hit by all.
    increment = resolve_update(
        store, "crop", parts=8, scanned_rows=20, slice_rows=10, ray_remote_args={"max_retries": 4 * KILLS}
    )
    assert increment.counts == (100, 0, 0)
    rows = increment.read().take_all()
    assert sorted(row["video_id"] for row in rows) == sorted(ALL)
    assert len(list(tmp_path.glob(f"{stage}-*"))) == 2 * KILLS


@pytest.mark.parametrize("stage", ["function", "after the write"])
def test_workers_of_a_sink_are_killed(cluster: Cluster, store: metaxy.Store, tmp_path: Path, stage: str) -> None:
    killed = Killed(stage, tmp_path, 2)

    def compute(batch: pa.Table) -> pa.Table:
        return batch.append_column("doubled", pa.array(killed(batch)["doubled"]))

    dataset = read_increment(store, "crop", blocks=6).map_batches(compute, batch_format="pyarrow")
    assert write(dataset, store, "crop").rows == 100
    assert len(list(tmp_path.glob(f"{stage}-*"))) == 2
    check_complete(store)


def test_workers_are_killed_on_s3(cluster: Cluster, graph: metaxy.FeatureGraph, tmp_path: Path) -> None:
    sys.path.append(str(Path(__file__).parents[3] / "tests/system/targets"))
    import servers
    import targets

    if not (servers.environment() / "bin/moto_server").exists():
        pytest.skip("needs moto; tools/setup.sh targets installs it")
    with targets.s3() as s3:
        options = s3.connect_kwargs["storage_options"]
        with metaxy.Store("s3://bucket/ray", graph, storage_options=options).open("write") as store:
            store.write("video", make_videos(100))
            killed = Killed("after the write", tmp_path, 3)
            report = update(store, "crop", killed, blocks=8, commit_rows=40)
            assert report.rows == 100
            assert len(list(tmp_path.iterdir())) == 3
            check_complete(store)
            increment = resolve_update(store, "crop", parts=3)
            assert increment.counts == (0, 0, 0)


def test_a_node_is_lost(cluster: Cluster, store: metaxy.Store, tmp_path: Path) -> None:
    node = cluster.add_node(num_cpus=1, object_store_memory=100 << 20, resources={"doomed": 1})
    cluster.wait_for_nodes()

    def compute(batch: pa.Table) -> dict[str, Any]:
        (tmp_path / "begun").touch()
        return {"doubled": [2 * size for size in batch["size"].to_pylist()]}

    def lose() -> None:
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        cluster.remove_node(node, allow_graceful=False)

    thread = threading.Thread(target=lose)
    thread.start()
    report = update(store, "crop", compute, blocks=24, commit_rows=20)
    thread.join()
    assert report.rows == 100
    check_complete(store)


DRIVER = """
import sys
import ray
import metaxy_cpp as metaxy
from cluster.strikes import strike_at_commit
from metaxy_cpp.ray import read_increment, update, write
from small_project import FEATURES

directory, address, when, way = sys.argv[1:]
strike_at_commit(2 if way == "update" else 1, when)

def compute(batch):
    return batch.append_column("doubled", [[2 * size for size in batch["size"].to_pylist()]])

ray.init(address=address, log_to_driver=False)
with metaxy.Store(directory, FEATURES, project="test").open("write") as store:
    if way == "update":
        update(store, "crop", compute, blocks=10, commit_rows=25)
    else:
        dataset = read_increment(store, "crop", blocks=10).map_batches(compute, batch_format="pyarrow")
        write(dataset, store, "crop", write_id="job")
"""


@pytest.mark.parametrize("way", ["update", "write"])
@pytest.mark.parametrize("stage", ["before", "after"])
def test_the_driver_is_killed_at_a_commit(
    cluster: Cluster, store: metaxy.Store, tmp_path: Path, stage: str, way: str
) -> None:
    command = [sys.executable, "-c", DRIVER, str(tmp_path / "metadata"), cluster.address, stage, way]
    assert subprocess.run(command, check=False, capture_output=True, cwd=TESTS).returncode == -signal.SIGKILL
    done = store.count("crop")
    if way == "write":
        assert done == (0 if stage == "before" else 100)
    else:
        assert 0 < done < 100
    # Repeated, without being killed.
    again = [*command[:-2], "never", way]
    result = subprocess.run(again, check=False, capture_output=True, text=True, cwd=TESTS)
    assert result.returncode == 0, result.stderr
    check_complete(store)
