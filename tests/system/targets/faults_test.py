#!/usr/bin/env python3
"""Broken connections, delays and failing servers: no row is lost or duplicated, retries are bounded, the error is
clear.

Each case disturbs some requests of one write, on one target, through the proxy. Either the write succeeds and its rows
are there exactly once, or it fails with exit code 3 and a line with the remedy, and then they are there once or not at
all.
"""

from __future__ import annotations

import contextlib
import sys
import unittest
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Iterator

sys.path.insert(0, str(Path(__file__).resolve().parent))
import targets
from project import Done, Project, videos
from proxy import Answer, Cut, Delay, Harm, Proxy, Request

FIRST = {"a": "xy", "b": "xy"}
SECOND = {"c": "xy", "d": "xy"}
# More requests than this for one write are an endless loop.
BOUND = 200
PATIENCE = {"retry_config": {"retries": 2}, "timeout_config": {"timeout": 3, "connect_timeout": 3}}


@contextlib.contextmanager
def behind_proxy(make: Callable[[], Any]) -> Iterator[tuple[targets.Target, Proxy]]:
    """The target, reached through a proxy that does nothing yet."""
    with make() as target, Proxy(target.url) as proxy:
        yield through(target, proxy), proxy


def through(target: targets.Target, proxy: Proxy) -> targets.Target:
    def other(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: other(each) for key, each in value.items()}
        return value.replace(target.url, proxy.url) if isinstance(value, str) else value

    kwargs = {**other(target.connect_kwargs), "client_config": PATIENCE}
    return replace(target, connect_kwargs=kwargs)


def every(harm: Harm) -> Callable[[int, Request], Harm]:
    return lambda n, request: harm


def only(numbers: set[int], harm: Harm) -> Callable[[int, Request], Harm]:
    return lambda n, request: harm if n in numbers else None


# POST requests of the remote protocol and of Google's that change something.
CHANGES = ("/insert/", "/create/", "/upload/")


def changing(harm: Harm) -> Callable[[int, Request], Harm]:
    """Requests that change something."""

    def decide(n: int, request: Request) -> Harm:
        change = request.method in ("PUT", "DELETE") or any(part in request.path for part in CHANGES)
        return harm if change else None

    return decide


# The disturbance of the requests of a write, by their numbers.
HARMS: dict[str, Callable[[int, Request], Harm]] = {
    **{f"every_request_{status}": every(Answer(status)) for status in (429, 500, 503)},
    **{f"second_request_{status}": only({1}, Answer(status)) for status in (429, 500, 503)},
    **{f"changes_{status}": changing(Answer(status)) for status in (429, 500, 503)},
    "every_request_cut": every(Cut()),
    **{f"request_{n}_cut": only({n}, Cut()) for n in range(6)},
    **{f"answer_{n}_cut": only({n}, Cut(before=False)) for n in range(6)},
    **{f"half_of_answer_{n}": only({n}, Cut(before=False, part=0.5)) for n in range(6)},
    "changes_lose_their_answer": changing(Cut(before=False)),
    "a_short_delay": only({1, 3}, Delay(0.5)),
    "a_long_delay": every(Delay(4)),
}
# After these the write has to succeed: one failure only needs a retry.
HARMLESS = {"a_short_delay"}


class FaultsTest(unittest.TestCase):
    def one_write(self, target: targets.Target, proxy: Proxy, harm: Callable[[int, Request], Harm]) -> Done:
        project = Project({"dev": target.new_store()})
        with project.directory:
            project.write("raw/video", videos(FIRST))
            start = len(proxy.requests)
            proxy.harm = lambda request: harm(request.number - start, request)
            done = project.call("metadata", "write", "raw/video", "--from", project.file(videos(SECOND)))
            sent = len(proxy.requests) - start
            proxy.harm = lambda request: None
            ids = project.ids("raw/video", "--with-sample-history")
        self.assertLess(sent, BOUND)
        if done.code == 0:
            self.assertEqual(ids, ["a", "b", "c", "d"])
        else:
            self.assertEqual(done.code, 3, done.err)
            self.assertEqual(len(done.err.strip().splitlines()), 1, done.err)
            self.assertRegex(done.err, "(try again|check the network|read before writing|give more time)", done.err)
            self.assertIn(ids, (["a", "b"], ["a", "b", "c", "d"]))
        return done

    def on(self, make: Callable[[], Any]) -> None:
        with behind_proxy(make) as (target, proxy):
            for name, harm in HARMS.items():
                with self.subTest(name):
                    done = self.one_write(target, proxy, harm)
                    if name in HARMLESS:
                        self.assertEqual(done.code, 0, done.err)

    def test_s3(self) -> None:
        self.on(targets.s3)

    def test_remote(self) -> None:
        self.on(targets.lance_server)

    def test_gcs(self) -> None:
        self.on(targets.gcs)

    def test_azure(self) -> None:
        self.on(targets.azure)


if __name__ == "__main__":
    unittest.main(verbosity=2)
