#!/usr/bin/env python3
"""Checks that files and functions are short: `check_sizes.py <root of the checkout>`.

Sources have at most 500 lines, headers 250, functions 60 with their head. What may be longer is named in EXCEPTIONS, with
the reason; an exception that is no longer needed is a mistake as well.

Prints one line per mistake and exits with 1 if there is one.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import Iterator

from check_repository import files

SOURCE, HEADER, FUNCTION = 500, 250, 60
C_LIKE = (".cc", ".h", ".c", ".rs")

# "file" or "file: function", and why it may be longer.
CASES = "a table of cases"
EXCEPTIONS: dict[str, str] = {
    "bridge/include/metaxy_lancedb.h": "the whole C interface of the bridge, for any language",
    "src/lancedb/bridge.h": "every function of the bridge, each in a few lines",
    "tests/unit/cli/arrow_input_test.cc: InputFormat.IsKnownByNameAndContent": CASES,
    "tests/unit/cli/arrow_input_test.cc: PlainCases": CASES,
    "tests/unit/cli/every_type_test.cc": CASES,
    "tests/unit/cli/every_type_test.cc: Nested": CASES,
    "tests/unit/cli/every_type_test.cc: Numbers": CASES,
    "tests/unit/cli/every_type_test.cc: Times": CASES,
    "tests/system/cli/input_files_test.py: arrow_array": "one branch for each type of Arrow",
    "tests/system/cli/output_files_test.py: check_targets": "one statement after the other, for each format",
    "tests/unit/cli/text_input_test.cc: CsvInput.KeepsWhatIsWritten": CASES,
    "tests/unit/cli/text_input_test.cc: JsonLinesInput.KeepsWhatIsWritten": CASES,
    "tests/unit/cli/text_input_test.cc: TextInput.TakesValuesForWhatTheTableHolds": CASES,
    "tests/unit/project/definitions_toml_test.cc: DefinitionsTomlTest.ErrorsNameFileLineAndColumn": CASES,
    "tests/unit/project/definitions_toml_test.cc: DefinitionsTomlTest.ReadsShorthandsAndTables": "one page of TOML",
    "tests/unit/store/evolution_test.cc: EvolutionTest.AFeatureThatIsChangedFiveTimes": "one story in the order of time",
    "tests/unit/store/evolution_test.cc: EvolutionTest.KeepsOrWidensTypes": CASES,
    "tests/unit/store/refused_values_test.cc: RefusedValuesTest.RefusesWhatWouldBeLost": CASES,
    "tests/unit/store/storable_types_test.cc: Cases": CASES,
}

# What is not code: comments, strings, characters, directives and labels. Rust's lifetimes are not characters.
RAW_TEXT = r'\bR"([^\s()\\]{0,16})\(.*?\)\1"|\br(#*)".*?"\2'
SKIPPED = re.compile(
    rf"//[^\n]*|/\*.*?\*/|{RAW_TEXT}|\"(?:\\.|[^\"\\])*\"|'(?:\\.[^']*|[^'\\\n])'|^[ \t]*#(?:[^\n\\]|\\.)*"
    r"|^[ \t]*(?:public|private|protected):",
    re.DOTALL | re.MULTILINE,
)
# A brace may open in both branches of an #if, and close once.
OTHER_BRANCH = re.compile(r"^[ \t]*#[ \t]*(?:else|elif).*?(?=^[ \t]*#[ \t]*endif)", re.DOTALL | re.MULTILINE)
DECLARATIONS = re.compile(
    r"\b(?:namespace|class|struct|union|extern|impl|mod|trait)\b[^()]*$|\bimpl\b|\bextern\s*\"?\"?\s*$"
)
INITIALISERS = re.compile(r"\)[^:()]*(?<!:):(?!:)")


def blanked(text: str) -> str:
    """The text with as many lines, and nothing but code."""
    text = OTHER_BRANCH.sub(lambda match: "\n" * match[0].count("\n"), text)
    return SKIPPED.sub(lambda match: '""' * match[0].startswith('"') + "\n" * match[0].count("\n"), text)


def name_of(head: str) -> str:
    """The name before the first parenthesis; of a test, both of its names."""
    test = re.search(r"\b(?:TEST|TEST_F|TEST_P|TYPED_TEST)\s*\(\s*(\w+)\s*,\s*(\w+)", head)
    if test:
        return f"{test[1]}.{test[2]}"
    found = re.search(r"([\w:~]+|operator[^(]*)\s*(?:<[^()]*>)?\s*\(", head)
    return found[1] if found else "?"


def functions(text: str) -> Iterator[tuple[str, int, int]]:
    """Name, first and last line of each function; those inside of others are a part of them."""
    code = blanked(text)
    kinds: list[str] = []  # of the open braces
    head, head_line, line = "", 1, 1
    started = (0, "")
    for char in code:
        line += char == "\n"
        inside = "function" in kinds
        if char == "{":
            kinds.append("inner" if inside else kind_of(head))
            if kinds[-1] == "function":
                started = (head_line, name_of(head))
        elif char == "}" and kinds:
            kind = kinds.pop()
            if kind == "function":
                yield started[1], started[0], line
            if kind == "initialiser":
                head += "}"
                continue
        if inside:
            continue
        if char in ";{}" and not (char == "{" and kinds[-1] == "initialiser"):
            head = ""
        elif head or not char.isspace():
            head_line = head_line if head else line
            head += char


def kind_of(head: str) -> str:
    if DECLARATIONS.search(head):
        return "declarations"
    # Braces inside of parentheses are arguments.
    if (
        "(" not in head
        or head.count("(") != head.count(")")
        or re.match(r"[^(]*[^=!<>]=[^=]", head.split("operator")[0])
    ):
        return "initialiser"
    if INITIALISERS.search(head) and not re.search(r"[)}]\s*$", head):
        return "initialiser"
    return "function"


def python_functions(text: str) -> Iterator[tuple[str, int, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno or node.lineno


def sizes(root: Path) -> Iterator[tuple[str, int, int, str]]:
    """What is too long: its name in EXCEPTIONS, its length, the limit, and where it begins."""
    for name in files(root):
        suffix = Path(name).suffix
        if suffix not in (*C_LIKE, ".py"):
            continue
        text = (root / name).read_text(encoding="utf-8")
        most = HEADER if suffix == ".h" else SOURCE
        if (length := len(text.splitlines())) > most:
            yield name, length, most, name
        for function, first, last in (python_functions if suffix == ".py" else functions)(text):
            if last - first + 1 > FUNCTION:
                yield f"{name}: {function}", last - first + 1, FUNCTION, f"{name}:{first}: {function}"


def check(root: Path, exceptions: dict[str, str]) -> Iterator[str]:
    needed = set()
    for key, length, most, where in sizes(root):
        needed.add(key)
        if key not in exceptions:
            yield f"{where} has {length} lines; the limit is {most}"
    for key in sorted(exceptions.keys() - needed):
        yield f"tools/check_sizes.py: {key} is within the limit; take it off the exceptions"


def main() -> int:
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print("usage: check_sizes.py <root of the checkout>", file=sys.stderr)
        return 2
    found = list(check(Path(sys.argv[1]).resolve(), EXCEPTIONS))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
