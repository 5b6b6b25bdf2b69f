"""A project with stores on targets, worked on by the program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "reference/live/interop"))
from sides import BY_FIELD, PARTS, definition  # noqa: E402

VIDEO: dict[str, Any] = {"key": "raw/video", "id_columns": ["id"], "fields": ["audio", "frames"]}
CROP: dict[str, Any] = {"key": "crop", "id_columns": ["id"], "deps": ["raw/video"], "fields": ["audio"]}


def videos(versions: dict[str, str], **columns: Any) -> pl.DataFrame:
    """A row per id; a version is a letter for the audio and one for the frames."""
    rows = [{"audio": text[0], "frames": text[1]} for text in versions.values()]
    schema = {"id": pl.String, "length": pl.Int64, BY_FIELD: pl.Struct({"audio": pl.String, "frames": pl.String})}
    frame = pl.DataFrame({"id": list(versions), "length": list(range(len(versions))), BY_FIELD: rows}, schema=schema)
    return frame.with_columns(**columns)


# Variables that the object store libraries read as options of a store, with and without service prefixes.
OPTIONS_WITH = ("AWS_", "AZURE_", "GOOGLE_", "LANCEDB_", "OBJECT_STORE_")
OPTIONS_WITHOUT = {
    "ACCESS_KEY", "ACCESS_KEY_ID", "ACCOUNT_KEY", "ACCOUNT_NAME", "ALLOW_HTTP", "ALLOW_INVALID_CERTIFICATES", "BASE_URL", "BEARER_TOKEN",
    "BUCKET", "BUCKET_NAME", "CLIENT_ID", "CLIENT_SECRET", "CONNECT_TIMEOUT", "CONTAINER_NAME", "DEFAULT_REGION", "ENDPOINT",
    "ENDPOINT_URL", "HTTP1_ONLY", "HTTP2_ONLY", "POOL_IDLE_TIMEOUT", "POOL_MAX_IDLE_PER_HOST", "PROXY_CA_CERTIFICATE", "PROXY_EXCLUDES",
    "PROXY_URL", "RANDOMIZE_ADDRESSES", "READ_TIMEOUT", "REGION", "ROLE_ARN", "SECRET_ACCESS_KEY", "SERVICE_ACCOUNT", "SESSION_TOKEN",
    "SKIP_SIGNATURE", "TENANT_ID", "TIMEOUT", "TOKEN", "USER_AGENT", "USE_AZURE_CLI", "USE_EMULATOR",
}  # fmt: skip


def without_options(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment without variables that would become options of stores: the machine's environment must not affect
    tests.
    """
    return {
        key: value
        for key, value in variables.items()
        if not key.startswith(OPTIONS_WITH) and key.upper() not in OPTIONS_WITHOUT
    }


@dataclass
class Done:
    code: int
    out: str
    err: str


def toml(value: Any) -> str:
    """A value on one line; JSON's strings and numbers are valid TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(each) for each in value) + "]"
    return json.dumps(value)


class Project:
    """Features VIDEO and CROP; `stores` are their `[stores.NAME.config]`, the first is the default."""

    def __init__(self, stores: dict[str, dict[str, Any]], *, extension: dict[str, Any] | None = None):
        self.directory = tempfile.TemporaryDirectory(prefix="metaxy-project-")
        self.folder = Path(self.directory.name)
        texts = ",\n".join(definition(spec).model_dump_json() for spec in (VIDEO, CROP))
        (self.folder / "definitions.json").write_text(f"[{texts}]")
        lines = ['project = "both"', f'store = "{next(iter(stores))}"', 'entrypoints = ["definitions.json"]']
        for name, config in stores.items():
            lines += [f"[stores.{name}]", 'type = "metaxy.ext.lancedb.LanceDBMetadataStore"', f"[stores.{name}.config]"]
            lines += [f"{key} = {toml(value)}" for key, value in config.items()]
        for name, options in (extension or {}).items():
            lines += [f"[ext.cpp.stores.{name}]", *(f"{key} = {toml(value)}" for key, value in options.items())]
        (self.folder / "metaxy.toml").write_text("\n".join(lines) + "\n")
        self.variables = without_options(os.environ) | {"XDG_CACHE_HOME": str(self.folder / "caches")}

    def command(self, *arguments: str) -> list[str]:
        return [os.environ["METAXY_PROGRAM"], "--config-file", str(self.folder / "metaxy.toml"), *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self.command(*arguments), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, env=self.variables
        )

    def call(self, *arguments: str) -> Done:
        """Whatever the result."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        return Done(process.returncode, out, err)

    def run(self, *arguments: str) -> str:
        done = self.call(*arguments)
        if done.code != 0:
            raise AssertionError(f"{' '.join(arguments)}: exit code {done.code}: {done.err}")
        return done.out

    def file(self, rows: pl.DataFrame) -> str:
        path = self.folder / f"rows-{len(list(self.folder.iterdir()))}.parquet"
        rows.write_parquet(path)
        return str(path)

    def write(self, feature: str, rows: pl.DataFrame, *options: str) -> None:
        self.run("metadata", "write", feature, "--from", self.file(rows), *options)

    def read(self, feature: str, *options: str) -> pl.DataFrame:
        path = self.folder / "read.parquet"
        self.run("metadata", "read", feature, "--to", str(path), *options)
        return pl.read_parquet(path)

    def ids(self, feature: str, *options: str) -> list[str]:
        return sorted(self.read(feature, *options)["id"].to_list())

    def resolve(self, feature: str, *options: str) -> dict[str, pl.DataFrame]:
        to = self.folder / "parts"
        self.run("metadata", "resolve", feature, "--to", str(to), *options)
        return {part: pl.read_parquet(to / f"{part}.parquet") for part in PARTS}

    def update(self, feature: str) -> tuple[int, ...]:
        """Computes what is new or stale; returns the number of rows of each part."""
        parts = self.resolve(feature)
        for part in ("new", "stale"):
            if parts[part].height:
                self.write(feature, parts[part])
        return tuple(parts[part].height for part in PARTS)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--format", "json"))
