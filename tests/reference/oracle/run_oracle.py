#!/usr/bin/env python3
"""Runs the oracle, a differential test against the Python package, where it lies beside the checkout.

The oracle is not part of this repository: whoever clones it has the goldens under tests/reference/recorded and
tests/reference/live/interop instead. It is looked for in $METAXY_ORACLE_DIR, then in ../shared/oracle. Where there is
none, this says so in one line and ends with exit code 77, which CTest shows as skipped.

    run_oracle.py --program build/release/bin/metaxy records               # what the reference did once: it is not run
    run_oracle.py --program build/release/bin/metaxy records_typed         # the same with values of the rarer types
    run_oracle.py --program build/release/bin/metaxy scenarios --interop   # both programs on the same store, in turns
    run_oracle.py --program build/release/bin/metaxy seeds 1..300          # generated scenarios

Types must be the same unless --no-strict-types is given. --part 2/4 takes the second of four parts, for tests
that run side by side; --jobs does so by itself. `expected_failures.txt` names what does not pass yet; what passes
there all the same fails the run until it is taken off. `extensions.txt` has the differences that are meant.
"""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SKIPPED = 77
RECORDS = ("records", "records_typed")
NOT_THERE = "skipped: the oracle is not beside this checkout; METAXY_ORACLE_DIR names its folder"


def find_oracle() -> Path | None:
    named = os.environ.get("METAXY_ORACLE_DIR")
    folder = Path(named) if named else ROOT.parent / "shared" / "oracle"
    return folder if (folder / "check.py").exists() else None


def expected_failures(mode: str) -> tuple[set[str], set[str]]:
    """Lines `records seed-7  # reason`: what always fails, and what fails `sometimes`, as a third word says."""
    lines = [line.split("#")[0].split() for line in (HERE / "expected_failures.txt").read_text().splitlines()]
    of_mode = [line[1:] for line in lines if line and line[0] == mode]
    return {line[0] for line in of_mode if line[1:] != ["sometimes"]}, {
        line[0] for line in of_mode if line[1:] == ["sometimes"]
    }


def selected(mode: str, oracle: Path, seeds: str | None) -> dict[str, list[str]]:
    """What there is to check: name -> arguments for check.py."""
    if mode in RECORDS:
        return {path.stem: ["--recorded", str(path)] for path in sorted((oracle / mode).glob("*.zip"))}
    if mode == "scenarios":
        folders = sorted(path.parent for path in (oracle / "scenarios").glob("*/scenario.json"))
        return {path.name: ["--scenario", str(path)] for path in folders}
    first, _, last = (seeds or "").partition("..")
    if not first.isdigit() or not (last or first).isdigit():
        raise SystemExit("seeds are given as FIRST..LAST")
    return {f"seed-{n}": [f"--seeds={n}"] for n in range(int(first), int(last or first) + 1)}


def part_of(names: list[str], part: str) -> list[str]:
    number, _, count = part.partition("/")
    return names[int(number) - 1 :: int(count)]


class Extensions:
    """The differences of extensions.txt: which of them occurred, and whether they are all of those of a scenario."""

    def __init__(self) -> None:
        lines = [line for line in (HERE / "extensions.txt").read_text().splitlines() if line and line[0] != "#"]
        self.patterns = [(scenario, pattern) for scenario, _, pattern in (line.partition(" ") for line in lines)]
        self.used: set[tuple[str, str]] = set()

    def explain(self, name: str, differences: list[str]) -> bool:
        """False if there is a difference that is not meant, or none at all."""
        of_scenario = [pattern for scenario, pattern in self.patterns if scenario == name]
        unexplained = False
        for line in differences:
            found = next((pattern for pattern in of_scenario if re.fullmatch(pattern, line)), None)
            if found is None:
                unexplained |= not HEADING.fullmatch(line)
            else:
                self.used.add((name, found))
        return bool(differences) and bool(of_scenario) and not unexplained

    def outdated(self, names: list[str]) -> list[tuple[str, str]]:
        return [line for line in self.patterns if line[0] in names and line not in self.used]


# Above the differences in what one command printed.
HEADING = re.compile(r"command\.\S+: \d+ differences")


def run(
    command: list[str], oracle: Path, names: list[str], arguments: dict[str, list[str]], extensions: Extensions
) -> list[str]:
    """Checks some, and prints what check.py says as it comes. Returns the names of those that passed.

    One process of check.py does many, as it takes long to start; seeds are one option of it, so each is a process.
    """
    together = not any(a.startswith("--seeds") for name in names for a in arguments[name])
    passed, differences = [], dict[str, list[str]]()
    for group in [names] if together else [[name] for name in names]:
        arguments_of_group = [a for name in group for a in arguments[name]]
        with subprocess.Popen(
            [*command, *arguments_of_group], cwd=oracle, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            failed = ""
            for line in process.stdout:
                words = line.split()
                if words[:1] == ["pass"]:
                    passed.append(words[1])
                elif words[:1] == ["FAIL"]:
                    failed = words[1]
                    differences[failed] = []
                elif line[:2] == "  " and failed:
                    differences[failed].append(line.strip().removeprefix("- "))
                if not line[:1].isdigit():  # the last line, the numbers of this process alone
                    print(line, end="", flush=True)
        if process.returncode not in (0, 1):
            print(f"check.py ended with exit code {process.returncode}: {' '.join(group)}", flush=True)
    for name, found in differences.items():
        if extensions.explain(name, found):
            print(f"{name}: all differences are in extensions.txt", flush=True)
            passed.append(name)
    return passed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument(
        "--interop",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="both programs write to the same stores, in turns",
    )
    parser.add_argument("--no-strict-types", action="store_true", help="allow other types of the same family")
    parser.add_argument("--part", default="1/1", help="K/N: every N-th, from the K-th on")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("mode", choices=[*RECORDS, "scenarios", "seeds"])
    parser.add_argument("seeds", nargs="?")
    args = parser.parse_args()
    oracle = find_oracle()
    if oracle is None:
        print(NOT_THERE)
        return SKIPPED
    needed = ["polars", "lancedb", "pyarrow"] + ([] if args.mode in RECORDS else ["metaxy"])
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        print(
            f"the oracle needs Python packages that are not installed: {', '.join(missing)} (run tools/setup.sh oracle)"
        )
        return 1
    with outside_of_metaxy() as python:
        return check([python, "check.py", "--candidate", str(args.program.resolve())], oracle, args)


@contextmanager
def outside_of_metaxy():
    """This Python, under a path without a folder `metaxy`.

    The oracle takes an error for a refusal of the reference, which the program must share, if it comes from a file
    below a folder of that name; in an environment below such a folder every defect of a library would count as one.
    """
    with tempfile.TemporaryDirectory(prefix="oracle-python-") as directory:
        link = Path(directory) / "venv"
        link.symlink_to(sys.prefix, target_is_directory=True)
        yield str(link / "bin" / Path(sys.executable).name)


def check(command: list[str], oracle: Path, args: argparse.Namespace) -> int:
    command += [] if args.no_strict_types else ["--strict-types"]
    command += ["--interop"] if args.interop else []

    arguments = selected(args.mode, oracle, args.seeds)
    names = part_of(list(arguments), args.part)
    if not names:
        print(f"skipped: the oracle has no {args.mode}; take one that has")
        return SKIPPED
    extensions = Extensions()
    with ThreadPoolExecutor(args.jobs) as pool:
        shares = [part_of(names, f"{k + 1}/{args.jobs}") for k in range(args.jobs)]
        passed = {
            name
            for done in pool.map(lambda share: run(command, oracle, share, arguments, extensions), shares)
            for name in done
        }
    always, sometimes = expected_failures(args.mode + ("-interop" if args.interop else ""))
    failed = [name for name in names if name not in passed]
    outdated = sorted(always & passed)
    for name in outdated:
        print(f"{name} passes now: take it off tests/reference/oracle/expected_failures.txt")
    unused = extensions.outdated(names)
    for scenario, pattern in unused:
        print(f"{scenario} has no such difference now: take it off tests/reference/oracle/extensions.txt: {pattern}")
    expected = always | sometimes
    print(f"{len(passed)} passed, {len(failed)} failed, {len(expected & set(failed))} of them expected")
    return 1 if outdated or unused or set(failed) - expected else 0


if __name__ == "__main__":
    sys.exit(main())
