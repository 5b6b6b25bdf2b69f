#!/usr/bin/env python3
"""Captures whole pipelines from the Python package: what it resolves, writes and reads, step by step.

    python capture_pipelines.py ../goldens/pipelines.json      (in an environment with tools/requirements-oracle.txt)

Each pipeline is a list of steps over definitions (pipeline_cases.py). The expected rows are what the package gave on a
fresh LanceDB in a temporary directory, without columns of time. What a user would do between resolving and writing
is done here, so that the goldens hold the written rows themselves. tests/reference/recorded/pipeline_test.cc runs the same steps.

In the goldens a table is {"columns": {name: type}, "rows": [[value]]}; a type is a text, or a list of names for a struct of
texts; a value is null, a list for a struct, or else a text: timestamps as their number of units since 1970, binaries in hex.
"""

from __future__ import annotations

import datetime
import decimal
import json
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore")

import metaxy as mx
import narwhals as nw
import polars as pl
from metaxy._hashing import HashAlgorithm
from metaxy.config import MetaxyConfig
from metaxy.ext.lancedb import LanceDBMetadataStore
from metaxy.metadata_store.system.storage import SystemTableStorage
from metaxy.models.feature_definition import FeatureDefinition
from metaxy.models.filter_expression import parse_filter_string
from pipeline_cases import PIPELINES

TIMES = ("metaxy_created_at", "metaxy_updated_at", "metaxy_deleted_at", "metaxy_deleted_at_right")
TYPES: dict[str, Any] = {
    "string": pl.String,
    "binary": pl.Binary,
    "bool": pl.Boolean,
    "date": pl.Date,
    "decimal(10,2)": pl.Decimal(10, 2),
    "timestamp[ms]": pl.Datetime("ms"),
    "timestamp[us]": pl.Datetime("us"),
    "timestamp[ns]": pl.Datetime("ns"),
    "timestamp[us, UTC]": pl.Datetime("us", "UTC"),
    "int": pl.Int64,
    **{f"{s.lower()}int{n}" if s else f"int{n}": getattr(pl, f"{s}Int{n}") for s in ("", "U") for n in (8, 16, 32, 64)},
}
NAMES = {dtype: name for name, dtype in TYPES.items()}


def definition(spec: dict[str, Any], project: str) -> FeatureDefinition:
    properties = {name: {"type": "string"} for name in spec["id_columns"]}
    return FeatureDefinition(
        spec=mx.FeatureSpec.model_validate(spec),
        feature_schema={"title": spec["key"], "type": "object", "properties": properties},
        feature_class_path="pipeline." + spec["key"].replace("/", "_"),
        project=project,
    )


def parsed(text: Any, kind: Any) -> Any:
    """The value that a text of a case or golden stands for."""
    if text is None or isinstance(kind, list):
        return None if text is None else dict(zip(kind, text))
    if kind == "date":
        return datetime.date.fromisoformat(text)
    if kind.startswith("timestamp"):
        zone = datetime.timezone.utc if "UTC" in kind else None
        return datetime.datetime.fromisoformat(text).replace(tzinfo=zone)
    return {"decimal(10,2)": decimal.Decimal, "binary": bytes.fromhex}.get(kind, lambda value: value)(text)


def frame(rows: dict[str, Any]) -> pl.DataFrame:
    kinds = rows["columns"]
    schema = {
        name: pl.Struct({m: pl.String for m in kind}) if isinstance(kind, list) else TYPES[kind]
        for name, kind in kinds.items()
    }
    values = [[parsed(value, kind) for value, kind in zip(row, kinds.values())] for row in rows["rows"]]
    return pl.DataFrame(values, schema=schema, orient="row")


def texts(df: pl.DataFrame) -> pl.DataFrame:
    """All values as the goldens have them."""
    for name, dtype in df.schema.items():
        column = pl.col(name)
        if isinstance(dtype, pl.Datetime):
            df = df.with_columns(column.cast(pl.Int64).cast(pl.String))
        elif dtype == pl.Binary:
            df = df.with_columns(column.bin.encode("hex"))
        elif not isinstance(dtype, pl.Struct):
            df = df.with_columns(column.cast(pl.String))
    return df


def golden(df: pl.DataFrame) -> dict[str, Any]:
    """A frame to be written, without columns that are null throughout and without a type."""
    df = df.select(c for c in df.columns if c not in TIMES)
    columns = {n: [f.name for f in t.fields] if isinstance(t, pl.Struct) else NAMES[t] for n, t in df.schema.items()}
    rows = [[list(v.values()) if isinstance(v, dict) else v for v in row] for row in texts(df).iter_rows()]
    return {"columns": columns, "rows": rows}


def plain(df: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON, in a defined order; columns by name, without times."""
    df = texts(df.select(sorted(c for c in df.columns if c not in TIMES)))
    return sorted(df.iter_rows(named=True), key=lambda row: json.dumps(row, sort_keys=True))


def to_polars(value: Any) -> pl.DataFrame:
    value = value.collect() if hasattr(value, "collect") else value
    return value.to_polars() if hasattr(value, "to_polars") else value


def worked_on(df: pl.DataFrame, work: dict[str, Any]) -> pl.DataFrame:
    """What a pipeline does with an increment: one row per group, children, own data versions."""
    if "collapse" in work:
        df = df.sort(df.columns[0], *work["collapse"]).unique(work["collapse"], keep="first", maintain_order=True)
    if "keep" in work:
        df = df.select(c for c in df.columns if c in work["keep"] or c.startswith("metaxy_") and c not in TIMES)
    if "expand" in work:
        counts = [i % 3 + 1 for i in range(df.height)]
        df = df.with_columns(pl.Series(work["expand"], [list(range(n)) for n in counts], pl.List(pl.Int64))).explode(
            work["expand"]
        )
    if "override" in work:
        column = "metaxy_data_version_by_field"
        fields = [f.name for f in df.schema[column].fields]
        values = [{f: f"own-{f}-{i}" for f in fields} if i % 2 == 0 else None for i in range(df.height)]
        df = df.with_columns(pl.Series(column, values, df.schema[column]))
        if work["override"] == "without hash":
            df = df.drop("metaxy_data_version")
    return df


class Pipeline:
    def __init__(self, case: dict[str, Any], folder: Path, config: MetaxyConfig):
        self.case, self.config = case, config
        algorithm = HashAlgorithm(case["hash_algorithm"])
        production = LanceDBMetadataStore(folder / "prod", hash_algorithm=algorithm)
        self.stores = {
            "prod": production,
            "dev": LanceDBMetadataStore(folder / "dev", hash_algorithm=algorithm, fallback_stores=[production]),
        }
        self.increments: dict[str, pl.DataFrame] = {}
        self.versions: dict[str, dict[str, str]] = {}

    def run(self) -> list[dict[str, Any]]:
        steps = []
        for case in self.case["steps"]:
            step = dict(case)
            if step["op"] == "use":
                self.use(step)
            else:
                with self.graph.use(), self.stores[step.get("store", "dev")].open("w") as store:
                    getattr(self, step["op"])(step, store)
            steps.append(step)
        return steps

    def use(self, step: dict[str, Any]) -> None:
        self.graph = mx.FeatureGraph()
        specs = self.case["revisions"][step["revision"]]
        for spec in specs:
            self.graph.add_feature_definition(definition(spec, "pipelines"))
        step["versions"] = {spec["key"]: self.graph.get_feature_version(spec["key"]) for spec in specs}
        self.versions[step["revision"]] = step["versions"]

    def write(self, step: dict[str, Any], store: Any) -> None:
        store.write(step["feature"], frame(step["rows"]))
        step["rows"] = golden(frame(step["rows"]))

    def resolve(self, step: dict[str, Any], store: Any) -> None:
        samples = frame(step["samples"]) if "samples" in step else None
        if samples is not None:
            step["samples"] = golden(samples)
        found = store.resolve_update(
            step["feature"],
            samples=samples,
            filters={k: [parse_filter_string(f) for f in v] for k, v in step.get("filters", {}).items()},
            global_filters=[parse_filter_string(f) for f in step.get("global_filters", [])],
            target_filters=[parse_filter_string(f) for f in step.get("target_filters", [])],
            staleness_predicates=[parse_filter_string(f) for f in step.get("staleness", [])],
            skip_comparison=step.get("skip_comparison", False),
        )
        parts = {p: to_polars(getattr(found, p)) for p in ("new", "stale", "orphaned")}
        self.increments[step["feature"]] = pl.concat([parts["new"], parts["stale"]], how="diagonal_relaxed")
        step["expect"] = {name: plain(part) for name, part in parts.items()}

    def write_increment(self, step: dict[str, Any], store: Any) -> None:
        rows = worked_on(self.increments[step["feature"]], step.pop("work", {}))
        rows = rows.select(c for c in rows.columns if c not in TIMES)
        store.write(step["feature"], rows)
        step["op"], step["rows"] = "write", golden(rows)

    def read(self, step: dict[str, Any], store: Any) -> None:
        options = dict(step.get("options", {}))
        if "filters" in options:
            options["filters"] = [parse_filter_string(f) for f in options["filters"]]
        step["expect"] = plain(to_polars(store.read(step["feature"], **options)))

    def delete(self, step: dict[str, Any], store: Any) -> None:
        filters = [parse_filter_string(f) for f in step.get("filters", [])]
        store.delete(step["feature"], filters, **step.get("options", {}))

    def push(self, step: dict[str, Any], store: Any) -> None:
        step["expect"] = SystemTableStorage(store).push_graph_snapshot(project="pipelines").project_version

    def rebase(self, step: dict[str, Any], store: Any) -> None:
        step["from"] = self.versions[step.pop("from_revision")][step["feature"]]
        if "to_revision" in step:
            step["to"] = self.versions[step.pop("to_revision")][step["feature"]]
        of_version = nw.col("metaxy_feature_version") == step["from"]
        rows = store.read(step["feature"], with_feature_history=True, filters=[of_version], allow_fallback=False)
        rebased = to_polars(store.rebase(step["feature"], rows, to_feature_version=step.get("to")))
        store.write(step["feature"], rebased, preserve_feature_version=True)
        step["expect"] = rebased.height

    def copy(self, step: dict[str, Any], store: Any) -> None:
        with self.stores[step["from_store"]] as source:
            copied = store.copy_metadata(source, step["features"], **step.get("options", {}))
        step["expect"] = copied["rows_copied"]


def main() -> None:
    captured = []
    for case in PIPELINES:
        config = MetaxyConfig(project="pipelines", hash_truncation_length=case["hash_truncation_length"])
        with tempfile.TemporaryDirectory() as folder, config.use():
            steps = Pipeline(case, Path(folder), config).run()
        definitions = {
            revision: [json.loads(definition(spec, "pipelines").model_dump_json()) for spec in specs]
            for revision, specs in case["revisions"].items()
        }
        captured.append({**case, "revisions": definitions, "steps": steps})
    Path(sys.argv[1]).write_text(dumped(captured))


def dumped(pipelines: list[dict[str, Any]]) -> str:
    """A line per definition and per step, so that a change of one shows as such."""

    def lines(values: list[Any], indent: str) -> str:
        return ",\n".join(indent + json.dumps(value, ensure_ascii=False) for value in values)

    texts = []
    for pipeline in pipelines:
        head = {k: v for k, v in pipeline.items() if k not in ("revisions", "steps")}
        revisions = ",\n".join(f"  {json.dumps(n)}: [\n{lines(d, '   ')}]" for n, d in pipeline["revisions"].items())
        texts.append(
            f'{json.dumps(head)[:-1]},\n "revisions": {{\n{revisions}}},\n "steps": [\n{lines(pipeline["steps"], "  ")}]}}'
        )
    return "[\n" + ",\n".join(texts) + "\n]\n"


if __name__ == "__main__":
    main()
