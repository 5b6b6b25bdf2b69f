"""What native and drop-in stores have beside the operations of the Python package's stores."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from metaxy_cpp.arguments import (
    FeatureFilters,
    Features,
    Filters,
    feature_filter_texts,
    feature_texts,
    filter_texts,
)
from metaxy_cpp.attempts import Attempts, Caught
from metaxy_cpp.execution import execution_of
from metaxy_cpp.failures import FailurePolicy, Failures, policy_of
from metaxy_cpp.graph import FeatureKeyLike, key_text
from metaxy_cpp.increment import FailedCounts, IncrementCounts
from metaxy_cpp.native_access import NativeAccess
from metaxy_cpp.parted import PartOutcome, PlannedTable, ResolvePlan
from metaxy_cpp.results import PromotedFeature, WriteResult
from metaxy_cpp.rows import ArrowStreamable, Rows, table_of
from metaxy_cpp.snapshots import Snapshots


class StoreParts(NativeAccess):
    """Failures, snapshots, promotion, and what many processes do together: resolves in parts, reads in slices, writes
    in two steps."""

    @property
    def failures(self) -> Failures:
        """The samples that could not be computed: recorded, read and cleared."""
        return Failures(self)

    @property
    def snapshots(self) -> Snapshots:
        """Names for exactly the rows that features have now."""
        return Snapshots(self)

    def catch_errors(
        self,
        feature: FeatureKeyLike,
        rows: Any,
        *,
        catch: Caught = Exception,
        materialization_id: str | None = None,
        timeout: float | None = None,
    ) -> Attempts:
        """Records what is raised while the samples of a feature are computed, each by itself: the other samples go on.

            with store.catch_errors("transcript", store.resolve_update("transcript", failures="retry")) as attempts:
                for attempt in attempts:
                    with attempt as row:
                        row["text"] = transcribe(row["path"])
            store.write("transcript", attempts.results())

        The same with a function of a row: `store.write("transcript", attempts.map(transcribe_row))` within the block.
        An exception is recorded with the name of its class as the kind, and its text as the message: all of them in
        one commit at the end of the block, also if it is left by an exception that is not caught, such as
        `KeyboardInterrupt`. Needs pyarrow.

        Args:
            feature: The feature.
            rows: An increment, whose new and stale samples are meant; or a part of one, as any table or a list of
                dicts.
            catch: What is recorded, a class derived from `Exception` or several; all else ends the block.
            materialization_id: Recorded with the failures, instead of the store's own.
            timeout: Seconds that recording may take.

        Raises:
            StoreNotOpenError: The store is not open for writing. At the beginning of the block, as whatever else
                would keep failures from being recorded.
            MetadataSchemaError: The rows lack an id column or `metaxy_provenance`.
        """
        return Attempts(self.failures, feature, rows, catch, materialization_id, timeout)

    def write_fragments(
        self,
        feature: FeatureKeyLike,
        rows: ArrowStreamable,
        *,
        materialization_id: str | None = None,
        write_id: str | None = None,
        timeout: float | None = None,
    ) -> bytes:
        """The first half of a write by many processes: checks rows and writes them to files of the feature's table, as
        `write` does, but commits nothing: no read sees them. Gives what `commit_fragments` takes, in any process. The
        table is created empty if there is none. Files that are never committed are removed with other leftovers.

        Args:
            feature: The feature.
            rows: Any table; see `ArrowStreamable`.
            materialization_id: Written with the rows, instead of the store's own.
            write_id: That of the write to which they belong, if it is known already.
            timeout: Seconds that the call may take.

        Raises:
            UnsupportedError: The store is on a LanceDB server.
            MetaxyError: Whatever `write` raises.
        """
        with self._access(write=True) as store, execution_of("write", timeout) as execution:
            return store.write_fragments(
                key_text(feature),
                table_of(rows),
                materialization_id=materialization_id,
                preserve_feature_version=False,
                time=None,
                write_id=write_id,
                execution=execution,
            )

    def commit_fragments(
        self, feature: FeatureKeyLike, fragments: Sequence[bytes], write_id: str, *, timeout: float | None = None
    ) -> WriteResult:
        """The second half: makes the rows of several `write_fragments` visible, in one commit. Idempotent: what was
        committed with this `write_id` since the fragments were written is not committed again, and the result is that
        of the first time.

        Raises:
            InvalidInputError: Fragments are damaged, of another feature or write, gone, or in the table already.
            FeatureNotFoundError: The table was dropped.
            CommitStateUnknownError: It is not known whether it was committed; call it again with the same id.
        """
        with self._access(write=True) as store, execution_of("commit", timeout) as execution:
            return WriteResult(*store.commit_fragments(key_text(feature), list(fragments), write_id, execution))

    def read_slice(self, slice: bytes, columns: Sequence[str] | None = None, *, timeout: float | None = None) -> Rows:
        """The rows of `Increment.slice`, in any process that has the same definitions: from the versions of the tables
        that were resolved, whatever was written since.

        Args:
            slice: What `slice` has given.
            columns: Only these, id columns and those of metaxy; all if None. Others are not read.
            timeout: Seconds that the call and the reading of the rows may take together.

        Raises:
            InvalidInputError: The bytes are damaged, of another version of the feature, or of another store.
            TableNotFoundError: A table was dropped, or its version removed, since: resolve again.
            MetadataSchemaError: There is no such column.
        """
        with self._access() as store, execution_of("read", timeout) as execution:
            return Rows(store.read_slice(slice, None if columns is None else list(columns), execution))

    def plan_resolve(
        self,
        feature: FeatureKeyLike,
        parts: int,
        *,
        filters: FeatureFilters = None,
        global_filters: Filters = None,
        target_filters: Filters = None,
        staleness_predicates: Filters = None,
        skip_comparison: bool = False,
        failures: FailurePolicy = "include",
        timeout: float | None = None,
    ) -> ResolvePlan:
        """The first step of a resolve that is spread over processes, each with a store of the same options and
        definitions; no row is looked at. Then, in any process and any order: `scan_part` for each fragment of each
        table, `exchange_part` for each part of the tables that are exchanged, `compare_part` for each part. Together
        they find what `resolve_update` finds, of the versions of the tables of this call.

        Args:
            feature: The feature.
            parts: The number of parts. One has to fit into the memory of a process, some hundred bytes a row.
            filters, global_filters, target_filters, staleness_predicates, skip_comparison, failures: As of
                `resolve_update`.
            timeout: Seconds that the call may take.

        Raises:
            UnsupportedError: The rows are of an overlay, a snapshot or a LanceDB server.
            MetaxyError: Whatever `resolve_update` raises.
        """
        with self._access() as store, execution_of("plan", timeout) as execution:
            data, tables = store.plan_resolve(
                key_text(feature),
                parts,
                filters=feature_filter_texts(filters),
                global_filters=filter_texts(global_filters),
                target_filters=filter_texts(target_filters),
                staleness_predicates=filter_texts(staleness_predicates),
                skip_comparison=skip_comparison,
                failures=policy_of(failures),
                execution=execution,
            )
        return ResolvePlan(data, [PlannedTable(*table) for table in tables], parts)

    def scan_part(
        self, plan: bytes, table: int, fragments: Sequence[int], *, timeout: float | None = None
    ) -> list[bytes]:
        """Reads what is compared of some fragments of a table, by their numbers in the plan: a block for each part."""
        with self._access() as store, execution_of("scan", timeout) as execution:
            return store.scan_part(plan, table, list(fragments), execution)

    def exchange_part(
        self, plan: bytes, table: int, part: int, blocks: Sequence[bytes], *, timeout: float | None = None
    ) -> list[bytes]:
        """Brings the rows of one part of a table to the parts of their join keys: a block for each part. `blocks` are
        those of this part of all scans."""
        with self._access() as store, execution_of("exchange", timeout) as execution:
            return store.exchange_part(plan, table, part, list(blocks), execution)

    def compare_part(
        self,
        plan: bytes,
        part: int,
        blocks: Sequence[Sequence[bytes]],
        *,
        most_rows: int = 1 << 20,
        timeout: float | None = None,
    ) -> PartOutcome:
        """Compares one part. `blocks`, by table, are those of this part of all scans or exchanges; slices have at most
        `most_rows` rows.

        Raises:
            InvalidInputError: A block is damaged, of another plan, table or part, missing, or there twice.
        """
        with self._access() as store, execution_of("compare", timeout) as execution:
            numbers, *slices = store.compare_part(plan, part, [list(table) for table in blocks], most_rows, execution)
        new, stale, orphaned, failed, failed_stale, expected, existing = numbers
        return PartOutcome(
            IncrementCounts(new, stale, orphaned),
            FailedCounts(failed - failed_stale, failed_stale),
            expected,
            existing,
            *slices,
        )

    def promote_from(
        self,
        source: NativeAccess,
        features: Features = None,
        *,
        conflicts: str = "refuse",
        dry_run: bool = False,
        timeout: float | None = None,
    ) -> list[PromotedFeature]:
        """Copies what a branch has made: the latest rows of the current feature versions that `source` itself has,
        deletions included, without those that this store has already. Tells what was done, parents first.

        Args:
            source: An open store: the branch.
            features: Only these; all of the project if None.
            conflicts: What happens to samples of which this store has a later row with other data: "refuse" writes
                nothing at all, "keep" leaves them, "overwrite" replaces them.
            dry_run: Only look; this store may be open for reading.
            timeout: Seconds that the call may take; features that were promoted before stay.

        Raises:
            InvalidInputError: There are conflicts, and they are to be refused.
        """
        with (
            source._access() as branch,
            self._access(write=not dry_run) as store,
            execution_of("promote", timeout) as execution,
        ):
            text = store.promote(
                branch,
                features=feature_texts(features),
                conflicts=conflicts,
                dry_run=dry_run,
                execution=execution,
            )
        return [PromotedFeature(**promoted) for promoted in json.loads(text)]


__all__ = ["StoreParts"]
