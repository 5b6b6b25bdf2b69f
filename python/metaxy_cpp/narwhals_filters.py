"""Narwhals expressions as conditions of the library.

The tree of an expression is private to Narwhals (`Expr._nodes`); tests/test_narwhals_filters.py pins it. What is not
known here raises `NotTranslatable`, and the caller filters by other means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import narwhals as nw
from narwhals import stable

from metaxy_cpp._native import Expression

# Arrow's recursion over a condition is as deep as the condition.
_MOST_VALUES = 256

_COMPARISONS = {
    "__eq__": "equal",
    "__ne__": "not_equal",
    "__gt__": "greater",
    "__ge__": "greater_equal",
    "__lt__": "less",
    "__le__": "less_equal",
}
_BETWEEN = {
    "both": ("greater_equal", "less_equal"),
    "left": ("greater_equal", "less"),
    "right": ("greater", "less_equal"),
    "none": ("greater", "less"),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotTranslatable(Exception):
    """An expression has a part that the library has no condition for."""


def translate(expression: Any) -> Expression:
    """The condition of a Narwhals expression."""
    nodes = getattr(expression, "_nodes", None)
    if not nodes:
        raise NotTranslatable(f"{expression!r} has no nodes")
    result: Expression | None = None
    for node in nodes:
        result = _apply(result, node)
    assert result is not None
    return result


def _apply(inner: Expression | None, node: Any) -> Expression:
    """What a node makes of the expression that it is applied to; the first one has none."""
    if inner is None:
        if node.name not in _SOURCES:
            raise NotTranslatable(node.name)
        return _SOURCES[node.name](node)
    if node.name in _COMPARISONS:
        (other,) = node.exprs
        return Expression.call(_COMPARISONS[node.name], [inner, _operand(other)])
    if node.name in ("__and__", "__or__"):
        (other,) = node.exprs
        return Expression.call("and_kleene" if node.name == "__and__" else "or_kleene", [inner, _operand(other)])
    if node.name == "__invert__":
        return Expression.call("invert", [inner])
    if node.name == "is_null":
        return Expression.call("is_null", [inner])
    if node.name == "is_in":
        return _is_in(inner, node.kwargs["other"])
    if node.name == "is_between":
        above, below = _BETWEEN[node.kwargs["closed"]]
        lower, upper = node.exprs
        return Expression.call(
            "and_kleene",
            [Expression.call(above, [inner, _operand(lower)]), Expression.call(below, [inner, _operand(upper)])],
        )
    raise NotTranslatable(node.name)


def _column(node: Any) -> Expression:
    names = node.kwargs["names"]
    if len(names) != 1:
        raise NotTranslatable("an expression over several columns")
    return Expression.field(names[0])


def _literal_node(node: Any) -> Expression:
    if node.kwargs.get("dtype") is not None:
        raise NotTranslatable("a literal with a type")
    return _literal(node.kwargs["value"])


def _horizontal(function: str) -> Callable[[Any], Expression]:
    def make(node: Any) -> Expression:
        if node.kwargs.get("ignore_nulls"):
            raise NotTranslatable(f"{node.name} that ignores nulls")
        return _joined(function, [_operand(operand) for operand in node.exprs])

    return make


_SOURCES: dict[str, Callable[[Any], Expression]] = {
    "col": _column,
    "lit": _literal_node,
    "all_horizontal": _horizontal("and_kleene"),
    "any_horizontal": _horizontal("or_kleene"),
}


def _operand(value: Any) -> Expression:
    if isinstance(value, (nw.Expr, stable.v1.Expr, stable.v2.Expr)):
        return translate(value)
    return _literal(value)


def _literal(value: Any) -> Expression:
    if value is None:
        return Expression.null()
    if isinstance(value, bool):
        return Expression.boolean(value)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise NotTranslatable(f"the number {value}")
        return Expression.integer(value)
    if isinstance(value, float):
        return Expression.real(value)
    if isinstance(value, str):
        return Expression.text(value)
    if isinstance(value, datetime):
        zone = "" if value.tzinfo is None else "UTC"
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value
        return Expression.time((moment - _EPOCH) // timedelta(microseconds=1), zone)
    if isinstance(value, date):
        return Expression.date((value - _EPOCH.date()).days)
    raise NotTranslatable(f"a value of type {type(value).__name__}")


def _is_in(inner: Expression, values: Any) -> Expression:
    if isinstance(values, (nw.Series, str)) or not hasattr(values, "__iter__"):
        values = values.to_list() if isinstance(values, nw.Series) else [values]
    values = list(values)
    if not values:
        return Expression.boolean(False)
    if len(values) > _MOST_VALUES or any(value is None for value in values):
        raise NotTranslatable("a long list of values, or one with nulls")
    return _joined("or_kleene", [Expression.call("equal", [inner, _literal(value)]) for value in values])


def _joined(function: str, parts: Sequence[Expression]) -> Expression:
    """All parts, joined in a tree that is no deeper than it has to be."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return Expression.call(function, [_joined(function, parts[:middle]), _joined(function, parts[middle:])])


__all__ = ["NotTranslatable", "translate"]
