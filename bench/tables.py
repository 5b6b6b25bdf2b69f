"""Results as tables: for the terminal and in Markdown."""

from __future__ import annotations

import cases
from engines import TITLES
from results import Report, Result

DASH = "-"


def time_text(seconds: float) -> str:
    if seconds < 0.1:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"


def memory_text(mib: float) -> str:
    return f"{mib:.0f} MiB" if mib < 10_000 else f"{mib / 1024:.1f} GiB"


def ratio_text(ratio: float) -> str:
    return f"{ratio:.2f}x" if ratio < 10 else f"{ratio:.0f}x"


def cell(result: Result | None, ours: Result | None) -> str:
    """Time and peak; for other engines with the factor relative to ours."""
    if result is None:
        return DASH
    if result.failed:
        return "FAILED"
    if not result.runs:
        return "skipped" if result.note else DASH
    if ours is None or not ours.measured or result is ours:
        return f"{time_text(result.seconds)}, {memory_text(result.peak_mib)}"
    slower = ratio_text(result.seconds / ours.seconds)
    larger = ratio_text(result.peak_mib / ours.peak_mib)
    return f"{time_text(result.seconds)} ({slower}), {memory_text(result.peak_mib)} ({larger})"


def floor_cell(result: Result | None, ours: Result | None) -> str:
    """A lower bound's time, and the factor of ours relative to it."""
    if result is None or not result.measured:
        return cell(result, None)
    text = time_text(result.seconds)
    return f"{text} (ours {ratio_text(ours.seconds / result.seconds)})" if ours and ours.measured else text


def engines_of(report: Report) -> list[str]:
    present = {result.engine for result in report.results}
    return [engine for engine in TITLES if engine in present]


def rows_of(report: Report) -> list[list[str]]:
    engines = engines_of(report)
    lines = [["workload", "rows", *(TITLES[engine] for engine in engines)]]
    for workload, title, rows in report.workloads():
        found = {engine: report.find(workload, rows, engine) for engine in engines}
        ours = found.get("ours")
        cells = [(floor_cell if engine in ("scan", "floor") else cell)(found[engine], ours) for engine in engines]
        lines.append([title, cases.size_text(rows), *cells])
    return lines


def python_rows_of(report: Report) -> list[list[str]]:
    """The Python package on our store and on its own: what a program in Python gains by one changed line."""
    lines = [["in Python", "rows", "faster", "memory added", "of the package's own"]]
    for workload, title, rows in report.workloads():
        ours, theirs = (report.find(workload, rows, engine) for engine in ("python", "lancedb"))
        if not (ours and theirs and ours.measured and theirs.measured):
            continue
        if ours.added_mib is None or theirs.added_mib is None:
            continue
        added = f"{memory_text(ours.added_mib)} of {memory_text(theirs.added_mib)}"
        share = f"{ours.added_mib / theirs.added_mib:.0%}" if theirs.added_mib else DASH
        lines.append([title, cases.size_text(rows), ratio_text(theirs.seconds / ours.seconds), added, share])
    return lines if len(lines) > 1 else []


def notes_of(report: Report) -> list[str]:
    """Why something is missing, each reason once with everything it applies to."""
    notes: dict[str, list[str]] = {}
    for result in report.results:
        if result.note:
            where = f"{result.title} {cases.size_text(result.rows)}".strip()
            state = "FAILED, " if result.failed else ""
            notes.setdefault(f"{state}{TITLES[result.engine]}: {result.note}", []).append(where)
    return [f"{reason} ({'; '.join(where)})" for reason, where in notes.items()]


def aligned(lines: list[list[str]]) -> list[str]:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    formatted = ["  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines]
    formatted.insert(1, "  ".join("-" * width for width in widths))
    return formatted


def terminal(report: Report) -> str:
    formatted = aligned(rows_of(report))
    if python := python_rows_of(report):
        formatted += ["", *aligned(python)]
    if report.interrupted:
        formatted.append(f"interrupted by {report.interrupted}: this is what was measured until then")
    formatted += [f"note: {note}" for note in notes_of(report)]
    return "\n".join(formatted)


def markdown(report: Report) -> str:
    return "\n\n".join(markdown_table(lines) for lines in (rows_of(report), python_rows_of(report)) if lines)


def markdown_table(lines: list[list[str]]) -> str:
    with_rule = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in with_rule)
