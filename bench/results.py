"""The results file: written after every measurement, so that an interrupted run keeps its results."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

FORMAT = 1
# What is published was measured by itself: above this load, others share the processors.
MOST_LOAD_PER_CORE = 0.5


@dataclass
class Result:
    """The result of one engine on one workload of one size."""

    workload: str
    title: str
    rows: int
    engine: str
    runs: list[dict[str, float]] = field(default_factory=list)  # seconds, peak_mib; in Python also added_mib
    counts: dict[str, int] = field(default_factory=dict)
    note: str = ""  # why there are no runs, or fewer
    failed: bool = False

    @property
    def measured(self) -> bool:
        return bool(self.runs) and not self.failed

    @property
    def seconds(self) -> float:
        return median(run["seconds"] for run in self.runs)

    @property
    def peak_mib(self) -> float:
        return median(run["peak_mib"] for run in self.runs)

    @property
    def added_mib(self) -> float | None:
        """What the operation added to the memory of the process, where that was measured."""
        added = [run["added_mib"] for run in self.runs if "added_mib" in run]
        return median(added) if added else None


@dataclass
class Report:
    settings: dict[str, Any]
    machine: dict[str, Any]
    versions: dict[str, Any]
    started: str
    finished: str = ""
    complete: bool = False  # Complete: neither interrupted nor restricted by options.
    interrupted: str = ""
    note: str = ""
    results: list[Result] = field(default_factory=list)

    def find(self, workload: str, rows: int, engine: str) -> Result | None:
        return next((r for r in self.results if (r.workload, r.rows, r.engine) == (workload, rows, engine)), None)

    def busy(self) -> bool:
        """Whether others shared the processors."""
        return self.machine.get("load at the start", 0) > MOST_LOAD_PER_CORE * self.machine.get("cores", 1)

    def failures(self) -> list[Result]:
        return [r for r in self.results if r.failed]

    def workloads(self) -> list[tuple[str, str, int]]:
        """Name, title and rows of everything that has a result, in the order of measuring."""
        return list(dict.fromkeys((r.workload, r.title, r.rows) for r in self.results))

    def to_json(self) -> dict[str, Any]:
        obj = asdict(self)
        for result, each in zip(self.results, obj["results"]):
            if result.runs:
                each["seconds"], each["peak_mib"] = result.seconds, result.peak_mib
        return {"format": FORMAT, **obj}

    def save(self, file: Path) -> None:
        """Atomic: readers see a complete file."""
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.write_text(json.dumps(self.to_json(), indent=1) + "\n")
        os.replace(new, file)


def load(file: Path) -> Report:
    obj = json.loads(file.read_text())
    if obj.pop("format", None) != FORMAT:
        raise ValueError(f"{file} is not a results file of format {FORMAT}")
    known = Result.__dataclass_fields__
    results = [Result(**{k: v for k, v in each.items() if k in known}) for each in obj.pop("results")]
    return Report(**obj, results=results)
