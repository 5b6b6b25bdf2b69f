"""The cases of capture_external_features.py: what was pushed by whom, and the project that uses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def feature(
    project: str, key: str, deps: Sequence[Any] = (), fields: list[Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A feature with a field x of code version 1; `more` goes into the spec, or is `schema` or `external`."""
    entry: dict[str, Any] = {"project": project}
    for name in ("schema", "external"):
        if name in more:
            entry[name] = more.pop(name)
    spec = {
        "key": key,
        "id_columns": ["id"],
        "deps": [{"feature": dep} if isinstance(dep, str) else dep for dep in deps],
        "fields": fields or [{"key": "x", "code_version": "1"}],
    }
    entry["spec"] = {**spec, **more}
    return entry


def version(number: str) -> list[Any]:
    return [{"key": "x", "code_version": number}]


RAW = feature("up", "up/raw", metadata={"owner": "é", "n": 1})
MID = feature("up", "up/mid", ["up/raw"], [{"key": "x", "code_version": "1"}, {"key": "y/z", "code_version": "2"}])
SIDE = feature("up", "up/side", description="On the side.\nTwo lines.")
UP = {"project": "up", "definitions": [RAW, MID, SIDE]}
NEW_RAW = {**RAW, "spec": {**RAW["spec"], "fields": version("2")}}
UP2 = {"project": "up", "definitions": [NEW_RAW, MID, SIDE]}
TOP = feature("down", "down/top", ["up/mid"])
DOWN = {"project": "down", "definitions": [RAW, MID, TOP]}
OWN = feature("third", "third/own")

ODD_METADATA: list[dict[str, Any]] = [
    {"a": {}, "b": [], "c": [[], {}], "d": {"e": {}}},
    {
        "a": {"b": {"c": 1}},
        "z": 1,
        "d": [{"a": 2.5, "b": True, "c": {"x": [1, {"y": 2}]}}, {"b": "q"}],
        "m": [1, {"b": 2, "a": {}}, "x", [1.5, []]],
    },
    {
        "t": 'one\ntwo\ttab "q" back\\slash é 😀 \x00\x01\x1f\x7f\x85\u2028 \'',
        "key with space": 1,
        "ключ": 2,
        "": 3,
        "a.b": 4,
        'q"k': 5,
        "1": 6,
        "new\nline": 7,
        "A-_9": 8,
    },
    {"i": 9223372036854775807, "j": -9223372036854775808},
    {"neg": -5, "f": 1.0, "g": 1e16, "h": 1e-7, "k": -0.0, "m": 1e100, "o": 5e-324},
    {
        "e": [{}],
        "f": [{}, {"a": 1}, {"b": {}}],
        "g": [[{"b": 1, "a": 2, "c": {"z": 1, "y": 2}}]],
        "h": {"i": [{"j": [{"k": 1}]}]},
        "n": {"x": {"p": 1}, "y": 2},
        "aa": [{"l": [1, 2], "m": "s"}],
    },
    {"d": {"b": [{"c": 1}], "a": {"z": [{"q": {}}]}}},
    {
        "b": 1,
        "a": [{"x": 1}],
        "c": [{"y": {"z": [{"w": 1}, {"v": [1, {"b": [{"d": 1, "c": 2}], "a": 1}]}]}}],
        "d": "end",
    },
    {
        "m": [1, {"b": {"z": 1, "a": {}, "c": "x"}, "a": [{"d": {}, "c": 1}], "c": 2}, {"z": {}, "a": 1}],
        "n": [
            [{"c": {"z": 1, "y": {}, "x": 3}, "b": 1}, [{"b": {}, "a": 1}]],
            {"b": {"c": 1}, "a": {"d": [{"z": {}}]}},
        ],
    },
    {"long": ["x" * 120] * 3, "text": "many " * 50},
]
SPECIFIC = {"type": "specific", "mapping": {"x": ["x"], "y/z": ["x", "a/b"]}}
DEPS: list[Any] = [
    {
        "feature": "odd/m0",
        "select": ["id", "n"],
        "rename": {"k": "n", "a": "b"},
        "filters": ["n > 1", "b = 'é'"],
        "optional": True,
        "lineage": {"relationship": {"type": "1:N", "on": ["id"]}},
        "fields_mapping": {"mapping": SPECIFIC},
    },
    {
        "feature": "odd/m1",
        "select": [],
        "rename": {},
        "fields_mapping": {"mapping": {"type": "default", "match_suffix": True, "exclude_fields": ["a/b"]}},
        "lineage": {"relationship": {"type": "N:1"}},
    },
    {
        "feature": "odd/m2",
        "fields_mapping": {"mapping": {"type": "all"}},
        "lineage": {"relationship": {"type": "N:1", "on": ["id"]}},
    },
    {"feature": "odd/m3", "fields_mapping": {"mapping": {"type": "none"}}},
]
FIELDS = [
    {"key": "x", "code_version": "1", "deps": [{"feature": "odd/m0", "fields": ["x"]}, {"feature": "odd/m1"}]},
    {"key": "y/z", "code_version": "2", "deps": []},
    {"key": "w"},
]
SCHEMA = {
    "type": "object",
    "title": "É",
    "none": None,
    "list": [1, 2.5, {"b": True}],
    "properties": {"id": {"type": "string"}},
}
ODD = {
    "project": "odd",
    "definitions": [
        *(feature("odd", f"odd/m{i}", metadata=values, schema=SCHEMA) for i, values in enumerate(ODD_METADATA)),
        feature("odd", "odd/deps", DEPS, FIELDS, description="A 'doc'\nstring"),
        feature("odd", "odd-key_1"),
    ],
}
X_AND_A = [{"key": "x", "code_version": "1"}, {"key": "a", "code_version": "1"}]
OWN_SIDE = {"project": "third", "definitions": [feature("third", "up/side")]}


def external(
    base: dict[str, Any], fields: list[Any] | None = None, deps: list[str] | None = None, **how: Any
) -> dict[str, Any]:
    spec = {**base["spec"], "metadata": {}}
    if fields is not None:
        spec["fields"] = fields
    if deps is not None:
        spec["deps"] = [{"feature": dep} for dep in deps]
    return {"project": base["project"], "spec": spec, "external": how}


def case(name: str, pushes: list[Any], definitions: list[Any], project: str = "third", **more: Any) -> dict[str, Any]:
    return {"name": name, "pushes": pushes, "definitions": definitions, "project": project, **more}


def extra(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"extra_features": list(entries), **more}


PLACEHOLDERS = [external(RAW), external(MID), TOP]
STRICT = [external(RAW, on_version_mismatch="error"), external(MID), TOP]
GIVEN = {"x": "12345678", "y/z": "87654321"}
CASES = [
    case("nothing_needed", [UP], [OWN]),
    case("dependencies", [UP], [TOP], "down"),
    case("dependency_not_there", [], [TOP], "down"),
    case("transitive_dependency_not_there", [DOWN], [feature("third", "third/last", ["down/top"])]),
    case("latest_push", [UP, UP2], [TOP], "down"),
    case("older_version_again", [UP, UP2, UP], [TOP], "down"),
    case("selected_keys", [UP, DOWN], [OWN], settings=extra({"keys": ["up/mid"]})),
    case("selected_project", [UP, DOWN], [OWN], settings=extra({"projects": ["up"]})),
    case("selected_both", [UP, DOWN], [OWN], settings=extra({"projects": ["down"], "keys": ["up/side"]})),
    case("selected_twice", [UP, DOWN], [OWN], settings=extra({"keys": ["up/side"]}, {"projects": ["down"]})),
    case("selected_all", [UP, DOWN], [OWN], settings=extra({"all": True}, {"keys": ["no/such"]})),
    case("selected_unknown_key", [UP], [OWN], settings=extra({"keys": ["no/such"]})),
    case("selected_unknown_project", [UP], [OWN], settings=extra({"projects": ["nobody"]})),
    case("selected_own", [UP], [OWN], settings=extra({"keys": ["third/own", "up/raw"]})),
    case("own_project_pushed_it_last", [UP, OWN_SIDE], [OWN], settings=extra({"all": True})),
    case(
        "own_feature_is_a_parent",
        [UP, DOWN],
        [feature("third", "up/raw", fields=version("9"))],
        settings=extra({"keys": ["up/mid"]}),
    ),
    case("odd_values", [ODD], [OWN], settings=extra({"all": True})),
    case("placeholders_as_pushed", [UP], PLACEHOLDERS, "down"),
    case("placeholders_differ", [UP2], PLACEHOLDERS, "down"),
    case("placeholders_differ_argument", [UP2], PLACEHOLDERS, "down", on_version_mismatch="error"),
    case(
        "placeholders_differ_locked",
        [UP2],
        PLACEHOLDERS,
        "down",
        settings={"locked": True},
        on_version_mismatch="warn",
    ),
    case("placeholders_one_is_strict", [UP2], STRICT, "down"),
    case("placeholder_strict_argument_warns", [UP2], STRICT, "down", on_version_mismatch="warn"),
    case("placeholder_of_a_root", [UP], [external(MID, deps=[]), TOP], "down"),
    case("placeholder_with_given_versions", [UP], [external(MID, deps=[], provenance_by_field=GIVEN), TOP], "down"),
    case(
        "placeholder_with_some_versions",
        [UP],
        [external(MID, deps=[], provenance_by_field={"x": "12345678"}), TOP],
        "down",
    ),
    case("placeholder_with_other_fields", [UP], [external(MID, fields=X_AND_A, deps=[]), TOP], "down"),
    case("placeholder_lacks_its_parent", [UP], [external(MID), TOP], "down"),
    case(
        "placeholder_not_there",
        [UP],
        [external(feature("up", "up/none")), external(RAW), OWN],
        settings={"locked": True},
    ),
    case("placeholder_and_selection", [UP, DOWN], [external(RAW), OWN], settings=extra({"projects": ["down"]})),
    case("nothing_pushed", [], [external(RAW), OWN]),
    case("parent_of_another_project_changed", [UP, DOWN, UP2], [feature("third", "third/last", ["down/top"])]),
]
