#!/usr/bin/env python3
"""Has the program read what pages show of metaxy.toml and of features.toml.

    read_toml.py --program build/release/bin/metaxy <root of the checkout, or a page>

A block with [[feature]] is a file of features; any other is a metaxy.toml, to which is added what it leaves out: the project,
the types of its stores, files that it names.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Iterator

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from extract_docs import blocks  # noqa: E402

STORE = "metaxy.ext.lancedb.LanceDBMetadataStore"


def pages(place: Path) -> list[Path]:
    return [place] if place.is_file() else [*sorted(place.glob("*.md")), *sorted(place.glob("docs/**/*.md"))]


def completed(text: str) -> str:
    """A metaxy.toml that can be read by itself."""
    read = tomllib.loads(text)
    head, tail = [], []
    if "project" not in read:
        head.append('project = "page"')
    own = read.get("ext", {}).get("cpp", {}).get("stores", {})
    stores = read.get("stores", {})
    for name in {**stores, **own}:
        if "type" not in stores.get(name, {}):
            tail += [f"[stores.{name}]", f'type = "{STORE}"']
        if "config" not in stores.get(name, {}):
            tail += [f"[stores.{name}.config]", 'uri = "metadata"']
    return "\n".join([*head, text, *tail]) + "\n"


def check_features(text: str, folder: Path) -> list[list[str]]:
    (folder / "features.toml").write_text(text)
    (folder / "metaxy.toml").write_text('project = "page"\nentrypoints = ["features.toml"]\n')
    return [["list", "features", "--format", "json"]]


def check_config(text: str, folder: Path) -> list[list[str]]:
    """Once as it stands; and with directories for stores, which can be opened, and without files of features."""
    whole = completed(text)
    (folder / "metaxy.toml").write_text(whole)
    places = (f'uri = "store-{n}"' for n in itertools.count())
    local = re.sub(
        r'^uri = "[^"]*"', lambda _: next(places), re.sub(r"^entrypoints = .*$", "", whole, flags=re.M), flags=re.M
    )
    (folder / "local.toml").write_text(local)
    stores = tomllib.loads(whole).get("stores", {})
    return [
        ["config", "print"],
        *(["--config-file", "local.toml", "doctor", name, "--format", "json"] for name in stores),
    ]


def mistakes(program: str, page: Path) -> Iterator[str]:
    for line, text in blocks(page, "toml"):
        features = text.count("[[feature]]\n")
        with tempfile.TemporaryDirectory() as folder:
            for command in (check_features if features else check_config)(text, Path(folder)):
                done = subprocess.run([program, *command], cwd=folder, capture_output=True, text=True)
                if done.returncode != 0 or done.stderr:
                    yield f"{page}:{line}: metaxy {' '.join(command)}: {done.stderr.strip()}"
                elif features and json.loads(done.stdout)["feature_count"] != features:
                    yield f"{page}:{line}: of {features} features the program reads {json.loads(done.stdout)['feature_count']}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("place", type=Path)
    arguments = parser.parse_args()
    program = str(Path(arguments.program).resolve())
    found = [line for page in pages(arguments.place) for line in mistakes(program, page)]
    count = sum(len(list(blocks(page, "toml"))) for page in pages(arguments.place))
    print(*found, f"{count} blocks of TOML", sep="\n")
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main())
