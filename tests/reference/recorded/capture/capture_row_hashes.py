"""Captures what the reference stores for hashes of texts: tests/reference/recorded/goldens/row_hashes.json.

Run it in an environment with the Python package metaxy (and its extra lancedb):

    python tests/reference/recorded/capture/capture_row_hashes.py
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import narwhals as nw
import polars as pl
from metaxy.ext.polars.versioning import PolarsVersioningEngine

GOLDENS = Path(__file__).parent.parent / "goldens" / "row_hashes.json"
MAX_LENGTH = 1100
SHOWN = [
    "",
    "a",
    "abc",
    "message digest",
    "x|1|raw/a.x|r",
    "w|__metaxy_initial__|raw/a.x|r|raw/a.y/z|s",
    "15306731|38856509",
    "é",
    "日本語|1",
    "\u0000",
    "0123456789abcdef" * 2,
    "0123456789abcdef" * 16,
]


def text_of_length(length: int) -> str:
    """The same bytes as TextOfLength() in tests/unit/versioning/row_hash_test.cc."""
    return "".join(chr(33 + (7 * i + 13 * length) % 94) for i in range(length))


def main() -> None:
    texts = [text_of_length(length) for length in range(MAX_LENGTH + 1)]
    frame = nw.from_native(pl.DataFrame({"text": texts + SHOWN}, schema={"text": pl.String}))
    engine = PolarsVersioningEngine.__new__(PolarsVersioningEngine)
    algorithms = {}
    for algorithm in sorted(PolarsVersioningEngine.supported_hash_algorithms(), key=lambda a: a.value):
        hashed = engine.hash_string_column(frame, "text", "hash", algorithm)
        values = nw.to_native(hashed)["hash"].to_list()
        of_lengths = values[: len(texts)]
        algorithms[algorithm.value] = {
            "sha256_of_all": hashlib.sha256("\n".join(of_lengths).encode()).hexdigest(),
            "values": dict(zip(SHOWN, values[len(texts) :], strict=True)),
        }
    GOLDENS.parent.mkdir(parents=True, exist_ok=True)
    content = {"max_length": MAX_LENGTH, "algorithms": algorithms}
    GOLDENS.write_text(json.dumps(content, indent=1, ensure_ascii=True) + "\n")
    print(f"{GOLDENS}: {len(algorithms)} algorithms")


if __name__ == "__main__":
    main()
