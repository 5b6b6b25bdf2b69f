"""Records the JSON schemas that the Python package gives of its configuration.

    python capture_schema.py PAGE     # writes ../goldens/schema.json

PAGE is the text of the package's page about LanceDB, which shows the schema of such a store as it was documented.
Run it in an environment that has the package (`pip install "metaxy[lancedb]==0.1.11"`). tests/unit/config compares the store's schema
whole, and of the configuration's own the keys with their types and defaults: its descriptions are other ones here.
"""

import json
import sys
from pathlib import Path

from metaxy import MetaxyConfig
from metaxy.ext.lancedb.metadata_store import LanceDBMetadataStoreConfig


def main():
    page = Path(sys.argv[1]).read_text(encoding="utf-8")
    shown, _ = json.JSONDecoder().raw_decode(page[page.index('{\n  "$defs"') :])
    results = [
        {"name": "page", "schema": shown},
        {"name": "LanceDBMetadataStoreConfig", "schema": LanceDBMetadataStoreConfig.model_json_schema()},
        {"name": "MetaxyConfig", "schema": MetaxyConfig.model_json_schema()},
    ]
    target = Path(__file__).resolve().parent.parent / "goldens" / "schema.json"
    target.write_text(json.dumps(results, indent=1) + "\n")
    print(f"{len(results)} schemas -> {target.name}")


if __name__ == "__main__":
    main()
