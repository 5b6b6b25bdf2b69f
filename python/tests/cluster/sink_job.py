"""A job that writes 100 videos in ten blocks into a new store, through the sink of the Python package metaxy or ours,
with a fault on the way; it prints as JSON what the sink tells, and what is in the store. All but sink and store is the
same.

    python -m cluster.sink_job <reference|ours> <fault> <directory> <address of the cluster>

Faults, each of which hits one block of ten:
    none       no fault
    refused    the provenance is no struct, which either store refuses
    full disk  the block has more bytes than the disk takes: no worker can write a file beyond 1 MiB
    killed     the worker is killed as soon as the block has been written
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import metaxy as mx
import numpy as np
import pyarrow as pa
import ray
import ray.data

from . import strikes
from .conftest import make_videos

STORES = {"reference": "metaxy.ext.lancedb.LanceDBMetadataStore", "ours": "metaxy_cpp.LanceDBMetadataStore"}
ROWS, BLOCKS = 100, 10
DISK = 1 << 20


def spoiled(block: pa.Table, fault: str) -> pa.Table:
    """In a worker: a block with what the fault makes of it."""
    hit = "v42" in block["video_id"].to_pylist()
    if hit and fault == "refused":
        place = block.schema.get_field_index("metaxy_provenance_by_field")
        return block.set_column(place, "metaxy_provenance_by_field", pa.array([7] * block.num_rows))
    size = 2 * DISK if hit and fault == "full disk" else 1
    # Random, so that no compression makes it small.
    payload = [np.random.default_rng(number).bytes(size) for number in range(block.num_rows)]
    return block.append_column("payload", pa.array(payload, pa.large_binary()))


def prepared(fault: str, directory: Path) -> Callable[[], None]:
    """What each process of a worker does first."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (DISK, resource.RLIM_INFINITY))

    def strike() -> None:
        from metaxy.ext.lancedb import LanceDBMetadataStore

        from metaxy_cpp.store_parts import StoreParts

        for kind, name in ((LanceDBMetadataStore, "write"), (StoreParts, "write_fragments")):
            setattr(kind, name, struck(getattr(kind, name)))

    def struck(write: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            result = write(*arguments, **options)
            strikes.kill_once(directory / "killed")
            return result

        return wrapped

    return {"full disk": limit, "killed": strike}.get(fault, lambda: None)


def configured(sink: str, directory: Path) -> mx.MetaxyConfig:
    path = directory / "metaxy.toml"
    path.write_text(
        f'project = "test"\nentrypoints = ["cluster.sink_features"]\nstore = "dev"\n\n[stores.dev]\n'
        f'type = "{STORES[sink]}"\n\n[stores.dev.config]\nuri = "{directory}/metadata"\n'
    )
    return mx.init(path)


def written(sink: str, dataset: ray.data.Dataset, store: Any, config: mx.MetaxyConfig) -> tuple[int, int]:
    """How many rows the sink says that it has written, and how many have failed."""
    if sink == "reference":
        from metaxy.ext.ray import MetaxyDatasink

        reference = MetaxyDatasink(feature="video", store=store, config=config)
        # One task at a time: those that make the table at the same time would fail without any fault.
        dataset.write_datasink(reference, concurrency=1)
        return reference.result.rows_written, reference.result.rows_failed
    from metaxy_cpp.ray import write

    with store.open("w"):
        report = write(dataset, store, "video")
    return report.rows, report.failed


def main() -> None:
    sink, fault, folder, address = sys.argv[1:]
    directory = Path(folder)
    config = configured(sink, directory)
    store = config.get_store()
    hook = prepared(fault, directory)
    # Workers run it before they know where this package is.
    ray.cloudpickle.register_pickle_by_value(strikes)
    ray.init(address=address, log_to_driver=False, runtime_env={"worker_process_setup_hook": hook})
    videos = make_videos(ROWS)
    size = ROWS // BLOCKS
    blocks = [ray.put(videos.slice(begin, size)) for begin in range(0, ROWS, size)]
    dataset = ray.data.from_arrow_refs(blocks).map_batches(
        spoiled, fn_kwargs={"fault": fault}, batch_format="pyarrow", batch_size=None
    )
    outcome: dict[str, Any] = {"raised": None, "told": None}
    try:
        outcome["told"] = written(sink, dataset, store, config)
    except Exception as error:
        outcome["raised"] = str(error)
    ids: list[str] = []
    with store:
        if store.has_feature("video"):
            rows = store.read("video", with_sample_history=True).collect().to_native()
            ids = rows["video_id"].to_list()
    print(json.dumps({**outcome, "rows": len(ids), "samples": len(set(ids))}))


if __name__ == "__main__":
    main()
