"""`[ext.cpp.stores.NAME]`: the drop-in store follows it as the program and the native store do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import FEATURES
from metaxy.config import InvalidConfigError, MetaxyConfig
from reference_project import make_graph, make_videos

import metaxy_cpp as metaxy
from metaxy_cpp import _native, engine_store

CONFIG = """
project = "test"
[stores.dev]
type = "metaxy_cpp.LanceDBMetadataStore"
[stores.dev.config]
uri = "{folder}/metadata"
[stores.other]
type = "metaxy_cpp.LanceDBMetadataStore"
[stores.other.config]
uri = "{folder}/metadata"
[ext.cpp.stores.dev]
{settings}
"""


@contextmanager
def configured_store(folder: Path, settings: str, name: str = "dev") -> Iterator[Any]:
    """A store of a `metaxy.toml` with these settings of the store `dev`."""
    (folder / "metaxy.toml").write_text(CONFIG.format(folder=folder, settings=settings))
    with make_graph().use():
        try:
            yield MetaxyConfig.load(folder / "metaxy.toml").get_store(name)
        finally:
            MetaxyConfig.reset()


def test_memory_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the limit is exceeded, rows go to a directory that is not there."""
    monkeypatch.setenv("TMPDIR", "/nowhere")
    for settings in ("memory_limit = '0B'", "memory_limit = 0"):
        with configured_store(tmp_path, settings) as store, store.open("w"):
            store.write("video", make_videos(3))
            with pytest.raises(metaxy.MetaxyError, match="exceed the memory limit"):
                store.resolve_update("crop")
    for settings, name in (("memory_limit = '1GiB'", "dev"), ("memory_limit = 0", "other")):
        with configured_store(tmp_path, settings, name) as store, store:
            assert len(store.resolve_update("crop").new) == 3


@pytest.mark.parametrize(
    ("settings", "compacts_when_due", "compacts_at_the_end"),
    [("", False, True), ("every_commits = 16", True, True), ("auto = false, every_commits = 16", False, False)],
)
def test_maintenance(tmp_path: Path, settings: str, compacts_when_due: bool, compacts_at_the_end: bool) -> None:
    """By default it is due after 32 commits, which are more than there are here."""
    commits = 20

    def is_compacted() -> bool:
        with metaxy.Store(tmp_path / "metadata", FEATURES, project="test") as native:
            return native.table_statistics("video")["fragments"] < commits

    with configured_store(tmp_path, f"maintenance = {{ {settings} }}") as store:
        with store.open("w"):
            for number in range(commits):
                store.write("video", make_videos(1, str(number)))
            assert is_compacted() == compacts_when_due
        assert is_compacted() == compacts_at_the_end


def test_unconditional_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine is told; servers that ignore conditions are in the tests of targets."""
    told = []

    class Recorded:
        @staticmethod
        def make(*arguments: Any, **options: Any) -> _native.Store:
            told.append(options["allow_unconditional_writes"])
            return make(*arguments, **options)

    make = _native.Store.make
    monkeypatch.setattr(engine_store._native, "Store", Recorded)
    for name in ("dev", "other"):
        with configured_store(tmp_path, "allow_unconditional_writes = true", name) as store, store.open("w"):
            store.write("video", make_videos(1))
    assert told == [True, False]


def test_settings_of_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are texts."""
    monkeypatch.setenv("METAXY_EXT__CPP__STORES__DEV__MEMORY_LIMIT", "0B")
    monkeypatch.setenv("TMPDIR", "/nowhere")
    with configured_store(tmp_path, "delta = 'off'") as store, store.open("w"):
        store.write("video", make_videos(3))
        with pytest.raises(metaxy.MetaxyError, match="exceed the memory limit"):
            store.resolve_update("crop")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("memory_limit = '2 gigs'", r"ext\.cpp\.stores\.dev\.memory_limit: '2 gigs' is not a valid size"),
        ("maintenance = { automatic = true }", "unknown key 'automatic' in"),
        ("maintenance = { every_commits = 0 }", "every_commits"),
        ("allow_unconditional_writes = 'maybe'", "allow_unconditional_writes must be true or false"),
        ("delta = 'fast'", "delta 'fast' is not known"),
        ("memory = 1", "unknown key 'memory'"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, settings: str, words: str) -> None:
    with pytest.raises(InvalidConfigError, match=words), configured_store(tmp_path, settings):
        pass
