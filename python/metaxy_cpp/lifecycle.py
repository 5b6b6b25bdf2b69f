"""The life of a store: it is made, opened, closed, pickled, and found in a forked child."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from metaxy_cpp import _native
from metaxy_cpp.arguments import mode_text
from metaxy_cpp.execution import execution_of
from metaxy_cpp.graph import FeatureGraph


class OpenStore:
    """What a store is beside its operations."""

    def _prepare(self, source: Callable[[], _native.Store]) -> None:
        self._source = source
        self._mode: str | None = None
        self._depth = 0
        self._make()

    def _make(self) -> None:
        self._process = os.getpid()
        self._store = self._source()

    @property
    def _native(self) -> _native.Store:
        if self._process != os.getpid():
            # The threads of the parent are not here: the child has connections of its own.
            self._make()
            if self._mode is not None:
                with execution_of("open", None) as execution:
                    self._store.open(self._mode, execution)
        return self._store

    def open(self, mode: str = "read", *, timeout: float | None = None) -> Self:
        """Connects, and gives the store itself. `mode` is "read" or "write"; an open store may be opened again for
        writing.

        Raises:
            HashAlgorithmMismatchError: A fallback store uses another hash algorithm.
            UnsupportedError: The store's server would let two writers lose each other's rows.
        """
        wanted = mode_text(mode)
        with execution_of("open", timeout) as execution:
            self._native.open(wanted, execution)
        if self._mode != "write":
            self._mode = wanted
        return self

    def close(self, *, timeout: float | None = None) -> None:
        """Disconnects. Pending maintenance of tables that were written to runs first, for `timeout` seconds at most.
        Closing a closed store does nothing."""
        native = self._native
        self._mode = None
        with execution_of("close", timeout) as execution:
            native.close(execution)

    @property
    def is_open(self) -> bool:
        """Whether the store is open."""
        return self._native.is_open

    def __enter__(self) -> Self:
        if not self.is_open:
            self.open()
        self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            self.close()

    @property
    def name(self) -> str:
        """The name, for messages."""
        return self._native.name

    @property
    def display(self) -> str:
        """Where the store is, without credentials."""
        return self._native.display

    @property
    def hash_algorithm(self) -> str:
        """The algorithm by which versions are computed."""
        return self._native.hash_algorithm

    @property
    def graph(self) -> FeatureGraph:
        """The features as the store knows them now; a read or a resolve may load those of other projects."""
        return FeatureGraph(self._native.graph())

    def __repr__(self) -> str:
        return f"Store({self.display!r}{', open' if self.is_open else ''})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_unpickled, (type(self), self._source))


def _unpickled(kind: type[OpenStore], source: Callable[[], _native.Store]) -> OpenStore:
    store = kind.__new__(kind)
    store._prepare(source)
    return store


__all__ = ["OpenStore"]
