#!/usr/bin/env python3
"""The Python package on our store in the place of its LanceDB store, on the tables that metaxy for C++ wrote: the same program as
reference_lancedb.py but for one class. See reference_engine.py."""

from __future__ import annotations

from pathlib import Path

import metaxy_cpp
import reference_engine


def make_store(path: Path) -> metaxy_cpp.LanceDBMetadataStore:
    return metaxy_cpp.LanceDBMetadataStore(path)


if __name__ == "__main__":
    reference_engine.main(make_store)
