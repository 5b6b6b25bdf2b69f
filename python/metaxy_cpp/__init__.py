"""metaxy for Python: feature metadata of multimodal pipelines on LanceDB, by the C++ engine.

import metaxy_cpp as metaxy

with metaxy.Project().store().open("write") as store:
    increment = store.resolve_update("example/crop")
    store.write("example/crop", crop(increment.new.to_polars()))
"""

from metaxy_cpp import errors
from metaxy_cpp._native import version as _version
from metaxy_cpp.attempts import Attempt, Attempts
from metaxy_cpp.errors import *  # noqa: F403
from metaxy_cpp.errors import __all__ as _error_names
from metaxy_cpp.execution import ExecutionOptions, Progress
from metaxy_cpp.failures import ClearedFailures, Failures, RetryPolicy
from metaxy_cpp.graph import FeatureGraph
from metaxy_cpp.increment import FailedCounts, Increment, IncrementCounts, ResolveReport
from metaxy_cpp.logs import LogRecord, log_to_logging
from metaxy_cpp.project import Project
from metaxy_cpp.results import CopyResult, FeatureStatus, PromotedFeature, PushResult, WriteResult
from metaxy_cpp.rows import ArrowStreamable, Rows
from metaxy_cpp.snapshots import (
    Snapshot,
    SnapshotDiff,
    SnapshotFeature,
    SnapshotFinding,
    Snapshots,
    SnapshotStore,
)
from metaxy_cpp.store import Store

__version__ = _version()

_OF_METAXY = ("LanceDBMetadataStore", "LanceDBMetadataStoreConfig", "NativeCalls")


def __getattr__(name: str) -> object:
    """The drop-in store, for which the Python package metaxy has to be installed."""
    if name in _OF_METAXY:
        from metaxy_cpp import lancedb_store

        return getattr(lancedb_store, name)
    raise AttributeError(f"module 'metaxy_cpp' has no attribute {name!r}")


__all__ = [
    "ArrowStreamable",
    "Attempt",
    "Attempts",
    "ClearedFailures",
    "CopyResult",
    "ExecutionOptions",
    "FailedCounts",
    "Failures",
    "FeatureGraph",
    "FeatureStatus",
    "Increment",
    "IncrementCounts",
    "LogRecord",
    "Progress",
    "Project",
    "PromotedFeature",
    "PushResult",
    "ResolveReport",
    "RetryPolicy",
    "Rows",
    "Snapshot",
    "SnapshotDiff",
    "SnapshotFeature",
    "SnapshotFinding",
    "SnapshotStore",
    "Snapshots",
    "Store",
    "WriteResult",
    "__version__",
    "errors",
    "log_to_logging",
]
__all__ += [name for name in _error_names if name != "from_code"]
