"""Nothing is left behind by many calls in one process."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path

from conftest import FEATURES, make_videos
from reference_project import configured, make_graph
from reference_project import make_videos as make_videos_of_metaxy

import metaxy_cpp as metaxy

# METAXY_RESOLVES=10000 is what `make test-python-long` does.
RESOLVES = int(os.environ.get("METAXY_RESOLVES", "450"))
MOST_MEGABYTES = 10.0


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def growth(count: int, call: Callable[[int], None]) -> float:
    """By how many megabytes the process grows, from when a third of the calls is done."""
    before = 0.0
    for number in range(count):
        if number == count // 3:
            gc.collect()
            before = resident_megabytes()
        call(number)
    gc.collect()
    return resident_megabytes() - before


def test_many_resolves_do_not_grow(tmp_path: Path) -> None:
    with metaxy.Store(tmp_path, FEATURES, project="test").open("write") as store:
        store.write("video", make_videos(10))
        store.write("crop", store.resolve_update("crop").new)

        def resolve(number: int) -> None:
            increment = store.resolve_update("crop")
            assert not increment
            if number % 50 == 0:
                increment.new.to_polars()

        assert growth(RESOLVES, resolve) < MOST_MEGABYTES


def test_many_resolves_of_the_drop_in_store_do_not_grow(tmp_path: Path) -> None:
    """Also where graphs come and go."""
    with configured(), metaxy.LanceDBMetadataStore(tmp_path).open("w") as store:
        graphs = [make_graph(str(number)) for number in range(3)]
        with graphs[0].use():
            store.write("video", make_videos_of_metaxy(10))

        def resolve(number: int) -> None:
            with (make_graph(str(number)) if number % 20 == 0 else graphs[number % 3]).use():
                assert len(store.resolve_update("crop", lazy=number % 2 == 0).collect().new) == 10

        assert growth(RESOLVES // 3, resolve) < MOST_MEGABYTES
