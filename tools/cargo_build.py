#!/usr/bin/env python3
"""Runs `cargo build` and says how far it is: crates done of crates to do, and about how long the rest takes.

    cargo_build.py SECONDS_FILE CARGO ARGUMENT...       runs `CARGO build ARGUMENT...`
    cargo_build.py --measure TARGET_DIR SECONDS_FILE    writes SECONDS_FILE from what cargo has noted in TARGET_DIR

SECONDS_FILE says how long each crate took on some machine. Only the ratios matter: the pace is that of this machine. A
terminal sees one line that changes, a log a line every half minute. Errors of the compiler appear as cargo writes them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path
from typing import Callable

# The estimate for a crate that is not in the file: most take less than a second.
DEFAULT_SECONDS = 0.5
LOG_INTERVAL_SECONDS = 30.0


class Progress:
    """What is done and what is left. Used by two threads."""

    def __init__(self, crates: list[str], seconds: dict[str, float], clock: Callable[[], float] = time.monotonic):
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._to_do = len(crates)
        self._work_to_do = sum(self._weight(name) for name in crates)
        self._done = 0
        self._work_done = 0.0
        self._started = clock()
        self._ends: float | None = None  # by the pace of the crates that are finished

    def _weight(self, name: str) -> float:
        return self._seconds.get(name, DEFAULT_SECONDS)

    def add(self, name: str, fresh: bool) -> None:
        """A crate is finished; `fresh` if it had been compiled by an earlier build."""
        with self._lock:
            if fresh:
                self._to_do -= 1
                self._work_to_do -= self._weight(name)
                return
            self._done += 1
            self._work_done += self._weight(name)
            if self._work_done > 0.05 * self._work_to_do:
                elapsed = self._clock() - self._started
                self._ends = self._started + elapsed * max(self._work_to_do / self._work_done, 1)

    def line(self) -> str:
        with self._lock:
            now = self._clock()
            # The list includes some crates that only other platforms need, and lacks some that are new; one at least is
            # being compiled, or nobody would ask.
            total = max(self._to_do, self._done + 1)
            text = f"bridge: {self._done} of {total} crates, {minutes(now - self._started)}"
            if self._ends is None:
                return text
            rest = self._ends - now
            return text + (f", about {minutes(rest)} left" if rest >= 1 else ", the last ones take longer than usual")


def minutes(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02} s"


def crates_of(lock: Path, known: dict[str, float]) -> list[str]:
    """The names of the crates in a lock file that some build has compiled."""
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    names = [str(package["name"]) for package in packages]
    return [name for name in names if name in known]


def report(progress: Progress, stopped: threading.Event, out: object) -> None:
    terminal = sys.stderr.isatty()
    if not terminal:
        while not stopped.wait(LOG_INTERVAL_SECONDS):
            print(progress.line(), file=sys.stderr, flush=True)
        return
    running = True
    while running:
        sys.stderr.write(f"\r\x1b[K{progress.line()}")
        sys.stderr.flush()
        running = not stopped.wait(1.0)
    sys.stderr.write("\r\x1b[K")


def build(seconds_file: Path, cargo: str, arguments: list[str]) -> int:
    known: dict[str, float] = json.loads(seconds_file.read_text(encoding="utf-8"))
    progress = Progress(crates_of(Path("Cargo.lock"), known), known)
    command = [cargo, "build", "--quiet", "--message-format", "json-render-diagnostics", *arguments]
    stopped = threading.Event()
    reporter = threading.Thread(target=report, args=(progress, stopped, sys.stderr), daemon=True)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        reporter.start()
        assert process.stdout is not None
        for line in process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if message.get("reason") == "compiler-artifact" and "custom-build" not in message["target"]["kind"]:
                progress.add(package_name(message["package_id"]), bool(message["fresh"]))
    stopped.set()
    reporter.join()
    return process.returncode


def package_name(package_id: str) -> str:
    """The name in a package id: `registry+URL#name@version`, or `path+file:///folder#version` (then the folder's)."""
    before, _, after = package_id.partition("#")
    return after.split("@")[0] if "@" in after else before.rstrip("/").rsplit("/", 1)[-1]


def measure(target: Path, seconds_file: Path) -> None:
    """Reads when cargo started and finished each crate."""
    seconds: dict[str, float] = {}
    for folder in sorted((target / "release/.fingerprint").iterdir()):
        started = folder / "invoked.timestamp"
        ended = [path for path in folder.glob("lib-*") if path.suffix != ".json"]
        if started.is_file() and ended:
            name = folder.name.rsplit("-", 1)[0]
            taken = ended[0].stat().st_mtime - started.stat().st_mtime
            seconds[name] = max(seconds.get(name, 0.0), round(max(taken, 0.1), 1))
    lines = ",\n".join(f'  "{name}": {value}' for name, value in sorted(seconds.items()))
    seconds_file.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def main() -> int:
    if len(sys.argv) == 4 and sys.argv[1] == "--measure":
        measure(Path(sys.argv[2]), Path(sys.argv[3]))
        return 0
    if len(sys.argv) < 3:
        print("usage: cargo_build.py SECONDS_FILE CARGO [ARGUMENT]...", file=sys.stderr)
        return 2
    return build(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
