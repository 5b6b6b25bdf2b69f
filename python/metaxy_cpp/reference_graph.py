"""The graph of the Python package metaxy as one of the library."""

from __future__ import annotations

import json
from typing import Any

from metaxy.models.feature import FeatureGraph

from metaxy_cpp import _native


def _definition(definition: Any) -> dict[str, Any]:
    json_definition: dict[str, Any] = definition.model_dump(mode="json", warnings=False)
    if definition.is_external:
        json_definition["external"] = {
            "on_version_mismatch": definition._on_version_mismatch,
            "provenance_by_field": definition._provenance_by_field,
        }
    return json_definition


class GraphCache:
    """Graphs of the library by the definitions that they have: the Python package uses the graph that is active at each
    call, and tests switch it while a store is open."""

    _MOST = 16

    def __init__(self) -> None:
        self._graphs: dict[tuple[int, ...], tuple[_native.Graph, list[Any]]] = {}

    def get(self, graph: FeatureGraph, hash_truncation_length: int) -> _native.Graph:
        """A graph; the same one for the same definitions, as long as they are not the oldest of many."""
        definitions = list(graph.feature_definitions_by_key.values())
        # They do not change, and are kept here, so that no other one gets their place in memory.
        key = (hash_truncation_length, *map(id, definitions))
        known = self._graphs.get(key)
        if known is None:
            text = json.dumps([_definition(definition) for definition in definitions])
            native = _native.Graph.parse([("json", "the active graph", text)], "", hash_truncation_length, False)
            if len(self._graphs) >= self._MOST:
                self._graphs.pop(next(iter(self._graphs)))
            known = self._graphs[key] = (native, definitions)
        return known[0]


__all__ = ["GraphCache"]
