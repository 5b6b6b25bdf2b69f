"""What changes the tables of a store."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from metaxy_cpp.arguments import FeatureFilters, Filters, feature_filter_texts, filter_texts, microseconds
from metaxy_cpp.execution import execution_of
from metaxy_cpp.graph import FeatureKeyLike, key_text
from metaxy_cpp.lifecycle import OpenStore
from metaxy_cpp.results import CopyResult, Figures, PushResult, WriteResult
from metaxy_cpp.rows import ArrowStreamable, table_of


class WritableStore(OpenStore):
    """The operations that write, delete and look after tables."""

    def write(
        self,
        feature: FeatureKeyLike,
        rows: ArrowStreamable,
        *,
        materialization_id: str | None = None,
        preserve_feature_version: bool = False,
        time: datetime | None = None,
        write_id: str | None = None,
        timeout: float | None = None,
    ) -> WriteResult:
        """Appends rows, in one commit. The table is created by the first write, and follows the rows: columns that it
        lacks are added, columns that are too narrow are widened. Safe beside any other writers.

        Args:
            feature: The feature.
            rows: Any table; see `ArrowStreamable`.
            materialization_id: Written with the rows, instead of the store's own.
            preserve_feature_version: Keep `metaxy_feature_version` and `metaxy_project_version` of the rows.
            time: The time of the update (and of the creation, for rows that have none), for rows that shall have the
                same one in several tables; now if None.
            write_id: An id of your own, by which `find_write` finds out whether the write was made; no two writes of a
                feature may have the same one.
            timeout: Seconds that the write may take.

        Raises:
            StoreNotOpenError: The store is not open for writing.
            MetadataSchemaError: A column is missing, or has a type that cannot be stored.
            LossyCastError: A value does not fit the type of the stored column.
            CommitStateUnknownError: The write was left when it may have been committed.
        """
        with execution_of("write", timeout) as execution:
            return WriteResult(
                *self._native.write(
                    key_text(feature),
                    table_of(rows),
                    materialization_id=materialization_id,
                    preserve_feature_version=preserve_feature_version,
                    time=None if time is None else microseconds(time),
                    write_id=write_id,
                    execution=execution,
                )
            )

    def append_system_rows(self, table: str, rows: ArrowStreamable, *, timeout: float | None = None) -> WriteResult:
        """Appends rows as they are to a table of metaxy's own, such as "metaxy-system/feature_versions", which `read`
        gives as it is, too. For programs that keep definitions themselves; `push` needs none of this."""
        with execution_of("write", timeout) as execution:
            return WriteResult(*self._native.append_system_rows(table, table_of(rows), execution))

    def check_write(
        self,
        feature: FeatureKeyLike,
        rows: ArrowStreamable,
        *,
        preserve_feature_version: bool = False,
        timeout: float | None = None,
    ) -> None:
        """Raises what `write` would raise now for these rows; writes nothing. The store may be open for reading."""
        with execution_of("check", timeout) as execution:
            self._native.check_write(
                key_text(feature),
                table_of(rows),
                preserve_feature_version=preserve_feature_version,
                execution=execution,
            )

    def write_multi(
        self,
        rows: Mapping[FeatureKeyLike, ArrowStreamable],
        *,
        materialization_id: str | None = None,
        timeout: float | None = None,
    ) -> dict[str, WriteResult]:
        """Writes rows of several features, those that depend on others before these. All rows are checked before the
        first are written; if the store fails midway, the features written before stay written."""
        tables = [(key_text(feature), table_of(table)) for feature, table in rows.items()]
        with execution_of("write", timeout) as execution:
            results = self._native.write_multi(tables, materialization_id=materialization_id, execution=execution)
        return {feature: WriteResult(*result) for (feature, _), result in zip(tables, results, strict=True)}

    def delete(
        self,
        feature: FeatureKeyLike,
        filters: Filters = None,
        *,
        soft: bool = True,
        with_feature_history: bool = False,
        with_sample_history: bool = False,
        timeout: float | None = None,
    ) -> int:
        """Deletes the rows for which all conditions hold, all rows if there are none, and gives their number.

        A soft delete appends the rows again, marked as deleted. A hard one (`soft=False`) removes every matching row,
        older rows of a sample included, in one commit."""
        with execution_of("delete", timeout) as execution:
            return self._native.delete(
                key_text(feature),
                filters=filter_texts(filters),
                soft=soft,
                with_feature_history=with_feature_history,
                with_sample_history=with_sample_history,
                execution=execution,
            )

    def copy_from(
        self,
        source: OpenStore,
        features: Sequence[FeatureKeyLike] | None = None,
        *,
        filters: FeatureFilters = None,
        global_filters: Filters = None,
        with_feature_history: bool = True,
        with_sample_history: bool = False,
        timeout: float | None = None,
    ) -> CopyResult:
        """Copies rows of another open store, with their versions and times of creation. All features of the project
        if none are named; those of which `source` has no rows are skipped."""
        with execution_of("copy", timeout) as execution:
            return CopyResult(
                *self._native.copy(
                    source._native,
                    features=None if features is None else [key_text(feature) for feature in features],
                    filters=feature_filter_texts(filters),
                    global_filters=filter_texts(global_filters),
                    with_feature_history=with_feature_history,
                    with_sample_history=with_sample_history,
                    execution=execution,
                )
            )

    def drop(self, feature: FeatureKeyLike, *, timeout: float | None = None) -> None:
        """Removes the table of a feature, if there is one."""
        with execution_of("drop", timeout) as execution:
            self._native.drop(key_text(feature), execution)

    def rebase(
        self,
        feature: FeatureKeyLike,
        from_feature_version: str,
        *,
        to_feature_version: str | None = None,
        dry_run: bool = False,
        timeout: float | None = None,
    ) -> int:
        """Gives the samples whose latest row is of one version the provenance that they have under another, the current
        one if None, and gives the number of rows that were written (or would be looked at, with `dry_run`)."""
        with execution_of("rebase", timeout) as execution:
            return self._native.rebase_version(
                key_text(feature),
                from_feature_version=from_feature_version,
                to_feature_version=to_feature_version,
                dry_run=dry_run,
                execution=execution,
            )

    def compact(
        self,
        feature: FeatureKeyLike,
        *,
        keep_versions_for: int | None = None,
        keep_history: int | None = None,
        drop_deleted_older_than: int | None = None,
        dry_run: bool = False,
        timeout: float | None = None,
    ) -> Figures:
        """Merges the small files of a feature's table, removes its old versions (times are in seconds) and, if asked
        to, history; beside writers. Tells what was done."""
        with execution_of("compact", timeout) as execution:
            return json.loads(
                self._native.compact(
                    key_text(feature),
                    keep_versions_for=keep_versions_for,
                    keep_history=keep_history,
                    drop_deleted_older_than=drop_deleted_older_than,
                    dry_run=dry_run,
                    execution=execution,
                )
            )

    def push(
        self, project: str | None = None, *, tags: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> PushResult:
        """Records the definitions of a project's features, of the one project of the graph if none is named."""
        name = project or self._native.graph().project()
        with execution_of("push", timeout) as execution:
            return PushResult(*self._native.push(name, tags=list((tags or {}).items()), execution=execution))

    def graph_snapshots(self, project: str | None = None, *, timeout: float | None = None) -> list[Figures]:
        """All recorded versions of a project, or of all, the latest first: `project_version`, `recorded_at`
        (microseconds since 1970, UTC), `feature_count`."""
        with execution_of("snapshots", timeout) as execution:
            return json.loads(self._native.graph_snapshots(project, execution))


__all__ = ["WritableStore"]
