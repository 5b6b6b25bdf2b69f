"""Features and how they depend on each other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Union

from metaxy_cpp import _native

FeatureKeyLike = Union[str, Sequence[str], Any]
"""A feature: "a/b", ["a", "b"], or an object of the Python package `metaxy` (FeatureKey, FeatureDefinition, ...)."""

_Texts = tuple[tuple[str, str, str], ...]


def key_text(feature: FeatureKeyLike) -> str:
    """The text of a feature's key."""
    if isinstance(feature, str):
        return feature
    if hasattr(feature, "to_string"):
        return str(feature.to_string())
    if hasattr(feature, "spec") and callable(feature.spec):
        return key_text(feature.spec().key)
    if hasattr(feature, "key"):
        return key_text(feature.key)
    if isinstance(feature, Sequence) and feature and all(isinstance(part, str) for part in feature):
        return "/".join(feature)
    raise TypeError(f"a feature is named by a text such as 'video/crop', not by {feature!r}")


class FeatureGraph:
    """All features of a project. Nothing of it changes once it is made.

    Make one by `from_files`, `from_toml`, `from_features` or `from_definitions`, or let a `Project` load it.
    """

    def __init__(self, native: _native.Graph, texts: _Texts | None = None, project: str = "") -> None:
        self._native = native
        self._texts = texts
        self._project = project

    @classmethod
    def _parse(cls, texts: _Texts, project: str, hash_truncation_length: int) -> FeatureGraph:
        native = _native.Graph.parse(list(texts), project, hash_truncation_length, True)
        return cls(native, texts, project)

    @classmethod
    def from_files(cls, *paths: str | Path, project: str = "", hash_truncation_length: int = 8) -> FeatureGraph:
        """Reads `.toml` and `.json` files of definitions. `project` is for features that name none.

        Raises:
            InvalidDefinitionError: With everything that is wrong, each with file and line.
        """
        texts = []
        for path in map(Path, paths):
            kind = path.suffix[1:]
            if kind not in ("toml", "json"):
                raise ValueError(f"{path}: definitions are .toml or .json files")
            texts.append((kind, str(path), path.read_text(encoding="utf-8")))
        return cls._parse(tuple(texts), project, hash_truncation_length)

    @classmethod
    def from_toml(cls, text: str, *, project: str = "", hash_truncation_length: int = 8) -> FeatureGraph:
        """Reads the text of a `features.toml`."""
        return cls._parse((("toml", "features.toml", text),), project, hash_truncation_length)

    @classmethod
    def from_features(
        cls, features: Sequence[Mapping[str, Any]], *, project: str = "", hash_truncation_length: int = 8
    ) -> FeatureGraph:
        """Features as dicts with the keys of `[[feature]]` in a `features.toml`.

        FeatureGraph.from_features([
            {"key": "video", "id_columns": ["video_id"], "fields": ["audio", "frames"]},
            {"key": "crop", "id_columns": ["video_id"], "deps": ["video"]},
        ], project="example")
        """
        tables = []
        for feature in features:
            lines = [f"{_toml(str(name))} = {_toml(value)}" for name, value in feature.items() if value is not None]
            tables.append("\n".join(["[[feature]]", *lines, ""]))
        return cls._parse((("toml", "features", "\n".join(tables)),), project, hash_truncation_length)

    @classmethod
    def from_definitions(
        cls, definitions: str | Sequence[Mapping[str, Any]], *, project: str = "", hash_truncation_length: int = 8
    ) -> FeatureGraph:
        """Definitions as the Python package serialises them (`FeatureDefinition.model_dump(mode="json")`): a list, or
        its JSON."""
        text = definitions if isinstance(definitions, str) else json.dumps(list(definitions))
        return cls._parse((("json", "definitions", text),), project, hash_truncation_length)

    @property
    def features(self) -> list[str]:
        """The keys of all features, in the order in which they were added."""
        return self._native.features(None)

    def sorted_features(self) -> list[str]:
        """The keys of all features, parents before their children."""
        return self._native.sorted_features()

    def parents(self, feature: FeatureKeyLike) -> list[str]:
        """The features that one depends on."""
        return self._native.parents(key_text(feature))

    def id_columns(self, feature: FeatureKeyLike) -> list[str]:
        """The columns that tell samples apart."""
        return self._native.id_columns(key_text(feature))

    def feature_version(self, feature: FeatureKeyLike) -> str:
        """The version of a feature, which follows from the definitions."""
        return self._native.feature_version(key_text(feature))

    def field_versions(self, feature: FeatureKeyLike) -> dict[str, str]:
        """The version of each field of a feature."""
        return dict(self._native.field_versions(key_text(feature)))

    def project_version(self, project: str | None = None) -> str:
        """The version of a project; of the one project of the features if none is named."""
        return self._native.project_version(project or self._native.project())

    def definitions(self) -> list[dict[str, Any]]:
        """The definitions as the Python package serialises them."""
        return json.loads(self._native.definitions())

    def __contains__(self, feature: object) -> bool:
        return key_text(feature) in self._native.features(None)

    def __len__(self) -> int:
        return len(self._native.features(None))

    def __repr__(self) -> str:
        return f"FeatureGraph({', '.join(self.features)})"

    def __reduce__(self) -> tuple[Any, ...]:
        texts = self._texts or (("json", "definitions", self._native.definitions()),)
        return (_unpickled, (texts, self._project, self._native.hash_truncation_length))


def _unpickled(texts: _Texts, project: str, hash_truncation_length: int) -> FeatureGraph:
    return FeatureGraph._parse(texts, project, hash_truncation_length)


def _toml(value: Any) -> str:
    """A value in TOML, on one line."""
    if isinstance(value, Mapping):
        members = (f"{_toml(str(name))} = {_toml(member)}" for name, member in value.items() if member is not None)
        return "{" + ", ".join(members) + "}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_toml, value)) + "]"
    raise TypeError(f"{value!r} has no place in the definition of a feature")


def graph_of(features: FeatureGraph | str | Path | Sequence[Mapping[str, Any]], project: str) -> FeatureGraph:
    """A graph, from whatever stands for one."""
    if isinstance(features, FeatureGraph):
        return features
    if isinstance(features, str | Path):
        return FeatureGraph.from_files(features, project=project)
    if isinstance(features, Sequence) and all(isinstance(feature, Mapping) for feature in features):
        tables = [feature for feature in features if isinstance(feature, Mapping)]
        return FeatureGraph.from_features(tables, project=project)
    raise TypeError(f"features are a FeatureGraph, the path of a file or a list of dicts, not {features!r}")


__all__ = ["FeatureGraph", "FeatureKeyLike"]
