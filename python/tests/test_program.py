"""The command, and the package as such."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import metaxy_cpp as metaxy


def test_the_command_is_the_program() -> None:
    done = subprocess.run([sys.executable, "-m", "metaxy_cpp.program", "--version"], capture_output=True, text=True)
    assert metaxy.__version__ in done.stdout
    assert done.returncode == 0


def test_names_are_documented() -> None:
    for name in metaxy.__all__:
        value = getattr(metaxy, name)
        if isinstance(value, type):
            assert value.__doc__, name
            methods = [member for key, member in vars(value).items() if not key.startswith("_") and callable(member)]
            assert all(method.__doc__ for method in methods), name


def test_stubs_name_what_the_extension_has() -> None:
    from metaxy_cpp import _native

    stub = (Path(metaxy.__file__).parent / "_native.pyi").read_text()
    for name, kind in vars(_native).items():
        if not isinstance(kind, type):
            continue
        assert f"class {name}:" in stub
        body = stub.split(f"class {name}:")[1].split("\nclass ")[0]
        for member in vars(kind):
            if not member.startswith("__"):
                assert f"def {member}(" in body, f"{name}.{member}"
