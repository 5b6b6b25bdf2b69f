"""The code of the guides runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["docs/python.md", "docs/python-example.md"])
def test_the_code_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("METAXY_CONFIG", raising=False)
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = list(FENCE.finditer(text))
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        # Lines keep their numbers.
        code = "\n" * text[: block.start(1)].count("\n") + block.group(1)
        exec(compile(code, page, "exec"), names)
