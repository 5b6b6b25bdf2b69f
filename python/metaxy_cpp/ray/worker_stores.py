"""Stores in workers: what is sent to them, and how a worker opens it."""

from __future__ import annotations

import pickle
import threading
from dataclasses import dataclass
from typing import Any, Literal

from metaxy_cpp.errors import InvalidConfigError, MetaxyError
from metaxy_cpp.graph import FeatureGraph, key_text
from metaxy_cpp.store import Store

_open_stores: dict[tuple[bytes, str], Store] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class WorkerStore:
    """A feature in a store, to be sent to workers.

    Attributes:
        pickled: The store, closed.
        feature: The key of the feature.
        feature_version: The version that the driver computes for.
    """

    pickled: bytes
    feature: str
    feature_version: str

    def open(self, mode: Literal["read", "write"]) -> Store:
        """The store, open: once for all tasks of a process."""
        with _lock:
            store = _open_stores.get((self.pickled, mode))
            if store is None:
                store = pickle.loads(self.pickled).open(mode)
                _open_stores[self.pickled, mode] = store
            self._check_version(store)
            return store

    def _check_version(self, store: Store) -> None:
        """Rows of another version would be rows of another feature."""
        version = _version_of(store, self.feature)
        if version != self.feature_version:
            # Reading takes the definitions of other projects from the store.
            try:
                store.count(self.feature)
            except MetaxyError:
                pass
            version = _version_of(store, self.feature)
        if version != self.feature_version:
            raise InvalidConfigError(
                f"feature '{self.feature}' has version {version} in a worker and {self.feature_version} in the driver; "
                "give all nodes of the cluster the same metaxy.toml and definitions, or make the store from a "
                "FeatureGraph, which is sent along"
            )


def _version_of(store: Store, feature: str) -> str | None:
    graph = store.graph
    return graph.feature_version(feature) if feature in graph else None


def worker_store(store: Any, feature: Any) -> WorkerStore:
    """What workers need of a store, native or drop-in."""
    key = key_text(feature)
    if isinstance(store, Store):
        return WorkerStore(pickle.dumps(store), key, store.graph.feature_version(key))
    if not hasattr(store, "native_calls"):
        raise TypeError(
            f"metaxy_cpp.ray works on a metaxy_cpp.Store or a metaxy_cpp.LanceDBMetadataStore, not on {type(store)}"
        )
    from metaxy.config import MetaxyConfig

    from metaxy_cpp.map_columns import maps_enabled

    # The definitions are those of the active graph, which workers do not have.
    with store._access() as native:
        graph = FeatureGraph(native.graph())
    plain = Store(
        store.uri,
        graph,
        project=MetaxyConfig.get(_allow_default_config=True).project,
        name=store.name or "",
        connect_kwargs=store._connect_kwargs,
        hash_algorithm=store.hash_algorithm.value,
        materialization_id=store._materialization_id,
        enable_map_datatype=maps_enabled(),
        sync=False,
    )
    return WorkerStore(pickle.dumps(plain), key, graph.feature_version(key))


__all__ = ["WorkerStore", "worker_store"]
