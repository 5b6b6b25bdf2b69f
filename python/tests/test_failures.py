"""Samples that could not be computed: recorded, skipped, retried and cleared, in both stores."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import metaxy as mx
import narwhals as nw
import polars as pl
import pyarrow as pa
import pytest
import reference_project
from conftest import FEATURES, make_videos
from metaxy.ext.lancedb import LanceDBMetadataStore as ReferenceStore
from metaxy.metadata_store import exceptions

import metaxy_cpp as metaxy


@pytest.fixture
def drop_in(tmp_path: Path) -> Iterator[Any]:
    """A drop-in store that is open for writing, with three videos."""
    with reference_project.configured(), reference_project.make_graph().use():
        with metaxy.LanceDBMetadataStore(tmp_path / "drop_in").open("w") as store:
            store.write("video", reference_project.make_videos(3))
            yield store


@pytest.fixture(params=["native", "drop-in"])
def either(request: pytest.FixtureRequest) -> Any:
    """Both kinds of stores."""
    return request.getfixturevalue("with_videos" if request.param == "native" else "drop_in")


class RateLimitError(Exception):
    pass


def crop(row: dict[str, Any]) -> dict[str, Any]:
    """Fails for v1, and for v2 in another way."""
    if row["video_id"] == "v1":
        raise FileNotFoundError("v1.mp4 is gone")
    if row["video_id"] == "v2":
        raise RateLimitError("429")
    return {"size": len(row["video_id"])}


def ids_of(part: Any) -> list[str]:
    return sorted(pl.DataFrame(part)["video_id"].to_list())


def test_what_a_function_raises_is_recorded(either: Any) -> None:
    with either.catch_errors("crop", either.resolve_update("crop")) as attempts:
        either.write("crop", attempts.map(crop))
    assert (attempts.succeeded, attempts.failed, attempts.recorded) == (1, 2, 2)
    failures = either.failures.read("crop").to_polars().sort("video_id")
    assert failures["video_id"].to_list() == ["v1", "v2"]
    assert failures["metaxy_failure_kind"].to_list() == ["FileNotFoundError", "RateLimitError"]
    assert failures["metaxy_failure_message"].to_list() == ["v1.mp4 is gone", "429"]
    assert failures["metaxy_failure_attempts"].to_list() == [1, 1]
    assert [json.loads(text) for text in failures["ids"]] == [{"video_id": "v1"}, {"video_id": "v2"}]
    # One commit, as often as there are blocks.
    assert either.failures.read("crop", kinds=RateLimitError).to_polars().height == 1
    if isinstance(either, metaxy.Store):
        assert either.table_statistics("metaxy_system__failures")["versions"] == 1


def test_a_resolve_skips_or_retries(either: Any) -> None:
    def parts(failures: Any) -> tuple[list[str], list[str]]:
        increment = either.resolve_update("crop", failures=failures)
        return ids_of(increment.new), ids_of(increment.failed)

    with either.catch_errors("crop", either.resolve_update("crop").new) as attempts:
        attempts.map(crop)
    everything = ["v0", "v1", "v2"]
    assert parts("include") == (everything, [])
    assert parts("skip") == (["v0"], ["v1", "v2"])
    assert parts("retry") == (everything, [])
    assert parts(metaxy.RetryPolicy(max_attempts=1)) == (["v0"], ["v1", "v2"])
    assert parts(metaxy.RetryPolicy(never_retry=[FileNotFoundError])) == (["v0", "v2"], ["v1"])
    assert parts(metaxy.RetryPolicy(never_retry="RateLimitError")) == (["v0", "v1"], ["v2"])
    assert parts(metaxy.RetryPolicy(first_wait=timedelta(hours=1))) == (["v0"], ["v1", "v2"])
    assert parts(metaxy.RetryPolicy(first_wait=3600.0, max_wait=0)) == (everything, [])
    with pytest.raises(ValueError, match="failures is 'ignore'"):
        parts("ignore")
    for policy, message in (
        (metaxy.RetryPolicy(max_attempts=0), "max_attempts"),
        (metaxy.RetryPolicy(backoff=0.5), "backoff"),
        (metaxy.RetryPolicy(first_wait=-1), "first_wait"),
        (metaxy.RetryPolicy(max_wait=float("nan")), "max_wait"),
    ):
        with pytest.raises(ValueError, match=message):
            parts(policy)


def test_counts_status_and_truth(with_videos: metaxy.Store) -> None:
    store = with_videos
    store.write("crop", store.resolve_update("crop").new)
    store.write("video", make_videos(5).tail(2))
    store.write("video", make_videos(1, version="2"))
    with store.catch_errors("crop", store.resolve_update("crop")) as attempts:
        attempts.map(lambda row: 1 / 0)  # type: ignore[arg-type, return-value]
    assert attempts.recorded == 3
    increment = store.resolve_update("crop", failures="skip")
    assert increment.counts == (0, 0, 0)
    assert increment.failed_counts == metaxy.FailedCounts(new=2, stale=1)
    assert not increment
    assert repr(increment) == "Increment(new=0, stale=0, orphaned=0, failed=3)"
    status = store.status(["crop"])[0]
    assert (status.new, status.stale, status.failed, status.needs_update) == (2, 1, 3, True)


def test_a_success_and_a_retry_clear(either: Any) -> None:
    with either.catch_errors("crop", either.resolve_update("crop")) as attempts:
        either.write("crop", attempts.map(crop))
    assert either.failures.clear("crop", kinds=["FileNotFoundError"]) == metaxy.ClearedFailures(1, 1)
    increment = either.resolve_update("crop", failures="skip")
    assert (ids_of(increment.new), ids_of(increment.failed)) == (["v1"], ["v2"])
    either.write("crop", either.resolve_update("crop").new)
    assert either.failures.read().to_polars().height == 0


def test_attempts_are_counted_over_runs_and_within(either: Any) -> None:
    for number in range(2):
        with either.catch_errors("crop", either.resolve_update("crop")) as attempts:
            for attempt in attempts:
                for _ in range(number + 1):
                    with attempt as row:
                        crop(row)
                assert (attempt.error is None) == (row["video_id"] == "v0")
    assert either.failures.read("crop").to_polars()["metaxy_failure_attempts"].to_list() == [3, 3]
    filters: Any = "metaxy_failure_attempts > 3"
    assert either.failures.read("crop", filters=filters).to_polars().height == 0
    if not isinstance(either, metaxy.Store):
        filters = [nw.col("metaxy_failure_attempts") >= 3, nw.col("video_id") == "v2"]
        assert either.failures.clear("crop", filters=filters) == (1, 3)
        with pytest.raises(metaxy.UnsupportedError, match="ends_with"):
            either.failures.read("crop", filters=nw.col("video_id").str.ends_with("2"))


def test_a_sample_that_succeeds_at_last_has_not_failed(with_videos: metaxy.Store) -> None:
    with with_videos.catch_errors("crop", with_videos.resolve_update("crop")) as attempts:
        for attempt in attempts:
            for number in range(2):
                with attempt as row:
                    if number == 0:
                        row["left"] = 1
                        raise RateLimitError
                    row["size"] = number
            assert attempt.error is None
    assert attempts.recorded == 0
    results = attempts.results()
    assert results.column("size").to_pylist() == [1, 1, 1]
    assert "left" not in results.column_names


@pytest.mark.parametrize("leaving", [KeyboardInterrupt, SystemExit, MemoryError, GeneratorExit])
def test_what_ends_the_block_does_not_lose_what_has_failed(
    with_videos: metaxy.Store, leaving: type[BaseException]
) -> None:
    """Ends it in the context of a sample, which is not one that has failed."""
    with pytest.raises(leaving):
        with with_videos.catch_errors("crop", with_videos.resolve_update("crop"), catch=OSError) as attempts:
            for attempt in attempts:
                with attempt as row:
                    if row["video_id"] == "v2":
                        raise leaving()
                    raise FileNotFoundError(row["video_id"])
    assert ids_of(with_videos.failures.read("crop")) == ["v0", "v1"]
    assert ids_of(with_videos.resolve_update("crop", failures="skip").new) == ["v2"]


def test_only_exceptions_can_be_caught(with_videos: metaxy.Store) -> None:
    for catch in (BaseException, KeyboardInterrupt, (ValueError, SystemExit), "ValueError", ValueError()):
        with pytest.raises(TypeError, match="derived from Exception"):
            with_videos.catch_errors("crop", with_videos.resolve_update("crop"), catch=catch)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="v0"):
        with with_videos.catch_errors(
            "crop", with_videos.resolve_update("crop"), catch=(OSError, KeyError)
        ) as attempts:
            attempts.map(lambda row: int(row["video_id"]))  # type: ignore[arg-type, return-value]
    assert attempts.recorded == 0


def test_what_would_keep_failures_from_being_recorded_is_said_first(
    with_videos: metaxy.Store, tmp_path: Path, graph: metaxy.FeatureGraph
) -> None:
    increment = with_videos.resolve_update("crop")
    frame = increment.new.to_polars()
    with metaxy.Store(tmp_path / "metadata", graph) as reading:
        with pytest.raises(metaxy.StoreNotOpenError, match="reading"), reading.catch_errors("crop", increment):
            raise AssertionError("not reached")
    for rows, error in (
        (frame.drop("video_id"), metaxy.MetadataSchemaError),
        (frame.drop("metaxy_provenance", "metaxy_provenance_by_field"), metaxy.MetadataSchemaError),
        (frame.with_columns(video_id=pl.lit(1)), metaxy.MetadataSchemaError),
        (7, TypeError),
        ([1, 2], TypeError),
        ("video", TypeError),
    ):
        with pytest.raises(error), with_videos.catch_errors("crop", rows):
            raise AssertionError("not reached")
    with pytest.raises(metaxy.FeatureNotInGraphError), with_videos.catch_errors("corp", increment):
        raise AssertionError("not reached")
    assert "metaxy_system__failures" not in with_videos.tables()


def test_rows_of_every_kind(with_videos: metaxy.Store) -> None:
    increment = with_videos.resolve_update("crop")
    frame = increment.new.to_polars()
    for number, rows in enumerate(
        (increment, increment.new, frame, frame.lazy(), frame.to_arrow(), frame.to_pandas(), nw.from_native(frame))
        + (frame.to_dicts(), frame.iter_rows(named=True), pa.RecordBatchReader.from_stream(frame))
    ):
        with with_videos.catch_errors("crop", rows) as attempts:
            attempts.map(crop)
        assert attempts.recorded == 2, rows
        found = with_videos.failures.read("crop").to_polars()
        assert found["metaxy_failure_attempts"].to_list() == [number + 1] * 2, type(rows)


def test_results_have_what_was_set(with_videos: metaxy.Store) -> None:
    rows = with_videos.resolve_update("crop").new.to_arrow()
    rows = rows.append_column("number", pa.array([1, 2, 3], pa.int16())).append_column("kept", pa.array([b"a"] * 3))
    with with_videos.catch_errors("crop", rows) as attempts:
        for attempt in attempts:
            with attempt as row:
                row["number"] += 1
                if row["video_id"] != "v1":
                    row["text"] = "of " + row["video_id"]
                row["box"] = {"x": 1.5}
    results = attempts.results()
    assert results.schema.field("number").type == pa.int16()
    assert results.column("number").to_pylist() == [2, 3, 4]
    assert sorted(results.column("text").to_pylist(), key=str) == [None, "of v0", "of v2"]
    assert results.schema.field("box").type == pa.struct({"x": pa.float64()})
    assert results.drop_columns(["number", "text", "box"]).equals(rows.drop_columns(["number"]))
    with_videos.write("crop", results)
    assert with_videos.resolve_update("crop").counts == (0, 0, 0)
    # Nothing has succeeded, and nothing has been tried.
    with with_videos.catch_errors("crop", with_videos.resolve_update("crop", skip_comparison=True)) as attempts:
        assert attempts.map(lambda row: row["none"]).num_rows == 0
        assert "video_id" in attempts.results().column_names
    with with_videos.catch_errors("crop", with_videos.resolve_update("crop")) as attempts:
        assert with_videos.write("crop", attempts.map(crop)).rows == 0


def test_values_that_make_no_column(with_videos: metaxy.Store) -> None:
    def results_of(computed: Any) -> pa.Table:
        with with_videos.catch_errors("crop", with_videos.resolve_update("crop")) as attempts:
            return attempts.map(lambda row: {"x": computed(row["video_id"])} if callable(computed) else computed)

    with pytest.raises(pa.ArrowInvalid) as mixed:
        results_of(lambda name: 1 if name == "v0" else "b")
    assert "column 'x'" in mixed.value.__notes__[0]
    with pytest.raises(TypeError, match="named by texts"):
        results_of({1: 2})
    # What is not a dict is a failure of each sample.
    results_of([1])
    assert with_videos.failures.read(kinds=TypeError).to_polars().height == 3


def test_samples_are_taken_once_and_within_the_block(with_videos: metaxy.Store) -> None:
    attempts = with_videos.catch_errors("crop", with_videos.resolve_update("crop"))
    with pytest.raises(metaxy.InvalidInputError, match="within its block"):
        next(iter(attempts))
    with attempts:
        assert len(list(attempts)) == 3
        with pytest.raises(metaxy.InvalidInputError, match="taken once"):
            next(iter(attempts))


def test_other_threads_may_compute(with_videos: metaxy.Store) -> None:
    threads = set()

    def work(attempt: metaxy.Attempt) -> None:
        with attempt as row:
            threads.add(threading.get_ident())
            row.update(crop(row))

    with with_videos.catch_errors("crop", with_videos.resolve_update("crop")) as attempts:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, attempts))
    assert threading.get_ident() not in threads
    assert (attempts.succeeded, attempts.recorded) == (1, 2)


def test_writers_at_once_lose_and_double_nothing(with_videos: metaxy.Store, tmp_path: Path) -> None:
    """Each with a store of its own: some record, one clears."""
    increment = with_videos.resolve_update("crop")

    def work(number: int) -> int:
        with metaxy.Store(tmp_path / "metadata", FEATURES, project="test").open("write") as store:
            if number == 0:
                return -sum(store.failures.clear("crop").attempts for _ in range(6))
            for _ in range(6):
                with store.catch_errors("crop", increment) as attempts:
                    attempts.map(crop)
            return 12

    with ThreadPoolExecutor(4) as pool:
        left = sum(pool.map(work, range(4)))
    failures = with_videos.failures.read("crop").to_polars()
    assert failures["metaxy_failure_attempts"].sum() == left
    assert with_videos.failures.clear().attempts == left


class SilentError(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


def test_messages_are_texts(with_videos: metaxy.Store) -> None:
    raised = {"v0": OSError("bad name \udcff"), "v1": SilentError(), "v2": ValueError("two\nlines\0")}

    def fail(row: dict[str, Any]) -> None:
        raise raised[row["video_id"]]

    with with_videos.catch_errors("crop", with_videos.resolve_update("crop")) as attempts:
        attempts.map(fail)
    found = with_videos.failures.read("crop").to_polars().sort("video_id")["metaxy_failure_message"].to_list()
    assert found == [
        "bad name \\udcff",
        "a SilentError whose text cannot be made: ZeroDivisionError",
        "two\nlines\0",
    ]


def test_failures_that_cannot_be_recorded_do_not_hide_what_ended_the_block(
    tmp_path: Path, graph: metaxy.FeatureGraph
) -> None:
    store = metaxy.Store(tmp_path, graph).open("write")
    store.write("video", make_videos(2))
    with pytest.raises(KeyboardInterrupt) as caught:
        with store.catch_errors("crop", store.resolve_update("crop")) as attempts:
            attempts.map(crop)
            store.close()
            raise KeyboardInterrupt
    assert "Of 1 samples, the failures could not be recorded: " in caught.value.__notes__[0]
    with store.open("write"), pytest.raises(metaxy.StoreNotOpenError):
        with store.catch_errors("crop", store.resolve_update("crop")) as attempts:
            attempts.map(crop)
            store.close()


def test_record_takes_rows_with_reasons(either: Any) -> None:
    rows = pl.DataFrame(either.resolve_update("crop").new)
    reasons = rows.with_columns(
        metaxy_failure_kind=pl.when(pl.col("video_id") == "v0").then(pl.lit("Broken")),
        metaxy_failure_attempts=pl.lit(2),
    )
    assert either.failures.record("crop", reasons, kind="Unknown", message="?", dry_run=True) == 3
    assert either.failures.read().to_polars().height == 0
    assert either.failures.record("crop", reasons, kind="Unknown", message="?", materialization_id="run-1") == 3
    found = either.failures.read(["crop"]).to_polars().sort("video_id")
    assert found["metaxy_failure_kind"].to_list() == ["Broken", "Unknown", "Unknown"]
    assert found["metaxy_failure_message"].to_list() == ["?"] * 3
    assert found["metaxy_failure_attempts"].to_list() == [2] * 3
    assert found["metaxy_materialization_id"].to_list() == ["run-1"] * 3
    wrong = rows.with_columns(video_id=pl.lit(1))
    with pytest.raises(exceptions.MetadataSchemaError if not isinstance(either, metaxy.Store) else metaxy.MetaxyError):
        either.failures.record("crop", wrong)
    assert either.failures.clear() == (3, 6)


def test_the_python_package_works_on_a_store_with_failures(drop_in: Any, tmp_path: Path) -> None:
    with drop_in.catch_errors("crop", drop_in.resolve_update("crop", lazy=True)) as attempts:
        drop_in.write("crop", attempts.map(crop))
    assert attempts.recorded == 2
    with ReferenceStore(tmp_path / "drop_in").open("w") as reference:
        increment = reference.resolve_update("crop")
        assert ids_of(increment.new) == ["v1", "v2"]
    assert not drop_in.native_calls.reference


def test_an_increment_of_the_drop_in_is_one_of_the_python_package(drop_in: Any) -> None:
    with drop_in.catch_errors("crop", drop_in.resolve_update("crop")) as attempts:
        attempts.map(crop)
    increment = drop_in.resolve_update("crop", failures="skip")
    new, stale, orphaned = increment
    assert type(increment).__mro__[1] is mx.versioning.types.Increment
    assert (len(new), len(stale), len(orphaned), len(increment.failed)) == (1, 0, 0, 2)
    lazy = drop_in.resolve_update("crop", failures=metaxy.RetryPolicy(never_retry=[RateLimitError]), lazy=True)
    assert ids_of(lazy.failed.collect()) == ["v2"]
    assert ids_of(lazy.collect().failed) == ["v2"]
    assert len(drop_in.resolve_update("crop").failed) == 0
    copy = pickle.loads(pickle.dumps(increment))
    assert (ids_of(copy.new), ids_of(copy.failed)) == (["v0"], ["v1", "v2"])
    assert repr(copy).startswith("Increment(new=")


def test_failures_are_not_left_to_the_python_package(drop_in: Any) -> None:
    unknown = nw.col("video_id").str.ends_with("1")
    with pytest.raises(metaxy.UnsupportedError, match="knows no failures: .*ends_with"):
        drop_in.resolve_update("crop", global_filters=[unknown], failures="skip")
    with pytest.raises(ValueError, match="samples"):  # A mistake is told in its words.
        drop_in.resolve_update("video", failures="skip")


def test_maps_keep_their_layout(tmp_path: Path) -> None:
    with metaxy.Store(tmp_path, FEATURES, project="test", enable_map_datatype=True).open("write") as store:
        store.write("video", make_videos(3))
        with store.catch_errors("crop", store.resolve_update("crop")) as attempts:
            store.write("crop", attempts.map(crop))
        assert attempts.recorded == 2
        assert store.resolve_update("crop", failures="skip").counts == (0, 0, 0)
        assert pa.types.is_map(store.read("crop").to_arrow().schema.field("metaxy_provenance_by_field").type)


def test_maps_of_the_drop_in_keep_their_layout(tmp_path: Path) -> None:
    pytest.importorskip("narwhals_map", reason="narwhals-map is not installed; tools/setup.sh suite installs it")
    with reference_project.configured(enable_map_datatype=True), reference_project.make_graph().use():
        with metaxy.LanceDBMetadataStore(tmp_path).open("w") as store:
            store.write("video", reference_project.make_videos(3))
            with store.catch_errors("crop", store.resolve_update("crop")) as attempts:
                store.write("crop", attempts.map(crop))
            assert attempts.recorded == 2
            assert ids_of(store.resolve_update("crop", failures="skip").failed) == ["v1", "v2"]


def test_policies_can_be_pickled() -> None:
    policy = metaxy.RetryPolicy(first_wait=timedelta(minutes=1), never_retry=[OSError])
    assert pickle.loads(pickle.dumps(policy)) == policy
