"""What reads of a store: finding out what has to be done, and the rows that are there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from metaxy_cpp.arguments import FeatureFilters, Filters, feature_filter_texts, filter_texts
from metaxy_cpp.errors import FeatureNotFoundError, MetaxyError
from metaxy_cpp.execution import ExecutionOptions, ProgressFunction, execution_of
from metaxy_cpp.failures import FailurePolicy, policy_of
from metaxy_cpp.graph import FeatureKeyLike, key_text
from metaxy_cpp.increment import Increment
from metaxy_cpp.lifecycle import OpenStore
from metaxy_cpp.results import FeatureStatus, Figures
from metaxy_cpp.rows import ArrowStreamable, Rows, table_of


class ReadableStore(OpenStore):
    """The operations that change nothing."""

    def resolve_update(
        self,
        feature: FeatureKeyLike,
        *,
        samples: ArrowStreamable | None = None,
        parents: Mapping[FeatureKeyLike, ArrowStreamable] | None = None,
        filters: FeatureFilters = None,
        global_filters: Filters = None,
        target_filters: Filters = None,
        staleness_predicates: Filters = None,
        skip_comparison: bool = False,
        failures: FailurePolicy = "include",
        delta: str | None = None,
        timeout: float | None = None,
        execution: ExecutionOptions | None = None,
        progress: bool | ProgressFunction | None = None,
    ) -> Increment:
        """Finds the samples of a feature that are new, stale or orphaned.

        Args:
            feature: The feature to update.
            samples: Rows with `metaxy_provenance_by_field`. A feature without dependencies needs them; for another one
                they replace its parents.
            parents: Rows of parents that are kept elsewhere, as `read` gives them, in the place of their tables.
            filters: Conditions on the rows of parents, or of the feature itself.
            global_filters: Conditions on the rows of all parents and of the feature.
            target_filters: Conditions on the rows of the feature alone.
            staleness_predicates: Stored rows for which any of these holds are stale.
            skip_comparison: Everything is new; nothing is compared.
            failures: "include": samples that have failed are new or stale like all others. "skip": they are in the part
                `failed`. "retry" or a `RetryPolicy`: they are there unless they may be retried.
            delta: Whether to use what an earlier resolve has found, if no row has changed since: "auto", "off", or
                "verify", which compares the answers; the store's setting if None. See `Increment.report`.
            timeout: Seconds that the call and the reading of its rows may take together.
            execution: Limits.
            progress: A function that is called with a `Progress` now and then, or whether to show a bar; if None, a
                bar is shown on a terminal, by tqdm or rich if one of them is installed.

        Raises:
            FeatureNotInGraphError: There is no such feature.
            FeatureNotFoundError: A parent has no table.
            InvalidInputError: A feature without dependencies needs `samples`.
            FilterParseError: A condition is not valid.
        """
        with execution_of("resolve", timeout, execution, progress) as native_execution:
            return Increment(
                self._native.resolve_update(
                    key_text(feature),
                    samples=None if samples is None else table_of(samples),
                    parents=[(key_text(parent), table_of(rows)) for parent, rows in (parents or {}).items()],
                    filters=feature_filter_texts(filters),
                    global_filters=filter_texts(global_filters),
                    target_filters=filter_texts(target_filters),
                    staleness_predicates=filter_texts(staleness_predicates),
                    skip_comparison=skip_comparison,
                    failures=policy_of(failures),
                    delta=delta,
                    execution=native_execution,
                )
            )

    def status(
        self, features: Sequence[FeatureKeyLike] | None = None, *, timeout: float | None = None
    ) -> list[FeatureStatus]:
        """How far features are, all of the graph if none are named, parents first. What goes wrong with one is part of
        its status."""
        keys = self.graph.sorted_features() if features is None else [key_text(feature) for feature in features]
        return [self._status_of(key, timeout) for key in keys]

    def _status_of(self, feature: str, timeout: float | None) -> FeatureStatus:
        try:
            try:
                rows = self.count(feature, timeout=timeout)
                exists = True
            except FeatureNotFoundError:
                rows = 0
                exists = False
            graph = self.graph
            version = graph.feature_version(feature)
            if not graph.parents(feature):
                return FeatureStatus(feature, version, is_root=True, exists=exists, rows=rows)
            increment = self.resolve_update(feature, failures="skip", timeout=timeout, progress=False)
        except MetaxyError as error:
            return FeatureStatus(feature, error=error)
        counts, failed = increment.counts, increment.failed_counts
        return FeatureStatus(
            feature,
            version,
            exists=exists,
            rows=rows,
            new=counts.new + failed.new,
            stale=counts.stale + failed.stale,
            orphaned=counts.orphaned,
            failed=sum(failed),
            input_progress=increment.input_progress,
        )

    def compute_provenance(
        self, feature: FeatureKeyLike, rows: ArrowStreamable, *, timeout: float | None = None
    ) -> Rows:
        """Computes the version columns of rows that were joined elsewhere, to be given to `resolve_update` as samples.
        For each parent `a/b` they need its `metaxy_data_version_by_field`, renamed to
        `metaxy_data_version_by_field__a_b`; these columns are taken away."""
        with execution_of("compute provenance", timeout) as execution:
            return Rows(self._native.compute_provenance(key_text(feature), table_of(rows), execution))

    def read(
        self,
        feature: FeatureKeyLike,
        *,
        filters: Filters = None,
        columns: Sequence[str] = (),
        feature_version: str | None = None,
        allow_fallback: bool = True,
        with_feature_history: bool = False,
        with_sample_history: bool = False,
        include_soft_deleted: bool = False,
        timeout: float | None = None,
        execution: ExecutionOptions | None = None,
        progress: bool | ProgressFunction | None = False,
    ) -> Rows:
        """The rows of a feature: the latest row of every sample, of the current version, without deleted ones.

        Rows that are taken a second time are those that the store has then, and the store must be open for that.

        Args:
            feature: The feature.
            filters: Conditions on the latest rows.
            columns: Exactly these columns, in this order; all if there are none.
            feature_version: A version to read instead of the current one; needs `with_feature_history`.
            allow_fallback: Whether fallback stores are asked for a feature of which this store has no table.
            with_feature_history: Also rows of other versions of the feature.
            with_sample_history: Also rows that later writes have replaced.
            include_soft_deleted: Also rows that are marked as deleted.
            timeout: Seconds that the call and the reading of its rows may take together.
            execution: Limits.
            progress: As in `resolve_update`.

        Raises:
            FeatureNotFoundError: No store of the chain has a table of the feature.
            MetadataSchemaError: There is no such column.
        """
        with execution_of("read", timeout, execution, progress) as native_execution:
            return Rows(
                self._native.read(
                    key_text(feature),
                    filters=filter_texts(filters),
                    columns=list(columns),
                    feature_version=feature_version,
                    allow_fallback=allow_fallback,
                    with_feature_history=with_feature_history,
                    with_sample_history=with_sample_history,
                    include_soft_deleted=include_soft_deleted,
                    execution=native_execution,
                )
            )

    def count(
        self,
        feature: FeatureKeyLike,
        *,
        filters: Filters = None,
        feature_version: str | None = None,
        allow_fallback: bool = True,
        with_feature_history: bool = False,
        with_sample_history: bool = False,
        include_soft_deleted: bool = False,
        timeout: float | None = None,
        execution: ExecutionOptions | None = None,
    ) -> int:
        """The number of rows that `read` gives, without fetching them."""
        with execution_of("count", timeout, execution) as native_execution:
            return self._native.count_rows(
                key_text(feature),
                filters=filter_texts(filters),
                feature_version=feature_version,
                allow_fallback=allow_fallback,
                with_feature_history=with_feature_history,
                with_sample_history=with_sample_history,
                include_soft_deleted=include_soft_deleted,
                execution=native_execution,
            )

    def find_write(
        self, feature: FeatureKeyLike, write_id: str, *, since_version: int = 0, timeout: float | None = None
    ) -> int | None:
        """The version of a feature's table that has the rows of the write which had this `write_id`; None if it was not
        committed. For a write that ended in `CommitStateUnknownError`, or with its process. Versions up to
        `since_version` are not looked at; each of the others costs a request.

        Raises:
            CorruptTableError: A version after `since_version` was pruned, and the write is not in a later one.
        """
        with execution_of("look", timeout) as execution:
            return self._native.find_write(key_text(feature), write_id, since_version, execution)

    def has_feature(
        self, feature: FeatureKeyLike, *, check_fallback: bool = False, timeout: float | None = None
    ) -> bool:
        """Whether the store has a table of a feature."""
        with execution_of("look", timeout) as execution:
            return self._native.has_feature(key_text(feature), check_fallback, execution)

    def store_metadata(
        self, feature: FeatureKeyLike, *, check_fallback: bool = True, timeout: float | None = None
    ) -> dict[str, Any]:
        """Which store of the chain a feature is read from: name, kind and place, without credentials."""
        with execution_of("look", timeout) as execution:
            return json.loads(self._native.store_metadata(key_text(feature), check_fallback, execution))

    def tables(self, *, timeout: float | None = None) -> list[str]:
        """The names of all tables of this store."""
        with execution_of("list", timeout) as execution:
            return self._native.list_tables(execution)

    def table_statistics(self, table: str, *, timeout: float | None = None) -> Figures:
        """Figures of a table: rows, fragments, bytes, versions, ...; None for what a server does not tell."""
        with execution_of("statistics", timeout) as execution:
            return json.loads(self._native.table_statistics(table, execution))


__all__ = ["ReadableStore"]
