"""Captures the texts that the reference makes of values of all types: tests/reference/recorded/goldens/value_texts.arrow.

For each case there is a column of values, and beside it three of texts: NAME|version, what is hashed for a version of
that value; NAME|hash, its xxhash64; NAME|stored, what becomes of the value in a column of texts. A text that is null
where the value is not: the reference refuses the value, or makes a null of it. Columns end in nulls.

NAME conversions: values that are appended to columns of other types, in value_conversions.arrow: NAME|TYPE is what is
stored then, null if it is refused.

Run it in an environment with the Python package metaxy (and its extra lancedb):

    python tests/reference/recorded/capture/capture_value_texts.py
"""

from __future__ import annotations

import datetime
import decimal
import hashlib
import tempfile
from pathlib import Path

import lancedb
import narwhals as nw
import numpy as np
import polars as pl
import pyarrow as pa
from metaxy.ext.polars.versioning import PolarsVersioningEngine
from metaxy.versioning.types import HashAlgorithm

GOLDENS = Path(__file__).parent.parent / "goldens"
TABLE = Path(__file__).parents[4] / "src" / "columns" / "time_zones.txt"
UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
DAY = 86400
# Moments in seconds: around 1970, 0, 10000, changes of summer time in New York, days of local times, after 2099.
SECONDS = [0, 1, -1, 1714557600, 253402300799, 253402300800, -62135596800, -62135596801, -62167219200, -62167219201, -2208988800]
SECONDS += [-2717640239, -2717640000, 1710053999, 1710054000, 1730611800, 1730615400, -8000000000, 4118000000, 4093000000]
SECONDS += [95026236 * DAY, 95026237 * DAY, -96465292 * DAY, -96465293 * DAY]
ZONES = ["UTC", "utc", "+00:00", "Etc/UTC", "America/New_York", "Asia/Kathmandu", "Europe/London", "Europe/Amsterdam"]
ZONES += ["Africa/Monrovia", "Africa/Casablanca", "Etc/GMT+5", "EST", "-08:00", "+0200", "14:00", "+15:00", "+05:30", "Z", "Nowhere/Else"]
FLOATS = [0.0, -0.0, 1.0, 0.1, 1 / 3, -2.5, float("nan"), float("inf"), -float("inf"), 123456789.0, 16777217.0, 1e7, 1e12, 9.99e12, 1e13]
FLOATS += [1e15, 9007199254740993.0, 1e16, 1e20, 1e-4, 1e-5, 1.5e-5, 1e-6, 1.5e-6, 1e-7, 6e-8, 65504.0, 5e-324, 1e-45, 1.7976931348623157e308, 3.4e38]


def of_numbers(numbers: list[int], dtype: pa.DataType) -> pa.Array:
    """An array of a type that is a number underneath, without any check."""
    width = {32: np.int32, 64: np.int64}[dtype.bit_width]
    kept = [n for n in numbers if np.iinfo(width).min <= n <= np.iinfo(width).max]
    return pa.Array.from_buffers(dtype, len(kept), [None, pa.py_buffer(np.array(kept, width))])


def moments(unit: str, zone: str | None = None) -> pa.Array:
    k = UNITS[unit]
    numbers = [second * k for second in SECONDS] + [1714557600 * k + k // part for part in (4, 8, 1000, 10**6, k)] + [-1]
    return of_numbers(numbers, pa.timestamp(unit, zone))


def decimals(dtype: pa.DataType) -> pa.Array:
    kept = []
    for text in ["0", "1", "-1", "0.5", "-0.01", "100", "-12300", "0.0000001", "99999999999999999999999999999", "-0.99"]:
        try:
            kept.append(pa.scalar(decimal.Decimal(text), dtype))
        except pa.ArrowInvalid:
            pass
    return pa.array([scalar.as_py() for scalar in kept], dtype)


def cases() -> dict[str, pa.Array]:
    of: dict[str, pa.Array] = {"bool": pa.array([True, False]), "null": pa.nulls(2)}
    for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        info = np.iinfo(name)
        of[name] = pa.array(np.array([0, 1, info.min, info.max], name))
    with np.errstate(over="ignore"):
        of |= {name: pa.array(np.array(FLOATS).astype(name)) for name in ("float16", "float32", "float64")}
    widths = [pa.decimal128(10, 2), pa.decimal128(38, 0), pa.decimal128(20, 10), pa.decimal128(38, 38), pa.decimal128(5, -2)]
    widths += [pa.decimal32(5, 2), pa.decimal64(15, 4), pa.decimal256(40, 2)]
    of |= {str(dtype): decimals(dtype) for dtype in widths}
    days = [0, -1, 1, 19844, -719162, -719163, -719528, -719529, 2932896, 2932897, 95026236, 95026237, -96465292, -96465293, 11016, 11017]
    of["date32"] = of_numbers(days, pa.date32())
    of["date64"] = of_numbers([day * DAY * 1000 for day in days], pa.date64())
    for unit in ("s", "ms", "us", "ns"):
        k = UNITS[unit]
        dtype = pa.time32(unit) if k < 10**6 else pa.time64(unit)
        of[str(dtype)] = of_numbers([0, 1, k, k // 4, k // 1000, 3 * k, 36300 * k, DAY * k - 1, DAY * k, -1], dtype)
        spans = [0, 1, -1, k, -k, 90 * k, -90 * k, DAY * k, 90061 * k + 5 * k // 1000, -90061 * k - 5 * k // 1000, 10**6 * k + k // 10**6]
        of[f"duration[{unit}]"] = of_numbers(spans, pa.duration(unit))
        of[f"timestamp[{unit}]"] = moments(unit)
        of |= {f"timestamp[{unit}, {zone}]": moments(unit, zone) for zone in (ZONES if unit == "us" else ZONES[:6])}
    texts = ["", "a", "é", "日本", "a|b", 'x"y', "null", "\x00"]
    binary = [*(text.encode() for text in texts), b"\xff\xfe", b"\xc3"]
    of |= {str(t): pa.array(texts, t) for t in (pa.string(), pa.large_string(), pa.string_view())}
    of |= {str(t): pa.array(binary, t) for t in (pa.binary(), pa.large_binary(), pa.binary_view())}
    of["fixed_size_binary"] = pa.array([b"ab", b"\xff\xfe", "é".encode()], pa.binary(2))
    for plain in ("string", "int64", "float32", "date32", "duration[ms]", "timestamp[us, Asia/Kathmandu]", "binary"):
        values = of[plain] if plain in of else of["large_string"].cast(pa.string())
        of[f"dictionary of {plain}"] = pa.DictionaryArray.from_arrays(pa.array(range(len(values)), pa.int32()), values)
    day, moment = datetime.date(2024, 5, 1), datetime.datetime(2024, 5, 1, 10, 0, 0, 250_000)
    of |= {
        "list": pa.array([[1, 2], []]), "list of texts": pa.array([["a", "b, c"]]), "large_list": pa.array([[1.0]], pa.large_list(pa.float64())),
        "fixed_size_list": pa.array([[1, 2]], pa.list_(pa.int32(), 2)), "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        "list_view": pa.array([[1]], pa.list_view(pa.int64())), "interval": pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
        "struct": pa.array([{"a": -1, "b": 'x"y'}, {"a": None, "b": "y"}, {"a": 7, "b": ""}]),
        "struct of plain values": pa.array([{"a": True, "b": day, "c": {"d": 1}}]),
        "struct of floats": pa.array([{"a": 1 / 3}]), "struct of moments": pa.array([{"a": moment}]), "struct of lists": pa.array([{"a": [1, 2, 3, 4]}]),
    }  # fmt: skip
    return of


class Reference:
    def __init__(self, folder: str) -> None:
        self.engine = PolarsVersioningEngine.__new__(PolarsVersioningEngine)
        self.database = lancedb.connect(folder)
        self.tables = 0

    def versions(self, values: pa.Array) -> pl.DataFrame:
        by_field = pl.from_arrow(pa.table({"x": values})).select(pl.struct("x").alias("by_field"))  # type: ignore[union-attr]
        frame = self.engine._extract_metadata_fields(nw.from_native(by_field), "by_field", {"x": "text"})
        hashed = self.engine.hash_string_column(frame, "text", "hash", HashAlgorithm.XXHASH64)
        return nw.to_native(hashed).select("text", "hash")

    def appended(self, values: pa.Array, dtype: pl.DataType) -> pa.Array:
        self.tables += 1
        table = self.database.create_table(f"t{self.tables}", data=pl.DataFrame({"x": pl.Series([], dtype=dtype)}))
        table.add(pl.from_arrow(pa.table({"x": values})))
        return table.to_arrow()["x"].combine_chunks()


def all_or_each(values: pa.Array, call, nothing):
    """What `call` makes of all the values, or of each by itself where that fails."""
    try:
        return [call(values)]
    except (pl.exceptions.PolarsError, RuntimeError, ValueError, TypeError, pl.exceptions.PanicException):
        return [nothing] if len(values) == 1 else [part for i in range(len(values)) for part in all_or_each(values[i : i + 1], call, nothing)]


def padded(array: pa.Array, length: int) -> pa.Array:
    return pa.concat_arrays([array, pa.nulls(length - len(array), array.type)])


def write(path: Path, columns: dict[str, pa.Array], metadata: dict[str, str] | None = None) -> None:
    length = max(map(len, columns.values()))
    table = pa.table({name: padded(array, length) for name, array in columns.items()})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema.with_metadata(metadata)) as writer:
        writer.write_table(table.replace_schema_metadata(metadata))
    print(f"{path}: {len(columns)} columns, {path.stat().st_size} bytes")


def capture_texts(reference: Reference) -> None:
    columns: dict[str, pa.Array] = {}
    refused = pl.DataFrame({"text": [None], "hash": [None]}, schema={"text": pl.String, "hash": pl.String})
    nothing = pa.nulls(1, pa.large_string())
    for name, values in cases().items():
        versions = pl.concat(all_or_each(values, reference.versions, refused))
        columns[name] = values
        columns[f"{name}|version"] = pa.array(versions["text"].to_list(), pa.large_string())
        columns[f"{name}|hash"] = pa.array(versions["hash"].to_list(), pa.large_string())
        stored = all_or_each(values, lambda v: reference.appended(v, pl.String()), nothing)
        columns[f"{name}|stored"] = pa.concat_arrays(stored)
    write(GOLDENS / "value_texts.arrow", columns, {"zones": zones()})


def zones() -> str:
    """For every zone, after a blank, the SHA-256 of the texts of moments that RandomMoments() in value_string_test.cc gives, too."""
    numbers, state = [], 1
    for _ in range(400):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        numbers.append((state >> 11) % 10_000_000_000 - 5_000_000_000)
    lines = []
    for zone in sorted(name for line in TABLE.read_text().splitlines() for name in line.split("\t")[0].split()):
        texts = (pl.Series(numbers) * 1000).cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(zone).cast(pl.String)
        lines.append(f"{zone} {hashlib.sha256('|'.join(texts).encode()).hexdigest()}")
    return "\n".join(lines)


TEXTS = ["2024-05-01 10:00:00", "2024-05-01T10:00:00", "2024-05-01T10:00:00.25", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00+05:45"]
TEXTS += ["2024-05-01 10:00:00.250000-04:00", "2024-05-01T10:00:00.123456789", "2024-05-01", "2024-03-10T02:30:00", "2024-11-03T01:30:00"]
TEXTS += ["2024-05-01 10:00:00 America/New_York", "0001-01-01T00:00:00", "+10000-01-01", "", "x", " 2024-05-01", "10:00:00", "10:00", "25:00:00"]
TEXTS += ["10:00:00.000000001", "1", "007", " 7", "7.0", "1.50", "1e3", "true", "TRUE", "yes", "NaN", "inf", "0.00000000001", "-12.5000000000"]
NEW_YORK = "America/New_York"
TARGETS = [pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("ns"), pl.Datetime("us", "UTC"), pl.Datetime("us", NEW_YORK), pl.Datetime("ms", "Asia/Kathmandu")]
TARGETS += [pl.Date(), pl.Time(), pl.Duration("us"), pl.Duration("ms"), pl.Int64(), pl.Float64(), pl.Boolean(), pl.Decimal(20, 10)]


def capture_conversions(reference: Reference) -> None:
    seconds = [0, 1714557600, 1710054000, 1730611800, -2208988801, 253402300800]
    sources = {"texts": pa.array(TEXTS, pa.large_string())}
    for unit, zone in [("ms", None), ("us", None), ("ns", None), ("us", "UTC"), ("us", NEW_YORK), ("ms", "Asia/Kathmandu")]:
        k = UNITS[unit]
        sources[str(pa.timestamp(unit, zone))] = of_numbers([s * k + f for s in seconds for f in (0, k // 4, 1)], pa.timestamp(unit, zone))
    sources["days"] = of_numbers([0, 19844, 2932897, -719529], pa.date32())
    sources["times"] = of_numbers([0, 1, 36_000_000_000_000, 250_000_000], pa.time64("ns"))
    for unit in ("ms", "us"):
        sources[f"durations[{unit}]"] = of_numbers([0, 1, -1, 86400 * UNITS[unit], 1000], pa.duration(unit))
    sources["decimals"] = pa.array([decimal.Decimal("1.5"), decimal.Decimal("7")], pa.decimal128(20, 10))
    columns = {}
    for name, values in sources.items():
        columns[name] = values
        for target in TARGETS:
            dtype = pl.Series([], dtype=target).to_arrow().type
            columns[f"{name}|{dtype}"] = pa.concat_arrays(all_or_each(values, lambda v, t=target: reference.appended(v, t), pa.nulls(1, dtype)))
    write(GOLDENS / "value_conversions.arrow", columns)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        reference = Reference(folder)
        capture_texts(reference)
        capture_conversions(reference)


if __name__ == "__main__":
    main()
