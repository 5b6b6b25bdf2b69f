#!/usr/bin/env python3
"""Captures what the Python package makes of features of other projects: lock files, and graphs after a sync.

    python capture_external_features.py ../goldens/external_features.json

(in an environment with tools/requirements-oracle.txt). Each case has the rows of a store's system table, as the package
pushed them, and the definitions of a project that uses them. `lock`: the text of its metaxy.lock, or null if the package
refuses to write one. `sync`: every feature of the graph after a sync, with its version; `warnings` and `error` tell
which features were named as different.
tests/unit/store/external_features_test.cc and tests/unit/project/lock_generator_test.cc do the same here.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import metaxy as mx
import polars as pl
from external_cases import CASES
from metaxy._exceptions import ExternalFeatureVersionMismatchError
from metaxy.config import MetaxyConfig
from metaxy.ext.lancedb import LanceDBMetadataStore
from metaxy.metadata_store.system import FEATURE_VERSIONS_KEY
from metaxy.metadata_store.system.storage import SystemTableStorage
from metaxy.models.feature import FeatureGraph
from metaxy.models.feature_definition import FeatureDefinition
from metaxy.models.feature_selection import FeatureSelection
from metaxy.models.feature_spec import FeatureSpec
from metaxy.utils.exceptions import MetaxyMissingFeatureDependency
from metaxy.utils.lock_file import generate_lock_file

TEXTS = [
    "project",
    "feature_key",
    "metaxy_feature_version",
    "metaxy_definition_version",
    "feature_spec",
    "feature_schema",
    "feature_class_path",
    "metaxy_project_version",
    "tags",
]


def definition(obj: dict[str, Any]) -> FeatureDefinition:
    spec = FeatureSpec.model_validate(obj["spec"])
    if "external" in obj:
        return FeatureDefinition.external(spec=spec, project=obj["project"], source="case", **obj["external"])
    return FeatureDefinition(
        spec=spec,
        feature_schema=obj.get("schema", {"title": spec.key.to_string(), "type": "object"}),
        feature_class_path="case." + spec.key.to_string().replace("/", "_").replace("-", "_"),
        project=obj["project"],
    )


def start(project: str, definitions: list[dict[str, Any]], settings: dict[str, Any]) -> FeatureGraph:
    extra = [FeatureSelection(**entry) for entry in settings.get("extra_features", [])]
    MetaxyConfig.reset()
    MetaxyConfig.set(MetaxyConfig(project=project, extra_features=extra, locked=settings.get("locked")))
    graph = FeatureGraph()
    FeatureGraph.set_active(graph)
    for obj in definitions:
        graph.add_feature_definition(definition(obj))
    return graph


def rows_of(store: LanceDBMetadataStore) -> list[dict[str, Any]]:
    with store:
        frame = store.read(FEATURE_VERSIONS_KEY, with_feature_history=True).collect().to_polars()
    frame = frame.with_columns(pl.col("recorded_at").cast(pl.Int64))
    return [{name: row[name] for name in [*TEXTS, "recorded_at"]} for row in frame.iter_rows(named=True)]


def sync(store: LanceDBMetadataStore, graph: FeatureGraph, mode: str | None) -> dict[str, Any]:
    result: dict[str, Any] = {"error": None, "features": None}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            mx.sync_external_features(store, on_version_mismatch=mode)
        except ExternalFeatureVersionMismatchError as e:
            result["error"] = mismatches(str(e))
        except Exception:
            result["error"] = []
    result["warnings"] = [mismatches(str(w.message)) for w in caught if "ersion mismatch" in str(w.message)]
    unresolved = [str(w.message) for w in caught if "could not be resolved" in str(w.message)]
    result["unresolved"] = re.search(r"store: (.*)\. These", unresolved[0])[1].split(", ") if unresolved else []
    if result["error"] is None:
        result["features"] = {
            key.to_string(): {
                "version": version_of(graph, key),
                "project": known.project,
                "is_external": known.is_external,
            }
            for key, known in sorted(graph.feature_definitions_by_key.items(), key=lambda item: item[0].to_string())
        }
    return result


def version_of(graph: FeatureGraph, key: Any) -> str | None:
    """Null if something that the feature depends on is missing."""
    try:
        return graph.get_feature_version(key)
    except MetaxyMissingFeatureDependency:
        return None


def mismatches(text: str) -> list[list[str]]:
    """[feature, expected version, found version] of every feature that a message names."""
    found = re.findall(r"^  (\S+):\n    feature version: expected '([^']*)', got '([^']*)'", text, re.M)
    return [list(match) for match in found]


def lock(store: LanceDBMetadataStore, project: str, settings: dict[str, Any], file: Path) -> str | None:
    selection = None
    for entry in settings.get("extra_features", []):
        one = FeatureSelection(**entry)
        selection = one if selection is None else selection | one
    try:
        generate_lock_file(store, file, exclude_project=project, selection=selection)
    except Exception:
        return None
    return file.read_text()


def run(case: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        store = LanceDBMetadataStore(uri=folder + "/db")
        for push in case["pushes"]:
            graph = start(push["project"], push["definitions"], {})
            for known in list(graph.feature_definitions_by_key.values()):
                if known.project != push["project"]:
                    known._is_external = True
            with store.open("w"):
                SystemTableStorage(store).push_graph_snapshot(project=push["project"])
        project, settings = case["project"], case.get("settings", {})
        result: dict[str, Any] = {
            "name": case["name"],
            "project": project,
            "settings": settings,
            "definitions": [definitions_json(obj) for obj in case["definitions"]],
            "rows": rows_of(store) if case["pushes"] else [],
        }
        start(project, case["definitions"], settings)
        result["lock"] = lock(store, project, settings, Path(folder) / "metaxy.lock")
        graph = start(project, case["definitions"], settings)
        result["sync"] = sync(store, graph, case.get("on_version_mismatch"))
        result["on_version_mismatch"] = case.get("on_version_mismatch")
        return result


def definitions_json(obj: dict[str, Any]) -> dict[str, Any]:
    entry = definition(obj).model_dump(mode="json")
    if "external" in obj:
        entry["external"] = obj["external"]
        del entry["feature_class_path"]
    return entry


def main() -> int:
    results = [run(case) for case in CASES]
    Path(sys.argv[1]).write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(results)} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
