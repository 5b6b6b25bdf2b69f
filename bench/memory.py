#!/usr/bin/env python3
"""What each verb takes of memory under --memory-limit: what `make bench-memory` runs.

Makes tables of narrow rows (an id, a number, a version) and of wide ones (1,536 doubles), does everything with them
that the program can do, each in a control group of its own, and prints the peaks as a table in Markdown: resident memory
(VmHWM, with the program itself and the libraries as far as they were touched) and what of it is its own (RssAnon).

Exit codes: 0 done, 1 a verb failed or, with --most, took more, 2 wrong options.
"""

from __future__ import annotations

import argparse
import datetime
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from control_group import ControlGroup

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MIB = 1 << 20
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
DOUBLES = 1536

CONFIG = """project = "memory"
store = "dev"
[ext.cpp]
entrypoints = ["features.toml"]
[stores.dev]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"
[stores.dev.config]
uri = "{directory}/dev"
[stores.other]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"
[stores.other.config]
uri = "{directory}/other"
"""

FEATURES = """[[feature]]
key = "rows"
id_columns = ["id"]
fields = ["default"]

[[feature]]
key = "derived"
id_columns = ["id"]
deps = [{{ feature = "rows" }}]
[[feature.fields]]
key = "default"
code_version = "{version}"
"""


def size_of(text: str) -> int:
    for unit, factor in UNITS.items():
        if text.endswith(unit):
            return int(float(text[: -len(unit)]) * factor)
    return int(text)


def rows_of(text: str) -> int:
    return int(float(text.rstrip("kM")) * {"k": 1000, "M": 1000000}.get(text[-1], 1))


def make_input(path: Path, rows: int, wide: bool) -> None:
    """One row group, however large: what Polars and pyarrow write for a table of up to a million rows."""
    fields = [pa.field("id", pa.int64()), pa.field("score", pa.float64())]
    fields += [pa.field("vector", pa.list_(pa.float64(), DOUBLES))] if wide else []
    fields += [pa.field("metaxy_provenance_by_field", pa.struct([("default", pa.large_string())]))]
    schema = pa.schema(fields)
    chunk = 10_000 if wide else 1_000_000
    with pq.ParquetWriter(path, schema, compression="none" if wide else "zstd") as writer:
        tables = []
        for begin in range(0, rows, chunk):
            count = min(chunk, rows - begin)
            ids = pa.array(range(begin, begin + count), pa.int64())
            arrays = [ids, pc.random(count)]
            if wide:
                arrays.append(pa.FixedSizeListArray.from_arrays(pc.random(count * DOUBLES), DOUBLES))
            versions = pc.utf8_lpad(ids.cast(pa.string()), 16, "v").cast(pa.large_string())
            arrays.append(pa.StructArray.from_arrays([versions], ["default"]))
            tables.append(pa.table(arrays, schema=schema))
            if not wide:
                writer.write_table(tables.pop())
        if tables:
            writer.write_table(pa.concat_tables(tables), row_group_size=rows)


@dataclass
class Peak:
    verb: str
    resident: int
    own: int
    seconds: float
    at_limit: int


class Failed(Exception):
    pass


class Bench:
    def __init__(self, args: argparse.Namespace, directory: Path, rows: int, wide: bool):
        self.args, self.directory, self.rows, self.wide = args, directory, rows, wide
        self.peaks: list[Peak] = []
        (directory / "metaxy.toml").write_text(CONFIG.format(directory=directory))
        self.define("1")

    def define(self, version: str) -> None:
        (self.directory / "features.toml").write_text(FEATURES.format(version=version))

    def program(self, *arguments: str) -> list[str]:
        return [str(self.args.program), *arguments]

    def measure(self, verb: str, command_line: str, *arguments: str) -> None:
        command = self.program(*command_line.split(), *arguments, "--memory-limit", self.args.limit)
        began = time.monotonic()
        with ControlGroup("metaxy-memory", self.args.group) as group:
            environment = os.environ | {"TMPDIR": str(self.directory)}
            process = subprocess.Popen(
                command,
                cwd=self.directory,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                preexec_fn=group.enter,
            )
            own, resident = 0, 0
            while process.poll() is None:
                own, resident = (
                    max(own, status(process.pid, "RssAnon")),
                    max(resident, status(process.pid, "VmHWM")),
                )
                time.sleep(0.005)
            errors = process.stderr.read().decode() if process.stderr else ""
            at_limit = group.failures()
        if process.returncode != 0:
            reason = errors.strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
            raise Failed(f"{verb}: {reason[0]}")
        peak = Peak(verb, resident, own, time.monotonic() - began, at_limit)
        self.peaks.append(peak)
        note = f"{verb}: {resident / MIB:.0f} MiB, {own / MIB:.0f} MiB its own, {peak.seconds:.1f} s"
        print(note, file=sys.stderr, flush=True)

    def run(self) -> None:
        # Lance removes rows that have been replaced by their ids, 20,000 a commit: not too many of them.
        some = f"id < {self.rows // 100}"
        source = self.directory / "rows.parquet"
        make_input(source, self.rows, self.wide)
        self.measure("write (Parquet)", "metadata write rows --from rows.parquet")
        source.unlink()
        self.measure("read --to FILE.parquet", "metadata read rows --to out.parquet")
        (self.directory / "out.parquet").unlink()
        history = "--with-feature-history --with-sample-history --include-soft-deleted"
        self.measure("read with all history, --to FILE.arrow", f"metadata read rows {history} --to out.arrow")
        (self.directory / "out.arrow").unlink()
        self.measure("resolve --count (all new)", "metadata resolve derived --count")
        self.measure("resolve --to DIRECTORY", "metadata resolve derived --to increment")
        self.measure("write (what resolve gave)", "metadata write derived --from increment/new.parquet")
        shutil.rmtree(self.directory / "increment")
        self.measure("resolve (nothing changed)", "metadata resolve derived --count")
        self.measure("read --filter", "metadata read rows --to out.arrow --filter", some)
        self.measure("write (Arrow, a hundredth)", "metadata write rows --from out.arrow")
        self.measure("copy", "metadata copy derived --from dev --to other")
        shutil.rmtree(self.directory / "other")
        self.measure("delete --soft (a hundredth)", "metadata delete rows --filter", some)
        self.measure("migrate --to map", "metadata migrate derived --to map")
        old = self.version_of("derived")
        self.define("2")
        self.measure("rebase", f"metadata rebase derived --no-dry-run --from {old}")
        self.measure("compact", "metadata compact derived --older-than 0s")
        self.measure("compact --keep-history 1", "metadata compact rows --keep-history 1 --older-than 0s --yes")
        self.measure("delete --hard (half)", "metadata delete derived --hard --yes --filter", f"id < {self.rows // 2}")
        self.measure("history", "history")

    def version_of(self, feature: str) -> str:
        command = self.program(
            "metadata",
            "read",
            feature,
            "--columns",
            "metaxy_feature_version",
            "--limit",
            "1",
        )
        done = subprocess.run(
            [*command, "--format", "ndjson"],
            cwd=self.directory,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.split('"')[3]


def status(pid: int, name: str) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def table(columns: dict[str, list[Peak]]) -> str:
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for i, peak in enumerate(next(iter(columns.values()))):
        cells = [
            f"{p[i].resident / MIB:.0f} MiB ({p[i].own / MIB:.0f})" if i < len(p) else "-" for p in columns.values()
        ]
        lines.append(f"| {peak.verb} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/bin/metaxy")
    parser.add_argument("--limit", default="512MiB", help="the value of --memory-limit")
    parser.add_argument(
        "--group",
        default="",
        help="what the control group may take (default: as the limit)",
    )
    parser.add_argument("--narrow", default="10M", help="narrow rows; 0 leaves them out")
    parser.add_argument("--wide", default="100k", help="wide rows; 0 leaves them out")
    parser.add_argument(
        "--most",
        default="",
        help="fail if a verb takes more memory of its own than this",
    )
    parser.add_argument(
        "--directory",
        type=Path,
        help="where files are made (default: the system's for temporary ones)",
    )
    args = parser.parse_args()
    args.program = args.program.resolve()
    args.group = size_of(args.group or args.limit)
    columns: dict[str, list[Peak]] = {}
    failures = 0
    with ControlGroup("metaxy-memory", args.group) as group:
        kind = group.kind()
    for name, rows in (("narrow", args.narrow), ("wide", args.wide)):
        if rows_of(rows) == 0:
            continue
        with tempfile.TemporaryDirectory(prefix="metaxy-memory-", dir=args.directory) as directory:
            bench = Bench(args, Path(directory), rows_of(rows), name == "wide")
            try:
                bench.run()
            except Failed as failure:
                print(f"FAILED: {failure}", file=sys.stderr)
                failures += 1
            columns[f"{rows} {name} rows"] = bench.peaks
    today = datetime.date.today().isoformat()
    print(f"--memory-limit {args.limit}, in a {kind} of {args.group / MIB:.0f} MiB, {today}:\n\n{table(columns)}")
    for name, peaks in columns.items():
        for peak in peaks:
            if args.most and peak.own > size_of(args.most):
                print(
                    f"TOO MUCH: {name}, {peak.verb}: {peak.own / MIB:.0f} MiB",
                    file=sys.stderr,
                )
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
