"""A plugin of pytest for the suite of the Python package metaxy: `-p metaxy_cpp_suite` puts stores in the place of its
own, before any conftest is loaded (see suite_stores.py), and counts which calls ran in the engine. No file of it is
touched.

Tests that cannot hold for another implementation stand in deselected.txt, each with its reason.
"""

from __future__ import annotations

import fnmatch
import inspect
from collections import Counter
from pathlib import Path

import pytest
from suite_stores import is_ours, put_stores_in_place, stands_in

_made: list[object] = []

# First: ours is put in place as soon as metaxy is imported (subprocesses/sitecustomize.py).
put_stores_in_place()

if is_ours():
    from metaxy_cpp import engine_store, native_calls

    class _CountedCalls(native_calls.NativeCalls):
        def __init__(self) -> None:
            super().__init__()
            _made.append(self)

    engine_store.NativeCalls = _CountedCalls  # type: ignore[misc]

_STORE_FIXTURES = {"store", "persistent_store", "ibis_store", "metaxy_project"}


def _deselected() -> list[tuple[str, str]]:
    """Patterns of tests that are left out, and the reason of each. A line that begins with [stand-in] counts only where
    the store stands in for others."""
    patterns = []
    for line in Path(__file__).with_name("deselected.txt").read_text(encoding="utf-8").splitlines():
        pattern, _, reason = line.partition("  # ")
        if not pattern or pattern.startswith("#"):
            continue
        assert reason, f"{pattern} has no reason"
        if pattern.startswith("[stand-in] "):
            if not stands_in():
                continue
            pattern = pattern.removeprefix("[stand-in] ")
        patterns.append((pattern, reason))
    return patterns


def _uses_a_store(item: pytest.Item) -> bool:
    if _STORE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
        return True
    function = getattr(item, "function", None)
    return function is not None and "MetadataStore" in inspect.getsource(function)


def _matches(item: pytest.Item, pattern: str) -> bool:
    # Brackets are those of parameters, and no pattern.
    return fnmatch.fnmatchcase(item.nodeid, pattern.replace("[", "[[]"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if stands_in():
        items[:] = [item for item in items if _uses_a_store(item)]
    patterns = [pattern for pattern, _ in _deselected()]
    dropped = [item for item in items if any(_matches(item, pattern) for pattern in patterns)]
    config.hook.pytest_deselected(items=dropped)
    items[:] = [item for item in items if item not in dropped]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not is_ours():
        return
    native: Counter[str] = Counter()
    reference: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for calls in _made:
        native += calls.native  # type: ignore[attr-defined]
        reference += calls.reference  # type: ignore[attr-defined]
        reasons += calls.reasons  # type: ignore[attr-defined]
    terminalreporter.section("calls in the engine")
    for name in sorted({*native, *reference}):
        total = native[name] + reference[name]
        terminalreporter.line(f"{name}: {native[name]} of {total}, {native[name] / total:.1%}")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"  {count} left to the Python package: {reason}")
