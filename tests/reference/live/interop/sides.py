"""The Python package and the program of this repository, behind one interface.

A Project is a folder with feature definitions and a store. Reference uses the package's API, Program the command line;
both accept and return Polars frames. They may share a store directory, or have separate ones.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import subprocess
import tempfile
import tomllib
import warnings
from pathlib import Path
from typing import Any, Iterator

warnings.filterwarnings("ignore")
logging.getLogger("metaxy").setLevel(logging.CRITICAL)

import metaxy as mx
import narwhals as nw
import polars as pl
from metaxy._hashing import HashAlgorithm
from metaxy.config import MetaxyConfig
from metaxy.ext.lancedb import LanceDBMetadataStore
from metaxy.metadata_store.system.storage import SystemTableStorage
from metaxy.models.feature_definition import FeatureDefinition
from metaxy.models.filter_expression import parse_filter_string
from metaxy.utils.lock_file import generate_lock_file, load_lock_file

PARTS = ("new", "stale", "orphaned")
TIMES = ("metaxy_created_at", "metaxy_updated_at", "metaxy_deleted_at")
BY_FIELD = "metaxy_provenance_by_field"
DATA_VERSION = "metaxy_data_version"
DATA_VERSION_BY_FIELD = "metaxy_data_version_by_field"

Frames = dict[str, pl.DataFrame]


class Refused(Exception):
    """One side refused an operation, or failed in it."""


def definition(spec: dict[str, Any], project: str = "both") -> FeatureDefinition:
    properties = {name: {"type": "string"} for name in spec["id_columns"]}
    return FeatureDefinition(
        spec=mx.FeatureSpec.model_validate(spec),
        feature_schema={"title": spec["key"], "type": "object", "properties": properties},
        feature_class_path=f"{project}." + spec["key"].replace("/", "_"),
        project=project,
    )


class Side:
    """The operations that both support. Filters are strings."""

    def __init__(self, folder: Path, specs: list[dict[str, Any]], **settings: Any):
        self.folder = folder
        self.settings = {
            "project": "both",
            "store": folder / "store",
            "algorithm": "xxhash32",
            "truncation": 8,
            **settings,
        }
        self.define(specs)

    def define(self, specs: list[dict[str, Any]]) -> None:
        """Replaces the definitions from here on."""
        self.definitions = [definition(spec, self.settings["project"]) for spec in specs]

    def write(self, feature: str, rows: pl.DataFrame) -> None:
        raise NotImplementedError

    def resolve(self, feature: str, samples: pl.DataFrame | None = None, **options: Any) -> Frames:
        """`filters` (feature -> strings), `global_filters`, `target_filters`, `staleness`, `skip_comparison`."""
        raise NotImplementedError

    def read(self, feature: str, **options: Any) -> pl.DataFrame:
        raise NotImplementedError

    def delete(self, feature: str, filters: list[str], *, soft: bool = True) -> None:
        raise NotImplementedError

    def push(self) -> str:
        """Returns the project version."""
        raise NotImplementedError

    def describe(self) -> str:
        """All features as printed by `metaxy describe features`, as a string."""
        raise NotImplementedError

    def describe_file(self, definitions: str) -> str:
        """The same for a definitions file with any content."""
        raise NotImplementedError

    @property
    def lock_file(self) -> Path:
        """The location of locked features of other projects."""
        return self.folder / "metaxy.lock"

    def lock(self) -> None:
        """Writes the lock file for what the definitions depend on."""
        raise NotImplementedError

    def describe_locked(self) -> str:
        """The definitions plus those of the lock file."""
        raise NotImplementedError

    def update(self, feature: str, samples: pl.DataFrame | None = None, **columns: Any) -> Frames:
        """Resolves, and writes what is new or stale, with additional user columns."""
        parts = self.resolve(feature, samples)
        for part in ("new", "stale"):
            if parts[part].height:
                self.write(feature, parts[part].with_columns(**columns))
        return parts


class Reference(Side):
    """The Python package, by its API, in this process."""

    name = "reference"

    def define(self, specs: list[dict[str, Any]]) -> None:
        super().define(specs)
        self.config = MetaxyConfig(project=self.settings["project"], hash_truncation_length=self.settings["truncation"])
        self.graph = mx.FeatureGraph()
        with self.config.use():
            for each in self.definitions:
                self.graph.add_feature_definition(each)

    @contextlib.contextmanager
    def store(self, mode: Any = "r") -> Iterator[Any]:
        algorithm = HashAlgorithm(self.settings["algorithm"])
        try:
            store = LanceDBMetadataStore(str(self.settings["store"]), hash_algorithm=algorithm)
            with self.config.use(), self.graph.use(), store.open(mode):
                yield store
        except Exception as e:  # whatever it is, this side did not succeed
            raise Refused(f"{type(e).__name__}: {' '.join(str(e).split())[:300]}") from e

    def write(self, feature: str, rows: pl.DataFrame) -> None:
        with self.store("w") as store:
            store.write(feature, rows)

    def resolve(self, feature: str, samples: pl.DataFrame | None = None, **options: Any) -> Frames:
        with self.store() as store:
            increment = store.resolve_update(
                feature,
                samples=samples,
                filters={k: parse(v) for k, v in options.get("filters", {}).items()},
                global_filters=parse(options.get("global_filters", [])),
                target_filters=parse(options.get("target_filters", [])),
                staleness_predicates=parse(options.get("staleness", [])),
                skip_comparison=options.get("skip_comparison", False),
            )
            return {part: to_polars(getattr(increment, part)) for part in PARTS}

    def read(self, feature: str, **options: Any) -> pl.DataFrame:
        with self.store() as store:
            filters = parse(options.pop("filters", []))
            return to_polars(store.read(feature, filters=filters, **options))

    def delete(self, feature: str, filters: list[str], *, soft: bool = True) -> None:
        with self.store("w") as store:
            store.delete(feature, parse(filters), soft=soft)

    def push(self) -> str:
        with self.store("w") as store:
            return SystemTableStorage(store).push_graph_snapshot(project=self.settings["project"]).project_version

    def lock(self) -> None:
        with self.store() as store:
            generate_lock_file(store, self.lock_file, exclude_project=self.settings["project"])

    def describe_locked(self) -> str:
        config = MetaxyConfig(**{**self.config.model_dump(exclude_unset=True), "metaxy_lock_path": str(self.lock_file)})
        graph = mx.FeatureGraph()
        with config.use(), graph.use():
            load_lock_file(config)
            for each in self.definitions:
                graph.add_feature_definition(each)
        return self.describe_graph(graph)

    def describe(self) -> str:
        return self.describe_graph(self.graph)

    def describe_graph(self, graph: mx.FeatureGraph) -> str:
        from metaxy.cli.describe import _collect_feature_data

        try:
            with self.config.use(), graph.use():
                return described(
                    [_collect_feature_data(graph, key) for key in graph.list_features(only_current_project=False)]
                )
        except Exception as e:
            raise Refused(f"{type(e).__name__}: {' '.join(str(e).split())[:300]}") from e

    def describe_file(self, definitions: str) -> str:
        graph = mx.FeatureGraph()
        try:
            with self.config.use():
                for each in json.loads(definitions):
                    graph.add_feature_definition(FeatureDefinition.model_validate(each))
        except Exception as e:
            raise Refused(f"{type(e).__name__}: {' '.join(str(e).split())[:300]}") from e
        return self.describe_graph(graph)


class Program(Side):
    """The program of this repository, by its command line."""

    name = "program"

    def __init__(self, folder: Path, specs: list[dict[str, Any]], **settings: Any):
        self.executable = os.environ["METAXY_PROGRAM"]
        super().__init__(folder, specs, **settings)

    def define(self, specs: list[dict[str, Any]]) -> None:
        super().define(specs)
        texts = ",\n".join(each.model_dump_json() for each in self.definitions)
        (self.folder / "definitions.json").write_text(f"[{texts}]")
        s = self.settings
        (self.folder / "metaxy.toml").write_text(
            f'project = "{s["project"]}"\nstore = "dev"\nhash_truncation_length = {s["truncation"]}\n'
            'entrypoints = ["definitions.json"]\n'
            '[stores.dev]\ntype = "metaxy.ext.lancedb.LanceDBMetadataStore"\n'
            f'[stores.dev.config]\nuri = "{s["store"]}"\nhash_algorithm = "{s["algorithm"]}"\n'
        )

    def run(self, *arguments: str) -> str:
        command = [self.executable, "--config-file", str(self.folder / "metaxy.toml"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Refused(f"exit code {done.returncode}: {' '.join(done.stderr.split())[:300]}")
        return done.stdout

    def write(self, feature: str, rows: pl.DataFrame) -> None:
        with tempfile.TemporaryDirectory() as folder:
            rows.write_parquet(Path(folder) / "rows.parquet")
            self.run("metadata", "write", feature, "--from", f"{folder}/rows.parquet")

    def resolve(self, feature: str, samples: pl.DataFrame | None = None, **options: Any) -> Frames:
        arguments = ["metadata", "resolve", feature]
        for key, texts in options.get("filters", {}).items():
            arguments += [f"--filter={key}:{text}" for text in texts]
        for option in ("global-filter", "target-filter"):
            arguments += [f"--{option}={text}" for text in options.get(option.replace("-", "_") + "s", [])]
        arguments += [f"--stale-if={text}" for text in options.get("staleness", [])]
        if options.get("skip_comparison"):
            arguments.append("--skip-comparison")
        with tempfile.TemporaryDirectory() as folder:
            if samples is not None:
                samples.write_parquet(Path(folder) / "samples.parquet")
                arguments += ["--samples", f"{folder}/samples.parquet"]
            self.run(*arguments, "--to", f"{folder}/parts")
            return {part: pl.read_parquet(f"{folder}/parts/{part}.parquet") for part in PARTS}

    def read(self, feature: str, **options: Any) -> pl.DataFrame:
        arguments = ["metadata", "read", feature, *(f"--filter={text}" for text in options.pop("filters", []))]
        if options.get("columns"):
            arguments.append("--columns=" + ",".join(options.pop("columns")))
        arguments += ["--" + name.replace("_", "-") for name, value in options.items() if value]
        with tempfile.TemporaryDirectory() as folder:
            self.run(*arguments, "--to", f"{folder}/rows.parquet")
            return pl.read_parquet(f"{folder}/rows.parquet")

    def delete(self, feature: str, filters: list[str], *, soft: bool = True) -> None:
        kind = "--soft" if soft else "--hard"
        self.run("metadata", "delete", feature, "--yes", kind, *(f"--filter={text}" for text in filters))

    def push(self) -> str:
        return self.run("push").strip()

    def describe_file(self, definitions: str) -> str:
        (self.folder / "definitions.json").write_text(definitions)
        return self.describe()

    def lock(self) -> None:
        self.run("lock")

    def describe_locked(self) -> str:
        locked = tomllib.loads(self.lock_file.read_text())["features"]
        return self.describe(*locked, *(each.spec.key.to_string() for each in self.definitions))

    def describe(self, *keys: str) -> str:
        features = json.loads(self.run("describe", "features", *(keys or ["--all-features"]), "--format", "json"))
        return described(features["features"] if "features" in features else [features])


def described(features: list[dict[str, Any]]) -> str:
    """Descriptions in a normal form: lists of parent fields are sets, and the source is the side's own."""
    for feature in features:
        feature.pop("source", None)
        for each in feature.get("fields", []):
            for dep in each.get("deps", []):
                dep["fields"] = sorted(dep["fields"])
    return json.dumps(sorted(features, key=lambda f: f["key"]), sort_keys=True, default=str)


def parse(texts: list[str]) -> list[nw.Expr]:
    return [parse_filter_string(text) for text in texts]


def to_polars(frame: Any) -> pl.DataFrame:
    native = nw.to_native(frame) if isinstance(frame, (nw.DataFrame, nw.LazyFrame)) else frame
    return native.collect() if isinstance(native, pl.LazyFrame) else native


# ---- comparing


def family(dtype: Any) -> str:
    """A type's name, with all kinds of strings treated as one, and likewise all units of time."""
    if isinstance(dtype, pl.Struct):
        return "struct(" + ", ".join(sorted(f"{f.name}: {family(f.dtype)}" for f in dtype.fields)) + ")"
    if isinstance(dtype, (pl.List, pl.Array)):
        return f"list({family(dtype.inner)})"
    if isinstance(dtype, (pl.Categorical, pl.Enum)):
        return "String"
    if isinstance(dtype, pl.Datetime):
        return f"Datetime({dtype.time_zone})"
    if isinstance(dtype, pl.Duration):
        return "Duration"
    return str(dtype)


def text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {text(v)}" for k, v in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(text(v) for v in value) + "]"
    return repr(value)


def is_time(column: str) -> bool:
    return re.sub("_right$", "", column) in TIMES


def plain(frame: pl.DataFrame) -> list[str]:
    """Rows as strings, in a defined order; columns by name; of timestamps only whether they are null."""
    columns = sorted(frame.columns)
    rows = []
    for row in frame.select(columns).iter_rows(named=True):
        cells = (f"{c}={'a time' if is_time(c) and row[c] is not None else text(row[c])}" for c in columns)
        rows.append("; ".join(cells))
    return sorted(rows)


def difference(left: pl.DataFrame, right: pl.DataFrame) -> str | None:
    """The first difference between two frames in words, or None."""
    types = [{name: family(dtype) for name, dtype in frame.schema.items()} for frame in (left, right)]
    for name in sorted(types[0] | types[1]):
        ours, theirs = (each.get(name, "missing") for each in types)
        # A column of nulls may have no type.
        if ours != theirs and "Null" not in (ours, theirs):
            return f"column {name}: {ours} and {theirs}"
    rows = [plain(frame) for frame in (left, right)]
    if rows[0] == rows[1]:
        return None
    only = [[row for row in rows[k] if row not in rows[1 - k]][:2] for k in (0, 1)]
    return f"{left.height} and {right.height} rows; only left: {only[0]}; only right: {only[1]}"


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")
