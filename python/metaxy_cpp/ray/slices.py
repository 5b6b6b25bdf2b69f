"""Slices of an increment as a dataset of Ray: each is read by the task that works on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import ray.data
from ray.data import Datasource, ReadTask
from ray.data.block import BlockMetadata

from metaxy_cpp.ray.worker_stores import WorkerStore, worker_store

if TYPE_CHECKING:
    from ray.data import Dataset

STATUS_COLUMN = "metaxy_status"
"""Whether a row of an increment is "new" or "stale"."""

MOST_BLOCK_BYTES = 64 << 20


@dataclass(frozen=True)
class IncrementSlice:
    """Some rows of an increment, to be read by a worker.

    Attributes:
        data: What `Store.read_slice` takes.
        status: "new" or "stale".
        rows: Their number.
    """

    data: bytes
    status: str
    rows: int


def with_status(table: pa.Table, status: str) -> pa.Table:
    """The rows with the column that says why they are there."""
    return table.append_column(STATUS_COLUMN, pa.repeat(pa.scalar(status), table.num_rows))


def read_slices(
    store: Any, feature: Any, slices: list[IncrementSlice], sample: pa.Table, columns: Sequence[str] | None
) -> Dataset:
    """A dataset of slices, at least one, with a task for each. `sample`: rows from which their columns and size are
    known."""
    source = SlicesDatasource(worker_store(store, feature), slices, sample, columns)
    return ray.data.read_datasource(source, override_num_blocks=len(slices))


class SlicesDatasource(Datasource):
    """Reads slices of an increment, a task each. A task that is repeated reads the same rows."""

    def __init__(
        self, store: WorkerStore, slices: list[IncrementSlice], sample: pa.Table, columns: Sequence[str] | None
    ) -> None:
        self._store = store
        self._slices = slices
        self._columns = None if columns is None else list(columns)
        self._schema = sample.schema.append(pa.field(STATUS_COLUMN, pa.string()))
        self._row_bytes = sample.nbytes / max(1, sample.num_rows)

    def get_name(self) -> str:
        return f"Increment({self._store.feature})"

    def estimate_inmemory_data_size(self) -> int:
        return int(self._row_bytes * sum(slice.rows for slice in self._slices))

    def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[ReadTask]:
        del parallelism  # Slices were cut for it.
        return [
            ReadTask(
                partial(_read, self._store, slice, self._columns),
                BlockMetadata(
                    num_rows=slice.rows,
                    size_bytes=int(self._row_bytes * slice.rows),
                    input_files=None,
                    exec_stats=None,
                ),
                schema=self._schema,
            )
            for slice in self._slices
        ]


def _read(store: WorkerStore, slice: IncrementSlice, columns: list[str] | None) -> Iterator[pa.Table]:
    """In a worker: the rows of a slice."""
    rows = size = 0
    kept: list[pa.RecordBatch] = []
    batches = store.open("read").read_slice(slice.data, columns).to_batches()
    for batch in batches:
        kept.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if size >= MOST_BLOCK_BYTES:
            yield with_status(pa.Table.from_batches(kept), slice.status)
            kept, size = [], 0
    if rows != slice.rows:
        raise AssertionError(f"{rows} of {slice.rows} rows of '{store.feature}' were read")
    if kept or rows == 0:
        yield with_status(pa.Table.from_batches(kept, batches.schema), slice.status)


__all__ = ["MOST_BLOCK_BYTES", "STATUS_COLUMN", "IncrementSlice", "SlicesDatasource", "read_slices", "with_status"]
