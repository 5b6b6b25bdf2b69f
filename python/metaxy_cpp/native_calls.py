"""How many calls of a drop-in store ran in the engine."""

from __future__ import annotations

from collections import Counter


class NotNativeError(Exception):
    """What a call asks for is left to the Python package."""


class RefusedError(NotNativeError):
    """What the Python package refuses, which is left to it for the sake of its words."""


class NativeCalls:
    """How many calls of a store ran in the engine, and why others were left to the Python package.

    Attributes:
        native: Calls by the name of the method.
        reference: The same for those that were left to the Python package.
        reasons: Why they were.
    """

    def __init__(self) -> None:
        self.native: Counter[str] = Counter()
        self.reference: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def __repr__(self) -> str:
        return (
            f"NativeCalls(native={dict(self.native)}, reference={dict(self.reference)}, reasons={dict(self.reasons)})"
        )


__all__ = ["NativeCalls", "NotNativeError", "RefusedError"]
