"""Frames of any kind that users of the Python package metaxy give, as tables of Arrow."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import polars as pl
from metaxy.metadata_store.warnings import PolarsMaterializationWarning
from metaxy.models.constants import METAXY_CREATED_AT, METAXY_DELETED_AT, METAXY_UPDATED_AT

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]


def narwhals_of(frame: Any) -> Frame:
    """The frame under Narwhals; TypeError for what is none."""
    return frame if isinstance(frame, (nw.DataFrame, nw.LazyFrame)) else nw.from_native(frame)


def table_of_frame(frame: Frame) -> Any:
    """All rows of a frame, with `__arrow_c_stream__`. An index of pandas is left out, as in the Python package."""
    native = frame.to_native()
    if isinstance(native, pl.LazyFrame):
        return native.collect()
    if isinstance(native, pl.DataFrame):
        return native
    eager = frame.collect("pyarrow") if isinstance(frame, nw.LazyFrame) else frame
    if eager.implementation.is_pandas():
        import pyarrow

        return pyarrow.Table.from_pandas(eager.to_native(), preserve_index=False)
    return eager.to_arrow()


def with_utc(frame: Frame) -> Frame:
    """The frame with its system times in UTC, which those without a time zone are, too: Ray, for one, drops the zone
    from rows that go through a function. The Python package takes both."""
    schema = frame.collect_schema()
    naive = [
        name
        for name in (METAXY_CREATED_AT, METAXY_UPDATED_AT, METAXY_DELETED_AT)
        if isinstance(kind := schema.get(name), nw.Datetime) and kind.time_zone is None
    ]
    return frame.with_columns(nw.col(naive).dt.replace_time_zone("UTC")) if naive else frame


def warn_of_polars(frame: Frame, message: str) -> None:
    """Warns, as the Python package does, that it would have to compute in Polars for this frame."""
    PolarsMaterializationWarning.warn_on_implementation_mismatch(
        nw.Implementation.POLARS, frame.implementation, message=message
    )


__all__ = ["Frame", "narwhals_of", "table_of_frame", "warn_of_polars", "with_utc"]
