"""Records how the Python package draws graphs as Mermaid and Graphviz.

    python capture_render.py          # writes ../goldens/render.json

Run it in an environment that has the package (`pip install "metaxy[lancedb]==0.1.11" mermaid-py==0.9.0`). tests/unit/graph draws
every graph in the same ways. Comparisons are given as the parts of which the package makes its drawing; where the
package fails to draw one, the golden is null.
"""

import json
import warnings
from pathlib import Path

from metaxy import MetaxyConfig
from metaxy.graph import GraphData, GraphvizRenderer, MermaidRenderer, RenderConfig
from metaxy.graph.diff.models import FieldNode, GraphNode, NodeStatus
from metaxy.models.feature import FeatureGraph
from metaxy.models.feature_definition import FeatureDefinition
from metaxy.models.types import FeatureKey, FieldKey

warnings.filterwarnings("ignore")


def definition(key, deps=(), fields=("default",), project="films"):
    spec = {
        "key": key,
        "id_columns": ["id"],
        "deps": [{"feature": dep} for dep in deps],
        "fields": [{"key": f, "code_version": "1"} if isinstance(f, str) else f for f in fields],
        "metadata": {},
    }
    schema = {"title": "T", "type": "object", "properties": {"id": {"type": "string"}}}
    return {
        "spec": spec,
        "feature_schema": json.dumps(schema),
        "feature_class_path": "p." + key.replace("/", "_"),
        "project": project,
    }


FILMS = [
    definition("video/raw", fields=("audio", "frames", "meta-data/exif")),
    definition("crop", ["video/raw"], fields=({"key": "frames", "code_version": "2"},)),
    definition("Video_x/b-c".lower(), fields=("default",), project="other"),
    definition("transcript", ["video/raw", "crop"], fields=("text", "language")),
    definition("zebra", ["video_x/b-c", "transcript"]),
    definition("alone", project="third"),
    definition("other_child", ["zebra"], project="other"),
]
GRAPHS = {
    "one": [definition("a")],
    "films": FILMS,
    "chain": [definition(f"step/n{i}", [f"step/n{i - 1}"] if i else []) for i in (5, 1, 0, 3, 2, 4)],
    "diamond": [
        definition("top"),
        definition("left", ["top"]),
        definition("right", ["top"]),
        definition("bottom", ["right", "left"]),
    ],
}
CONFIGS = [
    {},
    {"show_fields": False},
    {"show_feature_versions": False, "show_field_versions": False},
    {"show_code_versions": True, "hash_length": 0},
    {"show_project_version": False, "show_projects": False, "direction": "LR"},
    {"hash_length": 3},
    {"project": "films"},
    {"project": "nobody"},
]
FOCUSES = {
    "films": [
        {"feature": "transcript"},
        {"feature": "video/raw", "up": 0, "down": 1},
        {"feature": "zebra", "up": 1, "down": 0},
        {"feature": "crop", "up": 1, "down": 2, "project": "films"},
    ],
    "chain": [{"feature": "step/n2", "up": 1, "down": 1}, {"feature": "step/n0"}],
}


def draw(renderer, config, **source):
    try:
        return renderer(config=RenderConfig(**config), **source).render()
    except KeyError:
        return None


def capture(configs, **source):
    return [
        {"config": c, "mermaid": draw(MermaidRenderer, c, **source), "graphviz": draw(GraphvizRenderer, c, **source)}
        for c in configs
    ]


def capture_graph(name, definitions):
    MetaxyConfig.set(MetaxyConfig(project="films", hash_truncation_length=16))
    graph = FeatureGraph()
    for d in definitions:
        graph.add_feature_definition(FeatureDefinition.model_validate(d))
    return {"name": name, "definitions": definitions, "cases": capture([*CONFIGS, *FOCUSES.get(name, [])], graph=graph)}


def node(key, status, deps=(), fields=(), old=None, new="0123456789abcdef"):
    return {
        "key": key,
        "status": status,
        "version": new,
        "old_version": old,
        "dependencies": list(deps),
        "fields": [dict(zip(("key", "status", "version", "old_version"), f)) for f in fields],
    }


COMPARISONS = {
    "changes": [
        node(
            "a",
            "changed",
            old="fedcba9876543210",
            fields=[
                ("x", "unchanged", "11112222333344445", None),
                ("y", "changed", "5555666677778888", "9999000011112222"),
            ],
        ),
        node("b", "unchanged", ["a"], fields=[("x", "unchanged", "11112222333344445", None)]),
        node(
            "c",
            "changed",
            ["a", "gone"],
            old="fedcba9876543210",
            fields=[("new", "added", "1111222233334444", None), ("old", "removed", None, "1111222233334444")],
        ),
    ],
    "added and removed": [
        node("a", "added", fields=[("x", "added", "1111222233334444", None)]),
        node(
            "b", "removed", ["a"], old="fedcba9876543210", new=None, fields=[("x", "removed", None, "1111222233334444")]
        ),
        node("c", "added", ["a"]),
    ],
}


def capture_comparison(name, nodes):
    data = GraphData(
        nodes={
            n["key"]: GraphNode(
                key=FeatureKey(n["key"]),
                version=n["version"],
                old_version=n["old_version"],
                status=NodeStatus(n["status"]),
                dependencies=[FeatureKey(d) for d in n["dependencies"]],
                fields=[
                    FieldNode(
                        key=FieldKey(f["key"]),
                        version=f["version"],
                        old_version=f["old_version"],
                        status=NodeStatus(f["status"]),
                    )
                    for f in n["fields"]
                ],
            )
            for n in nodes
        }
    )
    return {
        "name": name,
        "nodes": nodes,
        "cases": capture([{}, {"show_fields": False, "hash_length": 0}], graph_data=data),
    }


def main():
    results = [capture_graph(*item) for item in GRAPHS.items()] + [
        capture_comparison(*item) for item in COMPARISONS.items()
    ]
    target = Path(__file__).resolve().parent.parent / "goldens" / "render.json"
    target.write_text(json.dumps(results, indent=1) + "\n")
    print(f"{sum(len(r['cases']) for r in results)} drawings -> {target.name}")


if __name__ == "__main__":
    main()
