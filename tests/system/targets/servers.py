"""Servers of storage targets on this machine: each is a process on the loopback interface with a free port.

A server dies with the thread that started it, however that ends: Linux sends it a SIGKILL. So nothing is left behind
when a test is killed. Start servers from the main thread.
"""

from __future__ import annotations

import base64
import ctypes
import email.utils
import hmac
import os
import signal
import socket
import subprocess
import sys
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
        """Returns when it responds, whatever the response."""
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
    """moto's S3. Accepts any access key."""
    port = free_port()
    program = environment() / "bin/moto_server"
    if not program.exists():
        raise RuntimeError(f"{program} was not found; run tools/setup.sh targets")
    return Server([str(program), "--host", "127.0.0.1", "--port", str(port)], port).wait("/moto-api/data.json")


def start_lance(directory: str, key: str) -> Server:
    """LanceDB's protocol over the directory."""
    port = free_port()
    program = Path(__file__).resolve().parent / "lance_server.py"
    return Server([sys.executable, "-B", str(program), str(port), directory, key], port).wait()


def start_lance_adapter(directory: str) -> Server:
    """Lance's own server of that protocol, over the directory."""
    python = environment() / "bin/python"
    if not (environment() / "requirements-all-targets.stamp").exists():
        raise RuntimeError(f"{python} has no pylance; run tools/setup.sh targets all-targets")
    port = free_port()
    program = Path(__file__).resolve().parent / "lance_adapter.py"
    return Server([str(python), "-B", str(program), str(port), directory], port).wait()


AZURE_ACCOUNT = "devstoreaccount1"
# Azurite's published key of that account.
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def start_azure() -> Server:
    """Azurite's blobs, in memory."""
    port = free_port()
    program = environment() / "azurite/node_modules/azurite/dist/src/blob/main.js"
    if not program.exists():
        raise RuntimeError(f"{program} was not found; run tools/setup.sh targets all-targets")
    options = [
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        str(port),
        "--inMemoryPersistence",
        "--skipApiVersionCheck",
        "--silent",
    ]
    return Server(["node", str(program), *options], port).wait()


def make_azure_container(server: Server, name: str) -> None:
    date = email.utils.formatdate(usegmt=True)
    signed = f"PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:2021-08-06\n"
    signed += f"/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/{name}\nrestype:container"
    digest = hmac.digest(base64.b64decode(AZURE_KEY), signed.encode(), "sha256")
    headers = {
        "x-ms-date": date,
        "x-ms-version": "2021-08-06",
        "Authorization": f"SharedKey {AZURE_ACCOUNT}:{base64.b64encode(digest).decode()}",
    }
    request(f"{server.url}/{AZURE_ACCOUNT}/{name}?restype=container", "PUT", **headers)


def start_gcs() -> Server:
    """fake-gcs-server, in memory, with a bucket."""
    port = free_port()
    program = environment() / "go/bin/fake-gcs-server"
    if not program.exists():
        raise RuntimeError(f"{program} was not found; run tools/setup.sh targets all-targets")
    options = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory"]
    server = Server([str(program), *options, "-public-host", f"127.0.0.1:{port}"], port).wait()
    request(f"{server.url}/storage/v1/b", "POST", b'{"name": "bucket"}', **{"Content-Type": "application/json"})
    return server
