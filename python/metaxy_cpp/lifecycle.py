"""The life of a store: it is made, opened, closed and pickled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from metaxy_cpp import _native
from metaxy_cpp.arguments import Filters, filter_texts, mode_text
from metaxy_cpp.execution import execution_of
from metaxy_cpp.forks import is_forked_child, own_engine, refuse_forked_child
from metaxy_cpp.graph import FeatureGraph
from metaxy_cpp.native_access import NativeAccess


class OpenStore(NativeAccess):
    """What a store is beside its operations."""

    def _prepare(self, source: Callable[[], _native.Store]) -> None:
        self._source = source
        self._depth = 0
        self._store = source()

    @contextmanager
    def _access(self, *, write: bool = False) -> Iterator[_native.Store]:
        del write  # The library's store knows in which mode it is open.
        yield self._native

    def _conditions(self, filters: Filters) -> list[_native.Condition]:
        return [*filter_texts(filters)]

    @property
    def _native(self) -> _native.Store:
        refuse_forked_child()
        return self._store

    def open(self, mode: str = "read", *, timeout: float | None = None) -> Self:
        """Connects, and gives the store itself. `mode` is "read" or "write"; an open store may be opened again for
        writing.

        Raises:
            HashAlgorithmMismatchError: A fallback store uses another hash algorithm.
            UnsupportedError: The store's server would let two writers lose each other's rows; or this process was
                forked from one that has used a store.
        """
        wanted = mode_text(mode)
        own_engine()
        with execution_of("open", timeout) as execution:
            self._native.open(wanted, execution)
        return self

    def close(self, *, timeout: float | None = None) -> None:
        """Disconnects. Pending maintenance of tables that were written to runs first, for `timeout` seconds at most.
        Closing a closed store does nothing, and so does closing in a forked child what the parent has opened."""
        if is_forked_child():
            return
        with execution_of("close", timeout) as execution:
            self._store.close(execution)

    @property
    def is_open(self) -> bool:
        """Whether the store is open."""
        return self._store.is_open

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
        return self._store.name

    @property
    def display(self) -> str:
        """Where the store is, without credentials."""
        return self._store.display

    @property
    def hash_algorithm(self) -> str:
        """The algorithm by which versions are computed."""
        return self._store.hash_algorithm

    @property
    def graph(self) -> FeatureGraph:
        """The features as the store knows them now; a read or a resolve may load those of other projects."""
        return FeatureGraph(self._store.graph())

    def __repr__(self) -> str:
        return f"Store({self.display!r}{', open' if self.is_open else ''})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_unpickled, (type(self), self._source))


def _unpickled(kind: type[OpenStore], source: Callable[[], _native.Store]) -> OpenStore:
    store = kind.__new__(kind)
    store._prepare(source)
    return store


__all__ = ["OpenStore"]
