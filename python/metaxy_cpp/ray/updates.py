"""Resolve, compute, write: in one call, and resumable."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from ray.data import ActorPoolStrategy, TaskPoolStrategy

from metaxy_cpp.errors import InvalidInputError
from metaxy_cpp.ray.committer import Committer
from metaxy_cpp.ray.computation import Computation, MadeComputation
from metaxy_cpp.ray.fragments import FragmentWriter, OnError, TaskResult, check_on_error, check_writable
from metaxy_cpp.ray.increments import id_columns, read_increment
from metaxy_cpp.ray.reports import WriteReport
from metaxy_cpp.ray.worker_stores import worker_store

if TYPE_CHECKING:
    from ray.data import Dataset

_RESULT = "result"


def update(
    store: Any,
    feature: Any,
    fn: Callable[[Any], Any],
    *,
    concurrency: int | tuple[int, int] | None = None,
    num_gpus: float | None = None,
    batch_size: int | None = None,
    batch_format: str = "pyarrow",
    on_error: OnError = "raise",
    fn_constructor_kwargs: Mapping[str, Any] | None = None,
    columns: Sequence[str] | None = None,
    blocks: int | None = None,
    commit_rows: int = 1_000_000,
    commit_seconds: float = 300.0,
    materialization_id: str | None = None,
    ray_remote_args: Mapping[str, Any] | None = None,
    **resolve: Any,
) -> WriteReport:
    """Computes what is new or stale of a feature on the workers of a cluster, and writes it.

    `fn` is given batches of the increment and returns the computed columns, in the order of the rows; id columns and
    those of metaxy are added again. If it returns other rows (an expansion has more of them), they have to have these
    columns themselves. The driver commits what is there after every `commit_rows` rows or `commit_seconds` seconds and
    at the end, also if the job fails: a repeated call resolves again, and computes nothing that was committed.

    Args:
        store: A store that is open for writing, native or drop-in.
        feature: The feature.
        fn: A function, or a class whose objects are called: each actor makes one, with `fn_constructor_kwargs`.
        concurrency, num_gpus: Tasks, or actors, at a time, a pair for the least and most actors; GPUs for each.
        batch_size: Rows of a batch; if None, those of a block.
        batch_format: What `fn` takes: "pyarrow", "pandas", or "numpy", a dict of arrays.
        on_error: "raise": an exception fails the job. "record": a batch that raises is retried row by row, and
            rows that raise, or that the store refuses, are recorded as failures of their samples.
        fn_constructor_kwargs: Arguments for a class.
        columns: Columns that `fn` reads, besides id columns; all if None.
        blocks, commit_rows, commit_seconds: As in `read_increment`; when the driver commits, see above.
        materialization_id: Written with the rows, instead of the store's own.
        ray_remote_args: Further arguments of `ray.remote` for the tasks or actors, such as `num_cpus`.
        **resolve: Arguments of the store's `resolve_update`, such as `filters`, `samples` and `failures`.

    Raises:
        UnsupportedError: The store is on a LanceDB server, which writes its files itself.
        MetaxyError: What the store raises in the driver.
        ray.exceptions.RayTaskError: What is raised in a worker.
    """
    writer = FragmentWriter(worker_store(store, feature), check_on_error(on_error), materialization_id)
    check_writable(store, feature)
    increment = read_increment(store, feature, blocks=blocks, columns=columns, **resolve)
    remote = {"num_gpus": num_gpus, **(ray_remote_args or {})}
    computed = increment.map_batches(
        **_computation(fn, id_columns(store, feature), batch_format, on_error, fn_constructor_kwargs, concurrency),
        batch_size=batch_size,
        batch_format="pyarrow",
        **{name: value for name, value in remote.items() if value is not None},
    )
    committer = Committer(store, feature, None, materialization_id)
    _commit_all(computed, writer, committer, commit_rows, commit_seconds)
    return committer.report


def _commit_all(computed: Dataset, writer: FragmentWriter, committer: Committer, rows: int, seconds: float) -> None:
    """Commits what tasks have written, while others work."""
    results = computed.map_batches(_Write(writer), batch_format="pyarrow", batch_size=None)
    try:
        for batch in results.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
            for data in batch[_RESULT].to_pylist():
                committer.add(pickle.loads(data))
            committer.commit_if_due(rows, seconds)
    except BaseException as error:
        # What is computed is worth keeping.
        try:
            committer.commit()
        except Exception as failure:
            error.add_note(f"What was computed before could not be committed: {failure}")
        raise
    committer.commit()


def _computation(
    fn: Callable[[Any], Any],
    ids: Sequence[str],
    batch_format: str,
    on_error: OnError,
    kwargs: Mapping[str, Any] | None,
    concurrency: int | tuple[int, int] | None,
) -> dict[str, Any]:
    """The arguments of `map_batches` for a function or a class."""
    if not isinstance(fn, type):
        if isinstance(concurrency, tuple):
            raise InvalidInputError(
                f"concurrency is {concurrency}, a pair, which is for a class; give a function a number"
            )
        return {"fn": Computation(fn, ids, batch_format, on_error), "compute": TaskPoolStrategy(concurrency)}
    least, most = concurrency if isinstance(concurrency, tuple) else (concurrency or 1, concurrency or 1)
    return {
        "fn": MadeComputation,
        "compute": ActorPoolStrategy(min_size=least, max_size=most),
        "fn_constructor_kwargs": {
            "made_of": fn,
            "kwargs": dict(kwargs or {}),
            "ids": ids,
            "batch_format": batch_format,
            "on_error": on_error,
        },
    }


class _Write:
    """Writes the rows of a block, and gives a row that tells of it."""

    def __init__(self, writer: FragmentWriter) -> None:
        self._writer = writer
        self.__name__ = "write_fragments"

    def __call__(self, rows: pa.Table) -> pa.Table:
        result: TaskResult = self._writer.write([rows])
        return pa.table({_RESULT: pa.array([pickle.dumps(result)], pa.large_binary())})


__all__ = ["update"]
