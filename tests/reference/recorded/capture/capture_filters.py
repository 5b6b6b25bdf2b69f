"""Captures how the reference reads and evaluates filters: goldens/filters.json and goldens/filter_rows.arrow.

Run it in an environment with the Python package metaxy (and its extra lancedb):

    python tests/reference/recorded/capture/capture_filters.py

`forms` holds pairs of a text and the normal form of what the reference makes of it (tests/unit/filter/normal_form.h has the same
form), or null where it refuses the text. `values` holds pairs of a text and the value of the condition for every row of
filter_rows.arrow: T, F or - for null; or null where Polars refuses it.
"""

from __future__ import annotations

import itertools
import json
import logging
import random
import re
from decimal import Decimal
from pathlib import Path

import metaxy.models.filter_expression as reference
import narwhals as nw
import polars as pl
import pyarrow as pa
import pyarrow.ipc
from sqlglot.tokens import Tokenizer

HERE = Path(__file__).parent
GOLDENS = HERE.parent / "goldens"
FUZZ_TEXTS = 1500
SEED = 20240501

# ---------------------------------------------------------------------------------------------------- normal forms


def double_form(value: float) -> str:
    if value in (float("inf"), float("-inf")):
        return "f:inf" if value > 0 else "f:-inf"
    mantissa, point, rest = value.hex().partition(".")
    digits, exponent = rest.split("p") if point else ("", mantissa.split("p")[1])
    digits = digits.rstrip("0")
    mantissa = mantissa.split("p")[0]
    if value == 0:
        return "f:" + mantissa + "p+0"
    return f"f:{mantissa}{'.' + digits if digits else ''}p{exponent}"


def literal_form(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return double_form(value)
    return "s:" + json.dumps(value, ensure_ascii=False)


class Recorder:
    """Stands for an expression of narwhals and remembers what is done to it."""

    def __init__(self, operation: str, *parts: object) -> None:
        self.operation = operation
        self.parts = parts

    def is_null(self) -> Recorder:
        return Recorder("null", self)

    def is_in(self, values: list) -> Recorder:
        return Recorder("in", self, values)

    def __invert__(self) -> Recorder:
        return Recorder("not", self)

    def form(self) -> str:
        if self.operation == "col":
            return "c:" + json.dumps(self.parts[0], ensure_ascii=False)
        if self.operation == "lit":
            return literal_form(self.parts[0])
        if self.operation == "in":
            column, values = self.parts
            return " ".join(["(in", column.form(), *map(literal_form, self.as_one_kind(values))]) + ")"
        terms = [part.form() for part in self.terms()]
        return f"({self.operation} " + " ".join(terms) + ")"

    def terms(self) -> list:
        """Of a chain of one connective all terms, else the parts."""
        if self.operation not in ("and", "or"):
            return list(self.parts)
        terms = []
        for part in self.parts:
            terms += part.terms() if part.operation == self.operation else [part]
        return terms

    @staticmethod
    def as_one_kind(values: list) -> list:
        """Booleans after numbers as the numbers that Polars makes of them."""
        kind = type(next((value for value in values if value is not None), None))
        if kind not in (int, float):
            return values
        return [kind(value) if isinstance(value, bool) else value for value in values]


for name, sign in {
    "eq": "=",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "and": "and",
    "or": "or",
}.items():
    setattr(Recorder, f"__{name}__", lambda self, other, sign=sign: Recorder(sign, self, other))


class RecordingNarwhals:
    Expr = Recorder
    col = staticmethod(lambda name: Recorder("col", name))
    lit = staticmethod(lambda value: Recorder("lit", value))


def form_of(text: str) -> str | None:
    reference.nw = RecordingNarwhals
    try:
        return reference.parse_filter_string(text).form()
    except Exception:
        return None
    finally:
        reference.nw = nw


# ---------------------------------------------------------------------------------------------------- texts to read

KEYWORD_CONTEXTS = [
    "{} = 1", "a AND {} = 1", "({} = 1)", "a = {}", "a.{} = 1", "a AND {} IS NULL", "a AND {} IN (1)", "a AND {} < 1",
    "NOT {}", "a AND {} NOT IN (1)", "{} IS NOT NULL", "{} IN ('x')", "a IS {}", "{} AND b OR c",
]  # fmt: skip
# The reference reads these two in some places only.
HALF_RESERVED = {"CASE", "IF"}

OPERANDS = [
    "a", "b", "x.y", '"q r"', "date", "key", "value", "list", "end", "a . b", '"A"', "range", "unknown", "1", "2.5", ".5", "-1",
    "- 2", "+3", "'t'", "'it''s'", "TRUE", "false", "NULL", "1e3", "(5)", "((a))", "-(1)", "''", "- -4", "NOT a", "!b", "-TRUE",
    "99999999999999999999", "é", "$1",
]  # fmt: skip


def random_condition(rng: random.Random, depth: int = 0) -> str:
    space = rng.choice([" ", " ", "  ", "\n", "/*c*/", " -- c\n"])
    kind = rng.random() * (1 if depth < 4 else 0.6)

    def operand() -> str:
        return rng.choice(OPERANDS) if rng.random() < 0.9 else random_condition(rng, depth + 1)

    if kind < 0.35:
        sign = rng.choice(["=", "!=", "<>", "<", "<=", ">", ">=", "==", "IS", "IS NOT", "is", "is not"])
        return operand() + space + sign + space + operand()
    if kind < 0.45:
        return (
            operand()
            + space
            + rng.choice(["IS NULL", "IS NOT NULL", "ISNULL", "NOTNULL", "NOT NULL", "IS TRUE", "NOT ISNULL"])
        )
    if kind < 0.55:
        values = rng.sample(
            rng.choice([["1", "-2", "NULL", "+3"], ["'a'", "NULL", "''"], ["1.5", ".5"], ["TRUE", "false"]]), 2
        )
        return operand() + space + rng.choice(["IN", "NOT IN", "!IN"]) + space + "(" + ", ".join(values) + ")"
    if kind < 0.6:
        return operand()
    if kind < 0.7:
        return "NOT " + random_condition(rng, depth + 1)
    if kind < 0.8:
        return "(" + random_condition(rng, depth + 1) + ")"
    connective = rng.choice(["AND", "OR", "and", "or"])
    return random_condition(rng, depth + 1) + space + connective + " " + random_condition(rng, depth + 1)


def texts_to_read() -> list[str]:
    texts = (HERE / "filter_texts.txt").read_text().splitlines()
    words = sorted(
        word for word in Tokenizer.KEYWORDS if re.fullmatch("[A-Z_0-9]+", word) and word not in HALF_RESERVED
    )
    texts += [context.format(word.lower()) for word in words for context in KEYWORD_CONTEXTS]
    rng = random.Random(SEED)
    for _ in range(FUZZ_TEXTS):
        text = random_condition(rng)
        if rng.random() < 0.2:
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(["", "'", '"', "(", ")", " ", "=", "NOT ", ";"]) + text[at + 1 :]
        texts.append(text)
    return list(dict.fromkeys(text for text in texts if text.strip()))


# ---------------------------------------------------------------------------------------------------- values of rows

NAN, INF = float("nan"), float("inf")


def decimals(texts: list[str | None], type_: pa.DataType) -> pa.Array:
    return pa.array([None if text is None else Decimal(text) for text in texts], type_)


COLUMNS = {
    "i8": pa.array([1, 0, -1, 127, -128, 2, None, 5], pa.int8()),
    "i32": pa.array([16777217, 16777216, 0, 1, -1, 2147483647, None, 5], pa.int32()),
    "i64": pa.array([2**53 + 1, 2**53, 0, 1, -1, 2**63 - 1, None, -(2**63)], pa.int64()),
    "u8": pa.array([255, 1, 0, 127, 2, 200, None, 5], pa.uint8()),
    "u64": pa.array([2**64 - 1, 2**53 + 1, 0, 1, 2**63, 2**53, None, 5], pa.uint64()),
    "f64": pa.array([2.0**53, NAN, -0.0, 1.0, INF, -INF, None, 0.1], pa.float64()),
    "f32": pa.array([16777216.0, NAN, -0.0, 0.1, INF, -INF, None, 1.0], pa.float32()),
    "dec": decimals(["0.10", "0.30", "-1.00", "1.00", "99999999.99", "0.00", None, "2.50"], pa.decimal128(10, 2)),
    "dec3": decimals(["0.100", "0.301", "-1.00", "1.001", "99999999.99", "0", None, "2.500"], pa.decimal128(20, 3)),
    "b": pa.array([True, False, True, None, False, None, None, True]),
    "c": pa.array([None, None, True, None, False, True, False, True]),
    "s": pa.array(["a", "b", "", "é", "1", "it's", None, "true"], pa.large_string()),
    "z": pa.array(["a", "B", "", "z", "true", "\U0001f600", None, "false"], pa.string()),
    "bin": pa.array([b"a", b"B", b"", b"\xff", "é".encode(), b"\x00", None, b"true"], pa.large_binary()),
    "cat": pa.array(["a", "B", "", "z", "true", "a", None, "b"]).dictionary_encode(),
    "d": pa.array([18262, 1, 0, -1, 18263, -719162, None, 5], pa.int32()).cast(pa.date32()),
    "ts": pa.array([1577836800000000, 86400000000, 0, -86400000000, 1577854800000000, 1, None, -1], pa.timestamp("us")),
    "tz": pa.array([1577836800000000, 86400000000, 0, -86400000000, 1577854800000000, 1, None, -1], pa.timestamp("us", "UTC")),
    "du": pa.array([86400000000, 1, 0, -86400000000, 2, 3, None, 5], pa.duration("us")),
    "ti": pa.array([3600000000000, 7200000000000, 0, 1, 2, 3, None, 5], pa.time64("ns")),
    "nul": pa.nulls(8),
    "st": pa.array([{"a": 1}, {"a": 2}, {"a": None}, None, {"a": 1}, {"a": 3}, None, {"a": 5}]),
    "sv": pa.array(["a", "b", "", "é", "1", "it's", None, "true"], pa.string_view()),
    "t s": pa.array([1577836800, 86400, 0, -1, 1, 2, None, 5], pa.timestamp("s")),
}  # fmt: skip

NUMBERS = [
    "0", "1", "-1", "5", "300", "16777217", "9007199254740993", "9223372036854775807", "0.0", "-0.0", "1.0", "0.1", "0.3", "1.5",
    "-0.5", "9007199254740992.0", "1e39", "1e400", "-1e400",
]  # fmt: skip
BIG_NUMBERS = [
    "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809",
    "12345678901234567890123456789012345678",
]  # fmt: skip
OTHERS = ["TRUE", "FALSE", "''", "'a'", "'b'", "'é'", "'1'", "'true'", "'0.10'", "'2020-01-01'", "NULL"]
SIGNS = ["=", "!=", "<", "<=", ">", ">="]
COMPARABLE = [name for name in COLUMNS if name not in ("st", "t s")]
TIMES = ["d", "ts", "tz", "du", "ti"]
MORE_VALUES = """
"t s" = 86400000
"t s" < 1
"t s" = "ts"
TRUE
FALSE
1 = 1
1 = 2
'a' < 'b'
NULL = NULL
NULL IS NULL
1 < NULL
TRUE AND b
1 = 1 AND b
NOT TRUE
TRUE = 1
1 = 'a'
b AND c
b OR c
NOT b
b AND NOT c OR NULL = 1
b AND nul
b OR nul
b AND NULL
b OR NULL
b AND i64
i64 OR b
NOT s
NOT f64
s AND b
b AND 1
b IS NOT TRUE
b IS TRUE
b IS NOT c
i64 IS 1
i64 IS NOT 1
i64 NOT IN (1, NULL)
i64 IN (NULL)
i64 NOT IN ()
i64 IN (1, TRUE)
i64 IN (TRUE, FALSE)
i64 IN (1, 9223372036854775808)
u8 IN (-1, 1)
u64 IN (1, 18446744073709551615)
f64 IN (1e400, NULL)
f64 IN (1.0, TRUE)
f64 IN (0.0)
f64 IN (-0.0)
f32 IN (0.1)
f32 IN (16777216.0)
dec IN (1, 99999999999)
dec IN (0.1)
s IN ('a', NULL)
s NOT IN ('a', NULL)
cat IN ('a', 'q')
cat NOT IN ('a')
cat > 'B'
'b' < cat
bin IN ('a')
d IN ('2020-01-01')
d IN (1)
nul IN (1)
nul IN ()
st IS NULL
st IS NOT NULL
st IN (1)
st < 1
missing = 1
"i64" = 1
i64 = i64 AND NOT (f64 < f64 OR f64 > f64)
"""


def texts_to_evaluate() -> list[str]:
    texts = []
    for name, literal in itertools.product(COMPARABLE, NUMBERS + BIG_NUMBERS + OTHERS):
        # Polars turns integers beyond the range of a time into null, and the largest decimals too.
        if literal in BIG_NUMBERS and (name in TIMES or name.startswith("dec")):
            continue
        texts += [f"{name} {sign} {literal}" for sign in SIGNS] + [f"{name} IN ({literal})"]
    for name, literal in itertools.product(["i64", "f64", "s", "b", "d"], NUMBERS + OTHERS):
        texts += [f"{literal} {sign} {name}" for sign in ["=", "<", ">="]]
    for left, right in itertools.product(COMPARABLE, COMPARABLE):
        # What Polars makes of these depends on the width of the integer, or compares what a text of a time looks like.
        kinds = {left, right}
        if kinds & set(TIMES) and (kinds & {"i8", "u8", "u64", "s", "z", "sv"}):
            continue
        texts += [f"{left} {sign} {right}" for sign in ["=", "<", ">="]]
    for name in COMPARABLE:
        texts += [f"{name} IS NULL", f"{name} IS NOT NULL", f"{name} NOT IN (NULL)", f"{name} IN ()"]
    texts += [line for line in MORE_VALUES.splitlines() if line]
    return list(dict.fromkeys(texts))


def value_of(frame: pl.DataFrame, text: str) -> str | None:
    try:
        expression = reference.parse_filter_string(text)
        values = nw.from_native(frame.lazy()).with_columns(value__=expression).collect()["value__"]
        if values.dtype not in (nw.Boolean, nw.Unknown):
            return None
        return "".join({True: "T", False: "F", None: "-"}[value] for value in values.to_list())
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


def main() -> None:
    logging.disable(logging.CRITICAL)
    table = pa.table(COLUMNS)
    frame = pl.from_arrow(table)
    forms = [[text, form_of(text)] for text in texts_to_read()]
    values = [[text, value_of(frame, text)] for text in texts_to_evaluate()]
    GOLDENS.mkdir(parents=True, exist_ok=True)
    with pa.ipc.new_file(GOLDENS / "filter_rows.arrow", table.schema) as writer:
        writer.write_batch(table.combine_chunks().to_batches()[0])
    lines = [f' "{name}": [\n' + ",\n".join("  " + json.dumps(row) for row in rows) + "\n ]" for name, rows in
             (("forms", forms), ("values", values))]  # fmt: skip
    (GOLDENS / "filters.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(forms)} forms, {sum(form is not None for _, form in forms)} accepted")
    print(f"{len(values)} values, {sum(value is not None for _, value in values)} accepted")


if __name__ == "__main__":
    main()
