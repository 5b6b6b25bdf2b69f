"""Starts one measuring process at a time, and ends it when the time is up or somebody interrupts."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any, Iterator

CANNOT = 4  # The exit code of metaxy_bench_run for what its build cannot do.


class Failed(Exception):
    """A measurement could not be made; the text is one line."""


class Skipped(Exception):
    """A measurement cannot be made here, for a reason that is no failure."""


class Interrupted(BaseException):
    """SIGINT or SIGTERM arrived. No Exception, so that nothing takes it for a failure of a measurement."""


@contextlib.contextmanager
def signals_interrupt() -> Iterator[None]:
    """SIGINT and SIGTERM raise Interrupted, once: what follows (a table, a file) is not disturbed."""

    def handle(number: int, _frame: Any) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(signal.Signals(number).name)

    before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def kill(process: subprocess.Popen[bytes]) -> None:
    # A session of its own: what the process has started goes with it.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def run(command: list[str | Path], timeout: float, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """What the command prints to standard output. Failed if it fails, Skipped if it says that it cannot do this."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
        expired = threading.Event()
        timer = threading.Timer(timeout, lambda: (expired.set(), kill(process)))
        timer.start()
        try:
            code = process.wait()
        except BaseException:
            kill(process)
            process.wait()
            raise
        finally:
            timer.cancel()
        err.seek(0)
        lines = err.read().decode(errors="replace").strip().splitlines()
        if expired.is_set():
            raise Skipped(f"stopped after {timeout:.0f} s")
        if code == CANNOT:
            raise Skipped(lines[-1] if lines else "this build cannot do it")
        if code:
            cause = lines[-1] if lines else ("killed" if code < 0 else "no message")
            raise Failed(f"exit code {code}: {cause}")
        out.seek(0)
        return out.read().decode()


def run_json(command: list[str | Path], timeout: float, **options: Any) -> dict[str, Any]:
    text = run(command, timeout, **options)
    try:
        return json.loads(text.strip().splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise Failed(f"no JSON came from {command[0]}: {text[-200:]!r}") from error
