"""What workers do with rows: they write files that nobody sees yet, and tell the driver of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from metaxy_cpp import errors
from metaxy_cpp.ray.slices import STATUS_COLUMN
from metaxy_cpp.ray.worker_stores import WorkerStore
from metaxy_cpp.store import Store

logger = logging.getLogger("metaxy_cpp.ray")

OnError = Literal["raise", "record"]
"""What happens when rows cannot be computed or written: the job fails, or their failures are recorded."""

KIND, MESSAGE, FAILED_AT = "metaxy_failure_kind", "metaxy_failure_message", "metaxy_failed_at"

_OF_ROWS = (errors.MetadataSchemaError, errors.LossyCastError, errors.InvalidInputError)
"""What is wrong with rows, and not with the store or the network."""


@dataclass
class TaskResult:
    """What one task has written: nothing of it is in the table before it is committed.

    Attributes:
        fragments: What `commit_fragments` takes.
        rows: The number of rows in them.
        failures: Tables that `Failures.record` takes, in Arrow's file format.
        failed: The number of rows in these.
    """

    fragments: list[bytes] = field(default_factory=list)
    rows: int = 0
    failures: list[bytes] = field(default_factory=list)
    failed: int = 0


def check_on_error(on_error: str) -> OnError:
    """The value, if it is one."""
    if on_error == "raise":
        return "raise"
    if on_error == "record":
        return "record"
    raise errors.InvalidInputError(f"on_error is {on_error!r}; it is 'raise' or 'record'")


def check_writable(store: Any, feature: Any) -> None:
    """Raises what would keep the driver from committing: before anything is computed. Commits nothing."""
    store.commit_fragments(feature, [], "none")


def with_failures(rows: pa.Table, failures: list[Exception]) -> pa.Table:
    """Rows of an increment with what was raised for each of them: id columns, provenance and failure."""
    now = datetime.now(UTC)
    drop = {STATUS_COLUMN, KIND, MESSAGE, FAILED_AT}
    table = rows.select([name for name in rows.column_names if name not in drop])
    table = table.append_column(KIND, pa.array([type(failure).__name__ for failure in failures], pa.string()))
    table = table.append_column(MESSAGE, pa.array([_text_of(failure) for failure in failures], pa.string()))
    return table.append_column(FAILED_AT, pa.array([now] * len(failures), pa.timestamp("us", "UTC")))


def _text_of(error: Exception) -> str:
    # Names of files may be no valid UTF-8.
    return str(error).encode("utf-8", "backslashreplace").decode("utf-8")


def pack(table: pa.Table) -> bytes:
    """A table in Arrow's file format."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def unpack(data: bytes) -> pa.Table:
    """The reverse."""
    return pa.ipc.open_stream(data).read_all()


class FragmentWriter:
    """Writes rows of a feature in a worker. Can be pickled."""

    def __init__(self, store: WorkerStore, on_error: OnError, materialization_id: str | None) -> None:
        self._store = store
        self._on_error = on_error
        self._materialization_id = materialization_id

    def write(self, tables: Iterable[pa.Table]) -> TaskResult:
        """Writes all rows but those that have failed."""
        result = TaskResult()
        good = []
        for table in tables:
            if KIND in table.column_names:
                table, failed = _split(table)
                self._add_failures(result, failed)
            if STATUS_COLUMN in table.column_names:
                table = table.drop_columns([STATUS_COLUMN])
            if table.num_rows > 0:
                good.append(table)
        if not good:
            return result
        store = self._store.open("write")
        for table in _joined(good):
            self._write(store, table, result)
        return result

    def _write(self, store: Store, table: pa.Table, result: TaskResult) -> None:
        try:
            fragments = store.write_fragments(self._store.feature, table, materialization_id=self._materialization_id)
        except _OF_ROWS as error:
            if self._on_error == "raise":
                raise
            # Halves, until it is known which rows are refused.
            if table.num_rows == 1:
                logger.warning("a row of '%s' is refused: %s", self._store.feature, error)
                self._add_failures(result, with_failures(table, [error]))
                return
            middle = table.num_rows // 2
            self._write(store, table.slice(0, middle), result)
            self._write(store, table.slice(middle), result)
            return
        result.fragments.append(fragments)
        result.rows += table.num_rows

    def _add_failures(self, result: TaskResult, failed: pa.Table) -> None:
        if failed.num_rows == 0:
            return
        result.failures.append(pack(_narrow(failed)))
        result.failed += failed.num_rows


def _split(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The rows that were computed, and those that have failed."""
    failed = pc.is_valid(table[KIND])
    return table.filter(pc.invert(failed)).drop_columns([KIND, MESSAGE, FAILED_AT]), table.filter(failed)


def _narrow(failed: pa.Table) -> pa.Table:
    """Without what makes rows large: neither nested columns nor binary ones are ids."""
    kept = []
    for column in failed.schema:
        wide = (
            pa.types.is_nested(column.type) or pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)
        )
        if not wide or column.name == "metaxy_provenance_by_field":
            kept.append(column.name)
    return failed.select(kept)


def _joined(tables: list[pa.Table]) -> list[Any]:
    """The tables as one, so that they become one file; one by one if their columns have types that do not meet."""
    if len(tables) == 1:
        return tables
    try:
        return [pa.concat_tables(tables, promote_options="permissive")]
    except pa.ArrowException:
        return tables


__all__ = [
    "FragmentWriter",
    "OnError",
    "TaskResult",
    "check_on_error",
    "check_writable",
    "pack",
    "unpack",
    "with_failures",
]
