"""Thumbnails and embeddings of pictures, computed on a Ray cluster, and only of those that are new or have changed:

    python update_pictures.py --make 300 pictures metadata      # makes pictures, on this machine
    python update_pictures.py pictures metadata                 # nothing is left to do
    ray job submit --working-dir . -- python update_pictures.py --address auto FOLDER s3://BUCKET/metadata

It may be killed at any time and run again: what was committed is not computed again, and nothing is lost or doubled. A
picture that cannot be read is recorded as a failure of its sample, and retried by the next run. Needs
`pip install 'metaxy-cpp[ray]' pillow`; all nodes have to see the folder of the pictures under the same path.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import ray
from computations import Embedding, Thumbnail
from make_pictures import make_pictures

from metaxy_cpp import Store
from metaxy_cpp.ray import WriteReport, update

FEATURES = Path(__file__).with_name("features.toml")


def register(store: Store, folder: Path) -> tuple[int, int]:
    """Writes a row for each file that is new or has other content than before; how many these are."""
    paths = sorted(folder.glob("*.jpg"))
    files = pa.table(
        {
            "name": [path.stem for path in paths],
            "path": [path.name for path in paths],
            "metaxy_provenance_by_field": [
                {"content": hashlib.sha256(path.read_bytes()).hexdigest()[:16]} for path in paths
            ],
        }
    )
    increment = store.resolve_update("picture/file", samples=files)
    store.write("picture/file", increment.new)
    store.write("picture/file", increment.stale)
    return increment.counts.new, increment.counts.stale


def compute(store: Store, feature: str, fn: type, workers: int, **options: Any) -> WriteReport:
    """Computes what is new or stale of a feature. 16 pictures at a time, and a commit after each fifty: both are far too
    few for real work, and let a run be interrupted that takes seconds."""
    return update(
        store,
        feature,
        fn,
        concurrency=workers,
        batch_size=16,
        commit_rows=50,
        on_error="record",
        failures="retry",
        **options,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder of the pictures")
    parser.add_argument("store", help="the store: a directory or an address such as s3://BUCKET/NAME")
    parser.add_argument("--make", type=int, default=0, metavar="N", help="make N pictures first")
    parser.add_argument("--address", help="of a cluster; one on this machine is started if it is not given")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="actors that compute")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    if arguments.make:
        make_pictures(folder, arguments.make)
    # Workers are in other directories.
    where = arguments.store if "://" in arguments.store else Path(arguments.store).resolve()
    ray.init(address=arguments.address, log_to_driver=False)
    with Store(where, FEATURES, project="pictures").open("write") as store:
        new, stale = register(store, folder)
        print(f"picture/file: {new} new, {stale} changed", flush=True)
        for feature, fn, options in (
            ("picture/thumbnail", Thumbnail, {"columns": ["path"], "fn_constructor_kwargs": {"folder": str(folder)}}),
            ("picture/embedding", Embedding, {"columns": ["thumbnail"]}),
        ):
            report = compute(store, feature, fn, arguments.workers, **options)
            print(f"{feature}: {report.rows} written, {report.failed} failed", flush=True)


if __name__ == "__main__":
    main()
