"""Records what the Python package makes of keys, JSON, specs, definitions and graphs.

    python capture_models.py DIR        # writes json_texts, floats, keys, specs, definitions and graphs .json into DIR

Run it in an environment that has the package (`pip install "metaxy[lancedb]==0.1.11"`). tests/unit/models and tests/unit/graph
replay every case.
"""

import json
import random
import struct
import sys
import warnings
from pathlib import Path
from typing import Any

from metaxy import MetaxyConfig
from metaxy.graph.describe import describe_graph
from metaxy.models.feature import FeatureGraph
from metaxy.models.feature_definition import FeatureDefinition
from metaxy.models.feature_spec import FeatureSpec
from metaxy.models.types import FeatureKey, FieldKey
from metaxy.versioning.validation import validate_column_configuration
from model_cases import DEFINITIONS, GRAPHS, JSON_TEXTS, KEYS, SPECS, random_graphs
from pydantic import TypeAdapter

TRUNCATIONS = (8, 13, 64, 100)
warnings.filterwarnings("ignore")


def configure(truncation: int) -> None:
    MetaxyConfig.set(MetaxyConfig(hash_truncation_length=truncation))


def to_definition(obj: dict[str, Any]) -> FeatureDefinition:
    """With a key `external`, the placeholder of a feature of another project."""
    if "external" not in obj:
        return FeatureDefinition.model_validate(obj)
    return FeatureDefinition.external(
        spec=FeatureSpec.model_validate(obj["spec"]),
        project=obj["project"],
        feature_schema=json.loads(obj["feature_schema"]),
        provenance_by_field=obj["external"].get("provenance_by_field"),
        on_version_mismatch=obj["external"].get("on_version_mismatch", "warn"),
        source="definitions.json",
    )


def capture_floats() -> list[Any]:
    rng = random.Random(1)
    values = [0.1, 1.0, 1e-3, 1e-4, 1e-5, 1.5e-5, 1e-6, 1e-7, 123456789.5, 1e15, 1e16, 1e17, 1e20, 1e21, 1e22, 1.5e300]
    values += [
        5e-324,
        1.7976931348623157e308,
        2.2250738585072014e-308,
        -0.0,
        0.0,
        123456789012345680.0,
        9007199254740993.0,
    ]
    values += [0.00012345, 0.000012345, 9999999999999998.0, 99999999999999990.0, 0.3, 2 / 3, 1e100, 1e-100, -1.5, 100.0]
    while len(values) < 400:
        value = struct.unpack("<d", rng.randbytes(8))[0]
        if value - value == 0:
            values.append(value)
    values += [rng.uniform(-1, 1) * 10 ** rng.randint(-8, 20) for _ in range(300)]
    return [[repr(v), TypeAdapter(float).dump_json(v).decode()] for v in values]


def capture_json_texts() -> list[Any]:
    rows = []
    for text in JSON_TEXTS:
        value = json.loads(text)
        rows.append(
            {
                "text": text,
                "python": json.dumps(value),
                "sorted": json.dumps(value, sort_keys=True),
                "indented": json.dumps(value, indent=2),
                "compact": TypeAdapter(Any).dump_json(value).decode(),
            }
        )
    return rows


def capture_keys() -> list[Any]:
    rows = []
    for key in KEYS:
        row: dict[str, Any] = {"key": key}
        try:
            made = FeatureKey(key)
            field = FieldKey(key)
            row["text"] = made.to_string()
            row["parts"] = list(made.parts)
            row["table_name"] = made.table_name
            row["struct_key"] = field.to_struct_key()
            row["column_suffix"] = made.to_column_suffix()
        except ValueError as error:
            row["error"] = str(error).splitlines()[2].strip()
        rows.append(row)
    return rows


def capture_specs() -> list[Any]:
    rows = []
    for name, value in SPECS:
        row: dict[str, Any] = {"name": name, "input": value}
        try:
            configure(8)
            spec = FeatureSpec.model_validate(value)
        except Exception as error:
            row["error"] = str(error)
            rows.append(row)
            continue
        dumped = spec.model_dump(mode="json")
        row["dumped"] = json.dumps(dumped)
        row["sorted"] = json.dumps(dumped, sort_keys=True)
        row["table_name"] = spec.table_name()
        row["versions"] = {}
        for truncation in TRUNCATIONS:
            configure(truncation)
            spec = FeatureSpec.model_validate(value)
            row["versions"][str(truncation)] = {"spec": spec.feature_spec_version, "code": spec.code_version}
        rows.append(row)
    return rows


def capture_definitions() -> list[Any]:
    rows = []
    for name, value in DEFINITIONS:
        row: dict[str, Any] = {"name": name, "input": value}
        try:
            configure(8)
            definition = to_definition(value)
        except Exception as error:
            row["error"] = str(error)
            rows.append(row)
            continue
        row["dumped"] = json.dumps(definition.model_dump(mode="json"))
        row["schema"] = json.dumps(definition.feature_schema)
        row["is_external"] = definition.is_external
        row["on_version_mismatch"] = definition.on_version_mismatch
        row["given"] = definition._provenance_by_field
        row["versions"] = {}
        for truncation in TRUNCATIONS:
            configure(truncation)
            row["versions"][str(truncation)] = to_definition(value).feature_definition_version
        rows.append(row)
    return rows


def capture_feature(graph: FeatureGraph, key: FeatureKey) -> dict[str, Any]:
    """What follows from the graph but for versions; {"error": ...} if even those cannot be computed."""
    try:
        plan = graph.get_feature_plan(key)
        graph.get_feature_version(key)
        fields = {}
        for field in plan.feature.fields:
            by_parent = plan.field_dependencies[field.key]
            fields[field.key.to_string()] = {
                "parents": sorted(k.to_string() for k in plan.get_parent_fields_for_field(field.key)),
                "by_parent": {p.to_string(): sorted(k.to_string() for k in keys) for p, keys in by_parent.items()},
            }
    except RecursionError:
        return {"error": "RecursionError"}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {str(error)[:100]}"}
    row: dict[str, Any] = {
        "fields": fields,
        "input_id_columns": sorted(plan.input_id_columns),
        "input_id_columns_by_dep": [plan.get_input_id_columns_for_dep(dep) for dep in plan.feature.deps],
    }
    try:
        validate_column_configuration(plan)
    except ValueError as error:
        row["column_error"] = str(error)
    return row


def capture_versions(graph: FeatureGraph, keys: list[FeatureKey]) -> dict[str, Any]:
    return {
        k.to_string(): {
            "version": graph.get_feature_version(k),
            "definition_version": graph.get_feature_definition(k).feature_definition_version,
            "by_field": graph.get_feature_version_by_field(k),
        }
        for k in keys
    }


def capture_graph(name: str, definitions: list[dict[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "definitions": definitions, "versions": {}, "project_versions": {}}
    for truncation in (8, 64):
        configure(truncation)
        graph = FeatureGraph()
        for definition in definitions:
            graph.add_feature_definition(to_definition(definition))
        keys = graph.list_features(only_current_project=False)
        projects = sorted({d.project for d in graph.feature_definitions_by_key.values()})
        row["features"] = {k.to_string(): capture_feature(graph, k) for k in keys}
        good = [k for k in keys if "error" not in row["features"][k.to_string()]]
        row["versions"][str(truncation)] = capture_versions(graph, good)
        row["project_versions"][str(truncation)] = {p: graph.get_project_version(p) for p in [*projects, "unknown"]}
    if any(f.get("error") == "RecursionError" for f in row["features"].values()):
        row["is_circular"] = True
        return row
    row["sorted"] = [k.to_string() for k in graph.topological_sort_features()]
    row["descending"] = [k.to_string() for k in graph.topological_sort_features(descending=True)]
    every_other = [k.to_string() for k in keys[::2]]
    row["every_other_sorted"] = [k.to_string() for k in graph.topological_sort_features(every_other)]
    row["downstream"] = {k.to_string(): [d.to_string() for d in graph.get_downstream_features([k])] for k in keys}
    row["described"] = {}
    for project in projects:
        MetaxyConfig.set(MetaxyConfig(hash_truncation_length=64, project=project))
        row["described"][project] = [describe_graph(graph), describe_graph(graph, project=project)]
    return row


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    captured = {
        "floats": capture_floats(),
        "json_texts": capture_json_texts(),
        "keys": capture_keys(),
        "specs": capture_specs(),
        "definitions": capture_definitions(),
        "graphs": [capture_graph(name, definitions) for name, definitions in [*GRAPHS, *random_graphs(30)]],
    }
    for name, rows in captured.items():
        lines = ",\n".join(json.dumps(row) for row in rows)
        (folder / f"{name}.json").write_text(f"[\n{lines}\n]\n")
        print(f"{name}: {len(rows)} cases")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
