"""Increments of the Python package metaxy, by the engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import narwhals as nw
from metaxy.versioning.types import Increment, LazyIncrement

from metaxy_cpp import _native
from metaxy_cpp.lazy_frames import conversion_of, eager_frame, lazy_frame
from metaxy_cpp.map_columns import Conversion, maps_enabled
from metaxy_cpp.rows import Rows


class NativeIncrement(Increment):
    """An increment with a fourth part, which is none of the three that the tuple has.

    Attributes:
        failed: Samples that would be new or stale, had they not failed; none unless `failures` was given.
    """

    failed: nw.DataFrame[Any]


NativeIncrement.__name__ = Increment.__name__


class NativeLazyIncrement(LazyIncrement):
    """A lazy increment whose input, which hardly anybody looks at, is computed when somebody does.

    Attributes:
        failed: Samples that would be new or stale, had they not failed; none unless `failures` was given.
    """

    failed: nw.LazyFrame[Any]
    found: _native.LazyUpdate | None = None
    """What the engine has found, whose rows can be taken batch by batch."""

    def __init__(
        self,
        new: nw.LazyFrame[Any],
        stale: nw.LazyFrame[Any],
        orphaned: nw.LazyFrame[Any],
        failed: nw.LazyFrame[Any],
        progress: float | None,
        make_input: Callable[[], nw.LazyFrame[Any] | None],
    ) -> None:
        self._make_input = cache(make_input)
        self.failed = failed
        self.input_progress = progress
        super().__init__(new=new, stale=stale, orphaned=orphaned)

    @property
    def input(self) -> nw.LazyFrame[Any] | None:
        return self._make_input()

    @input.setter
    def input(self, value: object) -> None:
        """Set by the dataclass, to nothing."""

    def collect(self, **kwargs: Any) -> Increment:
        """All parts in memory."""
        increment = NativeIncrement(*super().collect(**kwargs))
        increment.failed = self.failed.collect()
        return increment


def eager_increment(found: _native.LazyUpdate) -> Increment:
    """What was found, in memory."""
    new, stale, orphaned, failed = [eager_frame(rows, convert) for rows, convert in _parts(found)]
    increment = NativeIncrement(new, stale, orphaned)
    increment.failed = failed
    return increment


def lazy_increment(
    found: _native.LazyUpdate, make_input: Callable[[], nw.LazyFrame[Any] | None]
) -> NativeLazyIncrement:
    """What was found, to be taken later."""
    new, stale, orphaned, failed = [lazy_frame(rows, convert) for rows, convert in _parts(found)]
    increment = NativeLazyIncrement(new, stale, orphaned, failed, found.input_progress, make_input)
    increment.found = found
    return increment


def _parts(found: _native.LazyUpdate) -> list[tuple[Rows, Conversion]]:
    maps = maps_enabled()
    return [
        (rows, conversion_of(rows, maps=maps, computed=computed))
        for rows, computed in (
            (Rows(found.new_samples()), True),
            (Rows(found.stale()), True),
            (Rows(found.orphaned()), False),
            (Rows(found.failed()), True),
        )
    ]


__all__ = ["NativeIncrement", "NativeLazyIncrement", "eager_increment", "lazy_increment"]
