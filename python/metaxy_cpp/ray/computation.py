"""A user's function over rows of an increment, in a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from ray.data.block import BlockAccessor

from metaxy_cpp import errors
from metaxy_cpp.ray.fragments import OnError, with_failures

_OWN_COLUMNS = "metaxy_"


class Computation:
    """Calls a function for batches, and puts what it returns beside the columns that tell of the sample."""

    def __init__(self, fn: Callable[[Any], Any], ids: Sequence[str], batch_format: str, on_error: OnError) -> None:
        if batch_format not in ("pyarrow", "pandas", "numpy"):
            raise errors.InvalidInputError(f"batch_format is {batch_format!r}; it is 'pyarrow', 'pandas' or 'numpy'")
        self._fn = fn
        self._ids = ids
        self._batch_format = batch_format
        self._on_error = on_error
        self.__name__ = getattr(fn, "__name__", type(fn).__name__)

    def __call__(self, rows: pa.Table) -> pa.Table:
        if rows.num_rows == 0:
            return rows
        if self._on_error == "raise":
            return self._compute(rows)
        try:
            return self._compute(rows)
        except Exception as error:
            if rows.num_rows == 1:
                return with_failures(rows, [error])
        computed = []
        failed: list[tuple[int, Exception]] = []
        for number in range(rows.num_rows):
            try:
                computed.append(self._compute(rows.slice(number, 1)))
            except Exception as error:
                failed.append((number, error))
        if failed:
            numbers = pa.array([number for number, _ in failed], pa.int64())
            computed.append(with_failures(rows.take(numbers), [error for _, error in failed]))
        return pa.concat_tables(computed, promote_options="permissive")

    def _compute(self, rows: pa.Table) -> pa.Table:
        batch = BlockAccessor.for_block(rows).to_batch_format(self._batch_format)
        result = _table_of(self._fn(batch))
        if result.num_rows != rows.num_rows or self._are_others(rows, result):
            return result
        # As the store gave them: other libraries may know fewer types.
        kept = {name: rows[name] for name in rows.column_names if name.startswith(_OWN_COLUMNS) or name in self._ids}
        for name in result.column_names:
            kept.setdefault(name, result[name])
        return pa.table(kept)

    def _are_others(self, rows: pa.Table, result: pa.Table) -> bool:
        """Whether the result says itself that its rows are of other samples, or in another order."""
        known = [name for name in self._ids if name in rows.column_names and name in result.column_names]
        return any(rows[name].to_pylist() != result[name].to_pylist() for name in known)


class MadeComputation(Computation):
    """The same with an object of a user's class, which each actor makes."""

    def __init__(
        self, made_of: type, kwargs: dict[str, Any], ids: Sequence[str], batch_format: str, on_error: OnError
    ) -> None:
        super().__init__(made_of(**kwargs), ids, batch_format, on_error)


def _table_of(batch: Any) -> pa.Table:
    """What a function has returned, as a table."""
    if isinstance(batch, pa.Table):
        return batch
    if isinstance(batch, Mapping):
        return BlockAccessor.for_block(BlockAccessor.batch_to_block(dict(batch))).to_arrow()
    return BlockAccessor.for_block(batch).to_arrow()


__all__ = ["Computation", "MadeComputation"]
