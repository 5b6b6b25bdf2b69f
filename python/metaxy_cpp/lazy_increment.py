"""A lazy increment of the Python package metaxy, by the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals as nw
from metaxy.versioning.types import LazyIncrement


class NativeLazyIncrement(LazyIncrement):
    """A lazy increment whose input, which hardly anybody looks at, is computed when somebody does."""

    def __init__(
        self,
        new: nw.LazyFrame[Any],
        stale: nw.LazyFrame[Any],
        orphaned: nw.LazyFrame[Any],
        progress: float | None,
        make_input: Callable[[], nw.LazyFrame[Any] | None],
    ) -> None:
        self._make_input = make_input
        self.input_progress = progress
        super().__init__(new=new, stale=stale, orphaned=orphaned)

    @property
    def input(self) -> nw.LazyFrame[Any] | None:
        return self._make_input()

    @input.setter
    def input(self, value: object) -> None:
        """Set by the dataclass, to nothing."""


__all__ = ["NativeLazyIncrement"]
