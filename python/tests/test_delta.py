"""How a resolve found its answer, and that it may be told how to."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from conftest import FEATURES, make_videos

import metaxy_cpp as metaxy


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place of its own for what is remembered."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_an_unchanged_store_is_not_read_again(with_videos: metaxy.Store) -> None:
    with_videos.write("crop", with_videos.resolve_update("crop").new.to_polars().head(2))
    first = with_videos.resolve_update("crop")
    assert first.report.way == "full"
    assert first.report.rows_read == 5
    again = with_videos.resolve_update("crop")
    assert again.report == metaxy.ResolveReport(way="delta", reason=None, keys=again.report.keys, rows_read=0)
    assert again.counts == first.counts == (1, 0, 0)
    assert again.new.to_polars().equals(first.new.to_polars())
    with_videos.write("video", make_videos(4))
    added = with_videos.resolve_update("crop")
    assert added.report.way == "delta" and added.report.rows_read > 0
    assert added.counts.new == 2
    with_videos.delete("video", "video_id = 'v3'", soft=False)
    removed = with_videos.resolve_update("crop")
    assert removed.report.way == "delta"
    assert removed.counts == (1, 0, 0)


def test_the_mode_is_that_of_the_call_or_of_the_store(
    with_videos: metaxy.Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with_videos.write("crop", with_videos.resolve_update("crop").new)
    ways = [with_videos.resolve_update("crop", delta=mode).report.way for mode in ("off", "off", None, None, "auto")]
    assert ways == ["full", "full", "full", "delta", "delta"]
    with caplog.at_level(logging.WARNING):
        assert with_videos.resolve_update("crop", delta="verify").counts == (0, 0, 0)
    assert not caplog.records
    with metaxy.Store(tmp_path / "metadata", FEATURES, project="test", delta="off") as store:
        assert store.resolve_update("crop").report.way == "full"
        assert store.resolve_update("crop", delta="auto").report.way == "delta"
    with pytest.raises(metaxy.InvalidInputError, match="never"):
        with_videos.resolve_update("crop", delta="never")
