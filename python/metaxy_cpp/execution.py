"""Limits of calls, and how they tell of their progress."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from metaxy_cpp import _native

# A bar for less than this is only in the way.
_SECONDS_BEFORE_BAR = 1.0


class Progress(NamedTuple):
    """How far a call is.

    Attributes:
        phase: "reading" or "comparing".
        rows: Rows of this phase that are done.
        total_rows: About how many there are; 0 if that is not known.
    """

    phase: str
    rows: int
    total_rows: int


ProgressFunction = Callable[[Progress], None]


@dataclass(frozen=True)
class ExecutionOptions:
    """Limits of a call that reads many rows. Results are the same whatever they are.

    Attributes:
        batch_size: Rows per batch of results at most; 65536 if None.
        memory_limit: Bytes for what is remembered of rows; what exceeds them goes to a temporary file. If None, the
            store's limit.
        threads: Threads beside those of LanceDB; as many as there are cores if None.
        spill_directory: Where temporary files are made; the system's directory for them if None.
    """

    batch_size: int | None = None
    memory_limit: int | None = None
    threads: int | None = None
    spill_directory: str | None = None


class _Bar:
    """A progress bar of tqdm or rich, whichever there is."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._start = time.monotonic()
        self._bar: Any = None
        self._phase = ""
        self._closed = False

    def __call__(self, progress: Progress) -> None:
        if self._closed or time.monotonic() - self._start < _SECONDS_BEFORE_BAR:
            return
        if progress.phase != self._phase:
            self._finish()
            self._bar = _open_bar(f"{self._title}: {progress.phase}", progress.total_rows)
            self._phase = progress.phase
        if self._bar is not None:
            self._bar.update(progress.rows)

    def close(self) -> None:
        self._closed = True
        self._finish()

    def _finish(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class _TqdmBar:
    def __init__(self, tqdm: Any, title: str, total: int) -> None:
        self._bar = tqdm(desc=title, total=total or None, unit=" rows", unit_scale=True, leave=False, file=sys.stderr)

    def update(self, rows: int) -> None:
        self._bar.update(rows - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class _RichBar:
    def __init__(self, progress: Any, title: str, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=total or None)
        progress.start()

    def update(self, rows: int) -> None:
        self._progress.update(self._task, completed=rows)

    def close(self) -> None:
        self._progress.stop()


def _open_bar(title: str, total: int) -> _TqdmBar | _RichBar | None:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        pass
    else:
        return _TqdmBar(tqdm, title, total)
    try:
        from rich.console import Console
        from rich.progress import Progress as RichProgress
    except ImportError:
        return None
    return _RichBar(RichProgress(console=Console(stderr=True), transient=True), title, total)


@contextmanager
def execution_of(
    title: str,
    timeout: float | None,
    options: ExecutionOptions | None = None,
    progress: bool | ProgressFunction | None = False,
) -> Iterator[_native.Execution]:
    """What the library is given for the limits of a call. `progress` is what the user said: None is a bar on a
    terminal."""
    options = options or ExecutionOptions()
    if progress is None:
        progress = sys.stderr is not None and sys.stderr.isatty()
    bar = _Bar(title) if progress is True else None
    function: ProgressFunction | None = bar or (progress if callable(progress) else None)

    def call(phase: str, rows: int, total_rows: int) -> None:
        assert function is not None
        function(Progress(phase, rows, total_rows))

    try:
        yield _native.Execution(
            batch_size=options.batch_size,
            memory_limit=options.memory_limit,
            threads=options.threads,
            spill_directory=options.spill_directory,
            timeout=timeout,
            on_progress=call if function else None,
        )
    finally:
        if bar is not None:
            bar.close()


__all__ = ["ExecutionOptions", "Progress", "ProgressFunction"]
