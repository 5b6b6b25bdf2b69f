"""The pipelines that capture_pipelines.py runs through the Python package."""

from __future__ import annotations

import re
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


def feature(key: str, ids: list[str], fields: list[Any], *deps: Any) -> dict[str, Any]:
    return {"key": key, "id_columns": ids, "fields": fields, "deps": [d if isinstance(d, dict) else {"feature": d} for d in deps]}


def dep(key: str, lineage: Any = None, **more: Any) -> dict[str, Any]:
    relationship = {"lineage": {"relationship": lineage}} if lineage else {}
    return {"feature": key, **relationship, **more}


def aggregation(*on: str) -> dict[str, Any]:
    return {"type": "N:1", "on": list(on) or None}


def expansion(*on: str) -> dict[str, Any]:
    return {"type": "1:N", "on": list(on)}


def step(op: str, feature_key: str, **more: Any) -> dict[str, Any]:
    return {"op": op, "feature": feature_key, **more}


def update(key: str, samples: Any = None, **work: Any) -> list[dict[str, Any]]:
    """Resolve, write, and resolve again."""
    given = {"samples": samples} if samples else {}
    return [step("resolve", key, **given), step("write_increment", key, work=work), step("resolve", key, **given)]


HISTORY = {"with_feature_history": True, "with_sample_history": True, "include_soft_deleted": True}

# ---- id columns of every type: first, changed and null ids, and the order in an aggregation

IDS: dict[str, list[str]] = {
    "int8": ["-128", "0", "127"],
    "int16": ["-300", "0", "300"],
    "int32": ["-70000", "0", "1000000000"],
    "int64": ["-4611686018427387904", "0", "4611686018427387904"],
    "uint8": ["0", "1", "255"],
    "uint16": ["0", "1", "65535"],
    "uint32": ["0", "1", "4294967295"],
    "uint64": ["0", "1", "18446744073709551615"],
    "bool": ["true", "false"],
    "string": ["é", "", "日本 'x' \\"],
    "date": ["1969-01-01", "2024-02-29", "2000-01-01"],
    "timestamp[ms]": ["1969-01-01", "2024-02-29T01:02:03", "2000-01-01"],
    "timestamp[us]": ["1969-01-01", "2024-02-29T01:02:03.000004", "2000-01-01"],
    "timestamp[ns]": ["1969-01-01", "2024-02-29T01:02:03.000004", "2000-01-01"],
    "timestamp[us, UTC]": ["1969-01-01", "2024-02-29T01:02:03.000004", "2000-01-01"],
    "decimal(10,2)": ["1.10", "-2.55", "0.00"],
    "binary": ["00", "", "fffe"],
}


def slug(kind: str) -> str:
    return re.sub("[^a-z0-9]+", "_", kind.lower()).strip("_")


def of_type(kind: str, text: Any) -> Any:
    if text is None or not ("int" in kind or kind == "bool"):
        return text
    return text == "true" if kind == "bool" else int(text)


def id_type_steps(kind: str) -> list[dict[str, Any]]:
    values = [of_type(kind, text) for text in IDS[kind]]
    one, both = {"id": kind, BY_FIELD: ["x"]}, {"group": "int", "id": kind, BY_FIELD: ["x"]}
    first = rows(one, *([value, [f"v{i}"]] for i, value in enumerate(values)))
    changed = rows(one, *([value, [f"v{i}"]] for i, value in enumerate([None, *values[1:]])))
    grouped = rows(both, *([i % 2, value, [f"v{i}"]] for i, value in enumerate([*values, None, *reversed(values)])))
    key = slug(kind)
    return [
        *update(f"raw/{key}", first),
        *update(f"made/{key}"),
        *update(f"raw/{key}", changed),
        *update(f"made/{key}"),
        step("write", f"grouped/{key}", rows=grouped),
        *update(f"groups/{key}", collapse=["group"]),
    ]


def id_type_features(kind: str) -> list[dict[str, Any]]:
    key = slug(kind)
    return [
        feature(f"raw/{key}", ["id"], ["x"]),
        feature(f"made/{key}", ["id"], ["x"], f"raw/{key}"),
        feature(f"grouped/{key}", ["group", "id"], ["x"]),
        feature(f"groups/{key}", ["group"], ["x"], dep(f"grouped/{key}", aggregation("group"), select=["group", "id"])),
    ]


ID_TYPES = [spec for kind in IDS for spec in id_type_features(kind)]
ID_TYPE_STEPS = [{"op": "use", "revision": "one"}, *(s for kind in IDS for s in id_type_steps(kind))]

# ---- parents of which ids have other widths

WIDTHS = [("int8", "int64"), ("uint8", "int16"), ("uint32", "int32"), ("uint16", "uint64")]
JOINED_WIDTHS = [
    spec
    for left, right in WIDTHS
    for spec in (
        feature(f"left/{left}", ["id"], ["x"]),
        feature(f"right/{right}", ["id"], ["x"]),
        feature(f"inner/{left}", ["id"], ["x"], dep(f"left/{left}", select=["id"]), dep(f"right/{right}", select=["id"])),
        feature(f"child/{left}", ["id"], ["x"], dep(f"left/{left}", select=["id"])),
    )
]
JOINED_WIDTH_STEPS = [
    {"op": "use", "revision": "one"},
    *(
        s
        for left, right in WIDTHS
        for s in (
            step("write", f"left/{left}", rows=rows({"id": left, BY_FIELD: ["x"]}, [1, ["a"]], [2, ["b"]], [3, ["c"]])),
            step("write", f"right/{right}", rows=rows({"id": right, BY_FIELD: ["x"]}, [2, ["d"]], [3, ["e"]], [4, ["f"]])),
            step("resolve", f"inner/{left}"),
            step("write", f"child/{left}", rows=rows({"id": right, BY_FIELD: ["x"]}, [2, ["g"]], [9, ["h"]])),
            step("resolve", f"child/{left}"),
        )
    ),
]

# ---- lineages mixed in one feature, optional parents, nulls everywhere

ALL = {"key": "all", "deps": "__METAXY_ALL_DEP__"}
LINEAGE = [
    feature("video", ["video"], ["a", "b"]),
    feature("frame", ["video", "frame"], ["a", "c"]),
    feature("tag", ["v", "t"], ["a"]),
    feature("label", ["video"], ["l"]),
    feature("m1", ["video"], ["a", ALL], "video", dep("frame", aggregation(), select=["frame"])),
    feature("m2", ["video"], ["a", "c"], dep("frame", aggregation("video")), dep("video", select=["size"])),
    feature("m3", ["video", "part"], ["a"], dep("video", expansion("video")), dep("label", optional=True)),
    feature("m4", ["video"], ["a", "l"], dep("tag", aggregation("video"), rename={"v": "video", "t": "word"}, optional=True), dep("label", optional=True, select=["name"])),
    feature("m5", ["video", "frame"], ["a"], "frame", dep("video", select=["size"])),
    feature("m6", ["video", "part"], ["a"], dep("frame", aggregation("video"), select=["frame", "q"]), dep("video", expansion("video"), select=[])),
    feature("m7", ["video"], ["a", "l"], dep("video", select=[]), dep("tag", aggregation("video"), select=["video", "t"], rename={"v": "video"}, optional=True),
            dep("label", select=[], optional=True), dep("frame", aggregation("video"), select=["frame"], optional=True)),
]
FRAMES = {"video": "string", "frame": "int", "q": "int", BY_FIELD: ["a", "c"]}


def frames(changed: str) -> dict[str, Any]:
    values = [["a", 2, "1", "p"], ["a", 1, "2", "q"], ["b", 1, changed, "r"], ["b", None, "4", None], ["b", 3, None, "t"], ["d", 1, "6", "u"], [None, 1, "7", "v"], ["c", 1, None, None]]
    return rows(FRAMES, *([video, n, i, [a, c]] for i, (video, n, a, c) in enumerate(values)))


def videos(changed: str) -> dict[str, Any]:
    values = [["a", 1, ["1", "x"]], ["b", 2, [changed, "y"]], ["c", None, ["3", None]], [None, 4, ["4", "z"]]]
    return rows({"video": "string", "size": "int", BY_FIELD: ["a", "b"]}, *values)


TAGS = rows({"v": "string", "t": "string", BY_FIELD: ["a"]}, ["a", "x", ["1"]], ["a", "y", [None]], ["c", "x", [None]], ["e", "z", ["4"]])
LABELS = rows({"video": "string", "name": "string", BY_FIELD: ["l"]}, ["a", "A", ["1"]], ["b", None, [None]], ["e", "E", ["3"]])
ONE_PER_VIDEO = {"collapse": ["video"], "keep": ["video"]}


def lineage_round(changed: str) -> list[dict[str, Any]]:
    return [
        *update("video", videos(changed)),
        *update("frame", frames(changed)),
        *update("tag", TAGS),
        *update("label", LABELS),
        *update("m1", **ONE_PER_VIDEO),
        *update("m2", **ONE_PER_VIDEO),
        *update("m3", keep=["video", "part"], expand="part"),
        *update("m4", **ONE_PER_VIDEO),
        *update("m5"),
        *update("m6", collapse=["video"], keep=["video", "part"], expand="part"),
        *update("m7", **ONE_PER_VIDEO),
    ]


LINEAGE_STEPS = [
    {"op": "use", "revision": "one"},
    *lineage_round("2"),
    step("delete", "label", filters=["name = 'A'"]),
    *lineage_round("changed"),
]

# ---- nulls, own data versions, empty frames

OVERRIDES = [
    feature("a", ["id"], ["x", "y/z"]),
    feature("d", ["id"], ["x", "y/z", {"key": "q", "deps": "__METAXY_ALL_DEP__"}], "a"),
    feature("o", ["id"], ["x"], dep("d", optional=True), dep("a", select=[])),
]
OWN = {"id": "int", BY_FIELD: ["x", "y_z"], "metaxy_data_version_by_field": ["x", "y_z"]}
NULLS = rows({"id": "int", BY_FIELD: ["x", "y_z"]}, [1, ["1", "2"]], [2, [None, "2"]], [3, None], [4, ["", "|"]], [5, [None, None]])
OWN_ROWS = [[1, ["1", "2"], ["own", "own"]], [2, [None, "2"], None], [3, None, [None, "z"]], [4, ["", "|"], ["k", None]], [5, [None, None], None]]
OVERRIDE_STEPS = [
    {"op": "use", "revision": "one"},
    *update("a", rows({"id": "int", BY_FIELD: ["x", "y_z"]})),
    *update("a", NULLS),
    *update("d"),
    *update("o"),
    step("write", "a", rows=rows(OWN, *OWN_ROWS)),
    step("read", "a", options=HISTORY),
    *update("d", override="without hash"),
    *update("o"),
    step("write", "a", rows=rows({**OWN, "metaxy_data_version": "string"}, *([*row, v] for row, v in zip(OWN_ROWS, ["w", None, "w3", None, None])))),
    *update("d", override="with hash"),
    *update("o"),
    *(step("read", key, options=HISTORY) for key in ("a", "d", "o")),
]

# ---- rebase


def rebased(version: str, parent: str = "1") -> list[dict[str, Any]]:
    x = {"key": "x", "code_version": version}
    return [
        feature("a", ["id", "part"], [{"key": "x", "code_version": parent}, "y"]),
        feature("d", ["id", "part"], [x, {"key": "z", "deps": "__METAXY_ALL_DEP__"}], "a"),
        feature("g", ["id"], [x], dep("a", aggregation("id"), select=["part"])),
        feature("s", ["id", "part"], [x], dep("a", select=["n"]), dep("d", select=[], optional=True)),
        feature("o", ["id", "part"], [x], dep("d", rename={"n": "k"}, filters=["k > 1"])),
    ]


REBASED_ROWS = rows(
    {"id": "int", "part": "int", "n": "int", BY_FIELD: ["x", "y"]},
    [1, 1, 1, ["1", "a"]], [1, 2, 2, ["2", "b"]], [2, 1, 3, ["3", "c"]], [3, None, 4, [None, "d"]], [None, 1, 5, ["5", "e"]],
)  # fmt: skip
REBASE_STEPS = [
    {"op": "use", "revision": "one"},
    {"op": "push"},
    {**step("write", "a", rows=REBASED_ROWS), "store": "prod"},
    *update("d", override="without hash"),
    *update("g", collapse=["id"], keep=["id"]),
    *update("s"),
    *update("o"),
    step("delete", "d", filters=["id = 2"]),
    {"op": "use", "revision": "two"},
    {"op": "push"},
    *(s for key in "dgso" for s in (step("rebase", key, from_revision="one"), step("resolve", key), step("read", key, options=HISTORY))),
    {"op": "use", "revision": "three"},
    step("rebase", "d", from_revision="two"),
    {**step("write", "a", rows=REBASED_ROWS), "store": "prod"},
    *(step("rebase", key, from_revision="two") for key in "dgs"),
    step("rebase", "s", from_revision="three", to_revision="one"),
    *(step("read", key, options=HISTORY) for key in "dgso"),
]

# ---- reads, deletions and copies with their options, through a fallback store


def versioned(version: str) -> list[dict[str, Any]]:
    return [feature("a", ["id"], [{"key": "x", "code_version": version}]), feature("d", ["id"], ["x"], "a")]


def history_round(revision: str, n: int) -> list[dict[str, Any]]:
    samples = rows({"id": "int", "n": "int", BY_FIELD: ["x"]}, [1, n, [f"a{n}"]], [2, 10 * n, ["b"]], [3 + n, None, ["c"]])
    return [
        {"op": "use", "revision": revision},
        {**step("write", "a", rows=samples), "store": "prod"},
        {**step("write", "a", rows=samples), "store": "prod"},
        *update("d"),
        {**step("delete", "a", filters=["n = 10"]), "store": "prod"},
    ]


READS: list[dict[str, Any]] = [
    {}, {"with_feature_history": True}, {"with_sample_history": True}, {"with_feature_history": True, "with_sample_history": True},
    {"include_soft_deleted": True}, HISTORY, {"filters": ["n > 0"]}, {"columns": ["id", "n"]}, {"columns": ["id"], "filters": ["n IS NULL"], "with_sample_history": True},
]  # fmt: skip
HISTORY_STEPS = [
    *(s for i, revision in enumerate(("one", "two", "three")) for s in history_round(revision, i)),
    *(step("read", key, options=options) for options in READS for key in ("a", "d")),
    {"op": "copy", "features": ["a", "d"], "from_store": "prod", "options": {"with_feature_history": False, "with_sample_history": True}},
    *(step("read", key, options=HISTORY) for key in ("a", "d")),
    step("delete", "d", filters=["id = 2"]),
    step("delete", "a", filters=["n > 0"], options={"with_feature_history": True, "with_sample_history": True}),
    step("resolve", "d"),
    *(step("read", key, options=HISTORY) for key in ("a", "d")),
    step("delete", "d", options={"with_feature_history": True}),
    *(step("read", key, options=HISTORY) for key in ("a", "d")),
]

PIPELINES = [
    pipeline("overview", "xxhash32", 8, OVERVIEW, OVERVIEW_STEPS),
    pipeline("joined parents", "xxhash64", 16, {"one": JOINED}, JOINED_STEPS),
    *(pipeline(f"overview, {a}", a, t, OVERVIEW, OVERVIEW_STEPS[:13]) for a, t in (("sha256", 64), ("md5", 10), ("xxhash64", 8))),
    pipeline("types of ids", "xxhash64", 16, {"one": ID_TYPES}, ID_TYPE_STEPS),
    pipeline("ids of other widths", "xxhash64", 16, {"one": JOINED_WIDTHS}, JOINED_WIDTH_STEPS),
    pipeline("mixed lineage", "xxh3_64", 12, {"one": LINEAGE}, LINEAGE_STEPS),
    pipeline("nulls and own data versions", "wyhash", 20, {"one": OVERRIDES}, OVERRIDE_STEPS),
    pipeline("rebase", "xxhash64", 16, {"one": rebased("1"), "two": rebased("2"), "three": rebased("3", "2")}, REBASE_STEPS),
    pipeline("history", "md5", 32, {"one": versioned("1"), "two": versioned("2"), "three": versioned("3")}, HISTORY_STEPS),
]
