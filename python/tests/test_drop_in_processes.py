"""The drop-in store in other processes."""

from __future__ import annotations

import multiprocessing
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from reference_project import configured, make_graph, make_videos

import metaxy_cpp


def resolve(store: Any) -> tuple[int, dict[str, int]]:
    with configured(), make_graph().use(), store:
        return len(store.resolve_update("crop").new), dict(store.native_calls.reference)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = metaxy_cpp.LanceDBMetadataStore(tmp_path / "metadata")
    with configured(), make_graph().use(), store.open("w"):
        store.write("video", make_videos(2))
    return store


def test_a_pickled_store_is_made_anew(store: Any) -> None:
    assert resolve(pickle.loads(pickle.dumps(store))) == (2, {})
    with store:
        assert not pickle.loads(pickle.dumps(store))._is_open


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_pools(store: Any, method: str) -> None:
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(resolve, [store] * 4) == [(2, {})] * 4


FORK_FIRST = """
import multiprocessing, sys
sys.path.insert(0, {tests!r})
import metaxy_cpp
from reference_project import configured, make_graph, make_videos


def work(store, number):
    with store.open("w"):
        store.write("video", make_videos(number))
        return len(store.resolve_update("crop").new) >= number, dict(store.native_calls.reference)


with configured(), make_graph().use():
    store = metaxy_cpp.LanceDBMetadataStore({folder!r})
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.starmap(work, [(store, number) for number in (2, 3, 4, 5)]) == [(True, dict())] * 4)
    with store:
        print(len(store.resolve_update("crop").new))
"""


def test_a_store_may_be_used_first_after_a_fork(tmp_path: Path) -> None:
    script = FORK_FIRST.format(tests=str(Path(__file__).parent), folder=str(tmp_path / "metadata"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (done.stdout.split("\n"), done.returncode) == (["True", "5", ""], 0), done.stderr


def read(store: Any) -> str:
    with configured(), make_graph().use():
        try:
            with store:
                store.read("video")
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return "read"


def test_a_forked_pool_fails_at_once(store: Any) -> None:
    """And says what to do. The Python package would wait for threads of Polars that are in the parent."""
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for answer in pool.map(read, [store] * 4):
            assert answer.startswith("UnsupportedError: ") and "'spawn' or 'forkserver'" in answer
    assert read(store) == "read"
