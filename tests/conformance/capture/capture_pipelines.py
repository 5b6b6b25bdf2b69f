#!/usr/bin/env python3
"""Captures whole pipelines from the Python package: what it resolves, writes and reads, step by step.

    python capture_pipelines.py ../goldens/pipelines.json      (in an environment with tools/requirements-oracle.txt)

Each pipeline is a list of steps over definitions. The expected rows are what the package gave on a fresh LanceDB in a
temporary directory, without columns of time. tests/conformance/pipeline_test.cc runs the same steps here.
"""

from __future__ import annotations

import datetime
import json
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore")

import metaxy as mx
import polars as pl
from metaxy._hashing import HashAlgorithm
from metaxy.config import MetaxyConfig
from metaxy.ext.lancedb import LanceDBMetadataStore
from metaxy.models.feature_definition import FeatureDefinition
from pipeline_cases import PIPELINES

TIMES = ("metaxy_created_at", "metaxy_updated_at", "metaxy_deleted_at", "metaxy_deleted_at_right")
TYPES = {"string": pl.String, "int": pl.Int64, "bool": pl.Boolean, "date": pl.Date, "float": pl.Float64}


def definition(spec: dict[str, Any], project: str) -> FeatureDefinition:
    properties = {name: {"type": "string"} for name in spec["id_columns"]}
    return FeatureDefinition(
        spec=mx.FeatureSpec.model_validate(spec),
        feature_schema={"title": spec["key"], "type": "object", "properties": properties},
        feature_class_path="pipeline." + spec["key"].replace("/", "_"),
        project=project,
    )


def frame(rows: dict[str, Any]) -> pl.DataFrame:
    """`columns`: name -> type, a list of names being a struct of texts. `rows`: lists of values."""
    schema = {}
    for name, kind in rows["columns"].items():
        schema[name] = pl.Struct({m: pl.String for m in kind}) if isinstance(kind, list) else TYPES[kind]
    values: list[list[Any]] = [list(row) for row in rows["rows"]]
    for row in values:
        for i, kind in enumerate(rows["columns"].values()):
            if isinstance(kind, list) and row[i] is not None:
                row[i] = dict(zip(kind, row[i]))
            elif kind == "date" and row[i] is not None:
                row[i] = datetime.date.fromisoformat(row[i])
    return pl.DataFrame(values, schema=schema, orient="row")


def plain(df: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON, in a defined order; columns by name, without times."""
    df = df.select(sorted(c for c in df.columns if c not in TIMES))
    rows = [json.loads(json.dumps(row, default=str)) for row in df.iter_rows(named=True)]
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def to_polars(value: Any) -> pl.DataFrame:
    value = value.collect() if hasattr(value, "collect") else value
    return value.to_polars() if hasattr(value, "to_polars") else value


def run(pipeline: dict[str, Any], folder: str) -> list[dict[str, Any]]:
    config = MetaxyConfig(project="pipelines", hash_truncation_length=pipeline["hash_truncation_length"])
    steps = []
    increments: dict[str, pl.DataFrame] = {}
    with config.use():
        store = LanceDBMetadataStore(folder, hash_algorithm=HashAlgorithm(pipeline["hash_algorithm"]))
        graph = mx.FeatureGraph()
        for step in pipeline["steps"]:
            step = dict(step)
            if step["op"] == "use":
                graph = mx.FeatureGraph()
                for spec in pipeline["revisions"][step["revision"]]:
                    graph.add_feature_definition(definition(spec, "pipelines"))
                step["versions"] = {
                    d["key"]: graph.get_feature_version(d["key"]) for d in pipeline["revisions"][step["revision"]]
                }
                steps.append(step)
                continue
            with graph.use(), store.open("w"):
                if step["op"] == "write":
                    store.write(step["feature"], frame(step["rows"]))
                elif step["op"] == "resolve":
                    samples = frame(step["samples"]) if "samples" in step else None
                    found = store.resolve_update(step["feature"], samples=samples)
                    parts = {p: to_polars(getattr(found, p)) for p in ("new", "stale", "orphaned")}
                    increments[step["feature"]] = pl.concat([parts["new"], parts["stale"]], how="diagonal_relaxed")
                    step["expect"] = {name: plain(part) for name, part in parts.items()}
                elif step["op"] == "write_increment":
                    store.write(step["feature"], increments[step["feature"]])
                elif step["op"] == "read":
                    step["expect"] = plain(to_polars(store.read(step["feature"], **step.get("options", {}))))
            steps.append(step)
    return steps


def main() -> None:
    captured = []
    for pipeline in PIPELINES:
        with tempfile.TemporaryDirectory() as folder:
            steps = run(pipeline, folder)
        definitions = {
            revision: [json.loads(definition(spec, "pipelines").model_dump_json()) for spec in specs]
            for revision, specs in pipeline["revisions"].items()
        }
        captured.append({**pipeline, "revisions": definitions, "steps": steps})
    Path(sys.argv[1]).write_text(json.dumps(captured, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
