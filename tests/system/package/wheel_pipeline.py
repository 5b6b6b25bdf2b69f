"""A whole pipeline by the wheel: `wheel_pipeline.py <directory> [<modules to import, in this order>]`."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

directory = Path(sys.argv[1])
modules = sys.argv[2].split(",") if len(sys.argv) > 2 else []
for module in modules:
    importlib.import_module(module)

import metaxy_cpp as metaxy  # noqa: E402

shutil.rmtree(directory, ignore_errors=True)
directory.mkdir(parents=True)


def program(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "metaxy_cpp.program", *arguments], check=True, stdout=subprocess.DEVNULL)


os.chdir(directory)
program("init", "films")
os.chdir("films")
program("metadata", "write", "example/video", "--from", "videos.jsonl")
with metaxy.Project().store().open("write") as store:
    increment = store.resolve_update("example/transcript")
    assert increment.counts == (2, 0, 0), increment
    rows = increment.new
    if "polars" in modules:
        import polars
        import pyarrow
        import pyarrow.compute

        # Each with its own Arrow, in both directions.
        frame = rows.to_polars().with_columns(text=polars.lit("words"))
        table = pyarrow.table(frame).append_column("size", pyarrow.array([1, 2]))
        assert pyarrow.compute.sum(table["size"]).as_py() == 3
        rows = table
    assert store.write("example/transcript", rows).rows == 2
    assert not store.resolve_update("example/transcript")
    try:
        store.read("example/nothing")
    except metaxy.FeatureNotInGraphError:
        pass
    else:
        raise AssertionError("a feature that is not there was read")
program("metadata", "status", "--all-features", "--assert-in-sync")
print("ok:", sys.version.split()[0], *modules)
