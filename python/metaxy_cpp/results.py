"""What operations of a store report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from metaxy_cpp.errors import MetaxyError


class WriteResult(NamedTuple):
    """What a write has done.

    Attributes:
        rows: The number of rows written.
        version: The version of the table that has them; None where a server does not tell.
    """

    rows: int
    version: int | None


class CopyResult(NamedTuple):
    """What a copy has done."""

    features_copied: int
    rows_copied: int


class PushResult(NamedTuple):
    """What a push has recorded.

    Attributes:
        project_version: The version of the project.
        already_pushed: Whether it was recorded before.
        updated_features: Features whose definition was recorded anew although the version was known.
    """

    project_version: str
    already_pushed: bool
    updated_features: list[str]


@dataclass(frozen=True)
class PromotedFeature:
    """What a promotion has done, or would do, with the samples of a feature.

    Attributes:
        feature: Its key.
        added: Samples of which the target has no row.
        replaced: Samples of which the target has an earlier row.
        deleted: Samples that the branch has deleted.
        unchanged: Samples of which the target has the same data version already; deleted ones that it does not have.
        conflicts: Samples of which the target has another row, which is later.
    """

    feature: str
    added: int
    replaced: int
    deleted: int
    unchanged: int
    conflicts: int


@dataclass(frozen=True)
class FeatureStatus:
    """How far a feature is in a store.

    Attributes:
        feature: Its key.
        feature_version: Its current version.
        is_root: Whether it depends on nothing, so that there is nothing to compare it with.
        exists: Whether a store of the chain has a table of it.
        rows: Its samples under the current version.
        new: Samples that are to be computed, failed ones included.
        stale: Samples that are to be computed again, failed ones included.
        orphaned: Rows whose sample is gone.
        failed: Of the new and stale samples, those of which a failure is recorded.
        input_progress: Percentage of the inputs that have been processed at least once.
        error: What kept the status from being known; the numbers do not count then.
    """

    feature: str
    feature_version: str = ""
    is_root: bool = False
    exists: bool = False
    rows: int = 0
    new: int = 0
    stale: int = 0
    orphaned: int = 0
    failed: int = 0
    input_progress: float | None = None
    error: MetaxyError | None = None

    @property
    def needs_update(self) -> bool:
        """Whether anything is new, stale or orphaned."""
        return self.error is None and bool(self.new or self.stale or self.orphaned)


Figures = dict[str, Any]
"""Figures by their names."""

__all__ = ["CopyResult", "FeatureStatus", "PromotedFeature", "PushResult", "WriteResult"]
