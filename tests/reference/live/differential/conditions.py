"""Random filters, mostly valid ones."""

from __future__ import annotations

import random

from rows import TEXTS

OPERATORS = ["=", "!=", "<>", "<", "<=", ">", ">=", "=="]
INTEGERS = ["0", "1", "-1", "5", "127", "255", "16777217", "9007199254740993", "-9223372036854775808"]
NUMBERS = [
    "0",
    "1",
    "-1",
    "5",
    "127",
    "128",
    "-129",
    "255",
    "16777217",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "0.5",
    "1.0",
    "-1.5",
    "0.1",
    "1e300",
    "1e-400",
    "5.0",
    "-0.0",
    "00",
    "1e2",
    ".5",
    "5.",
]
MOMENTS = [
    "1970-01-01",
    "2024-02-29",
    "2024-02-29 12:00:00",
    "2024-02-29T12:00:00",
    "2024-02-29 12:00:00.001",
    "0001-01-01",
    "9999-12-31",
    "2024-02-29T12:00:00Z",
    "2024-02-29 13:00:00+01:00",
    "not a date",
    "12:30:00",
    "2024-02-30",
]


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def name(column: str, rng: random.Random) -> str:
    return rng.choice([column, column, column, f'"{column}"', column.upper() if rng.random() < 0.05 else column])


def literal(kind: str, rng: random.Random) -> str:
    """A literal of the right kind, most of the time."""
    if rng.random() < 0.03:
        return rng.choice(["NULL", "TRUE", "'a'", "1", "1.5", "null"])
    if kind[0] in "iu":
        return rng.choice(INTEGERS if rng.random() < 0.8 else NUMBERS)
    if kind in ("f32", "f64", "dec"):
        return rng.choice(NUMBERS)
    if kind == "bool":
        return rng.choice(["true", "FALSE", "True", "NULL"])
    if kind.startswith(("date", "dt", "time", "dur")):
        return "NULL" if rng.random() < 0.4 else quoted(rng.choice(MOMENTS))
    if kind in ("list", "struct", "bin"):
        return rng.choice(["'a'", "''", "1", "NULL"])
    return quoted(rng.choice([text for text in TEXTS if "\0" not in text]))  # no program argument can contain it


def simple(columns: dict[str, str], rng: random.Random) -> str:
    column, kind = rng.choice(sorted(columns.items()))
    left = name(column, rng)
    shape = rng.random()
    if shape < 0.1:
        return f"{left} IS {rng.choice(['', 'NOT '])}NULL"
    if shape < 0.15:
        return f"{left} {rng.choice(['=', '!='])} NULL"
    if shape < 0.2 and kind == "bool":
        return rng.choice([left, f"NOT {left}", f"{left} IS TRUE", f"{left} IS NOT TRUE", f"{left} IS FALSE"])
    if shape < 0.35:
        listed = [literal(kind, rng) for _ in range(rng.randint(0 if rng.random() < 0.1 else 1, 4))]
        if kind in ("f32", "f64", "dec"):  # lists of one kind
            listed = [text if set(text) & set(".eN") else text + ".0" for text in listed]
        values = ", ".join(listed)
        return f"{left} {rng.choice(['', 'NOT '])}IN ({values})"
    if shape < 0.45:
        alike = [c for c, k in sorted(columns.items()) if k == kind or (k[0] in "iuf" and kind[0] in "iuf")]
        return f"{left} {rng.choice(OPERATORS)} {name(rng.choice(alike), rng)}"
    sides = [left, literal(kind, rng)]
    if rng.random() < 0.15:
        sides.reverse()
    return f"{sides[0]} {rng.choice(OPERATORS)} {sides[1]}"


def condition(columns: dict[str, str], rng: random.Random, depth: int = 0) -> str:
    shape = rng.random()
    if depth >= 3 or shape < 0.5:
        text = simple(columns, rng)
    elif shape < 0.65:
        text = f"NOT {condition(columns, rng, depth + 1)}"
    elif shape < 0.75:
        text = f"({condition(columns, rng, depth + 1)})"
    else:
        text = f"{condition(columns, rng, depth + 1)} {rng.choice(['AND', 'OR', 'and'])} {condition(columns, rng, depth + 1)}"
    if rng.random() < 0.03:
        text += rng.choice([" -- a comment", " /* a comment */", ";"])
    return text
