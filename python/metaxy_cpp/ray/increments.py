"""Increments as datasets of Ray."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import ray
import ray.data

from metaxy_cpp.errors import MetadataSchemaError
from metaxy_cpp.graph import key_text
from metaxy_cpp.rows import Rows
from metaxy_cpp.store import Store

if TYPE_CHECKING:
    from ray.data import Dataset

STATUS_COLUMN = "metaxy_status"
"""Whether a row of an increment is "new" or "stale"."""

_MOST_BLOCK_BYTES = 64 << 20
_OWN_COLUMNS = "metaxy_"


def read_increment(
    store: Any,
    feature: Any,
    *,
    blocks: int | None = None,
    columns: Sequence[str] | None = None,
    **resolve: Any,
) -> Dataset:
    """The samples of a feature that are new or stale, as a dataset with a column `metaxy_status` ("new" or "stale").

    They are resolved once, here. This process then reads their rows, batch by batch, and puts them into Ray's object
    store as blocks of known size, at most 64 MiB each; it never holds all of them. The blocks belong to this process:
    they survive the loss of any other node.

    Args:
        store: An open store, native or drop-in.
        feature: The feature.
        blocks: How many blocks there are at least, so that as many tasks can work at once; if None, two for each
            processor of the cluster.
        columns: Columns to take besides id columns and those of metaxy; all if None.
        **resolve: Arguments of the store's `resolve_update`, such as `filters`, `samples` and `failures`.

    Raises:
        MetadataSchemaError: There is no such column.
        MetaxyError: Whatever `resolve_update` raises.
    """
    parts = _resolve(store, feature, resolve)
    total = sum(count for _, count, _ in parts)
    wanted = blocks or max(1, 2 * int(ray.cluster_resources().get("CPU", 1)))
    most_rows = max(1, -(-total // wanted))
    ids = id_columns(store, feature)
    references = []
    schema: pa.Schema | None = None
    for rows, _, status in parts:
        schema = schema or _selected(rows.schema, columns, ids)
        for table in _blocks(rows, most_rows):
            references.append(ray.put(_with_status(table, status, columns, ids)))
    if not references:
        assert schema is not None
        references.append(ray.put(schema.append(pa.field(STATUS_COLUMN, pa.string())).empty_table()))
    return ray.data.from_arrow_refs(references)


def _resolve(store: Any, feature: Any, options: dict[str, Any]) -> list[tuple[pa.RecordBatchReader, int, str]]:
    """Readers of the new and of the stale rows, with their numbers."""
    if isinstance(store, Store):
        increment = store.resolve_update(feature, **options)
        counts = increment.counts
        return [
            (increment.new.to_batches(), counts.new, "new"),
            (increment.stale.to_batches(), counts.stale, "stale"),
        ]
    lazy = store.resolve_update(feature, lazy=True, **options)
    found = getattr(lazy, "found", None)
    if found is not None:
        new, stale, _ = found.counts
        return [
            (Rows(found.new_samples()).to_batches(), new, "new"),
            (Rows(found.stale()).to_batches(), stale, "stale"),
        ]
    # What the Python package itself has resolved is in memory.
    tables = [(lazy.new.collect("pyarrow").to_native(), "new"), (lazy.stale.collect("pyarrow").to_native(), "stale")]
    return [(table.to_reader(), table.num_rows, status) for table, status in tables]


def id_columns(store: Any, feature: Any) -> list[str]:
    """The columns that tell samples of a feature apart."""
    if isinstance(store, Store):
        return store.graph.id_columns(key_text(feature))
    with store._access() as native:
        return native.graph().id_columns(key_text(feature))


def _blocks(rows: pa.RecordBatchReader, most_rows: int) -> Iterator[pa.Table]:
    """The rows in tables of at most so many, and of some 64 MiB."""
    kept: list[pa.RecordBatch] = []
    count = size = 0
    for batch in rows:
        while batch.num_rows > 0:
            fitting = max(1, _MOST_BLOCK_BYTES * batch.num_rows // max(1, batch.nbytes))
            piece = batch.slice(0, min(most_rows - count, fitting))
            batch = batch.slice(piece.num_rows)
            kept.append(piece)
            count += piece.num_rows
            size += piece.nbytes
            if count >= most_rows or size >= _MOST_BLOCK_BYTES:
                yield pa.Table.from_batches(kept)
                kept, count, size = [], 0, 0
    if kept:
        yield pa.Table.from_batches(kept)


def _selected(schema: pa.Schema, columns: Sequence[str] | None, ids: Sequence[str]) -> pa.Schema:
    if columns is None:
        return schema
    for name in columns:
        if name not in schema.names:
            raise MetadataSchemaError(
                f"the increment has no column '{name}'; it has {', '.join(name for name in schema.names)}"
            )
    wanted = {*columns, *ids}
    return pa.schema([field for field in schema if field.name in wanted or field.name.startswith(_OWN_COLUMNS)])


def _with_status(table: pa.Table, status: str, columns: Sequence[str] | None, ids: Sequence[str]) -> pa.Table:
    table = table.select(_selected(table.schema, columns, ids).names)
    return table.append_column(STATUS_COLUMN, pa.repeat(pa.scalar(status), table.num_rows))


__all__ = ["STATUS_COLUMN", "id_columns", "read_increment"]
