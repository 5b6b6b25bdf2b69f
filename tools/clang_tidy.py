#!/usr/bin/env python3
"""Runs clang-tidy on the sources of a build tree: `clang_tidy.py <build folder> [--since REV] [--seconds N]
[--without-analyzer] [--jobs N]`.

A source that has passed is not checked again until it, a header of this checkout that it includes, its compile command,
the version of clang-tidy or a .clang-tidy file changes, not in another clone either: the user's cache remembers what
has passed, for as long as it is asked for within 90 days. Headers from elsewhere count by their folder alone.

With --since, only what differs from that commit is checked: changed sources, and one source for each changed header.
With --seconds, no further source is started after that time, and a line says how many are left. With
--without-analyzer, the checks that follow paths through functions are left out, which take most of the time.

Exits with 1 if clang-tidy finds something.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+["<]([^">]+)[">]', re.MULTILINE)
PROGRESS_EVERY = 25
KEPT_SECONDS = 90 * 24 * 3600


class Headers:
    """The files of this checkout that a source includes, directly or not, whatever #if says."""

    def __init__(self, root: Path):
        self.root = root
        self.included: dict[tuple[Path, tuple[Path, ...]], set[Path]] = {}
        self.digests: dict[Path, str] = {}

    def digest(self, file: Path) -> str:
        if file not in self.digests:
            self.digests[file] = hashlib.sha256(file.read_bytes()).hexdigest()
        return self.digests[file]

    def direct(self, file: Path, folders: tuple[Path, ...]) -> set[Path]:
        key = (file, folders)
        if key not in self.included:
            found = set()
            for name in INCLUDE.findall(file.read_text(encoding="utf-8")):
                candidates = (folder / name for folder in (file.parent, *folders))
                first = next((path for path in candidates if path.is_file()), None)
                if first:
                    found.add(Path(os.path.normpath(first)))
            self.included[key] = found
        return self.included[key]

    def of(self, source: Path, folders: tuple[Path, ...]) -> set[Path]:
        seen: set[Path] = set()
        waiting = [source]
        while waiting:
            for header in self.direct(waiting.pop(), folders) - seen:
                seen.add(header)
                waiting.append(header)
        return seen


class Source:
    def __init__(self, entry: dict, root: Path, headers: Headers, version: str):
        self.path = Path(os.path.normpath(os.path.join(entry["directory"], entry["file"])))
        self.name = self.path.relative_to(root).as_posix()
        words = shlex.split(entry["command"])
        portable = [word.replace(str(root), "ROOT") for word in words]
        self.folders = tuple(folder for folder in include_folders(words) if folder.is_relative_to(root))
        self.headers = headers.of(self.path, self.folders)
        settings = [folder / ".clang-tidy" for folder in self.path.parents if folder.is_relative_to(root)]
        read = sorted({self.path, *self.headers, *(file for file in settings if file.is_file())})
        content = [(file.relative_to(root).as_posix(), headers.digest(file)) for file in read]
        self.key = hashlib.sha256(json.dumps([version, portable, content]).encode()).hexdigest()


def include_folders(words: list[str]) -> Iterable[Path]:
    for i, word in enumerate(words):
        if word in ("-I", "-isystem"):
            yield Path(words[i + 1])
        elif word.startswith("-I"):
            yield Path(word[2:])


def sources(root: Path, build: Path, version: str) -> list[Source]:
    """What the build tree compiles and is not generated, each once."""
    entries = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    headers = Headers(root)
    found: dict[Path, Source] = {}
    for entry in entries:
        path = Path(os.path.normpath(os.path.join(entry["directory"], entry["file"])))
        if path.is_relative_to(root) and not path.is_relative_to(root / "build") and path not in found:
            found[path] = Source(entry, root, headers, version)
    return sorted(found.values(), key=lambda source: source.name)


def affected(every: list[Source], changed: set[Path]) -> list[Source]:
    """The changed sources, and for each changed header that none of them includes the one of the same name, or any."""
    chosen = [source for source in every if source.path in changed]
    covered = {header for source in chosen for header in source.headers}
    for header in sorted(changed - covered):
        users = [source for source in every if header in source.headers]
        users.sort(key=lambda source: (source.path.stem != header.stem, len(source.headers), source.name))
        if users and not any(header in source.headers for source in chosen):
            chosen.append(users[0])
    return chosen


def changed_since(root: Path, revision: str) -> set[Path]:
    call = ["git", "-C", str(root), "diff", "--name-only", "--diff-filter=d", "-z", revision]
    names = subprocess.run(call, check=True, capture_output=True, text=True).stdout
    return {root / name for name in names.split("\0") if name.endswith((".cc", ".h"))}


class Passed:
    """What has passed: an empty file for each, of which many processes may write."""

    def __init__(self) -> None:
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        self.folder = Path(cache) / "metaxy" / "clang-tidy"
        self.folder.mkdir(parents=True, exist_ok=True)

    def add(self, key: str) -> None:
        (self.folder / key).touch()

    def has(self, key: str) -> bool:
        try:
            os.utime(self.folder / key)
        except FileNotFoundError:
            return False
        return True

    def forget_old(self) -> None:
        for file in self.folder.iterdir():
            if file.stat().st_mtime < time.time() - KEPT_SECONDS:
                file.unlink(missing_ok=True)


class Run:
    """Checks sources, several at a time, and remembers after each what has passed."""

    def __init__(self, program: str, build: Path, seconds: float | None, analyzer: bool):
        self.program, self.build, self.analyzer = program, build, analyzer
        self.until = None if seconds is None else time.monotonic() + seconds
        self.passed = Passed()
        self.passed.forget_old()
        self.left = 0
        self.failed: list[str] = []

    def todo(self, wanted: list[Source]) -> list[Source]:
        return [source for source in wanted if not self.has_passed(source)]

    def has_passed(self, source: Source) -> bool:
        """What has passed with the analyzer has passed without it."""
        return self.passed.has(source.key) or (not self.analyzer and self.passed.has(self.key_of(source)))

    def key_of(self, source: Source) -> str:
        return source.key if self.analyzer else f"{source.key}-without-analyzer"

    def check(self, source: Source) -> tuple[Source, subprocess.CompletedProcess | None]:
        if self.until is not None and time.monotonic() > self.until:
            return source, None
        # gcc's own warning flags are unknown to clang.
        call = [self.program, "-p", str(self.build), "--quiet", "--extra-arg=-Wno-unknown-warning-option"]
        # Warnings are for the compilers: clang's newest also warns of what older standard libraries contain.
        call.append("--extra-arg=-Wno-error")
        if not self.analyzer:
            call.append("--checks=-clang-analyzer-*")
        return source, subprocess.run([*call, str(source.path)], capture_output=True, text=True)

    def take(self, source: Source, done: subprocess.CompletedProcess | None) -> None:
        if done is None:
            self.left += 1
        elif done.returncode == 0:
            self.passed.add(self.key_of(source))
        else:
            self.failed.append(source.name)
            print(done.stdout + done.stderr, flush=True)

    def all(self, todo: list[Source], jobs: int) -> None:
        with ThreadPoolExecutor(jobs) as pool:
            for number, (source, done) in enumerate(pool.map(self.check, todo), 1):
                self.take(source, done)
                if done is not None and number % PROGRESS_EVERY == 0:
                    print(f"clang-tidy: {number} of {len(todo)} sources", flush=True)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="clang_tidy.py")
    parser.add_argument("build", type=Path)
    parser.add_argument("--program", default="clang-tidy")
    parser.add_argument("--since", metavar="REV")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--without-analyzer", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def main() -> int:
    options = parsed()
    version = subprocess.run([options.program, "--version"], check=True, capture_output=True, text=True).stdout
    build = options.build.resolve()
    wanted = sources(ROOT, build, version)
    if options.since:
        wanted = affected(wanted, changed_since(ROOT, options.since))
    run = Run(options.program, build, options.seconds, not options.without_analyzer)
    todo = run.todo(wanted)
    print(
        f"clang-tidy: {len(todo)} sources to check, {len(wanted) - len(todo)} unchanged since they passed", flush=True
    )
    run.all(todo, options.jobs)
    if run.left:
        print(f"clang-tidy: {run.left} sources are left to `make lint`: {options.seconds:g} s have passed")
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
