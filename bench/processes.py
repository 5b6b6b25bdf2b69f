"""Runs one measuring process at a time, and kills it on a timeout or an interruption."""

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

CANNOT = 4  # The exit code of metaxy_bench_run for what its build does not support.


class Failed(Exception):
    """A measurement could not be made; the text is one line."""


class Skipped(Exception):
    """A measurement cannot be made here, for a reason that is not a failure."""


class Interrupted(Exception):
    """SIGINT or SIGTERM arrived."""


class Launcher:
    """Runs processes that may take `timeout` seconds each.

    A signal ends the running process, and the call that waits for it raises Interrupted, as does every later one. Nothing is
    raised where the signal happens to arrive: that could be anywhere, also where an exception is lost.
    """

    def __init__(self, timeout: float):
        self.timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._signal = ""

    @contextlib.contextmanager
    def handles_signals(self) -> Iterator[None]:
        def handle(number: int, _frame: Any) -> None:
            self._signal = signal.Signals(number).name
            self._kill()

        before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def check(self) -> None:
        if self._signal:
            raise Interrupted(self._signal)

    def run(self, command: list[str | Path], cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
        """The command's standard output. Failed if it fails, Skipped if it reports that it does not support this."""
        self.check()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=cwd,
                env={**os.environ, **(env or {})},
                start_new_session=True,  # Its child processes are killed with it; Ctrl-C in a terminal does not reach it.
            )
            try:
                code, expired = self._wait(self._process)
            finally:
                self._process = None
            self.check()
            err.seek(0)
            lines = err.read().decode(errors="replace").strip().splitlines()
            if expired:
                raise Skipped(f"stopped after {self.timeout:.0f} s")
            if code == CANNOT:
                raise Skipped(lines[-1] if lines else "this build cannot do it")
            if code:
                cause = lines[-1] if lines else ("killed" if code < 0 else "no message")
                raise Failed(f"exit code {code}: {cause}")
            out.seek(0)
            return out.read().decode()

    def run_json(self, command: list[str | Path], **options: Any) -> dict[str, Any]:
        text = self.run(command, **options)
        try:
            return json.loads(text.strip().splitlines()[-1])
        except (IndexError, ValueError) as error:
            raise Failed(f"no JSON came from {command[0]}: {text[-200:]!r}") from error

    def _wait(self, process: subprocess.Popen[bytes]) -> tuple[int, bool]:
        """The exit code, and whether it timed out."""
        if self._signal:  # The signal arrived before there was anything to kill.
            self._kill()
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            self._kill()

        timer = threading.Timer(self.timeout, expire)
        timer.start()
        try:
            return process.wait(), expired.is_set()
        finally:
            timer.cancel()

    def _kill(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
