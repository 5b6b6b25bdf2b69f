"""The cases of capture_models.py."""

import json
import random
from typing import Any

# ---- JSON

JSON_TEXTS = [
    "null", "true", "false", "0", "-0", "1", "-1", "1.0", "-0.0", "1e5", "1E+2", "1e-7", "0.1", '""', "[]", "{}", "[[]]", "[{}]", '{"a": {}}',
    "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809",
    "123456789012345678901234567890", "-123456789012345678901234567890", "1" + "0" * 400, "9007199254740993", "9007199254740993.0",
    '"\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\/\\u007f\\u0080\\u00e9\\u2028\\ud83d\\ude00\\uffff"', '"\u00e9\u65e5\u672c \U0001f98a"', '"\u007f"',
    '{"b": 1, "a": 2}', '{"a": 1, "b": 2, "a": 3}', '{"b": 1, "a": {"z": 1, "y": [3, {"x": null, "w": 1.5}]}}',
    '{"\u00e9": 1, "z": 2, "\U0001f98a": 3, "\uffff": 4, "": 5, "A": 6, "a": 7}', ' { "a" : [ 1 , 2 ] } ', '[1, 2.0, "x", null, true, {"a": []}]',
    '{"a": [1, [2, [3, {"b": {"c": []}}]]]}', '{"' + "k" * 300 + '": 1}',
]

# ---- keys

KEYS = [
    "a", "a/b", "a/b/c", "a-b", "a_b", "_a", "_", "a1", "a/1", "a/1b", "a/_b", "abc-def/ghi_jkl", "a/b-", "a-/b_", "a_/b", "a/b_c-d", "metaxy-system/feature_versions",
    "", "/", "a/", "/a", "a//b", "A", "aB", "a/B", "1a", "-a", "a/-b", "a__b", "a/b__c", "__", "a b", "a.b", "a/b.c", "é", "a/é", "a/b c", " a", "a ", "a\\b", "a\tb",
    ["a"], ["a", "b"], ["a/b"], ["a", ""], ["a", "b", "1"], ["A"], ["a", "-"], ["-", "a"], ["1", "a"], ["_", "1"],
]

# ---- specs

BASE: dict[str, Any] = {"key": "a", "id_columns": ["id"]}


def spec(**members: Any) -> dict[str, Any]:
    return {**BASE, **members}


def dep(**members: Any) -> dict[str, Any]:
    return spec(deps=[{"feature": "x", **members}])


def field(**members: Any) -> dict[str, Any]:
    return spec(fields=[{"key": "f", **members}])


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {k: v for k, v in value.items() if k not in names}


METADATA = {
    "ü": "日本", "n": 1, "f": 1.0, "e": 1e20, "small": 1e-07, "t": 0.1, "neg": -0.0, "big": 2**80, "b": True, "z": None, "list": [1, "two", {"three": [3.5, None]}],
    "": "empty key", 'quote"': "back\\slash \n\t 🦊 \u007f", "nested": {"b": {"d": 1, "c": 2}, "a": []},
}

SPECS: list[tuple[str, Any]] = [
    ("smallest", BASE),
    ("full", spec(key=["a", "b-c"], id_columns=["x", "y"], deps=["p/q", ["r", "s"], {"feature": "t"}], fields=["f", "g/h", {"key": ["i", "j"], "code_version": "2"}],
                  metadata=METADATA, description="déjà\nvu 🦊")),
    ("no key", {"id_columns": ["id"]}), ("no id columns", {"key": "a"}), ("id columns empty", spec(id_columns=[])), ("id columns null", spec(id_columns=None)),
    ("id columns text", spec(id_columns="abc")), ("id columns of integers", spec(id_columns=[1])), ("id columns twice", spec(id_columns=["a", "a"])),
    ("id column empty", spec(id_columns=[""])), ("id columns object", spec(id_columns={"a": 1, "b": 2})), ("no object", [1]), ("null", None),
    ("key object root", spec(key={"root": ["a", "b"]})), ("key object parts", spec(key={"parts": ["a", "b"]})), ("key object nested", spec(key={"parts": [{"parts": ["a", "b"]}]})),
    ("key object empty", spec(key={})), ("key empty", spec(key="")), ("key empty list", spec(key=[])), ("key integer", spec(key=5)), ("key null", spec(key=None)),
    ("key of integers", spec(key=["a", 1])), ("key upper case", spec(key="A/b")), ("key slash in part", spec(key=["a/b"])), ("unknown member", spec(foo=3)),
    ("deps text", spec(deps="ab")), ("deps object", spec(deps={"feature": "x"})), ("deps null", spec(deps=None)), ("deps integer", spec(deps=[1])), ("deps twice", spec(deps=["x", "x"])),
    ("deps itself", spec(deps=["a"])), ("deps invalid key", spec(deps=["X"])), ("dep without feature", spec(deps=[{"select": None}])), ("dep unknown member", dep(foo=1)),
    ("fields null", spec(fields=None)), ("fields empty", spec(fields=[])), ("fields text", spec(fields="x")), ("fields as parts", spec(fields=[["x", "y"]])), ("fields integer", spec(fields=[1])),
    ("fields twice", spec(fields=["x", "x"])), ("fields same member", spec(fields=["x/y", "x_y"])), ("field invalid key", spec(fields=["x y"])), ("field without key", spec(fields=[{"code_version": "2"}])),
    ("field key null", field(key=None)), ("field unknown member", field(foo=1)),
    ("code version integer", field(code_version=2)), ("code version null", field(code_version=None)), ("code version empty", field(code_version="")), ("code version unicode", field(code_version="ü🦊")),
    ("field deps all", field(deps="__METAXY_ALL_DEP__")), ("field deps text", field(deps="foo")), ("field deps null", field(deps=None)), ("field deps texts", field(deps=["foo"])),
    ("field deps empty", field(deps=[])), ("field dep", field(deps=[{"feature": "x"}])), ("field dep fields", field(deps=[{"feature": ["x", "y"], "fields": ["a", ["b", "c"]]}])),
    ("field dep no fields", field(deps=[{"feature": "x", "fields": []}])), ("field dep fields null", field(deps=[{"feature": "x", "fields": None}])),
    ("field dep fields text", field(deps=[{"feature": "x", "fields": "bar"}])), ("field dep fields all", field(deps=[{"feature": "x", "fields": "__METAXY_ALL_DEP__"}])),
    ("field dep unknown member", field(deps=[{"feature": "x", "foo": 1}])), ("field dep without feature", field(deps=[{"fields": []}])),
    ("field dep invalid field", field(deps=[{"feature": "x", "fields": ["A"]}])), ("field dep invalid feature", field(deps=[{"feature": "X"}])),
    ("metadata null", spec(metadata=None)), ("metadata list", spec(metadata=[])), ("metadata", spec(metadata=METADATA)), ("description integer", spec(description=3)),
    ("description", spec(description="")), ("description null", spec(description=None)),
    ("select", dep(select=["a", "b"])), ("select twice", dep(select=["a", "a"])), ("select text", dep(select="ab")), ("select empty", dep(select=[])), ("select null", dep(select=None)),
    ("select integer", dep(select=[1])), ("rename", dep(rename={"b": "c", "a": "b"})), ("rename empty", dep(rename={})), ("rename null", dep(rename=None)), ("rename integer", dep(rename={"a": 1})),
    ("rename list", dep(rename=[["a", "b"]])), ("rename to the same", dep(rename={"a": "c", "b": "c"})), ("select old name", dep(rename={"a": "b"}, select=["a"])),
    ("select old names", dep(rename={"a": "c", "b": "c"}, select=["a", "b", "z"])), ("select swapped", dep(rename={"a": "b", "b": "a"}, select=["a"])), ("select new name", dep(rename={"a": "b"}, select=["b"])),
    ("filters", dep(filters=["a > 1", "b = 'ü'"])), ("sql_filters", dep(sql_filters=["a > 1"])), ("filters twice", dep(filters=["a"], sql_filters=["b"])), ("filters twice null", dep(filters=None, sql_filters=["b"])),
    ("filters null", dep(filters=None)), ("filters empty", dep(filters=[])), ("filters text", dep(filters="a > 1")), ("filters integer", dep(filters=[1])), ("filter that cannot be parsed", dep(filters=["a >"])),
    *[(f"optional {json.dumps(v)}", dep(optional=v)) for v in (True, False, 1, 0, 2, 1.0, 0.0, 1.5, "yes", "No", "oN", "off", "t", "F", "1", "0", "2", " on", "", "maybe", None, [])],
    ("identity", dep(lineage={"relationship": {"type": "1:1"}})), ("aggregation", dep(lineage={"relationship": {"type": "N:1"}})), ("aggregation null", dep(lineage={"relationship": {"type": "N:1", "on": None}})),
    ("aggregation on", dep(lineage={"relationship": {"type": "N:1", "on": ["a", "b"]}})), ("aggregation on nothing", dep(lineage={"relationship": {"type": "N:1", "on": []}})),
    ("aggregation on text", dep(lineage={"relationship": {"type": "N:1", "on": "a"}})), ("aggregation on integer", dep(lineage={"relationship": {"type": "N:1", "on": [1]}})),
    ("expansion", dep(lineage={"relationship": {"type": "1:N", "on": ["a"]}})), ("expansion without on", dep(lineage={"relationship": {"type": "1:N"}})),
    ("expansion on null", dep(lineage={"relationship": {"type": "1:N", "on": None}})), ("expansion on nothing", dep(lineage={"relationship": {"type": "1:N", "on": []}})),
    ("expansion pattern", dep(lineage={"relationship": {"type": "1:N", "on": ["a"], "id_generation_pattern": "sequential"}})),
    ("expansion pattern null", dep(lineage={"relationship": {"type": "1:N", "on": ["a"], "id_generation_pattern": None}})), ("lineage extra", dep(lineage={"relationship": {"type": "1:1", "foo": 1}})),
    ("lineage extra outside", dep(lineage={"relationship": {"type": "1:1"}, "foo": 1})), ("identity on", dep(lineage={"relationship": {"type": "1:1", "on": ["a"]}})), ("lineage without type", dep(lineage={"relationship": {}})),
    ("lineage bad type", dep(lineage={"relationship": {"type": "2:1"}})), ("lineage null", dep(lineage=None)), ("lineage direct", dep(lineage={"type": "N:1"})), ("lineage text", dep(lineage="N:1")),
    ("mapping all", dep(fields_mapping={"mapping": {"type": "all"}})), ("mapping none", dep(fields_mapping={"mapping": {"type": "none"}})), ("mapping default", dep(fields_mapping={"mapping": {"type": "default"}})),
    ("mapping suffix", dep(fields_mapping={"mapping": {"type": "default", "match_suffix": True, "exclude_fields": ["b", ["a", "c"], "b"]}})), ("mapping suffix text", dep(fields_mapping={"mapping": {"type": "default", "match_suffix": "true"}})),
    ("mapping suffix bad", dep(fields_mapping={"mapping": {"type": "default", "match_suffix": "x"}})), ("mapping exclude null", dep(fields_mapping={"mapping": {"type": "default", "exclude_fields": None}})),
    ("mapping exclude bad", dep(fields_mapping={"mapping": {"type": "default", "exclude_fields": ["A"]}})), ("mapping without type", dep(fields_mapping={"mapping": {}})), ("mapping bad type", dep(fields_mapping={"mapping": {"type": "x"}})),
    ("mapping specific", dep(fields_mapping={"mapping": {"type": "specific", "mapping": {"z/y": ["z", "c", ["b", "a"], "z", "a-b", "a/b", "a_b"], "b": []}}})), ("mapping specific without", dep(fields_mapping={"mapping": {"type": "specific"}})),
    ("mapping specific text", dep(fields_mapping={"mapping": {"type": "specific", "mapping": {"a": "zz"}}})), ("mapping specific bad key", dep(fields_mapping={"mapping": {"type": "specific", "mapping": {"A": ["z"]}}})),
    ("mapping specific list", dep(fields_mapping={"mapping": {"type": "specific", "mapping": []}})), ("mapping extra", dep(fields_mapping={"mapping": {"type": "all", "foo": 1}})), ("mapping extra outside", dep(fields_mapping={"mapping": {"type": "all"}, "foo": 1})),
    ("mapping of another type", dep(fields_mapping={"mapping": {"type": "all", "exclude_fields": ["a"]}})), ("mapping direct", dep(fields_mapping={"type": "all"})), ("mapping null", dep(fields_mapping=None)), ("mapping text", dep(fields_mapping="all")),
]

# ---- definitions

SCHEMA = '{"properties":{"id":{"title":"Id","type":"string"}},"required":["id"],"title":"A","type":"object"}'
DEFINITION: dict[str, Any] = {"spec": BASE, "feature_schema": SCHEMA, "feature_class_path": "m.A", "project": "p"}


def definition(**members: Any) -> dict[str, Any]:
    return {**DEFINITION, **members}


DEFINITIONS: list[tuple[str, Any]] = [
    ("plain", DEFINITION), ("schema object", definition(feature_schema={"b": None, "a": [None, 1.0, 1e16, "é"], "c": {"d": None}})),
    ("schema text", definition(feature_schema=' {"b": null, "a": [null, 1.0, 1e16, 100000000000000000000000, "\\u00e9"], "e": [{"f": null}], "z": -0.0, "z": 3, "t": 1e-7, "u": 123456789012345680.0, "v": 5e-324, "w": 0.00001, "x": 1e15}')),
    ("schema empty", definition(feature_schema="{}")), ("schema list", definition(feature_schema="[]")), ("schema broken", definition(feature_schema="{")), ("schema null", definition(feature_schema=None)),
    ("schema unicode", definition(feature_schema='{"é🦊": "\\"q\\" \\\\ / \\u007f \\u0001"}')), ("no schema", without(DEFINITION, "feature_schema")), ("no class path", without(DEFINITION, "feature_class_path")),
    ("class path null", definition(feature_class_path=None)), ("class path integer", definition(feature_class_path=1)), ("no project", without(DEFINITION, "project")), ("project empty", definition(project="")),
    ("project integer", definition(project=1)), ("unknown member", definition(x=1)), ("no spec", without(DEFINITION, "spec")), ("spec text", definition(spec="a")), ("spec invalid", definition(spec={"key": "A", "id_columns": []})),
    ("metadata", definition(spec=spec(metadata=METADATA))), ("external", definition(external={})), ("external error", definition(external={"on_version_mismatch": "error"})),
    ("external given", definition(external={"provenance_by_field": {"x": "abc", "y/z": "d"}})), ("external given null", definition(external={"provenance_by_field": None})),
    ("external given bad key", definition(external={"provenance_by_field": {"X": "abc"}})),
]

# ---- graphs


def node(key: str, fields: Any = None, deps: Any = None, *, ids: Any = None, project: str = "p", metadata: Any = None, external: Any = None) -> dict[str, Any]:
    name = "".join(part.title() for part in key.replace("/", "_").replace("-", "_").split("_"))
    ids = ids or ["id"]
    properties = {column: {"title": column.title(), "type": "string"} for column in ids}
    result: dict[str, Any] = {
        "spec": {"key": key, "id_columns": ids, "deps": deps or [], "fields": fields if fields is not None else ["default"], "metadata": metadata or {}},
        "feature_schema": json.dumps({"title": name, "type": "object", "properties": properties, "required": ids}),
        "feature_class_path": f"{project}.{name}",
        "project": project,
    }
    return result if external is None else {**result, "external": external}


def mapped(feature: str, kind: str, **members: Any) -> dict[str, Any]:
    return {"feature": feature, "fields_mapping": {"mapping": {"type": kind, **members}}}


def lineage(feature: str, kind: str, **members: Any) -> dict[str, Any]:
    relationship = {"type": kind, **{k: members.pop(k) for k in ("on",) if k in members}}
    return {"feature": feature, "lineage": {"relationship": relationship}, **members}


def v(key: str, version: str, deps: Any = None) -> dict[str, Any]:
    return {"key": key, "code_version": version, **({} if deps is None else {"deps": deps})}


ALL = "__METAXY_ALL_DEP__"
AV = node("av", [v("audio/french", "1"), v("audio/english", "2"), v("french", "3"), v("video", "4"), v("a/video", "5")])

GRAPHS: list[tuple[str, list[dict[str, Any]]]] = [
    ("empty", []),
    ("one", [node("a", [v("x", "1"), v("y/z", "2")])]),
    ("no fields", [node("a", []), node("b", [], ["a"])]),
    ("notes", [node("raw/a", [v("x", "1"), v("y/z", "2")]), node("b", [v("x", "1"), "w"], ["raw/a"])]),
    ("mappings", [AV, node("default", ["french", "audio/french", "other", "video"], ["av"]), node("suffix", ["french", "video", "x", "audio/french"], [mapped("av", "default", match_suffix=True)]),
                  node("excluded", ["french", "x"], [mapped("av", "default", match_suffix=True, exclude_fields=["french", "video"])]), node("all", ["french"], [mapped("av", "all")]),
                  node("specific", ["f", "g/h"], [mapped("av", "specific", mapping={"f": ["french", "no/such", "video"], "g/h": ["audio/english"]})]),
                  node("none", ["f"], [mapped("av", "none"), "all"]), node("order", ["video"], ["specific", "none", "av", "all"])]),
    ("explicit", [AV, node("b", ["french"], ["av"]), node("c", [v("x", "1", ALL), v("y", "1", [{"feature": "av", "fields": ["french", "video", "french"]}]), v("z", "1", [{"feature": "b"}]), v("n", "1", [{"feature": "av", "fields": []}]),
                                                    v("two", "1", [{"feature": "av", "fields": ["french"]}, {"feature": "av", "fields": ["video"]}, {"feature": "b", "fields": ALL}])], ["av", mapped("b", "none")]),
                  node("root", [v("x", "1", ALL), v("y", "1", [{"feature": "av"}])])]),
    ("nothing to depend on", [AV, node("b", ["x"], [mapped("av", "none")]), node("c", ["x", "french"], [mapped("av", "specific", mapping={"french": ["french"]})]), node("d", [v("y", "1", [{"feature": "c", "fields": ["french"]}])], ["c"]),
                              node("e", ["f"], [mapped("av", "default", exclude_fields=["audio/french", "audio/english", "french", "video", "a/video"])])]),
    ("unknown fields", [AV, node("b", [v("x", "1", [{"feature": "av", "fields": ["no"]}])], ["av"]), node("c", [v("x", "1", [{"feature": "b"}])], ["av"]), node("d", [v("x", "1", [{"feature": "nothing", "fields": ["f"]}])], ["av"])]),
    ("missing", [node("a", None, ["nothing"]), node("b", None, ["a"]), node("c")]),
    ("circle", [node("a", None, ["c"]), node("b", None, ["a"]), node("c", None, ["b"])]),
    ("itself", [node("a", None, ["a"])]),
    ("deep", [node("f0", ["x", "y"]), *[node(f"f{i}", ["x", "y"], [f"f{i - 1}"]) for i in range(1, 30)]]),
    ("diamonds", [node("d0", ["x", "y"]), *[node(f"d{i}{side}", ["x", v("y", side, ALL)], [f"d{i - 1}l", f"d{i - 1}r"] if i > 1 else ["d0"]) for i in range(1, 5) for side in "lr"]]),
    ("orders", [node("c"), node("b", None, ["c", "a-b", "a/b"]), node("a/b"), node("a-b"), node("a_b", None, ["a/b"]), node("a", None, ["b", "a_b"]), node("z", None, ["a", "c"]), node("y")]),
    ("projects", [node("a", project="p"), node("b", None, ["a"], project="q"), node("a-b", project="p"), node("a/b", project="p"), node("c", project="q", external={})]),
    ("externals", [node("up", ["x", "y"], ["far"], project="q", external={"provenance_by_field": {"x": "given"}}), node("far", ["x", "y"], project="q", external={}), node("down", ["x", "z"], ["up"]),
                   node("unreachable", ["x"], ["nowhere"], project="q", external={"provenance_by_field": {"x": "given"}}), node("below", ["x"], ["unreachable"])]),
    ("replaced", [node("a", ["x"], project="q", external={}), node("b", ["x"], ["a"]), node("a", ["x", "y"]), node("a", ["z"], project="q", external={}), {**node("b", ["y"], ["a"]), "project": "r"}]),
    ("deps twice", [AV, node("b", ["french"], [mapped("av", "none"), "av"]), node("c", ["french"], ["av", mapped("av", "all")])]),
    ("ids", [node("p", ids=["a", "b"]), node("q", ids=["b", "c"]), node("same", None, ["p", "q"], ids=["b"]), node("renamed", None, [{"feature": "p", "rename": {"a": "x", "b": "c"}}, "q"], ids=["c"]),
             node("aggregated", None, [lineage("p", "N:1"), lineage("q", "N:1", on=["c", "b"])], ids=["b"]), node("expanded", None, [lineage("p", "1:N", on=["a"])], ids=["a", "k"]),
             node("mixed", None, [lineage("p", "N:1", on=["b"]), "q"], ids=["b"]), node("disjoint", None, ["p", {"feature": "q", "rename": {"b": "z"}}], ids=["k"]), node("nothing", None, [lineage("p", "1:N", on=[])], ids=["k"])]),
    ("columns", [node("p", ids=["a", "b"]), node("q", ids=["b", "c"]),
                 *[node(f"x{i}", None, deps, ids=["b"]) for i, deps in enumerate([
                     [{"feature": "p", "rename": {"n": "metaxy_provenance"}}], [{"feature": "p", "rename": {"n": "metaxy_definition_version"}}], [{"feature": "p", "rename": {"n": "a"}}], [{"feature": "p", "rename": {"n": "c"}}, "q"],
                     [{"feature": "p", "rename": {"n": "m", "k": "m"}}], [{"feature": "p", "select": ["n"]}, {"feature": "q", "select": ["n"]}], [{"feature": "p", "select": ["n"]}, {"feature": "q", "select": ["n2"]}],
                     [{"feature": "p", "select": ["n"]}, "q"], [{"feature": "p", "select": ["n", "n"]}], [{"feature": "p", "select": ["a", "a"]}], [{"feature": "p", "rename": {"n": "m"}, "select": ["m"]}, {"feature": "q", "select": ["m"]}],
                     [lineage("p", "N:1", on=["k"], select=["n"]), lineage("q", "N:1", on=["k"], select=["c"])], [{"feature": "p", "rename": {"a": "n"}, "select": ["b"]}, {"feature": "q", "select": ["n"]}],
                     [{"feature": "p", "select": ["metaxy_created_at"]}, {"feature": "q", "select": ["metaxy_created_at"]}], [{"feature": "p", "select": ["metaxy_provenance__p"]}], [{"feature": "p", "select": []}, {"feature": "q", "select": []}],
                     [lineage("p", "1:N", on=["a"], select=["n"]), {"feature": "q", "select": ["n", "a"]}], [{"feature": "p", "rename": {"a": "b", "b": "a"}}],
                 ])]]),
    ("truncated inside", [node("a" * 30, [v("x" * 40, "1")]), node("b", [v("x" * 40, "1")], ["a" * 30])]),
]


def random_graphs(count: int) -> list[tuple[str, list[dict[str, Any]]]]:
    """Graphs with everything at once; many are refused somewhere."""
    rng = random.Random(7)
    names = ["x", "y", "french", "audio/french", "audio/english", "y/z", "z", "x-y", "x_y2", "deep/a/b", "a/b"]
    graphs = []
    for number in range(count):
        nodes: list[dict[str, Any]] = []
        fields_of: dict[str, list[str]] = {}
        for i in range(rng.randint(2, 9)):
            key = f"{rng.choice(['raw', 'mid', 'out-x', 'a_b'])}/{rng.choice('abc')}{i}"
            fields = rng.sample(names, rng.randint(1, 5))
            parents = rng.sample(list(fields_of), min(len(fields_of), rng.choice([0, 1, 1, 2, 2, 3]))) if fields_of else []
            specs: list[Any] = []
            for name in fields:
                item: dict[str, Any] = {"key": name}
                if rng.random() < 0.7:
                    item["code_version"] = str(rng.randint(1, 99))
                if parents and rng.random() < 0.25:
                    chosen = rng.choice(parents)
                    keys = rng.sample(fields_of[chosen], rng.randint(1, len(fields_of[chosen])))
                    item["deps"] = rng.choice([ALL, [{"feature": chosen}], [{"feature": chosen, "fields": keys}]])
                specs.append(rng.choice([name, item]) if len(item) == 1 else item)
            deps = [random_dep(rng, parent, fields, fields_of[parent]) for parent in parents]
            metadata = {rng.choice("klm"): rng.choice([1, 2.5, "ü", None, [1, {"z": 1, "a": 2}]])} if rng.random() < 0.3 else {}
            nodes.append(node(key, specs, deps, ids=rng.choice([["id"], ["id", "part"], ["part", "id"]]), project=rng.choice(["p", "p", "q"]), metadata=metadata))
            fields_of[key] = fields
        graphs.append((f"random {number}", nodes))
    return graphs


def random_dep(rng: random.Random, parent: str, own: list[str], theirs: list[str]) -> Any:
    if rng.random() < 0.3:
        return parent
    result: dict[str, Any] = {"feature": parent}
    kind = rng.choice(["default", "default", "default", "all", "none", "specific", None])
    if kind == "default":
        mapping = {"type": kind, "match_suffix": rng.random() < 0.5, "exclude_fields": rng.sample(theirs, rng.choice([0, 0, 1]))}
        result["fields_mapping"] = {"mapping": mapping}
    elif kind == "specific":
        result["fields_mapping"] = {"mapping": {"type": kind, "mapping": {f: rng.sample(theirs, rng.randint(1, len(theirs))) for f in own}}}
    elif kind is not None:
        result["fields_mapping"] = {"mapping": {"type": kind}}
    if rng.random() < 0.3:
        result["rename"] = rng.choice([{"m": "n"}, {"id": "key"}, {"n": "id"}, {"m": "k", "n": "k"}])
    if rng.random() < 0.3:
        result["select"] = rng.choice([[], ["n"], ["k", "id"], ["part"]])
        if "rename" in result and set(result["select"]) & (set(result["rename"]) - set(result["rename"].values())):
            del result["select"]
    if rng.random() < 0.3:
        result["filters"] = rng.choice([[], ["n > 1"], ["m = 'ü'", "k IS NOT NULL"]])
    if rng.random() < 0.3:
        result["lineage"] = {"relationship": rng.choice([{"type": "1:1"}, {"type": "N:1"}, {"type": "N:1", "on": ["id"]}, {"type": "1:N", "on": ["id"]}])}
    if rng.random() < 0.3:
        result["optional"] = True
    return result
