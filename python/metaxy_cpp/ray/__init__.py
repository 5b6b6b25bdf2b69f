"""Functions over increments on many workers of a Ray cluster, with no row lost unseen.

    import ray
    from metaxy_cpp import Store
    from metaxy_cpp.ray import update

    with Store("s3://bucket/metadata", "features.toml").open("write") as store:
        report = update(store, "video/embedding", Embed, concurrency=4, num_gpus=1, batch_size=64)

`update` resolves once, maps a function over what is new or stale, and commits what it has computed; `read_increment`,
`write` and `MetaxyDatasink` are its parts. `resolve_update` spreads the resolve itself. Stores are those of this
package, native or drop-in. Workers read and write files; one process, the driver, commits them, each exactly once.
Needs Ray: pip install 'metaxy-cpp[ray]'.
"""

try:
    import ray.data  # noqa: F401
except ImportError as error:
    raise ImportError("metaxy_cpp.ray needs Ray Data; install it with: pip install 'metaxy-cpp[ray]'") from error

from metaxy_cpp.ray.datasink import MetaxyDatasink
from metaxy_cpp.ray.increments import read_increment
from metaxy_cpp.ray.reports import WriteReport
from metaxy_cpp.ray.resolves import DistributedIncrement, resolve_update
from metaxy_cpp.ray.slices import STATUS_COLUMN
from metaxy_cpp.ray.updates import update
from metaxy_cpp.ray.writes import write

__all__ = [
    "STATUS_COLUMN",
    "DistributedIncrement",
    "MetaxyDatasink",
    "WriteReport",
    "read_increment",
    "resolve_update",
    "update",
    "write",
]
