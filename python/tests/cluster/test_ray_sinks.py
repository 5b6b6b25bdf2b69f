"""The sink of the Python package metaxy beside ours, under the same faults (sink_job.py): what each tells, and what is
in the store. Where the package's sink comes to keep rows, a test fails, and docs/distributed.md has to follow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ray.cluster_utils import Cluster

if not os.environ.get("METAXY_RAY_CLUSTER"):
    pytest.skip("takes minutes; make test-ray runs it", allow_module_level=True)


def outcome_of(sink: str, fault: str, directory: Path, cluster: Cluster) -> dict[str, Any]:
    directory.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "cluster.sink_job", sink, fault, str(directory), cluster.address],
        cwd=Path(__file__).parents[1],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


# Fault: what the package's sink tells (rows written, rows failed), rows that are stored then, and how many samples they
# are of; what our job raises, and what is stored then.
CASES = {
    "none": ([100, 0], 100, 100, None, 100),
    "refused": ([90, 10], 90, 90, "metaxy_provenance_by_field", 0),
    "full disk": ([90, 10], 90, 90, "File too large", 0),
    "killed": ([100, 0], 110, 100, None, 100),
}


@pytest.mark.parametrize("fault", CASES)
def test_a_fault_under_both_sinks(cluster: Cluster, tmp_path: Path, fault: str) -> None:
    told, rows, samples, raised, kept = CASES[fault]
    reference = outcome_of("reference", fault, tmp_path / "reference", cluster)
    # The job succeeds, whatever is lost or doubled.
    assert reference == {"raised": None, "told": told, "rows": rows, "samples": samples}
    ours = outcome_of("ours", fault, tmp_path / "ours", cluster)
    assert (ours["rows"], ours["samples"]) == (kept, kept)
    if raised is None:
        assert (ours["raised"], ours["told"]) == (None, [100, 0])
    else:
        assert raised in ours["raised"]
    assert (tmp_path / "reference/killed").exists() == (tmp_path / "ours/killed").exists() == (fault == "killed")
