"""Rows of the library as frames of Polars under Narwhals."""

from __future__ import annotations

from collections.abc import Iterator
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
    return nw.from_native(register_io_source(source, schema=schema))


def _polars_of(table: pa.Table | pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


__all__ = ["conversion_of", "eager_frame", "lazy_frame"]
