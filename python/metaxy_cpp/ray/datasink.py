"""A sink of Ray Data that commits once."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from ray.data import Datasink
from ray.data.block import BlockAccessor

from metaxy_cpp.execution import execution_of
from metaxy_cpp.graph import key_text
from metaxy_cpp.ray.committer import Committer
from metaxy_cpp.ray.fragments import FragmentWriter, OnError, TaskResult, check_on_error, check_writable
from metaxy_cpp.ray.reports import WriteReport
from metaxy_cpp.ray.worker_stores import worker_store

logger = logging.getLogger("metaxy_cpp.ray")


class MetaxyDatasink(Datasink[TaskResult]):
    """Writes a dataset to a feature: `dataset.write_datasink(MetaxyDatasink("video/embedding", store))`.

    Workers write files, and the driver commits them in one commit when all are there: readers see all rows or none. A
    task that is repeated doubles nothing. An exception fails the job, and nothing is written; with `on_error="record"`
    rows that the store refuses are recorded as failures of their samples, and the others are written.

    Args:
        feature: The feature.
        store: A store that is open for writing until the job has ended, native or drop-in.
        write_id: An id of your own for the commit. A job with the id of a commit that was made writes nothing again:
            a job that ended without an answer may be repeated.
        on_error: "raise" or "record".
        materialization_id: Written with the rows, instead of the store's own.

    Raises:
        UnsupportedError: The store is on a LanceDB server, which writes its files itself.

    Attributes:
        report: What was written; None before the job has ended.
    """

    report: WriteReport | None

    def __init__(
        self,
        feature: Any,
        store: Any,
        *,
        write_id: str | None = None,
        on_error: OnError = "raise",
        materialization_id: str | None = None,
    ) -> None:
        self._feature = key_text(feature)
        self._store: Any = store
        self._write_id = write_id
        self._materialization_id = materialization_id
        self._writer = FragmentWriter(worker_store(store, feature), check_on_error(on_error), materialization_id)
        self.report = None
        check_writable(store, feature)

    def __getstate__(self) -> dict[str, Any]:
        # Workers have a store of their own; the driver's stays with it.
        return {**self.__dict__, "_store": None}

    def write(self, blocks: Iterable[Any], ctx: Any) -> TaskResult:
        """In a worker: writes the blocks of one task."""
        del ctx
        return self._writer.write(BlockAccessor.for_block(block).to_arrow() for block in blocks)

    def on_write_complete(self, write_result: Any) -> None:
        """In the driver: commits what all tasks have written."""
        committer = Committer(self._store, self._feature, self._write_id, self._materialization_id)
        if self._write_id is not None:
            committed = self._committed(self._write_id)
            if committed is not None:
                logger.info(
                    "write '%s' of '%s' was committed before; nothing is written", self._write_id, self._feature
                )
                self.report = WriteReport(commits=[committed], write_ids=[self._write_id])
                return
        for result in write_result.write_returns:
            committer.add(result)
        committer.commit()
        self.report = committer.report

    def _committed(self, write_id: str) -> int | None:
        """The version of the table that has the rows of an earlier job of this id."""
        with self._store._access() as native, execution_of("look", None) as execution:
            return native.find_write(self._feature, write_id, 0, execution)

    def on_write_failed(self, error: Exception) -> None:
        """In the driver. Nothing is committed; the files are removed with other leftovers."""
        logger.error("nothing was written to '%s': %s", self._feature, error)

    def get_name(self) -> str:
        return f"Metaxy({self._feature})"


__all__ = ["MetaxyDatasink"]
