"""Rows as Arrow streams: what goes into the library, and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from metaxy_cpp import _native

T = TypeVar("T")


@runtime_checkable
class ArrowStreamable(Protocol):
    """Any table: Polars, pandas (2.2 or newer), pyarrow, DuckDB, Narwhals, nanoarrow, and `Rows`."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class Rows:
    """Rows of a store, which are fetched when they are taken.

    Give them to whatever reads Arrow streams, `polars.DataFrame(rows)` or `pyarrow.table(rows)`, or use one of the
    methods below. They can be taken again and again, and after the store was closed, unless it says otherwise. Each
    time is one pass over batches, so that a consumer that takes them one by one needs little memory.
    """

    def __init__(self, native: _native.Rows) -> None:
        self._native = native

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A new Arrow stream, as a capsule. Types are as stored; `requested_schema` changes nothing."""
        del requested_schema
        return self._native.stream()

    def __arrow_c_schema__(self) -> object:
        """The schema of the rows, as a capsule."""
        return self._native.schema()

    def to_polars(self) -> polars.DataFrame:
        """All rows as a Polars frame."""
        import polars

        return self._taken(lambda: polars.DataFrame(self))

    def to_arrow(self) -> pyarrow.Table:
        """All rows as a pyarrow table."""
        import pyarrow

        return self._taken(lambda: pyarrow.table(self))

    def to_pandas(self, **options: Any) -> pandas.DataFrame:
        """All rows as a pandas frame; `options` are those of `pyarrow.Table.to_pandas`."""
        return self.to_arrow().to_pandas(**options)

    def to_batches(self) -> pyarrow.RecordBatchReader:
        """The rows batch by batch, as a reader of pyarrow."""
        import pyarrow

        return pyarrow.RecordBatchReader.from_stream(self)

    def _taken(self, take: Callable[[], T]) -> T:
        # Polars and pyarrow tell of a stream that fails in their own words.
        try:
            return take()
        except Exception as error:
            failure = self._native.failure()
            if failure is None:
                raise
            raise failure from error


def table_of(rows: object) -> object:
    """What the library is given for rows of the user's: an unnamed index of pandas is no column."""
    kind = type(rows)
    if kind.__name__ == "DataFrame" and kind.__module__.split(".", 1)[0] == "pandas":
        index = rows.index  # type: ignore[attr-defined]
        if index.names == [None]:
            return rows.reset_index(drop=True)  # type: ignore[attr-defined]
        return rows.reset_index()  # type: ignore[attr-defined]
    return rows


__all__ = ["ArrowStreamable", "Rows"]
