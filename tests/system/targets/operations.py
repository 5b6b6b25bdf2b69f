"""The operations that every target must support: the rows of the table in docs/storage-targets.md.

Each operation starts with a store that does not exist yet.
"""

from __future__ import annotations

import contextlib
from typing import Callable

import polars as pl
from project import Project, videos
from targets import Target

FIRST = {"a": "xy", "b": "xy", "c": "uv"}
OPERATIONS: dict[str, tuple[str, Callable[[Target], None]]] = {}


def operation(title: str) -> Callable[[Callable[[Target], None]], Callable[[Target], None]]:
    def add(function: Callable[[Target], None]) -> Callable[[Target], None]:
        OPERATIONS[function.__name__] = (title, function)
        return function

    return add


@contextlib.contextmanager
def written(target: Target):
    """A project whose store has the rows FIRST."""
    project = Project({"dev": target.new_store()})
    with project.directory:
        project.write("raw/video", videos(FIRST))
        yield project


def same(found: object, wanted: object) -> None:
    if found != wanted:
        raise AssertionError(f"{found!r} is not {wanted!r}")


@operation("create a table")
def create(target: Target) -> None:
    with written(target) as project:
        same(project.ids("raw/video"), ["a", "b", "c"])


@operation("a store without tables is empty")
def empty(target: Target) -> None:
    project = Project({"dev": target.new_store()})
    with project.directory:
        done = project.call("metadata", "read", "raw/video")
        same(done.code, 2)
        if "has no table in store 'dev'" not in done.err:
            raise AssertionError(done.err)
        same(project.json("metadata", "status", "raw/video")["features"]["raw/video"]["status"], "missing")


@operation("append rows")
def append(target: Target) -> None:
    with written(target) as project:
        project.write("raw/video", videos({"d": "pq", "a": "new"}))
        same(project.ids("raw/video"), ["a", "b", "c", "d"])
        same(project.ids("raw/video", "--with-sample-history"), ["a", "a", "b", "c", "d"])


@operation("read with filters and columns pushed down")
def read(target: Target) -> None:
    with written(target) as project:
        rows = project.read("raw/video", "--filter", "length >= 1 AND id <> 'c'", "--columns", "id,length")
        same(rows.to_dicts(), [{"id": "b", "length": 1}])


@operation("read large tables")
def read_large(target: Target) -> None:
    project = Project({"dev": target.new_store()})
    with project.directory:
        rows = 50_000
        project.write("raw/video", videos({f"{n:06}": "xy" for n in range(rows)}))
        found = project.read("raw/video", "--columns", "id,length").sort("id")
        same(found["length"].to_list(), list(range(rows)))


@operation("resolve and update")
def resolve(target: Target) -> None:
    with written(target) as project:
        same(project.update("crop"), (3, 0, 0))
        same(project.update("crop"), (0, 0, 0))
        project.write("raw/video", videos({"a": "zz", "d": "pq"}))
        same(project.update("crop"), (1, 1, 0))
        same(project.ids("crop"), ["a", "b", "c", "d"])


@operation("soft delete")
def delete_soft(target: Target) -> None:
    with written(target) as project:
        project.run("metadata", "delete", "raw/video", "--soft", "--filter", "id = 'a'")
        same(project.ids("raw/video"), ["b", "c"])
        same(project.ids("raw/video", "--include-soft-deleted"), ["a", "b", "c"])


@operation("hard delete")
def delete_hard(target: Target) -> None:
    with written(target) as project:
        project.run("metadata", "delete", "raw/video", "--hard", "--filter", "id = 'a' OR length > 1")
        same(project.ids("raw/video", "--include-soft-deleted", "--with-sample-history"), ["b"])
        project.run("metadata", "delete", "raw/video", "--hard", "--yes")
        same(project.ids("raw/video", "--with-feature-history"), [])


@operation("add columns to a table")
def evolve(target: Target) -> None:
    with written(target) as project:
        project.write("raw/video", videos({"d": "rs"}, rating=pl.lit(0.5)))
        rows = project.read("raw/video", "--columns", "id,rating").sort("id")
        same(rows["rating"].to_list(), [None, None, None, 0.5])


@operation("record and list versions of the project")
def push(target: Target) -> None:
    with written(target) as project:
        version = project.run("push").strip()
        same(project.run("push").strip(), version)
        if version not in project.run("history", "--format", "json"):
            raise AssertionError(f"{version} is not in the history")


@operation("list tables")
def list_tables(target: Target) -> None:
    with written(target) as project:
        project.run("push")
        project.update("crop")
        tables = {table["table"]: table["rows"] for table in project.json("doctor")["checks"][1]["tables"]}
        same(tables, {"crop": 3, "metaxy_system__feature_versions": 2, "raw__video": 3})


@operation("check a store step by step")
def doctor(target: Target) -> None:
    with written(target) as project:
        steps = project.json("doctor", "--write")["checks"][0]["steps"]
        same([step for step in steps if not step["outcome"].startswith(("ok", "not needed"))], [])


@operation("compact")
def compact(target: Target) -> None:
    with written(target) as project:
        for n in range(4):
            project.write("raw/video", videos({f"d{n}": "pq"}))
        project.run("metadata", "compact", "raw/video", "--older-than", "0s")
        table = project.json("doctor")["checks"][1]["tables"][0]
        same((table["rows"], table["fragments"], table["versions"]), (7, 1, 1))
        same(project.ids("raw/video"), ["a", "b", "c", "d0", "d1", "d2", "d3"])


@operation("snapshots")
def snapshots(target: Target) -> None:
    with written(target) as project:
        project.run("snapshot", "create", "s")
        project.write("raw/video", videos({"a": "pq", "d": "pq"}))
        project.run("metadata", "compact", "raw/video", "--older-than", "0s")
        same(project.ids("raw/video", "--at", "s"), ["a", "b", "c"])
        counts = project.json("snapshot", "diff", "s")["features"][0]
        same((counts["added"], counts["removed"], counts["changed"]), (1, 0, 1))
        project.run("snapshot", "delete", "s", "--yes")
        same(project.json("snapshot", "list")["snapshots"], [])
        same(project.json("snapshot", "gc", "--older-than", "0s")["removed"], [])


@operation("serve as a fallback store of a local one")
def fallback(target: Target) -> None:
    with written(target) as remote:
        config = remote_config(remote)
        local = Project({"dev": {"uri": str(remote.folder / "local"), "fallback_stores": ["prod"]}, "prod": config})
        with local.directory:
            same(local.ids("raw/video"), ["a", "b", "c"])
            same(local.update("crop"), (3, 0, 0))
            status = local.json("metadata", "status", "--all-features")["features"]
            owners = {key: each["store_metadata"]["resolved_from"]["name"] for key, each in status.items()}
            same(owners, {"raw/video": "prod", "crop": "dev"})
            same(local.call("metadata", "read", "crop", "--store", "prod").code, 2)


@operation("lie below an overlay, and take what it has made")
def overlay(target: Target) -> None:
    with written(target) as remote:
        remote.update("crop")
        config = remote_config(remote)
        stores = {"dev": {"uri": str(remote.folder / "local"), "fallback_stores": ["prod"]}, "prod": config}
        local = Project(stores, extension={"dev": {"fallback": "overlay"}})
        with local.directory:
            same(local.update("crop"), (0, 0, 0))
            local.write("raw/video", videos({"a": "pq", "d": "pq"}))
            same(local.update("crop"), (1, 1, 0))
            same(local.ids("raw/video"), ["a", "b", "c", "d"])
            local.run("store", "promote", "dev", "prod")
            same(local.update("crop"), (0, 0, 0))
            same(remote.update("crop"), (0, 0, 0))
            same(remote.ids("crop"), ["a", "b", "c", "d"])


def remote_config(project: Project) -> dict[str, object]:
    import tomllib

    return tomllib.loads((project.folder / "metaxy.toml").read_text())["stores"]["dev"]["config"]


@operation("many writers create one table at once")
def many_writers(target: Target) -> None:
    project = Project({"dev": target.new_store()})
    with project.directory:
        writers = 6
        files = [project.file(videos({f"w{n}-{m}": "xy" for m in range(5)})) for n in range(writers)]
        running = [project.start("metadata", "write", "raw/video", "--from", file) for file in files]
        ends = [(process, process.communicate(timeout=300)[1]) for process in running]
        same([error for process, error in ends if process.returncode != 0], [])
        same(project.ids("raw/video"), sorted(f"w{n}-{m}" for n in range(writers) for m in range(5)))
