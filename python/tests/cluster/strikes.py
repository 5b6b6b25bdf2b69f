"""Processes that kill themselves, as the system does when memory runs out, at a moment that a test chooses."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, Literal

from metaxy_cpp.store_parts import StoreParts


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_once(marker: Path) -> None:
    """Kills this process, unless one was killed before that has left this mark."""
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return
    kill()


def strike_at_commit(number: int, when: Literal["before", "after", "never"]) -> None:
    """From now on this process dies at its commit of this number, before or after it is made."""
    original = StoreParts.commit_fragments
    commits = 0

    def struck(*arguments: Any, **options: Any) -> Any:
        nonlocal commits
        # An empty one is the look before the work.
        commits += bool(arguments[2])
        if commits == number and when == "before":
            kill()
        result = original(*arguments, **options)
        if commits == number and when == "after":
            kill()
        return result

    StoreParts.commit_fragments = struck  # type: ignore[method-assign]
