"""How each engine prepares and measures a case: as a separate command line."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cases
import processes
from cases import Case

HERE = Path(__file__).resolve().parent
TITLES = {
    "ours": "metaxy for C++",
    "python": "Python + metaxy_cpp",
    "lancedb": "Python + LanceDB",
    "duckdb": "Python + DuckDB",
    "scan": "the same scan",
    "floor": "bare bridge",
}


@dataclass(frozen=True)
class Tools:
    """The programs that measure."""

    build: Path  # a build tree of this checkout
    python: Path | None  # the Python that has the reference, if there is one
    launcher: processes.Launcher

    @property
    def runner(self) -> Path:
        return self.build / "bin" / "metaxy_bench_run"

    @property
    def package(self) -> Path | None:
        """Where Python finds metaxy_cpp, if the build tree has it."""
        folder = self.build / "python"
        return folder if any(folder.glob("metaxy_cpp/_native*.so")) else None

    @property
    def metaxy(self) -> Path:
        return self.build / "bin" / "metaxy"

    def driver(self, engine: str) -> list[str | Path]:
        assert self.python is not None
        return [self.python, HERE / f"reference_{engine}.py"]

    def environment(self, engine: str) -> dict[str, str]:
        """What the driver of an engine needs beside its own environment."""
        return {"PYTHONPATH": str(self.package)} if engine == "python" else {}


def find_python() -> Path | None:
    """The environment that tools/setup.sh bench makes."""
    venv = Path(os.environ.get("METAXY_BENCH_VENV") or Path.home() / ".cache" / "metaxy" / "venv-bench")
    python = venv / "bin" / "python"
    return python if python.exists() else None


def store_of(engine: str, data: Path) -> Path:
    """The location of the engine's tables: DuckDB has its own, all others share those that we write."""
    return data / ("duckdb" if engine == "duckdb" else "lancedb")


def case_options(case: Case, rows: int) -> list[str]:
    return ["--case", case.name, "--rows", str(rows)]


def prepare(tools: Tools, case: Case, rows: int, engines: list[str], data: Path) -> dict[str, processes.Failed]:
    """Writes the tables that the engines measure on. Returns the engines for which this failed, with the reason."""
    data.mkdir(parents=True, exist_ok=True)
    if case.program:
        write_project(data / "project")
        return {}
    command = [tools.runner, "prepare", "--cases", cases.FILE, *case_options(case, rows), "--store", data / "lancedb"]
    if set(engines) & {"python", "lancedb", "duckdb"}:
        command += ["--input", data / "input"]
    try:
        tools.launcher.run(command)
    except (processes.Failed, processes.Skipped) as error:
        return {engine: processes.Failed(f"prepare: {error}") for engine in engines}
    if "duckdb" in engines:
        try:
            store = store_of("duckdb", data)
            options = [*case_options(case, rows), "--data", data, "--store", store]
            tools.launcher.run([*tools.driver("duckdb"), "prepare", *options])
        except (processes.Failed, processes.Skipped) as error:
            return {"duckdb": processes.Failed(f"prepare: {error}")}
    return {}


def measure(tools: Tools, engine: str, case: Case, rows: int, data: Path) -> dict[str, Any]:
    """One measurement in a fresh process: seconds, peak_mib, counts."""
    if case.program:
        return measure_program(tools, engine, case, data)
    store = store_of(engine, data)
    changing = data / f"changing-{engine}"
    if case.mutates:
        shutil.copytree(store, changing)
        store = changing
    try:
        command = measuring_command(tools, engine, case, rows, data, store)
        return tools.launcher.run_json(command, env=tools.environment(engine))
    finally:
        for folder in (changing, data / "scratch"):
            shutil.rmtree(folder, ignore_errors=True)


def measuring_command(tools: Tools, engine: str, case: Case, rows: int, data: Path, store: Path) -> list[str | Path]:
    options = [*case_options(case, rows), "--store", store]
    if engine == "ours":
        limit = ["--memory-limit", case.memory_limit] if case.memory_limit else []
        return [tools.runner, "run", "--cases", cases.FILE, *options, *limit]
    if engine == "scan":
        limit = ["--memory-limit", case.memory_limit] if case.memory_limit else []
        return [tools.runner, "scan", "--cases", cases.FILE, *options, *limit]
    if engine == "floor":
        return [tools.runner, "floor", "--cases", cases.FILE, *options, "--scratch", data / "scratch"]
    return [*tools.driver(engine), "run", *options, "--data", data]


def all_features() -> dict[str, dict[str, Any]]:
    """Every feature of the table's graphs, by key."""
    table = json.loads(cases.FILE.read_text())
    return {f["spec"]["key"]: f["spec"] for features in table["graphs"].values() for f in features}


def write_project(folder: Path) -> None:
    """A project that both programs load: the features as JSON for one, the same through a Python module for the other."""
    folder.mkdir(parents=True, exist_ok=True)
    definitions = [
        {"spec": spec, "feature_schema": "{}", "feature_class_path": f"bench.F{i}", "project": "bench"}
        for i, spec in enumerate(all_features().values())
    ]
    (folder / "features.json").write_text(json.dumps(definitions, indent=1))
    (folder / "bench_features.py").write_text(
        "import json\n"
        "from pathlib import Path\n\n"
        "from metaxy.models.feature import FeatureGraph\n"
        "from metaxy.models.feature_definition import FeatureDefinition\n\n"
        "for each in json.loads((Path(__file__).parent / 'features.json').read_text()):\n"
        "    FeatureGraph.get_active().add_feature_definition(FeatureDefinition.model_validate(each))\n"
    )
    (folder / "metaxy.toml").write_text(
        'project = "bench"\n'
        'entrypoints = ["bench_features"]\n\n'
        "[stores.dev]\n"
        'type = "metaxy.ext.lancedb.LanceDBMetadataStore"\n\n'
        "[stores.dev.config]\n"
        'uri = "metadata"\n\n'
        "[ext.cpp]\n"
        'entrypoints = ["features.json"]\n'
    )


def measure_program(tools: Tools, engine: str, case: Case, data: Path) -> dict[str, Any]:
    program = tools.metaxy if engine == "ours" else tools.python.with_name("metaxy")
    output = data / "output"
    project = data / "project"
    # -S keeps the launcher small; its interpreter need not be that of the program.
    launcher = [sys.executable, "-I", "-S", HERE / "start.py", output]
    found = tools.launcher.run_json(
        [*launcher, program, *case.program], cwd=project, env={"PYTHONPATH": str(project), "COLUMNS": "200"}
    )
    text = output.read_text()
    features = all_features()
    listed = [key for key in features if key in text]
    if len(listed) != len(features):
        raise processes.Failed(f"{program.name} lists {len(listed)} of {len(features)} features")
    return {**found, "counts": {"listed": len(listed)}}
