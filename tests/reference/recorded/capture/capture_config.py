"""Records how the Python package reads configuration: files, `extend`, METAXY_* variables, and which of them wins.

    python capture_config.py            # writes ../goldens/config.json

Run it in an environment that has the package (`pip install "metaxy[lancedb]==0.1.11"`). tests/unit/config replays every case.
A case has the files of a directory, the variables, and how the configuration is loaded; its result is the configuration
as `config print --format json` shows it, or that loading fails.
"""

import json
import os
import tempfile
import warnings
from pathlib import Path

from metaxy.config import MetaxyConfig

LANCE = 'type = "metaxy.ext.lancedb.LanceDBMetadataStore"\n'


def case(name, toml=None, env=None, files=None, file="metaxy.toml", start=None):
    """`toml` is the content of `file`. With `start` the file is looked for, from that directory upwards."""
    all_files = dict(files or {})
    if toml is not None:
        all_files[file] = toml
    return {"name": name, "files": all_files, "env": env or {}, "file": file if start is None and toml is not None else None, "start": start}


def store(name, config="", more=""):
    return f"[stores.{name}]\n{LANCE}{more}[stores.{name}.config]\n{config}\n"


FULL = (
    'project = "p"\nstore = "b"\ntheme = "dark"\nentrypoints = ["a.b", "f.json"]\nhash_truncation_length = 16\nenable_map_datatype = true\n'
    'auto_create_tables = true\nlocked = true\nsync = false\nmetaxy_lock_path = "x.lock"\n'
    '[[extra_features]]\nkeys = ["a/b", "c"]\n[[extra_features]]\nprojects = ["q"]\nall = false\n[[extra_features]]\nkeys = [["a", "b"]]\nall = "yes"\n'
    + store("b", 'uri = "/x"\nhash_algorithm = "sha256"\nfallback_stores = ["a"]\nconnect_kwargs = { api_key = "k", n = 1 }')
    + store("a", 'uri = "/y"')
    + '[ext.cpp]\nentrypoints = ["g.toml"]\n[ext.other]\nx = { y = [1, 2.0, true] }\nenable = "on"\n'
)

CASES = [
    case("nothing"),
    case("empty file", ""),
    case("everything", FULL),
    # Leniency of types
    *[case(f"length {v!r}", env={"METAXY_HASH_TRUNCATION_LENGTH": v}) for v in (" 16 ", "16.0", "1_6", "+16", "-16", "016", "0x10", "16.5", "1e1", "", "1__6", "_16", "16.", "7")],
    *[case(f"sync {v!r}", env={"METAXY_SYNC": v}) for v in ("TRUE", " true ", "y", "T", "2", "oN", "n", "", "False", "0")],
    *[case(f"toml {v}", v + "\n") for v in (
        "hash_truncation_length = 9.0", "hash_truncation_length = 9.5", 'hash_truncation_length = "12"', "hash_truncation_length = true", "hash_truncation_length = inf",
        "hash_truncation_length = 7", "hash_truncation_length = []", "sync = 1", "sync = 2", "sync = 0.0", 'sync = "off"', 'sync = "2"', "sync = []", "locked = 0.0", 'locked = "maybe"',
        "store = 5", "theme = false", 'entrypoints = "a"', "entrypoints = [1]", "entrypoints = {}", "stores = 1", 'ext = "x"', "ext.cpp = 1", 'ext.x.enable = "x"', "extra_features = {}",
        'project = "a/b"', 'project = "a__b"', 'project = ""', 'project = "a b"', 'project = "a-b_C1"', "project = 1", "metaxy_lock_path = 1", 'unknown = "x"', 'stor = "x"')],
    # Stores
    case("store of an unknown type", '[stores.a]\ntype = "x.Y"\n'),
    case("store without a type", "[stores.a]\nconfig = { x = 1 }\n"),
    case("store that is no table", "[stores]\na = 1\n"),
    case("store with an unknown key", store("a", 'uri = "x"', "foo = 1\n")),
    case("store with a type that is no text", "[stores.a]\ntype = 1\n"),
    case("store with a config that is no table", f'[stores.a]\n{LANCE}config = "x"\n'),
    # Selections
    *[case(f"selection {v}", f"[[extra_features]]\n{v}\n") for v in ("", "all = false", "all = true", "keys = []\nall = true", 'keys = ["a//b"]', 'keyz = ["a"]', 'keys = "ab"', 'projects = "p"', "projects = [1]", 'projects = ["p"]', "keys = [1]")],
    # Values of TOML
    case("dates", "[ext.x]\na = 1979-05-27T07:32:00Z\nb = 1979-05-27T00:32:00.999999-07:00\nc = 1979-05-27T07:32:00\nd = 07:32:00\ne = 00:32:00.5\nf = 2024-02-29\n"),
    case("nested values", "[ext.x]\ng = [1, [2, { a = 1 }]]\nh = 1.0\ni = 1e3\nj = 0x10\nk = 9223372036854775807\n\"q r\" = 'x'\n[ext.x.z]\nb = 1\na = 2\n"),
    case("dotted keys", "ext.x.b = 1\next.x.a = 2\n"),
    case("no TOML", "a = 1\nb = \n"),
    case("a key twice", "store = 'a'\nstore = 'b'\n"),
    case("a table twice", "[stores.x]\n[stores.x]\n"),
    # Variables in texts
    case("references", 'store = "${AA}-${BB:-d:e}-${CC:-}-${DD:x}-$AA-${AA-${}"\n[stores."${AA}"]\n' + LANCE + '[stores."${AA}".config]\nuri = "${AA}"\nn = [1, "${AA}${AA}", { m = "${EMPTY:-x}" }]\n', {"AA": "vv", "EMPTY": ""}),
    case("a reference in a variable", env={"METAXY_THEME": "${AA}", "AA": "x"}),
    case("a reference that gives nothing", 'project = "${NONE}"\n'),
    # Variables
    case("a variable wins", 'store = "a"\nproject = "p"\n', {"METAXY_STORE": "b"}),
    case("names in any case", env={"metaxy_stores__Q__type": "a.B", "Metaxy_Project": "pp"}),
    case("an empty project", env={"METAXY_PROJECT": ""}),
    case("lists", 'entrypoints = ["a"]\n', {"METAXY_ENTRYPOINTS": '["b", "c"]', "METAXY_EXTRA_FEATURES": '[{"all": true}]'}),
    case("a list that is no JSON", env={"METAXY_ENTRYPOINTS": "a,b"}),
    case("a list by index", env={"METAXY_ENTRYPOINTS__0": "zz"}),
    case("unknown variables", env={"METAXY_UNKNOWN": "x", "METAXY_STORE__X": "2", "METAXYSTORE": "x", "METAXY_CONFIG": ""}),
    case("a store by variables", env={"METAXY_STORES__P__TYPE": "a.B", "METAXY_STORES__P__CONFIG__URI": "u", "METAXY_STORES__P__CONFIG__N": "5"}),
    case("a value in a store", store("x", 'uri = "/a"\nk = { b = 1, c = 2 }\nl = [1]'), {"METAXY_STORES__X__CONFIG__URI": "/b", "METAXY_STORES__X__CONFIG__K__B": "2", "METAXY_STORES__X__CONFIG__L__0": "2", "METAXY_STORES__X__CONFIG__FALLBACK_STORES": '["a"]'}),
    case("a store in other letters", store("X", 'uri = "/a"'), {"METAXY_STORES__X__CONFIG__URI": "/b"}),
    case("an incomplete store", env={"METAXY_STORES__PROD__CONFIG__URI": "zz"}),
    case("all stores as JSON", store("q", 'uri = "/a"'), {"METAXY_STORES": '{"p": {"type": "x.Y", "config": {"uri": "q"}}}', "METAXY_STORES__P__CONFIG__N": "5"}),
    case("all stores as no JSON", env={"METAXY_STORES": "x"}),
    case("all stores as nothing", env={"METAXY_STORES": ""}),
    case("a store as JSON, then a value", env={"METAXY_STORES__P": '{"type": "a.B"}', "METAXY_STORES__P__CONFIG__U": "1", "METAXY_STORES__P__CONFIG__D__E": "1"}),
    case("a value, then a store as JSON", env={"METAXY_STORES__P__CONFIG__D__E": "1", "METAXY_STORES__P": '{"type": "a.B"}'}),
    case("a store as no JSON", env={"METAXY_STORES__P": "zz"}),
    case("a config as JSON", env={"METAXY_STORES__P__TYPE": "x.Y", "METAXY_STORES__P__CONFIG": '{"uri": "u", "n": null}'}),
    case("a config as no JSON", env={"METAXY_STORES__P__TYPE": "x.Y", "METAXY_STORES__P__CONFIG": "zz"}),
    case("an unknown key of a store", env={"METAXY_STORES__A__B__C": "1", "METAXY_STORES__A__TYPE": "t"}),
    case("deep values are JSON", env={"METAXY_STORES__A__TYPE": "t", "METAXY_STORES__A__CONFIG__CONNECT_KWARGS__API_KEY": "5", "METAXY_STORES__A__CONFIG__CONNECT_KWARGS__REGION": "us", "METAXY_STORES__A__CONFIG__CONNECT_KWARGS__EMPTY": ""}),
    case("extensions", env={"METAXY_EXT__CPP__ENTRYPOINTS": '["x.json"]', "METAXY_EXT__CPP__ENABLE": "true", "METAXY_EXT__A": '{"x": 1}', "METAXY_EXT__B__C__D": "[1]", "METAXY_EXT__B__C__E": 't"'}),
    case("extensions as a list", env={"METAXY_EXT": "[1]"}),
    # Files
    case("pyproject", '[tool.metaxy]\nstore = "pp"\n', file="pyproject.toml"),
    case("pyproject with an unknown key", '[tool.metaxy]\nstor = "pp"\n', file="pyproject.toml"),
    case("pyproject without the table", '[project]\nname = "x"\n', file="pyproject.toml"),
    case("found beside", files={"metaxy.toml": 'store = "a"\n'}, start="."),
    case("found above", files={"metaxy.toml": 'store = "a"\n', "x/y/z.txt": ""}, start="x/y"),
    case("metaxy.toml before pyproject.toml", files={"metaxy.toml": 'store = "a"\n', "pyproject.toml": '[tool.metaxy]\nstore = "b"\n'}, start="."),
    case("pyproject.toml found", files={"metaxy.toml": 'store = "a"\n', "x/pyproject.toml": '[tool.metaxy]\nstore = "b"\n'}, start="x"),
    case("pyproject.toml without the table is passed", files={"metaxy.toml": 'store = "a"\n', "x/pyproject.toml": "[tool.metaxy]\n"}, start="x"),
    # extend
    case("extend", 'extend = "b.toml"\nstore = "c"\nentrypoints = ["c"]\n[stores.c]\ntype = "C.C"\n[stores.d]\ntype = "C.C"\n[ext.a]\nx = 1\n', {}, {
        "b.toml": 'store = "b"\ntheme = "bb"\nentrypoints = ["b"]\nextend = "sub/../d.toml"\n[stores.d]\ntype = "B.B"\n[stores.d.config]\nz = 1\n[ext.a]\ny = 1\n[ext.b]\nz = 1\n',
        "d.toml": 'project = "dd"\nentrypoints = ["d"]\n[[extra_features]]\nall = true\n', "sub/x.txt": ""}),
    case("extend and variables", 'extend = "b.toml"\nstore = "${S}"\n', {"METAXY_ENTRYPOINTS": '["e"]', "METAXY_EXTEND": "zz", "S": "s"}, {"b.toml": 'entrypoints = ["a"]\ntheme = "${S}"\n'}),
    case("extend pyproject", 'extend = "pyproject.toml"\n', {}, {"pyproject.toml": '[tool.metaxy]\nstore = "zz"\n'}),
    case("extend over another kind", 'extend = "b.toml"\nentrypoints = ["a"]\n', {}, {"b.toml": "entrypoints = 5\n"}),
    case("extend in a circle", 'extend = "b.toml"\n', {}, {"b.toml": 'extend = "metaxy.toml"\n'}),
    case("extend itself", 'extend = "metaxy.toml"\n'),
    case("extend what is missing", 'extend = "b.toml"\n'),
    case("extend nothing", 'extend = ""\n'),
    case("extend a number", "extend = 5\n"),
]


def run(case):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name, text in case["files"].items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        start = root / (case["start"] or ".")
        os.environ.clear()
        os.environ.update(case["env"])
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                config = MetaxyConfig.load(root / case["file"] if case["file"] else None, search_parents=case["start"] is not None, auto_discovery_start=start)
            return {"config": config.model_dump(mode="json"), "warnings": len(caught)}
        except Exception as e:  # whatever it is: the configuration is refused
            return {"error": type(e).__name__}
        finally:
            MetaxyConfig.reset()


def main():
    MetaxyConfig._apply_extensions = lambda self: None  # imports an optional package; it has no effect on what is read
    environment = dict(os.environ)
    results = [{**c, "result": run(c)} for c in CASES]
    os.environ.update(environment)
    target = Path(__file__).resolve().parent.parent / "goldens" / "config.json"
    target.write_text(json.dumps(results, indent=1) + "\n")
    refused = sum("error" in r["result"] for r in results)
    print(f"{len(results)} cases ({refused} refused) -> {target.name}")


if __name__ == "__main__":
    main()
