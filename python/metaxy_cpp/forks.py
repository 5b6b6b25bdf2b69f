"""Forked children of a process that has used the engine.

The engine's threads are not in the child, and locks that they held stay locked for ever: nothing of the engine can work
there, so that every call fails at once.

A runtime of the child's own is no way out. Idle threads of the Rust libraries wait in a table of the process (that of
parking_lot, which tokio uses), and their entries stay in it when the threads are gone. The memory of these entries is
that of the threads, which glibc gives to new ones: a child that starts threads crashes now and then.
"""

from __future__ import annotations

import os

from metaxy_cpp import errors

# The process whose children cannot use the engine: the first one that did.
_owner: int | None = None


def own_engine() -> None:
    """To be called before the engine's threads are started."""
    global _owner
    if _owner is None:
        _owner = os.getpid()


def is_forked_child() -> bool:
    """Whether this process was forked from one that has used the engine."""
    return _owner is not None and _owner != os.getpid()


def refuse_forked_child() -> None:
    """Raises UnsupportedError in such a process."""
    if is_forked_child():
        raise errors.from_code(
            "NotSupported",
            "a store was used before this process was forked, and none can be used in the child; start processes "
            "with the method 'spawn' or 'forkserver' (multiprocessing.get_context('spawn')), or open the first store "
            "after the fork",
        )


__all__ = ["is_forked_child", "own_engine", "refuse_forked_child"]
