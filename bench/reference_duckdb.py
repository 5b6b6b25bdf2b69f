#!/usr/bin/env python3
"""The Python package on its DuckDB store, its fastest engine. See reference_engine.py.

It hashes with MD5, which is built into DuckDB: the xxhash functions come in an extension that DuckDB downloads.
"""

from __future__ import annotations

from pathlib import Path

import reference_engine
from metaxy.ext.duckdb import DuckDBMetadataStore
from metaxy.versioning.types import HashAlgorithm


def make_store(path: Path) -> DuckDBMetadataStore:
    path.mkdir(parents=True, exist_ok=True)
    database = path / "metadata.duckdb"
    store = DuckDBMetadataStore(database, hash_algorithm=HashAlgorithm.MD5, auto_create_tables=True)
    store.extensions = []  # The store adds `hashfuncs` by itself, and would download it when it is opened.
    return store


if __name__ == "__main__":
    reference_engine.main(make_store)
