"""Runs a case through the Python package, whatever its store: what reference_lancedb.py, reference_python.py and reference_duckdb.py
share.

    prepare --case NAME --rows N --data DIR           writes the store of this engine from the rows in DIR/input
    run     --case NAME --rows N --data DIR --store S measures the case's step on the store S

`run` prints one JSON object: seconds of the operation itself, counts, and the peak of resident memory of this process.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any, Callable

warnings.filterwarnings("ignore")

import narwhals as nw  # noqa: E402
import polars as pl  # noqa: E402
from metaxy.config import MetaxyConfig  # noqa: E402
from metaxy.metadata_store import MetadataStore  # noqa: E402
from metaxy.models.feature import FeatureGraph  # noqa: E402
from metaxy.models.feature_definition import FeatureDefinition  # noqa: E402
from metaxy.models.feature_spec import FeatureSpec  # noqa: E402
from metaxy.utils import collect_to_polars  # noqa: E402

import cases  # noqa: E402

PROJECT = "bench"
PACKAGES = ("metaxy", "lancedb", "polars", "duckdb", "ibis-framework", "pyarrow", "narwhals")

Operation = Callable[[], dict[str, int]]


def load_graph(features: list[dict[str, Any]]) -> FeatureGraph:
    graph = FeatureGraph()
    for feature in features:
        definition = FeatureDefinition(
            spec=FeatureSpec.model_validate(feature["spec"]),
            feature_schema={},
            feature_class_path=f"bench.{feature['spec']['key'].replace('/', '.')}",
            project=PROJECT,
        )
        graph.add_feature_definition(definition)
    return graph


def read_input(data: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(data / "input" / f"{name}.parquet")


def computed(step: dict[str, Any], rows: pl.DataFrame) -> pl.DataFrame:
    """What a pipeline writes for the rows that are to be computed."""
    if "distinct" in step:
        return rows.unique(subset=[step["distinct"]], keep="first", maintain_order=True)
    if "expand" in step:
        parts = pl.DataFrame({"part": range(step["expand"])}, schema={"part": pl.Int64})
        return rows.join(parts, how="cross")
    return rows


def update(store: MetadataStore, step: dict[str, Any]) -> None:
    increment = store.resolve_update(step["feature"])
    for part in (increment.new, increment.stale):
        rows = collect_to_polars(part)
        if rows.height:
            store.write(step["feature"], computed(step, rows))


def append_one_by_one(store: MetadataStore, feature: str, rows: pl.DataFrame) -> None:
    for row in range(rows.height):
        store.write(feature, rows.slice(row, 1))


def prepare(store: MetadataStore, case: dict[str, Any], data: Path) -> None:
    for number, step in enumerate(case["prepare"]):
        if step["do"] == "update":
            update(store, step)
        elif step["do"] == "append":
            append_one_by_one(store, step["feature"], read_input(data, str(number)))
        else:
            store.write(step["feature"], read_input(data, str(number)))


def height(frame: Any) -> int:
    """The number of rows of a frame that is in memory."""
    native = nw.to_native(frame)
    return native.num_rows if hasattr(native, "num_rows") else len(native)


def measured(store: MetadataStore, step: dict[str, Any], data: Path) -> Operation:
    """The operation of a case, with all its input in memory."""
    feature = step["feature"]
    if step["do"] == "resolve":

        def resolve() -> dict[str, int]:
            increment = store.resolve_update(feature)
            parts = {"new": increment.new, "stale": increment.stale, "orphaned": increment.orphaned}
            return {name: height(frame) for name, frame in parts.items()}

        return resolve
    rows = read_input(data, "measure")

    def write() -> dict[str, int]:
        if step["do"] == "append":
            append_one_by_one(store, feature, rows)
        else:
            store.write(feature, rows)
        return {"written": rows.height}

    return write


def memory_mib(name: str) -> float:
    """Resident memory of this process: VmRSS now, VmHWM at most."""
    status = Path("/proc/self/status").read_text()
    kib = next(line.split()[1] for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(kib) / 1024


def measure(store: MetadataStore, case: dict[str, Any], data: Path) -> dict[str, Any]:
    operation = measured(store, case["measure"], data)
    before_mib, peak_before_mib = memory_mib("VmRSS"), memory_mib("VmHWM")
    Path("/proc/self/clear_refs").write_text("5")  # From here on VmHWM is that of the operation.
    start = time.perf_counter()
    counts = operation()
    seconds = time.perf_counter() - start
    peak_mib = memory_mib("VmHWM")
    return {
        "seconds": seconds,
        "peak_mib": max(peak_mib, peak_before_mib),
        "added_mib": max(peak_mib - before_mib, 0.0),
        "counts": counts,
    }


def versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except ModuleNotFoundError:
            continue
    return found


def main(make_store: Callable[[Path], MetadataStore]) -> None:
    """The command line of a driver. `make_store` creates a closed store at a path."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["prepare", "run", "versions"])
    parser.add_argument("--case")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--store", type=Path)
    args = parser.parse_args()
    if args.action == "versions":
        print(json.dumps(versions()))
        return
    case, features = cases.load_graph(args.case)
    MetaxyConfig.set(MetaxyConfig(project=PROJECT))
    with load_graph(features).use():
        writes = args.action == "prepare" or case.get("mutates", False)
        with make_store(args.store).open("w" if writes else "r") as store:
            if args.action == "prepare":
                prepare(store, case, args.data)
            else:
                print(json.dumps(measure(store, case, args.data)))
