"""The LanceDB store of the Python package metaxy, by this engine."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, TypeVar

import narwhals as nw
import polars as pl
from metaxy.config import MetaxyConfig
from metaxy.ext.lancedb import LanceDBMetadataStore as ReferenceStore
from metaxy.ext.lancedb.metadata_store import LanceDBMetadataStoreConfig as ReferenceConfig
from metaxy.metadata_store.warnings import MetaxyColumnMissingWarning
from metaxy.models.constants import METAXY_PROVENANCE, METAXY_PROVENANCE_BY_FIELD
from metaxy.models.feature import current_graph
from metaxy.utils.external_features import sync_external_features
from metaxy.versioning.types import Increment, LazyIncrement

from metaxy_cpp import _native, errors
from metaxy_cpp.arguments import microseconds
from metaxy_cpp.execution import execution_of
from metaxy_cpp.lazy_frames import lazy_frame
from metaxy_cpp.logs import log_to_logging, native_log
from metaxy_cpp.narwhals_filters import NotTranslatable, translate
from metaxy_cpp.reference_errors import as_reference
from metaxy_cpp.reference_graph import GraphCache
from metaxy_cpp.rows import Rows

T = TypeVar("T")


class _NotNativeError(Exception):
    """What a call asks for is left to the Python package."""


class NativeCalls:
    """How many calls of a store ran in the engine, and why others were left to the Python package.

    Attributes:
        native: Calls by the name of the method.
        reference: The same for those that were left to the Python package.
        reasons: Why they were.
    """

    def __init__(self) -> None:
        self.native: Counter[str] = Counter()
        self.reference: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def __repr__(self) -> str:
        return (
            f"NativeCalls(native={dict(self.native)}, reference={dict(self.reference)}, reasons={dict(self.reasons)})"
        )


class _NativeLazyIncrement(LazyIncrement):
    """A lazy increment whose input, which hardly anybody looks at, is computed when somebody does."""

    def __init__(
        self,
        new: nw.LazyFrame[Any],
        stale: nw.LazyFrame[Any],
        orphaned: nw.LazyFrame[Any],
        progress: float | None,
        make_input: Callable[[], nw.LazyFrame[Any] | None],
    ) -> None:
        self._make_input = make_input
        self.input_progress = progress
        super().__init__(new=new, stale=stale, orphaned=orphaned)

    @property
    def input(self) -> nw.LazyFrame[Any] | None:
        return self._make_input()

    @input.setter
    def input(self, value: object) -> None:
        """Set by the dataclass, to nothing."""


class LanceDBMetadataStoreConfig(ReferenceConfig):
    """The configuration of a `metaxy_cpp.LanceDBMetadataStore`: that of the Python package's LanceDB store."""


class LanceDBMetadataStore(ReferenceStore):
    """A drop-in for `metaxy.ext.lancedb.LanceDBMetadataStore`: the same arguments, methods and tables.

    `resolve_update`, `read`, `write` and `delete` run in the C++ engine. What it cannot do (a filter that it does not
    know, frames of other kinds than Polars, ...) is left to the Python package; `native_calls` counts both.
    """

    native_calls: NativeCalls

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reset()
        self.native_calls = NativeCalls()

    def _reset(self) -> None:
        self._reader: _native.Store | None = None
        self._writer: _native.Store | None = None
        self._views: dict[tuple[Any, ...], _native.Store] = {}
        self._graphs = GraphCache()
        self._process = os.getpid()

    @classmethod
    def config_model(cls) -> type[LanceDBMetadataStoreConfig]:
        return LanceDBMetadataStoreConfig

    # ---- life

    def _open(self, mode: Any) -> None:
        super()._open(mode)
        # The engine connects when it is needed.
        self._reset()

    def _make_native(self, mode: str) -> _native.Store:
        graph = _native.Graph.parse([], "", MetaxyConfig.get().hash_truncation_length, False)
        store = _native.Store.make(
            graph,
            uri=self.uri,
            connect_kwargs=json.dumps(self._connect_kwargs),
            project="",
            name=self.name or "",
            hash_algorithm=self.hash_algorithm.value,
            fallback_stores=[],
            materialization_id=None,
            enable_map_datatype=False,
            memory_limit=None,
            allow_unconditional_writes=False,
            sync=False,
            automatic_maintenance=True,
            on_log=native_log(log_to_logging),
        )
        with execution_of("open", None) as execution:
            store.open(mode, execution)
        return store

    def _connected(self, mode: str) -> _native.Store:
        """The engine's store, for reading or for writing. What reads is not closed with this store: lazy frames may be
        collected later."""
        if self._process != os.getpid():
            self._reset()
        store = self._writer if mode == "write" else self._reader
        if store is None:
            try:
                store = self._make_native(mode)
            except errors.InvalidConfigError as error:
                # LanceDB's own client is less strict.
                raise _NotNativeError(f"connect_kwargs that the engine does not take: {error}") from error
            if mode == "write":
                self._writer = store
            else:
                self._reader = store
        return store

    def _close(self) -> None:
        writer = self._writer if self._process == os.getpid() else None
        self._reader = None
        self._writer = None
        self._views = {}
        super()._close()
        if writer is not None:
            with as_reference(), execution_of("close", None) as execution:
                writer.close(execution)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        for name in ("_reader", "_writer", "_views", "_graphs", "_process", "native_calls"):
            state.pop(name, None)
        if state.get("_conn") is not None:
            state.update(_conn=None, _is_open=False, _mode_stack=[], _exit_stack=[])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._reset()
        self.native_calls = NativeCalls()

    # ---- the engine

    def _view(self, *, write: bool = False, fallback_stores: Sequence[_native.Store] = ()) -> _native.Store:
        """The store under the graph and the settings of this moment."""
        self._check_open()
        store = self._connected("write" if write else "read")
        config = MetaxyConfig.get(_allow_default_config=True)
        if config.enable_map_datatype:
            raise _NotNativeError("enable_map_datatype")
        graph = current_graph()
        try:
            key, native = self._graphs.get(graph, config.hash_truncation_length)
        except (ValueError, TypeError) as error:
            raise _NotNativeError(f"a graph that the engine does not take: {error}") from error
        full_key = (key, config.project, self._materialization_id, write, tuple(map(id, fallback_stores)))
        view = self._views.get(full_key)
        if view is None:
            view = self._views[full_key] = store.view(
                native,
                project=config.project or "",
                enable_map_datatype=False,
                materialization_id=self._materialization_id,
                fallback_stores=list(fallback_stores),
                on_log=native_log(log_to_logging),
            )
        return view

    def _run(self, name: str, native: Callable[[], T], reference: Callable[[], T]) -> T:
        """Runs a method in the engine where that can do it, else as the Python package does."""
        try:
            with as_reference():
                result = native()
        except (NotTranslatable, _NotNativeError) as reason:
            self.native_calls.reference[name] += 1
            self.native_calls.reasons[f"{name}: {reason}"] += 1
            return reference()
        self.native_calls.native[name] += 1
        return result

    def _has_table(self, store: _native.Store, feature: str) -> bool:
        with execution_of("look", None) as execution:
            return store.has_feature(feature, False, execution)

    # ---- resolve_update

    def resolve_update(self, feature: Any, **kwargs: Any) -> Any:
        return self._run(
            "resolve_update",
            lambda: self._resolve(feature, **kwargs),
            lambda: ReferenceStore.resolve_update(self, feature, **kwargs),
        )

    def _resolve(
        self,
        feature: Any,
        *,
        samples: Any = None,
        filters: Mapping[Any, Sequence[nw.Expr]] | None = None,
        global_filters: Sequence[nw.Expr] | None = None,
        target_filters: Sequence[nw.Expr] | None = None,
        lazy: bool = False,
        versioning_engine: str | None = None,
        skip_comparison: bool = False,
        staleness_predicates: Sequence[nw.Expr] | None = None,
        **others: Any,
    ) -> Increment | LazyIncrement:
        del others  # As in the Python package.
        self._check_open()
        if MetaxyConfig.get(_allow_default_config=True).sync:
            sync_external_features(self)
        key = self._resolve_feature_key(feature)
        if self._is_system_table(key):
            raise _NotNativeError("a system table")
        plan = current_graph().get_feature_plan(key)
        frame = None
        if samples is not None:
            frame = _polars_of(samples)
        elif not plan.deps:
            raise _NotNativeError("a root feature without samples, which is a mistake")
        conditions = {
            self._resolve_feature_key(other).to_string(): [translate(condition) for condition in own]
            for other, own in (filters or {}).items()
        }
        with ExitStack() as stack:
            parents = [] if samples is not None else [dep.key.to_string() for dep in plan.deps or []]
            view = self._view(fallback_stores=self._fallback_views(parents, stack))
            with execution_of("resolve", None) as execution:
                found = view.resolve_update(
                    key.to_string(),
                    samples=frame,
                    filters=list(conditions.items()),
                    global_filters=[translate(condition) for condition in global_filters or ()],
                    target_filters=[translate(condition) for condition in target_filters or ()],
                    staleness_predicates=[translate(condition) for condition in staleness_predicates or ()],
                    skip_comparison=skip_comparison,
                    execution=execution,
                )
        parts = [Rows(found.new_samples()), Rows(found.stale()), Rows(found.orphaned())]
        if not lazy:
            return Increment(*[nw.from_native(part.to_polars(), eager_only=True) for part in parts])

        def make_input() -> nw.LazyFrame[Any] | None:
            increment = ReferenceStore.resolve_update(
                self,
                feature,
                samples=samples,
                filters=filters,
                global_filters=global_filters,
                lazy=True,
                target_filters=target_filters,
                skip_comparison=skip_comparison,
            )
            return increment.input

        new, stale, orphaned = map(lazy_frame, parts)
        return _NativeLazyIncrement(new, stale, orphaned, found.input_progress, make_input)

    def _fallback_views(self, parents: Sequence[str], stack: ExitStack) -> list[_native.Store]:
        """Views of the fallback stores, if a parent is not in this store; they are open until `stack` ends."""
        if not parents or not self.fallback_stores:
            return []
        own = self._view()
        if all(self._has_table(own, parent) for parent in parents):
            return []
        views = []
        for store in self.fallback_stores:
            if not isinstance(store, LanceDBMetadataStore) or store.fallback_stores:
                raise _NotNativeError("a fallback store of another kind")
            stack.enter_context(store)
            views.append(store._view())
        return views

    def calculate_input_progress(self, lazy_increment: LazyIncrement, feature_key: Any) -> float | None:
        if isinstance(lazy_increment, _NativeLazyIncrement):
            return lazy_increment.input_progress
        return super().calculate_input_progress(lazy_increment, feature_key)

    # ---- read

    def read(self, feature: Any, **kwargs: Any) -> Any:
        return self._run(
            "read", lambda: self._read(feature, **kwargs), lambda: ReferenceStore.read(self, feature, **kwargs)
        )

    def _read(
        self,
        feature: Any,
        *,
        feature_version: str | None = None,
        filters: Sequence[nw.Expr] | None = None,
        columns: Sequence[str] | None = None,
        allow_fallback: bool = True,
        with_feature_history: bool = False,
        with_sample_history: bool = False,
        include_soft_deleted: bool = False,
        with_store_info: bool = False,
    ) -> Any:
        self._check_open()
        key = self._resolve_feature_key(feature)
        if self._is_system_table(key):
            raise _NotNativeError("a system table")
        if MetaxyConfig.get(_allow_default_config=True).sync:
            sync_external_features(self)
        if feature_version is not None and not with_feature_history:
            raise _NotNativeError("a version without history, which is a mistake")
        current_graph().get_feature_plan(key)
        view = self._view()
        if self.fallback_stores and allow_fallback and not self._has_table(view, key.to_string()):
            raise _NotNativeError("a feature that only fallback stores have")
        with execution_of("read", None) as execution:
            rows = view.read(
                key.to_string(),
                filters=[translate(condition) for condition in filters or ()],
                columns=list(columns or ()),
                feature_version=feature_version,
                allow_fallback=False,
                with_feature_history=with_feature_history,
                with_sample_history=with_sample_history,
                include_soft_deleted=include_soft_deleted,
                execution=execution,
            )
        frame = lazy_frame(Rows(rows))
        return (frame, self) if with_store_info else frame

    # ---- write

    def write(
        self, feature: Any, df: Any, materialization_id: str | None = None, preserve_feature_version: bool = False
    ) -> None:
        self._run(
            "write",
            lambda: self._write(feature, df, materialization_id, preserve_feature_version),
            lambda: ReferenceStore.write(self, feature, df, materialization_id, preserve_feature_version),
        )

    def _write(self, feature: Any, df: Any, materialization_id: str | None, preserve_feature_version: bool) -> None:
        self._check_write_mode()
        key = self._resolve_feature_key(feature)
        if self._is_system_table(key):
            raise _NotNativeError("a system table")
        if self._soft_delete_in_progress:
            raise _NotNativeError("rows that are marked as deleted")
        frame = _polars_of(df)
        if METAXY_PROVENANCE not in frame.columns and METAXY_PROVENANCE_BY_FIELD in frame.columns:
            if self._resolve_feature_plan(key).deps:
                MetaxyColumnMissingWarning.warn_on_missing_column(
                    expected=METAXY_PROVENANCE,
                    df=nw.from_native(frame),
                    message=(
                        "It should have been created by a prior `MetadataStore.resolve_update` call. "
                        f"Re-creating it from `{METAXY_PROVENANCE_BY_FIELD}` Did you drop it on the way?"
                    ),
                )
        view = self._view(write=True)
        with self._shared_transaction_timestamp() as time, execution_of("write", None) as execution:
            view.write(
                key.to_string(),
                frame,
                materialization_id=materialization_id,
                preserve_feature_version=preserve_feature_version,
                time=microseconds(time),
                execution=execution,
            )

    # ---- delete

    def delete(
        self,
        feature: Any,
        filters: Sequence[nw.Expr] | nw.Expr | None,
        *,
        soft: bool = True,
        with_feature_history: bool = False,
        with_sample_history: bool = False,
    ) -> None:
        options = {
            "soft": soft,
            "with_feature_history": with_feature_history,
            "with_sample_history": with_sample_history,
        }
        self._run(
            "delete",
            lambda: self._delete(feature, filters, **options),
            lambda: ReferenceStore.delete(self, feature, filters, **options),
        )

    def _delete(self, feature: Any, filters: Sequence[nw.Expr] | nw.Expr | None, **options: bool) -> None:
        self._check_write_mode()
        key = self._resolve_feature_key(feature)
        if self._is_system_table(key):
            raise _NotNativeError("a system table")
        if self._transaction_timestamp is not None:
            raise _NotNativeError("a deletion within a transaction")
        conditions = [filters] if isinstance(filters, nw.Expr) else list(filters or ())
        view = self._view(write=True)
        if self.fallback_stores and not self._has_table(view, key.to_string()):
            raise _NotNativeError("a feature that only fallback stores have")
        with execution_of("delete", None) as execution:
            view.delete(
                key.to_string(),
                filters=[translate(condition) for condition in conditions],
                execution=execution,
                **options,
            )


def _polars_of(frame: Any) -> pl.DataFrame:
    """A Polars frame that was given, by itself or by Narwhals."""
    native = nw.to_native(frame, pass_through=True)
    if isinstance(native, pl.LazyFrame):
        return native.collect()
    if isinstance(native, pl.DataFrame):
        return native
    raise _NotNativeError(f"a frame of {type(native).__module__.split('.')[0]}")


# By this name configurations and pickles find them.
for _class in (LanceDBMetadataStore, LanceDBMetadataStoreConfig):
    _class.__module__ = "metaxy_cpp"

__all__ = ["LanceDBMetadataStore", "LanceDBMetadataStoreConfig", "NativeCalls"]
