"""Ctrl-C, progress, log records and threads."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import make_videos

import metaxy_cpp as metaxy


def endless(batch: pa.RecordBatch, then: int) -> Iterator[pa.RecordBatch]:
    """Rows without end; Ctrl-C is pressed after some batches."""
    for number in range(10**9):
        if number == then:
            os.kill(os.getpid(), signal.SIGINT)
        yield batch


def endless_reader(then: int) -> pa.RecordBatchReader:
    batch = make_videos(10).to_arrow().to_batches()[0]
    return pa.RecordBatchReader.from_batches(batch.schema, endless(batch, then))


def test_ctrl_c_stops_a_write_and_leaves_nothing(store: metaxy.Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        store.write("video", endless_reader(3))
    assert not store.has_feature("video")
    assert store.write("video", make_videos(2)).rows == 2


def test_ctrl_c_stops_the_samples_of_a_resolve(store: metaxy.Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        store.resolve_update("video", samples=endless_reader(3))


def test_a_signal_handler_that_raises_stops_a_call(store: metaxy.Store) -> None:
    class Enough(Exception):
        pass

    def handle(number: int, frame: object) -> None:
        raise Enough

    old = signal.signal(signal.SIGINT, handle)
    try:
        with pytest.raises(Enough):
            store.write("video", endless_reader(3))
    finally:
        signal.signal(signal.SIGINT, old)


def test_ctrl_c_during_progress_stops_a_resolve(with_videos: metaxy.Store) -> None:
    def press(progress: metaxy.Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        with_videos.resolve_update("crop", progress=press)
    assert with_videos.resolve_update("crop").counts.new == 3


def test_ctrl_c_in_the_middle_of_a_resolve(with_videos: metaxy.Store) -> None:
    """While the engine works: another thread does, and this one waits for it."""
    heard = threading.Event()

    def handle(number: int, frame: object) -> None:
        heard.set()
        raise KeyboardInterrupt

    def press(progress: metaxy.Progress) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        assert heard.wait(60)

    old = signal.signal(signal.SIGINT, handle)
    try:
        with pytest.raises(KeyboardInterrupt):
            with_videos.resolve_update("crop", progress=press)
    finally:
        signal.signal(signal.SIGINT, old)
    assert with_videos.resolve_update("crop").counts.new == 3


def test_progress_is_told(with_videos: metaxy.Store) -> None:
    told: list[metaxy.Progress] = []
    with_videos.resolve_update("crop", progress=told.append)
    assert {progress.phase for progress in told} <= {"reading", "comparing"}
    assert max(progress.rows for progress in told) >= 3


def test_what_a_callback_raises_comes_back(with_videos: metaxy.Store) -> None:
    def fail(progress: metaxy.Progress) -> None:
        raise ZeroDivisionError("in the callback")

    with pytest.raises(ZeroDivisionError, match="in the callback"):
        with_videos.resolve_update("crop", progress=fail)


def test_log_records_are_heard(tmp_path: Path, graph: metaxy.FeatureGraph) -> None:
    heard: list[metaxy.LogRecord] = []
    store = metaxy.Store(tmp_path / "metadata", graph, on_log=heard.append)
    with store.open("write"):
        store.write("video", make_videos(1))
        store.write("video", make_videos(1).with_columns(size=1))
    (record,) = [record for record in heard if record.subject == "schema"]
    assert record.severity == "info"
    assert record.values["table"] == "video"


def test_log_records_go_to_logging_by_default(
    tmp_path: Path, graph: metaxy.FeatureGraph, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="metaxy_cpp"), metaxy.Store(tmp_path, graph).open("write") as store:
        store.write("video", make_videos(1))
        store.write("video", make_videos(1).with_columns(size=1))
    assert any("size" in record.getMessage() for record in caplog.records)


def test_other_threads_run_meanwhile_and_many_may_call(with_videos: metaxy.Store) -> None:
    with_videos.write("crop", with_videos.resolve_update("crop").new)
    waiting = threading.Event()

    class Slow:
        """Rows that come only when another thread of Python has run."""

        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            table = make_videos(1).to_arrow()

            def batches() -> Iterator[pa.RecordBatch]:
                assert waiting.wait(60)
                yield table.to_batches()[0]

            return pa.RecordBatchReader.from_batches(table.schema, batches()).__arrow_c_stream__()

    with ThreadPoolExecutor(8) as pool:
        slow = pool.submit(with_videos.write, "video", Slow())
        counts = [pool.submit(with_videos.resolve_update, "crop") for _ in range(20)]
        assert all(future.result().counts == (0, 0, 0) for future in counts)
        waiting.set()
        assert slow.result().rows == 1
