"""A plugin of pytest for the suite of the Python package metaxy: `-p metaxy_cpp_suite` puts our store in the place of
its LanceDB store, before any conftest is loaded, and counts which calls ran in the engine. No file of it is touched.

Tests that cannot hold for another implementation stand in deselected.txt, each with its reason.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import metaxy.ext.lancedb
import metaxy.ext.lancedb.metadata_store
import pytest

import metaxy_cpp
from metaxy_cpp import lancedb_store

_made: list[lancedb_store.NativeCalls] = []


class _CountedCalls(lancedb_store.NativeCalls):
    def __init__(self) -> None:
        super().__init__()
        _made.append(self)


lancedb_store.NativeCalls = _CountedCalls  # type: ignore[misc]
for _module in (metaxy.ext.lancedb, metaxy.ext.lancedb.metadata_store):
    _module.LanceDBMetadataStore = metaxy_cpp.LanceDBMetadataStore
    _module.LanceDBMetadataStoreConfig = metaxy_cpp.LanceDBMetadataStoreConfig


def _deselected() -> dict[str, str]:
    """The reason of each test that is left out."""
    tests = {}
    for line in Path(__file__).with_name("deselected.txt").read_text(encoding="utf-8").splitlines():
        test, _, reason = line.partition("  # ")
        if test and not test.startswith("#"):
            assert reason, f"{test} has no reason"
            tests[test] = reason
    return tests


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = _deselected()
    dropped = [item for item in items if item.nodeid in left_out or item.nodeid.split("[")[0] in left_out]
    config.hook.pytest_deselected(items=dropped)
    items[:] = [item for item in items if item not in dropped]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    native: Counter[str] = Counter()
    reference: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for calls in _made:
        native += calls.native
        reference += calls.reference
        reasons += calls.reasons
    terminalreporter.section("calls in the engine")
    for name in sorted({*native, *reference}):
        total = native[name] + reference[name]
        terminalreporter.line(f"{name}: {native[name]} of {total}, {native[name] / total:.1%}")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"  {count} left to the Python package: {reason}")
