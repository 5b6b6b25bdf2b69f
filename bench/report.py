#!/usr/bin/env python3
"""Turns a results file into a table, a page and plots.

report.py RESULTS                  prints the table
report.py RESULTS --into FOLDER    also writes README.md, results.json and the plots there
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import cases
import results
import tables
from results import Report

CAPTIONS = {
    "time.svg": "Time of each workload at its largest common size, log scale",
    "memory.svg": "Peak resident memory, log scale",
    "scaling.svg": "Time against the number of rows, log-log scale",
}

METHOD = """\
All engines perform the same operation on the same rows, in one run, taking turns (A B C D A B C D ...). Each measurement
is a fresh process, which opens the store first and then times only the operation with a monotonic clock; its peak
resident memory (`VmHWM`) is that of the whole process, including interpreter and libraries. Medians are shown. Files are
in the page cache, because they have just been written or read.

- **metaxy for C++** and **Python + LanceDB** use the same LanceDB store, written by metaxy for C++: `xxhash32`, the
  default of both.
- **Python + DuckDB** uses its own store, written by the Python package from the same rows. It hashes with MD5, which is
  built into DuckDB; xxhash needs an extension that DuckDB downloads.
- **the same scan** is the lower bound of what a resolve reads: the columns needed for the comparison (ids, the versions
  that something depends on, stored provenance, timestamps of update and deletion) of all tables at once through the
  bridge, with row ids, the condition on the feature version, in table order and in batches of the same size, as a
  resolve asks for them; the rows are discarded.
- **bare bridge** is the lower bound of any engine: the same columns, read and decoded with the settings that are best for
  that alone, one table after the other, in any row order, in batches of 64k rows, without row ids and without a
  condition. For a write it appends finished rows, including system columns.
- A resolve is the eager `resolve_update`, which ends with all three parts in memory. The rows of a write are in memory
  beforehand. The harness compares how many samples each engine finds new, stale and orphaned (or writes) with the
  expected numbers of the workload, and fails if one differs.
- The factor after the time and memory of another engine is relative to metaxy for C++; the factor after a lower bound is
  that of metaxy for C++ relative to it."""

PYTHON = """\
**Python + metaxy_cpp** is **Python + LanceDB** with one class changed, our store in the place of the package's own: the
same program, the same tables, the same frames of Polars coming out. Memory added is the peak during the operation less
what the process had before."""

BUSY = """\
**Other programs were running** at the start: the load was {load_at_the_start} on {cores} cores. All engines take turns, so
the factors between them hold; the absolute times do not."""

HONEST = """\
- One machine, one local disk. Object stores behave differently.
- The data is synthetic: ids are unique strings, versions are random, and strings hardly compress.
- The Python package's times exclude starting Python, imports and opening the store; the workload `start` measures the
  start alone.
- Polars, DuckDB and metaxy for C++ all use every core."""

REPEAT = """\
`make bench` repeats everything (`SIZES=100k WORKLOADS=unchanged,new REPEAT=5 ENGINES=ours,scan,floor` select a part;
`make bench-micro` measures single kernels)."""

CASES = """\
The benchmark cases are in [bench/cases.json](../../bench/cases.json), explained in [bench/cases.py](../../bench/cases.py).
The graphs `paper_simple` and `paper_wide` have the shape of the benchmark in the Python package's paper,
`publications/2026-introducing-metaxy`: one root with two fields and a leaf; two roots with four fields each and a leaf with
two."""


def version_lines(values: dict[str, Any]) -> str:
    return "\n".join(f"| {name} | {value} |" for name, value in values.items())


def steps_text(step: dict[str, Any]) -> str:
    details = {k: v for k, v in step.items() if k not in ("do", "feature")}
    inside = f" ({', '.join(f'{k} {v}' for k, v in details.items())})" if details else ""
    return f"{step['do']} `{step['feature']}`{inside}"


def workload_lines(report: Report) -> str:
    measured = {workload for workload, _, _ in report.workloads()} or {case.name for case in cases.load()}
    lines = []
    for case in cases.load():
        if case.name not in measured:
            continue
        if case.program:
            lines.append(f"| `{case.name}` | {case.title} | | `metaxy {' '.join(case.program)}`, from start to end |")
            continue
        prepared = ", ".join(steps_text(step) for step in case.prepare)
        lines.append(f"| `{case.name}` | {case.title} | {prepared} | {steps_text(case.measure)} |")
    return "\n".join(lines)


def wrapped(text: str) -> str:
    """Paragraphs and lists at 120 columns, as tools/check_prose.py wants them; links and code stay in one line."""
    joined = re.sub(r"\n  (?=\S)|(?<=\S)\n(?=[^-\s])", " ", text)
    kept = re.sub(r"`[^`]*`|\[[^\]]*\]\([^)]*\)", lambda match: match[0].replace(" ", "\0"), joined)
    lines = []
    for line in kept.splitlines():
        indent = "  " if line.startswith("- ") else ""
        lines.append(textwrap.fill(line, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))
    return "\n".join(lines).replace("\0", " ")


def page(report: Report, plots: list[str]) -> str:
    settings = report.settings
    parts = [
        "# Benchmarks",
        "<!-- Written by bench/report.py from results.json; `make bench` repeats the measurements. -->",
    ]
    if report.results:
        whole = "" if report.complete else " This run does not cover all workloads, sizes or engines."
        parts.append(wrapped(f"Measured on {report.started[:10]}, {settings['repeat']} repetitions.{whole}"))
    if report.note:
        parts.append(wrapped(f"**Note.** {report.note}"))
    if report.results:
        parts.append(tables.markdown(report))
    if report.busy():
        parts.append(wrapped(BUSY.format(**{name.replace(" ", "_"): value for name, value in report.machine.items()})))
    notes = tables.notes_of(report)
    if notes:
        parts.append(wrapped("\n".join(f"- {note}" for note in notes)))
    parts += [f"![{CAPTIONS[name]}]({name})" for name in plots]
    parts += [
        "## Method",
        wrapped(METHOD),
        *([wrapped(PYTHON)] if "python" in tables.engines_of(report) else []),
        wrapped(REPEAT),
        "## Workloads",
        wrapped(CASES),
        "| workload | description | preparation | measured |\n|---|---|---|---|\n" + workload_lines(report),
        "## Notes",
        wrapped(HONEST),
        "## Machine and versions",
        "| property | value |\n|---|---|\n" + version_lines({**report.machine, **report.versions}),
    ]
    return "\n\n".join(parts) + "\n"


def draw(report: Report, folder: Path) -> list[str]:
    try:
        import plots
    except ModuleNotFoundError as error:
        print(f"bench: no plots, {error.name} is not installed (tools/setup.sh bench installs it)", file=sys.stderr)
        return []
    return plots.draw(report, folder)


def write(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(page(report, draw(report, folder)))
    report.save(folder / "results.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--into", type=Path)
    args = parser.parse_args()
    try:
        report = results.load(args.results)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"report.py: cannot read {args.results}: {error}", file=sys.stderr)
        return 2
    print(tables.terminal(report))
    if args.into:
        write(report, args.into)
    return 0


if __name__ == "__main__":
    sys.exit(main())
