"""The one process that commits what workers have written."""

from __future__ import annotations

import logging
import time
import uuid
from typing import Any

import pyarrow as pa
from ray.util import metrics

from metaxy_cpp.graph import key_text
from metaxy_cpp.ray.fragments import TaskResult, unpack
from metaxy_cpp.ray.reports import WriteReport

logger = logging.getLogger("metaxy_cpp.ray")


class Committer:
    """Collects what tasks have written, and commits it with write ids of its own. Used by one thread of the driver.

    Each result is given once: Ray hands out that of the attempt of a task that it counts, and files of the others are
    never committed.
    """

    def __init__(self, store: Any, feature: Any, write_id: str | None, materialization_id: str | None) -> None:
        self._store = store
        self._feature = key_text(feature)
        self._write_id = write_id or uuid.uuid4().hex
        self._materialization_id = materialization_id
        self._pending = TaskResult()
        self._last = time.monotonic()
        self.report = WriteReport()
        tags = {"feature": self._feature}
        self._rows_metric = _counter("metaxy_rows_committed", "Rows that were committed", tags)
        self._failed_metric = _counter("metaxy_samples_failed", "Samples whose failure was recorded", tags)

    def add(self, result: TaskResult) -> None:
        """Takes what one task has written."""
        self._pending.fragments.extend(result.fragments)
        self._pending.rows += result.rows
        self._pending.failures.extend(result.failures)
        self._pending.failed += result.failed

    def commit_if_due(self, rows: int, seconds: float) -> None:
        """Commits if so many rows are waiting, or for so long."""
        if self._pending.rows >= rows or time.monotonic() - self._last >= seconds:
            self.commit()

    def commit(self) -> None:
        """Commits what is waiting, and records what has failed. What cannot be committed stays waiting: the next call
        takes up the same commit again."""
        self._commit_rows()
        self._record_failures()
        self._last = time.monotonic()

    def _commit_rows(self) -> None:
        if not self._pending.fragments:
            return
        write_id = f"{self._write_id}-{len(self.report.commits)}" if self.report.commits else self._write_id
        rows, version = self._store.commit_fragments(self._feature, self._pending.fragments, write_id)
        if rows != self._pending.rows:
            raise AssertionError(f"{rows} of {self._pending.rows} rows were committed as write '{write_id}'")
        logger.info("committed %d rows of '%s' as write '%s', version %s", rows, self._feature, write_id, version)
        self.report.rows += rows
        self.report.commits.append(version)
        self.report.write_ids.append(write_id)
        self._rows_metric.inc(rows)
        self._pending.fragments = []
        self._pending.rows = 0

    def _record_failures(self) -> None:
        if not self._pending.failures:
            return
        tables = [unpack(data) for data in self._pending.failures]
        failed = pa.concat_tables(tables, promote_options="permissive")
        self._store.failures.record(self._feature, failed, materialization_id=self._materialization_id)
        logger.warning("recorded %d failures of '%s'", failed.num_rows, self._feature)
        self.report.failed += failed.num_rows
        self._failed_metric.inc(failed.num_rows)
        self._pending.failures = []
        self._pending.failed = 0


def _counter(name: str, description: str, tags: dict[str, str]) -> metrics.Counter:
    counter = metrics.Counter(name, description=description, tag_keys=tuple(tags))
    counter.set_default_tags(tags)
    return counter


__all__ = ["Committer"]
