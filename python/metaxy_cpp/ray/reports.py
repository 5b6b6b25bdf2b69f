"""What a distributed write or update has done."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class WriteReport:
    """What has become of the rows: each was written, or recorded as failed.

    Attributes:
        rows: Rows that are committed.
        failed: Samples whose failure is recorded; none unless `on_error="record"`.
        commits: The versions of the feature's table that have the rows, in order.
        write_ids: The ids of these commits, for `Store.find_write`.
    """

    rows: int = 0
    failed: int = 0
    commits: list[int | None] = field(default_factory=list)
    write_ids: list[str] = field(default_factory=list)


__all__ = ["WriteReport"]
