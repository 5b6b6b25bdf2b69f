"""Rows of the library as frames of Polars under Narwhals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import narwhals as nw
import polars as pl
import pyarrow as pa
from polars.io.plugins import register_io_source

from metaxy_cpp.map_columns import Conversion, as_maps, keep_types
from metaxy_cpp.rows import Rows


def conversion_of(rows: Rows, *, maps: bool, computed: bool = False) -> Conversion:
    """What frames of these rows go through; see `as_maps`."""
    return as_maps(pa.schema(rows), computed=computed) if maps else keep_types


def eager_frame(rows: Rows, convert: Conversion) -> nw.DataFrame[Any]:
    """All rows."""
    return nw.from_native(convert(rows.to_polars()), eager_only=True)


def lazy_frame(rows: Rows, convert: Conversion) -> nw.LazyFrame[Any]:
    """A lazy frame that takes the rows when it is collected, each time anew."""

    def source(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        left = n_rows
        for batch in rows.to_batches():
            frame = convert(_polars_of(batch))
            if left is not None:
                frame = frame.head(left)
                left -= frame.height
            if predicate is not None:
                frame = frame.filter(predicate)
            yield frame if with_columns is None else frame.select(with_columns)
            if left == 0:
                break

    schema = convert(_polars_of(pa.schema(rows).empty_table())).schema
    return nw.from_native(_scan(source, schema))


Source = Callable[[list[str] | None, pl.Expr | None, int | None, int | None], Iterator[pl.DataFrame]]


def _scan(source: Source, schema: pl.Schema) -> pl.LazyFrame:
    """`register_io_source` of Polars, which in some versions hands down conditions that only a running query knows, as
    that of a sort with a limit: evaluating them panics. They are left to Polars, with all that stands beside them."""
    scan = getattr(pl.LazyFrame, "_scan_python_function", None)
    if scan is None:
        return register_io_source(source, schema=schema)

    def open_source(
        with_columns: list[str] | None, predicate: bytes | None, n_rows: int | None, batch_size: int | None
    ) -> tuple[Iterator[pl.DataFrame], bool]:
        condition = None
        if predicate:
            try:
                condition = pl.Expr.deserialize(predicate)
            except pl.exceptions.PolarsError:
                return source(with_columns, None, n_rows, batch_size), False
            if "dynamic_pred" in str(condition):
                return source(with_columns, None, n_rows, batch_size), False
        return source(with_columns, condition, n_rows, batch_size), True

    frame = scan(schema=schema, scan_fn=open_source, pyarrow=False, validate_schema=False, is_pure=False)
    assert isinstance(frame, pl.LazyFrame)
    return frame


def _polars_of(table: pa.Table | pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


__all__ = ["conversion_of", "eager_frame", "lazy_frame"]
