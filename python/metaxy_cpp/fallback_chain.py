"""Fallback stores of a drop-in store, and the parents that they have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from metaxy.metadata_store import MetadataStore
from metaxy.metadata_store.exceptions import FeatureNotFoundError

from metaxy_cpp.given_frames import Frame, narwhals_of, table_of_frame, warn_of_polars


def chain_of(store: MetadataStore) -> Iterator[MetadataStore]:
    """All fallback stores, in the order in which they are asked, those of fallback stores included."""
    for fallback in store.fallback_stores:
        yield fallback
        yield from chain_of(fallback)


class ForeignParents:
    """Rows of parents that stores of other kinds have, read by the Python package."""

    def __init__(self, versioning_engine: str) -> None:
        self.tables: list[tuple[str, Any]] = []
        # The Python package speaks of the first one, and of none where Polars was asked for.
        self._silent = versioning_engine == "polars"

    def find(self, store: MetadataStore, parent: Any, filters: list[Any]) -> bool:
        """Reads a parent from a store; false if it is not there."""
        with store:
            try:
                frame = narwhals_of(store.read(parent, filters=filters or None, allow_fallback=False))
            except FeatureNotFoundError:
                return False
            self.add(parent, frame)
        return True

    def add(self, parent: Any, frame: Frame) -> None:
        """Takes the rows of a parent."""
        if not self._silent and not frame.implementation.is_polars():
            self._silent = True
            warn_of_polars(
                frame,
                "Using Polars for resolving the increment instead. "
                f"This was caused by upstream feature `{parent.to_string()}`.",
            )
        self.tables.append((parent.to_string(), table_of_frame(frame)))


__all__ = ["ForeignParents", "chain_of"]
