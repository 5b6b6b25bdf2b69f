"""A project shared by the program of this repository and the Python package."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import warnings
from pathlib import Path
from collections.abc import Sequence
from typing import Any

warnings.filterwarnings("ignore")
logging.getLogger("metaxy").setLevel(logging.CRITICAL)

import metaxy as mx
import polars as pl
from metaxy.config import MetaxyConfig
from metaxy.ext.lancedb import LanceDBMetadataStore
from metaxy.models.feature_definition import FeatureDefinition

BY_FIELD = "metaxy_provenance_by_field"


def spec(key: str, fields: dict[str, str], deps: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "key": key,
        "id_columns": ["id"],
        "deps": [{"feature": dep} for dep in deps],
        "fields": [{"key": name, "code_version": version} for name, version in fields.items()],
    }


class Both:
    def __init__(self, folder: Path, **settings: Any):
        self.folder = folder
        self.settings = settings
        self.executable = os.environ["METAXY_PROGRAM"]

    def define(self, *specs: dict[str, Any]) -> None:
        """Both use these features from here on."""
        definitions = [
            FeatureDefinition(
                spec=mx.FeatureSpec.model_validate(each),
                feature_schema={"title": each["key"], "type": "object", "properties": {}},
                feature_class_path="both." + each["key"],
                project="both",
            )
            for each in specs
        ]
        texts = ",".join(each.model_dump_json() for each in definitions)
        (self.folder / "definitions.json").write_text(f"[{texts}]")
        settings = "".join(f"{name} = {json.dumps(value)}\n" for name, value in self.settings.items())
        (self.folder / "metaxy.toml").write_text(
            f'project = "both"\nentrypoints = ["definitions.json"]\n{settings}'
            '[stores.dev]\ntype = "metaxy.ext.lancedb.LanceDBMetadataStore"\n'
            f'[stores.dev.config]\nuri = "{self.folder}/store"\n'
        )
        self.config = MetaxyConfig(project="both")
        self.graph = mx.FeatureGraph()
        with self.config.use():
            for each in definitions:
                self.graph.add_feature_definition(each)

    # The program

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [self.executable, "--config-file", str(self.folder / "metaxy.toml"), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)

    def run(self, *arguments: str) -> str:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, f"{arguments}: exit code {process.returncode}: {err}"
        return out

    def file(self, name: str, rows: pl.DataFrame) -> str:
        rows.write_parquet(self.folder / f"{name}.parquet")
        return str(self.folder / f"{name}.parquet")

    def write(self, feature: str, rows: pl.DataFrame) -> None:
        self.run("metadata", "write", feature, "--from", self.file("rows", rows))

    def counts(self, feature: str) -> tuple[int, int, int]:
        counts = json.loads(self.run("metadata", "resolve", feature, "--format", "json"))
        return counts["new"], counts["stale"], counts["orphaned"]

    def update(self, feature: str) -> None:
        self.run("metadata", "resolve", feature, "--to", str(self.folder / "todo"))
        for part in ("new", "stale"):
            if pl.read_parquet(self.folder / "todo" / f"{part}.parquet").height:
                self.run("metadata", "write", feature, "--from", str(self.folder / "todo" / f"{part}.parquet"))

    # The Python package

    def python_store(self) -> Any:
        return LanceDBMetadataStore(str(self.folder / "store"))

    def python_read(self, feature: str, **options: Any) -> pl.DataFrame:
        store = self.python_store()
        with self.config.use(), self.graph.use(), store.open("r"):
            return store.read(feature, **options).collect().to_polars()

    def python_counts(self, feature: str) -> tuple[int, int, int]:
        store = self.python_store()
        with self.config.use(), self.graph.use(), store.open("r"):
            increment = store.resolve_update(feature)
            return len(increment.new), len(increment.stale), len(increment.orphaned)

    def python_write(self, feature: str, rows: pl.DataFrame) -> None:
        store = self.python_store()
        with self.config.use(), self.graph.use(), store.open("w"):
            store.write(feature, rows)

    def python_update(self, feature: str) -> None:
        store = self.python_store()
        with self.config.use(), self.graph.use(), store.open("w"):
            store.write(feature, store.resolve_update(feature).new)

    def python_delete(self, feature: str, condition: Any) -> None:
        store = self.python_store()
        with self.config.use(), self.graph.use(), store.open("w"):
            store.delete(feature, condition)

    def table(self, feature: str) -> Any:
        import lancedb

        return lancedb.connect(str(self.folder / "store")).open_table(feature).to_arrow()

    def drop(self, feature: str) -> None:
        import lancedb

        lancedb.connect(str(self.folder / "store")).drop_table(feature)
