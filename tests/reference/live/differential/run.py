#!/usr/bin/env python3
"""Runs random cases through the Python package and through the program, and compares everything they answer.

    METAXY_PROGRAM=build/release/bin/metaxy python run.py --area filters --seeds 1..200      # both sides
    METAXY_PROGRAM=build/release/bin/metaxy python run.py --recorded goldens                 # what the package answered once
    python run.py --record goldens --area filters --seeds 1..3                               # makes such files

An area is a module `cases_AREA.py` with a function `case`. The exit code is 1 if anything differs.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "interop"))

import session  # noqa: E402

HERE = Path(__file__).resolve().parent
AREAS = sorted(path.stem.removeprefix("cases_") for path in HERE.glob("cases_*.py"))


def play(area: str, seed: int, side: str) -> session.Session:
    import sides

    make = sides.Reference if side == "reference" else sides.Program
    with tempfile.TemporaryDirectory(prefix="metaxy-differential-") as folder:
        played = session.Session(make, Path(folder))
        importlib.import_module(f"cases_{area}").case(played, random.Random(f"{area} {seed}"))
    return played


def check(job: tuple[str, int, Path | None, str]) -> tuple[str, list[str], float]:
    area, seed, record, side = job
    started = time.monotonic()
    if record is None:
        expected = play(area, seed, "reference")
        seen, reasons = expected.seen, expected.reasons
    else:
        seen, reasons = session.load(record), {}
    ours = play(area, seed, side)
    found = session.compare(seen, ours.seen, (reasons, ours.reasons))
    if found and record is None and is_another_answer(area, seed, ours):
        print(f"      {area}-{seed}: the Python package gives several answers, of which ours is one", flush=True)
        found = []
    return f"{area}-{seed}", found, time.monotonic() - started


def is_another_answer(area: str, seed: int, ours: session.Session) -> bool:
    """Whether the package, asked again a few times, answers as we do."""
    again = (play(area, seed, "reference") for _ in range(3))
    return any(not session.compare(each.seen, ours.seen, (each.reasons, ours.reasons)) for each in again)


def jobs_of(args: argparse.Namespace) -> list[tuple[str, int, Path | None, str]]:
    side = "reference" if args.against_itself else "program"
    if args.recorded:
        files = sorted(args.recorded.glob("*.zip"))
        if not files:
            raise SystemExit(f"no records in {args.recorded}")
        return [(path.stem.rsplit("-", 1)[0], int(path.stem.rsplit("-", 1)[1]), path, side) for path in files]
    first, _, last = args.seeds.partition("..")
    seeds = range(int(first), int(last or first) + 1)
    return [(area, seed, None, side) for area in args.area or AREAS for seed in seeds]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--area", action="append", choices=AREAS, default=[])
    parser.add_argument("--seeds", default="1..20")
    parser.add_argument("--recorded", type=Path)
    parser.add_argument("--record", type=Path)
    parser.add_argument(
        "--against-itself", action="store_true", help="run the Python package twice: is it deterministic?"
    )
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    jobs = jobs_of(args)
    if args.record:
        args.record.mkdir(parents=True, exist_ok=True)
        for area, seed, _, _ in jobs:
            session.save(play(area, seed, "reference"), args.record / f"{area}-{seed}.zip")
        return 0
    if not jobs:
        print("there is nothing to play: no recorded session, no seed")
        return 1
    failed = 0
    with ProcessPoolExecutor(args.jobs) as pool:
        results: Any = pool.map(check, jobs) if args.jobs > 1 else map(check, jobs)
        for name, found, seconds in results:
            failed += bool(found)
            print(f"{'FAIL' if found else 'pass'}  {name:24s} {seconds:6.1f}s", flush=True)
            for words in found[:8]:
                print("  - " + words[:1200], flush=True)
    print(f"{len(jobs) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
