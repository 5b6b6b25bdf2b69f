#!/usr/bin/env python3
"""Interrupts the program: by Ctrl-C on a terminal, and by signals, while it waits and while it works.

check_interruption.py --program build/release/bin/metaxy
"""

import argparse
import json
import os
import pty
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

ARGUMENTS = None
ENDS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
PROJECT = """project = 'p'
store = 'dev'
entrypoints = ['f.toml']
[stores.dev]
type = 'metaxy.ext.lancedb.LanceDBMetadataStore'
[stores.dev.config]
uri = 'metadata'
"""
FEATURES = "[[feature]]\nkey = 'clip'\nid_columns = ['id']\nfields = ['x']\n"


def rows(count, first=0):
    padding = "p" * 100
    return "".join(
        json.dumps({"id": f"s{i}", "text": padding, "metaxy_provenance_by_field": {"x": f"h{i}"}}) + "\n"
        for i in range(first, first + count)
    )


class InterruptionTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "metaxy.toml").write_text(PROJECT)
        (self.folder / "f.toml").write_text(FEATURES)
        (self.folder / "tmp").mkdir()
        self.environment = {**os.environ, "TMPDIR": str(self.folder / "tmp"), "TERM": "dumb"}

    def command(self, *words):
        return [str(Path(ARGUMENTS.program).resolve()), *words]

    def run_program(self, *words):
        return subprocess.run(
            self.command(*words), cwd=self.folder, env=self.environment, capture_output=True, text=True, check=True
        )

    def start(self, *words, **streams):
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        process = subprocess.Popen(self.command(*words), cwd=self.folder, env=self.environment, **streams)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def files(self):
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))

    def count(self):
        return len(
            json.loads(self.run_program("metadata", "read", "clip", "--format", "json", "--columns", "id").stdout)
        )

    # Nobody writes into the pipe: the program waits in the call that opens it. The test detects this by the pipe having
    # a reader.
    def blocked_on_a_pipe(self, *words):
        os.mkfifo(self.folder / "rows.jsonl")
        process = self.start("metadata", "write", "clip", "--from", "rows.jsonl", *words)
        wait_channel(process)
        return process

    def test_waiting_for_input(self):
        for number, code in ENDS:
            with self.subTest(number):
                process = self.blocked_on_a_pipe()
                before = self.files()
                process.send_signal(number)
                out, error = process.communicate()
                self.assertEqual(process.returncode, code, error)
                self.assertEqual(error.decode(), "metaxy: error: interrupted; nothing was written\n")
                self.assertEqual(out, b"")
                self.assertEqual(self.files(), before)
                (self.folder / "rows.jsonl").unlink()

    def test_json_says_so(self):
        process = self.blocked_on_a_pipe("--format", "json")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate()
        self.assertEqual(process.returncode, 130)
        self.assertEqual(json.loads(out), {"error": "INTERRUPTED", "message": "interrupted; nothing was written"})

    def test_a_signal_that_is_ignored_stays_ignored(self):
        os.mkfifo(self.folder / "rows.jsonl")
        process = self.start(
            "metadata",
            "write",
            "clip",
            "--from",
            "rows.jsonl",
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        )
        wait_channel(process)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        process.communicate()
        self.assertEqual(process.returncode, 143)

    def test_a_server_that_waits_for_messages(self):
        for number, code in ENDS:
            with self.subTest(number):
                process = self.start("mcp", stdin=subprocess.PIPE)
                process.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
                process.stdin.flush()
                self.assertIn(b'"id":1', process.stdout.readline())
                process.send_signal(number)
                _, error = process.communicate()
                self.assertEqual(process.returncode, code, error)

    # More than a pipe can hold, so that the program waits for its reader, and more batches than it reads ahead.
    def test_reading_into_a_pipe(self):
        (self.folder / "rows.jsonl").write_text(rows(400000))
        self.run_program("metadata", "write", "clip", "--from", "rows.jsonl")
        for form in ("csv", "json"):
            for number, code in ENDS:
                with self.subTest(form=form, number=number):
                    process = self.start("metadata", "read", "clip", "--format", form)
                    first = process.stdout.read1(100)
                    process.send_signal(number)
                    out, error = process.communicate()
                    self.assertEqual(process.returncode, code, error)
                    self.assertTrue(error.decode().endswith("metaxy: error: interrupted; nothing was written\n"), error)
                    self.assertLess(out.count(b"ppppp" * 20), 400000)
                    self.assertTrue(first)

    # Whenever the signal arrives: either all rows are written and the exit code is 0, or none is.
    def test_writing(self):
        (self.folder / "one.jsonl").write_text(rows(1))
        self.run_program("metadata", "write", "clip", "--from", "one.jsonl")
        (self.folder / "rows.jsonl").write_text(rows(60000, first=1))
        interrupted = 0
        for words in range(1, 6):
            with self.subTest(words):
                before = self.files()
                process, seen = self.on_a_terminal("metadata", "write", "clip", "--from", "rows.jsonl")
                while seen.text.count(b"rows written") < words and seen.read():
                    pass
                os.kill(process, signal.SIGTERM)
                code = seen.end()
                if code == 0:
                    self.assertEqual(self.count(), 60001)
                    break
                interrupted += 1
                self.assertEqual(code, 143, seen.text)
                self.assertIn(b"interrupted; nothing was written", seen.text)
                self.assertEqual(self.count(), 1)
                self.assertEqual(self.files(), before)
        self.assertGreaterEqual(interrupted + 1, 1)

    def test_a_question(self):
        (self.folder / "one.jsonl").write_text(rows(3))
        self.run_program("metadata", "write", "clip", "--from", "one.jsonl")
        _, seen = self.on_a_terminal("metadata", "delete", "clip", "--hard")
        while b"[y/N]" not in seen.text:
            self.assertTrue(seen.read(), seen.text)
        seen.type(b"\x03")
        self.assertEqual(seen.end(), 130, seen.text)
        self.assertIn(b"interrupted; nothing was written", seen.text)
        self.assertEqual(self.count(), 3)

    def on_a_terminal(self, *words):
        process, descriptor = pty.fork()
        if process == 0:
            os.chdir(self.folder)
            os.environ.update(self.environment)
            command = self.command(*words)
            os.execv(command[0], command)
        return process, Terminal(process, descriptor)


def wait_channel(process):
    """Returns when the process sleeps in the system call that opens a pipe."""
    while True:
        with open(f"/proc/{process.pid}/syscall") as file:
            number = file.read().split()[0]
        if number in ("2", "257", "56"):  # open and openat of x86, openat of ARM
            return
        if process.poll() is not None:
            raise AssertionError(f"the program has ended: {process.communicate()}")
        os.sched_yield()


class Terminal:
    """What a program shows on its own terminal."""

    def __init__(self, process, descriptor):
        self.process, self.descriptor, self.text = process, descriptor, b""

    def type(self, keys):
        os.write(self.descriptor, keys)

    def read(self):
        try:
            chunk = os.read(self.descriptor, 65536)
        except OSError:  # the program has exited
            return False
        self.text += chunk
        return bool(chunk)

    def end(self):
        while self.read():
            pass
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=["check_interruption", *rest], verbosity=1)


if __name__ == "__main__":
    main()
