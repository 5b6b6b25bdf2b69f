"""Increments computed and written by Ray, on one machine."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import ray
import ray.data

import metaxy_cpp as metaxy
from metaxy_cpp.ray import STATUS_COLUMN, MetaxyDatasink, read_increment, resolve_update, update, write

from .conftest import make_videos, rows_of

pytestmark = pytest.mark.usefixtures("local_ray")


def double(batch: pa.Table) -> dict[str, Any]:
    return {"doubled": [2 * size for size in batch["size"].to_pylist()]}


def fail_for_some(batch: pa.Table) -> dict[str, Any]:
    for name in batch["video_id"].to_pylist():
        if name.endswith("7"):
            raise OSError(f"no frames in {name}")
    return double(batch)


class Multiply:
    def __init__(self, by: int) -> None:
        self._by = by

    def __call__(self, batch: pa.Table) -> dict[str, Any]:
        return {"doubled": [self._by * size for size in batch["size"].to_pylist()]}


def test_an_update_is_that_of_one_machine(store: metaxy.Store, tmp_path: Path, graph: metaxy.FeatureGraph) -> None:
    report = update(store, "crop", double, blocks=7, batch_size=5)
    assert (report.rows, report.failed, len(report.commits)) == (100, 0, 1)
    assert store.find_write("crop", report.write_ids[0]) == report.commits[0]
    with metaxy.Store(tmp_path / "one", graph).open("write") as one:
        one.write("video", make_videos(100))
        increment = one.resolve_update("crop").new.to_arrow()
        computed = pa.array(double(increment)["doubled"])
        one.write("crop", increment.drop_columns(["size"]).append_column("doubled", computed))
        columns = ["video_id", "doubled", "metaxy_provenance", "metaxy_data_version", "metaxy_feature_version"]
        assert rows_of(store, "crop", *columns) == rows_of(one, "crop", *columns)
        mine, others = (each.read("crop").to_arrow().schema for each in (store, one))
        assert sorted(mine.names) == sorted(others.names)
    assert not store.resolve_update("crop")
    assert update(store, "crop", double).commits == []


def test_an_increment_has_its_status_and_its_blocks(store: metaxy.Store) -> None:
    update(store, "crop", double)
    store.write("video", pa.concat_tables([make_videos(10, "2"), make_videos(103).slice(100)]))
    dataset = read_increment(store, "crop", blocks=4, columns=["size"])
    assert dataset.count() == 13
    assert dataset.materialize().num_blocks() >= 4
    assert dataset.size_bytes() > 0
    rows = dataset.take_all()
    assert sorted(row["video_id"] for row in rows if row[STATUS_COLUMN] == "new") == ["v100", "v101", "v102"]
    assert sum(row[STATUS_COLUMN] == "stale" for row in rows) == 10
    assert "metaxy_provenance" in dataset.schema().names
    assert read_increment(store, "crop", filters={"video": "size > 100"}).count() == 2
    nothing = read_increment(store, "crop", filters={"video": "size > 1000"}, columns=[])
    assert nothing.count() == 0
    assert "size" not in nothing.schema().names
    with pytest.raises(metaxy.MetadataSchemaError, match="no column 'length'"):
        read_increment(store, "crop", columns=["length"])


def ids_of(dataset: ray.data.Dataset, status: str) -> list[str]:
    return sorted(row["video_id"] for row in dataset.take_all() if row[STATUS_COLUMN] == status)


def test_rows_are_those_that_were_resolved(store: metaxy.Store) -> None:
    dataset = read_increment(store, "crop", blocks=5)
    # Workers read later, from the version that was resolved.
    store.write("video", make_videos(120, "2"))
    rows = dataset.take_all()
    assert len(rows) == 100
    assert sorted(row["size"] for row in rows) == list(range(100))
    assert read_increment(store, "crop").count() == 120


def test_given_samples_are_sent_to_the_workers(store: metaxy.Store) -> None:
    dataset = read_increment(store, "video", samples=make_videos(120), blocks=4)
    assert dataset.count() == 20
    assert ids_of(dataset, "new") == sorted(f"v{number}" for number in range(100, 120))


@pytest.mark.parametrize("parts", [1, 5, None])
def test_a_resolve_on_the_cluster_is_that_of_one_machine(store: metaxy.Store, parts: int | None) -> None:
    update(store, "crop", double)
    store.write("video", pa.concat_tables([make_videos(10, "2"), make_videos(103).slice(100)]))
    store.delete("video", "video_id = 'v50'")
    increment = resolve_update(store, "crop", parts=parts, scanned_rows=30)
    one = store.resolve_update("crop")
    assert increment.counts == one.counts == (3, 10, 1)
    assert increment.input_progress == pytest.approx(one.input_progress)
    assert 0 < increment.shuffled_bytes
    dataset = increment.read(columns=["size"])
    for status in ("new", "stale"):
        assert ids_of(dataset, status) == sorted(getattr(one, status).to_arrow()["video_id"].to_pylist())
    nothing = resolve_update(store, "crop", parts=parts, filters={"video": "size > 1000"}).read()
    assert nothing.count() == 0
    assert "size" in nothing.schema().names


def test_what_cannot_be_spread_is_said(store: metaxy.Store) -> None:
    with pytest.raises(metaxy.InvalidInputError, match="has no dependencies"):
        resolve_update(store, "video")


def test_a_server_is_refused_before_anything_is_computed(graph: metaxy.FeatureGraph) -> None:
    kwargs = {"api_key": "key", "host_override": "http://127.0.0.1:9"}
    with metaxy.Store("db://database", graph, connect_kwargs=kwargs, sync=False).open("write") as store:
        for attempt in (
            lambda: update(store, "crop", double),
            lambda: MetaxyDatasink("crop", store),
        ):
            with pytest.raises(metaxy.UnsupportedError, match="cannot be written to a LanceDB server") as caught:
                attempt()
            assert "\n" not in str(caught.value)


def test_what_raises_fails_the_job_and_what_was_committed_stays(store: metaxy.Store) -> None:
    with pytest.raises(Exception, match="no frames in v"):
        update(store, "crop", fail_for_some, blocks=10)
    left = {row[0] for row in rows_of(store, "crop", "video_id")} if store.has_feature("crop") else set()
    report = update(store, "crop", double)
    assert report.rows == 100 - len(left)
    assert [row[0] for row in rows_of(store, "crop", "video_id")] == sorted(f"v{n}" for n in range(100))


def test_failures_are_recorded_row_by_row(store: metaxy.Store) -> None:
    report = update(store, "crop", fail_for_some, on_error="record", blocks=3, batch_size=10)
    assert (report.rows, report.failed) == (90, 10)
    failures = store.failures.read("crop").to_arrow()
    assert sorted(failures["video_id"].to_pylist()) == sorted(f"v{n}7" if n else "v7" for n in range(10))
    assert set(failures["metaxy_failure_kind"].to_pylist()) == {"OSError"}
    assert "no frames in v7" in failures["metaxy_failure_message"].to_pylist()
    assert store.resolve_update("crop", failures="skip").counts.new == 0
    # The next time they succeed, and their failures are gone.
    assert update(store, "crop", double).rows == 10
    assert store.failures.read("crop").to_arrow().num_rows == 0


def test_actors_make_their_objects(store: metaxy.Store) -> None:
    report = update(store, "crop", Multiply, fn_constructor_kwargs={"by": 3}, concurrency=1, batch_format="pyarrow")
    assert report.rows == 100
    assert ("v9", 27) in rows_of(store, "crop", "video_id", "doubled")


@pytest.mark.parametrize("batch_format", ["numpy", "pandas"])
def test_other_formats_of_batches(store: metaxy.Store, batch_format: str) -> None:
    def compute(batch: Any) -> Any:
        batch["doubled"] = 2 * batch["size"]
        return batch

    assert update(store, "crop", compute, batch_format=batch_format).rows == 100
    assert ("v9", 18) in rows_of(store, "crop", "video_id", "doubled")
    # The versions are those that the store gave, whatever the format has made of them.
    assert not store.resolve_update("crop")


def test_commits_are_made_on_the_way(store: metaxy.Store) -> None:
    report = update(store, "crop", double, blocks=10, commit_rows=20)
    assert report.rows == 100
    assert len(report.commits) >= 3
    assert len(set(report.write_ids)) == len(report.commits)
    assert len(rows_of(store, "crop", "video_id")) == 100


def test_a_sink_commits_once_under_its_id(store: metaxy.Store) -> None:
    dataset = read_increment(store, "crop", blocks=5)
    assert write(dataset, store, "crop", write_id="job-1").rows == 100
    sink = MetaxyDatasink("crop", store, write_id="job-1")
    dataset.write_datasink(sink)
    assert sink.report is not None
    assert sink.report.rows == 0
    assert sink.report.commits == [store.find_write("crop", "job-1")]
    assert len(rows_of(store, "crop", "video_id")) == 100
    assert STATUS_COLUMN not in store.read("crop").to_arrow().column_names


def spoil(batch: pa.Table) -> dict[str, Any]:
    """A text that is no UTF-8, in one row."""
    texts = [b"\xff" if name == "v42" else b"text" for name in batch["video_id"].to_pylist()]
    return {"text": pa.chunked_array([pa.array(texts).view(pa.string())])}


def test_rows_that_the_store_refuses(store: metaxy.Store) -> None:
    with pytest.raises(Exception, match="UTF-8"):
        update(store, "crop", lambda batch: pa.table(spoil(batch)), blocks=1)
    assert not store.has_feature("crop") or store.count("crop") == 0
    report = update(store, "crop", lambda batch: pa.table(spoil(batch)), blocks=5, on_error="record")
    assert (report.rows, report.failed) == (99, 1)
    failure = store.failures.read("crop").to_arrow().to_pylist()[0]
    assert failure["video_id"] == "v42"
    assert "UTF-8" in failure["metaxy_failure_message"]


def test_blocks_of_different_types(store: metaxy.Store) -> None:
    def vary(batch: pa.Table) -> pa.Table:
        # The type of a block depends on its values: null, small integers or large ones.
        value, kind = [(None, pa.null()), (7, pa.int8()), (1 << 40, pa.int64())][batch["size"][0].as_py() // 34]
        return pa.table({"value": pa.array([value] * batch.num_rows, kind)})

    assert update(store, "crop", vary, blocks=3).rows == 100
    assert set(store.read("crop").to_arrow()["value"].to_pylist()) == {None, 7, 1 << 40}


def test_a_worker_with_other_definitions_is_refused(store: metaxy.Store, graph: metaxy.FeatureGraph) -> None:
    from dataclasses import replace

    from metaxy_cpp.ray.worker_stores import worker_store

    other = replace(worker_store(store, "crop"), feature_version="0123")
    with pytest.raises(metaxy.InvalidConfigError, match="in a worker and 0123 in the driver"):
        other.open("write")
    with pytest.raises(metaxy.InvalidInputError, match="on_error is 'ignore'"):
        MetaxyDatasink("crop", store, on_error="ignore")  # type: ignore[arg-type]
    with pytest.raises(metaxy.InvalidInputError, match="which is for a class"):
        update(store, "crop", double, concurrency=(1, 2))
    with pytest.raises(metaxy.InvalidInputError, match="batch_format is 'rows'"):
        update(store, "crop", double, batch_format="rows")
    with pytest.raises(TypeError, match="works on a metaxy_cpp.Store"):
        read_and_write: Any = object()
        write(ray.data.range(1), read_and_write, "crop")


def test_the_drop_in_store(tmp_path: Path) -> None:
    from reference_project import configured, make_graph

    with configured(), make_graph().use():
        drop_in = metaxy.LanceDBMetadataStore(str(tmp_path / "metadata"))
        with drop_in.open("w"):
            drop_in.write("video", make_videos(20))
            report = update(drop_in, "crop", double, blocks=3)
            assert report.rows == 20
            assert drop_in.resolve_update("crop").new.to_native().height == 0
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                rows = drop_in.read("crop").collect().to_native()
            assert sorted(rows["doubled"].to_list()) == [2 * n for n in range(20)]
