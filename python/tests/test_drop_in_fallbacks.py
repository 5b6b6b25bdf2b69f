"""The drop-in store with fallback stores of its own and of other kinds: resolve runs in the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import narwhals as nw
import pytest
from metaxy.ext.lancedb import LanceDBMetadataStore as ReferenceStore
from metaxy.metadata_store.exceptions import FeatureNotFoundError
from metaxy.metadata_store.warnings import PolarsMaterializationWarning
from reference_project import configured, make_graph, make_videos

import metaxy_cpp


@pytest.fixture(autouse=True)
def configuration() -> Iterator[None]:
    with configured(), make_graph().use():
        yield


class ArrowStore(ReferenceStore):
    """A store of another kind, whose frames are those of pyarrow."""

    def read(self, *args: Any, **kwargs: Any) -> Any:
        return super().read(*args, **kwargs).collect("pyarrow").lazy("duckdb")


def make_production(kind: type, path: Path) -> Any:
    production = kind(path / "production")
    with production.open("w"):
        production.write("video", make_videos(3))
    return production


@pytest.mark.parametrize("kind", [metaxy_cpp.LanceDBMetadataStore, ReferenceStore, ArrowStore])
@pytest.mark.parametrize("nested", [False, True])
def test_parents_come_from_fallback_stores(tmp_path: Path, kind: type, nested: bool) -> None:
    production = make_production(kind, tmp_path)
    if nested:
        production = metaxy_cpp.LanceDBMetadataStore(tmp_path / "staging", fallback_stores=[production])
    with metaxy_cpp.LanceDBMetadataStore(tmp_path / "dev", fallback_stores=[production]).open("w") as store:
        increment = store.resolve_update("crop", filters={"video": [nw.col("size") > 0]})
        assert sorted(increment.new["video_id"].to_list()) == ["v1", "v2"]
        unknown = nw.col("video_id").str.ends_with("2")
        assert store.resolve_update("crop", filters={"video": [unknown]}).new["video_id"].to_list() == ["v2"]
        store.write("crop", store.resolve_update("crop").new)
        assert [len(part) for part in store.resolve_update("crop")] == [0, 0, 0]
        assert store.native_calls.native["resolve_update"] == 4
        assert "resolve_update" not in store.native_calls.reference
        assert len(store.read("video").collect()) == 3
        with pytest.raises(FeatureNotFoundError):
            store.read("video", allow_fallback=False)
        # The versions are those that the Python package finds.
        reference = ReferenceStore(tmp_path / "dev", fallback_stores=[production])
        with reference:
            assert [len(part) for part in reference.resolve_update("crop")] == [0, 0, 0]


def test_the_first_store_that_has_a_parent_counts(tmp_path: Path) -> None:
    first = make_production(ReferenceStore, tmp_path / "first")
    second = metaxy_cpp.LanceDBMetadataStore(tmp_path / "second")
    with second.open("w"):
        second.write("video", make_videos(5, "2"))
    for chain, count in (([first, second], 3), ([second, first], 5)):
        with metaxy_cpp.LanceDBMetadataStore(tmp_path / "dev", fallback_stores=chain) as store:
            assert len(store.resolve_update("crop").new) == count


def test_warnings_are_those_of_the_python_package(tmp_path: Path) -> None:
    production = make_production(ArrowStore, tmp_path)
    with metaxy_cpp.LanceDBMetadataStore(tmp_path / "dev", fallback_stores=[production]) as store:
        with pytest.warns(PolarsMaterializationWarning, match="caused by upstream feature `video`"):
            store.resolve_update("crop")


def test_a_feature_that_nobody_has(tmp_path: Path) -> None:
    production = metaxy_cpp.LanceDBMetadataStore(tmp_path / "production")
    with metaxy_cpp.LanceDBMetadataStore(tmp_path / "dev", fallback_stores=[production]) as store:
        with pytest.raises(FeatureNotFoundError):
            store.read("video")
        with pytest.raises(FeatureNotFoundError):
            store.resolve_update("crop")
