"""Definitions in which something has been replaced, removed or added: which of them are accepted, and with which
versions.
"""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from session import Session

PROPERTIES = {"id": {"title": "Id", "type": "string"}}
ROOT = {"key": "a/b", "id_columns": ["id", "n"], "fields": [{"key": "x", "code_version": "1"}, "y/z"]}
CHILD = {
    "key": "c-d",
    "id_columns": ["id", "n"],
    "deps": [
        {
            "feature": "a/b",
            "select": ["id", "m"],
            "rename": {"q": "m"},
            "filters": ["m > 1"],
            "lineage": {"relationship": {"type": "N:1", "on": ["id"]}},
            "fields_mapping": {"mapping": {"type": "specific", "mapping": {"x": [["x"], ["y", "z"]], "w": [["x"]]}}},
            "optional": True,
        },
    ],
    "fields": [{"key": "x", "deps": [{"feature": "a/b", "fields": ["y/z"]}]}, {"key": "w"}, {"key": "v", "deps": "__METAXY_ALL_DEP__"}],
    "metadata": {"k": [1, None]},
    "description": "words",
}
OTHER = {
    "key": "e",
    "id_columns": ["id"],
    "deps": [{"feature": "a/b", "lineage": {"relationship": {"type": "1:N", "on": ["id", "n"], "id_generation_pattern": "hash"}}},
             {"feature": "c-d", "fields_mapping": {"mapping": {"type": "default", "match_suffix": True, "exclude_fields": ["v"]}}}],
}
VALUES: list[Any] = [
    None, True, False, 0, 1, 2, -1, 1.0, 1.5, "", "x", "y/z", "a/b", "id", "true", "1", "yes", "__METAXY_ALL_DEP__", "A", "a__b", "é", "a b", "metaxy_created_at",
    [], {}, ["x"], ["x", "x"], [["x"]], ["a", "b"], [None], {"x": "y"}, {"type": "all"}, {"feature": "a/b"}, {"key": "n"}, "N:1", "1:1", "1:N", "default", "specific",
    "all", "none", 10**30, {"mapping": {"type": "all"}}, {"relationship": {"type": "1:1"}}, ["m > "], ["m = 1", ""],
]
NAMES = ["foo", "key", "fields", "deps", "on", "type", "select", "rename", "filters", "sql_filters", "optional", "feature", "lineage", "metadata", "mapping", "x"]


def definition(spec: dict[str, Any]) -> dict[str, Any]:
    schema = {"title": spec["key"], "type": "object", "properties": PROPERTIES}
    return {"spec": copy.deepcopy(spec), "feature_schema": json.dumps(schema), "feature_class_path": f"m.{spec['key']}", "project": "both"}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for name, inner in value.items():
            found += places(inner, (*path, name))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            found += places(inner, (*path, i))
    return found


def known_to_be_stricter(path: tuple[Any, ...], kind: float) -> bool:
    """What the package accepts although it is meaningless, and the program refuses: members without effect, a string or
    an object where a list of columns is expected, keys without parts.
    """
    is_inner = "lineage" in path or "fields_mapping" in path
    return path[-1] == "id_columns" or path[-1] == "key" or is_inner and (kind >= 0.8 or path[-1] in ("lineage", "fields_mapping", "relationship", "mapping"))


def mutate(value: Any, rng: random.Random) -> None:
    found = places(value)
    if not found:
        return
    path = rng.choice(found)
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    kind = rng.random()
    if known_to_be_stricter(path, kind):
        return
    if kind < 0.6:
        inner[path[-1]] = copy.deepcopy(rng.choice(VALUES))
    elif kind < 0.8:
        del inner[path[-1]]
    elif isinstance(inner, dict):
        inner[rng.choice(NAMES)] = copy.deepcopy(rng.choice(VALUES))
    else:
        inner.insert(rng.randint(0, len(inner)), copy.deepcopy(rng.choice(VALUES)))


def case(session: Session, rng: random.Random) -> None:
    session.define([ROOT])
    for i in range(20):
        definitions = [definition(spec) for spec in (ROOT, CHILD, OTHER)]
        victim = rng.choice(definitions)
        for _ in range(rng.choice([1, 1, 1, 2])):
            mutate(victim["spec"] if rng.random() < 0.95 else victim, rng)
        text = json.dumps(definitions)
        session.note(f"{i}", lambda: session.side.describe_file(text))
