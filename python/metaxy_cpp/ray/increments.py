"""Increments as datasets of Ray."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import ray
import ray.data

from metaxy_cpp.errors import MetadataSchemaError
from metaxy_cpp.graph import key_text
from metaxy_cpp.increment import Increment
from metaxy_cpp.ray.slices import MOST_BLOCK_BYTES, STATUS_COLUMN, IncrementSlice, read_slices, with_status
from metaxy_cpp.store import Store

if TYPE_CHECKING:
    from ray.data import Dataset

_OWN_COLUMNS = "metaxy_"
_SAMPLE_ROWS = 1000


def read_increment(
    store: Any,
    feature: Any,
    *,
    blocks: int | None = None,
    columns: Sequence[str] | None = None,
    **resolve: Any,
) -> Dataset:
    """The samples of a feature that are new or stale, as a dataset with a column `metaxy_status` ("new" or "stale").

    They are resolved once, here; their rows are read by tasks of Ray, each its own, from the versions of the tables
    that were resolved. A task that is lost is repeated, with the same rows. Samples and rows of parents that were
    given, and rows of an overlay, are sent to the tasks, as no worker could find them.

    Args:
        store: An open store, native or drop-in.
        feature: The feature.
        blocks: How many tasks read at least; if None, two for each processor of the cluster, and so many that none has
            much more than 64 MiB.
        columns: Columns to read besides id columns and those of metaxy; all if None.
        **resolve: Arguments of the store's `resolve_update`, such as `filters`, `samples` and `failures`.

    Raises:
        MetadataSchemaError: There is no such column.
        MetaxyError: Whatever `resolve_update` raises.
    """
    wanted = blocks or max(1, 2 * int(ray.cluster_resources().get("CPU", 1)))
    increment = store.resolve_update(feature, **({} if isinstance(store, Store) else {"lazy": True}), **resolve)
    if not isinstance(increment, Increment):
        found = getattr(increment, "found", None)
        if found is None:
            return _in_memory(increment, id_columns(store, feature), wanted, columns)
        increment = Increment(found)
    new, stale, _ = increment.counts
    # What columns there are, and how large rows are, is known once some have been read.
    status = "new" if new else "stale"
    few = increment.slice(status, 0, min(_SAMPLE_ROWS, new or stale))
    sample = store.read_slice(few, columns).to_arrow()
    row_bytes = max(1, sample.nbytes // max(1, sample.num_rows))
    most_rows = max(1, min(-(-(new + stale) // wanted), MOST_BLOCK_BYTES // row_bytes))
    slices = list(_cut(increment, most_rows)) or [IncrementSlice(few, status, 0)]
    return read_slices(store, feature, slices, sample, columns)


def _cut(increment: Increment, most_rows: int) -> Iterator[IncrementSlice]:
    for status, count in zip(("new", "stale"), increment.counts[:2], strict=True):
        for begin in range(0, count, most_rows):
            rows = min(most_rows, count - begin)
            yield IncrementSlice(increment.slice(status, begin, rows), status, rows)


def _in_memory(lazy: Any, ids: Sequence[str], blocks: int, columns: Sequence[str] | None) -> Dataset:
    """What the Python package itself has resolved."""
    tables = []
    for rows, status in ((lazy.new, "new"), (lazy.stale, "stale")):
        table = rows.collect("pyarrow").to_native()
        tables.append(with_status(table.select(_selected(table.schema, columns, ids)), status))
    table = pa.concat_tables(tables, promote_options="permissive")
    size = max(1, -(-table.num_rows // blocks))
    parts = [table.slice(begin, size) for begin in range(0, table.num_rows, size)] or [table]
    return ray.data.from_arrow_refs([ray.put(part) for part in parts])


def id_columns(store: Any, feature: Any) -> list[str]:
    """The columns that tell samples of a feature apart."""
    if isinstance(store, Store):
        return store.graph.id_columns(key_text(feature))
    with store._access() as native:
        return native.graph().id_columns(key_text(feature))


def _selected(schema: pa.Schema, columns: Sequence[str] | None, ids: Sequence[str]) -> list[str]:
    if columns is None:
        return schema.names
    for name in columns:
        if name not in schema.names:
            raise MetadataSchemaError(f"the increment has no column '{name}'; it has {', '.join(schema.names)}")
    wanted = {*columns, *ids}
    return [name for name in schema.names if name in wanted or name.startswith(_OWN_COLUMNS)]


__all__ = ["STATUS_COLUMN", "id_columns", "read_increment"]
