"""The code of the guides runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import metaxy_cpp as metaxy

ROOT = Path(__file__).parents[2]
PAGES = [f"docs/{name}.md" for name in ("python", "python-example", "failures", "snapshots", "overlays")]
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_blocks(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = list(FENCE.finditer(text))
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        # Lines keep their numbers.
        code = "\n" * text[: block.start(1)].count("\n") + block.group(1)
        exec(compile(code, page, "exec"), names)


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("METAXY_CONFIG", raising=False)
    run_blocks(page)


def test_the_first_steps_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a new directory, with nothing but what is written there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("METAXY_CONFIG", raising=False)
    steps = re.findall(r"^    metaxy-cpp (.*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(steps) == 2
    for step in steps:
        command, *_ = re.split(r" && | {2,}", step)
        subprocess.run([sys.executable, "-m", "metaxy_cpp.program", *command.split()], check=True)
        if " && cd films" in step:
            monkeypatch.chdir("films")
    run_blocks("README.md")
    with metaxy.Project().store() as store:
        assert store.read("example/transcript").to_arrow().num_rows == 2
        assert not store.resolve_update("example/transcript")


def test_every_name_is_in_the_reference() -> None:
    pages = set(re.findall(r"^::: (\S+)$", (ROOT / "docs/python-api.md").read_text(encoding="utf-8"), re.MULTILINE))
    for name in (*metaxy.__all__, "LanceDBMetadataStore", "NativeCalls"):
        value = getattr(metaxy, name)
        module = getattr(value, "__module__", None)
        places = {f"metaxy_cpp.{name}", str(module), f"{module}.{name}"}
        if name in ("LanceDBMetadataStore", "NativeCalls"):  # Configurations find the store under a name of its own.
            places = {f"metaxy_cpp.lancedb_store.{name}", f"metaxy_cpp.native_calls.{name}"}
        assert name == "__version__" or places & pages, name
