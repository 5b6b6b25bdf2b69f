"""The LanceDB store of the Python package metaxy, by this engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import narwhals as nw
from metaxy.config import MetaxyConfig
from metaxy.ext.lancedb import LanceDBMetadataStore as ReferenceStore
from metaxy.ext.lancedb.metadata_store import LanceDBMetadataStoreConfig as ReferenceConfig
from metaxy.metadata_store.exceptions import FeatureNotFoundError, SystemDataNotFoundError
from metaxy.metadata_store.warnings import MetaxyColumnMissingWarning
from metaxy.models.constants import (
    METAXY_DATA_VERSION,
    METAXY_DATA_VERSION_BY_FIELD,
    METAXY_PROVENANCE,
    METAXY_PROVENANCE_BY_FIELD,
)
from metaxy.models.feature import current_graph
from metaxy.utils.external_features import sync_external_features
from metaxy.versioning.types import Increment, LazyIncrement

from metaxy_cpp import _native, errors
from metaxy_cpp.arguments import microseconds
from metaxy_cpp.engine_store import EngineStore
from metaxy_cpp.execution import execution_of
from metaxy_cpp.failures import FailurePolicy, policy_of
from metaxy_cpp.fallback_chain import ForeignParents, chain_of
from metaxy_cpp.given_frames import Frame, narwhals_of, table_of_frame, warn_of_polars, with_utc
from metaxy_cpp.lazy_frames import conversion_of, lazy_frame
from metaxy_cpp.lazy_increment import NativeLazyIncrement, eager_increment, lazy_increment
from metaxy_cpp.map_columns import maps_enabled
from metaxy_cpp.narwhals_filters import NotTranslatable, translate
from metaxy_cpp.native_calls import NativeCalls, NotNativeError, RefusedError
from metaxy_cpp.rows import Rows


class LanceDBMetadataStoreConfig(ReferenceConfig):
    """The configuration of a `metaxy_cpp.LanceDBMetadataStore`: that of the Python package's LanceDB store."""


class LanceDBMetadataStore(EngineStore):
    """A drop-in for `metaxy.ext.lancedb.LanceDBMetadataStore`: the same arguments, methods and tables.

    `resolve_update`, `read`, `write` and `delete` run in the C++ engine. What it cannot do (a deletion by a filter that
    it does not know, ...) is left to the Python package; `native_calls` counts both.

    Beside what the Python package has:

    - `failures`, `catch_errors`, `snapshots` and `promote_from`, as in `Store`.
    - `resolve_update(..., failures="include" | "skip" | "retry" | RetryPolicy(...))`, with a fourth part of the
      increment, `failed`.
    - `fallback="overlay"` and `delta="auto" | "off" | "verify"` as arguments of the store, or under
      `[ext.cpp.stores.NAME]` in `metaxy.toml`; and there `memory_limit`, `maintenance` and
      `allow_unconditional_writes`.
    """

    @classmethod
    def config_model(cls) -> type[LanceDBMetadataStoreConfig]:
        return LanceDBMetadataStoreConfig

    # ---- resolve_update

    def resolve_update(self, feature: Any, **kwargs: Any) -> Any:
        return self._run(
            "resolve_update",
            lambda: self._resolve(feature, **kwargs),
            lambda: ReferenceStore.resolve_update(self, feature, **kwargs),
            only=self._only_here(kwargs.get("failures")),
        )

    def _only_here(self, failures: FailurePolicy | None = None) -> str | None:
        """What a call needs that the Python package does not know."""
        if self._is_overlay:
            return "overlays"
        return None if failures in (None, "include") else "failures"

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
        failures: FailurePolicy = "include",
        **others: Any,
    ) -> Increment | LazyIncrement:
        del others  # As in the Python package.
        key, plan = self._plan_of(feature, with_samples=samples is not None)
        given = None if samples is None else narwhals_of(samples)
        own_filters = {self._resolve_feature_key(other): list(own) for other, own in (filters or {}).items()}
        everywhere = list(global_filters or ())
        with ExitStack() as stack:
            parents = ForeignParents(versioning_engine or self._versioning_engine)
            conditions = {parent.key: own_filters.get(parent.key, []) for parent in plan.deps or []}
            if given is not None:
                warn_of_polars(given, f"`{METAXY_PROVENANCE}` will be calculated in Polars.")
                conditions = {}
            view = self._with_parents(conditions, everywhere, parents, stack)
            read_before = {parent for parent, _ in parents.tables}
            with execution_of("resolve", None) as execution:
                found = view.resolve_update(
                    key.to_string(),
                    samples=None if given is None else table_of_frame(given),
                    parents=parents.tables,
                    filters=[
                        (other.to_string(), _translated(own))
                        for other, own in own_filters.items()
                        if other.to_string() not in read_before
                    ],
                    global_filters=_translated(everywhere),
                    target_filters=_translated(target_filters),
                    staleness_predicates=_translated(staleness_predicates),
                    skip_comparison=skip_comparison,
                    failures=policy_of(failures),
                    delta=None,
                    execution=execution,
                )
        if not lazy:
            return eager_increment(found)
        make_input = self._input_later(
            feature,
            samples=samples,
            filters=filters,
            global_filters=global_filters,
            target_filters=target_filters,
            skip_comparison=skip_comparison,
        )
        return lazy_increment(found, make_input)

    def _input_later(self, feature: Any, **asked: Any) -> Callable[[], nw.LazyFrame[Any] | None]:
        """What the Python package would give as the input of this call, whenever somebody looks at it: the store may be
        closed by then, and another graph active."""
        graph, config = current_graph(), MetaxyConfig.get(_allow_default_config=True)

        def make_input() -> nw.LazyFrame[Any] | None:
            with config.use(), graph.use(), self:
                return ReferenceStore.resolve_update(self, feature, lazy=True, **asked).input

        return make_input

    def _plan_of(self, feature: Any, *, with_samples: bool) -> tuple[Any, Any]:
        """The key and the plan of a feature that is to be resolved."""
        self._check_open()
        if MetaxyConfig.get(_allow_default_config=True).sync:
            sync_external_features(self)
        key = self._resolve_feature_key(feature)
        if self._is_system_table(key):
            raise RefusedError("a system table")
        plan = current_graph().get_feature_plan(key)
        if not with_samples and not plan.deps:
            raise RefusedError("a root feature without samples, which is a mistake")
        return key, plan

    def _with_parents(
        self,
        conditions: Mapping[Any, list[nw.Expr]],
        everywhere: list[nw.Expr],
        parents: ForeignParents,
        stack: ExitStack,
    ) -> _native.Store:
        """The view on which a resolve runs: with the fallback stores that have the parents with these conditions."""
        if self._is_overlay:
            return self._overlaid(stack)
        stores = self._find_parents(conditions, everywhere, parents, stack) if conditions else []
        return self._view(fallback_stores=stores)

    def _find_parents(
        self,
        conditions: Mapping[Any, list[nw.Expr]],
        everywhere: list[nw.Expr],
        parents: ForeignParents,
        stack: ExitStack,
    ) -> list[_native.Store]:
        """Views of the fallback stores that have parents which this store lacks; they are open until `stack` ends. What
        the engine cannot read, or not filter, is added to `parents`."""
        own = self._view()
        views: dict[int, _native.Store] = {}
        chain = list(chain_of(self)) if self.fallback_stores else []
        for parent, filters in conditions.items():
            name = parent.to_string()
            if not chain or self._has_table(own, name):
                if not _is_translatable(filters):
                    parents.add(parent, self.read(parent, filters=[*filters, *everywhere], allow_fallback=False))
                continue
            for place, store in enumerate(chain):
                if not isinstance(store, LanceDBMetadataStore) or not _is_translatable(filters):
                    if parents.find(store, parent, [*filters, *everywhere]):
                        break
                    continue
                if place not in views:
                    stack.enter_context(store)
                    view = store._view()
                else:
                    view = views[place]
                if self._has_table(view, name):
                    views[place] = view
                    break
        return [views[place] for place in sorted(views)]

    def calculate_input_progress(self, lazy_increment: LazyIncrement, feature_key: Any) -> float | None:
        if isinstance(lazy_increment, NativeLazyIncrement):
            return lazy_increment.input_progress
        return super().calculate_input_progress(lazy_increment, feature_key)

    # ---- read

    def read(self, feature: Any, **kwargs: Any) -> Any:
        return self._run(
            "read",
            lambda: self._read(feature, **kwargs),
            lambda: ReferenceStore.read(self, feature, **kwargs),
            only=self._only_here(),
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
        is_system = self._is_system_table(key)
        if not is_system and MetaxyConfig.get(_allow_default_config=True).sync:
            sync_external_features(self)
        if not with_feature_history and (is_system or feature_version is not None):
            raise RefusedError("a version without history, which is a mistake")
        if not is_system:
            current_graph().get_feature_plan(key)
        view = self._view()
        history = {
            "with_feature_history": with_feature_history,
            "with_sample_history": with_sample_history,
            "include_soft_deleted": include_soft_deleted,
        }
        overlay = self._is_overlay and allow_fallback and not is_system
        fallbacks = self.fallback_stores if allow_fallback and not is_system and not overlay else []
        if fallbacks and not self._has_table(view, key.to_string()):
            return self._read_fallback(
                key,
                feature_version=feature_version,
                filters=filters,
                columns=columns,
                with_store_info=with_store_info,
                **history,
            )
        known = [condition for condition in filters or () if _is_translatable([condition])]
        others = [condition for condition in filters or () if not _is_translatable([condition])]
        try:
            with ExitStack() as stack, execution_of("read", None) as execution:
                rows = (self._overlaid(stack) if overlay else view).read(
                    key.to_string(),
                    filters=_translated(known),
                    columns=[] if others else list(columns or ()),
                    feature_version=None if is_system else feature_version,
                    allow_fallback=overlay,
                    execution=execution,
                    **history,
                )
        except errors.FeatureNotFoundError as error:
            if not is_system:
                raise
            raise self._system_data_not_found(key) from error
        frame = _frame_of(Rows(rows))
        if others:  # Conditions that the engine does not know; Polars does.
            frame = frame.filter(*others).select(columns or nw.all())
        return (frame, self) if with_store_info else frame

    def _system_data_not_found(self, key: Any) -> SystemDataNotFoundError:
        return SystemDataNotFoundError(
            f"System Metaxy data with key {key} is missing in {self}. Invoke `metaxy push` before attempting to read "
            "system data."
        )

    def _read_fallback(self, key: Any, **options: Any) -> Any:
        """Rows of a feature that this store does not have."""
        for store in self.fallback_stores:
            if not isinstance(store, LanceDBMetadataStore):
                raise NotNativeError("a feature that may be in a fallback store of another kind")
            try:
                with store:
                    return store.read(key, **options)
            except FeatureNotFoundError:
                continue
        raise FeatureNotFoundError(f"Feature {key.to_string()} not found in store or fallback stores")

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
        if self._soft_delete_in_progress:
            raise NotNativeError("rows that are marked as deleted")
        frame = narwhals_of(df)
        if self._is_system_table(key):
            with execution_of("write", None) as execution:
                self._view(write=True).append_system_rows(key.to_string(), table_of_frame(frame), execution)
            return
        self._warn_of_missing_columns(key, frame)
        frame = with_utc(frame)
        view = self._view(write=True)
        with self._shared_transaction_timestamp() as time, execution_of("write", None) as execution:
            view.write(
                key.to_string(),
                table_of_frame(frame),
                materialization_id=materialization_id,
                preserve_feature_version=preserve_feature_version,
                time=microseconds(time),
                write_id=None,
                execution=execution,
            )

    def _warn_of_missing_columns(self, key: Any, frame: Frame) -> None:
        columns = frame.collect_schema().names()
        if METAXY_PROVENANCE_BY_FIELD not in columns:
            return
        if METAXY_PROVENANCE not in columns:
            if self._resolve_feature_plan(key).deps:
                MetaxyColumnMissingWarning.warn_on_missing_column(
                    expected=METAXY_PROVENANCE,
                    df=frame,
                    message=(
                        "It should have been created by a prior `MetadataStore.resolve_update` call. "
                        f"Re-creating it from `{METAXY_PROVENANCE_BY_FIELD}` Did you drop it on the way?"
                    ),
                )
            warn_of_polars(frame, f"`{METAXY_PROVENANCE}` will be calculated in Polars.")
        elif METAXY_DATA_VERSION_BY_FIELD in columns and METAXY_DATA_VERSION not in columns:
            warn_of_polars(frame, f"`{METAXY_DATA_VERSION}` will be calculated in Polars.")

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
            only=self._only_here(),
        )

    def _delete(self, feature: Any, filters: Sequence[nw.Expr] | nw.Expr | None, **options: bool) -> None:
        self._check_write_mode()
        key = self._resolve_feature_key(feature)
        if self._is_system_table(key):
            raise NotNativeError("a system table")
        if self._transaction_timestamp is not None:
            raise NotNativeError("a deletion within a transaction")
        conditions = [filters] if isinstance(filters, nw.Expr) else list(filters or ())
        view = self._view(write=True)
        overlay = self._is_overlay
        if self.fallback_stores and not overlay and not self._has_table(view, key.to_string()):
            raise NotNativeError("a feature that only fallback stores have")
        with ExitStack() as stack, execution_of("delete", None) as execution:
            (self._overlaid(stack, write=True) if overlay else view).delete(
                key.to_string(),
                filters=_translated(conditions),
                execution=execution,
                **options,
            )


def _frame_of(rows: Rows) -> nw.LazyFrame[Any]:
    return lazy_frame(rows, conversion_of(rows, maps=maps_enabled()))


def _translated(filters: Sequence[nw.Expr] | None) -> list[_native.Expression]:
    return [translate(condition) for condition in filters or ()]


def _is_translatable(filters: Sequence[nw.Expr]) -> bool:
    try:
        _translated(filters)
    except NotTranslatable:
        return False
    return True


# By this name configurations and pickles find them.
for _class in (LanceDBMetadataStore, LanceDBMetadataStoreConfig):
    _class.__module__ = "metaxy_cpp"

__all__ = ["LanceDBMetadataStore", "LanceDBMetadataStoreConfig", "NativeCalls"]
