"""Arguments of stores, in the form in which the library takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Union

from metaxy_cpp.graph import FeatureKeyLike, key_text

Filters = Union[str, Sequence[str], None]
"""Conditions such as "height > 100", all of which must hold; see docs/command-line.md for what they may say."""

FeatureFilters = Union[Mapping[FeatureKeyLike, Filters], None]
"""Conditions on the rows of single features."""

Features = Union[FeatureKeyLike, Sequence[FeatureKeyLike], None]
"""One feature, or a list of them; all where none are named."""

_MODES = {"read": "read", "r": "read", "write": "write", "w": "write"}


def filter_texts(filters: Filters) -> list[str]:
    """A list of conditions."""
    if filters is None:
        return []
    if isinstance(filters, str):
        return [filters]
    if isinstance(filters, Sequence) and all(isinstance(text, str) for text in filters):
        return list(filters)
    raise TypeError(f'filters are texts such as "height > 100", not {filters!r}')


def feature_filter_texts(filters: FeatureFilters) -> list[tuple[str, list[str]]]:
    """A list of conditions for each feature."""
    if filters is None:
        return []
    if not isinstance(filters, Mapping):
        raise TypeError("filters of single features are a dict from feature to conditions")
    return [(key_text(feature), filter_texts(texts)) for feature, texts in filters.items()]


def feature_texts(features: Features) -> list[str] | None:
    """The keys of features. A list is one of features, never the parts of a key."""
    if features is None:
        return None
    if isinstance(features, list | tuple):
        return [key_text(feature) for feature in features]
    return [key_text(features)]


def mode_text(mode: str) -> str:
    """The name of a mode."""
    if mode not in _MODES:
        raise ValueError(f"mode {mode!r} is neither 'read' nor 'write'")
    return _MODES[mode]


def microseconds(time: datetime) -> int:
    """Microseconds since 1970 of a time; one without a zone is UTC."""
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


__all__ = ["FeatureFilters", "Features", "Filters"]
