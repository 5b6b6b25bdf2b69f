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


class Increment:
    """The samples of a feature that are new, stale or orphaned.

    It knows which rows these are; what is in them is fetched when they are taken, from the versions of the tables that
    were compared. It may be used after its store was closed.

    Attributes:
        new: Samples of which the feature has no row yet.
        stale: Samples whose inputs or code have changed.
        orphaned: Rows of the feature whose sample is gone.
    """

    new: Rows
    stale: Rows
    orphaned: Rows

    def __init__(self, native: _native.LazyUpdate) -> None:
        self._native = native
        self.new = Rows(native.new_samples())
        self.stale = Rows(native.stale())
        self.orphaned = Rows(native.orphaned())

    @property
    def counts(self) -> IncrementCounts:
        """The number of rows of each part. Known since the increment was made: nothing is read."""
        return IncrementCounts(*self._native.counts)

    @property
    def input_progress(self) -> float | None:
        """Percentage of the inputs that have been processed at least once; None where there is no input."""
        return self._native.input_progress

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return any(self.counts)

    def __repr__(self) -> str:
        counts = self.counts
        return f"Increment(new={counts.new}, stale={counts.stale}, orphaned={counts.orphaned})"


__all__ = ["Increment", "IncrementCounts"]
