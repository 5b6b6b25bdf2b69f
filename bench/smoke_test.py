#!/usr/bin/env python3
"""A small real run of the harness: `smoke_test.py BUILD`. Checks the shape of the results, not the times."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import results  # noqa: E402

WORKLOADS = "unchanged,changed,new,history,joined,aggregation,expansion,write,paper_wide_stale"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="metaxy-bench-") as folder:
        output = Path(folder)
        command = [sys.executable, HERE / "run.py", "--build", sys.argv[1], "--output", output, "--sizes", "1k"]
        command += ["--workloads", WORKLOADS, "--engines", "ours,scan,floor", "--repeat", "1", "--quiet"]
        env = {name: value for name, value in os.environ.items() if name not in ("KEEP", "PUBLISH", "NOTE", "TIMEOUT")}
        # Without the reference's environment: the plots need matplotlib, which this test must not require.
        done = subprocess.run(command, capture_output=True, text=True, env={**env, "METAXY_BENCH_VENV": folder})
        print(done.stdout, done.stderr, sep="\n")
        assert done.returncode == 0, f"exit code {done.returncode}"
        report = results.load(output / "results.json")
        for workload in WORKLOADS.split(","):
            for engine in ("ours", "floor") if workload == "write" else ("ours", "scan", "floor"):
                found = report.find(workload, 1000, engine)
                assert found is not None and found.measured, f"{engine} has no result for {workload}"
                assert found.seconds > 0 and found.peak_mib > 1, found
        lines = done.stdout.splitlines()
        assert lines[0].startswith("workload"), lines[0]
        assert sum("MiB" in line for line in lines) == len(WORKLOADS.split(",")), "a workload has no line in the table"
        assert {"commit", "compiler", "bridge", "arrow"} <= report.versions.keys(), report.versions
        page = (output / "report/README.md").read_text()
        assert page.startswith("# Benchmarks"), page[:100]
        assert not (output / "data/unchanged-1000").exists(), "the data is left behind"
    return 0


if __name__ == "__main__":
    sys.exit(main())
