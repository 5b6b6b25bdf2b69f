"""Failures have names, and bad objects do no harm."""

from __future__ import annotations

import pickle
import random
from pathlib import Path
from typing import Any

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


class Lying:
    """Promises a stream, and gives something else."""

    def __init__(self, given: Any) -> None:
        self._given = given

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        if isinstance(self._given, Exception):
            raise self._given
        return self._given


def random_object(numbers: random.Random, depth: int = 0) -> Any:
    plain: list[Any] = [
        None,
        True,
        -1,
        2**70,
        1.5,
        float("nan"),
        "",
        "video",
        "\0",
        "\ud800",
        b"\xff",
        [],
        {},
        (),
        object(),
        Lying(None),
        Lying(1),
        Lying(ValueError("no rows today")),
        Lying(pl.Series([1]).__arrow_c_stream__()),
        pl.DataFrame(),
        pl.DataFrame({"video_id": [None]}),
        pl.Series([1]),
        make_videos(2),
        metaxy,
        int,
    ]
    if depth < 2 and numbers.random() < 0.3:
        values = [random_object(numbers, depth + 1) for _ in range(numbers.randrange(3))]
        return numbers.choice([values, tuple(values), {str(i): value for i, value in enumerate(values)}])
    return numbers.choice(plain)


NAMES = "write read resolve_update delete count check_write write_multi copy_from drop open".split()
OPTIONS = ["filters", "columns", "samples", "timeout", "global_filters", "target_filters", "execution", "features"]


def test_random_objects_raise_and_do_not_crash(with_videos: metaxy.Store) -> None:
    numbers = random.Random(17)
    for _ in range(3000):
        function = getattr(with_videos, numbers.choice(NAMES))
        arguments = [random_object(numbers) for _ in range(numbers.randrange(3))]
        options = {name: random_object(numbers) for name in OPTIONS if numbers.random() < 0.15}
        try:
            function(*arguments, **options)
        except Exception as error:
            assert not isinstance(error, metaxy.InternalError), (arguments, options)
    # It still works.
    with_videos.write("video", make_videos(1))
    assert with_videos.resolve_update("crop") is not None


def test_the_native_module_refuses_wrong_types() -> None:
    from metaxy_cpp import _native

    numbers = random.Random(3)
    for _ in range(500):
        for make in (_native.Graph.parse, _native.Store.make, _native.Project.load, _native.Rows, _native.LazyUpdate):
            with pytest.raises((TypeError, ValueError, metaxy.MetaxyError)):
                make(*[random_object(numbers) for _ in range(numbers.randrange(5))])
