#!/usr/bin/env python3
"""Makes a store as this release writes it, to be kept: `make_store.py program|reference NAME`.

    METAXY_PROGRAM=build/release/bin/metaxy python make_store.py program metaxy-0.1.0_lancedb-0.41.0

Makes the folder NAME beside this file, which must not be there: the tables, and what the side that wrote them read and
resolved (`read.json`, `resolved.json`). stores_test.py shows that later releases read the same, and go on with it. Each
release adds one, and none is ever made again.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "live/interop"))
from sides import BY_FIELD, PARTS, Program, Reference, Side, write_json  # noqa: E402

VIDEO: dict[str, Any] = {
    "key": "raw/video",
    "id_columns": ["id"],
    "fields": ["audio", {"key": "frames/key", "code_version": "2"}],
}
CROP: dict[str, Any] = {"key": "crop", "id_columns": ["id"], "deps": ["raw/video"], "fields": ["audio", "frames/key"]}
SUMMARY: dict[str, Any] = {
    "key": "summary",
    "id_columns": ["length"],
    "deps": [{"feature": "raw/video", "lineage": {"relationship": {"type": "N:1", "on": ["length"]}}}],
}
SPECS = [VIDEO, CROP, SUMMARY]
KEYS = [spec["key"] for spec in SPECS]
# What each feature is read with.
READS: dict[str, dict[str, Any]] = {
    "latest": {},
    "history": {"with_sample_history": True},
    "deleted": {"include_soft_deleted": True},
}


def videos(versions: dict[str, str], **columns: Any) -> pl.DataFrame:
    rows = [{"audio": text[0], "frames_key": text[1]} for text in versions.values()]
    schema = {"id": pl.String, "length": pl.Int64, BY_FIELD: pl.Struct({"audio": pl.String, "frames_key": pl.String})}
    frame = pl.DataFrame(
        {"id": list(versions), "length": [n % 2 for n in range(len(versions))], BY_FIELD: rows}, schema=schema
    )
    return frame.with_columns(**columns)


def make(side: Side) -> None:
    """Appends, history, a soft deletion and a hard one, and work that is left to do."""
    side.push()
    side.write("raw/video", videos({"a": "xy", "b|é": "xy", "日本": "uv", "gone": "zz"}))
    side.update("crop", width=pl.lit(3))
    side.update("summary", total=pl.lit(1.5))
    side.write("raw/video", videos({"a": "xy", "b|é": "xZ", "new": "pq"}))
    side.delete("raw/video", ["id = '日本'"])
    if isinstance(side, Program):  # The package needs ibis for it.
        side.delete("raw/video", ["id = 'gone'"], soft=False)


def rows_of(frame: pl.DataFrame) -> list[dict[str, Any]]:
    rows = json.loads(frame.select(sorted(frame.columns)).write_json())
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True, ensure_ascii=False))


def read_all(side: Side) -> dict[str, Any]:
    return {f"{key} {name}": rows_of(side.read(key, **options)) for key in KEYS for name, options in READS.items()}


def resolve_all(side: Side) -> dict[str, Any]:
    found = {key: side.resolve(key) for key in KEYS[1:]}
    return {f"{key} {part}": rows_of(found[key][part]) for key in KEYS[1:] for part in PARTS}


def main() -> int:
    if len(sys.argv) != 3 or sys.argv[1] not in ("program", "reference"):
        print("usage: make_store.py program|reference NAME", file=sys.stderr)
        return 2
    folder = HERE / sys.argv[2]
    folder.mkdir()
    with tempfile.TemporaryDirectory() as work:
        side = (Program if sys.argv[1] == "program" else Reference)(Path(work), SPECS)
        make(side)
        write_json(folder / "read.json", read_all(side))
        write_json(folder / "resolved.json", resolve_all(side))
        shutil.copytree(Path(work) / "store", folder / "store")
    return 0


if __name__ == "__main__":
    sys.exit(main())
