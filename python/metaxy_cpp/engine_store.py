"""A store of the Python package metaxy with the engine under it: its life, and what runs where."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import narwhals as nw
from metaxy.config import MetaxyConfig
from metaxy.ext.lancedb import LanceDBMetadataStore as ReferenceStore
from metaxy.models.feature import current_graph

from metaxy_cpp import _native, errors
from metaxy_cpp.execution import execution_of
from metaxy_cpp.forks import is_forked_child, own_engine, refuse_forked_child
from metaxy_cpp.logs import log_to_logging, native_log
from metaxy_cpp.map_columns import maps_enabled
from metaxy_cpp.narwhals_filters import NotTranslatable, translate
from metaxy_cpp.native_calls import NativeCalls, NotNativeError, RefusedError
from metaxy_cpp.reference_errors import as_reference
from metaxy_cpp.reference_graph import GraphCache
from metaxy_cpp.store_parts import StoreParts

T = TypeVar("T")

_MOST_VIEWS = 64


class EngineStore(StoreParts, ReferenceStore):
    """The Python package's LanceDB store, which connects the engine when that is needed.

    Attributes:
        native_calls: How many calls ran in the engine.
    """

    native_calls: NativeCalls

    def __init__(self, *args: Any, fallback: str | None = None, delta: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._settings_table = _settings_of(self.name)
        settings = self._settings()
        self._memory_limit = settings.memory_limit
        self._fallback = _one_of("fallback", fallback or settings.fallback, "feature", "overlay")
        self._delta = _one_of("delta", delta or settings.delta, "auto", "off", "verify")
        self._reset()
        self.native_calls = NativeCalls()

    def _reset(self) -> None:
        self._reader: _native.Store | None = None
        self._writer: _native.Store | None = None
        self._views: dict[tuple[Any, ...], tuple[_native.Store, object]] = {}
        self._graphs = GraphCache()

    def _settings(self) -> _native.StoreSettings:
        return _native.StoreSettings.parse(self._settings_table, self.name or "")

    def _open(self, mode: Any) -> None:
        super()._open(mode)
        # The engine connects when it is needed.
        self._reset()

    def _make_native(self, mode: str) -> _native.Store:
        graph = _native.Graph.parse([], "", MetaxyConfig.get().hash_truncation_length, False)
        settings = self._settings()
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
            memory_limit=self._memory_limit,
            allow_unconditional_writes=settings.allow_unconditional_writes,
            sync=False,
            maintenance=settings.maintenance,
            fallback="feature",
            delta=self._delta,
            on_log=native_log(log_to_logging),
        )
        with execution_of("open", None) as execution:
            store.open(mode, execution)
        return store

    def _connected(self, mode: str) -> _native.Store:
        """The engine's store, for reading or for writing. What reads is not closed with this store: lazy frames may be
        collected later."""
        # The Python package could only hang there: the threads of Polars, too, are in the parent.
        refuse_forked_child()
        store = self._writer if mode == "write" else self._reader
        if store is None:
            own_engine()
            try:
                store = self._make_native(mode)
            except errors.InvalidConfigError as error:
                # LanceDB's own client is less strict.
                raise NotNativeError(f"connect_kwargs that the engine does not take: {error}") from error
            if mode == "write":
                self._writer = store
            else:
                self._reader = store
        return store

    def _close(self) -> None:
        writer = None if is_forked_child() else self._writer
        self._reader = None
        self._writer = None
        self._views = {}
        super()._close()
        if writer is not None:
            with as_reference(), execution_of("close", None) as execution:
                writer.close(execution)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        for name in ("_reader", "_writer", "_views", "_graphs", "native_calls"):
            state.pop(name, None)
        if state.get("_conn") is not None:
            state.update(_conn=None, _is_open=False, _mode_stack=[], _exit_stack=[])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._reset()
        self.native_calls = NativeCalls()

    @property
    def _is_overlay(self) -> bool:
        return self._fallback == "overlay"

    def _view(
        self, *, write: bool = False, fallback_stores: Sequence[_native.Store] = (), fallback: str = "feature"
    ) -> _native.Store:
        """The store under the graph and the settings of this moment."""
        self._check_open()
        store = self._connected("write" if write else "read")
        config = MetaxyConfig.get(_allow_default_config=True)
        maps = maps_enabled()
        graph = current_graph()
        try:
            native = self._graphs.get(graph, config.hash_truncation_length)
        except (ValueError, TypeError) as error:
            raise NotNativeError(f"a graph that the engine does not take: {error}") from error
        key = (id(native), config.project, self._materialization_id, maps, write, fallback, *map(id, fallback_stores))
        if key not in self._views:
            if len(self._views) >= _MOST_VIEWS:
                self._views.pop(next(iter(self._views)))
            view = store.view(
                native,
                project=config.project or "",
                enable_map_datatype=maps,
                materialization_id=self._materialization_id,
                memory_limit=self._memory_limit,
                fallback_stores=list(fallback_stores),
                fallback=fallback,
                delta=self._delta,
                on_log=native_log(log_to_logging),
            )
            # What the key names stays, so that nothing else gets its place in memory.
            self._views[key] = (view, (native, fallback_stores))
        return self._views[key][0]

    def _overlaid(self, stack: ExitStack, *, write: bool = False) -> _native.Store:
        """The store with its fallback stores under it, which are open until `stack` ends."""
        views = []
        for store in self.fallback_stores:
            if not isinstance(store, EngineStore):
                raise NotNativeError("an overlay over a store of another kind")
            stack.enter_context(store)
            views.append(store._overlaid(stack))
        return self._view(write=write, fallback_stores=views, fallback=self._fallback)

    @contextmanager
    def _access(self, *, write: bool = False) -> Iterator[_native.Store]:
        if write:
            self._check_write_mode()
        try:
            with as_reference():
                yield self._view(write=write)
        except (NotTranslatable, NotNativeError) as reason:
            raise errors.UnsupportedError(f"the engine cannot do this: {reason}") from reason

    def _conditions(self, filters: Any) -> list[_native.Condition]:
        given = [] if filters is None else [filters] if isinstance(filters, str | nw.Expr) else list(filters)
        return [condition if isinstance(condition, str) else translate(condition) for condition in given]

    def _run(self, name: str, native: Callable[[], T], reference: Callable[[], T], only: str | None = None) -> T:
        """Runs a method in the engine where that can do it, else as the Python package does. `only` names what that
        does not know."""
        try:
            with as_reference():
                result = native()
        except (NotTranslatable, NotNativeError) as reason:
            if only is not None and not isinstance(reason, RefusedError):
                raise errors.UnsupportedError(
                    f"{name} cannot be left to the Python package, which knows no {only}: {reason}"
                ) from reason
            self.native_calls.reference[name] += 1
            self.native_calls.reasons[f"{name}: {reason}"] += 1
            return reference()
        self.native_calls.native[name] += 1
        return result

    def _has_table(self, store: _native.Store, feature: str) -> bool:
        with execution_of("look", None) as execution:
            return store.has_feature(feature, False, execution)


def _one_of(option: str, value: str, *values: str) -> str:
    if value in values:
        return value
    raise errors.InvalidConfigError(f"{option} is {value!r}; it is one of {', '.join(map(repr, values))}")


def _settings_of(name: str | None) -> str:
    """`[ext.cpp.stores.NAME]` of the configuration, which the Python package keeps without a look at it, as JSON."""
    cpp = MetaxyConfig.get(_allow_default_config=True).ext.get("cpp")
    stores = getattr(cpp, "stores", None)
    return json.dumps(stores.get(name, {}) if isinstance(stores, dict) else {}, default=str)


__all__ = ["EngineStore"]
