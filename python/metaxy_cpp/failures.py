"""Samples that could not be computed: recorded, read and cleared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, NamedTuple, Union

from metaxy_cpp import _native, errors
from metaxy_cpp.arguments import Features, feature_texts
from metaxy_cpp.execution import execution_of
from metaxy_cpp.graph import FeatureKeyLike, key_text
from metaxy_cpp.native_access import NativeAccess
from metaxy_cpp.rows import ArrowStreamable, Rows, table_of

Kind = Union[str, type[BaseException]]
"""A kind of failure: a word, or an exception class, whose name is the kind under which `catch_errors` records it."""


@dataclass(frozen=True)
class RetryPolicy:
    """When a sample that has failed is retried.

    Attributes:
        max_attempts: Attempts before a sample is given up, the first one included.
        first_wait: Pause after the first failed attempt, in seconds or as a `timedelta`.
        backoff: By how much the pause grows with every further attempt; at least 1.
        max_wait: The longest pause.
        never_retry: Kinds of failures, or exception classes, that no further attempt can mend. Classes count by their
            name: a class derived from one of them is another kind.
    """

    max_attempts: int = 3
    first_wait: float | timedelta = 0.0
    backoff: float = 2.0
    max_wait: float | timedelta = timedelta(days=1)
    never_retry: Sequence[Kind] = ()


FailurePolicy = Union[Literal["include", "skip", "retry"], RetryPolicy]
"""What a resolve does with samples that have failed: "include" them as if nothing had happened, "skip" them, or "retry"
those that may be retried by a `RetryPolicy` (by the default one for the word)."""


class ClearedFailures(NamedTuple):
    """What was forgotten.

    Attributes:
        failures: Failures, as rows of `Failures.read`.
        attempts: Attempts that had been recorded for them.
    """

    failures: int
    attempts: int


def policy_of(failures: FailurePolicy) -> _native.FailurePolicy:
    """What the library is given for the argument `failures` of a resolve."""
    if failures == "retry":
        failures = RetryPolicy()
    if isinstance(failures, RetryPolicy):
        return _native.FailurePolicy.retry(
            max_attempts=failures.max_attempts,
            first_wait=_seconds(failures.first_wait),
            backoff=failures.backoff,
            max_wait=_seconds(failures.max_wait),
            never_retry=_kinds(failures.never_retry),
        )
    if failures == "skip":
        return _native.FailurePolicy.skip()
    if failures == "include":
        return _native.FailurePolicy.include()
    raise errors.InvalidInputError(f"failures is {failures!r}; it is 'include', 'skip', 'retry' or a RetryPolicy")


def _seconds(time: float | timedelta) -> float:
    return time.total_seconds() if isinstance(time, timedelta) else time


def _kinds(kinds: Sequence[Kind]) -> list[str]:
    kinds = [kinds] if isinstance(kinds, str | type) else kinds
    return [kind.__name__ if isinstance(kind, type) else kind for kind in kinds]


class Failures:
    """The samples that could not be computed, as a store has them in a system table. From `store.failures`.

    Any number of writers may record and clear at once: no attempt is lost or doubled. A failure belongs to what was
    tried: when inputs or code change, the sample is simply new or stale again. When a row of it is written, its
    failures are gone.
    """

    def __init__(self, store: NativeAccess) -> None:
        self._store = store

    def record(
        self,
        feature: FeatureKeyLike,
        rows: ArrowStreamable,
        *,
        kind: str | None = None,
        message: str | None = None,
        materialization_id: str | None = None,
        dry_run: bool = False,
        timeout: float | None = None,
    ) -> int:
        """Records, in one commit, one failed attempt for each sample in `rows`, and gives the number of attempts.
        `Store.catch_errors` does it for what a function raises.

        Args:
            feature: The feature.
            rows: Rows of an increment. Columns `metaxy_failure_kind`, `metaxy_failure_message`,
                `metaxy_failure_attempts` and `metaxy_failed_at` say of each row why, how often and when it failed;
                all of them may be missing.
            kind: Of rows that have none of their own.
            message: The same.
            materialization_id: Instead of the store's own.
            dry_run: Only find out what would be wrong.
            timeout: Seconds that the call may take.

        Raises:
            MetadataSchemaError: An id column or `metaxy_provenance` is missing, or ids are not of the type of the
                feature's samples.
            StoreNotOpenError: The store is not open for writing.
        """
        with self._store._access(write=not dry_run) as store, execution_of("record failures", timeout) as execution:
            return store.record_failures(
                key_text(feature),
                table_of(rows),
                kind=kind,
                message=message,
                materialization_id=materialization_id,
                dry_run=dry_run,
                execution=execution,
            )

    def read(
        self,
        features: Features = None,
        *,
        kinds: Kind | Sequence[Kind] = (),
        filters: Any = None,
        timeout: float | None = None,
    ) -> Rows:
        """The failures that were recorded and not cleared since, of some features (of all if none are named) and kinds:
        a row per sample and provenance, with what was recorded of the last attempt.

        Columns: `feature_key`, `metaxy_feature_version`, `ids` (a JSON object), `metaxy_provenance`,
        `metaxy_failure_kind`, `metaxy_failure_message`, `metaxy_materialization_id`, `metaxy_failure_attempts`,
        `metaxy_first_failed_at`, `metaxy_failed_at`; before them, if one feature is named, its id columns. `filters`
        are conditions on these."""
        with self._store._access() as store, execution_of("read failures", timeout) as execution:
            return Rows(store.read_failures(**self._selection(features, kinds, filters), execution=execution))

    def clear(
        self,
        features: Features = None,
        *,
        kinds: Kind | Sequence[Kind] = (),
        filters: Any = None,
        timeout: float | None = None,
    ) -> ClearedFailures:
        """Forgets failures, those that `read` gives, so that their samples are retried. What others record
        meanwhile stays."""
        with self._store._access(write=True) as store, execution_of("clear failures", timeout) as execution:
            selection = self._selection(features, kinds, filters)
            return ClearedFailures(*store.clear_failures(**selection, execution=execution))

    def _selection(self, features: Any, kinds: Any, filters: Any) -> dict[str, Any]:
        return {
            "features": feature_texts(features) or [],
            "kinds": _kinds(kinds),
            "filters": self._store._conditions(filters),
        }


__all__ = ["ClearedFailures", "FailurePolicy", "Failures", "Kind", "RetryPolicy"]
