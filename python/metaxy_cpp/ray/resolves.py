"""A resolve on the workers of a cluster."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ray

from metaxy_cpp.increment import FailedCounts, IncrementCounts
from metaxy_cpp.parted import PartOutcome, ResolvePlan
from metaxy_cpp.ray.slices import IncrementSlice, read_slices
from metaxy_cpp.ray.worker_stores import WorkerStore, worker_store

if TYPE_CHECKING:
    from ray.data import Dataset

logger = logging.getLogger("metaxy_cpp.ray")

_RETRIES = 20
_SCANNED_ROWS = 4_000_000
_PART_ROWS = 4_000_000
_SLICE_ROWS = 100_000


@dataclass(frozen=True)
class DistributedIncrement:
    """What has to be done of a feature, from `resolve_update`.

    Attributes:
        counts: The numbers of rows that are new, stale and orphaned.
        failed_counts: Those of samples that have failed.
        input_progress: Percentage of the inputs that have been processed at least once; None if there are no inputs.
        shuffled_bytes: What went from task to task.
        scanned_rows: Rows of the tables that were read, superseded ones included.
    """

    counts: IncrementCounts
    failed_counts: FailedCounts
    input_progress: float | None
    shuffled_bytes: int
    scanned_rows: int
    _store: Any = field(repr=False)
    _feature: Any = field(repr=False)
    _slices: list[IncrementSlice] = field(repr=False)

    def read(self, *, columns: Sequence[str] | None = None) -> Dataset:
        """The new and stale rows as a dataset, as `read_increment` gives it: a task for each slice."""
        smallest = min(self._slices, key=lambda slice: slice.rows)
        sample = self._store.read_slice(smallest.data, columns).to_arrow()
        return read_slices(self._store, self._feature, self._slices, sample, columns)

    def __bool__(self) -> bool:
        return any(self.counts)


def resolve_update(
    store: Any,
    feature: Any,
    *,
    parts: int | None = None,
    scanned_rows: int = _SCANNED_ROWS,
    slice_rows: int = _SLICE_ROWS,
    ray_remote_args: dict[str, Any] | None = None,
    **resolve: Any,
) -> DistributedIncrement:
    """Finds the samples of a feature that are new, stale or orphaned on the workers of a cluster: for tables that one
    machine would take long to read. Whatever is found is what the store's own `resolve_update` finds.

    Tasks scan fragments of the tables and split them by hashes of their keys; others compare a part each. All of them
    see the versions of the tables of this call, and a task that is lost is repeated. The driver is told of rows in a
    few bytes each.

    Args:
        store: An open store, native or drop-in.
        feature: The feature; one with dependencies.
        parts: How many parts are compared, each by one task, in some hundred bytes of its memory for each row; by the
            number of rows and of processors if None.
        scanned_rows: Rows that a task scans, at least one fragment.
        slice_rows: Rows that a task of the dataset reads later.
        ray_remote_args: Further arguments of `ray.remote` for the tasks, such as `num_cpus`. A task whose worker is
            lost is repeated twenty times unless `max_retries` says otherwise.
        **resolve: `filters`, `global_filters`, `target_filters`, `staleness_predicates`, `skip_comparison` and
            `failures`, as of the store's `resolve_update`.

    Raises:
        UnsupportedError: Rows of an overlay, a snapshot or a LanceDB server are resolved in one process.
        MetaxyError: What the store raises in the driver.
        ray.exceptions.RayTaskError: What is raised in a worker.
    """
    here = worker_store(store, feature)
    if parts is None:
        # Nothing is read for this.
        sizes = store.plan_resolve(feature, 1, **resolve).tables
        rows = sum(sum(table.fragment_rows) for table in sizes)
        parts = max(-(-rows // _PART_ROWS), min(8, int(ray.cluster_resources().get("CPU", 1))))
    plan = store.plan_resolve(feature, parts, **resolve)
    outcomes, shuffled = _Resolve(
        plan, here, scanned_rows, slice_rows, {"max_retries": _RETRIES, **(ray_remote_args or {})}
    ).run()
    increment = _increment_of(outcomes, shuffled, plan, slice_rows, store, feature)
    logger.info("resolved '%s' in %d parts: %s", here.feature, parts, increment.counts)
    return increment


def _increment_of(
    outcomes: list[PartOutcome], shuffled: int, plan: ResolvePlan, slice_rows: int, store: Any, feature: Any
) -> DistributedIncrement:
    cut = [
        slice
        for outcome in outcomes
        for status, part, count in (
            ("new", outcome.new, outcome.counts.new),
            ("stale", outcome.stale, outcome.counts.stale),
        )
        for slice in _cut(part, status, count, slice_rows)
    ]
    expected = sum(outcome.expected_keys for outcome in outcomes)
    existing = sum(outcome.existing_keys for outcome in outcomes)
    return DistributedIncrement(
        IncrementCounts(*[sum(numbers) for numbers in zip(*[o.counts for o in outcomes], strict=True)]),
        FailedCounts(*[sum(numbers) for numbers in zip(*[o.failed_counts for o in outcomes], strict=True)]),
        existing / expected * 100 if expected else None,
        shuffled,
        sum(sum(table.fragment_rows) for table in plan.tables),
        store,
        feature,
        # One without rows tells the columns.
        [slice for slice in cut if slice.rows > 0] or cut[:1],
    )


def _cut(slices: list[bytes], status: str, count: int, most_rows: int) -> Iterator[IncrementSlice]:
    for number, data in enumerate(slices):
        yield IncrementSlice(data, status, min(most_rows, count - number * most_rows))


class _Resolve:
    """The tasks of one resolve."""

    def __init__(
        self, plan: ResolvePlan, store: WorkerStore, scanned_rows: int, slice_rows: int, remote: dict[str, Any]
    ) -> None:
        self._plan = plan
        self._scanned_rows = scanned_rows
        self._slice_rows = slice_rows
        # Sent once, and not with each task.
        self._data = ray.put(plan.data)
        self._store = ray.put(store)
        self._scan = ray.remote(_scan).options(num_returns=plan.parts + 1, **remote)
        self._exchange = ray.remote(_exchange).options(num_returns=plan.parts + 1, **remote)
        self._compare = ray.remote(_compare).options(**remote)

    def run(self) -> tuple[list[PartOutcome], int]:
        sizes: list[Any] = []
        tables = []
        for number, table in enumerate(self._plan.tables):
            parts: list[list[Any]] = [[] for _ in range(self._plan.parts)]
            for fragments in _groups(table.fragment_rows, self._scanned_rows):
                *blocks, size = self._scan.remote(self._store, self._data, number, fragments)
                _add(blocks, parts)
                sizes.append(size)
            if table.exchanged:
                scanned, parts = parts, [[] for _ in range(self._plan.parts)]
                for part, inputs in enumerate(scanned):
                    *blocks, size = self._exchange.remote(self._store, self._data, number, part, *inputs)
                    _add(blocks, parts)
                    sizes.append(size)
            tables.append(parts)
        outcomes = []
        for part in range(self._plan.parts):
            blocks = [table[part] for table in tables]
            counts = [len(table) for table in blocks]
            flat = [block for table in blocks for block in table]
            outcomes.append(self._compare.remote(self._store, self._data, part, self._slice_rows, counts, *flat))
        return ray.get(outcomes), sum(ray.get(sizes))


def _add(blocks: list[Any], parts: list[list[Any]]) -> None:
    for block, part in zip(blocks, parts, strict=True):
        part.append(block)


def _groups(rows: list[int], most: int) -> Iterator[list[int]]:
    """Numbers of fragments, together of at most so many rows."""
    group: list[int] = []
    size = 0
    for number, count in enumerate(rows):
        if group and size + count > most:
            yield group
            group, size = [], 0
        group.append(number)
        size += count
    if group:
        yield group


def _scan(store: WorkerStore, plan: bytes, table: int, fragments: list[int]) -> list[Any]:
    blocks = store.open("read").scan_part(plan, table, fragments)
    return [*blocks, sum(len(block) for block in blocks)]


def _exchange(store: WorkerStore, plan: bytes, table: int, part: int, *blocks: bytes) -> list[Any]:
    exchanged = store.open("read").exchange_part(plan, table, part, blocks)
    return [*exchanged, sum(len(block) for block in exchanged)]


def _compare(
    store: WorkerStore, plan: bytes, part: int, most_rows: int, counts: list[int], *blocks: bytes
) -> PartOutcome:
    tables = []
    begin = 0
    for count in counts:
        tables.append(blocks[begin : begin + count])
        begin += count
    return store.open("read").compare_part(plan, part, tables, most_rows=most_rows)


__all__ = ["DistributedIncrement", "resolve_update"]
