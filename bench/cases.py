"""The table of cases, cases.json: what is measured, on which features and rows.

A case prepares a store with steps, and measures one step. Steps are
    write    rows of a root feature: `divisor` makes fewer of them; `generation` is the version of the rows of every `every`-th
             block of `block` rows (of the fields `changes` only, if given), or of `few` rows in all; other rows are left out unless
             `unchanged_too`
    update   what a pipeline does: resolve, then write what is new and stale (`expand`: each row becomes several; `distinct`:
             one row for each value of this column)
    append   `count` rows behind the others, in `writes` writes; each in a write of its own if that is not given
    fail     of what is new, every `every`-th sample is recorded as failed, the others are written
    resolve  the operation itself; with `delta`, after another one and the steps `then`, or, with `first`, without any answer that is known; with `skip_failed`, without samples that have failed
The program metaxy_bench_run and the drivers of the Python package read the same table.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent / "cases.json"
ENGINES = ("ours", "python", "lancedb", "duckdb", "scan", "floor")
UNITS = {"": 1, "k": 1_000, "M": 1_000_000}


class CaseError(Exception):
    """The request does not exist or cannot be parsed."""


def parse_size(text: str) -> int:
    match = re.fullmatch(r"([1-9][0-9]*)([kM]?)", text.strip())
    if not match:
        raise CaseError(f"'{text}' is not a valid size; write a number of rows such as 10k, 100k or 1M")
    rows = int(match[1]) * UNITS[match[2]]
    if rows % 1000:
        raise CaseError(f"size '{text}' is not a multiple of 1000 rows; the shares that change would not come out even")
    return rows


def size_text(rows: int) -> str:
    if not rows:
        return ""
    return f"{rows // 1_000_000}M" if rows % 1_000_000 == 0 else f"{rows // 1000}k"


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    sizes: tuple[int, ...]
    engines: tuple[str, ...]
    mutates: bool
    memory_limit: str | None
    program: tuple[str, ...]
    memory_per_row: dict[str, int]
    stored: int
    expect: dict[str, str] = field(hash=False)
    prepare: tuple[dict[str, Any], ...] = field(hash=False)
    measure: dict[str, Any] = field(hash=False)

    def expected(self, rows: int) -> dict[str, int]:
        """The counts that every engine must report."""
        return {name: self._count(rule, rows) for name, rule in self.expect.items()}

    def _count(self, rule: str, rows: int) -> int:
        if rule == "n":
            return rows
        if rule == "changed":
            return changed_rows(self.prepare[-1], rows)
        return int(rule)

    def memory(self, engine: str, rows: int) -> int:
        """Estimated upper bound of the bytes needed for preparation and measurement."""
        return self.memory_per_row.get(engine, 0) * rows * self.stored


def changed_rows(step: dict[str, Any], rows: int) -> int:
    """How many rows of a `write` step have a new version."""
    block = step.get("block", 1)
    blocks = rows // step.get("divisor", 1) // block
    return -(-blocks // step.get("every", 1)) * block


def to_case(obj: dict[str, Any], memory_per_row: dict[str, int]) -> Case:
    reads = obj.get("measure", {}).get("do") == "resolve"
    return Case(
        name=obj["name"],
        title=obj["title"],
        sizes=tuple(parse_size(s) for s in obj.get("sizes", [])),
        engines=tuple(obj.get("engines", [e for e in ENGINES if e != "scan" or reads])),
        mutates=obj.get("mutates", False),
        memory_limit=obj.get("memory_limit"),
        program=tuple(obj.get("program", ())),
        memory_per_row={**memory_per_row, **obj.get("memory_per_row", {})},
        stored=obj.get("stored", 1),
        expect=obj.get("expect", {}),
        prepare=tuple(obj.get("prepare", ())),
        measure=obj.get("measure", {}),
    )


def load() -> list[Case]:
    table = json.loads(FILE.read_text())
    return [to_case(obj, table["memory_per_row"]) for obj in table["cases"]]


def load_graph(case_name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A case from the table, and the features of its graph."""
    table = json.loads(FILE.read_text())
    case = next((c for c in table["cases"] if c["name"] == case_name), None)
    if case is None:
        raise CaseError(f"there is no case '{case_name}'")
    return case, table["graphs"][case["graph"]]


def select(names: list[str], sizes: list[str]) -> list[tuple[Case, int]]:
    """Cases with their sizes. Requested sizes are limited to the largest one that makes sense for a case."""
    cases = load()
    known = {case.name for case in cases}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise CaseError(f"there is no workload {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    wanted = sorted({parse_size(s) for s in sizes})
    pairs = []
    for case in cases:
        if names and case.name not in names:
            continue
        if case.program:
            pairs.append((case, 0))
            continue
        chosen = [s for s in wanted if s <= max(case.sizes)] if wanted else case.sizes
        if case.memory_limit:  # Applies only to its own size.
            chosen = [s for s in chosen if s in case.sizes]
        pairs += [(case, size) for size in chosen]
    return pairs
