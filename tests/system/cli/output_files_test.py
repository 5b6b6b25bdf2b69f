"""What `metadata read` writes, read by Polars and pyarrow: random frames in every format, into files and pipes; and what
happens to links, modes, pipes, full disks and readers that go away.

--program: the program; --writer: write_frames, which only writes. --frames N, --stored N (those that go through a
store) and --seed S for more of them, or others."""

from __future__ import annotations

import argparse
import array
import datetime as dt
import decimal
import fcntl
import io
import json
import math
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import termios
import threading
from pathlib import Path
from typing import Any, Callable

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

PROGRAM = ""
FORMATS = ("parquet", "arrow", "csv", "ndjson")
BY_FIELD = "metaxy_provenance_by_field"
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("METAXY_") and k != "COLUMNS"}
UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


class Project:
    def __init__(self, folder: Path, features: int):
        self.folder = folder
        (folder / "metaxy.toml").write_text(
            'project = "p"\n[stores.dev]\ntype = "metaxy.ext.lancedb.LanceDBMetadataStore"\n'
            '[stores.dev.config]\nuri = "metadata"\n[ext.cpp]\nentrypoints = ["features.toml"]\n'
        )
        (folder / "features.toml").write_text(
            "".join(f'[[feature]]\nkey = "f{i}"\nid_columns = ["id"]\nfields = ["x"]\n' for i in range(features))
        )

    def run(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [PROGRAM, "metadata", *arguments], cwd=self.folder, env=ENVIRONMENT, capture_output=True, **more
        )

    def done(self, *arguments: str, **more: Any) -> bytes:
        result = self.run(*arguments, **more)
        assert result.returncode == 0, (arguments, result.stderr)
        return result.stdout

    def write(self, feature: str, rows: pa.Table) -> None:
        pq.write_table(rows, self.folder / "rows.parquet")
        self.done("write", feature, "--from", "rows.parquet")


# Random values. Times keep within the years that Python knows.


def text(r: random.Random) -> str:
    return "".join(r.choice("abc\"',;\\\n\t\r \u00e9\u4e2d\U0001f600\x01{}[]:null") for _ in range(r.randrange(9)))


def whole(bits: int) -> Callable[[random.Random], int]:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return lambda r: r.choice([low, high, 0, r.randint(low, high)])


def real(r: random.Random) -> float:
    return r.choice([0.0, -0.0, 1.0, 0.1, 1e16, 1e-7, math.nan, math.inf, -math.inf, r.gauss(0, 10 ** r.randrange(9))])


def narrow(kind: Any) -> Callable[[random.Random], float]:
    def value(r: random.Random) -> float:
        with np.errstate(over="ignore"):
            return float(kind(real(r)))

    return value


def number(digits: int, scale: int) -> Callable[[random.Random], decimal.Decimal]:
    context = decimal.Context(prec=80)
    return lambda r: context.scaleb(decimal.Decimal(r.randint(-(10**digits) + 1, 10**digits - 1)), -scale)


def ticks(unit: str) -> Callable[[random.Random], int]:
    years = 250 if unit == "ns" else 1900
    return lambda r: r.choice([0, -1, 1, 1000, r.randint(-years, years) * 31556952 * UNITS[unit]])


SIMPLE: list[tuple[pa.DataType, Callable[[random.Random], Any]]] = [
    (pa.bool_(), lambda r: r.random() < 0.5),
    (pa.int8(), whole(8)),
    (pa.int32(), whole(32)),
    (pa.int64(), whole(64)),
    (pa.uint8(), lambda r: r.randrange(2**8)),
    (pa.uint64(), lambda r: r.randrange(2**64)),
    (pa.float16(), narrow(np.float16)),
    (pa.float32(), narrow(np.float32)),
    (pa.float64(), real),
    (pa.string(), text),
    (pa.large_string(), text),
    (pa.binary(), lambda r: r.randbytes(r.randrange(6))),
    (pa.decimal128(20, 4), number(20, 4)),
    (pa.decimal256(50, 10), number(50, 10)),
    (pa.date32(), lambda r: r.randint(-700000, 2900000)),
    (pa.time64("us"), lambda r: r.randrange(86400 * 10**6)),
    *((pa.timestamp(unit), ticks(unit)) for unit in ("ms", "us", "ns")),
    *((pa.timestamp("us", zone), ticks("us")) for zone in ("UTC", "Europe/Berlin", "America/New_York")),
    *((pa.duration(unit), ticks(unit)) for unit in ("ms", "us", "ns")),
]


def column(r: random.Random, rows: int, depth: int = 0) -> pa.Array:
    nulls = r.choice([0, 0.2, 1 if depth == 0 and r.random() < 0.1 else 0.5])
    mask = [r.random() < nulls for _ in range(rows)]
    kind = r.random() if depth < 2 else 1
    if kind < 0.1:
        sizes = [0 if mask[i] else r.randrange(4) for i in range(rows)]
        ends = np.cumsum([0, *sizes])
        offsets = pa.array([None if i < rows and mask[i] else int(ends[i]) for i in range(rows + 1)], pa.int32())
        return pa.ListArray.from_arrays(offsets, column(r, int(ends[-1]), depth + 1))
    if kind < 0.2:
        names = r.sample(["a", "b c", 'q"', "é"], r.randint(1, 3))
        return pa.StructArray.from_arrays(
            [column(r, rows, depth + 1) for _ in names], names, mask=pa.array(mask, pa.bool_())
        )
    if kind < 0.25:
        return pa.array([None if m else [real(r), real(r)] for m in mask], pa.list_(pa.float32(), 2))
    if kind < 0.3 and depth == 0:
        return pa.array([None if m else r.choice(["x", "y", ""]) for m in mask], pa.string()).dictionary_encode()
    type, make = r.choice(SIMPLE)
    values = [None if m else make(r) for m in mask]
    if pa.types.is_float16(type):
        values = [None if v is None else np.float16(v) for v in values]
    if pa.types.is_date(type):
        return pa.array(values, pa.int32()).cast(type)
    if pa.types.is_temporal(type):
        return pa.array(values, pa.int64()).view(type)
    return pa.array(values, type)


def frame(r: random.Random) -> pa.Table:
    rows = r.choice([1, 2, 20, 100])
    columns = {"id": pa.array([f"s{i:04d}" for i in range(rows)])}
    for i in range(r.randint(3, 9)):
        columns[f"c{i}"] = column(r, rows)
    columns[BY_FIELD] = pa.array([{"x": f"h{i}"} for i in range(rows)])
    return pa.table(columns)


# What values are in JSON, from the values that went in.


def plain(values: pa.Array) -> list[Any]:
    """Python's values, but for times, which may be stored in a finer unit, nanoseconds."""
    type = values.type
    if pa.types.is_dictionary(type):
        return plain(values.dictionary_decode())
    if pa.types.is_date(type):
        return values.cast(pa.int32()).to_pylist()
    if pa.types.is_temporal(type):
        ticks_of_unit = UNITS["ns"] // UNITS[type.unit]
        return [None if v is None else v * ticks_of_unit for v in values.cast(pa.int64()).to_pylist()]
    if pa.types.is_struct(type):
        members = {type.field(i).name: plain(values.field(i)) for i in range(type.num_fields)}
        valid = values.is_valid().to_pylist()
        return [{n: m[i] for n, m in members.items()} if valid[i] else None for i in range(len(values))]
    if pa.types.is_list(type) or pa.types.is_large_list(type) or pa.types.is_fixed_size_list(type):
        valid = values.is_valid().to_pylist()
        return [plain(values[i].values) if valid[i] else None for i in range(len(values))]
    return values.to_pylist()


def fraction(seconds: int, part: int, per_second: int) -> str:
    nanoseconds = part * (10**9 // per_second)
    for digits in (0, 3, 6, 9):
        if nanoseconds % 10 ** (9 - digits) == 0:
            return "" if digits == 0 else "." + str(nanoseconds).zfill(9)[:digits]
    raise AssertionError


def moment(type: pa.DataType, value: int) -> str:
    from zoneinfo import ZoneInfo

    seconds, part = divmod(value, UNITS["ns"])
    utc = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(seconds=seconds)
    behind = fraction(seconds, part, UNITS["ns"])
    if type.tz is None:
        return utc.strftime("%Y-%m-%d %H:%M:%S").zfill(19) + behind
    offset = utc.astimezone(ZoneInfo(type.tz)).utcoffset()
    minutes = int(offset.total_seconds() / 60)
    local = (utc + dt.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S").zfill(19)
    return f"{local}{behind}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def as_json(type: pa.DataType, value: Any) -> Any:
    if value is None:
        return None
    if pa.types.is_dictionary(type):
        return as_json(type.value_type, value)
    if pa.types.is_floating(type):
        return value if math.isfinite(value) else None
    if pa.types.is_decimal(type):
        return f"{value:.{type.scale}f}"
    if pa.types.is_binary(type) or pa.types.is_large_binary(type):
        return value.hex().upper()
    if pa.types.is_date(type):
        return (dt.date(1970, 1, 1) + dt.timedelta(days=value)).isoformat()
    if pa.types.is_time(type):
        seconds, part = divmod(value, UNITS["ns"])
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        return clock + fraction(seconds, part, UNITS["ns"])
    if pa.types.is_timestamp(type):
        return moment(type, value)
    if pa.types.is_duration(type):
        if value == 0:
            return "P0D"
        seconds, part = divmod(abs(value), UNITS["ns"])
        digits = len(str(UNITS["ns"])) - 1
        behind = ("." + str(part).zfill(digits)).rstrip("0") if part else ""
        return f"{'-' if value < 0 else ''}PT{seconds}{behind}S"
    if pa.types.is_struct(type):
        return {field.name: as_json(field.type, value[field.name]) for field in type}
    if isinstance(value, list):
        return [as_json(type.value_type, each) for each in value]
    return value


def same(type: pa.DataType, expected: Any, got: Any) -> bool:
    """Floats that are narrower than Python's are written with the digits of their width."""
    if expected is None or got is None:
        return expected is got
    if pa.types.is_dictionary(type):
        return same(type.value_type, expected, got)
    if pa.types.is_floating(type):
        kind = {16: np.float16, 32: np.float32, 64: np.float64}[type.bit_width]
        if math.isnan(expected):
            return math.isnan(got)
        return kind(np.float32(got) if kind is np.float16 else got) == kind(expected)
    if pa.types.is_struct(type):
        return list(expected) == list(got) and all(same(f.type, expected[f.name], got[f.name]) for f in type)
    if isinstance(expected, list):
        return len(expected) == len(got) and all(same(type.value_type, e, g) for e, g in zip(expected, got))
    return expected == got


def check(where: str, type: pa.DataType, expected: list[Any], got: list[Any]) -> None:
    assert len(expected) == len(got), (where, len(expected), len(got))
    for row, (e, g) in enumerate(zip(expected, got)):
        assert same(type, e, g), f"{where}, row {row} of type {type}: {e!r} went in, {g!r} came out"


def cell(type: pa.DataType, value: Any, got: str | None) -> bool:
    if value is None or got is None:
        return value is None and got is None
    if pa.types.is_dictionary(type):
        return cell(type.value_type, value, got)
    if pa.types.is_nested(type):
        return same(type, as_json(type, value), json.loads(got))
    if pa.types.is_floating(type):
        if math.isfinite(value):
            return same(type, value, float(got))
        return got == ("NaN" if math.isnan(value) else "inf" if value > 0 else "-inf")
    if pa.types.is_boolean(type):
        return got == str(value).lower()
    return got == str(as_json(type, value))


def through_pipe(project: Project, feature: str, name: str) -> bytes:
    path = project.folder / name
    os.mkfifo(path)
    content: list[bytes] = []
    reader = threading.Thread(target=lambda: content.append(path.read_bytes()))
    reader.start()
    project.done("read", feature, "--sort", "id", "--to", name)
    reader.join(60)
    assert stat.S_ISFIFO(os.stat(path).st_mode), f"{name} is no longer a pipe"
    return content[0]


def check_files(feature: str, rows: pa.Table, files: dict[str, bytes]) -> None:
    expected = {name: plain(rows.column(name).combine_chunks()) for name in rows.column_names}
    binary = {
        "parquet": pq.read_table(io.BytesIO(files["parquet"])),
        "arrow": pa.ipc.open_file(io.BytesIO(files["arrow"])).read_all(),
    }
    objects = [
        json.loads(line, parse_constant=lambda c: sys.exit(f"{feature}: {c} in JSON"))
        for line in files["ndjson"].splitlines()
    ]
    cells = pl.read_csv(io.BytesIO(files["csv"]), infer_schema=False)
    for name in rows.column_names:
        type = rows.schema.field(name).type
        for format, table in binary.items():
            came = table.column(name).combine_chunks()
            check(f"{feature}.{format} {name}", type, expected[name], plain(came))
        values = [as_json(type, v) for v in expected[name]]
        check(f"{feature}.ndjson {name}", type, values, [o[name] for o in objects])
        for row, (value, got) in enumerate(zip(expected[name], cells[name].to_list(), strict=True)):
            assert cell(type, value, got), f"{feature}.csv {name}, row {row} of type {type}: {value!r}, {got!r}"
    # Polars takes all of them, but for decimals of more than 38 digits.
    known = [field.name for field in rows.schema if "decimal256" not in str(field.type)]
    assert len(pl.read_parquet(io.BytesIO(files["parquet"]), columns=known)) == rows.num_rows
    assert len(pl.read_ipc(io.BytesIO(files["arrow"]), columns=known)) == rows.num_rows
    assert len(pl.read_ndjson(io.BytesIO(files["ndjson"]), infer_schema_length=None)) == rows.num_rows


def check_stored(project: Project, feature: str, rows: pa.Table, r: random.Random) -> None:
    """Through a store and the program, also into a pipe and to standard output."""
    project.write(feature, rows)
    files = {}
    for extension in FORMATS:
        name = f"{feature}.{extension}"
        project.done("read", feature, "--sort", "id", "--to", name)
        files[extension] = (project.folder / name).read_bytes()
    extension = r.choice(FORMATS)
    where = f"{feature}.{extension} through a pipe"
    assert through_pipe(project, feature, f"pipe.{feature}.{extension}") == files[extension], where
    format = r.choice(FORMATS)
    printed = project.done("read", feature, "--sort", "id", "--format", format, "--to", "-")
    assert printed == files[format], f"{feature} as {format} on standard output"
    check_files(feature, rows, files)


def written(writer: str, folder: Path, frames: list[pa.Table]) -> list[dict[str, bytes]]:
    """All frames in all formats, in batches of any size."""
    lines = []
    for i, rows in enumerate(frames):
        with pa.ipc.new_file(folder / f"{i}.in", rows.schema) as file:
            file.write_table(rows, max_chunksize=random.Random(i).choice([1, 7, 1000]))
        lines += [f"{folder}/{i}.in\t{folder}/{i}.{extension}\n" for extension in FORMATS]
    subprocess.run([writer], input="".join(lines).encode(), check=True)
    for error in folder.glob("*.error"):
        raise AssertionError(f"{error.name}: {error.read_text()}")
    return [{e: (folder / f"{i}.{e}").read_bytes() for e in FORMATS} for i in range(len(frames))]


# Where output goes.


def check_targets(project: Project) -> None:
    rows = pa.table({"id": [f"s{i}" for i in range(5000)], "t": ["x" * 100] * 5000, BY_FIELD: [{"x": "h"}] * 5000})
    project.write("f0", rows)
    folder = project.folder
    there: dict[str, Any] = {"cwd": folder, "env": ENVIRONMENT, "stderr": subprocess.PIPE}
    csv = project.done("read", "f0", "--sort", "id", "--columns", "id", "--format", "csv")
    read = ("read", "f0", "--sort", "id", "--columns", "id", "--to")

    (folder / "out").mkdir()
    (folder / "out/real.csv").write_text("old")
    (folder / "out/real.csv").chmod(0o640)
    (folder / "latest.csv").symlink_to("out/real.csv")
    project.done(*read, "latest.csv")
    assert (folder / "latest.csv").is_symlink()
    assert (folder / "out/real.csv").read_bytes() == csv
    assert stat.S_IMODE(os.stat(folder / "out/real.csv").st_mode) == 0o640

    # Standard output by its names; a file that it is redirected to is appended to.
    for name in ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
        assert project.done(*read, name, "--format", "csv") == csv, name
        with open(folder / "log", "wb") as log:
            log.write(b"before\n")
            log.flush()
            subprocess.run([PROGRAM, "metadata", *read, name, "--format", "csv"], stdout=log, check=True, **there)
        assert (folder / "log").read_bytes() == b"before\n" + csv, name
    assert not (folder / "-").exists()
    assert project.done(*read, "-").splitlines()[0] == b'{"id": "s0"}', "JSON lines are what - gets without a format"
    assert project.done(*read, "-", "--format", "json").startswith(b"[\n"), "as without --to"
    project.done(*read, "/dev/null", "--format", "parquet")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)

    refused = {
        ("out",): "out has no known extension",
        ("out", "--format", "csv"): "cannot write out: it is a directory",
        ("rows.json", "--format", "json"): "--format json applies only to printed output",
        ("/dev/full", "--format", "csv"): "cannot write /dev/full: No space left on device",
        (
            "nowhere/a.csv",
        ): "cannot write nowhere/a.csv: there is no directory 'nowhere'; create it, or name another file",
    }
    for words, message in refused.items():
        failed = project.run(*read, *words)
        assert failed.returncode in (2, 3), (words, failed)
        assert failed.stdout == b"" or "json" in words, (words, failed)
        assert failed.stderr.count(b"\n") == 1, failed.stderr
        assert message.replace("out has", "'out' has").encode() in failed.stderr, (words, failed.stderr)

    # A closed standard output must not become the next file that is opened.
    for words in (("--format", "csv"), ("--format", "json"), ("--to", "/dev/stdout", "--format", "csv")):
        failed = project.run("read", "f0", *words, preexec_fn=lambda: os.close(1))
        assert failed.returncode == 3 and failed.stderr.count(b"\n") == 1, (words, failed.stderr)
        assert b"Bad file descriptor" in failed.stderr or b"could not be written" in failed.stderr, failed.stderr

    # A full disk: the old file is unchanged, and nothing is left beside it.
    (folder / "full").mkdir()
    for extension in ("parquet", "arrow", "csv", "ndjson"):
        old = folder / f"full/old.{extension}"
        old.write_text("old")
        failed = project.run(
            "read", "f0", "--to", str(old), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        )
        assert failed.returncode == 3 and failed.stderr.count(b"\n") == 1, failed.stderr
        assert b"File too large" in failed.stderr, failed.stderr
        assert old.read_text() == "old"
    assert len(list((folder / "full").iterdir())) == 4

    # A reader that has exited: silence, whether or not the signal is ignored.
    for ignored in (False, True):
        for format in ("csv", "ndjson", "parquet", "arrow", "json"):
            reader, writer = os.pipe()
            os.close(reader)
            program = subprocess.Popen(
                [PROGRAM, "metadata", "read", "f0", "--format", format],
                stdout=writer,
                restore_signals=False,
                preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN if ignored else signal.SIG_DFL),
                **there,
            )
            os.close(writer)
            _, errors = program.communicate(timeout=60)
            assert errors == b"", (format, ignored, errors)
            assert program.returncode == -signal.SIGPIPE, (format, ignored, program.returncode)

    # A signal ends the program even if its output is not read.
    for format in ("ndjson", "arrow"):
        reader, writer = os.pipe()
        program = subprocess.Popen(
            [PROGRAM, "metadata", "read", "f0", "--format", format],
            cwd=folder,
            env=ENVIRONMENT,
            stdout=writer,
            stderr=subprocess.PIPE,
        )
        os.close(writer)
        waiting = array.array("i", [0])
        while waiting[0] < 60000 and program.poll() is None:
            fcntl.ioctl(reader, termios.FIONREAD, waiting)
        program.send_signal(signal.SIGTERM)
        _, errors = program.communicate(timeout=60)
        os.close(reader)
        assert program.returncode == 128 + signal.SIGTERM, (format, program.returncode, errors)

    # `resolve --to` replaces what its links lead to.
    (folder / "todo").mkdir()
    (folder / "todo/new.parquet").symlink_to("../elsewhere.parquet")
    project.done("resolve", "f0", "--samples", "rows.parquet", "--to", "todo")
    assert (folder / "todo/new.parquet").is_symlink() and (folder / "elsewhere.parquet").exists()


def main() -> None:
    global PROGRAM
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--program", required=True)
    arguments.add_argument("--writer", required=True)
    arguments.add_argument("--frames", type=int, default=300)
    arguments.add_argument("--stored", type=int, default=8)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    PROGRAM = options.program

    def all_frames(count: int) -> list[tuple[random.Random, pa.Table]]:
        drawn = [random.Random(options.seed * 100000 + i) for i in range(count)]
        return [(r, frame(r)) for r in drawn]

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = [rows for _, rows in all_frames(options.frames)]
        for i, (rows, files) in enumerate(zip(many, written(options.writer, folder, many))):
            try:
                check_files(str(i), rows, files)
            except AssertionError as error:
                sys.exit(f"frame {i} of --seed {options.seed}: {error}\n{rows.schema}")
    with tempfile.TemporaryDirectory() as name:
        project = Project(Path(name), options.stored + 1)
        check_targets(project)
        for i, (r, rows) in enumerate(all_frames(options.stored)):
            try:
                check_stored(project, f"f{i + 1}", rows, r)
            except AssertionError as error:
                sys.exit(f"stored frame {i} of --seed {options.seed}: {error}\n{rows.schema}")
    print(f"{options.frames} frames, {options.stored} of them through a store")


main()
