"""Stores in other processes: pickled, forked, spawned; and that nothing is left behind."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import make_videos

import metaxy_cpp as metaxy


def resolve_in(store: metaxy.Store) -> int:
    """What a worker does with a store that it was given."""
    if store.is_open:
        return store.resolve_update("crop").counts.new
    with store:
        return store.resolve_update("crop").counts.new


def test_a_pickled_store_is_made_anew(with_videos: metaxy.Store) -> None:
    copy = pickle.loads(pickle.dumps(with_videos))
    assert not copy.is_open
    assert copy.name == "test"
    with copy.open("write"):
        assert copy.resolve_update("crop").counts.new == 3


def test_a_store_of_a_project_can_be_pickled(tmp_path: Path, graph: metaxy.FeatureGraph) -> None:
    (tmp_path / "features.json").write_text(pickle.loads(pickle.dumps(graph))._native.definitions())
    (tmp_path / "metaxy.toml").write_text(
        'project = "test"\n[stores.dev]\ntype = "metaxy.ext.lancedb.LanceDBMetadataStore"\n'
        f'[stores.dev.config]\nuri = "{tmp_path}/metadata"\n[ext.cpp]\nentrypoints = ["features.json"]\n'
    )
    store = metaxy.Project(tmp_path / "metaxy.toml").store()
    with store.open("write"):
        store.write("video", make_videos(2))
    assert resolve_in(pickle.loads(pickle.dumps(store))) == 2


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_a_pool_works_with_a_store(with_videos: metaxy.Store, method: str) -> None:
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(resolve_in, [with_videos] * 4) == [3] * 4
    assert with_videos.resolve_update("crop").counts.new == 3


def in_child(body: object) -> str:
    """What `body` returns in a forked child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer = body()  # type: ignore[operator]
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}"
        os.write(writing, str(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


def test_a_forked_child_fails_at_once(with_videos: metaxy.Store) -> None:
    increment = with_videos.resolve_update("crop")
    answer = in_child(lambda: with_videos.resolve_update("crop"))
    assert answer.startswith("UnsupportedError: ") and "'spawn' or 'forkserver'" in answer
    assert "'spawn'" in in_child(lambda: pickle.loads(pickle.dumps(with_videos)).open())
    assert in_child(lambda: with_videos.close() or repr(with_videos)).startswith("Store(")
    # What the parent has is not disturbed.
    assert with_videos.resolve_update("crop").counts.new == 3
    assert increment.new.to_polars().height == 3
    assert "UnsupportedError" in in_child(lambda: increment.new.to_polars())


FORK_FIRST = """
import multiprocessing, sys
sys.path.insert(0, {tests!r})
import metaxy_cpp as metaxy
from conftest import FEATURES, make_videos


def work(store, number):
    with store.open("write"):
        store.write("video", make_videos(number))
        return store.resolve_update("crop").new.to_polars().height >= number


store = metaxy.Store({folder!r}, FEATURES, project="test")
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.starmap(work, [(store, number) for number in (2, 3, 4, 5)]))
with store:
    print(store.resolve_update("crop").new.to_polars().height)
"""


def test_a_store_may_be_used_first_after_a_fork(tmp_path: Path) -> None:
    """By the children, and by the parent after them."""
    script = FORK_FIRST.format(tests=str(Path(__file__).parent), folder=str(tmp_path / "metadata"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (done.stdout.split("\n"), done.returncode) == (["[True, True, True, True]", "5", ""], 0), done.stderr


def test_a_child_that_ends_as_usual_does_not_hang(tmp_path: Path) -> None:
    """Also when Python takes down the objects of the parent."""
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import metaxy_cpp as metaxy\n"
        "from conftest import FEATURES, make_videos\n"
        f"store = metaxy.Store({str(tmp_path / 'metadata')!r}, FEATURES, project='test').open('write')\n"
        "store.write('video', make_videos(2))\n"
        "increment = store.resolve_update('crop')\n"
        "rows = store.read('video')\n"
        "child = os.fork()\n"
        "if child == 0: sys.exit(7)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("7", "", 0)
