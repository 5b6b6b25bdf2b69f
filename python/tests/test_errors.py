"""Failures have names, and bad objects do no harm."""

from __future__ import annotations

import pickle
from pathlib import Path

import polars as pl
import pytest
from conftest import make_videos

import metaxy_cpp as metaxy
from metaxy_cpp.errors import from_code


def test_failures_have_the_names_of_the_python_package(store: metaxy.Store, graph: metaxy.FeatureGraph) -> None:
    with pytest.raises(metaxy.FeatureNotFoundError) as caught:
        store.read("video")
    assert caught.value.code == "FeatureNotFound"
    assert not caught.value.retryable
    assert isinstance(caught.value, metaxy.MetadataStoreError)
    with pytest.raises(metaxy.FeatureNotInGraphError, match="did you mean 'video'"):
        store.read("vidoe")
    with pytest.raises(metaxy.FilterParseError):
        store.write("video", make_videos(1))
        store.read("video", filters="video_id ==== 1")
    with pytest.raises(metaxy.MetadataSchemaError, match="metaxy_provenance_by_field"):
        store.write("video", pl.DataFrame({"video_id": ["a"]}))
    with pytest.raises(metaxy.StoreNotOpenError):
        metaxy.Store("nowhere", graph).read("video")
    with pytest.raises(metaxy.HashAlgorithmNotSupportedError, match="xxhash32"):
        metaxy.Store("nowhere", graph, hash_algorithm="crc")
    with pytest.raises(metaxy.InvalidConfigError, match="regoin"):
        metaxy.Store("s3://bucket", graph, connect_kwargs={"regoin": "eu"})


def test_a_store_for_reading_does_not_write(tmp_path: Path, graph: metaxy.FeatureGraph) -> None:
    with metaxy.Store(tmp_path, graph) as store, pytest.raises(metaxy.StoreNotOpenError, match="reading"):
        store.write("video", make_videos(1))
    with pytest.raises(ValueError, match="neither"):
        metaxy.Store(tmp_path, graph).open("append")


def test_time_can_be_limited(with_videos: metaxy.Store) -> None:
    with pytest.raises(TimeoutError) as caught:
        with_videos.resolve_update("crop", timeout=0)
    assert isinstance(caught.value, metaxy.StoreTimeoutError)
    with pytest.raises(ValueError, match="seconds"):
        with_videos.resolve_update("crop", timeout=-1)


def test_options_out_of_range_are_refused(with_videos: metaxy.Store) -> None:
    with pytest.raises(metaxy.InvalidInputError, match="batch_size"):
        with_videos.resolve_update("crop", execution=metaxy.ExecutionOptions(batch_size=0))


def test_exceptions_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(from_code("CommitConflict", "others were faster", True)))
    assert isinstance(error, metaxy.CommitConflictError)
    assert (error.code, str(error), error.retryable) == ("CommitConflict", "others were faster", True)
