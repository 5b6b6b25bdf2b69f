#!/usr/bin/env python3
"""Runs the oracle, a differential test against the Python package, where it lies beside the checkout.

The oracle is no part of this repository: whoever clones it has the goldens under tests/conformance instead. It is looked
for in $METAXY_ORACLE_DIR, then in ../shared/oracle. Where there is none, or where the Python package that it needs
is not installed, this says so in one line and succeeds.

    run_oracle.py --program build/release/bin/metaxy records     # against what the reference did once
    run_oracle.py --program build/release/bin/metaxy interop     # both programs on the same store, in turns
    run_oracle.py --program build/release/bin/metaxy seeds 1..40 # generated scenarios
"""

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def find_oracle() -> Path | None:
    named = os.environ.get("METAXY_ORACLE_DIR")
    folder = Path(named) if named else ROOT.parent / "shared" / "oracle"
    return folder if (folder / "check.py").exists() else None


def scenarios(list_name: str) -> list[str]:
    lines = (HERE / list_name).read_text().splitlines()
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]


def arguments(mode: str, oracle: Path, seeds: str | None) -> list[str]:
    if mode == "records":
        return [a for name in scenarios("records.txt") for a in ("--recorded", str(oracle / "records" / f"{name}.zip"))]
    if mode == "interop":
        names = scenarios("interop.txt")
        return ["--interop", *(a for name in names for a in ("--scenario", str(oracle / "scenarios" / name)))]
    return ["--seeds", seeds or "1..40"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("mode", choices=["records", "interop", "seeds"])
    parser.add_argument("seeds", nargs="?")
    args = parser.parse_args()
    oracle = find_oracle()
    if oracle is None:
        print("the oracle is not beside this checkout: nothing is compared with it (METAXY_ORACLE_DIR names its folder)")
        return 0
    needed = ["polars", "lancedb", "pyarrow"] + ([] if args.mode == "records" else ["metaxy"])
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        print(f"the oracle needs Python packages that are not installed: {', '.join(missing)} (run tools/setup.sh oracle)")
        return 0
    command = [sys.executable, "check.py", "--candidate", str(args.program.resolve())]
    return subprocess.run([*command, *arguments(args.mode, oracle, args.seeds)], cwd=oracle).returncode


if __name__ == "__main__":
    sys.exit(main())
