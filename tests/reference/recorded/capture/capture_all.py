#!/usr/bin/env python3
"""Recaptures every golden from the installed Python package: what `make goldens` runs.

    python capture_all.py [PAGE]

PAGE is the text of the package's page about LanceDB (capture_schema.py); without it schema.json stays as it is. Look at
`git diff` afterwards: each difference is a change of the reference, to be followed or to be named in
docs/differences.md. Two files differ every time: external_features.json holds the times of the pushes, and in
pipelines.json rows follow an order that Polars' threads decide.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
GOLDENS = HERE.parent / "goldens"

# The script and what it is given.
CAPTURES: list[tuple[str, list[str]]] = [
    ("capture_time_zones.py", []),
    ("capture_models.py", [str(GOLDENS)]),
    ("capture_config.py", []),
    ("capture_precedence.py", []),
    ("capture_commands.py", []),
    ("capture_render.py", []),
    ("capture_filters.py", []),
    ("capture_row_hashes.py", []),
    ("capture_value_texts.py", []),
    ("capture_graph_diffs.py", [str(GOLDENS / "graph_diffs.json")]),
    ("capture_external_features.py", [str(GOLDENS / "external_features.json")]),
    ("capture_pipelines.py", [str(GOLDENS / "pipelines.json")]),
]


def main() -> int:
    captures = list(CAPTURES)
    if len(sys.argv) > 1:
        captures.append(("capture_schema.py", [str(Path(sys.argv[1]).resolve())]))
    else:
        print("goldens: schema.json is left as it is; it needs the page about LanceDB (make goldens PAGE=file)")
    listed = {script for script, _ in captures} | {"capture_all.py", "capture_schema.py"}
    forgotten = sorted(path.name for path in HERE.glob("capture_*.py") if path.name not in listed)
    if forgotten:
        print(f"goldens: error: {', '.join(forgotten)} stands in no row of CAPTURES", file=sys.stderr)
        return 2
    failed = []
    for script, arguments in captures:
        print(f"goldens: {script}", flush=True)
        if subprocess.run([sys.executable, "-B", script, *arguments], cwd=HERE, check=False).returncode != 0:
            failed.append(script)
    if failed:
        print(f"goldens: error: failed: {', '.join(failed)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
