"""Resolves that are spread over processes: what these hand to each other."""

from __future__ import annotations

from dataclasses import dataclass

from metaxy_cpp.increment import FailedCounts, IncrementCounts


@dataclass(frozen=True)
class PlannedTable:
    """A table that a resolve reads.

    Attributes:
        feature: Its feature.
        fragment_rows: Rows of each of its fragments, deleted ones included: what may be scanned by different
            processes.
        exchanged: Whether blocks of its scans go through `exchange_part` before they are compared.
    """

    feature: str
    fragment_rows: list[int]
    exchanged: bool


@dataclass(frozen=True)
class ResolvePlan:
    """What `plan_resolve` gives.

    Attributes:
        data: For any process: the versions of the tables, conditions and number of parts.
        tables: The tables that are scanned.
        parts: The number of parts that are compared.
    """

    data: bytes
    tables: list[PlannedTable]
    parts: int


@dataclass(frozen=True)
class PartOutcome:
    """What has to be done in one part. The counts of all parts add up to those of one resolve.

    Attributes:
        counts: The numbers of rows.
        failed_counts: Those of samples that have failed.
        expected_keys: Distinct input units.
        existing_keys: Those that have been processed at least once.
        new, stale, orphaned, failed: The rows, as slices for `read_slice`.
    """

    counts: IncrementCounts
    failed_counts: FailedCounts
    expected_keys: int
    existing_keys: int
    new: list[bytes]
    stale: list[bytes]
    orphaned: list[bytes]
    failed: list[bytes]


__all__ = ["PartOutcome", "PlannedTable", "ResolvePlan"]
