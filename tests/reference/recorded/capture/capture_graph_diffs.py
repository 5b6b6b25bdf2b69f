#!/usr/bin/env python3
"""Captures how the Python package compares two graphs: as JSON, YAML and Mermaid, and around single features.

    python capture_graph_diffs.py ../goldens/graph_diffs.json     (in an environment with tools/requirements-oracle.txt)

tests/unit/graph/graph_diff_test.cc compares the same graphs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from collections.abc import Sequence
from typing import Any

from external_cases import feature, version
from metaxy.config import MetaxyConfig
from metaxy.graph.diff.differ import GraphDiffer
from metaxy.graph.diff.rendering.formatter import DiffFormatter
from metaxy.models.feature import FeatureGraph
from metaxy.models.feature_definition import FeatureDefinition


def plain(key: str, deps: Sequence[Any] = (), fields: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    return feature("p", key, deps, fields, **more)


def fields(**versions: str) -> list[dict[str, Any]]:
    return [{"key": key, "code_version": number} for key, number in versions.items()]


# On the way a, b, c the feature c is met before on the direct one; what lies behind it is then cut off too early.
DIAMOND = [plain("e"), plain("d", ["e"]), plain("c", ["d"]), plain("b", ["c"]), plain("a", ["b", "c"])]
FOCUS = [
    {"feature": key, "up": up, "down": down}
    for key in ("a", "c", "e", "n__a", "n/a", "none")
    for up in (None, 0, 1, 2, 3)
    for down in (None, 0, 1)
]
CASES = [
    {"name": "nothing", "from": [], "to": []},
    {"name": "equal", "from": [plain("a"), plain("b", ["a"])], "to": [plain("b", ["a"]), plain("a")]},
    {"name": "added_and_removed", "from": [plain("a"), plain("old", ["a"])], "to": [plain("a"), plain("new", ["a"])]},
    {
        "name": "changed",
        "from": [plain("a"), plain("b", ["a"])],
        "to": [plain("a", fields=version("2")), plain("b", ["a"])],
    },
    {"name": "only_metadata", "from": [plain("a")], "to": [plain("a", metadata={"k": 1})]},
    {"name": "only_schema", "from": [plain("a")], "to": [plain("a", schema={"title": "other"})]},
    {
        "name": "fields",
        "from": [plain("n/a", fields=fields(z="1", y="1", x="1", same="1", gone="1"))],
        "to": [plain("n/a", fields=fields(z="2", new="1", b="1", y="3", x="1", same="1"))],
    },
    {
        "name": "other_dependencies",
        "from": [plain("a"), plain("b"), plain("c", ["a", "b"])],
        "to": [plain("a"), plain("b"), plain("c", ["b"])],
    },
    {
        "name": "words",
        "from": [],
        "to": [plain(key) for key in ("no", "yes", "on", "null", "true", "y", "n/a", "off-1", "_1")],
    },
    {"name": "numbers", "from": [], "to": [plain(f"f{i}") for i in range(60)]},
    {"name": "same_node_name", "from": [], "to": [plain("a/b"), plain("a-b", ["a/b"])]},
    {"name": "diamond", "from": DIAMOND, "to": DIAMOND, "focus": FOCUS},
    {
        "name": "focus",
        "from": [plain("n/a"), plain("c", ["n/a"])],
        "to": [plain("e"), plain("n/a", ["e"]), plain("a", ["n/a"])],
        "focus": FOCUS,
    },
]


def definition(obj: dict[str, Any]) -> FeatureDefinition:
    return FeatureDefinition.model_validate(
        {
            "spec": obj["spec"],
            "feature_schema": json.dumps(obj.get("schema", {"type": "object"})),
            "feature_class_path": "case." + obj["spec"]["key"],
            "project": obj["project"],
        }
    )


def snapshot(definitions: list[dict[str, Any]]) -> dict[str, Any]:
    graph = FeatureGraph()
    for obj in definitions:
        graph.add_feature_definition(definition(obj))
    return {
        key.to_string(): {
            "metaxy_feature_version": graph.get_feature_version(key),
            "fields": graph.get_feature_version_by_field(key),
            "feature_spec": known.spec.model_dump(mode="json"),
            "metaxy_definition_version": known.feature_definition_version,
        }
        for key, known in graph.feature_definitions_by_key.items()
    }


def run(case: dict[str, Any]) -> dict[str, Any]:
    old, new = snapshot(case["from"]), snapshot(case["to"])
    differ = GraphDiffer()
    merged = differ.create_merged_graph_data(old, new, differ.diff(old, new))
    result: dict[str, Any] = {
        "name": case["name"],
        "from": [definition(obj).model_dump(mode="json") for obj in case["from"]],
        "to": [definition(obj).model_dump(mode="json") for obj in case["to"]],
        "focus": [],
    }
    for form in ("json", "yaml", "mermaid"):
        result[form] = DiffFormatter().format(merged_data=merged, format=form)
    for focus in case.get("focus", []):
        try:
            part = differ.filter_merged_graph(merged, focus["feature"], focus["up"], focus["down"])
            keys: list[str] | None = list(part["nodes"])
        except ValueError:
            keys = None
        result["focus"].append({**focus, "keys": keys})
    return result


def main() -> int:
    MetaxyConfig.set(MetaxyConfig(project="p"))
    results = [run(case) for case in CASES]
    Path(sys.argv[1]).write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(results)} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
