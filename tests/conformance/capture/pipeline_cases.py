"""The pipelines that capture_pipelines.py runs through the Python package."""

from __future__ import annotations

from typing import Any

BY_FIELD = "metaxy_provenance_by_field"


def rows(columns: dict[str, Any], *values: list[Any]) -> dict[str, Any]:
    return {"columns": columns, "rows": list(values)}


def overview(crop_audio: str) -> list[dict[str, Any]]:
    return [
        {"key": "example/video", "id_columns": ["video_id"], "fields": ["audio", "frames"]},
        {
            "key": "example/crop",
            "id_columns": ["video_id"],
            "deps": [{"feature": "example/video"}],
            "fields": [{"key": "audio", "code_version": crop_audio}, {"key": "frames", "code_version": "1"}],
        },
        {
            "key": "example/face_detection",
            "id_columns": ["video_id"],
            "deps": [{"feature": "example/crop"}],
            "fields": [{"key": "faces", "deps": [{"feature": "example/crop", "fields": ["frames"]}]}],
        },
    ]


VIDEO = {"video_id": "string", "path": "string", BY_FIELD: ["audio", "frames"]}
FIRST = rows(VIDEO, ["1", "a.mp4", ["a1", "f1"]], ["2", "b.mp4", ["a2", "f2"]], ["é", "c.mp4", ["a3", "f3"]])
CHANGED = rows(VIDEO, ["1", "a.mp4", ["a1", "f1"]], ["2", "b.mp4", ["new", "f2"]], ["4", "d.mp4", ["a4", "f4"]])

OVERVIEW_STEPS: list[dict[str, Any]] = [
    {"op": "use", "revision": "one"},
    {"op": "resolve", "feature": "example/video", "samples": FIRST},
    {"op": "write_increment", "feature": "example/video"},
    {"op": "resolve", "feature": "example/crop"},
    {"op": "write_increment", "feature": "example/crop"},
    {"op": "resolve", "feature": "example/face_detection"},
    {"op": "write_increment", "feature": "example/face_detection"},
    {"op": "resolve", "feature": "example/crop"},
    {"op": "resolve", "feature": "example/video", "samples": CHANGED},
    {"op": "write_increment", "feature": "example/video"},
    {"op": "resolve", "feature": "example/crop"},
    {"op": "write_increment", "feature": "example/crop"},
    {"op": "resolve", "feature": "example/face_detection"},
    {"op": "use", "revision": "two"},
    {"op": "resolve", "feature": "example/crop"},
    {"op": "write_increment", "feature": "example/crop"},
    {"op": "resolve", "feature": "example/face_detection"},
    {"op": "read", "feature": "example/crop"},
    {"op": "read", "feature": "example/video", "options": {"with_sample_history": True}},
    {
        "op": "read",
        "feature": "example/crop",
        "options": {"with_feature_history": True, "with_sample_history": True, "include_soft_deleted": True},
    },
]

JOINED = [
    {"key": "raw/left", "id_columns": ["day", "n"], "fields": ["x", "y/z"]},
    {"key": "raw/right", "id_columns": ["date", "n"], "fields": ["x"]},
    {
        "key": "both",
        "id_columns": ["day", "n"],
        "deps": [
            {"feature": "raw/left", "select": ["size"]},
            {"feature": "raw/right", "rename": {"date": "day", "size": "right_size"}, "filters": ["right_size > 1"]},
        ],
        "fields": ["x", {"key": "all", "deps": "__METAXY_ALL_DEP__"}, "other"],
    },
]
LEFT = {"day": "date", "n": "int", "size": "int", BY_FIELD: ["x", "y_z"]}
RIGHT = {"date": "date", "n": "int", "size": "int", BY_FIELD: ["x"]}
JOINED_STEPS: list[dict[str, Any]] = [
    {"op": "use", "revision": "one"},
    {
        "op": "write",
        "feature": "raw/left",
        "rows": rows(
            LEFT,
            ["2026-01-01", 1, 10, ["l1", "m1"]],
            ["2026-01-01", -2, 20, ["l2", None]],
            ["2026-01-02", 1, 30, ["l3", "m3"]],
            [None, 1, 40, ["l4", "m4"]],
        ),
    },
    {
        "op": "write",
        "feature": "raw/right",
        "rows": rows(
            RIGHT,
            ["2026-01-01", 1, 2, ["r1"]],
            ["2026-01-01", -2, 3, ["r2"]],
            ["2026-01-02", 1, 1, ["r3"]],
            [None, 1, 9, ["r4"]],
        ),
    },
    {"op": "resolve", "feature": "both"},
    {"op": "write_increment", "feature": "both"},
    {"op": "resolve", "feature": "both"},
    {"op": "write", "feature": "raw/right", "rows": rows(RIGHT, ["2026-01-01", 1, 2, ["changed"]])},
    {"op": "resolve", "feature": "both"},
    {"op": "write", "feature": "raw/right", "rows": rows(RIGHT, ["2026-01-01", 1, 0, ["changed"]])},
    {"op": "resolve", "feature": "both"},
]


def pipeline(name: str, algorithm: str, truncation: int, revisions: dict[str, Any], steps: list[Any]) -> dict[str, Any]:
    return {
        "name": name,
        "hash_algorithm": algorithm,
        "hash_truncation_length": truncation,
        "revisions": revisions,
        "steps": steps,
    }


OVERVIEW = {"one": overview("1"), "two": overview("2")}
PIPELINES = [
    pipeline("overview", "xxhash32", 8, OVERVIEW, OVERVIEW_STEPS),
    pipeline("joined parents", "xxhash64", 16, {"one": JOINED}, JOINED_STEPS),
    *(pipeline(f"overview, {a}", a, t, OVERVIEW, OVERVIEW_STEPS[:13]) for a, t in (("sha256", 64), ("md5", 10), ("xxhash64", 8))),
]
