#!/usr/bin/env python3
"""The Python package on its LanceDB store, which reads the tables that metaxy for C++ wrote. See reference_engine.py."""

from __future__ import annotations

from pathlib import Path

import reference_engine
from metaxy.ext.lancedb import LanceDBMetadataStore


def make_store(path: Path) -> LanceDBMetadataStore:
    return LanceDBMetadataStore(path)


if __name__ == "__main__":
    reference_engine.main(make_store)
