"""What many processes do together: writes in two steps, reads in slices, resolves in parts."""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
from pathlib import Path

import pytest
from conftest import FEATURES, make_videos

import metaxy_cpp as metaxy


def write_in_another_process(directory: str, number: int) -> bytes:
    graph = metaxy.FeatureGraph.from_features(FEATURES, project="test")
    with metaxy.Store(directory, graph).open("write") as store:
        return store.write_fragments("video", make_videos(10)[2 * number : 2 * number + 2], write_id="job")


def test_processes_write_and_one_commits(store: metaxy.Store, tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        directory = str(tmp_path / "metadata")
        fragments = pool.starmap(write_in_another_process, [(directory, number) for number in range(5)])
    assert all(isinstance(part, bytes) for part in fragments)
    assert store.count("video") == 0
    first = store.commit_fragments("video", fragments, "job")
    assert first.rows == 10
    assert store.commit_fragments("video", [*fragments, *fragments], "job") == first
    assert store.count("video") == 10
    assert store.find_write("video", "job") == first.version


def test_what_is_wrong_is_said(store: metaxy.Store) -> None:
    good = store.write_fragments("video", make_videos(1))
    with pytest.raises(metaxy.InvalidInputError, match="checksum"):
        store.commit_fragments("video", [good[:-1] + b"x"], "job")
    with pytest.raises(metaxy.InvalidInputError, match="are of feature 'video', not of 'crop'"):
        store.commit_fragments("crop", [good], "job")
    with pytest.raises(metaxy.InvalidInputError, match="write_id has 0 bytes"):
        store.commit_fragments("video", [good], "")
    with pytest.raises(TypeError):
        store.commit_fragments("video", ["text"], "job")  # type: ignore[list-item]
    with pytest.raises(metaxy.MetadataSchemaError):
        store.write_fragments("video", make_videos(1).drop("metaxy_provenance_by_field"))


def read_in_another_process(directory: str, slice: bytes) -> list[str]:
    graph = metaxy.FeatureGraph.from_features(FEATURES, project="test")
    with metaxy.Store(directory, graph).open() as store:
        return store.read_slice(slice, ["path"]).to_arrow()["path"].to_pylist()


def test_slices_are_read_by_other_processes(store: metaxy.Store, tmp_path: Path) -> None:
    store.write("video", make_videos(10))
    increment = store.resolve_update("crop")
    slices = [increment.slice("new", begin, 2) for begin in range(0, 10, 2)]
    store.write("video", make_videos(3, "2"))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        paths = pool.starmap(read_in_another_process, [(str(tmp_path / "metadata"), slice) for slice in slices])
    assert sum(paths, []) == [f"v{number}.mp4" for number in range(10)]
    with pytest.raises(metaxy.InvalidInputError, match="is not in a part of 10 rows"):
        increment.slice("new", 9, 2)
    with pytest.raises(metaxy.InvalidInputError, match="part is 'old'"):
        increment.slice("old", 0, 1)
    with pytest.raises(metaxy.InvalidInputError, match="checksum"):
        store.read_slice(slices[0][:-1])
    with pytest.raises(metaxy.MetadataSchemaError, match="no column 'length'"):
        store.read_slice(slices[0], ["length"])


def test_a_resolve_in_parts_is_that_of_one_process(store: metaxy.Store) -> None:
    store.write("video", make_videos(50))
    store.write("crop", store.resolve_update("crop").new)
    store.write("video", make_videos(60, "2"))
    store.write("video", make_videos(20))
    plan = store.plan_resolve("crop", 3, global_filters="video_id != 'v7'")
    assert [table.feature for table in plan.tables] == ["video", "crop"]
    blocks: list[list[list[bytes]]] = [[[] for _ in plan.tables] for _ in range(plan.parts)]
    for number, table in enumerate(plan.tables):
        assert not table.exchanged
        for fragment in range(len(table.fragment_rows)):
            for part, block in enumerate(store.scan_part(plan.data, number, [fragment])):
                blocks[part][number].append(block)
    outcomes = [store.compare_part(plan.data, part, blocks[part], most_rows=5) for part in range(plan.parts)]
    one = store.resolve_update("crop", global_filters="video_id != 'v7'")
    assert tuple(sum(outcome.counts[i] for outcome in outcomes) for i in range(3)) == tuple(one.counts) == (10, 30, 0)
    for name in ("new", "stale"):
        rows = [
            row
            for outcome in outcomes
            for slice in getattr(outcome, name)
            for row in store.read_slice(slice).to_arrow()["video_id"].to_pylist()
        ]
        assert sorted(rows) == sorted(getattr(one, name).to_arrow()["video_id"].to_pylist())
    with pytest.raises(metaxy.InvalidInputError, match="is in no block of part 0"):
        store.compare_part(plan.data, 0, [blocks[0][0][:-1], blocks[0][1]])
    with pytest.raises(metaxy.InvalidInputError, match="parts is 0"):
        store.plan_resolve("crop", 0)


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_there_is_a_remedy() -> None:
    with pytest.raises(ImportError, match=r"needs Ray Data; install it with: pip install 'metaxy-cpp\[ray\]'"):
        importlib.import_module("metaxy_cpp.ray")
