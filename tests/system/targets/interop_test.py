#!/usr/bin/env python3
"""The tests of tests/reference/live/interop, unchanged, with their stores on S3: the Python package and the program
alternate there.

Both get address and keys from the environment, as on a cloud machine.
"""

from __future__ import annotations

import os
import sys
import unittest
import uuid
from pathlib import Path
from typing import Any

here = Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parents[1] / "reference/live/interop")]
import targets  # noqa: E402

# Imported under another name, because this file has the same.
import importlib.util  # noqa: E402

specification = importlib.util.spec_from_file_location(
    "on_directories", here.parents[1] / "reference/live/interop/interop_test.py"
)
on_directories = importlib.util.module_from_spec(specification)  # type: ignore[arg-type]
specification.loader.exec_module(on_directories)  # type: ignore[union-attr]


class OnS3(on_directories.InteropTest):
    target: targets.Target

    @classmethod
    def setUpClass(cls) -> None:
        context = targets.s3()
        cls.target = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        os.environ.update(cls.target.environment)

    def sides(self, specs: list[dict[str, Any]], **settings: Any) -> list[Any]:
        settings["store"] = f"{self.target.root}/{uuid.uuid4().hex[:12]}"
        return super().sides(specs, **settings)


if __name__ == "__main__":
    unittest.main(verbosity=2)
