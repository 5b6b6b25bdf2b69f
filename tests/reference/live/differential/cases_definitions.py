"""Definitions with unusual metadata, keys and schemas: all versions, as recorded by pushes."""

from __future__ import annotations

import random
from typing import Any

from session import Session

TEXTS = [
    "",
    "é",
    "日本",
    "🦊",
    "\u007f",
    "\u2028",
    '"',
    "\\",
    "\n\t",
    "\u0000",
    "\ud7ff",
    "\uffff",
    "a/b",
    "[red]",
    ":smile:",
]
NUMBERS = [
    0,
    -1,
    2**53,
    2**63,
    -(2**64),
    10**40,
    0.1,
    1.0,
    -0.0,
    1e16,
    1e15,
    1e-5,
    1e-4,
    1e300,
    5e-324,
    1.5e-7,
    123456789.123456789,
    1e22,
    1e23,
]


def value(rng: random.Random, depth: int = 0) -> Any:
    shape = rng.random()
    if depth < 3 and shape < 0.2:
        return [value(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    if depth < 3 and shape < 0.45:
        return {rng.choice(TEXTS + ["b", "a", "B", "1"]): value(rng, depth + 1) for _ in range(rng.randint(0, 3))}
    return rng.choice(
        [None, True, False, rng.choice(NUMBERS), rng.choice(TEXTS), rng.random() * 10 ** rng.randint(-20, 20)]
    )


def key(rng: random.Random, number: int) -> str:
    part = rng.choice(["a", "b-c", "b_c", "_x", "a0", "z-"])
    return rng.choice(["", "p/", "p-q/1/", "_/-0/"[:2]]) + part + str(number)


def case(session: Session, rng: random.Random) -> None:
    specs: list[dict[str, Any]] = []
    for number in range(rng.randint(1, 6)):
        fields = [
            {"key": k, "code_version": rng.choice(["1", *TEXTS])}
            for k in rng.sample(["x", "y/z", "y-z", "a", "a/b"], rng.randint(1, 4))
        ]
        spec: dict[str, Any] = {
            "key": key(rng, number),
            "id_columns": rng.sample(["id", "é", "a b", "ID", "n"], rng.randint(1, 2)),
            "fields": fields,
        }
        spec["metadata"] = {rng.choice(TEXTS + ["k"]): value(rng) for _ in range(rng.randint(0, 4))}
        if rng.random() < 0.5:
            spec["description"] = rng.choice(TEXTS)
        parents = rng.sample(specs, min(len(specs), rng.randint(0, 3)))
        spec["deps"] = [dep(parent, rng) for parent in parents]
        specs.append(spec)
    truncation = rng.choice([8, 12, 64])
    session.define(specs, truncation=truncation)
    session.describe("describe")
    session.push("push")
    session.push("push-again")
    changed = rng.choice(specs)
    changed["metadata"] = {"changed": value(rng)}
    session.define(specs)
    session.push("push-changed")
    session.table("table", "metaxy_system__feature_versions")


def dep(parent: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    result: dict[str, Any] = {"feature": parent["key"]}
    if rng.random() < 0.4:
        result["rename"] = {rng.choice(["x", "é", "q"]): f"r{rng.randint(0, 99)}"}
    if rng.random() < 0.4:
        # A column that is selected from two parents is refused.
        number = parent["key"][-1]
        result["select"] = rng.sample([f"s{number}", f"é{number}", f"t{number}"], rng.randint(0, 3))
    if rng.random() < 0.3:
        result["filters"] = rng.sample(["a > 1", "b = 'é'", "NOT c"], rng.randint(0, 2))
    if rng.random() < 0.4:
        names = [f["key"] for f in parent["fields"]]
        mappings = [
            {"type": "all"},
            {"type": "default", "match_suffix": True},
            {"type": "default", "exclude_fields": names[:1]},
            {"type": "specific", "mapping": {k: names for k in ("x", "y/z", "y-z", "a", "a/b")}},
        ]
        result["fields_mapping"] = {"mapping": rng.choice(mappings)}
    result["optional"] = rng.random() < 0.3
    return result
