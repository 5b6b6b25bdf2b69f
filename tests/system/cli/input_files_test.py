"""Random files in all formats are read as Polars reads them, or refused in one line.

    input_files_test.py --reader READ_FRAMES --program METAXY [--count N] [--seed S]

Most files go through the readers alone, many in one process; some through `metadata write` and back by `metadata read`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import decimal
import gzip
import io
import json
import os
import random
import string
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
from polars.testing import assert_frame_equal

ALPHABET = string.ascii_letters + string.digits + " ,;:'\"\\/{}[]\t\n\r" + "äß€漢😀\u2028\x00"
CONFIG = """project = "p"

[stores.dev]
type = "metaxy.ext.lancedb.LanceDBMetadataStore"

[stores.dev.config]
uri = "metadata"

[ext.cpp]
entrypoints = ["features.toml"]
"""
FEATURE = """[[feature]]
key = "feature{}"
id_columns = ["id"]
fields = ["x", "y/z"]
"""


def text(rng: random.Random, alphabet: str = ALPHABET) -> str:
    return "".join(
        rng.choice(alphabet) for _ in range(rng.choice([0, 1, 3, 10, 300] if rng.random() < 0.1 else [1, 3, 10]))
    )


def name(rng: random.Random, taken: set[str]) -> str:
    while True:
        found = text(rng, string.ascii_letters + "_ -é漢")
        if found.strip() == found and found and found not in taken:
            taken.add(found)
            return found


# Values of JSON, by kind. What Polars reads as Int128 is checked by tables of cases.
def json_value(rng: random.Random, kind: object) -> object:
    if rng.random() < 0.15:
        return None
    if isinstance(kind, list):
        return [json_value(rng, kind[0]) for _ in range(rng.randrange(4))]
    if isinstance(kind, dict):
        kept = [key for key in kind if rng.random() < 0.8] or list(kind)[:1]
        return {key: json_value(rng, kind[key]) for key in kept}
    return {
        "integer": lambda: rng.choice([0, -1, 7, rng.randrange(-(2**63), 2**63), 2**63 - 1, -(2**63)]),
        "number": lambda: rng.choice([rng.randrange(-(2**53), 2**53), rng.uniform(-1e3, 1e3), 5e-324, 1.7e308, 0.1]),
        "boolean": lambda: rng.random() < 0.5,
        "text": lambda: rng.choice([text(rng), "2024-01-01", "12:00:00", "1", "null", ""]),
    }[str(kind)]()


def json_kind(rng: random.Random, depth: int = 0) -> object:
    if depth < 3 and rng.random() < 0.25:
        if rng.random() < 0.5:
            return [json_kind(rng, depth + 1)]
        taken: set[str] = set()
        return {name(rng, taken): json_kind(rng, depth + 1) for _ in range(rng.randrange(1, 4))}
    return rng.choice(["integer", "number", "boolean", "text"])


def json_lines(rng: random.Random) -> tuple[bytes, pl.DataFrame]:
    """Polars is given every key in its place, as it drops what its first lines do not have."""
    taken: set[str] = set()
    kinds = {name(rng, taken): json_kind(rng) for _ in range(rng.randrange(1, 6))}
    rows = [{key: json_value(rng, kind) for key, kind in kinds.items()} for _ in range(rng.choice([1, 2, 20, 200]))]
    expected = pl.read_ndjson(
        io.BytesIO("".join(json.dumps(row) + "\n" for row in rows).encode()), infer_schema_length=None
    )
    lines = []
    for i, row in enumerate(rows):
        members = [(key, value) for key, value in row.items() if i == 0 or value is not None or rng.random() < 0.5]
        if i > 0:
            rng.shuffle(members)
        separators = rng.choice([(",", ":"), (", ", ": "), (" ,\t", " : ")])
        lines.append(json.dumps(dict(members), ensure_ascii=rng.random() < 0.5, separators=separators))
        if rng.random() < 0.1:
            lines.append(rng.choice(["", "  ", "\t"]))
    end = rng.choice(["\n", "\r\n"])
    content = end.join(lines) + rng.choice(["", end])
    return (b"\xef\xbb\xbf" if rng.random() < 0.2 else b"") + content.encode(), expected


def csv_cells(rng: random.Random, rows: int) -> tuple[list[str | None], pl.Series | None]:
    """Cells of one column. Where Polars loses something there is an own answer."""
    kind = rng.choice(["integer", "real", "boolean", "text", "date", "padded", "large", "empty"])
    make: dict[str, Callable[[], str]] = {
        "integer": lambda: str(rng.choice([0, -5, rng.randrange(-(2**63), 2**63)])),
        "real": lambda: rng.choice(
            ["0.5", "-1.25", "1e-7", "3", ".5", "5.", "NaN", "inf", "-inf", "1.5E+3", repr(rng.random())]
        ),
        "boolean": lambda: rng.choice(["true", "false"]),
        "text": lambda: rng.choice(["", "t" + text(rng, ALPHABET.replace("\r", "").replace("\x00", ""))]),
        "date": lambda: (dt.date(2000, 1, 1) + dt.timedelta(rng.randrange(10000))).isoformat(),
        "padded": lambda: f"{rng.randrange(1000):05d}",
        "large": lambda: str(rng.randrange(2**63, 2**64)),
        "empty": lambda: "",
    }
    cells = [None if kind == "empty" or rng.random() < 0.2 else make[kind]() for _ in range(rows)]
    if kind == "padded" or (kind == "text" and any(cells)):
        return cells, pl.Series(cells, dtype=pl.String)
    if kind == "large":
        return cells, pl.Series([None if c is None else int(c) for c in cells], dtype=pl.UInt64)
    return cells, None


def csv_text(rng: random.Random) -> tuple[bytes, pl.DataFrame]:
    taken: set[str] = set()
    names = [name(rng, taken) for _ in range(rng.randrange(2, 6))]
    rows = rng.choice([1, 2, 20, 200])
    columns, known = [], {}
    for column in names:
        cells, series = csv_cells(rng, rows)
        columns.append(cells)
        if series is not None and series.null_count() < rows:
            known[column] = series

    def line(cells: list[str | None]) -> str:
        shown = []
        for cell in cells:
            if cell is None:
                shown.append("")
            elif cell == "" or any(c in cell for c in '",\n') or rng.random() < 0.2:
                shown.append('"' + cell.replace('"', '""') + '"')
            else:
                shown.append(cell)
        return ",".join(shown)

    end = rng.choice(["\n", "\r\n"])
    lines = [line(list(names)), *(line(list(row)) for row in zip(*columns))]
    content = (end.join(lines) + rng.choice(["", end])).encode()
    expected = pl.read_csv(io.BytesIO(content), infer_schema_length=None)
    expected = expected.with_columns(series.alias(column) for column, series in known.items())
    # A column without values has no type yet.
    empty = [column for column in expected.columns if expected[column].null_count() == rows]
    expected = expected.with_columns(pl.lit(None, dtype=pl.Null).alias(column) for column in empty)
    return (b"\xef\xbb\xbf" if rng.random() < 0.2 else b"") + content, expected


def arrow_array(rng: random.Random, rows: int, depth: int = 0) -> pa.Array:
    def values(make: Callable[[], object], of: pa.DataType) -> pa.Array:
        return pa.array([None if rng.random() < 0.2 else make() for _ in range(rows)], of)

    def number(bits: int, signed: bool) -> Callable[[], int]:
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
        return lambda: rng.choice([low, high - 1, rng.randrange(low, high)])

    moment = number(40, True)
    nested = ["list", "large_list", "struct", "fixed", "list_view", "runs"] if depth < 2 else []
    kind = rng.choice(
        ["integer"] * 4 + ["real", "half", "text", "binary", "boolean", "date", "time", "timestamp", "duration", "decimal",
        "category", "null", "json"] + nested
    )  # fmt: skip
    if kind == "integer":
        bits, signed = rng.choice([8, 16, 32, 64]), rng.random() < 0.5
        return values(number(bits, signed), getattr(pa, f"{'' if signed else 'u'}int{bits}")())
    if kind == "real":
        return values(
            lambda: rng.choice([rng.uniform(-9, 9), float("inf"), float("nan")]),
            rng.choice([pa.float32(), pa.float64()]),
        )
    if kind == "half":
        return values(lambda: rng.randrange(-1000, 1000) / 4, pa.float32()).cast(pa.float16())
    if kind == "text":
        return values(lambda: text(rng), rng.choice([pa.string(), pa.large_string(), pa.string_view()]))
    if kind == "binary":
        return values(
            lambda: rng.randbytes(rng.randrange(20)), rng.choice([pa.binary(), pa.large_binary(), pa.binary_view()])
        )
    if kind == "boolean":
        return values(lambda: rng.random() < 0.5, pa.bool_())
    if kind == "date":
        return values(lambda: rng.randrange(-100000, 100000), pa.int32()).cast(pa.date32())
    if kind == "time":
        return values(lambda: rng.randrange(86_400_000_000), pa.int64()).cast(pa.time64("us"))
    if kind == "timestamp":
        unit, zone = rng.choice(["ms", "us", "ns"]), rng.choice([None, "UTC", "Europe/Berlin"])
        return values(moment, pa.int64()).cast(pa.timestamp(unit, zone))
    if kind == "duration":
        return values(moment, pa.int64()).cast(pa.duration(rng.choice(["ms", "us", "ns"])))
    if kind == "decimal":
        return values(lambda: decimal.Decimal(rng.randrange(-99999, 99999)).scaleb(-2), pa.decimal128(20, 2))
    if kind == "category":
        return values(lambda: rng.choice("abc"), pa.string()).dictionary_encode()
    if kind == "null":
        return pa.nulls(rows)
    if kind == "json":
        return pa.ExtensionArray.from_storage(pa.json_(), values(lambda: json.dumps(text(rng)), pa.string()))
    if kind == "fixed":
        inner = arrow_array(rng, 2 * rows, 2)
        return pa.FixedSizeListArray.from_arrays(inner, 2)
    if kind == "struct":
        children = [arrow_array(rng, rows, depth + 1) for _ in range(rng.randrange(1, 4))]
        mask = pa.array([rng.random() < 0.2 for _ in range(rows)])
        return pa.StructArray.from_arrays(children, [f"m{i}" for i in range(len(children))], mask=mask)
    if kind == "runs":
        ends = sorted(rng.sample(range(1, rows), min(rows - 1, 3))) + [rows]
        inner = pa.array([None if rng.random() < 0.3 else text(rng) for _ in ends])
        return pa.RunEndEncodedArray.from_arrays(pa.array(ends, pa.int32()), inner)
    lengths = [rng.randrange(4) for _ in range(rows)]
    offsets = [sum(lengths[:i]) for i in range(rows + 1)]
    inner = arrow_array(rng, offsets[-1] or 1, depth + 1)
    if kind == "list_view":
        return pa.ListViewArray.from_arrays(pa.array(offsets[:-1], pa.int32()), pa.array(lengths, pa.int32()), inner)
    of = pa.LargeListArray if kind == "large_list" else pa.ListArray
    return of.from_arrays(pa.array(offsets, pa.int64() if kind == "large_list" else pa.int32()), inner)


def plain(array: pa.Array) -> pa.Array:
    """What Polars 2.1 does not read from Arrow, in types that it reads; values stay."""
    of = array.type
    if isinstance(of, pa.BaseExtensionType):
        return plain(array.storage)
    if pa.types.is_run_end_encoded(of):
        return plain(pa.array(array.to_pylist(), of.value_type))
    if pa.types.is_float16(of):
        return array.cast(pa.float32())
    if pa.types.is_struct(of):
        children = [plain(array.field(i)) for i in range(of.num_fields)]
        return pa.StructArray.from_arrays(children, [field.name for field in of], mask=array.is_null())
    if pa.types.is_fixed_size_list(of):
        return pa.FixedSizeListArray.from_arrays(
            plain(array.flatten() if array.null_count == 0 else array.values), of.list_size
        )
    if pa.types.is_list_view(of):
        return plain(pa.ListArray.from_arrays(pa.array([0, *_ends(array)], pa.int32()), array.flatten()))
    if pa.types.is_list(of) or pa.types.is_large_list(of):
        offsets = array.offsets
        inner = plain(array.values)
        return type(array).from_arrays(offsets, inner, mask=array.is_null() if array.null_count else None)
    return array


def _ends(array: pa.Array) -> list[int]:
    ends, end = [], 0
    for value in array:
        end += len(value) if value.is_valid else 0
        ends.append(end)
    return ends


def frame(table: pa.Table) -> pl.DataFrame:
    columns = {}
    for column in table.column_names:
        array = table[column].combine_chunks()
        columns[column] = plain(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array)
    return pl.DataFrame(pl.from_arrow(pa.table(columns)))


def arrow_bytes(rng: random.Random, suffix: str) -> tuple[bytes, pl.DataFrame]:
    rows = rng.choice([1, 2, 20, 100])
    arrays = [arrow_array(rng, rows) for _ in range(rng.randrange(1, 5))]
    if suffix == ".parquet":  # has neither runs nor views of lists
        arrays = [
            array for array in arrays if not any(word in str(array.type) for word in ("run_end", "list_view"))
        ] or [pa.array(range(rows))]
    table = pa.table({f"c{i}": array for i, array in enumerate(arrays)})
    sink = io.BytesIO()
    if suffix == ".parquet":
        size = 1000 if "view" in str(table.schema) else rng.choice([7, 1000])  # Arrow cannot slice views here
        pq.write_table(table, sink, compression=rng.choice(["none", "zstd", "snappy"]), row_group_size=size)
        return sink.getvalue(), frame(pq.read_table(io.BytesIO(sink.getvalue())))
    options = ipc.IpcWriteOptions(compression=rng.choice([None, "lz4", "zstd"]), unify_dictionaries=True)
    with rng.choice([ipc.new_file, ipc.new_stream])(sink, table.schema, options=options) as writer:
        writer.write_table(
            table, max_chunksize=rng.choice([None, 7]) if not any("run_end" in str(a.type) for a in arrays) else None
        )
    return sink.getvalue(), frame(table)


def in_order(of: pl.DataType) -> pl.DataType:
    """The type with the members of structs by name; Polars has another order than that of the lines."""
    if isinstance(of, pl.List):
        return pl.List(in_order(of.inner))
    if isinstance(of, pl.Struct):
        return pl.Struct(
            {field.name: in_order(field.dtype) for field in sorted(of.fields, key=lambda field: field.name)}
        )
    return of


def sorted_members(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.cast({column: in_order(of) for column, of in frame.schema.items()})


MAKERS: dict[str, Callable[[random.Random], tuple[bytes, pl.DataFrame]]] = {
    ".jsonl": json_lines,
    ".csv": csv_text,
    ".parquet": lambda rng: arrow_bytes(rng, ".parquet"),
    ".arrow": lambda rng: arrow_bytes(rng, ".arrow"),
}


def read_all(reader: str, files: list[Path]) -> None:
    """Puts beside each file what the program makes of it: `.out` as Arrow, or the message as `.out.error`."""
    jobs = "".join(f"{file}\t{file}.out\n" for file in files)
    done = subprocess.run([reader], input=jobs, text=True, capture_output=True)
    if done.returncode != 0:
        raise SystemExit(f"the reader ended with {done.returncode}: {done.stderr}")


def compare(folder: Path, reader: str, count: int, seed: int) -> None:
    files: dict[Path, tuple[str, pl.DataFrame]] = {}
    for i in range(count):
        rng = random.Random(f"{seed}-{i}")
        suffix = list(MAKERS)[i % len(MAKERS)]
        content, expected = MAKERS[suffix](rng)
        if suffix in (".jsonl", ".csv") and rng.random() < 0.2:
            content, suffix = gzip.compress(content), suffix + ".gz"
        file = folder / (f"{i}{suffix}" if rng.random() < 0.8 else f"{i}")
        file.write_bytes(content)
        files[file] = list(MAKERS)[i % len(MAKERS)], expected
    read_all(reader, list(files))
    for file, (kind, expected) in files.items():
        error = Path(f"{file}.out.error")
        assert not error.exists(), f"seed {seed}, {file.name}: {error.read_text()}"
        found = frame(ipc.open_stream(f"{file}.out").read_all())
        try:
            if kind == ".jsonl":
                found, expected = sorted_members(found), sorted_members(expected)
            assert_frame_equal(found, expected, check_exact=True, check_column_order=False)
        except AssertionError as error:
            raise SystemExit(f"seed {seed}, {file.name} ({list(expected.schema.items())}): {error}") from error


def damage(folder: Path, reader: str, count: int, seed: int) -> None:
    """Files in which bytes were changed are read or refused; the reader comes back from all of them."""
    files = []
    for i in range(count):
        rng = random.Random(f"damage-{seed}-{i}")
        suffix = list(MAKERS)[i % len(MAKERS)]
        content = bytearray(MAKERS[suffix](rng)[0])
        for _ in range(rng.randrange(1, 4)):
            content[rng.randrange(len(content))] = rng.choice([rng.randrange(256), *b'"{}[],:\n\\0'])
        files.append(folder / f"damaged{i}{suffix}")
        files[-1].write_bytes(content if rng.random() < 0.7 else content[: rng.randrange(len(content) + 1)])
    read_all(reader, files)
    refused = 0
    for file in files:
        error = Path(f"{file}.out.error")
        if error.exists():
            refused += 1
            message = error.read_bytes()
            assert message.count(b"\n") == 1, message
    assert refused > count // 10, f"only {refused} of {count} damaged files were refused"


def round_trips(folder: Path, program: str, count: int, seed: int) -> None:
    """Whole rows through the store: what was written comes out again."""
    (folder / "metaxy.toml").write_text(CONFIG)
    (folder / "features.toml").write_text("\n".join(FEATURE.format(i) for i in range(count)))

    def run(*words: str, given: bytes | None = None) -> None:
        done = subprocess.run([program, *words], cwd=folder, input=given, capture_output=True)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr.decode()}"

    for i in range(count):
        rng = random.Random(f"store-{seed}-{i}")
        rows = rng.choice([1, 5, 50])
        alphabet = "".join(c for c in ALPHABET if c not in "\r\x00")
        table = pl.DataFrame(
            {
                "id": [f"{n:04d}" for n in rng.sample(range(10000), rows)],
                "n": [rng.randrange(-(2**63), 2**63) for _ in range(rows)],
                "r": [rng.uniform(-1e6, 1e6) for _ in range(rows)],
                "t": ["x" + text(rng, alphabet) for _ in range(rows)],
                "x_sha": ["%016x" % rng.getrandbits(64) for _ in range(rows)],
                "z_sha": ["v" + text(rng, alphabet) for _ in range(rows)],
            }
        )
        by_field = pl.struct(pl.col("x_sha").alias("x"), pl.col("z_sha").alias("y_z")).alias(
            "metaxy_provenance_by_field"
        )
        suffix, option = rng.choice([".jsonl", ".csv", ".parquet", ".arrow"]), rng.random() < 0.5
        given = table if option else table.with_columns(by_field)
        if suffix == ".csv" and not option:
            given = given.with_columns(pl.col("metaxy_provenance_by_field").struct.json_encode())
        file = folder / f"rows{i}{suffix}"
        {
            ".jsonl": given.write_ndjson,
            ".csv": given.write_csv,
            ".parquet": given.write_parquet,
            ".arrow": given.write_ipc,
        }[suffix](file)
        words = ["--provenance", "x=x_sha,y/z=z_sha"] if option else []
        piped = rng.random() < 0.3
        run(
            "metadata",
            "write",
            f"feature{i}",
            "--from",
            "-" if piped else file.name,
            *words,
            given=file.read_bytes() if piped else None,
        )
        run("metadata", "read", f"feature{i}", "--to", f"out{i}.parquet")
        found = pl.read_parquet(folder / f"out{i}.parquet")
        expected = table.with_columns(by_field)
        assert_frame_equal(found.select(expected.columns).sort("id"), expected.sort("id"), check_exact=True)
        # The program's own CSV says the same again.
        run("metadata", "read", f"feature{i}", "--to", f"out{i}.csv")
        run("metadata", "write", f"feature{i}", "--from", f"out{i}.csv")
        run("metadata", "read", f"feature{i}", "--to", f"again{i}.parquet")
        again = pl.read_parquet(folder / f"again{i}.parquet").drop("metaxy_updated_at").sort("id")
        assert_frame_equal(
            again, found.drop("metaxy_updated_at").sort("id"), check_exact=True, check_column_order=False
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reader", required=True)
    parser.add_argument("--program", required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for variable in [key for key in os.environ if key.startswith("METAXY_")]:
        del os.environ[variable]
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), arguments.reader, arguments.count, arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        damage(Path(folder), arguments.reader, arguments.count // 2, arguments.seed)
    if arguments.program != "none":
        with tempfile.TemporaryDirectory() as folder:
            round_trips(Path(folder), arguments.program, max(8, arguments.count // 75), arguments.seed)
    print(f"{arguments.count} files, seed {arguments.seed}")


if __name__ == "__main__":
    main()
