"""What the parts of a store's interface need of the store that they belong to."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from metaxy_cpp import _native


class NativeAccess:
    """A store, native or drop-in."""

    def _access(self, *, write: bool = False) -> AbstractContextManager[_native.Store]:
        """The library's store; what is raised within is raised as by the other functions of this store."""
        raise NotImplementedError

    def _conditions(self, filters: Any) -> list[_native.Condition]:
        """Conditions as users of this store write them."""
        raise NotImplementedError


__all__ = ["NativeAccess"]
