"""Records which of several places of a setting wins, by running the Python package's program.

    python capture_precedence.py          # writes ../goldens/precedence.json

Run it in an environment that has the package (`pip install "metaxy[lancedb]==0.1.11"`). tests/system/cli runs this program in the
same way. A case has the files of a directory, the variables, the arguments before `config print --format json`, and the
directory to run in; its result is what is printed, or null if the program fails. `here` is what this program does
otherwise on purpose, as docs/differences.md says.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "metaxy"
STORE = '[stores.dev]\ntype = "metaxy.ext.lancedb.LanceDBMetadataStore"\n[stores.dev.config]\nuri = "file"\nconnect_kwargs = { region = "file", api_key = "k" }\n'


def case(name, files=None, env=None, args=(), cwd=".", here=None):
    return {"name": name, "files": files or {}, "env": env or {}, "args": list(args), "cwd": cwd, "here": here}


def toml(value, more=""):
    return f'theme = "{value}"\n{more}'


CASES = [
    case("nothing at all"),
    case("file", {"metaxy.toml": toml("file")}),
    case("variable over file", {"metaxy.toml": toml("file")}, {"METAXY_THEME": "variable"}),
    case("variable alone", env={"METAXY_THEME": "variable"}),
    case("empty variable over file", {"metaxy.toml": toml("file")}, {"METAXY_THEME": ""}),
    case("dotenv over file", {"metaxy.toml": toml("file"), ".env": "METAXY_THEME=dotenv\n"}),
    case("variable over dotenv", {"metaxy.toml": toml("file"), ".env": "METAXY_THEME=dotenv\n"}, {"METAXY_THEME": "variable"}),
    case("dotenv of the working directory only", {"metaxy.toml": toml("file"), ".env": "METAXY_THEME=dotenv\n", "sub/x": ""}, cwd="sub"),
    case("dotenv that refers to a variable", {".env": "A=${B}-x\nMETAXY_THEME='${A}'\nexport METAXY_STORE=\"${A}\" # comment\n"}, {"B": "b"}),
    case("file over extended", {"metaxy.toml": toml("file", 'extend = "base.toml"\n'), "base.toml": 'theme = "base"\nstore = "base"\n'}),
    case("variable over extended", {"metaxy.toml": 'extend = "base.toml"\n', "base.toml": toml("base")}, {"METAXY_THEME": "variable"}),
    case("extended of an extended", {"metaxy.toml": 'extend = "a/b.toml"\n', "a/b.toml": 'extend = "c.toml"\nstore = "b"\n', "a/c.toml": 'theme = "c"\nstore = "c"\n'}),
    case("metaxy.toml over pyproject.toml", {"metaxy.toml": toml("file"), "pyproject.toml": '[tool.metaxy]\ntheme = "pyproject"\n'}),
    case("pyproject.toml", {"pyproject.toml": '[tool.metaxy]\ntheme = "pyproject"\n'}),
    case("file of a parent", {"metaxy.toml": toml("parent"), "a/b/x": ""}, cwd="a/b"),
    case("nearest file", {"metaxy.toml": toml("parent"), "a/metaxy.toml": toml("near"), "a/b/x": ""}, cwd="a/b"),
    case("nearest pyproject.toml over metaxy.toml above", {"metaxy.toml": toml("parent"), "a/pyproject.toml": '[tool.metaxy]\ntheme = "near"\n'}, cwd="a"),
    case("argument over discovery", {"metaxy.toml": toml("file"), "other.toml": toml("other")}, args=["--config-file", "other.toml"]),
    case("METAXY_CONFIG over discovery", {"metaxy.toml": toml("file"), "other.toml": toml("other")}, {"METAXY_CONFIG": "other.toml"}),
    case("METAXY_CONFIG_FILE over discovery", {"metaxy.toml": toml("file"), "other.toml": toml("other")}, {"METAXY_CONFIG_FILE": "other.toml"}),
    case("argument over METAXY_CONFIG_FILE", {"a.toml": toml("a"), "b.toml": toml("b")}, {"METAXY_CONFIG_FILE": "a.toml"}, ["--config-file", "b.toml"]),
    case("argument and METAXY_CONFIG", {"a.toml": toml("a"), "b.toml": toml("b")}, {"METAXY_CONFIG": "a.toml"}, ["--config-file", "b.toml"], here="b"),
    case("variable over the file of an argument", {"other.toml": toml("other")}, {"METAXY_THEME": "variable"}, ["--config-file", "other.toml"]),
    case("nested variable over a store's file", {"metaxy.toml": STORE}, {"METAXY_STORES__DEV__CONFIG__URI": "variable"}),
    case("deeply nested variable", {"metaxy.toml": STORE}, {"METAXY_STORES__DEV__CONFIG__CONNECT_KWARGS__REGION": "variable"}),
    case("variable of JSON over a table", {"metaxy.toml": STORE}, {"METAXY_STORES__DEV__CONFIG__CONNECT_KWARGS": '{"region": "json"}'}),
    case("all stores as JSON", {"metaxy.toml": STORE}, {"METAXY_STORES": '{"dev": {"config": {"uri": "json"}}}'}),
    case("default of a reference", {"metaxy.toml": toml("${THEME:-default}")}),
    case("reference over its default", {"metaxy.toml": toml("${THEME:-default}")}, {"THEME": "variable"}),
    case("reference to dotenv", {"metaxy.toml": toml("${THEME:-default}"), ".env": "THEME=dotenv\n"}),
    case("option of a command by its variable", {"metaxy.toml": toml("file")}, {"METAXY_CONFIG_PRINT_FORMAT": "toml"}),
    case("store by variables without a type", {"metaxy.toml": toml("file")}, {"METAXY_STORES__PROD__CONFIG__URI": "x"}),
    case("project of an argument", {"metaxy.toml": 'project = "file"\n'}, args=["--project", "argument"]),
    case("project of a variable", {"metaxy.toml": 'project = "file"\n'}, {"METAXY_PROJECT": "variable"}),
    case("both spellings of a store's type", {"metaxy.toml": '[stores.a]\ntype = "metaxy.ext.lancedb.LanceDBMetadataStore"\n[stores.b]\ntype = "metaxy.ext.metadata_stores.lancedb.LanceDBMetadataStore"\n'}),
    case("unknown key", {"metaxy.toml": 'storee = "x"\n'}),
    case("file that is missing", args=["--config-file", "none.toml"]),
]


def run(case):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in case["files"].items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "COLUMNS": "1000", **case["env"]}
        command = [PROGRAM, *case["args"], "config", "print", "--format", "json"]
        result = subprocess.run(command, cwd=Path(folder) / case["cwd"], env=environment, capture_output=True, text=True)
        return json.loads(result.stdout) if result.returncode == 0 else None


def main():
    results = []
    for case in CASES:
        result = run(case)
        if case["here"] is not None:
            result["theme"] = case["here"]
        results.append({**case, "result": result})
    target = Path(__file__).resolve().parent.parent / "goldens" / "precedence.json"
    target.write_text(json.dumps(results, indent=1) + "\n")
    print(f"{len(results)} cases ({sum(r['result'] is None for r in results)} refused) -> {target.name}")


if __name__ == "__main__":
    main()
