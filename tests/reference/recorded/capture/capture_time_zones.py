"""Captures the time zones of the reference: src/columns/time_zones.txt.

Hashes depend on the texts of moments with zones, so these may not depend on which time zone database a machine has,
and of which year. The reference's one is compiled into Polars; this asks it for every change of every zone's offset.

Run it in an environment with the Python package metaxy:

    python tests/reference/recorded/capture/capture_time_zones.py
"""

from __future__ import annotations

import zoneinfo
from pathlib import Path

import numpy as np
import polars as pl

TABLE = Path(__file__).parents[4] / "src" / "columns" / "time_zones.txt"
# Nothing changes before, and the reference knows of no changes after. Looked at every two hours: offsets that last
# shorter do not occur.
FIRST, LAST, STEP = -4_600_000_000, 4_500_000_000, 7200
FAR = np.array([-9_000_000_000_000 // 2, 8_000_000_000_000])
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def offsets(zone: str, seconds: np.ndarray) -> np.ndarray:
    moments = pl.Series(seconds * 1000).cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(zone)
    local = moments.dt.replace_time_zone(None).cast(pl.Int64).to_numpy()
    return local // 1000 - seconds


def changes(zone: str, grid: np.ndarray) -> tuple[int, list[tuple[int, int]]]:
    """The first offset, and (second, offset from then on)."""
    of_grid = offsets(zone, grid)
    before, after = offsets(zone, FAR)
    if before != of_grid[0] or after != of_grid[-1]:
        raise RuntimeError(f"{zone} changes outside of what is looked at")
    places = np.flatnonzero(np.diff(of_grid))
    low, high, old = grid[places], grid[places + 1], of_grid[places]
    while len(places) and (high - low).max() > 1:
        middle = (low + high) // 2
        unchanged = offsets(zone, middle) == old
        low, high = np.where(unchanged, middle, low), np.where(unchanged, high, middle)
    return int(before), list(zip(high.tolist(), of_grid[places + 1].tolist()))


def base36(number: int) -> str:
    text = ""
    while number or not text:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text


def line_of(first: int, found: list[tuple[int, int]]) -> str:
    """`offsets`, a tab, and for each change the seconds since the one before and a letter for the offset."""
    known = list(dict.fromkeys([first, *(offset for _, offset in found)]))
    text, last = "", FIRST
    for second, offset in found:
        text += base36(second - last) + chr(ord("A") + known.index(offset))
        last = second
    return ",".join(map(str, known)) + "\t" + text


def is_known(zone: str) -> bool:
    try:
        pl.Series([0]).cast(pl.Datetime("ms", zone))
    except pl.exceptions.ComputeError:
        return False
    return True


def main() -> None:
    grid = np.arange(FIRST, LAST, STEP)
    by_line: dict[str, list[str]] = {}
    for zone in sorted(filter(is_known, zoneinfo.available_timezones())):
        by_line.setdefault(line_of(*changes(zone, grid)), []).append(zone)
    lines = [" ".join(zones) + "\t" + line for line, zones in by_line.items()]
    TABLE.write_text("\n".join(lines) + "\n")
    print(f"{TABLE}: {sum(map(len, by_line.values()))} zones, {len(lines)} lines, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
