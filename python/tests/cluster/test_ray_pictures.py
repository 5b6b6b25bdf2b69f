"""examples/pictures_on_ray on three nodes: killed in the middle and run again, nothing is lost and nothing doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ray.cluster_utils import Cluster

import metaxy_cpp as metaxy

from .conftest import rows_of
from .pictures_job import EXAMPLE, WORKERS

if not os.environ.get("METAXY_RAY_CLUSTER"):
    pytest.skip("takes minutes; make test-ray runs it", allow_module_level=True)

sys.path.append(str(EXAMPLE))
from computations import Embedding, Thumbnail  # noqa: E402
from make_pictures import BROKEN, make_pictures  # noqa: E402

COUNT = 160
NAMES = [f"{number:04}" for number in range(COUNT)]
GOOD = [name for name in NAMES if name != Path(BROKEN).stem]


class Runs:
    """Runs of the example on one folder of pictures and one store."""

    def __init__(self, directory: Path, address: str) -> None:
        self.pictures = directory / "pictures"
        self.marks = directory / "marks"
        self.marks.mkdir()
        self._metadata = directory / "metadata"
        self._address = address

    def run(self, when: str) -> subprocess.CompletedProcess[str]:
        job = [sys.executable, "-m", "cluster.pictures_job", when, str(self.marks)]
        options = ["--address", self._address, str(self.pictures), str(self._metadata)]
        return subprocess.run(
            [*job, *options], cwd=Path(__file__).parents[1], check=False, capture_output=True, text=True
        )

    def printed(self) -> list[str]:
        done = self.run("never")
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def store(self) -> metaxy.Store:
        return metaxy.Store(self._metadata, EXAMPLE / "features.toml", project="pictures").open()


@pytest.fixture
def runs(cluster: Cluster, tmp_path: Path) -> Runs:
    runs = Runs(tmp_path, cluster.address)
    make_pictures(runs.pictures, COUNT)
    return runs


def computed_here(pictures: Path, names: list[str]) -> dict[str, tuple[Any, ...]]:
    """What this process makes of the pictures, one by one."""
    rows = {}
    thumbnail, embedding = Thumbnail(str(pictures)), Embedding()
    for name in names:
        small = thumbnail(pa.table({"path": [f"{name}.jpg"]}))
        rows[name] = (*small.to_pylist()[0].values(), *embedding(small)["vector"].to_pylist())
    return rows


def check_complete(runs: Runs) -> None:
    """Each picture that can be read has one thumbnail and one vector, which are those of one process."""
    with runs.store() as store:
        assert [row[0] for row in rows_of(store, "picture/thumbnail", "name")] == GOOD
        assert [row[0] for row in rows_of(store, "picture/embedding", "name")] == GOOD
        thumbnails = rows_of(store, "picture/thumbnail", "name", "width", "height", "thumbnail")
        vectors = rows_of(store, "picture/embedding", "name", "vector")
        stored = {row[0]: (*row[1:], vector[1]) for row, vector in zip(thumbnails, vectors, strict=True)}
        assert stored == computed_here(runs.pictures, GOOD)
        failures = store.failures.read("picture/thumbnail").to_arrow().to_pylist()
        assert [(failure["name"], failure["metaxy_failure_kind"]) for failure in failures] == [
            (Path(BROKEN).stem, "OSError")
        ]


def test_a_run_is_killed_in_the_middle_and_resumed(runs: Runs) -> None:
    assert runs.run("before").returncode == -signal.SIGKILL
    assert len(list(runs.marks.iterdir())) == WORKERS
    with runs.store() as store:
        done = len(rows_of(store, "picture/thumbnail", "name"))
    assert 0 < done < len(GOOD)
    assert runs.printed() == [
        "picture/file: 0 new, 0 changed",
        f"picture/thumbnail: {len(GOOD) - done} written, 1 failed",
        f"picture/embedding: {len(GOOD)} written, 0 failed",
    ]
    check_complete(runs)
    # One picture gets the content of another, and one is new: only these are computed.
    (runs.pictures / "0011.jpg").write_bytes((runs.pictures / "0012.jpg").read_bytes())
    (runs.pictures / "new.jpg").write_bytes((runs.pictures / "0013.jpg").read_bytes())
    assert runs.printed() == [
        "picture/file: 1 new, 1 changed",
        "picture/thumbnail: 2 written, 1 failed",
        "picture/embedding: 2 written, 0 failed",
    ]
    with runs.store() as store:
        latest = store.read("picture/embedding").to_arrow()
        vectors = dict(zip(latest["name"].to_pylist(), latest["vector"].to_pylist(), strict=True))
    assert latest.num_rows == len(GOOD) + 1
    assert vectors["0011"] == vectors["0012"] != vectors["0010"]
    assert vectors["new"] == vectors["0013"]
