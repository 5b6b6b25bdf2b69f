#!/usr/bin/env python3
"""Makes a program, or a script, of the code of a page: `extract_docs.py cpp|sh <page.md> <output> [<around>]`.

What the code of a page takes for granted is in the file `around`, with @PAGE@ in the place of the code. All blocks `cpp` of a page are one program: its includes, what stands at file scope (METAXY_REGISTER_FEATURES), and a
function that holds the rest in the order of the page. All blocks `sh` are one session. Lines keep their numbers.
"""

import re
import sys
from pathlib import Path

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)

MAIN = """
int main() {
  const arrow::Status status = Page();
  if (!status.ok()) std::cerr << status.message() << "\\n";
  return status.ok() ? 0 : 1;
}
"""


def blocks(page, language):
    """Yields (line number, code)."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        if match.group(1) == language:
            yield text[: match.start(2)].count("\n") + 1, match.group(2)


def program(page, around):
    before, found, after = around.partition("@PAGE@")
    if not found:
        sys.exit("what stands around a page needs @PAGE@ in the place of its code")
    includes, outside, inside = (
        ["#include <metaxy/metaxy.h>", "#include <metaxy/plugin.h>", "#include <iostream>"],
        [],
        [],
    )
    for line, code in blocks(page, "cpp"):
        includes += re.findall(r"^#include .*$", code, re.MULTILINE)
        code = re.sub(r"^#include .*$", "", code, flags=re.MULTILINE)
        (outside if code.lstrip().startswith("METAXY_REGISTER") else inside).append(
            f'#line {line} "{page.name}"\n{code}'
        )
    if not inside:
        sys.exit(f"{page} has no block of cpp")
    return "\n".join(
        [
            *dict.fromkeys(includes),
            *outside,
            "static arrow::Status Page() {",
            before,
            *inside,
            after,
            "  return arrow::Status::OK();\n}",
            MAIN,
        ]
    )


def script(page):
    code = [block for _, block in blocks(page, "sh")]
    if not code:
        sys.exit(f"{page} has no block of sh")
    return "set -eu\n" + "\n".join(code)


def main():
    if len(sys.argv) not in (4, 5) or sys.argv[1] not in ("cpp", "sh"):
        print("usage: extract_docs.py cpp|sh <page.md> <output> [<around>]", file=sys.stderr)
        return 2
    page = Path(sys.argv[2])
    around = Path(sys.argv[4]).read_text(encoding="utf-8") if len(sys.argv) == 5 else "@PAGE@"
    Path(sys.argv[3]).write_text(program(page, around) if sys.argv[1] == "cpp" else script(page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
