"""Stores: where the metadata of features lives, and the operations on it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from metaxy_cpp import _native
from metaxy_cpp.graph import FeatureGraph, graph_of
from metaxy_cpp.logs import LogFunction, log_to_logging, native_log
from metaxy_cpp.reading import ReadableStore
from metaxy_cpp.store_parts import StoreParts
from metaxy_cpp.writing import WritableStore


class Store(StoreParts, ReadableStore, WritableStore):
    """A store on LanceDB: a directory, an object store, LanceDB Cloud or a server.

    A store is made closed, opened, used and closed; as a context manager it is open within the block:

        with Store("metadata", "features.toml", project="example").open("write") as store:
            increment = store.resolve_update("example/crop")
            store.write("example/crop", crop(increment.new.to_polars()))

    Every row must have a column `metaxy_provenance_by_field`, a struct with a text per field; increments have it. All
    operations may be called by many threads at once, release the GIL, and are stopped by Ctrl-C with nothing half
    written. A pickled store is made anew, closed, from its arguments; a child that was
    forked from a process which has used a store cannot use any (start it with "spawn" or "forkserver").

    Args:
        uri: A directory, which the first write creates, "s3://...", "gs://...", "az://...", "db://NAME" or
            "http(s)://HOST".
        features: A `FeatureGraph`, the path of a `.toml` or `.json` file of definitions, or a list of dicts as
            `FeatureGraph.from_features` takes it.
        project: The project whose version is written with every row; if None, the one project of the features.
        name: For messages.
        storage_options: Options of the object store.
        connect_kwargs: Further arguments of LanceDB's `connect`: `api_key`, `region`, `host_override`,
            `client_config`, `read_consistency_interval`.
        hash_algorithm: By which versions are computed; all stores of a chain use the same.
        fallback_stores: Asked in this order for features of which this store has no table; never written to.
        fallback: "feature", or "overlay": samples that this store lacks come from its fallback stores, sample by
            sample.
        materialization_id: Written with every row, unless a write gives its own.
        enable_map_datatype: Tables that are created keep `metaxy_*_by_field` as maps instead of structs.
        memory_limit: Bytes for what an operation remembers of rows; a quarter of the memory if None.
        allow_unconditional_writes: Write to an S3 server that ignores the condition of a conditional write.
        sync: Load the definitions of external features from the store before reads and resolves.
        automatic_maintenance: Merge small files and remove old versions after writes.
        delta: Whether resolves may use what earlier ones have found; see `resolve_update`.
        on_log: Receives what there is to say beside results; None for silence.

    Raises:
        InvalidConfigError: An option of the connection is wrong.
        HashAlgorithmNotSupportedError: There is no such algorithm.
    """

    def __init__(
        self,
        uri: str | Path,
        features: FeatureGraph | str | Path | Sequence[Mapping[str, Any]],
        *,
        project: str | None = None,
        name: str = "",
        storage_options: Mapping[str, Any] | None = None,
        connect_kwargs: Mapping[str, Any] | None = None,
        hash_algorithm: str = "xxhash32",
        fallback_stores: Sequence[Store] = (),
        fallback: str = "feature",
        materialization_id: str | None = None,
        enable_map_datatype: bool = False,
        memory_limit: int | None = None,
        allow_unconditional_writes: bool = False,
        sync: bool = True,
        automatic_maintenance: bool = True,
        delta: str = "auto",
        on_log: LogFunction | None = log_to_logging,
    ) -> None:
        kwargs = dict(connect_kwargs or {})
        if storage_options:
            kwargs["storage_options"] = {**kwargs.get("storage_options", {}), **storage_options}
        self._prepare(
            _DirectStore(
                graph_of(features, project or ""),
                tuple(fallback_stores),
                on_log,
                {
                    "uri": os.fspath(uri),
                    "connect_kwargs": json.dumps(kwargs),
                    "project": project or "",
                    "name": name,
                    "hash_algorithm": hash_algorithm,
                    "materialization_id": materialization_id,
                    "enable_map_datatype": enable_map_datatype,
                    "memory_limit": memory_limit,
                    "allow_unconditional_writes": allow_unconditional_writes,
                    "sync": sync,
                    "fallback": fallback,
                    "delta": delta,
                },
                automatic_maintenance,
            )
        )

    @classmethod
    def _of(cls, source: Callable[[], _native.Store]) -> Self:
        """A store that `source`, which can be pickled, makes."""
        store = cls.__new__(cls)
        store._prepare(source)
        return store


class _DirectStore:
    """Makes stores of arguments. Can be pickled."""

    def __init__(
        self,
        graph: FeatureGraph,
        fallbacks: tuple[Store, ...],
        on_log: LogFunction | None,
        arguments: dict[str, Any],
        automatic_maintenance: bool,
    ) -> None:
        self._graph = graph
        self._fallbacks = fallbacks
        self._on_log = on_log
        self._arguments = arguments
        self._automatic_maintenance = automatic_maintenance

    def __call__(self) -> _native.Store:
        return _native.Store.make(
            self._graph._native,
            fallback_stores=[store._native for store in self._fallbacks],
            on_log=native_log(self._on_log),
            maintenance=_native.Maintenance(automatic=self._automatic_maintenance),
            **self._arguments,
        )


__all__ = ["Store"]
