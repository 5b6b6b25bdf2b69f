"""A small project that the tests share: videos, and crops of them."""

from __future__ import annotations

from typing import Any

FEATURES = [
    {"key": "video", "id_columns": ["video_id"], "fields": ["audio", "frames"]},
    {"key": "crop", "id_columns": ["video_id"], "deps": ["video"]},
]


def video_columns(count: int, version: str = "1") -> dict[str, list[Any]]:
    """The columns of so many videos, for a table of any kind."""
    ids = [f"v{i}" for i in range(count)]
    return {
        "video_id": ids,
        "path": [f"{name}.mp4" for name in ids],
        "metaxy_provenance_by_field": [{"audio": f"a{version}", "frames": f"{name}-{version}"} for name in ids],
    }
