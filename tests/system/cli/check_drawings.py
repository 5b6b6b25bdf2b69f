#!/usr/bin/env python3
"""Has drawings of the program read by the tools they are for.

    check_drawings.py --program build/release/bin/metaxy graphviz --dot dot
    check_drawings.py --program build/release/bin/metaxy mermaid --node node --modules ~/.cache/metaxy/venv/mermaid

The graphs are those of tests/reference/recorded/goldens/render.json, and one with everything that could break a format. For
`mermaid`, `tools/setup.sh tests` installs the parser, as tests/system/cli/mermaid/package-lock.json pins it. Where it is not there,
this says so and ends with exit code 77.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
GOLDENS = HERE.parents[1] / "reference/recorded/goldens" / "render.json"
SKIPPED = 77
OPTIONS = [
    [],
    ["--verbose"],
    ["--minimal", "--direction", "LR"],
    ["--title", "a: \"quoted\" {title} # [x] 'y'"],
    ["--no-show-fields", "--no-show-projects"],
]


def definition(key, deps=(), code_version="1"):
    spec = {
        "key": key,
        "id_columns": ["id"],
        "deps": [{"feature": d} for d in deps],
        "fields": [{"key": "default", "code_version": code_version}],
        "metadata": {},
    }
    return {"spec": spec, "feature_schema": "{}", "feature_class_path": "p." + key, "project": "films"}


NASTY = [
    definition("end", code_version='"; }'),
    definition("graph", ["end"], code_version="<b> & #quot; \\"),
    definition("a/b", ["graph"], code_version="[x](y){z}|w|"),
    definition("a_b", ["a/b", "end"], code_version="%% not a comment"),
    definition("subgraph/style", ["a_b"], code_version="two\nlines"),
    definition("o", ["a_b"]),
    definition("x", ["o", "class"]),
    definition("class"),
]


def draw(program, name, definitions, kind, folder):
    """Draws the graph in several ways and returns the files."""
    project = folder / name
    project.mkdir()
    (project / "metaxy.toml").write_text('project = "films"\nentrypoints = ["features.json"]\n')
    (project / "features.json").write_text(json.dumps(definitions))
    for number, options in enumerate(OPTIONS):
        file = project / f"{name}-{number}.{kind}"
        command = [program, "graph", "render", "--all-projects", "--format", kind, "--output", str(file), *options]
        subprocess.run(command, cwd=project, check=True, stderr=subprocess.DEVNULL)
        yield file


def is_installed(modules):
    installed = modules / "done.json"
    return installed.exists() and installed.read_text() == (HERE / "mermaid" / "package-lock.json").read_text()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["graphviz", "mermaid"])
    parser.add_argument("--program", required=True)
    parser.add_argument("--dot", default="dot")
    parser.add_argument("--node", default="node")
    parser.add_argument("--modules", type=Path)
    arguments = parser.parse_args()
    if arguments.kind == "mermaid" and not is_installed(arguments.modules):
        print(
            f"skipped: {arguments.modules} has not the parser of tests/system/cli/mermaid; install npm, then run tools/setup.sh tests"
        )
        return SKIPPED
    program = str(Path(arguments.program).resolve())
    graphs = {
        golden["name"]: golden["definitions"] for golden in json.loads(GOLDENS.read_text()) if "definitions" in golden
    }
    with tempfile.TemporaryDirectory() as folder:
        files = [
            str(file)
            for name, definitions in {**graphs, "nasty": NASTY}.items()
            for file in draw(program, name, definitions, arguments.kind, Path(folder))
        ]
        if arguments.kind == "mermaid":
            return subprocess.run(
                [arguments.node, HERE / "mermaid" / "check.mjs", arguments.modules, *files]
            ).returncode
        if not files:
            print("nothing was drawn")
            return 1
        for file in files:
            result = subprocess.run([arguments.dot, "-Tsvg", "-o", file + ".svg", file], capture_output=True, text=True)
            if result.returncode or result.stderr:
                print(f"{file}: {result.stderr}")
                return 1
        print(f"{len(files)} of {len(files)} accepted")
        return 0


if __name__ == "__main__":
    sys.exit(main())
