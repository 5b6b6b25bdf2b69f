"""The same small project in the Python package metaxy, for the tests of the drop-in store."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import metaxy as mx
import polars as pl
from metaxy.config import MetaxyConfig


@contextmanager
def configured(**settings: Any) -> Iterator[None]:
    """The configuration of a test, without the warnings of experimental functions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        MetaxyConfig.set(MetaxyConfig(project="test", **settings))
        try:
            yield
        finally:
            MetaxyConfig.reset()


def make_graph(code_version: str = "1") -> mx.FeatureGraph:
    graph = mx.FeatureGraph()
    with graph.use():

        class Video(
            mx.BaseFeature, spec=mx.FeatureSpec(key="video", id_columns=["video_id"], fields=["audio", "frames"])
        ):
            video_id: str

        class Crop(
            mx.BaseFeature,
            spec=mx.FeatureSpec(
                key="crop",
                id_columns=["video_id"],
                deps=[mx.FeatureDep(feature="video")],
                fields=[mx.FieldSpec(key="default", code_version=code_version)],
            ),
        ):
            video_id: str

    return graph


def make_videos(count: int, version: str = "1") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "video_id": [f"v{i}" for i in range(count)],
            "size": list(range(count)),
            "metaxy_provenance_by_field": [{"audio": version, "frames": f"{i}-{version}"} for i in range(count)],
        }
    )
