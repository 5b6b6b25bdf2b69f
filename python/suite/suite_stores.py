"""Which stores the suite of the Python package metaxy runs on: ours or its own LanceDB store, by themselves or in the
place of its DuckDB and Delta stores. Set in the environment, so that processes which a test starts have the same ones:

METAXY_SUITE_STORE     "ours"; the Python package's own if it is not set
METAXY_SUITE_STAND_IN  set if the store stands in for DuckDB's and Delta's, too
METAXY_SUITE_SINK      "ours" if our sink for Ray stands in for the Python package's
"""

from __future__ import annotations

import importlib
import os
import tempfile
from pathlib import Path
from typing import Any

# metaxy is imported by functions: this module is, while metaxy itself is being imported.

# Modules that have the names of a store.
_LANCEDB = ("metaxy.ext.lancedb", "metaxy.ext.lancedb.metadata_store")
_DUCKDB = ("metaxy.ext.duckdb", "metaxy.ext.duckdb.metadata_store", "metaxy.ext.metadata_stores.duckdb")
_RAY = ("metaxy.ext.ray.datasink", "metaxy.ext.ray")
_DELTA = ("metaxy.ext.polars.handlers.delta", "metaxy.ext.metadata_stores.delta", "metaxy.ext.polars")


def is_ours() -> bool:
    return os.environ.get("METAXY_SUITE_STORE") == "ours"


def stands_in() -> bool:
    return bool(os.environ.get("METAXY_SUITE_STAND_IN"))


def _put(modules: tuple[str, ...], **names: Any) -> None:
    for module_name in modules:
        module = importlib.import_module(module_name)
        for name, value in names.items():
            if hasattr(module, name):
                setattr(module, name, value)


def _stand_in_of_duckdb(base: Any) -> Any:
    """A store with the arguments of DuckDB's that keeps its tables in LanceDB."""

    class DuckDBMetadataStore(base):
        def __init__(self, database: str | Path, *, config: Any = None, extensions: Any = None, **kwargs: Any) -> None:
            del config, extensions
            kwargs.pop("ducklake", None)
            self.database = str(database)
            kept_in_memory = self.database == ":memory:"
            # Nobody removes it: the directory is that of a test.
            where = tempfile.mkdtemp() if kept_in_memory else f"{self.database}.lancedb"
            kwargs.pop("auto_create_tables", None)  # Tables are always created.
            super().__init__(where, **kwargs)

        @classmethod
        def config_model(cls) -> Any:
            from metaxy.ext.duckdb.metadata_store import DuckDBMetadataStoreConfig

            return DuckDBMetadataStoreConfig

        def _get_store_metadata_impl(self, feature_key: Any) -> dict[str, Any]:
            return {"table_name": self._resolve_feature_key(feature_key).table_name}

        def display(self) -> str:
            return f"DuckDBMetadataStore(database={self.database})"

    DuckDBMetadataStore.__module__, DuckDBMetadataStore.__qualname__ = _DUCKDB[1], "DuckDBMetadataStore"
    return DuckDBMetadataStore


def _stand_in_of_delta(base: Any) -> Any:
    """The same for Delta's."""

    class DeltaMetadataStore(base):
        def __init__(
            self,
            root_path: str | Path,
            *,
            storage_options: Any = None,
            layout: str = "nested",
            delta_write_options: Any = None,
            **kwargs: Any,
        ) -> None:
            del delta_write_options
            kwargs.pop("auto_create_tables", None)
            self.layout = layout
            options = {"storage_options": storage_options} if storage_options else None
            from metaxy.metadata_store.utils import is_local_path

            root = str(root_path).removeprefix("file://")
            super().__init__(
                str(Path(root).resolve()) if is_local_path(root) else root, connect_kwargs=options, **kwargs
            )

        @classmethod
        def config_model(cls) -> Any:
            from metaxy.ext.polars.handlers.delta import DeltaMetadataStoreConfig

            return DeltaMetadataStoreConfig

        @property
        def _root_uri(self) -> str:
            return self.uri

        def _feature_uri(self, key: Any) -> str:
            return f"{self.uri}/{key.table_name}.lance"

        def _get_store_metadata_impl(self, feature_key: Any) -> dict[str, Any]:
            return {"uri": self._feature_uri(self._resolve_feature_key(feature_key))}

        def display(self) -> str:
            return f"DeltaMetadataStore(path={self.uri})"

    DeltaMetadataStore.__module__, DeltaMetadataStore.__qualname__ = _DELTA[0], "DeltaMetadataStore"
    return DeltaMetadataStore


def _stand_in_of_ray_sink() -> Any:
    """Our sink with the arguments and the result of the Python package's."""
    import metaxy as mx
    from metaxy.ext.ray.datasink import MetaxyWriteResult
    from ray.data import Datasink

    import metaxy_cpp.ray

    class MetaxyDatasink(Datasink):
        def __init__(self, feature: Any, store: Any, config: Any = None) -> None:
            mx.init(config)
            self.store, self.config = store, config
            self._feature_key = mx.coerce_to_feature_key(feature)
            # Ours works on a store that is open; tests give closed ones.
            with store.open("w"):
                self._sink = metaxy_cpp.ray.MetaxyDatasink(feature, store)

        def __getstate__(self) -> dict[str, Any]:
            return {"_sink": self._sink}

        def write(self, blocks: Any, ctx: Any) -> Any:
            return self._sink.write(blocks, ctx)

        def on_write_complete(self, write_result: Any) -> None:
            with self.store.open("w"):
                self._sink.on_write_complete(write_result)

        @property
        def result(self) -> MetaxyWriteResult:
            if self._sink.report is None:
                raise RuntimeError("Write operation has not completed yet")
            return MetaxyWriteResult(self._sink.report.rows, self._sink.report.failed)

    MetaxyDatasink.__module__, MetaxyDatasink.__qualname__ = _RAY[0], "MetaxyDatasink"
    return MetaxyDatasink


_in_place = False


def put_stores_in_place() -> None:
    """Puts the stores in the place of the Python package's, once."""
    global _in_place
    if _in_place:
        return
    _in_place = True
    from metaxy.ext.lancedb import LanceDBMetadataStore

    store: Any = LanceDBMetadataStore
    if is_ours():
        import metaxy_cpp

        store = metaxy_cpp.LanceDBMetadataStore
        _put(
            _LANCEDB,
            LanceDBMetadataStore=store,
            LanceDBMetadataStoreConfig=metaxy_cpp.LanceDBMetadataStoreConfig,
        )
    if stands_in():
        _put(_DUCKDB, DuckDBMetadataStore=_stand_in_of_duckdb(store))
        _put(_DELTA, DeltaMetadataStore=_stand_in_of_delta(store))
    if os.environ.get("METAXY_SUITE_SINK") == "ours":
        _put(_RAY, MetaxyDatasink=_stand_in_of_ray_sink())
