#!/usr/bin/env python3
"""Servers that hang in the middle of an answer: deadlines and stop tokens end the call, and nothing is half written.

    METAXY_PROGRAM=build/release/bin/metaxy LIMITED_CALL=build/release/tests/bin/limited_call python hanging_test.py

The timeouts of the store are an hour: without the limits of the call, a test would run into its own.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import unittest
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Iterator

sys.path.insert(0, str(Path(__file__).resolve().parent))
import faults_test
import targets
from project import Project, videos
from proxy import Harm, Hang, Proxy, Request

FIRST = {f"{n:05}": "xy" for n in range(5000)}
LATE = ["late1", "late2"]
PATIENT = {
    "retry_config": {"retries": 0},
    "timeout_config": {"timeout": 3600, "connect_timeout": 3600, "read_timeout": 3600},
}
# Of the deadlines that are tried, the first that comes after the hang has begun decides.
DEADLINES = (2, 10, 60)


def of_data(request: Request) -> bool:
    """Whether the answer has rows."""
    return (request.method == "GET" and ".lance/data/" in request.path) or request.path.split("?")[0].rstrip(
        "/"
    ).endswith("/query")


def of_commit(request: Request) -> bool:
    """Whether the request makes a version visible."""
    return (request.method == "PUT" and ".lance/_versions/" in request.path) or "/insert" in request.path


TARGETS = (targets.s3, targets.lance_server)


class HangingTest(unittest.TestCase):
    @contextlib.contextmanager
    def behind_proxy(self, make: Callable[[], Any]) -> Iterator[tuple[Project, Project, Proxy]]:
        """A store with rows, by itself and through a proxy."""
        with make() as target, Proxy(target.url) as proxy:
            through = replace(faults_test.through(target, proxy))
            config = target.new_store()
            direct = Project({"dev": config})
            slow = Project({"dev": {**config, "connect_kwargs": {**through.connect_kwargs, "client_config": PATIENT}}})
            with direct.directory, slow.directory:
                direct.write("raw/video", videos(FIRST))
                yield direct, slow, proxy

    def limited(
        self, project: Project, proxy: Proxy, harm: Callable[[Request], Harm], verb: str, deadline: int | None
    ) -> tuple[str, str]:
        """The code and the message of a call that has this deadline, or is stopped once it hangs."""
        proxy.hangs.clear()
        proxy.harm = harm
        config = str(project.folder / "metaxy.toml")
        limit = ["stop"] if deadline is None else ["deadline", str(deadline * 1000)]
        feature = "crop" if verb == "resolve" else "raw/video"
        command = [os.environ["LIMITED_CALL"], config, verb, feature, *limit]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=project.variables)
        if deadline is None:
            self.assertTrue(proxy.hangs.wait(120), "it does not come so far")
        out, err = process.communicate("\n" if deadline is None else None, timeout=300)
        proxy.harm = lambda request: None
        self.assertEqual((process.returncode, err), (0, ""))
        code, message = out.splitlines()
        return code, message

    def by_deadline(
        self, project: Project, proxy: Proxy, harm: Callable[[Request], Harm], verb: str
    ) -> tuple[str, str]:
        for deadline in DEADLINES:
            found = self.limited(project, proxy, harm, verb, deadline)
            if proxy.hangs.is_set():
                return found
        raise AssertionError("it does not come so far")

    def test_a_stream_that_hangs_in_the_middle_of_a_scan(self) -> None:
        for make in TARGETS:
            with self.behind_proxy(make) as (_, slow, proxy):
                for verb in ("read", "resolve"):
                    for harm in (Hang(part=0.5), Hang(part=0.0), Hang()):
                        with self.subTest(f"{make.__name__} {verb} {harm}"):
                            hang = lambda request, harm=harm: harm if of_data(request) else None  # noqa: E731
                            code, message = self.by_deadline(slow, proxy, hang, verb)
                            self.assertEqual(code, "Timeout", message)
                            self.assertIn("deadline", message)
                            code, message = self.limited(slow, proxy, hang, verb, None)
                            self.assertEqual(code, "Cancelled", message)

    def test_a_commit_that_is_cut(self) -> None:
        """The rows are there once or not at all, and a call that cannot find out says so."""
        for make in TARGETS:
            with self.behind_proxy(make) as (direct, slow, proxy):
                for harm, there in ((Hang(before=True), False), (Hang(), True)):
                    for by_deadline in (True, False):
                        with self.subTest(f"{make.__name__} {harm} {by_deadline=}"):
                            self.check_commit(direct, slow, proxy, harm, there, by_deadline)

    def check_commit(
        self, direct: Project, slow: Project, proxy: Proxy, harm: Hang, there: bool, by_deadline: bool
    ) -> None:
        before = direct.ids("raw/video", "--with-sample-history")
        hang = lambda request: harm if of_commit(request) else None  # noqa: E731
        found = (
            self.by_deadline(slow, proxy, hang, "write")
            if by_deadline
            else self.limited(slow, proxy, hang, "write", None)
        )
        code, message = found
        self.assertEqual(direct.ids("raw/video", "--with-sample-history"), sorted(before + LATE) if there else before)
        # Where the store answers other requests, a commit is looked for and found.
        self.assertIn(code, ("CommitStateUnknown", "OK") if there else ("CommitStateUnknown",), message)
        if code != "OK":
            self.assertIn("may have been committed", message)
            self.assertIn("read before writing", message)

    def test_a_write_that_is_cut_before_its_commit(self) -> None:
        for make in TARGETS:
            with self.subTest(make.__name__), self.behind_proxy(make) as (direct, slow, proxy):
                before = direct.ids("raw/video", "--with-sample-history")
                hang = lambda request: Hang(before=True) if request.method in ("GET", "HEAD", "POST") else None  # noqa: E731
                code, message = self.by_deadline(slow, proxy, hang, "write")
                self.assertEqual(code, "Timeout", message)
                self.assertEqual(direct.ids("raw/video", "--with-sample-history"), before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
