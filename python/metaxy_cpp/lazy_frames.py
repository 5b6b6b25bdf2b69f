"""Rows of the library as lazy frames of Polars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import narwhals as nw
import polars as pl
import pyarrow as pa
from polars.io.plugins import register_io_source

from metaxy_cpp.rows import Rows


def schema_of(rows: Rows) -> pl.Schema:
    """The schema that Polars gives the rows."""
    frame = pl.from_arrow(pa.schema(rows).empty_table())
    assert isinstance(frame, pl.DataFrame)
    return frame.schema


def lazy_frame(rows: Rows) -> nw.LazyFrame[Any]:
    """A lazy frame that takes the rows when it is collected, each time anew."""

    def source(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        left = n_rows
        for batch in rows.to_batches():
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            if left is not None:
                frame = frame.head(left)
                left -= frame.height
            if predicate is not None:
                frame = frame.filter(predicate)
            yield frame if with_columns is None else frame.select(with_columns)
            if left == 0:
                break

    return nw.from_native(register_io_source(source, schema=schema_of(rows)))


__all__ = ["lazy_frame", "schema_of"]
