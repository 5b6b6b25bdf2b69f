"""The machine and the versions of a measurement."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from engines import Tools

ROOT = Path(__file__).resolve().parent.parent


def first_value(file: str, name: str) -> str:
    try:
        lines = Path(file).read_text().splitlines()
    except OSError:
        return "unknown"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "unknown")


def memory_kib(name: str) -> int:
    value = first_value("/proc/meminfo", name)
    return int(value.split()[0]) if value != "unknown" else 0


def available_bytes() -> int:
    """The memory available to a new process without swapping."""
    return memory_kib("MemAvailable") * 1024


def cores() -> int:
    return len(os.sched_getaffinity(0))


def load_average() -> float:
    """Of the last minute."""
    return os.getloadavg()[0]


def git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True)
        return done.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def commit() -> str:
    found = git("rev-parse", "--short=12", "HEAD")
    # Reports of an earlier run do not make it another program.
    changed = git("status", "--porcelain", "--", ".", ":!docs/benchmarks")
    return f"{found or 'unknown'}{' with changes' if changed else ''}"


def cmake_value(build: Path, name: str) -> str:
    try:
        lines = (build / "CMakeCache.txt").read_text().splitlines()
    except OSError:
        return "unknown"
    return next((line.split("=", 1)[1] for line in lines if line.startswith(f"{name}:")), "unknown")


def versions(tools: Tools) -> dict[str, Any]:
    found: dict[str, Any] = {"commit": commit()}
    found.update(tools.launcher.run_json([tools.runner, "versions"]))
    found["build type"] = cmake_value(tools.build, "CMAKE_BUILD_TYPE")
    if tools.python:
        found["Python"] = tools.launcher.run(
            [tools.python, "-c", "import platform; print(platform.python_version())"]
        ).strip()
        packages = tools.launcher.run_json([*tools.driver("lancedb"), "versions"])
        found.update({f"{name} (Python)": version for name, version in packages.items()})
    return found


def describe() -> dict[str, Any]:
    return {
        "processor": first_value("/proc/cpuinfo", "model name"),
        "cores": cores(),
        "memory GiB": round(memory_kib("MemTotal") / 1024**2, 1),
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")
        if hasattr(platform, "freedesktop_os_release")
        else platform.system(),
        "load at the start": round(load_average(), 2),
    }
