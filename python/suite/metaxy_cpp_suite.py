"""A plugin of pytest for the suite of the Python package metaxy: `-p metaxy_cpp_suite` puts stores in the place of its
own, before any conftest is loaded (see suite_stores.py), and counts tests by group and calls in the engine. No file of
it is touched.

Tests that cannot hold for another implementation stand in deselected.txt, each with its reason.
"""

from __future__ import annotations

import fnmatch
import inspect
from collections import Counter
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
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


# The tests of maps, which the package's own LanceDB store does not pass, and so does not run.
_MAPS = "TestLanceDBMaps"


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem(collector: Any, name: str, obj: Any) -> Generator[None, Any, Any]:
    made = yield
    if name != "TestLanceDB":
        return made
    from tests.metadata_stores.shared import MapDtypeTests

    own = {name: vars(obj)[name] for name in ("store", "named_store")}
    setattr(collector.obj, _MAPS, type(_MAPS, (MapDtypeTests,), {**own, "__module__": obj.__module__}))
    return [made, pytest.Class.from_parent(collector, name=_MAPS)]


# The group of each test, and how many tests of each group ended how.
_groups: dict[str, str] = {}
_ends: dict[str, Counter[str]] = {}


def _group_of(item: pytest.Item) -> str:
    path, fixtures = item.nodeid, getattr(item, "fixturenames", ())
    if f"::{_MAPS}::" in path:
        return "maps on LanceDB (MapDtypeTests)"
    for folder in ("tests/ext/lancedb", "tests/ext/ray"):
        if path.startswith(f"{folder}/"):
            return folder
    if not path.startswith("tests/metadata_stores/"):
        return "other folders, with a store"
    if "persistent_store" in fixtures:
        return "tests/metadata_stores with the fixture persistent_store"
    if "store" in fixtures:
        return "tests/metadata_stores with the fixture store"
    return "tests/metadata_stores, others with a store"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    # A test whose fixtures fail has no call; one that has passed may fail while it is taken down.
    if report.when == "call" or not report.passed:
        _ends.setdefault(_groups[report.nodeid], Counter())[report.outcome] += 1


# How often a test runs whose data are random.
_ATTEMPTS = 3


@cache
def _patterns(*, again: bool = False) -> list[str]:
    """Patterns of tests that are left out, or that run again if they fail. Lines that begin with [stand-in] count only
    where the store stands in for others."""
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
        if pattern.startswith("[again] ") == again:
            patterns.append(pattern.removeprefix("[again] "))
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
    patterns = _patterns()
    dropped = [item for item in items if any(_matches(item, pattern) for pattern in patterns)]
    _groups.update((item.nodeid, _group_of(item)) for item in items)
    for item in dropped:
        _ends.setdefault(_groups[item.nodeid], Counter())["deselected"] += 1
    config.hook.pytest_deselected(items=dropped)
    items[:] = [item for item in items if item not in dropped]


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    if not any(_matches(item, pattern) for pattern in _patterns(again=True)):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for attempt in range(_ATTEMPTS):
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if attempt == _ATTEMPTS - 1 or not any(report.failed for report in reports):
            break
        item._initrequest()  # type: ignore[attr-defined]
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("groups of tests")
    for group in sorted(_ends):
        counts = ", ".join(f"{_ends[group][end]} {end}" for end in ("passed", "failed", "skipped", "deselected"))
        terminalreporter.line(f"{group}: {counts}")
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
