"""Servers of storage targets on this machine: each is a process on the loopback interface with a free port.

A server dies with the thread that started it, whatever ends that: Linux sends it a SIGKILL. So nothing stays behind when a
test is killed. Start servers from the main thread.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
START_SECONDS = 120


def environment() -> Path:
    """The Python environment of `tools/setup.sh targets`."""
    return Path(os.environ.get("METAXY_TARGETS_VENV") or Path.home() / ".cache/metaxy/venv-targets")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that listens. `log` holds what it printed."""

    def __init__(self, command: list[str], port: int, **options: Any):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = tempfile.NamedTemporaryFile(prefix="metaxy-server-", suffix=".log")  # noqa: SIM115
        parent = os.getpid()
        libc = ctypes.CDLL(None, use_errno=True)

        def die_with_parent() -> None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, preexec_fn=die_with_parent, **options
        )

    def wait(self, path: str = "/") -> Server:
        """Returns when it answers, whatever it answers."""
        end = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            try:
                urllib.request.urlopen(self.url + path, timeout=10)
                return self
            except urllib.error.HTTPError:
                return self
            except OSError:
                time.sleep(0.05)
        text = self.output()[-2000:]
        self.stop()
        raise RuntimeError(f"the server {self.process.args} did not start: {text}")

    def output(self) -> str:
        return Path(self.log.name).read_text(errors="replace")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def request(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> bytes:
    made = urllib.request.Request(url, data=body, method=method, headers=headers)
    with urllib.request.urlopen(made, timeout=60) as answer:
        return answer.read()


def start_s3() -> Server:
    """moto's S3. Every access key is welcome."""
    port = free_port()
    program = environment() / "bin/moto_server"
    if not program.exists():
        raise RuntimeError(f"{program} was not found; run tools/setup.sh targets")
    return Server([str(program), "--host", "127.0.0.1", "--port", str(port)], port).wait("/moto-api/data.json")
