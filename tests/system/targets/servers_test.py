#!/usr/bin/env python3
"""Test servers end with the test, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

START = """
import sys, time
import servers
port = servers.free_port()
server = servers.Server([sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)], port).wait()
print(server.process.pid, flush=True)
time.sleep(600)
"""


def runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class ServersTest(unittest.TestCase):
    def test_a_killed_test_leaves_no_server(self) -> None:
        for number in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(number.name):
                folder = Path(__file__).resolve().parent
                test = subprocess.Popen(
                    [sys.executable, "-B", "-c", START], cwd=folder, stdout=subprocess.PIPE, text=True
                )
                server = int(test.stdout.readline())  # type: ignore[union-attr]
                self.assertTrue(runs(server))
                os.kill(test.pid, number)
                test.communicate(timeout=60)
                end = time.monotonic() + 60
                while runs(server) and time.monotonic() < end:
                    time.sleep(0.02)
                self.assertFalse(runs(server))


if __name__ == "__main__":
    unittest.main(verbosity=2)
