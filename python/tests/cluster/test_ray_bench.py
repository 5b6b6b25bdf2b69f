"""A small real run of `make bench-ray`: its ways find the same, and each has a line. Nothing is said of the times."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

if not os.environ.get("METAXY_RAY_CLUSTER"):
    pytest.skip("takes minutes; make test-ray runs it", allow_module_level=True)

SCRIPT = Path(__file__).parents[3] / "bench/ray_resolve.py"


def test_all_ways_are_measured(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--repeat", "1", "--directory", str(tmp_path), "2k", "4k"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    rows = [line.split(" | ")[0:2] for line in lines if line.startswith("| ") and "rows" not in line]
    assert rows == [[f"| {size}", way] for size in ("2k", "4k") for way in ("plain 1", "ray 1", "plain 2", "ray 2")]
    assert sum(line.startswith(("- yes: ", "- NO: ")) for line in lines) == 4
    assert list(tmp_path.iterdir()) == []


def test_wrong_sizes_are_said() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "1m"], check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "'1m' is not a valid size" in done.stderr
