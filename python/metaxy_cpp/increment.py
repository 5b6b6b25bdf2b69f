"""What has to be computed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from metaxy_cpp.rows import Rows

if TYPE_CHECKING:
    from metaxy_cpp import _native


class IncrementCounts(NamedTuple):
    """How many rows each part of an increment has."""

    new: int
    stale: int
    orphaned: int


class FailedCounts(NamedTuple):
    """How many samples would be new or stale, had they not failed."""

    new: int
    stale: int


class ResolveReport(NamedTuple):
    """How a resolve found its answer.

    Attributes:
        way: "delta", from what an earlier resolve has found, or "full", from the tables.
        reason: Why the tables were read in full; None if they were not.
        keys: Of the delta way: samples that were looked at again.
        rows_read: Rows of the tables that were read to find the answer.
    """

    way: str
    reason: str | None
    keys: int
    rows_read: int


class Increment:
    """The samples of a feature that are new, stale or orphaned.

    It knows which rows these are; what is in them is fetched when they are taken, from the versions of the tables that
    were compared. It may be used after its store was closed.

    Attributes:
        new: Samples of which the feature has no row yet.
        stale: Samples whose inputs or code have changed.
        orphaned: Rows of the feature whose sample is gone.
        failed: Samples that would be new or stale, had they not failed; none unless the resolve was told to look at
            failures.
    """

    new: Rows
    stale: Rows
    orphaned: Rows
    failed: Rows

    def __init__(self, native: _native.LazyUpdate) -> None:
        self._native = native
        self.new = Rows(native.new_samples())
        self.stale = Rows(native.stale())
        self.orphaned = Rows(native.orphaned())
        self.failed = Rows(native.failed())

    @property
    def counts(self) -> IncrementCounts:
        """The number of rows of each part. Known since the increment was made: nothing is read."""
        return IncrementCounts(*self._native.counts)

    @property
    def failed_counts(self) -> FailedCounts:
        """How many rows `failed` has."""
        return FailedCounts(*self._native.failed_counts)

    @property
    def report(self) -> ResolveReport:
        """How the answer was found."""
        delta, reason, keys, rows_read = self._native.report
        return ResolveReport("delta" if delta else "full", reason or None, keys, rows_read)

    @property
    def input_progress(self) -> float | None:
        """Percentage of the inputs that have been processed at least once; None if there are no inputs."""
        return self._native.input_progress

    def slice(self, part: str, begin: int, rows: int) -> bytes:
        """Some rows of a part ("new", "stale", "orphaned" or "failed"), for `Store.read_slice` in any process: where
        the rows are, in a few bytes for each; or the rows themselves where no other process would find them, as those
        of samples that were given. All slices of a part are its rows, each once.

        Args:
            part: The part.
            begin: The first row, from 0.
            rows: Their number.

        Raises:
            InvalidInputError: The part has no such rows.
        """
        return self._native.slice(part, begin, rows)

    def __bool__(self) -> bool:
        """Whether there is anything to do; what has failed is not."""
        return any(self.counts)

    def __repr__(self) -> str:
        counts = self.counts
        failed = sum(self.failed_counts)
        text = f"new={counts.new}, stale={counts.stale}, orphaned={counts.orphaned}"
        return f"Increment({text}{f', failed={failed}' if failed else ''})"


__all__ = ["FailedCounts", "Increment", "IncrementCounts", "ResolveReport"]
