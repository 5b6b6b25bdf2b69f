#!/usr/bin/env python3
"""The oracle's records on storage targets: what the Python package did in a directory, the program has to do on each of them.

    METAXY_PROGRAM=build/release/bin/metaxy python oracle_test.py --targets s3,remote [--records expansion,history] [--part 2/4]

The default are a few records; `--records all` takes all of them. Where the oracle is not beside the checkout (see
tests/reference/oracle/run_oracle.py), this says so in one line and ends with exit code 77, which CTest shows as skipped.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

here = Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parents[1] / "reference/oracle")]
from project import without_options  # noqa: E402
from run_oracle import NOT_THERE, SKIPPED, find_oracle, part_of  # noqa: E402
from targets import TARGETS, Target  # noqa: E402

# With fallback stores, pushes, deletes, copies and rows of older versions.
FEW = ("fallback_chain", "rebase", "soft_delete")


def on_target(oracle: Path, target: Target) -> type:
    """The oracle's candidate, with its stores on the target instead of in a directory. Keys are in the environment, so that
    nothing else in the configuration is another one.
    """
    sys.path.insert(0, str(oracle))
    from run_candidate import Candidate

    class OnTarget(Candidate):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            # What a store's name is appended to.
            self.prefix = f"{target.plain_root or target.root}{target.join}{uuid.uuid4().hex[:12]}{target.join or '_'}"
            self.uris = {name: self.prefix + name for name in self.uris}

        def cli(self, args: list[str], env: dict[str, str]) -> tuple[int, str, str]:
            code, out, err = super().cli(args, {**target.environment, **env})
            # As if the stores were where the reference had its own.
            return code, *(each.replace(self.prefix, f"{self.stores}/") for each in (out, err))

        def dump(self, stores: Path, out: Path, outcome: Any) -> None:
            """What tables.dump_tables does with directories."""
            import pyarrow.parquet as pq

            for name, uri in sorted(self.uris.items()):
                connection = connect(target, uri.replace(target.plain_root, target.root) if target.plain_root else uri)
                for table in connection.table_names(limit=10_000):
                    rows = connection.open_table(table).search().limit(1_000_000).to_arrow()
                    pq.write_table(rows, out / f"table.{name}.{table}.parquet")
                    outcome.frames[f"table.{name}.{table}"] = []

    return OnTarget


def connect(target: Target, uri: str) -> Any:
    import lancedb

    kwargs = dict(target.connect_kwargs)
    options = kwargs.pop("storage_options", None)
    if options:
        kwargs["storage_options"] = {
            key: str(value).lower() if value is True else value for key, value in options.items()
        }
    return lancedb.connect(uri, **kwargs)


def check_record(path: Path, candidate: type, work: Path) -> Any:
    """What check.check_record does with directories."""
    import record
    import scenario
    from compare import compare_results
    from engine import execute
    from run_candidate import Command

    root, expected = record.load(path, work / "scenario")
    command = Command(os.environ["METAXY_PROGRAM"])
    side = candidate(scenario.load(root), work / "cand", work / "cand/stores", work / "out-cand", command)
    return compare_results(expected, execute(side, side.dump), True)


def on(target: Target, oracle: Path, records: list[str]) -> int:
    """Returns how many failed."""
    candidate = on_target(oracle, target)
    failed = 0
    for name in records:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="oracle-on-target-") as work:
            report = check_record(oracle / "records" / f"{name}.zip", candidate, Path(work))
        failed += bool(report.failures)
        verdict = "FAIL" if report.failures else "pass"
        print(f"{verdict}  {target.name:8s} {name:32s} {time.monotonic() - started:6.1f}s", flush=True)
        for failure in report.failures[:12]:
            print("  - " + failure)
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", default="s3,remote", help="names, with commas")
    parser.add_argument(
        "--records", default=",".join(FEW), help="names, with commas; named: all but the generated ones; all"
    )
    parser.add_argument("--part", default="1/1", help="K/N: every N-th, from the K-th on")
    arguments = parser.parse_args()
    oracle = find_oracle()
    if oracle is None:
        print(NOT_THERE)
        return SKIPPED
    everything = sorted(path.stem for path in (oracle / "records").glob("*.zip"))
    named = [name for name in everything if not name.startswith("seed-")]
    records = {"all": everything, "named": named}.get(arguments.records) or arguments.records.split(",")
    if not part_of(records, arguments.part):
        print(f"skipped: the oracle has no record of '{arguments.records}'; take one that has")
        return SKIPPED
    os.environ.update(cleaned := without_options(os.environ))
    for name in set(os.environ) - set(cleaned):
        del os.environ[name]
    failed = 0
    for name in arguments.targets.split(","):
        with TARGETS[name]() as target:
            failed += on(target, oracle, part_of(records, arguments.part))
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
