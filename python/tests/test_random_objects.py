"""Objects of any kind in the place of arguments: exceptions, and no crash of the interpreter."""

from __future__ import annotations

import ctypes
import inspect
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from conftest import FEATURES, make_videos

import metaxy_cpp as metaxy
from metaxy_cpp import _native

# More rounds, other seeds: METAXY_FUZZ=100000 METAXY_SEED=7.
ROUNDS = int(os.environ.get("METAXY_FUZZ", "3000"))
SEED = int(os.environ.get("METAXY_SEED", "17"))


class Lying:
    """Promises a stream, and gives something else."""

    def __init__(self, given: Any) -> None:
        self._given = given

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        if isinstance(self._given, Exception):
            raise self._given
        return self._given


class LyingArray:
    """The same for an array."""

    def __init__(self, given: Any) -> None:
        self._given = given

    def __arrow_c_array__(self, requested_schema: object = None) -> Any:
        return self._given


class Hostile:
    """Raises wherever it is looked at."""

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError(name)

    def __str__(self) -> str:
        raise ZeroDivisionError

    def __len__(self) -> int:
        raise ZeroDivisionError

    def __iter__(self) -> Any:
        raise ZeroDivisionError


class Text(str):
    pass


def capsule(name: bytes) -> object:
    """A capsule of this name around nothing of that kind."""
    make = ctypes.pythonapi.PyCapsule_New
    make.restype, make.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    CAPSULE_NAMES.append(name)  # A capsule keeps no copy.
    return make(1, name, None)


CAPSULE_NAMES: list[bytes] = []


def failing_reader() -> pa.RecordBatchReader:
    table = make_videos(2).to_arrow()

    def batches() -> Iterator[pa.RecordBatch]:
        yield table.to_batches()[0]
        raise ValueError("no more rows today")

    return pa.RecordBatchReader.from_batches(table.schema, batches())


def used_stream() -> object:
    """A stream whose rows were taken."""
    rows = Lying(make_videos(1).__arrow_c_stream__())
    pl.DataFrame(rows)
    return rows


def itself() -> list[Any]:
    values: list[Any] = []
    values.append(values)
    return values


OBJECTS: list[Callable[[], Any]] = [
    lambda: None,
    lambda: True,
    lambda: -1,
    lambda: 2**70,
    lambda: 1.5,
    lambda: float("nan"),
    lambda: "",
    lambda: "video",
    lambda: "crop",
    lambda: Text("video"),
    lambda: "size > 1",
    lambda: "\0",
    lambda: "\ud800",
    lambda: "x" * 100_000,
    lambda: b"\xff",
    lambda: [],
    lambda: {},
    lambda: (),
    object,
    itself,
    Hostile,
    lambda: Hostile,
    lambda: Lying(None),
    lambda: Lying(1),
    lambda: Lying(ValueError("no rows today")),
    lambda: Lying(pl.Series([1]).__arrow_c_stream__()),
    lambda: Lying(capsule(b"arrow_array")),
    lambda: Lying(capsule(b"something else")),
    lambda: LyingArray(None),
    lambda: LyingArray((1, 2)),
    lambda: LyingArray((capsule(b"x"), capsule(b"y"))),
    used_stream,
    failing_reader,
    pl.DataFrame,
    lambda: pl.DataFrame({"video_id": [None]}),
    lambda: pl.DataFrame({"video_id": ["a"], "metaxy_provenance_by_field": [None]}),
    lambda: pl.Series([1]),
    lambda: pa.table({"x": pa.array([1]), "y": pa.array([None])}),
    lambda: make_videos(2),
    lambda: {"video": make_videos(1)},
    lambda: {"video": "size > 1"},
    lambda: [("video", 1)],
    lambda: Path("video"),
    lambda: metaxy,
    lambda: int,
    lambda: metaxy.ExecutionOptions(batch_size=-1, threads=2**40),
    lambda: "skip",
    lambda: "snapshot-1",
    lambda: metaxy.RetryPolicy(never_retry=[ValueError]),
    lambda: metaxy.RetryPolicy(max_attempts="x", first_wait=None, backoff=[], never_retry=7),  # type: ignore[arg-type]
    lambda: pl.DataFrame({"video_id": ["v0"], "metaxy_provenance": ["1"], "metaxy_failure_attempts": [2**62]}),
    lambda: [{"video_id": "v0", "metaxy_provenance": "1"}],
]


def random_object(numbers: random.Random, depth: int = 0) -> Any:
    if depth < 2 and numbers.random() < 0.2:
        values = [random_object(numbers, depth + 1) for _ in range(numbers.randrange(3))]
        return numbers.choice([values, tuple(values), {str(i): value for i, value in enumerate(values)}])
    return numbers.choice(OBJECTS)()


def call_at_random(function: Callable[..., Any], numbers: random.Random) -> None:
    """Calls a function with any arguments that its signature allows."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    arguments = [random_object(numbers) for _ in range(numbers.randrange(4))]
    options = {
        parameter.name: random_object(numbers)
        for parameter in parameters
        if parameter.kind is parameter.KEYWORD_ONLY and numbers.random() < 0.2
    }
    try:
        result = function(*arguments, **options)
        if isinstance(result, metaxy.Rows):
            result.to_polars()
        if isinstance(result, metaxy.Attempts):
            with result:
                result.map(lambda row: row["size"])
    except Exception as error:
        assert not isinstance(error, metaxy.InternalError), (function, arguments, options)


def public_functions(thing: object) -> list[Callable[..., Any]]:
    names = [name for name in dir(thing) if not name.startswith("_")]
    return [value for name in names if callable(value := getattr(thing, name))]


def test_random_objects_raise_and_do_not_crash(with_videos: metaxy.Store) -> None:
    numbers = random.Random(SEED)
    increment = with_videos.resolve_update("crop")
    functions = [
        *[function for function in public_functions(with_videos) if function.__name__ != "close"],
        *public_functions(with_videos.graph),
        *public_functions(with_videos.failures),
        *public_functions(with_videos.snapshots),
        *[function for function in public_functions(increment.new) if not function.__name__.startswith("to_")],
        metaxy.FeatureGraph,
        metaxy.RetryPolicy,
        metaxy.Store,
        metaxy.Project,
        metaxy.FeatureGraph.from_features,
        metaxy.FeatureGraph.from_toml,
        metaxy.FeatureGraph.from_definitions,
        increment.new.__arrow_c_stream__,
    ]
    for _ in range(ROUNDS):
        call_at_random(numbers.choice(functions), numbers)
    # It still works, whatever has been dropped.
    with_videos.write("video", make_videos(1))
    assert with_videos.resolve_update("crop") is not None


def test_the_native_module_refuses_wrong_types(tmp_path: Path) -> None:
    numbers = random.Random(SEED)
    store = metaxy.Store(tmp_path, FEATURES, project="test").open("write")._native
    kinds = [value for value in vars(_native).values() if isinstance(value, type)]
    functions = [function for kind in kinds for function in [kind, *public_functions(kind)]]
    functions += [function for function in public_functions(store) if function.__name__ != "close"]
    assert len(functions) > 40
    for _ in range(ROUNDS):
        call_at_random(numbers.choice(functions), numbers)
    for make in (_native.Graph.parse, _native.Store.make, _native.Project.load, _native.Rows, _native.LazyUpdate):
        with pytest.raises(TypeError):
            make(object(), object(), object(), object(), object(), object())
