"""Tables written by metaxy, read by the Python clients: LanceDB's own, Polars and the reference package.

random_tables_test.py PROGRAM [--seeds FIRST..LAST]: PROGRAM is random_tables. Every table must have the same rows and
values for all of them.
"""

import argparse
import logging
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import lancedb
import metaxy as mx
import polars as pl
import pyarrow as pa
from metaxy.config import MetaxyConfig
from metaxy.ext.lancedb import LanceDBMetadataStore
from metaxy.models.feature_definition import FeatureDefinition

# Types that Polars or the reference does not support; LanceDB's client reads them all the same.
UNKNOWN_TO_POLARS = (
    pa.types.is_null,
    pa.types.is_map,
    pa.types.is_decimal256,
    pa.types.is_float16,
    pa.types.is_run_end_encoded,
)

LISTS = (pa.types.is_map, pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)


def has(type_: pa.DataType, wanted: tuple) -> bool:
    """Whether a type, or a nested one, is one of `wanted`."""
    inner = [type_.field(i).type for i in range(type_.num_fields)]
    if pa.types.is_dictionary(type_):
        inner.append(type_.value_type)
    return any(test(type_) for test in wanted) or any(has(child, wanted) for child in inner)


def plain(column: pa.ChunkedArray) -> list[str]:
    """Values as strings; times and dates as numbers, because Python's own types have a smaller range."""

    def text(array: pa.Array) -> list[str]:
        type_ = array.type
        if isinstance(type_, pa.BaseExtensionType):
            return text(array.storage)
        if pa.types.is_dictionary(type_):
            return text(array.dictionary_decode())
        if pa.types.is_temporal(type_):
            width = pa.int32() if type_.bit_width == 32 else pa.int64()
            return [repr(value) for value in array.view(width).to_pylist()]
        if pa.types.is_struct(type_):
            members = [text(array.field(i)) for i in range(type_.num_fields)]
            valid = array.is_valid().to_pylist()
            return [repr([m[i] for m in members]) if valid[i] else "None" for i in range(len(array))]
        if any(test(type_) for test in LISTS):
            return [repr(text(item.values)) if item.is_valid else "None" for item in array]
        return [repr(value) for value in array.to_pylist()]

    return [value for chunk in column.chunks for value in text(chunk)]


def compare(ours: pa.Table, theirs: pa.Table, who: str) -> list[str]:
    """What differs, column by column."""
    order = ours.column("n").to_pylist()
    place = {number: row for row, number in enumerate(theirs.column("n").to_pylist())}
    if sorted(order) != sorted(place):
        return [f"{who}: {len(place)} rows instead of {len(order)}"]
    problems = []
    for name in ours.column_names:
        values = plain(theirs.column(name))
        if [values[place[number]] for number in order] != plain(ours.column(name)):
            problems.append(f"{who}: column {name!r} of type {ours.schema.field(name).type}")
    return problems


def reference_rows(store: Path, ids: list[str]) -> pa.Table:
    """The rows of `clip` as the reference package reads them."""
    graph = mx.FeatureGraph()
    config = MetaxyConfig(project="p")
    with config.use(), graph.use():
        spec = mx.FeatureSpec.model_validate({"key": "clip", "id_columns": ids, "fields": ["x", "y"]})
        graph.add_feature_definition(
            FeatureDefinition(spec=spec, feature_schema={}, feature_class_path="p.clip", project="p")
        )
        opened = LanceDBMetadataStore(str(store))
        with opened.open("r"):
            rows = opened.read("clip").to_native()
            return (rows.collect() if isinstance(rows, pl.LazyFrame) else rows).to_arrow()


def check(ours: pa.Table, store: Path, seed: int) -> list[str]:
    """Problems of one store."""
    theirs = lancedb.connect(str(store)).open_table("clip").to_arrow()
    problems = compare(ours, theirs, "LanceDB's client")
    if not any(has(field.type, UNKNOWN_TO_POLARS) for field in ours.schema):
        ids = ["id", "part"] if seed % 3 == 0 else ["id"]
        rows = reference_rows(store, ids)
        if rows.num_rows != ours.num_rows:
            problems.append(f"the reference: {rows.num_rows} rows instead of {ours.num_rows}")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seeds", default="1..200")
    arguments = parser.parse_args()
    first, last = (int(seed) for seed in arguments.seeds.split(".."))
    warnings.filterwarnings("ignore")
    logging.getLogger("metaxy").setLevel(logging.CRITICAL)
    failed = tried = 0
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([arguments.program, str(first), str(last), directory], check=True)
        for seed in range(first, last + 1):
            file = Path(directory) / f"{seed}.arrow"
            if not file.exists():
                continue
            tried += 1
            with pa.ipc.open_file(file) as reader:
                ours = reader.read_all()
            try:
                problems = check(ours, Path(directory) / str(seed), seed)
            except Exception as error:  # noqa: BLE001 - whatever a client fails with is a finding
                problems = [f"{type(error).__name__}: {error}"]
            for problem in problems:
                print(f"seed {seed}: {problem}")
            failed += bool(problems)
    print(f"{tried} tables of {last - first + 1} seeds were written; {failed} read differently")
    # A generator whose tables are nearly all refused would prove nothing.
    return 1 if failed or tried * 5 < last - first + 1 else 0


if __name__ == "__main__":
    sys.exit(main())
