"""Plots of the results, as SVG. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

import cases  # noqa: E402
from engines import TITLES  # noqa: E402
from results import Report, Result  # noqa: E402
from tables import engines_of  # noqa: E402

COLOURS = {
    "ours": "#1b6e9c",
    "python": "#5aa9d6",
    "lancedb": "#d9822b",
    "duckdb": "#b8a000",
    "scan": "#4d5159",
    "floor": "#8a8f98",
}
SCALING = ("unchanged", "history", "wide_rows", "paper_wide_stale")

# The same results give the same file: no random ids, no date.
plt.rcParams.update({"svg.hashsalt": "metaxy", "svg.fonttype": "none", "font.size": 9, "axes.axisbelow": True})


def save(figure: plt.Figure, file: Path) -> None:
    figure.savefig(file, format="svg", metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)


def label_of(title: str, rows: int) -> str:
    return f"{title}\n{cases.size_text(rows)}".strip().replace("`", "")


def largest(report: Report) -> list[tuple[str, str, int]]:
    """Each workload at the largest size that several engines were measured at, else at its largest."""
    chosen: dict[str, tuple[tuple[int, int], tuple[str, str, int]]] = {}
    for entry in report.workloads():
        workload, _, rows = entry
        count = sum(r.measured for r in report.results if (r.workload, r.rows) == (workload, rows))
        rank = (min(count, len(engines_of(report)) - 1), rows)
        if count and rank >= chosen.get(workload, ((0, 0), entry))[0]:
            chosen[workload] = (rank, entry)
    return [entry for _, entry in chosen.values()]


def bars(report: Report, value: Callable[[Result], float], label: str, file: Path) -> None:
    """A group of bars for each workload, on a logarithmic axis."""
    workloads = largest(report)
    engines = engines_of(report)
    height = 0.8 / max(len(engines), 1)
    figure, axes = plt.subplots(figsize=(8.5, 0.5 + 0.62 * len(workloads)))
    for position, engine in enumerate(engines):
        points = []
        for line, (workload, _, rows) in enumerate(workloads):
            result = report.find(workload, rows, engine)
            if result and result.measured:
                points.append((line + (position - (len(engines) - 1) / 2) * height, value(result)))
        if points:
            places, values = zip(*points)
            axes.barh(places, values, height=height, color=COLOURS[engine], label=TITLES[engine])
    axes.set_yticks(range(len(workloads)), [label_of(title, rows) for _, title, rows in workloads])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel(label)
    axes.grid(axis="x", color="#dddddd")
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.06 - 0.4 / len(workloads)), ncols=5, frameon=False)
    save(figure, file)


def scaling(report: Report, file: Path) -> None:
    """Time against the number of rows, a panel for each of some workloads."""
    titles = {workload: title for workload, title, _ in report.workloads()}
    panels = [workload for workload in SCALING if workload in titles]
    if not panels:
        return
    figure, axes = plt.subplots(1, len(panels), figsize=(3.1 * len(panels), 2.9), sharey=True, squeeze=False)
    for axis, workload in zip(axes[0], panels):
        for engine in engines_of(report):
            found = sorted(
                (r.rows, r.seconds)
                for r in report.results
                if (r.workload, r.engine) == (workload, engine) and r.measured
            )
            if found:
                rows, seconds = zip(*found)
                axis.plot(rows, seconds, marker="o", markersize=3.5, color=COLOURS[engine], label=TITLES[engine])
        axis.set(xscale="log", yscale="log", xlabel="rows", title=label_of(titles[workload], 0))
        axis.title.set_size(9)
        axis.grid(color="#dddddd")
    axes[0][0].set_ylabel("seconds")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", bbox_to_anchor=(0.5, -0.16), ncols=5, frameon=False)
    save(figure, file)


def draw(report: Report, folder: Path) -> list[str]:
    """All plots; their file names."""
    folder.mkdir(parents=True, exist_ok=True)
    if not any(result.measured for result in report.results):
        return []
    bars(report, lambda r: r.seconds, "seconds, median", folder / "time.svg")
    bars(report, lambda r: r.peak_mib, "peak resident memory, MiB, median", folder / "memory.svg")
    scaling(report, folder / "scaling.svg")
    return [name for name in ("time.svg", "memory.svg", "scaling.svg") if (folder / name).exists()]
