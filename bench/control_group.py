"""Control groups of one's own: what a process and its children may take, and what they took at most."""

from __future__ import annotations

import os
import resource
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def own_groups() -> dict[str, str]:
    """The paths of this process's groups by controller; "" is version 2."""
    groups = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            groups[controller] = path
    return groups


class ControlGroup:
    """A group below that of this process, so that limits from outside stay; gone after `with`.

    Where none can be made, the address space for data is limited instead: that counts what is reserved and never
    touched, and so is stricter.
    """

    def __init__(self, name: str, memory_limit: int):
        self.memory_limit = memory_limit
        self.version = 0
        self.directory: Path | None = None
        groups = own_groups()
        for version, path in (
            (1, ROOT / "memory" / groups.get("memory", "").lstrip("/")),
            (2, ROOT / groups.get("", "").lstrip("/")),
        ):
            if version == 1 and "memory" not in groups:
                continue
            limit = "memory.limit_in_bytes" if version == 1 else "memory.max"
            if not (path / limit).exists():
                continue
            directory = path / f"{name}-{os.getpid()}"
            try:
                directory.mkdir()
                (directory / limit).write_text(str(memory_limit))
            except OSError:
                if directory.exists():
                    directory.rmdir()
                continue
            self.version, self.directory = version, directory
            break

    def __enter__(self) -> ControlGroup:
        return self

    def __exit__(self, *_: object) -> None:
        if self.directory is not None:
            self.directory.rmdir()

    def kind(self) -> str:
        return f"control group (version {self.version})" if self.directory else "RLIMIT_DATA"

    def enter(self) -> None:
        """Called in the child, before it becomes the program."""
        if self.directory is None:
            resource.setrlimit(resource.RLIMIT_DATA, (self.memory_limit, self.memory_limit))
            return
        (self.directory / "cgroup.procs").write_text(str(os.getpid()))

    def failures(self) -> int:
        """How often the group was at its limit, files in the cache being given up first."""
        if self.directory is None:
            return 0
        if self.version == 1:
            return int((self.directory / "memory.failcnt").read_text())
        events = dict(line.split() for line in (self.directory / "memory.events").read_text().splitlines())
        return int(events["max"])
