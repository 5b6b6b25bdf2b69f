"""Snapshots: names for exactly the rows that features have at a moment."""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from metaxy_cpp import _native
from metaxy_cpp.arguments import Features, feature_texts
from metaxy_cpp.execution import execution_of
from metaxy_cpp.native_access import NativeAccess
from metaxy_cpp.reading import ReadableStore


@dataclass(frozen=True)
class SnapshotFeature:
    """A feature in a snapshot.

    Attributes:
        feature: Its key.
        feature_version: Its version by the definitions of the snapshot; None for a system table.
        table_version: The version of its table; None if it had none yet.
        rows: Rows of that version of the table, superseded ones included.
    """

    feature: str
    feature_version: str | None
    table_version: int | None
    rows: int


@dataclass(frozen=True)
class Snapshot:
    """A snapshot, as it was recorded.

    Attributes:
        name: Its name.
        created_at: When it was made, by the clock of the store.
        project: The project.
        project_version: The version of the project.
        features: What is in it, parents first; at the end the table of pushed definitions, if there was one.
    """

    name: str
    created_at: datetime
    project: str
    project_version: str
    features: tuple[SnapshotFeature, ...]


@dataclass(frozen=True)
class SnapshotDiff:
    """How the samples of a feature differ between two snapshots.

    Attributes:
        feature: Its key.
        in_first: Whether the first snapshot has a table of it.
        in_second: Whether the second one has.
        added: Samples that only the second has.
        removed: Samples that only the first has.
        changed: Samples with another data version.
        rewritten: Samples with the same data version in a row that was written at another time.
        other_id_columns: Whether the id columns are others, so that no sample of one is in the other.
    """

    feature: str
    in_first: bool
    in_second: bool
    added: int
    removed: int
    changed: int
    rewritten: int
    other_id_columns: bool


@dataclass(frozen=True)
class SnapshotFinding:
    """What is wrong with a snapshot, or left of one.

    Attributes:
        kind: "leftover", a tag without a snapshot: of a creation or deletion that was killed, or is under way; or
            "lost", a snapshot without one of its tags: a table was dropped, or somebody removed the tag.
        snapshot: The name.
        table: The table.
        tag: The tag.
        age: Since the snapshot was begun.
    """

    kind: str
    snapshot: str
    table: str
    tag: str
    age: timedelta


class SnapshotStore(ReadableStore):
    """A store as it was when a snapshot was made. From `Snapshots.open`."""

    def __init__(self, source: Callable[[], _native.Store]) -> None:
        self._prepare(source)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a store at a snapshot cannot be pickled; pickle its store, and open the snapshot of the copy")


class Snapshots:
    """The snapshots of a store. From `store.snapshots`.

    A snapshot is a version of every table, kept by a tag of Lance: compaction and pruning spare it. In it a feature is
    never newer than its parents. It is there as a whole or not at all, whenever a process is killed. Servers (`db://`)
    have none: `UnsupportedError`. Where there is no snapshot of a name, functions raise `SystemDataNotFoundError`.
    """

    def __init__(self, store: NativeAccess) -> None:
        self._store = store

    def create(self, name: str, features: Features = None, *, timeout: float | None = None) -> Snapshot:
        """Gives the current rows a name: letters, digits, `-`, `_` and single dots. Writers may run meanwhile.

        Args:
            name: The name.
            features: Exactly these, all of which must have a table in this store; if None, all of the graph.
            timeout: Seconds that the call may take; a snapshot that is stopped is not there.

        Raises:
            InvalidInputError: The name is not valid or taken, or no feature has a table yet.
            FeatureNotFoundError: A chosen feature has no table.
        """
        with self._store._access(write=True) as store, execution_of("snapshot", timeout) as execution:
            return _snapshot(store.create_snapshot(name, features=feature_texts(features), execution=execution))

    def list(self, *, timeout: float | None = None) -> builtins.list[Snapshot]:
        """All snapshots, the latest first."""
        with self._store._access() as store, execution_of("list", timeout) as execution:
            return [_snapshot(info) for info in store.list_snapshots(execution)]

    def get(self, name: str, *, timeout: float | None = None) -> Snapshot:
        """What is in a snapshot."""
        with self._store._access() as store, execution_of("look", timeout) as execution:
            return _snapshot(store.get_snapshot(name, execution))

    def open(self, name: str, *, timeout: float | None = None) -> SnapshotStore:
        """The store as it was, open for reading: with the rows, the definitions and the hash algorithm of the snapshot,
        without fallback stores. Whatever reads works on it, `resolve_update` included, and it can be copied from. It is
        open while this store is.

        Reading a feature that is not in the snapshot raises `FeatureNotFoundError`; one whose table was dropped since,
        or whose tag was removed, `TableNotFoundError`."""

        def make() -> _native.Store:
            with self._store._access() as store, execution_of("open", timeout) as execution:
                return store.open_snapshot(name, execution)

        return SnapshotStore(make)

    def diff(
        self, first: str, second: str | None = None, features: Features = None, *, timeout: float | None = None
    ) -> builtins.list[SnapshotDiff]:
        """Compares the samples of two snapshots, feature by feature, as `read` gives them; without `second`, those of a
        snapshot with those that the store has now. Tables that are the same are not read.

        Raises:
            InvalidInputError: A feature is in neither of them.
        """
        with self._store._access() as store, execution_of("diff", timeout) as execution:
            text = store.diff_snapshots(first, second, features=feature_texts(features), execution=execution)
        return [SnapshotDiff(**diff) for diff in json.loads(text)]

    def delete(self, name: str, *, timeout: float | None = None) -> None:
        """Removes a snapshot. Pruning then removes what only it needed."""
        with self._store._access(write=True) as store, execution_of("delete", timeout) as execution:
            store.delete_snapshot(name, execution)

    def check(self, *, timeout: float | None = None) -> builtins.list[SnapshotFinding]:
        """Tags without a snapshot, and snapshots without a tag."""
        with self._store._access() as store, execution_of("check", timeout) as execution:
            return [_finding(*found) for found in store.check_snapshots(execution)]

    def remove_leftovers(
        self, *, older_than: timedelta = timedelta(days=1), dry_run: bool = False, timeout: float | None = None
    ) -> builtins.list[SnapshotFinding]:
        """Removes what is left of creations and deletions that were killed, and gives it. Younger leftovers may belong
        to a snapshot that is being made."""
        seconds = int(older_than.total_seconds())
        with self._store._access(write=not dry_run) as store, execution_of("remove", timeout) as execution:
            found = store.remove_snapshot_leftovers(older_than=seconds, dry_run=dry_run, execution=execution)
        return [_finding(*each) for each in found]


def _snapshot(info: Any) -> Snapshot:
    name, created_at, project, project_version, features = info
    return Snapshot(
        name,
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=created_at),
        project,
        project_version,
        tuple(
            SnapshotFeature(feature, version or None, table_version, rows)
            for feature, version, table_version, rows in features
        ),
    )


def _finding(is_leftover: bool, snapshot: str, table: str, tag: str, age: int) -> SnapshotFinding:
    return SnapshotFinding("leftover" if is_leftover else "lost", snapshot, table, tag, timedelta(seconds=age))


__all__ = ["Snapshot", "SnapshotDiff", "SnapshotFeature", "SnapshotFinding", "SnapshotStore", "Snapshots"]
